# SPDX-License-Identifier: Apache-2.0
"""Tells how leads and shared information travel between three agencies of 叶城: real daemons, commands as typed.

    demo.py BUILD          plays the story, leaves the daemons running, waits for Ctrl-C
    ONCE=1 demo.py BUILD   plays it and ends

Every step is checked against `--json`; what does not come out as promised ends the demo with
status 1 and the name of the step. The agencies live under a test clock that stands until the demo
moves it: three weeks pass in seconds.
"""
import os
import pathlib
import shutil
import signal
import sys
import time
import traceback

import first_lead
import second_lead
import sharing
import third_lead
import voice
from stage import Failed, Stage, check, until
from town import COMPACT, CONF, Town, at

ONCE = os.environ.get("ONCE", "") not in ("", "0")


# ----------------------------------------------------------------------------------------- prologue


def found(town):
    voice.chapter("序幕  三个机关", "Three agencies: a folder, a key and a daemon each")
    town.say(f"临时文件夹 {town.stage.root}，以下命令都在其中执行。",
             "All commands below are typed in this folder.")
    shutil.copy(COMPACT, town.stage.root)
    for agency in town.all:
        where = f"对外地址 {agency.endpoint}" if agency.endpoint else "没有对外地址，只能向外呼出"
        town.say(f"{agency.name}：{where}；数字签名 {agency.suite or 'sm2-sm3'}")
        town.stage.type(["liaison", *agency.words_of_init()])
        town.stage.type(["cp", COMPACT.name, f"{agency.id}/compacts.d/"])
    voice.good(f"三个机关同属协作机制 {COMPACT.stem}")


def start(town):
    town.say("启动三个守护进程，测试时钟停在 2025年9月24日（周三）10:00。",
             "Three real daemons, under a test clock.")
    for agency in town.all:
        agency.start()
    voice.good("都已启动，进程号 " + "、".join(str(agency.daemon.pid) for agency in town.all))


def introduce(town):
    town.say("交换名片；通过电话核对密钥号以后采信。两个乡镇之间没有往来，不必交换。",
             "Cards are exchanged, and trusted after the key id was compared over the telephone.")
    town.jiazhen.type("card", "show", f"{town.bureau.id}/card")
    for township in (town.jiazhen, town.yixiang):
        town.bureau.type("peer", "add", f"{township.id}/card")
        township.type("peer", "add", f"{town.bureau.id}/card")
    peers, seconds = until("两个乡镇都与市监局连通", lambda: linked(town.bureau, 2))
    check({p["agency"]: p["endpoints"] for p in peers}[town.jiazhen.id] == [], "甲镇的名片没有地址")
    town.bureau.type("peer", "list")
    voice.good(f"都已在线（{seconds:.2f} 秒）。甲镇没有地址：由它呼出的那一条连接双向收发")


def linked(agency, count):
    peers = agency.ask("peer", "list")
    return peers if len(peers) == count and all(p["linked"] for p in peers) else None


def enrol(town):
    town.say("登记人员名册：不在名册上的人不能签收，也不能签字。", "Only people on the roll can sign.")
    for agency, people in town.officers.items():
        for certificate, name, section in people:
            agency.type("officer", "add", "--certificate", certificate, "--name", name, "--section",
                        section)
        check(len(agency.ask("officer", "list")) == len(people),
              f"{agency.short}的名册上有 {len(people)} 人")


# ----------------------------------------------------------------------------------------- epilogue


def export(town, matter):
    voice.chapter("尾声  拿给外人验证", "What a stranger can verify")
    town.say("把第一条线索的整个事项导出成一个文件，用核对过的名片验证；不需要守护进程，也不需要信任谁的服务器。",
             "The first matter as one file, verified with the two cards; no daemon needed.")
    cards = ["--card", f"{town.bureau.id}/card", "--card", f"{town.jiazhen.id}/card"]
    town.bureau.type("export", matter, "first-lead.pem")
    town.bureau.type("verify", *cards, "first-lead.pem")
    verdict = town.bureau.ask("verify", *cards, "first-lead.pem")[0]
    check(verdict["verdict"] == "ok", "卷宗验证成立")
    check(all(s["verdict"] == "ok" and s["trusted"] for s in verdict["statements"]), "每一份文书都成立且可信")
    kinds = [s["header"]["kind"] for s in verdict["statements"]]
    check(kinds.count("lead.notice") == 1 and kinds.count("lead.assessment") == 1, f"卷宗齐全：{kinds}")
    voice.good(f"{len(kinds)} 份文书全部成立")
    forge(town, cards)


def forge(town, cards):
    """Changes one character in the middle of the last statement."""
    path = town.stage.root / "first-lead.pem"
    text = path.read_text("ascii")
    where = text.rindex("-----BEGIN") + 700
    where += text[where] == "\n"
    other = "A" if text[where] != "A" else "B"
    (town.stage.root / "forged.pem").write_text(text[:where] + other + text[where + 1:], "ascii")
    town.say("有人把文件改动一个字符：", "Somebody changes one character:")
    town.bureau.type("verify", *cards, "forged.pem", most=-3, status=1)
    voice.good("改动立刻露馅，退出状态 1")


