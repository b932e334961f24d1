# SPDX-License-Identifier: Apache-2.0
"""The stage of the demo: a temporary folder, real daemons in it, and the commands typed at them.

Every command runs in that folder, so what is printed is what ran. Nothing here sleeps for a fixed
time: it asks until a thing is so, or a deadline has passed. Whatever ends the demo, its daemons end
with it.
"""
import contextlib
import ctypes
import json
import os
import pathlib
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import voice

PATIENCE = 20  # seconds until a thing that should take one is given up
BETWEEN_LOOKS = 0.02
PR_SET_PDEATHSIG = 1
LONGEST_ROOT = 60  # the path of a Unix socket has 107 bytes


class Failed(Exception):
    """A step of the story did not come out as the product promises."""


def check(holds, promise):
    if not holds:
        raise Failed(promise)


def until(promise, look, seconds=PATIENCE):
    """Asks until `look` gives something, and says how long that took."""
    begun = time.monotonic()
    while True:
        found = look()
        if found:
            return found, time.monotonic() - begun
        check(time.monotonic() - begun < seconds, f"{promise}（{seconds} 秒内没有等到）")
        time.sleep(BETWEEN_LOOKS)


def die_with_parent():
    """Runs in the child: even a demo that is killed with -9 leaves no daemon behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def encode(words):
    """Names of agencies are Chinese in any locale."""
    return [word.encode("utf-8") for word in words]


def free_port():
    """Below the range for outgoing connections: it must still be free when its daemon returns."""
    for port in random.sample(range(20000, 32000), 200):
        with contextlib.closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Failed("127.0.0.1 上没有空闲端口")


class Agency:
    """One agency: its folder, its daemon, and its people at the keyboard."""

    def __init__(self, stage, agency, name, short, *, suite=None, reachable=True, sector=None):
        self.stage, self.id, self.name, self.short = stage, agency, name, short
        self.suite, self.sector = suite, sector
        self.endpoint = f"tcp://127.0.0.1:{free_port()}" if reachable else None
        self.daemon = None
        self.log = stage.root / f"{agency}.log"

    def words_of_init(self):
        words = ["init", self.id, "--id", self.id, "--name", self.name, "--region", "653126"]
        for option, value in (("--sector", self.sector), ("--suite", self.suite),
                              ("--endpoint", self.endpoint)):
            words += [option, value] if value else []
        return words

    def start(self, shown=True):
        words = ["liaisond", "-C", self.id, "--test-clock", self.stage.clock]
        if shown:
            voice.typed(words, " &")
        with open(self.log, "ab") as log:
            self.daemon = self.stage.spawn(words, stdout=log, stderr=log)
        until(f"{self.id} 的守护进程应答", self.answers)

    def answers(self):
        check(self.daemon.poll() is None, f"{self.id} 的守护进程没有起来：\n{self.last_words()}")
        return self.stage.run(["liaison", "-C", self.id, "--timeout", "1",
                               "status"]).returncode == 0

    def last_words(self):
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-8:])

    def kill(self):
        voice.typed(["kill", "-9", str(self.daemon.pid)])
        self.daemon.kill()
        self.daemon.wait()

    def stop(self):
        self.daemon.terminate()
        check(self.daemon.wait(PATIENCE) == 0, f"{self.id} 的守护进程应当正常停下：\n{self.last_words()}")

    def type(self, *words, most=None, status=0):
        """Types a command, shows it and its output."""
        return self.stage.type(["liaison", "-C", self.id, *words], most=most, status=status)

    def ask(self, *words):
        """Asks what the script wants to check: JSON objects, nothing shown."""
        done = self.stage.run(["liaison", "-C", self.id, "--json", *words])
        check(done.returncode == 0, f"liaison -C {self.id} {' '.join(words)}：{done.stderr.strip()}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def status(self):
        return self.ask("status")[0]

    def duties(self, matter):
        """All duties of a matter, closed ones too, by article and debtors."""
        return {(duty["duty"], *sorted(duty["debtors"])): duty
                for duty in self.ask("due", "--closed", "--matter", matter)}

    def message(self, name):
        return self.ask("show", name)[0]


class Watch:
    """`liaison watch` at an agency, twice: lines for eyes, and JSON that the script checks."""

    def __init__(self, agency):
        begin = f"{int(agency.status()['turn']) + 1}.0"
        words = ["liaison", "-C", agency.id, "watch", "--from", begin]
        voice.typed(words, " &")
        self.eyes = Lines(agency.stage.spawn(words, stdout=subprocess.PIPE))
        self.script = Lines(agency.stage.spawn(words + ["--json"], stdout=subprocess.PIPE))

    def wait(self, promise, wanted):
        """Until the wanted event is there; shows every line up to it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            event = json.loads(self.script.next(promise, deadline))
            if wanted(event):
                break
        at = time.monotonic()
        mark = "{turn}.{index}".format(**event["position"])
        while True:
            line = self.eyes.next(promise, deadline)
            voice.live(line)
            if line.split()[0] == mark:
                return event, at

    def close(self):
        for lines in (self.eyes, self.script):
            lines.process.terminate()
            lines.process.wait()
            lines.process.stdout.close()


