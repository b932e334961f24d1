# SPDX-License-Identifier: Apache-2.0
"""荣成: enforcement bodies, the justice bureau, the city's government and the discipline inspection, five real daemons over the last winter of the regulation.

Whoever moves a case tells the receiver first and has three working days from then; the receiver signs at once and has three working days to say what he
makes of it. What is late is reminded of once, by whom it is owed to; what may be reported to the discipline inspection is for a person to report."""

import pytest

from county import body, late, met, open_county, overdue, owed
from scenario import day

GOV, JUSTICE, DISCIPLINE, MARKET, CITY = "rongcheng-zf", "rongcheng-sfj", "rongcheng-jw", "rongcheng-scjg", "rongcheng-zhzf"
MEMBERS = (
    (GOV, "371082", "government"),
    (JUSTICE, "371082", "justice"),
    (MARKET, "371082", "market"),
    (CITY, "371082", "urban-management"),
    (DISCIPLINE, "371082", "discipline"),
)
SIDES = (MARKET, CITY)


@pytest.fixture(scope="module")
def county():
    with open_county("rongcheng", "2025-12-01 10:00", MEMBERS) as county:
        assert [(author, kind) for author, kind, _, _ in county.unasked()] == [(JUSTICE, "year.begun")]
        yield county


def notice(**changed):
    return body("transfer-prior-notice", "notified_at", "notified_person", **{"channel": "platform", "ground": "penalty-moved", **changed})


def letter(**changed):
    return body("transfer-letter", **{"accepted_at": day("2025-11-28 09:00"), "ground": "penalty-moved", "outstanding": "none", **changed})


def move_case(county, number, **options):
    """A notice and the letter at once."""
    told = county.send(MARKET, CITY, "transfer.prior-notice", notice())
    sent = county.send(MARKET, CITY, "transfer.letter", letter(), matter=told["matter"], officer=county[MARKET].officers[0], number=number, **options)
    return told["matter"], sent


def test_notice_letter_signature_and_acceptance(county):
    officer = county[MARKET].officers[0]
    applied = body("transfer-applied", applied_at=day("2025-12-01 09:30"), to_agency=CITY, ground="penalty-moved")
    matter = county.fact(MARKET, "transfer.applied", applied)["matter"]
    county.stands(matter, (MARKET,), {"RC-22a": owed(MARKET, start=day("2025-12-01 09:30"))})
    numbered = {"officer": officer, "number": "荣市监移字〔2025〕第（1）号"}
    county.refuse(MARKET, "transfer.letter", letter(), "RC-22a", to=CITY, matter=matter, **numbered)
    county.send(MARKET, CITY, "transfer.prior-notice", notice(), matter=matter)
    due, told = day("2025-12-04"), {"RC-22a": met(day("2025-12-01 10:00"))}
    county.stands(matter, SIDES, {**told, "RC-22b": owed(MARKET, due, start=day("2025-12-01 10:00"))})

    county.move("2025-12-04 23:59:59", MARKET)
    county.stands(matter, SIDES, {**told, "RC-22b": owed(MARKET, due, "amber")})
    county.refuse(MARKET, "transfer.letter", letter(), "RC-A1", to=CITY, matter=matter, officer=officer)
    sent = county.send(MARKET, CITY, "transfer.letter", letter(), matter=matter, sign=False, **numbered)
    assert county[CITY].show(sent["id"])["header"]["own_number"] == numbered["number"]
    told["RC-22b"] = met(due, due)
    review = {"RC-23b": owed(CITY, day("2025-12-09"), start=due)}
    county.stands(matter, SIDES, {**told, **review, "RC-23a": owed(CITY, start=due)}, [(sent, "open")])

    county.move("2025-12-05 01:00:00", CITY)  # an hour after it came
    county.stands(matter, SIDES, {**told, **review, "RC-23a": owed(CITY, light="red")}, [(sent, "open")])
    county.move("2025-12-05 09:00", CITY)
    county.settle()
    signed = county.sign(CITY, sent, agent="收发室王某")
    assert county[MARKET].wait_for(signed["id"])["body"]["agent_name"] == "收发室王某"
    told["RC-23a"] = met(day("2025-12-05 09:00"))
    county.stands(matter, SIDES, {**told, **review})

    county.move("2025-12-09 10:00", CITY)
    county.stands(matter, SIDES, {**told, "RC-23b": owed(CITY, day("2025-12-09"), "amber")})
    accepted = {"decided_at": day("2025-12-09 09:30"), "outcome": "accepted"}
    county.reply(CITY, sent, "transfer.review", accepted, officer=county[CITY].officers[0])
    told["RC-23b"] = met(day("2025-12-09 10:00"), day("2025-12-09"))
    county.stands(matter, SIDES, {**told, "RC-25": owed(CITY, start=""), "RC-25-record": owed(CITY, start="")})
    county.knows_nothing(JUSTICE, matter)

    county.move("2025-12-19 18:00", CITY)
    county.fact(CITY, "case.closed", body("case-closed", closed_at=day("2025-12-19 17:00")), matter=matter)
    due = day("2025-12-26")
    owing = owed(CITY, due, start=day("2025-12-19 17:00"))
    county.stands(matter, (CITY,), {**told, "RC-25": owing, "RC-25-record": owing})
    report = body("transfer-report", closed_at=day("2025-12-19 17:00"))
    county.move("2025-12-22 09:00", CITY)
    county.send(CITY, MARKET, "transfer.report", report, matter=matter)
    told["RC-25"] = met(day("2025-12-22 09:00"), due)
    county.stands(matter, (CITY,), {**told, "RC-25-record": owed(CITY, due)})  # the justice bureau has none: one is not enough
    county.stands(matter, (MARKET,), {**told, "RC-25-record": owed(CITY, due)})
    county.move("2025-12-27 00:00:00", CITY)
    county.stands(matter, (CITY,), {**told, "RC-25-record": overdue(CITY, due)})
    county.stands(matter, (MARKET,), {**told, "RC-25-record": owed(CITY, due, "amber", "unheard")})  # what others have it does not know
    county.knows_nothing(JUSTICE, matter)
    county.settle()  # who has heard of nothing does not remind
    county.move("2025-12-29 09:00", CITY)
    county.send(CITY, JUSTICE, "transfer.report", report, matter=matter)
    filed = {"RC-25-record": late(day("2025-12-29 09:00"), due)}
    county.stands(matter, (CITY,), {**told, **filed})
    unheard = owed(CITY, due, "amber", "unheard")  # nor it, in turn, what the transferor has
    county.stands(matter, (JUSTICE,), {**filed, "RC-25": unheard})
    county.settle()
    assert county[DISCIPLINE].messages() == []


