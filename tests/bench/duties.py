# SPDX-License-Identifier: Apache-2.0
"""Rows about duties: many that come due at once, and matters that have grown long."""

import json
import subprocess
import time

import counters
from pair import BATCH, CONF, IN_FLIGHT, TO, Usage, open_pair
from results import FLAT, LESS, MORE, Row, percentile

# A Monday of a week without holidays. What arrives then is to be signed for by Tuesday and assessed by Thursday.
MONDAY, TUESDAY, WEDNESDAY = "2025-09-15T09:00:00+08:00", "2025-09-16T00:00:01+08:00", "2025-09-17T00:00:01+08:00"
POLL_S = 0.005
REST_S = 0.3  # less than what a daemon waits, idle, before it settles its log
LONE_S = 3
WINDOW = 100  # statements over which a matter's cost is taken, or a third of all
AT_ONCE = 20


# ----------------------------------------------------------------------------------------------- due


def time_of_last_write(daemon):
    """When a daemon came to rest. To ask it would be work that its turns make room for."""
    written, since = None, time.monotonic()
    while time.monotonic() - since < REST_S:
        now = counters.written_bytes(daemon.pid)
        if now != written:
            written, since = now, time.monotonic()
        time.sleep(POLL_S)
    return since


def let_come_due(daemon, to, light, count):
    """Moves a daemon's clock: seconds until the light of `count` duties has turned and this is durable, and how it went."""
    turns = daemon.counter("turns"), daemon.counter("turns-over-50ms")
    used = counters.thread_cpu_ms(daemon.pid)["main"]
    start = time.monotonic()
    daemon.move_clock(to)
    ends = []

    def has_turned():
        ends.append(time_of_last_write(daemon))
        return daemon.lights()[light] >= count

    daemon.wait(has_turned, f"has {count} duties {light}")
    used = counters.thread_cpu_ms(daemon.pid)["main"] - used
    turns, slow = daemon.counter("turns") - turns[0], daemon.counter("turns-over-50ms") - turns[1]
    return ends[-1] - start, f"from the move of its test clock; {used * 1000 / count:.1f} us of CPU each, {turns} turns, {slow} over 50 ms"


def add_due(results, suite, daemon, to, light, count, name):
    seconds, note = let_come_due(daemon, to, light, count)
    results.add(suite, Row(f"{count:,} duties {name}", "/s", MORE, 20000).measured(count / seconds, note=note))


def add_lone(ground, results, suite, daemon, to, count):
    """What a lone message waits for while a daemon's duties come due."""
    slow = daemon.counter("turns-over-50ms")
    with ground.start(*ground.load_words("beside", daemon, TO, LONE_S), stdout=subprocess.PIPE) as load:
        daemon.move_clock(to)
        times = [us / 1000 for us in json.loads(load.stdout.read())["arrived_us"]]
    slow = daemon.counter("turns-over-50ms") - slow
    note = f"bench beside, {LONE_S} s, {len(times)} of them; median {percentile(times, 0.5):.1f}; {slow} turns over 50 ms"
    results.add(suite, Row(f"lone message while {count:,} turn amber, p99", "ms").measured(percentile(times, 0.99), note=note))


def measure_due(ground, scale, results, suite):
    """Of the duty to sign for. The debtor's clock is the first to move, as in the tests: so he is heard when the creditor asks."""
    count = scale.due
    with open_pair(ground, suite, clock=MONDAY) as (creditor, debtor):
        ground.load("count", creditor, TO, count, IN_FLIGHT, BATCH)
        add_due(results, suite, debtor, TUESDAY, "amber", count, "turn amber")
        add_due(results, suite, debtor, WEDNESDAY, "red", count, "turn red at the debtor")
        add_lone(ground, results, suite, creditor, TUESDAY, count)
        add_due(results, suite, creditor, WEDNESDAY, "red", count, "turn red at the creditor, with a reminder")


# ------------------------------------------------------------------------------------------ a matter


def cost_of(ground, pair, matter, shape, batch, count):
    """CPU of both daemons for each of the next statements of a matter. Moves on what a chain goes on from."""
    usage = Usage(pair)
    body = CONF / "examples" / "joint-progress.json"
    matter["above"] = ground.load("matter", pair[0], TO, matter["matter"], matter["above"], count, batch, shape, body=body)["above"]
    return usage.total_ms() / count


def measure_matter(ground, scale, results, suite):
    count = scale.matter
    window = min(WINDOW, count // 3)
    with open_pair(ground, suite) as pair:
        ground.load("alone", pair[0], TO, WINDOW)
        for shape in ("star", "chain"):
            for way, batch in (("one at a time", 1), (f"{AT_ONCE} at a time", AT_ONCE)):
                team = json.loads(pair[0].cli("send", "joint.team", "--to", TO, CONF / "examples" / "joint-team.json"))
                matter = {"matter": team["matter"], "above": team["id"]}
                first, _, last = (cost_of(ground, pair, matter, shape, batch, part) for part in (window, count - 2 * window, window))
                results.add(suite, Row(f"last {window} of {count:,} in a matter, {shape}, {way}", "times", LESS, 2, FLAT).measured(
                    last / first, note=f"bench matter, joint.progress: CPU of both daemons for the last {window} over that for the first, "
                    f"{last:.2f} ms each over {first:.2f}"))
