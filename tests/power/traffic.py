# SPDX-License-Identifier: Apache-2.0
"""Clients that send without pause while daemons die, and what they were told compared with what is
stored."""

import collections
import json
import threading
import time

from agency import BUILD, PATIENCE_S, POLL_S, example, place, until
from library import Library

NOTE = json.dumps(example("note"), ensure_ascii=False)


class Submitter:
    """Sends a batch for each permit; remembers what it was told."""

    def __init__(self, agency, to, batch):
        self.agency = agency
        self.to = to
        self.drafts = [{"kind": "note", "to": [to.id], "body_json": NOTE}] * batch
        self.permits = threading.Semaphore(0)
        self.waits = threading.Event()  # for a permit
        self.ended = False
        self.told = collections.Counter()  # id -> how often it was accepted or held
        self.undecided = 0
        self.refused = set()  # for want of room
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            with Library(self.agency, BUILD, timeout_ms=int(PATIENCE_S * 1000)) as session:
                while not self.ended:
                    self.waits.set()
                    self.permits.acquire()
                    self.waits.clear()
                    self.send(session)
        except Exception as failure:  # told to the test, which runs elsewhere
            self.failure = failure

    def send(self, session):
        for answer in session.pipeline([self.drafts] * 2):
            for result in answer["results"]:
                if result["outcome"] == 0:
                    self.told[result["id"]] += 1
                elif result["code"] == "disk":
                    self.refused.add(result["id"])
                else:
                    assert result["outcome"] == 4, result
                    self.undecided += 1

    def permit(self, count):
        for _ in range(count):
            self.permits.release()

    def end(self):
        self.ended = True
        self.permits.release()
        self.thread.join(4 * PATIENCE_S)
        assert not self.thread.is_alive() and self.failure is None, self.failure


class Traffic:
    """Both ways between two agencies, with a watch at each that stands through all of it."""

    def __init__(self, agencies, batch):
        self.agencies = list(agencies)
        left, right = self.agencies
        self.submitters = [Submitter(left, right, batch), Submitter(right, left, batch)]
        self.watches = [agency.watch(start="0.0") for agency in agencies]
        for watch in self.watches:  # each stands before a daemon dies; it does not wait for one
            until(watch.gather, "the watch tells of the day the agency began")

    def permit(self, count):
        for submitter in self.submitters:
            submitter.permit(count)

    def run_while(self, condition, what):
        """One batch after the other, at both ends together: while one is down, the other does not run ahead."""
        deadline = time.monotonic() + PATIENCE_S
        while condition():
            assert time.monotonic() < deadline, f"waited in vain: {what}"
            for submitter in self.submitters:
                assert submitter.failure is None, submitter.failure
            if all(submitter.waits.is_set() for submitter in self.submitters):
                for submitter in self.submitters:
                    submitter.waits.clear()
                    submitter.permit(1)
            time.sleep(POLL_S / 4)

    def backlog(self, agency):
        other = next(a for a in self.agencies if a is not agency)
        return agency.backlog(other.id)

    def settle(self):
        """Ends the clients and waits until all that they sent has arrived."""
        for submitter in self.submitters:
            submitter.end()
        for agency in self.agencies:
            until(lambda: self.backlog(agency) == 0, "all is receipted", 4 * PATIENCE_S)

    def compare(self):
        """Told = stored = arrived, each once and in order, at both; the counts."""
        counts = collections.Counter()
        for submitter in self.submitters:
            counts.update(compare(submitter))
        opened = [int(agency.status()["open_duties"]) for agency in self.agencies]
        assert opened[0] == opened[1] == counts["stored"], "a duty to sign for each, at both"
        for agency, watch in zip(self.agencies, self.watches):
            assert {m["state"] for m in agency.messages("--out")} <= {"arrived"}
            assert agency.alarms() == []
            check_watch(agency, watch)
        return counts


def ids(messages):
    return [m["header"]["id"] for m in messages if m["header"]["kind"] == "note"][::-1]


def compare(submitter):
    sent = ids(submitter.agency.messages("--out"))
    arrived = ids(submitter.to.messages("--in"))
    told = set(submitter.told)
    assert max(submitter.told.values(), default=1) == 1, "told twice"
    assert len(sent) == len(set(sent)), "stored twice at the sender"
    assert told <= set(sent), "told and not stored"
    assert not submitter.refused & set(sent), "refused and stored"
    assert len(set(sent) - told) <= submitter.undecided, "stored and never submitted"
    assert len(arrived) == len(set(arrived)), "stored twice at the receiver"
    assert arrived == sent, "missing, invented or out of order at the receiver"
    return {
        "told": len(told),
        "undecided": submitter.undecided,
        "stored": len(sent),
        "arrived": len(arrived),
    }


def check_watch(agency, watch):
    """The watch that stood through all of it has told each event once and in order."""
    last = agency.fact("lead.discovered", example("lead-discovered"))["id"]
    watch.wait(lambda e: e.get("message", {}).get("header", {}).get("id") == last, "the last event")
    positions = watch.positions()
    assert positions == sorted(set(positions)), "out of order or twice"
    replayed = agency.cli("watch", "--from", "0.0", "--count", len(positions)).lines
    assert [place(event) for event in replayed] == positions, "a gap"


def describe(counts):
    names = ("told", "undecided", "stored", "arrived")
    return ", ".join(f"{name} {counts[name]}" for name in names)
