// SPDX-License-Identifier: Apache-2.0
// Before and beside statements: strangers, junk, greetings, routing ids.
#include "e2e/hostile_scenes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "wire/seal_key.h"

#include "intake/peer_port.h"

enum { GREETING_BYTES = 64, SILENT_SOCKETS = 100, JUNK_FRAMES = 200, JUNK_BYTES = 1000 };
enum { FLOOD_FRAMES = 2, FLOOD_ITEMS = FLOOD_FRAMES * LIMIT_FRAME_ITEMS, TINY_ITEMS = 60000, PATIENCE_MS = HOSTILE_PATIENCE_MS };

// ------------------------------------------------------------------------------------------ frames

struct junk {
    const char *name;
    uint8_t version;
    uint8_t type;
    const char *rest;
    size_t size;
};

static const struct junk junks[] = {
    {"type.0", 1, 0, "", 0},
    {"type.10", 1, 10, "", 0},
    {"type.200", 1, 200, "abc", 3},
    {"version.0", 0, 2, "", 0},
    {"version.2", 2, 1, "", 0},
    {"hello.junk", 1, 1, "\xff\xff\xff", 3},
    {"statements.empty", 1, 2, "", 0},
    {"later.junk", 1, 3, "\x0a\x7f", 2},
    {"ask-offered.junk", 1, 4, "\xff", 1},
    {"ask-text.junk", 1, 5, "\xff", 1},
    {"text.unasked", 1, 6, "\x0a\x01x\x12\x01y", 6},
    {"ask-chunk.junk", 1, 7, "\xff", 1},
    {"chunk.unasked", 1, 8, "\x0a\x01x\x10\x01\x1a\x01y", 8},
    {"bye.junk", 1, 9, "\xff", 1},
};

static void settle(struct talk *talk, const char *name, struct bytes frame)
{
    struct verdict verdict = talk_settle(talk, frame);
    hostile_report(name, &verdict, NULL);
}

// A frame of statements whose items hold nothing, written by hand.
static struct bytes hollow_frame(struct talk *talk, uint8_t seals, uint16_t claimed, uint32_t given)
{
    size_t size = FRAME_HEAD_BYTES + (size_t)seals * SEAL_BYTES + (size_t)given * FRAME_ITEM_BYTES;
    uint8_t *rest = arena_take(talk->stage->arena, size);
    text_put_u64(rest + 4, talk->epoch);
    text_put_u64(rest + 12, talk->next);
    rest[20] = seals;
    text_put_u16(rest + 21 + (size_t)seals * SEAL_BYTES, claimed);
    for (uint32_t i = 0; i < given; i++) {
        rest[FRAME_HEAD_BYTES + (size_t)seals * SEAL_BYTES + (size_t)i * FRAME_ITEM_BYTES] =
            FRAME_NUMBERED;
    }
    return forge_raw(PROTOCOL_VERSION, 2, (struct bytes){rest, size}, talk->stage->arena);
}

static void send_in_pieces(struct talk *talk)
{
    zmq_send(talk->socket, "\x01\x02", 2, ZMQ_SNDMORE);
    zmq_send(talk->socket, "middle", 6, ZMQ_SNDMORE);
    settle(talk, "pieces", (struct bytes){(const uint8_t *)"\x01\x01", 2});
}

static void send_noise(struct talk *talk)
{
    for (int i = 0; i < JUNK_FRAMES; i++) {
        uint8_t noise[JUNK_BYTES];
        forge_random(noise, sizeof(noise));
        noise[0] = i % 2 == 0 ? PROTOCOL_VERSION : noise[0];
        noise[1] = i % 4 == 0 ? 2 : noise[1];
        noise[1] = noise[1] == 9 ? 10 : noise[1]; // a bye would be believed
        talk_send(talk, (struct bytes){noise, sizeof(noise)});
    }
    settle(talk, "noise", (struct bytes){(const uint8_t *)"", 0});
}

