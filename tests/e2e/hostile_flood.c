// SPDX-License-Identifier: Apache-2.0
// A member who sends too much: what is dear to examine, what is tiny, what is refused, what was said before.
#include "e2e/hostile_scenes.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum { ROOT_FRAMES = 6, HOLLOW_FRAMES = 8, ENCLOSED_FRAMES = 4, KEPT_BYTES = 16 << 10, PAUSE_MS = 20 };

// ------------------------------------------------------------------------------------------ endless

static bool is_over(int timeout_ms)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, timeout_ms) != 0;
}

static void throw_away(struct talk *talk)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, talk->socket, ZMQ_DONTWAIT) >= 0) {
    }
    zmq_msg_close(&message);
}

// Frame after frame as fast as they are taken, until the standard input ends.
static void flood(struct talk *talk, const char *name, const struct bytes *frames, size_t count)
{
    uint64_t sent = 0;
    hostile_tell(name, "ready", "yes");
    fflush(stdout);
    while (!is_over(0)) {
        const struct bytes *frame = &frames[sent % count];
        if (zmq_send(talk->socket, frame->data, frame->size, ZMQ_DONTWAIT) >= 0) {
            sent++;
        } else if (is_over(PAUSE_MS)) {
            break;
        }
        throw_away(talk);
    }
    hostile_tell_number(name, "sent", sent);
}

// As many statements as a frame may have roots, each under its own, at a place where nothing of it is decided: all that
// the victim does is examine.
static struct bytes make_roots(struct talk *talk)
{
    struct stage *stage = talk->stage;
    uint8_t *seals = arena_take(stage->arena, LIMIT_FRAME_SEALS * SEAL_BYTES);
    struct frame_item *items = arena_take_array(stage->arena, LIMIT_FRAME_SEALS, sizeof(*items));
    for (int i = 0; i < LIMIT_FRAME_SEALS; i++) {
        struct forging forging;
        struct forged forged;
        talk_start(talk, &forging);
        forge_seal(&forging, stage->arena, &forged);
        memcpy(seals + (size_t)i * SEAL_BYTES, forged.seal, SEAL_BYTES);
        items[i] = (struct frame_item){FRAME_NUMBERED, (uint8_t)i, forged.body};
    }
    const struct frame frame = {
        .epoch = talk->epoch,
        .first = 1000000,
        .seal_count = LIMIT_FRAME_SEALS,
        .seals = seals,
        .item_count = LIMIT_FRAME_SEALS,
        .items = items,
    };
    size_t size = envelope_encode_frame(&frame, NULL, 0);
    uint8_t *rest = arena_take(stage->arena, size);
    envelope_encode_frame(&frame, rest, size);
    return forge_raw(PROTOCOL_VERSION, 2, (struct bytes){rest, size}, stage->arena);
}

void hostile_roots(struct stage *stage)
{
    struct bytes frames[ROOT_FRAMES];
    struct talk *talk = talk_open_as(stage, &stage->self);
    talk_greet(talk);
    for (int i = 0; i < ROOT_FRAMES; i++) {
        frames[i] = make_roots(talk);
    }
    flood(talk, "roots", frames, ROOT_FRAMES);
    talk_close(&talk);
}

static struct bytes pack(struct talk *talk, uint8_t type, const ProtobufCMessage *message)
{
    return forge_raw(PROTOCOL_VERSION, type, decode_pack(message, talk->stage->arena), talk->stage->arena);
}

// The smallest frame of each type, a greeting, and a statement that was decided before.
void hostile_tiny(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    struct forging forging;
    struct forged forged;
    Wire__Hello hello = WIRE__HELLO__INIT;
    Wire__AskOffered ask = WIRE__ASK_OFFERED__INIT;
    Wire__Later later = WIRE__LATER__INIT;
    talk_greet(talk);
    talk_start(talk, &forging);
    forge_seal(&forging, stage->arena, &forged);
    const struct forge_place place = talk_place(talk);
    struct verdict verdict = talk_offer(talk, &forged);
    hostile_report("first", &verdict, &forged);
    hello.version_least = hello.version_most = PROTOCOL_VERSION;
    hello.agency = forge_text(stage->self.id);
    hello.clock_at = forge_now();
    hello.epoch = talk->epoch;
    ask.up_to = forge_now() - 1000;
    later.epoch = talk->hello->epoch;
    later.position = 1;
    later.reason = forge_text("gap");
    const struct bytes frames[] = {
        forge_raw(PROTOCOL_VERSION, 200, (struct bytes){NULL, 0}, stage->arena),
        pack(talk, 4, &ask.base),
        pack(talk, 3, &later.base),
        forge_frame(&forged, FRAME_NUMBERED, &place, stage->arena),
        pack(talk, 1, &hello.base),
        forge_raw(0, 0, (struct bytes){NULL, 0}, stage->arena),
    };
    flood(talk, "tiny", frames, sizeof(frames) / sizeof(frames[0]));
    talk_close(&talk);
}

