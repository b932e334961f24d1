# SPDX-License-Identifier: Apache-2.0
"""卫滨: transfers from their discovery, an opinion put off in time and too late, dangers answered and left alone, a complaint sent on, a dispute up to
its ruling, a suspected crime. The chapters follow each other on one clock; none needs what an earlier one left behind. Whatever goes upward goes
because somebody sends it."""

import pytest

from agency import CONF, ED25519, SM2, example, set_options
from conftest import open_town
from scenario import confirm, day, exchange, owed, refused, reminders, stand

JIA, SCJG, CG = "weibin-jiazhen", "weibin-scjg", "weibin-cg"
GOVERNMENT, POLICE = "weibin-qzf", "weibin-gaj"
MEMBERS = ((SCJG, ED25519, True), (JIA, SM2, True), (GOVERNMENT, SM2, True), (CG, ED25519, False), (POLICE, SM2, False))


def settle(agency):
    """All in 新乡市; 城管 stands for an internal unit, which does not act in its own name."""
    set_options(agency, region="410703")
    if agency.id == CG:
        set_options(agency, own_name=0)


@pytest.fixture(scope="module")
def district():
    with open_town(*MEMBERS, prepare=settle, clock=day("09-22 10:00"), law=CONF) as town:
        yield town


def knows(agency, matter):
    return agency.cli("matter", matter).status == 0


def letter(**changed):
    return example("transfer-letter", accepted_at=day("09-22 09:00"), ground="no-jurisdiction", outstanding="none", **changed)


def discover(agency, found, **options):
    return agency.fact("lead.discovered", example("lead-discovered", discovered_at=found), **options)["matter"]


def test_a_transfer_runs_from_the_discovery_and_is_between_agencies(district):
    scjg, jia, cg = district[SCJG], district[JIA], district[CG]
    both = scjg, jia

    # 自发现起3个工作日（周一发现，周四届满）；紧急的24小时；自己立案的不再欠。
    plain = discover(jia, day("09-22 09:40"))
    urgent = discover(scjg, day("09-22 09:50"), urgent="证据可能灭失")
    late = discover(jia, day("09-22 09:55"), urgent="证据可能灭失")
    kept = discover(jia, day("09-22 09:30"))
    stand([jia], plain, {"WB-3.1.2a": ("open", "green", "09-25", JIA)})
    stand([scjg], urgent, {"WB-3.1.2a": ("open", "green", "09-23 09:50", SCJG)})
    jia.fact("case.filed", example("case-filed", filed_at=day("09-22 10:00")), matter=kept)
    stand([jia], kept, {"WB-3.1.2a": ("ended", "none", "09-25")})
    district.move_clocks(day("09-23 03:50"))
    stand([scjg], urgent, {"WB-3.1.2a": ("open", "amber", "09-23 09:50", SCJG)})
    stand([jia], late, {"WB-3.1.2a": ("open", "green", "09-23 09:55", JIA)})
    district.move_clocks(day("09-23 09:50"))
    exchange(scjg, jia, "transfer.letter", letter(), matter=urgent, officer=scjg.officers[0], urgent="证据可能灭失")
    verdicts = stand(both, urgent, {"WB-3.1.2a": ("met", "none", "09-23 09:50"), "sign-for": ("met", "none", "09-23 11:50")})
    assert verdicts["WB-3.1.2a"]["met_at"] == day("09-23 09:50")
    district.move_clocks(day("09-23 09:55:01"))
    stand([jia], late, {"WB-3.1.2a": ("overdue", "red", "09-23 09:55", JIA)})
    assert not knows(scjg, late)
    exchange(jia, scjg, "transfer.letter", letter(), matter=late, officer=jia.officers[0])
    stand(both, late, {"WB-3.1.2a": ("met-late", "none", "09-23 09:55")})

    # 内设机构不得以自己的名义移送；移送只在镇办与部门之间；材料是要件。
    district.move_clocks(day("09-25 00:00"))
    stand([jia], plain, {"WB-3.1.2a": ("open", "amber", "09-25", JIA)})
    refused(cg, ("send", "transfer.letter"), "WB-3.1.4", letter(), to=JIA, officer=cg.officers[0])
    excepted = cg.cli("send", "transfer.letter", "-", body=letter(legal_exception="《某某条例》第三条"), to=JIA, officer=cg.officers[0], check=True)
    assert excepted.status == 0, excepted
    refused(jia, ("send", "transfer.letter"), "WB-3.1.2a", letter(), to=POLICE, matter=plain, officer=jia.officers[0])
    bare = {name: value for name, value in letter().items() if name != "materials"}
    refused(jia, ("send", "transfer.letter"), "materials", bare, to=SCJG, matter=plain, officer=jia.officers[0])
    district.move_clocks(day("09-25"))
    exchange(jia, scjg, "transfer.letter", letter(), matter=plain, officer=jia.officers[0])
    stand(both, plain, {"WB-3.1.2a": ("met", "none", "09-25")})
    for matter in (plain, urgent, late):
        assert [owed(agency, matter) for agency in both] == [[], []]
        assert reminders(jia, matter) == reminders(scjg, matter) == []