void hostile_frames(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    talk_greet(talk);
    settle(talk, "empty", (struct bytes){(const uint8_t *)"", 0});
    settle(talk, "one-byte", (struct bytes){(const uint8_t *)"\x01", 1});
    for (size_t i = 0; i < sizeof(junks) / sizeof(junks[0]); i++) {
        const struct bytes rest = {(const uint8_t *)junks[i].rest, junks[i].size};
        settle(talk, junks[i].name, forge_raw(junks[i].version, junks[i].type, rest, stage->arena));
    }
    settle(talk, "items.none", hollow_frame(talk, 1, 0, 0));
    settle(talk, "items.claimed", hollow_frame(talk, 1, UINT16_MAX, 0));
    settle(talk, "items.no-seal", hollow_frame(talk, 0, 1, 1));
    settle(talk, "items.tiny", hollow_frame(talk, 1, TINY_ITEMS, TINY_ITEMS));
    send_in_pieces(talk);
    send_noise(talk);
    hostile_probe(talk);
    talk_close(&talk);
}

// More refusals than one receipt may list: each position must be told all the same.
void hostile_flood(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    talk_greet(talk);
    uint64_t first = talk->next;
    uint64_t told = 0;
    for (int i = 0; i < FLOOD_FRAMES; i++) {
        talk_send(talk, hollow_frame(talk, 1, LIMIT_FRAME_ITEMS, LIMIT_FRAME_ITEMS));
        talk->next += LIMIT_FRAME_ITEMS;
    }
    if (!talk_catch_up(talk)) {
        hostile_die("silence after the flood");
    }
    while (talk_decided(talk, first + FLOOD_ITEMS - 1).form == VERDICT_DROPPED &&
           talk_hear(talk, 3000)) {
    }
    for (uint64_t i = 0; i < FLOOD_ITEMS; i++) {
        told += talk_decided(talk, first + i).form == VERDICT_REFUSED;
    }
    hostile_tell_number("flood", "sent", FLOOD_ITEMS);
    hostile_tell_number("flood", "told", told);
    hostile_probe(talk);
    talk_close(&talk);
}

// A frame over the limit costs the connection, no more.
void hostile_large(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    uint8_t *large = arena_take(stage->arena, LIMIT_FRAME_BYTES + 1);
    large[0] = PROTOCOL_VERSION;
    large[1] = 2;
    talk_greet(talk);
    settle(talk, "largest", (struct bytes){large, LIMIT_FRAME_BYTES});
    talk_send(talk, (struct bytes){large, LIMIT_FRAME_BYTES + 1});
    talk_close(&talk);
    talk = talk_open_as(stage, &stage->self);
    talk_greet(talk);
    hostile_probe(talk);
    talk_close(&talk);
}

// ------------------------------------------------------------------------------------------ hellos

static struct talk_hello right_hello(const struct forge_agency *agency)
{
    return (struct talk_hello){.agency = agency->id, .version_least = 1, .version_most = 1};
}

struct greeting {
    const char *name;
    const char *agency; // NULL: our own
    bool test;
    uint32_t version_least;
    uint32_t version_most;
};

static void greet_wrongly(struct stage *stage, const struct greeting *greeting, struct bytes seen)
{
    const struct talk_hello hello = {
        .agency = greeting->agency == NULL ? stage->self.id : greeting->agency,
        .test = greeting->test,
        .version_least = greeting->version_least,
        .version_most = greeting->version_most,
        .seen = seen,
    };
    struct talk *talk = talk_open_as(stage, &stage->self);
    bool answered = talk_hello(talk, &hello, PATIENCE_MS);
    hostile_tell(greeting->name, "code",
                 !answered ? "silence" : talk->bye == NULL ? "greeted" : talk->bye->code);
    talk_close(&talk);
}

