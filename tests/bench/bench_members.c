// SPDX-License-Identifier: Apache-2.0
//
// Many members in one process, for the row of a thousand peers: each has keys, a card and a connection
// of its own, greets, keeps its link up as a daemon does, proves what it is sent and signs a receipt
// for it. None has a store: a receipt here is a claim, and only the hub is measured.
//
//     bench_members HUB ENDPOINT PREFIX COUNT FOLDER SUITE FRAMES [CATEGORY COMPACT PROCEDURE]
//
// PREFIX0000, PREFIX0001 … are made in FOLDER, added at the daemon of folder HUB, and stay until
// standard input ends. One JSON line when they were added, one when all were greeted, one when each
// has said FRAMES more frames, as in weeks of pings, and one at the end. With a category each subscribes to it first, under the compact
// and the procedure in that file.
#include "e2e/forge.h"

#include <liaison/liaison.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "wire/header.h"
#include "wire/identity.h"
#include "wire/link.pb-c.h"
#include "wire/seal_key.h"
#include "wire/sharing.pb-c.h"
#include "wire/tree.h"

#include "base/keyring.h"
#include "base/loop.h"
#include "card.h"

enum {
    MEMBERS_MOST = 4096,
    TURN_MS = 1000,
    CHAT_MS = 200, // between two frames of a member
    PING_MS = 15000, // as a daemon's
    WINDOW_MESSAGES = 4096,
    WINDOW_BYTES = 8 << 20,
    HIGH_WATER = 64,
    CARD_BYTES = 64 << 10,
    ARENA_BYTES = 64 << 20,
    LABEL_BYTES = 64,
};

enum { FRAME_HELLO = 1, FRAME_STATEMENTS = 2 };

struct member {
    struct forge_agency agency;
    bool greeted;
    uint64_t said_ms;
};

struct members {
    struct arena *arena; // of the frame in hand
    struct loop *loop;
    void *socket;
    const char *prefix;
    struct forge_agency hub;
    uint8_t proven[SEAL_BYTES]; // the last seal whose signature was verified
    uint64_t epoch;
    struct member *list;
    size_t count;
    size_t greeted;
    uint64_t received;
    const char *compact;
    struct digest procedure;
};

__attribute__((noreturn)) static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "bench_members: %s: %s\n", what, why);
    fflush(NULL);
    _Exit(1);
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void tell(const char *what, uint64_t count, uint64_t since_ms)
{
    printf("{\"%s\": %" PRIu64 ", \"seconds\": %.3f}\n", what, count, (double)(now_ms() - since_ms) / 1000);
    fflush(stdout);
}

// ------------------------------------------------------------------------------------------ agencies

static void make_keys(struct config *config, struct arena *arena)
{
    enum keyring_outcome outcome;
    struct keyring *keyring = NULL;
    if (keyring_create(config->keys, config_suite(config)) < 0 ||
        keyring_open(config->keys, config_suite(config), &outcome, &keyring) < 0 ||
        outcome != KEYRING_OK) {
        give_up(config->keys, "cannot make keys");
    }
    struct bytes card = card_make(config, keyring, SEAL_REAL, forge_now(), arena);
    if (card.data == NULL || card_write(config, card, arena) < 0) {
        give_up(config->folder, "cannot make a card");
    }
    keyring_free(&keyring);
}

static void make_agency(struct members *members, size_t index, const char *folder, const char *suite)
{
    static struct config config;
    config = (struct config){.own_name = 1, .region = "653126", .sector = "township", .telephone = "0998-7280000"};
    snprintf(config.agency, sizeof(config.agency), "%s%04zu", members->prefix, index);
    snprintf(config.name, sizeof(config.name), "成员机关%04zu", index);
    snprintf(config.suite, sizeof(config.suite), "%s", suite);
    if (snprintf(config.folder, sizeof(config.folder), "%s/%.40s", folder, config.agency) >= CONFIG_TEXT_BYTES ||
        snprintf(config.keys, sizeof(config.keys), "%.*s/keys", CONFIG_TEXT_BYTES - 8, config.folder) < 0 ||
        mkdir(config.folder, 0700) != 0) {
        give_up(config.folder, "cannot make the folder");
    }
    make_keys(&config, members->arena);
    if (!forge_open(config.folder, FORGE_WITH_KEYS, members->arena, &members->list[index].agency)) {
        give_up(config.folder, "cannot open it");
    }
    arena_reset(members->arena);
}

