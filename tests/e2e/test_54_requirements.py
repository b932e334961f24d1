# SPDX-License-Identifier: Apache-2.0
"""What a regulation asks of a statement beyond its kind: refused with the row of the regulation, and nothing changed anywhere."""

import pytest

from agency import BUREAU, CONF, ED25519, JIA, SM2, YI, example
from conftest import open_town

NOW = "2026-02-10T10:00:00+08:00"  # later than every example, earlier than the end of Rongcheng's regulation
MEMBERS = ((BUREAU, ED25519, True), (JIA, SM2, True), (YI, SM2, False))
COMPACTS = {
    "yc": ("yecheng-2025", ("bureau", "township", "township")),
    "xx": ("xixian-xincai-2022", ("market", "market", "county")),
    "wb": ("weibin-2024", ("department", "government", "township")),
    "yy": ("youyang-2025", ("department", "township", "government")),
    "rc": ("rongcheng-2021", ("body", "body", "justice")),
    "rc-top": ("rongcheng-2021", ("body", "justice", "government")),
    "rc-watch": ("rongcheng-2021", ("body", "discipline", "justice")),
    "nat": ("national", ("market", "police", "superior")),
}


def settle(agency):
    """The compacts, and two of the cards: the bureau regulates markets, 乙乡 stands for an internal unit."""
    settings = agency.folder / "liaisond.conf"
    if agency.id == BUREAU:
        settings.write_text(settings.read_text("utf-8").replace("sector = other", "sector = market"), "utf-8")
    if agency.id == YI:
        settings.write_text(settings.read_text("utf-8") + "own_name = 0\n", "utf-8")
    for name, (procedure, roles) in COMPACTS.items():
        lines = ["[compact]", f"id = {name}", "title = 试行", f"procedure = {procedure}", "[members]"]
        lines += [f"{member} = {role}" for (member, _, _), role in zip(MEMBERS, roles)]
        (agency.folder / "compacts.d" / f"{name}.conf").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def county():
    """Three agencies, and in each compact a note of everybody's to reply to."""
    with open_town(*MEMBERS, prepare=settle, clock=NOW, law=CONF) as town:
        town.notes = {}
        for compact in COMPACTS:
            for agency in town:
                others = [other.id for other in town if other is not agency]
                note = agency.send("note", others, example("note"), compact=compact)
                town.notes[compact, agency.id] = note["id"]
                for other in others:
                    town[other].wait_for(note["id"])
        yield town


def plan(**changed):
    return example("enforcement-plan", **changed)


def lacking(name, *fields, **changed):
    body = example(name, **changed)
    for field in fields:
        del body[field]
    return body


def letter(*fields, **changed):
    return lacking("transfer-letter", *fields, **changed)


TEN = ("necessity", "tasks", "helpers", "duties", "time_limit_until", "funds", "safeguards", "emergency_plan")
COORDINATED = {"form": "coordinated", "ground": "major"}
ITEMS = {"outstanding": "items", "items": []}