def test_supplement_begins_a_new_period_and_a_refusal_returns_the_papers(county):
    county.move("2025-12-29 10:00", CITY)
    matter, sent = move_case(county, "荣市监移字〔2025〕第（2）号")
    officer, now = county[CITY].officers[0], day("2025-12-29 10:00")
    first = {"RC-22b": met(now, day("2026-01-04")), "RC-23a": met(now)}
    due = day("2026-01-04")  # the 30th, the 31st, and a Sunday that is worked
    county.stands(matter, SIDES, {**first, "RC-23b": owed(CITY, due, start=now)})
    lacking = {"decided_at": day("2025-12-29 09:50"), "outcome": "supplement"}
    county.refuse(CITY, "transfer.review", lacking, "missing", reply_to=sent, officer=officer)
    county.move("2025-12-31 16:00", CITY)
    asked = {"decided_at": day("2025-12-31 15:00"), "outcome": "supplement", "missing": ["店主询问笔录"]}
    asked = county.reply(CITY, sent, "transfer.review", asked, officer=officer)
    first["RC-23b"] = met(day("2025-12-31 16:00"), due)
    county.stands(matter, SIDES, first)

    county.move("2026-01-05 09:00", CITY)
    added = county.reply(MARKET, asked, "transfer.supplement", body("transfer-supplement"))
    again = day("2026-01-08")
    county.stands(matter, SIDES, {**first, "RC-23b-supplement": owed(CITY, again, start=day("2026-01-05 09:00"))})
    county.move("2026-01-09 00:00:00", CITY)
    county.stands(matter, SIDES, {**first, "RC-23b-supplement": overdue(CITY, again)})
    county.reminded(MARKET, CITY, "RC-23b-supplement", added, again)

    county.move("2026-01-09 09:00", CITY)
    refused = {"decided_at": day("2026-01-09 08:50"), "outcome": "refused", "reason": "处罚权未划转本局。"}
    county.refuse(CITY, "transfer.review", refused, "papers_returned", reply_to=sent, officer=officer)
    county.refuse(CITY, "transfer.review", {**refused, "reason": "", "papers_returned": "已退回"}, "reason", reply_to=sent, officer=officer)
    whole = {**refused, "papers_returned": "移送材料8份已于当日全部退回。"}
    answer = county.reply(CITY, sent, "transfer.review", whole, officer=officer)
    assert county[MARKET].show(answer["id"])["body"] == whole
    county.stands(matter, SIDES, {**first, "RC-23b-supplement": late(day("2026-01-09 09:00"), again)})  # and no closing report is owed
    county.settle()


