# SPDX-License-Identifier: Apache-2.0
"""An agency that reaches the others only through a SOCKS5 proxy."""

import json
import socket

import pytest

from agency import BUREAU, ED25519, JIA, SM2, YI, example, free_port, lead, run, until, BUILD
from conftest import open_town
from library import Library
from relay import SocksProxy, receive


def behind(proxy, *ids):
    """Prepares these agencies to call out through the proxy."""
    def prepare(agency):
        if agency.id in ids:
            with open(agency.folder / "liaisond.conf", "a", encoding="utf-8") as conf:
                conf.write(f"socks_proxy = 127.0.0.1:{proxy.port}\n")
    return prepare


@pytest.fixture
def proxy():
    with SocksProxy() as proxy:
        yield proxy


@pytest.fixture
def town(proxy):
    """The township has only the proxy to get out; the bureau listens."""
    members = ((BUREAU, ED25519, True), (JIA, SM2, False))
    with open_town(*members, prepare=behind(proxy, JIA)) as town:
        yield town


def exchange(bureau, jia):
    """There and back: traffic of both directions flows over the one link."""
    notice = bureau.send("lead.notice", JIA, lead())
    jia.wait_for(notice["id"])
    jia.acknowledge(notice["id"])
    bureau.wait_state(notice["id"], "acknowledged")
    note = jia.send("note", BUREAU, example("note"))["id"]
    bureau.wait_for(note)


def test_member_behind_a_proxy_is_a_full_member(town, proxy):
    bureau, jia = town[BUREAU], town[JIA]
    assert set(proxy.reached) == {("127.0.0.1", bureau.port)}
    exchange(bureau, jia)
    assert set(proxy.asked) == {("127.0.0.1", bureau.port)}, "and nothing went elsewhere"


def test_link_comes_back_when_the_proxy_cut_it(town, proxy):
    bureau, jia = town[BUREAU], town[JIA]
    for _ in range(3):
        calls = len(proxy.reached)
        proxy.cut()
        until(lambda: len(proxy.reached) > calls, "it calls again")
        exchange(bureau, jia)


def test_what_was_said_while_the_proxy_refused_arrives_when_it_relents(town, proxy):
    bureau, jia = town[BUREAU], town[JIA]
    proxy.denied.add(bureau.port)
    proxy.cut()
    until(lambda: not bureau.is_linked(JIA) and not jia.is_linked(BUREAU), "both notice")
    asked = len(proxy.asked)
    notes = {jia.send("note", BUREAU, example("note"))["id"] for _ in range(3)}
    until(lambda: len(proxy.asked) > asked + 2, "it goes on trying")
    assert jia.backlog(BUREAU) == 3
    said = f"L026 proxy: to=127.0.0.1:{bureau.port} not allowed"
    assert jia.log().count(said) == 1, "said once, not at each call"
    proxy.denied.clear()
    until(lambda: notes <= {m["header"]["id"] for m in bureau.messages("--in")}, "all arrive")
    exchange(bureau, jia)


def test_nothing_goes_past_a_proxy_that_is_away(proxy):
    members = ((BUREAU, ED25519, True), (JIA, SM2, False))
    with open_town(*members, prepare=behind(proxy, JIA)) as town:
        bureau, jia = town[BUREAU], town[JIA]
        proxy.close()
        until(lambda: not bureau.is_linked(JIA) and not jia.is_linked(BUREAU), "both notice")
        note = jia.send("note", BUREAU, example("note"))["id"]
        assert jia.cli("peer", "list").status == 0, "clients are served meanwhile"
        assert bureau.show(note) is None and jia.backlog(BUREAU) == 1
        with SocksProxy() as other:
            jia.stop()
            conf = jia.folder / "liaisond.conf"
            text = conf.read_text("utf-8").replace(f":{proxy.port}\n", f":{other.port}\n")
            conf.write_text(text, "utf-8")
            jia.start()
            bureau.wait_for(note)
            assert other.reached


