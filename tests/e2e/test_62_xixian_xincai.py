# SPDX-License-Identifier: Apache-2.0
"""息县、新蔡：two counties, three real daemons, autumn 2025 to the first days of 2026.

The only number in the text is 30 days for the minutes; what has to be done promptly shows its age and is never late. Fifteen working days bind a market
regulator that is asked by letter, and nobody else. Above the two counties nobody is a member: what is referred upward goes on paper."""

import pytest

from agency import until
from county import body, late, met, open_county, overdue, owed
from scenario import day

XIXIAN, XINCAI, ECOLOGY = "xixian-scjg", "xincai-scjg", "xincai-sthj"
MEMBERS = ((XIXIAN, "411528", "market"), (XINCAI, "411729", "market"), (ECOLOGY, "411729", "environment"))
BOTH = (XIXIAN, XINCAI)


@pytest.fixture(scope="module")
def county():
    with open_county("xixian-xincai", "2025-09-24 10:00", MEMBERS) as county:
        yield county


def year(county, agency, number):
    """The matter of the year that the daemon has entered, and whether its agency is host."""

    def entered():
        years = [m for m in county[agency].messages() if m["header"]["kind"] == "year.begun" and m["header"]["author"] == agency]
        return next((m for m in years if m["body"]["year"] == number), None)

    message = until(entered, f"{agency} enters {number}")
    assert message["body"]["began_at"] == day(f"{number}-01-01 00:00")
    return message["header"]["matter"], message["body"]["host"]


def test_each_daemon_has_entered_the_year_and_the_host_alone_owes_the_meeting(county):
    for agency, host in ((XIXIAN, "no"), (XINCAI, "yes"), (ECOLOGY, "no")):
        matter, is_host = year(county, agency, "2025")
        assert is_host == host, "息县 began in 2022, and they alternate"
        wanted = {"XX-2.5b": owed(agency, light="amber"), "XX-3.2b": owed(agency)}
        if host == "yes":
            wanted["XX-2.6a"] = owed(agency, day("2025-12-31"), start=day("2025-01-01 00:00"))
        county.stands(matter, (agency,), wanted)
    assert sorted((author, kind) for author, kind, _, _ in county.unasked()) == sorted((agency, "year.begun") for agency, _, _ in MEMBERS)


def test_lead_crosses_the_county_line_with_items(county):
    officer = county[XIXIAN].officers[0]
    found = county.fact(XIXIAN, "lead.discovered", body("lead-discovered", discovered_at=day("2025-09-24 09:40"), grounds=["cross-area"]))
    matter = found["matter"]
    county.stands(matter, (XIXIAN,), {"XX-2.1a": owed(XIXIAN, start=day("2025-09-24 09:40"))})
    county.knows_nothing(XINCAI, matter)

    county.move("2025-09-26 15:00", XIXIAN)  # more than a day, and two working days: neither is asked for here
    county.stands(matter, (XIXIAN,), {"XX-2.1a": owed(XIXIAN)})
    letter = body("transfer-letter", outstanding="both", ground="cross-area", accepted_at=day("2025-09-24 14:00"))
    letter["items"][0]["seized_until"] = day("2025-10-23")
    letter = county.send(XIXIAN, XINCAI, "transfer.letter", letter, matter=matter, officer=officer)
    moved = {"XX-2.1a": met(day("2025-09-26 15:00"))}
    county.stands(matter, BOTH, {**moved, "XX-2.1b": owed(XIXIAN, start=day("2025-09-26 15:00"))})

    county.move("2025-09-28 09:30", XIXIAN)  # a Sunday that is worked
    listed = county.send(XIXIAN, XINCAI, "handover.list", body("handover-list", handed_at=day("2025-09-28 09:00")), matter=matter)
    county.stands(matter, BOTH, {**moved, "XX-2.1b": met(day("2025-09-28 09:30"))})
    whole = {"handed_at": day("2025-09-28 09:00"), "complete": "yes"}
    assert county[XINCAI].cli("reply", listed["id"], "handover.receipt", "-", body=whole).code == "officer", "somebody has to put his name to it"
    receipt = county.reply(XINCAI, listed, "handover.receipt", whole, officer=county[XINCAI].officers[0])
    assert county[XIXIAN].show(receipt["id"])["body"] == whole
    assert county[XINCAI].show(letter["id"])["body"]["items"][0]["seized_until"] == day("2025-10-23")
    county.stands(matter, BOTH, {**moved, "XX-2.1b": met(day("2025-09-28 09:30"))})
    county.settle()


