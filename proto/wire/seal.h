// SPDX-License-Identifier: Apache-2.0
//
// Suites, hashes, trees and the 216 bytes of a seal (PROTOCOL.md sections 2, 4, 5). Knows public keys only; private ones never
// leave the daemon's keyring. All functions may be called from any thread; a seal_key may be shared between threads.
#pragma once

#include "wire/arena.h"
#include "wire/limits.h"

#include <stdbool.h>

enum suite { SUITE_NONE = 0, SUITE_ED25519_SHA256 = 1, SUITE_SM2_SM3 = 2 };

const char *suite_name(enum suite suite);
enum suite suite_find(const char *name); // SUITE_NONE if unknown
size_t suite_key_bytes(enum suite suite);

struct digest {
    uint8_t bytes[DIGEST_BYTES];
};

// Bytes joined by ‖ and hashed: H(pieces[0] ‖ pieces[1] ‖ …).
void seal_hash(enum suite suite, const struct bytes *pieces, size_t count, struct digest *out_digest);
void seal_sm3(struct bytes input, struct digest *out_digest); // for shared texts, whatever the suite

void seal_leaf(enum suite suite, const uint8_t salt[SALT_BYTES], struct bytes header, struct digest *out_leaf);
void seal_commitment(enum suite suite, const uint8_t salt[SALT_BYTES], struct bytes content, struct digest *out_digest);

// The RFC 6962 root of `count` leaves; that of none is H of nothing.
void seal_root(enum suite suite, const struct digest *leaves, size_t count, struct digest *out_root);

// All levels of a tree of 1 to LIMIT_LEAVES leaves, so that many paths can be told without hashing again. NULL for any
// other number, and when the arena is full.
struct seal_tree;
struct seal_tree *seal_tree_new(enum suite suite, const struct digest *leaves, size_t count, struct arena *arena);
const struct digest *seal_tree_root(const struct seal_tree *tree);
size_t seal_tree_path(const struct seal_tree *tree, size_t index, struct digest out_path[LIMIT_PATH]); // length

// Folds a path. False: its length is not the one the tree asks for.
bool seal_fold(enum suite suite, const struct digest *leaf, uint32_t index, uint32_t count, const uint8_t *path,
               size_t path_count, struct digest *out_root);

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

struct seal_key; // a public key of one suite

enum seal_key_outcome { SEAL_KEY_OK, SEAL_KEY_BAD, SEAL_KEY_FAILED };
enum seal_key_outcome seal_key_new(enum suite suite, struct bytes raw, struct seal_key **out_key);
enum suite seal_key_suite(const struct seal_key *key);
const uint8_t *seal_key_id(const struct seal_key *key); // KEY_ID_BYTES
void seal_key_free(struct seal_key **key);

// True only if the signature holds over the first 152 bytes and suite and key id are the key's.
bool seal_verify(const uint8_t bytes[SEAL_BYTES], const struct seal_key *key);

// SM2 as r ‖ s from and to OpenSSL's DER; false: not minimal, or out of range. DER takes at most 72 bytes.
bool seal_sm2_from_der(struct bytes der, uint8_t out_raw[SEAL_SIGNATURE_BYTES]);
size_t seal_sm2_to_der(const uint8_t raw[SEAL_SIGNATURE_BYTES], uint8_t out_der[72]);

// Verifies (or, in the keyring, prepares) with the SM2 id that the standard prescribes.
#define SEAL_SM2_ID "1234567812345678"
