# SPDX-License-Identifier: Apache-2.0
"""The disk is full, or the store cannot be written. Nothing is acknowledged meanwhile, the log and
the status say so, what was promised is kept, and the daemon goes on by itself when it clears.

The township's store is on a 64 MiB ext4 of its own (loop mount). A store that turns read-only under
a running daemon is one that `chattr +i` holds: the kernel then refuses every write, also through
descriptors that are open already. Both need root or sudo. LIAISON_FILLS says how often the disk
fills at random; LIAISON_SEED repeats an earlier run."""

import contextlib
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

from agency import BUILD, BUREAU, ED25519, JIA, SM2, example, open_town, until
from library import Library
from traffic import NOTE, Traffic, describe

FILLS = int(os.environ.get("LIAISON_FILLS", "10"))
SEED = int(os.environ.get("LIAISON_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
DISK_MIB = 64
RESERVE_MIB = 16
MIB, BLOCK = 1 << 20, 4096
SHORT_MS = 1500
ACCEPTED, REFUSED, UNREACHABLE = 0, 1, 4
PAIR = ((BUREAU, ED25519, True), (JIA, SM2, True))
ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]


def do(*words):
    subprocess.run([*ROOT, *(str(word) for word in words)], check=True, capture_output=True)


class Disk:
    """A small ext4 that holds the township's store, and can be filled."""

    def __init__(self, reserve_mib, mib=DISK_MIB):
        self.reserve_mib = reserve_mib
        self.mib = mib
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="liaison-disk-"))
        self.root = self.place / "root"
        self.filler = self.root / "filler"
        self.store = self.root / "store"
        self.held = []

    def __enter__(self):
        image = self.place / "image"
        image.touch()
        os.truncate(image, self.mib * MIB)
        owner = f"root_owner={os.getuid()}:{os.getgid()}"
        do("mkfs.ext4", "-q", "-m", "0", "-E", owner, image)
        self.root.mkdir()
        do("mount", "-o", "loop", image, self.root)
        return self

    def __exit__(self, *_):
        do("umount", self.root)
        shutil.rmtree(self.place)

    def give(self, agency):
        if agency.id == JIA:
            with open(agency.folder / "liaisond.conf", "a", encoding="utf-8") as config:
                config.write(f"store = {self.store}\ndisk_reserve = {self.reserve_mib}\n")

    def free_bytes(self):
        about = os.statvfs(self.root)
        return about.f_bavail * about.f_frsize

    def fill(self, leave=0):
        """As another program would, until only so many bytes are free."""
        with open(self.filler, "ab", buffering=0) as file, contextlib.suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, max(MIB, self.free_bytes() - leave - MIB))
            while self.free_bytes() > leave:
                os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size + BLOCK)

    def clear(self):
        self.filler.unlink()

    def hold(self, *names):
        self.held = [self.store / name for name in names]
        do("chattr", "+i", *self.held)

    def let_go(self):
        do("chattr", "-i", *self.held)


def submit(session, size=1):
    return session.submit([{"kind": "note", "to": [BUREAU], "body_json": NOTE}] * size)


def outcomes(answer):
    return {result["outcome"] for result in answer["results"]}


def count_out(agency):
    return len(agency.messages("--out"))


def test_full_disk_takes_nothing_new_and_keeps_what_was_promised():
    with Disk(RESERVE_MIB) as disk, open_town(*PAIR, prepare=disk.give) as town:
        bureau, jia = town[BUREAU], town[JIA]
        bureau.stop()
        waiting = jia.send("note", BUREAU, example("note"))["id"]
        disk.fill(leave=(RESERVE_MIB - 4) * MIB)
        until(lambda: jia.status()["store"] == "full", "the disk is seen to be full")
        assert "L010" in jia.log()
        refused = jia.cli("send", "note", "-", body=NOTE, to=BUREAU)
        assert refused.code == "disk" and "磁盘" in refused.err
        with Library(jia, BUILD) as session:
            answer = submit(session)
            assert answer["results"][0]["code"] == "disk", answer
        assert count_out(jia) == 1

        bureau.start()
        jia.wait_state(waiting, "arrived")  # the receipt was committed from the reserve
        coming = bureau.send("note", JIA, example("note"))["id"]
        until(lambda: bureau.is_linked(JIA), "the township is there")
        assert jia.show(coming) is None and bureau.backlog(JIA) == 1

        disk.clear()
        until(lambda: jia.status()["store"] == "ok", "the disk is seen to be free")
        assert "L011" in jia.log()
        jia.wait_for(coming)
        jia.send("note", BUREAU, example("note"))


