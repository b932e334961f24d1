# SPDX-License-Identifier: Apache-2.0
"""Duties as time goes by: amber, overdue, unheard, late; over National Day 2025 and beyond."""

import pytest

from agency import BUILD, BUREAU, ED25519, JIA, SM2, example, is_event, lead, run, until
from conftest import open_town

MONDAY = "2025-09-29T10:00:00+08:00"


@pytest.fixture
def eve():
    """Two days before the holiday."""
    with open_town((BUREAU, ED25519, True), (JIA, SM2, False), clock=MONDAY) as town:
        yield town


def light(agency, name, matter):
    duty = agency.duty(name, matter)
    return duty["state"], duty["light"]


def wait_light(agency, name, matter, state, colour):
    until(
        lambda: light(agency, name, matter) == (state, colour),
        f"{name} at {agency.id} is {state} {colour}, not {light(agency, name, matter)}",
    )


def counts(agency):
    status = agency.status()
    return int(status["amber"]), int(status["red"])


def move(town, to):
    """The debtor's clock first."""
    town.move_clocks(to, town[JIA], town[BUREAU])


def told(watch, duty, *types):
    """Which of these were told of the duty, in order."""
    return [
        event["type"]
        for event in watch.gather()
        if event["type"] in types and event.get("duty", {}).get("duty") == duty
    ]


def test_duty_turns_amber_on_its_last_working_day_and_overdue_after_it_over_the_holiday(eve):
    bureau, jia = eve[BUREAU], eve[JIA]
    watch = bureau.watch()
    notice = bureau.send("lead.notice", JIA, lead(discovered_at="2025-09-29T09:00:00+08:00"))
    matter = notice["matter"]
    for agency in eve:
        joint = agency.wait_duty("YC-1.1.2", matter, "open")
        assert joint["due_at"] == "2025-10-10T23:59:59+08:00"
        assert "国庆" in joint["explanation"]
        assert agency.duty("sign-for", matter)["due_at"] == "2025-09-30T23:59:59+08:00"

    move(eve, "2025-09-29T23:59:59+08:00")
    assert light(jia, "sign-for", matter) == ("open", "green")
    move(eve, "2025-09-30T00:00:00+08:00")
    for agency in eve:
        wait_light(agency, "sign-for", matter, "open", "amber")
        assert counts(agency) == (1, 0)
    jia.acknowledge(notice["id"])
    for agency in eve:
        agency.wait_duty("sign-for", matter, "met")
        until(lambda: counts(agency) == (0, 0), "nothing is amber")

    for day in ("2025-10-01", "2025-10-08", "2025-10-09"):
        move(eve, f"{day}T12:00:00+08:00")
        for agency in eve:
            assert light(agency, "YC-1.1.2", matter) == ("open", "green"), day
    move(eve, "2025-10-10T00:00:00+08:00")
    for agency in eve:
        wait_light(agency, "YC-1.1.2", matter, "open", "amber")
    watch.wait(is_event("due-soon", duty="YC-1.1.2"), "the last day is told")

    move(eve, "2025-10-10T23:59:59+08:00")
    assert light(jia, "YC-1.1.2", matter) == ("open", "amber"), "the last second is on time"
    move(eve, "2025-10-11T00:00:01+08:00")
    for agency in eve:
        wait_light(agency, "YC-1.1.2", matter, "overdue", "red")
        assert sorted(agency.duty("YC-1.1.2", matter)["owing"]) == [JIA, BUREAU]
        assert counts(agency) == (0, 1)
    watch.wait(is_event("overdue", duty="YC-1.1.2"), "the end is told")
    assert told(watch, "YC-1.1.2", "owed", "due-soon", "overdue") == ["owed", "due-soon", "overdue"]


def test_late_answer_is_met_late_alike_at_both_sides(eve):
    bureau, jia = eve[BUREAU], eve[JIA]
    notice = bureau.send("lead.notice", JIA, lead(discovered_at="2025-09-29T09:00:00+08:00"))
    matter = notice["matter"]
    jia.wait_for(notice["id"])
    bureau.wait_state(notice["id"], "arrived")
    move(eve, "2025-10-13T09:00:00+08:00")
    for agency in eve:
        agency.wait_duty("YC-1.1.2", matter, "overdue")
    meeting = example("lead-assessment", held_at="2025-10-13T08:30:00+08:00")
    assessment = jia.reply(notice["id"], "lead.assessment", meeting)
    bureau.wait_for(assessment["id"])
    assert bureau.wait_duty("YC-1.1.2", matter, "one-sided")["owing"] == [BUREAU]
    assert light(bureau, "YC-1.1.2", matter) == ("one-sided", "red")
    bureau.confirm(assessment["id"])
    for agency in eve:
        duty = agency.wait_duty("YC-1.1.2", matter, "met-late")
        assert duty["met_at"] == "2025-10-13T09:00:00+08:00" and duty["light"] == "none"
        signed = agency.duty("sign-for", matter, opened_by=notice["id"])
        assert signed["state"] == "overdue", "an answer is no signature"


