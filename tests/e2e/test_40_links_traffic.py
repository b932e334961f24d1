# SPDX-License-Identifier: Apache-2.0
"""Two agencies and the link between them: one way in, both ways through; gone and back again."""

import json
import signal
import statistics
import subprocess
import time

import pytest

from agency import BUILD, BUREAU, ED25519, JIA, SM2, Town, example, is_event, until
from conftest import PAIR, open_town
from library import Dealer, Library, new_keypair, read_key

NOTE = json.dumps(example("note"), ensure_ascii=False)
BACKLOG = 300


def drafts(to, count):
    return [{"kind": "note", "to": [to], "body_json": NOTE} for _ in range(count)]


def submit(agency, to, count):
    """Hands in many at once; their ids."""
    with Library(agency, BUILD) as session:
        answer = session.submit(drafts(to, count))
    assert answer["outcome"] == 0, answer["error"]
    return [result["id"] for result in answer["results"]]


def received(agency):
    return [m["header"]["id"] for m in agency.messages("--in")][::-1]


def counter(agency, name):
    return int(next(c["value"] for c in agency.status()["counters"] if c["name"] == name))


def test_traffic_flows_both_ways_over_the_one_link_of_a_member_without_endpoint(town):
    bureau, jia = town[BUREAU], town[JIA]
    assert bureau.peer(JIA)["endpoints"] == [], "the bureau cannot call it"
    sent = {}
    with Library(bureau, BUILD) as there, Library(jia, BUILD) as here:
        for _ in range(10):  # in turn, so that both directions are busy at once
            sent.setdefault(JIA, []).extend(there.submit(drafts(JIA, 20))["results"])
            sent.setdefault(BUREAU, []).extend(here.submit(drafts(BUREAU, 20))["results"])
    for agency in town:
        until(lambda: len(received(agency)) == 200, f"all arrive at {agency.id}")
        assert received(agency) == [result["id"] for result in sent[agency.id]]
    for agency, other in ((bureau, JIA), (jia, BUREAU)):
        until(lambda: agency.backlog(other) == 0, "all are receipted")
        assert {m["state"] for m in agency.messages("--out")} == {"arrived"}


def test_two_agencies_that_can_both_be_called_exchange_each_message_once():
    with open_town((BUREAU, SM2, True), (JIA, ED25519, True)) as town:
        bureau, jia = town[BUREAU], town[JIA]
        there, back = submit(bureau, JIA, 50), submit(jia, BUREAU, 50)
        until(lambda: len(received(jia)) == 50 and len(received(bureau)) == 50, "all arrive")
        assert received(jia) == there and received(bureau) == back
        jia.restart()
        town.wait_links()
        more = submit(bureau, JIA, 50)
        until(lambda: len(received(jia)) == 100, "all arrive after a restart")
        assert received(jia) == there + more


@pytest.mark.parametrize("down, sender", [(JIA, BUREAU), (BUREAU, JIA)])
def test_backlog_of_an_agency_that_was_away_is_drained_within_about_a_second(town, down, sender):
    away, here = town[down], town[sender]
    away.stop()
    sent = submit(here, down, BACKLOG)
    until(lambda: not here.is_linked(down), "the link goes down")
    peer = here.peer(down)
    assert int(peer["backlog"]) == BACKLOG
    assert peer["oldest_at"] == "2025-09-24T10:00:00+08:00"
    assert {m["state"] for m in here.messages("--out")} == {"queued"}

    away.start()
    started = time.monotonic()
    until(lambda: away.show(sent[0]), "the first arrives")
    first = time.monotonic() - started
    until(lambda: away.show(sent[-1]), "the last arrives")
    last = time.monotonic() - started
    print(f"{down} back: first of {BACKLOG} after {first:.2f} s, last after {last:.2f} s")
    assert received(away) == sent
    until(lambda: here.backlog(down) == 0, "all are receipted")
    assert first < 5 and last < 10, "about a second, on a machine that does nothing else"


def test_both_restart_with_backlogs_towards_each_other(town):
    bureau, jia = town[BUREAU], town[JIA]
    jia.stop()
    there = submit(bureau, JIA, 40)
    bureau.stop()
    jia.start()
    back = submit(jia, BUREAU, 40)
    bureau.start()
    until(lambda: len(received(jia)) == 40 and len(received(bureau)) == 40, "all arrive")
    assert received(jia) == there and received(bureau) == back


