# SPDX-License-Identifier: Apache-2.0
"""Runs verify.py over the golden vectors and over altered ones, and computes the trees a second time."""
import base64
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import verify  # noqa: E402  (stands beside this file)

SUITES = ["ed25519-sha256", "sm2-sm3"]
SIGNATURE_AT, PATH_AT = 4 + 152, 4 + 216 + 16 + 4 + 1


def vector(name):
    return bytes.fromhex((HERE / name).read_text("ascii"))


def run(card, statement):
    done = subprocess.run([sys.executable, str(HERE / "verify.py"), str(card), str(statement)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def write(path, data, label=None):
    if label:
        text = base64.encodebytes(data).decode()
        path.write_text(f"-----BEGIN {label}-----\n{text}-----END {label}-----\n", "ascii")
    else:
        path.write_text(data.hex() + "\n", "ascii")
    return path


@pytest.mark.parametrize("suite", SUITES)
def test_golden_statement_verifies(suite):
    status, text = run(HERE / f"card-{suite}-1.hex", HERE / f"statement-{suite}-1.hex")
    assert status == 0, text
    assert "VERIFIED" in text and "lead.notice" in text and "叶城县市场监督管理局" in text
    assert "part       body" in text and "verified" in text and "withheld" in text


@pytest.mark.parametrize("suite", SUITES)
def test_pem_verifies(suite, tmp_path):
    card = write(tmp_path / "card.pem", vector(f"card-{suite}-1.hex"), "LIAISON CARD")
    statement = write(tmp_path / "statement.pem", vector(f"statement-{suite}-1.hex"), "LIAISON STATEMENT")
    assert run(card, statement)[0] == 0
    assert run(statement, card)[0] == 1


def test_card_of_the_other_suite_is_refused():
    status, text = run(HERE / "card-sm2-sm3-1.hex", HERE / "statement-ed25519-sha256-1.hex")
    assert status == 1 and "step 1" in text and "suite" in text


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("at, step", [
    (5, "step 1"),                 # domain
    (4 + 24, "step 1"),            # agency
    (4 + 56, "step 1"),            # key id
    (4 + 79, "step 1"),            # turn
    (4 + 100, "step 1"),           # root
    (SIGNATURE_AT + 3, "step 1"),
    (4 + 216, "step 2"),           # salt
    (PATH_AT, "step 2"),
    (-60, "step 4"),               # in the body
])
def test_altered_byte_names_the_step(suite, at, step, tmp_path):
    data = bytearray(vector(f"statement-{suite}-1.hex"))
    data[at] ^= 1
    status, text = run(HERE / f"card-{suite}-1.hex", write(tmp_path / "altered.hex", data))
    assert status == 1 and step in text, text


@pytest.mark.parametrize("suite", SUITES)
def test_every_altered_byte_and_every_cut_is_refused(suite):
    card, _, key = verify.check_card(vector(f"card-{suite}-1.hex"))
    golden = vector(f"statement-{suite}-1.hex")
    verify.check_statement(golden, card, key)
    for at in range(len(golden)):
        # Each trial of the signed bytes costs a run of openssl; every seventh is enough here, the C test flips all.
        if 4 + 64 <= at < 4 + 216 and at % 7:
            continue
        altered = bytearray(golden)
        altered[at] ^= 1 << at % 8
        with pytest.raises(verify.Failed):
            verify.check_statement(bytes(altered), card, key)
    for size in range(0, len(golden), 11):
        with pytest.raises(verify.Failed):
            verify.check_statement(golden[:size], card, key)
    with pytest.raises(verify.Failed):
        verify.check_statement(golden + b"\0", card, key)


@pytest.mark.parametrize("suite", SUITES)
def test_altered_card_is_refused(suite):
    golden = vector(f"card-{suite}-1.hex")
    for at in range(0, len(golden), 13):
        altered = bytearray(golden)
        altered[at] ^= 0x10
        with pytest.raises(verify.Failed):
            verify.check_card(bytes(altered))


def test_trees_are_the_same_when_computed_by_the_definition():
    salt = bytes(range(0x40, 0x50))
    content = bytes(i % 251 for i in range(2 * verify.CHUNK))
    leaves = [i.to_bytes(4, "big") + bytes(28) for i in range(257)]
    lines = (HERE / "trees-1.txt").read_text("ascii").splitlines()
    assert len(lines) == 40
    for line in lines:
        what, name, number, digest = line.split()
        suite = {"sha256": 1, "sm3": 2}[name]
        size = int(number)
        made = (verify.root_of(suite, leaves[:size]) if what == "root"
                else verify.commitment(suite, salt, content[:size]))
        assert made.hex() == digest, line


def test_usage_and_missing_files():
    assert subprocess.run([sys.executable, str(HERE / "verify.py")], stderr=subprocess.PIPE, check=False).returncode == 2
    assert run(HERE / "no-such-card.hex", HERE / "no-such.hex")[0] == 1
