# SPDX-License-Identifier: Apache-2.0
"""make bench: two daemons on loopback and a real disk.

For each suite: exchanges a second with many in flight, one at a time, and what a thousand cost both
daemons in CPU, flushes and bytes written. An exchange is one lead.notice of about 1 KiB with its
duties at both sides, done when A's client has learned that B's receipt is held. Flushes are counted
in a short run of their own under strace, which slows the daemons and so makes batches larger or
smaller; everything else is measured without it. The load runs on the same machine.

Prints a table and appends to build/bench.jsonl, one object a line. Settings, all optional:
BENCH_DIR (build/bench.d), BENCH_SECONDS (5), BENCH_ALONE (300 messages), BENCH_IN_FLIGHT (2000),
BENCH_BATCH (100), BENCH_TRACED (2000 messages), BENCH_SUITES.
"""

import contextlib
import datetime
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONF = ROOT / "conf"
BUILD = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/release")
FOLDER = pathlib.Path(os.environ.get("BENCH_DIR", ROOT / "build" / "bench.d")).resolve()
RESULTS = ROOT / "build" / "bench.jsonl"

SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
WARM_UP = 1000
ALONE = int(os.environ.get("BENCH_ALONE", "300"))
IN_FLIGHT = int(os.environ.get("BENCH_IN_FLIGHT", "2000"))
BATCH = int(os.environ.get("BENCH_BATCH", "100"))
TRACED = int(os.environ.get("BENCH_TRACED", "2000"))
SUITES = os.environ.get("BENCH_SUITES", "ed25519-sha256 sm2-sm3").split()

FROM, TO = "yecheng-scjg", "yecheng-jiazhen"
BODY_BYTES = 1024
PATIENCE_S = 60
MEMORY_FILE_SYSTEMS = {"tmpfs", "ramfs", "devtmpfs"}


def refuse(why):
    sys.exit(f"bench: {why}")


def file_system(folder):
    """Type and place of the mount that a folder is on."""
    best = ("", "")
    for line in pathlib.Path("/proc/mounts").read_text("utf-8").splitlines():
        place, kind = line.split()[1:3]
        place = place.encode().decode("unicode_escape")
        if folder.is_relative_to(place) and len(place) >= len(best[1]):
            best = (kind, place)
    return best


def check_disk():
    FOLDER.mkdir(parents=True, exist_ok=True)
    kind, place = file_system(FOLDER)
    if kind in MEMORY_FILE_SYSTEMS:
        refuse(f"{FOLDER} is in memory ({kind} at {place}); set BENCH_DIR to a folder on a disk")
    return kind


def device_bytes():
    """Bytes written to the disk that holds the folder, by anybody; None where it has no counters.

    What the kernel charges to a process counts whole folios of the page cache, several times what
    reaches the disk.
    """
    number = os.stat(FOLDER).st_dev
    path = pathlib.Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/stat")
    return int(path.read_text("ascii").split()[6]) * 512 if path.exists() else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment():
    return dict(os.environ, LIAISON_SHARE=str(CONF), LD_LIBRARY_PATH=str(BUILD))