def test_joint_plan_is_reviewed_then_approved_and_the_report_goes_by_its_form(county):
    county.move("2026-01-12 09:00", MARKET)
    plan = body("enforcement-plan", lead=MARKET, helpers=[CITY], time_limit_until=day("2026-01-16 18:00"))
    county.refuse(MARKET, "enforcement.plan", {**plan, "emergency_plan": ""}, "RC-18", "emergency_plan", to=[JUSTICE, GOV])
    county.refuse(MARKET, "enforcement.plan", plan, "RC-17a", to=[CITY, GOV])
    sent = county.send(MARKET, [JUSTICE, GOV], "enforcement.plan", plan)
    matter, now = sent["matter"], day("2026-01-12 09:00")
    county.stands(matter, (MARKET, JUSTICE), {"RC-5": owed(MARKET, start=now), "RC-17a": owed(JUSTICE, start=now)})
    operation = {"form": "joint", "place": "北港渔具市场", "tasks": "全面检查。"}
    county.refuse(MARKET, "enforcement.operation", operation, "RC-9a-operation", to=CITY, matter=matter)
    agreed = body("enforcement-approval", approved_at=day("2026-01-12 08:59"))
    county.refuse(GOV, "enforcement.approval", agreed, "RC-9a-approval", reply_to=sent)  # nobody has reviewed it
    county.refuse(GOV, "enforcement.opinion", body("enforcement-opinion"), "RC-9a-opinion", reply_to=sent)
    county.send(JUSTICE, [MARKET, GOV], "enforcement.opinion", body("enforcement-opinion"), reply_to=sent["id"])
    reviewed = {"RC-17a": met(now)}
    county.stands(matter, (MARKET, JUSTICE), {"RC-5": owed(MARKET), **reviewed})
    county.refuse(JUSTICE, "enforcement.approval", agreed, "RC-9a-approval", reply_to=sent)
    county.fact(MARKET, "measure.taken", body("measure-taken", taken_at=day("2026-01-12 08:30")), matter=matter)
    county.send(GOV, [MARKET, JUSTICE], "enforcement.approval", agreed, reply_to=sent["id"])
    county.stands(matter, (MARKET,), {"RC-5": met(now), **reviewed})
    county.send(MARKET, CITY, "enforcement.operation", operation, matter=matter)

    county.move("2026-01-16 18:00", MARKET)
    ended = {"ended_at": day("2026-01-16 17:30")}
    county.fact(MARKET, "operation.ended", {**ended, "form": "joint"}, matter=matter)
    due = day("2026-01-23")
    county.stands(matter, (MARKET,), {"RC-5": met(now), **reviewed, "RC-20": owed(MARKET, due, start=ended["ended_at"])})
    report = body("enforcement-report", **ended, appraisals=[{"agency": CITY, "appraisal": "按方案完成任务。"}])
    county.refuse(MARKET, "enforcement.report", report, "RC-20", to=JUSTICE, matter=matter)
    county.refuse(MARKET, "enforcement.report", {**report, "effect": ""}, "RC-20", "effect", to=GOV, matter=matter)
    alone = county.fact(MARKET, "operation.ended", {**ended, "form": "coordinated"})["matter"]
    county.stands(alone, (MARKET,), {"RC-13": owed(MARKET, due, start=ended["ended_at"])})

    county.move("2026-01-23 23:59:59", MARKET)
    county.stands(alone, (MARKET,), {"RC-13": owed(MARKET, due, "amber")})
    county.send(MARKET, GOV, "enforcement.report", report, matter=matter)
    county.stands(matter, (MARKET,), {"RC-5": met(now), **reviewed, "RC-20": met(due, due)})
    county.stands(matter, (GOV,), {"RC-5": met(now), **reviewed, "RC-20": met(due, due)})
    county.refuse(MARKET, "enforcement.report", {**report, "form": "coordinated"}, "RC-13", to=GOV, matter=alone)
    county.move("2026-01-24 00:00:00", MARKET)
    county.stands(alone, (MARKET,), {"RC-13": overdue(MARKET, due)})
    county.settle()  # the justice bureau has heard of no operation, and does not remind
    county.send(MARKET, JUSTICE, "enforcement.report", {**report, "form": "coordinated"}, matter=alone)
    county.stands(alone, (MARKET, JUSTICE), {"RC-13": late(day("2026-01-24 00:00:00"), due)})
    county.settle()