def test_silence_of_a_debtor_that_cannot_be_heard_is_never_called_overdue(eve):
    bureau, jia = eve[BUREAU], eve[JIA]
    notice = bureau.send("note", JIA, example("note"))
    matter = notice["matter"]
    jia.wait_duty("sign-for", matter, "open")
    bureau.wait_duty("sign-for", matter, "open")
    watch = bureau.watch()
    jia.stop()

    bureau.move_clock("2025-10-01T08:00:00+08:00")
    wait_light(bureau, "sign-for", matter, "unheard", "amber")
    for day in ("2025-10-09", "2025-11-10", "2025-12-01"):
        bureau.move_clock(f"{day}T08:00:00+08:00")
        bureau.fact("lead.discovered", example("lead-discovered"))  # turns go by
        assert light(bureau, "sign-for", matter) == ("unheard", "amber")
    bureau.restart()
    assert light(bureau, "sign-for", matter) == ("unheard", "amber")

    jia.clock = "2025-12-01T08:00:00+08:00"
    jia.start()
    for agency in eve:
        wait_light(agency, "sign-for", matter, "overdue", "red")
    until(lambda: told(watch, "sign-for", "unheard", "overdue") == ["unheard", "overdue"], "told")


def test_what_was_signed_in_time_and_could_not_be_sent_is_met_late_and_never_overdue(eve):
    bureau, jia = eve[BUREAU], eve[JIA]
    note = bureau.send("note", JIA, example("note"))
    matter = note["matter"]
    jia.wait_for(note["id"])
    bureau.wait_duty("sign-for", matter, "open")
    before = bureau.here()
    bureau.stop()
    signed = jia.acknowledge(note["id"])
    jia.stop()
    watch = bureau.start().watch(before)
    bureau.move_clock("2025-10-01T08:00:00+08:00")
    bureau.wait_duty("sign-for", matter, "unheard")
    jia.clock = "2025-10-01T08:00:00+08:00"
    jia.start()
    for agency in eve:
        duty = agency.wait_duty("sign-for", matter, "met-late")
        assert duty["met_by"] == signed["id"]
        assert duty["met_at"] == "2025-10-01T08:00:00+08:00", "it counts at its arrival"
    assert "overdue" not in told(watch, "sign-for", "unheard", "overdue", "met-late")


def test_debtor_whose_clock_has_not_passed_the_due_time_is_not_overdue_yet(eve):
    """The creditor's clock runs ahead; the debtor may still act in time by its own."""
    bureau, jia = eve[BUREAU], eve[JIA]
    note = bureau.send("note", JIA, example("note"))
    matter = note["matter"]
    jia.wait_duty("sign-for", matter, "open")
    bureau.wait_duty("sign-for", matter, "open")
    bureau.move_clock("2025-10-01T00:00:05+08:00")
    wait_light(bureau, "sign-for", matter, "unheard", "amber")
    assert light(jia, "sign-for", matter)[0] == "open"
    jia.move_clock("2025-10-01T00:00:05+08:00")
    for agency in eve:
        wait_light(agency, "sign-for", matter, "overdue", "red")


def test_due_time_that_passes_while_everybody_is_stopped_is_seen_at_the_start(eve):
    bureau, jia = eve[BUREAU], eve[JIA]
    note = bureau.send("note", JIA, example("note"))
    matter = note["matter"]
    for agency in eve:
        agency.wait_duty("sign-for", matter, "open")
    for agency in eve:
        agency.stop()
        agency.clock = "2025-10-01T08:00:00+08:00"
    for agency in eve:
        agency.start()
    for agency in eve:
        wait_light(agency, "sign-for", matter, "overdue", "red")


