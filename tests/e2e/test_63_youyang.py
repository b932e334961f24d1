# SPDX-License-Identifier: Apache-2.0
"""酉阳: a township, two departments and the county's government, four real daemons in the autumn of 2025.

Nothing here has a number but five working days for a department to share what it has formed. Letters take two officers; originals and items go by hand, and
until all is there the receiver's clock stands. Nothing is sent back: who denies his jurisdiction negotiates, and then the common superior designates."""

import pytest

from agency import until
from county import body, ended, gone, late, met, open_county, overdue, owed
from scenario import day

GOV, MARKET, ECOLOGY, JIA = "youyang-gov", "youyang-scjg", "youyang-sthj", "youyang-jiazhen"
MEMBERS = (
    (GOV, "500242", "government"),
    (MARKET, "500242", "market"),
    (ECOLOGY, "500242", "environment"),
    (JIA, "500242", "township"),
)


@pytest.fixture(scope="module")
def county():
    with open_county("youyang", "2025-10-13 09:00", MEMBERS) as county:
        assert county.unasked() == []  # 2025 had begun before the regulation
        yield county


def letter(**changed):
    whole = body("transfer-letter", accepted_at=day("2025-10-13 08:30"), ground="no-jurisdiction", **changed)
    whole["items"][0]["seized_until"] = day("2025-11-11")
    return whole


def holds(agency, text):
    """Are these words anywhere in its store?"""
    return any(text.encode() in file.read_bytes() for file in (agency.folder / "store").rglob("*") if file.is_file())


def test_letter_of_two_officers_and_the_receivers_clock_that_waits_for_what_goes_by_hand(county):
    jia, parties = county[JIA], (JIA, MARKET)
    applied = county.fact(JIA, "transfer.applied", body("transfer-applied", applied_at=day("2025-10-13 08:40"), to_agency=MARKET, ground="no-jurisdiction"))
    matter = applied["matter"]
    county.stands(matter, (JIA,), {"YY-2.2.1": owed(JIA, start=day("2025-10-13 08:40"))})
    county.knows_nothing(MARKET, matter)
    county.refuse(JIA, "transfer.letter", letter(outstanding="both"), "YY-2.2.2a", to=MARKET, matter=matter, officer=jia.officers[:1])
    county.refuse(JIA, "transfer.letter", {**letter(outstanding="both"), "items": []},
                  "items", to=MARKET, matter=matter, officer=jia.officers)
    county.stands(matter, (JIA,), {"YY-2.2.1": owed(JIA)})

    sent = county.send(JIA, MARKET, "transfer.letter", letter(outstanding="both"), matter=matter, officer=jia.officers)
    assert [o["certificate"] for o in county[MARKET].show(sent["id"])["header"]["officers"]] == jia.officers
    moved = {"YY-2.2.1": met(day("2025-10-13 09:00"))}
    waiting = {"YY-2.2.2d": owed(MARKET, start=""), "YY-2.2.2e": owed(MARKET, start="")}
    county.stands(matter, parties, {**moved, **waiting, "YY-2.2.2b": owed(JIA, start=day("2025-10-13 09:00"))})

    county.move("2025-10-23 09:00", JIA)
    county.stands(matter, parties, {**moved, **waiting, "YY-2.2.2b": owed(JIA, light="amber")})
    handed = day("2025-10-23 08:30")
    listed = county.send(JIA, MARKET, "handover.list", body("handover-list", handed_at=handed), matter=matter)
    moved["YY-2.2.2b"] = met(day("2025-10-23 09:00"))
    county.stands(matter, parties, {**moved, **waiting})
    short = body("handover-receipt", handed_at=handed)
    bare = {"handed_at": handed, "complete": "no"}
    county.refuse(MARKET, "handover.receipt", bare, "missing", reply_to=listed, officer=county[MARKET].officers[0])
    receipt = county.reply(MARKET, listed, "handover.receipt", short, officer=county[MARKET].officers[0])
    assert county[JIA].show(receipt["id"])["body"]["differences"][0]["found"] == "2副"
    county.stands(matter, parties, {**moved, **waiting})  # one is missing: nothing has begun

    county.move("2025-10-27 09:00", JIA)
    rest = day("2025-10-27 08:30")
    county.reply(MARKET, listed, "handover.receipt", {"handed_at": rest, "complete": "yes"}, officer=county[MARKET].officers[0])
    begun = {"YY-2.2.2d": owed(MARKET, start=rest), "YY-2.2.2e": owed(MARKET, start=rest)}
    county.stands(matter, parties, {**moved, **begun})

    county.move("2025-10-28 09:00", MARKET)
    reasons = {"decision": "not-filed", "decided_at": day("2025-10-28 08:50"), "reason": "经核查，该三副吊具不属于特种设备，违法事实不成立。"}
    silent = {field: value for field, value in reasons.items() if field != "reason"}
    county.refuse(MARKET, "transfer.filing", silent, "reason", reply_to=sent, officer=county[MARKET].officers[0])
    county.refuse(MARKET, "transfer.filing", reasons, "officer", reply_to=sent)
    answer = county.reply(MARKET, sent, "transfer.filing", reasons, officer=county[MARKET].officers[0])
    assert county[JIA].show(answer["id"])["body"] == reasons
    done = met(day("2025-10-28 09:00"))
    county.stands(matter, parties, {**moved, "YY-2.2.2d": done, "YY-2.2.2e": done})
    county.settle()


