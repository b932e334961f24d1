# SPDX-License-Identifier: Apache-2.0
"""Search: whatever people know of a message finds it at both sides, and what is gone is not found."""

import json
import shutil

import pytest
from agency import BUILD, BUREAU, CLOCK, JIA, PAIR, example, lead, open_town, until
from library import Library

OPERATOR = "operator"
MANY = 230
NUMBER = "叶市监移〔2025〕12号"


def notes(count, words):
    for i in range(count):
        text = f"编号{i:04}完，{words}。"
        body = {"subject": "例行联系", "text": text}
        yield {"kind": "note", "to": [JIA], "body_json": json.dumps(body)}


def send_many(agency, count=MANY, words="例行联系事项"):
    with Library(agency, BUILD, client="submitter") as session:
        answer = session.submit(list(notes(count, words)))
    assert answer["outcome"] == 0, answer


def counter(agency, name):
    return next(int(one.get("value", 0)) for one in agency.status()["counters"] if one["name"] == name)


def wait_indexed(agency):
    """Until what is left over is less than is worth a file."""
    until(lambda: counter(agency, "search-behind") < 128, f"{agency.id} has indexed")


def index(agency):
    return agency.folder / "store" / "search"


def index_says(agency, text):
    """Whether any file of the index holds the first two letters of a text, as it would write them."""
    gram = ord(text[0]) << 21 | ord(text[1])
    keys = [(gram << 1 | area).to_bytes(6, "big") for area in (0, 1)]
    return any(key in path.read_bytes() for path in index(agency).iterdir() for key in keys)


def found(agency, *words, **options):
    outcome = agency.cli("search", *words, **options)
    assert outcome.status == 0, outcome
    return [line["header"]["id"] for line in outcome.lines]


@pytest.fixture(scope="module")
def indexed_town():
    with open_town(*PAIR) as town:
        bureau, jia = town[BUREAU], town[JIA]
        sent = bureau.send("lead.notice", JIA, lead(), number=NUMBER)
        send_many(bureau)
        jia.wait_for(sent["id"])
        until(lambda: bureau.backlog(JIA) == 0, "all are receipted")
        for agency in town:
            wait_indexed(agency)
            assert list(index(agency).glob("*.seg")), "there is an index"
        yield town, sent


def test_message_is_found_by_whatever_people_know_of_it(indexed_town):
    town, sent = indexed_town
    suspect = lead()["suspect"]
    code = suspect["credit_code"]
    known = [
        suspect["name"],
        suspect["name"][3:7],
        code,
        code.lower(),
        code[-6:],
        NUMBER,
        "2025〕12",
        "移2025",
        sent["short_number"],
        suspect["contact_telephone"],
        "天山牧香",
        "阿卜杜拉 粮油",
        "询问笔录",
    ]
    for agency in town:
        for text in known:
            assert found(agency, text) == [sent["id"]], (agency.id, text)
        assert found(agency, "天山牧羊") == []
        assert found(agency, "天山牧香", "没有此词") == []


def test_search_is_narrowed(indexed_town):
    town, sent = indexed_town
    bureau, jia = town[BUREAU], town[JIA]
    for agency in town:
        assert found(agency, "叶城县", "--kind", "lead.") == [sent["id"]]
        assert found(agency, "叶城县", "--agency", JIA) == []
        assert found(agency, "叶城县", "--matter", sent["matter"]) == [sent["id"]]
        assert found(agency, "天山牧香", "--since", "2025-09-25T00:00:00+08:00") == []
        assert found(agency, "天山牧香", "--until", "2025-09-25T00:00:00+08:00") == [sent["id"]]
        assert found(agency, "天山牧香", "--state", "recalled") == []
    assert found(bureau, "天山牧香", "--in") == [] and found(jia, "天山牧香", "--in") == [sent["id"]]
    assert bureau.cli("list", "--text", "天山牧香").lines == bureau.cli("search", "天山牧香").lines


