# SPDX-License-Identifier: Apache-2.0
"""The second lead and twenty-nine more: their receiver is killed; nothing is lost or doubled."""
import json
import subprocess
import time

import voice
from stage import check, until
from town import CONF, MA, MOST, ZHANG, at, listed, newest, read_example, write_body

BATCH = 30
BURST = range(16, 22)  # the receiver dies while these are on their way


def write_batch(stage):
    """Leads of one day, made from the examples; each example serves twice."""
    names = sorted(path.name for path in (CONF / "examples").glob("lead-*.json"))
    leads = [body for name in names if "suspect" in (body := read_example(name))]
    for number in range(BATCH):
        body = dict(leads[number % len(leads)], channel="platform",
                    discovered_at=at(f"09-29 09:{number + 10}"))
        for field in ("notified_at", "notified_person"):
            body.pop(field, None)
        write_body(stage, f"batch/lead-{number + 1:02}.json", body)
    return len(leads)


def words(town, number):
    return ["liaison", "-C", town.bureau.id, "send", "lead.notice", "--to", town.yixiang.id,
            "--officer", ZHANG, "--source", f"JQ/{number:02}", f"batch/lead-{number:02}.json"]


def send(town, number):
    done = town.stage.run([*words(town, number), "--json"])
    check(done.returncode == 0, f"第 {number} 条应能提交：{done.stderr.strip()}")
    return json.loads(done.stdout)["id"]


def send_and_kill(town):
    """Sends a burst at once, and kills the receiver as soon as the first of it is submitted."""
    children = [town.stage.spawn([*words(town, number), "--json"], stdout=subprocess.PIPE)
                for number in BURST]
    children[0].wait()
    town.yixiang.kill()
    answers = [child.communicate()[0] for child in children]
    check(all(child.returncode == 0 for child in children), "收件方死了，提交照样成功")
    return [json.loads(text)["id"] for text in answers]


def send_batch(town):
    voice.put(f"  $ for n in $(seq -w 1 {BATCH}); do", "bold")
    voice.put("      " + " ".join(words(town, 1)[:-3]) + " \\", "bold")
    voice.put("          --source JQ/$n batch/lead-$n.json; done", "bold")
    first, last = BURST[0], BURST[-1]
    ids = [send(town, number) for number in range(1, first)]
    voice.output(f"…第 1 至 {first - 1} 条已提交；第 {first} 至 {last} 条同时提交，正在途中，杀掉乙乡的守护进程：")
    ids += send_and_kill(town)
    ids += [send(town, number) for number in range(last + 1, BATCH + 1)]
    voice.output(f"…第 {last + 1} 至 {BATCH} 条照样提交")
    check(len(set(ids)) == BATCH, f"{BATCH} 条线索有 {BATCH} 个不同的编号")
    return ids


def states(town, ids):
    """How the sender sees the batch."""
    found = {m["header"]["id"]: m["deliveries"][0]["state"]
             for m in listed(town.bureau, "lead.notice", "--out")}
    return [found.get(name) for name in ids]


def show_backlog(town, ids):
    seen = states(town, ids)
    arrived, queued = seen.count("arrived"), seen.count("queued")
    check(arrived + queued == BATCH, f"每条不是已到达就是待发出：{seen}")
    check(queued >= BATCH - BURST[-1], "乙乡停了以后提交的都还待发出")
    until("市监局发现乙乡离线", lambda: not peer(town.bureau, town.yixiang)["linked"])
    town.bureau.type("peer", "list")
    voice.good(f"{BATCH} 条都已提交：已到达 {arrived} 条，待发出 {queued} 条，留在市监局的磁盘上")


def peer(agency, other):
    return next(p for p in agency.ask("peer", "list") if p["agency"] == other.id)


def return_of_receiver(town, ids):
    town.say("重新启动乙乡的守护进程，此外什么也不用做。",
             "The receiver returns; nobody has to do anything else.")
    begun = time.monotonic()
    town.yixiang.start()
    until(f"{BATCH} 条全部已到达", lambda: set(states(town, ids)) == {"arrived"})
    voice.good(f"从重新启动起 {time.monotonic() - begun:.2f} 秒，{BATCH} 条全部“已到达”")


