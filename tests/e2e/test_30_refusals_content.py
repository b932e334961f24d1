# SPDX-License-Identifier: Apache-2.0
"""What a body may not be: each refused with its code and title, and nothing changed anywhere."""

import copy
import json

import pytest

from agency import BUILD, BUREAU, JIA, example, lead, run
from library import Library

# YC-1.1.1 as the regulation reads; the other half of the table of kinds in kinds.c.
REQUIRED = {
    "suspect.name": "涉嫌违法主体名称",
    "suspect.address": "涉嫌违法主体地址",
    "suspect.credit_code": "统一社会信用代码",
    "facts": "违法事实梗概",
    "evidence": "已掌握的证据",
    "evidence[0].name": "证据名称",
    "evidence[0].type": "证据种类",
    "found_by": "发现途径",
    "found_where": "发现地点",
    "discovered_at": "发现时间",
    "channel": "通报方式",
    "grounds": "协同理由",
}


@pytest.fixture(autouse=True)
def unchanged(shared_town):
    """A refusal leaves turn, head and count of statements where they were, at both sides."""
    before = {agency.id: agency.state() for agency in shared_town}
    yield
    assert {agency.id: agency.state() for agency in shared_town} == before


@pytest.fixture
def bureau(shared_town):
    return shared_town[BUREAU]


def without(body, path):
    body = copy.deepcopy(body)
    *groups, last = path.replace("[0]", ".0").split(".")
    place = body
    for name in groups:
        place = place[int(name) if name.isdigit() else name]
    del place[last]
    return body


def with_value(path, value):
    body = copy.deepcopy(lead())
    *groups, last = path.replace("[0]", ".0").split(".")
    place = body
    for name in groups:
        place = place[int(name) if name.isdigit() else name]
    place[last] = value
    return body


def submit(agency, body, kind="lead.notice", **options):
    return agency.cli("send", kind, "-", to=JIA, body=body, **options)


def faults(outcome):
    return {fault["field"]: fault for fault in outcome.lines[0]["refusal"]["faults"]}


@pytest.mark.parametrize("path", REQUIRED)
def test_notice_without_a_required_field_names_it_in_chinese_with_its_article(bureau, path):
    outcome = submit(bureau, without(lead(), path))
    assert outcome.code == "required"
    fault = faults(outcome)[path]
    assert fault["title"] == REQUIRED[path] and fault["source"] in ("YC-1.1.1", "")
    assert path in outcome.err and REQUIRED[path] in outcome.err


@pytest.mark.parametrize("path", [p for p in REQUIRED if p not in ("discovered_at",)])
def test_blank_is_the_same_as_missing(bureau, path):
    blank = {"evidence": [], "grounds": [" \u3000"]}.get(path, " \u3000\t")
    outcome = submit(bureau, with_value(path, blank))
    assert outcome.code in ("required", "value") and REQUIRED[path] in outcome.err


def test_every_required_field_of_the_table_is_tested_here():
    kind = run(BUILD / "liaison", "--json", "kinds", "lead.notice").answer
    required = {field["path"] for field in kind["fields"] if field["required"]}
    tested = {path.replace("[0]", "") for path in REQUIRED}
    assert required - tested == {"suspect"}, "a group speaks by its members"
    for field in kind["fields"]:
        for path, title in REQUIRED.items():
            if path.replace("[0]", "") == field["path"]:
                assert title == field["title_zh"]


def test_empty_body_names_every_required_field_at_once(bureau):
    outcome = submit(bureau, {})
    assert outcome.code == "required"
    missing = {path for path in REQUIRED if "[0]" not in path}
    assert set(faults(outcome)) >= missing - {"suspect.credit_code"}


@pytest.mark.parametrize("field", ["notified_at", "notified_person"])
def test_telephone_notice_must_tell_when_and_who(bureau, field):
    told = lead(
        channel="phone", notified_at="2025-09-24T09:50:00+08:00", notified_person="李四"
    )
    outcome = submit(bureau, without(told, field))
    assert outcome.code == "required" and field in faults(outcome)


