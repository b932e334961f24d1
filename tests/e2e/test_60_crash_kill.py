# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments, of either daemon, with messages in flight in both directions.

What clients were told is compared with what is stored: nothing accepted is missing, nothing is
stored or delivered twice, and each receiver has the order of its sender. LIAISON_KILLS says how
often; LIAISON_SEED repeats the moments of an earlier run.
"""

import collections
import json
import os
import random
import threading
import time

import pytest

from agency import BUILD, BUREAU, JIA, PATIENCE_S, example, place, until
from library import Library

KILLS = int(os.environ.get("LIAISON_KILLS", "20"))
SEED = int(os.environ.get("LIAISON_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
ROUND = 4  # batches of each submitter a kill
BATCH = 8
NOTE = json.dumps(example("note"), ensure_ascii=False)


class Submitter:
    """Sends without pause while a round lasts; remembers what it was told."""

    def __init__(self, agency, to):
        self.agency = agency
        self.to = to
        self.permits = threading.Semaphore(0)
        self.ended = False
        self.told = collections.Counter()  # id -> how often it was accepted or held
        self.undecided = 0
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            with Library(self.agency, BUILD, timeout_ms=int(PATIENCE_S * 1000)) as session:
                while self.permits.acquire() and not self.ended:
                    self.send(session)
        except Exception as failure:  # told to the test, which runs elsewhere
            self.failure = failure

    def send(self, session):
        drafts = [{"kind": "note", "to": [self.to], "body_json": NOTE}] * BATCH
        for answer in session.pipeline([drafts] * 2):
            for result in answer["results"]:
                if result["outcome"] == 0:
                    self.told[result["id"]] += 1
                else:
                    assert result["outcome"] == 4, result
                    self.undecided += 1

    def end(self):
        self.ended = True
        self.permits.release()
        self.thread.join(4 * PATIENCE_S)
        assert not self.thread.is_alive() and self.failure is None, self.failure


def kill_once(chance, agencies, submitters):
    """Traffic, a kill in the middle of it, a restart. Which directions were in flight."""
    for submitter in submitters:
        for _ in range(ROUND):
            submitter.permits.release()
    time.sleep(chance.uniform(0.0, 0.08))  # the moment is what is random here
    victims = agencies if chance.random() < 0.15 else [chance.choice(agencies)]
    for victim in victims:
        victim.kill()
    flying = {a.id for a in agencies if a not in victims and backlog(a, agencies) > 0}
    for victim in victims:
        victim.start()
    return flying | {a.id for a in victims if backlog(a, agencies) > 0}


def backlog(agency, agencies):
    other = next(a for a in agencies if a is not agency)
    return agency.backlog(other.id)


def ids(messages):
    return [m["header"]["id"] for m in messages if m["header"]["kind"] == "note"][::-1]


def compare(submitter, sender, receiver, say):
    """Told, stored here and stored there; the counts are printed."""
    sent, arrived = ids(sender.messages("--out")), ids(receiver.messages("--in"))
    told = set(submitter.told)
    say(
        f"{sender.id} -> {receiver.id}: told {len(told)}, undecided {submitter.undecided}, "
        f"stored {len(sent)}, arrived {len(arrived)}"
    )
    assert max(submitter.told.values()) == 1, "told twice"
    assert len(sent) == len(set(sent)), "stored twice at the sender"
    assert told <= set(sent), "accepted and not stored"
    assert len(set(sent) - told) <= submitter.undecided, "stored and never submitted"
    assert len(arrived) == len(set(arrived)), "stored twice at the receiver"
    assert arrived == sent, "missing, invented or out of order"


@pytest.fixture
def say(capsys):
    """What this test counts is for whoever reads its output, also when it passes."""

    def aloud(text):
        with capsys.disabled():
            print(text)

    return aloud


def test_nothing_accepted_is_lost_or_doubled_by_kills_of_either_daemon(town, say):
    say(f"\nLIAISON_SEED={SEED} LIAISON_KILLS={KILLS}")
    chance = random.Random(SEED)
    bureau, jia = agencies = [town[BUREAU], town[JIA]]
    watches = [agency.watch(start="0.0") for agency in agencies]
    submitters = [Submitter(bureau, JIA), Submitter(jia, BUREAU)]
    flights = collections.Counter()
    for _ in range(KILLS):
        flights.update(kill_once(chance, agencies, submitters))
    for submitter in submitters:
        submitter.end()
    say(f"{KILLS} kills, in flight from {dict(flights)}")
    assert all(flights[agency.id] for agency in agencies), "nothing was in flight: no test"

    for agency in agencies:
        until(lambda: backlog(agency, agencies) == 0, "all is receipted", 4 * PATIENCE_S)
    compare(submitters[0], bureau, jia, say)
    compare(submitters[1], jia, bureau, say)
    for agency in agencies:
        assert {m["state"] for m in agency.messages("--out")} == {"arrived"}
        assert agency.alarms() == []
    total = sum(len(submitter.told) + submitter.undecided for submitter in submitters)
    opened = [int(agency.status()["open_duties"]) for agency in agencies]
    assert opened[0] == opened[1] <= total, "a duty to sign for each message, at both"
    for agency, watch in zip(agencies, watches):
        check_watch(agency, watch)


def check_watch(agency, watch):
    """The watch that stood through all of it has told each event once and in order."""
    last = agency.fact("lead.discovered", example("lead-discovered"))["id"]
    watch.wait(lambda e: e.get("message", {}).get("header", {}).get("id") == last, "the last event")
    positions = watch.positions()
    assert positions == sorted(set(positions)), "out of order or twice"
    replayed = agency.cli("watch", "--from", "0.0", "--count", len(positions)).lines
    assert [place(event) for event in replayed] == positions, "a gap"
