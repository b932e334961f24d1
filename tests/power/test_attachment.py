# SPDX-License-Identifier: Apache-2.0
"""A large attachment on a bad way: the link is cut, either end is killed, the receiver's disk fills and is freed, in turns. It arrives whole, and next to nothing of it comes
twice: an interruption costs what was in flight. One that is recalled halfway leaves nothing.

LIAISON_ATTACHMENT is its size in bytes (2 GiB: twenty interruptions, else eight). The disk needs root or sudo, as in test_full_disk.py."""

import contextlib
import filecmp
import os
import time

from agency import BUREAU, ED25519, JIA, SM2, lead, open_town, set_options, until
from attached import CHUNK, arrived_at, attachment, get, wait_held
from relay import SocksProxy
from test_full_disk import MIB, Disk

SIZE = int(os.environ.get("LIAISON_ATTACHMENT", 64 * MIB))
TIMES = 20 if SIZE >= 1 << 30 else 8
IN_FLIGHT = 4  # chunks that an interruption may cost
RESERVE_MIB = 16
SECONDS = 120 + SIZE // MIB // 4
PAIR = ((BUREAU, ED25519, True), (JIA, SM2, False))


def write(path):
    """No block of it is like another."""
    with open(path, "wb") as file:
        for at in range(0, SIZE, MIB):
            file.write(at.to_bytes(8, "big") + os.urandom(MIB - 8))
    return path


class Road:
    """Two agencies with everything between them that can break."""

    def __init__(self, town, proxy, disk):
        self.bureau, self.jia, self.proxy, self.disk = town[BUREAU], town[JIA], proxy, disk

    def received(self):
        folder = self.disk.store / "files" / "partial"
        with contextlib.suppress(FileNotFoundError):
            return max((entry.stat().st_size for entry in folder.iterdir() if not entry.name.endswith(".tree")), default=0)
        return 0

    def cut(self):
        calls = len(self.proxy.reached)
        self.proxy.cut()
        until(lambda: len(self.proxy.reached) > calls, "it calls again")

    def kill_receiver(self):
        self.jia.kill()
        self.jia.start()

    def kill_sender(self):
        self.bureau.kill()
        self.bureau.start()

    def fill(self):
        self.disk.fill()
        until(lambda: self.jia.status()["store"] != "ok", "the disk is seen to be full")
        self.disk.clear()
        until(lambda: self.jia.status()["store"] == "ok", "the disk is seen to be free")


@contextlib.contextmanager
def road():
    with SocksProxy() as proxy, Disk(RESERVE_MIB, SIZE // MIB + SIZE // MIB // 16 + 128) as disk:

        def prepare(agency):
            disk.give(agency)
            if agency.id == JIA:
                set_options(agency, socks_proxy=f"127.0.0.1:{proxy.port}")

        with open_town(*PAIR, prepare=prepare) as town:
            yield Road(town, proxy, disk)


def test_attachment_that_is_interrupted_arrives_whole_and_hardly_anything_twice(tmp_path, say):
    with road() as way:
        path = write(tmp_path / "录像.mp4")
        sent = way.bureau.send("lead.notice", JIA, lead(), attach=path)["id"]
        began = time.monotonic()
        before = way.proxy.brought
        interruptions = [way.cut, way.kill_receiver, way.fill, way.kill_sender]
        for i in range(TIMES):
            until(lambda: way.received() >= (i + 1) * SIZE // (TIMES + 1), f"so much of it has come: {i + 1}/{TIMES + 1}", SECONDS)
            interruptions[i % len(interruptions)]()
        wait_held(way.jia, sent, seconds=SECONDS)
        took = time.monotonic() - began
        until(lambda: arrived_at(way.bureau, sent, JIA), "its sender hears that it is whole", 90)
        assert get(way.jia, sent, "1", tmp_path / "got").status == 0
        assert filecmp.cmp(path, tmp_path / "got", shallow=False)
        chunks = -(-SIZE // CHUNK)
        frames = chunks * (32 * chunks.bit_length() + 300)  # the path of each chunk, its names, what encryption adds
        resent = max(0, way.proxy.brought - before - SIZE - frames)
        say(f"  {SIZE // MIB} MiB, {TIMES} interruptions: {took:.0f} s, {resent / SIZE:.2%} came twice ({resent // CHUNK} chunks), frames {frames / SIZE:.2%}")
        assert resent <= max(SIZE // 100, TIMES * IN_FLIGHT * CHUNK)
        assert not any(alarm in way.jia.alarms() for alarm in ("chunk", "file-lost"))


def test_attachment_that_is_recalled_halfway_leaves_nothing(tmp_path):
    with road() as way:
        sent = way.bureau.send("lead.notice", JIA, lead(), attach=write(tmp_path / "录像.mp4"))["id"]
        until(lambda: way.received() >= SIZE // 2, "half of it has come", SECONDS)
        way.kill_receiver()
        way.bureau.recall(sent)
        way.jia.wait_state(sent, "recalled")
        folder = way.disk.store / "files"
        until(lambda: not any(path.is_file() for path in folder.rglob("*")), "nothing is left of it")
        assert attachment(way.jia, sent)["state"] == "recalled"
        way.jia.restart()
        assert not any(path.is_file() for path in folder.rglob("*"))
