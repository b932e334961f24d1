// SPDX-License-Identifier: Apache-2.0
//
// The write-ahead log: turns that are durable and not yet in LMDB's file. A commit of LMDB writes twenty scattered pages or more and flushes twice; a turn
// is appended here instead, in one piece with one flush, and LMDB's transaction stays open for the turns that follow. When the log is full, a turn is
// larger than a frame may be, or nothing happens any more, the transaction is committed with all of them (store_settle), and the log begins anew with its
// first frame. A turn that is given up has those before it made again from the log, so the log is not larger than that may take.
//
//   file      "wal" beside data.mdb while the store is open ("wal.new" until it is made): its head, then frames. It grows by WAL_STRIDE up to WAL_BYTES
//             and never shrinks, so that nearly every append changes no length and costs one flush
//   its head  "liaiwal2", mark u64, CRC32C of both u32; the first page is its own. The mark is chosen by chance when the file is made, so that nobody who
//             has us store a text of his can have it taken for a frame
//   frame     one turn, at a multiple of WAL_PAGE, so that no write touches a page that holds an acknowledged turn
//   head      mark u64, turn u64, bytes of changes u32, CRC32C of all other bytes of head and changes u32, journal head before, journal head after
//   change    WAL_PUT or WAL_REMOVE u8, tree u8, bytes of key u16, bytes of value u32, key, value (its checksum included)
//
// Integers are big-endian. A frame counts if its checksum holds and it follows LMDB's last turn, or the frame before it, by number and by journal head.
// What follows the last such frame is of earlier times, or a last append that was cut short and that nobody was told of. A whole frame of a later turn
// that does not follow is neither: something before it was damaged, and the store is not opened. (Damage to the very last frame after a crash looks like
// an append cut short. To tell them apart would take a second flush a turn, which is what LMDB does.)
//
// Invariant: what wal_append has returned 0 for is read back until wal_reset.
// Lifetime: process.
#pragma once

#include "wire/arena.h"
#include "wire/hash.h"

#include <stdbool.h>

enum { WAL_PAGE = 4096, WAL_STRIDE = 512 << 10, WAL_BYTES = 8 * WAL_STRIDE, WAL_FRAME_MOST = 512 << 10 };

struct wal;

enum wal_form { WAL_PUT = 1, WAL_REMOVE = 2 };

struct wal_change {
    enum wal_form form;
    unsigned tree;
    struct bytes key;
    struct bytes value;
};

// Where a turn stands in the chain of turns.
struct wal_link {
    uint64_t turn;
    struct digest head; // of the journal, after it
};

// Opens the log in `folder`, and makes it if there is none. Holds nothing before wal_load. -EBADMSG: its head is damaged, or of another version.
int wal_open(const char *folder, struct wal **out_wal);
void wal_free(struct wal **wal);
// Takes the file away: nothing in it is needed any more.
void wal_remove(const char *folder);

// Reads the turns that follow `last`. -EBADMSG: damaged.
int wal_load(struct wal *wal, const struct wal_link *last);

// Begins the changes of a turn; those of one that was begun before and not appended are forgotten.
void wal_begin(struct wal *wal);
void wal_note(struct wal *wal, const struct wal_change *change);
// Has the turn changed anything?
bool wal_is_changed(const struct wal *wal);
// Is it small enough for the log, and the log empty enough for it?
bool wal_has_room(const struct wal *wal);
// Lets the file grow if the turn needs that. A failure leaves the log as it is, and LMDB may still have room.
int wal_make_room(struct wal *wal);
// Makes the turn durable, for which there is room in the file. A failure leaves open whether it is.
int wal_append(struct wal *wal, const struct wal_link *before, const struct wal_link *after);

// Has LMDB committed all turns?
bool wal_is_empty(const struct wal *wal);
// Their changes in order, each valid until the next. False: no more, or failure. Not within a turn: a walk takes its place in memory.
struct wal_walk {
    struct wal *wal;
    size_t frame;
    size_t at;
    int failure;
};
void wal_walk_start(struct wal_walk *walk, struct wal *wal);
bool wal_walk_next(struct wal_walk *walk, struct wal_change *out_change);
// LMDB has committed them.
void wal_reset(struct wal *wal);