def test_endpoint_that_is_a_name_is_resolved_by_the_proxy():
    """The township cannot resolve it: nobody can but the proxy."""
    with SocksProxy({"bureau.invalid": "127.0.0.1"}) as proxy:
        def prepare(agency):
            behind(proxy, JIA)(agency)
            conf = agency.folder / "liaisond.conf"
            text = conf.read_text("utf-8")
            conf.write_text(text.replace("endpoints = tcp://127.0.0.1:",
                                         "endpoints = tcp://bureau.invalid:"), "utf-8")

        members = ((BUREAU, ED25519, True), (JIA, SM2, False))
        with open_town(*members, prepare=prepare) as town:
            assert ("bureau.invalid", town[BUREAU].port) in proxy.asked
            exchange(town[BUREAU], town[JIA])
            proxy.cut()
            exchange(town[BUREAU], town[JIA])


def test_two_behind_one_proxy_reach_the_bureau_and_not_each_other(proxy):
    members = ((BUREAU, ED25519, True), (JIA, SM2, False), (YI, SM2, False))
    with open_town(*members, prepare=behind(proxy, JIA, YI)) as town:
        assert set(proxy.reached) == {("127.0.0.1", town[BUREAU].port)}
        for member in (JIA, YI):
            note = town[BUREAU].send("note", member, example("note"))["id"]
            town[member].wait_for(note)


def test_bulk_goes_through_and_arrives_whole(town):
    bureau, jia = town[BUREAU], town[JIA]
    text = "文" * 2000
    drafts = [{"kind": "note", "to": [BUREAU], "body_json": json.dumps(example("note", text=text))}]
    with Library(jia, BUILD, timeout_ms=30000) as session:
        answers = session.pipeline([drafts * 20] * 20)
    ids = {result["id"] for answer in answers for result in answer["results"]}
    until(lambda: jia.backlog(BUREAU) == 0, "all are receipted")
    held = {m["header"]["id"] for m in bureau.messages("--in")}
    assert len(ids) == 400 and ids == held
    assert bureau.show(next(iter(ids)))["body"]["text"] == text


class OddProxy(SocksProxy):
    """Answers the first call in a way of its own, then as it should."""

    def __init__(self, way):
        self.way = way
        self.is_odd = True
        super().__init__()

    def connect(self, caller):
        if not self.is_odd:
            return super().connect(caller)
        self.is_odd = False
        if self.way == "dribbles":
            return super().connect(Dribbling(caller))
        if self.way == "is silent":
            while caller.recv(100):
                pass
        else:
            receive(caller, 3)
            caller.sendall(ODD_ANSWERS[self.way])
        raise ConnectionError(self.way)


class Dribbling:
    """Sends a byte at a time, and names what it bound by a host name."""

    def __init__(self, caller):
        self.caller = caller
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def recv(self, size):
        return self.caller.recv(size)

    def sendall(self, data):
        if len(data) == 10:
            data = b"\x05\x00\x00\x03\x09localhost\x1f\x90"
        for byte in data:
            self.caller.sendall(bytes([byte]))


ODD_ANSWERS = {
    "hangs up": b"",
    "wants a password": b"\x05\x02",
    "speaks HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "answers half": b"\x05\x00\x05\x00\x00\x03\xff",
    "denies oddly": b"\x05\x00\x05\xee\x00\x01\x00\x00\x00\x00\x00\x00",
}


@pytest.mark.parametrize("way", ["is silent", "dribbles", *ODD_ANSWERS])
def test_proxy_that_misbehaves_harms_nobody_and_is_called_again(way):
    members = ((BUREAU, ED25519, True), (JIA, SM2, False))
    with OddProxy(way) as proxy:
        with open_town(*members, prepare=behind(proxy, JIA)) as town:
            assert not proxy.is_odd
            exchange(town[BUREAU], town[JIA])


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1080", "127.0.0.1", ":1080", "h:port",
                                   "h:123456", "h:"])
def test_proxy_that_is_no_host_and_port_is_refused_where_it_stands(tmp_path, value):
    folder = tmp_path / "x"
    run(BUILD / "liaison", "init", folder, "--id", "yecheng-x", "--name", "某",
        "--region", "653126", "--endpoint", f"tcp://127.0.0.1:{free_port()}")
    with open(folder / "liaisond.conf", "a", encoding="utf-8") as conf:
        conf.write(f"socks_proxy = {value}\n")
    said = run(BUILD / "liaisond", "-C", folder, "--check").err
    assert "socks_proxy cannot be this" in said
