// SPDX-License-Identifier: Apache-2.0
#include "lib/channel.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "wire/limits.h"

enum {
    HANDSHAKE_TIMEOUT_MS = 5000,
    // A daemon restarts within a second or two; a client that comes back late would be the slower
    // part. One that stays away is not called fifty times a second.
    RECONNECT_MS = 20,
    RECONNECT_MOST_MS = 500,
    CONNECT_TIMEOUT_MS = 2000,
    // A network can swallow a connection without a word.
    HEARTBEAT_MS = 5000,
    HEARTBEAT_TIMEOUT_MS = 15000,
    WATCHED_EVENTS =
        ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED,
};

struct channel {
    void *socket;
    void *monitor;
    enum channel_state state;
    uint64_t connection;
    zmq_msg_t received;
};

// One context a process, made by the first session and never ended: ending one takes the random
// source from all others (libzmq 4.3.4 with libsodium).
static pthread_once_t context_once = PTHREAD_ONCE_INIT;
static void *context;
static atomic_uint channel_count;

static void make_context(void)
{
    context = zmq_ctx_new();
}

static int set_number(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value);
}

static int set_options(void *socket, const struct client_key *key)
{
    int fault = 0;
    fault |= set_number(socket, ZMQ_LINGER, 0);
    fault |= set_number(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_TIMEOUT_MS);
    fault |= set_number(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    fault |= set_number(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MOST_MS);
    fault |= set_number(socket, ZMQ_CONNECT_TIMEOUT, CONNECT_TIMEOUT_MS);
    fault |= set_number(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS);
    fault |= set_number(socket, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS);
    fault |= set_number(socket, ZMQ_IPV6, 1);
    fault |= zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &(int64_t){LIMIT_FRAME_BYTES}, sizeof(int64_t));
    fault |= zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, key->server, CLIENT_KEY_Z85_BYTES);
    fault |= zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, key->public, CLIENT_KEY_Z85_BYTES);
    fault |= zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, key->secret, CLIENT_KEY_Z85_BYTES);
    return fault;
}

// The monitor must listen before the socket connects, or the first handshake goes unnoticed.
static int connect_watched(struct channel *channel, const struct client_key *key)
{
    char address[48];
    snprintf(address, sizeof address, "inproc://liaison-%u", atomic_fetch_add(&channel_count, 1));
    if (zmq_socket_monitor(channel->socket, address, WATCHED_EVENTS) != 0) {
        return -errno;
    }
    channel->monitor = zmq_socket(context, ZMQ_PAIR);
    if (channel->monitor == NULL || set_number(channel->monitor, ZMQ_LINGER, 0) != 0 ||
        zmq_connect(channel->monitor, address) != 0 ||
        zmq_connect(channel->socket, key->endpoint) != 0) {
        return -errno;
    }
    return 0;
}

int channel_open(const struct client_key *key, struct channel **out_channel)
{
    pthread_once(&context_once, make_context);
    struct channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL || context == NULL) {
        free(channel);
        return -ENOMEM;
    }
    zmq_msg_init(&channel->received);
    channel->socket = zmq_socket(context, ZMQ_DEALER);
    int fault = channel->socket == NULL ? -errno : 0;
    if (fault == 0 && set_options(channel->socket, key) != 0) {
        fault = -EINVAL;
    }
    if (fault == 0) {
        fault = connect_watched(channel, key);
    }
    if (fault != 0) {
        channel_close(&channel);
        return fault;
    }
    *out_channel = channel;
    return 0;
}

void channel_close(struct channel **pointer)
{
    struct channel *channel = *pointer;
    if (channel == NULL) {
        return;
    }
    if (channel->socket != NULL) {
        zmq_socket_monitor(channel->socket, NULL, 0);
        zmq_close(channel->socket);
    }
    if (channel->monitor != NULL) {
        zmq_close(channel->monitor);
    }
    zmq_msg_close(&channel->received);
    free(channel);
    *pointer = NULL;
}

enum channel_state channel_state(const struct channel *channel)
{
    return channel->state;
}

uint64_t channel_connection(const struct channel *channel)
{
    return channel->connection;
}

static void note_event(struct channel *channel, uint16_t event)
{
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        channel->state = CHANNEL_UP;
        channel->connection++;
    } else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        channel->state = CHANNEL_BARRED;
    } else if (event == ZMQ_EVENT_DISCONNECTED && channel->state == CHANNEL_UP) {
        channel->state = CHANNEL_DOWN;
    }
}

// An event of the monitor is two frames; the first holds its number in host order.
static void read_monitor(struct channel *channel)
{
    for (;;) {
        uint8_t head[16];
        char address[256];
        int size = zmq_recv(channel->monitor, head, sizeof head, ZMQ_DONTWAIT);
        if (size < (int)sizeof(uint16_t)) {
            return;
        }
        uint16_t event;
        memcpy(&event, head, sizeof event);
        zmq_recv(channel->monitor, address, sizeof address, ZMQ_DONTWAIT);
        note_event(channel, event);
    }
}

int channel_wait(struct channel *channel, enum channel_wish wish, int64_t timeout_ms)
{
    short events = wish == CHANNEL_RECEIVE_AND_SEND && channel->state == CHANNEL_UP
                       ? ZMQ_POLLIN | ZMQ_POLLOUT
                       : ZMQ_POLLIN;
    zmq_pollitem_t items[] = {
        {.socket = channel->socket, .events = events},
        {.socket = channel->monitor, .events = ZMQ_POLLIN},
    };
    if (zmq_poll(items, 2, timeout_ms < 0 ? 0 : (long)timeout_ms) < 0 && errno != EINTR) {
        return -errno;
    }
    read_monitor(channel);
    return 0;
}

enum channel_send_outcome channel_send(struct channel *channel, const void *frame, size_t size)
{
    if (channel->state != CHANNEL_UP || zmq_send(channel->socket, frame, size, ZMQ_DONTWAIT) < 0) {
        return CHANNEL_FULL;
    }
    return CHANNEL_SENT;
}

const uint8_t *channel_receive(struct channel *channel, size_t *out_size)
{
    if (zmq_msg_recv(&channel->received, channel->socket, ZMQ_DONTWAIT) < 0) {
        return NULL;
    }
    *out_size = zmq_msg_size(&channel->received);
    return zmq_msg_data(&channel->received);
}
