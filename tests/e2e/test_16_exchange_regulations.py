# SPDX-License-Identifier: Apache-2.0
"""The regulations as they are shipped: what they open by themselves, what they ask for, and how they end."""

import contextlib
import shutil

import pytest

from agency import BUREAU, CONF, ED25519, JIA, SM2, example, open_town, set_options

BUREAU_SIDE, TOWN_SIDE = "weibin-cg", "weibin-jiazhen"
GOVERNMENT = "weibin-qzf"
XI, XIN = "xixian-scjg", "xincai-scjg"


def alone(compact):
    """Leaves an agency this compact of the shipped ones."""
    def prepare(agency):
        for file in (agency.folder / "compacts.d").iterdir():
            file.unlink()
        shutil.copy(CONF / "compacts.d" / f"{compact}.conf", agency.folder / "compacts.d")
        set_options(agency, procedures=CONF / "procedures.d")
    return prepare


@contextlib.contextmanager
def open_compact(compact, *ids):
    members = [(agency, ED25519 if i else SM2, i == 0) for i, agency in enumerate(ids)]
    with open_town(*members, prepare=alone(compact)) as town:
        yield town


def missing(outcome):
    """The rows whose requirements a refusal names."""
    assert outcome.status == 1 and outcome.code == "requirement", outcome
    return outcome.err


def names(agency, matter):
    return {duty["duty"]: duty["state"] for duty in agency.duties("--closed", matter=matter)}


@pytest.fixture(scope="module")
def yecheng():
    with open_compact("yecheng", BUREAU, JIA) as town:
        yield town


def test_yecheng_a_transfer_takes_every_step_in_its_order(yecheng):
    bureau, jia = yecheng[BUREAU], yecheng[JIA]
    first, second = jia.officers
    step = lambda name, **changed: example(f"transfer-{name}", **changed)
    early = jia.cli("send", "transfer.letter", "-", body=step("letter"), to=BUREAU, officer=first)
    assert "YC-2.2.2b" in missing(early), early.err

    matter = jia.fact("transfer.applied", step("applied"), officer=first)["matter"]
    assert names(jia, matter) == {"YC-2.2.1b": "open"}
    early = jia.cli("fact", "transfer.approved", "-", body=step("approved"), matter=matter, officer=second)
    assert "YC-2.2.1b" in missing(early), early.err
    jia.fact("transfer.reviewed", step("reviewed"), matter=matter, officer=second)
    same = jia.cli("fact", "transfer.approved", "-", body=step("approved"), matter=matter, officer=second)
    assert "YC-2.2.1b" in missing(same), same.err
    jia.add_officer("B003", "负责人")
    jia.fact("transfer.approved", step("approved"), matter=matter, officer="B003")
    assert names(jia, matter) == {"YC-2.2.1b": "met", "YC-2.2.2a": "open"}
    jia.fact("transfer.checked", step("checked"), matter=matter, officer=first)
    assert names(jia, matter) == {"YC-2.2.1b": "met", "YC-2.2.2a": "met", "YC-2.2.2b": "open"}

    wrong = step("letter", ground="delegated")
    assert "YC-2.1.2" in missing(jia.cli("send", "transfer.letter", "-", body=wrong, to=BUREAU, matter=matter, officer=first))
    letter = jia.send("transfer.letter", BUREAU, step("letter"), matter=matter, officer=first)["id"]
    bureau.wait_for(letter)
    jia.wait_duty("YC-2.2.2b", matter, "met")
    bureau.wait_duty("YC-2.2.3a", matter, "open")
    review = step("review", outcome="accepted", decided_at="2025-09-24T10:00:00+08:00")
    bureau.reply(letter, "transfer.review", review, officer=bureau.officers[0])
    jia.wait_duty("YC-2.2.3a", matter, "met")
    jia.wait_duty("YC-2.2.3c", matter, "open")