def test_an_opinion_may_be_put_off_in_time_and_not_when_it_is_late(district):
    scjg, jia, government = district[SCJG], district[JIA], district[GOVERNMENT]
    both = jia, scjg
    district.move_clocks(day("09-26 16:00"))

    # 书面函告起算，电话不起算；5个工作日跨国庆：9月28日（周日上班）、29日、30日，10月9日、10日。
    called = example("assistance-request", channel="phone", notified_at=day("09-26 15:50"), notified_person="王海燕")
    phone = exchange(jia, scjg, "assistance.request", called)
    stand(both, phone["matter"], {"sign-for": ("met", "none", "09-28")})
    assert owed(scjg, phone["matter"]) == owed(jia, phone["matter"]) == []
    refused(scjg, ("send", "assistance.request"), "WB-3.5a", example("assistance-request"), to=JIA)
    every = (*both, government)
    first = exchange(jia, scjg, "assistance.request", example("assistance-request"), copy=[government])
    second = exchange(jia, scjg, "assistance.request", example("assistance-request"), copy=[government])
    kept, broken = first["matter"], second["matter"]
    for matter in (kept, broken):
        verdicts = stand(every, matter, {"WB-3.5b": ("open", "green", "10-10", SCJG)})
        assert "国庆" in verdicts["WB-3.5b"]["explanation"]
    district.move_clocks(day("10-10 00:00"))
    stand(every, broken, {"WB-3.5b": ("open", "amber", "10-10", SCJG)})

    # 届满前告知的延长；抄送的区政府看到同样的结论。
    district.move_clocks(day("10-10"))
    later = example("assistance-extension", extended_until=day("10-20 18:00"))
    exchange(scjg, jia, "assistance.extension", later, reply_to=first["id"], copy=[government])
    stand(every, kept, {"WB-3.5b": ("extended", "green", "10-20 18:00", SCJG)})

    # 届满后告知的不延长；催办一次，只给欠的部门，不报区政府。没有人向区政府负担，区政府听不到沉默，只说待核实。
    district.move_clocks(day("10-11 00:00"), scjg, jia, government)
    stand(both, broken, {"WB-3.5b": ("overdue", "red", "10-10", SCJG)})
    stand([government], broken, {"WB-3.5b": ("unheard", "amber", "10-10", SCJG)})
    district.move_clocks(day("10-11 09:00"), scjg, jia, government)
    exchange(scjg, jia, "assistance.extension", later, reply_to=second["id"], copy=[government])
    stand(both, broken, {"WB-3.5b": ("overdue", "red", "10-10", SCJG)})
    district.move_clocks(day("10-14 09:00"), scjg, jia, government)
    opinion = example("assistance-result", done_at=day("10-14 09:00"))
    refused(scjg, ("reply", second["id"], "assistance.result"), "text", {n: v for n, v in opinion.items() if n != "text"})
    exchange(scjg, jia, "assistance.result", opinion, reply_to=second["id"], copy=[government])
    verdicts = stand(every, broken, {"WB-3.5b": ("met-late", "none", "10-10")})
    assert verdicts["WB-3.5b"]["met_at"] == day("10-14 09:00")

    district.move_clocks(day("10-20 00:00"))
    stand(every, kept, {"WB-3.5b": ("extended", "amber", "10-20 18:00", SCJG)})
    district.move_clocks(day("10-20 18:00"))
    exchange(scjg, jia, "assistance.result", example("assistance-result", done_at=day("10-20 17:00")), reply_to=first["id"], copy=[government])
    stand(every, kept, {"WB-3.5b": ("met", "none", "10-20 18:00")})
    much_later = example("assistance-extension", extended_until=day("10-30 18:00"))  # 已经履行的，没有期限可以延长
    outcome = scjg.cli("reply", first["id"], "assistance.extension", "-", body=much_later)
    assert (outcome.status, outcome.lines[0]["refusal"]["code"]) == (1, "state"), outcome
    for agency in every:
        assert reminders(agency, kept) == []
        assert reminders(agency, broken) == [(JIA, SCJG, "WB-3.5b")]


