// SPDX-License-Identifier: Apache-2.0
#include "intake/peer_port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "wire/decode.h"
#include "wire/identity.h"

#include "base/fail.h"

enum { FRAME_HELLO = 1, FRAME_STATEMENTS, FRAME_LATER, FRAME_ASK_OFFERED, FRAME_ASK_TEXT, FRAME_TEXT, FRAME_ASK_CHUNK, FRAME_CHUNK, FRAME_BYE, FRAME_ASK_WHOLE };

// Deciding one takes some twenty microseconds, so a turn of that many stays below what others would notice.
enum { ITEMS_IN_A_TURN = LIMIT_FRAME_ITEMS };

struct peer_port {
    struct peer_port_sockets sockets;
    struct workers *workers;
    struct peer_keys *keys;
    uint64_t dropped;
    uint64_t refused;
};

// One received frame and who sent it.
struct received {
    enum link_side side;
    char agency[LIMIT_AGENCY_BYTES + 1];
    bool suspended;
    uint8_t routing[ROUTING_BYTES];
    unsigned call;
    zmq_msg_t body;
};

int peer_port_new(const struct peer_port_sockets *sockets, struct workers *workers, struct peer_keys *keys, struct peer_port **out_port)
{
    struct peer_port *port = calloc(1, sizeof(*port));
    if (port == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "peer port");
    }
    *port = (struct peer_port){.sockets = *sockets, .workers = workers, .keys = keys};
    *out_port = port;
    return 0;
}

void peer_port_free(struct peer_port **port)
{
    free(*port);
    *port = NULL;
}

uint64_t peer_port_dropped(const struct peer_port *port)
{
    return port->dropped;
}

uint64_t peer_port_refused_handshakes(const struct peer_port *port)
{
    return port->refused;
}

static void skip_rest(void *socket)
{
    int more = 1;
    size_t size = sizeof(more);
    while (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) == 0 && more) {
        zmq_msg_t rest;
        zmq_msg_init(&rest);
        int got = zmq_msg_recv(&rest, socket, ZMQ_DONTWAIT);
        zmq_msg_close(&rest);
        if (got < 0) {
            return;
        }
    }
}

// A key may have been withdrawn since the handshake: every frame is judged by today's directory.
static bool name_inbound(struct peer_port *port, struct received *received, const uint8_t *routing, int size)
{
    const char *user = zmq_msg_gets(&received->body, "User-Id");
    if (size != ROUTING_BYTES || routing[0] != 0 || user == NULL) {
        return false;
    }
    enum peer_keys_outcome outcome = peer_keys_recognise(port->keys, user, received->agency);
    if (outcome == PEER_KEYS_UNKNOWN) {
        return false;
    }
    received->suspended = outcome == PEER_KEYS_SUSPENDED;
    memcpy(received->routing, routing, ROUTING_BYTES);
    return true;
}

static bool name_outbound(struct received *received, const uint8_t *label, int size)
{
    const uint8_t *mark = size <= 0 ? NULL : memchr(label, '#', (size_t)size);
    if (mark == NULL || mark - label > LIMIT_AGENCY_BYTES) {
        return false;
    }
    memcpy(received->agency, label, (size_t)(mark - label));
    received->agency[mark - label] = '\0';
    for (const uint8_t *digit = mark + 1; digit < label + size; digit++) {
        received->call = received->call * 10 + (unsigned)(*digit - '0'); // as peer_link wrote it
    }
    return true;
}

enum receive_outcome { RECEIVED, RECEIVED_NOTHING, RECEIVED_JUNK };

static enum receive_outcome receive(struct peer_port *port, enum link_side side, struct received *received)
{
    void *socket = side == LINK_INBOUND ? port->sockets.inbound : port->sockets.outbound;
    uint8_t id[PEER_PORT_LABEL_BYTES + 8];
    int size = socket == NULL ? -1 : zmq_recv(socket, id, sizeof(id), ZMQ_DONTWAIT);
    if (size < 0) {
        return RECEIVED_NOTHING;
    }
    received->side = side;
    bool good = size <= (int)sizeof(id) && zmq_msg_recv(&received->body, socket, ZMQ_DONTWAIT) >= 0 && !zmq_msg_more(&received->body);
    skip_rest(socket);
    good = good && zmq_msg_size(&received->body) >= 2 && ((const uint8_t *)zmq_msg_data(&received->body))[0] == PROTOCOL_VERSION;
    good = good && (side == LINK_INBOUND ? name_inbound(port, received, id, size) : name_outbound(received, id, size));
    return good ? RECEIVED : RECEIVED_JUNK;
}

// ------------------------------------------------------------------------------------------------ small frames

static struct link_news *add_news(struct gathered *gathered, enum link_form form)
{
    struct link_news *news = &gathered->news[gathered->news_count++];
    *news = (struct link_news){.form = form};
    return news;
}

