# SPDX-License-Identifier: Apache-2.0
"""One function a group of rows. Each opens its own daemons and says in a note what it counted."""

import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import time

import counters
from duties import measure_due, measure_matter
from files import measure_files
from pair import BATCH, CONF, FROM, IN_FLIGHT, TO, Daemon, Usage, free_port, open_pair
from lists import measure_import
from peers import measure_peers
from results import FLAT, LESS, MORE, Row, percentile, plot_svg, plot_text
from searching import measure_search

SUITES = ED25519, SM2 = "ed25519-sha256", "sm2-sm3"
DONE = "durable at A, durable at B, receipt held and known to A's client"
WARM_UP = 1000
PREFIX = "town"
FUNCTIONS = 24
QUIET_S = 7
QUIET_MS = 40  # of CPU in a second
WINDOW = 10_000  # messages over which a cost is taken
QUESTIONS = 1000


class Scale:
    """How much of everything. The whole takes at most three minutes, or forty at full size."""

    def __init__(self, full):
        self.full = full
        self.repetitions = 5 if full else 3
        self.seconds = 5 if full else 3
        self.alone = 1000 if full else 200
        self.fill = [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000]
        self.fill = self.fill if full else [10_000, 30_000, 100_000]
        self.kept = 1_000_000 if full else 100_000
        self.backlog = 300_000 if full else 30_000
        self.due = 100_000 if full else 20_000
        self.matter = 10000 if full else 1000
        self.searched = 1_000_000 if full else 10_000
        self.idle_s = 60 if full else 16
        self.peers = 1000
        self.readers = 200
        self.items = 500 if full else 100
        self.frames = 300 if full else 0  # that each peer says: libzmq's queues take all their pages only then


def sides(usage, per):
    """CPU by daemon and thread as one line."""
    words = []
    for side, threads in zip("AB", usage.threads()):
        parts = ", ".join(f"{kind} {ms / per:.1f}" for kind, ms in threads.items())
        words.append(f"{side} {sum(threads.values()) / per:.1f} ({parts})")
    return "; ".join(words)


# ---------------------------------------------------------------------------------------------- bulk


def measure_bulk(ground, scale, results, suite):
    must, aim = {ED25519: (20000, 42000), SM2: (14000, 30000)}[suite]
    rates, costs, notes, loads = [], [], [], []
    with open_pair(ground, suite) as pair:
        ground.load("count", pair[0], TO, WARM_UP, IN_FLIGHT, BATCH)
        for _ in range(scale.repetitions):
            usage = Usage(pair)
            client = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = ground.load("flood", pair[0], TO, scale.seconds, IN_FLIGHT, BATCH)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            thousands = done["exchanges"] / 1000
            rates.append(done["exchanges"] / done["seconds"])
            costs.append(usage.total_ms() / thousands)
            notes.append(sides(usage, thousands))
            used = after.ru_utime + after.ru_stime - client.ru_utime - client.ru_stime
            loads.append(used * 1000 / thousands)
            busy = usage.busy_share()
    way = f"bench flood, {scale.repetitions} × {scale.seconds} s, {IN_FLIGHT} in flight, batches of {BATCH}"
    results.add(suite, Row("exchanges a second in bulk", "/s", MORE, must, aim).measured(
        *rates, note=f"{way}: {DONE}; machine {busy:.0%} busy, others included"))
    results.add(suite, Row("CPU per 1000 in bulk, both daemons", "ms", LESS, 60, 30).measured(
        *costs, note=f"schedstat of all threads, last repetition: {notes[-1]}; the load itself: {loads[-1]:.1f}"))
    return rates


def measure_alone(ground, scale, results, suite):
    must, aim = {ED25519: (1.2, 0.7), SM2: (3.0, 2.4)}[suite]
    medians, worst, accepted = [], [], []
    with open_pair(ground, suite) as pair:
        ground.load("alone", pair[0], TO, 50)
        for _ in range(scale.repetitions):
            times = ground.load("alone", pair[0], TO, scale.alone)
            medians.append(percentile(times["arrived_us"], 0.5) / 1000)
            worst.append(percentile(times["arrived_us"], 0.99) / 1000)
            accepted.append(percentile(times["accepted_us"], 0.5) / 1000)
    results.add(suite, Row("one at a time, median", "ms", LESS, must, aim).measured(
        *medians, note=f"bench alone, {scale.repetitions} × {scale.alone}: from submit until {DONE}"))
    results.add(suite, Row("one at a time, p99", "ms").measured(*worst))
    results.add(suite, Row("one at a time, until durable at A, median", "ms").measured(*accepted))