def test_link_comes_back_after_every_return_of_the_listener(town):
    bureau, jia = town[BUREAU], town[JIA]
    delays = []
    for end in ("stop", "kill", "stop", "kill", "kill"):
        getattr(bureau, end)()
        until(lambda: not jia.is_linked(BUREAU), "the link goes down")
        bureau.start()
        started = time.monotonic()
        until(lambda: jia.is_linked(BUREAU) and bureau.is_linked(JIA), "the link comes back")
        delays.append(time.monotonic() - started)
    print("seconds from start to link:", " ".join(f"{d:.2f}" for d in delays))
    assert sorted(delays)[len(delays) // 2] < 3


def test_member_started_before_the_listener_finds_it(town):
    bureau, jia = town[BUREAU], town[JIA]
    bureau.stop()
    jia.restart()
    bureau.start()
    note = jia.send("note", BUREAU, example("note"))["id"]
    bureau.wait_for(note)


def test_restarted_sender_goes_on_at_the_first_position_without_receipt(town):
    bureau, jia = town[BUREAU], town[JIA]
    sent = submit(bureau, JIA, 30)
    until(lambda: bureau.backlog(JIA) == 0, "all are receipted")
    jia.stop()
    sent += submit(bureau, JIA, 30)
    bureau.kill()
    bureau.start()
    assert bureau.backlog(JIA) == 30
    sent += submit(bureau, JIA, 30)
    jia.start()
    until(lambda: len(received(jia)) == 90, "all arrive")
    assert received(jia) == sent
    until(lambda: bureau.backlog(JIA) == 0, "all are receipted")


def test_links_are_told_to_watchers_and_shown_to_operators(town):
    bureau, jia = town[BUREAU], town[JIA]
    watch = bureau.watch(key="operator")
    jia.stop()
    bureau.send("note", JIA, example("note"))
    watch.wait(is_event("link-down", agency=JIA), "the end of the link is told")
    assert bureau.peer(JIA)["linked"] is False
    jia.start()
    watch.wait(is_event("link-up", agency=JIA), "the link is told")
    assert bureau.peer(JIA)["linked"] is True


def test_end_of_a_caller_is_shown_without_traffic(town):
    bureau, jia = town[BUREAU], town[JIA]
    jia.stop()
    until(lambda: not bureau.is_linked(JIA), "the link goes down", seconds=3)


# ---------------------------------------------------------------------------- members and strangers


def test_suspended_member_is_heard_again_after_it_is_resumed(town):
    bureau, jia = town[BUREAU], town[JIA]
    assert bureau.cli("peer", "suspend", JIA).status == 0
    assert bureau.peer(JIA)["suspended"] is True
    assert bureau.cli("send", "note", "-", to=JIA, body=example("note")).code == "suspended"
    until(lambda: "suspended" in jia.peer(BUREAU).get("alarm", ""), "it is told on the standing link")
    jia.restart()
    sent = submit(jia, BUREAU, 5)
    until(lambda: "suspended" in jia.peer(BUREAU).get("alarm", ""), "it is told when it calls")
    assert not jia.is_linked(BUREAU) and not bureau.is_linked(JIA)
    assert received(bureau) == [] and jia.backlog(BUREAU) == 5

    assert bureau.cli("peer", "resume", JIA).status == 0
    until(lambda: received(bureau) == sent, "what waited arrives")
    until(lambda: jia.backlog(BUREAU) == 0, "and is receipted")
    note = bureau.send("note", JIA, example("note"))["id"]
    jia.wait_for(note)
    assert jia.peer(BUREAU).get("alarm", "") == ""


def test_member_that_is_called_is_told_that_it_is_suspended():
    """Guards against a bye that is lost because its link is cut at once."""
    with open_town((BUREAU, ED25519, False), (JIA, SM2, True)) as town:
        bureau, jia = town[BUREAU], town[JIA]
        bureau.cli("peer", "suspend", JIA).answer
        until(lambda: "suspended" in jia.peer(BUREAU).get("alarm", ""), "it is told")
        bureau.cli("peer", "resume", JIA).answer
        until(lambda: jia.is_linked(BUREAU), "they speak again")


def test_member_that_is_not_known_yet_calls_patiently_and_is_heard_once_it_is_added():
    """Guards against calling again at once, hundreds of times a second."""
    members = [agency.init().start() for agency in Town(*PAIR)]
    bureau, jia = members
    try:
        jia.add_peer(bureau)
        until(lambda: counter(bureau, "handshakes-refused") >= 2, "it is refused")
        started, before = time.monotonic(), counter(bureau, "handshakes-refused")
        until(lambda: counter(bureau, "handshakes-refused") >= before + 3, "it tries again")
        rate = (counter(bureau, "handshakes-refused") - before) / (time.monotonic() - started)
        print(f"{rate:.1f} calls a second while unknown")
        assert rate < 20

        bureau.add_peer(jia)
        started = time.monotonic()
        until(lambda: bureau.is_linked(JIA) and jia.is_linked(BUREAU), "it is let in")
        print(f"heard {time.monotonic() - started:.2f} s after it was added")
        assert time.monotonic() - started < 5
        for agency in members:
            agency.close()
    finally:
        for agency in members:
            if agency.process is not None:
                agency.kill()


def test_stranger_at_the_agencies_door_gets_nowhere(town):
    bureau = town[BUREAU]
    server = read_key(bureau.folder / "client-keys" / "officer.key")["server"]
    before, refused = bureau.state(), counter(bureau, "handshakes-refused")
    with Dealer(f"tcp://127.0.0.1:{bureau.port}", server, *new_keypair()) as stranger:
        stranger.send(b"\x01\x01")
        assert stranger.receive(1000) is None
    until(lambda: counter(bureau, "handshakes-refused") > refused, "the stranger is counted")
    assert bureau.state() == before and bureau.is_linked(JIA)


def test_client_key_opens_no_door_for_agencies(town):
    bureau = town[BUREAU]
    key = read_key(bureau.folder / "client-keys" / "administrator.key")
    refused = counter(bureau, "handshakes-refused")
    endpoint = f"tcp://127.0.0.1:{bureau.port}"
    with Dealer(endpoint, key["server"], key["public"], key["secret"]) as client:
        client.send(b"\x08\x01\x12\x00")
        assert client.receive(1000) is None
    until(lambda: counter(bureau, "handshakes-refused") > refused, "it is refused")


def test_message_under_a_compact_that_the_receiver_lacks_is_refused_there_and_told_here(town):
    bureau, jia = town[BUREAU], town[JIA]
    text = (bureau.folder / "compacts.d" / "yecheng.conf").read_text()
    other = text.replace("id = yecheng\n", "id = second\n")
    (bureau.folder / "compacts.d" / "second.conf").write_text(other)
    bureau.restart()
    town.wait_links()
    watch = bureau.watch()
    note = bureau.send("note", JIA, example("note"), compact="second")["id"]
    told = watch.wait(is_event("refused", id=note), "the refusal is told")
    assert told["agency"] == JIA and "协作机制" in told["text"]
    shown = bureau.wait_state(note, "refused")["deliveries"][0]
    assert shown["refusal_code"] == "compact"
    assert jia.show(note) is None
    until(lambda: bureau.backlog(JIA) == 0, "the position is spent")
    later = bureau.send("note", JIA, example("note"), compact="yecheng")["id"]
    jia.wait_for(later)


def test_statement_examined_while_the_turn_gathers_is_not_left_lying(town, tmp_path):
    """A wake-up taken back after the finished frames were looked for left the next one until the half second's
    housekeeping. Every read of the wake-up takes 10 ms here, in which the worker finishes."""
    bureau, jia = town[BUREAU], town[JIA]
    watch = bureau.watch()
    slow = ["strace", "-f", "-qq", "-e", "trace=read", "-e", "inject=read:delay_enter=10000"]
    slow += ["-o", str(tmp_path / "trace"), "-p", str(jia.process.pid)]
    waited = []
    with subprocess.Popen(slow, stderr=subprocess.DEVNULL) as tracer:
        until((tmp_path / "trace").exists, "the tracer is there")
        for _ in range(8):
            sent = bureau.send("note", JIA, example("note"))["id"]
            watch.wait(is_event("arrived", id=sent), "it arrives")
            times = [watch.seen_at(is_event(word, id=sent)) for word in ("sent", "arrived")]
            waited.append(times[1] - times[0])
        tracer.send_signal(signal.SIGINT)
    assert statistics.median(waited) < 0.4, waited
