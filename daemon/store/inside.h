// SPDX-License-Identifier: Apache-2.0
//
// What the files of store/ share among themselves and nobody else sees.
//
// Invariant: `working` equals `committed` outside a turn.
// Lifetime: process.
#pragma once

#include "store/schema.h"
#include "store/store.h"

struct shelf;

struct view {
    struct access access;
    const Record__State *state;
    struct shelf *shelf;
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
    MDB_dbi tables[TABLE_COUNT];
    struct state committed;
    struct state working;
    struct view reading;
    struct view writing;
    struct shelf *shelf;
    bool creating; // tables are being rebuilt from another store's journal
};

void store_copy_state(struct state *to, const struct state *from);

// Reads one effect message out of a value; NULL (and a failure) if our own disk does not decode.
void *store_unpack(struct view *view, const ProtobufCMessageDescriptor *type, struct bytes value, struct arena *arena);
