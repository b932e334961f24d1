# SPDX-License-Identifier: Apache-2.0
"""Attachments: a file that travels with a message, beside it, and what becomes of it on the way."""

import json
import os
import subprocess

import pytest

from agency import BUILD, ROOT, BUREAU, ED25519, JIA, SM2, YI, example, is_event, lead, open_town, run, set_options, until
from attached import CHUNK, arrived_at, attachment, counter, files, flip, get, wait_held, write
from relay import SocksProxy

IN_FLIGHT = 4  # chunks that an interruption may cost
TOWN = ((BUREAU, ED25519, True), (JIA, SM2, True), (YI, ED25519, True))


@pytest.fixture
def photograph(tmp_path):
    return write(tmp_path / "现场照片.jpg", 700_000)


def test_photograph_goes_with_a_lead_and_its_sender_hears_that_it_is_whole(town, photograph, tmp_path):
    bureau, jia = town[BUREAU], town[JIA]
    watch = bureau.watch()
    heard = jia.watch()
    sent = bureau.send(
        "lead.notice", JIA, lead(), attach=f"{photograph},document=photograph,evidence=audiovisual,collected-by=张伟,collected-at=2025-09-24T09:30:00+08:00"
    )
    assert attachment(bureau, sent["id"])["state"] == "held"
    jia.wait_for(sent["id"])
    whole = wait_held(jia, sent["id"])
    part = jia.show(sent["id"])["header"]["parts"][1]
    assert (part["role"], part["name"], part["size"]) == ("attachment", "现场照片.jpg", "700000")
    assert (part["document"], part["evidence"], part["collected_by"]) == ("photograph", "audiovisual", "张伟")
    assert part["media_type"] == "image/jpeg" and part["collected_at"] == "2025-09-24T09:30:00+08:00"
    assert get(jia, sent["id"], "现场照片.jpg", tmp_path / "by-name").answer["root"] == whole["root"]
    assert get(jia, sent["id"], "1", tmp_path / "by-number").status == 0
    assert jia.cli("get", whole["root"], output=tmp_path / "by-digest").status == 0
    for name in ("by-name", "by-number", "by-digest"):
        assert (tmp_path / name).read_bytes() == photograph.read_bytes()
    until(lambda: arrived_at(bureau, sent["id"], JIA), "the bureau hears that the photograph is whole")
    assert arrived_at(bureau, sent["id"], JIA) == whole["held_at"]
    watch.wait(is_event("attachment-arrived", agency=JIA, id=sent["id"]), "told of its arrival there")
    heard.wait(is_event("attachment", agency=BUREAU, id=sent["id"]), "told of its arrival here")
    assert len(files(bureau)) == len(files(jia)) == 1


def test_exported_matter_verifies_without_what_is_attached(town, photograph, tmp_path):
    bureau, jia = town[BUREAU], town[JIA]
    sent = bureau.send("lead.notice", JIA, lead(), attach=photograph)
    jia.wait_for(sent["id"])
    wait_held(jia, sent["id"])
    for agency in (bureau, jia):
        bundle = tmp_path / f"{agency.id}.pem"
        assert agency.cli("export", sent["matter"], bundle).status == 0
        verified = agency.cli("verify", bundle)
        assert verified.status == 0, verified
        assert bundle.stat().st_size < 50_000, "its bytes stay where they are"
        proven = run("/usr/bin/python3", ROOT / "tests" / "vectors" / "verify.py", bureau.folder / "card", bundle, photograph)
        assert proven.status == 0 and "is the attachment 现场照片.jpg" in proven.out, proven
        renamed = tmp_path / "p"
        renamed.write_bytes(photograph.read_bytes())
        proven = agency.cli("verify", bundle, part=renamed, card=bureau.folder / "card")
        assert proven.status == 0 and proven.answer["files"][0]["attachments"][0]["name"] == "现场照片.jpg", proven
        assert proven.answer["files"][0]["attachments"][0]["id"] == sent["id"]
        shown = run(BUILD / "liaison", "verify", "--part", renamed, bundle).out
        assert "所列附件" in shown and "相符" in shown and "现场照片.jpg" in shown, shown
        renamed.write_bytes(flip(photograph.read_bytes(), -1))
        for path, verdict in ((renamed, "commitment"), (tmp_path / "none", "unreadable"), (tmp_path, "unreadable")):
            other = agency.cli("verify", bundle, part=[photograph, path])
            assert other.status == 1 and [file["verdict"] for file in json.loads(other.out)["files"]] == ["ok", verdict], other
        other = run("/usr/bin/python3", ROOT / "tests" / "vectors" / "verify.py", bureau.folder / "card", bundle, __file__)
        assert other.status == 1 and "none of the attachments" in other.out, other


