# SPDX-License-Identifier: Apache-2.0
"""Local clients in numbers: pipelined submissions, and watches without gap or repeat."""

import json

from agency import BUILD, BUREAU, JIA, example, is_event, place, until
from library import Dealer, Library, read_fields

NOTE = json.dumps(example("note"), ensure_ascii=False)


def notes(count, prefix="n"):
    return [
        {
            "kind": "note",
            "to": [JIA],
            "source_system": "office",
            "source_record": f"{prefix}{number}",
            "body_json": NOTE,
        }
        for number in range(count)
    ]


def ids_of(messages, kind="note"):
    return [m["header"]["id"] for m in messages if m["header"]["kind"] == kind]


def test_500_drafts_under_way_at_once_are_each_accepted_once_and_arrive_in_order(town):
    bureau, jia = town[BUREAU], town[JIA]
    drafts = notes(500)
    with Library(bureau, BUILD, client="submitter") as session:
        answers = session.pipeline([drafts[i:i + 10] for i in range(0, 500, 10)])
        assert {answer["outcome"] for answer in answers} == {0}
        results = [result for answer in answers for result in answer["results"]]
        assert {result["acceptance"] for result in results} == {1}
        positions = [result["position"] for result in results]
        assert positions == sorted(set(positions)), "in the order of the drafts"

        until(lambda: bureau.backlog(JIA) == 0, "all are receipted")
        arrived = ids_of(jia.messages())[::-1]
        assert arrived == [result["id"] for result in results]

        repeated = session.pipeline([drafts])[0]
        assert {result["acceptance"] for result in repeated["results"]} == {2}, "held"
        assert [r["id"] for r in repeated["results"]] == arrived
    assert len(ids_of(bureau.messages())) == 500


def test_one_call_with_500_drafts_tells_each_result(town):
    bureau = town[BUREAU]
    drafts = notes(500)
    drafts[100]["body_json"] = '{"subject":"无内容"}'
    drafts[400]["to"] = ["nowhere"]
    with Library(bureau, BUILD, client="submitter") as session:
        answer = session.submit(drafts)
    assert answer["outcome"] == 1
    refused = {i: r["code"] for i, r in enumerate(answer["results"]) if r["outcome"] == 1}
    assert refused == {100: "required", 400: "unknown-agency"}
    assert sum(r["acceptance"] == 1 for r in answer["results"]) == 498
    assert len(ids_of(bureau.messages())) == 498


def test_clients_in_parallel_are_all_answered(town):
    bureau, jia = town[BUREAU], town[JIA]
    sessions = [Library(bureau, BUILD, client="submitter") for _ in range(8)]
    for number, session in enumerate(sessions):
        batch = json.dumps(["pipeline", [notes(20, f"{number}-{i}-") for i in range(3)]])
        session.process.stdin.write(batch.encode() + b"\n")
        session.process.stdin.flush()
    accepted = set()
    for session in sessions:
        for answer in session.answers.get(timeout=60):
            accepted |= {r["id"] for r in answer["results"] if r["acceptance"] == 1}
        session.__exit__()
    assert len(accepted) == 8 * 60
    until(lambda: set(ids_of(jia.messages())) == accepted, "all arrive")


# ------------------------------------------------------------------------------------------ watches


def test_watch_goes_on_over_restarts_without_gap_or_repeat(town):
    bureau, jia = town[BUREAU], town[JIA]
    watch = jia.watch(start="0.0")
    sent = []
    for restart in range(3):
        sent += [bureau.send("note", JIA, example("note"))["id"] for _ in range(5)]
        watch.wait(is_event("received", id=sent[-1]), "the watch follows")
        if restart == 1:
            jia.kill()
            jia.start()
        else:
            jia.restart()
    sent.append(bureau.send("note", JIA, example("note"))["id"])
    watch.wait(is_event("received", id=sent[-1]), "the watch follows after the last restart")

    received = [e["message"]["header"]["id"] for e in watch.gather() if e["type"] == "received"]
    assert received == sent
    positions = watch.positions()
    assert positions == sorted(set(positions)), "in order, none twice"
    replayed = replay(jia, len(positions))
    assert [place(e) for e in replayed] == positions, "none left out"


