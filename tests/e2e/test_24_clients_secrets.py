# SPDX-License-Identifier: Apache-2.0
"""What no log and no status shows: keys, and the words of a message."""

import json
import re

from agency import BUREAU, JIA, example, until

WORDS = "举报人住在团结路七号"
SECRETS = {
    "keys/curve.key": r"^(\S{40})$",  # the second line is the secret half
    "keys/sign.pem": r"^([A-Za-z0-9+/=]{16,})$",
    "client-keys/*.key": r"^secret = (\S+)$",
}


def secrets_of(agency):
    for pattern, form in SECRETS.items():
        paths = sorted(agency.folder.glob(pattern))
        assert paths, pattern
        for path in paths:
            found = re.findall(form, path.read_text("utf-8"), re.M)
            assert found, path
            yield found[-1]


def test_neither_keys_nor_words_are_in_a_log_or_a_status(town):
    note = example("note", text=WORDS)
    town[BUREAU].send("note", JIA, note)
    until(lambda: any(WORDS in json.dumps(m, ensure_ascii=False) for m in town[JIA].messages()), "the note has arrived")
    town[BUREAU].cli("send", "note", "-", body={**note, "nobody": "knows"}, to=JIA)  # refused, and said so
    for agency in (town[BUREAU], town[JIA]):
        shown = agency.log() + json.dumps(agency.status(), ensure_ascii=False)
        assert "L001 started" in shown
        assert WORDS not in shown
        for secret in secrets_of(agency):
            assert secret not in shown