def test_a_danger_left_alone_prepares_a_report_and_sends_none(district):
    scjg, jia, cg, government = district[SCJG], district[JIA], district[CG], district[GOVERNMENT]
    district.move_clocks(day("10-21 09:00"))
    alert = example("danger-alert", found_at=day("10-21 08:55"), channel="platform")
    for field in ("notified_at", "notified_person"):
        del alert[field]
    report = example("danger-report")

    # 立即通知、立即派员：派员即答复。
    answered = exchange(jia, scjg, "danger.alert", alert)
    stand((jia, scjg), answered["matter"], {"WB-3.4c": ("met", "none", None), "WB-3.4d": ("open", "green", None, SCJG)})
    silent = exchange(jia, cg, "danger.alert", alert)
    declined = exchange(jia, scjg, "danger.alert", alert)
    district.move_clocks(day("10-21 09:20"))
    exchange(scjg, jia, "danger.response", example("danger-response", sent_at=day("10-21 09:10")), reply_to=answered["id"])
    stand((jia, scjg), answered["matter"], {"WB-3.4d": ("met", "none", None)})

    # 不派员的须说明理由；说明了理由也是答复。
    refused(scjg, ("reply", declined["id"], "danger.response"), "reason", {"sent": "no"})
    exchange(scjg, jia, "danger.response", {"sent": "no", "reason": "该处为燃气公司专管，已通知其抢修队到场。"}, reply_to=declined["id"])
    stand((jia, scjg), declined["matter"], {"WB-3.4d": ("met", "none", None)})

    # 没有答复：一小时后转红，从不称逾期，没有催办；只备好报告区政府的文稿。
    matter = silent["matter"]
    district.move_clocks(day("10-21 09:59:59"))
    stand((jia, cg), matter, {"WB-3.4c": ("met", "none", None), "WB-3.4d": ("open", "green", None, CG)})
    assert jia.cli("next", matter).answer["drafts"] == []
    district.move_clocks(day("10-21 10:00"))
    stand((jia, cg), matter, {"WB-3.4d": ("open", "red", None, CG)})
    draft, = jia.cli("next", matter).answer["drafts"]
    assert (draft["duty"], draft["kind"], draft["to"]) == ("WB-3.4d", "danger.report", [GOVERNMENT])
    assert CG in draft["body"]["text"] and "WB-3.4d" not in draft["body"]["text"]
    assert cg.cli("next", matter).answer["drafts"] == [], "whoever owes it prepares no report about it"
    for other in (answered, declined):
        assert jia.cli("next", other["matter"]).answer["drafts"] == []
    district.move_clocks(day("10-24 09:00"))
    stand((jia, cg), matter, {"WB-3.4d": ("open", "red", None, CG)})
    assert not knows(government, matter), "nothing goes upward by itself"
    assert reminders(jia, matter) == reminders(cg, matter) == []

    # 由指定的人签发；部门不能报，没有通报过的不能报，没有署名的不能报。
    signed = {"to": GOVERNMENT, "matter": matter, "officer": jia.officers[0]}
    refused(cg, ("send", "danger.report"), "WB-3.4e", report, to=GOVERNMENT, matter=matter, officer=cg.officers[0])
    refused(jia, ("send", "danger.report"), "WB-3.4e", report, **{**signed, "to": SCJG})
    refused(jia, ("send", "danger.report"), "WB-3.4e", report, to=GOVERNMENT, officer=jia.officers[0])
    refused(jia, ("send", "danger.report"), "WB-3.4e", draft["body"], to=GOVERNMENT, matter=matter)
    reported = exchange(jia, government, "danger.report", draft["body"], matter=matter, officer=jia.officers[0])
    held = government.show(reported["id"])
    assert [officer["certificate"] for officer in held["header"]["officers"]] == jia.officers[:1]
    stand((jia, cg), matter, {"WB-3.4d": ("open", "red", None, CG)})


