// SPDX-License-Identifier: Apache-2.0
//
// The hashes of the suites. What is hashed, and what stands before it, is the callers' (tree for statements, journal for heads).
//
// Invariant: never fails in a thread that is ready. May be called from any thread.
// Lifetime: each thread keeps its contexts until it ends.
#pragma once

#include "wire/arena.h"
#include "wire/limits.h"
#include "wire/suite.h"

struct digest {
    uint8_t bytes[DIGEST_BYTES];
};

// Takes what this thread needs in order to hash; asked again it costs nothing. 0, or -ENOMEM: then
// the thread must not hash, for a hash that cannot be had stops the process.
int hash_ready(void);

// Bytes joined by ‖ and hashed: H(pieces[0] ‖ pieces[1] ‖ …).
void hash_pieces(enum suite suite, const struct bytes *pieces, size_t count, struct digest *out_digest);
void hash_sm3(struct bytes input, struct digest *out_digest); // for shared texts, whatever the suite
