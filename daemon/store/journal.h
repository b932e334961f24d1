// SPDX-License-Identifier: Apache-2.0
//
// The ordered, hash-chained record of all this daemon decided: one record a turn, numbered without gap. head(n) = H(head(n-1) ‖ record n) under
// the agency's own suite; every seal pins the head before its turn. This is the small interface behind which the engine can change one day.
//
// Invariant: records are written once and never changed; a record's `head_before` is the head after the one before it.
// Lifetime: process.
#pragma once

#include "store/store.h"

// Appends within the open turn. A failure (also: the number is not the next one) sticks to the writing view.
void journal_append(struct store *store, struct arena *arena, const Record__Turn *turn, struct digest *out_head);

// Reads one record; NULL if there is none of that number, or on failure (which sticks to the view).
Record__Turn *journal_read(struct view *view, uint64_t number, struct arena *arena);

// Walks the whole chain: numbers, heads, seals over their statements, parts against their commitments. Negative: failure.
struct journal_report {
    uint64_t turns;
    uint64_t statements;
    uint64_t parts;
    uint64_t erased;
    char fault[256]; // empty: all is well
};
int journal_verify(struct store *store, struct journal_report *out_report);

// Rebuilds the tables from journal and parts into a store of its own at `path` and compares them with the live ones, key by key.
struct rebuild_report {
    uint64_t turns;
    uint64_t rows;
    char difference[256]; // empty: equal
};
int journal_rebuild(struct store *store, const char *path, struct rebuild_report *out_report);
