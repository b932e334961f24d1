// SPDX-License-Identifier: Apache-2.0
#include "wire/seal.h"

#include "wire/identity.h"
#include "wire/text.h"

#include <string.h>

enum {
    DOMAIN_BYTES = 16,
    AT_ZERO = 17,
    AT_COUNT = 20,
    AT_AGENCY = 24,
    AT_EPOCH = 64,
    AT_TURN = 72,
    AT_TIME = 80,
    AT_ROOT = 88,
    AT_HEAD = 120,
};
_Static_assert(AT_HEAD + DIGEST_BYTES == SEAL_SIGNED_BYTES, "the signed part ends with the head");

// Fifteen characters and a zero byte each.
static const char domain_real[DOMAIN_BYTES] = "liaison-seal-01";
static const char domain_test[DOMAIN_BYTES] = "liaison-test-01";

void seal_encode(const struct seal *seal, uint8_t out_signed[SEAL_SIGNED_BYTES])
{
    memset(out_signed, 0, SEAL_SIGNED_BYTES);
    memcpy(out_signed, seal->domain == SEAL_TEST ? domain_test : domain_real, DOMAIN_BYTES);
    out_signed[SEAL_AT_SUITE] = (uint8_t)seal->suite;
    text_put_u32(out_signed + AT_COUNT, seal->count);
    memcpy(out_signed + AT_AGENCY, seal->agency, strnlen(seal->agency, LIMIT_AGENCY_BYTES));
    memcpy(out_signed + SEAL_AT_KEY_ID, seal->key_id, KEY_ID_BYTES);
    text_put_u64(out_signed + AT_EPOCH, seal->epoch);
    text_put_u64(out_signed + AT_TURN, seal->turn);
    text_put_u64(out_signed + AT_TIME, (uint64_t)seal->at);
    memcpy(out_signed + AT_ROOT, seal->root.bytes, DIGEST_BYTES);
    memcpy(out_signed + AT_HEAD, seal->head.bytes, DIGEST_BYTES);
}

static bool decode_domain(const uint8_t *bytes, enum seal_domain *out_domain)
{
    if (memcmp(bytes, domain_real, DOMAIN_BYTES) == 0) {
        *out_domain = SEAL_REAL;
        return true;
    }
    if (memcmp(bytes, domain_test, DOMAIN_BYTES) == 0) {
        *out_domain = SEAL_TEST;
        return true;
    }
    return false;
}

static bool decode_agency(const uint8_t *bytes, char out_agency[LIMIT_AGENCY_BYTES + 1])
{
    memcpy(out_agency, bytes, LIMIT_AGENCY_BYTES);
    out_agency[LIMIT_AGENCY_BYTES] = '\0';
    size_t length = strlen(out_agency);
    for (size_t i = length; i < LIMIT_AGENCY_BYTES; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return identity_is_agency(out_agency);
}

bool seal_decode(const uint8_t bytes[SEAL_BYTES], struct seal *out_seal)
{
    struct seal seal = {.suite = (enum suite)bytes[SEAL_AT_SUITE],
                        .count = text_get_u32(bytes + AT_COUNT)};
    bool zeroes = bytes[AT_ZERO] == 0 && bytes[AT_ZERO + 1] == 0 && bytes[AT_ZERO + 2] == 0;
    if (!decode_domain(bytes, &seal.domain) || suite_key_bytes(seal.suite) == 0 || !zeroes ||
        seal.count < 1 || seal.count > LIMIT_LEAVES ||
        !decode_agency(bytes + AT_AGENCY, seal.agency)) {
        return false;
    }
    memcpy(seal.key_id, bytes + SEAL_AT_KEY_ID, KEY_ID_BYTES);
    seal.epoch = text_get_u64(bytes + AT_EPOCH);
    seal.turn = text_get_u64(bytes + AT_TURN);
    seal.at = (int64_t)text_get_u64(bytes + AT_TIME);
    memcpy(seal.root.bytes, bytes + AT_ROOT, DIGEST_BYTES);
    memcpy(seal.head.bytes, bytes + AT_HEAD, DIGEST_BYTES);
    *out_seal = seal;
    return true;
}
