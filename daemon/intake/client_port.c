// SPDX-License-Identifier: Apache-2.0
#include "intake/client_port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "wire/decode.h"

#include "base/fail.h"
#include "intake/request.h"

struct client_port {
    void *socket;
    struct client_keys *keys;
    uint64_t dropped;
};

int client_port_new(void *socket, struct client_keys *keys, struct client_port **out_port)
{
    struct client_port *port = calloc(1, sizeof(*port));
    if (port == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "client port");
    }
    *port = (struct client_port){.socket = socket, .keys = keys};
    *out_port = port;
    return 0;
}

void client_port_free(struct client_port **port)
{
    free(*port);
    *port = NULL;
}

uint64_t client_port_dropped(const struct client_port *port)
{
    return port->dropped;
}

// Reads the identity frame, then the one body frame. False: nothing waits. A message of another shape comes back with size 0.
static bool receive(struct client_port *port, uint8_t *out_routing, zmq_msg_t *body, bool *out_good)
{
    uint8_t routing[64];
    int size = zmq_recv(port->socket, routing, sizeof(routing), ZMQ_DONTWAIT);
    if (size < 0) {
        return false;
    }
    *out_good = size == ROUTING_BYTES && routing[0] == 0 && zmq_msg_recv(body, port->socket, ZMQ_DONTWAIT) >= 0;
    memcpy(out_routing, routing, ROUTING_BYTES);
    while (*out_good ? zmq_msg_more(body) : 1) {
        zmq_msg_t rest;
        zmq_msg_init(&rest);
        int got = zmq_msg_recv(&rest, port->socket, ZMQ_DONTWAIT);
        int more = got >= 0 && zmq_msg_more(&rest);
        zmq_msg_close(&rest);
        *out_good = false;
        if (!more) {
            break;
        }
    }
    return true;
}

// The number that a request which does not decode begins with, so that its client can tell which one was refused; 0 if it has none.
static uint64_t number_of(struct bytes body)
{
    uint64_t number = 0;
    if (body.size < 2 || body.data[0] != (1 << 3)) {
        return 0;
    }
    for (size_t i = 1; i < body.size && i <= 10; i++) {
        number |= (uint64_t)(body.data[i] & 0x7f) << (7 * (i - 1));
        if ((body.data[i] & 0x80) == 0) {
            return number;
        }
    }
    return 0;
}

// A request that does not decode becomes one that asks nothing, which the rules refuse.
static const Control__Request *decode(struct arena *arena, struct bytes body)
{
    static const Control__Request nothing = CONTROL__REQUEST__INIT;
    const struct bytes copy = arena_copy_bytes(arena, body);
    ProtobufCMessage *request;
    if (copy.data != NULL &&
        decode_message(&control__request__descriptor, copy, &decode_control_rules, arena, NULL, &request) == DECODE_OK) {
        return (const Control__Request *)request;
    }
    Control__Request *empty = arena_take(arena, sizeof(*empty));
    if (empty == NULL) {
        return &nothing;
    }
    control__request__init(empty);
    empty->number = number_of(body);
    return empty;
}

static bool make_event(struct client_port *port, struct arena *arena, const uint8_t *routing, zmq_msg_t *body, struct event *out_event)
{
    const char *user = zmq_msg_gets(body, "User-Id"); // of the body frame: the first frame loses it when prefetched
    if (user == NULL) {
        return false;
    }
    const char *name = "";
    enum client_role role = client_keys_role(port->keys, user, &name); // none: its key was withdrawn while its connection stood
    const Control__Request *request = decode(arena, (struct bytes){zmq_msg_data(body), zmq_msg_size(body)});
    char *client = arena_copy_text(arena, name);
    *out_event = (struct event){
        .form = EVENT_REQUEST,
        .request = {.client = client == NULL ? "" : client, .user = arena_copy_text(arena, user), .role = role, .request = request},
    };
    memcpy(out_event->request.from.routing, routing, ROUTING_BYTES);
    out_event->request.allowed = role != ROLE_NONE && (request->ask_case == CONTROL__REQUEST__ASK__NOT_SET || request_allowed(request->ask_case, role));
    return out_event->request.user != NULL;
}

size_t client_port_gather(struct client_port *port, struct arena *arena, size_t limit, size_t *bytes, struct event *out_events)
{
    size_t count = 0;
    while (count < limit && *bytes > 0) {
        uint8_t routing[ROUTING_BYTES];
        zmq_msg_t body;
        bool good;
        zmq_msg_init(&body);
        if (!receive(port, routing, &body, &good)) {
            zmq_msg_close(&body);
            break;
        }
        size_t size = zmq_msg_size(&body);
        *bytes -= size < *bytes ? size : *bytes;
        if (good && make_event(port, arena, routing, &body, &out_events[count])) {
            count++;
        } else {
            port->dropped++;
        }
        zmq_msg_close(&body);
    }
    return count;
}
