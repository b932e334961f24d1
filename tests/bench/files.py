# SPDX-License-Identifier: Apache-2.0
"""Attachments: how fast one goes over, beside what one core can digest, and what small messages notice of it."""

import json
import os
import re
import subprocess
import time

from pair import TO, Usage, open_pair, refuse
from results import LESS, MORE, Row, percentile
from transport import bare_rate

MIB = 1 << 20
LOOK_S = 0.1  # looking takes a core that the daemons want
DIGESTS = {"ed25519-sha256": "sha256", "sm2-sm3": "sm3"}


def digest_rate(suite):
    """MiB a second of one core, by the library that the daemons use."""
    words = ["openssl", "speed", "-mr", "-seconds", "2", "-bytes", "262144", "-evp", DIGESTS[suite]]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found = re.search(r"\+F:\d+:[^:]+:([\d.]+)", said)
    if found is None:
        refuse(f"openssl speed said {said!r}")
    return float(found.group(1)) / MIB


def write_file(ground, number, size):
    path = ground.folder / f"file{number}.bin"
    block = os.urandom(MIB)
    with open(path, "wb") as file:
        for i in range(size // MIB):
            file.write(i.to_bytes(8, "big") + block[8:])
        file.flush()
        os.fsync(file.fileno())  # else the system does it while the daemons are measured
    return path


def send(ground, daemon, path):
    return json.loads(daemon.cli("send", "lead.notice", ground.write_body(daemon.clock), "--to", TO, "--attach", path))["id"]


def is_held(daemon, message):
    try:
        shown = json.loads(daemon.cli("list", "--in", "--limit", "500").splitlines()[0])
    except IndexError:
        return False
    return shown["header"]["id"] == message and shown["attachments"][0]["state"] == "held"


def move(ground, pair, path):
    """Seconds from the send of a file that A has until B has all of it."""
    message = send(ground, pair[0], path)
    sent = time.monotonic()
    while not is_held(pair[1], message):
        time.sleep(LOOK_S)
    return time.monotonic() - sent


def measure_files(ground, scale, results, suite):
    size = 256 * MIB
    seconds = 10 if scale.full else 4
    rates, puts, costs = [], [], []
    digest, bare = digest_rate(suite), bare_rate()
    with open_pair(ground, suite) as pair:
        ground.load("alone", pair[0], TO, 50)
        for number in range(scale.repetitions):
            path = write_file(ground, number, size)
            start = time.monotonic()
            pair[0].cli("put", path)
            puts.append(size / MIB / (time.monotonic() - start))
            usage = Usage(pair)
            rates.append(size / MIB / move(ground, pair, path))
            costs.append(usage.total_ms() * MIB / size)
            path.unlink()
        idle = ground.load("beside", pair[0], TO, seconds)["arrived_us"]
        paths = [write_file(ground, number, 4 * size) for number in range(2 if scale.full else 1)]
        for path in paths:
            pair[0].cli("put", path)
        messages = [send(ground, pair[0], path) for path in paths]
        kept = pair[1].counter("chunks-kept")
        busy = ground.load("beside", pair[0], TO, seconds)["arrived_us"]
        moved = (pair[1].counter("chunks-kept") - kept) * 0.25 / seconds
        done = is_held(pair[1], messages[-1])
        for path in paths:
            path.unlink()
    results.add(suite, Row("an attachment of 256 MiB put at A", "MiB/s").measured(*puts, note="liaison put: read, hashed, sent, hashed, written, synced"))
    results.add(suite, Row("the transport alone", "MiB/s").measured(
        bare, note="libzmq with CURVE between two processes, frames of 256 KiB, same run: nothing hashed, written or synced"))
    results.add(suite, Row("an attachment of 256 MiB from A to B", "MiB/s", MORE, 0.8 * digest).measured(
        *rates, note=f"from the answer to send until B holds it whole and synced; one core digests {digest:,.0f} MiB/s (openssl speed, same run)"))
    results.add(suite, Row("CPU per MiB of it, both daemons", "ms").measured(*costs, note=f"schedstat of all threads; to digest one MiB takes {1000 / digest:.1f}"))
    results.add(suite, Row("small messages alone, p99", "ms").measured(percentile(idle, 0.99) / 1000, note=f"bench beside, {seconds} s, {len(idle)} messages"))
    results.add(suite, Row("small messages beside an attachment, p99", "ms", LESS, min(10, 3 * percentile(idle, 0.99) / 1000)).measured(
        percentile(busy, 0.99) / 1000,
        note=f"median {percentile(busy, 0.5) / 1000:.1f} ms, {len(busy)} messages, {moved:,.0f} MiB/s of attachments went beside them"
        + ("; they ended before" if done else "")))
