# SPDX-License-Identifier: Apache-2.0
"""The completion of bash, asked as bash asks it, against the program whose tables it was made of."""

import os
import re
import subprocess

import pytest

from agency import BUILD, find_program, run

# Lines come in as bash would split them, one a line; what is offered goes out, a line for each.
ASK = """
source "$1"
complete -p liaison >/dev/null || exit 9
while IFS= read -r line; do
    IFS=' ' read -ra COMP_WORDS <<<"liaison $line"
    [[ $line == *' ' || -z $line ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _liaison
    (IFS=$'\\t'; echo "${COMPREPLY[*]}")
done
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("completion") / "liaison"
    made = run(BUILD / "liaison", "completion")
    assert made.status == 0
    path.write_text(made.out, "utf-8")
    return path


def complete_all(script, lines, folder=None):
    """What is offered where each line ends."""
    done = subprocess.run(["bash", "--norc", "-c", ASK, "bash", script], cwd=folder, text=True,
                          input="".join(f"{line}\n" for line in lines), capture_output=True,
                          timeout=120, check=False)
    assert done.returncode == 0 and done.stderr == "", done
    offered = done.stdout.splitlines()
    assert len(offered) == len(lines)
    return [sorted({word for word in line.split("\t") if word}) for line in offered]


def complete(script, line, folder=None):
    return complete_all(script, [line], folder)[0]


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
    pairs = [command.split(" ") for command in commands()]
    for (first, *_), offered in zip(pairs, complete_all(script, [p[0][:2] for p in pairs])):
        assert first in offered
    longer = [pair for pair in pairs if len(pair) == 2]
    for (first, second), offered in zip(longer, complete_all(script, [f"{p[0]} " for p in longer])):
        assert second in offered, first
    assert complete(script, "") == sorted({first for first, *_ in pairs})
    assert complete(script, "peer ") == ["add", "list", "resume", "suspend"]
    assert complete(script, "peer re") == ["resume"]


def test_options_offered_are_those_that_the_command_takes(script):
    everywhere = {"--as", "--directory", "--help", "--json", "--timeout"}
    listed = commands()
    offered = complete_all(script, [f"{command} --" for command in listed])
    for command, options in zip(listed, offered):
        program, how = find_program("liaison", "--help")
        said = run(program, *command.split(" "), "--help", **how).out
        taken = set(re.findall(r"(?<!\S)--[a-z-]+", said)) - {"--usage", "--version"}
        assert set(options) == taken | everywhere, command
    assert complete(script, "send lead.notice --ur") == ["--urgent"]


@pytest.mark.parametrize("line, offered", [
    ("due --light ", ["amber", "green", "red"]),
    ("due --owed-by u", ["us"]),
    ("list --state ar", ["arrived"]),
    ("confirm 042817 --verdict con", ["confirmed", "contested"]),
    ("send lead.", ["lead.assessment", "lead.discovered", "lead.notice"]),
    ("kinds meet", ["meeting.call", "meeting.held", "meeting.minutes", "meeting.proposal", "meeting.results"]),
    ("reply 042817 lead.a", ["lead.assessment"]),
    ("journal ", ["rebuild", "verify"]),
    ("procedure show --lang ", ["en", "zh"]),
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
    assert complete(script, "procedure check ca", tmp_path) == ["card"]
    assert complete(script, "procedure check lead.json folder ca", tmp_path) == ["card"]  # FILE…
    assert complete(script, "peer add card ca", tmp_path) == []


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
