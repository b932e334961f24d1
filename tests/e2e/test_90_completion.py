# SPDX-License-Identifier: Apache-2.0
"""The completion of bash, asked as bash asks it, against the program whose tables it was made of."""

import os
import re
import subprocess

import pytest

from agency import BUILD, run

ASK = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
complete -p liaison >/dev/null || exit 9
_liaison
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("completion") / "liaison"
    made = run(BUILD / "liaison", "completion")
    assert made.status == 0
    path.write_text(made.out, "utf-8")
    return path


def complete(script, line, folder=None):
    """What is offered where the line ends."""
    words = ["liaison", *line.split(" ")]
    done = subprocess.run(["bash", "--norc", "-c", ASK, "bash", script, *words], cwd=folder,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and done.stderr == "", done
    return sorted({word for word in done.stdout.splitlines() if word})


def test_script_has_no_fault_that_shellcheck_knows(script):
    done = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def commands():
    """The commands as --help lists them: the same table, by another way."""
    text = run(BUILD / "liaison", "--help").out
    listed = re.findall(r"^  ([a-z]+(?:-[a-z]+)?(?: [a-z]+)?) {2,}", text, re.M)
    assert len(listed) > 25
    return listed


def test_every_command_is_offered_word_by_word(script):
    for command in commands():
        first, *rest = command.split(" ")
        assert first in complete(script, first[:2])
        if rest:
            assert rest[0] in complete(script, f"{first} "), command
    assert complete(script, "") == sorted({command.split(" ")[0] for command in commands()})
    assert complete(script, "peer ") == ["add", "list", "resume", "suspend"]
    assert complete(script, "peer re") == ["resume"]


def test_options_offered_are_those_that_the_command_takes(script):
    everywhere = {"--as", "--directory", "--help", "--json", "--timeout"}
    for command in commands():
        said = run(BUILD / "liaison", *command.split(" "), "--help").out
        taken = set(re.findall(r"(?<!\S)--[a-z-]+", said)) - {"--usage", "--version"}
        assert set(complete(script, f"{command} --")) == taken | everywhere, command
    assert complete(script, "send lead.notice --ur") == ["--urgent"]


@pytest.mark.parametrize("line, offered", [
    ("due --light ", ["amber", "green", "red"]),
    ("due --owed-by u", ["us"]),
    ("list --state ar", ["arrived"]),
    ("confirm 042817 --verdict con", ["confirmed", "contested"]),
    ("send lead.", ["lead.assessment", "lead.discovered", "lead.notice"]),
    ("kinds meet", ["meeting.held"]),
    ("reply 042817 lead.a", ["lead.assessment"]),
    ("journal ", ["rebuild", "verify"]),
    ("--as au", ["auditor"]),
    ("-C /etc/liaison peer su", ["suspend"]),
    ("--as officer --json due --li", ["--light", "--limit"]),
    ("send --to yecheng-scjg --urgent why lead.n", ["lead.notice"]),
    ("peer suspend ", []),
    ("due --matter ", []),
    ("nonsense ", []),
])
def test_what_is_offered(script, line, offered):
    assert complete(script, line) == offered


def test_files_are_offered_where_files_are_meant(script, tmp_path):
    for name in ("lead.json", "lead two.json", "card"):
        (tmp_path / name).write_text("")
    (tmp_path / "folder").mkdir()
    assert complete(script, "send lead.notice le", tmp_path) == ["lead two.json", "lead.json"]
    assert complete(script, "peer add ca", tmp_path) == ["card"]
    assert complete(script, "verify --card ca", tmp_path) == ["card"]
    assert complete(script, "-C fo", tmp_path) == ["folder"]


def test_bash_itself_completes_a_line_with_it(script):
    """An interactive bash on a terminal, and the tabulator key."""
    parent, child = os.openpty()
    shell = subprocess.Popen(["bash", "--norc", "--noprofile", "-i"], stdin=child, stdout=child,
                             stderr=child, env={**os.environ, "TERM": "dumb", "PS1": "> "})
    os.close(child)
    os.write(parent, f"source {script}; liaison() {{ echo \"said:$*:\"; }}\n".encode())
    os.write(parent, b"liaison peer sus\txincai; exit\n")
    said = b""
    while True:
        try:
            more = os.read(parent, 4096)
        except OSError:
            break
        said += more
    os.close(parent)
    assert shell.wait(30) == 0
    assert b"said:peer suspend xincai:" in said, said
