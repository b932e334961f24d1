# SPDX-License-Identifier: Apache-2.0
"""叶城, from the discovery to the end: a joint case over National Day, a transfer step by step, an urgent one, and a year whose regional holidays are
not known. The chapters follow each other on one clock; none needs what an earlier one left behind."""

import pytest

from agency import BUREAU, CONF, ED25519, JIA, SM2, example, lead
from conftest import open_town
from scenario import confirm, day, exchange, owed, refused, reminders, stand

SIDES = ((BUREAU, ED25519, True), (JIA, SM2, False))
HEAD = "B003"  # who approves at the township


@pytest.fixture(scope="module")
def county():
    with open_town(*SIDES, clock=day("09-08 10:00"), law=CONF) as town:
        town[JIA].add_officer(HEAD, "甲镇负责人")
        yield town


def minutes(held_at, summary):
    people = [{"name": "张伟", "agency": BUREAU, "role": "business"}, {"name": "玉素甫·艾力", "agency": JIA, "role": "business"}]
    return example("meeting-minutes", purpose="conference", held_at=held_at, place="甲镇综合行政执法队", participants=people, summary=summary)


def test_a_lead_becomes_a_joint_case_that_ends_with_its_closing_report(county):
    bureau, jia = both = county[BUREAU], county[JIA]

    # 发现：24小时自发现起，只有发现方知道。
    found = day("09-08 09:40")
    matter = jia.fact("lead.discovered", example("lead-discovered", discovered_at=found))["matter"]
    stand([jia], matter, {"YC-1.1.1": ("open", "green", "09-09 09:40", JIA)})
    county.move_clocks(day("09-09 03:39:59"))
    stand([jia], matter, {"YC-1.1.1": ("open", "green", "09-09 09:40", JIA)})
    county.move_clocks(day("09-09 03:40"))  # the last quarter
    stand([jia], matter, {"YC-1.1.1": ("open", "amber", "09-09 09:40", JIA)})
    assert bureau.cli("matter", matter).code == "not-found"

    # 通报在最后一秒到达；双方收到后3个工作日内研判。
    county.move_clocks(day("09-09 09:40"))
    notice = exchange(jia, bureau, "lead.notice", lead(discovered_at=found), matter=matter, signed=False)
    verdicts = stand(both, matter, {
        "YC-1.1.1": ("met", "none", "09-09 09:40"),
        "YC-1.1.2": ("open", "green", "09-12", BUREAU, JIA),
        "sign-for": ("open", "green", "09-10", BUREAU),
    })
    assert verdicts["YC-1.1.1"]["met_at"] == day("09-09 09:40")
    assert verdicts["YC-1.1.2"]["start_at"] == day("09-09 09:40")

    # 签收逾期：催办只有一次，不催办催办。
    county.move_clocks(day("09-11 00:00"), bureau, jia)
    signing = "sign-for", notice["id"]
    stand(both, matter, {signing: ("overdue", "red", "09-10", BUREAU), "YC-1.1.2": ("open", "green", "09-12", BUREAU, JIA)})
    county.move_clocks(day("09-11 09:00"), bureau, jia)
    bureau.acknowledge(notice["id"])
    stand(both, matter, {signing: ("met-late", "none", "09-10")})
    chased = [(JIA, BUREAU, "sign-for")]
    assert reminders(jia, matter) == reminders(bureau, matter) == chased

    # 研判：一方记录，另一方确认，才算双方完成。
    county.move_clocks(day("09-12 00:00"))
    stand(both, matter, {"YC-1.1.2": ("open", "amber", "09-12", BUREAU, JIA)})
    county.move_clocks(day("09-12 10:00"))
    early = example("joint-decision", decided_at=day("09-12 10:00"))
    refused(bureau, ("send", "joint.decision"), "YC-1.2.4a", early, to=JIA, matter=matter)
    assessment = exchange(bureau, jia, "lead.assessment", example("lead-assessment", held_at=day("09-12 09:30")), reply_to=notice["id"])
    stand(both, matter, {
        "YC-1.1.2": ("one-sided", "amber", "09-12", JIA),
        "YC-1.2.1a": ("open", "green", None, BUREAU, JIA),
    })
    confirm(jia, assessment, bureau)
    verdicts = stand(both, matter, {"YC-1.1.2": ("met", "none", "09-12")})
    assert verdicts["YC-1.1.2"]["met_at"] == day("09-12 10:00")

    # 立即组建联合办案组：一小时后转红，从不称逾期。
    county.move_clocks(day("09-12 10:29:59"))
    stand(both, matter, {"YC-1.2.1a": ("open", "green", None, BUREAU, JIA)})
    county.move_clocks(day("09-12 11:00"))
    stand(both, matter, {"YC-1.2.1a": ("open", "red", None, BUREAU, JIA)})
    members = example("joint-team", formed_at=day("09-12 11:00"))
    refused(bureau, ("send", "joint.team"), "YC-1.2.1b", dict(members, members=[]), to=JIA, matter=matter)
    team = exchange(bureau, jia, "joint.team", members, matter=matter)
    stand(both, matter, {
        "YC-1.2.1a": ("one-sided", "red", None, JIA),
        "YC-1.2.2a": ("open", "green", None, BUREAU, JIA),
        "YC-1.2.2d": ("open", "green", None, BUREAU, JIA),
        "YC-1.2.3a": ("open", "green", "09-26", BUREAU, JIA),
    })
    confirm(jia, team, bureau)
    stand(both, matter, {"YC-1.2.1a": ("met", "none", None)})

    # 计划、检测、证据。
    county.move_clocks(day("09-15 10:00"))
    plan = exchange(bureau, jia, "joint.plan", example("joint-plan", made_at=day("09-15 09:30")), matter=matter)
    testing = exchange(jia, bureau, "assistance.request", example("assistance-request"), matter=matter)
    jia.fact("evidence.collected", example("evidence-collected", collected_at=day("09-15 09:00")), matter=matter)
    stand([jia], matter, {"YC-1.2.2d-evidence": ("open", "green", None, JIA)})
    stand(both, matter, {"YC-1.2.2a": ("one-sided", "green", None, JIA), "YC-1.2.2b": ("open", "green", None, BUREAU)})
    confirm(jia, plan, bureau)
    exchange(bureau, jia, "assistance.result", example("assistance-result", done_at=day("09-15 10:00")), reply_to=testing["id"])
    evidence = exchange(jia, bureau, "evidence.shared", example("evidence-shared", collected_at=day("09-15 09:00")), matter=matter)
    progress = "YC-1.2.2d", team["id"]
    next_progress = "YC-1.2.2d", evidence["id"]
    stand(both, matter, {
        "YC-1.2.2a": ("met", "none", None),
        "YC-1.2.2b": ("met", "none", None),
        "YC-1.2.2d-evidence": ("met", "none", None),
        progress: ("met", "none", None),
        next_progress: ("open", "green", None, BUREAU, JIA),
    })

    # 第一次会商按期召开，确认迟到：待确认过了届满为红，确认后按记录到达的时间算按期；下一期自会议召开起，遇国庆顺延到10月9日。
    county.move_clocks(day("09-24 16:00"))
    first = exchange(bureau, jia, "meeting.minutes", minutes(day("09-24 15:00"), "讨论证据链，补充走访两户。"), matter=matter)
    by_team, by_first = ("YC-1.2.3a", team["id"]), ("YC-1.2.3a", first["id"])
    stand(both, matter, {by_team: ("one-sided", "green", "09-26", JIA), by_first: ("open", "green", "10-09", BUREAU, JIA)})
    county.move_clocks(day("09-27 00:00"))
    stand(both, matter, {by_team: ("one-sided", "red", "09-26", JIA), next_progress: ("open", "amber", None, BUREAU, JIA)})
    confirm(jia, first, bureau)
    verdicts = stand(both, matter, {by_team: ("met", "none", "09-26")})
    assert verdicts[by_team]["met_at"] == day("09-24 16:00") and verdicts[by_team]["met_by"] == first["id"]

    # 第二次错过：节前最后一个工作日转黄，10月9日过后超期，双方各催办一次。
    county.move_clocks(day("09-29 23:59:59"))
    stand(both, matter, {by_first: ("open", "green", "10-09", BUREAU, JIA)})
    county.move_clocks(day("09-30 00:00"))
    stand(both, matter, {by_first: ("open", "amber", "10-09", BUREAU, JIA)})
    county.move_clocks(day("10-09"))
    stand(both, matter, {by_first: ("open", "amber", "10-09", BUREAU, JIA)})
    county.move_clocks(day("10-10 00:00"))
    verdicts = stand(both, matter, {by_first: ("overdue", "red", "10-09", BUREAU, JIA)})
    assert "国庆" in verdicts[by_first]["explanation"]

    # 补开的会商：逾期完成，重新起算；10月25日是周六，顺延到周一。
    county.move_clocks(day("10-11 11:00"))
    second = exchange(jia, bureau, "meeting.minutes", minutes(day("10-11 10:00"), "补开会商，核对送货车辆登记人。"), matter=matter)
    by_second = "YC-1.2.3a", second["id"]
    stand(both, matter, {by_first: ("one-sided", "red", "10-09", BUREAU)})
    confirm(bureau, second, jia)
    verdicts = stand(both, matter, {by_first: ("met-late", "none", "10-09"), by_second: ("open", "green", "10-27", BUREAU, JIA)})
    assert verdicts[by_first]["met_at"] == day("10-11 11:00")
    chased += [(BUREAU, JIA, "YC-1.2.3a"), (JIA, BUREAU, "YC-1.2.3a")]
    assert sorted(reminders(bureau, matter)) == sorted(reminders(jia, matter)) == sorted(chased)
    county.move_clocks(day("10-24 00:00"))
    stand(both, matter, {by_second: ("open", "amber", "10-27", BUREAU, JIA)})
    county.move_clocks(day("10-24 11:00"))
    third = exchange(bureau, jia, "meeting.minutes", minutes(day("10-24 10:00"), "检验报告已出，研究法律适用。"), matter=matter)
    confirm(jia, third, bureau)
    by_third = "YC-1.2.3a", third["id"]
    stand(both, matter, {by_second: ("met", "none", "10-27"), by_third: ("open", "green", "11-07", BUREAU, JIA)})

    # 处理方案由对方确认才成立；决定载明幅度和执行期限，周日也照期限届满，节前的周五转黄。
    county.move_clocks(day("10-28 10:00"))
    proposal = exchange(bureau, jia, "joint.proposal", example("joint-proposal"), matter=matter)
    stand(both, matter, {"YC-1.2.4a": ("one-sided", "green", None, JIA)})
    confirm(jia, proposal, bureau)
    decision = example("joint-decision", decided_at=day("10-28 09:30"), execute_until=day("11-02 18:00"))
    bare = {name: value for name, value in decision.items() if name not in ("range", "execute_until")}
    refused(bureau, ("send", "joint.decision"), "YC-1.2.4b", bare, to=JIA, matter=matter)
    exchange(bureau, jia, "joint.decision", decision, matter=matter)
    stand(both, matter, {
        "YC-1.2.4a": ("met", "none", None),
        "YC-1.2.4b": ("open", "green", "11-02 18:00", BUREAU, JIA),
        "YC-1.2.4d": ("open", "green", None, BUREAU, JIA),
    })
    county.move_clocks(day("10-31 00:00"))
    stand(both, matter, {"YC-1.2.4b": ("open", "amber", "11-02 18:00", BUREAU, JIA)})

    # 执行：部分执行不算；罚款收缴由双方共同监督，须对方确认。
    county.move_clocks(day("10-31 15:00"))
    executed = example("joint-execution", executed_at=day("10-31 14:00"))
    exchange(bureau, jia, "joint.execution", dict(executed, done="no", text="罚款尚未缴清。"), matter=matter)
    stand(both, matter, {"YC-1.2.4b": ("open", "amber", "11-02 18:00", BUREAU, JIA), "YC-1.2.4d": ("open", "green", None, BUREAU, JIA)})
    execution = exchange(bureau, jia, "joint.execution", executed, matter=matter)
    stand(both, matter, {"YC-1.2.4b": ("met", "none", "11-02 18:00"), "YC-1.2.4d": ("one-sided", "green", None, JIA)})
    confirm(jia, execution, bureau)
    stand(both, matter, {"YC-1.2.4d": ("met", "none", None)})

    # 结案报告终止一切循环的义务，此后什么都不再届满。
    county.move_clocks(day("11-03 17:00"))
    exchange(bureau, jia, "joint.report", example("joint-report", closed_at=day("11-03 16:00")), matter=matter)
    ended = {by_third: ("ended", "none", "11-07"), next_progress: ("ended", "none", None), by_first: ("met-late", "none", "10-09")}
    stand(both, matter, ended)
    county.move_clocks(day("11-10 00:00"))
    stand(both, matter, ended)
    for agency in both:
        assert set(owed(agency, matter)) <= {"sign-for"}, "of a reminder nobody signed for"
        assert sorted(reminders(agency, matter)) == sorted(chased)