def test_objection_is_negotiated_and_then_the_common_superior_designates(county):
    county.move("2025-10-29 09:00", MARKET)
    parties = (JIA, MARKET)
    officers = county[JIA].officers
    sent = county.send(JIA, MARKET, "transfer.letter", letter(outstanding="none"), officer=officers)
    matter, start = sent["matter"], day("2025-10-29 09:00")
    county.stands(matter, parties, {"YY-2.2.2d": owed(MARKET, start=start), "YY-2.2.2e": owed(MARKET, start=start)})
    back = {"decided_at": day("2025-10-29 08:59"), "outcome": "refused", "reason": "不属于本局管辖。", "papers_returned": "材料7份退回。"}
    county.refuse(MARKET, "transfer.review", back, "YY-2.2.3", reply_to=sent, officer=county[MARKET].officers[0])
    county.refuse(MARKET, "dispute.submission", body("dispute-submission", "notified_at", "notified_person", channel="platform"), "YY-2.2.3-submission",
                  to=GOV, matter=matter)

    county.reply(MARKET, sent, "dispute.objection", body("dispute-objection", competent=JIA))
    known = {"YY-2.2.2d": ended(), "YY-2.2.2e": ended()}
    county.stands(matter, parties, {**known, "YY-2.2.3": owed(parties, start=start)})

    county.move("2025-10-31 09:00", MARKET)
    talks = {"settled": "no", "held_at": day("2025-10-30 15:00"), "text": "双方各自陈述意见，未能协商一致。"}
    talks = county.reply(MARKET, sent, "dispute.negotiation", talks)
    asked = owed(parties, start=day("2025-10-31 09:00"))
    one_sided = {"state": "one-sided", "light": "green", "owing": [JIA]}
    county.stands(matter, parties, {**known, "YY-2.2.3": one_sided, "YY-2.2.3-submission": asked})
    county.confirm(JIA, talks)
    known["YY-2.2.3"] = met(day("2025-10-31 09:00"))
    county.stands(matter, parties, {**known, "YY-2.2.3-submission": asked})
    county.knows_nothing(GOV, matter)  # nobody has gone to the superior for them
    county.settle()

    county.move("2025-11-03 09:00", MARKET)
    submission = body("dispute-submission", "notified_at", "notified_person", channel="platform")
    county.refuse(JIA, "dispute.submission", submission, "YY-2.2.3-submission", to=ECOLOGY, matter=matter)
    submitted = county.send(JIA, GOV, "dispute.submission", submission, matter=matter, copy=MARKET)
    known["YY-2.2.3-submission"] = met(day("2025-11-03 09:00"))
    ruling = owed(GOV, start=day("2025-11-03 09:00"))
    county.stands(matter, (JIA,), {**known, "YY-2.2.3-ruling": ruling})
    submitted_in = {"YY-2.2.3-submission": known["YY-2.2.3-submission"]}
    county.stands(matter, (GOV,), {**submitted_in, "YY-2.2.3-ruling": ruling})
    county.refuse(MARKET, "dispute.ruling", body("dispute-ruling", ruled_at=day("2025-11-03 08:00"), competent=MARKET), "YY-2.2.3-ruling", reply_to=submitted)
    decided = body("dispute-ruling", ruled_at=day("2025-11-03 08:30"), competent=MARKET)
    county.send(GOV, parties, "dispute.ruling", decided, reply_to=submitted["id"])
    ruled = met(day("2025-11-03 09:00"))
    county.stands(matter, (JIA,), {**known, "YY-2.2.3-ruling": ruled})
    county.stands(matter, (GOV,), {**submitted_in, "YY-2.2.3-ruling": ruled})

    accepted = {"decided_at": day("2025-11-03 08:45"), "outcome": "accepted"}
    county.reply(MARKET, sent, "transfer.review", accepted, officer=county[MARKET].officers[0])
    known["YY-2.2.3-ruling"] = ruled
    county.stands(matter, (JIA,), {**known, "YY-2.2.4a": owed(MARKET, start=day("2025-11-03 08:45"))})
    filing = {"decision": "filed", "decided_at": day("2025-11-03 08:50"), "case_number": "酉市监立字〔2025〕31号"}
    county.reply(MARKET, sent, "transfer.filing", filing, officer=county[MARKET].officers[0])
    filed = dict.fromkeys(("YY-2.2.4a", "YY-2.2.2d", "YY-2.2.2e"), met(day("2025-11-03 09:00")))  # the reply that nobody asked for any more
    county.stands(matter, parties, {**known, **filed})  # that the ruling reached the other side shows in what that has signed since
    county.settle()


