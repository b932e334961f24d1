# SPDX-License-Identifier: Apache-2.0
"""Files that travel with messages, as tests make and look for them."""

import os

from agency import until

CHUNK = 256 << 10


def write(path, size, seed=1):
    """A file that no other of these tests has."""
    block = os.urandom(64)
    path.write_bytes((block + bytes([seed])) * (size // 65) + block[: size % 65])
    assert path.stat().st_size == size
    return path


def flip(content, at):
    """The same but for one byte."""
    other = bytearray(content)
    other[at] ^= 1
    return bytes(other)


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
