// SPDX-License-Identifier: Apache-2.0
//
// The 216 bytes of a seal (PROTOCOL.md section 5): who sealed how many statements, in which turn, under which root. tree makes the
// root before; seal_key judges the signature after.
//
// Invariant: decode(encode(x)) == x for every seal that can be sent. May be called from any thread.
// Lifetime: values.
#pragma once

#include "wire/hash.h"

#include <stdbool.h>

enum seal_domain { SEAL_REAL, SEAL_TEST };

struct seal {
    enum seal_domain domain;
    enum suite suite;
    uint32_t count;
    char agency[LIMIT_AGENCY_BYTES + 1];
    uint8_t key_id[KEY_ID_BYTES];
    uint64_t epoch;
    uint64_t turn;
    int64_t at; // instant
    struct digest root;
    struct digest head;
};

// The 152 bytes to sign.
void seal_encode(const struct seal *seal, uint8_t out_signed[SEAL_SIGNED_BYTES]);

// Reads the fixed form; false: a field is impossible (domain, suite, zeroes, agency id, count). Checks no signature.
bool seal_decode(const uint8_t bytes[SEAL_BYTES], struct seal *out_seal);

// Where in the bytes stand the suite and the key id that a signature is asked about.
enum { SEAL_AT_SUITE = 16, SEAL_AT_KEY_ID = 56 };
