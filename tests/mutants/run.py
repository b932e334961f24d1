# SPDX-License-Identifier: Apache-2.0
"""Seeded bugs: each file NAME.mutant breaks one line of the sources, and names the test that must turn red.

    run.py [NAME...]     build and run them (shell patterns; all without one)
    run.py --check       only: every mutant is well formed and its old text stands in its file exactly once
    run.py --list        writes the list of them in tests/README.md anew
    run.py --check-list  only: that list names every mutant as it is

A mutant says what it breaks, which invariants it hurts (guards), where (file, old, new: whole lines), the shortest command
that must turn red (test) and what it then speaks of (by). A test whose first word is a file under build/ has it built, in
the variant of its folder; `needs:` holds more arguments for make, as `VARIANT=debug programs`.

A mutant is killed when its test passes on the sound tree, fails on the broken one, and the failure is the one that was
meant: `by` stands in a line that only the broken run prints. A build that fails kills nothing, and neither does a test
that hangs. The work is done on copies of the tree under build/mutants, which later runs find built."""
import concurrent.futures
import fnmatch
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
COPIES = TOP / "build/mutants"
KEYS = ["breaks", "guards", "file", "old", "new", "needs", "test", "by"]
OPTIONAL = {"needs"}
LIMIT_S = 300
JOBS = 2


class Mutant:
    def __init__(self, path):
        self.name = path.stem
        for key, value in parse(path).items():
            setattr(self, key, value)

    def targets(self):
        program = self.test.split()[0]
        built = [f"VARIANT={program.split('/')[1]}", program] if program.startswith("build/") else []
        return built + self.needs.split()

    def fault(self, tree):
        """Why it cannot be applied to the sources in `tree`; None: it can."""
        source = tree / self.file
        if not source.is_file():
            return f"there is no {self.file}"
        count = source.read_text(encoding="utf-8").count(self.old)
        if count != 1:
            return f"its old text stands {count} times in {self.file}"
        return "it changes nothing" if self.old == self.new else None


def parse(path):
    """`key: value` lines; a value may go on in the lines below it, which is how the old and the new text are written."""
    values = {}
    key = None
    for line in path.read_text(encoding="utf-8").splitlines():
        word, colon, rest = line.partition(":")
        if colon and word in KEYS:
            if word in values:
                raise ValueError(f"{path.name}: `{word}` twice")
            key = word
            values[key] = [rest.strip()] if rest.strip() else []
        elif key is not None:
            values[key].append(line)
        elif line and not line.startswith("#"):
            raise ValueError(f"{path.name}: `{line}` belongs to nothing")
    missing = [k for k in KEYS if k not in values and k not in OPTIONAL]
    if missing:
        raise ValueError(f"{path.name}: no {', '.join(missing)}")
    texts = {k: "\n".join(values.get(k, [])).strip() for k in KEYS if k not in ("old", "new")}
    return texts | {k: "".join(line + "\n" for line in values[k]) for k in ("old", "new")}


def load(patterns):
    mutants = [Mutant(path) for path in sorted(HERE.glob("*.mutant"))]
    for pattern in patterns:
        if not any(fnmatch.fnmatch(mutant.name, pattern) for mutant in mutants):
            raise ValueError(f"there is no mutant {pattern}")
    return [m for m in mutants if not patterns or any(fnmatch.fnmatch(m.name, pattern) for pattern in patterns)]


# ---------------------------------------------------------------------------------------------------- list

README = HERE.parent / "README.md"
MARKS = ("<!-- mutants: make mutants-list writes this -->\n", "<!-- end of mutants -->\n")


def read_list():
    """What stands before the list, the list, and what stands behind it."""
    before, _, rest = README.read_text(encoding="utf-8").partition(MARKS[0])
    listed, _, after = rest.partition(MARKS[1])
    return before, listed, after


def write_list(mutants):
    rows = [f"| {m.name} | {m.breaks} | {m.guards} | `{m.test.removeprefix('build/debug/tests/')}`: {m.by} |" for m in mutants]
    return "\n".join(["| mutant | what it breaks | guards | killed by |", "| --- | --- | --- | --- |", *rows]).replace("\n\n", "\n") + "\n"


# ---------------------------------------------------------------------------------------------------- copies