// A seal that the victim never made must not talk it into leaving its past.
static void claim_lost_past(struct stage *stage)
{
    static const struct greeting claim = {"hello.seen", NULL, false, 1, 1};
    uint8_t seal[SEAL_BYTES];
    struct forging forging;
    struct forged forged;
    struct talk *talk = talk_open_as(stage, &stage->self);
    talk_greet(talk);
    hostile_probe(talk);
    memcpy(seal, talk->victim_seal, SEAL_BYTES);
    talk_start(talk, &forging);
    snprintf(forging.seal.agency, sizeof(forging.seal.agency), "%s", stage->victim.id);
    forging.seal.suite = stage->victim.suite;
    memcpy(forging.seal.key_id, seal_key_id(stage->victim.public_key), KEY_ID_BYTES);
    forge_seal(&forging, stage->arena, &forged);
    talk_close(&talk);
    greet_wrongly(stage, &claim, (struct bytes){seal, SEAL_BYTES});
    greet_wrongly(stage, &claim, (struct bytes){forged.seal, SEAL_BYTES});
    greet_wrongly(stage, &claim, (struct bytes){seal, SEAL_BYTES - 1});
    seal[79] ^= 1; // its turn
    greet_wrongly(stage, &claim, (struct bytes){seal, SEAL_BYTES});
}

static void speak_first(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    struct forging forging;
    struct forged forged;
    talk_start(talk, &forging);
    forge_seal(&forging, stage->arena, &forged);
    const struct forge_place place = talk_place(talk);
    talk_send(talk, forge_frame(&forged, FRAME_NUMBERED, &place, stage->arena));
    talk_greet(talk);
    struct verdict verdict = talk_offer(talk, &forged);
    if (verdict.form == VERDICT_DROPPED) { // decided before: ask for the decision again
        verdict = talk_decided(talk, place.first);
    }
    hostile_report("before-hello", &verdict, &forged);
    talk_close(&talk);
}

void hostile_hellos(struct stage *stage)
{
    const struct greeting greetings[] = {
        {"hello.as-other", stage->other.id, false, 1, 1},
        {"hello.as-victim", stage->victim.id, false, 1, 1},
        {"hello.as-nobody", "", false, 1, 1},
        {"hello.test", NULL, true, 1, 1},
        {"hello.version-2", NULL, false, 2, 3},
        {"hello.version-0", NULL, false, 0, 0},
    };
    for (size_t i = 0; i < sizeof(greetings) / sizeof(greetings[0]); i++) {
        greet_wrongly(stage, &greetings[i], (struct bytes){NULL, 0});
    }
    claim_lost_past(stage);
    speak_first(stage);
}

// Ten minutes fast, said in the hello and in every seal.
void hostile_skew(struct stage *stage)
{
    const int64_t fast_ms = 600000;
    struct talk *talk = talk_open_as(stage, &stage->self);
    struct talk_hello hello = right_hello(&stage->self);
    hello.clock_ms = fast_ms;
    struct forging forging;
    struct forged forged;
    bool answered = talk_hello(talk, &hello, PATIENCE_MS);
    hostile_tell("hello.skew", "code", answered && talk->bye == NULL ? "greeted" : "bye");
    talk_start(talk, &forging);
    forging.seal.at += fast_ms;
    forge_seal(&forging, stage->arena, &forged);
    struct verdict verdict = talk_offer(talk, &forged);
    hostile_report("skewed", &verdict, &forged);
    talk_close(&talk);
}

// Greets, says something that is no greeting, and greets again: the second answer comes after it.
void hostile_suspended(struct stage *stage)
{
    static const char *const names[] = {"hello", "again"};
    struct talk *talk = talk_open_as(stage, &stage->self);
    struct talk_hello hello = right_hello(&stage->self);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        bool answered = talk_hello(talk, &hello, PATIENCE_MS);
        hostile_tell(names[i], "code",
                     !answered ? "silence" : talk->bye == NULL ? "greeted" : talk->bye->code);
        if (i == 0) {
            struct forging forging;
            struct forged forged;
            const struct forge_place place = {0, talk->epoch, 2}; // a gap: not held even when heard
            talk_start(talk, &forging);
            forge_seal(&forging, stage->arena, &forged);
            talk_send(talk, forge_frame(&forged, FRAME_NUMBERED, &place, stage->arena));
            talk_send(talk, forge_raw(PROTOCOL_VERSION, 4, (struct bytes){NULL, 0}, stage->arena));
        }
    }
    talk_close(&talk);
}