def test_people_see_the_attachment_and_where_it_is(town, photograph):
    bureau, jia = town[BUREAU], town[JIA]
    sent = bureau.send("lead.notice", JIA, lead(), attach=photograph)
    jia.wait_for(sent["id"])
    wait_held(jia, sent["id"])
    until(lambda: arrived_at(bureau, sent["id"], JIA), "the bureau hears that it is whole")
    for agency, words in ((bureau, ("现场照片.jpg", "700000 字节", "已存", "yecheng-jiazhen  2025-09-24 10:00:00")), (jia, ("现场照片.jpg", "已存"))):
        shown = run(BUILD / "liaison", "-C", agency.folder, "show", sent["id"]).out
        assert all(word in shown for word in words), shown


def test_damaged_file_is_found_by_the_verification_of_the_journal(tmp_path):
    with open_town((BUREAU, ED25519, True), (JIA, SM2, False)) as town:
        bureau = town[BUREAU]
        bureau.cli("put", write(tmp_path / "a.bin", 3 * CHUNK + 5)).answer
        bureau.stop()
        (name,) = files(bureau)
        path = bureau.folder / "store" / "files" / name
        content = path.read_bytes()
        path.write_bytes(flip(content, CHUNK))
        assert "missing or damaged" in bureau.run_daemon("--journal", "verify").out
        path.unlink()
        assert "missing or damaged" in bureau.run_daemon("--journal", "verify").out
        bureau.start()
        until(lambda: "file-lost" in bureau.alarms(), "the alarm stands")
        assert "L014" in bureau.log()
        bureau.stop()
        path.write_bytes(content)
        bureau.start()
        until(lambda: "file-lost" not in bureau.alarms(), "it is whole again, and its tree with it")


def test_same_bytes_are_one_file_however_often_they_come(town, photograph, tmp_path):
    bureau, jia = town[BUREAU], town[JIA]
    for i in range(3):
        sent = bureau.send("lead.notice", JIA, lead(), attach=f"{photograph},name={i}.jpg")
        jia.wait_for(sent["id"])
        wait_held(jia, sent["id"])
    assert len(files(bureau)) == len(files(jia)) == 1
    assert counter(bureau, "chunks-served") == 3 + 2, "of what is here only a first chunk is asked for"
    assert int(counter(jia, "files-bytes")) == 700_000


def test_what_may_not_be_attached_is_refused_before_it_is_sent(town, photograph, tmp_path):
    bureau = town[BUREAU]
    send = ["send", "lead.notice", "-", "--to", JIA]
    for name, code in (("a/b", "value"), ("..", "value"), (".", "value"), ("", "value"), ("x" * 256, "limit"), ("a\u202eb", "text"), ("a\tb", "text")):
        outcome = bureau.cli(*send, body=lead(), attach=f"{photograph},name={name}")
        assert outcome.code == code, (name, outcome)
    twice = bureau.cli(*send, body=lead(), attach=[f"{photograph},name=a", f"{photograph},name=a"])
    assert twice.code == "value", twice
    assert bureau.cli(*send, body=lead(), attach=f"{photograph},document=selfie").code == "value"
    assert bureau.cli(*send, body=lead(), attach=f"{photograph},evidence=selfie").code == "value"
    assert bureau.cli(*send, body=lead(), attach=f"{photograph},collected-at=2030-01-01T00:00:00+08:00").code == "value"
    assert bureau.cli(*send, body=lead(), attach=f"{photograph},collected-at=now").status == 2
    assert bureau.cli(*send, body=lead(), attach=str(tmp_path / "none")).status == 2
    assert not bureau.messages("--out")