def test_what_is_shared_is_found_by_its_category(indexed_town):
    town, _ = indexed_town
    bureau = town[BUREAU]
    entry = bureau.fact("catalogue.entry", example("catalogue-entry", title="犇羴处罚目录", category="penalty"))["id"]
    formed = [
        bureau.fact("info.formed", example("info-formed", title="犇羴处罚信息", category=category, formed_at=CLOCK))["id"]
        for category in ("penalty", "inspection")
    ]
    assert found(bureau, "犇羴", "--category", "penalty") == [formed[0], entry]
    assert found(bureau, "犇羴", "--category", "inspection", "--kind", "info.") == [formed[1]]
    assert found(bureau, "犇羴", "--category", "inspection", "--kind", "catalogue.") == []
    assert found(bureau, "犇羴", "--category", "permit") == []
    assert bureau.cli("list", "--text", "犇羴").lines == bureau.cli("search", "犇羴").lines
    assert found(bureau, BUREAU, "--category", "penalty", key=OPERATOR) == [formed[0]], "an entry's is in its body"


def test_every_page_is_reached(indexed_town):
    town, _ = indexed_town
    bureau = town[BUREAU]
    assert len(found(bureau, "例行联系")) == 100, "as many as a list shows"
    everything = bureau.cli("search", "例行联系", "--limit", "1000").lines
    positions = [int(line["position"]) for line in everything]
    assert len(everything) == MANY and positions == sorted(positions, reverse=True)
    page, after = [], []
    while True:
        more = bureau.cli("search", "例行联系", "--limit", "70", *after).lines
        if not more:
            break
        page += more
        after = ["--after", more[-1]["position"]]
    assert page == everything
    assert len(found(bureau, "编号0007完")) == 1


def test_operator_finds_by_the_header_and_never_by_the_body(indexed_town):
    town, sent = indexed_town
    for agency in town:
        assert found(agency, NUMBER, key=OPERATOR) == [sent["id"]]
        assert found(agency, "天山牧香", key=OPERATOR) == []
        assert found(agency, lead()["suspect"]["name"], key=OPERATOR) == []
        shown = agency.cli("search", NUMBER, key=OPERATOR).answer
        assert "body" not in shown
    assert town[BUREAU].cli("search", "天山牧香", key="administrator").code == "role"


def test_what_is_too_short_is_refused(indexed_town):
    town, _ = indexed_town
    for text in ("张", " 张 ", "〔〕", ""):
        refused = town[BUREAU].cli("search", text)
        assert refused.code == "value" and "两个字" in refused.err, refused
    assert town[BUREAU].cli("search").status == 2


def test_what_is_recalled_and_erased_is_not_found(town):
    bureau, jia = town[BUREAU], town[JIA]
    secret = lead(remarks="鼗鼓喧阗不应再见")
    notice = bureau.send("lead.notice", JIA, secret, number=NUMBER)
    send_many(bureau)
    jia.wait_for(notice["id"])
    until(lambda: bureau.backlog(JIA) == 0, "all are receipted")
    wait_indexed(jia)
    assert found(jia, "鼗鼓喧阗") == [notice["id"]] and index_says(jia, "鼗鼓")
    recall = bureau.recall(notice["id"])
    jia.wait_state(notice["id"], "recalled")
    assert found(jia, "鼗鼓喧阗") == []
    assert found(jia, NUMBER) == [notice["id"]], "its header stays"
    assert found(bureau, "鼗鼓喧阗") == [notice["id"]], "its author still has it"
    until(lambda: not index_says(jia, "鼗鼓"), "the index forgets it")
    deleted = example("deletion-confirmed", deleted_at=CLOCK)
    jia.reply(recall["id"], "deletion.confirmed", deleted, officer=jia.officers[0])
    assert found(jia, "鼗鼓喧阗") == []
    jia.restart()
    assert found(jia, "鼗鼓喧阗") == [] and not index_says(jia, "鼗鼓")
    assert found(jia, "编号0007完") != []


def test_index_that_was_deleted_is_made_again(town):
    bureau = town[BUREAU]
    send_many(bureau)
    wait_indexed(bureau)
    before = found(bureau, "编号0007完")
    shutil.rmtree(index(bureau))
    assert found(bureau, "编号0007完") == before, "under way"
    bureau.restart()
    assert found(bureau, "编号0007完") == before
    wait_indexed(bureau)
    assert list(index(bureau).glob("*.seg")) and found(bureau, "编号0007完") == before
    bureau.stop()
    for path in index(bureau).glob("*.seg"):
        path.write_bytes(path.read_bytes()[:-900] + b"damaged" * 100)
    bureau.start()
    assert found(bureau, "编号0007完") == before
    assert len(bureau.cli("search", "编号", "--limit", "1000").lines) == MANY
