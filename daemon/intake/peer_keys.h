// SPDX-License-Identifier: Apache-2.0
//
// The keys of every agency whose card is held, for the guard at the door and the workers that verify. Filled from the store after each commit that changed a card.
//
// Invariant: a seal_key handed out stays valid until the directory is freed, even if the card was replaced meanwhile.
// Lifetime: process. All functions may be called from any thread.
#pragma once

#include "wire/seal.h"

struct peer_keys;

int peer_keys_new(struct peer_keys **out_keys);
void peer_keys_free(struct peer_keys **keys);

// Sets what is known of one agency. `curve` has 32 bytes.
int peer_keys_put(struct peer_keys *keys, const char *agency, enum suite suite, struct bytes sign_key, const uint8_t *curve, bool suspended);

// NULL: no card is held.
const struct seal_key *peer_keys_find(struct peer_keys *keys, const char *agency);

// Which agency owns a CURVE key; false: none. One that is suspended is let in, to be told so. The user id "agency/key" names the key as well, so that a connection made
// with a key that was replaced or withdrawn since is recognised as such.
enum { PEER_KEYS_USER_BYTES = LIMIT_AGENCY_BYTES + 18 };
bool peer_keys_admit(struct peer_keys *keys, const uint8_t curve[32], char out_user[PEER_KEYS_USER_BYTES]);

// Judges a user id again, as of today.
enum peer_keys_outcome {
    PEER_KEYS_MEMBER,
    PEER_KEYS_SUSPENDED, // to be answered with that and nothing else
    PEER_KEYS_UNKNOWN,   // no such agency, or another key by now; `out_agency` is not set
};
__attribute__((warn_unused_result)) enum peer_keys_outcome peer_keys_recognise(struct peer_keys *keys, const char *user, char out_agency[LIMIT_AGENCY_BYTES + 1]);
