// SPDX-License-Identifier: Apache-2.0
//
// A card: which suite, what to do to its bytes, and the fields in which it is not the sample agency's. It is sealed by the
// sample's key whatever it says. What opens can be shown, is what the table of kinds allows, opens in one domain only,
// and not with any bit changed.
#include "fuzz/fuzz.h"

#include <jansson.h>

#include "unit/samples.h"
#include "wire/envelope_card.h"
#include "wire/pem.h"

#include "liaison/liaison.h"
#include "lib/bundle.h"

static struct sample_key keys[2];
static const ProtobufCMessage *changes; // of the input at work, for change_card

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    keys[0] = sample_key_new(SUITE_ED25519_SHA256);
    keys[1] = sample_key_new(SUITE_SM2_SM3);
    return 0;
}

const ProtobufCMessageDescriptor *fuzz_shape(struct bytes input, size_t *out_front)
{
    *out_front = 1;
    return input.size < 1 ? NULL : &wire__card__descriptor;
}

static void change_card(struct sample_card *card)
{
    fuzz_merge(&card->card.base, changes);
}

static void check_fields(const Wire__Card *card)
{
    must(identity_is_agency(card->agency) && card->name[0] != '\0' && identity_is_region(card->region));
    must(card->credit_code[0] == '\0' || identity_check_credit_code(card->credit_code) == CREDIT_CODE_OK);
    must(card->curve_key.len == 32 && card->sign_key.len == suite_key_bytes((enum suite)card->suite));
    must(fuzz_measure(&card->base).clean);
}

static void check_shown(const void *bytes, size_t size)
{
    char *text = NULL;
    must(liaison_card(bytes, size, &text) == LIAISON_DONE);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    must(strcmp(json_string_value(json_object_get(json, "verdict")), "ok") == 0);
    json_decref(json);
    liaison_free(text);
}

static void check_opened(struct bytes card, const Wire__Card *opened, struct arena *arena)
{
    Wire__Header *header;
    Wire__Card *again;
    check_fields(opened);
    must(envelope_card_open(card, SEAL_TEST, arena, NULL, &header, &again) == ENVELOPE_TEST_STAMP);
    uint64_t bit = fuzz_sum(card) % (card.size * 8);
    uint8_t *changed = arena_copy(arena, card.data, card.size);
    changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    must(envelope_card_open((struct bytes){changed, card.size}, SEAL_REAL, arena, NULL, &header, &again) != ENVELOPE_OK);
    const char *pem = pem_format(card, BUNDLE_CARD, arena);
    check_shown(card.data, card.size);
    check_shown(pem, strlen(pem));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = fuzz_arena();
    ProtobufCMessage *message;
    if (size < 1 || decode_message(&wire__card__descriptor, (struct bytes){data + 1, size - 1}, &decode_body_rules, arena, NULL, &message) != DECODE_OK) {
        return 0;
    }
    changes = message;
    const struct bytes card = sample_card(arena, &keys[data[0] % 2], change_card);
    struct decode_fault fault = {0};
    Wire__Header *header;
    Wire__Card *opened;
    if (envelope_card_open(card, SEAL_REAL, arena, &fault, &header, &opened) == ENVELOPE_OK) {
        check_opened(card, opened, arena);
    } else {
        must(fault.text != NULL);
    }
    return 0;
}