def compare(town, ids):
    """What was sent and what is held: the same ids, the same bytes, once each."""
    sent = [(m["header"]["id"], m["leaf"]) for m in listed(town.bureau, "lead.notice", "--out")
            if m["header"]["id"] in ids]
    held = [(m["header"]["id"], m["leaf"]) for m in listed(town.yixiang, "lead.notice", "--in")]
    check(len(sent) == BATCH and len(held) == BATCH,
          f"发出 {BATCH} 条，收到 {BATCH} 条：{len(sent)}、{len(held)}")
    check(len(set(held)) == BATCH, "收到的没有两条相同")
    check({name for name, _ in held} == set(ids) and set(sent) == set(held), "双方的编号和内容摘要逐条相同")
    town.yixiang.type("status", most=3)
    voice.good(f"发出 {len(sent)} 条，收到 {len(held)} 条；缺 0 条，重 0 条；编号和内容摘要逐条相同")


def retry(town, ids):
    town.say("业务系统没等到应答，把第 7 条又发了一遍：同一条来源记录只会提交一次。",
             "An IT system that retries: the same source record is never sent twice.")
    voice.typed(words(town, 7))
    done = town.stage.run(words(town, 7))
    voice.output(done.stdout + done.stderr)
    check(done.returncode == 0 and ids[6] in done.stdout, "再次提交得到原来的编号")
    check(len(listed(town.bureau, "lead.notice", "--out")) == BATCH, "没有多出一条")
    voice.good("得到的是原来的编号，没有多出一条")


def answer_all(town, ids):
    """Signs for, assesses and confirms each, so that nothing of the batch is owed any more."""
    body = read_example("lead-assessment.json")
    body.update(held_at=at("09-29 15:00"), decision="not-start",
                reason="逐条研判，均由乙乡单独办理，不启动协同办案程序。")
    for person in body["participants"]:
        person["agency"] = person["agency"].replace(town.jiazhen.id, town.yixiang.id)
    write_body(town.stage, "batch/assessment.json", body)
    for name in ids:
        town.yixiang.ask("ack", name, "--officer", MA)
        town.yixiang.ask("reply", name, "lead.assessment", "batch/assessment.json", "--officer", MA)
    until("30 份研判记录到达", lambda: len(listed(town.bureau, "lead.assessment", "--in")) == BATCH)
    for record in listed(town.bureau, "lead.assessment", "--in"):
        town.bureau.ask("ack", record["header"]["id"], "--officer", ZHANG)
        town.bureau.ask("confirm", record["header"]["id"], "--verdict", "confirmed",
                        "--officer", ZHANG)


def clear_desk(town, ids):
    owed = town.yixiang.ask("due", "--limit", MOST)
    check(len(owed) == 2 * BATCH and len({d["obligation"] for d in owed}) == 2 * BATCH,
          "每条线索恰有签收、研判两项义务")
    town.stage.move_clocks(at("09-29 16:00"), town.yixiang, town.bureau)
    town.say(f"下午逐条签收、研判、确认（各 30 次），结清 {len(owed)} 项义务：",
             "All thirty are signed for, assessed and confirmed: four acts each.")
    for example in (f"-C {town.yixiang.id} ack MSG --officer {MA}",
                    f"-C {town.yixiang.id} reply MSG lead.assessment batch/assessment.json "
                    f"--officer {MA}",
                    f"-C {town.bureau.id} ack MSG --officer {ZHANG}",
                    f"-C {town.bureau.id} confirm MSG --verdict confirmed --officer {ZHANG}"):
        voice.put(f"  $ liaison {example}", "bold")
    begun = time.monotonic()
    answer_all(town, ids)
    for agency in (town.yixiang, town.bureau):
        until(f"{agency.short}没有未结的签收和研判",
              lambda: not {"sign-for", "YC-1.1.2"} & {d["duty"] for d in agency.ask("due", "--limit", MOST)})
    newest(town.yixiang, "confirm", "--in")
    voice.good(f"{4 * BATCH} 个动作用了 {time.monotonic() - begun:.1f} 秒；双方都没有未结的签收和研判")


def tell(town):
    voice.chapter("第二条线索（和另外 29 条）  收件方中途被杀", "The receiver dies of kill -9 in the middle")
    town.stage.move_clocks(at("09-29 11:00"), town.yixiang, town.bureau)
    kinds = write_batch(town.stage)
    town.say(f"节前专项检查：市监局把当天发现的 {BATCH} 条线索（{kinds} 类，每类两条）逐条推送给乙乡。",
             "The bureau's IT system pushes thirty leads of one day to the other township.")
    ids = send_batch(town)
    show_backlog(town, ids)
    return_of_receiver(town, ids)
    compare(town, ids)
    retry(town, ids)
    clear_desk(town, ids)
