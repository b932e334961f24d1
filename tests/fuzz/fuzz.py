# SPDX-License-Identifier: Apache-2.0
"""Searches with the fuzz programs and keeps what they learn.

    fuzz.py BUILD [--seconds N] [--jobs N] [--minimise] TARGET...

Each target runs for so many seconds on its kept corpus, tests/fuzz/corpus/TARGET. Inputs that reach what no kept one does
are added to it; with --minimise the whole of it is chosen anew. Names that people gave always stay: was-… for what once
broke something, rule-… for what a rule refuses. An input that breaks something is left as BUILD/found/TARGET-…, its
report beside it as TARGET.log, and the exit status is 1."""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
# What reads texts finds its words here; the others share one list.
DICTIONARIES = {"procedure": "procedure", "compact": "procedure", "calendar": "calendar", "config": "config", "key": "config", "pem": "pem", "json": "json"}
MOST_BYTES = {"procedure": 16384, "decode": 16384}
# One input may take this much and no more; the programs' own bounds are tighter (fuzz_decode).
LIMITS = ["-timeout=10", "-rss_limit_mb=768", "-malloc_limit_mb=128"]


def program(build, target):
    return build / "tests" / f"fuzz_{target}"


def settings(target):
    dictionary = HERE / "dict" / f"{DICTIONARIES.get(target, 'words')}.dict"
    return [f"-max_len={MOST_BYTES.get(target, 4096)}", f"-dict={dictionary}", *LIMITS]


def run(command, log):
    environment = os.environ | {"ASAN_OPTIONS": "quarantine_size_mb=32:detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
    with open(log, "wb") as output:
        return subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, env=environment, check=False).returncode


def is_named(path):
    return path.name.startswith(("was-", "rule-"))


def shorten_names(folder):
    for path in folder.iterdir():
        if not is_named(path):
            path.rename(folder / hashlib.sha256(path.read_bytes()).hexdigest()[:10])


def merge(build, target, sources, minimise):
    """Brings the kept corpus up to date with what `sources` hold."""
    kept = CORPUS / target
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        into = pathlib.Path(scratch)
        for path in kept.iterdir():
            if not minimise or is_named(path):
                shutil.copy(path, into)
        command = [program(build, target), *settings(target), "-set_cover_merge=1", into, kept, *sources]
        log = build / "found" / f"{target}.merge.log"
        if run(command, log) != 0:
            raise RuntimeError(f"{target}: cannot merge, see {log}")
        shorten_names(into)
        shutil.rmtree(kept)
        shutil.copytree(into, kept)


def read_log(log):
    """Inputs tried, edges and features reached."""
    text = log.read_text(encoding="utf-8", errors="replace")
    runs = re.findall(r"number_of_executed_units: (\d+)", text)
    reached = re.findall(r"cov: (\d+) ft: (\d+)", text)
    return int(runs[-1]) if runs else 0, *(map(int, reached[-1]) if reached else (0, 0))


def search(build, target, seconds, minimise):
    found = build / "found"
    work = build / "corpus" / target
    found.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    kept = CORPUS / target
    before = len(list(kept.iterdir())) if kept.is_dir() else 0
    log = found / f"{target}.log"
    status = 0
    if seconds > 0:
        sources = [kept] if kept.is_dir() else []
        status = run([program(build, target), *settings(target), f"-max_total_time={seconds}", "-print_final_stats=1",
                      f"-artifact_prefix={found}/{target}-", work, *sources], log)
    if status == 0:
        merge(build, target, [work], minimise)
    return target, status, read_log(log) if seconds > 0 else (0, 0, 0), before, len(list(kept.iterdir()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("targets", nargs="+")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minimise", action="store_true")
    arguments = parser.parse_args()
    broken = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        jobs = [pool.submit(search, arguments.build, target, arguments.seconds, arguments.minimise) for target in arguments.targets]
        for job in concurrent.futures.as_completed(jobs):
            target, status, (runs, edges, features), before, after = job.result()
            broken += status != 0
            verdict = "" if status == 0 else f"  FOUND: see {arguments.build}/found/{target}.log"
            print(f"  {target:11} {runs:10} inputs {edges:6} edges {features:7} features, corpus {before} -> {after}{verdict}", flush=True)
    sys.exit(broken > 0)


if __name__ == "__main__":
    main()
