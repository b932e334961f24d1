// SPDX-License-Identifier: Apache-2.0
#include "base/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <zmq.h>

#include "wire/limits.h"

#include "base/fail.h"

struct loop {
    void *context;
    zmq_pollitem_t items[LOOP_SOURCES];
    int count;
};

int loop_new(struct loop **out_loop)
{
    unsigned seed;
    if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) {
        return FAIL_ORIGIN(-EIO, "getrandom");
    }
    srand(seed);
    struct loop *loop = calloc(1, sizeof(*loop));
    if (loop == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "loop");
    }
    loop->context = zmq_ctx_new();
    if (loop->context == NULL) {
        free(loop);
        return FAIL_ORIGIN(-errno, "zmq_ctx_new");
    }
    zmq_ctx_set(loop->context, ZMQ_MAX_SOCKETS, 4096);
    *out_loop = loop;
    return 0;
}

void loop_free(struct loop **loop)
{
    if (*loop == NULL) {
        return;
    }
    zmq_ctx_term((*loop)->context);
    free(*loop);
    *loop = NULL;
}

static int set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value));
}

static int set_int64(void *socket, int option, int64_t value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value));
}

static int set_text(void *socket, int option, const char *value)
{
    return zmq_setsockopt(socket, option, value, strlen(value));
}

static int set_curve(void *socket, const struct loop_router *options)
{
    int result = options->side == LOOP_SERVER
                     ? set(socket, ZMQ_CURVE_SERVER, 1) | set_text(socket, ZMQ_ZAP_DOMAIN, options->zap_domain)
                     : set_text(socket, ZMQ_CURVE_PUBLICKEY, options->curve_public);
    return result | set_text(socket, ZMQ_CURVE_SECRETKEY, options->curve_secret);
}

// What CURVE wraps around a frame: the word MESSAGE, a nonce, flags and an authenticator, 33 bytes as it stands. The limit is on the wrapped frame.
enum { CURVE_BYTES = 64 };

// A peer that has gone without a word is found by the kernel within 45 seconds. ZeroMQ's own heartbeat would end us: when a caller hangs up while what
// it sent fills its queue, the next beat finds the connection broken and fails an assertion (4.3.4, stream_engine_base.cpp, out_event).
// Limits that must hold before CURVE has spoken (a stranger could otherwise make us take 4 GiB for one frame), small queues
// because the store is the queue, and a reconnect interval that brings traffic back within half a second.
static int set_sheet(void *socket, int high_water)
{
    return set(socket, ZMQ_LINGER, 0) | set(socket, ZMQ_SNDHWM, high_water) | set(socket, ZMQ_RCVHWM, high_water) |
           set_int64(socket, ZMQ_MAXMSGSIZE, LIMIT_FRAME_BYTES + CURVE_BYTES) | set(socket, ZMQ_HANDSHAKE_IVL, 5000) |
           set(socket, ZMQ_RECONNECT_IVL, 100) | set(socket, ZMQ_RECONNECT_IVL_MAX, 800) | set(socket, ZMQ_CONNECT_TIMEOUT, 2000) | set(socket, ZMQ_BACKLOG, 1024) |
           set(socket, ZMQ_ROUTER_MANDATORY, 1) | set(socket, ZMQ_ROUTER_HANDOVER, 0) | set(socket, ZMQ_TCP_KEEPALIVE, 1) |
           set(socket, ZMQ_TCP_KEEPALIVE_IDLE, 15) | set(socket, ZMQ_TCP_KEEPALIVE_INTVL, 10) | set(socket, ZMQ_TCP_KEEPALIVE_CNT, 3) |
           set(socket, ZMQ_TCP_MAXRT, 45000) | set(socket, ZMQ_IPV6, 1);
}

