# SPDX-License-Identifier: Apache-2.0
"""Rows of the bench: what must hold, what is aimed at, what was measured and how it was counted."""

import json
import statistics

MORE, LESS = "≥", "≤"
FLAT = 1.25  # what we still call flat, between the least and the most


class Row:
    def __init__(self, name, unit, better=LESS, must=None, aim=None):
        self.name = name
        self.unit = unit
        self.better = better
        self.must = must
        self.aim = aim
        self.values = []
        self.note = ""

    def measured(self, *values, note=""):
        self.values = list(values)
        self.note = note
        return self

    @property
    def median(self):
        return statistics.median(self.values)

    def holds(self, limit):
        return self.median >= limit if self.better == MORE else self.median <= limit

    @property
    def verdict(self):
        if self.must is None:
            return ""
        if self.aim is not None and self.holds(self.aim):
            return "aim"
        return "must" if self.holds(self.must) else "SHORT"

    def as_json(self, suite):
        line = {"name": f"{suite}: {self.name}", "value": round(self.median, 4), "unit": self.unit}
        if len(self.values) > 1:
            line |= {"least": round(min(self.values), 4), "most": round(max(self.values), 4)}
        if self.must is not None:
            line |= {"must": self.must, "aim": self.aim, "verdict": self.verdict}
        return line


def spell(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


class Results:
    """Prints each row as it is measured, and keeps all for the end."""

    def __init__(self, path):
        self.path = path
        self.rows = []

    def add(self, suite, row):
        self.rows.append((suite, row))
        print(self.line(suite, row), flush=True)
        if row.note:
            print(f"      {row.note}", flush=True)
        return row

    def line(self, suite, row):
        spread = f" [{spell(min(row.values))}–{spell(max(row.values))}]" if len(row.values) > 1 else ""
        limits = [spell(limit) for limit in (row.must, row.aim) if limit is not None]
        target = f"{row.better} {' / '.join(limits)}" if limits else ""
        return f"{row.verdict:5} {suite:14} {row.name:44} {target:>18}  {spell(row.median):>9} {row.unit}{spread}"

    def finish(self):
        """The rows with a target once more, together, and every row to the file."""
        print("\n      suite          what                                              must / aim   measured")
        for suite, row in self.rows:
            if row.must is not None:
                print(self.line(suite, row))
        with open(self.path, "a", encoding="utf-8") as out:
            for suite, row in self.rows:
                out.write(json.dumps(row.as_json(suite), ensure_ascii=False) + "\n")


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


# --------------------------------------------------------------------------------------------- plots


def plot_text(points, unit, width=60):
    """A bar a point, from zero, so that flat looks flat."""
    most = max(value for _, value in points)
    for stored, value in points:
        print(f"      {stored:>12,} stored  {'█' * max(1, round(width * value / most)):{width}} {spell(value)} {unit}")


def plot_svg(path, points, title, unit):
    """Messages stored, by decades, against cost."""
    import math

    low, high = math.log10(points[0][0]), math.log10(points[-1][0])
    most = 1.2 * max(value for _, value in points)
    span = max(high - low, 1e-9)
    spots = [(80 + 680 * (math.log10(n) - low) / span, 340 - 280 * value / most) for n, value in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 400" font-family="sans-serif" font-size="13">',
        '<rect width="800" height="400" fill="white"/>',
        f'<text x="80" y="30" font-size="15">{title}</text>',
        '<path d="M80 60 V340 H760" fill="none" stroke="black"/>',
        f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2"/>',
    ]
    for (x, y), (stored, value) in zip(spots, points):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1f5fa8"/>')
        parts.append(f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle">{spell(value)}</text>')
        parts.append(f'<text x="{x:.1f}" y="360" text-anchor="middle">{stored:,}</text>')
    parts += [f'<text x="80" y="385">messages stored at each side; {unit}</text>', "</svg>"]
    path.write_text("\n".join(parts), "utf-8")