def test_disk_without_any_room_acknowledges_nothing():
    with Disk(reserve_mib=0) as disk, open_town(*PAIR, prepare=disk.give) as town:
        jia = town[JIA]
        jia.send("note", BUREAU, example("note"))
        disk.fill()
        with Library(jia, BUILD, timeout_ms=SHORT_MS) as session:
            while outcomes(answer := submit(session, 32)) == {ACCEPTED}:
                pass  # until it is seen, what is free within the file can still be used
        assert outcomes(answer) <= {REFUSED, UNREACHABLE} and "磁盘" in answer["error"], answer
        assert "L010" in jia.log() and jia.status()["store"] in ("full", "failing")
        disk.clear()
        until(lambda: jia.status()["store"] == "ok", "the disk is seen to be free")
        assert "L011" in jia.log()
        jia.send("note", BUREAU, example("note"))
        until(lambda: jia.backlog(BUREAU) == 0, "all has gone out")


def test_store_that_turns_read_only_acknowledges_nothing():
    with Disk(reserve_mib=0) as disk, open_town(*PAIR, prepare=disk.give) as town:
        jia = town[JIA]
        jia.wait_state(jia.send("note", BUREAU, example("note"))["id"], "arrived")
        before = jia.status()
        disk.hold("data.mdb", "wal")
        try:
            with Library(jia, BUILD, timeout_ms=SHORT_MS) as hasty:
                answer = submit(hasty, 32)
                assert outcomes(answer) == {UNREACHABLE} and "存储" in answer["error"], answer
            assert "L010" in jia.log() and "Operation not permitted" in jia.log()
            status = jia.status()
            assert status["store"] == "failing"
            assert all(status[name] == before[name] for name in ("agency", "turn", "head"))
            with Library(jia, BUILD) as patient:
                patient.start("submit", [{"kind": "note", "to": [BUREAU], "body_json": NOTE}])
                assert jia.status()["store"] == "failing"
                disk.let_go()
                assert outcomes(patient.finish()) == {ACCEPTED}
        finally:
            disk.let_go()
        assert jia.status()["store"] == "ok" and "L011" in jia.log()
        until(lambda: jia.backlog(BUREAU) == 0, "all has gone out")
        assert count_out(jia) == 2  # what was given up by its client was never taken


def test_idle_daemon_that_cannot_settle_its_log_says_so_and_loses_nothing():
    with Disk(reserve_mib=0) as disk, open_town(*PAIR, prepare=disk.give) as town:
        jia = town[JIA]
        disk.hold("data.mdb")
        try:
            told = jia.send("note", BUREAU, example("note"))["id"]  # into the log
            until(lambda: "L010" in jia.log(), "the store is seen to fail though nobody asks anything")
            jia.kill()
        finally:
            disk.let_go()
        jia.start()
        jia.wait_state(told, "arrived")
        assert count_out(jia) == 1


def test_folder_that_is_read_only_at_the_start_is_said_to_be():
    with Disk(reserve_mib=0) as disk, open_town(*PAIR, prepare=disk.give) as town:
        jia = town[JIA]
        jia.stop()
        do("mount", "-o", "remount,ro", disk.root)
        jia.launch()
        assert jia.process.wait(30) == 1
        jia.process = None
        assert "Read-only file system" in jia.log()[jia.log_start:]
        do("mount", "-o", "remount,rw", disk.root)
        jia.start()


def test_disk_that_fills_at_any_moment_loses_and_doubles_nothing(say):
    say(f"\nLIAISON_SEED={SEED} LIAISON_FILLS={FILLS}")
    chance = random.Random(SEED)
    with Disk(reserve_mib=0) as disk, open_town(*PAIR, prepare=disk.give) as town:
        jia = town[JIA]
        traffic = Traffic(town, batch=8)
        for _ in range(FILLS):
            start = len(jia.log())
            traffic.permit(2)
            disk.fill(leave=chance.randrange(256 << 10))
            traffic.run_while(lambda: "L010" not in jia.log()[start:], "the disk is full")
            disk.clear()
            until(lambda: jia.status()["store"] == "ok", "the store works again")
            assert "L011" in jia.log()[start:]
        traffic.settle()
        say(f"{FILLS} times full; {describe(traffic.compare())}, lost 0, doubled 0")