// ------------------------------------------------------------------------------------------ bounded

static struct bytes hollows(struct talk *talk, enum frame_role role, uint64_t first)
{
    static const uint8_t seal[SEAL_BYTES];
    static struct frame_item items[LIMIT_FRAME_ITEMS];
    for (int i = 0; i < LIMIT_FRAME_ITEMS; i++) {
        items[i] = (struct frame_item){role, 0, {(const uint8_t *)"", 0}};
    }
    const struct frame frame = {.epoch = talk->epoch, .first = first, .seal_count = 1, .seals = seal, .item_count = LIMIT_FRAME_ITEMS, .items = items};
    size_t size = envelope_encode_frame(&frame, NULL, 0);
    uint8_t *rest = arena_take(talk->stage->arena, size);
    envelope_encode_frame(&frame, rest, size);
    return forge_raw(PROTOCOL_VERSION, 2, (struct bytes){rest, size}, talk->stage->arena);
}

// More that is refused than anybody is allowed to have kept; then something good, which is held all the same.
void hostile_hollows(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    talk_greet(talk);
    for (uint64_t i = 0; i < HOLLOW_FRAMES; i++) {
        talk_send(talk, hollows(talk, FRAME_NUMBERED, talk->next + i * LIMIT_FRAME_ITEMS));
    }
    while (talk->later == NULL || strcmp(talk->later->reason, "quota") != 0) {
        if (!talk_hear(talk, HOSTILE_PATIENCE_MS)) {
            hostile_die("nothing was put off");
        }
    }
    hostile_tell_number("hollows", "decided", talk->later->position - talk->next);
    talk->next = talk->later->position;
    for (int i = 0; i < ENCLOSED_FRAMES; i++) {
        talk_send(talk, hollows(talk, FRAME_ENCLOSURE, 0));
    }
    if (!talk_catch_up(talk)) {
        hostile_die("silence after the enclosures");
    }
    hostile_probe(talk);
    talk_close(&talk);
}

// --------------------------------------------------------------------------- across a victim's restart

struct kept {
    uint64_t epoch;
    uint64_t position;
    uint8_t id[ID_BYTES];
    uint32_t size;
    uint8_t frame[KEPT_BYTES];
};

static FILE *open_kept(struct stage *stage, const char *mode)
{
    FILE *file = fopen(arena_format(stage->arena, "%s/kept", stage->folder), mode);
    if (file == NULL) {
        hostile_die("cannot open what is kept");
    }
    return file;
}

// Says something good, and remembers the very bytes.
void hostile_keep(struct stage *stage)
{
    static struct kept kept;
    struct talk *talk = talk_open_as(stage, &stage->self);
    struct forging forging;
    struct forged forged;
    talk_greet(talk);
    talk_start(talk, &forging);
    forge_seal(&forging, stage->arena, &forged);
    const struct forge_place place = talk_place(talk);
    struct bytes frame = forge_frame(&forged, FRAME_NUMBERED, &place, stage->arena);
    struct verdict verdict = talk_settle(talk, frame);
    hostile_report("kept", &verdict, &forged);
    kept.epoch = place.epoch;
    kept.position = place.first;
    kept.size = (uint32_t)frame.size;
    memcpy(kept.id, forged.id, ID_BYTES);
    memcpy(kept.frame, frame.data, frame.size);
    FILE *file = open_kept(stage, "we");
    bool written = fwrite(&kept, sizeof(kept), 1, file) == 1;
    if (fclose(file) != 0 || !written) {
        hostile_die("cannot keep it");
    }
    talk_close(&talk);
}

// Says it again, twice; what became of its position is asked for each time.
void hostile_again(struct stage *stage)
{
    static const char *const names[] = {"again", "once-more"};
    static struct kept kept;
    FILE *file = open_kept(stage, "re");
    bool read = fread(&kept, sizeof(kept), 1, file) == 1;
    fclose(file);
    if (!read) {
        hostile_die("nothing is kept");
    }
    struct talk *talk = talk_open_as(stage, &stage->self);
    talk->epoch = kept.epoch;
    talk_greet(talk);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct forged forged = {.body = {NULL, 0}};
        memcpy(forged.id, kept.id, ID_BYTES);
        talk_send(talk, (struct bytes){kept.frame, kept.size});
        while (talk_decided(talk, kept.position).form == VERDICT_DROPPED) {
            if (!talk_hear(talk, HOSTILE_PATIENCE_MS)) {
                hostile_die("no receipt for what was said again");
            }
        }
        struct verdict verdict = talk_decided(talk, kept.position);
        hostile_report(names[i], &verdict, &forged);
        talk->receipt_count = 0;
    }
    talk_close(&talk);
}
