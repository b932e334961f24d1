# SPDX-License-Identifier: Apache-2.0
"""The forms of exchange beside the plain lead: telephone, urgent, drill, copies, facts enclosed."""

import pytest

from agency import BUREAU, ED25519, JIA, SM2, YI, example, is_event, lead, until
from conftest import open_town


def duties_of(agency, matter):
    return {d["duty"]: d for d in agency.matter(matter)["duties"]}


def by_telephone():
    return lead(
        "price",
        channel="phone",
        notified_at="2025-09-24T09:50:00+08:00",
        notified_person="李四",
    )


def test_notice_by_telephone_is_one_sided_until_the_other_side_confirms(town):
    bureau, jia = town[BUREAU], town[JIA]
    notice = bureau.send("lead.notice", JIA, by_telephone())
    for agency in town:
        duty = agency.wait_duty("YC-1.1.1", notice["matter"], "one-sided")
        assert "met_at" not in duty

    jia.confirm(notice["id"])
    for agency in town:
        duty = agency.wait_duty("YC-1.1.1", notice["matter"], "met")
        assert duty["met_at"] == "2025-09-24T09:50:00+08:00", "when the other side was told"
        assert duty["owing"] == []


def test_notice_by_telephone_that_the_other_side_contests_is_disputed(town):
    bureau, jia = town[BUREAU], town[JIA]
    notice = bureau.send("lead.notice", JIA, by_telephone())
    jia.wait_for(notice["id"])
    jia.confirm(notice["id"], verdict="contested", reason="当日未接到电话")
    for agency in town:
        duty = agency.wait_duty("YC-1.1.1", notice["matter"], "disputed")
        assert duty["owing"] == [BUREAU]


def test_urgent_message_must_be_signed_for_within_two_hours(town):
    bureau, jia = town[BUREAU], town[JIA]
    watch = jia.watch()
    notice = bureau.send("lead.notice", JIA, lead(), urgent="证据可能灭失")
    duty = jia.wait_duty("sign-for", notice["matter"], "open")
    assert duty["due_at"] == "2025-09-24T12:00:00+08:00"
    assert jia.show(notice["id"])["header"]["urgent_reason"] == "证据可能灭失"
    told = watch.wait(is_event("received", id=notice["id"]), "the arrival is told")
    assert "【急】" in told["text"]


def test_drill_arrives_and_opens_nothing(town):
    bureau, jia = town[BUREAU], town[JIA]
    notice = bureau.send("lead.notice", JIA, lead(), drill=True)
    arrived = jia.wait_for(notice["id"])
    assert arrived["marks"] == ["drill"] and arrived["header"]["drill"] is True
    bureau.wait_state(notice["id"], "arrived")
    for agency in town:
        assert agency.matter(notice["matter"])["duties"] == []
        assert agency.status().get("open_duties", "0") == "0"


def test_copies_arrive_and_owe_nothing():
    with open_town((BUREAU, SM2, True), (JIA, SM2, False), (YI, ED25519, False)) as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        notice = bureau.send("lead.notice", JIA, lead(), copy=YI)
        assert yi.wait_for(notice["id"])["marks"] == ["copy"]
        jia.wait_for(notice["id"])
        bureau.wait_state(notice["id"], "arrived")
        jia.acknowledge(notice["id"])
        bureau.wait_state(notice["id"], "acknowledged")
        for agency in town:
            debtors = {d for duty in agency.duties("--closed") for d in duty["debtors"]}
            assert YI not in debtors, agency.id
        assert yi.duties("--owed-by", "us") == []
        rows = bureau.show(notice["id"])["deliveries"]
        assert {(r["agency"], r["copy"], r["state"]) for r in rows} == {
            (JIA, False, "acknowledged"),
            (YI, True, "arrived"),
        }


def test_message_to_two_gives_each_its_own_duties_and_each_sees_the_same_verdict():
    with open_town((BUREAU, SM2, True), (JIA, ED25519, False), (YI, SM2, False)) as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        notice = bureau.send("lead.notice", (JIA, YI), lead())
        for township in (jia, yi):
            township.wait_for(notice["id"])
        jia.acknowledge(notice["id"])

        def own(agency, township):
            duties = agency.matter(notice["matter"])["duties"]
            return {
                d["obligation"]: (d["duty"], d["state"], d["due_at"], d.get("met_at"))
                for d in duties
                if township.id in d["debtors"]
            }

        until(
            lambda: {v[:2] for v in own(bureau, jia).values()}
            == {("sign-for", "met"), ("YC-1.1.2", "open")},
            "the bureau holds the signature of one",
        )
        assert {v[:2] for v in own(bureau, yi).values()} == {
            ("sign-for", "open"),
            ("YC-1.1.2", "open"),
        }
        for township in (jia, yi):
            until(
                lambda: own(bureau, township) == own(township, township),
                f"{township.id} and the bureau agree",
            )
        assert bureau.show(notice["id"])["state"] == "arrived", "the one furthest behind"