# ---------------------------------------------------------------------------------------------- disk


def measure_disk(ground, scale, results, suite):
    count = 50_000 if scale.full else 10_000
    with counters.own_disk(ground.folder, 4096 if scale.full else 1024) as disk:
        place = disk or ground.folder
        if not counters.has_counters(place):
            print("      no block device with counters: bytes and flushes are not measured")
            return
        whose = "a loop device of its own" if disk else "the whole disk, others' writes included"
        with open_pair(type(ground)(ground.build, place), suite) as pair:
            ground.load("count", pair[0], TO, WARM_UP, IN_FLIGHT, BATCH)
            counter = counters.DiskCounter(place)
            ground.load("count", pair[0], TO, count, IN_FLIGHT, BATCH)
            written, flushes = counter.used()
            counter = counters.DiskCounter(place)
            ground.load("alone", pair[0], TO, 100)
            written_alone, flushes_alone = counter.used()
    results.add(suite, Row("bytes written per exchange, both sides", "bytes", LESS, 9000, 6000).measured(
        written / count, note=f"bench count {count:,} in bulk; sectors written at {whose}, the file system's own included"))
    results.add(suite, Row("flushes per 1000 in bulk, both sides", "").measured(flushes * 1000 / count))
    results.add(suite, Row("flushes per exchange alone, both sides", "").measured(flushes_alone / 100))
    results.add(suite, Row("bytes written per exchange alone, both sides", "bytes").measured(written_alone / 100))


# ------------------------------------------------------------------------------------- beside a bulk


def lone_times(ground, pair, seconds, *bulk):
    words = ground.load_words(bulk[0], pair[0], TO, seconds + 2, *bulk[1:])
    with ground.start(*words, stdout=subprocess.DEVNULL) as load:
        time.sleep(1)
        times = ground.load("beside", pair[0], TO, seconds)
        load.wait()
    return times


def measure_beside(ground, scale, results, suite):
    seconds = 10 if scale.full else 4
    with open_pair(ground, suite) as pair:
        done = ground.load("flood", pair[0], TO, 2, IN_FLIGHT, BATCH)
        rate = done["exchanges"] / done["seconds"]
        full = lone_times(ground, pair, seconds, "flood", IN_FLIGHT, BATCH)
        half = lone_times(ground, pair, seconds, "pace", int(rate / 2), BATCH)
    for name, times, way in (
        ("half the rate", half, f"bench pace {rate / 2:,.0f}/s in batches of {BATCH}"),
        ("all it can", full, f"bench flood; {IN_FLIGHT} in flight at {rate:,.0f}/s are {IN_FLIGHT / rate * 1000:.0f} ms ahead of it"),
    ):
        arrived, accepted = ([us / 1000 for us in times[key]] for key in ("arrived_us", "accepted_us"))
        note = (f"{way}; {len(arrived)} lone messages, each from submit until {DONE} (asked for); "
                f"median {percentile(arrived, 0.5):.1f}; durable at A p99 {percentile(accepted, 0.99):.1f}")
        results.add(suite, Row(f"lone message beside a bulk at {name}, p99", "ms", LESS, 5).measured(
            percentile(arrived, 0.99), note=note))


# --------------------------------------------------------------------------- what is stored, and start


def wait_quiet(pids):
    """Until none has had anything to do for so long that it has given back what a busy time took."""
    quiet = 0
    while quiet < QUIET_S:
        before = [counters.cpu_ms(pid) for pid in pids]
        time.sleep(1)
        busy = any(counters.cpu_ms(pid) - ms > QUIET_MS for pid, ms in zip(pids, before))
        quiet = 0 if busy else quiet + 1


def add_memory(results, suite, targets, *named):
    """Of daemons that rest."""
    busy = [counters.memory_mib(daemon.pid)["without store"] for _, daemon in named]
    wait_quiet([daemon.pid for _, daemon in named])
    for (name, daemon), before in zip(named, busy):
        found = counters.memory_mib(daemon.pid)
        note = (f"smaps, {QUIET_S} s after it last had much to do: private {found['private']:.1f}, program and libraries "
                f"{found['program']:.1f}; apart: the store's mapped pages {found['store']:.1f}; at first: {before:.1f}")
        results.add(suite, Row(name, "MiB", LESS, *targets).measured(found["without store"], note=note))


