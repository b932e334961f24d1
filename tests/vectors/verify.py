#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Verifies one sealed statement against the card of its author.

    verify.py CARD.pem STATEMENT.pem [FILE ...]       (or .hex)

Each FILE must be one of the statement's attachments, whatever it is called now.

Written from proto/PROTOCOL.md alone, with nothing but Python's own library and the openssl command, so that it
shares no mistake with the daemon. Prints what it verified and ends with 0, or names the step that fails and ends with 1.
The table of kinds is not part of PROTOCOL.md: that a body has the fields its kind asks for, and agrees with the law
pairs of the header, is left to `liaison verify`.
"""
import base64
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import uuid
from datetime import datetime, timedelta, timezone

DOMAINS = {b"liaison-seal-01\0": "real", b"liaison-test-01\0": "test"}
SUITES = {1: "ed25519-sha256", 2: "sm2-sm3"}
KEY_BYTES = {1: 32, 2: 65}
SM2_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
CHUNK = 262144
AGENCY = re.compile(rb"[a-z][a-z0-9-]{1,31}\Z")
FORBIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# Wire types of section 3's header by field number: 0 varint, 2 bytes; "text" must be clean UTF-8; a dict is a message.
REFERENCE = {1: "text", 2: 2, 3: 2, 4: "text", 5: 0}
HEADER = {
    1: "text", 2: 2, 3: 2, 4: "text", 5: "text", 6: "text", 7: "text", 8: 2, 9: "text",
    10: {1: "text", 2: "text"}, 11: "text", 12: "text", 13: "text", 14: REFERENCE, 15: REFERENCE, 16: 0,
    17: {1: "text", 2: "text", 3: "text", 4: "text"}, 18: 0, 19: {1: "text", 2: "text"},
    20: {1: "text", 2: "text", 3: "text", 4: 0, 5: 2, 6: "text", 7: 0, 8: "text", 9: "text", 10: 0},
    21: {1: "text", 2: "text", 3: "text"},
}
REPEATED = {5, 6, 15, 17, 19, 20, 21}
CARD = {1: "text", 2: "text", 3: "text", 4: "text", 5: "text", 6: 0, 7: "text", 8: "text", 9: 2, 10: 0, 11: 2,
        12: "text", 13: 0}


class Failed(Exception):
    """Carries the step of section 6 that does not hold."""


def must(condition, text):
    if not condition:
        raise Failed(text)


# Hashes and signatures.

def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=False)


def hash_of(suite, data):
    if suite == 1:
        return hashlib.sha256(data).digest()
    try:
        return hashlib.new("sm3", data).digest()
    except ValueError:
        done = openssl("dgst", "-sm3", "-binary", data=data)
        must(done.returncode == 0 and len(done.stdout) == 32, "the openssl command knows no SM3")
        return done.stdout


def key_id(suite, key):
    return hash_of(2, bytes([suite]) + key)[:8]


def der_integer(number):
    data = number.to_bytes(33, "big").lstrip(b"\0")
    if not data or data[0] & 0x80:
        data = b"\0" + data
    return b"\x02" + bytes([len(data)]) + data


def signature_holds(suite, key, message, signature):
    if suite == 1:
        spki = bytes.fromhex("302a300506032b6570032100") + key
        options = []
    else:
        spki = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200") + key
        options = ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        if not (0 < r < SM2_ORDER and 0 < s < SM2_ORDER):
            return False
        inside = der_integer(r) + der_integer(s)
        signature = b"\x30" + bytes([len(inside)]) + inside
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, data in (("key", spki), ("message", message), ("signature", signature)):
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "wb") as file:
                file.write(data)
        done = openssl("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths["key"], "-rawin",
                       "-in", paths["message"], "-sigfile", paths["signature"], *options)
        return done.returncode == 0


# Trees (sections 4 and 5).

def root_of(suite, leaves):
    if len(leaves) == 1:
        return leaves[0]
    first = 1
    while first * 2 < len(leaves):
        first *= 2
    return hash_of(suite, b"\x01" + root_of(suite, leaves[:first]) + root_of(suite, leaves[first:]))


def commitment(suite, salt, content):
    chunks = [content[at:at + CHUNK] for at in range(0, len(content), CHUNK)] or [b""]
    root = root_of(suite, [hash_of(suite, b"\x00" + chunk) for chunk in chunks])
    return hash_of(suite, b"\x02" + salt + len(content).to_bytes(8, "big") + root)


def fold(suite, leaf, index, count, path):
    """The root that the path leads to; the path is used from its end, top level first."""
    must(index < count, "step 2: the index lies outside the tree")
    if count == 1:
        must(not path, "step 2: the path is longer than the tree asks for")
        return leaf
    must(path, "step 2: the path is shorter than the tree asks for")
    first = 1
    while first * 2 < count:
        first *= 2
    if index < first:
        return hash_of(suite, b"\x01" + fold(suite, leaf, index, first, path[:-1]) + path[-1])
    return hash_of(suite, b"\x01" + path[-1] + fold(suite, leaf, index - first, count - first, path[:-1]))


# Protobuf.

class Reader:
    def __init__(self, data, what):
        self.data, self.at, self.what = data, 0, what

    def take(self, size):
        must(size <= len(self.data) - self.at, f"{self.what} ends too early")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def varint(self, longest):
        value = 0
        for place in range(longest):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value & 0xFFFFFFFFFFFFFFFF
        raise Failed(f"{self.what} holds a number without an end")

    def more(self):
        return self.at < len(self.data)


def clean_text(data, what):
    try:
        text = data.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Failed(f"{what} holds text that is not UTF-8") from None
    must(not FORBIDDEN.search(text), f"{what} holds control or bidirectional characters")
    return text


def read_message(data, form, what, strict):
    """{number: [values]}. Strict: no unknown fields, nothing but repeated fields given twice."""
    reader, fields = Reader(data, what), {}
    while reader.more():
        tag = reader.varint(5)
        number, wire = tag >> 3, tag & 7
        must(number > 0 and wire in (0, 1, 2, 5), f"{what} holds a field that is none")
        value = (reader.varint(10) if wire == 0 else
                 reader.take({1: 8, 5: 4}[wire]) if wire != 2 else reader.take(reader.varint(5)))
        kind = form.get(number)
        if kind is None:
            must(not strict, f"{what} holds the unknown field {number}")
            continue
        must(wire == (kind if isinstance(kind, int) else 2), f"{what} holds field {number} with another wire type")
        if kind == "text":
            value = clean_text(value, what)
        elif isinstance(kind, dict):
            value = read_message(value, kind, what, strict)
            must(all(len(values) == 1 for values in value.values()), f"{what} holds a field twice")
        fields.setdefault(number, []).append(value)
    return fields


def one(fields, number, empty):
    return fields.get(number, [empty])[0]


# Envelope (section 6).

def read_file(path, label):
    with open(path, "rb") as file:
        data = file.read()
    block = re.search(b"-----BEGIN " + label + b"-----\\s+([A-Za-z0-9+/=\\s]+)-----END " + label + b"-----", data)
    try:
        if block:
            return base64.b64decode(b"".join(block.group(1).split()), validate=True)
        return bytes.fromhex(data.decode("ascii"))
    except ValueError:
        raise Failed(f"{path} is neither PEM of a {label.decode()} nor hexadecimal") from None


class Envelope:
    def __init__(self, data):
        reader = Reader(data, "the envelope")
        must(reader.take(4) == b"LSN1", "the envelope does not begin with LSN1")
        self.seal = reader.take(216)
        self.salt = reader.take(16)
        self.index = reader.number(4)
        steps = reader.number(1)
        must(steps <= 16, "the path has more than 16 steps")
        self.path = [reader.take(32) for _ in range(steps)]
        self.header = reader.take(reader.number(4))
        must(len(self.header) <= 65536, "the header is larger than 64 KiB")
        self.parts = [self.part(reader) for _ in range(reader.number(1))]
        must(not reader.more(), "something follows the last part")
        must(len(self.parts) <= 64, "there are more than 64 parts")
        self.read_seal()

    @staticmethod
    def part(reader):
        form = reader.number(1)
        must(form <= 2, "a part has a form that is none")
        salt = reader.take(16) if form else None
        content = reader.take(reader.number(4)) if form == 1 else None
        must(content is None or len(content) <= 524288, "a part is larger than 512 KiB")
        return salt, content

    def read_seal(self):
        seal = self.seal
        must(seal[:16] in DOMAINS, "step 1: the seal's domain is none")
        self.domain = DOMAINS[seal[:16]]
        self.suite = seal[16]
        must(self.suite in SUITES and seal[17:20] == bytes(3), "step 1: the seal's suite is none")
        self.count = int.from_bytes(seal[20:24], "big")
        must(1 <= self.count <= 65536, "step 1: the seal's number of leaves is impossible")
        self.agency = seal[24:56].rstrip(b"\0")
        must(AGENCY.match(self.agency), "step 1: the seal's agency is none")
        self.key_id = seal[56:64]
        self.epoch, self.turn = int.from_bytes(seal[64:72], "big"), int.from_bytes(seal[72:80], "big")
        self.at = int.from_bytes(seal[80:88], "big", signed=True)
        self.root, self.head = seal[88:120], seal[120:152]

    def leaf(self):
        return hash_of(self.suite, b"\x00" + self.salt + self.header)

    def check_seal(self, key):
        must(self.key_id == key_id(self.suite, key), "step 1: the seal's key id is not the card's")
        must(signature_holds(self.suite, key, self.seal[:152], self.seal[152:]), "step 1: the signature does not hold")

    def check_path(self):
        must(fold(self.suite, self.leaf(), self.index, self.count, self.path) == self.root,
             "step 2: leaf and path do not lead to the root")

    def check_header(self):
        fields = read_message(self.header, HEADER, "step 3: the header", strict=True)
        must(all(len(values) == 1 for number, values in fields.items() if number not in REPEATED),
             "step 3: the header holds a field twice")
        must(one(fields, 1, "").encode() == self.agency, "step 3: the author is not the seal's agency")
        statement_id, matter = one(fields, 2, b""), one(fields, 3, b"")
        must(is_uuid7(statement_id), "step 3: the id is not a UUIDv7")
        kind = one(fields, 4, "")
        expected = {"receipt": matter == bytes(16), "offered": matter == bytes(16), "card": matter == statement_id}
        must(expected.get(kind, is_uuid7(matter)), "step 3: the matter is not what the kind asks for")
        to, copy = fields.get(5, []), fields.get(6, [])
        must(len(to) <= 64 and len(copy) <= 64, "step 3: there are too many recipients")
        must(all(AGENCY.match(agency.encode()) for agency in to + copy), "step 3: a recipient is no agency id")
        must(len(set(to + copy + [one(fields, 1, "")])) == len(to + copy) + 1,
             "step 3: a recipient is named twice or is the author")
        return fields

    def check_parts(self, fields):
        promised = fields.get(20, [])
        must(len(promised) == len(self.parts), "step 4: there are not as many parts as the header lists")
        for place, (part, (salt, content)) in enumerate(zip(promised, self.parts)):
            if content is None:
                continue
            must(one(part, 4, 0) == len(content) and one(part, 5, b"") == commitment(self.suite, salt, content),
                 f"step 4: part {place} does not hash to its commitment")

    def check_file(self, fields, path):
        """The name of the attachment that a file is."""
        with open(path, "rb") as file:
            content = file.read()
        for part, (salt, _) in zip(fields.get(20, []), self.parts):
            is_listed = one(part, 1, "") == "attachment" and salt is not None and one(part, 4, 0) == len(content)
            if is_listed and one(part, 5, b"") == commitment(self.suite, salt, content):
                return one(part, 2, "")
        raise Failed(f"step 4: {path} is none of the attachments")


def is_uuid7(data):
    return len(data) == 16 and data[6] >> 4 == 7 and data[8] >> 6 == 2


def check_card(data):
    envelope = Envelope(data)
    envelope.check_path()
    header = envelope.check_header()
    must(one(header, 4, "") == "card" and not header.get(5), "it is not a card")
    must(envelope.epoch == 0 and envelope.turn == 0 and envelope.head == bytes(32), "it was not sealed as a card is")
    envelope.check_parts(header)
    must(envelope.parts and envelope.parts[0][1] is not None, "its body is withheld")
    fields = read_message(envelope.parts[0][1], CARD, "the card", strict=False)
    must(one(fields, 1, "").encode() == envelope.agency, "it names another agency than its seal")
    suite, key = one(fields, 10, 0), one(fields, 11, b"")
    must(suite == envelope.suite and len(key) == KEY_BYTES[envelope.suite], "it names another suite than its seal")
    must(suite != 2 or key[0] == 4, "its key is not of the form 04 ‖ x ‖ y")
    envelope.check_seal(key)
    return envelope, one(fields, 2, ""), key


def check_statement(data, card, key):
    envelope = Envelope(data)
    must(envelope.domain == card.domain, "step 1: test meets real")
    must(envelope.suite == card.suite, "step 1: the seal's suite is not the card's")
    must(envelope.agency == card.agency, "step 1: the seal's agency is not the card's")
    envelope.check_seal(key)
    envelope.check_path()
    header = envelope.check_header()
    envelope.check_parts(header)
    return envelope, header


def show(envelope, header, name):
    at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=envelope.at)
    print(f"suite      {SUITES[envelope.suite]}{'' if envelope.domain == 'real' else ' (TEST)'}")
    print(f"author     {envelope.agency.decode()} {name}")
    print(f"kind       {one(header, 4, '')}")
    print(f"id         {uuid.UUID(bytes=one(header, 2, b''))}")
    print(f"matter     {uuid.UUID(bytes=one(header, 3, b''))}")
    print(f"to         {' '.join(header.get(5, [])) or 'nobody'}")
    print(f"sealed at  {at.isoformat(timespec='milliseconds')}")
    print(f"turn       {envelope.epoch:016x}/{envelope.turn}, statement {envelope.index} of {envelope.count}")
    print(f"leaf       {envelope.leaf().hex()}")
    for pair in header.get(19, []):
        print(f"law        {one(pair, 1, '')} = {one(pair, 2, '')}")
    for part, (salt, content) in zip(header.get(20, []), envelope.parts):
        state = "verified" if content is not None else "withheld" if salt is None else "not in this file"
        print(f"part       {one(part, 1, '')} {one(part, 2, '')} {one(part, 4, 0)} bytes, {state}")
    print("VERIFIED   signature, path, header and present parts")


def main(arguments):
    if len(arguments) < 3:
        print("usage: verify.py CARD STATEMENT [FILE ...]", file=sys.stderr)
        return 2
    try:
        card, name, key = check_card(read_file(arguments[1], b"LIAISON CARD"))
    except (Failed, OSError) as failure:
        print(f"FAILED     card: {failure}")
        return 1
    try:
        envelope, header = check_statement(read_file(arguments[2], b"LIAISON STATEMENT"), card, key)
        files = [(path, envelope.check_file(header, path)) for path in arguments[3:]]
    except (Failed, OSError) as failure:
        print(f"FAILED     {failure}")
        return 1
    show(envelope, header, name)
    for path, attachment in files:
        print(f"VERIFIED   {path} is the attachment {attachment}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
