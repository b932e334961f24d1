# SPDX-License-Identifier: Apache-2.0
"""Clients on other machines: the same keys and roles over TCP, and nobody else."""

import json
import os
import pathlib
import types

import pytest

from agency import BUILD, BUREAU, ED25519, JIA, SM2, Agency, example, free_port, is_event, until
from conftest import open_town
from library import Dealer, Library, new_keypair, read_key
from relay import Relay

UNREACHABLE = 4


@pytest.fixture(scope="module")
def served():
    """A bureau that serves clients over TCP; the township does not."""
    port = free_port()

    def prepare(agency):
        if agency.id == BUREAU:
            with open(agency.folder / "liaisond.conf", "a", encoding="utf-8") as conf:
                conf.write(f"clients_listen = tcp://127.0.0.1:{port}\n")

    with open_town((BUREAU, ED25519, True), (JIA, SM2, False), prepare=prepare) as town:
        yield types.SimpleNamespace(town=town, bureau=town[BUREAU], jia=town[JIA], port=port)


def far_away(agency, folder, port, **changed):
    """A folder as on another machine: the keys, their endpoint changed, and nothing else."""
    keys = folder / "client-keys"
    keys.mkdir(parents=True)
    for source in (agency.folder / "client-keys").iterdir():
        values = {**read_key(source), "endpoint": f"tcp://127.0.0.1:{port}", **changed}
        key = keys / source.name
        key.write_text("[client]\n" + "".join(f"{n} = {v}\n" for n, v in values.items()))
        key.chmod(0o600)
    return Agency(folder, agency.id)


@pytest.fixture
def remote(served, tmp_path):
    return far_away(served.bureau, tmp_path / "remote", served.port)


def test_officer_works_from_another_machine_as_at_home(served, remote):
    greeting = remote.cli("whoami").answer
    assert (greeting["agency"], greeting["role"]) == (BUREAU, "officer")
    note = remote.send("note", JIA, example("note"))["id"]
    served.jia.wait_for(note)
    served.jia.acknowledge(note)
    remote.wait_state(note, "acknowledged")
    assert note in [m["header"]["id"] for m in remote.messages("--out")]
    assert remote.send("note", JIA, example("note"), id=note)["id"] == note, "the same, not twice"


ROLES = {"submitter": "export", "officer": "peer suspend", "auditor": "note",
         "operator": "export", "administrator": "note"}


@pytest.mark.parametrize("role", ROLES)
def test_role_is_that_of_the_key_and_no_more(served, remote, role):
    assert remote.cli("whoami", key=role).answer["role"] == role
    words = {
        "export": ["export", "01997957-d500-7abc-8def-012345678901", "-"],
        "peer suspend": ["peer", "suspend", JIA],
        "note": ["send", "note", "-", "--to", JIA],
    }[ROLES[role]]
    assert remote.cli(*words, key=role, body=example("note")).code == "role"


def test_bulk_sender_keeps_many_under_way(served, remote):
    drafts = [{"kind": "note", "to": [JIA], "body_json": json.dumps(example("note"))}] * 200
    with Library(remote, BUILD, timeout_ms=30000) as session:
        answers = session.pipeline([drafts[i:i + 20] for i in range(0, 200, 20)])
    ids = {result["id"] for answer in answers for result in answer["results"]}
    assert len(ids) == 200 and all(answer["outcome"] == 0 for answer in answers)
    until(lambda: ids <= {m["header"]["id"] for m in served.jia.messages()}, "all arrive")


def test_watch_and_session_go_on_when_the_line_was_cut_and_lose_nothing(served, tmp_path):
    with Relay(("127.0.0.1", served.port)) as line:
        remote = far_away(served.bureau, tmp_path / "remote", line.port)
        watch = remote.watch()
        with Library(remote, BUILD, timeout_ms=30000) as session:
            ids = []
            for _ in range(5):
                draft = {"kind": "note", "to": [JIA], "body_json": json.dumps(example("note"))}
                answer = session.submit([draft])
                assert answer["outcome"] == 0, answer
                ids.append(answer["results"][0]["id"])
                line.cut()
            calls = len(line.reached)
            for note in ids:
                watch.wait(is_event("sent", id=note), "the watch tells it")
        assert calls >= 5, "it was a new connection each time"
        watch.close()
        told = [e["message"]["header"]["id"] for e in watch.gather() if e["type"] == "sent"]
        assert told == ids, "once each and in order"
        remote.watches.clear()


