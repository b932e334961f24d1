# SPDX-License-Identifier: Apache-2.0
"""Rows about search: what the index costs, and how long a question takes over everything held."""

import json
import re
import time

import counters
from pair import CONF, FROM, TO, Daemon
from results import LESS, Row, percentile

BATCH = 500
RUNS = 20
LEFT_OUT = 1400  # positions at most that may be in no segment for good: a third of the last one
MUST_MS = 200


def write_pool(path):
    """Clauses of all examples, so that what is common in them is common in what is sent."""
    texts = "".join(example.read_text("utf-8") for example in sorted((CONF / "examples").glob("*.json")))
    clauses = re.findall(r"[\u4e00-\u9fff][^\"，；。\\{}\n]{3,100}[，；。]", texts)
    path.write_text("\n".join(sorted(set(clauses))) + "\n", "utf-8")


def index_bytes(daemon):
    return sum(file.stat().st_blocks * 512 for file in (daemon.folder / "store" / "search").iterdir())


def wait_indexed(daemon):
    """Until the index has not moved for a while."""
    behind, since = None, time.monotonic()
    while behind is None or behind > LEFT_OUT or time.monotonic() - since < 1.5:
        now = daemon.counter("search-behind")
        if now != behind:
            behind, since = now, time.monotonic()
        time.sleep(0.2)
    return since


def questions(marked):
    """What people ask for, by name: a text, and how often it is found."""
    return {
        "name of one": ("甄别独一", 1),
        "credit code": (marked["code"], 1),
        "last six of a credit code": (marked["code"][-6:], None),
        "document number": (f"叶市监移〔2025〕{marked['number']}号", 1),
        "two words": (f"甄别独一 {marked['code'][-8:]}", 1),
        "common words": ("执法人员", 100),
        "nothing": ("龘靐齉龘", 0),
        "nothing, of common grams": ("现当事人员", 0),
    }


def measure_search(ground, scale, results, suite):
    """One agency that has sent so many to another, which is down: what it holds is the same."""
    count = scale.searched
    daemon, other = Daemon(ground, "a", FROM, suite), Daemon(ground, "b", TO, suite)
    pool = ground.folder / "clauses.txt"
    write_pool(pool)
    daemon.start()
    try:
        daemon.cli("peer", "add", other.folder / "card")
        start = time.monotonic()
        marked = json.loads(ground.run(*ground.load_words("fill", daemon, TO, count, BATCH, pool)))
        filled = time.monotonic()
        behind, used, slow = daemon.counter("search-behind"), counters.thread_cpu_ms(daemon.pid)["main"], daemon.counter("turns-over-50ms")
        seconds = wait_indexed(daemon) - filled
        used = counters.thread_cpu_ms(daemon.pid)["main"] - used
        note = (f"bench fill {count:,} in {filled - start:.0f} s; then {behind:,} were left, {seconds:.1f} s; "
                f"{daemon.counter('turns-over-50ms') - slow} turns over 50 ms, the longest since its start {daemon.counter('longest-turn-us') / 1000:.0f} ms")
        results.add(suite, Row("CPU to index a message", "us").measured(used * 1000 / max(behind, 1), note=note))
        results.add(suite, Row("index per message", "bytes").measured(
            index_bytes(daemon) / count, note=f"the store itself: {daemon.store.stat().st_blocks * 512 / count:,.0f}"))
        for name, (text, found) in questions(marked).items():
            ask(ground, daemon, results, suite, count, name, text, found)
    finally:
        daemon.stop()


def ask(ground, daemon, results, suite, count, name, text, found):
    answer = ground.load("seek", daemon, TO, text, RUNS)
    times = [us / 1000 for us in answer["us"]]
    if found is not None and answer["found"] != found:
        raise SystemExit(f"bench: {name}: {answer['found']} found")
    results.add(suite, Row(f"search of {count:,}: {name}", "ms", LESS, MUST_MS).measured(
        percentile(times, 0.5), note=f"{RUNS} times “{text}”, {answer['found']} found; the longest {max(times):.1f}"))
