// SPDX-License-Identifier: Apache-2.0
//
// What a local client asks: member and role, then the request, by the rules of the port that takes it. It is asked
// twice: an id that was taken is never taken again.
#include "fuzz/fuzz.h"

#include "fuzz/play.h"

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    play_open();
    return 0;
}

const ProtobufCMessageDescriptor *fuzz_shape(struct bytes input, size_t *out_front)
{
    *out_front = 1;
    return input.size < 1 ? NULL : &control__request__descriptor;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    ProtobufCMessage *message;
    struct play play;
    must(arena != NULL || arena_new(64 << 20, &arena) == 0);
    arena_reset(arena);
    if (size < 1 ||
        decode_message(&control__request__descriptor, (struct bytes){data + 1, size - 1}, &decode_control_rules, arena, NULL, &message) != DECODE_OK) {
        return 0;
    }
    enum client_role role = (enum client_role)(data[0] % (ROLE_ADMINISTRATOR + 1));
    play_begin(&play, data[0] / (ROLE_ADMINISTRATOR + 1), 0);
    play_request(&play, role, (Control__Request *)message);
    size_t statements = town_count_facts(play.at, RECORD__EFFECT__IS_STATEMENT);
    const char *outcome = play_request(&play, role, (Control__Request *)message);
    must(outcome == NULL || strcmp(outcome, "accepted") != 0 || town_count_facts(play.at, RECORD__EFFECT__IS_STATEMENT) == statements);
    must(town_count_facts(play.at, RECORD__EFFECT__IS_STATEMENT) == statements);
    play_end(&play);
    return 0;
}
