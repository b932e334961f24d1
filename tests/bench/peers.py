# SPDX-License-Identifier: Apache-2.0
"""The daemon pair beside what a county's IT would build instead: the same exchange, in turn, in one run.

A peer is a queue at A, a queue at B and a mover between them (bench_peer.h), each durable before it answers. It
stands in a folder of the bench, on the daemons' disk, and goes with the bench. It is run by whoever runs the
bench; PostgreSQL, which refuses root, by the user that its package made. Where there was a choice it is the one
that favours the peer, as long as nothing that was acknowledged can be lost.
"""

import contextlib
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

import counters
from pair import BATCH, IN_FLIGHT, PATIENCE_S, TO, Usage, free_port, open_pair, refuse
from results import LESS, MORE, Row, percentile, spell

TARGETS_HOLD_FOR = "ed25519-sha256"
WARM_UP_S = 1
COUNTED = 100  # messages over which flushes are
POSTGRES_PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
POSTGRES_USER = "postgres"
REDIS_PROGRAM = "/usr/bin/redis-check-rdb"  # which is the server too, by the name that it is called by
LACKS = "nothing is signed, nothing answers for B but the mover, no duties, deadlines, roles or audit"


# --------------------------------------------------------------------------------------------- peers


def descend(pid):
    """A process and all that descend from it."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it may end while it is looked at
        yield pid
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
            yield from descend(int(child))


def tree_cpu_ms(pid):
    """Of a process, of all that descend from it, and of its children that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    total = (int(fields[13]) + int(fields[14])) * 1000 / counters.TICKS
    for one in descend(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += counters.cpu_ms(one)
    return total


class Peer:
    """Two servers and their mover. The subclasses say how they are opened (giving the places `a` and `b`), and
    what they hold."""

    title = kind = what = ""

    def __init__(self, ground):
        self.ground = ground
        self.folder = ground.folder / self.kind
        self.program = ground.build / "tests" / "bench" / "bench_peer"
        self.processes = {}
        self.ends = {}
        self.exchanges = 0
        self.a = self.b = ""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)

    def __enter__(self):
        try:
            self.open()
            self.spawn("mover", "TERM", (), self.program, self.kind, "move", self.a, self.b)
            self.load("alone", 1)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def spawn(self, name, end, options, *words):
        """The signal `end` ends it. Should the bench be killed, the kernel sends it (`setpriv --pdeathsig`)."""
        with open(self.folder / f"{name}.log", "wb") as log:
            words = ["setpriv", "--pdeathsig", end, *options, *words]
            self.processes[name] = self.ground.start(*words, stdout=log, stderr=log)
            self.ends[name] = signal.Signals[f"SIG{end}"]

    def wait(self, condition, what):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if any(one.poll() is not None for one in self.processes.values()) or time.monotonic() > deadline:
                refuse(f"{self.title} never {what}: {self.logs()}")
            time.sleep(0.01)

    def logs(self):
        return "".join(path.read_text("utf-8", "replace") for path in self.folder.glob("*.log"))

    def load(self, way, *words):
        try:
            said = json.loads(self.ground.run(self.program, self.kind, way, self.a, self.ground.write_body(None), *words))
        except SystemExit:
            print(self.logs(), file=sys.stderr)
            raise
        self.exchanges += said["exchanges"] if "exchanges" in said else len(said["arrived_us"])
        return said

    def cpu_ms(self):
        return {name: tree_cpu_ms(process.pid) for name, process in self.processes.items()}

    def check(self):
        """Everything that was counted is at A, at B, and marked at A as delivered, once."""
        held = self.count_held()
        if held != [self.exchanges] * 3:
            refuse(f"{self.title} was given {self.exchanges}, but at A, at B and marked there are {held}")

    def close(self):
        """The mover first, then the servers."""
        for name, process in reversed(self.processes.items()):
            process.send_signal(self.ends[name])
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(Peer):
    title, kind = "PostgreSQL", "postgres"
    what = ("PostgreSQL 15: a table at A with a column `delivered`, one at B with a unique key, TLS with certificates of both between them; "
            f"100 rows a commit, or one row a commit one at a time; {LACKS}")
    # fsync, synchronous_commit and full_page_writes are on, as ever. The rest spares it checkpoints within a run.
    settings = {"shared_buffers": "256MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min"}
    # Pages are half filled, so that a row finds room beside itself when it is marked, and the index need not know.
    outbox = ("CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL,"
              " queued timestamptz NOT NULL DEFAULT now(), delivered timestamptz) WITH (fillfactor = 50)")
    inbox = "CREATE TABLE inbox (id bigint PRIMARY KEY, body bytea NOT NULL, received timestamptz NOT NULL DEFAULT now())"

    def open(self):
        self.become = ()
        if os.geteuid() == 0:
            closed = [path for path in self.folder.parents if not path.stat().st_mode & 0o001]
            if closed:
                refuse(f"{closed[0]} is closed to the user {POSTGRES_USER}, as whom PostgreSQL runs: set BENCH_DIR to another folder")
            self.become = ("--reuid", POSTGRES_USER, "--regid", POSTGRES_USER, "--clear-groups")
            shutil.chown(self.folder, POSTGRES_USER, POSTGRES_USER)
        certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        self.run_as("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=bench",
                    "-days", "2", "-out", certificate, "-keyout", key)
        name_only, port = 5432, free_port()  # A listens on no port
        here = f"user=bench dbname=postgres host='{self.folder}'"
        self.a, self.at_b = f"{here} port={name_only}", f"{here} port={port}"
        self.b = (f"user=bench dbname=postgres host=127.0.0.1 port={port} sslmode=verify-ca"
                  f" sslrootcert='{certificate}' sslcert='{certificate}' sslkey='{key}'")
        self.start_server("A", name_only, {"listen_addresses": ""})
        self.start_server("B", port, {"listen_addresses": "127.0.0.1", "ssl": "on", "ssl_cert_file": certificate,
                                          "ssl_key_file": key, "ssl_ca_file": certificate})
        self.ask(self.a, self.outbox)
        self.ask(self.at_b, self.inbox)

    def run_as(self, *words):
        return self.ground.run("setpriv", "--no-new-privs", *self.become, *words)  # which wants an option

    # SIGINT has it end without waiting for its clients.
    def start_server(self, name, port, settings):
        folder = self.folder / name
        self.run_as(POSTGRES_PROGRAMS / "initdb", "--no-sync", "--username=bench", "--locale=C.UTF-8", "--encoding=UTF8", "--auth=trust", "-D", folder)
        # The folder with the sockets is closed to others.
        ways = ["local all all trust"] + (["hostssl all all 127.0.0.1/32 cert"] if settings["listen_addresses"] else [])
        (folder / "pg_hba.conf").write_text("\n".join(ways) + "\n", "ascii")
        settings = {"port": port, "unix_socket_directories": self.folder, **self.settings, **settings}
        words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        self.spawn(name, "INT", self.become, POSTGRES_PROGRAMS / "postgres", "-D", folder, *words)
        ready = [POSTGRES_PROGRAMS / "pg_isready", "-q", "-h", self.folder, "-p", port, "-U", "bench", "-d", "postgres"]
        self.wait(lambda: self.ground.start(*ready).wait() == 0, "starts")

    def ask(self, place, text):
        return self.ground.run(POSTGRES_PROGRAMS / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text, place)

    def count_held(self):
        at_a = self.ask(self.a, "SELECT count(*), count(delivered) FROM outbox").strip().split("|")
        at_b = self.ask(self.at_b, "SELECT count(*) FROM inbox")
        return [int(at_a[0]), int(at_b), int(at_a[1])]


