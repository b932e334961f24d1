# SPDX-License-Identifier: Apache-2.0
"""A store restored from a copy: seen by the peer's memory, alarmed at both, and gone on from."""

import contextlib
import shutil

import pytest

from agency import BUREAU, ED25519, JIA, SM2, YI, example, is_event, until
from conftest import open_town

THREE = ((BUREAU, ED25519, True), (JIA, SM2, False), (YI, SM2, False))


@contextlib.contextmanager
def forgotten(agency):
    """Whatever `agency` does inside, its store forgets."""
    agency.stop()
    copy = agency.folder.parent / "copy"
    shutil.copytree(agency.folder / "store", copy)
    agency.start()
    yield
    agency.stop()
    shutil.rmtree(agency.folder / "store")
    shutil.copytree(copy, agency.folder / "store")
    agency.start()


def ids(agency, *words):
    return [m["header"]["id"] for m in agency.messages(*words)][::-1]


def exchange(sender, receiver):
    note = sender.send("note", receiver.id, example("note"))["id"]
    receiver.wait_for(note)
    sender.wait_state(note, "arrived")
    return note


def has_alarm(agency, code, about):
    return any(alarm.startswith(f"{code} {about}") for alarm in agency.status()["alarms"])


@pytest.mark.parametrize("restored_id", [BUREAU, JIA])
def test_restored_store_is_alarmed_at_both_and_goes_on_in_a_new_epoch(town, restored_id):
    restored = town[restored_id]
    peer = next(agency for agency in town if agency is not restored)
    early = exchange(restored, peer)
    epoch = restored.status()["epoch"]
    watch = peer.watch()
    with forgotten(restored):
        lost = exchange(restored, peer)
        assert restored.alarms() == peer.alarms() == []

    until(lambda: has_alarm(restored, "restored", peer.id), "the restored store is alarmed")
    until(lambda: has_alarm(peer, "new-epoch", restored.id), "its peer is alarmed")
    watch.wait(is_event("alarm", agency=restored.id), "the alarm is told")
    fresh = restored.status()["epoch"]
    assert int(fresh) > int(epoch)
    assert ids(restored, "--out") == [early], "what it forgot it has forgotten"

    late = exchange(restored, peer)
    assert ids(peer, "--in") == [early, lost, late]
    assert restored.show(late)["epoch"] == fresh
    until(lambda: restored.backlog(peer.id) == 0, "all is receipted")


def test_what_was_without_receipt_in_the_copy_is_offered_again_and_not_doubled(town):
    bureau, jia = town[BUREAU], town[JIA]
    exchange(bureau, jia)
    jia.stop()
    waiting = [bureau.send("note", JIA, example("note"))["id"] for _ in range(5)]
    with forgotten(bureau):
        jia.start()
        until(lambda: bureau.backlog(JIA) == 0, "they arrive the first time")
        arrived = {note: jia.show(note)["received_at"] for note in waiting}
        lost = exchange(bureau, jia)
        town.move_clocks("2025-09-24T12:00:00+08:00")
        lost_later = exchange(bureau, jia)

    until(lambda: has_alarm(bureau, "restored", JIA), "the restored store is alarmed")
    until(lambda: bureau.backlog(JIA) == 0, "they are receipted again")
    got = ids(jia, "--in")
    assert got[1:] == [*waiting, lost, lost_later] and len(got) == len(set(got))
    for note in waiting:
        assert jia.show(note)["received_at"] == arrived[note]
        row = bureau.show(note)["deliveries"][0]
        assert (row["state"], row["arrived_at"]) == ("arrived", arrived[note]), "the original time"


@pytest.mark.parametrize("restored_id", [BUREAU, JIA])
def test_peer_goes_on_sending_to_a_restored_store(town, restored_id):
    """Guards against a stream that waits for ever for positions receipted before the restore."""
    restored = town[restored_id]
    peer = next(agency for agency in town if agency is not restored)
    early = exchange(peer, restored)
    exchange(restored, peer)
    with forgotten(restored):
        exchange(restored, peer)
        lost = [exchange(peer, restored) for _ in range(3)]
    until(lambda: has_alarm(restored, "restored", peer.id), "the restored store is alarmed")
    late = exchange(peer, restored)
    assert ids(restored, "--in") == [early, *lost, late], "it gets again what it had"
    until(lambda: peer.backlog(restored.id) == 0, "all is receipted")


def test_two_peers_of_a_restored_store_bring_it_into_one_new_epoch():
    with open_town(*THREE) as town:
        bureau, peers = town[BUREAU], [town[JIA], town[YI]]
        for peer in peers:
            exchange(bureau, peer)
        with forgotten(bureau):
            for peer in peers:
                exchange(bureau, peer)
                exchange(peer, bureau)
        until(lambda: "restored" in bureau.alarms(), "the restored store is alarmed")
        town.wait_links()
        epochs = {bureau.show(exchange(bureau, peer))["epoch"] for peer in peers}
        assert epochs == {bureau.status()["epoch"]}
        for peer in peers:
            exchange(peer, bureau)
            until(lambda: has_alarm(peer, "new-epoch", BUREAU), "each peer is alarmed")


def test_what_waits_for_a_third_that_is_away_survives_the_new_epoch():
    with open_town(*THREE) as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        exchange(bureau, jia)
        yi.stop()
        waiting = [bureau.send("note", YI, example("note"))["id"] for _ in range(3)]
        with forgotten(bureau):
            exchange(bureau, jia)
        until(lambda: has_alarm(bureau, "restored", JIA), "the restored store is alarmed")
        waiting.append(bureau.send("note", YI, example("note"))["id"])
        assert bureau.backlog(YI) == 4
        yi.start()
        until(lambda: bureau.backlog(YI) == 0, "all is receipted")
        assert ids(yi, "--in") == waiting


def test_signature_for_a_forgotten_message_is_held_and_harms_nothing(town):
    bureau, jia = town[BUREAU], town[JIA]
    exchange(bureau, jia)
    with forgotten(bureau):
        lost = exchange(bureau, jia)
    until(lambda: has_alarm(bureau, "restored", JIA), "the restored store is alarmed")
    signed = jia.acknowledge(lost)
    bureau.wait_for(signed["id"])
    jia.wait_state(signed["id"], "arrived")
    assert bureau.show(lost) is None


def test_source_record_of_a_forgotten_message_is_told_apart_at_the_peer(town):
    """An IT system repeats what the restored store forgot: its peer holds the record already."""
    bureau, jia = town[BUREAU], town[JIA]
    exchange(bureau, jia)
    with forgotten(bureau):
        first = bureau.send("note", JIA, example("note"), source="office/1")["id"]
        jia.wait_for(first)
    until(lambda: has_alarm(bureau, "restored", JIA), "the restored store is alarmed")
    again = bureau.send("note", JIA, example("note"), source="office/1")["id"]
    refused = bureau.wait_state(again, "refused")["deliveries"][0]
    assert refused["refusal_code"] == "source-conflict"
    assert jia.show(first) is not None and jia.show(again) is None


def test_restart_without_a_restore_alarms_nobody(town):
    bureau, jia = town[BUREAU], town[JIA]
    for _ in range(3):
        exchange(bureau, jia)
        exchange(jia, bureau)
        bureau.restart()
        jia.kill()
        jia.start()
    exchange(bureau, jia)
    assert bureau.alarms() == jia.alarms() == []