def test_who_may_not_read_a_body_gets_no_attachment(town, photograph, tmp_path):
    bureau = town[BUREAU]
    sent = bureau.send("lead.notice", JIA, lead(), attach=photograph)
    root = attachment(bureau, sent["id"])["root"]
    for key in ("submitter", "officer", "auditor"):
        assert bureau.cli("get", root, output=tmp_path / key, key=key).status == 0
    for key in ("operator", "administrator"):
        assert bureau.cli("get", root, output=tmp_path / key, key=key).code == "role"
        assert bureau.cli("put", photograph, key=key).code == "role"
    assert "root" not in bureau.cli("show", sent["id"], key="operator").answer["attachments"][0]


def test_draft_handed_in_again_is_the_same_only_with_the_same_attachments(town, photograph, tmp_path):
    bureau = town[BUREAU]
    first = bureau.send("lead.notice", JIA, lead(), attach=photograph)
    send = ["send", "lead.notice", "-", "--to", JIA, "--id", first["id"]]
    assert bureau.cli(*send, body=lead(), attach=photograph).answer["outcome"] == "held"
    assert bureau.cli(*send, body=lead()).code == "conflict"
    assert bureau.cli(*send, body=lead(), attach=write(tmp_path / "现场照片.jpg.2", 700_000, 2)).code == "conflict"


def test_empty_file_and_one_of_whole_chunks_arrive(town, tmp_path):
    bureau, jia = town[BUREAU], town[JIA]
    sizes = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 9 * CHUNK]
    paths = [write(tmp_path / f"{size}.bin", size) for size in sizes]
    sent = bureau.send("lead.notice", JIA, lead(), attach=paths)
    jia.wait_for(sent["id"])
    for number, path in enumerate(paths):
        wait_held(jia, sent["id"], number)
        assert get(jia, sent["id"], path.name, tmp_path / "got").status == 0
        assert (tmp_path / "got").read_bytes() == path.read_bytes()


def test_attachments_of_an_urgent_message_come_before_others(tmp_path):
    proxy = SocksProxy()

    def prepare(agency):
        if agency.id == JIA:
            set_options(agency, socks_proxy=f"127.0.0.1:{proxy.port}")

    with proxy, open_town((BUREAU, ED25519, True), (JIA, SM2, False), prepare=prepare) as town:
        bureau, jia = town[BUREAU], town[JIA]
        before = jia.here()
        jia.stop()
        ordinary = [bureau.send("lead.notice", JIA, lead(), attach=write(tmp_path / f"{i}.mp4", 40 * CHUNK))["id"] for i in range(6)]
        urgent = bureau.send("lead.notice", JIA, lead(), attach=write(tmp_path / "urgent.jpg", 5 * CHUNK), urgent="人员受伤")["id"]
        watch = jia.start().watch(before)
        for message in [*ordinary, urgent]:
            jia.wait_for(message)
            wait_held(jia, message)
        watch.wait(lambda event: sum(e["type"] == "attachment" for e in watch.gather()) == 7, "all seven")
        order = [event["message"]["header"]["id"] for event in watch.gather() if event["type"] == "attachment"]
        assert order[0] == urgent, "though it was sent last and they were there before"


