# SPDX-License-Identifier: Apache-2.0
"""The first lead: from the discovery to the joint assessment, every duty met on time."""
import subprocess
import time

import voice
from stage import Watch, check, until
from town import (GULNAR, YUSUF, ZHANG, at, expect, expect_reasons, listed, newest, same_duties,
                  wait_delivery, wait_duty)


NEXT = "YC-1.2.1a"  # what the decision to start opens


def discover(town):
    jiazhen = town.jiazhen
    town.say("甲镇日常巡查发现一家商行销售过期食品，货源可能涉及相邻乡镇。先登记发现，24小时由此起算。",
             "A township finds expired food and records it: 24 hours to tell the bureau.")
    jiazhen.type("fact", "lead.discovered", "examples/lead-discovered.json", "--officer", YUSUF)
    matter = newest(jiazhen, "lead.discovered")["matter"]
    expect(wait_duty(jiazhen, matter, town.notice_of(jiazhen), "open"), due_at=at("09-25 09:40"),
           light="green")
    check(not town.bureau.ask("list", "--in"), "登记没有收件人，市监局什么也没有收到")
    jiazhen.type("due")
    voice.good("线索通报的期限是 9月25日 09:40：自 9月24日 09:40 发现起24小时")
    return matter


def send(town, matter):
    words = ["send", "lead.notice", "--to", town.bureau.id, "--matter", matter, "--officer", YUSUF]
    body = "examples/lead-food-expired.json"
    town.say("发送前先核对：会产生哪些义务，对方是否在线。",
             "--check says what will be owed, and changes nothing.")
    town.jiazhen.type(*words, "--check", body)
    check(not town.jiazhen.ask("list", "--out"), "核对不提交任何东西")
    town.say("市监局的联络员开着 watch，甲镇发出通报：",
             "The bureau's officer is watching when the lead is sent:")
    watch = Watch(town.bureau)
    lead, seconds = send_live(town, ["liaison", "-C", town.jiazhen.id, *words, body], watch)
    watch.close()
    check(lead["matter"] == matter, "线索通报归入发现登记的同一事项")
    voice.good(f"从发送命令开始执行到市监局屏幕上出现：{seconds:.3f} 秒")
    return lead["id"]


def send_live(town, words, watch):
    """Sends a message and waits until it is on the watcher's screen."""
    voice.typed(words)
    begun = time.monotonic()
    child = town.stage.spawn(words, stdout=subprocess.PIPE)
    event, seen = watch.wait("线索到达", lambda e: e["type"] == "received" and
                             e["message"]["header"]["kind"] == "lead.notice")
    text, _ = child.communicate()
    check(child.returncode == 0, "发送命令成功")
    voice.output(text.decode("utf-8"))
    return event["message"]["header"], seen - begun


def arrive(town, matter, lead):
    jiazhen = town.jiazhen
    expect(wait_duty(jiazhen, matter, town.notice_of(jiazhen), "met"), met_at=town.stage.clock)
    check(wait_delivery(jiazhen, lead, "arrived")["arrived_at"] == town.stage.clock,
          "到达时间是市监局收到的时间")
    town.say("甲镇看到“已到达”：这是对方守护进程签名的回执，还没有人签收。通报义务就此按期完成。",
             "Arrived: the receipt of a machine. The duty to tell is met; nobody has signed yet.")
    jiazhen.type("list", "--out")
    check(town.bureau.message(lead)["body"]["suspect"]["name"] == "叶城县丰盈粮油副食品商行", "市监局读到同一主体")
    town.bureau.type("show", lead, most=18)
    voice.good("甲镇“已到达”，市监局“待签收”；线索通报按期完成")


