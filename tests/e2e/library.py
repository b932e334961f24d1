# SPDX-License-Identifier: Apache-2.0
"""libliaison from Python, and the wire beneath it.

`Library` is a session in a process of its own (this file run as a program), so that a sanitized
library can be loaded and a test can go on while it waits. `Desk` is one more such process, which
keeps a session with every daemon that the harness asks again and again. `Dealer` speaks to the daemon's socket
with raw frames: what no library would send.
"""

import ctypes
import functools
import json
import os
import pathlib
import queue
import subprocess
import sys
import threading

sys.dont_write_bytecode = True



# --------------------------------------------------------------------------------- struct liaison_*


class Draft(ctypes.Structure):
    _fields_ = [
        ("id", ctypes.c_char_p),
        ("kind", ctypes.c_char_p),
        ("to", ctypes.POINTER(ctypes.c_char_p)),
        ("to_count", ctypes.c_size_t),
        ("copy", ctypes.POINTER(ctypes.c_char_p)),
        ("copy_count", ctypes.c_size_t),
        ("officers", ctypes.POINTER(ctypes.c_char_p)),
        ("officer_count", ctypes.c_size_t),
        ("matter", ctypes.c_char_p),
        ("compact", ctypes.c_char_p),
        ("own_number", ctypes.c_char_p),
        ("source_system", ctypes.c_char_p),
        ("source_record", ctypes.c_char_p),
        ("urgent_reason", ctypes.c_char_p),
        ("handling", ctypes.c_char_p),
        ("in_reply_to", ctypes.c_char_p),
        ("in_reply_to_author", ctypes.c_char_p),
        ("occurred_at", ctypes.c_int64),
        ("drill", ctypes.c_int),
        ("body_json", ctypes.c_char_p),
        ("body", ctypes.c_char_p),
        ("body_bytes", ctypes.c_size_t),
    ]


class Result(ctypes.Structure):
    _fields_ = [
        ("outcome", ctypes.c_int),
        ("acceptance", ctypes.c_int),
        ("id", ctypes.c_char * 40),
        ("matter", ctypes.c_char * 40),
        ("short_number", ctypes.c_char * 16),
        ("code", ctypes.c_char * 32),
        ("position", ctypes.c_uint64),
        ("sealed_at", ctypes.c_int64),
    ]


def to_bytes(text):
    """Lone surrogates stand for the bytes that are no UTF-8, as in file names."""
    return None if text is None else text.encode("utf-8", "surrogateescape")


def to_array(texts):
    return (ctypes.c_char_p * len(texts))(*map(to_bytes, texts))


def make_draft(described):
    draft = Draft()
    for name, value in described.items():
        if name in ("to", "copy", "officers"):
            setattr(draft, name, to_array(value))
            setattr(draft, name.removesuffix("s") + "_count", len(value))
        elif name == "body_hex":
            draft.body = bytes.fromhex(value)
            draft.body_bytes = len(value) // 2
        elif name in ("occurred_at", "drill"):
            setattr(draft, name, value)
        else:
            setattr(draft, name, to_bytes(value))
    return draft


def show_result(result):
    return {
        "outcome": result.outcome,
        "acceptance": result.acceptance,
        "id": result.id.decode(),
        "matter": result.matter.decode(),
        "code": result.code.decode(),
        "position": result.position,
    }


class Session:
    """Runs in the process of its own."""

    def __init__(self, library, folder, client, timeout_ms):
        self.lib = ctypes.CDLL(library)
        self.lib.liaison_error_text.restype = ctypes.c_char_p
        self.lib.liaison_refusal_json.restype = ctypes.c_char_p
        self.handle = ctypes.c_void_p()
        outcome = self.lib.liaison_open(
            folder.encode(), client.encode(), ctypes.byref(self.handle)
        )
        assert outcome == 0, self.lib.liaison_error_text(self.handle)
        self.lib.liaison_set_timeout(self.handle, ctypes.c_uint(timeout_ms))

    def tell(self, outcome, results):
        refusal = self.lib.liaison_refusal_json(self.handle)
        return {
            "outcome": outcome,
            "results": [show_result(result) for result in results],
            "refusal": json.loads(refusal) if refusal else None,
            "error": self.lib.liaison_error_text(self.handle).decode("utf-8", "replace"),
        }

    def submit(self, drafts):
        made = (Draft * len(drafts))(*map(make_draft, drafts))
        results = (Result * len(drafts))()
        count = ctypes.c_size_t(len(drafts))
        return self.tell(self.lib.liaison_submit(self.handle, made, count, results), results)

    def pipeline(self, batches):
        """Starts every batch before it waits for the first."""
        tickets = []
        for drafts in batches:
            made = (Draft * len(drafts))(*map(make_draft, drafts))
            ticket = ctypes.c_uint64()
            outcome = self.lib.liaison_submit_start(
                self.handle, made, ctypes.c_size_t(len(drafts)), ctypes.byref(ticket)
            )
            assert outcome == 0, self.lib.liaison_error_text(self.handle)
            tickets.append((ticket, len(drafts)))
        return [self.finish(ticket, count) for ticket, count in tickets]

    def finish(self, ticket, count):
        results = (Result * count)()
        outcome = self.lib.liaison_submit_finish(
            self.handle, ticket, results, ctypes.c_size_t(count)
        )
        return self.tell(outcome, results)

    def greet(self, _):
        text = ctypes.c_char_p()
        outcome = self.lib.liaison_greet(self.handle, ctypes.byref(text))
        return self.tell(outcome, [])

    def close(self):
        self.lib.liaison_close(ctypes.byref(self.handle))


