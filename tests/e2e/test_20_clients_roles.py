# SPDX-License-Identifier: Apache-2.0
"""Who may ask what: every request of the daemon with every role, and the keys behind the roles."""

import json
import os

import pytest

from agency import BUILD, BUREAU, JIA, ROLES, example, is_event, lead, until
from library import Dealer, Library, new_keypair, read_key

SUBMITTER, OFFICER, AUDITOR, OPERATOR, ADMINISTRATOR = ROLES
REFUSED = 1
READERS = {SUBMITTER, OFFICER, AUDITOR}
ALL = set(ROLES)

# Design §8: a submitter is an IT system, an auditor reads all and does nothing, an operator sees
# links, queues and metadata only, an administrator keeps keys, members and rolls.
REQUESTS = {
    "whoami": (["whoami"], ALL),
    "status": (["status"], ALL),
    "submit": (["send", "note", "--to", JIA, "--check", "-"], {SUBMITTER, OFFICER}),
    "find": (["show", "{message}"], READERS | {OPERATOR}),
    "list": (["list"], READERS | {OPERATOR}),
    "search": (["search", "叶城"], READERS | {OPERATOR}),
    "matter": (["matter", "{matter}"], READERS),
    "due": (["due"], READERS | {OPERATOR}),
    "watch": (["watch", "--from", "0.0", "--count", "1"], READERS | {OPERATOR}),
    "peer list": (["peer", "list"], ALL),
    "peer add": (["peer", "add", "{card}"], {ADMINISTRATOR}),
    "peer resume": (["peer", "resume", JIA], {OPERATOR, ADMINISTRATOR}),
    "officer list": (["officer", "list"], ALL - {SUBMITTER}),
    "officer add": (
        ["officer", "add", "--certificate", "Z1", "--name", "某"],
        {ADMINISTRATOR},
    ),
    "officer remove": (["officer", "remove", "nobody"], {ADMINISTRATOR}),
    "compact": (["compact", "list"], ALL),
    "procedure": (["procedure", "list"], ALL),
    "export": (["export", "{matter}", "-"], {OFFICER, AUDITOR}),
    "test-clock": (["test-clock", "2020-01-01T00:00:00+08:00"], {OPERATOR, ADMINISTRATOR}),
}


@pytest.fixture(scope="module")
def sent(shared_town):
    notice = shared_town[BUREAU].send("lead.notice", JIA, lead())
    shared_town[JIA].wait_for(notice["id"])
    return notice


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("request_name", REQUESTS)
def test_request_is_answered_only_for_the_roles_that_may_ask_it(
    shared_town, sent, request_name, role
):
    bureau = shared_town[BUREAU]
    words, allowed = REQUESTS[request_name]
    known = {
        "message": sent["id"],
        "matter": sent["matter"],
        "card": shared_town[JIA].folder / "card",
    }
    outcome = bureau.cli(
        *[word.format(**known) for word in words], key=role, body=example("note")
    )
    if role not in allowed:
        assert (outcome.status, outcome.code) == (1, "role"), outcome
    elif request_name == "officer remove":
        assert outcome.code == "not-found", "allowed, and judged"
    elif request_name == "test-clock":
        assert outcome.code == "value", "allowed, and judged: the clock goes forward only"
    else:
        assert outcome.status == 0, outcome


def test_refused_request_leaves_no_trace_in_the_store(shared_town, sent):
    bureau = shared_town[BUREAU]
    before = bureau.state()
    for words, allowed in REQUESTS.values():
        for role in ALL - allowed:
            bureau.cli(*[word.format(message="x", matter=sent["matter"], card="/dev/null")
                         for word in words], key=role, body=example("note"))
    assert bureau.state() == before


def test_operator_sees_metadata_and_never_a_body(shared_town, sent):
    bureau = shared_town[BUREAU]
    shown = bureau.cli("show", sent["id"], key=OPERATOR).answer
    assert shown["body_state"] == "withheld" and "body" not in shown
    assert shown["header"]["kind"] == "lead.notice"
    name = lead()["suspect"]["name"]
    for words in (["list"], ["watch", "--from", "0.0", "--count", "6"], ["due"]):
        told = bureau.cli(*words, key=OPERATOR)
        assert told.status == 0 and name not in told.out, words
    assert bureau.cli("list", "--text", name, key=OPERATOR).lines == []
    assert bureau.cli("list", "--text", name, key=AUDITOR).lines != []


