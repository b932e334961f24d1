# SPDX-License-Identifier: Apache-2.0
"""What officers are shown: a regulation, a matter as it went, what is owed and why, and what can be done now."""

import json
import shutil

import pytest

from agency import BUILD, BUREAU, CONF, ED25519, JIA, PAIR, SM2, TOWN, example, lead, open_town, run, until

PROCEDURE = CONF / "procedures.d" / "weibin-2024.conf"
COMPACT = CONF / "compacts.d" / "weibin.conf"

TOWNSHIP, DEPARTMENT, GOVERNMENT = "weibin-jiazhen", "weibin-scjg", "weibin-qzf"
COUNTIES = ("xixian-scjg", "xincai-scjg")


def show(agency, *words, key=None):
    """What a person reads."""
    head = ["-C", agency.folder] + (["--as", key] if key else [])
    outcome = run(BUILD / "liaison", *head, *words)
    assert outcome.status == 0, outcome
    return outcome.out


def check(*files, as_json=False):
    head = ["--json"] if as_json else []
    return run(BUILD / "liaison", *head, "procedure", "check", *files)


# ---- next


def test_silence_prepares_a_draft_that_only_an_officer_sends():
    members = ((TOWNSHIP, ED25519, True), (DEPARTMENT, SM2, False), (GOVERNMENT, SM2, False))
    with open_town(*members, law=CONF) as town:
        township, department, government = town[TOWNSHIP], town[DEPARTMENT], town[GOVERNMENT]
        alert = {"found_at": "2025-09-24T09:50:00+08:00", "danger": "地下室存放液化气钢瓶",
                 "place": "巴扎路31号", "channel": "platform"}
        sent = township.send("danger.alert", DEPARTMENT, alert)
        matter = sent["matter"]
        department.wait_for(sent["id"])
        township.wait_duty("WB-3.4d", matter, "open")

        advice = department.cli("next", matter).answer
        assert advice["role"] == "department" and advice["procedure"]["id"] == "weibin-2024"
        owed = {duty["duty"]: duty for duty in advice["owed"]}
        assert set(owed) == {"WB-3.4d", "sign-for"}
        act = next(act for act in owed["WB-3.4d"]["acts"] if act["kind"] == "danger.response")
        assert act["to"] == [TOWNSHIP] and act["reply_to"] == sent["id"]
        assert "sent" in [field["path"] for field in act["needs"]["fields"]]
        assert owed["WB-3.4d"]["extension"] is None
        assert "danger.response" in show(department, "next", matter)

        advice = township.cli("next", matter).answer
        assert advice["owed"] == [] and advice["drafts"] == []
        refused = township.cli("next", matter, draft="danger.report")
        assert refused.status == 1 and refused.out == ""

        town.move_clocks("2025-09-24T11:30:00+08:00", department, township, government)
        [draft] = township.cli("next", matter).answer["drafts"]
        assert (draft["kind"], draft["to"], draft["duty"]) == ("danger.report", [GOVERNMENT], "WB-3.4d")
        assert draft["matter"] == matter
        printed = township.cli("next", matter, draft="danger.report")
        assert f"liaison send danger.report --to {GOVERNMENT}" in printed.err
        body = json.loads(printed.out)
        assert body == draft["body"] and "派执法人员处理" in body["text"] and DEPARTMENT in body["text"]
        assert department.cli("next", matter).answer["drafts"] == []

        checked = township.cli("send", "danger.report", "-", body=body, to=GOVERNMENT, matter=matter,
                               officer=township.officers[0], check=True).answer
        assert checked["outcome"] == "accepted"
        assert government.cli("list").lines == []  # nothing has gone up by itself