def test_nothing_is_lost_and_nobody_called_late_while_the_machine_is_off_over_the_holiday(county):
    county.move("2025-09-30 10:00", XINCAI)
    first = county.send(XIXIAN, XINCAI, "note", body("note"), sign=False)
    aside = county.send(XIXIAN, ECOLOGY, "note", body("note"), sign=False)
    for agency, note in ((XINCAI, first), (ECOLOGY, aside)):
        for side in (XIXIAN, agency):
            assert county[side].wait_duty("sign-for", note["matter"], "open")["due_at"] == day("2025-10-09"), "eight days off"
    county[XINCAI].stop()
    county[ECOLOGY].stop()

    county.move("2025-10-03 09:00")
    found = county.fact(XIXIAN, "complaint.received", body("complaint-received", received_at=day("2025-10-03 08:30")))
    matter = found["matter"]
    sent = county.keep(county[XIXIAN].send("lead.notice", XINCAI, body("lead-food-expired", discovered_at=day("2025-10-03 08:30")), matter=matter))
    assert county[XIXIAN].show(sent["id"])["state"] == "queued"
    county.stands(matter, (XIXIAN,), {"XX-2.1a": owed(XIXIAN, start=day("2025-10-03 08:30"))})
    assert county[XIXIAN].duty("sign-for", matter) is None, "nobody has it yet, and nothing runs"

    county.move("2025-10-09 00:00:01")
    for note in (first, aside):
        assert county[XIXIAN].wait_duty("sign-for", note["matter"], "open")["light"] == "amber"
    county[XINCAI].clock = day("2025-10-09 08:00")
    county.move("2025-10-09 08:00")
    county[XINCAI].start()
    county[XINCAI].wait_for(sent["id"])
    county.sign(XINCAI, first)
    county.stands(matter, BOTH, {"XX-2.1a": met(day("2025-10-09 08:00"))}, [(sent, "open")])
    for agency in BOTH:
        assert county[agency].duty("sign-for", matter)["due_at"] == day("2025-10-10")
        assert county[agency].wait_duty("sign-for", first["matter"], "met")["met_at"] == day("2025-10-09 08:00")
    county.sign(XINCAI, sent)
    county.stands(matter, BOTH, {"XX-2.1a": met(day("2025-10-09 08:00"))})

    county.move("2025-10-10 00:00:01", XINCAI)
    assert county[XIXIAN].wait_duty("sign-for", aside["matter"], "unheard")["light"] == "amber"
    county.settle()  # who is not heard is not reminded
    county[ECOLOGY].clock = day("2025-10-10 08:00")
    county.move("2025-10-10 08:00", XINCAI)
    county[ECOLOGY].start()
    for agency in (XIXIAN, ECOLOGY):
        assert county[agency].wait_duty("sign-for", aside["matter"], "overdue", aside["id"])["owing"] == [ECOLOGY]
    reminder = county.reminded(XIXIAN, ECOLOGY, "sign-for", aside, day("2025-10-09"), sign=False)
    county.settle()
    county.move("2025-10-14 08:00", ECOLOGY)
    for agency in (XIXIAN, ECOLOGY):
        county[agency].wait_duty("sign-for", aside["matter"], "overdue", opened_by=reminder["id"])
    county.sign(ECOLOGY, aside)
    for agency in (XIXIAN, ECOLOGY):
        duty = county[agency].wait_duty("sign-for", aside["matter"], "met-late", opened_by=aside["id"])
        assert duty["met_at"] == day("2025-10-14 08:00")
    county.settle()  # neither again, nor of the reminder


