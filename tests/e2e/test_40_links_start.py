# SPDX-License-Identifier: Apache-2.0
"""Starting and stopping: what a daemon refuses to start with, and that it leaves in good order."""

import json
import os
import re
import shutil
import signal

import pytest

from agency import BUILD, BUREAU, CLOCK, JIA, SM2, TOWN
from agency import Agency, Town, example, free_port, run, until
from conftest import open_town
from library import Library


@pytest.fixture
def alone(tmp_path):
    """One agency under a test clock, initialised and not started."""
    town = Town((BUREAU, SM2, True))
    yield town[BUREAU].init()
    town.abandon()
    town.remove()


def conf_of(agency):
    return agency.folder / "liaisond.conf"


def refuse_start(agency, *words):
    """Runs the daemon, which must end by itself with status 1; what it said."""
    outcome = agency.run_daemon(*words)
    assert outcome.status == 1, outcome
    return outcome.err


# ---------------------------------------------------------------------------------------- the store


def test_second_daemon_on_a_store_is_refused_and_the_first_goes_on(town):
    bureau = town[BUREAU]
    said = refuse_start(bureau, "--test-clock", CLOCK)
    assert "another daemon holds this store" in said
    for work in ("verify", "rebuild"):
        offline = bureau.run_daemon("--journal", work)
        assert offline.status == 1 and "a daemon holds this store" in offline.err
    note = bureau.send("note", JIA, example("note"))["id"]
    town[JIA].wait_for(note)


def test_test_store_is_refused_under_the_real_clock(alone):
    alone.start().stop()
    assert "test or real from its first start" in refuse_start(alone)


def test_real_store_is_refused_under_a_test_clock(alone):
    alone.clock = None
    alone.start().stop()
    assert "test or real from its first start" in refuse_start(alone, "--test-clock", CLOCK)
    alone.start().stop()
    alone.check_journal()


def test_store_of_another_agency_is_refused(alone, tmp_path):
    alone.start().stop()
    other = Agency(alone.folder.parent / "x", JIA, SM2).init()
    shutil.copytree(alone.folder / "store", other.folder / "store")
    assert "belongs to another agency" in refuse_start(other, "--test-clock", CLOCK)


def test_clock_of_a_real_daemon_is_not_moved(alone):
    alone.clock = None
    alone.start()
    refused = alone.cli("test-clock", "2030-01-01T00:00:00+08:00")
    assert refused.code == "state"
    assert alone.status()["clock"] in ("trusted", "unsynchronised")
    assert "test" not in alone.status() or alone.status()["test"] is False
    alone.stop()


def test_card_and_message_stamped_test_are_refused_by_a_real_daemon(alone):
    alone.clock = None
    alone.start()
    with open_town((JIA, SM2, False)) as other:
        card = other[JIA].folder / "card"
        assert run(BUILD / "liaison", "--json", "card", "show", card).answer["test"] is True
        refused = alone.cli("peer", "add", card)
        assert refused.code == "test-stamp"
        assert other[JIA].cli("peer", "add", alone.folder / "card").code == "test-stamp"
    assert alone.cli("peer", "list").lines == []
    alone.stop()


def test_two_agencies_under_the_real_clock_exchange():
    members = ((BUREAU, SM2, True), (JIA, SM2, False))
    with open_town(*members, clock=None) as town:
        bureau, jia = town[BUREAU], town[JIA]
        note = bureau.send("note", JIA, example("note"))["id"]
        arrived = jia.wait_for(note)
        assert "clock-skew" not in arrived["marks"] and arrived["received_at"].endswith("+08:00")
        jia.acknowledge(note)
        bureau.wait_state(note, "acknowledged")


# ----------------------------------------------------------------------------------------- stopping


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_in_the_middle_of_traffic_is_graceful_and_loses_nothing(town, number):
    bureau, jia = town[BUREAU], town[JIA]
    with Library(bureau, BUILD, timeout_ms=30000) as session:
        drafts = [
            {"kind": "note", "to": [JIA], "body_json": '{"subject":"甲","text":"乙"}'}
        ] * 400
        batches = [drafts[i:i + 20] for i in range(0, 400, 20)]
        session.process.stdin.write(json.dumps(["pipeline", batches]).encode() + b"\n")
        session.process.stdin.flush()
        until(bureau.messages, "it is under way")
        bureau.process.send_signal(number)
        assert bureau.process.wait(10) == 0
        bureau.process = None
        assert "L002 stopped" in bureau.log()
        bureau.check_journal()
        bureau.start()
        answers = session.answers.get(timeout=60)
    told = {r["id"] for answer in answers for r in answer["results"] if r["acceptance"]}
    assert len(told) == 400, "the library repeats what was not answered"
    until(lambda: {m["header"]["id"] for m in jia.messages()} == told, "all arrive, once")


def test_daemon_started_again_and_again_answers_and_stops_each_time(alone):
    """Guards against a start in hundreds that hung; LIAISON_STARTS says how often."""
    for _ in range(int(os.environ.get("LIAISON_STARTS", "25"))):
        alone.start()
        assert alone.cli("whoami").status == 0
        alone.stop()