def test_extension_suspension_and_the_answer_that_is_awaited():
    asker, asked = COUNTIES
    members = ((asker, ED25519, True), (asked, SM2, False))
    with open_town(*members, prepare=sectors, law=CONF) as town:
        request = example("assistance-request", form="letter", channel="platform")
        for key in ("notified_at", "notified_person"):
            request.pop(key, None)
        sent = town[asker].send("assistance.request", asked, request, officer=town[asker].officers[0])
        matter = sent["matter"]
        town[asked].wait_for(sent["id"])

        advice = town[asked].cli("next", matter).answer
        duty = next(duty for duty in advice["owed"] if duty["duty"] == "XX-2.2d-market")
        assert duty["extension"]["kind"] == "assistance.extension"
        assert [act["kind"] for act in duty["acts"]] == ["assistance.result"]
        [awaited] = advice["answers"]
        assert awaited["id"] == sent["id"]
        assert [answer["kind"] for answer in awaited["answers"]] == ["assistance.result"]
        assert "XX-2.2e" in [row["requirement"] for row in awaited["answers"][0]["needs"]["requirements"]]

        town.move_clocks("2025-09-24T12:00:00+08:00", town[asked], town[asker])
        suspended = {"suspended_at": "2025-09-24T11:00:00+08:00", "reason": "送检"}
        told = town[asked].reply(sent["id"], "assistance.suspended", suspended)
        town[asker].wait_for(told["id"])
        for agency in town:  # who is asked counts it from the receipt
            until(lambda: "suspended_at" in agency.duty("XX-2.2d-market", matter), "it is suspended")
            duty = agency.duty("XX-2.2d-market", matter)
            assert duty["suspended_at"].startswith("2025-09-24T11:00:00")
            assert not duty.get("resumed_at") and not duty.get("due_at")
        rows = show(town[asked], "due", "--owed-by", "us")
        assert "已中止" in rows and "自 2025-09-24 11:00:00 起中止" in rows

        town.move_clocks("2025-09-26T12:00:00+08:00", town[asked], town[asker])
        resumed = {"resumed_at": "2025-09-26T11:00:00+08:00"}
        told = town[asked].reply(sent["id"], "assistance.resumed", resumed)
        town[asker].wait_for(told["id"])
        until(lambda: "resumed_at" in town[asked].duty("XX-2.2d-market", matter), "it goes on")
        duty = town[asked].duty("XX-2.2d-market", matter)
        assert duty["resumed_at"].startswith("2025-09-26T11:00:00") and duty["due_at"]
        assert "曾中止，2025-09-24 11:00:00 至 2025-09-26 11:00:00" in show(town[asked], "matter", matter)


def sectors(agency):
    """Who is asked is a market regulator by its card, and only then is there a due time."""
    shutil.rmtree(agency.folder)
    agency.init(sector="market")


# ---- matter, show, send --check


def test_matter_is_a_time_line_with_every_duty_under_what_opened_it(town):
    bureau, jia = town[BUREAU], town[JIA]
    found = bureau.fact("lead.discovered", example("lead-discovered", discovered_at="2025-09-24T09:40:00+08:00"))
    matter = found["matter"]
    notice = bureau.send("lead.notice", JIA, lead(), matter=matter)
    jia.wait_for(notice["id"])
    bureau.wait_duty("YC-1.1.1", matter, "met", found["id"])
    town.move_clocks("2025-09-25T10:00:00+08:00", jia, bureau)
    held = example("lead-assessment", held_at="2025-09-25T09:00:00+08:00")
    record = jia.reply(notice["id"], "lead.assessment", held, officer=jia.officers[0])
    bureau.wait_for(record["id"])
    bureau.wait_duty("YC-1.1.2", matter, "one-sided")
    lines = show(bureau, "matter", matter)
    assert "一方已记录，对方尚未确认" in lines
    # what is owed by us is our word about the other's record
    [joint] = [duty for duty in bureau.cli("next", matter).answer["owed"] if duty["duty"] == "YC-1.1.2"]
    assert (joint["acts"][0]["kind"], joint["acts"][0]["reply_to"]) == ("confirm", record["id"])
    word = bureau.confirm(record["id"])
    jia.wait_for(word["id"])
    duty = bureau.wait_duty("YC-1.1.2", matter, "met")
    assert duty["confirmed"] is True

    lines = show(bureau, "matter", matter).splitlines()
    places = [next(i for i, line in enumerate(lines) if text in line) for text in
              ("线索发现登记", "YC-1.1.1", "  线索通报", "YC-1.1.2", f"编号 {record['id']}", f"编号 {word['id']}")]
    assert places == sorted(places)
    below = "\n".join(lines[places[3]:places[4]])
    assert f"由 {JIA}、{BUREAU} 共同  不迟于 2025-09-28 23:59:59" in below and "一、（一）2" in below
    assert "完成 2025-09-25 10:00:00（提前 3 天 13 小时）" in below and "经对方确认" in below
    assert "联合研判记录" in below
    first = "\n".join(lines[places[1]:places[2]])
    assert "完成 2025-09-24" in first and "经对方确认" not in first
    shown = show(bureau, "show", notice["id"])
    assert "3个工作日内" in shown and "不计" in shown  # start, counted and skipped days


def test_check_says_what_would_be_owed_and_all_that_is_missing(town):
    bureau = town[BUREAU]
    said = run(BUILD / "liaison", "-C", bureau.folder, "send", "lead.notice", "-", "--to", JIA, "--check",
               body=json.dumps(lead()).encode())
    assert said.status == 0, said
    assert f"YC-1.1.2 联合研判与决定  由 {JIA}、{BUREAU} 共同" in said.out
    assert f"签收  由 {JIA} 对 {BUREAU}" in said.out and "期限 2025-09-25 23:59:59" in said.out
    # what the kind asks for and what the procedure asks for come together, each with title and article
    poor = lead()
    poor.pop("evidence", None)
    poor.pop("facts", None)
    refused = bureau.cli("send", "lead.notice", "-", body=poor, to=JIA, check=True)
    assert refused.code == "required"
    told = {fault["title"]: fault for fault in refused.lines[0]["refusal"]["faults"]}
    assert told["已掌握的证据"]["source"] == "YC-1.1.1" and "已掌握的证据" in refused.err
    for title in told:
        assert title in refused.err