def sign_for(town, lead):
    town.stage.move_clocks(at("09-24 10:20"), town.bureau, town.jiazhen)
    town.say("市监局张伟签收。", "An officer signs for it: a person, with a name on the roll.")
    town.bureau.type("ack", lead, "--officer", ZHANG)
    found = wait_delivery(town.jiazhen, lead, "acknowledged")
    check((found["acknowledged_at"], found["acknowledged_by"]) == (town.stage.clock, "张伟"),
          "张伟 10:20 签收")
    town.jiazhen.type("list", "--out")
    voice.good("甲镇看到“已签收”，签收人张伟，10:20")


def count_down(town, matter):
    town.say("还欠什么、欠到几时、为什么：收到后3个工作日内联合研判，由双方共同负担。",
             "What is owed, until when, and why: a joint assessment within three working days.")
    town.bureau.type("due")
    duty = town.bureau.duties(matter)[town.assessment_with(town.jiazhen)]
    expect(duty, state="open", light="green", due_at=at("09-28 23:59:59"))
    expect_reasons(duty, "9月27日（周六）为周六，不计", "9月28日（周日）为调休上班，计第3日")
    voice.output("    " + duty["explanation"])
    voice.good("期限 9月28日（周日）23:59:59：周六不计；周日因国庆调休上班，照样计入")


def answer(town, matter, lead):
    bureau, jiazhen = town.bureau, town.jiazhen
    town.stage.move_clocks(at("09-26 11:00"), bureau, jiazhen)
    town.say("双方上午开完研判会，市监局把研判记录作为答复发出。",
             "They have met; the bureau answers with the record of the assessment.")
    bureau.type("reply", lead, "lead.assessment", "examples/lead-assessment.json",
                "--officer", ZHANG, "--officer", GULNAR)
    record = newest(jiazhen, "lead.assessment", "--in")["id"]
    wait_duty(bureau, matter, town.assessment_with(jiazhen), "one-sided")
    bureau.type("due", "--matter", matter)
    voice.good("只有一方的记录还不算完成：待对方确认")
    return record


def confirm(town, matter, lead, record):
    bureau, jiazhen = town.bureau, town.jiazhen
    town.stage.move_clocks(at("09-26 11:30"), jiazhen, bureau)
    town.say("甲镇签收并确认这份记录。", "The township signs for the record and confirms it.")
    jiazhen.type("ack", record, "--officer", YUSUF)
    jiazhen.type("confirm", record, "--verdict", "confirmed", "--officer", YUSUF)
    for agency in (bureau, jiazhen):
        duty = wait_duty(agency, matter, town.assessment_with(jiazhen), "met")
        expect(duty, met_at=at("09-26 11:00"), light="none")  # when the other side had the record
        until(f"{agency.short}在此事项上只剩决定启动所产生的一项",
              lambda: [d["duty"] for d in agency.ask("due", "--matter", matter)] == [NEXT])
    wait_delivery(jiazhen, lead, "answered")
    check(len(listed(bureau, "confirm", "--in")) == 1, "市监局收到一份确认")


def close(town, matter):
    for agency in (town.bureau, town.jiazhen):
        agency.type("due", "--closed", "--matter", matter)
    count = same_duties(town.bureau, town.jiazhen, matter)
    judged = town.bureau.duties(matter).values()
    check({d["duty"] for d in judged if d["state"] != "met"} == {NEXT}, "其余全部按期完成")
    town.jiazhen.type("matter", matter, most=8)
    voice.good("确认以后，研判以记录到达对方的时间（11:00）算作完成")
    voice.good(f"{count - 1} 项时限义务全部按期完成；双方各自判断，义务编号、期限、完成时间逐项相同")
    voice.good(f"决定启动的同时产生下一项：{NEXT} 立即组建联合办案组")


def tell(town):
    voice.chapter("第一条线索  从发现到按期完成", "A lead, from the discovery to the duty met")
    matter = discover(town)
    lead = send(town, matter)
    arrive(town, matter, lead)
    sign_for(town, lead)
    count_down(town, matter)
    record = answer(town, matter, lead)
    confirm(town, matter, lead, record)
    close(town, matter)
    return matter