def test_yecheng_the_year_opens_the_plan_at_the_bureau_and_the_township_confirms_it(yecheng):
    bureau, jia = yecheng[BUREAU], yecheng[JIA]
    assert [d["duty"] for d in bureau.duties("--closed") if d["opened_by_kind"] == "year.begun"] == []  # 2025 had begun before the regulation
    yecheng.move_clocks("2026-01-05T10:00:00+08:00")
    assert [d["duty"] for d in jia.duties() if d["opened_by_kind"] == "year.begun"] == []
    owed = next(d for d in bureau.duties("--closed") if d["duty"] == "YC-4.1")
    assert owed["due_at"] == "2026-12-31T23:59:59+08:00" and owed["debtors"] == [BUREAU]
    plan = bureau.send("enforcement.yearly", JIA, example("enforcement-yearly"), matter=owed["matter"])["id"]
    jia.wait_for(plan)
    bureau.wait_duty("YC-4.1", owed["matter"], "met")
    jia.wait_duty("YC-4.1-joint", owed["matter"], "one-sided")
    jia.confirm(plan)
    bureau.wait_duty("YC-4.1-joint", owed["matter"], "met")


def test_weibin_a_technical_opinion_has_five_working_days_and_may_be_put_off():
    with open_compact("weibin", BUREAU_SIDE, TOWN_SIDE, GOVERNMENT) as town:
        side, jia = town[BUREAU_SIDE], town[TOWN_SIDE]
        request = example("assistance-request")
        assert "WB-3.5a" in missing(side.cli("send", "assistance.request", "-", body=request, to=TOWN_SIDE))
        asked = jia.send("assistance.request", BUREAU_SIDE, request)
        side.wait_for(asked["id"])
        owed = side.wait_duty("WB-3.5b", asked["matter"], "open")
        assert owed["due_at"] == "2025-09-30T23:59:59+08:00"  # 28 September is a worked Sunday
        side.reply(asked["id"], "assistance.extension", example("assistance-extension"))
        assert jia.wait_duty("WB-3.5b", asked["matter"], "extended")["due_at"] == "2025-10-31T23:59:59+08:00"

        report = example("danger-report")
        assert "WB-3.4e" in missing(jia.cli("send", "danger.report", "-", body=report, to=GOVERNMENT))
        alert = jia.send("danger.alert", BUREAU_SIDE, example("danger-alert"))
        jia.wait_duty("WB-3.4d", alert["matter"], "open")
        assert "WB-3.4e" in missing(jia.cli("send", "danger.report", "-", body=report, to=BUREAU_SIDE, matter=alert["matter"]))
        jia.send("danger.report", GOVERNMENT, report, matter=alert["matter"], officer=jia.officers[0])


def test_xixian_xincai_the_host_of_the_year_holds_the_meeting_and_owes_its_minutes():
    with open_compact("xixian-xincai", XI, XIN) as town:
        xi, xin = town[XI], town[XIN]
        assert "XX-2.6a" not in [d["duty"] for d in xi.duties()], "2022 began with 息县; 2025 is 新蔡's"
        owed = next(d for d in xin.duties() if d["duty"] == "XX-2.6a")
        held = example("meeting-held", purpose="yearly", held_at="2025-09-23T09:00:00+08:00")
        assert "XX-2.6a" in missing(xi.cli("fact", "meeting.held", "-", body=held))
        xin.fact("meeting.held", held, matter=owed["matter"])
        xin.wait_duty("XX-2.6a", owed["matter"], "met")
        assert xin.wait_duty("XX-2.6c", owed["matter"], "open")["due_at"] == "2025-10-23T23:59:59+08:00"
        minutes = example("meeting-minutes", held_at="2025-09-23T09:00:00+08:00")
        sent = xin.send("meeting.minutes", XI, minutes, matter=owed["matter"])
        xi.wait_for(sent["id"])
        xin.wait_duty("XX-2.6c", owed["matter"], "met")
