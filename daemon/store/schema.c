// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

#include <errno.h>
#include <isa-l/crc.h>
#include <stdio.h>
#include <string.h>

#include "wire/text.h"

#include "base/fail.h"
#include "store/wal.h"

enum { CRC_BYTES = 4 };
static const uint64_t SIGN_BIT = UINT64_C(1) << 63;

static const char *const tree_names[TREE_COUNT] = {
    [TREE_STATE] = "state",
    [TREE_JOURNAL] = "journal",
    [TREE_PARTS] = "parts",
    [TREE_MESSAGES] = "messages",
    [TREE_MATTERS] = "matters",
    [TREE_IDENTITIES] = "identities",
    [TREE_SOURCES] = "sources",
    [TREE_REPLIES] = "replies",
    [TREE_AWAITED] = "awaited",
    [TREE_STREAMS] = "streams",
    [TREE_DUE] = "due",
    [TREE_UNHEARD] = "unheard",
    [TREE_DELIVERIES] = "deliveries",
    [TREE_FILES] = "files",
};

enum { UNSHARED = 0 };

// Where a table lies. Tables that share a tree are told apart by a byte of their own, put into the key behind its first `tag_at` bytes: behind the position
// or the matter, what belongs together stands together, and a turn writes fewer pages.
static const struct place {
    const char *name;
    enum store_tree tree;
    uint8_t tag; // never changes: it is in every store
    uint8_t tag_at;
} places[TABLE_COUNT] = {
    [TABLE_META] = {"meta", TREE_STATE, 1, 0},
    [TABLE_OUTGOING] = {"outgoing", TREE_STATE, 2, 0},
    [TABLE_INCOMING] = {"incoming", TREE_STATE, 3, 0},
    [TABLE_PEERS] = {"peers", TREE_STATE, 4, 0},
    [TABLE_PEERSTATES] = {"peerstates", TREE_STATE, 5, 0},
    [TABLE_OFFICERS] = {"officers", TREE_STATE, 6, 0},
    [TABLE_TEXTS] = {"texts", TREE_STATE, 7, 0},
    [TABLE_COMPACTS] = {"compacts", TREE_STATE, 8, 0},
    [TABLE_LAW] = {"law", TREE_STATE, 9, 0},
    [TABLE_ALARMS] = {"alarms", TREE_STATE, 10, 0},
    [TABLE_SUBSCRIBED] = {"subscribed", TREE_STATE, 11, 0},
    [TABLE_JOURNAL] = {"journal", TREE_JOURNAL, 1, 0},
    [TABLE_SEALS] = {"seals", TREE_JOURNAL, 2, 0},
    [TABLE_STATEMENTS] = {"statements", TREE_MESSAGES, 1, 8},
    [TABLE_SENT] = {"sent", TREE_MESSAGES, 2, 8},
    [TABLE_DUTIES] = {"duties", TREE_MESSAGES, 3, 8},
    [TABLE_PARTS] = {"parts", TREE_PARTS, UNSHARED, 0},
    [TABLE_MATTERS] = {"matters", TREE_MATTERS, 1, ID_BYTES},
    [TABLE_HEADS] = {"heads", TREE_MATTERS, 2, ID_BYTES},
    [TABLE_FIRSTS] = {"firsts", TREE_MATTERS, 4, ID_BYTES},
    [TABLE_ONGOING] = {"ongoing", TREE_MATTERS, 3, ID_BYTES},
    [TABLE_IDENTITIES] = {"identities", TREE_IDENTITIES, UNSHARED, 0},
    [TABLE_SOURCES] = {"sources", TREE_SOURCES, UNSHARED, 0},
    [TABLE_REPLIES] = {"replies", TREE_REPLIES, UNSHARED, 0},
    [TABLE_AWAITED] = {"awaited", TREE_AWAITED, UNSHARED, 0},
    [TABLE_OUTBOX] = {"outbox", TREE_STREAMS, 1, 0},
    [TABLE_RUNS] = {"runs", TREE_STREAMS, 2, 0},
    [TABLE_INBOX] = {"inbox", TREE_STREAMS, 3, 0},
    [TABLE_PUBLISHED] = {"published", TREE_STREAMS, 4, 0},
    [TABLE_DUE] = {"due", TREE_DUE, UNSHARED, 0},
    [TABLE_UNHEARD] = {"unheard", TREE_UNHEARD, UNSHARED, 0},
    [TABLE_DELIVERIES] = {"deliveries", TREE_DELIVERIES, UNSHARED, 0},
    [TABLE_ATTACHED] = {"attached", TREE_MESSAGES, 4, 8},
    [TABLE_ARRIVALS] = {"arrivals", TREE_MESSAGES, 5, 8},
    [TABLE_FETCHES] = {"fetches", TREE_STREAMS, 6, 0},
    [TABLE_UNTOLD] = {"untold", TREE_STREAMS, 5, 0},
    [TABLE_FILES] = {"files", TREE_FILES, 1, 0},
    [TABLE_USES] = {"uses", TREE_FILES, 2, 0},
    [TABLE_UNUSED] = {"unused", TREE_FILES, 3, 0},
};