def test_query_is_answered_within_three_working_days_and_at_once_where_it_is_urgent(county):
    county.move("2026-01-26 09:00", MARKET)
    asked = county.send(CITY, MARKET, "info.query", body("info-query"))
    urgent = county.send(CITY, MARKET, "info.query", body("info-query"), urgent="证据可能灭失")
    due, now = day("2026-01-29"), day("2026-01-26 09:00")
    county.stands(asked["matter"], SIDES, {"RC-27b": owed(MARKET, due, start=now)})
    county.stands(urgent["matter"], SIDES, {"RC-27b": owed(MARKET, start=now)})
    county.move("2026-01-26 10:00", MARKET)
    county.stands(urgent["matter"], SIDES, {"RC-27b": owed(MARKET, light="red")})
    county.refuse(MARKET, "info.refusal", {"reason": "保密。"}, "statute", reply_to=urgent)
    county.reply(MARKET, urgent, "info.answer", body("info-answer"))
    county.stands(urgent["matter"], SIDES, {"RC-27b": met(day("2026-01-26 10:00"))})
    county.move("2026-01-30 00:00:00", MARKET)
    county.stands(asked["matter"], SIDES, {"RC-27b": overdue(MARKET, due)})
    county.reminded(CITY, MARKET, "RC-27b", asked, due)
    county.reply(MARKET, asked, "info.answer", body("info-answer"))
    county.stands(asked["matter"], SIDES, {"RC-27b": late(day("2026-01-30 00:00:00"), due)})
    county.settle()


def test_letter_that_is_late_is_reminded_of_once_and_nothing_goes_to_the_discipline_inspection(county):
    county.move("2026-02-02 09:00", MARKET)
    told = county.send(MARKET, CITY, "transfer.prior-notice", notice())
    due = day("2026-02-05")
    county.move("2026-02-06 00:00:00", MARKET)
    county.stands(told["matter"], SIDES, {"RC-22b": overdue(MARKET, due)})
    county.reminded(CITY, MARKET, "RC-22b", told, due)
    county.move("2026-02-09 09:00", MARKET)
    county.settle()
    for above in (DISCIPLINE, JUSTICE, GOV):
        county.knows_nothing(above, told["matter"])
    misconduct = body("supervision-misconduct")
    county.refuse(CITY, "supervision.misconduct", misconduct, "RC-31", to=MARKET, matter=told["matter"])  # a person's act, and to nobody else
    assert county[DISCIPLINE].messages() == []


def test_what_began_before_the_regulation_expired_goes_on_and_what_begins_after_is_national(county):
    county.move("2026-02-17 23:59:59", MARKET)
    last = county.send(MARKET, CITY, "transfer.prior-notice", notice())
    due = day("2026-02-26")  # nine days off
    county.stands(last["matter"], SIDES, {"RC-22b": owed(MARKET, due, start=day("2026-02-17 23:59:59"))})
    county.move("2026-02-18 00:00:00", MARKET)
    first = county.send(MARKET, CITY, "transfer.prior-notice", notice())
    old, new = (county[CITY].show(message["id"])["header"]["procedure"] for message in (last, first))
    assert old != new
    county.stands(first["matter"], SIDES, {})
    options = {"officer": county[MARKET].officers[0], "number": "荣市监移字〔2026〕第（1）号"}
    county.send(MARKET, CITY, "transfer.letter", letter(), matter=first["matter"], **options)
    county.stands(first["matter"], SIDES, {})  # the receiver is no market regulator
    back = county.send(CITY, MARKET, "transfer.letter", letter(), officer=county[CITY].officers[0])
    county.stands(back["matter"], SIDES, {"NAT-market-verify": owed(MARKET, day("2026-03-13"), start=day("2026-02-18 00:00:00"))})

    county.move("2026-02-26 23:59:59", MARKET)
    county.stands(last["matter"], SIDES, {"RC-22b": owed(MARKET, due, "amber")})
    sent = county.send(MARKET, CITY, "transfer.letter", letter(), matter=last["matter"], officer=options["officer"], number="荣市监移字〔2026〕第（2）号")
    assert county[CITY].show(sent["id"])["header"]["procedure"] == old
    review = owed(CITY, day("2026-03-02"), start=due)
    county.stands(last["matter"], SIDES, {"RC-22b": met(due, due), "RC-23a": met(due), "RC-23b": review})
    county.settle()
