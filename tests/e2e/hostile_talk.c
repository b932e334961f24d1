// SPDX-License-Identifier: Apache-2.0
#include "e2e/hostile.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "wire/header.h"
#include "wire/kinds.h"
#include "wire/seal_key.h"

enum { FRAME_HELLO = 1, FRAME_STATEMENTS, FRAME_LATER, FRAME_BYE = 9, FAR_AHEAD = 1000000, FRAME_ASK_CHUNK = 7, FRAME_CHUNK = 8 };
enum { WINDOW_MESSAGES = 4096, WINDOW_BYTES = 1 << 20 };

static const uint32_t MARKER_STREAM = 0x70000000;

static void set_text(void *socket, int option, const char *text)
{
    zmq_setsockopt(socket, option, text, strlen(text));
}

static void *connect_socket(struct stage *stage, const struct talk_options *options)
{
    void *socket = zmq_socket(stage->context, ZMQ_DEALER);
    const int none = 0;
    const int patience = HOSTILE_PATIENCE_MS;
    const char *server = options->server_key == NULL ? stage->victim.curve_public
                                                     : options->server_key;
    bool own = options->curve_public == NULL;
    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof(none));
    zmq_setsockopt(socket, ZMQ_SNDTIMEO, &patience, sizeof(patience));
    set_text(socket, ZMQ_CURVE_SERVERKEY, server);
    set_text(socket, ZMQ_CURVE_PUBLICKEY,
             own ? options->self->curve_public : options->curve_public);
    set_text(socket, ZMQ_CURVE_SECRETKEY,
             own ? options->self->curve_secret : options->curve_secret);
    if (options->routing.data != NULL &&
        zmq_setsockopt(socket, ZMQ_ROUTING_ID, options->routing.data, options->routing.size) != 0) {
        hostile_die("cannot choose a routing id");
    }
    if (zmq_connect(socket, stage->endpoint) != 0) {
        hostile_die("cannot connect to %s", stage->endpoint);
    }
    return socket;
}

// Later than every epoch used before, so that positions begin at 1 again.
static uint64_t fresh_epoch(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec << 24 | (uint64_t)now.tv_nsec / 60;
}

struct talk *talk_open(struct stage *stage, const struct talk_options *options)
{
    struct talk *talk = calloc(1, sizeof(*talk));
    if (talk == NULL) {
        hostile_die("no memory");
    }
    talk->stage = stage;
    talk->self = options->self;
    talk->socket = connect_socket(stage, options);
    talk->epoch = fresh_epoch();
    talk->next = 1;
    return talk;
}

struct talk *talk_open_as(struct stage *stage, const struct forge_agency *self)
{
    const struct talk_options options = {.self = self};
    return talk_open(stage, &options);
}

void talk_close(struct talk **talk)
{
    if (*talk != NULL) {
        zmq_close((*talk)->socket);
        free(*talk);
        *talk = NULL;
    }
}

void talk_send(struct talk *talk, struct bytes frame)
{
    if (zmq_send(talk->socket, frame.data, frame.size, 0) < 0) {
        hostile_die("cannot send: %s", zmq_strerror(zmq_errno()));
    }
}

// ----------------------------------------------------------------------------------------- hearing

static void file_receipt(struct talk *talk, struct bytes content)
{
    ProtobufCMessage *receipt;
    if (decode_message(&wire__receipt__descriptor, content, &decode_body_rules, talk->stage->arena,
                       NULL, &receipt) == DECODE_OK &&
        talk->receipt_count < HOSTILE_RECEIPTS) {
        talk->receipts[talk->receipt_count++] = (const Wire__Receipt *)receipt;
    }
}

// The victim's statements are checked like anybody's: what it says must be provable.
static const Wire__Header *open_item(struct talk *talk, const uint8_t *sealed, struct bytes body,
                                     struct envelope *envelope, struct digest *out_leaf)
{
    struct seal seal;
    Wire__Header *header;
    if (!seal_decode(sealed, &seal) || seal_key_check(sealed, talk->stage->victim.public_key) != SEAL_KEY_OK ||
        envelope_decode(body, envelope) != ENVELOPE_OK ||
        envelope_prove(&seal, envelope, out_leaf) != ENVELOPE_OK ||
        header_open(&seal, envelope, talk->stage->arena, NULL, &header) != ENVELOPE_OK) {
        hostile_die("the victim sent what does not verify");
    }
    memcpy(talk->victim_seal, sealed, SEAL_BYTES);
    return header;
}

