// SPDX-License-Identifier: Apache-2.0
//
// The ordered, hash-chained record of all this daemon decided: one record a turn, numbered without gap. head(n) = H(head(n-1) ‖ record n) under
// the agency's own suite; every seal pins the head before its turn. This is the small interface behind which the engine can change one day.
//
// Invariant: records are written once and never changed; a record's `head_before` is the head after the one before it.
// Lifetime: process.
#pragma once

#include "store/store.h"

// Appends within the open turn: the turn's own fields, and the facts applied in it. A failure (also: the number is not the next one) sticks to the
// writing view.
void journal_append(struct store *store, struct arena *arena, const Record__Turn *turn, struct digest *out_head);

// Reads one record; NULL if there is none of that number, or on failure (which sticks to the view).
Record__Turn *journal_read(struct view *view, uint64_t number, struct arena *arena);

// A record's bytes as they were hashed. False: none of that number, or failure.
bool journal_read_bytes(struct view *view, uint64_t number, struct bytes *out_record);

// H(head before ‖ record).
void journal_next_head(enum suite suite, struct bytes before, struct bytes record, struct digest *out_head);
