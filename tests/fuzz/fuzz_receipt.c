// SPDX-License-Identifier: Apache-2.0
//
// Receipts and offered marks of the township to the bureau, which has sent it what it holds and what it has not seen yet. Places are
// counted from the first without a receipt; a root that is left out is the true one.
#include "fuzz/fuzz.h"

#include "fuzz/play.h"

static const struct decode_rules rules = {.bytes = LIMIT_FRAME_BYTES, .depth = 8, .fields = LIMIT_FIELDS, .unknown = DECODE_KEEP_UNKNOWN};

enum { UNNUMBERED = FRAME_UNNUMBERED - FRAME_NUMBERED };

static unsigned receipt_kind;
static unsigned offered_kind;

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    play_open();
    for (unsigned i = 0; i < kinds_count(); i++) {
        receipt_kind = strcmp(kinds_at(i)->name, "receipt") == 0 ? i : receipt_kind;
        offered_kind = strcmp(kinds_at(i)->name, "offered") == 0 ? i : offered_kind;
    }
    return 0;
}

const ProtobufCMessageDescriptor *fuzz_shape(struct bytes input, size_t *out_front)
{
    (void)input;
    *out_front = 0;
    return &play__frame__descriptor;
}

static void make_unnumbered(Play__Item *item, struct arena *arena)
{
    if (item->statement == NULL) {
        item->statement = arena_take(arena, sizeof *item->statement);
        must(item->statement != NULL);
        play__statement__init(item->statement);
    }
    item->role = UNNUMBERED;
    item->held = 0;
    item->statement->kind = item->statement->offered != NULL ? offered_kind : receipt_kind;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    ProtobufCMessage *message;
    struct play play;
    must(arena != NULL || arena_new(64 << 20, &arena) == 0);
    arena_reset(arena);
    if (decode_message(&play__frame__descriptor, (struct bytes){data, size}, &rules, arena, NULL, &message) != DECODE_OK) {
        return 0;
    }
    const Play__Frame *frame = (const Play__Frame *)message;
    for (size_t i = 0; i < frame->n_items; i++) {
        make_unnumbered(frame->items[i], arena);
    }
    play_begin(&play, PLAY_BUREAU, 0);
    play_frame(&play, 0, frame);
    play_end(&play);
    return 0;
}
