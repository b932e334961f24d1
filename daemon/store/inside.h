// SPDX-License-Identifier: Apache-2.0
//
// What the files of store/ share among themselves and nobody else sees.
//
// Invariant: `working` equals `committed` outside a turn. `committed` is what is on disk: LMDB's last commit and, behind it, what the log holds, of
// which `ahead` is the open transaction.
// Lifetime: process.
#pragma once

#include "store/recent.h"
#include "store/schema.h"
#include "store/store.h"
#include "store/view.h"
#include "store/wal.h"

struct search;
struct shelf;

struct view {
    struct access access;
    struct recent recent; // of the open turn
    Record__CursorMoved *run; // found last; receipts tell of many messages that one covers
    uint64_t first_new;   // position that the open turn may give first: what tables say of it and those behind it this turn has put there
    bool new_replied;     // … among it a reply to one of them
    const Record__State *state;
    struct shelf *shelf;
    struct search *search; // NULL: none
};

struct state {
    Record__State message; // agency and head point below
    char agency[LIMIT_AGENCY_BYTES + 1];
    uint8_t head[DIGEST_BYTES];
};

struct store {
    char *path;
    int lock;
    MDB_env *env;
    uint64_t map_bytes;
    bool unknown; // a commit failed and what is on disk was not read back yet
    MDB_dbi trees[TREE_COUNT];
    struct state committed;
    struct state working;
    struct view reading;
    struct view writing;
    struct shelf *shelf;
    struct search *search; // NULL: none
    struct wal *wal;
    bool log_loaded; // what it holds is known; before that it is not ours to take away
    MDB_txn *ahead; // holds the turns of the log, between turns; NULL: the log is empty
    bool in_doubt;  // what the log holds was read after a failure: its next commit is LMDB's
};

void store_copy_state(struct state *to, const struct state *from);

// The header in part 0, without asking any table but that of parts; NULL (and a failure) if it is missing or does not decode.
const Wire__Header *view_open_header(struct view *view, uint64_t position, struct arena *arena);
// A row and the header it leads to, as everybody else sees them.
void view_fill_held(struct held *held, const Record__StatementHeld *row, const Wire__Header *header);

// Reads one effect message out of a value; NULL (and a failure) if our own disk does not decode.
void *store_unpack(struct view *view, const ProtobufCMessageDescriptor *type, struct bytes value, struct arena *arena);
