# SPDX-License-Identifier: Apache-2.0
"""Programs that were started before they are needed (nursery.c): of a short command its start is nearly all it does."""

import atexit
import contextlib
import functools
import os
import pathlib
import socket
import subprocess
import threading

PACKET_BYTES, PACKET_STRINGS = 100_000, 4000


def preloaded(program):
    return pathlib.Path(program).parent / "tests" / "nursery.so"


class Nursery:
    """One program. It runs one command at a time; whoever comes meanwhile starts the program himself."""

    def __init__(self, program):
        self.busy = threading.Lock()
        self.asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = {
            "LD_PRELOAD": str(preloaded(program)),
            "LIAISON_NURSERY": str(asked.fileno()),
            "ASAN_OPTIONS": ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0:detect_leaks=0"))),
        }
        self.process = subprocess.Popen([program], stdin=subprocess.DEVNULL, env={**os.environ, **settings}, pass_fds=[asked.fileno()])
        asked.close()
        atexit.register(self.close)

    def close(self):
        self.asking.close()
        self.process.kill()
        self.process.wait()

    def run(self, words, body, environment, timeout):
        """As subprocess.run has it, or None: it cannot be run here."""
        if self.process.poll() is not None:
            return None
        strings = [os.getcwd(), str(len(words)), *words, *(f"{name}={value}" for name, value in environment.items())]
        packet = b"".join(os.fsencode(string) + b"\0" for string in strings)
        if len(packet) > PACKET_BYTES or len(strings) > PACKET_STRINGS or not self.busy.acquire(blocking=False):
            return None
        try:
            return self.ask(words, packet, body, timeout)
        finally:
            self.busy.release()

    def ask(self, words, packet, body, timeout):
        with contextlib.ExitStack() as files:
            standard = [files.enter_context(open(os.memfd_create(name), "w+b", buffering=0)) for name in ("in", "out", "err")]
            standard[0].write(body or b"")
            standard[0].seek(0)
            socket.send_fds(self.asking, [packet], [file.fileno() for file in standard])
            self.asking.settimeout(timeout)
            try:
                answer = self.asking.recv(4)
            except TimeoutError:
                self.close()
                raise subprocess.TimeoutExpired(words, timeout) from None
            assert len(answer) == 4, f"the nursery of {words[0]} has ended"
            status = os.waitstatus_to_exitcode(int.from_bytes(answer, "little"))
            out, err = (os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0) for file in standard[1:])
            return subprocess.CompletedProcess(words, status, out, err)


@functools.cache
def nursery(program):
    """None where there is no nursery for what the program was built as."""
    return Nursery(program) if preloaded(program).exists() else None