class Redis(Peer):
    title, kind = "Redis", "redis"
    what = ("Redis 7: a stream at A with a group of which the mover is the consumer, a stream at B under A's ids, written and flushed before "
            f"each answer (appendfsync always); all is kept in memory, nothing is encrypted, sockets instead of a network; {LACKS}")
    # The file is not written anew within a run.
    settings = {"appendonly": "yes", "appendfsync": "always", "save": "", "auto-aof-rewrite-percentage": "0", "port": "0"}

    def open(self):
        server = self.folder / "redis-server"
        server.symlink_to(REDIS_PROGRAM)
        self.a, self.b = (str(self.folder / f"{name}.sock") for name in "AB")
        for name, place in (("A", self.a), ("B", self.b)):
            folder = self.folder / name
            folder.mkdir()
            words = [word for key, value in self.settings.items() for word in (f"--{key}", value)]
            self.spawn(name, "TERM", (), server, "--dir", folder, "--unixsocket", place, *words)
            self.wait(lambda place=place: self.is_listening(place), "starts")
        self.ask(self.a, "XGROUP", "CREATE", "outbox", "mover", "0", "MKSTREAM")

    @staticmethod
    def is_listening(place):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(place) == 0

    def ask(self, place, *words):
        return self.ground.run("redis-cli", "-e", "-s", place, *words)

    def count_held(self):
        at_a, at_b = (int(self.ask(place, "XLEN", stream)) for place, stream in ((self.a, "outbox"), (self.b, "inbox")))
        waiting = int(self.ask(self.a, "XPENDING", "outbox", "mover").split()[0])
        return [at_a, at_b, at_a - waiting]


# ---------------------------------------------------------------------------------------- comparison


