# SPDX-License-Identifier: Apache-2.0
"""SIGHUP: what the operator changed holds from the next turn on, and what has a fault changes nothing."""

import re
import signal
import shutil
import tempfile

import pytest

from agency import (BUILD, BUREAU, CONF, JIA, SM2, TOWN, example, is_event, lead, run,
                    set_options, until)
from conftest import open_town

JOINT = "YC-1.1.2"


@pytest.fixture
def town():
    """Bureau and township with law files of their own, which the tests change."""
    with open_town((BUREAU, SM2, True), (JIA, SM2, False), prepare=give_own_law) as town:
        yield town


def give_own_law(agency):
    """Copies of the shared law below the agency's folder, and options that name them."""
    shutil.copy(CONF / "calendars" / "calendar.csv", agency.folder / "calendar.csv")
    shutil.copytree(TOWN / "procedures.d", agency.folder / "procedures.d")
    set_options(agency, calendar="calendar.csv", procedures="procedures.d")


def conf_of(agency):
    return agency.folder / "liaisond.conf"


def change(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def reload(agency):
    """Asks for it, and gives what the log says of it: (event number, text)."""
    start = len(agency.log())
    agency.process.send_signal(signal.SIGHUP)
    said = until(
        lambda: re.search(r"(L003|L004) [^:]*: (.*)\n", agency.log()[start:]),
        f"{agency.id} has read its files again",
    )
    return said.groups()


def reload_well(agency):
    number, said = reload(agency)
    assert number == "L004", said
    return said


def law(agency):
    """What is in force, as everybody may ask."""
    compact = agency.cli("compact", "show", "yecheng").answer
    return compact["procedure_digest"], compact["calendar_digest"], compact["digest"]


def hide_layer(agency):
    """The regional layer of 2025 is missing from now on."""
    lines = (CONF / "calendars" / "calendar.csv").read_text("utf-8").splitlines()
    kept = [
        line.replace(",2025,known", ",2025,missing")
        if line.startswith("coverage,cn-65,65,2025,") else line
        for line in lines if not line.startswith("day,cn-65,2025")
    ]
    (agency.folder / "calendar.csv").write_text("\n".join(kept) + "\n", "utf-8")


def show_layer(agency, *more):
    """It is known, with some more days."""
    text = (CONF / "calendars" / "calendar.csv").read_text("utf-8")
    lines = "".join(f"{line}\n" for line in more)
    (agency.folder / "calendar.csv").write_text(text + lines, "utf-8")


def lead_of(agency, to):
    """The matter of a fresh lead that has arrived."""
    sent = agency.send("lead.notice", to.id, lead())
    to.wait_for(sent["id"])
    for side in (agency, to):
        side.wait_duty(JOINT, sent["matter"], "open")
    return sent["matter"]


def due(agency, matter):
    return agency.duty(JOINT, matter)["due_text"]


# -------------------------------------------------------------------------------------------- law


def test_new_procedure_holds_for_new_leads_and_old_ones_keep_theirs(town):
    bureau, jia = town[BUREAU], town[JIA]
    old = lead_of(bureau, jia)
    before = law(bureau)
    for agency in town:
        change(agency.folder / "procedures.d" / "yecheng-2025.conf",
               "within = 3 workdays", "within = 1 workday")
        reload_well(agency)
    assert law(bureau)[0] != before[0] and law(bureau)[1:] == before[1:]
    assert law(bureau) == law(jia)
    fresh = lead_of(bureau, jia)
    for agency in town:
        assert due(agency, fresh) == "2025-09-25T23:59:59+08:00"
        assert due(agency, old) == "2025-09-28T23:59:59+08:00"
    assert "L042" in bureau.log()


def test_new_calendar_counts_open_duties_anew_and_leaves_closed_ones(town):
    bureau, jia = town[BUREAU], town[JIA]
    closed = bureau.send("note", JIA, example("note"))
    jia.wait_for(closed["id"])
    jia.acknowledge(closed["id"])
    signed = {a.id: a.wait_duty("sign-for", closed["matter"], "met") for a in town}
    dated = lead_of(bureau, jia)
    for agency in town:
        hide_layer(agency)
        reload_well(agency)
    undated = lead_of(bureau, jia)
    watches = {agency.id: agency.watch() for agency in town}
    calendars = {agency.id: law(agency)[1] for agency in town}
    for agency in town:
        assert due(agency, undated).startswith("earliest:")
        show_layer(agency, "day,cn-65,2025-09-26,holiday,古尔邦节,测试")
        reload_well(agency)
    late = "2025-09-29T23:59:59+08:00"
    for agency in town:
        for matter in (dated, undated):
            event = watches[agency.id].wait(
                lambda e: is_event("amended", duty=JOINT)(e) and e["duty"]["matter"] == matter,
                f"{agency.id} tells that it moved",
            )
            assert "期限因日历更新由 不早于 2025-09-28 23:59:59 改为 2025-09-29 23:59:59" in event["text"]
            shown = agency.duty(JOINT, matter)
            assert shown["due_text"] == late
            assert shown["calendar"] == law(agency)[1]
            amended = shown["amended"]
            assert amended["calendar"] == calendars[agency.id]
            assert (amended["before"], amended["after"]) == (
                "earliest:2025-09-28T23:59:59+08:00", late)
        assert agency.duty("sign-for", closed["matter"]) == signed[agency.id]
    table = run(BUILD / "liaison", "-C", bureau.folder, "due", "--matter", dated)
    assert "期限因日历更新由" in table.out, table
    town.move_clocks("2025-10-09T09:00:00+08:00", jia, bureau)
    for agency in town:
        for matter in (dated, undated):
            agency.wait_duty(JOINT, matter, "overdue")


def test_counting_anew_goes_on_after_a_crash(town):
    bureau, jia = town[BUREAU], town[JIA]
    matters = [lead_of(bureau, jia) for _ in range(3)]
    show_layer(bureau, "day,cn-65,2025-09-26,holiday,古尔邦节,测试")
    bureau.process.send_signal(signal.SIGHUP)
    bureau.kill()
    bureau.start()
    for matter in matters:
        until(lambda: due(bureau, matter) == "2025-09-29T23:59:59+08:00", "counted anew")
        assert due(jia, matter) == "2025-09-28T23:59:59+08:00", "each shows its own"


def test_year_that_no_calendar_knows_is_alarmed_from_december(town):
    bureau = town[BUREAU]
    calendar = bureau.folder / "calendar.csv"
    change(calendar, "coverage,cn-65,65,2026,missing", "coverage,cn-65,65,2026,known")
    reload_well(bureau)
    bureau.move_clock("2026-11-30T23:59:59+08:00")
    assert "calendar" not in bureau.alarms()
    bureau.move_clock("2026-12-01T00:00:00+08:00")
    until(lambda: "calendar" in bureau.alarms(), "next year is missed")
    bureau.restart()
    assert "calendar" in bureau.alarms()
    change(calendar, "coverage,cn,,2027,missing", "coverage,cn,,2027,known")
    reload_well(bureau)
    assert "calendar" not in bureau.alarms()


def test_members_with_different_procedures_both_hear_of_it(town):
    bureau, jia = town[BUREAU], town[JIA]
    own = bureau.folder / "procedures.d" / "yecheng-2025.conf"
    change(own, "within = 24 hours", "within = 12 hours")
    reload_well(bureau)
    sent = bureau.send("note", JIA, example("note"))
    bureau.wait_state(sent["id"], "refused")
    for agency, other in ((bureau, jia), (jia, bureau)):
        said = next(a for a in agency.status()["alarms"] if a.startswith("procedure "))
        assert other.id in said
        for side in town:
            assert law(side)[0][:16] in said, "both texts are named"
    shutil.copy(own, jia.folder / "procedures.d")
    reload_well(jia)
    jia.wait_for(bureau.send("note", JIA, example("note"))["id"])


def set_expiry(agency, day):
    folder = agency.folder / "procedures.d"
    own = folder / "yecheng-2025.conf"
    text = own.read_text("utf-8")
    (folder / "next.conf").write_text(text.replace("id = yecheng-2025", "id = yecheng-next"), "utf-8")
    change(own, "valid_from = 2025-09-01", f"valid_from = 2025-09-01\nvalid_until = {day}")
    reload_well(agency)


def test_expired_procedure_takes_no_new_matters_unless_the_compact_says_which_does(town):
    bureau, jia = town[BUREAU], town[JIA]
    for agency in town:
        set_expiry(agency, "2025-09-24")
    begun = lead_of(bureau, jia)
    town.move_clocks("2025-09-24T23:59:59+08:00")
    jia.wait_for(bureau.send("note", JIA, example("note"))["id"])
    town.move_clocks("2025-09-25T00:00:00+08:00")
    for words in ({}, {"check": True}):
        refused = bureau.cli("send", "note", "-", to=JIA, body=example("note"), **words)
        assert refused.code == "procedure", refused
    jia.wait_for(bureau.send("note", JIA, example("note"), matter=begun)["id"])
    for agency in town:
        change(agency.folder / "compacts.d" / "yecheng.conf", "procedure = yecheng-2025",
               "procedure = yecheng-2025\nafter_expiry = yecheng-next")
        reload_well(agency)
    checked = bureau.send("note", JIA, example("note"), check=True)
    assert (checked["procedure"], checked["marks"]) == ("yecheng-next", ["after-expiry"])
    sent = bureau.send("note", JIA, example("note"))
    assert (sent["procedure"], sent["marks"]) == ("yecheng-next", ["after-expiry"])
    assert jia.wait_for(sent["id"])["marks"] == ["after-expiry"]
    words = [BUILD / "liaison", "-C", bureau.folder]
    for ask in (("matter", sent["matter"]), ("show", sent["id"])):
        assert "原规程已失效" in run(*words, *ask).out
    assert "after-expiry" not in str(jia.matter(begun))


def test_law_changed_while_the_daemon_was_stopped_dates_what_was_undated_too(town):
    bureau, jia = town[BUREAU], town[JIA]
    for agency in town:
        hide_layer(agency)
        reload_well(agency)
    undated = lead_of(bureau, jia)
    for agency in town:
        agency.stop()
        show_layer(agency)
        agency.start()
    town.move_clocks("2025-09-28T00:00:01+08:00", jia, bureau)
    for agency in town:
        until(lambda: agency.duty(JOINT, undated)["light"] == "amber",
              "its last working day is known")


def test_reading_the_same_again_leaves_no_trace_in_the_store(town):
    bureau = town[BUREAU]
    before, loaded = bureau.state(), bureau.status()["law_loaded_at"]
    town.move_clocks("2025-09-24T11:00:00+08:00")
    for _ in range(3):
        assert reload_well(bureau) == "restart-for=-"
    assert bureau.state() == before
    assert loaded < bureau.status()["law_loaded_at"] == "2025-09-24T11:00:00+08:00"


def test_reload_in_the_middle_of_traffic_loses_nothing(town):
    bureau, jia = town[BUREAU], town[JIA]
    ids = set()
    for number in range(12):
        ids.add(bureau.send("note", JIA, example("note"))["id"])
        for agency in town:
            agency.process.send_signal(signal.SIGHUP)
            if number % 3 == 2:
                set_options(agency, telephone=f"0998-72800{number:02}")
    until(lambda: {m["header"]["id"] for m in jia.messages()} == ids, "all arrive, once")


# ----------------------------------------------------------------------------------------- faults


def spoil_procedure(agency):
    file = agency.folder / "procedures.d" / "yecheng-2025.conf"
    change(file, "within = 3 workdays", "within = 3 moons")
    return file, line_of(file, "3 moons")


def spoil_requirement(agency):
    file = agency.folder / "procedures.d" / "yecheng-2025.conf"
    with open(file, "a", encoding="utf-8") as text:
        text.write("\n[requirement R-1]\ntitle = 发文人\npolicy = yes\nof = note\nfrom = emperor\n")
    return file, line_of(file, "[requirement R-1]")  # what is between sections is said of theirs


def spoil_expiry(agency):
    file = agency.folder / "procedures.d" / "yecheng-2025.conf"
    change(file, "valid_from = 2025-09-01", "valid_from = 2025-09-01\nvalid_until = 2025-02-30")
    return file, line_of(file, "2025-02-30")


def spoil_successor(agency):
    file = agency.folder / "compacts.d" / "yecheng.conf"
    change(file, "procedure = yecheng-2025", "procedure = yecheng-2025\nafter_expiry = nowhere")
    return file, None  # the fault is between two files


def spoil_successor_roles(agency):
    file = agency.folder / "compacts.d" / "yecheng.conf"
    change(file, "procedure = yecheng-2025", "procedure = yecheng-2025\nafter_expiry = next")
    (agency.folder / "procedures.d" / "next.conf").write_text("[procedure]\nid = next\ntitle = 后来的\nroles = township\n", "utf-8")
    return file, line_of(file, "yecheng-scjg = bureau")  # members keep their roles


def spoil_calendar(agency):
    file = agency.folder / "calendar.csv"
    change(file, "day,cn,2026-01-01,holiday", "day,cn,2026-13-01,holiday")
    return file, line_of(file, "2026-13-01")


def spoil_compact(agency):
    file = agency.folder / "compacts.d" / "yecheng.conf"
    change(file, "yecheng-scjg = bureau", "yecheng-scjg = colonel")
    return file, None  # the fault is between two files


def spoil_client(agency):
    file = agency.folder / "clients" / "submitter.conf"  # nobody here asks with that key
    change(file, "role = submitter", "role = emperor")
    return file, line_of(file, "emperor")


def spoil_option(agency):
    set_options(agency, disk_reserve="plenty")
    return conf_of(agency), line_of(conf_of(agency), "plenty")


def spoil_missing(agency):
    file = agency.folder / "calendar.csv"
    file.unlink()
    return file, None


def line_of(file, text):
    lines = file.read_text("utf-8").splitlines()
    return next(i for i, line in enumerate(lines, 1) if text in line)


SPOILERS = [spoil_procedure, spoil_requirement, spoil_expiry, spoil_successor, spoil_successor_roles, spoil_calendar,
            spoil_compact, spoil_client, spoil_option, spoil_missing]


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: spoil.__name__[6:])
def test_fault_is_named_by_file_and_line_and_leaves_everything_as_it_was(town, spoil):
    bureau, jia = town[BUREAU], town[JIA]
    kept = {file: file.read_bytes() for file in bureau.folder.rglob("*") if file.is_file()
            and "store" not in file.parts}
    before, in_force, loaded = bureau.state(), law(bureau), bureau.status()["law_loaded_at"]
    # good changes beside the fault: none of them may be taken either
    set_options(bureau, telephone="0998-7289999")
    own = bureau.folder / "procedures.d" / "yecheng-2025.conf"
    change(own, "within = 24 hours", "within = 12 hours")
    file, line = spoil(bureau)
    number, said = reload(bureau)
    place = str(file) if line is None else f"{file}:{line}:"
    assert number == "L003" and place in said, said
    status = bureau.status()
    assert place in status["law_fault"] and status["law_loaded_at"] == loaded
    assert bureau.state() == before and law(bureau) == in_force
    assert (bureau.folder / "card").read_bytes() == kept[bureau.folder / "card"]
    lead_of(bureau, jia)

    for path in set(bureau.folder.rglob("*.conf")) - set(kept):
        path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)
    reload_well(bureau)
    assert "law_fault" not in bureau.status() or bureau.status()["law_fault"] == ""
    assert law(bureau) == in_force
    bureau.restart()