@pytest.mark.parametrize(
    "path, value, says",
    [
        ("suspect.credit_code", "92653126MAY0000172", "校验码"),
        ("suspect.credit_code", "92653126MAY000017", "18位"),
        ("suspect.credit_code", "9265312OMAY0000171", "18位"),
        ("suspect.contact_telephone", "电话", "数字"),
        ("found_by", "hearsay", "代码"),
        ("channel", "pigeon", "代码"),
        ("grounds", ["boredom"], "代码"),
        ("evidence[0].type", "rumour", "代码"),
        ("suspect.name", "甲" * 200, "512"),
        ("suspect.name", "甲\n乙", "一行"),
        ("facts", "长" * 30000, "64 KiB"),
        ("discovered_at", "1999-01-01T00:00:00+08:00", "2000"),
        ("discovered_at", "2025-09-24T10:00:01+08:00", "不能晚于现在"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_impossible_value_is_refused_and_says_why(bureau, path, value, says):
    outcome = submit(bureau, with_value(path, value))
    assert outcome.code == "value" and says in outcome.err, outcome


def test_occurrence_in_the_future_is_refused(bureau):
    outcome = submit(bureau, lead(), occurred="2025-09-24T10:00:01+08:00")
    assert outcome.code == "value" and "不能晚于现在" in outcome.err


@pytest.mark.parametrize(
    "body",
    [
        lead(colour="red"),
        lead(facts=5),
        lead(evidence={}),
        lead(suspect=[]),
        lead(discovered_at="yesterday"),
        lead(discovered_at="2025-09-24T09:40:00"),
        "[]",
        "5",
        "",
        "{",
        '{"facts":"a","facts":"b"}',
        json.dumps(lead())[:-1] + ',"suspect":{"name":"二"}}',
        '{"facts":"x"}x',
    ],
    ids=lambda body: str(body)[-25:],
)
def test_json_of_another_shape_is_refused(bureau, body):
    outcome = submit(bureau, body)
    assert outcome.status == 1 and outcome.code in ("malformed", "value"), outcome


# --------------------------------------------------------------------------------------------- text

ODD_TEXTS = {
    "nul": "甲\\u0000乙",
    "bell": "甲\\u0007乙",
    "delete": "甲\\u007f乙",
    "carriage-return": "甲\\r乙",
    "right-to-left-override": "甲\\u202e乙",
    "isolate": "甲\\u2066乙",
    "arabic-mark": "甲\\u061c乙",
    "left-to-right-mark": "甲\\u200e乙",
    "lone-surrogate": "甲\\ud800乙",
    "c1-control": "甲\\u0085乙",
}


@pytest.mark.parametrize("name", ODD_TEXTS)
@pytest.mark.parametrize("path", ["facts", "suspect.name"])
def test_text_escaped_in_json_that_no_statement_may_hold_is_refused(bureau, name, path):
    marker = "ODD-TEXT"
    body = json.dumps(with_value(path, marker), ensure_ascii=False)
    outcome = submit(bureau, body.replace(marker, ODD_TEXTS[name]))
    expected = "malformed" if name == "lone-surrogate" else "text"  # that is no JSON
    assert outcome.code == expected and outcome.out == "", outcome


@pytest.mark.parametrize(
    "raw", [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x00", b"\xe7\x94"]
)
def test_bytes_that_are_no_utf8_are_refused(bureau, raw):
    body = json.dumps(lead(facts="ODD-TEXT"), ensure_ascii=False).encode()
    outcome = submit(bureau, body.replace(b"ODD-TEXT", raw))
    if raw == b"\x00":
        assert outcome.status == 2 and "NUL" in outcome.err
    else:
        assert outcome.code == "text", outcome


def field(number, content):
    return bytes([number << 3 | 2, len(content)]) + content


PACKED = {
    "invalid-utf8": (field(1, b"\xff\xfe") + field(2, b"x"), "text"),
    "nul": (field(1, b"a\x00b") + field(2, b"x"), "text"),
    "bidi": (field(1, "甲\u202e".encode()) + field(2, b"x"), "text"),
    "control": (field(1, b"a\x1bb") + field(2, b"x"), "text"),
    "cut-off": (field(1, b"abc")[:-1], "malformed"),
    "group": (b"\x0b\x0c", "malformed"),
    "wrong-type": (b"\x08\x05" + field(2, b"x"), "malformed"),
    "overlong-length": (b"\x0a\xff\xff\xff\xff\x7f", "malformed"),
    "missing": (field(1, b"abc"), "required"),
    "nothing": (b"", "required"),
    "unknown-fields": (field(1, b"a") + field(2, b"b") + field(15, b"u") * 65, "limit"),
    "twice": (field(1, b"a") + field(1, b"b") + field(2, b"x"), "malformed"),
}


@pytest.mark.parametrize("name", PACKED)
def test_packed_body_is_judged_by_the_daemon_itself(bureau, name):
    """Straight through the library, past its reading of JSON."""
    body, code = PACKED[name]
    with Library(bureau, BUILD) as session:
        draft = {"kind": "note", "to": [JIA], "body_hex": body.hex()}
        answer = session.submit([draft])
    assert answer["outcome"] == 1
    assert answer["results"][0]["code"] == code, answer


@pytest.mark.parametrize("name", ["own_number", "urgent_reason", "handling", "compact"])
@pytest.mark.parametrize("odd", ["甲\u202e乙", "甲\u0007乙", "\udcff"])
def test_odd_text_beside_the_body_is_refused(bureau, name, odd):
    with Library(bureau, BUILD) as session:
        draft = {"kind": "note", "to": [JIA], "body_json": json.dumps(example("note")), name: odd}
        answer = session.submit([draft])
    assert answer["outcome"] == 1 and answer["refusal"]["code"] == "text", answer
    assert answer["refusal"]["faults"][0]["field"] == name


# -------------------------------------------------------------------------------------- size, depth


@pytest.mark.parametrize("depth", [3, 20, 3000, 200000])
@pytest.mark.parametrize("shape", ['{"suspect":', "[", '{"evidence":['])
def test_nesting_without_end_is_refused_at_any_depth(bureau, depth, shape):
    outcome = submit(bureau, shape * depth)
    assert outcome.status == 1 and outcome.code in ("malformed", "limit", "value"), outcome


def test_closed_nesting_is_refused_too(bureau):
    deep = '{"suspect":' * 50 + '{"name":"甲"}' + "}" * 50
    outcome = submit(bureau, deep)
    assert outcome.code == "value" and "没有这个字段" in outcome.err, outcome


@pytest.mark.parametrize("pieces", [9, 20, 100])
def test_body_larger_than_a_part_is_refused(bureau, pieces):
    rows = [
        {"name": f"照片{i}", "type": "audiovisual", "note": "长" * 20000} for i in range(pieces)
    ]
    outcome = submit(bureau, lead(evidence=rows))
    assert outcome.code == "limit", outcome


def test_body_of_the_largest_size_is_accepted_in_a_check(bureau):
    rows = [{"name": f"照片{i}", "type": "audiovisual", "note": "长" * 20000} for i in range(8)]
    assert submit(bureau, lead(evidence=rows), check=True).status == 0


def test_too_many_rows_are_refused(bureau):
    rows = [{"name": "照", "type": "audiovisual"}] * 5000
    assert submit(bureau, lead(evidence=rows)).code == "limit"