static ProtobufCMessage *decode(const ProtobufCMessageDescriptor *type, const struct received *received, struct arena *arena)
{
    const uint8_t *data = zmq_msg_data((zmq_msg_t *)&received->body);
    const struct bytes rest = arena_copy_bytes(arena, (struct bytes){data + 2, zmq_msg_size((zmq_msg_t *)&received->body) - 2});
    ProtobufCMessage *message;
    if (rest.data == NULL || decode_message(type, rest, &decode_frame_rules, arena, NULL, &message) != DECODE_OK) {
        return NULL;
    }
    return message;
}

static struct link_news *tell(struct gathered *gathered, enum link_form form, const struct received *received, const char *peer)
{
    struct link_news *news = add_news(gathered, form);
    news->side = received->side;
    news->peer = peer;
    memcpy(news->routing, received->routing, ROUTING_BYTES);
    news->call = received->call;
    return news;
}

static bool take_hello(struct gathered *gathered, const struct received *received, const char *peer, struct arena *arena)
{
    ProtobufCMessage *hello = decode(&wire__hello__descriptor, received, arena);
    if (hello == NULL) {
        return false;
    }
    tell(gathered, LINK_HELLO, received, peer)->hello = (const Wire__Hello *)hello;
    gathered->events[gathered->event_count++] = (struct event){.form = EVENT_HELLO, .peer = peer, .hello = (const Wire__Hello *)hello};
    return true;
}

static bool take_later(struct gathered *gathered, const struct received *received, const char *peer, struct arena *arena)
{
    ProtobufCMessage *later = decode(&wire__later__descriptor, received, arena);
    if (later != NULL) {
        tell(gathered, LINK_LATER, received, peer)->later = (const Wire__Later *)later;
    }
    return later != NULL;
}

static bool take_ask_offered(struct gathered *gathered, const struct received *received, const char *peer, struct arena *arena)
{
    ProtobufCMessage *ask = decode(&wire__ask_offered__descriptor, received, arena);
    if (ask == NULL) {
        return false;
    }
    gathered->events[gathered->event_count++] =
        (struct event){.form = EVENT_ASK_OFFERED, .peer = peer, .up_to = ((const Wire__AskOffered *)ask)->up_to};
    return true;
}

// A frame of another type may decode as one that is about a part; it names none.
static bool names_part(const char *author, ProtobufCBinaryData id)
{
    return identity_is_agency(author) && identity_is_id(decode_bytes(id));
}

static bool take_chunk(struct gathered *gathered, const struct received *received, const char *peer, struct arena *arena)
{
    const Wire__Chunk *chunk = (const Wire__Chunk *)decode(&wire__chunk__descriptor, received, arena);
    if (chunk == NULL || !names_part(chunk->author, chunk->id)) {
        return false;
    }
    tell(gathered, LINK_CHUNK, received, peer)->chunk = chunk;
    return true;
}

static bool take_ask_chunk(struct gathered *gathered, const struct received *received, const char *peer, struct arena *arena)
{
    const Wire__AskChunk *ask = (const Wire__AskChunk *)decode(&wire__ask_chunk__descriptor, received, arena);
    if (ask == NULL || !names_part(ask->author, ask->id)) {
        return false;
    }
    gathered->events[gathered->event_count++] = (struct event){.form = EVENT_ASK_CHUNK, .peer = peer, .ask_chunk = ask};
    return true;
}

static bool take_ask_whole(struct gathered *gathered, const struct received *received, const char *peer, struct arena *arena)
{
    const Wire__AskWhole *ask = (const Wire__AskWhole *)decode(&wire__ask_whole__descriptor, received, arena);
    bool named = ask != NULL && ask->n_parts > 0;
    for (size_t i = 0; named && i < ask->n_parts; i++) {
        named = names_part(ask->parts[i]->author, ask->parts[i]->id);
    }
    if (!named) {
        return false;
    }
    gathered->events[gathered->event_count++] = (struct event){.form = EVENT_ASK_WHOLE, .peer = peer, .ask_whole = ask};
    return true;
}

static bool take_bye(struct gathered *gathered, const struct received *received, const char *peer, struct arena *arena)
{
    ProtobufCMessage *bye = decode(&wire__bye__descriptor, received, arena);
    if (bye != NULL) {
        tell(gathered, LINK_BYE, received, peer)->bye = (const Wire__Bye *)bye;
    }
    return bye != NULL;
}

