// SPDX-License-Identifier: Apache-2.0
//
// The tables and how their keys and values are made. Primary are the journal (one record a turn), the seals and the parts: they
// are written once and hold what cannot be computed. All other tables are the journal's effects applied in order; they refer to
// statements by position and never copy them. A position is the ordinal number of a statement in this store, from 1.
//
//   table       key                                       value (protobuf of record.proto unless said otherwise)
//   meta        "state"                                   State
//   journal     turn u64                                  Turn
//   seals       author 0 epoch u64 turn u64               216 bytes
//   parts       position u64 part u8                      part 0: PROTOCOL.md section 6 up to the header's end; n: salt, content; of an
//                                                         attachment the salt alone: which file it is stands in attached
//   statements  position u64                              StatementHeld
//   identities  author 0 id                               position u64
//   sources     author 0 system 0 record                  position u64
//   matters     matter kind 0 sealed-at i64 position u64  –
//   firsts      matter compact 0                          position u64   the first held of the matter, by each compact
//   heads       matter position u64                       –     statements of a matter that no other held one cites
//   replies     position u64 Reply position u64           –     the second replies to the first; Reply is below
//   awaited     author 0 id position u64                  Reply the last replies to the first, which is not held
//   outbox      peer 0 stream u32 epoch u64 sequence u64  position u64
//   sent        position u64 peer 0                       stream u32, epoch u64, sequence u64
//   outgoing    peer 0 stream u32                         StreamState
//   runs        peer 0 stream u32 epoch u64 from u64      CursorMoved
//   inbox       peer 0 stream u32 epoch u64 sequence u64  StreamMoved
//   incoming    peer 0 stream u32                         StreamState
//   duties      position u64 slot u16 duty 0              DutySet
//   due         instant u64 position u64 slot u16 duty 0  –
//   ongoing     matter kind 0 author 0 until i64          –     duties that statements of this kind anywhere in the matter may still change: only those
//                 position u64 slot u16 duty 0                  of this author (empty: anybody's), and none that counts later than `until`
//   unheard     debtor 0 position u64 slot u16 duty 0     –     duties that a mark of the debtor may decide
//   deliveries  position u64 agency 0                     DeliverySet
//   peers       agency 0                                  PeerSet
//   peerstates  agency 0                                  PeerState
//   officers    certificate 0                             OfficerSet
//   texts       digest                                    TextHeld
//   compacts    id 0                                      CompactSet
//   law         "law"                                     LawInForce
//   alarms      code 0 agency 0                           Alarm
//   subscribed  peer 0 position u64                       SubscriptionSet   the position is that of the request
//   published   catalogue u8 author 0 position u64        –     publications; those of the catalogue apart from the others
//   attached    position u64 part u8                      Attached       a part that is an attachment; numbered here and below from 0
//   arrivals    position u64 part u8 agency 0             PartArrived
//   fetches     peer 0 ordinary u8 position u64 part u8   –              awaited from that peer; ordinary: 0 if the message is urgent
//   untold      peer 0 position u64 part u8               –              arrivals of which the peer has not said so
//   files       suite u8 root size u64                    FileSet        beside the store, whole (blob.h)
//   uses        suite u8 root size u64                    –              attachments whose bytes a file is
//                 position u64 part u8
//   unused      instant i64 suite u8 root size u64        –              files that no attachment is yet
//
// Reply is kind 0 author 0 had-at i64: when its author had what it replies to, by his word; the greatest if he does not say. So what is asked about replies
// is found without walking all of them.
// Integers in keys are big-endian, and i64 have their sign bit flipped, so that LMDB's order is theirs. Every value ends in CRC32C(key ‖ value), because LMDB checks nothing it reads.
// Invariant: no table is written but by store/commit.c, inside the one write transaction of a turn.
// Lifetime: transaction.
#pragma once

#include "wire/arena.h"
#include "wire/limits.h"

#include <lmdb.h>
#include <stdbool.h>

struct wal;