def fits_disk(ground, pair, stored, wanted):
    """Whether both stores may grow to `wanted` messages and leave half of the disk's room."""
    size = sum(os.stat(daemon.store).st_blocks * 512 for daemon in pair)
    return size / stored * (wanted - stored) < shutil.disk_usage(ground.folder).free / 2


def fill(ground, scale, results, suite, pair):
    """Drives the real daemons to each size in turn, and takes the cost of the messages that follow."""
    stored, points, kept = 0, [], False
    for size in scale.fill:
        if stored > 0 and not fits_disk(ground, pair, stored, size):
            print(f"      {size:,} messages do not fit into half of the free disk: not measured")
            break
        ground.load("count", pair[0], TO, size - stored, IN_FLIGHT, BATCH)
        usage = Usage(pair)
        ground.load("count", pair[0], TO, WINDOW, IN_FLIGHT, BATCH)
        points.append((size, usage.total_ms() * 1000 / WINDOW, usage.written_bytes() / WINDOW, cost_of_a_question(ground, pair[0])))
        stored = size + WINDOW
        if size == scale.kept:
            kept = True
            add_memory(results, suite, (40, 25), *((f"RSS of {side} with {size:,} messages", daemon) for side, daemon in zip("AB", pair)))
            measure_start(ground, results, suite, pair)
    if kept and points:
        bytes_each = sum(os.stat(daemon.store).st_blocks * 512 for daemon in pair) / stored
        results.add(suite, Row("store per message, both sides", "bytes").measured(bytes_each))
    return points


def cost_of_a_question(ground, daemon):
    """CPU microseconds of the least that a turn can be asked. Each turn looks up when the next duty comes due."""
    costs = []
    for _ in range(3):
        before = counters.thread_cpu_ms(daemon.pid)["main"]
        ground.load("greet", daemon, TO, QUESTIONS)
        costs.append((counters.thread_cpu_ms(daemon.pid)["main"] - before) * 1000 / QUESTIONS)
    return statistics.median(costs)


def measure_stored(ground, scale, results, suite):
    with open_pair(ground, suite) as pair:
        add_memory(results, suite, (20, 12), ("RSS idle", pair[0]))
        points = fill(ground, scale, results, suite, pair)
    costs, writes, questions = ([(point[0], point[i]) for point in points] for i in (1, 2, 3))
    follow = f"over the {WINDOW:,} that follow each size"
    for name, what, found, unit in (
        ("CPU per 1000", f"schedstat of both daemons, {follow}", costs, "ms"),
        ("bytes written", f"handed to write calls by both daemons, each exchange, {follow}", writes, "bytes"),
        ("turn that looks up the next due", f"bench greet, median of 3 × {QUESTIONS:,} at each size, two duties open for each message", questions, "us"),
    ):
        name = f"{name} at {found[-1][0]:,} stored over that at {found[0][0]:,}"
        results.add(suite, Row(name, "times", LESS, FLAT).measured(found[-1][1] / found[0][1], note=f"{what}:"))
        plot_text(found, unit)
    plot = ground.folder.parent / "bench-flat.svg"
    plot_svg(plot, costs, f"CPU of both daemons, ms per 1000 exchanges ({suite})", "one bulk sender")
    print(f"      {plot}")


def measure_start(ground, results, suite, pair):
    """Both hold every duty of every message stored. Warm: from the page cache; cold: from the disk."""
    for side, daemon in zip("AB", pair):
        duties = daemon.lights()["open_duties"]
        daemon.stop()
        for how in ("warm", "cold"):
            if how == "cold":
                counters.forget_pages(daemon.store)
            seconds = daemon.start_timed()
            small, large = counters.faults(daemon.pid)
            used = counters.cpu_ms(daemon.pid)
            note = f"exec until a client has its answer; by then {used:.0f} ms of CPU, {small} page faults, {large} from the disk"
            results.add(suite, Row(f"start of {side} with {duties:,} open duties, {how}", "s", LESS, 2, 0.5).measured(seconds, note=note))
            if how == "warm":
                daemon.stop()
    pair[0].wait(lambda: pair[0].is_linked(TO), "hears the other")


# ------------------------------------------------------------------------------------------- backlog


def measure_backlog(ground, scale, results, suite):
    with open_pair(ground, suite) as pair:
        sender, receiver = pair
        receiver.stop()
        queued = ground.load("queue", sender, TO, scale.backlog, BATCH)
        start = time.monotonic()
        receiver.spawn()
        usage = Usage(pair)
        done = ground.load("drain", sender, TO, scale.backlog)
        seconds = done["ended"] - start
        note = (f"bench queue {scale.backlog:,} ({queued['exchanges'] / queued['seconds']:,.0f}/s), receiver down; then from exec of the "
                f"receiver until A holds every receipt, {seconds:.2f} s; CPU ms per 1000: {sides(usage, scale.backlog / 1000)}")
    results.add(suite, Row(f"backlog of {scale.backlog:,} drained", "/s", MORE, 20000, 45000).measured(scale.backlog / seconds, note=note))