def test_department_shares_within_five_working_days_of_forming(county):
    county.move("2025-11-03 10:00", ECOLOGY)
    due, formed = day("2025-11-10"), day("2025-11-03 09:30")
    matters = [county.fact(ECOLOGY, "info.formed", body("info-formed", formed_at=formed))["matter"] for _ in range(3)]
    for matter in matters:
        county.stands(matter, (ECOLOGY,), {"YY-2.1.1": owed(ECOLOGY, due, start=formed)})
    formed_in_town = county.fact(JIA, "info.formed", body("info-formed", formed_at=formed))
    county.stands(formed_in_town["matter"], (JIA,), {"YY-2.1.0": owed(JIA)})  # a township has no number

    county.move("2025-11-10 23:59:59", ECOLOGY)
    for matter in matters:
        county.stands(matter, (ECOLOGY,), {"YY-2.1.1": owed(ECOLOGY, due, "amber")})
        county.knows_nothing(JIA, matter)
    shared = body("info-shared", formed_at=formed)
    county.send(ECOLOGY, JIA, "info.shared", shared, matter=matters[0])
    county.stands(matters[0], (ECOLOGY, JIA), {"YY-2.1.1": met(due, due)})
    county.fact(ECOLOGY, "info.shared", shared, matter=matters[2])  # published: shared with whoever subscribed
    county.stands(matters[2], (ECOLOGY,), {"YY-2.1.1": met(due, due)})

    county.move("2025-11-11 00:00:00", ECOLOGY)
    county.stands(matters[1], (ECOLOGY,), {"YY-2.1.1": overdue(ECOLOGY, due)})
    county.settle()  # owed to nobody in particular: nobody reminds, and nothing goes upward
    county.send(ECOLOGY, JIA, "info.shared", shared, matter=matters[1])
    county.stands(matters[1], (ECOLOGY, JIA), {"YY-2.1.1": late(day("2025-11-11 00:00:00"), due)})
    county.send(JIA, ECOLOGY, "info.shared", shared, matter=formed_in_town["matter"])
    county.stands(formed_in_town["matter"], (ECOLOGY, JIA), {"YY-2.1.0": met(day("2025-11-11 00:00:00"))})