def test_stopped_daemon_is_unreachable_with_status_4(alone):
    alone.start().stop()
    outcome = alone.cli("--timeout", "1", "status")
    assert outcome.status == 4 and outcome.out == ""


def test_journal_of_a_stopped_daemon_is_checked_by_the_command_too(alone):
    alone.start().stop()
    verified = run(BUILD / "liaison", "-C", alone.folder, "journal", "verify")
    assert verified.status == 0 and "the journal holds" in verified.out
    rebuilt = run(BUILD / "liaison", "-C", alone.folder, "journal", "rebuild")
    assert rebuilt.status == 0 and "the tables equal the journal" in rebuilt.out
    assert not (alone.folder / "store.rebuilt").exists(), "nothing is left to be removed by hand"


def test_rebuild_replaces_what_an_earlier_one_left_and_nothing_else(alone):
    alone.start().stop()
    left = alone.folder / "store.rebuilt"
    shutil.copytree(alone.folder / "store", left)  # as after one that found a difference
    assert alone.run_daemon("--journal", "rebuild").status == 0
    assert not left.exists()
    left.mkdir()
    (left / "data.mdb").write_text("not a store: it has no lock")
    refused = alone.run_daemon("--journal", "rebuild")
    assert refused.status == 1 and "cannot remove" in refused.err
    assert (left / "data.mdb").exists()


@pytest.mark.parametrize("altered", [0, 9, 19])
def test_altered_body_does_not_verify(alone, altered):
    """The negative control of every check at the end of these tests."""
    alone.start()
    for number in range(20):
        alone.fact("lead.discovered", example("lead-discovered", place=f"第{number:03}号门市"))
    alone.stop()
    flip_everywhere(alone, f"第{altered:03}号门市".encode())
    verified = alone.run_daemon("--journal", "verify")
    assert verified.status == 1 and "the journal holds" not in verified.out


def flip_everywhere(agency, content):
    """One bit, also in the pages that LMDB has left behind."""
    data = agency.folder / "store" / "data.mdb"
    raw = bytearray(data.read_bytes())
    places = [i for i in range(len(raw)) if raw.startswith(content, i)]
    assert places
    for place in places:
        raw[place + 4] ^= 1
    data.write_bytes(raw)


# ------------------------------------------------------------------------------------ configuration


def put_line(agency, line):
    """Adds a line at the end; its number."""
    text = conf_of(agency).read_text()
    conf_of(agency).write_text(text + line + "\n")
    return len(text.splitlines()) + 1