# ------------------------------------------------------------------------------------------- members


def write_compacts(daemon, count):
    """A compact holds at most 1,000 members, so the towns are spread over four."""
    folder = daemon.folder / "compacts.d"
    for path in folder.iterdir():
        path.unlink()
    for part in range(4):
        members = "".join(f"{PREFIX}{i:04} = township\n" for i in range(part, count, 4))
        head = f"[compact]\nid = towns-{part}\ntitle = 乡镇协同{part}\nprocedure = yecheng-2025\n\n[members]\n{FROM} = bureau\n"
        (folder / f"towns-{part}.conf").write_text(head + members, "utf-8")


def idle_share(pid, seconds):
    before = counters.thread_cpu_ms(pid)
    time.sleep(seconds)
    after = counters.thread_cpu_ms(pid)
    return {kind: (after[kind] - before[kind]) / seconds / 10 for kind in after}


def read_line(process):
    line = process.stdout.readline()
    if not line:
        raise SystemExit("bench: the members ended")
    return json.loads(line)


def measure_members(ground, scale, results, suite):
    hub = Daemon(ground, "hub", FROM, suite, free_port())
    towns = ground.folder / "towns"
    shutil.rmtree(towns, ignore_errors=True)
    towns.mkdir()
    write_compacts(hub, scale.peers)
    hub.start()
    alone = counters.memory_mib(hub.pid)["without store"]
    words = [ground.build / "tests" / "bench" / "bench_members", hub.folder, hub.endpoint, PREFIX, scale.peers, towns, suite, scale.frames]
    try:
        with ground.start(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as members:
            added, greeted, _ = (read_line(members) for _ in range(3))
            note = f"bench_members: {added['introduced']} cards added in {added['seconds']:.2f} s; from the first connect until all were greeted"
            results.add(suite, Row(f"{scale.peers:,} peers connected", "s").measured(greeted["seconds"], note=note))
            add_memory(results, suite, (64, 40), (f"RSS with {scale.peers:,} peers after {scale.frames} frames of each", hub))
            print(f"      {alone:.1f} MiB before they came")
            share = idle_share(hub.pid, scale.idle_s)
            parts = ", ".join(f"{kind} {value:.2f}" for kind, value in share.items())
            results.add(suite, Row(f"idle CPU with {scale.peers:,} peers", "% of a core", LESS, 2, 1).measured(
                sum(share.values()), note=f"schedstat over {scale.idle_s} s, nothing sent: {parts}"))
            before = counters.thread_cpu_ms(hub.pid)
            done = ground.load("each", hub, PREFIX, scale.peers)
            after = counters.thread_cpu_ms(hub.pid)
            parts = ", ".join(f"{kind} {after[kind] - before[kind]:.0f}" for kind in after)
            results.add(suite, Row(f"one message to each of {scale.peers:,} peers", "s", LESS, 2, 0.5).measured(
                done["seconds"], note=f"bench each: one batch, until a receipt of every peer is held; CPU ms of the hub: {parts}"))
            members.stdin.close()
            if read_line(members)["received"] != scale.peers:
                raise SystemExit("bench: not every member was sent one message")
    finally:
        hub.stop()
        for folder in (hub.folder, towns):
            shutil.rmtree(folder, ignore_errors=True)


# ------------------------------------------------------------------------------------- publications


ITEM = {"category": "penalty", "formed_at": "2025-09-24T09:00:00+08:00", "title": "行政处罚决定", "text": "罚款五千元，已缴纳。" * 20}


def write_one_compact(daemon, count):
    for path in (daemon.folder / "compacts.d").iterdir():
        path.unlink()
    members = "".join(f"{PREFIX}{i:04} = township\n" for i in range(count))
    head = f"[compact]\nid = towns\ntitle = 乡镇协同\nprocedure = yecheng-2025\n\n[members]\n{FROM} = bureau\n"
    (daemon.folder / "compacts.d" / "towns.conf").write_text(head + members, "utf-8")


def measure_fanout(ground, scale, results, suite):
    """One sealed copy of each item to every subscriber. Only the publisher is measured."""
    hub = Daemon(ground, "hub", FROM, suite, free_port())
    towns = ground.folder / "towns"
    shutil.rmtree(towns, ignore_errors=True)
    towns.mkdir()
    write_one_compact(hub, scale.readers)
    body = ground.folder / "item.json"
    body.write_text(json.dumps(ITEM, ensure_ascii=False), "utf-8")
    hub.start()
    words = [ground.build / "tests" / "bench" / "bench_members", hub.folder, hub.endpoint, PREFIX, scale.readers, towns, suite, 0]
    words += ["penalty", "towns", CONF / "procedures.d" / "yecheng-2025.conf"]
    try:
        with ground.start(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as members:
            for _ in range(4):
                read_line(members)
            usage = Usage([hub])
            done = ground.load("publish", hub, TO, scale.items, 1, body=body)
            copies = scale.items * scale.readers
            note = (f"bench publish {scale.items:,} items one by one to {scale.readers} subscribers, until every receipt is held, "
                    f"{done['seconds']:.2f} s: {copies / done['seconds']:,.0f} copies a second")
            results.add(suite, Row("publication: CPU of the publisher, per 1000 copies", "ms").measured(usage.total_ms() * 1000 / copies, note=note))
            results.add(suite, Row("publication: bytes written per copy", "bytes").measured(
                usage.written_bytes() / copies, note="handed to write calls by the publisher: item, places, receipts"))
            members.stdin.close()
            if read_line(members)["received"] != copies:
                raise SystemExit("bench: not every subscriber has every item")
    finally:
        hub.stop()
        for folder in (hub.folder, towns):
            shutil.rmtree(folder, ignore_errors=True)


# ----------------------------------------------------------------------------------------- callgrind


def count_instructions(ground, suite, count=1000, batch=200):
    """Instructions of each daemon for `count` exchanges in lock-step batches, so that timing hardly
    matters: two runs of one build differ by little, and two builds can be compared on a busy machine. A
    batch must stay well below the five seconds after which A offers again what has no receipt."""
    ground.settings["BENCH_POLL_US"] = "200000"
    for side in "AB":
        out = ground.folder.parent / f"callgrind.{side}"
        out.unlink(missing_ok=True)
        tool = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--quiet", f"--callgrind-out-file={out}"]
        before = (tool, ()) if side == "A" else ((), tool)
        with open_pair(ground, suite, before) as pair:
            ground.load("count", pair[0], TO, count, batch, batch)
            watched = pair["AB".index(side)]
            switch = ["callgrind_control", watched.pid]
            ground.run(switch[0], "-i", "on", switch[1])
            ground.load("count", pair[0], TO, count, batch, batch)
            ground.run(switch[0], "-i", "off", switch[1])
        total = annotate(ground, out, "no")[0]
        print(f"\n{suite} {side}: {total / count:,.0f} instructions per exchange ({count} in lock-step batches of {batch}); {out}")
        for inclusive, title in (("no", "in the function itself"), ("yes", "with all it calls")):
            print(f"  {title}")
            print("\n".join(f"    {line[:140]}" for line in annotate(ground, out, inclusive)[1][:FUNCTIONS]))


def annotate(ground, out, inclusive):
    """All instructions, and a line a function, the most expensive first."""
    text = ground.run("callgrind_annotate", "--auto=no", "--threshold=99", f"--inclusive={inclusive}", out)
    total = re.search(r"^ *([\d,]+).*PROGRAM TOTALS", text, re.MULTILINE).group(1)
    lines = text.split("file:function", 1)[1].splitlines()
    shown = [line.strip().replace(f"{ground.build}/", "") for line in lines if re.match(r" *[\d,]+ \(.*\[", line)]
    return int(total.replace(",", "")), shown


GROUPS = {
    "bulk": (measure_bulk, SUITES),
    "alone": (measure_alone, SUITES),
    "disk": (measure_disk, SUITES),
    "beside": (measure_beside, SUITES),
    "backlog": (measure_backlog, (ED25519,)),
    "members": (measure_members, (ED25519,)),
    "fanout": (measure_fanout, (ED25519,)),
    "due": (measure_due, (ED25519,)),
    "matter": (measure_matter, (ED25519,)),
    "search": (measure_search, (ED25519,)),
    "stored": (measure_stored, (ED25519,)),
    "files": (measure_files, SUITES),
    "import": (measure_import, SUITES),
    "peers": (measure_peers, (ED25519,)),
}
ASKED_FOR = ("peers",)  # only if named: they need packages that make bench does not install
