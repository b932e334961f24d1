# SPDX-License-Identifier: Apache-2.0
"""The third lead: signed for before the National Day holiday, never assessed; amber, then red."""
import voice
from stage import Watch, check, until
from town import (YUSUF, ZHANG, at, expect, expect_reasons, newest, read_example, same_duties,
                  wait_delivery, wait_duty, write_body)


def send(town):
    town.stage.move_clocks(at("09-30 17:00"), town.jiazhen, town.bureau)
    body = read_example("lead-work-safety.json")
    body.update(discovered_at=at("09-30 15:30"), channel="platform")
    write_body(town.stage, "lead-before-holiday.json", body)
    town.say("国庆放假前最后一天傍晚，市监局向甲镇通报一条安全生产线索，甲镇签收了。",
             "On the eve of the holiday the bureau tells the township of a lead; it is signed for.")
    town.bureau.type("send", "lead.notice", "--to", town.jiazhen.id, "--officer", ZHANG,
                     "lead-before-holiday.json")
    lead = newest(town.jiazhen, "lead.notice", "--in")
    town.jiazhen.type("ack", lead["id"], "--officer", YUSUF)
    wait_delivery(town.bureau, lead["id"], "acknowledged")
    return lead["matter"]


def explain(town, matter):
    duty = wait_duty(town.bureau, matter, town.assessment_with(town.jiazhen), "open")
    expect(duty, light="green", due_at=at("10-11 23:59:59"))
    expect_reasons(duty, "2025年10月1日（周三）至2025年10月8日（周三）为国庆节、中秋节，不计",
                   "10月11日（周六）为调休上班，计第3日")
    town.bureau.type("due")
    voice.output("    " + duty["explanation"])
    voice.good("3个工作日到 10月11日（周六）：跳过国庆、中秋8天；周六调休上班，照样计入")


def after_holiday(town, matter):
    town.stage.move_clocks(at("10-09 09:00"), town.jiazhen, town.bureau)
    expect(wait_duty(town.bureau, matter, town.assessment_with(town.jiazhen), "open"),
           light="green")
    town.say("节后第一个工作日：八天假期过去，还是绿灯。",
             "Eight days passed, and none of them counted: still green.")
    town.bureau.type("due")
    voice.good("绿灯")


def turn_amber(town, matter, watch):
    town.stage.move_clocks(at("10-11 08:30"), town.jiazhen, town.bureau)
    town.say("最后一个工作日开始：市监局屏幕上出现“临期”。", "The last working day has begun: amber.")
    watch.wait("临期", lambda e: e["type"] == "due-soon" and e["duty"]["matter"] == matter)
    for agency in (town.bureau, town.jiazhen):
        until(f"{agency.short}亮黄灯", lambda: lit(agency, "amber") == [matter])
    town.bureau.type("due", "--light", "amber")
    voice.good("黄灯：临期，双方同样")


def turn_red(town, matter, watch):
    key = town.assessment_with(town.jiazhen)
    town.stage.move_clocks(at("10-12 08:30"), town.jiazhen, town.bureau)
    town.say("期限已过。市监局先问甲镇：是没有办，还是没有送到？（待核实）甲镇的守护进程答复“此前所发都已送到”，才算超期。",
             "Past due. The bureau first asks: silence, or a slow network? Only the sealed word "
             "of the township that it has sent nothing more makes it overdue.")
    event, _ = watch.wait("超期", lambda e: e["type"] == "overdue" and e["duty"]["matter"] == matter)
    expect(event["duty"], state="overdue", light="red")
    for agency in (town.bureau, town.jiazhen):
        expect(wait_duty(agency, matter, key, "overdue"), light="red", owing=list(key[1:]))
    check(lit(town.bureau, "red") == [matter], "市监局只有这一件有期限的亮红灯")
    town.bureau.type("due", "--light", "red")
    town.jiazhen.type("due", "--owed-by", "us")
    count = same_duties(town.bureau, town.jiazhen, matter)
    voice.good(f"红灯：超期。双方对 {count} 项义务的结论逐项相同；联合研判由双方共同负担，市监局自己也欠着")


def lit(agency, light):
    """Matters with such a light, but for what has no due time and only grows old (立即、及时)."""
    return [duty["matter"] for duty in agency.ask("due", "--light", light) if "due_at" in duty]


def tell(town):
    voice.chapter("第三条线索  跨国庆的临期和超期",
                  "Never assessed: amber, then red, over the National Day holiday")
    matter = send(town)
    explain(town, matter)
    town.say("市监局的 watch 开着，一直开到节后。", "The bureau goes on watching.")
    watch = Watch(town.bureau)
    after_holiday(town, matter)
    turn_amber(town, matter, watch)
    turn_red(town, matter, watch)
    watch.close()
    return matter