# Where the kind itself asks for a field under some condition it is the field that is said.
# What is said, under which compact, by whom, what, to whom (or in reply to whose note), with how many officers.
REFUSED = [
    ({"YC-1.2.1b", "members"}, "yc", BUREAU, "joint.team", lacking("joint-team", "members"), JIA, 0),
    ({"YC-1.2.2a", "tasks"}, "yc", BUREAU, "joint.plan", lacking("joint-plan", "tasks"), JIA, 0),
    ({"YC-1.2.4a"}, "yc", BUREAU, "joint.decision", example("joint-decision"), JIA, 0),
    ({"YC-1.2.4b", "range", "execute_until"}, "yc", BUREAU, "joint.decision", lacking("joint-decision", "range", "execute_until"), JIA, 0),
    ({"YC-2.1.1"}, "yc", BUREAU, "transfer.letter", letter(ground="beyond-powers"), JIA, 1),
    ({"YC-2.1.2"}, "yc", JIA, "transfer.letter", letter(ground="delegated"), BUREAU, 1),
    ({"facts", "reason", "evidence"}, "yc", JIA, "transfer.applied", lacking("transfer-applied", "facts", "reason", "evidence"), None, 0),  # YC-2.2.1a
    ({"YC-2.2.1b"}, "yc", JIA, "transfer.approved", example("transfer-approved"), None, 1),
    ({"YC-2.2.2a"}, "yc", JIA, "transfer.checked", example("transfer-checked"), None, 0),
    ({"YC-2.2.2b"}, "yc", JIA, "transfer.letter", letter(), BUREAU, 1),
    ({"YC-2.2.3a", "outcome"}, "yc", BUREAU, "transfer.review", example("transfer-review", outcome="refused", reason="不属于本机关管辖", papers_returned="全部退回"), "reply", 1),
    ({"YC-4.1", "campaigns.time"}, "yc", BUREAU, "enforcement.yearly", example("enforcement-yearly", campaigns=[{"name": "节前检查"}]), JIA, 0),
    ({"YC-4.2.1", "helpers", "duties"}, "yc", BUREAU, "enforcement.plan", lacking("enforcement-plan", "helpers", "duties"), JIA, 0),
    ({"YC-4.2.2"}, "yc", BUREAU, "enforcement.operation", example("enforcement-operation", form="joint"), JIA, 0),
    ({"YC-4.2.3", "funds"}, "yc", BUREAU, "enforcement.plan", lacking("enforcement-plan", "funds"), JIA, 0),
    ({"subject", "text"}, "xx", BUREAU, "assistance.request", lacking("assistance-request", "subject", "text", form="letter"), JIA, 0),  # XX-2.2c
    ({"XX-2.2e"}, "xx", BUREAU, "assistance.result", example("assistance-result"), "reply", 0),
    ({"XX-2.4a"}, "xx", BUREAU, "evidence.review", example("evidence-review", outcome="to-verify"), "reply", 0),
    ({"XX-2.4a-collected", "collected_by"}, "xx", BUREAU, "evidence.shared", lacking("evidence-shared", "collected_by"), JIA, 0),
    ({"XX-2.6a"}, "xx", BUREAU, "meeting.minutes", example("meeting-minutes", purpose="yearly"), JIA, 0),
    ({"XX-3.2a", "time_limit_until"}, "xx", BUREAU, "enforcement.plan", lacking("enforcement-plan", "time_limit_until"), JIA, 0),
    ({"WB-2.1", "text"}, "wb", BUREAU, "list.version", lacking("list-version", "text"), YI, 0),
    ({"WB-2.3", "basis"}, "wb", BUREAU, "guidance.basis", lacking("guidance-basis", "basis"), YI, 0),
    ({"WB-3.1.2a"}, "wb", BUREAU, "transfer.letter", letter(), JIA, 1),
    ({"facts", "materials"}, "wb", BUREAU, "transfer.letter", letter("facts", "materials"), YI, 1),  # WB-3.1.3
    ({"WB-3.1.4"}, "wb", YI, "transfer.letter", letter(), BUREAU, 1),
    ({"WB-3.4e"}, "wb", BUREAU, "danger.report", example("danger-report"), JIA, 0),
    ({"WB-3.5a"}, "wb", BUREAU, "assistance.request", example("assistance-request", form="technical"), YI, 0),
    ({"WB-3.5b"}, "wb", BUREAU, "assistance.result", example("assistance-result"), "reply", 0),
    ({"WB-3.6"}, "wb", BUREAU, "dispute.submission", example("dispute-submission"), JIA, 0),
    ({"WB-3.6-ruling"}, "wb", BUREAU, "dispute.ruling", example("dispute-ruling"), "reply", 0),
    ({"WB-3.7a"}, "wb", YI, "crime.referral", example("crime-referral"), BUREAU, 0),
    ({"YY-2.2.2a"}, "yy", JIA, "transfer.letter", letter(outstanding="none"), BUREAU, 1),
    ({"YY-2.2.2b"}, "yy", JIA, "transfer.letter", letter("outstanding"), BUREAU, 2),
    ({"items"}, "yy", JIA, "transfer.letter", letter(**ITEMS), BUREAU, 2),  # YY-2.2.2c
    ({"YY-2.1.3b"}, "yy", JIA, "complaint.referral", example("complaint-referral"), BUREAU, 0),
    ({"YY-2.2.3"}, "yy", BUREAU, "transfer.review", example("transfer-review", outcome="refused", reason="不属于本机关管辖", papers_returned="全部退回"), "reply", 1),
    ({"YY-2.2.3-submission"}, "yy", BUREAU, "dispute.submission", example("dispute-submission"), JIA, 0),
    ({"YY-2.2.3-ruling"}, "yy", BUREAU, "dispute.ruling", example("dispute-ruling"), "reply", 0),
    ({"YY-2.2.4b"}, "yy", BUREAU, "evidence.review", example("evidence-review"), "reply", 0),
    ({"YY-2.3.2a"}, "yy", BUREAU, "enforcement.approval", example("enforcement-approval"), "reply", 0),
    ({"YY-2.3.2b"}, "yy", JIA, "enforcement.plan", lacking("enforcement-plan", "tasks", "time_limit_until", "helpers", "duties"), BUREAU, 0),
    ({"YY-2.4c"}, "yy", BUREAU, "assistance.refusal", example("assistance-refusal"), "reply", 0),
    ({"RC-6-7"}, "rc-top", BUREAU, "enforcement.plan", lacking("enforcement-plan", "necessity", **COORDINATED), [JIA, YI], 0),
    ({"RC-9a"}, "rc", BUREAU, "enforcement.plan", plan(**COORDINATED), JIA, 0),
    ({"RC-9b"}, "rc", BUREAU, "enforcement.plan", plan(form="coordinated", ground="government"), JIA, 0),
    ({"RC-9a-opinion"}, "rc", BUREAU, "enforcement.opinion", example("enforcement-opinion"), "reply", 0),
    ({"RC-9a-approval"}, "rc-top", YI, "enforcement.approval", example("enforcement-approval"), "reply", 0),
    ({"RC-9a-approval"}, "rc-top", BUREAU, "enforcement.approval", example("enforcement-approval"), "reply", 0),
    ({"RC-9a-operation"}, "rc", BUREAU, "enforcement.operation", example("enforcement-operation"), JIA, 0),
    ({"RC-12"}, "rc-top", BUREAU, "enforcement.refusal", example("enforcement-refusal"), YI, 0),
    ({"RC-13"}, "rc", BUREAU, "enforcement.report", lacking("enforcement-report", "documents", form="coordinated"), YI, 0),
    ({"RC-13"}, "rc", BUREAU, "enforcement.report", example("enforcement-report", form="coordinated"), JIA, 0),
    ({"RC-14-15", "RC-18"}, "rc-top", BUREAU, "enforcement.plan", lacking("enforcement-plan", "necessity"), [JIA, YI], 0),
    ({"RC-17a"}, "rc", BUREAU, "enforcement.plan", plan(), JIA, 0),
    ({"RC-17b"}, "rc", BUREAU, "enforcement.plan", plan(ground="campaign"), JIA, 0),
    ({"RC-17c"}, "rc", BUREAU, "enforcement.plan", plan(ground="government"), JIA, 0),
    ({"RC-18", *TEN}, "rc-top", BUREAU, "enforcement.plan", lacking("enforcement-plan", *TEN), [JIA, YI], 0),
    ({"RC-20"}, "rc-top", BUREAU, "enforcement.report", lacking("enforcement-report", "effect", "appraisals", form="joint"), YI, 0),
    ({"RC-20"}, "rc-top", BUREAU, "enforcement.report", example("enforcement-report", form="joint"), JIA, 0),
    ({"RC-21", "ground"}, "rc", BUREAU, "transfer.letter", letter(ground="other"), JIA, 1),
    ({"RC-22a"}, "rc", BUREAU, "transfer.letter", letter(), JIA, 1),
    ({"facts", "materials"}, "rc", BUREAU, "transfer.letter", letter("facts", "materials", ground="penalty-moved"), JIA, 1),  # RC-22c
    ({"RC-22e", "recordings"}, "rc", BUREAU, "violation.stopped", lacking("violation-stopped", "recordings"), None, 0),
    ({"missing"}, "rc", BUREAU, "transfer.review", lacking("transfer-review", outcome="supplement", missing=[]), "reply", 1),  # RC-23c
    ({"papers_returned"}, "rc", BUREAU, "transfer.review", lacking("transfer-review", outcome="refused", reason="不属于"), "reply", 1),  # RC-23d
    ({"RC-24"}, "rc", BUREAU, "dispute.submission", example("dispute-submission"), JIA, 0),
    ({"RC-24-ruling"}, "rc", BUREAU, "dispute.ruling", example("dispute-ruling"), "reply", 0),
    ({"RC-27c"}, "rc", BUREAU, "info.refusal", example("info-refusal"), "reply", 0),
    ({"RC-31"}, "rc", BUREAU, "supervision.misconduct", example("supervision-misconduct"), JIA, 0),
    ({"RC-A1", "accepted_at"}, "rc", BUREAU, "transfer.letter", letter("accepted_at"), JIA, 1),
    ({"NAT-310-5a", "investigators.name"}, "nat", BUREAU, "crime.suspected", lacking("crime-suspected", "investigators"), None, 1),
    ({"reason"}, "nat", BUREAU, "crime.approved", lacking("crime-approved", opinion="rejected", reason=""), None, 0),  # NAT-310-5b
    ({"NAT-310-6", "report"}, "nat", BUREAU, "crime.referral", lacking("crime-referral", "report"), JIA, 0),
    ({"NAT-310-8"}, "nat", JIA, "crime.decision", example("crime-decision", decision="not-filed", reason="没有犯罪事实", papers_returned="全部退回"), "reply", 0),
    ({"NAT-310-9a"}, "nat", BUREAU, "crime.review", example("crime-review"), "reply", 0),
    ({"NAT-market-return"}, "nat", BUREAU, "forward", example("forward"), "reply", 0),
    ({"NAT-25"}, "nat", BUREAU, "dispute.ruling", example("dispute-ruling"), "reply", 0),
]

