# SPDX-License-Identifier: Apache-2.0
"""The power fails at any moment, and nothing that was told is lost.

Two real daemons are recorded (recorder.c) from their first start through messages of every path,
a restart and their stop: what they did to their folders and what they said, to clients and to each
other. From the record the disk is rebuilt as a power loss after each step could leave it, and each
such image is opened, verified and rebuilt by the daemon's own code (images.c). LIAISON_IMAGES says
how many; LIAISON_SEED repeats the random ones of an earlier run."""

import concurrent.futures
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile

from agency import BUILD, BUREAU, JIA, PAIR, example, lead, open_town, until
from library import Library

IMAGES = int(os.environ.get("LIAISON_IMAGES", "2000"))
SEED = int(os.environ.get("LIAISON_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
NOTE = json.dumps(example("note"), ensure_ascii=False)
ASSESSMENT = example("lead-assessment", held_at="2025-09-24T09:50:00+08:00")
COUNTS = re.compile(r"^steps .*images (\d+), .*faults (\d+)$", re.M)
TOLD = re.compile(r"told (\d+)")


def record(agency):
    return agency.folder.with_suffix(".record")


def prepare(agency):
    agency.environment = {
        "LD_PRELOAD": str(BUILD / "tests" / "recorder.so"),
        "LIAISON_RECORD": str(record(agency)),
        "LIAISON_RECORD_FOLDER": str(agency.folder),
    }


def exchange(bureau, jia):
    """Leads with all that belongs to them, notes in bulk both ways, a recall, a restart of each."""
    notice = bureau.send("lead.notice", JIA, lead(), officer=bureau.officers[0])
    jia.wait_for(notice["id"])
    jia.acknowledge(notice["id"])
    jia.reply(notice["id"], "lead.assessment", ASSESSMENT, officer=jia.officers[0])
    bureau.recall(bureau.send("note", JIA, example("note"))["id"])
    with Library(bureau, BUILD) as at_bureau, Library(jia, BUILD) as at_jia:
        for size in (1, 1, 3, 12):
            for library, to in ((at_bureau, JIA), (at_jia, BUREAU)):
                library.pipeline([[{"kind": "note", "to": [to], "body_json": NOTE}] * size] * 2)
    settle(bureau, jia)
    jia.restart()
    bureau.restart()
    bureau.send("note", JIA, example("note"))
    jia.send("note", BUREAU, example("note"))
    settle(bureau, jia)


def settle(bureau, jia):
    for agency, other in ((bureau, jia), (jia, bureau)):
        until(lambda: agency.backlog(other.id) == 0, f"{other.id} has given its receipts")


def look(path, count, *options):
    """Runs images.c over a record. Memory serves as disk: that of an image is only read."""
    place = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="liaison-images-", dir=place) as scratch:
        words = [str(BUILD / "tests" / "images"), *options, path, scratch, str(count), str(SEED)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_whatever_was_told_outlives_the_power(say):
    say(f"\nLIAISON_SEED={SEED} LIAISON_IMAGES={IMAGES}")
    with open_town(*PAIR, prepare=prepare) as town:
        exchange(town[BUREAU], town[JIA])
        for agency in town:
            agency.stop()
        paths = [str(record(agency)) for agency in town]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            looks = list(pool.map(lambda path: look(path, IMAGES // 2), paths))
            lying = list(pool.map(lambda path: look(path, 1, "--without-syncs"), paths))
        images = 0
        for agency, (status, text), (lying_status, lying_text) in zip(town, looks, lying):
            say(f"{agency.id}: {text.strip()}")
            assert status == 0, text
            images += int(COUNTS.search(text).group(1))
            assert int(TOLD.search(text).group(1)) > 30, "hardly anything was told: no test"
            assert lying_status == 1 and "what was told is lost" in lying_text, (
                f"a disk that forgets what was synced does no harm: no test\n{lying_text}"
            )
        assert images >= IMAGES, "fewer images than asked for"
