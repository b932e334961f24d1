// SPDX-License-Identifier: Apache-2.0
//
// Offline work on a store: does the journal hold, and are the tables what it says? Needs nothing but the store and the cards in it.
//
// Invariant: neither changes the store that it looks at.
// Lifetime: none kept.
#pragma once

#include "store/store.h"

// Walks the whole chain: numbers, heads, seals over their statements, parts against their commitments. Negative: failure.
struct audit_report {
    uint64_t turns;
    uint64_t statements;
    uint64_t parts;
    uint64_t erased;
    uint64_t files; // that attachments are, each read whole
    char fault[256]; // empty: all is well
};
int audit_verify(struct store *store, struct audit_report *out_report);

// Rebuilds the tables from journal and parts into a store of its own at `path` and compares them with the live ones, key by key.
struct audit_rebuilt {
    uint64_t turns;
    uint64_t rows;
    char difference[256]; // empty: equal
};
int audit_rebuild(struct store *store, const char *path, struct audit_rebuilt *out_report);