def test_a_violation_is_stopped_and_told_and_a_complaint_sent_on_comes_back(district):
    scjg, jia = both = district[SCJG], district[JIA]
    district.move_clocks(day("10-27 10:30"))

    # 劝阻登记即履行“立即”；再及时告知有管辖权的部门。
    found = {"found_at": day("10-27 10:05"), "stopped_at": day("10-27 10:20")}
    matter = jia.fact("violation.stopped", example("violation-stopped", **found))["matter"]
    stand([jia], matter, {"WB-3.1.2b": ("met", "none", None), "WB-3.1.2c": ("open", "green", None, JIA)})
    told = example("violation-notice", found_at=found["found_at"], channel="platform")
    for field in ("notified_at", "notified_person"):
        del told[field]
    exchange(jia, scjg, "violation.notice", told, matter=matter)
    stand(both, matter, {"WB-3.1.2b": ("met", "none", None), "WB-3.1.2c": ("met", "none", None)})
    assert owed(jia, matter) == owed(scjg, matter) == []

    # 部门接到的投诉按权限属于镇办：告知投诉人另向镇办投诉，同时告知镇办，移交书面材料。
    received = example("complaint-received", received_at=day("10-27 09:10"), identity="open", content="反映乙街某某摊点占道经营。")
    matter = scjg.fact("complaint.received", received)["matter"]
    department = {name: ("open", "green", None, SCJG) for name in ("WB-3.2.0", "WB-3.2.2a", "WB-3.2.2b")}
    stand([scjg], matter, department)
    scjg.fact("complaint.told", example("complaint-told", what="redirected", told_at=day("10-27 10:30")), matter=matter)
    stand([scjg], matter, {"WB-3.2.0": ("met", "none", None), "WB-3.2.2a": ("met", "none", None), "WB-3.2.2b": ("open", "green", None, SCJG)})
    passed = {"received_at": day("10-27 09:10"), "told_complainant_at": day("10-27 10:30")}
    notice = exchange(scjg, jia, "complaint.notice", example("complaint-notice", **passed), matter=matter)
    stand([scjg], matter, {"WB-3.2.2b": ("met", "none", None)})
    stand(both, matter, {
        "WB-3.2.2c": ("open", "green", None, SCJG),
        "WB-3.2.1a": ("open", "green", None, JIA),
        "WB-3.2.3b": ("open", "green", None, JIA),
    })
    papers = {"handed_at": day("10-27 10:30"), "originals": [{"name": "来信", "form": "original", "count": "1份2页"}]}
    exchange(scjg, jia, "handover.list", papers, matter=matter)
    stand(both, matter, {"WB-3.2.2c": ("met", "none", None)})

    # 镇办受理、立案、告知投诉人、向告知的部门反馈。
    accepted = example("complaint-received", received_at=day("10-27 10:30"), identity="open", jurisdiction="own", content=received["content"])
    taken = jia.fact("complaint.received", accepted, matter=matter)["id"]
    township = {(name, taken): ("open", "green", None, JIA) for name in ("WB-3.2.0", "WB-3.2.1b", "WB-3.2.1c", "WB-3.2.3a")}
    stand([jia], matter, {**township, "WB-3.2.1a": ("met", "none", None)})
    jia.fact("case.filed", example("case-filed", filed_at=day("10-27 10:30")), matter=matter)
    township.update({("WB-3.2.0", taken): ("met", "none", None), ("WB-3.2.1c", taken): ("met", "none", None)})
    stand([jia], matter, {**township, ("WB-3.2.1b", taken): ("ended", "none", None)})
    district.move_clocks(day("11-06 10:30"))  # ten days on
    stand(both, matter, {"WB-3.2.3b": ("open", "amber", None, JIA)})
    jia.fact("complaint.told", example("complaint-told", what="result", told_at=day("11-06 10:00")), matter=matter)
    stand([jia], matter, {("WB-3.2.3a", taken): ("met", "none", None)})
    result = example("complaint-result", decided_at=day("11-06 10:00"))
    exchange(jia, scjg, "complaint.result", result, reply_to=notice["id"])
    stand(both, matter, {"WB-3.2.3b": ("met", "none", None)})
    stand([scjg], matter, {"WB-3.2.1a": ("met", "none", None)})  # it hears of the acceptance with the result
    for agency in both:
        assert owed(agency, matter) == [] and reminders(agency, matter) == []


