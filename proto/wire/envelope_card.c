// SPDX-License-Identifier: Apache-2.0
#include "wire/envelope_card.h"

#include "wire/kinds.h"
#include "wire/seal_key.h"

#include <string.h>

// A card is made before there is a journal, and by itself.
static bool is_card_seal(const struct seal *seal)
{
    static const struct digest none;
    return seal->epoch == 0 && seal->turn == 0 &&
           memcmp(seal->head.bytes, none.bytes, DIGEST_BYTES) == 0;
}

static bool is_card_header(const struct envelope *envelope, const Wire__Header *header)
{
    return strcmp(header->kind, "card") == 0 && header->n_to == 0 && header->n_law == 0 &&
           header->n_parts == 1 && strcmp(header->parts[0]->role, "body") == 0 &&
           envelope->parts[0].form == PART_PRESENT;
}

static enum envelope_outcome decode_card(struct bytes content, struct arena *arena,
                                         struct decode_fault *out_fault, Wire__Card **out_card)
{
    ProtobufCMessage *message;
    enum decode_outcome decoded = decode_message(&wire__card__descriptor, content,
                                                 &decode_body_rules, arena, out_fault, &message);
    if (decoded != DECODE_OK) {
        return envelope_from_decode(decoded);
    }
    struct field_fault wrong;
    if (fields_check(kinds_find("card"), message, arena, &wrong, 1) > 0) {
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, wrong.path, wrong.text);
    }
    *out_card = (Wire__Card *)message;
    return ENVELOPE_OK;
}

static enum envelope_outcome verify_card(const struct seal *seal, const uint8_t *sealed,
                                         const Wire__Card *card, struct decode_fault *out_fault)
{
    if (strcmp(card->agency, seal->agency) != 0) {
        return envelope_blame(out_fault, ENVELOPE_IDENTITY, "agency", "is not who sealed it");
    }
    if (card->suite != (uint32_t)seal->suite) {
        return envelope_blame(out_fault, ENVELOPE_SUITE, "suite", "is not the seal's");
    }
    struct seal_key *key = NULL;
    struct bytes raw = {.data = card->sign_key.data, .size = card->sign_key.len};
    switch (seal_key_new(seal->suite, raw, &key)) {
    case SEAL_KEY_OK:
        break;
    case SEAL_KEY_BAD:
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, "sign_key", "not a key of its suite");
    case SEAL_KEY_FAILED:
        return envelope_blame(out_fault, ENVELOPE_NO_MEMORY, "sign_key", "could not be loaded");
    }
    enum seal_key_outcome outcome = seal_key_check(sealed, key);
    seal_key_free(&key);
    switch (outcome) {
    case SEAL_KEY_OK:
        return ENVELOPE_OK;
    case SEAL_KEY_BAD:
        return envelope_blame(out_fault, ENVELOPE_SIGNATURE, NULL, "the seal does not hold");
    case SEAL_KEY_FAILED:
        break;
    }
    return envelope_blame(out_fault, ENVELOPE_NO_MEMORY, NULL, "the seal could not be checked");
}

// Everything that can be known of a card before its own key has spoken.
static enum envelope_outcome open_card_header(const struct seal *seal,
                                              const struct envelope *envelope, struct arena *arena,
                                              struct decode_fault *out_fault,
                                              Wire__Header **out_header)
{
    struct digest leaf;
    enum envelope_outcome outcome = envelope_prove(seal, envelope, &leaf);
    if (outcome != ENVELOPE_OK) {
        return envelope_blame(out_fault, outcome, NULL, "the path does not lead to the root");
    }
    outcome = header_open(seal, envelope, arena, out_fault, out_header);
    if (outcome != ENVELOPE_OK) {
        return outcome;
    }
    if (!is_card_seal(seal) || !is_card_header(envelope, *out_header)) {
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, NULL, "not a card");
    }
    outcome = envelope_check_parts(seal, envelope, *out_header);
    return outcome == ENVELOPE_OK
               ? outcome
               : envelope_blame(out_fault, outcome, "parts", "not what the header says");
}

enum envelope_outcome envelope_card_open(struct bytes input, enum seal_domain domain,
                                         struct arena *arena, struct decode_fault *out_fault,
                                         Wire__Header **out_header, Wire__Card **out_card)
{
    const uint8_t *sealed;
    struct envelope envelope;
    struct seal seal;
    Wire__Header *header = NULL;
    Wire__Card *card = NULL;
    enum envelope_outcome outcome = envelope_decode_alone(input, &sealed, &envelope);
    if (outcome != ENVELOPE_OK) {
        return envelope_blame(out_fault, outcome, NULL, "not an envelope");
    }
    if (!seal_decode(sealed, &seal)) {
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, NULL, "not a seal");
    }
    if (seal.domain != domain) {
        return envelope_blame(out_fault, ENVELOPE_TEST_STAMP, NULL, "test meets real");
    }
    outcome = open_card_header(&seal, &envelope, arena, out_fault, &header);
    if (outcome == ENVELOPE_OK) {
        outcome = decode_card(envelope.parts[0].content, arena, out_fault, &card);
    }
    if (outcome == ENVELOPE_OK) {
        outcome = verify_card(&seal, sealed, card, out_fault);
    }
    if (outcome == ENVELOPE_OK) {
        *out_header = header;
        *out_card = card;
    }
    return outcome;
}
