// SPDX-License-Identifier: Apache-2.0
//
// The one durable thing: an LMDB environment in a folder, and the log of the turns it has not committed yet (wal.h). Opens them, hands out transactions,
// and knows the state that every record moves on. Before it: nothing. After it: view (reading), commit (writing), journal (the record of both).
//
// Invariant: at most one process holds a store; a failed commit leaves the last good one.
// Lifetime: process.
#pragma once

#include "effect.h"

struct store;
struct view;

struct store_options {
    const char *path;
    uint64_t map_bytes;
    const char *agency; // NULL: whatever the store says (offline work)
    enum suite suite;
    bool test;
};

enum store_outcome {
    STORE_OPENED,
    STORE_IN_USE,       // another process holds it
    STORE_NETWORK,      // LMDB is not safe on a network file system
    STORE_OTHER_AGENCY, // belongs to another agency or suite
    STORE_OTHER_CLOCK,  // a test store under a real clock or the other way round
    STORE_OTHER_SCHEMA, // written by a version whose tables are not ours
};

// Opens, and creates what is missing. A negative result is a failure; otherwise `out_outcome` says how it went.
int store_open(const struct store_options *options, enum store_outcome *out_outcome, struct store **out_store);
// Takes away the files of a store that nobody holds open, and its folder. 0 as well if there is none; -EBUSY: in use; -ENOTEMPTY: something else is there.
int store_remove(const char *path);

void store_close(struct store **store);

// The state after the last commit, or inside the open turn.
const Record__State *store_state(const struct store *store);

// A view of the last commit. Renewed by each call; one at a time, and none while a turn is open. NULL on failure.
struct view *store_read(struct store *store);
// The same right after a turn was committed, as long as the turn's memory lives: what the turn met is met again without being unpacked.
struct view *store_read_on(struct store *store);
// Gives the snapshot back; LMDB cannot reuse pages while one is held.
void store_read_done(struct store *store);

// What the last turn met is met no more: to be called before its memory ends.
void store_forget(struct store *store);

// The turn's transaction. Exactly one of store_commit and store_abort ends it. `arena` is the turn's memory: it must outlive the transaction, and
// what is decoded within it lives there.
int store_begin(struct store *store, struct arena *arena);
struct view *store_writing(struct store *store); // what rules read through during the turn
int store_commit(struct store *store);
void store_abort(struct store *store);

// Has LMDB commit what the log holds, so that its file alone is the whole store. For when there is nothing else to do; nothing depends on it. A negative
// result is a failure that the next turn meets as well.
int store_settle(struct store *store);

// Bytes free on the file system that holds the store; negative errno on failure.
int64_t store_free_bytes(const struct store *store);