@pytest.mark.parametrize(
    "line, says",
    [
        ("colour = red", "unknown option: colour"),
        ("window_messages = many", "window_messages takes a number from 1 to 65536: many"),
        ("window_messages = 0", "takes a number"),
        ("window_messages = 65537", "takes a number"),
        ("window_messages = 5x", "takes a number"),
        ("disk_reserve = -1", "takes a number"),
        ("turn_events = 99999999999999999999", "takes a number"),
        ("clients = tcp://0.0.0.0:1", "clients cannot be this"),
        ("credit_code = 92653126MAY0000172", "given twice"),
        ("agency = x", "given twice"),
        ("[network]\nport = 1", "unknown section: network"),
        ("this is no option", "not understood"),
        ("store = /" + "x" * 300, "longer than 199 bytes"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_faulty_line_is_refused_with_its_file_and_number(alone, line, says):
    number = put_line(alone, line) + line.count("\n")
    for words in (["--check"], ["--test-clock", CLOCK], ["--print-config"]):
        said = refuse_start(alone, *words)
        assert says in said, said
        assert f"{conf_of(alone)}:{number}:" in said


@pytest.mark.parametrize("name, value", [
    ("agency", "Yecheng"), ("agency", "a"), ("agency", "x" * 33), ("region", "65312"),
    ("region", "65312x"), ("suite", "rsa"), ("sector", "navy"), ("listen", "udp://x"),
    ("credit_code", "92653126MAY0000172"),
])
def test_impossible_value_is_refused_where_it_stands(alone, name, value):
    lines = conf_of(alone).read_text().splitlines()
    number = next(i for i, line in enumerate(lines) if line.startswith(f"{name} = "))
    lines[number] = f"{name} = {value}"
    conf_of(alone).write_text("\n".join(lines) + "\n")
    said = refuse_start(alone, "--check")
    assert f"{conf_of(alone)}:{number + 1}:" in said and f"{name} cannot be this" in said


def test_address_that_cannot_be_listened_at_is_named(alone):
    """libzmq says so with the same error as an impossible option; the daemon once ended without a word."""
    text = conf_of(alone).read_text()
    conf_of(alone).write_text(re.sub(r"^listen = .*$", "listen = tcp://nonsense", text, flags=re.M))
    assert "tcp://nonsense" in refuse_start(alone, "--test-clock", CLOCK)


def test_missing_option_is_named(alone):
    text = conf_of(alone).read_text()
    kept = [line for line in text.splitlines() if not line.startswith("name = ")]
    conf_of(alone).write_text("\n".join(kept) + "\n")
    assert "missing option: name" in refuse_start(alone, "--check")


def test_check_says_good_and_changes_nothing(alone):
    outcome = alone.run_daemon("--check")
    assert outcome.status == 0 and outcome.out == "good\n"
    assert not (alone.folder / "store").exists()


@pytest.mark.parametrize("option, folder, file", [
    ("procedures", "procedures.d", "yecheng-2025.conf"),
    ("compacts", "compacts.d", "yecheng.conf"),
])
def test_check_finds_a_faulty_law_file_by_line(alone, option, folder, file):
    own = alone.folder / "own"
    shutil.copytree(TOWN / folder, own)
    text = (own / file).read_text()
    (own / file).write_text(text + "\n[colours]\nred = 1\n")
    text = conf_of(alone).read_text()
    kept = [line for line in text.splitlines() if not line.startswith(f"{option} = ")]
    conf_of(alone).write_text("\n".join([*kept, f"{option} = {own}"]) + "\n")
    said = refuse_start(alone, "--check")
    last = len((own / file).read_text().splitlines())
    assert f"{own / file}:{last}:" in said or f"{own / file}:{last - 1}:" in said, said


def test_check_finds_a_missing_calendar(alone):
    text = conf_of(alone).read_text()
    changed = [
        "calendar = nowhere.csv" if line.startswith("calendar = ") else line
        for line in text.splitlines()
    ]
    conf_of(alone).write_text("\n".join(changed) + "\n")
    assert "nowhere.csv" in refuse_start(alone, "--check")


def test_printed_configuration_is_a_configuration_that_prints_the_same(alone):
    printed = alone.run_daemon("--print-config")
    assert printed.status == 0
    conf_of(alone).write_text(printed.out)
    again = alone.run_daemon("--print-config")
    assert again.out == printed.out
    assert alone.run_daemon("--check").status == 0
    alone.start().stop()


def test_key_that_others_can_read_keeps_the_daemon_from_starting(alone):
    for key in (alone.folder / "keys").iterdir():
        key.chmod(0o644)
    assert "0600" in refuse_start(alone, "--test-clock", CLOCK)


def test_missing_key_keeps_the_daemon_from_starting(alone):
    shutil.rmtree(alone.folder / "keys")
    assert "key file is missing" in refuse_start(alone, "--test-clock", CLOCK)


def test_compact_with_a_role_that_its_procedure_lacks_is_refused(alone):
    text = (alone.folder / "compacts.d" / "yecheng.conf").read_text()
    (alone.folder / "compacts.d" / "yecheng.conf").write_text(text + "colour = red\n")
    for words in (["--check"], ["--test-clock", CLOCK]):
        assert "yecheng.conf" in refuse_start(alone, *words)


@pytest.mark.parametrize("clock", ["now", "2025-09-24", "2025-09-24T10:00:00", ""])
def test_test_clock_that_is_no_time_is_refused(alone, clock):
    assert "RFC 3339" in refuse_start(alone, "--test-clock", clock)


def test_port_in_use_keeps_the_daemon_from_starting(town):
    bureau = town[BUREAU]
    other = Agency(town.folder / "x", "yecheng-bing", SM2, bureau.port).init()
    refuse_start(other, "--test-clock", CLOCK)


# --------------------------------------------------------------------------------------------- init


@pytest.mark.parametrize("change", [
    ["--id", "Bad Id"], ["--region", "1"], ["--suite", "rsa"], ["--sector", "navy"],
    ["--uscc", "92653126MAY0000172"], ["--endpoint", "http://x"], ["--name", "甲\nlisten = x"],
])
def test_init_with_an_impossible_value_leaves_nothing_that_starts(tmp_path, change):
    words = ["--id", "yecheng-x", "--name", "某", "--region", "653126", *change]
    outcome = run(BUILD / "liaison", "init", tmp_path / "x", *words)
    assert outcome.status == 1, outcome
    assert not (tmp_path / "x" / "liaisond.conf").exists()
    assert run(BUILD / "liaisond", "-C", tmp_path / "x", "--check").status == 1


def test_init_does_not_touch_an_agency_that_is_there(alone):
    before = {p: p.read_bytes() for p in alone.folder.rglob("*") if p.is_file()}
    outcome = run(
        BUILD / "liaison", "init", alone.folder, "--id", "yecheng-x", "--name", "某",
        "--region", "653126", "--endpoint", f"tcp://127.0.0.1:{free_port()}",
    )
    assert outcome.status == 1
    assert {p: p.read_bytes() for p in alone.folder.rglob("*") if p.is_file()} == before


def test_secrets_of_a_new_agency_are_for_its_owner_alone(alone):
    for folder in ("keys", "client-keys"):
        for path in (alone.folder / folder).iterdir():
            assert path.stat().st_mode & 0o077 == 0, path
        assert (alone.folder / folder).stat().st_mode & 0o077 == 0
