# SPDX-License-Identifier: Apache-2.0
"""Who may include whom. The layers are: include, proto, base, event and effect, the four phases, attempt, turn and daemon."""
import pathlib
import re
import sys

LIBRARIES = {
    "lmdb.h": ["daemon/store/", "tests/sim/"],
    "zmq.h": ["daemon/intake/", "daemon/dispatch/", "daemon/base/loop.c", "client/lib/", "tests/"],
    "jansson.h": ["client/", "tests/"],
}

# folder -> prefixes of our own headers it may include
ALLOWED = {
    "proto/wire/": ["wire/"],
    "proto/law/": ["wire/", "law/"],
    "daemon/base/": ["wire/", "law/", "base/"],
    "daemon/intake/": ["wire/", "law/", "base/", "event.h", "effect.h", "intake/"],
    "daemon/rules/": ["wire/", "law/", "base/fail.h", "event.h", "effect.h", "rules/", "store/view.h"],
    "daemon/store/": ["wire/", "law/", "base/fail.h", "effect.h", "store/"],
    "daemon/dispatch/": ["wire/", "law/", "base/", "event.h", "effect.h", "dispatch/", "store/view.h"],
    "client/lib/": ["wire/", "law/", "lib/", "liaison/liaison.h"],
    "client/cli/": ["liaison/liaison.h", "attach_option.h", "command.h", "files.h", "output.h", "progress.h", "sheet.h", "table.h"],
}

# What rules, shared law and shared language must not reach for: clocks, sockets, files, logs.
PURE = ["proto/", "daemon/rules/"]
IMPURE = re.compile(r"\b(clock_gettime|gettimeofday|time|socket|connect|fopen|open|getenv|log_write|fprintf|printf|syslog)\s*\(")
STORE_IMPURE = re.compile(r"\b(clock_gettime|gettimeofday|time|socket|connect|getenv|log_write|fprintf|printf|syslog)\s*\(")

INCLUDE = re.compile(r'^\s*#include\s+([<"])([^>"]+)[>"]', re.M)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\])*\"", re.S)


def complaints_about_includes(path, text):
    name = str(path)
    for quote, header in INCLUDE.findall(text):
        if header in LIBRARIES and not any(name.startswith(place) for place in LIBRARIES[header]):
            yield f"{name}: {header} belongs in {', '.join(LIBRARIES[header])}"
        if quote != '"' or name.startswith("tests/"):
            continue
        if header.startswith("../"):
            yield f"{name}: {header}: include paths start at the component"
        for folder, allowed in ALLOWED.items():
            if name.startswith(folder) and not any(header.startswith(prefix) for prefix in allowed):
                yield f"{name}: may not include {header}"


def complaints_about_purity(path, text):
    name = str(path)
    pattern = IMPURE if any(name.startswith(place) for place in PURE) else STORE_IMPURE if name.startswith("daemon/store/") else None
    if pattern is None:
        return
    code = COMMENT.sub(" ", text)
    for match in pattern.finditer(code):
        yield f"{name}: reaches for {match.group(1)}()"


def complaints_about_stems(paths):
    seen = {}
    for path in paths:
        if path.suffix == ".c" and not str(path).startswith("tests/"):
            if path.stem in seen:
                yield f"{path}: the stem {path.stem} is taken by {seen[path.stem]}"
            seen[path.stem] = path


def main():
    paths = sorted(p for folder in ("include", "proto", "daemon", "client", "tests") for p in pathlib.Path(folder).rglob("*.[ch]"))
    found = list(complaints_about_stems(paths))
    for path in paths:
        text = path.read_text(encoding="utf-8")
        found += complaints_about_includes(path, text)
        found += complaints_about_purity(path, text)
        if not text.startswith("// SPDX-License-Identifier: Apache-2.0"):
            found.append(f"{path}: does not begin with its licence")
    print("\n".join(found) if found else f"layers hold in {len(paths)} files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
