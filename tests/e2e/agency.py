# SPDX-License-Identifier: Apache-2.0
"""Real daemons in temporary folders, and what a test says to them.

An Agency is one folder with its liaisond; a Town is some agencies of 叶城 that have added each
other's cards. Nothing here waits for a fixed time: `until` polls a condition up to a deadline, so a
slow machine only takes longer.

Every Town ends with `close`: the daemons are stopped gracefully, then each journal is verified and
rebuilt, and both must hold. So each test of this folder also proves that its journal equals its
tables.
"""

import atexit
import collections
import contextlib
import functools
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import zlib

from library import Desk, find_sanitizer
from nursery import nursery

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("LIAISON_BUILD", "build/debug")
CONF = ROOT / "conf"
TOWN = ROOT / "tests" / "town"  # a small law that stays as it is; CONF is what is shipped
EXAMPLES = CONF / "examples"

# Daemons run under valgrind on demand: it finds what was never set and what was freed, in the libraries as well, and needs nothing suppressed.
VALGRIND = "valgrind -q --vgdb=no --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite".split()
UNDER = VALGRIND if os.environ.get("LIAISON_VALGRIND") else []
TIGHT = bool(UNDER) or BUILD.name == "tsan"
TIGHT_MAP_GIB = 16  # they have no room for the usual one