def replay(agency, count):
    return agency.cli("watch", "--from", "0.0", "--count", count).lines


def test_watch_from_any_event_continues_right_behind_it(town):
    bureau, jia = town[BUREAU], town[JIA]
    for _ in range(4):
        jia.wait_for(bureau.send("note", JIA, example("note"))["id"])
    until(lambda: bureau.backlog(JIA) == 0, "all are receipted")
    watch = jia.watch(start="0.0")
    last = bureau.send("note", JIA, example("note"))["id"]
    watch.wait(is_event("received", id=last), "history and present join")
    positions = watch.positions()
    for cut in range(0, len(positions) - 1, 3):
        start = f"{positions[cut][0]}.{positions[cut][1]}"
        rest = jia.cli("watch", "--from", start, "--count", len(positions) - cut - 1).lines
        assert [place(e) for e in rest] == positions[cut + 1:]


def pack_watch(turn, index):
    """Request 1, Watch from a position (both below 128)."""
    position = bytes([8, turn, 16, index])
    watch = bytes([10, len(position)]) + position
    return bytes([8, 1, 66, len(watch)]) + watch


def raw_positions(agency, turn, index, count):
    """What the daemon itself sends to a watch, before the library looks at it."""
    with Dealer.of_client(agency) as dealer:
        dealer.send(pack_watch(turn, index))
        events = [read_fields(read_fields(dealer.receive(5000))[9]) for _ in range(count)]
    positions = [read_fields(event[1]) for event in events]
    return [(position[1], position.get(2, 0)) for position in positions]


def test_daemon_resumes_a_watch_behind_the_event_that_is_named(town):
    bureau, jia = town[BUREAU], town[JIA]
    note = bureau.send("note", JIA, example("note"))["id"]
    jia.wait_for(note)
    jia.acknowledge(note)  # link-up, received, owed, sent, acknowledged
    positions = [place(event) for event in jia.cli("watch", "--from", "0.0", "--count", "4").lines]
    assert raw_positions(jia, 0, 0, 4) == positions
    for cut in range(3):
        assert raw_positions(jia, *positions[cut], 3 - cut) == positions[cut + 1:]


def test_several_watchers_are_told_the_same(town):
    bureau, jia = town[BUREAU], town[JIA]
    roles = ("officer", "auditor", "submitter", "officer", "auditor")
    start = jia.here()
    watches = [jia.watch(start=start, key=role) for role in roles]
    sent = [bureau.send("note", JIA, example("note"))["id"] for _ in range(20)]
    for watch in watches:
        watch.wait(is_event("received", id=sent[-1]), "each watcher is told")
    positions = [watch.positions() for watch in watches]
    least = min(map(len, positions))
    assert least >= 20 and all(p[:least] == positions[0][:least] for p in positions)


def test_watcher_that_never_reads_holds_nobody_up(town):
    bureau, jia = town[BUREAU], town[JIA]
    lazy = jia.watch(start="0.0")
    lazy.process.send_signal(19)  # SIGSTOP
    with Library(bureau, BUILD, client="submitter") as session:
        answers = session.pipeline([notes(50, f"{i}-") for i in range(20)])
    assert {answer["outcome"] for answer in answers} == {0}
    until(lambda: len(ids_of(jia.messages())) == 1000, "all 1000 arrive")
    lazy.process.send_signal(18)  # SIGCONT
    until(
        lambda: sum(e["type"] == "received" for e in lazy.gather()) == 1000,
        "the lazy watcher catches up",
    )
    positions = lazy.positions()
    assert positions == sorted(set(positions))