def test_fault_in_a_client_file_is_told_without_a_reload_and_lets_nobody_in(town):
    bureau = town[BUREAU]
    file, line = spoil_client(bureau)
    until(lambda: f"{file}:{line}:" in bureau.log(), "the log names it")
    assert bureau.cli("whoami", key="submitter").status != 0
    assert bureau.cli("whoami", key="officer").status == 0
    assert f"{file}:{line}:" in bureau.run_daemon("--check").err


# ----------------------------------------------------------------------------- options and the card


def test_card_is_sealed_anew_when_what_it_says_has_changed(town):
    bureau, jia = town[BUREAU], town[JIA]
    set_options(bureau, telephone="0998-7281111", name="叶城县市场监管局")
    reload_well(bureau)
    assert bureau.status()["name"] == "叶城县市场监管局"
    jia.add_peer(bureau)
    peer = jia.peer(BUREAU)
    assert (peer["name"], peer["duty_telephone"]) == ("叶城县市场监管局", "0998-7281111")
    card = (bureau.folder / "card").read_bytes()
    bureau.restart()
    assert (bureau.folder / "card").read_bytes() == card, "no other card at the next start"


def test_options_read_at_the_start_are_named_and_wait(town):
    bureau, jia = town[BUREAU], town[JIA]
    set_options(bureau, listen="tcp://127.0.0.1:1", turn_memory=64, disk_reserve=63)
    assert reload_well(bureau) == "restart-for=listen,turn_memory"
    lead_of(bureau, jia)


def test_disk_reserve_holds_at_once(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/dev/shm")  # no memory has a TiB to spare
    with open_town((BUREAU, SM2, True), (JIA, SM2, False)) as town:
        bureau = town[BUREAU]
        set_options(bureau, disk_reserve=1048576)
        reload_well(bureau)
        until(lambda: bureau.status()["store"] == "full", "nothing new is taken")
        set_options(bureau, disk_reserve=0)
        reload_well(bureau)
        until(lambda: bureau.status()["store"] == "ok", "it accepts again")
        bureau.send("note", JIA, example("note"))


def test_log_level_holds_at_once(town):
    bureau = town[BUREAU]
    before, start = law(bureau), len(bureau.log())
    set_options(bureau, log_level=4)
    change(bureau.folder / "procedures.d" / "yecheng-2025.conf",
           "within = 24 hours", "within = 12 hours")
    bureau.process.send_signal(signal.SIGHUP)
    until(lambda: law(bureau) != before, "other law is in force")
    assert bureau.log()[start:] == "", "L004 and L042 are less grave"
    set_options(bureau, log_level=6)
    reload_well(bureau)