static void introduce(struct liaison_session *session, const char *folder, const char *agency)
{
    static char text[CARD_BYTES];
    char path[4096];
    char *json = NULL;
    snprintf(path, sizeof(path), "%s/%s/card", folder, agency);
    FILE *file = fopen(path, "re");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof(text), file);
    if (file != NULL) {
        fclose(file);
    }
    if (liaison_peer_add(session, text, size, &json) != LIAISON_DONE) {
        give_up(agency, liaison_error_text(session));
    }
    liaison_free(json);
}

static void introduce_all(struct members *members, const char *hub, const char *folder)
{
    struct liaison_session *session = NULL;
    uint64_t since_ms = now_ms();
    if (liaison_open(hub, "administrator", &session) != LIAISON_DONE) {
        give_up(hub, "cannot speak to it");
    }
    for (size_t i = 0; i < members->count; i++) {
        introduce(session, folder, members->list[i].agency.id);
    }
    liaison_close(&session);
    tell("introduced", members->count, since_ms);
}

// --------------------------------------------------------------------------------------------- links

static void send_frame(struct members *members, struct member *member, struct bytes frame)
{
    if (zmq_send(members->socket, member->agency.id, strlen(member->agency.id), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
        zmq_send(members->socket, frame.data, frame.size, ZMQ_DONTWAIT) < 0) {
        give_up(member->agency.id, zmq_strerror(errno));
    }
    member->said_ms = now_ms();
}

static void say_hello(struct members *members, struct member *member, bool answer)
{
    Wire__Hello hello = WIRE__HELLO__INIT;
    hello.version_least = PROTOCOL_VERSION;
    hello.version_most = PROTOCOL_VERSION;
    hello.agency = member->agency.id;
    hello.clock_at = forge_now();
    hello.epoch = members->epoch;
    hello.window_messages = WINDOW_MESSAGES;
    hello.window_bytes = WINDOW_BYTES;
    hello.answer = answer;
    struct bytes rest = decode_pack(&hello.base, members->arena);
    send_frame(members, member, forge_raw(PROTOCOL_VERSION, FRAME_HELLO, rest, members->arena));
}

// One socket, a connection a member: libzmq takes the keys that are set when it connects.
static void connect_all(struct members *members, const char *endpoint)
{
    void *socket = members->socket;
    const char *server = members->hub.curve_public;
    for (size_t i = 0; i < members->count; i++) {
        const struct forge_agency *agency = &members->list[i].agency;
        if (zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server, strlen(server)) != 0 ||
            zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, agency->curve_public, strlen(agency->curve_public)) != 0 ||
            zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, agency->curve_secret, strlen(agency->curve_secret)) != 0 ||
            zmq_setsockopt(socket, ZMQ_CONNECT_ROUTING_ID, agency->id, strlen(agency->id)) != 0 ||
            zmq_connect(socket, endpoint) != 0) {
            give_up(agency->id, zmq_strerror(errno));
        }
        say_hello(members, &members->list[i], false);
        arena_reset(members->arena);
    }
}

static void hear_hello(struct members *members, struct member *member, struct bytes rest)
{
    ProtobufCMessage *message;
    if (decode_message(&wire__hello__descriptor, rest, &decode_frame_rules, members->arena, NULL, &message) != DECODE_OK) {
        give_up(member->agency.id, "heard a hello that does not decode");
    }
    members->greeted += !member->greeted;
    member->greeted = true;
    if (!((const Wire__Hello *)message)->answer) {
        say_hello(members, member, true);
    }
}

// ---------------------------------------------------------------------------------------- statements

static void prove(struct members *members, const struct frame *frame, size_t index, struct digest *out_leaf)
{
    const uint8_t *sealed = frame->seals + (size_t)frame->items[index].seal * SEAL_BYTES;
    struct seal seal;
    struct envelope envelope;
    Wire__Header *header;
    bool known = memcmp(members->proven, sealed, SEAL_BYTES) == 0;
    if (!seal_decode(sealed, &seal) || (!known && seal_key_check(sealed, members->hub.public_key) != SEAL_KEY_OK) ||
        envelope_decode(frame->items[index].body, &envelope) != ENVELOPE_OK ||
        envelope_prove(&seal, &envelope, out_leaf) != ENVELOPE_OK ||
        header_open(&seal, &envelope, members->arena, NULL, &header) != ENVELOPE_OK ||
        envelope_check_parts(&seal, &envelope, header) != ENVELOPE_OK) {
        give_up(members->hub.id, "sent what does not verify");
    }
    memcpy(members->proven, sealed, SEAL_BYTES);
}

