# SPDX-License-Identifier: Apache-2.0
"""Whom a statement may address, what it may answer, and who it may be: refusals at submission."""

import json
import uuid

import pytest

from agency import BUILD, BUREAU, ED25519, JIA, SM2, YI, example, lead, run
from conftest import open_town
from library import Library

NOTE = example("note")
COMPACT = """[compact]
id = elsewhere
title = 没有本机关的机制
procedure = yecheng-2025

[members]
yecheng-jiazhen = township
yecheng-yixiang = township
"""


@pytest.fixture(scope="module")
def village():
    """Three agencies; the bureau also holds a compact that it is no member of."""
    members = ((BUREAU, ED25519, True), (JIA, SM2, False), (YI, SM2, False))
    with open_town(*members) as town:
        bureau = town[BUREAU]
        (bureau.folder / "compacts.d" / "elsewhere.conf").write_text(COMPACT)
        bureau.restart()
        town.wait_links()
        yield town


@pytest.fixture(scope="module")
def held(village):
    """A note of ours, one of theirs, and one that they recalled."""
    bureau, jia = village[BUREAU], village[JIA]
    ours = bureau.send("note", JIA, NOTE, source="office/7")
    theirs = jia.send("note", BUREAU, NOTE)
    gone = jia.send("note", BUREAU, NOTE)
    bureau.wait_for(gone["id"])
    jia.recall(gone["id"])
    bureau.wait_state(gone["id"], "recalled")
    jia.wait_for(ours["id"])
    bureau.wait_state(ours["id"], "arrived")
    jia.wait_state(gone["id"], "recalled")
    return {"ours": ours["id"], "theirs": theirs["id"], "gone": gone["id"]}


@pytest.fixture(autouse=True)
def unchanged(village, held):
    before = {agency.id: agency.state() for agency in village}
    yield
    assert {agency.id: agency.state() for agency in village} == before


@pytest.fixture
def bureau(village):
    return village[BUREAU]


def note(agency, to=JIA, body=NOTE, **options):
    return agency.cli("send", "note", "-", to=to, body=body, **options)


# --------------------------------------------------------------------------------- kind, addressing


@pytest.mark.parametrize("kind", ["lead.nothing", "receipt", "offered", "card", "", "甲", "../x"])
def test_kind_that_is_unknown_or_only_machines_speak_is_refused(bureau, kind):
    outcome = bureau.cli("send", kind, "-", to=JIA, body=NOTE)
    assert outcome.code == "unknown-kind", outcome


@pytest.mark.parametrize("to", ["nobody", "Yecheng", "a", "甲镇", "yecheng-jiazhen2"])
def test_unknown_recipient_is_refused(bureau, to):
    assert note(bureau, to=to).code == "unknown-agency"
    assert note(bureau, copy=to).code == "unknown-agency"


def test_message_to_ourselves_or_twice_to_one_is_refused(bureau):
    assert note(bureau, to=BUREAU).code == "addressing"
    assert note(bureau, to=f"{JIA},{JIA}").code == "addressing"
    assert note(bureau, to=JIA, copy=JIA).code == "addressing"


def test_message_to_nobody_and_fact_to_somebody_are_refused(bureau):
    with Library(bureau, BUILD) as session:
        body = json.dumps(example("lead-discovered"))
        answer = session.submit([{"kind": "lead.discovered", "to": [JIA], "body_json": body}])
        assert answer["results"][0]["code"] == "addressing"
        answer = session.submit([{"kind": "note", "body_json": json.dumps(NOTE)}])
        assert answer["results"][0]["code"] == "addressing"
        many = [f"agency-{n}" for n in range(65)]
        answer = session.submit([{"kind": "note", "to": many, "body_json": json.dumps(NOTE)}])
        assert answer["results"][0]["code"] == "limit"


def test_compact_that_is_unknown_or_lacks_a_party_is_refused(bureau):
    assert note(bureau, compact="nothing").code == "compact"
    outcome = note(bureau, compact="elsewhere")
    assert outcome.code == "compact" and BUREAU in outcome.err


# ------------------------------------------------------------------------------- marks and officers


@pytest.mark.parametrize("mark", ["秘密", "机密", "绝密", "秘密★3年", "内部 秘密"])
def test_state_secret_is_refused(bureau, mark):
    outcome = note(bureau, handling=mark)
    assert outcome.code == "secret" and "国家秘密" in outcome.err


def test_other_handling_mark_is_refused_and_internal_is_not(bureau):
    assert note(bureau, handling="公开").code == "value"
    assert note(bureau, handling="内部", check=True).status == 0


def test_officer_not_on_the_roll_is_refused(bureau, held):
    outcome = note(bureau, officer="A999")
    assert outcome.code == "officer" and "A999" in outcome.err
    assert bureau.cli("ack", held["theirs"], officer="A999").code == "officer"
    outcome = bureau.cli("ack", held["theirs"], officer=bureau.officers[0], **{"for": "A999"})
    assert outcome.code == "officer"


def test_act_of_a_person_without_the_person_is_refused(bureau, held):
    assert bureau.cli("ack", held["theirs"]).status == 2, "the command line asks for one"
    for kind, body in (("acknowledgement", {}), ("confirm", {"verdict": "confirmed"})):
        outcome = bureau.cli("reply", held["theirs"], kind, "-", body=body)
        assert outcome.code == "officer", outcome


# ------------------------------------------------------------------------------------------ replies