def interrupted(town, tmp_path, interrupt, times, size, count=lambda town: counter(town[BUREAU], "chunks-served")):
    """Sends a file and interrupts it on the way; what it took beyond the file, in chunks. `count` is what an end that lives on has seen of them."""
    bureau, jia = town[BUREAU], town[JIA]
    path = write(tmp_path / "录像.mp4", size)
    sent = bureau.send("lead.notice", JIA, lead(), attach=path)["id"]
    chunks = -(-size // CHUNK)
    for i in range(times):
        until(lambda: count(town) >= (i + 1) * chunks // (times + 1), "a part of it has gone over")
        interrupt()
    wait_held(jia, sent, seconds=120)
    assert get(jia, sent, "1", tmp_path / "got").status == 0
    assert (tmp_path / "got").read_bytes() == path.read_bytes()
    until(lambda: arrived_at(bureau, sent, JIA), "the bureau hears that it is whole")
    return count(town) - chunks


SIZE = int(os.environ.get("LIAISON_ATTACHMENT", 32 << 20))


@pytest.mark.parametrize("end", ["receiver", "sender"])
def test_what_a_kill_interrupts_goes_on_where_it_was(tmp_path, end):
    with open_town((BUREAU, ED25519, True), (JIA, ED25519, False)) as town:
        victim = town[JIA] if end == "receiver" else town[BUREAU]

        def interrupt():
            victim.kill()
            victim.start()

        def count(town):
            return counter(town[BUREAU], "chunks-served") if end == "receiver" else counter(town[JIA], "chunks-asked")

        times = 3
        wasted = interrupted(town, tmp_path, interrupt, times, SIZE, count)
        print(f"{end}: {wasted} chunks served twice")
        assert wasted <= times * max(IN_FLIGHT, SIZE // CHUNK // 100)
        assert all(not name.startswith("partial") for name in files(town[JIA]))


def test_what_a_cut_link_interrupts_goes_on_where_it_was(tmp_path):
    proxy = SocksProxy()

    def prepare(agency):
        if agency.id == JIA:
            set_options(agency, socks_proxy=f"127.0.0.1:{proxy.port}")

    with proxy, open_town((BUREAU, ED25519, True), (JIA, ED25519, False), prepare=prepare) as town:
        def interrupt():
            calls = len(proxy.reached)
            proxy.cut()
            until(lambda: len(proxy.reached) > calls, "it calls again")

        times = 4
        wasted = interrupted(town, tmp_path, interrupt, times, SIZE)
        print(f"{wasted} chunks served twice")
        assert wasted <= times * max(IN_FLIGHT, SIZE // CHUNK // 100)


def test_put_goes_on_after_a_kill_of_the_daemon(town, tmp_path):
    bureau = town[BUREAU]
    path = write(tmp_path / "录像.mp4", SIZE)
    putting = subprocess.Popen(bureau.words("put", path), stdout=subprocess.PIPE)
    folder = bureau.folder / "store" / "files" / "partial"

    def part():
        return max((entry.stat().st_size for entry in folder.iterdir() if not entry.name.endswith(".tree")), default=0)

    until(lambda: part() > SIZE // 4, "a quarter is there")
    bureau.kill()
    had = part()
    assert had > SIZE // 4
    bureau.start()
    assert putting.wait(120) == 0, "it is one call for its caller"
    putting.stdout.close()
    assert len(files(bureau)) == 1 and not files(bureau)[0].startswith("partial")
    putting = subprocess.run(bureau.words("put", path), capture_output=True, check=True)
    assert b"root" in putting.stdout, "and putting it once more is nothing"


@pytest.mark.parametrize("when", ["halfway", "whole"])
def test_recalled_attachment_leaves_nothing(tmp_path, when):
    with open_town((BUREAU, ED25519, True), (JIA, ED25519, False)) as town:
        bureau, jia = town[BUREAU], town[JIA]
        sent = bureau.send("lead.notice", JIA, lead(), attach=write(tmp_path / "录像.mp4", SIZE))["id"]
        if when == "halfway":
            until(lambda: counter(bureau, "chunks-served") >= 20, "some of it has gone over")
        else:
            jia.wait_for(sent)
            wait_held(jia, sent, seconds=120)
            root = attachment(jia, sent)["root"]
        recall = bureau.recall(sent)
        jia.wait_state(sent, "recalled")
        assert attachment(jia, sent)["state"] == "recalled"
        assert get(jia, sent, "1", tmp_path / "got").code == "state"
        if when == "whole":
            assert jia.cli("get", root, output=tmp_path / "got").code == "not-found"
            jia.reply(recall["id"], "deletion.confirmed", {"deleted_at": jia.clock}, officer=jia.officers[0])
        until(lambda: files(jia) == [], "nothing is left of it")
        assert attachment(bureau, sent)["state"] == "held", "its author still has it"
        jia.restart()
        assert files(jia) == []


def test_attachment_of_what_is_passed_on_comes_from_whoever_passed_it_on(photograph, tmp_path):
    with open_town(*TOWN) as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        sent = jia.send("note", BUREAU, example("note"), attach=photograph)
        bureau.wait_for(sent["id"])
        wait_held(bureau, sent["id"])
        jia.stop()
        bureau.send("forward", YI, example("forward"), reply_to=sent["id"])
        yi.wait_for(sent["id"])
        wait_held(yi, sent["id"])
        assert yi.show(sent["id"])["carrier"] == BUREAU
        assert get(yi, sent["id"], "1", tmp_path / "got").status == 0
        assert (tmp_path / "got").read_bytes() == photograph.read_bytes()
        until(lambda: arrived_at(bureau, sent["id"], YI), "the bureau hears that it is whole there")
        jia.start()
        assert all(row["agency"] == BUREAU for row in attachment(jia, sent["id"])["deliveries"])


def test_recall_follows_what_was_passed_on_and_nothing_is_left_of_it(photograph, tmp_path):
    with open_town(*TOWN) as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        sent = jia.send("lead.notice", BUREAU, lead(), attach=photograph)
        bureau.wait_for(sent["id"])
        wait_held(bureau, sent["id"])
        bureau.send("forward", YI, example("forward"), reply_to=sent["id"])
        yi.wait_for(sent["id"])
        wait_held(yi, sent["id"])
        recall = jia.recall(sent["id"])
        yi.wait_state(sent["id"], "recalled")
        assert attachment(yi, sent["id"])["state"] == "recalled"
        assert get(yi, sent["id"], "1", tmp_path / "got").code == "state"
        yi.reply(recall["id"], "deletion.confirmed", {"deleted_at": yi.clock}, officer=yi.officers[0])
        until(lambda: files(yi) == [], "nothing is left of it")
        passed = [m for m in yi.messages("--in") if m["header"]["kind"] == "forward"]
        assert len(passed) == 2 and not any(m["header"]["author"] == JIA for m in passed)


def test_file_that_no_statement_takes_is_dropped(photograph):
    with open_town((BUREAU, ED25519, True), (JIA, SM2, False), prepare=lambda agency: set_options(agency, attachment_keep=1)) as town:
        bureau = town[BUREAU]
        root = bureau.cli("put", photograph).answer["root"]
        assert len(files(bureau)) == 1
        town.move_clocks("2025-09-24T11:30:00+08:00")
        bureau.restart()  # it looks once an hour, and at its start
        until(lambda: files(bureau) == [], "it is gone")
        assert bureau.cli("get", root, output=photograph.with_suffix(".got")).code == "not-found"


def test_nothing_is_fetched_beyond_the_quota_until_there_is_room(photograph, tmp_path):
    with open_town((BUREAU, ED25519, True), (JIA, SM2, False), prepare=lambda agency: set_options(agency, attachment_quota=1)) as town:
        bureau, jia = town[BUREAU], town[JIA]
        set_options(bureau, attachment_quota=0)
        bureau.restart()
        town.wait_links()
        large = bureau.send("lead.notice", JIA, lead(), attach=write(tmp_path / "录像.mp4", 3 << 20))["id"]
        small = bureau.send("lead.notice", JIA, lead(), attach=photograph)["id"]
        for message in (large, small):
            jia.wait_for(message)
        wait_held(jia, small)
        assert attachment(jia, large)["state"] == "awaited"
        until(lambda: attachment(jia, large)["waits_for"] == "quota", "it says why")
        assert jia.cli("put", tmp_path / "录像.mp4").code == "disk"
        set_options(jia, attachment_quota=10)
        jia.process.send_signal(1)
        wait_held(jia, large)