def test_lists_of_duties_are_cut_by_debtor_and_light(eve):
    bureau, jia = eve[BUREAU], eve[JIA]
    notice = bureau.send("lead.notice", JIA, lead(discovered_at="2025-09-29T09:00:00+08:00"))
    for agency in eve:
        agency.wait_duty("sign-for", notice["matter"], "open")
    move(eve, "2025-09-30T08:00:00+08:00")
    wait_light(bureau, "sign-for", notice["matter"], "open", "amber")

    def names(*words):
        return sorted(duty["duty"] for duty in bureau.duties(*words))

    assert names() == ["YC-1.1.2", "sign-for"]
    assert names("--owed-by", "us") == ["YC-1.1.2"], "owed by both"
    assert names("--owed-by", "them") == ["sign-for"]
    assert names("--light", "amber") == ["sign-for"]
    assert names("--light", "green") == ["YC-1.1.2"]
    assert names("--light", "red") == []
    assert names("--closed") == ["YC-1.1.1", "YC-1.1.2", "sign-for"]


def test_due_beyond_the_known_calendar_is_unknown_and_turns_nothing_overdue():
    members = ((BUREAU, SM2, True), (JIA, SM2, False))
    with open_town(*members, clock="2026-12-30T10:00:00+08:00") as town:
        bureau = town[BUREAU]
        found = lead(discovered_at="2026-12-30T09:00:00+08:00")
        matter = bureau.send("lead.notice", JIA, found)["matter"]
        for agency in town:
            duty = agency.wait_duty("YC-1.1.2", matter, "open")
            assert duty["due_text"] == "unknown:2027"
        move(town, "2027-03-01T10:00:00+08:00")
        for agency in town:
            assert agency.duty("YC-1.1.2", matter)["state"] == "open"


@pytest.mark.parametrize(
    "words, status, says",
    [
        (["--from", "2026-02-13T17:00:00+08:00", "--within", "3 workdays"],
         0, "2026-02-25T23:59:59+08:00"),
        (["--from", "2025-09-29T10:00:00+08:00", "--within", "3 workdays", "--region", "653126"],
         0, "2025-10-10T23:59:59+08:00"),
        (["--from", "2026-12-30T10:00:00+08:00", "--within", "3 workdays"], 3, "unknown:2027"),
        (["--from", "2025-09-24T09:40:00+08:00", "--within", "24 hours"],
         0, "2025-09-25T09:40:00+08:00"),
    ],
)
def test_clock_command_counts_as_the_daemon_does(words, status, says):
    outcome = run(BUILD / "liaison", "clock", *words)
    assert (outcome.status, outcome.out.strip()) == (status, says)


# --------------------------------------------------------------------------------------- two clocks


def test_peer_whose_clock_is_ten_minutes_off_is_accepted_marked_and_alarmed():
    members = ((BUREAU, ED25519, True), (JIA, SM2, False))
    clocks = {JIA: "2025-09-24T10:10:00+08:00"}
    with open_town(*members, clocks=clocks) as town:
        bureau, jia = town[BUREAU], town[JIA]
        assert bureau.peer(JIA)["skew_ms"] == "600000"
        assert jia.peer(BUREAU)["skew_ms"] == "-600000"
        for agency, other in ((bureau, JIA), (jia, BUREAU)):
            assert any(
                a.startswith(f"clock-skew {other}") for a in agency.status()["alarms"]
            ), agency.id

        notice = bureau.send("lead.notice", JIA, lead())
        arrived = jia.wait_for(notice["id"])
        assert arrived["marks"] == ["clock-skew"]
        assert arrived["received_at"] == "2025-09-24T10:10:00+08:00"
        bureau.wait_state(notice["id"], "arrived")
        signed = jia.acknowledge(notice["id"])
        assert bureau.wait_for(signed["id"])["marks"] == ["clock-skew"]
        for agency in town:
            agency.wait_duty("sign-for", notice["matter"], "met")


def test_peer_half_a_minute_off_is_neither_marked_nor_alarmed():
    members = ((BUREAU, ED25519, True), (JIA, SM2, False))
    with open_town(*members, clocks={JIA: "2025-09-24T10:00:30+08:00"}) as town:
        note = town[BUREAU].send("note", JIA, example("note"))["id"]
        assert town[JIA].wait_for(note)["marks"] == []
        assert town[BUREAU].alarms() == town[JIA].alarms() == []


def test_clock_goes_forward_only(eve):
    bureau = eve[BUREAU]
    for to in ("2025-09-29T09:59:59+08:00", MONDAY):
        assert bureau.cli("test-clock", to).code == "value"
    assert bureau.cli("test-clock", "tomorrow").status in (1, 2)
    bureau.stop()
    bureau.clock = "2025-09-01T00:00:00+08:00"
    bureau.start()
    assert bureau.status()["now"] == MONDAY, "never before the last turn"