void hostile_bye(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    Wire__Bye bye = WIRE__BYE__INIT;
    talk_greet(talk);
    bye.code = forge_text("identity\n<2>L999 alarm: everything burns");
    struct bytes rest = decode_pack(&bye.base, stage->arena);
    talk_send(talk, forge_raw(PROTOCOL_VERSION, 9, rest, stage->arena));
    (void)getchar(); // until it was heard
    talk_close(&talk);
}

// Takes a message and says nothing about it.
void hostile_unreceipted(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    talk_greet(talk);
    int64_t end_at = forge_now() + PATIENCE_MS; // it greets from time to time, so silence is no sign
    while (talk->got_count < 2 && forge_now() < end_at && talk_hear(talk, PATIENCE_MS)) {
    }
    uint64_t offered = 0;
    for (size_t i = 0; i < talk->got_count; i++) {
        offered += talk->got[i].sequence == talk->got[0].sequence;
    }
    hostile_tell_number("unreceipted", "offered", offered);
    talk_close(&talk);
}

// --------------------------------------------------------------------------------------- strangers

static const char *handshake_word(uint16_t event)
{
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        return "let in";
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        return "turned away";
    default:
        return "no handshake";
    }
}

// What the door said to these keys.
static void knock(struct stage *stage, const char *name, const struct talk_options *options)
{
    uint8_t event[6];
    struct talk *talk = talk_open(stage, options);
    int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    const char *place = arena_format(stage->arena, "inproc://%s", name);
    zmq_socket_monitor(talk->socket, place, events);
    void *monitor = zmq_socket(stage->context, ZMQ_PAIR);
    const int patience = PATIENCE_MS;
    zmq_setsockopt(monitor, ZMQ_RCVTIMEO, &patience, sizeof(patience));
    zmq_connect(monitor, place);
    uint16_t form = 0;
    if (zmq_recv(monitor, event, sizeof(event), 0) == (int)sizeof(event)) {
        memcpy(&form, event, sizeof(form));
    }
    hostile_tell(name, "door", form == 0 ? "silence" : handshake_word(form));
    zmq_socket_monitor(talk->socket, NULL, 0);
    zmq_close(monitor);
    talk_close(&talk);
}

void hostile_strangers(struct stage *stage)
{
    char public_key[41];
    char secret_key[41];
    zmq_curve_keypair(public_key, secret_key);
    const struct talk_options stranger = {&stage->self, public_key, secret_key, NULL, {NULL, 0}};
    knock(stage, "stranger", &stranger);
    const struct talk_options self = {.self = &stage->self};
    knock(stage, "member", &self);
}

static int dial(struct stage *stage)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *port = strrchr(stage->endpoint, ':');
    address.sin_port = htons((uint16_t)atoi(port + 1));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        hostile_die("cannot dial: %s", strerror(errno));
    }
    return fd;
}

// True once the other side has hung up; what it sends is thrown away.
static bool is_hung_up(int fd, int timeout_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    char waste[4096];
    while (poll(&poll_fd, 1, timeout_ms) > 0) {
        if (read(fd, waste, sizeof(waste)) <= 0) {
            return true;
        }
    }
    return false;
}