class Sessions:
    """Runs in the process of a Desk: open sessions by folder and client."""

    def __init__(self, library, timeout_ms):
        self.lib = ctypes.CDLL(library)
        self.lib.liaison_error_text.restype = ctypes.c_char_p
        self.timeout_ms = int(timeout_ms)
        self.open = {}

    def session(self, folder, client):
        if (folder, client) not in self.open:
            handle = ctypes.c_void_p()
            outcome = self.lib.liaison_open(folder.encode(), client.encode(), ctypes.byref(handle))
            assert outcome == 0, self.lib.liaison_error_text(handle)
            self.lib.liaison_set_timeout(handle, ctypes.c_uint(self.timeout_ms))
            self.open[folder, client] = handle
        return self.open[folder, client]

    def ask(self, folder, client, name, arguments):
        handle, answer = self.session(folder, client), ctypes.c_char_p()
        given = [ctypes.c_char_p(to_bytes(argument)) if isinstance(argument, str) else ctypes.c_size_t(argument) for argument in arguments]
        outcome = getattr(self.lib, f"liaison_{name}")(handle, *given, ctypes.byref(answer))
        if outcome != 0:
            return outcome, self.lib.liaison_error_text(handle).decode("utf-8", "replace")
        text = answer.value.decode()
        self.lib.liaison_free(answer)
        return outcome, json.loads(text)

    def leave(self, folder):
        for place in [place for place in self.open if place[0] == folder]:
            self.lib.liaison_close(ctypes.byref(self.open.pop(place)))


def serve_desk(library, timeout_ms):
    sessions = Sessions(library, timeout_ms)
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(getattr(sessions, name)(*arguments)), flush=True)


def serve(library, folder, client, timeout_ms):
    session = Session(library, folder, client, int(timeout_ms))
    for line in sys.stdin:
        name, argument = json.loads(line)
        print(json.dumps(getattr(session, name)(argument)), flush=True)
    session.close()


# ----------------------------------------------------------------------------------- the test's end


@functools.cache
def find_sanitizer(library):
    """The runtime that must be loaded before a sanitized library, or None."""
    needed = subprocess.run(["ldd", library], capture_output=True, text=True, check=True).stdout
    found = [line.split()[2] for line in needed.splitlines() if "libasan" in line]
    return found[0] if found else None


def session_environment(library):
    env = dict(os.environ)
    sanitizer = find_sanitizer(library)
    if sanitizer is not None:
        env.update(LD_PRELOAD=sanitizer, ASAN_OPTIONS="detect_leaks=0")  # Python's own
    return env


class Library:
    """The same calls, made in the other process. Answers come in order."""

    def __init__(self, agency, build, client="officer", timeout_ms=20000):
        library = str(pathlib.Path(build) / "libliaison.so")
        words = [sys.executable, __file__, library, str(agency.folder), client, str(timeout_ms)]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=session_environment(library)
        )
        self.answers = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.answers.put(json.loads(line))
        self.answers.put(None)

    def start(self, name, argument=None):
        self.process.stdin.write(json.dumps([name, argument]).encode() + b"\n")
        self.process.stdin.flush()

    def finish(self):
        answer = self.answers.get(timeout=120)
        assert answer is not None, "the session's process ended"
        return answer

    def ask(self, name, argument=None):
        self.start(name, argument)
        return self.finish()

    def submit(self, drafts):
        return self.ask("submit", drafts)

    def pipeline(self, batches):
        return self.ask("pipeline", batches)

    def greet(self):
        return self.ask("greet")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(30) == 0
        self.process.stdout.close()