def test_submitter_cannot_sign_as_an_officer(shared_town, sent):
    bureau = shared_town[BUREAU]
    certificate = bureau.officers[0]
    outcome = bureau.cli(
        "send", "note", "-", key=SUBMITTER, to=JIA, officer=certificate, body=example("note")
    )
    assert outcome.code == "role"
    jia = shared_town[JIA]
    assert jia.cli("ack", sent["id"], officer=jia.officers[0], key=SUBMITTER).code == "role"


def test_officer_off_the_roll_signs_nothing_more_and_what_was_signed_stays(town):
    bureau, jia = town[BUREAU], town[JIA]
    first, second = jia.officers
    notes = [bureau.send("note", JIA, example("note"))["id"] for _ in range(2)]
    jia.wait_for(notes[1])
    jia.acknowledge(notes[0], first)
    before = bureau.wait_state(notes[0], "acknowledged")
    jia.cli("officer", "remove", first).answer
    assert [officer["certificate"] for officer in jia.cli("officer", "list").lines] == [second]
    assert jia.cli("ack", notes[1], officer=first).code == "officer"
    assert jia.cli("officer", "remove", first).code == "not-found"
    shown = jia.show(notes[0])
    assert shown["state"] == "acknowledged" and bureau.show(notes[0]) == before
    jia.restart()
    assert jia.cli("ack", notes[1], officer=first).code == "officer", "for good"
    jia.acknowledge(notes[1], second)
    jia.cli("officer", "add", certificate=first, name="回来", role="liaison").answer


# --------------------------------------------------------------------------------------------- keys


def add_client(agency, name, role, admit=True):
    """A client made by hand, as an administrator would; `admit` puts it where the daemon looks."""
    public, secret = new_keypair()
    model = read_key(agency.folder / "client-keys" / "officer.key")
    head = f"[client]\nname = {name}\nrole = {role}\npublic = {public}\n"
    key = agency.folder / "client-keys" / f"{name}.key"
    key.write_text(
        f"{head}secret = {secret}\nserver = {model['server']}\nendpoint = {model['endpoint']}\n"
    )
    key.chmod(0o600)
    if admit:
        (agency.folder / "clients" / f"{name}.conf").write_text(head)
    return key


def handshakes_refused(agency):
    counters = agency.status()["counters"]
    return int(next(c["value"] for c in counters if c["name"] == "handshakes-refused"))


def test_added_key_works_without_restart_and_only_in_its_role(town):
    bureau = town[BUREAU]
    add_client(bureau, "second-auditor", AUDITOR)
    greeting = until(
        lambda: bureau.cli("--timeout", "1", "whoami", key="second-auditor").lines,
        "the new key is let in",
    )[0]
    assert (greeting["client"], greeting["role"]) == ("second-auditor", AUDITOR)
    refused = bureau.cli("send", "note", "-", key="second-auditor", to=JIA, body=example("note"))
    assert refused.code == "role"


def test_withdrawn_key_is_refused_by_its_code_even_on_a_standing_connection(town):
    bureau = town[BUREAU]
    with Library(bureau, BUILD) as session:
        assert session.greet()["outcome"] == 0
        (bureau.folder / "clients" / "officer.conf").unlink()
        until(lambda: session.greet()["outcome"] == REFUSED, "the standing session is cut off")
        before = bureau.state()
        draft = {"kind": "note", "to": [JIA], "body_json": json.dumps(example("note"))}
        assert session.submit([draft])["outcome"] == REFUSED
    assert bureau.cli("whoami", key=OFFICER).code == "role", "a new connection is told why"
    assert bureau.state() == before
    assert bureau.cli("whoami", key=AUDITOR).status == 0, "others go on"