def test_enclosed_fact_shows_the_receiver_the_duty_that_the_notice_meets(town):
    bureau, jia = town[BUREAU], town[JIA]
    found = bureau.fact("lead.discovered", example("lead-discovered"))
    assert jia.show(found["id"]) is None
    notice = bureau.send("lead.notice", JIA, lead(), matter=found["matter"])
    jia.wait_for(notice["id"])

    enclosed = jia.show(found["id"])
    assert enclosed["direction"] == "fact" and enclosed["body_state"] == "withheld"
    assert "body" not in enclosed
    here = jia.wait_duty("YC-1.1.1", notice["matter"], "met")
    there = bureau.wait_duty("YC-1.1.1", notice["matter"], "met")
    assert here["obligation"] == there["obligation"]
    assert here["opened_by"] == found["id"] and here["met_by"] == notice["id"]
    assert here["met_at"] == there["met_at"]


def test_notice_without_recorded_discovery_meets_the_duty_that_it_opens(town):
    bureau, jia = town[BUREAU], town[JIA]
    notice = bureau.send("lead.notice", JIA, lead())
    for agency in town:
        duty = agency.wait_duty("YC-1.1.1", notice["matter"], "met")
        assert duty["opened_by"] == duty["met_by"] == notice["id"]
        assert duty["start_at"] == "2025-09-24T09:40:00+08:00"


def test_lead_told_after_24_hours_is_met_late_at_both_sides(town):
    bureau, jia = town[BUREAU], town[JIA]
    late = lead(discovered_at="2025-09-23T09:59:59+08:00")
    notice = bureau.send("lead.notice", JIA, late)
    for agency in town:
        duty = agency.wait_duty("YC-1.1.1", notice["matter"], "met-late")
        assert duty["due_at"] == "2025-09-24T09:59:59+08:00"


def test_check_foretells_the_duties_and_changes_nothing(town):
    bureau, jia = town[BUREAU], town[JIA]
    before = bureau.state()
    told = bureau.send("lead.notice", JIA, lead(), check=True)
    assert {d["duty"]: d["due_at"] for d in told["duties"]} == {
        "YC-1.1.1": "2025-09-25T09:40:00+08:00",
        "YC-1.1.2": "2025-09-28T23:59:59+08:00",
        "sign-for": "2025-09-25T23:59:59+08:00",
    }
    assert [(r["agency"], r["linked"]) for r in told["reach"]] == [(JIA, True)]
    assert bureau.state() == before and jia.messages() == []


def test_same_record_confirmed_then_contested_is_judged_by_the_later_word(town):
    bureau, jia = town[BUREAU], town[JIA]
    notice = bureau.send("lead.notice", JIA, by_telephone())
    jia.wait_for(notice["id"])
    jia.confirm(notice["id"])
    bureau.wait_duty("YC-1.1.1", notice["matter"], "met")
    town.move_clocks("2025-09-24T10:30:00+08:00")
    jia.confirm(notice["id"], verdict="contested", reason="核对后发现时间不符")
    for agency in town:
        agency.wait_duty("YC-1.1.1", notice["matter"], "disputed")


@pytest.mark.parametrize("name", ["for", "agent"])
def test_substitute_and_agent_are_named_in_the_acknowledgement(town, name):
    bureau, jia = town[BUREAU], town[JIA]
    notice = bureau.send("note", JIA, example("note"))
    jia.wait_for(notice["id"])
    value = {"for": jia.officers[1], "agent": "收发室王五"}[name]
    signed = jia.acknowledge(notice["id"], **{name: value})
    held = bureau.wait_for(signed["id"])
    assert held["body"][{"for": "for_certificate", "agent": "agent_name"}[name]] == value
    officer = held["header"]["officers"][0]
    assert officer["certificate"] == jia.officers[0]
    assert officer["authenticated"] == "key:officer"