def run(*words):
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        env=environment(),
        timeout=600,
        check=False,
    )
    if done.returncode != 0:
        refuse(f"{words[0]} {words[1]}: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout.decode("utf-8")


def write_body():
    """A lead of today, its facts filled up to about 1 KiB."""
    body = json.loads((CONF / "examples" / "lead-food-expired.json").read_text("utf-8"))
    china = datetime.timezone(datetime.timedelta(hours=8))
    body["discovered_at"] = datetime.datetime.now(china).isoformat(timespec="seconds")
    body["evidence"] = body["evidence"][:2]
    rest = len(json.dumps({**body, "facts": ""}, ensure_ascii=False).encode()) // 2
    text = body["facts"] * 4
    body["facts"] = text.encode()[: BODY_BYTES - rest].decode("utf-8", "ignore")
    path = FOLDER / "body.json"
    path.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
    return path


class Daemon:
    def __init__(self, name, agency, suite, port=None):
        self.folder = FOLDER / name
        self.log = FOLDER / f"{name}.log"
        self.trace = FOLDER / f"{name}.trace"
        self.agency = agency
        words = ["init", self.folder, "--id", agency, "--name", agency, "--suite", suite]
        words += ["--region", "653126"]
        words += ["--endpoint", f"tcp://127.0.0.1:{port}"] if port else []
        run(BUILD / "liaison", *words)
        shutil.copy(CONF / "compacts.d" / "yecheng.conf", self.folder / "compacts.d")

    def cli(self, *words):
        return run(BUILD / "liaison", "-C", self.folder, "--json", *words)

    def start(self, traced=False):
        words = [str(BUILD / "liaisond"), "-C", str(self.folder)]
        calls = "fdatasync,fsync,pwrite64,pwritev,openat"
        tracer = ["strace", "-f", "-o", str(self.trace), "-e", f"trace={calls}"] if traced else []
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(tracer + words, stderr=log, env=environment())
        self.wait(lambda: b"L001 started" in self.log.read_bytes(), "starts")
        self.pid = self.process.pid
        if traced:
            children = f"/proc/{self.pid}/task/{self.pid}/children"
            self.pid = int(pathlib.Path(children).read_text("ascii").split()[0])

    def wait(self, condition, what):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                refuse(f"{self.agency} never {what}: {self.log.read_text('utf-8')}")
            time.sleep(0.02)

    def is_linked(self, other):
        peers = map(json.loads, self.cli("peer", "list").splitlines())
        return any(p["agency"] == other and p.get("linked") for p in peers)

    def stop(self):
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
            self.process.wait(PATIENCE_S)

    # ---- what it cost

    def cpu_ms(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def written(self):
        text = pathlib.Path(f"/proc/{self.pid}/io").read_text("ascii")
        return int(re.search(r"^write_bytes: (\d+)", text, re.MULTILINE).group(1))

    def memory_mb(self):
        """Resident memory, and the part of it that is not pages of mapped files."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text("ascii")
        sizes = dict(re.findall(r"^(VmRSS|RssAnon):\s+(\d+) kB", text, re.MULTILINE))
        return int(sizes["VmRSS"]) / 1024, int(sizes["RssAnon"]) / 1024

    def flushes(self):
        """fdatasync and fsync, and writes through descriptors opened with O_DSYNC."""
        synced = set()
        count = 0
        for line in self.trace.read_text("utf-8", "replace").splitlines():
            opened = re.search(r"openat\(.*O_DSYNC.*\) = (\d+)", line)
            call = re.search(r"\b(fdatasync|fsync|pwrite64|pwritev)\((\d+)", line)
            if opened:
                synced.add(opened.group(1))
            elif call:
                count += call.group(1).startswith("f") or call.group(2) in synced
        return count


@contextlib.contextmanager
def open_pair(suite, traced=False):
    for name in ("a", "b"):
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    pair = [Daemon("a", FROM, suite, free_port()), Daemon("b", TO, suite)]
    try:
        for daemon in pair:
            daemon.start(traced)
        for daemon, other in (pair, pair[::-1]):
            daemon.cli("peer", "add", other.folder / "card")
        pair[0].wait(lambda: pair[0].is_linked(TO), "hears the other")
        yield pair
    finally:
        for daemon in pair:
            if hasattr(daemon, "pid"):
                daemon.stop()


def load(way, *words):
    out = run(BUILD / "tests" / "bench" / "bench", way, FOLDER / "a", TO, FOLDER / "body.json", *words)
    return json.loads(out)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Table:
    def __init__(self):
        self.rows = []

    def add(self, suite, name, value, unit):
        self.rows.append((suite, name, value, unit))

    def append(self):
        with open(RESULTS, "a", encoding="utf-8") as out:
            for suite, name, value, unit in self.rows:
                line = {"name": f"{suite}: {name}", "value": round(value, 4), "unit": unit}
                out.write(json.dumps(line, ensure_ascii=False) + "\n")

    def show(self):
        names = list(dict.fromkeys((name, unit) for _, name, _, unit in self.rows))
        found = {(suite, name): value for suite, name, value, _ in self.rows}
        width = max(len(name) for name, _ in names)
        print(f"{'':{width}}  {'':9}" + "".join(f"{suite:>16}" for suite in SUITES))
        for name, unit in names:
            values = "".join(f"{found[suite, name]:16,.2f}" for suite in SUITES)
            print(f"{name:{width}}  {unit:9}{values}")


def measure_flood(table, suite, pair):
    load("count", WARM_UP, IN_FLIGHT, BATCH)
    cpu = [daemon.cpu_ms() for daemon in pair]
    written = [daemon.written() for daemon in pair]
    disk = device_bytes()
    client = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = load("flood", SECONDS, IN_FLIGHT, BATCH)
    os.sync()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    thousands = done["exchanges"] / 1000
    table.add(suite, "exchanges, many in flight", done["exchanges"] / done["seconds"], "1/s")
    for daemon, before, side in zip(pair, cpu, "AB"):
        used = (daemon.cpu_ms() - before) / thousands
        table.add(suite, f"CPU of {side} per 1000 exchanges", used, "ms")
    used = sum(daemon.cpu_ms() - before for daemon, before in zip(pair, cpu)) / thousands
    table.add(suite, "CPU of both per 1000 exchanges", used, "ms")
    used = after.ru_utime + after.ru_stime - client.ru_utime - client.ru_stime
    table.add(suite, "CPU of the load per 1000", used * 1000 / thousands, "ms")
    total = sum(daemon.written() - before for daemon, before in zip(pair, written))
    table.add(suite, "charged to both per 1000", total / thousands / 1024, "KiB")
    if disk is not None:
        used = (device_bytes() - disk) / thousands / 1024
        table.add(suite, "written to the disk per 1000, by anybody", used, "KiB")


def measure_alone(table, suite):
    times = [us / 1000 for us in load("alone", ALONE)["latencies_us"]]
    table.add(suite, "one at a time, p50", percentile(times, 0.50), "ms")
    table.add(suite, "one at a time, p99", percentile(times, 0.99), "ms")


def measure_flushes(table, suite):
    with open_pair(suite, traced=True) as pair:
        load("count", 2 * BATCH, IN_FLIGHT, BATCH)
        before = sum(daemon.flushes() for daemon in pair)
        load("count", TRACED, IN_FLIGHT, BATCH)
        flood = sum(daemon.flushes() for daemon in pair) - before
        load("alone", 100)
        alone = sum(daemon.flushes() for daemon in pair) - before - flood
    table.add(suite, "flushes of both per 1000, in flight, traced", flood * 1000 / TRACED, "count")
    table.add(suite, "flushes of both per exchange alone, traced", alone / 100, "count")


def main():
    kind = check_disk()
    write_body()
    table = Table()
    print(f"{FOLDER} ({kind}), {os.cpu_count()} CPUs, {IN_FLIGHT} in flight, batches of {BATCH}", flush=True)
    for suite in SUITES:
        with open_pair(suite) as pair:
            measure_flood(table, suite, pair)
            measure_alone(table, suite)
            for daemon, side in zip(pair, "AB"):
                resident, private = daemon.memory_mb()
                table.add(suite, f"memory of {side}, resident", resident, "MiB")
                table.add(suite, f"memory of {side}, without mapped files", private, "MiB")
        if shutil.which("strace"):
            measure_flushes(table, suite)
    table.show()
    table.append()
    for name in ("a", "b"):
        shutil.rmtree(FOLDER / name, ignore_errors=True)


if __name__ == "__main__":
    main()
