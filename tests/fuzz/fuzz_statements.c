// SPDX-License-Identifier: Apache-2.0
//
// What peers send and what happens beside: frames of true and forged statements, greetings, questions, ticks and requests, in one turn of
// one member of a town.
#include "fuzz/fuzz.h"

#include "fuzz/play.h"

static const struct decode_rules rules = {.bytes = LIMIT_FRAME_BYTES, .depth = 10, .fields = LIMIT_FIELDS, .unknown = DECODE_KEEP_UNKNOWN};

enum { MOST_STEPS = 16 };

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    play_open();
    return 0;
}

const ProtobufCMessageDescriptor *fuzz_shape(struct bytes input, size_t *out_front)
{
    (void)input;
    *out_front = 0;
    return &play__play__descriptor;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    ProtobufCMessage *message;
    struct play play;
    must(arena != NULL || arena_new(64 << 20, &arena) == 0);
    arena_reset(arena);
    if (decode_message(&play__play__descriptor, (struct bytes){data, size}, &rules, arena, NULL, &message) != DECODE_OK) {
        return 0;
    }
    const Play__Play *script = (const Play__Play *)message;
    play_begin(&play, script->at, script->hours_later);
    for (size_t i = 0; i < script->n_steps && i < MOST_STEPS; i++) {
        play_step(&play, script->steps[i]);
    }
    play_end(&play);
    return 0;
}