static void file_statements(struct talk *talk, struct bytes rest)
{
    struct frame frame;
    if (envelope_decode_frame(rest, talk->stage->arena, &frame) != ENVELOPE_OK) {
        hostile_die("the victim sent a frame that does not decode");
    }
    uint64_t sequence = frame.first;
    for (size_t i = 0; i < frame.item_count; i++) {
        struct envelope envelope;
        struct digest leaf;
        const uint8_t *sealed = frame.seals + (size_t)frame.items[i].seal * SEAL_BYTES;
        const Wire__Header *header =
            open_item(talk, sealed, frame.items[i].body, &envelope, &leaf);
        if (frame.items[i].role == FRAME_UNNUMBERED && strcmp(header->kind, "receipt") == 0) {
            file_receipt(talk, envelope.parts[0].content);
        } else if (frame.items[i].role == FRAME_NUMBERED && talk->got_count < HOSTILE_GOT) {
            talk->got[talk->got_count++] = (struct got){header, leaf, frame.epoch, sequence};
        }
        sequence += frame.items[i].role == FRAME_NUMBERED || frame.items[i].role == FRAME_RECALLED;
    }
}

static ProtobufCMessage *decode(struct talk *talk, const ProtobufCMessageDescriptor *type,
                                struct bytes rest)
{
    ProtobufCMessage *message;
    if (decode_message(type, rest, &decode_frame_rules, talk->stage->arena, NULL, &message) !=
        DECODE_OK) {
        hostile_die("the victim sent a %s that does not decode", type->name);
    }
    return message;
}

static void file_frame(struct talk *talk, struct bytes frame)
{
    const struct bytes rest = {frame.data + 2, frame.size - 2};
    switch (frame.data[1]) {
    case FRAME_HELLO:
        talk->hello = (const Wire__Hello *)decode(talk, &wire__hello__descriptor, rest);
        talk->hello_count++;
        return;
    case FRAME_STATEMENTS:
        file_statements(talk, rest);
        return;
    case FRAME_LATER:
        talk->later = (const Wire__Later *)decode(talk, &wire__later__descriptor, rest);
        talk->later_count++;
        return;
    case FRAME_BYE:
        talk->bye = (const Wire__Bye *)decode(talk, &wire__bye__descriptor, rest);
        return;
    case FRAME_ASK_CHUNK:
        talk->ask = (const Wire__AskChunk *)decode(talk, &wire__ask_chunk__descriptor, rest);
        talk->ask_count++;
        return;
    case FRAME_CHUNK:
        talk->chunk = (const Wire__Chunk *)decode(talk, &wire__chunk__descriptor, rest);
        talk->chunk_count++;
        return;
    default:
        return;
    }
}

bool talk_hear(struct talk *talk, int timeout_ms)
{
    zmq_pollitem_t item = {.socket = talk->socket, .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, timeout_ms) <= 0) {
        return false;
    }
    zmq_msg_t message;
    zmq_msg_init(&message);
    if (zmq_msg_recv(&message, talk->socket, ZMQ_DONTWAIT) < 0 || zmq_msg_size(&message) < 2) {
        hostile_die("the victim sent too short a frame");
    }
    const struct bytes frame = {zmq_msg_data(&message), zmq_msg_size(&message)};
    const struct bytes kept = arena_copy_bytes(talk->stage->arena, frame);
    zmq_msg_close(&message);
    if (kept.data == NULL) {
        hostile_die("no memory");
    }
    file_frame(talk, kept);
    return true;
}

// ---------------------------------------------------------------------------------------- greeting

bool talk_hello(struct talk *talk, const struct talk_hello *options, int timeout_ms)
{
    Wire__Hello hello = WIRE__HELLO__INIT;
    size_t heard = talk->hello_count;
    hello.version_least = options->version_least;
    hello.version_most = options->version_most;
    hello.agency = forge_text(options->agency);
    hello.test = options->test;
    hello.clock_at = forge_now() + options->clock_ms;
    hello.epoch = talk->epoch;
    hello.seen.data = (uint8_t *)(uintptr_t)options->seen.data;
    hello.seen.len = options->seen.size;
    hello.window_messages = WINDOW_MESSAGES;
    hello.window_bytes = WINDOW_BYTES;
    struct bytes rest = decode_pack(&hello.base, talk->stage->arena);
    talk->bye = NULL;
    talk_send(talk, forge_raw(PROTOCOL_VERSION, FRAME_HELLO, rest, talk->stage->arena));
    while (talk->hello_count == heard && talk->bye == NULL) {
        if (!talk_hear(talk, timeout_ms)) {
            return false;
        }
    }
    return true;
}

void talk_greet(struct talk *talk)
{
    const struct talk_hello hello = {.agency = talk->self->id,
                                     .version_least = PROTOCOL_VERSION,
                                     .version_most = PROTOCOL_VERSION};
    if (!talk_hello(talk, &hello, HOSTILE_PATIENCE_MS) || talk->bye != NULL) {
        hostile_die("%s is not greeted", talk->self->id);
    }
}