const char *schema_name(enum table table)
{
    return places[table].name;
}

const char *schema_tree_name(enum store_tree tree)
{
    return tree_names[tree];
}

bool schema_is_primary(enum table table)
{
    return table == TABLE_JOURNAL || table == TABLE_SEALS || table == TABLE_PARTS;
}

// A key as it stands in its tree. One too short to reach the tag stands for all that begin with it, whatever their table.
static void place_key(enum table table, const struct key *key, struct key *out_key)
{
    const struct place *place = &places[table];
    out_key->size = key->size;
    if (place->tag == UNSHARED || key->size < place->tag_at) {
        memcpy(out_key->bytes, key->bytes, key->size);
        return;
    }
    must(key->size < sizeof(out_key->bytes));
    memcpy(out_key->bytes, key->bytes, place->tag_at);
    out_key->bytes[place->tag_at] = place->tag;
    memcpy(out_key->bytes + place->tag_at + 1, key->bytes + place->tag_at, key->size - place->tag_at);
    out_key->size = key->size + 1;
}

// NULL: failure.
static MDB_cursor *cursor_of(struct access *access, enum table table)
{
    MDB_cursor **cursor = &access->cursors[places[table].tree];
    if (access->failure != 0) {
        return NULL;
    }
    int result = *cursor != NULL ? 0 : mdb_cursor_open(access->txn, access->trees[places[table].tree], cursor);
    if (result != 0) {
        *cursor = NULL;
        schema_fail(access, result, places[table].name);
    }
    return *cursor;
}

void schema_close(struct access *access)
{
    for (int i = 0; i < TREE_COUNT; i++) {
        if (access->cursors[i] != NULL) {
            mdb_cursor_close(access->cursors[i]);
            access->cursors[i] = NULL;
        }
    }
}

static void note(struct access *access, enum wal_form form, enum table table, MDB_val key, MDB_val value)
{
    const struct wal_change change = {form, places[table].tree, {key.mv_data, key.mv_size}, {value.mv_data, value.mv_size}};
    wal_note(access->wal, &change);
}

static uint8_t *grow(struct key *key, size_t size)
{
    must(key->size + size <= sizeof(key->bytes));
    uint8_t *at = key->bytes + key->size;
    key->size += size;
    return at;
}

void schema_add_text(struct key *key, const char *text)
{
    size_t size = strlen(text) + 1;
    memcpy(grow(key, size), text, size);
}

void schema_add_bytes(struct key *key, struct bytes bytes)
{
    memcpy(grow(key, bytes.size), bytes.data, bytes.size);
}

void schema_add_u8(struct key *key, uint8_t value)
{
    *grow(key, 1) = value;
}

void schema_add_u16(struct key *key, uint16_t value)
{
    text_put_u16(grow(key, 2), value);
}

void schema_add_u32(struct key *key, uint32_t value)
{
    text_put_u32(grow(key, 4), value);
}

void schema_add_u64(struct key *key, uint64_t value)
{
    text_put_u64(grow(key, 8), value);
}

void schema_add_i64(struct key *key, int64_t value)
{
    text_put_u64(grow(key, 8), (uint64_t)value ^ SIGN_BIT);
}

int64_t schema_get_i64(const uint8_t bytes[8])
{
    return (int64_t)(text_get_u64(bytes) ^ SIGN_BIT);
}