def test_a_dispute_is_negotiated_then_submitted_then_ruled_on(district):
    scjg, jia, government = three = district[SCJG], district[JIA], district[GOVERNMENT]
    both = scjg, jia
    district.move_clocks(day("11-10 10:00"))
    moved = exchange(jia, scjg, "transfer.letter", letter(), officer=jia.officers[0])
    matter = moved["matter"]
    submission = example("dispute-submission", channel="platform")
    for field in ("notified_at", "notified_person"):
        del submission[field]

    # 协商在先，双方共同负担。
    objection = exchange(scjg, jia, "dispute.objection", example("dispute-objection", competent=CG), reply_to=moved["id"])
    stand(both, matter, {"WB-3.6": ("open", "green", None, SCJG, JIA)})
    refused(scjg, ("send", "dispute.submission"), "WB-3.6", submission, to=GOVERNMENT, matter=matter)
    district.move_clocks(day("11-13 11:00"))
    failed = example("dispute-negotiation", held_at=day("11-13 10:00"))
    talks = exchange(jia, scjg, "dispute.negotiation", failed, reply_to=objection["id"])
    stand(both, matter, {"WB-3.6": ("one-sided", "green", None, SCJG), "WB-3.6-submission": ("open", "green", None, SCJG, JIA)})
    confirm(scjg, talks, jia)
    stand(both, matter, {"WB-3.6": ("met", "none", None)})

    # 协商不成，提请区政府决定：久拖转黄，从不自动提请。
    district.move_clocks(day("11-24 10:00"))
    stand(both, matter, {"WB-3.6-submission": ("open", "amber", None, SCJG, JIA)})
    assert not knows(government, matter)
    refused(scjg, ("send", "dispute.submission"), "WB-3.6", submission, to=POLICE, matter=matter)
    submitted = exchange(scjg, government, "dispute.submission", submission, matter=matter, copy=[jia])
    verdicts = stand(three, matter, {"WB-3.6-submission": ("met", "none", None), "WB-3.6-ruling": ("open", "green", None, GOVERNMENT)})
    assert verdicts["WB-3.6-submission"]["addressees"] == [GOVERNMENT]
    assert verdicts["WB-3.6-ruling"]["addressees"] == [SCJG]

    # 区政府决定。
    ruling = example("dispute-ruling", ruled_at=day("11-24 09:30"), competent=SCJG)
    refused(jia, ("reply", submitted["id"], "dispute.ruling"), "WB-3.6-ruling", ruling)
    district.move_clocks(day("12-01 10:00"))
    exchange(government, scjg, "dispute.ruling", ruling, reply_to=submitted["id"], copy=[jia])
    stand(three, matter, {"WB-3.6-ruling": ("met", "none", None)})
    assert owed(scjg, matter) == []
    for agency in three:
        assert set(owed(agency, matter)) <= {"sign-for"}, "what others said to each other"
        assert reminders(agency, matter) == []


def test_a_suspected_crime_goes_to_the_police(district):
    scjg, jia, police = district[SCJG], district[JIA], district[POLICE]
    district.move_clocks(day("12-02 10:00"))
    suspected = example("crime-suspected", suspected_at=day("12-02 09:30"))
    matter = jia.fact("crime.suspected", suspected)["matter"]
    stand([jia], matter, {"WB-3.7a": ("open", "green", None, JIA)})
    referral = example("crime-referral")
    refused(jia, ("send", "crime.referral"), "WB-3.7a", referral, to=SCJG, matter=matter)
    district.move_clocks(day("12-12 09:30"))
    stand([jia], matter, {"WB-3.7a": ("open", "amber", None, JIA)})
    assert not knows(police, matter)
    exchange(jia, police, "crime.referral", referral, matter=matter)
    stand([jia, police], matter, {"WB-3.7a": ("met", "none", None)})
    assert not knows(scjg, matter)
    for agency in (jia, police):
        assert owed(agency, matter) == [] and reminders(agency, matter) == []