def audit(town):
    town.say("停下三个守护进程，逐条验证日志，再由日志重建全部数据表，与原表比较。",
             "Daemons stopped: the journal is walked, the tables are made anew and compared.")
    for agency in town.all:
        agency.stop()
    for agency in town.all:
        journal = ["liaisond", "-C", agency.id, "--journal"]
        check("the journal holds" in town.stage.type([*journal, "verify"]), f"{agency.id} 的日志完好")
        check("the tables equal the journal" in town.stage.type([*journal, "rebuild"]),
              f"{agency.id} 的表与日志相等")
        shutil.rmtree(town.stage.root / agency.id / "store.rebuilt", ignore_errors=True)
    voice.good("三个机关的日志都完好，重建的表与原表相等")


# ---------------------------------------------------------------------------------------- the whole


def play(town):
    found(town)
    start(town)
    introduce(town)
    enrol(town)
    matter = first_lead.tell(town)
    second_lead.tell(town)
    third_lead.tell(town)
    sharing.tell(town)
    export(town, matter)
    audit(town)


def linger(town):
    """Leaves the stage to the audience until Ctrl-C."""
    for agency in town.all:
        agency.start(shown=False)
    root, build = town.stage.root, town.stage.build
    voice.chapter("接下来", "Your turn")
    voice.put("守护进程又在运行。打开另一个终端，输入：")
    for line in (f"cd {root}", f"export PATH={build}:$PATH",
                 "liaison -C yecheng-scjg status",
                 "liaison -C yecheng-scjg due --light red",
                 "liaison -C yecheng-jiazhen list --in",
                 "liaison -C yecheng-scjg watch &",
                 "liaison -C yecheng-jiazhen send note --to yecheng-scjg examples/note.json",
                 "liaison -C yecheng-jiazhen kinds lead.notice",
                 "liaison --help"):
        voice.put("  $ " + line, "bold")
    show_files(root)
    voice.put("按 Ctrl-C 结束（Ctrl-C ends the daemons; the folder stays）")
    wait_for_end()
    for agency in town.all:
        agency.stop()
    voice.put(f"守护进程已停。文件还在 {root}，不要时：rm -r {root}")


def wait_for_end():
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        voice.put()


def show_files(root):
    voice.put(f"文件在 {root}：")
    for name, what in (("yecheng-*/liaisond.conf", "配置"), ("yecheng-*/store/", "日志和数据表"),
                       ("yecheng-*/compacts.d/", "协作机制"), ("yecheng-*.log", "守护进程的运行记录"),
                       ("examples/", "线索等文书的 JSON 样例"), ("first-lead.pem", "导出的事项")):
        voice.put(f"  {name:<26}{what}")


def tell_failure(stage, problem):
    voice.put()
    voice.bad(f"演示失败 / the demo failed: {voice.current()}")
    for line in str(problem).splitlines():
        voice.bad(line)
    for agency in stage.agencies:
        if agency.log.exists():
            voice.put(f"  {agency.log}:", "dim")
            voice.output(agency.last_words())
    voice.put(f"  文件留在 {stage.root}")


def perform(stage):
    """Plays, and says with which status to end."""
    begun = time.monotonic()
    try:
        town = Town(stage)
        play(town)
        voice.put()
        voice.good(f"演示完成，每一步都核对无误，用时 {time.monotonic() - begun:.0f} 秒")
        if ONCE:
            voice.put("  文件已删。不带 ONCE=1 再演一遍，守护进程就会继续运行，文件也会留下，可以接着试：make demo")
        else:
            linger(town)
        return 0
    except Failed as failure:
        tell_failure(stage, failure)
    except KeyboardInterrupt:
        voice.put(f"\n演示中止，停下守护进程。文件留在 {stage.root}")
        return 130
    except Exception:  # our own mistakes too must end the daemons and the demo with status 1
        tell_failure(stage, traceback.format_exc())
    return 1


def interrupt(_number, _frame):
    raise KeyboardInterrupt


def main():
    if len(sys.argv) != 2:
        print("usage: demo.py BUILD", file=sys.stderr)
        return 2
    build = pathlib.Path(sys.argv[1]).resolve()
    if not all((build / program).exists() for program in ("liaison", "liaisond")):
        print(f"{build}: no liaison and liaisond here; run `make demo`", file=sys.stderr)
        return 1
    sys.stdout.reconfigure(encoding="utf-8")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    stage = Stage(build, CONF, at("09-24 10:00"))
    status = 1
    try:
        status = perform(stage)
    finally:
        stage.clear()
        if ONCE and status == 0:
            shutil.rmtree(stage.root, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