class Ours:
    """The daemon pair under the names by which a peer is asked."""

    def __init__(self, ground, pair):
        self.ground = ground
        self.pair = pair

    def load(self, way, *words):
        return self.ground.load(way, self.pair[0], TO, *words)

    def cpu_ms(self):
        return {name: counters.cpu_ms(daemon.pid) for name, daemon in zip("AB", self.pair)}


def flood(side, seconds):
    """Exchanges a second, CPU ms per 1000 by process and of the load, and how busy the machine was."""
    before, busy, start = side.cpu_ms(), counters.machine_busy_s(), time.monotonic()
    load = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = side.load("flood", seconds, IN_FLIGHT, BATCH)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = (counters.machine_busy_s() - busy) / (time.monotonic() - start) / os.cpu_count()
    thousands = done["exchanges"] / 1000
    costs = {name: (ms - before[name]) / thousands for name, ms in side.cpu_ms().items()}
    used = after.ru_utime + after.ru_stime - load.ru_utime - load.ru_stime
    return {"rate": done["exchanges"] / done["seconds"], "cost": sum(costs.values()), "costs": costs, "load": used * 1000 / thousands, "busy": busy}


def alone(side, count):
    return percentile(side.load("alone", count)["arrived_us"], 0.5) / 1000


def flushes(ground, side):
    """At the disk, for each exchange alone, whoever else uses it included."""
    counter = counters.DiskCounter(ground.folder)
    side.load("alone", COUNTED)
    return counter.used()[1] / COUNTED


def in_turn(repetitions, measure, ours, peer):
    """What was measured of each, ours and the peer's by turns."""
    rounds = [(measure(ours), measure(peer)) for _ in range(repetitions)]
    return [one for one, _ in rounds], [other for _, other in rounds]


def spell_all(values):
    return f"{spell(statistics.median(values))} [{spell(min(values))}–{spell(max(values))}]"


def spell_costs(found):
    parts = ", ".join(f"{name} {ms:.1f}" for name, ms in found["costs"].items())
    return f"{parts}, the load {found['load']:.1f}, machine {found['busy']:.0%} busy"


def compare(ground, scale, results, suite, kind, targets):
    with contextlib.ExitStack() as stack:
        ours = Ours(ground, stack.enter_context(open_pair(ground, suite)))
        peer = stack.enter_context(kind(ground))
        print(f"      {peer.what}", flush=True)
        for side in (ours, peer):
            side.load("flood", WARM_UP_S, IN_FLIGHT, BATCH)
        flush_before = counters.flush_us(ground.folder)
        bulk = in_turn(scale.repetitions, lambda side: flood(side, scale.seconds), ours, peer)
        lone = in_turn(scale.repetitions, lambda side: alone(side, scale.alone), ours, peer)
        flush = f"flush {flush_before:.0f} us before, {counters.flush_us(ground.folder):.0f} after"
        counted = [flushes(ground, side) for side in (ours, peer)] if counters.has_counters(ground.folder) else None
        peer.check()
    rates, costs = ([[one[key] for one in found] for found in bulk] for key in ("rate", "cost"))
    way = f"each in turn, {scale.repetitions} × {scale.seconds} s, {IN_FLIGHT} in flight, {BATCH} a commit"
    flushed = f"; flushes each, the whole disk's: {counted[0]:.1f} and {counted[1]:.1f}" if counted else ""
    for figure, absolute, relative, unit, better, (mine, theirs), note in (
        ("rate", "exchanges a second in bulk", "rate in bulk", "/s", MORE, rates, f"{way}; {flush}"),
        ("cost", "CPU per 1000 in bulk", "CPU per 1000 in bulk", "ms", LESS, costs,
         f"the load not counted; last repetition: ours {spell_costs(bulk[0][-1])}; {peer.title} {spell_costs(bulk[1][-1])}"),
        ("lone", "one at a time, median", "one at a time, median", "ms", LESS, lone,
         f"{scale.repetitions} × {scale.alone}, from submit until known at A{flushed}"),
    ):
        must, aim = targets.get(figure, (None, None)) if suite == TARGETS_HOLD_FOR else (None, None)
        results.add(suite, Row(f"{peer.title}: {absolute}", unit).measured(*theirs))
        results.add(suite, Row(f"{relative}, over {peer.title}'s", "times", better, must, aim).measured(
            *(one / other for one, other in zip(mine, theirs)),
            note=f"ours {spell_all(mine)}, {peer.title} {spell_all(theirs)} {unit}; {note}"))


def measure_peers(ground, scale, results, suite):
    compare(ground, scale, results, suite, Postgres, {"rate": (2, 3), "cost": (0.5, 0.34), "lone": (1, 0.5)})
    # One at a time, and in CPU, it is out of reach as long as both ends sign.
    compare(ground, scale, results, suite, Redis, {"rate": (1, 1.3)})
