# SPDX-License-Identifier: Apache-2.0
"""make install and uninstall, and a program that is built with nothing but what was installed."""

import json
import os
import re
import shutil
import subprocess

import pytest

from agency import BUILD, BUREAU, JIA, ROOT, SM2, lead
from conftest import open_town
from library import session_environment

VARIANT = BUILD.name
PREFIX = "usr/local"  # that of the tree as it is built; another one would build it anew


def make(*words, folder=ROOT, env=None):
    done = subprocess.run(["make", "--no-print-directory", *words], cwd=folder, text=True,
                          capture_output=True, timeout=300, check=False, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files_below(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*")
            if path.is_file()}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    place = tmp_path_factory.mktemp("installed")
    make("run-install", f"VARIANT={VARIANT}", f"DESTDIR={place}")
    return place / PREFIX


def test_everything_that_the_manual_speaks_of_is_installed(installed):
    for name in (
        "bin/liaison", "sbin/liaisond", "lib/libliaison.so", "include/liaison/liaison.h",
        "lib/pkgconfig/liaison.pc", "share/bash-completion/completions/liaison",
        "lib/systemd/system/liaisond.service", "share/man/man1/liaison.1",
        "share/liaison/calendars/calendar.csv", "share/liaison/procedures.d/yecheng-2025.conf",
        "share/liaison/compacts.d/yecheng.conf", "share/liaison/examples/push/push.c",
    ):
        assert (installed / name).is_file(), name
    examples = {path.name for path in (ROOT / "conf" / "examples").glob("*.json")}
    assert {path.name for path in (installed / "share/liaison/examples").glob("*.json")} == examples
    manuals = {path.name for folder in ("client", "daemon", "proto")
               for path in (ROOT / folder).rglob("*.[1-8]")}
    assert {path.name for path in (installed / "share" / "man").rglob("*.[1-8]")} == manuals
    assert "@PREFIX@" not in (installed / "lib/systemd/system/liaisond.service").read_text("utf-8")


def test_uninstall_takes_away_what_install_put_there_and_nothing_else(tmp_path):
    mine = {
        "lib/libliaison.so.9": "another's", "share/liaison/mine.conf": "mine",
        "share/man/man1/other.1": "other", "bin/other": "other",
    }
    for name, text in mine.items():
        path = tmp_path / PREFIX / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    before = files_below(tmp_path)
    make("run-install", f"VARIANT={VARIANT}", f"DESTDIR={tmp_path}")
    assert len(files_below(tmp_path)) > len(before) + 30
    make("uninstall", f"VARIANT={VARIANT}", f"DESTDIR={tmp_path}")
    assert files_below(tmp_path) == before
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))
    (tmp_path / PREFIX / "share/liaison/mine.conf").unlink()
    make("uninstall", f"VARIANT={VARIANT}", f"DESTDIR={tmp_path}")
    assert not (tmp_path / PREFIX / "share/liaison").exists(), "our own folders go when empty"
    assert not (tmp_path / PREFIX / "include/liaison").exists()


@pytest.mark.parametrize("name", ["liaison_draft", "liaison_result"])
def test_manual_names_every_member_of_a_structure(name):
    header = (ROOT / "include/liaison/liaison.h").read_text("utf-8")
    manual = (ROOT / "client/lib/liaison.3").read_text("utf-8")
    body = re.search(r"struct %s \{(.*?)\n\};" % name, header, re.S).group(1)
    members = re.findall(r"(\w+)(?:\[\d+\])?;", re.sub(r"//.*", "", body))
    assert len(members) > 7
    assert [member for member in members if not re.search(rf"Fa {member}\b", manual)] == []


@pytest.fixture(scope="module")
def push(installed, tmp_path_factory):
    """The example, copied out of what was installed and built there."""
    folder = tmp_path_factory.mktemp("outside") / "push"
    shutil.copytree(installed / "share/liaison/examples/push", folder)
    env = {
        "PATH": os.environ["PATH"],
        "PKG_CONFIG_LIBDIR": str(installed / "lib/pkgconfig"),  # this and no other
        "PKG_CONFIG_SYSROOT_DIR": str(installed).removesuffix(f"/{PREFIX}"),
        "CFLAGS": "-Werror -Wpedantic",
        "LDFLAGS": "",
    }
    if VARIANT == "asan":  # a sanitized library wants a sanitized program
        env["CFLAGS"] += " -fsanitize=address,undefined"
    make("CC=gcc", folder=folder, env=env)
    return folder / "push"


def run_push(push, installed, *words, body):
    env = {**session_environment(str(installed / "lib/libliaison.so")),
           "LD_LIBRARY_PATH": str(installed / "lib")}
    env.pop("LD_PRELOAD", None)
    return subprocess.run([push, *words], input=json.dumps(body), env=env, text=True,
                          capture_output=True, timeout=60, check=False)


def test_example_built_with_pkg_config_alone_pushes_a_lead_once(installed, push):
    with open_town((BUREAU, SM2, True), (JIA, SM2, False)) as town:
        bureau, jia = town[BUREAU], town[JIA]
        words = [bureau.folder, JIA, "lead.notice", "case-system", "2025-0042"]
        first = run_push(push, installed, *words, body=lead())
        assert first.returncode == 0, first
        said, message, number = first.stdout.split()
        assert said == "accepted" and number.isdigit()
        arrived = jia.wait_for(message)
        assert arrived["body"]["suspect"] == lead()["suspect"]
        again = run_push(push, installed, *words, body=lead())
        assert again.stdout.split()[:2] == ["held", message]
        assert len(jia.messages()) == 1
        refused = run_push(push, installed, *words[:-1], "2025-0043", body={"facts": "甲"})
        assert refused.returncode == 1 and "required" in refused.stderr, refused
        bureau.stop()
        bureau.launch()
        later = run_push(push, installed, *words[:-1], "2025-0044", body=lead())
        assert later.returncode == 0, "the library waits for a daemon that starts"
        assert run_push(push, installed, bureau.folder, body={}).returncode == 2


def test_example_needs_no_other_library_of_ours_or_of_others(push):
    needed = subprocess.run(["readelf", "-d", push], capture_output=True, text=True, check=True)
    names = [line.split("[")[1].rstrip("]") for line in needed.stdout.splitlines()
             if "(NEEDED)" in line]
    assert {name for name in names if "san" not in name and not name.startswith("libm.")} == {
        "libliaison.so.0", "libc.so.6",
    }
