// SPDX-License-Identifier: Apache-2.0
//
// Public keys of agencies and the verdict over a seal's signature. Private keys never leave the daemon's keyring.
//
// Invariant: a key never changes once made; it may be shared between threads.
// Lifetime: its owner's, until seal_key_free.
#pragma once

#include "wire/seal.h"

struct seal_key; // a public key of one suite

// SEAL_KEY_FAILED: no memory, so nothing is said about the key.
enum seal_key_outcome { SEAL_KEY_OK, SEAL_KEY_BAD, SEAL_KEY_FAILED };
enum seal_key_outcome seal_key_new(enum suite suite, struct bytes raw, struct seal_key **out_key);
enum suite seal_key_suite(const struct seal_key *key);
const uint8_t *seal_key_id(const struct seal_key *key); // KEY_ID_BYTES
void seal_key_free(struct seal_key **key);

// SEAL_KEY_OK only if the signature holds over the first 152 bytes and suite and key id are the key's;
// SEAL_KEY_BAD: it does not; SEAL_KEY_FAILED: there was no memory to find out.
enum seal_key_outcome seal_key_check(const uint8_t bytes[SEAL_BYTES], const struct seal_key *key);
