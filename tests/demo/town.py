# SPDX-License-Identifier: Apache-2.0
"""The three agencies of 叶城, their officers, and what the story asks of them again and again."""
import json
import pathlib

import voice
from stage import check, until

CONF = pathlib.Path(__file__).resolve().parent.parent.parent / "conf"
COMPACT = CONF / "compacts.d" / "yecheng.conf"
ZHANG, GULNAR, YUSUF, MA = "31260001", "31260002", "31260101", "31260201"
MOST = "1000"  # more than any list of the story holds


class Town:
    """The bureau and two townships, one of which nobody can call."""

    def __init__(self, stage):
        self.stage = stage
        self.bureau = stage.agency("yecheng-scjg", "叶城县市场监督管理局", "市监局", sector="market")
        self.jiazhen = stage.agency("yecheng-jiazhen", "甲镇人民政府", "甲镇", sector="township",
                                    suite="ed25519-sha256", reachable=False)
        self.yixiang = stage.agency("yecheng-yixiang", "乙乡人民政府", "乙乡", sector="township")
        self.all = (self.bureau, self.jiazhen, self.yixiang)
        self.officers = {self.bureau: ((ZHANG, "张伟", "执法大队"), (GULNAR, "古丽娜尔·阿不都", "法规股")),
                         self.jiazhen: ((YUSUF, "玉素甫·艾力", "综合执法队"),),
                         self.yixiang: ((MA, "马国强", "综合执法队"),)}

    def say(self, text, gloss=None):
        """A line of the story, at the hour that the clocks of all agencies show."""
        voice.say(text, gloss, self.stage.clock)

    def notice_of(self, agency):
        """Names the duty to tell the other side, which the finder of a lead owes."""
        return "YC-1.1.1", agency.id

    def assessment_with(self, township):
        """Names the duty to assess a lead, which both sides owe jointly."""
        return "YC-1.1.2", *sorted((self.bureau.id, township.id))


def at(day_and_time):
    """`09-24 10:00` or `09-24 10:00:59` as the product prints it."""
    seconds = "" if day_and_time.count(":") == 2 else ":00"
    return f"2025-{day_and_time.replace(' ', 'T')}{seconds}+08:00"


def read_example(name):
    return json.loads((CONF / "examples" / name).read_text("utf-8"))


def write_body(stage, name, body):
    path = stage.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return name


def listed(agency, kind, *words):
    """The statements of a kind that an agency lists, newest first."""
    return [item for item in agency.ask("list", "--limit", MOST,
                                        *words) if item["header"]["kind"] == kind]


def newest(agency, kind, *words):
    """The newest one, its header; waits until there is one."""
    return until(f"{agency.short}列出一份 {kind}", lambda: listed(agency, kind, *words))[0][0]["header"]


def wait_delivery(sender, message, state):
    """Until the sender sees its message in a state; gives the delivery."""
    def look():
        found = sender.message(message)["deliveries"][0]
        return found if found["state"] == state else None
    return until(f"{sender.short}看到所发文书的状态为 {state}", look)[0]


def wait_duty(agency, matter, key, state):
    def look():
        duty = agency.duties(matter).get(key)
        return duty if duty and duty["state"] == state else None
    return until(f"{agency.short}的时限 {key[0]} 为 {state}", look)[0]


def expect(duty, **fields):
    for name, value in fields.items():
        check(duty.get(name) == value, f"{duty['duty']} 的 {name} 应为 {value}，实际为 {duty.get(name)}")


def expect_reasons(duty, *reasons):
    for reason in reasons:
        check(reason in duty["explanation"], f"期限的说明应写有“{reason}”：{duty['explanation']}")


def same_duties(left, right, matter):
    """Both sides judge alone, and must reach the same verdicts; says on how many obligations."""
    views = [{(d["obligation"], d["state"], d.get("due_at"), d.get("met_at"))
              for d in agency.duties(matter).values()} for agency in (left, right)]
    check(views[0] == views[1] and views[0], f"{left.short}和{right.short}对同一事项的时限结论一致：{views}")
    return len(views[0])
