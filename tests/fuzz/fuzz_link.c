// SPDX-License-Identifier: Apache-2.0
//
// Greetings, later and bye of two peers who called the bureau, in any order and at any time. Both listen: no statements reach one
// that has not greeted, or has said bye since, and none beyond the window that it granted.
#include "fuzz/fuzz.h"

#include <zmq.h>

#include "fuzz/play.h"
#include "unit/lead.h"

#include "base/log.h"
#include "base/wallclock.h"
#include "dispatch/peer_link.h"

#define DOOR "inproc://door"

enum { PEERS = 2, MOST_WORDS = 32, MORE_NOTES = 12, LONGEST_PAUSE_MS = 120000, PUMPS = 4, FRAME_STATEMENTS_TYPE = 2 };

static const struct decode_rules rules = {.bytes = LIMIT_FRAME_BYTES, .depth = 6, .fields = LIMIT_FIELDS, .unknown = DECODE_KEEP_UNKNOWN};

static void *inbound;
static void *outbound;
static void *callers[PEERS];
static struct member *bureau;

struct peer {
    const struct member *member;
    bool greeted;
    uint32_t window; // messages
};

struct talk {
    struct peer_links *links;
    struct view *view;
    struct arena *arena;
    struct mono now;
    struct wall wall;
    struct peer peers[PEERS];
};

static void *open_socket(void *context, int type, const char *routing)
{
    const int on = 1;
    const int none = 0;
    void *socket = zmq_socket(context, type);
    must(socket != NULL && zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none) == 0);
    if (type == ZMQ_ROUTER) {
        must(zmq_setsockopt(socket, ZMQ_ROUTER_MANDATORY, &on, sizeof on) == 0);
    } else {
        must(zmq_setsockopt(socket, ZMQ_ROUTING_ID, routing, ROUTING_BYTES) == 0 && zmq_connect(socket, DOOR) == 0);
    }
    return socket;
}

// A peer's way back, as the door of a daemon would name it.
static const char routings[PEERS][ROUTING_BYTES + 1] = {"one..", "two.."};

int LLVMFuzzerInitialize(int *count, char ***words)
{
    void *context = zmq_ctx_new();
    (void)count;
    (void)words;
    log_set_level(0);
    play_open();
    bureau = &play_town()->members[PLAY_BUREAU];
    for (size_t i = 0; i < MORE_NOTES; i++) {
        const struct member *to = &play_town()->members[PLAY_TOWNSHIP + i % PEERS];
        town_submit(bureau, town_draft(play_town(), "note", to->id, lead_note(play_town()->arena, "请尽快研判。")));
    }
    outbound = open_socket(context, ZMQ_ROUTER, NULL);
    inbound = open_socket(context, ZMQ_ROUTER, NULL);
    must(zmq_bind(inbound, DOOR) == 0);
    for (size_t i = 0; i < PEERS; i++) {
        callers[i] = open_socket(context, ZMQ_DEALER, routings[i]);
    }
    return 0;
}

const ProtobufCMessageDescriptor *fuzz_shape(struct bytes input, size_t *out_front)
{
    (void)input;
    *out_front = 0;
    return &play__talk__descriptor;
}

static void check_statements(const struct talk *talk, const struct peer *peer, struct bytes rest)
{
    struct stream_place place = view_outgoing(talk->view, peer->member->id, 0, talk->arena);
    struct frame frame;
    uint64_t count = 0;
    must(peer->greeted);
    must(envelope_decode_frame(rest, talk->arena, &frame) == ENVELOPE_OK && frame.stream == 0 && frame.epoch == place.epoch);
    for (size_t i = 0; i < frame.item_count; i++) {
        count += frame.items[i].role == FRAME_NUMBERED || frame.items[i].role == FRAME_RECALLED;
    }
    must(frame.first >= 1 && frame.first + count - 1 <= place.last);
    must(frame.first + count - 1 <= place.settled + (peer->window == 0 ? 1 : peer->window));
}

static void listen(const struct talk *talk, size_t number)
{
    static uint8_t data[LIMIT_FRAME_BYTES];
    int size;
    while ((size = zmq_recv(callers[number], data, sizeof data, ZMQ_DONTWAIT)) >= 0) {
        must(size >= 2 && size <= LIMIT_FRAME_BYTES && data[0] == PROTOCOL_VERSION);
        if (talk != NULL && data[1] == FRAME_STATEMENTS_TYPE) {
            check_statements(talk, &talk->peers[number], (struct bytes){data + 2, (size_t)size - 2});
        }
    }
}