def test_letter_of_inquiry_binds_a_market_regulator_to_fifteen_working_days_and_nobody_else(county):
    county.move("2025-10-15 09:00", XINCAI, ECOLOGY)
    ask = body("assistance-request", form="letter", ground="held-by-other")
    for lacking in ("subject", "text", "ground"):
        county.refuse(XIXIAN, "assistance.request", body("assistance-request", lacking, form="letter"), lacking, to=XINCAI)
    by_phone = dict(ask, channel="phone", notified_at=day("2025-10-15 08:50"), notified_person="刘洋")
    county.refuse(XIXIAN, "assistance.request", by_phone, "channel", to=XINCAI)

    notice = county.send(XIXIAN, XINCAI, "assistance.request", body("assistance-request", form="prior-notice"))
    county.stands(notice["matter"], BOTH, {"XX-2.2b": owed(XINCAI, start=day("2025-10-15 09:00"))})
    county.reply(XINCAI, notice, "assistance.acceptance", body("assistance-acceptance"))
    county.stands(notice["matter"], BOTH, {"XX-2.2b": met(day("2025-10-15 09:00"))})

    due = day("2025-11-05")
    market = county.send(XIXIAN, XINCAI, "assistance.request", ask, officer=county[XIXIAN].officers[0])
    other = county.send(XIXIAN, ECOLOGY, "assistance.request", ask, officer=county[XIXIAN].officers[0])
    promptly = owed(XINCAI, start=day("2025-10-15 09:00"))
    county.stands(market["matter"], BOTH, {"XX-2.2d": promptly, "XX-2.2d-market": owed(XINCAI, due, start=day("2025-10-15 09:00"))})
    county.stands(other["matter"], (XIXIAN, ECOLOGY), {"XX-2.2d": owed(ECOLOGY)})

    county.move("2025-11-05 23:59:59", XINCAI, ECOLOGY)
    promptly = owed(XINCAI, light="amber")
    county.stands(market["matter"], BOTH, {"XX-2.2d": promptly, "XX-2.2d-market": owed(XINCAI, due, "amber")})
    county.settle()
    county.move("2025-11-06 00:00:00", XINCAI, ECOLOGY)
    county.stands(market["matter"], BOTH, {"XX-2.2d": promptly, "XX-2.2d-market": overdue(XINCAI, due)})
    county.stands(other["matter"], (XIXIAN, ECOLOGY), {"XX-2.2d": owed(ECOLOGY, light="amber")})
    county.refuse(XINCAI, "assistance.result", body("assistance-result", done_at=day("2025-11-05 17:00")), "reply", to=XIXIAN, matter=market["matter"])

    county.move("2025-11-06 10:00", XINCAI, ECOLOGY)
    county.reminded(XIXIAN, XINCAI, "XX-2.2d-market", market, due)
    result = body("assistance-result", done_at=day("2025-11-06 09:00"))
    given = county.reply(XINCAI, market, "assistance.result", result)
    assert county[XIXIAN].show(given["id"])["body"] == result
    when = day("2025-11-06 10:00")
    county.stands(market["matter"], BOTH, {"XX-2.2d": met(when), "XX-2.2d-market": late(when, due)})
    county.reply(ECOLOGY, other, "assistance.result", result)
    county.stands(other["matter"], (XIXIAN, ECOLOGY), {"XX-2.2d": met(when)})
    county.settle()


def test_time_for_an_inquiry_is_extended_before_it_has_passed(county):
    county.move("2025-11-10 09:00", XINCAI)
    asked = county.send(XIXIAN, XINCAI, "assistance.request", body("assistance-request", form="letter"))
    county.stands(asked["matter"], BOTH, {"XX-2.2d": owed(XINCAI), "XX-2.2d-market": owed(XINCAI, day("2025-12-01"))})
    county.move("2025-11-12 09:00", XINCAI)
    county.reply(XINCAI, asked, "assistance.extension", body("assistance-extension", extended_until=day("2025-12-05")))
    longer = owed(XINCAI, day("2025-12-05"), state="extended")
    county.stands(asked["matter"], BOTH, {"XX-2.2d": owed(XINCAI), "XX-2.2d-market": longer})
    county.reply(XINCAI, asked, "assistance.result", body("assistance-result", done_at=day("2025-11-12 08:00")))
    county.stands(asked["matter"], BOTH, {"XX-2.2d": met(), "XX-2.2d-market": met(day("2025-11-12 09:00"), day("2025-12-05"))})
    county.settle()


def test_evidence_of_the_other_county_is_recognised_once_it_is_verified(county):
    county.move("2025-11-13 09:00", XINCAI, XIXIAN)
    evidence = body("evidence-shared", collected_by=XINCAI, collected_at=day("2025-11-12 17:00"))
    county.refuse(XINCAI, "evidence.shared", {**evidence, "collected_by": ""}, "collected_by", "XX-2.4a-collected", to=XIXIAN)
    shared = county.send(XINCAI, XIXIAN, "evidence.shared", evidence)
    matter = shared["matter"]
    county.stands(matter, BOTH, {"XX-2.4a": owed(XIXIAN, start=day("2025-11-13 09:00"))})
    county.refuse(XIXIAN, "evidence.review", {"outcome": "to-verify"}, "reason", reply_to=shared)
    county.reply(XIXIAN, shared, "evidence.review", {"outcome": "to-verify", "reason": "拟实地核查询问笔录。"})
    county.stands(matter, BOTH, {"XX-2.4a": owed(XIXIAN)})
    county.move("2025-11-24 09:00", XINCAI, XIXIAN)
    county.stands(matter, BOTH, {"XX-2.4a": owed(XIXIAN, light="amber")})
    county.reply(XIXIAN, shared, "evidence.review", {"outcome": "recognised"})
    county.stands(matter, BOTH, {"XX-2.4a": met(day("2025-11-24 09:00"))})
    county.settle()