class Desk:
    """Questions of the harness, over sessions that stay open."""

    def __init__(self, build, timeout_ms):
        words = [sys.executable, __file__, str(pathlib.Path(build) / "libliaison.so"), str(timeout_ms)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lock = threading.Lock()

    def call(self, name, *arguments):
        with self.lock:
            self.process.stdin.write(json.dumps([name, arguments]).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        assert line, f"the process that keeps the sessions ended at {name} {arguments}"
        return json.loads(line)

    def ask(self, folder, client, name, *arguments):
        """The outcome of liaison_NAME, and its answer or why there is none."""
        return self.call("ask", str(folder), client, name, arguments)

    def leave(self, folder):
        """Ends the sessions with the daemon of this folder."""
        self.call("leave", str(folder))

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


# ------------------------------------------------------------------------------------------- ZeroMQ

ZMQ_DEALER, ZMQ_LINGER, ZMQ_RCVTIMEO, ZMQ_CURVE_SERVERKEY = 5, 17, 27, 50
ZMQ_CURVE_PUBLICKEY, ZMQ_CURVE_SECRETKEY = 48, 49


def load_zmq():
    zmq = ctypes.CDLL("libzmq.so.5")
    zmq.zmq_ctx_new.restype = ctypes.c_void_p
    zmq.zmq_socket.restype = ctypes.c_void_p
    zmq.zmq_socket.argtypes = [ctypes.c_void_p, ctypes.c_int]
    for name, arguments in {
        "zmq_setsockopt": [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t],
        "zmq_connect": [ctypes.c_void_p, ctypes.c_char_p],
        "zmq_send": [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int],
        "zmq_recv": [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int],
        "zmq_close": [ctypes.c_void_p],
        "zmq_ctx_term": [ctypes.c_void_p],
    }.items():
        getattr(zmq, name).argtypes = arguments
    return zmq


def read_varint(data, at):
    number = shift = 0
    while True:
        number |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return number, at


def read_fields(data):
    """The fields of a packed message by number; of repeated ones the last."""
    at, fields = 0, {}
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag & 7 == 0:
            fields[tag >> 3], at = read_varint(data, at)
        elif tag & 7 == 2:
            size, at = read_varint(data, at)
            fields[tag >> 3], at = data[at:at + size], at + size
        else:
            at += {1: 8, 5: 4}[tag & 7]
    return fields


def new_keypair():
    public, secret = ctypes.create_string_buffer(41), ctypes.create_string_buffer(41)
    assert load_zmq().zmq_curve_keypair(public, secret) == 0
    return public.value.decode(), secret.value.decode()


def read_key(path):
    lines = pathlib.Path(path).read_text("utf-8").splitlines()
    return dict(line.split(" = ", 1) for line in lines if " = " in line)


class Dealer:
    """A CURVE client with any keys, to any endpoint, sending any frames."""

    def __init__(self, endpoint, server, public, secret):
        self.zmq = load_zmq()
        self.context = self.zmq.zmq_ctx_new()
        self.socket = self.zmq.zmq_socket(self.context, ZMQ_DEALER)
        for option, key in (
            (ZMQ_CURVE_SERVERKEY, server),
            (ZMQ_CURVE_PUBLICKEY, public),
            (ZMQ_CURVE_SECRETKEY, secret),
        ):
            raw = key.encode()
            assert self.zmq.zmq_setsockopt(self.socket, option, raw, len(raw)) == 0
        self.set_number(ZMQ_LINGER, 0)
        assert self.zmq.zmq_connect(self.socket, endpoint.encode()) == 0

    @classmethod
    def of_client(cls, agency, client="officer"):
        key = read_key(agency.folder / "client-keys" / f"{client}.key")
        return cls(key["endpoint"], key["server"], key["public"], key["secret"])

    def set_number(self, option, number):
        value = ctypes.c_int(number)
        self.zmq.zmq_setsockopt(self.socket, option, ctypes.byref(value), 4)

    def send(self, *frames):
        for frame in frames[:-1]:
            assert self.zmq.zmq_send(self.socket, frame, len(frame), 2) >= 0
        assert self.zmq.zmq_send(self.socket, frames[-1], len(frames[-1]), 0) >= 0

    def receive(self, timeout_ms):
        """One frame, or None."""
        self.set_number(ZMQ_RCVTIMEO, timeout_ms)
        buffer = ctypes.create_string_buffer(2 << 20)
        size = self.zmq.zmq_recv(self.socket, buffer, len(buffer), 0)
        return buffer.raw[:size] if size >= 0 else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.zmq.zmq_close(self.socket)
        self.zmq.zmq_ctx_term(self.context)


if __name__ == "__main__":
    (serve if len(sys.argv) > 3 else serve_desk)(*sys.argv[1:])