# Nothing of the kind is asked where the condition does not hold, or where it is all there.
ACCEPTED = [
    ("WB-3.1.4", "wb", YI, "transfer.letter", letter(legal_exception="《某某条例》第三条"), BUREAU, 1),
    ("NAT-market-return", "nat", JIA, "forward", example("forward"), "reply", 0),
    ("YY-2.2.2a", "yy", JIA, "transfer.letter", letter(outstanding="none"), BUREAU, 2),
    ("YY-2.2.3", "yy", BUREAU, "transfer.review", example("transfer-review", outcome="accepted"), "reply", 1),
    ("YY-2.3.2b", "yy", JIA, "enforcement.plan", plan(), BUREAU, 0),
    ("YY-2.4a", "yy", JIA, "assistance.request", example("assistance-request"), BUREAU, 0),
    ("RC-6/7", "rc-top", BUREAU, "enforcement.plan", plan(**COORDINATED), [JIA, YI], 0),
    ("RC-14/15 RC-17a RC-18", "rc-top", BUREAU, "enforcement.plan", plan(), [JIA, YI], 0),
    ("RC-13", "rc", BUREAU, "enforcement.report", example("enforcement-report", form="coordinated"), YI, 0),
    ("RC-20", "rc-top", BUREAU, "enforcement.report", example("enforcement-report", form="joint"), YI, 0),
    ("YC-2.2.3a", "yc", BUREAU, "transfer.review", example("transfer-review", outcome="accepted"), "reply", 1),
    ("RC-22e", "rc", BUREAU, "violation.stopped", example("violation-stopped"), None, 0),
    ("RC-31", "rc-watch", BUREAU, "supervision.misconduct", example("supervision-misconduct"), [JIA, YI], 0),
]