def test_what_only_the_procedure_asks_for_is_told_with_its_article():
    with open_town(*PAIR, law=CONF) as town:
        bureau = town[BUREAU]
        decision = example("joint-decision", decided_at="2025-09-24T09:50:00+08:00")
        proposal = bureau.cli("send", "joint.decision", "-", body=decision, to=JIA, check=True, officer=bureau.officers[0])
    assert proposal.code == "requirement", proposal
    [fault] = proposal.lines[0]["refusal"]["faults"]
    assert (fault["title"], fault["source"]) == ("处理决定之前须有处理方案", "YC-1.2.4a")
    assert "此前须有“处理方案”" in fault["text"] and "一、（二）4" in fault["text"]
    assert "一、（二）4" in proposal.err and "处理决定之前须有处理方案" in proposal.err


# ---- procedure show, procedure check


def test_procedure_is_shown_in_both_languages_by_file_and_by_id(shared_town):
    bureau = shared_town[BUREAU]
    zh = run(BUILD / "liaison", "procedure", "show", PROCEDURE).out
    assert "卫滨区综合行政执法协调联动机制" in zh and "WB-3.4d  派执法人员处理" in zh
    assert "限主送机关角色是" in zh and "自动催办" not in zh.split("WB-3.4c")[1].split("WB-3.4d")[0]
    assert "应立即派执法人员进行处理" not in zh
    quoted = run(BUILD / "liaison", "procedure", "show", "--quotes", PROCEDURE).out
    assert "应立即派执法人员进行处理" in quoted.replace("\n            ", "")
    en = run(BUILD / "liaison", "procedure", "show", "--lang", "en", PROCEDURE).out
    assert "WB-3.4d  send officers" in en and "the addressee's role is" in en and "at once" in en
    yecheng = TOWN / "procedures.d" / "yecheng-2025.conf"
    assert show(bureau, "procedure", "show", "yecheng-2025") == run(BUILD / "liaison", "procedure", "show", yecheng).out
    whole = bureau.cli("procedure", "show", "yecheng-2025").answer
    assert whole["text"] == yecheng.read_text("utf-8")
    assert {duty["duty"] for duty in whole["duties"]} >= {"YC-1.1.1", "YC-1.1.2", "sign-for"}
    assert run(BUILD / "liaison", "-C", bureau.folder, "procedure", "show", "elsewhere").status == 1


def test_shipped_law_is_free_of_faults():
    files = sorted((CONF / "procedures.d").glob("*.conf")) + sorted((CONF / "compacts.d").glob("*.conf"))
    checked = check(*files)
    assert (checked.status, checked.err) == (0, "")
    assert all(str(file) in checked.out for file in files)


@pytest.mark.parametrize("change, line_of, words", [
    (("police\nrole_titles = ", "police, idle\nrole_titles = 闲置, "), "roles = ", "role idle: no rule speaks of it"),
    (("from = township\nto = government", "from = nobody\nto = government"), "[requirement WB-3.4e]",
     "there is no role nobody"),
    (("author role = township\ndebtors = author\nstart = field found_at",
      "author role = justice and author role = police\ndebtors = author\nstart = field found_at"),
     "[duty WB-3.4c]", "no danger.alert can open it"),
])
def test_what_is_wrong_is_told_with_file_and_line(tmp_path, change, line_of, words):
    text = PROCEDURE.read_text("utf-8")
    assert change[0] in text
    broken = tmp_path / "broken.conf"
    broken.write_text(text.replace(*change, 1), "utf-8")
    line = next(i for i, row in enumerate(broken.read_text("utf-8").splitlines(), 1) if row.startswith(line_of))
    checked = check(broken, COMPACT)
    assert checked.status == 1 and checked.out == ""
    assert f"{broken}:{line}: " in checked.err and words in checked.err
    [fault] = check(broken, COMPACT, as_json=True).lines[0]["faults"]
    assert (fault["file"], fault["line"]) == (str(broken), line)


def test_two_versions_that_are_valid_at_once_are_told(tmp_path):
    again = tmp_path / "again.conf"
    again.write_text(PROCEDURE.read_text("utf-8") + "\n# another text\n", "utf-8")
    checked = check(PROCEDURE, again)
    assert checked.status == 1 and f"weibin-2024 stands in {PROCEDURE} too" in checked.err
    assert check(tmp_path / "nothing.conf").status == 2