void schema_fail(struct access *access, int mdb_result, const char *what)
{
    if (access->failure != 0) {
        return;
    }
    // LMDB's own codes lie below -30000 and name no errno; to callers they are all an I/O failure.
    int result = mdb_result > 0 ? -mdb_result : mdb_result == MDB_MAP_FULL ? -ENOSPC : -EIO;
    char text[128];
    snprintf(text, sizeof(text), "%s: %s", what, mdb_strerror(mdb_result));
    access->failure = FAIL_ORIGIN(result, text);
}

static uint32_t checksum(MDB_val key, const void *value, size_t size)
{
    unsigned crc = crc32_iscsi(key.mv_data, (int)key.mv_size, ~0U);
    return ~crc32_iscsi((unsigned char *)value, (int)size, crc);
}

// LMDB hands out what the disk holds; a value whose checksum does not match is a failure, never an answer.
static bool open_value(struct access *access, MDB_val key, MDB_val value, struct bytes *out_value)
{
    const uint8_t *data = value.mv_data;
    if (value.mv_size < CRC_BYTES ||
        text_get_u32(data + value.mv_size - CRC_BYTES) !=
            checksum(key, data, value.mv_size - CRC_BYTES)) {
        schema_fail(access, EBADMSG, "a stored value does not match its checksum");
        return false;
    }
    *out_value = (struct bytes){data, value.mv_size - CRC_BYTES};
    return true;
}

bool schema_get(struct access *access, enum table table, const struct key *key, struct bytes *out_value)
{
    MDB_cursor *cursor = cursor_of(access, table);
    if (cursor == NULL) {
        return false;
    }
    struct key placed;
    place_key(table, key, &placed);
    MDB_val mdb_key = {placed.size, placed.bytes};
    MDB_val value;
    int result = mdb_cursor_get(cursor, &mdb_key, &value, MDB_SET);
    if (result == MDB_NOTFOUND) {
        return false;
    }
    if (result != 0) {
        schema_fail(access, result, places[table].name);
        return false;
    }
    return open_value(access, mdb_key, value, out_value);
}

bool schema_is_empty(struct access *access, enum table table)
{
    MDB_stat stat;
    must(places[table].tag == UNSHARED);
    if (access->failure != 0) {
        return false;
    }
    int result = mdb_stat(access->txn, access->trees[places[table].tree], &stat);
    if (result != 0) {
        schema_fail(access, result, places[table].name);
        return false;
    }
    return stat.ms_entries == 0;
}

void schema_put(struct access *access, enum table table, const struct key *key, struct bytes value)
{
    schema_put_pieces(access, table, key, &value, 1);
}

void schema_put_pieces(struct access *access, enum table table, const struct key *key,
                       const struct bytes *pieces, size_t count)
{
    MDB_cursor *cursor = cursor_of(access, table);
    if (cursor == NULL) {
        return;
    }
    struct key placed;
    place_key(table, key, &placed);
    MDB_val mdb_key = {placed.size, placed.bytes};
    MDB_val value = {CRC_BYTES, NULL};
    for (size_t i = 0; i < count; i++) {
        value.mv_size += pieces[i].size;
    }
    int result = mdb_cursor_put(cursor, &mdb_key, &value, MDB_RESERVE);
    if (result != 0) {
        schema_fail(access, result, places[table].name);
        return;
    }
    uint8_t *at = value.mv_data;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].size > 0) {
            memcpy(at, pieces[i].data, pieces[i].size);
            at += pieces[i].size;
        }
    }
    text_put_u32(at, checksum(mdb_key, value.mv_data, value.mv_size - CRC_BYTES));
    note(access, WAL_PUT, table, mdb_key, value);
}

void schema_remove(struct access *access, enum table table, const struct key *key)
{
    if (access->failure != 0) {
        return;
    }
    struct key placed;
    place_key(table, key, &placed);
    MDB_val mdb_key = {placed.size, placed.bytes};
    int result = mdb_del(access->txn, access->trees[places[table].tree], &mdb_key, NULL);
    if (result == 0) {
        note(access, WAL_REMOVE, table, mdb_key, (MDB_val){0, NULL});
    } else if (result != MDB_NOTFOUND) {
        schema_fail(access, result, places[table].name);
    }
}