def say(county, compact, who, kind, body, to, officers, **options):
    agency = county[who]
    named = agency.officers[:officers]
    options = {**options, **({"officer": named} if named else {})}
    if to is None:
        return agency.cli("fact", kind, "-", body=body, compact=compact, **options)
    if to == "reply":
        other = JIA if who == BUREAU else BUREAU
        return agency.cli("reply", county.notes[compact, other], kind, "-", body=body, **options)
    to = to if isinstance(to, str) else ",".join(to)
    return agency.cli("send", kind, "-", body=body, to=to, compact=compact, **options)


@pytest.mark.parametrize("wanted, compact, who, kind, body, to, officers", REFUSED,
                         ids=lambda value: "+".join(sorted(value)) if isinstance(value, set) else "")
def test_what_the_regulation_asks_for_is_said_with_its_row(county, wanted, compact, who, kind, body, to, officers):
    before = county[who].state()
    refused = say(county, compact, who, kind, body, to, officers)
    assert refused.status == 1, refused
    said = refused.lines[0]["refusal"]["faults"]
    assert wanted <= {fault["source"] for fault in said} | {fault["field"] for fault in said}, said
    assert county[who].state() == before


@pytest.mark.parametrize("row, compact, who, kind, body, to, officers", ACCEPTED, ids=lambda value: value if isinstance(value, str) and "-" in value else "")
def test_what_has_it_all_is_accepted(county, row, compact, who, kind, body, to, officers):
    del row
    before = county[who].state()
    answer = say(county, compact, who, kind, body, to, officers, check=True)
    assert answer.status == 0, answer
    assert county[who].state() == before
