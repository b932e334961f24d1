# SPDX-License-Identifier: Apache-2.0
"""A case is moved: the steps within the township, the letter, what the bureau makes of it, the result."""

from agency import BUREAU, CLOCK as NOW, JIA, example

STEPS = ("applied", "reviewed", "approved")
ANSWERS = (
    ("review", "2025-09-25T10:30:00+08:00"),
    ("filing", "2025-09-26T17:00:00+08:00"),
    ("result", "2025-11-21T09:00:00+08:00"),
)
DUE, URGENT_DUE = "2025-09-28T23:59:59+08:00", "2025-09-25T09:30:00+08:00"  # a worked Sunday


def body(name, **changed):
    return example(f"transfer-{name}", **changed)


def apply_for(jia):
    """The steps that come before the check; the matter."""
    matter = None
    for step in STEPS:
        options = {"matter": matter} if matter else {}
        matter = jia.fact(f"transfer.{step}", body(step), **options)["matter"]
    return matter


def test_transfer_from_the_check_to_the_result(town):
    bureau, jia = town[BUREAU], town[JIA]
    matter = apply_for(jia)
    assert jia.duties(matter=matter) == [], "neither legal review nor approval starts the period"
    jia.fact("transfer.checked", body("checked"), matter=matter)
    owed = jia.wait_duty("YC-2.2.2b", matter, "open")
    assert owed["due_at"] == DUE and owed["debtors"] == [JIA]
    assert bureau.cli("matter", matter).code == "not-found", "nobody outside has heard of it"

    letter = jia.send("transfer.letter", BUREAU, body("letter"), matter=matter, officer=jia.officers[0])
    bureau.wait_for(letter["id"])
    for agency in town:
        assert agency.wait_duty("YC-2.2.2b", matter, "met")["due_at"] == DUE, agency.id

    bureau.acknowledge(letter["id"])
    for agency in town:
        agency.wait_duty("sign-for", matter, "met", opened_by=letter["id"])
    for name, at in ANSWERS:
        town.move_clocks(at)
        answer = bureau.reply(letter["id"], f"transfer.{name}", body(name), officer=bureau.officers[0])
        assert jia.wait_for(answer["id"])["body"] == body(name)
        jia.acknowledge(answer["id"])
        bureau.wait_state(answer["id"], "acknowledged")
    kinds = [message["header"]["kind"] for message in jia.matter(matter)["messages"]]
    wanted = [f"transfer.{step}" for step in (*STEPS, "checked", "letter", "review", "filing", "result")]
    assert [kind for kind in kinds if kind in wanted] == wanted


def test_urgent_transfer_has_a_day(town):
    jia = town[JIA]
    matter = apply_for(jia)
    jia.fact("transfer.checked", body("checked"), matter=matter, urgent="证据可能灭失")
    assert jia.wait_duty("YC-2.2.2b", matter, "open")["due_at"] == URGENT_DUE


def test_letter_that_lacks_what_it_must_have_is_refused_with_every_field(town):
    jia = town[JIA]
    before = jia.state()
    lacking = body("letter", basis="", channel="phone")
    del lacking["materials"]
    refused = jia.cli("send", "transfer.letter", "-", body=lacking, to=BUREAU, officer=jia.officers[0])
    assert refused.status == 1
    for title in ("移送依据", "移送材料清单", "移送函应为书面"):
        assert title in refused.err, refused.err
    unsigned = jia.cli("send", "transfer.letter", "-", body=body("letter"), to=BUREAU)
    assert unsigned.status == 1 and unsigned.code == "officer", unsigned.err
    assert jia.state() == before


def test_refusal_of_a_transfer_says_why_and_what_becomes_of_the_papers(town):
    bureau, jia = town[BUREAU], town[JIA]
    letter = jia.send("transfer.letter", BUREAU, body("letter"), officer=jia.officers[0])
    bureau.wait_for(letter["id"])
    refusal = body("review", outcome="refused", reason="", decided_at=NOW)
    refused = bureau.cli("reply", letter["id"], "transfer.review", "-", body=refusal, officer=bureau.officers[0])
    assert refused.status == 1 and "退回材料情况" in refused.err and "理由" in refused.err
    whole = dict(refusal, reason="不属于本局管辖", papers_returned="7份材料已于当日退回")
    answer = bureau.reply(letter["id"], "transfer.review", whole, officer=bureau.officers[0])
    assert jia.wait_for(answer["id"])["body"]["outcome"] == "refused"