// A command of the handshake that says it is 4 GiB long, and as much of it as is taken.
void hostile_giant(struct stage *stage)
{
    uint8_t greeting[GREETING_BYTES] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 'C', 'U', 'R',
                                        'V', 'E'};
    static const uint8_t command[] = {0x06, 0, 0, 0, 1, 0, 0, 0, 0};
    static uint8_t filling[1 << 16];
    uint64_t sent = 0;
    int fd = dial(stage);
    bool open = write(fd, greeting, sizeof(greeting)) == (ssize_t)sizeof(greeting) &&
                write(fd, command, sizeof(command)) == (ssize_t)sizeof(command);
    while (open && sent < UINT64_C(256) << 20) {
        ssize_t size = send(fd, filling, sizeof(filling), MSG_NOSIGNAL);
        open = size > 0;
        sent += size > 0 ? (uint64_t)size : 0;
    }
    hostile_tell_number("giant", "taken", sent);
    hostile_tell("giant", "line", !open || is_hung_up(fd, PATIENCE_MS) ? "cut" : "open");
    close(fd);
}

void hostile_silent(struct stage *stage)
{
    int fds[SILENT_SOCKETS];
    uint64_t hung_up = 0;
    for (size_t i = 0; i < SILENT_SOCKETS; i++) {
        fds[i] = dial(stage);
    }
    struct talk *talk = talk_open_as(stage, &stage->self);
    talk_greet(talk);
    hostile_probe(talk);
    int64_t end_at = forge_now() + PATIENCE_MS;
    for (size_t i = 0; i < SILENT_SOCKETS; i++) {
        int64_t left_ms = end_at - forge_now();
        hung_up += is_hung_up(fds[i], left_ms > 0 ? (int)left_ms : 0);
        close(fds[i]);
    }
    hostile_tell_number("silent", "dialled", SILENT_SOCKETS);
    hostile_tell_number("silent", "hung-up", hung_up);
    talk_close(&talk);
}

// ------------------------------------------------------------------------------------- routing ids

enum { GUESSES = 16, AHEAD = 4, ROUTING_ID_BYTES = 5, SHORT_MS = 300 };

static struct talk *open_with(struct stage *stage, const struct forge_agency *agency,
                              const void *routing, size_t size)
{
    struct talk_options options = {.self = agency};
    options.routing = (struct bytes){routing, size};
    return talk_open(stage, &options);
}

// The ids that an unseeded generator would give to the next connections, whichever of its numbers the listener began with. Whoever holds one of
// them when the victim wants to give it away stops the victim.
static void claim_next(struct stage *stage)
{
    struct talk *claims[GUESSES * AHEAD];
    uint32_t guesses[GUESSES];
    srand(1); // which is what a generator begins with that nobody has seeded
    for (int i = 0; i < GUESSES; i++) {
        uint32_t low = (uint32_t)rand();
        guesses[i] = low | (uint32_t)rand() << 31; // as libzmq makes one number of two
    }
    for (uint32_t i = 0; i < GUESSES * AHEAD; i++) {
        uint8_t id[ROUTING_ID_BYTES] = {0};
        text_put_u32(id + 1, guesses[i / AHEAD] + i % AHEAD);
        claims[i] = open_with(stage, &stage->self, id, sizeof(id));
        const struct talk_hello hello = right_hello(&stage->self);
        talk_hello(claims[i], &hello, SHORT_MS);
    }
    for (int i = 0; i < AHEAD; i++) {
        struct talk *talk = talk_open_as(stage, &stage->other);
        talk_greet(talk);
        talk_close(&talk);
    }
    for (uint32_t i = 0; i < GUESSES * AHEAD; i++) {
        talk_close(&claims[i]);
    }
    hostile_tell("routing.next", "victim", "alive");
}

static void claim_odd(struct stage *stage, const char *name, const void *routing, size_t size)
{
    const struct talk_hello hello = right_hello(&stage->self);
    struct talk *talk = open_with(stage, &stage->self, routing, size);
    bool answered = talk_hello(talk, &hello, SHORT_MS * 3);
    hostile_tell(name, "code", answered ? "greeted" : "silence");
    talk_close(&talk);
}

void hostile_routing(struct stage *stage)
{
    claim_next(stage);
    claim_odd(stage, "routing.name", stage->other.id, strlen(stage->other.id));
    claim_odd(stage, "routing.label", "yecheng-yixiang#1", 17);
    claim_odd(stage, "routing.five", "abcde", 5);
    claim_odd(stage, "routing.long", "\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
              60);
    struct talk *talk = talk_open_as(stage, &stage->self);
    talk_greet(talk);
    hostile_probe(talk);
    talk_close(&talk);
}