void *loop_router(struct loop *loop, const struct loop_router *options)
{
    void *socket = zmq_socket(loop->context, ZMQ_ROUTER);
    if (socket == NULL) {
        return NULL;
    }
    if ((set_sheet(socket, options->high_water) | set_curve(socket, options)) != 0) {
        int error = errno;
        zmq_close(socket);
        errno = error;
        return NULL;
    }
    return socket;
}

void *loop_socket(struct loop *loop, int type)
{
    void *socket = zmq_socket(loop->context, type);
    if (socket != NULL) {
        set(socket, ZMQ_LINGER, 0);
    }
    return socket;
}

void *loop_monitor(struct loop *loop, void *socket, const char *name)
{
    char endpoint[64] = "inproc://monitor-";
    strncat(endpoint, name, sizeof(endpoint) - strlen(endpoint) - 1);
    int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_ACCEPT_FAILED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    if (zmq_socket_monitor(socket, endpoint, events) != 0) {
        return NULL;
    }
    void *pair = loop_socket(loop, ZMQ_PAIR);
    if (pair != NULL) {
        set(pair, ZMQ_RCVHWM, 0); // a full PAIR would stop libzmq's thread, and with it every socket
    }
    if (pair != NULL && zmq_connect(pair, endpoint) != 0) {
        zmq_close(pair);
        return NULL;
    }
    return pair;
}

// The PAIR stays until the monitor has ended: libzmq's thread would wait for ever to tell an event to nobody, and hold a lock
// that the socket itself needs to close.
void loop_stop_monitor(void *socket, void **monitor)
{
    if (socket != NULL) {
        zmq_socket_monitor(socket, NULL, 0);
    }
    loop_close(monitor);
}

int loop_bind(void *socket, const char *endpoint)
{
    return zmq_bind(socket, endpoint) == 0 ? 0 : FAIL_ORIGIN(-errno, endpoint);
}

void loop_endpoint(void *socket, char *out_endpoint, size_t size)
{
    out_endpoint[0] = '\0';
    zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, out_endpoint, &size);
}

void loop_unbind(void *socket)
{
    char endpoint[256];
    loop_endpoint(socket, endpoint, sizeof(endpoint));
    zmq_unbind(socket, endpoint);
}

void loop_close(void **socket)
{
    if (*socket != NULL) {
        zmq_close(*socket);
        *socket = NULL;
    }
}

void loop_watch_socket(struct loop *loop, void *socket)
{
    must(loop->count < LOOP_SOURCES);
    loop->items[loop->count++] = (zmq_pollitem_t){.socket = socket, .events = ZMQ_POLLIN};
}

void loop_watch_fd(struct loop *loop, int fd)
{
    must(loop->count < LOOP_SOURCES);
    loop->items[loop->count++] = (zmq_pollitem_t){.fd = fd, .events = ZMQ_POLLIN};
}

void loop_forget(struct loop *loop, void *socket)
{
    for (int i = 0; i < loop->count; i++) {
        if (loop->items[i].socket == socket) {
            loop->items[i] = loop->items[--loop->count];
            return;
        }
    }
}

int loop_wait(struct loop *loop, int timeout_ms)
{
    if (zmq_poll(loop->items, loop->count, timeout_ms) < 0 && errno != EINTR) {
        return FAIL_ORIGIN(-errno, "zmq_poll");
    }
    return 0;
}

void loop_to_z85(const uint8_t key[32], char out_text[LOOP_Z85_BYTES])
{
    zmq_z85_encode(out_text, key, 32);
}

bool loop_from_z85(const char *text, uint8_t out_key[32])
{
    return strlen(text) == LOOP_Z85_BYTES - 1 && zmq_z85_decode(out_key, text) != NULL;
}

int loop_new_keypair(char out_public[LOOP_Z85_BYTES], char out_secret[LOOP_Z85_BYTES])
{
    return zmq_curve_keypair(out_public, out_secret) == 0 ? 0 : FAIL_ORIGIN(-errno, "zmq_curve_keypair");
}