def test_referral_to_a_superior_outside_goes_on_paper_and_is_recorded(county):
    county.move("2025-11-25 09:00", XINCAI)
    letter = body("transfer-letter", outstanding="none", ground="no-jurisdiction", accepted_at=day("2025-11-24 09:00"))
    letter = county.send(XIXIAN, XINCAI, "transfer.letter", letter, officer=county[XIXIAN].officers[0])
    matter = letter["matter"]
    county.reply(XINCAI, letter, "dispute.objection", body("dispute-objection", competent=XIXIAN))
    disputed = {"settled": "no", "held_at": day("2025-11-25 08:30"), "text": "各自陈述意见，未能协商一致。"}
    talks = county.reply(XIXIAN, letter, "dispute.negotiation", disputed, sign=False)
    county.stands(matter, BOTH, {}, [(talks, "open")])  # the two counties agreed on no period for this
    county.sign(XINCAI, talks)
    superior = "henan-scjg"
    submission = body("dispute-submission", "notified_at", "notified_person", channel="platform")
    county.refuse(XIXIAN, "dispute.submission", submission, to=superior, matter=matter)

    county.move("2025-11-26 16:00", XINCAI)
    act = {"what": "就管辖争议书面报请省市场监督管理局指定管辖。", "channel": "written", "notified_at": day("2025-11-26 15:20")}
    county.refuse(XIXIAN, "offline.act", {**act, "channel": "platform"}, "channel", to=XINCAI, matter=matter)
    paper = county.send(XIXIAN, XINCAI, "offline.act", act, sign=False, matter=matter, officer=county[XIXIAN].officers[0])
    county.confirm(XINCAI, paper)
    for agency in BOTH:
        assert county[agency].show(paper["id"])["body"] == act
        until(lambda: "confirm" in [m["header"]["kind"] for m in county[agency].matter(matter)["messages"]], "it is confirmed")
    county.stands(matter, BOTH, {})
    county.settle()


def test_host_of_the_year_meets_and_sends_the_minutes_within_thirty_days(county):
    county.move("2025-12-02 18:00", XINCAI)
    matter, _ = year(county, XINCAI, "2025")
    foreign, _ = year(county, XIXIAN, "2025")
    meeting = body("meeting-held", purpose="yearly", held_at=day("2025-12-02 09:00"))
    for person in meeting["participants"]:
        person["agency"] = XINCAI
    county.refuse(XIXIAN, "meeting.held", meeting, "XX-2.6a", matter=foreign)
    own = {"XX-2.5b": owed(XINCAI, light="amber"), "XX-3.2b": owed(XINCAI, light="amber")}
    county.stands(matter, (XINCAI,), {**own, "XX-2.6a": owed(XINCAI, day("2025-12-31"))})
    county.fact(XINCAI, "meeting.held", meeting, matter=matter)
    held = {**own, "XX-2.6a": met(day("2025-12-02 18:00"), day("2025-12-31"))}
    due = day("2026-01-04")  # the thirtieth day is New Year's Day; the 4th, a Sunday, is worked
    county.stands(matter, (XINCAI,), {**held, "XX-2.6c": owed(XINCAI, due, start=day("2025-12-02 09:00"))})
    county.knows_nothing(XIXIAN, matter)

    county.move("2026-01-01 00:00:00", XINCAI)
    coming, is_host = year(county, XIXIAN, "2026")
    assert is_host == "yes" and year(county, XINCAI, "2026")[1] == "no", "now it is the other county's turn"
    begun = {"XX-2.5b": owed(XIXIAN), "XX-3.2b": owed(XIXIAN), "XX-2.6a": owed(XIXIAN, day("2026-12-31"))}
    county.stands(coming, (XIXIAN,), begun)
    assert sorted((author, kind) for author, kind, _, _ in county.unasked()) == sorted((agency, "year.begun") for agency, _, _ in MEMBERS)

    county.move("2026-01-04 00:00:00", XINCAI)
    county.stands(matter, (XINCAI,), {**held, "XX-2.6c": owed(XINCAI, due, "amber")})
    county.move("2026-01-04 23:59:59", XINCAI)
    minutes = body("meeting-minutes", held_at=day("2025-12-02 09:00"), participants=meeting["participants"])
    county.send(XINCAI, XIXIAN, "meeting.minutes", minutes, matter=matter)
    sent = {"XX-2.6c": met(due, due), "XX-2.3b": owed(BOTH, start=due)}
    county.stands(matter, (XINCAI,), {**held, **sent})
    county.stands(matter, (XIXIAN,), sent)  # the meeting came along with the minutes that it called for; the year had ended in a book
    county.settle()