static void give_receipt(struct members *members, struct member *member, const struct frame *frame, const struct digest *leaves)
{
    static const uint8_t no_matter[ID_BYTES];
    static const struct digest no_procedure;
    const struct forge_letter letter = {&member->agency, members->hub.id, &no_procedure, members->epoch};
    const struct forge_place place = {0, members->epoch, 0};
    struct digest root;
    struct forging forging;
    struct forged forged;
    Wire__Run run = WIRE__RUN__INIT;
    Wire__Run *runs[] = {&run};
    Wire__Receipt receipt = WIRE__RECEIPT__INIT;
    tree_root_of(member->agency.suite, leaves, frame->item_count, &root);
    run.stream = frame->stream;
    run.epoch = frame->epoch;
    run.from = frame->first;
    run.to = frame->first + frame->item_count - 1;
    run.received_at = forge_now();
    run.root = forge_binary(root.bytes, DIGEST_BYTES, members->arena);
    receipt.runs = runs;
    receipt.n_runs = 1;
    forge_start(&letter, members->arena, &forging);
    forge_reply(&forging, "receipt", &receipt.base, NULL, members->arena);
    forging.header.matter = forge_binary(no_matter, ID_BYTES, members->arena);
    forging.header.compact = forge_text("");
    forging.header.procedure.len = 0;
    forge_seal(&forging, members->arena, &forged);
    send_frame(members, member, forge_frame(&forged, FRAME_UNNUMBERED, &place, members->arena));
}

static void hear_statements(struct members *members, struct member *member, struct bytes rest)
{
    struct frame frame;
    if (envelope_decode_frame(rest, members->arena, &frame) != ENVELOPE_OK) {
        give_up(member->agency.id, "heard a frame that does not decode");
    }
    struct digest *leaves = arena_take_array(members->arena, frame.item_count, sizeof(*leaves));
    if (frame.item_count == 1 && frame.items[0].role == FRAME_UNNUMBERED) {
        return; // the receipt for what it asked
    }
    for (size_t i = 0; i < frame.item_count; i++) {
        if (frame.items[i].role != FRAME_NUMBERED) {
            give_up(member->agency.id, "heard what this load does not send");
        }
        prove(members, &frame, i, &leaves[i]);
    }
    give_receipt(members, member, &frame, leaves);
    members->received += frame.item_count;
}

static struct member *find(struct members *members, const char *label, int size)
{
    char text[LABEL_BYTES + 1] = "";
    size_t prefix = strlen(members->prefix);
    memcpy(text, label, size < 0 ? 0 : size > LABEL_BYTES ? LABEL_BYTES : (size_t)size);
    size_t index = strncmp(text, members->prefix, prefix) == 0 ? strtoull(text + prefix, NULL, 10) : SIZE_MAX;
    if (index >= members->count) {
        give_up(text, "nobody has this label");
    }
    return &members->list[index];
}

// False: nothing waits.
static bool hear(struct members *members)
{
    char label[LABEL_BYTES];
    int size = zmq_recv(members->socket, label, sizeof(label), ZMQ_DONTWAIT);
    if (size < 0) {
        return false;
    }
    struct member *member = find(members, label, size);
    zmq_msg_t message;
    zmq_msg_init(&message);
    if (zmq_msg_recv(&message, members->socket, ZMQ_DONTWAIT) < 2) {
        give_up(member->agency.id, "heard too short a frame");
    }
    const uint8_t *data = zmq_msg_data(&message);
    const struct bytes rest = {data + 2, zmq_msg_size(&message) - 2};
    if (data[1] == FRAME_HELLO) {
        hear_hello(members, member, rest);
    } else if (data[1] == FRAME_STATEMENTS) {
        hear_statements(members, member, rest);
    } else {
        give_up(member->agency.id, "heard neither a greeting nor statements");
    }
    zmq_msg_close(&message);
    arena_reset(members->arena);
    return true;
}

static void keep_up(struct members *members)
{
    uint64_t now = now_ms();
    for (size_t i = 0; i < members->count; i++) {
        if (now - members->list[i].said_ms > PING_MS) {
            say_hello(members, &members->list[i], true);
            arena_reset(members->arena);
        }
    }
}

static void hear_all(struct members *members, int timeout_ms)
{
    loop_wait(members->loop, timeout_ms);
    while (hear(members)) {
    }
}

static void chat(struct members *members, size_t frames)
{
    for (size_t round = 0; round < frames; round++) {
        for (size_t i = 0; i < members->count; i++) {
            say_hello(members, &members->list[i], true);
            arena_reset(members->arena);
        }
        hear_all(members, CHAT_MS);
    }
}