class Lines:
    """The output of a process, line by line, with a deadline."""

    def __init__(self, process):
        self.process, self.rest = process, b""

    def next(self, promise, deadline):
        while b"\n" not in self.rest:
            left = max(0, deadline - time.monotonic())
            ready, _, _ = select.select([self.process.stdout], [], [], left)
            more = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            check(more, f"{promise}（watch 没有显示）")
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode("utf-8")


class Stage:
    """Folder, environment and clock that all agencies of the demo share."""

    def __init__(self, build, conf, clock):
        self.build, self.conf, self.clock = build, conf, clock
        self.agencies, self.children = [], []
        self.root = self.make_root()
        self.env = {**os.environ, "LIAISON_SHARE": str(conf),
                    "PATH": f"{build}:{os.environ.get('PATH', '')}"}
        self.env.pop("LIAISON_DIR", None)
        shutil.copytree(conf / "examples", self.root / "examples")

    @staticmethod
    def make_root():
        root = tempfile.mkdtemp(prefix="liaison-demo-")
        if len(root) > LONGEST_ROOT:
            os.rmdir(root)
            root = tempfile.mkdtemp(prefix="liaison-demo-", dir="/tmp")
        return pathlib.Path(root)

    def agency(self, *words, **options):
        agency = Agency(self, *words, **options)
        self.agencies.append(agency)
        return agency

    def spawn(self, words, **streams):
        # A session of its own: Ctrl-C reaches the demo alone, which then stops the daemons.
        child = subprocess.Popen(encode(words), cwd=self.root, env=self.env,
                                 stdin=subprocess.DEVNULL, start_new_session=True,
                                 preexec_fn=die_with_parent, **streams)
        self.children.append(child)
        return child

    def run(self, words):
        return subprocess.run(encode(words), cwd=self.root, env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, encoding="utf-8", timeout=60, check=False)

    def type(self, words, most=None, status=0):
        voice.typed(words)
        done = self.run(words)
        voice.output(done.stdout + done.stderr, most)
        check(done.returncode == status, f"{' '.join(words)} 应以 {status} 结束，实际 {done.returncode}")
        return done.stdout

    def move_clocks(self, time_, *first):
        """Debtors first: a creditor ahead of them cannot tell silence from a slow network."""
        rest = [agency for agency in self.agencies if agency not in first]
        self.clock = time_
        order = [*first, *rest]
        voice.put()
        voice.put(f"  $ for a in {' '.join(agency.id for agency in order)}; do", "bold")
        voice.put(f"      liaison -C $a test-clock {time_}; done", "bold")
        for agency in order:
            done = self.run(["liaison", "-C", agency.id, "test-clock", time_])
            check(done.returncode == 0, f"{agency.id} 的测试时钟可以移动：{done.stderr}")
            check(agency.status()["now"] == time_, f"{agency.id} 的测试时钟走到 {time_}")

    def clear(self):
        """Ends every child that still runs, politely and then not."""
        running = [child for child in self.children if child.poll() is None]
        for child in running:
            child.terminate()
        deadline = time.monotonic() + PATIENCE / 4
        for child in running:
            try:
                child.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