// The other member leaves, we take the id it had, and the victim writes to it: the test makes it
// write when this says that it is ready.
void hostile_departed(struct stage *stage)
{
    static const uint8_t id[ROUTING_ID_BYTES] = {0, 0xde, 0xad, 0xbe, 0xef};
    const struct talk_hello hello = right_hello(&stage->self);
    struct talk *talk = open_with(stage, &stage->other, id, sizeof(id));
    talk_greet(talk);
    talk_close(&talk);
    talk = open_with(stage, &stage->self, id, sizeof(id));
    // The victim may still think it taken. But we must be there before it finds out by itself that the other has left.
    for (int patience_ms = SHORT_MS / 10; !talk_hello(talk, &hello, patience_ms); patience_ms += patience_ms / 4) {
        talk_close(&talk);
        talk = open_with(stage, &stage->self, id, sizeof(id));
    }
    hostile_tell("departed", "ready", "yes");
    fflush(stdout);
    (void)getchar();
    if (!talk_catch_up(talk)) {
        hostile_die("silence after the id was taken");
    }
    uint64_t strange = 0;
    for (size_t i = 0; i < talk->got_count; i++) {
        strange += strcmp(talk->got[i].header->to[0], stage->self.id) != 0;
    }
    hostile_tell_number("departed", "strange", strange);
    talk_close(&talk);
}

// ----------------------------------------------------------------------------------- without names

// The port itself, behind a socket that asks nobody for a key: what comes in has no User-Id.
void hostile_unnamed(struct stage *stage)
{
    struct peer_keys *keys = NULL;
    struct workers *workers = NULL;
    struct peer_port *port = NULL;
    struct event events[8];
    struct link_news news[16];
    struct job *jobs[8];
    char endpoint[64];
    size_t size = sizeof(endpoint);
    void *inbound = zmq_socket(stage->context, ZMQ_ROUTER);
    void *caller = zmq_socket(stage->context, ZMQ_DEALER);
    const struct peer_port_sockets sockets = {inbound, NULL, NULL, NULL};
    int wake = eventfd(0, EFD_CLOEXEC);
    zmq_bind(inbound, "tcp://127.0.0.1:*");
    zmq_getsockopt(inbound, ZMQ_LAST_ENDPOINT, endpoint, &size);
    zmq_connect(caller, endpoint);
    struct workers_options options = {.threads = 1,
                                      .domain = SEAL_REAL,
                                      .wake_fd = wake,
                                      .window_frames = 8,
                                      .window_bytes = 1 << 20};
    int made = peer_keys_new(&keys);
    options.keys = keys;
    if (made < 0 || workers_new(&options, &workers) < 0 ||
        peer_port_new(&sockets, workers, keys, &port) < 0) {
        hostile_die("cannot make a port");
    }
    zmq_send(caller, "\x01\x01", 2, 0);
    zmq_send(caller, "\x01\x02", 2, 0);
    struct gathered gathered = {.events = events, .event_limit = 8, .news = news, .news_limit = 16,
                                .jobs = jobs, .job_limit = 8, .bytes = 1 << 20};
    zmq_pollitem_t item = {.socket = inbound, .events = ZMQ_POLLIN};
    while (peer_port_dropped(port) < 2 && zmq_poll(&item, 1, PATIENCE_MS) > 0) {
        peer_port_gather(port, stage->arena, &gathered);
    }
    hostile_tell_number("unnamed", "dropped", peer_port_dropped(port));
    hostile_tell_number("unnamed", "events", gathered.event_count + gathered.news_count);
    peer_port_free(&port);
    workers_free(&workers);
    peer_keys_free(&keys);
    zmq_close(inbound);
    zmq_close(caller);
    close(wake);
}
