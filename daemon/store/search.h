// SPDX-License-Identifier: Apache-2.0
//
// The index of all texts held (wire/searchable.h), in a folder `search` beside the store's file: segments of neighbouring positions (segment.h), and a
// file `state` that says how far the journal was followed. It is derived, and proposes only: whoever asks verifies on the statement itself. So it may lag,
// be damaged or be deleted at any time, and what it does not hold is proposed as a whole; nothing but speed is lost.
//
// It is made of what the store holds at that time, when nobody waits, and never in a turn. What changes later is found in the journal: a body that was
// erased, recalled or completed makes the position *stale*, and its segment is written anew without what was there. A segment is a file of its own, and
// not pages of LMDB, because pages keep the text that was erased until they are used again, and because a damaged page of LMDB ends the process, which
// nothing derived may do. Segments grow by halves, so that each position is written three times at most, and what is not in any is few.
//
// Crash argument. What a power loss leaves of a file is whole or not believed. `state` is written after every segment that had to forget something up to
// the turn it names was synced; an older one has the same found and made again. It holds the journal's head, so an index of another store, or of a longer
// past, is known.
//
// Invariant: no position is in two segments. `state` names no turn that has a change not made yet.
// Lifetime: process.
#pragma once

#include "store/view.h"

struct search;
struct sought;
struct store;

// Opens the index of an open store, or begins one; what cannot be used is taken away. A failure leaves the store without: then all is looked through.
int search_start(struct store *store);
void search_stop(struct search **search);
// Takes the index away. Nobody may hold the store.
void search_remove(const char *store_path);

enum search_outcome {
    SEARCH_IDLE, // nothing to do until the store holds more
    SEARCH_MORE,
    SEARCH_DAMAGED, // as MORE; and something was thrown away that was not as it was written
};
// Does a piece of work of a millisecond or two, waiting for the disk excepted. Not while a turn is open. A negative result is a failure of the index or
// of the store; whoever calls waits before he tries again.
int search_step(struct store *store, enum search_outcome *out_outcome);

// How many positions are in no segment.
uint64_t search_behind(const struct store *store);

// For view_propose. `search` NULL: there is no index.
void search_propose(struct search *search, uint64_t end, const struct sought *sought, uint64_t below, struct arena *arena, struct proposal *out_proposal);
