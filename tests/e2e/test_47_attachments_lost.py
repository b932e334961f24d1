# SPDX-License-Identifier: Apache-2.0
"""Attachments whose files are missing or damaged: got again from whoever has them, said to be lost until then."""

from agency import BUILD, BUREAU, ED25519, JIA, SM2, YI, example, lead, open_town, run, until
from attached import CHUNK, attachment, arrived_at, counter, files, get, wait_held, write

PAIR = ((BUREAU, ED25519, True), (JIA, SM2, False))
TOWN = ((BUREAU, ED25519, True), (JIA, SM2, True), (YI, ED25519, True))


def path_of(agency):
    (name,) = files(agency)
    return agency.folder / "store" / "files" / name


def damage(path, offset):
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))


def send_attached(bureau, path, recipient, **options):
    return bureau.send("lead.notice", recipient, lead(), attach=path, **options)["id"]


def wait_whole(agency, path):
    until(lambda: "L016" in agency.log(), "it is whole again")  # first: that it was lost may not have been said yet
    until(lambda: "file-lost" not in agency.alarms(), "nothing is lost any more")
    assert path_of(agency).read_bytes() == path.read_bytes()


def test_file_that_is_missing_comes_again_from_its_author(tmp_path):
    with open_town(*PAIR) as town:
        bureau, jia = town[BUREAU], town[JIA]
        path = write(tmp_path / "a.bin", 3 * CHUNK + 5)
        sent = send_attached(bureau, path, JIA)
        jia.wait_for(sent)
        held_at = wait_held(jia, sent)["held_at"]
        until(lambda: arrived_at(bureau, sent, JIA), "the bureau hears that it is whole")
        bureau.stop()
        jia.stop()
        path_of(jia).unlink()
        jia.start()
        until(lambda: "file-lost" in jia.alarms(), "the alarm stands")
        assert attachment(jia, sent)["state"] == "lost"
        assert "缺失" in run(BUILD / "liaison", "-C", jia.folder, "show", sent).out
        bureau.start()
        wait_whole(jia, path)
        assert attachment(jia, sent)["state"] == "held" and attachment(jia, sent)["held_at"] == held_at
        assert "L014" in jia.log()
        assert get(jia, sent, "1", tmp_path / "got").status == 0


def test_damaged_chunk_is_found_by_whoever_reads_it_and_comes_again_alone(tmp_path):
    with open_town(*PAIR) as town:
        bureau, jia = town[BUREAU], town[JIA]
        path = write(tmp_path / "a.bin", 20 * CHUNK)
        sent = send_attached(bureau, path, JIA)
        jia.wait_for(sent)
        wait_held(jia, sent)
        served = counter(bureau, "chunks-served")
        damage(path_of(jia), 18 * CHUNK + 7)
        outcome = get(jia, sent, "1", tmp_path / "got")
        assert outcome.code == "disk" and "重新取回" in outcome.err, outcome
        wait_whole(jia, path)
        assert counter(bureau, "chunks-served") - served <= 2 + 2, "what is before it was good"
        assert get(jia, sent, "1", tmp_path / "got").status == 0


def test_author_gets_what_he_lost_from_those_who_hold_it(tmp_path):
    with open_town(*PAIR) as town:
        bureau, jia = town[BUREAU], town[JIA]
        path = write(tmp_path / "a.bin", 3 * CHUNK)
        sent = send_attached(bureau, path, JIA)
        jia.wait_for(sent)
        until(lambda: arrived_at(bureau, sent, JIA), "the bureau hears that it is whole")
        bureau.stop()
        path_of(bureau).unlink()
        bureau.start()
        wait_whole(bureau, path)
        assert f"from={JIA}" in bureau.log()


def test_whoever_fetches_what_is_damaged_has_it_in_the_end(tmp_path):
    with open_town(*TOWN) as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        path = write(tmp_path / "a.bin", 6 * CHUNK)
        yi.stop()
        sent = send_attached(bureau, path, JIA, copy=YI)
        jia.wait_for(sent)
        until(lambda: arrived_at(bureau, sent, JIA), "the bureau hears that it is whole at the first")
        damage(path_of(bureau), 4 * CHUNK)
        yi.start()
        yi.wait_for(sent)
        wait_held(yi, sent)
        assert "chunk" not in yi.alarms(), "nobody is accused of what a disk has done"
        wait_whole(bureau, path)


def test_what_its_author_cannot_give_is_got_from_another_recipient(tmp_path):
    with open_town(*TOWN) as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        path = write(tmp_path / "a.bin", 3 * CHUNK)
        sent = send_attached(bureau, path, JIA, copy=YI)
        for agency in (jia, yi):
            agency.wait_for(sent)
            wait_held(agency, sent)
        bureau.stop()
        jia.stop()
        path_of(jia).unlink()
        jia.start()
        wait_whole(jia, path)
        assert f"from={YI}" in jia.log()


def test_what_was_passed_on_is_got_again_from_whoever_has_it(tmp_path):
    with open_town(*TOWN) as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        path = write(tmp_path / "a.bin", 3 * CHUNK)
        sent = jia.send("note", BUREAU, example("note"), attach=path)["id"]
        bureau.wait_for(sent)
        wait_held(bureau, sent)
        jia.stop()
        bureau.send("forward", YI, example("forward"), reply_to=sent)
        yi.wait_for(sent)
        wait_held(yi, sent)
        until(lambda: arrived_at(bureau, sent, YI), "the bureau hears that it is whole there")
        for victim, other in ((yi, BUREAU), (bureau, YI)):
            victim.stop()
            path_of(victim).unlink()
            victim.start()
            wait_whole(victim, path)
            assert f"from={other}" in victim.log()


def test_what_nobody_has_stays_an_alarm_until_somebody_puts_it(tmp_path):
    with open_town(*PAIR) as town:
        bureau, jia = town[BUREAU], town[JIA]
        path = write(tmp_path / "a.bin", 3 * CHUNK)
        jia.stop()
        sent = send_attached(bureau, path, JIA)
        unsent = bureau.cli("put", write(tmp_path / "b.bin", CHUNK)).answer
        bureau.stop()
        for name in files(bureau):
            (bureau.folder / "store" / "files" / name).unlink()
        bureau.start()
        until(lambda: any("备份" in alarm for alarm in bureau.status()["alarms"]), "it says that nobody has it")
        jia.start()
        jia.wait_for(sent)
        assert attachment(jia, sent)["state"] == "awaited"
        assert unsent and bureau.cli("put", tmp_path / "b.bin").status == 0
        assert bureau.cli("put", path).status == 0
        until(lambda: "file-lost" not in bureau.alarms(), "nothing is lost any more")
        wait_held(jia, sent)


def test_what_is_recalled_is_not_fetched_again(tmp_path):
    with open_town(*PAIR) as town:
        bureau, jia = town[BUREAU], town[JIA]
        path = write(tmp_path / "a.bin", 3 * CHUNK)
        sent = send_attached(bureau, path, JIA)
        jia.wait_for(sent)
        wait_held(jia, sent)
        recall = bureau.recall(sent)
        jia.wait_state(sent, "recalled")
        jia.stop()
        path_of(jia).unlink()
        jia.start()
        jia.reply(recall["id"], "deletion.confirmed", {"deleted_at": jia.clock}, officer=jia.officers[0])
        until(lambda: "file-lost" not in jia.alarms(), "it is no loss")
        assert files(jia) == [] and attachment(jia, sent)["state"] == "recalled"