def test_daemon_that_is_away_is_unreachable_and_found_again(served, tmp_path):
    with Relay(("127.0.0.1", served.port)) as line:
        remote = far_away(served.bureau, tmp_path / "remote", line.port)
        with Library(remote, BUILD, timeout_ms=1000) as session:
            assert session.greet()["outcome"] == 0
            line.refusing = True
            line.cut()
            assert session.greet()["outcome"] == UNREACHABLE
            line.refusing = False
            until(lambda: session.greet()["outcome"] == 0, "it is found again")


# --------------------------------------------------------------------------------------- strangers


def handshakes_refused(agency):
    counters = agency.status()["counters"]
    return int(next(c["value"] for c in counters if c["name"] == "handshakes-refused"))


def test_unknown_key_is_refused_at_the_door_and_counted(served, tmp_path):
    public, secret = new_keypair()
    stranger = far_away(served.bureau, tmp_path / "x", served.port, public=public, secret=secret)
    before, counted = served.bureau.state(), handshakes_refused(served.bureau)
    for words in (["whoami"], ["status"], ["officer", "list"]):
        outcome = stranger.cli(*words)
        assert outcome.code == "role" and outcome.out == "", outcome
    assert handshakes_refused(served.bureau) > counted
    assert served.bureau.state() == before


def test_key_of_an_agency_opens_only_the_agencies_door_and_a_clients_only_the_clients(served):
    own = read_key(served.bureau.folder / "client-keys" / "administrator.key")
    curve = (served.jia.folder / "keys" / "curve.key").read_text("utf-8").split()
    agency = dict(zip(("public", "secret"), curve[-2:]))
    doors = {
        f"tcp://127.0.0.1:{served.port}": agency,
        f"tcp://127.0.0.1:{served.bureau.port}": own,
    }
    for endpoint, key in doors.items():
        with Dealer(endpoint, own["server"], key["public"], key["secret"]) as dealer:
            dealer.send(b"\x08\x01\x12\x00")
            assert dealer.receive(700) is None, endpoint
    with Dealer(list(doors)[0], own["server"], own["public"], own["secret"]) as dealer:
        dealer.send(b"\x08\x01\x12\x00")
        assert BUREAU.encode() in dealer.receive(5000), "the negative control"


def test_client_speaks_to_no_other_than_the_daemon_whose_key_it_pins(served, tmp_path):
    public, _ = new_keypair()
    misled = far_away(served.bureau, tmp_path / "misled", served.port, server=public)
    outcome = misled.cli("--timeout", "1", "whoami")
    assert outcome.status == UNREACHABLE and outcome.out == "", outcome


def test_withdrawn_key_is_cut_off_over_tcp_too(served, remote):
    conf = served.bureau.folder / "clients" / "auditor.conf"
    text = conf.read_text("utf-8")
    with Library(remote, BUILD, client="auditor", timeout_ms=1500) as session:
        assert session.greet()["outcome"] == 0
        conf.unlink()
        until(lambda: session.greet()["outcome"] != 0, "the standing session is cut off")
    conf.write_text(text, "utf-8")
    until(lambda: remote.cli("whoami", key="auditor").status == 0, "and let in again")


def listening_inodes():
    inodes = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                inodes.add(f"socket:[{fields[9]}]")
    return inodes


def listeners(agency):
    """How many TCP sockets of its daemon listen."""
    descriptors = pathlib.Path(f"/proc/{agency.process.pid}/fd")
    links = [os.readlink(entry) for entry in descriptors.iterdir()]
    return len(listening_inodes() & set(links))


def test_daemon_listens_for_clients_only_if_it_was_told_to(served):
    assert listeners(served.jia) == 0, "it calls out and serves its own machine"
    assert listeners(served.bureau) == 2, "agencies and clients"


@pytest.mark.parametrize("endpoint", ["udp://127.0.0.1:1", "inproc://x", "127.0.0.1:7443", ""])
def test_key_file_with_an_endpoint_of_another_kind_is_not_used(served, tmp_path, endpoint):
    remote = far_away(served.bureau, tmp_path / "remote", served.port, endpoint=endpoint)
    outcome = remote.cli("whoami")
    assert outcome.status == 2 and "officer.key" in outcome.err
