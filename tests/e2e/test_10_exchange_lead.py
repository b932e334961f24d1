# SPDX-License-Identifier: Apache-2.0
"""A lead from its discovery to the confirmed assessment, as both sides see it."""

import time

import pytest

from agency import BUREAU, ED25519, JIA, SM2, example, is_event, lead, run, until
from conftest import open_town

SUITES = [(SM2, SM2), (ED25519, ED25519), (ED25519, SM2), (SM2, ED25519)]


def verdicts(agency, matter):
    """What must be equal at every party: which duties, how they stand, by when, met when."""
    told = ("duty", "state", "light", "start_at", "due_at", "due_text", "met_at", "met_by")
    return {
        duty["obligation"]: {name: duty.get(name) for name in told}
        for duty in agency.matter(matter)["duties"]
    }


def state_of(agency, matter):
    return {duty["duty"]: duty["state"] for duty in agency.matter(matter)["duties"]}


def delivery(agency, message, recipient):
    shown = agency.show(message)["deliveries"]
    return next(row for row in shown if row["agency"] == recipient)


@pytest.mark.parametrize("suites", SUITES, ids=lambda s: "-".join(x.split("-")[0] for x in s))
def test_lead_is_discovered_told_signed_for_assessed_confirmed_and_met(suites):
    members = ((BUREAU, suites[0], True), (JIA, suites[1], False))
    with open_town(*members) as town:
        bureau, jia = town[BUREAU], town[JIA]

        found = bureau.fact("lead.discovered", example("lead-discovered"))
        matter = found["matter"]
        assert [d["due_at"] for d in found["duties"]] == ["2025-09-25T09:40:00+08:00"]

        town.move_clocks("2025-09-24T11:30:00+08:00")
        notice = bureau.send("lead.notice", JIA, example("lead-food-expired"), matter=matter)
        arrived = jia.wait_for(notice["id"])
        assert arrived["body"] == example("lead-food-expired")
        assert arrived["received_at"] == "2025-09-24T11:30:00+08:00"
        bureau.wait_state(notice["id"], "arrived")
        assert delivery(bureau, notice["id"], JIA)["arrived_at"] == "2025-09-24T11:30:00+08:00"
        assert state_of(bureau, matter) == {
            "YC-1.1.1": "met",
            "YC-1.1.2": "open",
            "sign-for": "open",
        }

        town.move_clocks("2025-09-24T16:00:00+08:00")
        jia.acknowledge(notice["id"], note="已派员核查")
        bureau.wait_state(notice["id"], "acknowledged")
        signed = delivery(bureau, notice["id"], JIA)
        assert signed["acknowledged_by"] == "联络员B1"
        assert signed["acknowledged_at"] == "2025-09-24T16:00:00+08:00"
        jia.wait_duty("sign-for", matter, "met")
        assert state_of(bureau, matter)["YC-1.1.2"] == "open", "signing answers nothing"

        town.move_clocks("2025-09-26T11:00:00+08:00")
        assessment = jia.reply(notice["id"], "lead.assessment", example("lead-assessment"))
        bureau.wait_duty("YC-1.1.2", matter, "one-sided")
        town.move_clocks("2025-09-26T15:00:00+08:00")
        bureau.confirm(assessment["id"])
        jia.wait_duty("YC-1.1.2", matter, "met")
        bureau.acknowledge(assessment["id"])
        until(
            lambda: state_of(jia, matter) == state_of(bureau, matter)
            and set(state_of(jia, matter).values()) == {"met"},
            f"everything is met: {state_of(jia, matter)} {state_of(bureau, matter)}",
        )

        assert verdicts(bureau, matter) == verdicts(jia, matter)
        assert len(verdicts(bureau, matter)) == 4
        joint = bureau.duty("YC-1.1.2", matter)
        assert joint["met_at"] == "2025-09-26T11:00:00+08:00", "the record counts at its arrival"
        assert joint["met_by"] == assessment["id"]
        assert bureau.show(notice["id"])["state"] == "answered"
        assert bureau.duties() == [] and jia.duties() == []


def test_every_step_is_told_live_and_in_the_words_officers_read(town):
    bureau, jia = town[BUREAU], town[JIA]
    at_bureau, at_jia = bureau.watch(), jia.watch()
    notice = bureau.send("lead.notice", JIA, lead("fake-brand"))["id"]
    received = at_jia.wait(is_event("received", id=notice), "the arrival is told")
    assert "线索通报" in received["text"]
    arrived = at_bureau.wait(is_event("arrived", id=notice), "the receipt is told")
    assert arrived["text"].startswith("已到达：线索通报") and arrived["agency"] == JIA
    jia.acknowledge(notice)
    signed = at_bureau.wait(is_event("acknowledged", id=notice), "the signature is told")
    assert signed["text"].startswith("已签收：线索通报")
    at_bureau.wait(is_event("met", duty="sign-for"), "the duty to sign is met")

    table = run(bureau.words("list")[0], "-C", bureau.folder, "list").out
    assert "已签收" in table and "线索通报" in table


def test_arrival_is_told_within_a_second_of_submission(town):
    bureau, jia = town[BUREAU], town[JIA]
    watch = jia.watch()
    delays = []
    for _ in range(10):
        started = time.monotonic()
        note = bureau.send("note", JIA, example("note"))["id"]
        watch.wait(is_event("received", id=note), "the note is told")
        delays.append(watch.seen_at(is_event("received", id=note)) - started)
    print("seconds from submission to the watcher:", " ".join(f"{d:.3f}" for d in delays))
    assert sorted(delays)[len(delays) // 2] < 1


def test_exported_matter_is_verified_by_cards_alone_and_not_when_altered(town, tmp_path):
    bureau, jia = town[BUREAU], town[JIA]
    notice = bureau.send("lead.notice", JIA, lead("price"))
    jia.wait_for(notice["id"])
    jia.acknowledge(notice["id"])
    bureau.wait_state(notice["id"], "acknowledged")
    bundle = tmp_path / "matter.pem"
    assert bureau.cli("export", notice["matter"], bundle).status == 0
    cards = ["--card", bureau.folder / "card", "--card", jia.folder / "card"]

    verified = bureau.cli("verify", *cards, bundle).answer
    assert verified["verdict"] == "ok"
    assert [s["trusted"] for s in verified["statements"]] == [True, True]
    assert {s["header"]["author"] for s in verified["statements"]} == {BUREAU, JIA}

    lines = bundle.read_text().splitlines(keepends=True)
    body = next(i for i in reversed(range(len(lines))) if not lines[i].startswith("-")) - 3
    old = lines[body]
    lines[body] = ("B" if old[0] != "B" else "C") + old[1:]
    bundle.write_text("".join(lines))
    altered = bureau.cli("verify", *cards, bundle)
    assert altered.status == 1 and altered.lines[0]["verdict"] != "ok"