def test_complainants_who_hide_are_hidden_from_whoever_gets_the_case(county):
    county.move("2025-11-12 09:00", MARKET)
    came = day("2025-11-12 08:30")
    who = {"name": "冉某某", "telephone": "13900000077"}
    referral = body("complaint-referral", "complainant", received_at=came)
    county.refuse(MARKET, "complaint.referral", {**referral, "identity": "anonymous"}, "YY-2.1.3b", to=ECOLOGY)
    for identity in ("anonymous", "confidential"):
        found = county.fact(MARKET, "complaint.received", body("complaint-received", received_at=came, identity=identity))
        matter = found["matter"]
        begun = {"YY-2.1.3b": owed(MARKET, start=came)}
        if identity == "confidential":
            begun["YY-2.1.3c"] = owed(MARKET, start=came)
        county.stands(matter, (MARKET,), begun)
        named = {**referral, "identity": identity, "complainant": who}
        county.refuse(MARKET, "complaint.referral", named, "complainant", to=ECOLOGY, matter=matter)
        sent = county.send(MARKET, ECOLOGY, "complaint.referral", {**referral, "identity": identity}, matter=matter)
        assert "complainant" not in county[ECOLOGY].show(sent["id"])["body"]
        begun["YY-2.1.3b"] = met(day("2025-11-12 09:00"))
        handling = {"YY-2.1.3d": owed(ECOLOGY, start=day("2025-11-12 09:00"))}
        county.stands(matter, (MARKET, ECOLOGY), {**begun, **handling})
        if identity == "confidential":
            told = {"told_at": day("2025-11-12 08:55"), "what": "transferred", "how": "按登记的联系电话告知。"}
            county.fact(MARKET, "complaint.told", told, matter=matter)
            begun["YY-2.1.3c"] = met(day("2025-11-12 09:00"))
            county.stands(matter, (MARKET,), {**begun, **handling})
        county.reply(ECOLOGY, sent, "complaint.result", body("complaint-result", decided_at=day("2025-11-12 08:58")))
        handled = {"YY-2.1.3d": met(day("2025-11-12 09:00"))}
        county.stands(matter, (MARKET,), {**begun, **handled})
        assert county[ECOLOGY].duty("YY-2.1.3d", matter)["state"] == "met"
    for agency in county:
        text = agency.cli("list", "--text", who["name"]).out
        assert text == "", "the name is nowhere: it was never taken in"
    county.settle()


