# SPDX-License-Identifier: Apache-2.0
"""Many readers of one publisher: it is killed at random and starts again, they stay away for weeks. Each gets exactly its items, once, in order.

What is due to whom is found here anew, from the filters that were asked for and the publisher's own order. LIAISON_READERS says how many there are,
LIAISON_SEED which run it is; a failed one names its seed."""

import datetime
import json
import os
import pathlib
import random
import subprocess
import tempfile

from agency import CLOCK, ED25519, SM2, Agency, environment, free_port, until

READERS = int(os.environ.get("LIAISON_READERS", "6"))
SEED = int(os.environ.get("LIAISON_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
ROUNDS = 4 if READERS < 20 else 8
BATCH = 40
PATIENCE_S = 120 + 4 * READERS

PUBLISHER = "yecheng-scjg"
CATEGORIES = ("penalty", "registration", "warning", "complaint", "statistics")
REGIONS = ("653126", "653127", "652901", "371082")
WIDER = ("653126", "653100", "650000", "370000")
CODES = ("91350100M000100Y43", "91653126MA77712349")

COMPACT = """[compact]
id = press
title = 信息共享
procedure = yecheng-2025

[share warning]
to = bureau
basis = 规定第三条

[share complaint]
to = all
internal = bureau
basis = 规定第四条

[share statistics]
to = all
officer_decides = township
basis = 规定第五条

[members]
"""


class Wish:
    """One subscription and its filter, as its reader means it."""

    def __init__(self, chance, now):
        self.categories = chance.sample(CATEGORIES, chance.randint(1, 4))
        self.region = chance.choice((None, None, *WIDER))
        self.code = chance.choice((None, None, None, None, CODES[0]))
        self.since = chance.choice((None, now - datetime.timedelta(days=chance.randint(2, 30))))
        self.known = set()  # titles of what was published before it began
        self.until = None   # and before it ended
        self.request = None

    def fits(self, item):
        wider = (self.region or "").rstrip("0")
        wider += "0" * (len(wider) % 2)
        past = item["title"] in self.known and self.since is None
        return (item["category"] in self.categories and item["region"].startswith(wider)
                and (self.code is None or item.get("subject", {}).get("credit_code") == self.code)
                and (self.since is None or item["formed_at"] >= self.since.isoformat())
                and not past and (self.until is None or item["title"] in self.until))


class Reader:
    def __init__(self, agency, role):
        self.agency = agency
        self.role = role
        self.wishes = []
        self.is_there = True

    def may_have(self, item):
        if item["category"] == "warning":
            return self.role == "bureau"
        return not (item["category"] == "complaint" and item["internal"]) or self.role == "bureau"

    def is_due(self, item):
        return self.may_have(item) and any(wish.fits(item) for wish in self.wishes)


class Press:
    def __init__(self, folder):
        self.chance = random.Random(SEED)
        self.folder = pathlib.Path(folder)
        self.now = datetime.datetime.fromisoformat(CLOCK)
        self.items = {}  # by title
        self.kills = 0
        self.returns = 0
        self.publisher = Agency(self.folder / "p", PUBLISHER, ED25519, free_port(), CLOCK)
        self.readers = [Reader(Agency(self.folder / f"r{n}", f"reader-{n}", (SM2, ED25519)[n % 2], None, CLOCK), ("township", "bureau")[n % 3 == 0])
                        for n in range(READERS)]

    def agencies(self):
        return [self.publisher, *(reader.agency for reader in self.readers)]

    # ---- beginning

    def open(self):
        members = "".join(f"{reader.agency.id} = {reader.role}\n" for reader in self.readers)
        for agency in self.agencies():
            agency.init()
            for compact in (agency.folder / "compacts.d").glob("*.conf"):
                compact.unlink()
            (agency.folder / "compacts.d" / "press.conf").write_text(f"{COMPACT}{PUBLISHER} = bureau\n{members}", "utf-8")
            agency.start()
        self.publisher.add_officer("A001", "联络员")
        for reader in self.readers:
            reader.agency.add_peer(self.publisher)
            self.publisher.add_peer(reader.agency)
        for reader in self.readers:
            self.wait(lambda reader=reader: reader.agency.is_linked(PUBLISHER), f"{reader.agency.id} is linked")

    def wait(self, condition, what):
        return until(condition, f"{what} (LIAISON_SEED={SEED})", PATIENCE_S)

    def is_lucky(self, percent):
        return self.chance.randrange(100) < percent

    # ---- readers

    def go_away(self, reader):
        (reader.agency.kill if self.is_lucky(50) else reader.agency.stop)()
        reader.is_there = False

    def come_back(self, reader):
        reader.agency.clock = self.now.isoformat()
        reader.agency.start()
        reader.is_there = True
        self.returns += 1

    def state_at(self, agency, request):
        row = next((row for row in agency.cli("subscriptions", "--closed").lines if row["request"] == request), None)
        return None if row is None or row.get("behind") else row["state"]

    def wait_state(self, reader, request, *states):
        for agency in (reader.agency, self.publisher):
            self.wait(lambda agency=agency: self.state_at(agency, request) in states, f"{states} at {agency.id}")

    def subscribe(self, reader):
        wish = Wish(self.chance, self.now)
        options = {"region": wish.region, "uscc": wish.code, "since": wish.since and wish.since.isoformat()}
        answer = reader.agency.cli("subscribe", PUBLISHER, category=",".join(wish.categories), purpose="日常监管",
                                   **{name: value for name, value in options.items() if value is not None}).answer
        wish.request = answer["id"]
        waits = reader.role == "township" and "statistics" in wish.categories
        if waits:
            self.wait(lambda: self.state_at(self.publisher, wish.request) == "asked", "it waits for an officer")
            self.publisher.cli("subscription", "grant", wish.request, officer="A001").answer
        self.wait_state(reader, wish.request, "active", "refused")
        wish.known = set(self.items)
        reader.wishes.append(wish)

    def end(self, reader):
        standing = [wish for wish in reader.wishes if self.state_at(reader.agency, wish.request) == "active"]
        if standing:
            wish = self.chance.choice(standing)
            who = self.chance.choice((reader.agency, self.publisher))
            who.cli("unsubscribe", wish.request, reason="不再需要").answer
            self.wait_state(reader, wish.request, "ended")
            wish.until = set(self.items)

    # ---- the publisher

    def make_item(self):
        category = self.chance.choice(CATEGORIES)
        formed_at = self.now - datetime.timedelta(hours=self.chance.randint(1, 24 * 20))
        item = {"category": category, "title": f"第{len(self.items)}件", "text": "已办结。", "region": self.chance.choice(REGIONS), "formed_at": formed_at.isoformat()}
        if category == "complaint":
            item["identity"] = "anonymous"
        if self.is_lucky(40):
            item["subject"] = {"name": "某商贸有限公司", "credit_code": self.chance.choice(CODES)}
        self.items[item["title"]] = item
        return item

    def publish(self, number):
        """A list of one mark. The publisher is killed while it is taken in, or not."""
        internal = self.is_lucky(30)
        bodies = [self.make_item() for _ in range(BATCH)]
        path = self.folder / f"list-{number}.jsonl"
        path.write_text("".join(json.dumps(body, ensure_ascii=False) + "\n" for body in bodies), "utf-8")
        for body in bodies:
            body["internal"] = internal
        words = self.publisher.words("publish", "--jsonl", path, "--key", "title", *(["--handling", "内部"] if internal else []))
        before = int(self.publisher.status()["statements"])
        process = subprocess.Popen(words + ["--timeout", str(PATIENCE_S)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        if self.is_lucky(60):
            some = before + self.chance.randint(1, BATCH)
            self.wait(lambda: int(self.publisher.status()["statements"]) >= some, "some are published")
            self.fall()
        _, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, err.decode()

    def fall(self):
        self.publisher.kill()
        self.publisher.start()
        self.kills += 1

    # ---- the run

    def play(self):
        for number in range(ROUNDS):
            for reader in self.readers:
                if reader.is_there and self.is_lucky(35):
                    self.go_away(reader)
                elif not reader.is_there and self.is_lucky(40):
                    self.come_back(reader)
            there = [reader for reader in self.readers if reader.is_there]
            for reader in there:
                if not reader.wishes or self.is_lucky(15):
                    self.subscribe(reader)
                elif self.is_lucky(10):
                    self.end(reader)
            self.publish(number)
            for _ in range(self.chance.randint(0, 2)):
                self.fall()
            self.now += datetime.timedelta(days=self.chance.randint(3, 14))
            for agency in [self.publisher, *(reader.agency for reader in there)]:
                agency.move_clock(self.now.isoformat())
        for reader in self.readers:
            if not reader.is_there:
                self.come_back(reader)

    def check(self):
        own = [m["body"]["title"] for m in reversed(self.publisher.messages("--out")) if m["header"]["kind"] == "info.shared"]
        assert sorted(own) == sorted(self.items), "each was published once"
        for reader in self.readers:
            due = [title for title in own if reader.is_due(self.items[title])]
            self.wait(lambda reader=reader, due=due: len(titles_at(reader.agency)) >= len(due), f"{reader.agency.id} has {len(due)} items")
            assert self.publisher.backlog(reader.agency.id) == 0
            held = titles_at(reader.agency)
            assert sorted(held) == sorted(due), f"{reader.agency.id} has other items than are due to it (LIAISON_SEED={SEED})"
            if len(reader.wishes) == 1:  # of the past that a later one asked for it had some already
                assert held == due, f"{reader.agency.id} has them in another order (LIAISON_SEED={SEED})"

    def close(self):
        for agency in self.agencies():
            agency.close()

    def abandon(self):
        for agency in self.agencies():
            if agency.process is not None:
                agency.kill()


def titles_at(agency):
    return [m["body"]["title"] for m in reversed(agency.messages("--in")) if m["header"]["kind"] == "info.shared"]


def test_each_reader_gets_exactly_its_items_once_and_in_order():
    with tempfile.TemporaryDirectory(prefix="liaison-e2e-") as folder:
        press = Press(folder)
        try:
            press.open()
            press.play()
            press.check()
            print(f"seed {SEED}: {READERS} readers, {len(press.items)} items, {press.kills} kills, {press.returns} returns")
            press.close()
        finally:
            press.abandon()
