# SPDX-License-Identifier: Apache-2.0
"""Lists of registrations and penalties: published line by line, refused by number, and never twice."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time

import pytest

from agency import BUILD, BUREAU, EXAMPLES, Agency, environment, example, run, until

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
HEADER = "处罚决定书文号,主体名称,统一社会信用代码,形成或收到时间,处罚种类,罚款金额（元）,违法事实"
OPTIONS = {"category": "penalty", "source": "penalties-2025"}
KEYED = {**OPTIONS, "by": "处罚决定书文号"}


@pytest.fixture(scope="module")
def bureau():
    """Alone: nobody has subscribed, and nobody need have."""
    with tempfile.TemporaryDirectory(prefix="liaison-e2e-") as folder:
        agency = Agency(f"{folder}/a", BUREAU).init().start()
        agency.add_officer("A001", "联络员A1")
        yield agency
        agency.close()


@pytest.fixture
def place(tmp_path):
    return tmp_path


def credit_code(number):
    body = f"91653126MA7{number:06d}"
    total = sum(ALPHABET.index(c) * weight for c, weight in zip(body, WEIGHTS))
    return body + ALPHABET[(31 - total % 31) % 31]


def row(number, series="甲"):
    return (f"叶市监处罚〔2025〕{series}{number}号,某某商贸有限公司{number},{credit_code(number)},2025年9月{number % 20 + 1}日,"
            f"罚款,{500 + number},\"经营超过保质期的食品，货值{number}元\"")


def rows(count, series):
    return [row(number, series) for number in range(count)]


def write(path, lines, encoding="utf-8", end="\r\n"):
    path.write_bytes("".join(line + end for line in [HEADER, *lines]).encode(encoding))
    return path


def publish(agency, path, form="csv", by=None, **options):
    """`by` is the column that names each record."""
    words = [] if by is None else ["--key", by]
    return agency.cli("publish", *words, **{form: path}, **options)


def total(outcome):
    return outcome.lines[-1]


def counts(outcome):
    summary = total(outcome)
    return summary["published"], summary["held"], summary["refused"]


def published(agency, series):
    """The numbers of the penalties of a series that are in the store, in their order."""
    found = []
    for message in agency.messages():
        for detail in message.get("body", {}).get("details", []):
            number = re.fullmatch(rf"叶市监处罚〔2025〕{series}(\d+)号", detail["value"])
            found += [int(number.group(1))] if number else []
    return found[::-1]


def refused_numbers(outcome):
    return [int(number) for number in re.findall(r"^第 (\d+)", outcome.err, re.M)]


# --------------------------------------------------------------------------------------------- lists


def test_2000_lines_are_published_and_the_bad_ones_told_by_number(bureau, place):
    lines = rows(2000, "乙")
    lines[4] = lines[4].replace(credit_code(4), "91653126MA7000000X")  # line 6: check character
    lines[9] = lines[9].replace("2025年9月10日", "2025年9月31日")  # line 11: no such day
    lines[1500] = lines[1500].rsplit(",", 1)[0]  # line 1502: a column short
    path = write(place / "p.csv", lines)

    first = publish(bureau, path, **OPTIONS)
    assert first.status == 1 and counts(first) == (1997, 0, 3), first.err
    assert refused_numbers(first) == [6, 11, 1502]
    assert "subject.credit_code" in first.err and "formed_at" in first.err and "有 6 列，表头有 7 列" in first.err
    assert [line["line"] for line in first.lines[:-1]] == list(range(2, 2002))
    assert published(bureau, "乙") == [n for n in range(2000) if n not in (4, 9, 1500)], "in the order of the file"

    second = publish(bureau, path, **OPTIONS)
    assert second.status == 1 and counts(second) == (0, 1997, 3)
    assert len(published(bureau, "乙")) == 1997


def test_a_line_becomes_shared_information_with_details(bureau, place):
    outcome = publish(bureau, write(place / "p.csv", [row(7, "丙")]), compact="yecheng", **OPTIONS)
    assert counts(outcome) == (1, 0, 0), outcome
    shown = bureau.show(outcome.lines[0]["id"])
    body = shown["body"]
    assert shown["header"].get("to", []) == []
    assert shown["header"]["source"]["system"] == "penalties-2025"
    assert body["category"] == "penalty" and body["formed_at"] == "2025-09-08T00:00:00+08:00"
    assert body["subject"] == {"name": "某某商贸有限公司7", "credit_code": credit_code(7)}
    assert body["title"].endswith("：某某商贸有限公司7")
    assert body["details"][1] == {"name": "处罚种类", "value": "罚款"}
    assert body["text"].startswith("处罚决定书文号：叶市监处罚〔2025〕丙7号；处罚种类：罚款；")


def test_columns_are_matched_by_path_by_title_and_as_told(bureau, place):
    path = place / "m.csv"
    path.write_text("案号,企业,subject.credit_code,whom,date,无关\n1,甲公司,,乙,2025/9/1 8:30,x\n", "utf-8")
    maps = ["企业=subject.name", "date=formed_at", "无关=", "whom=details"]
    outcome = publish(bureau, path, map=maps, **OPTIONS)
    body = bureau.show(outcome.answer["id"])["body"]
    assert body["subject"] == {"name": "甲公司"} and body["formed_at"] == "2025-09-01T08:30:00+08:00"
    assert body["details"] == [{"name": "案号", "value": "1"}, {"name": "whom", "value": "乙"}]
    unknown = publish(bureau, path, map="无此列=title", **OPTIONS)
    assert unknown.code == "value" and "无此列" in unknown.err


def test_the_shipped_example_is_a_list(bureau):
    outcome = publish(bureau, EXAMPLES / "penalties.csv", category="penalty", by="处罚决定书文号")
    assert outcome.status == 0 and counts(outcome) == (4, 0, 0), outcome.err
    assert outcome.lines[0]["record"] == "叶市监处罚〔2025〕101号"


def test_gb18030_and_a_byte_order_mark_say_the_same_as_utf_8(bureau, place):
    lines = [row(n, "丁").replace("商贸", "𠮷贸") for n in range(300)]  # four bytes in GB18030
    assert counts(publish(bureau, write(place / "u.csv", lines), **OPTIONS)) == (300, 0, 0)
    for encoding in ("gb18030", "utf-8-sig"):
        same = publish(bureau, write(place / "g.csv", lines, encoding, "\n"), **OPTIONS)
        assert counts(same) == (0, 300, 0), (encoding, same.err)


def test_what_is_neither_encoding_is_refused_before_anything_is_sent(bureau, place):
    lines = rows(50, "戊")
    utf16 = publish(bureau, write(place / "w.csv", lines, "utf-16"), **OPTIONS)
    assert utf16.status == 1 and "UTF-16" in utf16.err
    path = write(place / "b.csv", [])
    path.write_bytes(b"a,b\n1,\xff\xfe\n")
    broken = publish(bureau, path, **OPTIONS)
    assert broken.status == 1 and "line 2, byte offset 6" in broken.err, broken.err
    assert published(bureau, "戊") == []


def test_a_file_that_turns_out_to_be_in_neither_encoding_is_refused_whole(bureau, place):
    """Its first lines say nothing of the encoding; a pipe is read once, so those of it have gone."""
    plain = ["record,title,text,formed_at"] + [f"J{n},Notice {n},fined {n} yuan,2025-09-01" for n in range(3000)]
    path = place / "late.csv"
    path.write_bytes("\n".join(plain).encode() + b"\nJ3000,\xff\xfe,fined,2025-09-01\n")
    options = {"category": "penalty", "source": "late", "by": "record"}
    before = bureau.state()
    broken = publish(bureau, path, **options)
    assert broken.status == 1 and "line 3002" in broken.err, broken.err
    assert bureau.state() == before, "nothing is published"
    with open(path, "rb") as file:
        redirected = subprocess.run(bureau.words("publish", "--csv", "-", "--category", "penalty", "--key", "record", "--source", "late"),
                                    stdin=file, capture_output=True, text=True, env=environment())
    assert redirected.returncode == 1 and bureau.state() == before, "nor of a file on standard input"
    words = bureau.words("publish", "--csv", "-", "--category", "penalty", "--key", "record", "--source", "late")
    piped = subprocess.run(words, input=path.read_bytes(), capture_output=True, env=environment())
    assert piped.returncode == 1 and "3002" in piped.stderr.decode()
    path.write_bytes("\n".join(plain).encode() + "\nJ3000,罚款,fined,2025-09-01\n".encode("gb18030"))
    assert counts(publish(bureau, path, **options)) == (1, 3000, 0)


def test_each_kind_of_broken_line_is_refused_alone(bureau, place):
    path = write(place / "p.csv", [])
    good = row(1, "己").encode()
    bad = [
        b'x"y,,,,,,',  # 3: a quote in the open
        b'"a"b,,,,,,',  # 4: text behind a quoted cell
        good.replace("商贸".encode(), b"\x00"),  # 5
        good.replace("商贸".encode(), "\u202e".encode()),  # 6: bidirectional
        good.replace("商贸".encode(), b"\x07"),  # 7
        b"y" * (70 << 10) + b",,,,,,",  # 8: too long
        good.replace("商".encode(), b"\xe5"),  # 9: not UTF-8
    ]
    path.write_bytes(path.read_bytes() + b"\n".join([good, *bad, row(2, "己").encode(), b'"open,,,,,,\n1,2,3', b""]))
    outcome = publish(bureau, path, **OPTIONS)
    assert outcome.status == 1 and counts(outcome) == (2, 0, 8), outcome.err
    assert refused_numbers(outcome) == [3, 4, 5, 6, 7, 8, 9, 11]
    assert "第 11–12 行 malformed  引号没有结束" in outcome.err, outcome.err
    assert "64 KiB" in outcome.err and "字节偏移" in outcome.err
    assert published(bureau, "己") == [1, 2]


def test_refused_lines_are_mended_in_the_file_of_rejects_and_run_again(bureau, place):
    lines = rows(20, "庚")
    lines[3] = lines[3].replace("2025年9月4日", "昨天")
    lines[8] = lines[8].replace(credit_code(8), "坏")
    rejects = place / "rejects.csv"
    first = publish(bureau, write(place / "p.csv", lines, "gb18030"), rejects=rejects, **KEYED)
    assert counts(first) == (18, 0, 2), first.err
    left = rejects.read_bytes().decode("gb18030").splitlines()
    assert left == [HEADER, lines[3], lines[8]]
    mended = rejects.read_bytes().decode("gb18030").replace("昨天", "2025年9月4日").replace("坏", credit_code(8))
    rejects.write_bytes(mended.encode("gb18030"))
    again = place / "again.csv"
    assert counts(publish(bureau, rejects, rejects=again, **KEYED)) == (2, 0, 0)
    assert not again.exists(), "nothing was refused"
    assert sorted(published(bureau, "庚")) == list(range(20))
    itself = publish(bureau, rejects, rejects=rejects, **KEYED)
    assert itself.status == 2 and rejects.exists()


def test_another_content_under_a_known_number_is_refused_with_advice(bureau, place):
    publish(bureau, write(place / "p.csv", [row(1, "辛")]), **KEYED)
    changed = publish(bureau, write(place / "p.csv", [row(1, "辛").replace("罚款", "警告")]), **KEYED)
    assert changed.status == 1 and "source-conflict" in changed.err and "correction" in changed.err
    nameless = publish(bureau, write(place / "p.csv", [row(1, "辛").replace("叶市监处罚〔2025〕辛1号", "")]), **KEYED)
    assert nameless.status == 1 and "记录编号为空" in nameless.err


def test_equal_lines_are_as_many_records_and_still_not_doubled(bureau, place):
    path = write(place / "p.csv", [row(1, "壬"), row(2, "壬"), row(1, "壬")])
    assert counts(publish(bureau, path, **OPTIONS)) == (3, 0, 0)
    assert counts(publish(bureau, path, **OPTIONS)) == (0, 3, 0)
    assert published(bureau, "壬") == [1, 2, 1]


def test_jsonl_takes_a_body_a_line(bureau, place):
    path = place / "p.jsonl"
    bodies = [example("info-shared", title=f"第{n}件", formed_at="2025-09-01T10:00:00+08:00") for n in range(5)]
    bodies[2]["nonsense"] = 1
    del bodies[3]["formed_at"]
    path.write_text("\n".join(json.dumps(body, ensure_ascii=False) for body in bodies) + "\n[1]\n\n", "utf-8")
    outcome = publish(bureau, path, form="jsonl", source="shared", by="title")
    assert outcome.status == 1 and refused_numbers(outcome) == [3, 4, 6], outcome.err
    assert counts(outcome) == (3, 0, 3)
    filled = publish(bureau, path, form="jsonl", source="shared", by="title", formed_at="2025-09-02")
    assert counts(filled) == (1, 3, 2), filled.err
    assert [line.get("record") for line in filled.lines[:-1]] == ["第0件", "第1件", "", "第3件", "第4件", ""]


def test_a_check_publishes_nothing(bureau, place):
    lines = rows(100, "癸")
    lines[50] = lines[50].replace(credit_code(50), "坏")
    outcome = publish(bureau, write(place / "p.csv", lines), check=True, **OPTIONS)
    assert outcome.status == 1 and refused_numbers(outcome) == [52] and counts(outcome)[0] == 99
    assert published(bureau, "癸") == []


def test_what_stands_in_the_way_of_every_line_is_said_once(bureau, place):
    outcome = publish(bureau, write(place / "p.csv", rows(500, "子")), compact="nowhere", **OPTIONS)
    assert outcome.status == 1 and outcome.code == "compact"
    assert "止于第 2 行" in outcome.err and refused_numbers(outcome) == []
    assert total(outcome)["stopped_at"] == 2 and counts(outcome) == (0, 0, 0)


def test_options_that_make_no_sense_are_usage(bureau, place):
    path = write(place / "p.csv", rows(1, "丑"))
    assert publish(bureau, path, matter="x").status == 2
    assert publish(bureau, path, kind="lead.notice").status == 2
    assert publish(bureau, path, kind="catalogue.entry").code == "value"
    assert publish(bureau, path, by="没有", **OPTIONS).code == "value"
    assert bureau.cli("publish", "info.shared").status == 2
    assert run(*bureau.words("publish", "--csv", "-"), body=b"a\n").status == 2
    assert publish(bureau, place / "nowhere.csv").status == 2
    assert publish(bureau, write(place / "e.csv", []), **OPTIONS).status == 0
    (place / "e.csv").write_bytes(b"")
    assert publish(bureau, place / "e.csv", **OPTIONS).code == "malformed"
    assert publish(bureau, path, form="jsonl", map="a=b").status == 2


def test_a_terminal_is_shown_how_far_it_has_come(bureau, place):
    """The bar comes after a second, for which the daemon is held up."""
    path = write(place / "p.csv", rows(6000, "寅"))
    head, tail = os.openpty()
    words = bureau.words("publish", "--csv", path, "--category", "penalty", "--timeout", "60")
    bureau.process.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=tail, env=environment()) as process:
        os.close(tail)
        until(lambda: time.monotonic() > started + 1.5, "a second has passed")
        bureau.process.send_signal(signal.SIGCONT)
        assert process.wait(60) == 0
    shown = os.read(head, 1 << 16).decode()
    os.close(head)
    assert re.search(r"\[#*\.*\] +\d+%  [\d.]+/\d\.\d MiB  \d+ 行  \d+ 行/秒  拒收 0  剩 \d+:\d\d", shown), shown


def test_one_item_is_published_too_and_may_reply(bureau):
    item = example("info-shared", formed_at="2025-09-01T10:00:00+08:00")
    checked = bureau.cli("publish", "info.shared", "-", body=item, check=True)
    assert checked.status == 0, checked
    first = bureau.cli("publish", "info.shared", "-", body=item, source="office/1").answer
    entry = bureau.cli("publish", "catalogue.entry", "-", body=example("catalogue-entry")).answer
    second = bureau.cli("publish", "info.shared", "-", body=item, reply_to=first["id"]).answer
    assert bureau.show(entry["id"])["header"].get("to", []) == []
    assert second["matter"] == first["matter"]
    assert bureau.show(second["id"])["header"]["in_reply_to"]["id"] == first["id"]


# ------------------------------------------------------------------------------------ broken off


def start(agency, path, *words):
    options = [word for name, value in OPTIONS.items() for word in (f"--{name}", value)]
    return subprocess.Popen(agency.words("publish", "--csv", path, *options, *words), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=environment())


def has_begun(agency, before, count=600):
    return lambda: int(agency.status().get("statements", 0)) >= before + count


@pytest.fixture
def lone(tmp_path):
    agency = Agency(tmp_path / "a", BUREAU).init().start()
    yield agency
    agency.close()


def test_a_daemon_killed_in_between_has_every_line_once(lone, place):
    path = write(place / "p.csv", rows(6000, "甲"))
    process = start(lone, path, "--timeout", "1")
    until(has_begun(lone, 0), "some are published")
    lone.kill()
    _, err = process.communicate(timeout=60)
    if process.returncode != 0:
        assert process.returncode == 4 and "止于第" in err.decode(), err.decode()
    lone.start()
    before = len(published(lone, "甲"))
    again = publish(lone, path, **OPTIONS)
    assert again.status == 0 and counts(again) == (6000 - before, before, 0)
    assert sorted(published(lone, "甲")) == list(range(6000))


def test_a_daemon_that_comes_back_in_time_is_not_even_noticed(lone, place):
    path = write(place / "p.csv", rows(6000, "甲"))
    process = start(lone, path, "--timeout", "60")
    until(has_begun(lone, 0), "some are published")
    lone.kill()
    lone.start()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err.decode()
    assert json.loads(out.splitlines()[-1])["lines"] == 6000
    assert sorted(published(lone, "甲")) == list(range(6000)), "what was repeated may stand behind what was not"


def test_an_interrupted_run_says_where_it_stopped_and_goes_on(lone, place):
    path = write(place / "p.csv", rows(6000, "甲"))
    process = start(lone, path)
    until(has_begun(lone, 0, 100), "some are published")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    summary = json.loads(out.splitlines()[-1])
    done = published(lone, "甲")
    assert done == list(range(summary["published"])), "what was answered stands, and nothing else"
    if process.returncode != 0:
        assert f"止于第 {len(done) + 2} 行（已中断）" in err.decode(), err.decode()
    assert counts(publish(lone, path, **OPTIONS)) == (6000 - len(done), len(done), 0)
    assert published(lone, "甲") == list(range(6000))


def test_the_program_is_the_library(tmp_path):
    """What liaison publish does, another program can: the functions are exported."""
    symbols = run("nm", "-D", "--defined-only", BUILD / "libliaison.so").out
    assert {"liaison_import", "liaison_moment"} <= set(re.findall(r" T (\w+)", symbols))