// Each asks for what the hub publishes of a category.
static void subscribe(struct members *members, struct member *member, const char *category)
{
    const struct forge_letter letter = {&member->agency, members->hub.id, &members->procedure, members->epoch};
    const struct forge_place place = {0, members->epoch, 1};
    struct forging forging;
    struct forged forged;
    Body__Wanted wanted = BODY__WANTED__INIT;
    Body__Wanted *list[] = {&wanted};
    Body__SubscriptionRequest request = BODY__SUBSCRIPTION_REQUEST__INIT;
    wanted.category = forge_text(category);
    request.wanted = list;
    request.n_wanted = 1;
    request.purpose = forge_text("日常监管");
    forge_start(&letter, members->arena, &forging);
    forge_reply(&forging, "subscription.request", &request.base, NULL, members->arena);
    forging.header.compact = forge_text(members->compact);
    forge_seal(&forging, members->arena, &forged);
    send_frame(members, member, forge_frame(&forged, FRAME_NUMBERED, &place, members->arena));
    arena_reset(members->arena);
}

// Until each has its answer.
static void subscribe_all(struct members *members, const char *category, uint64_t since_ms)
{
    for (size_t i = 0; i < members->count; i++) {
        subscribe(members, &members->list[i], category);
    }
    while (members->received < members->count) {
        hear_all(members, TURN_MS);
        keep_up(members);
    }
    tell("subscribed", members->count, since_ms);
    members->received = 0;
}

static void read_procedure(struct members *members, const char *path)
{
    static uint8_t text[1 << 20];
    FILE *file = fopen(path, "re");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof(text), file);
    if (size == 0) {
        give_up(path, "cannot read it");
    }
    fclose(file);
    hash_sm3((struct bytes){text, size}, &members->procedure);
}

static bool input_ended(void)
{
    char byte;
    zmq_pollitem_t item = {.fd = STDIN_FILENO, .events = ZMQ_POLLIN};
    return zmq_poll(&item, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

static void serve(struct members *members, size_t frames, const char *category, uint64_t since_ms)
{
    while (members->greeted < members->count) {
        hear_all(members, TURN_MS);
    }
    tell("greeted", members->greeted, since_ms);
    chat(members, frames);
    tell("chatted", frames * members->count, since_ms);
    if (category != NULL) {
        subscribe_all(members, category, since_ms);
    }
    while (!input_ended()) {
        hear_all(members, TURN_MS);
        keep_up(members);
    }
    tell("received", members->received, since_ms);
}

static void open_parts(struct members *members, const char *hub)
{
    if (arena_new(ARENA_BYTES, &members->arena) < 0 || loop_new(&members->loop) < 0) {
        give_up("start", "no memory");
    }
    if (!forge_open(hub, FORGE_CARD_ONLY, members->arena, &members->hub)) {
        give_up(hub, "has no card");
    }
    members->epoch = (uint64_t)(forge_now() / 1000) << 24;
}

static void open_socket(struct members *members)
{
    const struct forge_agency *any = &members->list[0].agency;
    const struct loop_router options = {LOOP_CLIENT, NULL, any->curve_public, any->curve_secret, HIGH_WATER};
    members->socket = loop_router(members->loop, &options);
    if (members->socket == NULL) {
        give_up("socket", zmq_strerror(errno));
    }
    loop_watch_socket(members->loop, members->socket);
    loop_watch_fd(members->loop, STDIN_FILENO);
}

int main(int argc, char **argv)
{
    struct members members = {0};
    bool subscribes = argc == 11;
    size_t count = argc == 8 || subscribes ? strtoull(argv[4], NULL, 10) : 0;
    if (count == 0 || count > MEMBERS_MOST) {
        fprintf(stderr, "usage: %s HUB ENDPOINT PREFIX COUNT FOLDER SUITE FRAMES [CATEGORY COMPACT PROCEDURE]\n", argv[0]);
        return 2;
    }
    members.prefix = argv[3];
    members.count = count;
    members.list = calloc(count, sizeof(*members.list));
    open_parts(&members, argv[1]);
    if (subscribes) {
        members.compact = argv[9];
        read_procedure(&members, argv[10]);
    }
    for (size_t i = 0; members.list != NULL && i < count; i++) {
        make_agency(&members, i, argv[5], argv[6]);
    }
    open_socket(&members);
    introduce_all(&members, argv[1], argv[5]);
    uint64_t since_ms = now_ms();
    connect_all(&members, argv[2]);
    serve(&members, strtoull(argv[7], NULL, 10), subscribes ? argv[8] : NULL, since_ms);
    loop_close(&members.socket);
    loop_free(&members.loop);
    for (size_t i = 0; i < count; i++) {
        seal_key_free(&members.list[i].agency.public_key);
        EVP_PKEY_free(members.list[i].agency.key);
    }
    seal_key_free(&members.hub.public_key);
    arena_free(&members.arena);
    free(members.list);
    return 0;
}
