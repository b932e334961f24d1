# SPDX-License-Identifier: Apache-2.0
"""What is printed for eyes: that it fits, and that it says what a reader needs to go on."""

import unicodedata

from agency import BUILD, BUREAU, ED25519, JIA, SM2, YI, lead, run
from conftest import open_town

TERMINAL = 100


def width(line):
    """Places on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def show(agency, *words):
    outcome = run(BUILD / "liaison", "-C", agency.folder, *words)
    assert outcome.status == 0, outcome
    return outcome.out.splitlines()


def test_joint_duties_fit_a_terminal_and_name_who_owes_and_the_matter():
    members = ((BUREAU, ED25519, True), (JIA, SM2, False), (YI, SM2, False))
    with open_town(*members) as town:
        bureau = town[BUREAU]
        notice = bureau.send("lead.notice", [JIA, YI], lead())
        for member in (JIA, YI):
            town[member].wait_for(notice["id"])
            bureau.wait_duty("YC-1.1.1", notice["matter"], "met")
        lines = show(bureau, "due", "--closed")
        assert len(lines) > 6
        assert [line for line in lines if width(line) > TERMINAL] == []
        joint = next(i for i, line in enumerate(lines) if "YC-1.1.2" in line)
        below = " ".join(lines[joint + 1:joint + 3])
        assert BUREAU in below and notice["matter"] in below
        assert any("联合研判与决定" in line for line in lines)


def test_every_list_of_codes_is_printed():
    lines = run(BUILD / "liaison", "kinds").out
    for name, code in (("sector（", "market "), ("officer（", "legal-review "),
                       ("evidence（", "appraisal ")):
        assert name in lines and f"\n  {code}" in lines
    one = run(BUILD / "liaison", "kinds", "lead.notice").out
    assert "evidence.type（证据种类）" in one and "\n  appraisal " in one