// -------------------------------------------------------------------------------------- statements

void talk_start(const struct talk *talk, struct forging *out_forging)
{
    const struct forge_letter letter = {talk->self, talk->stage->victim.id,
                                        &talk->stage->procedure, talk->epoch};
    forge_start(&letter, talk->stage->arena, out_forging);
}

struct forge_place talk_place(const struct talk *talk)
{
    return (struct forge_place){0, talk->epoch, talk->next};
}

// A position far ahead is answered with the one that is wanted, whatever the item holds.
static struct bytes question(struct talk *talk, uint32_t stream, uint64_t first)
{
    struct forged nothing = {.body = {NULL, 0}};
    const struct forge_place place = {stream, talk->epoch, first};
    return forge_frame(&nothing, FRAME_NUMBERED, &place, talk->stage->arena);
}

bool talk_catch_up(struct talk *talk)
{
    uint32_t marker = MARKER_STREAM + ++talk->marker;
    talk_send(talk, question(talk, marker, 2));
    while (talk->later == NULL || talk->later->stream != marker) {
        if (!talk_hear(talk, HOSTILE_PATIENCE_MS)) {
            return false;
        }
    }
    return true;
}

static struct verdict judge_receipt(const struct talk *talk, const Wire__Receipt *receipt,
                                    uint64_t position)
{
    for (size_t i = 0; i < receipt->n_runs; i++) {
        const Wire__Run *run = receipt->runs[i];
        if (run->stream == 0 && run->epoch == talk->epoch && run->from <= position &&
            position <= run->to) {
            return (struct verdict){VERDICT_HELD, "", ""};
        }
    }
    for (size_t i = 0; i < receipt->n_refusals; i++) {
        const Wire__Refused *refused = receipt->refusals[i];
        if (refused->stream == 0 && refused->epoch == talk->epoch &&
            refused->position == position) {
            return (struct verdict){VERDICT_REFUSED, refused->code, refused->detail};
        }
    }
    return (struct verdict){VERDICT_DROPPED, "", ""};
}

struct verdict talk_decided(const struct talk *talk, uint64_t position)
{
    struct verdict verdict = {VERDICT_DROPPED, "", ""};
    for (size_t i = talk->receipt_count; i > 0 && verdict.form == VERDICT_DROPPED; i--) {
        verdict = judge_receipt(talk, talk->receipts[i - 1], position);
    }
    return verdict;
}

// Hears until the answer to the last question came; what the victim wants of stream 0 is the last
// that was said of it before. 0: it does not answer.
static uint64_t hear_wanted(struct talk *talk, uint32_t marker, const char **out_reason)
{
    uint64_t wanted = 0;
    for (;;) {
        size_t count = talk->later_count;
        if (!talk_hear(talk, HOSTILE_PATIENCE_MS)) {
            return 0;
        }
        if (talk->later_count == count || talk->later->epoch != talk->epoch) {
            continue;
        }
        if (talk->later->stream == marker) {
            return wanted;
        }
        if (talk->later->stream == 0) {
            wanted = talk->later->position;
            *out_reason = strcmp(talk->later->reason, "gap") == 0 ? *out_reason
                                                                  : talk->later->reason;
        }
    }
}

struct verdict talk_settle(struct talk *talk, struct bytes frame)
{
    const char *reason = NULL;
    uint32_t marker = MARKER_STREAM + ++talk->marker;
    talk_send(talk, frame);
    talk_send(talk, question(talk, 0, talk->next + FAR_AHEAD));
    talk_send(talk, question(talk, marker, 2));
    uint64_t wanted = hear_wanted(talk, marker, &reason);
    if (wanted == 0) {
        return (struct verdict){VERDICT_SILENT, "", ""};
    }
    if (wanted == talk->next) {
        return (struct verdict){reason == NULL ? VERDICT_DROPPED : VERDICT_LATER,
                                reason == NULL ? "" : reason, ""};
    }
    struct verdict verdict = talk_decided(talk, talk->next);
    while (verdict.form == VERDICT_DROPPED) { // decided, so a receipt is on its way
        if (!talk_hear(talk, HOSTILE_PATIENCE_MS)) {
            return (struct verdict){VERDICT_SILENT, "", ""};
        }
        verdict = talk_decided(talk, talk->next);
    }
    talk->next = wanted;
    return verdict;
}

struct verdict talk_offer(struct talk *talk, const struct forged *forged)
{
    const struct forge_place place = talk_place(talk);
    return talk_settle(talk, forge_frame(forged, FRAME_NUMBERED, &place, talk->stage->arena));
}