static void pump(struct talk *talk)
{
    for (int i = 0; i < PUMPS && peer_link_pump(talk->links, talk->view, talk->now, talk->wall, talk->arena); i++) {
    }
    for (size_t i = 0; i < PEERS; i++) {
        listen(talk, i);
    }
    while (peer_link_take_down(talk->links, talk->now) != NULL) {
    }
}

static void say_hello(struct talk *talk, struct peer *peer, struct link_news *news, const Wire__Hello *hello)
{
    news->form = LINK_HELLO;
    news->hello = hello;
    peer_link_hear(talk->links, news, talk->now, talk->wall);
    peer_link_greet(talk->links, talk->view, peer->member->id, hello->answer, talk->now, talk->wall, talk->arena);
    peer->window = hello->window_messages;
    peer->greeted = true;
}

static void say_later(struct talk *talk, const struct peer *peer, struct link_news *news, Wire__Later *later)
{
    later->epoch += view_outgoing(talk->view, peer->member->id, 0, talk->arena).epoch;
    news->form = LINK_LATER;
    news->later = later;
    peer_link_hear(talk->links, news, talk->now, talk->wall);
}

static void say(struct talk *talk, const Play__Word *word)
{
    struct peer *peer = &talk->peers[word->from % PEERS];
    struct link_news news = {.form = LINK_HEARD, .side = word->outbound ? LINK_OUTBOUND : LINK_INBOUND, .peer = peer->member->id};
    memcpy(news.routing, routings[word->from % PEERS], ROUTING_BYTES);
    switch (word->is_case) {
    case PLAY__WORD__IS_HELLO:
        say_hello(talk, peer, &news, word->hello);
        return;
    case PLAY__WORD__IS_LATER:
        say_later(talk, peer, &news, word->later);
        return;
    case PLAY__WORD__IS_BYE:
        news.form = LINK_BYE;
        news.bye = word->bye;
        peer->greeted = peer->greeted && word->outbound; // on the other link
        break;
    case PLAY__WORD__IS_SHAKEN:
        news.form = LINK_SHAKEN;
        break;
    case PLAY__WORD__IS_ASK_OFFERED:
        peer_link_ask_offered(talk->links, peer->member->id, (int64_t)((uint64_t)talk->wall.ms + (uint64_t)word->ask_offered));
        return;
    case PLAY__WORD__IS_HEARD:
    case PLAY__WORD__IS__NOT_SET:
    case _PLAY__WORD__IS__CASE_IS_INT_SIZE:
        break;
    }
    peer_link_hear(talk->links, &news, talk->now, talk->wall);
}

static void open_talk(struct talk *talk)
{
    const struct peer_link_options options = {.outbound = outbound, .inbound = inbound, .window_messages = 4096, .window_bytes = 8 << 20};
    *talk = (struct talk){.view = town_view(bureau), .arena = fuzz_arena(), .now = wallclock_mono(), .wall = {play_town()->now}};
    must(peer_link_new(&options, &talk->links) == 0);
    for (size_t i = 0; i < PEERS; i++) {
        talk->peers[i].member = &play_town()->members[PLAY_TOWNSHIP + i];
        must(peer_link_set(talk->links, talk->peers[i].member->id, NULL, "", false) == 0);
        listen(NULL, i); // what the last input left
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    ProtobufCMessage *message;
    struct talk talk;
    must(arena != NULL || arena_new(64 << 20, &arena) == 0);
    arena_reset(arena);
    if (decode_message(&play__talk__descriptor, (struct bytes){data, size}, &rules, arena, NULL, &message) != DECODE_OK) {
        return 0;
    }
    const Play__Talk *script = (const Play__Talk *)message;
    open_talk(&talk);
    for (size_t i = 0; i < script->n_words && i < MOST_WORDS; i++) {
        int64_t pause_ms = script->words[i]->after_ms % LONGEST_PAUSE_MS;
        talk.now.ms += pause_ms;
        talk.wall.ms += pause_ms;
        say(&talk, script->words[i]);
        pump(&talk);
    }
    peer_link_free(&talk.links);
    return 0;
}
