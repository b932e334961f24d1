# SPDX-License-Identifier: Apache-2.0
"""What is published: the catalogue, a subscription, a member that was away and catches up, a withdrawal. And a photograph with a lead."""
import json
import random

import voice
from stage import check, until
from town import YUSUF, ZHANG, at, newest, read_example, write_body

PURPOSE = "日常监管和案件查办"


def item(town, title, formed, **more):
    body = {"category": "penalty", "formed_at": at(formed), "title": title, "text": "罚款五千元，已缴纳。",
            "subject": {"name": "叶城县丰盈粮油副食品商行"}, "region": "653126", **more}
    return write_body(town.stage, f"{title}.json", body)


def publish(town, title, formed, **more):
    town.bureau.type("publish", "info.shared", item(town, title, formed, **more), "--officer", ZHANG)


def titles(agency):
    held = [m for m in agency.ask("list", "--in", "--limit", "1000") if m["header"]["kind"] == "info.shared"]
    return [m["body"]["title"] for m in reversed(held)]


def list_catalogue(town):
    entry = {"title": "行政处罚决定及执行情况", "category": "penalty", "fields": "文号、当事人、处罚种类、金额、执行情况",
             "region": "653126", "rhythm": "at-once", "access": "both", "viewers": "全体成员", "basis": "《指引》三、（一）"}
    town.say("市监局把能共享的信息列入目录；目录发给协作机制的每个成员。",
             "What the bureau has to share stands in the catalogue, which every member gets.")
    town.bureau.type("publish", "catalogue.entry", write_body(town.stage, "catalogue-entry.json", entry), "--officer", ZHANG)
    for agency in (town.jiazhen, town.yixiang):
        until(f"{agency.short}看到目录", lambda agency=agency: agency.ask("catalogue"))
    town.jiazhen.type("catalogue")
    voice.good("两个乡镇都看到了目录")


def subscribe(town):
    publish(town, "节前处罚决定", "09-29 10:00")
    town.say("甲镇订阅处罚信息，自9月起形成的都要；市监局的守护进程按协作机制的共享规则当场答复。",
             "The township subscribes, from September on; the answer comes at once, by the compact's rules.")
    town.jiazhen.type("subscribe", town.bureau.id, "--category", "penalty", "--since", at("09-01 00:00"), "--purpose", PURPOSE)
    _, seconds = until("甲镇的订阅生效", lambda: [s for s in town.jiazhen.ask("subscriptions") if s["state"] == "active"])
    until("甲镇收到订阅之前发布的一件", lambda: titles(town.jiazhen) == ["节前处罚决定"])
    voice.good(f"订阅生效（{seconds:.2f} 秒），此前发布的一件随即补到")


def catch_up(town):
    town.say("甲镇的守护进程停机；其间市监局照常发布。", "The township is away, and the bureau goes on publishing.")
    town.jiazhen.stop()
    for number in (1, 2, 3):
        publish(town, f"十月处罚决定之{number}", "10-10 10:00")
    town.bureau.type("subscriptions")
    check([(s["arrived"], s["queued"]) for s in town.bureau.ask("subscriptions")] == [("2", "5")], "目录和一件已到，三件待发")
    town.jiazhen.start()
    wanted = ["节前处罚决定"] + [f"十月处罚决定之{number}" for number in (1, 2, 3)]
    _, seconds = until("甲镇补齐", lambda: titles(town.jiazhen) == wanted)
    check(titles(town.yixiang) == [], "没有订阅的乙乡什么也没有收到")
    voice.good(f"回来后 {seconds:.2f} 秒补齐，一件不少、一件不重、次序不变；没有订阅的乙乡一件也没有")


def withdraw(town):
    town.say("最后一件有误，市监局撤回：收到过的机关都不能再读。", "The last one was wrong: withdrawn from all who had it.")
    last = town.bureau.ask("list", "--out", "--state", "published", "--limit", "1")[0]["header"]
    town.bureau.type("recall", last["id"], "--reason", "当事人名称有误")
    until("甲镇的那一件已撤回", lambda: town.jiazhen.message(last["id"])["state"] == "recalled")
    check("罚款" not in json.dumps(town.jiazhen.message(last["id"]), ensure_ascii=False), "撤回的内容读不到")
    voice.good("甲镇只剩标题栏和撤回记录，内容读不到")


def photograph(town):
    town.say("甲镇发现一处无照经营，把现场照片附在线索里：文书先到，照片分块随后取到，逐块核对摘要。",
             "A photograph goes with a lead: the message first, then the file, chunk by chunk, each held against its digest.")
    bytes_ = random.Random(1).randbytes(700_000)
    (town.stage.root / "现场照片.jpg").write_bytes(bytes_)
    body = {**read_example("lead-unlicensed-trading.json"), "discovered_at": town.stage.clock}
    town.jiazhen.type("send", "lead.notice", "--to", town.bureau.id, "--officer", YUSUF, "--attach",
                      "现场照片.jpg,document=photograph,evidence=audiovisual,collected-by=玉素甫·艾力",
                      write_body(town.stage, "lead-with-photo.json", body))
    lead = newest(town.bureau, "lead.notice", "--in")["id"]
    _, seconds = until("照片到了市监局", lambda: town.bureau.message(lead)["attachments"][0]["state"] == "held")
    until("甲镇看到照片已到", lambda: town.jiazhen.message(lead)["attachments"][0]["deliveries"][0].get("arrived_at"))
    town.bureau.type("get", lead, "1", "-o", "收到的照片.jpg")
    check((town.stage.root / "收到的照片.jpg").read_bytes() == bytes_, "收到的照片与发出的逐字节相同")
    voice.good(f"照片 {seconds:.2f} 秒到齐，逐字节相同；甲镇有市监局签名的到达回执")


def find(town):
    town.say("全文检索：主体、信用代码、文号、正文里的任何一段。", "Everything held is searched by any piece of it.")
    town.bureau.type("search", "丰盈粮油", "--kind", "lead.", "--limit", "3")
    check(town.bureau.ask("search", "丰盈粮油"), "检索得到")
    check(not town.jiazhen.ask("search", "十月处罚决定之3"), "撤回的内容检索不到")
    voice.good("撤回的一件在甲镇检索不到")


def tell(town):
    voice.chapter("第二幕  信息共享", "The second act: what is published, and who has it")
    list_catalogue(town)
    subscribe(town)
    catch_up(town)
    withdraw(town)
    photograph(town)
    find(town)
