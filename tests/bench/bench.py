# SPDX-License-Identifier: Apache-2.0
"""Measures two daemons, or one and a thousand members, on loopback and a real disk.

An exchange is one lead.notice of about 1 KiB with its duties at both sides, sealed, sent over CURVE,
verified, durable at both, receipted, done when A's client has learned that B's receipt is held. The
load runs on the same machine and takes its share of it. Where duties come due it is by a test clock.

Prints for each row what must hold, what is aimed at and what was measured, with the way it was
counted below it, and appends to build/bench.jsonl, one object a line. Whatever is repeated is given as
median [least–most]. On a machine that others use, trust CPU and bytes before rates, and instructions
(--callgrind) before CPU.

    make bench                          every row, small sizes: at most three minutes
    make bench FULL=1                   every row at full size: up to forty minutes
    make bench ROWS=bulk,members        some groups of rows
    make bench ROWS=peers               beside PostgreSQL and Redis (make deps-peers installs them): two minutes
    make bench CALLGRIND=1              instructions an exchange by function, of each daemon

The folder must be on a disk: --folder or BENCH_DIR, else build/bench.d. As root the bytes written are
counted on a loop device of their own, else on the whole disk.
"""

import argparse
import os
import pathlib
import signal
import sys

import counters
from pair import ROOT, Ground, refuse
from results import Results
from rows import ASKED_FOR, GROUPS, SUITES, Scale, count_instructions


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default="build/release", help="what is measured (build/release)")
    parser.add_argument("--full", action="store_true", help="full sizes")
    parser.add_argument("--rows", default="", metavar="GROUP,…", help=f"some of: {', '.join(GROUPS)}")
    parser.add_argument("--suite", default="", help="this suite only, for every group")
    parser.add_argument("--callgrind", action="store_true", help="count instructions instead")
    parser.add_argument("--folder", type=pathlib.Path, default=os.environ.get("BENCH_DIR", ROOT / "build" / "bench.d"))
    arguments = parser.parse_args()
    unknown = set(filter(None, arguments.rows.split(","))) - set(GROUPS)
    if unknown:
        parser.error(f"no such group of rows: {', '.join(sorted(unknown))}")
    return arguments


def open_ground(arguments):
    ground = Ground(ROOT / arguments.build, pathlib.Path(arguments.folder).resolve())
    kind, place = counters.file_system(ground.folder)
    if kind in counters.MEMORY_FILE_SYSTEMS:
        refuse(f"{ground.folder} is in memory ({kind} at {place}); set BENCH_DIR to a folder on a disk")
    (ground.folder / "body.json").unlink(missing_ok=True)
    return ground


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: ended"))  # what was started is ended too
    arguments = read_arguments()
    ground = open_ground(arguments)
    load = " ".join(f"{one:.2f}" for one in os.getloadavg())
    print(f"{counters.describe_disk(ground.folder)}; {os.cpu_count()} CPUs, load before {load}", flush=True)
    if arguments.callgrind:
        for suite in [arguments.suite] if arguments.suite else SUITES:
            count_instructions(ground, suite)
        return
    results = Results(ROOT / "build" / "bench.jsonl")
    for name in arguments.rows.split(",") if arguments.rows else [one for one in GROUPS if one not in ASKED_FOR]:
        measure, suites = GROUPS[name]
        for suite in [arguments.suite] if arguments.suite else suites:
            measure(ground, Scale(arguments.full), results, suite)
    results.finish()


if __name__ == "__main__":
    main()
