// SPDX-License-Identifier: Apache-2.0
//
// What the open turn has read or written, as it was decoded: a row is unpacked once a turn, and what the turn itself holds is
// found here before its bytes are sealed. Its facts stand here packed, for its record.
//
// Invariant: an object stands here only as long as its row is what it was decoded from; commit drops or replaces it with every write.
// Lifetime: turn (everything lives in the turn's arena).
#pragma once

#include "store/schema.h"

struct recent {
    struct arena *arena; // NULL: outside a turn; nothing is kept
    struct recent_entry **slots;
    size_t slot_count;
    size_t count;
    struct bytes *facts; // in the order in which they were applied
    size_t fact_count;
    size_t fact_capacity;
};

void recent_start(struct recent *recent, struct arena *arena);
void recent_stop(struct recent *recent);

// Stands for a row that was looked for and is not there.
extern const char recent_absent[];

// NULL: not here. A key of a table stands for one type of object.
void *recent_find(const struct recent *recent, enum table table, const struct key *key);
// Keeps or replaces. What does not fit is not kept: it will be read again.
void recent_keep(struct recent *recent, enum table table, const struct key *key, void *object);
void recent_drop(struct recent *recent, enum table table, const struct key *key);

// Adds a packed fact; nothing outside a turn. False: no memory.
bool recent_record(struct recent *recent, struct bytes packed);