def list_files(root):
    for folder, folders, files in os.walk(root):
        relative = pathlib.Path(folder).relative_to(root)
        folders[:] = [name for name in folders if name not in ("__pycache__", ".git") and str(relative / name) != "build"]
        yield from (relative / name for name in files if name != ".git")


def copy_tree(number):
    """Brings a copy up to date. What has not changed keeps its time, so make builds only what has."""
    tree = COPIES / str(number)
    wanted = set(list_files(TOP))
    for path in wanted:
        source, target = TOP / path, tree / path
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
    if tree.is_dir():
        for path in set(list_files(tree)) - wanted:
            (tree / path).unlink()
    return tree


# ---------------------------------------------------------------------------------------------------- running

def run(command, tree):
    """Exit status and output; None: it took longer than LIMIT_S."""
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MUTANT", "VARIANT")}
    with open(tree / "build/output", "w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(command, shell=isinstance(command, str), cwd=tree, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, start_new_session=True, env=environment)
        try:
            status = process.wait(LIMIT_S)
        except BaseException as interruption:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if not isinstance(interruption, subprocess.TimeoutExpired):
                raise
            status = None
        output.seek(0)
        return status, output.read()


def build(mutant, tree):
    (tree / "build").mkdir(exist_ok=True)
    status, output = run(["make", "--no-print-directory", "-j2", *mutant.targets()], tree)
    return None if status == 0 else f"does not build:\n{output}"


class Sound:
    """What each test prints on the sound tree; it must pass there."""

    def __init__(self):
        self.lock = threading.Lock()
        self.lines = {}

    def of(self, mutant, tree):
        with self.lock:
            if mutant.test not in self.lines:
                fault = build(mutant, tree)
                if fault is not None:
                    return f"the sound tree {fault}", None
                status, output = run(mutant.test, tree)
                if status != 0:
                    return f"its test fails on the sound tree:\n{output}", None
                self.lines[mutant.test] = set(output.splitlines())
            return None, self.lines[mutant.test]


def kill(mutant, tree, sound):
    """None: killed; else why not."""
    fault, sound_lines = sound.of(mutant, tree)
    if fault is not None:
        return fault
    source = tree / mutant.file
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        fault = build(mutant, tree)
        if fault is not None:
            return f"the broken tree {fault}"
        status, output = run(mutant.test, tree)
    finally:
        source.write_text(text, encoding="utf-8")
    if status == 0:
        return "SURVIVED"
    if status is None:
        return f"its test did not end within {LIMIT_S} s"
    if not any(mutant.by in line for line in output.splitlines() if line not in sound_lines):
        return f"its test failed, but nothing speaks of {mutant.by}:\n{output}"
    return None


def kill_all(mutants):
    """Returns how many are alive."""
    trees = queue.SimpleQueue()
    for number in range(min(JOBS, len(mutants))):
        trees.put(copy_tree(number))
    sound = Sound()

    def work(mutant):
        tree = trees.get()
        started = time.monotonic()
        try:
            return mutant, kill(mutant, tree, sound), time.monotonic() - started
        finally:
            trees.put(tree)

    alive = 0
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for mutant, fault, seconds in pool.map(work, mutants):
            alive += fault is not None
            print(f"  {mutant.name:44} {'killed' if fault is None else 'ALIVE':6} {seconds:6.1f} s  {mutant.by if fault is None else fault}", flush=True)
    return alive


def main(arguments):
    options = {argument for argument in arguments if argument.startswith("--")}
    try:
        mutants = load([argument for argument in arguments if argument not in options])
    except ValueError as fault:
        sys.exit(str(fault))
    faults = [f"{mutant.name}: {fault}" for mutant in mutants if (fault := mutant.fault(TOP)) is not None]
    if faults:
        sys.exit("\n".join(faults))
    if "--list" in options:
        before, _, after = read_list()
        README.write_text(before + MARKS[0] + write_list(mutants) + MARKS[1] + after, encoding="utf-8")
        return
    if "--check-list" in options and read_list()[1] != write_list(mutants):
        sys.exit("tests/README.md lists other mutants than there are: make mutants-list")
    if options:
        print(f"{len(mutants)} mutants apply")
        return
    alive = kill_all(mutants)
    print(f"{len(mutants) - alive} of {len(mutants)} mutants killed")
    sys.exit(alive > 0)


if __name__ == "__main__":
    main(sys.argv[1:])
