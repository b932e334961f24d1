# SPDX-License-Identifier: Apache-2.0
"""TCP in between: a relay that can be cut, and the same as a SOCKS5 proxy (RFC 1928)."""

import socket
import struct
import threading


def pump(source, target, count=None):
    """Copies one direction to its end, and tells `count` how much it took."""
    try:
        while data := source.recv(65536):
            if count:
                count(len(data))
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def receive(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError("the caller hung up")
        data += more
    return data


class Relay:
    """Listens on a port of its own and carries every connection to `target` (host, port)."""

    def __init__(self, target):
        self.target = target
        self.reached = []  # (host, port) of each connection carried
        self.connections = []
        self.brought = 0  # bytes that callers were sent
        self.refusing = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.server = threading.Thread(target=self.serve, daemon=True)
        self.server.start()

    def serve(self):
        while True:
            try:
                caller, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.carry, args=(caller,), daemon=True).start()

    def carry(self, caller):
        self.connections.append(caller)
        try:
            callee = self.connect(caller)
        except (OSError, struct.error):
            caller.close()
            return
        self.connections.append(callee)
        if self.refusing:  # looked at last, so that nobody slips through who was late
            self.cut()
        back = threading.Thread(target=pump, args=(callee, caller, self.count), daemon=True)
        back.start()
        pump(caller, callee)
        back.join()
        caller.close()
        callee.close()

    def count(self, size):
        self.brought += size

    def connect(self, _):
        self.reached.append(self.target)
        return socket.create_connection(self.target)

    def cut(self):
        """Ends every connection that stands."""
        while self.connections:
            try:
                self.connections.pop().shutdown(socket.SHUT_RDWR)
            except (OSError, IndexError):
                pass

    def close(self):
        self.refusing = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # ends the accept under way
        except OSError:
            pass
        self.server.join()
        self.listener.close()
        self.cut()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class SocksProxy(Relay):
    """SOCKS5 without authentication, CONNECT only. `names` resolves host names that callers ask
    for; `denied` are ports that it will not reach."""

    SUCCEEDED, NOT_ALLOWED, HOST_UNREACHABLE, REFUSED = 0, 2, 4, 5

    def __init__(self, names=None):
        self.names = names or {}
        self.denied = set()
        self.asked = []  # (host, port) of each request, as asked
        super().__init__(None)

    def connect(self, caller):
        version, count = receive(caller, 2)
        methods = receive(caller, count)
        if version != 5 or 0 not in methods:
            caller.sendall(b"\x05\xff")
            raise ConnectionError("no method in common")
        caller.sendall(b"\x05\x00")
        host, port = self.read_request(caller)
        self.asked.append((host, port))
        if port in self.denied:
            self.answer(caller, self.NOT_ALLOWED)
            raise ConnectionError("denied")
        try:
            callee = socket.create_connection((self.names.get(host, host), port), timeout=10)
        except OSError:
            self.answer(caller, self.REFUSED)
            raise
        callee.settimeout(None)
        self.answer(caller, self.SUCCEEDED)
        self.reached.append((host, port))
        return callee

    def read_request(self, caller):
        version, command, _, kind = receive(caller, 4)
        if version != 5 or command != 1:
            raise ConnectionError("not a CONNECT")
        if kind == 3:
            host = receive(caller, receive(caller, 1)[0]).decode("ascii")
        else:
            family, size = {1: (socket.AF_INET, 4), 4: (socket.AF_INET6, 16)}[kind]
            host = socket.inet_ntop(family, receive(caller, size))
        return host, struct.unpack(">H", receive(caller, 2))[0]

    def answer(self, caller, code):
        caller.sendall(struct.pack(">BBBB4sH", 5, code, 0, 1, b"\0\0\0\0", 0))
