# SPDX-License-Identifier: Apache-2.0
"""What the transport alone carries: libzmq with CURVE between two processes of this machine, frames as large as a
chunk of an attachment, and nothing hashed, written or synced. No daemon that speaks it can be faster."""

import ctypes
import multiprocessing
import time

PULL, PUSH = 7, 8
HIGH_WATER, CURVE_SERVER, CURVE_PUBLIC, CURVE_SECRET, CURVE_SERVER_KEY, SEND_WATER = 24, 47, 48, 49, 50, 23
LAST_ENDPOINT, RECEIVE_TIMEOUT, PATIENCE_MS = 32, 27, 30000
KEY_BYTES = 41
FRAME_BYTES = 256 << 10
WARM, FRAMES, IN_FLIGHT = 64, 2048, 16


def load_zmq():
    zmq = ctypes.CDLL("libzmq.so.5")
    zmq.zmq_ctx_new.restype = zmq.zmq_socket.restype = ctypes.c_void_p
    zmq.zmq_socket.argtypes = [ctypes.c_void_p, ctypes.c_int]
    zmq.zmq_setsockopt.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
    zmq.zmq_getsockopt.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    zmq.zmq_close.argtypes = zmq.zmq_ctx_term.argtypes = [ctypes.c_void_p]
    zmq.zmq_bind.argtypes = zmq.zmq_connect.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    zmq.zmq_send.argtypes = zmq.zmq_recv.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
    return zmq


def make_pair(zmq):
    public, secret = ctypes.create_string_buffer(KEY_BYTES), ctypes.create_string_buffer(KEY_BYTES)
    assert zmq.zmq_curve_keypair(public, secret) == 0
    return public.value, secret.value


def open_socket(zmq, context, kind, options):
    socket = zmq.zmq_socket(context, kind)
    for option, value in options.items():
        if isinstance(value, int):
            value = ctypes.c_int(value)
            assert zmq.zmq_setsockopt(socket, option, ctypes.byref(value), ctypes.sizeof(value)) == 0
        else:
            assert zmq.zmq_setsockopt(socket, option, value, len(value)) == 0
    return socket


def push(endpoint, server_key):
    zmq = load_zmq()
    public, secret = make_pair(zmq)
    keys = {CURVE_PUBLIC: public, CURVE_SECRET: secret, CURVE_SERVER_KEY: server_key}
    socket = open_socket(zmq, zmq.zmq_ctx_new(), PUSH, {SEND_WATER: IN_FLIGHT, **keys})
    assert zmq.zmq_connect(socket, endpoint) == 0
    frame = bytes(FRAME_BYTES)
    for _ in range(WARM + FRAMES):
        assert zmq.zmq_send(socket, frame, FRAME_BYTES, 0) == FRAME_BYTES
    time.sleep(60)  # it is ended from outside, once all has come


def pull(zmq, socket):
    """Seconds that the frames took to come."""
    buffer = ctypes.create_string_buffer(FRAME_BYTES)
    started = 0.0
    for number in range(WARM + FRAMES):
        if number == WARM:
            started = time.monotonic()
        assert zmq.zmq_recv(socket, buffer, FRAME_BYTES, 0) == FRAME_BYTES, "no frame comes"
    return time.monotonic() - started


def bare_rate():
    """MiB a second."""
    zmq = load_zmq()
    public, secret = make_pair(zmq)
    context = zmq.zmq_ctx_new()
    keys = {CURVE_SERVER: 1, CURVE_SECRET: secret}
    socket = open_socket(zmq, context, PULL, {HIGH_WATER: IN_FLIGHT, RECEIVE_TIMEOUT: PATIENCE_MS, **keys})
    assert zmq.zmq_bind(socket, b"tcp://127.0.0.1:*") == 0
    endpoint, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
    assert zmq.zmq_getsockopt(socket, LAST_ENDPOINT, endpoint, ctypes.byref(size)) == 0
    pusher = multiprocessing.get_context("spawn").Process(target=push, args=(endpoint.value, public), daemon=True)
    pusher.start()
    try:
        return FRAMES * FRAME_BYTES / (1 << 20) / pull(zmq, socket)
    finally:
        pusher.terminate()
        pusher.join()
        zmq.zmq_close(socket)
        zmq.zmq_ctx_term(context)