def test_withdrawn_key_is_not_told_anything_any_more(town):
    """Guards against a watch that goes on for whoever had a key when it began."""
    bureau = town[BUREAU]
    add_client(bureau, "second-officer", OFFICER)
    until(lambda: bureau.cli("--timeout", "1", "whoami", key="second-officer").lines, "it is let in")
    watch, other = bureau.watch(key="second-officer"), bureau.watch()
    first = bureau.send("note", JIA, example("note"))["id"]
    watch.wait(is_event("arrived", id=first), "it is told of the first")
    (bureau.folder / "clients" / "second-officer.conf").unlink()
    until(lambda: watch.process.poll() is not None, "its watch is ended")
    assert watch.process.returncode == 1 and b"role" in watch.process.stderr.read()
    second = bureau.send("note", JIA, example("note"))["id"]
    other.wait(is_event("arrived", id=second), "others go on")
    assert not any(is_event("arrived", id=second)(event) for event in watch.gather())


def test_changed_role_holds_for_the_next_request(town):
    bureau = town[BUREAU]
    conf = bureau.folder / "clients" / "officer.conf"
    changed = conf.read_text().replace("role = officer", "role = auditor")
    fresh = conf.with_suffix(".new")
    fresh.write_text(changed)
    os.replace(fresh, conf)
    until(lambda: bureau.cli("whoami").answer["role"] == AUDITOR, "the new role holds")
    assert bureau.cli("send", "note", "-", to=JIA, body=example("note")).code == "role"


def test_unknown_key_gets_nowhere_and_is_counted(town):
    bureau = town[BUREAU]
    add_client(bureau, "stranger", ADMINISTRATOR, admit=False)
    before, counted = bureau.state(), handshakes_refused(bureau)
    for words in (["whoami"], ["status"], ["officer", "list"]):
        outcome = bureau.cli(*words, key="stranger")
        assert outcome.code == "role" and outcome.out == "", outcome
    assert handshakes_refused(bureau) > counted
    assert bureau.state() == before
    assert bureau.cli("whoami").status == 0


def test_key_of_another_agency_gets_nowhere(town):
    bureau, jia = town[BUREAU], town[JIA]
    foreign = read_key(jia.folder / "client-keys" / "administrator.key")
    own = read_key(bureau.folder / "client-keys" / "administrator.key")
    with Dealer(own["endpoint"], own["server"], foreign["public"], foreign["secret"]) as dealer:
        dealer.send(b"\x08\x01\x12\x00")
        assert dealer.receive(1000) is None


def test_key_file_that_others_can_read_is_not_used(town):
    bureau = town[BUREAU]
    key = bureau.folder / "client-keys" / "officer.key"
    key.chmod(0o644)
    outcome = bureau.cli("whoami")
    assert outcome.status == 2 and "officer.key" in outcome.err


# ------------------------------------------------------------------------------------- raw requests


def test_request_that_does_not_decode_is_refused_by_its_number_and_harms_nobody(town):
    bureau = town[BUREAU]
    before = bureau.state()
    with Dealer.of_client(bureau) as dealer:
        dealer.send(b"\x08\x07\xff\xff\xff")
        reply = dealer.receive(5000)
        assert reply.startswith(b"\x08\x07") and b"malformed" in reply
        dealer.send(b"\x08\x08\x12\x00")  # greet, on the same connection
        reply = dealer.receive(5000)
        assert reply.startswith(b"\x08\x08") and BUREAU.encode() in reply
    assert bureau.state() == before


@pytest.mark.parametrize(
    "frames",
    [[b""], [b"\x00"], [b"\x08\x01\x12\x00", b"more"], [b"\xff" * 70000], [b"\x0b" * 5000]],
    ids=["empty", "zero", "two-frames", "noise", "groups"],
)
def test_odd_frames_of_a_known_client_are_dropped_or_refused(shared_town, frames):
    bureau = shared_town[BUREAU]
    before = bureau.state()
    with Dealer.of_client(bureau) as dealer:
        dealer.send(*frames)
        dealer.send(b"\x08\x09\x12\x00")
        replies = iter(lambda: dealer.receive(5000), None)
        assert any(reply.startswith(b"\x08\x09") for reply in replies)
    assert bureau.state() == before


def test_frame_over_a_mebibyte_ends_only_its_own_connection(shared_town):
    bureau = shared_town[BUREAU]
    before = bureau.state()
    with Dealer.of_client(bureau) as dealer:
        dealer.send(b"\x08\x01" + b"\x00" * (2 << 20))
        assert dealer.receive(1000) is None
    assert bureau.cli("whoami").status == 0
    assert bureau.state() == before