def take_steps(jia, case, checked_at, **options):
    """The steps within the township, up to the check; the matter."""
    matter = jia.fact("transfer.applied", example("transfer-applied", applied_at=checked_at, case_name=case))["matter"]
    first, second = jia.officers[:2]
    jia.fact("transfer.reviewed", example("transfer-reviewed", reviewed_at=checked_at), matter=matter, officer=second)
    jia.fact("transfer.approved", example("transfer-approved", approved_at=checked_at), matter=matter, officer=HEAD)
    jia.fact("transfer.checked", example("transfer-checked", checked_at=checked_at), matter=matter, officer=first, **options)
    return matter


def test_a_transfer_goes_through_every_hand_and_comes_back_with_its_result(county):
    bureau, jia = both = county[BUREAU], county[JIA]
    first, second = jia.officers[:2]
    county.move_clocks(day("11-17 10:00"))

    # 申请、法制审核、负责人审批：没有期限，次序和不同的人是要件。
    applied = example("transfer-applied", applied_at=day("11-17 09:30"))
    matter = jia.fact("transfer.applied", applied, officer=first)["matter"]
    stand([jia], matter, {"YC-2.2.1b": ("open", "green", None, JIA)})
    approved = example("transfer-approved", approved_at=day("11-17 10:00"))
    refused(jia, ("fact", "transfer.approved"), "YC-2.2.1b", approved, matter=matter, officer=HEAD)
    county.move_clocks(day("11-18 10:00"))
    jia.fact("transfer.reviewed", example("transfer-reviewed", reviewed_at=day("11-18 09:00")), matter=matter, officer=second)
    refused(jia, ("fact", "transfer.approved"), "YC-2.2.1b", approved, matter=matter, officer=second)
    refused(jia, ("fact", "transfer.checked"), "YC-2.2.2a", example("transfer-checked"), matter=matter, officer=first)
    jia.fact("transfer.approved", approved, matter=matter, officer=HEAD)
    stand([jia], matter, {"YC-2.2.1b": ("met", "none", None), "YC-2.2.2a": ("open", "green", None, JIA)})

    # 三个工作日自材料审核通过起：周四通过，下周二届满。
    letter = example("transfer-letter")
    refused(jia, ("send", "transfer.letter"), "YC-2.2.2b", letter, to=BUREAU, matter=matter, officer=first)
    county.move_clocks(day("11-20 10:00"))
    jia.fact("transfer.checked", example("transfer-checked", checked_at=day("11-20 09:30")), matter=matter, officer=first)
    stand([jia], matter, {"YC-2.2.2a": ("met", "none", None), "YC-2.2.2b": ("open", "green", "11-25", JIA)})
    county.move_clocks(day("11-25 00:00"))
    stand([jia], matter, {"YC-2.2.2b": ("open", "amber", "11-25", JIA)})
    assert bureau.cli("matter", matter).code == "not-found", "nobody outside has heard of it"
    county.move_clocks(day("11-25"))
    refused(jia, ("send", "transfer.letter"), "YC-2.1.2", dict(letter, ground="delegated"), to=BUREAU, matter=matter, officer=first)
    sent = exchange(jia, bureau, "transfer.letter", letter, matter=matter, officer=first)
    verdicts = stand(both, matter, {"YC-2.2.2b": ("met", "none", "11-25"), "YC-2.2.3a": ("open", "green", None, BUREAU)})
    assert verdicts["YC-2.2.2b"]["met_at"] == day("11-25")

    # 原件待交：审查自交接齐全起，交接之前多久都不转黄。
    county.move_clocks(day("12-08 10:00"))
    stand(both, matter, {"YC-2.2.3a": ("open", "green", None, BUREAU)})
    papers = {"handed_at": day("12-08 09:30"), "originals": [{"name": "现场检查笔录", "form": "original", "count": "1份3页"}]}
    handed = exchange(jia, bureau, "handover.list", papers, matter=matter)
    receipt = {"handed_at": day("12-08 09:30"), "complete": "yes"}
    exchange(bureau, jia, "handover.receipt", receipt, reply_to=handed["id"], officer=bureau.officers[0])
    assert stand(both, matter, {"YC-2.2.3a": ("open", "green", None, BUREAU)})["YC-2.2.3a"]["start_at"] == day("12-08 09:30")

    # 补充之后审查接收，决定立案，反馈结果。
    lacking = example("transfer-review", outcome="supplement", decided_at=day("12-08 10:00"), reason="缺店主询问笔录")
    refused(bureau, ("reply", sent["id"], "transfer.review"), "missing", lacking, officer=bureau.officers[0])
    asked = exchange(bureau, jia, "transfer.review", dict(lacking, missing=["店主询问笔录"]), reply_to=sent["id"], officer=bureau.officers[0])
    stand(both, matter, {"YC-2.2.3a": ("open", "green", None, BUREAU), "YC-2.2.3b": ("open", "green", None, JIA)})
    exchange(jia, bureau, "transfer.supplement", example("transfer-supplement"), reply_to=asked["id"])
    stand(both, matter, {"YC-2.2.3b": ("met", "none", None)})
    county.move_clocks(day("12-09 10:00"))
    accepted = example("transfer-review", decided_at=day("12-09 09:30"))
    exchange(bureau, jia, "transfer.review", accepted, reply_to=sent["id"], officer=bureau.officers[0])
    stand(both, matter, {"YC-2.2.3a": ("met", "none", None), "YC-2.2.3c": ("open", "green", None, BUREAU)})
    filing = example("transfer-filing", decided_at=day("12-09 10:00"))
    exchange(bureau, jia, "transfer.filing", filing, reply_to=sent["id"], officer=bureau.officers[0])
    stand(both, matter, {"YC-2.2.3c": ("met", "none", None)})
    bureau.fact("case.closed", example("case-closed", closed_at=day("12-09 10:00")), matter=matter)
    county.move_clocks(day("12-19 10:00"))
    assert stand([bureau], matter, {"YC-2.2.3d": ("open", "amber", None, BUREAU)})["YC-2.2.3d"]["addressees"] == [JIA]
    result = example("transfer-result", closed_at=day("12-09 10:00"))
    exchange(bureau, jia, "transfer.result", result, reply_to=sent["id"])
    stand(both, matter, {"YC-2.2.3d": ("met", "none", None)})
    for agency in both:
        assert owed(agency, matter) == [] and reminders(agency, matter) == []