enum table {
    TABLE_META,
    TABLE_JOURNAL,
    TABLE_SEALS,
    TABLE_PARTS,
    TABLE_STATEMENTS,
    TABLE_IDENTITIES,
    TABLE_SOURCES,
    TABLE_MATTERS,
    TABLE_FIRSTS,
    TABLE_HEADS,
    TABLE_REPLIES,
    TABLE_AWAITED,
    TABLE_OUTBOX,
    TABLE_SENT,
    TABLE_OUTGOING,
    TABLE_RUNS,
    TABLE_INBOX,
    TABLE_INCOMING,
    TABLE_DUTIES,
    TABLE_DUE,
    TABLE_ONGOING,
    TABLE_UNHEARD,
    TABLE_DELIVERIES,
    TABLE_PEERS,
    TABLE_PEERSTATES,
    TABLE_OFFICERS,
    TABLE_TEXTS,
    TABLE_COMPACTS,
    TABLE_LAW,
    TABLE_ALARMS,
    TABLE_SUBSCRIBED,
    TABLE_PUBLISHED,
    TABLE_ATTACHED,
    TABLE_ARRIVALS,
    TABLE_FETCHES,
    TABLE_UNTOLD,
    TABLE_FILES,
    TABLE_USES,
    TABLE_UNUSED,
    TABLE_COUNT,
};

// LMDB's trees. What a turn writes costs whole pages of each tree it touches, so small tables share one, and so do tables whose rows are written and read
// together.
enum store_tree {
    TREE_STATE,    // rows that are few and change: state, streams, agencies, law, subscriptions
    TREE_JOURNAL,  // journal, seals
    TREE_PARTS,
    TREE_MESSAGES, // statements, sent, duties
    TREE_MATTERS,  // matters, firsts, heads, ongoing
    TREE_IDENTITIES,
    TREE_SOURCES,
    TREE_REPLIES,
    TREE_AWAITED,
    TREE_STREAMS, // outbox, runs, inbox, published
    TREE_DUE,
    TREE_UNHEARD,
    TREE_DELIVERIES,
    TREE_FILES, // files, uses, unused
    TREE_COUNT,
};

enum { SCHEMA_VERSION = 6, SCHEMA_KEY_BYTES = 480 };

const char *schema_name(enum table table);
const char *schema_tree_name(enum store_tree tree);
// Primary tables are not rebuilt from the journal.
bool schema_is_primary(enum table table);

struct key {
    uint8_t bytes[SCHEMA_KEY_BYTES];
    size_t size;
};

// Keys are built by adding fields from left to right; a text ends in a zero byte. What lies beyond its size is not part of a key and is not zeroed.
static inline void schema_start(struct key *out_key)
{
    out_key->size = 0;
}
void schema_add_text(struct key *key, const char *text);
void schema_add_bytes(struct key *key, struct bytes bytes);
void schema_add_u8(struct key *key, uint8_t value);
void schema_add_u16(struct key *key, uint16_t value);
void schema_add_u32(struct key *key, uint32_t value);
void schema_add_u64(struct key *key, uint64_t value);
void schema_add_i64(struct key *key, int64_t value);
int64_t schema_get_i64(const uint8_t bytes[8]);

// What a transaction shares: its trees and the first failure, which sticks so that call sites stay straight.
struct access {
    MDB_txn *txn;
    const MDB_dbi *trees;
    struct wal *wal; // every change is noted there; NULL: nothing is changed
    MDB_cursor *cursors[TREE_COUNT]; // where each tree was last looked into: what comes next nearly always stands beside it
    int failure; // 0, or the first negative errno
};

// Before the transaction ends, or passes to another access.
void schema_close(struct access *access);

void schema_fail(struct access *access, int mdb_result, const char *what);

// The value without its checksum, inside the map: valid until the next write of the transaction. False: absent, or failure.
bool schema_get(struct access *access, enum table table, const struct key *key, struct bytes *out_value);

// Is there no row at all? Only for a table that shares its tree with none.
bool schema_is_empty(struct access *access, enum table table);

void schema_put(struct access *access, enum table table, const struct key *key, struct bytes value);
// Puts pieces joined, without copying them together first.
void schema_put_pieces(struct access *access, enum table table, const struct key *key,
                       const struct bytes *pieces, size_t count);
void schema_remove(struct access *access, enum table table, const struct key *key);

// Walks keys that begin with `prefix`, from `from` (may be NULL: from the prefix's first), in either direction.
enum walk_direction { WALK_UP, WALK_DOWN };
struct walk {
    struct access *access;
    enum table table;
    MDB_cursor *cursor;
    struct key prefix;
    enum walk_direction direction;
    MDB_val key;
    MDB_val value;
    bool positioned;
    uint8_t found[SCHEMA_KEY_BYTES]; // the key handed out, where it is not LMDB's own
};
void schema_walk_start(struct walk *walk, struct access *access, enum table table, const struct key *prefix,
                       const struct key *from, enum walk_direction direction);
// False at the end or on failure; key and value are valid until the next step or write.
bool schema_walk_next(struct walk *walk, struct bytes *out_key, struct bytes *out_value);
void schema_walk_stop(struct walk *walk);
