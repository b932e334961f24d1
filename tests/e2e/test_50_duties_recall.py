# SPDX-License-Identifier: Apache-2.0
"""Recalls: of what has arrived, and of what has not."""


from agency import BUREAU, JIA, example, is_event, lead, until


def store_bytes(agency):
    return (agency.folder / "store" / "data.mdb").read_bytes()


def test_recall_makes_the_body_unreadable_and_withdraws_the_duties(town):
    bureau, jia = town[BUREAU], town[JIA]
    notice = bureau.send("lead.notice", JIA, lead())
    jia.wait_for(notice["id"])
    bureau.wait_state(notice["id"], "arrived")
    watch = jia.watch()
    bureau.recall(notice["id"], reason="主体有误")

    gone = jia.wait_state(notice["id"], "recalled")
    assert gone["body_state"] == "recalled" and "body" not in gone
    assert gone["header"]["id"] == notice["id"], "header, receipt and recall stay"
    for agency in town:
        for name in ("YC-1.1.1", "YC-1.1.2", "sign-for"):
            agency.wait_duty(name, notice["matter"], "withdrawn")
        assert agency.duties() == []
    watch.wait(is_event("recalled", id=notice["id"]), "the recall is told")
    assert bureau.show(notice["id"])["body"] == lead(), "its author still has it"
    assert jia.cli("list", "--text", lead()["suspect"]["name"]).lines == []


def test_recalled_body_is_not_exported_by_its_receiver(town, tmp_path):
    bureau, jia = town[BUREAU], town[JIA]
    notice = bureau.send("lead.notice", JIA, lead())
    jia.wait_for(notice["id"])
    bureau.recall(notice["id"])
    jia.wait_state(notice["id"], "recalled")
    bundle = tmp_path / "matter.pem"
    assert jia.cli("export", notice["matter"], bundle).status == 0
    cards = ["--card", bureau.folder / "card", "--card", jia.folder / "card"]
    verified = jia.cli("verify", *cards, bundle)
    assert verified.status == 0 and lead()["suspect"]["name"] not in verified.out
    kinds = [s["header"]["kind"] for s in verified.lines[0]["statements"]]
    assert kinds == ["lead.notice", "recall"], "what stays still proves"


def test_parts_of_a_message_recalled_before_its_delivery_never_leave(town):
    bureau, jia = town[BUREAU], town[JIA]
    secret = lead(remarks="此处文字不应离开本机关")
    jia.stop()
    before = bureau.send("note", JIA, example("note"))
    notice = bureau.send("lead.notice", JIA, secret)
    bureau.recall(notice["id"], reason="对象有误")
    after = bureau.send("note", JIA, example("note"))
    jia.start()
    for note in (before, after):
        jia.wait_for(note["id"])

    shown = jia.wait_state(notice["id"], "recalled")
    assert shown["body_state"] in ("recalled", "withheld") and "body" not in shown
    until(lambda: bureau.backlog(JIA) == 0, "all are receipted")
    assert bureau.show(notice["id"])["state"] == "recalled"
    for agency in town:
        open_ones = [d for d in agency.duties() if d["opened_by"] == notice["id"]]
        assert open_ones == []
    assert [d["state"] for d in jia.matter(notice["matter"])["duties"]] in (
        [],
        ["withdrawn"] * 3,
    )
    jia.stop()
    bureau.stop()
    marker = secret["remarks"].encode()
    assert marker in store_bytes(bureau) and marker not in store_bytes(jia)


def test_recalled_notice_no_longer_meets_the_duty_to_notify(town):
    bureau, jia = town[BUREAU], town[JIA]
    found = bureau.fact("lead.discovered", example("lead-discovered"))
    matter = found["matter"]
    notice = bureau.send("lead.notice", JIA, lead(), matter=matter)
    for agency in town:
        agency.wait_duty("YC-1.1.1", matter, "met")
    bureau.recall(notice["id"])
    for agency in town:
        agency.wait_duty("YC-1.1.1", matter, "open")
    town.move_clocks("2025-09-24T12:00:00+08:00")
    second = bureau.send("lead.notice", JIA, lead(), matter=matter)
    for agency in town:
        duty = agency.wait_duty("YC-1.1.1", matter, "met", opened_by=found["id"])
        assert duty["met_by"] == second["id"]
        assert duty["met_at"] == "2025-09-24T12:00:00+08:00"


def test_second_notice_of_a_recorded_discovery_opens_no_duty_of_its_own(town):
    bureau = town[BUREAU]
    found = bureau.fact("lead.discovered", example("lead-discovered"))
    for _ in range(2):
        notice = bureau.send("lead.notice", JIA, lead(), matter=found["matter"])
        bureau.wait_state(notice["id"], "arrived")
    opened = [d for d in bureau.duties("--closed") if d["duty"] == "YC-1.1.1"]
    assert [d["opened_by"] for d in opened] == [found["id"]]


def test_recalled_signature_opens_the_duty_to_sign_again(town):
    bureau, jia = town[BUREAU], town[JIA]
    note = bureau.send("note", JIA, example("note"))
    jia.wait_for(note["id"])
    signed = jia.acknowledge(note["id"])
    for agency in town:
        agency.wait_duty("sign-for", note["matter"], "met")
    jia.recall(signed["id"], reason="签错")
    for agency in town:
        agency.wait_duty("sign-for", note["matter"], "open")
    jia.acknowledge(note["id"], officer=jia.officers[1])
    for agency in town:
        agency.wait_duty("sign-for", note["matter"], "met")


def test_recall_is_itself_a_message_that_cannot_be_recalled(town):
    bureau, jia = town[BUREAU], town[JIA]
    note = bureau.send("note", JIA, example("note"))
    jia.wait_for(note["id"])
    recall = bureau.recall(note["id"])
    refused = bureau.cli("recall", recall["id"], reason="又改主意")
    assert refused.code == "reply"
    second = bureau.cli("recall", note["id"], reason="再撤一次")
    assert second.code == "state"