def test_reply_to_nothing_is_refused(bureau):
    nobody = str(uuid.UUID(int=0x0192_0000_0000_7000_8000_0000_0000_0001))
    outcome = bureau.cli("ack", nobody, officer=bureau.officers[0])
    assert outcome.code == "not-found"
    with Library(bureau, BUILD) as session:
        draft = {"kind": "acknowledgement", "to": [JIA], "body_json": "{}"}
        draft["officers"] = bureau.officers[:1]
        assert session.submit([draft])["results"][0]["code"] == "reply"
        draft["in_reply_to"] = nobody
        assert session.submit([draft])["results"][0]["code"] == "not-found"


def test_our_own_message_cannot_be_signed_for_or_confirmed_by_us(bureau, held):
    assert bureau.cli("ack", held["ours"], officer=bureau.officers[0]).code == "reply"
    outcome = bureau.cli("confirm", held["ours"], verdict="confirmed", officer=bureau.officers[0])
    assert outcome.code == "reply"


def test_message_of_another_cannot_be_recalled(bureau, held):
    outcome = bureau.cli("recall", held["theirs"], reason="有误")
    assert outcome.code == "reply" and "本机关自己" in outcome.err


def test_recalled_message_cannot_be_answered_or_signed_for(bureau, held):
    assert bureau.cli("ack", held["gone"], officer=bureau.officers[0]).code == "state"
    assert bureau.cli("reply", held["gone"], "note", "-", body=NOTE).code == "state"


def test_recall_without_reason_is_refused(bureau, held):
    assert bureau.cli("recall", held["ours"]).status == 2
    assert bureau.cli("recall", held["ours"], reason="  ").code == "required"


def test_contested_record_needs_a_reason(bureau, held):
    outcome = bureau.cli("confirm", held["theirs"], verdict="contested", officer=bureau.officers[0])
    assert outcome.code == "required" and "异议理由" in outcome.err


# ----------------------------------------------------------------------------------------- identity


def test_same_id_and_content_is_held_and_seals_nothing(bureau, held):
    again = note(bureau, id=held["ours"], source="office/7").answer
    assert again["outcome"] == "held" and again["id"] == held["ours"]


CHANGES = {
    "body": dict(body={**NOTE, "text": "另一内容"}),
    "recipient": dict(to=YI),
    "copy": dict(copy=YI),
    "urgency": dict(urgent="急"),
    "number": dict(number="叶市监〔2025〕1号"),
    "matter": dict(matter="01920000-0000-7000-8000-000000000001"),
    "source": dict(source="office/8"),
    "occurred": dict(occurred="2025-09-24T09:00:00+08:00"),
    "drill": dict(drill=True),
    "handling": dict(handling="内部"),
    "officer": dict(officer="A001"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_same_id_with_other_content_is_a_conflict(bureau, held, change):
    options = {"id": held["ours"], "source": "office/7", **CHANGES[change]}
    outcome = note(bureau, **options)
    assert outcome.code == "conflict", outcome


def test_same_id_with_another_kind_is_a_conflict(bureau, held):
    outcome = bureau.cli("send", "lead.notice", "-", to=JIA, id=held["ours"], body=lead())
    assert outcome.code == "conflict"


def test_same_source_record_under_a_fresh_id_is_held_or_a_conflict(bureau, held):
    again = note(bureau, source="office/7").answer
    assert again["outcome"] == "held" and again["id"] == held["ours"]
    outcome = note(bureau, source="office/7", body={**NOTE, "text": "另一内容"})
    assert outcome.code == "source-conflict"


@pytest.mark.parametrize(
    "identity",
    ["01920000-0000-4000-8000-000000000001", "00000000-0000-0000-0000-000000000000"],
)
def test_id_that_is_no_uuid_of_version_7_is_refused(bureau, identity):
    assert note(bureau, id=identity).code == "value"
    assert note(bureau, matter=identity).code == "value"


@pytest.mark.parametrize("identity", ["1", "zz", "01920000-0000-7000-8000-00000000000"])
def test_id_that_is_no_uuid_is_wrong_usage(bureau, identity):
    assert note(bureau, id=identity).status == 2


def test_source_must_name_system_and_record(bureau):
    for source in ("office", "/7", "office/"):
        assert note(bureau, source=source).status == 2
    assert note(bureau, source="office/" + "7" * 300).code == "value"


# -------------------------------------------------------------------------------------------- cards


def test_card_that_is_ours_altered_or_no_card_is_refused(bureau, village, tmp_path):
    assert bureau.cli("peer", "add", bureau.folder / "card").code == "addressing"
    card = (village[JIA].folder / "card").read_text().splitlines(keepends=True)
    middle = len(card) // 2
    flipped = "B" if card[middle][10] != "B" else "C"
    card[middle] = card[middle][:10] + flipped + card[middle][11:]
    (tmp_path / "altered").write_text("".join(card))
    assert bureau.cli("peer", "add", tmp_path / "altered").status == 1
    (tmp_path / "empty").write_text("")
    assert bureau.cli("peer", "add", tmp_path / "empty").status in (1, 2)


def test_real_card_at_a_daemon_under_a_test_clock_is_refused(bureau, tmp_path):
    real = tmp_path / "real"
    words = ["init", real, "--id", "yecheng-bing", "--name", "丙镇", "--region", "653126"]
    assert run(BUILD / "liaison", *words).status == 0
    assert bureau.cli("peer", "add", real / "card").code == "test-stamp"


@pytest.mark.parametrize("change", [["--role", "king"], ["--certificate", "x" * 65]])
def test_officer_with_an_impossible_entry_is_refused(bureau, change):
    words = ["officer", "add", "--certificate", "A9", "--name", "某", *change]
    assert bureau.cli(*words).code in ("value", "required")
