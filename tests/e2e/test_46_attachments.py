# SPDX-License-Identifier: Apache-2.0
"""Attachments: a file that travels with a message, beside it, and what becomes of it on the way."""

import os
import pathlib

import pytest

from agency import BUREAU, ED25519, JIA, SM2, YI, example, is_event, lead, open_town, set_options, until

CHUNK = 256 << 10


def write(path, size, seed=1):
    """A file that no other of these tests has."""
    block = os.urandom(64)
    path.write_bytes((block + bytes([seed])) * (size // 65) + block[: size % 65])
    assert path.stat().st_size == size
    return path


@pytest.fixture
def photograph(tmp_path):
    return write(tmp_path / "现场照片.jpg", 700_000)


def attachment(agency, message, number=0):
    shown = agency.show(message)
    return shown["attachments"][number] if shown else None


def wait_held(agency, message, number=0, seconds=None):
    def held():
        row = attachment(agency, message, number)
        return row if row and row["state"] == "held" else None

    return until(held, f"attachment {number} of {message} is held at {agency.id}", seconds)


def arrived_at(agency, message, recipient, number=0):
    rows = attachment(agency, message, number)["deliveries"]
    return next((row.get("arrived_at") for row in rows if row["agency"] == recipient), None)


def counter(agency, name):
    return next(int(row["value"]) for row in agency.status()["counters"] if row["name"] == name)


def files(agency):
    """What lies in the folder of files, whole and partial; each has its tree beside it."""
    folder = agency.folder / "store" / "files"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".tree"))


def get(agency, message, name, path, **options):
    return agency.cli("get", message, name, output=path, **options)


def test_photograph_goes_with_a_lead_and_its_sender_hears_that_it_is_whole(town, photograph, tmp_path):
    bureau, jia = town[BUREAU], town[JIA]
    watch = bureau.watch()
    heard = jia.watch()
    sent = bureau.send(
        "lead.notice", JIA, lead(), attach=f"{photograph},document=photograph,evidence=audiovisual,collected-by=张伟,collected-at=2025-09-24T09:30:00+08:00"
    )
    assert attachment(bureau, sent["id"])["state"] == "held"
    jia.wait_for(sent["id"])
    whole = wait_held(jia, sent["id"])
    part = jia.show(sent["id"])["header"]["parts"][1]
    assert (part["role"], part["name"], part["size"]) == ("attachment", "现场照片.jpg", "700000")
    assert (part["document"], part["evidence"], part["collected_by"]) == ("photograph", "audiovisual", "张伟")
    assert part["media_type"] == "image/jpeg" and part["collected_at"] == "2025-09-24T09:30:00+08:00"
    assert get(jia, sent["id"], "现场照片.jpg", tmp_path / "by-name").answer["root"] == whole["root"]
    assert get(jia, sent["id"], "1", tmp_path / "by-number").status == 0
    assert jia.cli("get", whole["root"], output=tmp_path / "by-digest").status == 0
    for name in ("by-name", "by-number", "by-digest"):
        assert (tmp_path / name).read_bytes() == photograph.read_bytes()
    until(lambda: arrived_at(bureau, sent["id"], JIA), "the bureau hears that the photograph is whole")
    assert arrived_at(bureau, sent["id"], JIA) == whole["held_at"]
    watch.wait(is_event("attachment-arrived", agency=JIA, id=sent["id"]), "told of its arrival there")
    heard.wait(is_event("attachment", agency=BUREAU, id=sent["id"]), "told of its arrival here")
    assert len(files(bureau)) == len(files(jia)) == 1