def test_an_urgent_transfer_has_twenty_four_hours_over_the_weekend(county):
    bureau, jia = both = county[BUREAU], county[JIA]
    first = jia.officers[0]
    county.move_clocks(day("12-19 17:00"))  # a Friday
    urgent = "证据可能灭失"
    in_time = take_steps(jia, "甲案", day("12-19 17:00"), urgent=urgent)
    late = take_steps(jia, "乙案", day("12-19 17:00"), urgent=urgent)
    county.move_clocks(day("12-20 10:59:59"))
    for matter in (in_time, late):
        stand([jia], matter, {"YC-2.2.2b": ("open", "green", "12-20 17:00", JIA)})
    county.move_clocks(day("12-20 17:00"))
    stand([jia], late, {"YC-2.2.2b": ("open", "amber", "12-20 17:00", JIA)})
    exchange(jia, bureau, "transfer.letter", example("transfer-letter"), matter=in_time, officer=first, urgent=urgent)
    stand(both, in_time, {"YC-2.2.2b": ("met", "none", "12-20 17:00"), "sign-for": ("met", "none", "12-20 19:00")})
    county.move_clocks(day("12-20 17:00:01"))
    stand([jia], late, {"YC-2.2.2b": ("overdue", "red", "12-20 17:00", JIA)})
    exchange(jia, bureau, "transfer.letter", example("transfer-letter"), matter=late, officer=first, urgent=urgent)
    stand(both, late, {"YC-2.2.2b": ("met-late", "none", "12-20 17:00")})
    for agency in both:
        assert reminders(agency, late) == []