# Sanitized builds are several times slower, valgrind thirty times; a deadline is no measurement.
PATIENCE_S = float(os.environ.get("LIAISON_PATIENCE", "240" if UNDER else "30"))
POLL_S = 0.02
REPEATED = ROOT / os.environ.get("LIAISON_REPEATED", BUILD)  # where a program is taken from that is tried often enough
TRIED_OFTEN_ENOUGH = 2
DAY = int(os.environ.get("LIAISON_DAY", time.time() // 86400))  # even and odd ones test each other's rest
CLIENT_PATIENCE_MS = 5000  # of the command, unless it is told otherwise
SEARCHED_OFTEN_ENOUGH = 6  # times that a file of tests has its daemons look for leaks as they end: it takes as long as the rest of a short test

CLOCK = "2025-09-24T10:00:00+08:00"

BUREAU, JIA, YI = "yecheng-scjg", "yecheng-jiazhen", "yecheng-yixiang"
NAMES = {
    BUREAU: "叶城县市场监督管理局",
    JIA: "叶城县甲镇人民政府",
    YI: "叶城县乙乡人民政府",
}
SM2, ED25519 = "sm2-sm3", "ed25519-sha256"
ROLES = ("submitter", "officer", "auditor", "operator", "administrator")

# What a question calls an option, and what it says if nothing stands behind the option.
QUERIES = {
    "--in": ("direction", "in"),
    "--out": ("direction", "out"),
    "--after": ("after_position", None),
    "--closed": ("closed_too", True),
    "--owed-by": ("owed_by", None),
    "--light": ("light", None),
    "--matter": ("matter", None),
}

SANITIZER_WORDS = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|must\(|^==\d+== ", re.MULTILINE)


def until(condition, what, seconds=None):
    """Polls `condition` until it gives something true, and returns that."""
    deadline = time.monotonic() + (PATIENCE_S if seconds is None else seconds)
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(POLL_S)


def example(name, **changed):
    return {**json.loads((EXAMPLES / f"{name}.json").read_text("utf-8")), **changed}


def lead(name="food-expired", **changed):
    """A lead found shortly before CLOCK."""
    return example(f"lead-{name}", **{"discovered_at": "2025-09-24T09:40:00+08:00", **changed})


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment():
    env = dict(os.environ, LIAISON_SHARE=str(CONF), LC_ALL="C.UTF-8")
    env.pop("LIAISON_DIR", None)
    return env


class Outcome:
    """What one run of a program said."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")
        assert not SANITIZER_WORDS.search(self.err), self.err  # whose status is that of a refusal

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    @property
    def answer(self):
        assert self.status == 0, f"status {self.status}: {self.err}"
        return self.lines[0]

    @property
    def code(self):
        """The code of a refusal, as on standard error: `liaison: CODE: text`."""
        found = re.match(r"liaison: ([a-z-]+): ", self.err)
        return found.group(1) if self.status == 1 and found else None

    def __repr__(self):
        return f"<status {self.status} out {self.out!r} err {self.err!r}>"


def run(*words, body=None, timeout=120, again=False, **settings):
    """Runs a program; one of ours that ran before `again`, out of the nursery."""
    words = [str(word) for word in words]
    env = dict(environment(), **settings)
    born = nursery(words[0]) if again else None
    done = born and born.run(words, body, env, timeout)
    return Outcome(done or subprocess.run(words, input=body, capture_output=True, env=env, timeout=timeout, check=False))


tried = collections.Counter()


def is_tried(*command):
    """Whether this was tried often enough in this process with what is tested; counts one more time."""
    tried[command] += 1
    return tried[command] > TRIED_OFTEN_ENOUGH


@functools.cache
def has_nursery():
    """Where nothing but a sanitized build is taken, each command looks for leaks as it ends."""
    return BUILD != REPEATED or not find_sanitizer(str(BUILD / "libliaison.so"))


def find_program(program, *command):
    """Where it is, and how it is run. A sanitized command takes five times as long as another, and a test asks the
    same again and again. Each is tried a few times in each process; it is started, and looks for leaks, once."""
    folder = REPEATED if is_tried(program, *command) else BUILD
    return folder / program, {"again": has_nursery() and tried[program, *command] > 1}


@functools.cache
def desk():
    """Who asks for the harness: a command takes longer to start than the daemon to answer. None where only a sanitized library is built, which Python cannot load."""
    if find_sanitizer(str(REPEATED / "libliaison.so")):
        return None
    made = Desk(REPEATED, int(PATIENCE_S * 1000) if UNDER else CLIENT_PATIENCE_MS)
    atexit.register(made.close)
    return made


def choose_daemon(number, count):
    """Of the daemons of a town every second one is what is tested, the others the next day: what they do is the
    same, and a sanitized one takes twice as long. One that is alone always is."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0]
    is_tested = count == 1 or (number + zlib.crc32(test.encode()) + DAY) % 2 == 0
    return (BUILD if is_tested else REPEATED) / "liaisond"


searched = collections.Counter()


def sanitizer_options(given):
    """Of a daemon: leaks are looked for a few times in each file of tests."""
    file = os.environ.get("PYTEST_CURRENT_TEST", "").split("::")[0]
    searched[file] += 1
    often = searched[file] > SEARCHED_OFTEN_ENOUGH
    return ":".join(filter(None, ("detect_leaks=0" if often else "", os.environ.get("ASAN_OPTIONS", ""), given.get("ASAN_OPTIONS", ""))))


def encode_body(body):
    if isinstance(body, (bytes, type(None))):
        return body
    if isinstance(body, str):
        return body.encode()
    return json.dumps(body, ensure_ascii=False).encode()


def spell_options(options):
    """reply_to="x" is --reply-to x, drill=True is --drill, a list repeats the option."""
    words = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if value is True:
            words.append(option)
        else:
            for item in value if isinstance(value, (list, tuple)) else [value]:
                words += [option, item]
    return words


def spell_query(words):
    """The options of `list` and `due` as their question says them."""
    query, words = {}, iter(words)
    for word in words:
        name, value = QUERIES[word]
        query[name] = value if value is not None else next(words)
    return query


class Watch:
    """`liaison watch`, read as it is written."""

    def __init__(self, agency, start, key=None):
        words = agency.words("watch", "--from", start, key=key)
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        self.events = []
        self.fresh = queue.Queue()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            self.fresh.put((time.monotonic(), json.loads(line)))

    def gather(self):
        while not self.fresh.empty():
            self.events.append(self.fresh.get())
        return [event for _, event in self.events]

    def wait(self, matches, what, seconds=None):
        """The first event for which `matches` holds."""

        def found():
            ended = self.process.poll() is not None and not self.thread.is_alive()
            event = next(filter(matches, self.gather()), None)
            assert event or not ended, f"{what}: the watch has ended: {self.process.stderr.read().decode()}"
            return event

        return until(found, what, seconds)

    def seen_at(self, matches):
        """The monotonic time at which that event was read."""
        self.gather()
        return next(at for at, event in self.events if matches(event))

    def positions(self):
        return [place(event) for event in self.gather()]

    def close(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.thread.join(PATIENCE_S)
        self.process.stdout.close()
        self.process.stderr.close()


def place(event):
    """The position of an event, comparable."""
    return int(event["position"]["turn"]), int(event["position"].get("index", 0))


def is_event(kind_of_event, **wanted):
    """A predicate over events: type, and agency, kind, id or duty where given."""

    def matches(event):
        header = event.get("message", {}).get("header", {})
        seen = {
            "agency": event.get("agency"),
            "kind": header.get("kind"),
            "id": header.get("id"),
            "duty": event.get("duty", {}).get("duty"),
        }
        return event["type"] == kind_of_event and all(
            seen[name] == value for name, value in wanted.items()
        )

    return matches


def set_options(agency, **options):
    """Options of a daemon's configuration, in place of what stands there under their names."""
    path = agency.folder / "liaisond.conf"
    lines = path.read_text("utf-8").splitlines()
    kept = [line for line in lines if line.split(" = ")[0] not in options]
    added = [f"{name} = {value}" for name, value in options.items()]
    path.write_text("\n".join([*kept, *added]) + "\n", "utf-8")


class Agency:
    def __init__(self, folder, agency, suite=SM2, port=None, clock=CLOCK, name=None, law=TOWN):
        self.folder = pathlib.Path(folder)
        self.id = agency
        self.name = name or NAMES.get(agency, agency)
        self.suite = suite
        self.port = port
        self.clock = clock  # None: the real one
        self.law = law
        self.program = BUILD / "liaisond"
        self.environment = {}  # of the daemon, beside what every program gets
        self.process = None
        self.watches = []
        self.officers = []
        self.in_session = False  # the desk has a session with the daemon

    # ---- the folder and its daemon

    def init(self, **options):
        words = [self.folder, "--id", self.id, "--name", self.name]
        words += ["--region", "653126", "--suite", self.suite]
        if self.port is not None:
            words += ["--endpoint", f"tcp://127.0.0.1:{self.port}"]
        program, how = find_program("liaison", "init", *sorted(options))
        head = [program.with_name("liaisond"), "--init"] if how["again"] else [program, "init"]  # which becomes the former
        outcome = run(*head, *words, *spell_options(options), **how)
        assert outcome.status == 0, outcome
        for compact in (self.law / "compacts.d").glob("*.conf"):
            shutil.copy(compact, self.folder / "compacts.d")
        set_options(self, procedures=self.law / "procedures.d")
        if TIGHT:
            set_options(self, map_size=TIGHT_MAP_GIB)
        return self

    @property
    def log_path(self):
        return self.folder.with_suffix(".log")

    def log(self):
        return self.log_path.read_text("utf-8", "replace") if self.log_path.exists() else ""

    def daemon_words(self):
        words = [*UNDER, str(self.program), "-C", str(self.folder)]
        return words if self.clock is None else [*words, "--test-clock", self.clock]

    def launch(self):
        """Starts the daemon without waiting for it."""
        assert self.process is None, f"{self.id} runs already"
        self.log_start = len(self.log())
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.daemon_words(),
                stdin=subprocess.DEVNULL,
                stderr=log,
                env={**environment(), **self.environment, "ASAN_OPTIONS": sanitizer_options(self.environment)},
            )
        return self

    def is_ready(self):
        assert self.process.poll() is None, f"{self.id} ended: {self.log()[self.log_start:]}"
        return "L001 started" in self.log()[self.log_start:]

    def start(self):
        self.launch()
        until(self.is_ready, f"{self.id} starts")
        return self

    def kill(self):
        self.leave()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        self.process = None

    def stop(self):
        if self.process is None:
            return
        self.leave()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE_S)
        self.process = None
        assert status == 0, f"{self.id} ended with {status}: {self.log()[-2000:]}"

    def restart(self):
        self.stop()
        return self.start()

    def run_daemon(self, *words, program=BUILD / "liaisond", **how):
        """liaisond in one of its modes that end by themselves."""
        return run(*UNDER, program, "-C", self.folder, *words, **how)

    def check_journal(self):
        """The journal verifies, and the tables rebuilt from it equal the live ones."""
        file = os.environ.get("PYTEST_CURRENT_TEST", "").split("::")[0]  # each leaves journals of its own kind
        program, how = find_program("liaisond", "--journal", file)
        how = {} if UNDER else how
        verified = self.run_daemon("--journal", "verify", program=program, **how)
        assert verified.status == 0 and "the journal holds" in verified.out, (self.id, verified)
        rebuilt = self.run_daemon("--journal", "rebuild", program=program, **how)
        equal = "the tables equal the journal" in rebuilt.out
        assert rebuilt.status == 0 and equal, (self.id, rebuilt)

    def check_log(self):
        words = SANITIZER_WORDS.search(self.log())
        assert words is None, f"{self.id}: {self.log()[words.start() - 200:][:4000]}"

    def move_clock(self, to):
        self.told(["test-clock", to], "administrator", "test_clock", to)
        self.clock = to

    # ---- asking

    def words(self, *words, key=None, client=BUILD / "liaison"):
        head = [str(client), "-C", str(self.folder), "--json"]
        if UNDER:
            head.append(f"--timeout={PATIENCE_S:.0f}")
        if key is not None:
            head += ["--as", key]
        return head + [str(word) for word in words]

    def cli(self, *words, key=None, body=None, **options):
        client, how = find_program("liaison", words[0], *sorted(options))
        return run(*self.words(*words, *spell_options(options), key=key, client=client), body=encode_body(body), **how)

    def ask(self, words, client, name, *arguments, rows=None):
        """What the harness asks again and again: a few times by the command `words`, then by liaison_NAME over a session that stays open.
        The status and the answer, or the `rows` of it."""
        if desk() is None or not is_tried("ask", name):
            outcome = self.cli(*words)
            return outcome.status, outcome.err if outcome.status != 0 else outcome.lines if rows else outcome.answer
        self.in_session = True
        status, answer = desk().ask(self.folder, client, name, *arguments)
        return status, answer[rows] if rows and status == 0 else answer

    def told(self, *question, **form):
        """The answer, or the test fails."""
        status, answer = self.ask(*question, **form)
        assert status == 0, f"status {status}: {answer}"
        return answer

    def leave(self):
        """Ends the sessions with a daemon that goes."""
        if self.in_session:
            self.in_session = False
            desk().leave(self.folder)

    def send(self, kind, to, body, **options):
        """A message; `to` is one id or several. The answer, or the test fails."""
        to = to if isinstance(to, str) else ",".join(to)
        return self.cli("send", kind, "-", body=body, to=to, **options).answer

    def fact(self, kind, body, **options):
        return self.cli("fact", kind, "-", body=body, **options).answer

    def reply(self, message, kind, body, **options):
        return self.cli("reply", message, kind, "-", body=body, **options).answer

    def acknowledge(self, message, officer=None, **options):
        officer = officer or self.officers[0]
        return self.cli("ack", message, officer=officer, **options).answer

    def confirm(self, message, verdict="confirmed", officer=None, **options):
        officer = officer or self.officers[0]
        return self.cli("confirm", message, verdict=verdict, officer=officer, **options).answer

    def recall(self, message, reason="主体有误", **options):
        return self.cli("recall", message, reason=reason, **options).answer

    def status(self):
        return self.told(["status"], "operator", "status")

    def state(self):
        """What a refusal may not change."""
        status = self.status()
        return status["epoch"], status.get("turn"), status["head"], status.get("statements")

    def alarms(self):
        """Codes of the alarms that stand."""
        return [alarm.split(" ")[0] for alarm in self.status().get("alarms", [])]

    def peer(self, agency):
        peers = self.told(["peer", "list"], "operator", "peer_list", rows="peers")
        return next(peer for peer in peers if peer["agency"] == agency)

    def is_linked(self, agency):
        return self.peer(agency).get("linked", False)

    def backlog(self, agency):
        return int(self.peer(agency).get("backlog", 0))

    def show(self, message):
        status, found = self.ask(["show", message], "officer", "find", message, rows="messages")
        return found[0] if status == 0 else None

    def wait_for(self, message):
        return until(lambda: self.show(message), f"{message} reaches {self.id}")

    def wait_state(self, message, state):
        def reached():
            shown = self.show(message)
            return shown if shown and shown["state"] == state else None

        return until(reached, f"{message} is {state} at {self.id}")

    def messages(self, *words):
        """Every message, newest first, page by page."""
        found = []
        while True:
            placed = [*words, "--after", found[-1]["position"]] if found else words
            query = json.dumps({**spell_query(placed), "limit": 500})
            page = self.told(["list", "--limit", "500", *placed], "officer", "list", query, rows="messages")
            if not page:
                return found
            found += page

    def matter(self, matter):
        return self.told(["matter", matter], "officer", "matter", matter)

    def duties(self, *words, **options):
        words = [*words, *spell_options(options)]
        return self.told(["due", *words], "officer", "due", json.dumps(spell_query(words)), rows="duties")

    def duty(self, name, matter, opened_by=None):
        """The one duty of that name in a matter, or that a statement opened; closed or not."""
        found = [d for d in self.duties("--closed", matter=matter) if d["duty"] == name]
        found = [d for d in found if opened_by in (None, d["opened_by"])]
        assert len(found) <= 1, [(d["duty"], d["opened_by_kind"], d["state"]) for d in found]
        return found[0] if found else None

    def wait_duty(self, name, matter, state, opened_by=None):
        def reached():
            duty = self.duty(name, matter, opened_by)
            return duty if duty and duty["state"] == state else None

        before = self.duty(name, matter, opened_by)
        return until(reached, f"{name} is {state} at {self.id}: {before}")

    def here(self):
        """The position after everything that has happened so far."""
        position = self.told(["whoami"], "officer", "greet")["position"]
        return f"{position['turn']}.{position.get('index', 0)}"

    def watch(self, start=None, key=None):
        """Follows from `start`, by default from now on, without a gap in between."""
        start = start or self.here()
        watch = Watch(self, start, key)
        self.watches.append(watch)
        return watch

    # ---- members

    def add_officer(self, certificate, name):
        words = ["officer", "add", "--certificate", certificate, "--name", name, "--role", "liaison"]
        officer = {"certificate": certificate, "name": name, "roles": ["liaison"]}
        self.told(words, "administrator", "officer_add", json.dumps(officer, ensure_ascii=False))
        self.officers.append(certificate)

    def add_peer(self, other):
        card = other.folder / "card"
        text = card.read_text("utf-8")
        self.told(["peer", "add", card], "administrator", "peer_add", text, len(text.encode()))

    def close(self):
        for watch in self.watches:
            watch.close()
        self.stop()
        self.check_log()
        self.check_journal()


class Town:
    """Agencies that know each other. Members: (agency id, suite, has an endpoint). `clocks` gives
    some of them another clock than the town's, `law` all of them the law that is shipped (CONF)."""

    def __init__(self, *members, clock=CLOCK, clocks=(), law=TOWN):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="liaison-e2e-"))
        self.agencies = {}
        self.clock = clock
        for number, (agency, suite, reachable) in enumerate(members):
            port = free_port() if reachable else None
            folder = self.folder / "abcdefgh"[number]
            own = dict(clocks).get(agency, clock)
            self.agencies[agency] = Agency(folder, agency, suite, port, own, law=law)
            self.agencies[agency].program = choose_daemon(number, len(members))

    def __getitem__(self, agency):
        return self.agencies[agency]

    def __iter__(self):
        return iter(self.agencies.values())

    def open(self, prepare=None):
        """`prepare` is called with each agency before its first start."""
        for agency in self:
            agency.init()
            if prepare is not None:
                prepare(agency)
            agency.start()
        for agency in self:
            for other in self:
                if other is not agency:
                    agency.add_peer(other)
            for number in (1, 2):
                initial = agency.folder.name.upper()
                agency.add_officer(f"{initial}00{number}", f"联络员{initial}{number}")
        self.wait_links()
        return self

    def pairs(self):
        members = list(self)
        for i, left in enumerate(members):
            for right in members[i + 1:]:
                if left.port is not None or right.port is not None:
                    yield left, right

    def wait_links(self):
        for left, right in self.pairs():
            until(lambda: left.is_linked(right.id), f"{left.id} hears {right.id}")
            until(lambda: right.is_linked(left.id), f"{right.id} hears {left.id}")

    def move_clocks(self, to, *order):
        """The debtor's clock first: what it still says in time is then said in time."""
        for agency in order or self:
            agency.move_clock(to)

    def close(self):
        try:
            for agency in self:
                agency.close()
        finally:
            self.abandon()

    def abandon(self):
        """Ends whatever still runs; leaves the folders of a failed test to be looked at."""
        for agency in self:
            for watch in agency.watches:
                if watch.process.poll() is None:
                    watch.process.kill()
            if agency.process is not None:
                agency.kill()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def open_town(*members, prepare=None, **options):
    """A town for a `with`; closing it verifies and rebuilds every journal."""
    town = Town(*members, **options)
    try:
        yield town.open(prepare)
        town.close()
        town.remove()
    except BaseException:
        print(f"left for inspection: {town.folder}")
        raise
    finally:
        town.abandon()


PAIR = ((BUREAU, ED25519, True), (JIA, SM2, False))
