// SPDX-License-Identifier: Apache-2.0
//
// Envelopes, frames of statements and seals, from bytes. What is decoded is encoded to the same bytes; what verifies
// verifies no more with any bit changed, and of the same input no shorter one decodes.
#include "fuzz/fuzz.h"

#include "unit/samples.h"

static struct sample_key keys[2];

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    keys[0] = sample_key_new(SUITE_ED25519_SHA256);
    keys[1] = sample_key_new(SUITE_SM2_SM3);
    return 0;
}

static void check_alone(struct bytes input, struct arena *arena)
{
    const uint8_t *seal;
    struct envelope envelope;
    if (envelope_decode_alone(input, &seal, &envelope) == ENVELOPE_OK) {
        must(fuzz_is_same(input, envelope_encode_alone(seal, &envelope, arena)));
        must(envelope_decode_alone((struct bytes){input.data, input.size - 1}, &seal, &envelope) != ENVELOPE_OK);
    }
}

static void check_frame(struct bytes input, struct arena *arena)
{
    struct frame frame;
    if (envelope_decode_frame(input, arena, &frame) == ENVELOPE_OK) {
        uint8_t *again = arena_take(arena, input.size);
        must(envelope_encode_frame(&frame, again, input.size) == input.size);
        must(fuzz_is_same(input, (struct bytes){again, input.size}));
        must(envelope_decode_frame((struct bytes){input.data, input.size - 1}, arena, &frame) != ENVELOPE_OK);
    }
}

static void check_seal(struct bytes input)
{
    struct seal seal;
    uint8_t again[SEAL_SIGNED_BYTES];
    if (input.size >= SEAL_BYTES && seal_decode(input.data, &seal)) {
        seal_encode(&seal, again);
        must(memcmp(input.data, again, sizeof again) == 0);
    }
}

static void check_signed(struct bytes input, struct arena *arena)
{
    for (size_t i = 0; i < 2; i++) {
        Wire__Header *header;
        if (sample_open(input, keys[i].public_key, arena, &header) != ENVELOPE_OK) {
            continue;
        }
        must(sample_open(input, keys[i].public_key, arena, &header) == ENVELOPE_OK);
        must(sample_open(input, keys[1 - i].public_key, arena, &header) != ENVELOPE_OK);
        uint64_t bit = fuzz_sum(input) % (input.size * 8);
        uint8_t *changed = arena_copy(arena, input.data, input.size);
        changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        must(sample_open((struct bytes){changed, input.size}, keys[i].public_key, arena, &header) != ENVELOPE_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = fuzz_arena();
    const struct bytes input = {data, size};
    check_alone(input, arena);
    check_frame(input, arena);
    check_seal(input);
    check_signed(input, arena);
    return 0;
}