// Leads the cursor to the last key that is not behind `start`.
static int seek_down(struct walk *walk, const struct key *start, int result)
{
    bool behind = result == 0 && (walk->key.mv_size != start->size || memcmp(walk->key.mv_data, start->bytes, start->size) != 0);
    if (result == MDB_NOTFOUND) {
        return mdb_cursor_get(walk->cursor, &walk->key, &walk->value, MDB_LAST);
    }
    return behind ? mdb_cursor_get(walk->cursor, &walk->key, &walk->value, MDB_PREV) : result;
}

void schema_walk_start(struct walk *walk, struct access *access, enum table table, const struct key *prefix,
                       const struct key *from, enum walk_direction direction)
{
    walk->access = access;
    walk->table = table;
    walk->direction = direction;
    walk->cursor = NULL;
    walk->positioned = false;
    place_key(table, prefix, &walk->prefix);
    if (access->failure != 0) {
        return;
    }
    int result = mdb_cursor_open(access->txn, access->trees[places[table].tree], &walk->cursor);
    if (result != 0) {
        schema_fail(access, result, places[table].name);
        walk->cursor = NULL;
        return;
    }
    struct key start;
    place_key(table, from != NULL ? from : prefix, &start);
    if (from == NULL && direction == WALK_DOWN) {
        // No key is longer than this, so nothing with the prefix sorts behind it.
        memset(start.bytes + start.size, 0xff, sizeof(start.bytes) - start.size);
        start.size = sizeof(start.bytes);
    }
    walk->key = (MDB_val){start.size, start.bytes};
    // LMDB has no empty key; without any bound the walk begins at the tree's first.
    result = mdb_cursor_get(walk->cursor, &walk->key, &walk->value, start.size == 0 ? MDB_FIRST : MDB_SET_RANGE);
    result = direction == WALK_DOWN ? seek_down(walk, &start, result) : result;
    if (result != 0 && result != MDB_NOTFOUND) {
        schema_fail(access, result, places[table].name);
    }
    walk->positioned = result == 0;
}

static void step(struct walk *walk)
{
    int result = mdb_cursor_get(walk->cursor, &walk->key, &walk->value, walk->direction == WALK_UP ? MDB_NEXT : MDB_PREV);
    walk->positioned = result == 0;
    if (result != 0 && result != MDB_NOTFOUND) {
        schema_fail(walk->access, result, "walk");
    }
}

static bool is_within(const struct walk *walk)
{
    return walk->key.mv_size >= walk->prefix.size && memcmp(walk->key.mv_data, walk->prefix.bytes, walk->prefix.size) == 0;
}

// The key as its table knows it.
static void take_key(struct walk *walk, const struct place *place, struct bytes *out_key)
{
    const uint8_t *data = walk->key.mv_data;
    if (place->tag == UNSHARED) {
        *out_key = (struct bytes){data, walk->key.mv_size};
        return;
    }
    memcpy(walk->found, data, place->tag_at);
    memcpy(walk->found + place->tag_at, data + place->tag_at + 1, walk->key.mv_size - place->tag_at - 1);
    *out_key = (struct bytes){walk->found, walk->key.mv_size - 1};
}

bool schema_walk_next(struct walk *walk, struct bytes *out_key, struct bytes *out_value)
{
    const struct place *place = &places[walk->table];
    while (walk->cursor != NULL && walk->positioned && walk->access->failure == 0) {
        if (!is_within(walk)) {
            walk->positioned = false;
            return false;
        }
        bool ours = place->tag == UNSHARED ||
                    (walk->key.mv_size > place->tag_at && ((const uint8_t *)walk->key.mv_data)[place->tag_at] == place->tag);
        if (!ours) { // of a table that shares the tree, where the prefix does not reach the tag
            step(walk);
            continue;
        }
        if (walk->key.mv_size > sizeof(walk->found) || !open_value(walk->access, walk->key, walk->value, out_value)) {
            return false;
        }
        take_key(walk, place, out_key);
        step(walk);
        return true;
    }
    return false;
}

void schema_walk_stop(struct walk *walk)
{
    if (walk->cursor != NULL) {
        mdb_cursor_close(walk->cursor);
        walk->cursor = NULL;
    }
}
