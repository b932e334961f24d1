# SPDX-License-Identifier: Apache-2.0
"""The daemons that are measured, and the load they are put under."""

import contextlib
import datetime
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

import counters

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONF = ROOT / "conf"
FROM, TO = "yecheng-scjg", "yecheng-jiazhen"
BODY_BYTES = 1024
PATIENCE_S = 300
IN_FLIGHT, BATCH = 2000, 100


def refuse(why):
    sys.exit(f"bench: {why}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Ground:
    """Where a run takes place: the build that is measured and a folder on a disk."""

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.settings = {}
        folder.mkdir(parents=True, exist_ok=True)

    def environment(self):
        return dict(os.environ, LIAISON_SHARE=str(CONF), LD_LIBRARY_PATH=str(self.build), **self.settings)

    def start(self, *words, **options):
        return subprocess.Popen([str(word) for word in words], env=self.environment(), **options)

    def run(self, *words):
        with self.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                out, err = process.communicate()
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            refuse(f"{words[0]} {words[1]}: {err.decode('utf-8', 'replace').strip()}")
        return out.decode("utf-8")

    def load_words(self, way, daemon, to, *words, body=None):
        program = self.build / "tests" / "bench" / "bench"
        return [program, way, daemon.folder, to, body or self.write_body(daemon.clock), *words]

    def load(self, way, daemon, to, *words, body=None):
        return json.loads(self.run(*self.load_words(way, daemon, to, *words, body=body)))

    def write_body(self, clock):
        """A lead of today, or of the day of a test clock, its facts filled up to about 1 KiB."""
        path = self.folder / f"body{clock or ''}.json"
        if path.exists():
            return path
        body = json.loads((CONF / "examples" / "lead-food-expired.json").read_text("utf-8"))
        china = datetime.timezone(datetime.timedelta(hours=8))
        body["discovered_at"] = clock or datetime.datetime.now(china).isoformat(timespec="seconds")
        body["evidence"] = body["evidence"][:2]
        rest = len(json.dumps({**body, "facts": ""}, ensure_ascii=False).encode()) // 2
        text = body["facts"] * 4
        body["facts"] = text.encode()[: BODY_BYTES - rest].decode("utf-8", "ignore")
        path.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
        return path


class Daemon:
    def __init__(self, ground, name, agency, suite, port=None, clock=None):
        self.ground = ground
        self.clock = clock  # where its test clock starts; None: the real one
        self.folder = ground.folder / name
        self.log = ground.folder / f"{name}.log"
        self.agency = agency
        self.endpoint = f"tcp://127.0.0.1:{port}" if port else None
        self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)
        words = ["init", self.folder, "--id", agency, "--name", agency, "--suite", suite]
        words += ["--region", "653126"]
        words += ["--endpoint", self.endpoint] if port else []
        ground.run(ground.build / "liaison", *words)
        shutil.copy(CONF / "compacts.d" / "yecheng.conf", self.folder / "compacts.d")

    def set_option(self, name, value):
        with open(self.folder / "liaisond.conf", "a", encoding="utf-8") as conf:
            conf.write(f"{name} = {value}\n")

    def cli(self, *words):
        return self.ground.run(self.ground.build / "liaison", "-C", self.folder, "--json", f"--timeout={PATIENCE_S}", *words)

    def spawn(self, *before):
        """Starts it and waits for nothing."""
        with open(self.log, "wb") as log:
            words = [*before, self.ground.build / "liaisond", "-C", self.folder]
            words += ["--test-clock", self.clock] if self.clock else []
            self.process = self.ground.start(*words, stderr=log)

    def start(self, *before):
        self.spawn(*before)
        self.wait(lambda: b"L001 started" in self.log.read_bytes(), "starts")

    def start_timed(self):
        """Seconds from exec until a client has its first answer."""
        start = time.monotonic()
        self.spawn()
        self.wait(self.is_listening, "listens")
        self.cli("status")
        return time.monotonic() - start

    def is_listening(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.folder / "liaisond.sock")) == 0

    def wait(self, condition, what):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                refuse(f"{self.agency} never {what}: {self.log.read_text('utf-8')}")
            time.sleep(0.002)

    def is_linked(self, other):
        peers = map(json.loads, self.cli("peer", "list").splitlines())
        return any(p["agency"] == other and p.get("linked") for p in peers)

    def move_clock(self, to):
        self.cli("test-clock", to)

    def status(self):
        return json.loads(self.cli("status"))

    def lights(self):
        """How many duties are open, how many of them amber and red."""
        status = self.status()
        return {name: int(status.get(name, 0)) for name in ("open_duties", "amber", "red")}

    def counter(self, name):
        return next(int(one.get("value", 0)) for one in self.status()["counters"] if one["name"] == name)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE_S)

    @property
    def pid(self):
        return self.process.pid

    @property
    def store(self):
        return self.folder / "store" / "data.mdb"


@contextlib.contextmanager
def open_pair(ground, suite, before=((), ()), clock=None):
    """A and B, who know each other and are linked. `before`: words before each one's program."""
    pair = [Daemon(ground, "a", FROM, suite, free_port(), clock), Daemon(ground, "b", TO, suite, clock=clock)]
    try:
        for daemon, words in zip(pair, before):
            if words:
                daemon.set_option("map_size", 16)  # GiB; what valgrind can map
            daemon.start(*words)
        for daemon, other in (pair, pair[::-1]):
            daemon.cli("peer", "add", other.folder / "card")
        pair[0].wait(lambda: pair[0].is_linked(TO), "hears the other")
        yield pair
    finally:
        for daemon in pair:
            daemon.stop()
            shutil.rmtree(daemon.folder, ignore_errors=True)


class Usage:
    """What a pair and the rest of the machine use from now on."""

    def __init__(self, pair):
        self.pair = pair
        self.start = [counters.thread_cpu_ms(daemon.pid) for daemon in pair]
        self.written = sum(counters.written_bytes(daemon.pid) for daemon in pair)
        self.busy = counters.machine_busy_s()
        self.at = time.monotonic()

    def threads(self):
        """CPU milliseconds by daemon and thread."""
        now = [counters.thread_cpu_ms(daemon.pid) for daemon in self.pair]
        return [{kind: after[kind] - before[kind] for kind in after} for after, before in zip(now, self.start)]

    def total_ms(self):
        return sum(sum(threads.values()) for threads in self.threads())

    def written_bytes(self):
        return sum(counters.written_bytes(daemon.pid) for daemon in self.pair) - self.written

    def busy_share(self):
        """Share of all CPUs that anybody has used."""
        return (counters.machine_busy_s() - self.busy) / (time.monotonic() - self.at) / os.cpu_count()