def test_recall_makes_a_delivered_letter_unreadable_at_once_and_a_named_officer_confirms_its_deletion(county):
    county.move("2025-11-13 09:00", MARKET)
    secret = "误发的证人住址在桃花源街道"
    sent = county.send(JIA, MARKET, "transfer.letter", letter(outstanding="none", remarks=secret), officer=county[JIA].officers)
    matter = sent["matter"]
    county.stands(matter, (JIA, MARKET), {"YY-2.2.2d": owed(MARKET), "YY-2.2.2e": owed(MARKET)})
    assert county[MARKET].show(sent["id"])["body"]["remarks"] == secret
    county.recall(JIA, sent, reason="误附证人信息", officer=county[JIA].officers[0])
    gone_now = county[MARKET].wait_state(sent["id"], "recalled")
    assert "body" not in gone_now and gone_now["header"]["id"] == sent["id"]
    assert county[MARKET].cli("list", "--text", secret).lines == []

    recall = next(m["header"] for m in county[MARKET].matter(matter)["messages"] if m["header"]["kind"] == "recall")
    recalled = {"YY-2.2.2d": gone(), "YY-2.2.2e": gone()}
    county.stands(matter, (JIA, MARKET), {**recalled, "recall-deletion": owed(MARKET, start=day("2025-11-13 09:00"))})
    deleted = {"deleted_at": day("2025-11-13 08:59"), "text": "已删除所撤回文书，未留存副本。"}
    county.refuse(MARKET, "deletion.confirmed", deleted, "officer", reply_to=recall)
    county.refuse(MARKET, "deletion.confirmed", deleted, "officer", reply_to=recall, officer="Z999")
    confirmed = county.reply(MARKET, recall, "deletion.confirmed", deleted, sign=False, officer=county[MARKET].officers[1])
    told = county[JIA].wait_for(confirmed["id"])
    assert told["header"]["officers"][0]["certificate"] == county[MARKET].officers[1]
    assert "body" not in county[MARKET].show(sent["id"])
    county[MARKET].stop()
    assert not holds(county[MARKET], secret), "its bytes are gone from the disk"
    county[MARKET].start()
    assert "body" not in county[MARKET].show(sent["id"])
    assert holds(county[JIA], secret) and county[JIA].show(sent["id"])["body"]["remarks"] == secret, "its author still has it"
    county.town.wait_links()
    county.stands(matter, (JIA, MARKET), {**recalled, "recall-deletion": met(day("2025-11-13 09:00"))})
    county.settle()


def test_forward_brings_the_original_statement_whole(county):
    county.move("2025-11-17 09:00", MARKET)
    notice = body("violation-notice", "notified_at", "notified_person", channel="platform", found_at=day("2025-11-17 08:40"))
    sent = county.send(JIA, MARKET, "violation.notice", notice)
    matter = sent["matter"]
    county.stands(matter, (JIA, MARKET), {"YY-2.1.2c": owed(MARKET, start=day("2025-11-17 09:00"))})
    passed = county.send(MARKET, [ECOLOGY, JIA], "forward", {"reason": "所涉事项属生态环境部门职责，转办。"}, reply_to=sent["id"])
    original = county[ECOLOGY].show(sent["id"])
    assert original["body"] == county[JIA].show(sent["id"])["body"]
    assert (original["header"]["author"], original["carrier"]) == (JIA, MARKET)
    assert original["leaf"] == county[JIA].show(sent["id"])["leaf"], "as its author sealed it"
    assert county[ECOLOGY].show(passed["id"])["header"]["in_reply_to"]["id"] == sent["id"]
    county.stands(matter, (JIA, MARKET), {"YY-2.1.2c": ended()})
    county.settle()


def test_signature_that_does_not_come_is_reminded_of_once_and_never_reported(county):
    county.move("2025-11-18 09:00", MARKET)
    note = county.send(JIA, MARKET, "note", body("note"), sign=False)
    due = day("2025-11-19")
    for agency in (JIA, MARKET):
        assert county[agency].wait_duty("sign-for", note["matter"], "open")["due_at"] == due
    county.move("2025-11-20 00:00:00", MARKET)
    for agency in (JIA, MARKET):
        assert county[agency].wait_duty("sign-for", note["matter"], "overdue", note["id"])["light"] == "red"
    county.reminded(JIA, MARKET, "sign-for", note, due)
    county.settle()
    county.move("2025-11-24 09:00", MARKET)
    county.sign(MARKET, note)
    for agency in (JIA, MARKET):
        assert county[agency].wait_duty("sign-for", note["matter"], "met-late", note["id"])["met_at"] == day("2025-11-24 09:00")
    county.settle()
    assert until(lambda: county[GOV].status(), "the superior answers")["red"] == "0"