def test_where_the_regional_calendar_is_missing_nothing_is_called_late(county):
    bureau, jia = both = county[BUREAU], county[JIA]
    county.move_clocks(day("12-30 10:00"))
    notice = exchange(jia, bureau, "lead.notice", lead(discovered_at=day("12-30 09:00")))
    matter = notice["matter"]
    earliest = f"earliest:{day('2026-01-05')}"  # 4 January is a worked Sunday
    stand(both, matter, {
        "YC-1.1.1": ("met", "none", "12-31 09:00"),
        "YC-1.1.2": ("open", "green", earliest, BUREAU, JIA),
        "sign-for": ("met", "none", "12-31"),
    })
    county.move_clocks(day("2026-01-05 00:00"))
    stand(both, matter, {"YC-1.1.2": ("open", "amber", earliest, BUREAU, JIA)})
    county.move_clocks(day("2026-01-20 10:00"))
    stand(both, matter, {"YC-1.1.2": ("open", "amber", earliest, BUREAU, JIA)})
    assessment = exchange(bureau, jia, "lead.assessment", example("lead-assessment", held_at=day("2026-01-20 09:00")), reply_to=notice["id"])
    confirm(jia, assessment, bureau)
    stand(both, matter, {"YC-1.1.2": ("met", "none", earliest)})
    for agency in both:
        assert reminders(agency, matter) == []

    # 年度计划由市场监督管理局起草，每年一次，当年届满；本机制施行的2025年已经开始，不欠计划。
    plans = sorted((d["due_text"], d["state"], *d["owing"]) for d in bureau.duties("--closed") if d["duty"] == "YC-4.1")
    assert plans == [(day("2026-12-31"), "open", BUREAU)]
    assert [d for d in jia.duties("--closed") if d["duty"] == "YC-4.1"] == []