static bool take_frame(struct peer_port *port, struct gathered *gathered, const struct received *received, struct arena *arena)
{
    const uint8_t *data = zmq_msg_data((zmq_msg_t *)&received->body);
    size_t size = zmq_msg_size((zmq_msg_t *)&received->body);
    const char *peer = arena_copy_text(arena, received->agency);
    if (peer == NULL || (received->suspended && data[1] != FRAME_HELLO)) {
        return false;
    }
    tell(gathered, LINK_HEARD, received, peer);
    switch (data[1]) {
    case FRAME_HELLO:
        return take_hello(gathered, received, peer, arena);
    case FRAME_STATEMENTS:
        return workers_give(port->workers, peer, (struct bytes){data, size}) == WORKERS_TAKEN;
    case FRAME_LATER:
        return take_later(gathered, received, peer, arena);
    case FRAME_ASK_OFFERED:
        return take_ask_offered(gathered, received, peer, arena);
    case FRAME_BYE:
        return take_bye(gathered, received, peer, arena);
    case FRAME_ASK_CHUNK:
        return take_ask_chunk(gathered, received, peer, arena);
    case FRAME_CHUNK:
        return take_chunk(gathered, received, peer, arena);
    case FRAME_ASK_WHOLE:
        return take_ask_whole(gathered, received, peer, arena);
    default: // texts, and what later versions add
        return false;
    }
}

// ---------------------------------------------------------------------------------------------------- gather

static bool has_room(const struct peer_port *port, const struct gathered *gathered)
{
    return gathered->event_count < gathered->event_limit && gathered->news_count + 2 <= gathered->news_limit && gathered->bytes > 0 &&
           workers_have_room(port->workers);
}

static void gather_side(struct peer_port *port, enum link_side side, struct arena *arena, struct gathered *gathered)
{
    while (has_room(port, gathered)) {
        struct received received = {0};
        zmq_msg_init(&received.body);
        enum receive_outcome outcome = receive(port, side, &received);
        size_t size = zmq_msg_size(&received.body);
        if (outcome == RECEIVED_JUNK || (outcome == RECEIVED && !take_frame(port, gathered, &received, arena))) {
            port->dropped++;
        }
        zmq_msg_close(&received.body);
        if (outcome == RECEIVED_NOTHING) {
            return;
        }
        gathered->bytes -= size < gathered->bytes ? size : gathered->bytes;
    }
}

// What is left stays finished, so the next turn must follow at once: nothing will wake it.
static void gather_jobs(struct peer_port *port, struct gathered *gathered)
{
    size_t items = 0;
    while (true) {
        if (gathered->event_count >= gathered->event_limit || gathered->job_count >= gathered->job_limit || items >= ITEMS_IN_A_TURN) {
            gathered->more = true;
            return;
        }
        struct job *job = workers_take(port->workers);
        if (job == NULL) {
            return;
        }
        if (!job->decoded) {
            port->dropped++;
            workers_done(port->workers, &job);
            continue;
        }
        items += job->statements.count;
        gathered->jobs[gathered->job_count++] = job;
        gathered->events[gathered->event_count++] =
            (struct event){.form = EVENT_STATEMENTS, .peer = job->peer, .statements = job->statements};
    }
}

static void gather_monitor(struct peer_port *port, void *monitor, enum link_side side, struct arena *arena, struct gathered *gathered)
{
    uint8_t event[6];
    while (monitor != NULL && gathered->news_count < gathered->news_limit &&
           zmq_recv(monitor, event, sizeof(event), ZMQ_DONTWAIT) == (int)sizeof(event)) {
        char address[256] = "";
        int size = zmq_recv(monitor, address, sizeof(address) - 1, 0);
        address[size < 0 ? 0 : size < (int)sizeof(address) ? size : (int)sizeof(address) - 1] = '\0';
        uint16_t form;
        memcpy(&form, event, sizeof(form)); // in the machine's order, as libzmq writes it
        bool reached = form == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
        if (side == LINK_INBOUND && form == ZMQ_EVENT_DISCONNECTED) {
            add_news(gathered, LINK_SHAKEN);
            continue;
        }
        if (side == LINK_OUTBOUND && (reached || form == ZMQ_EVENT_DISCONNECTED)) {
            struct link_news *news = add_news(gathered, reached ? LINK_REACHED : LINK_BROKEN);
            news->endpoint = arena_copy_text(arena, address);
        } else if (form == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL || form == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL) {
            port->refused++; // wrong keys are counted by the guard that refused them
        }
    }
}

void peer_port_gather(struct peer_port *port, struct arena *arena, struct gathered *gathered)
{
    gather_monitor(port, port->sockets.outbound_monitor, LINK_OUTBOUND, arena, gathered);
    gather_monitor(port, port->sockets.inbound_monitor, LINK_INBOUND, arena, gathered);
    gather_side(port, LINK_OUTBOUND, arena, gathered);
    gather_side(port, LINK_INBOUND, arena, gathered);
    workers_go(port->workers);
    gather_jobs(port, gathered);
}
