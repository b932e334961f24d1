# SPDX-License-Identifier: Apache-2.0
"""How the demo speaks: lines of at most 100 columns, Chinese first, an English gloss below."""
import itertools
import re
import sys
import unicodedata

COLUMNS = 100
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
COLOURS = {"bold": "1", "dim": "2", "green": "32", "red": "31", "cyan": "36"}


def width(text):
    """Columns that a terminal needs: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c)
               for c in text)


def paint(text, colour):
    return f"\033[{COLOURS[colour]}m{text}\033[0m" if sys.stdout.isatty() else text


def put(text="", colour=None):
    print(paint(text, colour) if colour else text, flush=True)


def cells(row):
    """Where each cell of a row begins, in columns of the terminal, and what it says."""
    return [(width(row[:found.start()]), found.group()) for found in re.finditer(r"\S+(?: \S+)*",
                                                                                 row)]


def fold(rows, columns):
    """Folds a table: cells beyond the edge stand below their row, named; ids there are left out."""
    heads = cells(rows[0])
    if max(map(width, rows)) <= columns:
        return rows
    ends = [max(at + width(text) for row in rows for at, text in cells(row) if at == begin)
            for begin, _ in heads]
    kept = [begin for (begin, _), end in zip(heads, ends) if end <= columns]
    lines = []
    for row in rows:
        placed = dict(cells(row))
        lines.append("".join(pad(placed.get(begin, ""), begin, following)
                             for begin, following in zip(kept, kept[1:] + [columns])).rstrip())
        below = [f"{head} {placed[begin]}" for begin, head in heads if begin not in kept
                 and row is not rows[0] and not re.fullmatch(UUID, placed.get(begin, ""))
                 and begin in placed]
        lines += ["      ↳ " + "  ".join(below)] if below else []
    return lines


def pad(text, begin, following):
    return text + " " * (following - begin - width(text))


def pieces(text):
    """Where a line may break: after a Chinese character or a word, not before a stop."""
    return re.findall(r"[（《“]*(?:[^\u2e80-\uffef\s“”]+|[^\s（《“])[，。；：、！？）》”]*\s*|\s+|[（《“]+", text)


def wrap(text, columns, hang=0):
    """Folds prose, keeping the indent of its first line, and more where it hangs."""
    indent = re.match(r"\s*", text).group()
    lines, line = [], indent
    indent += " " * hang
    for piece in pieces(text.lstrip()):
        if width(line + piece.rstrip()) > columns and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += piece
    return lines + [line.rstrip()]


def is_row(line):
    return len(re.findall(r"\S\s{2,}", line.strip())) > 3


scene = []  # the chapter and the line of the story that stand on the screen


def current():
    return "，".join(scene)


def chapter(title, gloss):
    scene[:] = [title]
    put()
    put("━" * COLUMNS, "cyan")
    put(f"{title}   {gloss}", "bold")
    put("━" * COLUMNS, "cyan")


def say(text, gloss, time):
    """A line of the story, with the hour it happens at."""
    scene[1:] = [text]
    put()
    stamp = f"[{time[5:10]} {time[11:16]}] "
    first, *rest = wrap(text, COLUMNS - len(stamp))
    put(stamp + first)
    for line in rest:
        put(" " * len(stamp) + line)
    for line in wrap(gloss, COLUMNS - len(stamp)) if gloss else []:
        put(" " * len(stamp) + line, "dim")


def quote(word):
    if word and not re.search(r"[\s'\"$&|;<>(){}*?!`\\#~]", word):
        return word
    return "'" + word.replace("'", "'\\''") + "'"


def typed(words, end=""):
    """A command as one would type it, long ones on several lines; options keep their values."""
    phrases = re.findall(r"--\S+ (?!-)\S+|\S+", " ".join(map(quote, words)) + end)
    line = "  $"
    for phrase in phrases:
        if width(line) + width(phrase) + 3 > COLUMNS:
            put(line + " \\", "bold")
            line = "     "
        line += " " + phrase
    put(line, "bold")


def output(text, most=None):
    """What a command printed, folded; or only its first lines, or (below zero) its last."""
    lines = text.rstrip("\n").split("\n") if text.strip() else []
    kept = lines if most is None else lines[:most] if most > 0 else lines[most:]
    left_out = f"    …（另 {len(lines) - len(kept)} 行）"
    if kept != lines and most < 0:
        put(left_out, "dim")
    for table, block in itertools.groupby(kept, is_row):
        for line in fold(list(block), COLUMNS - 4) if table else block:
            for part in [line] if table else wrap(line, COLUMNS - 4):
                put("    " + part)
    if kept != lines and most > 0:
        put(left_out, "dim")


def live(text):
    """A line of `watch`: what happened hangs below the columns before it."""
    for line in wrap(text, COLUMNS - 4, 40):
        put("  ┃ " + line, "cyan")


def good(text):
    first, *rest = wrap(text, COLUMNS - 4)
    put("  ✓ " + first, "green")
    for line in rest:
        put("    " + line, "green")


def bad(text):
    for line in wrap(text, COLUMNS - 4):
        put("  ✗ " + line, "red")
