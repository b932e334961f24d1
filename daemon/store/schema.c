// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

#include <errno.h>
#include <isa-l/crc.h>
#include <stdio.h>
#include <string.h>

#include "wire/text.h"

#include "base/fail.h"

enum { CRC_BYTES = 4 };

static const char *const names[TABLE_COUNT] = {
    [TABLE_META] = "meta",
    [TABLE_JOURNAL] = "journal",
    [TABLE_SEALS] = "seals",
    [TABLE_PARTS] = "parts",
    [TABLE_STATEMENTS] = "statements",
    [TABLE_IDENTITIES] = "identities",
    [TABLE_SOURCES] = "sources",
    [TABLE_MATTERS] = "matters",
    [TABLE_HEADS] = "heads",
    [TABLE_REPLIES] = "replies",
    [TABLE_AWAITED] = "awaited",
    [TABLE_OUTBOX] = "outbox",
    [TABLE_SENT] = "sent",
    [TABLE_OUTGOING] = "outgoing",
    [TABLE_RUNS] = "runs",
    [TABLE_INBOX] = "inbox",
    [TABLE_INCOMING] = "incoming",
    [TABLE_DUTIES] = "duties",
    [TABLE_DUE] = "due",
    [TABLE_ONGOING] = "ongoing",
    [TABLE_UNHEARD] = "unheard",
    [TABLE_DELIVERIES] = "deliveries",
    [TABLE_PEERS] = "peers",
    [TABLE_PEERSTATES] = "peerstates",
    [TABLE_OFFICERS] = "officers",
    [TABLE_TEXTS] = "texts",
    [TABLE_COMPACTS] = "compacts",
    [TABLE_LAW] = "law",
    [TABLE_ALARMS] = "alarms",
};

const char *schema_name(enum table table)
{
    return names[table];
}

bool schema_is_primary(enum table table)
{
    return table == TABLE_JOURNAL || table == TABLE_SEALS || table == TABLE_PARTS;
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
    if (access->failure != 0) {
        return false;
    }
    MDB_val mdb_key = {key->size, (void *)key->bytes};
    MDB_val value;
    int result = mdb_get(access->txn, access->tables[table], &mdb_key, &value);
    if (result == MDB_NOTFOUND) {
        return false;
    }
    if (result != 0) {
        schema_fail(access, result, names[table]);
        return false;
    }
    return open_value(access, mdb_key, value, out_value);
}

void schema_put(struct access *access, enum table table, const struct key *key, struct bytes value)
{
    schema_put_pieces(access, table, key, &value, 1);
}

void schema_put_pieces(struct access *access, enum table table, const struct key *key,
                       const struct bytes *pieces, size_t count)
{
    if (access->failure != 0) {
        return;
    }
    MDB_val mdb_key = {key->size, (void *)key->bytes};
    MDB_val value = {CRC_BYTES, NULL};
    for (size_t i = 0; i < count; i++) {
        value.mv_size += pieces[i].size;
    }
    int result = mdb_put(access->txn, access->tables[table], &mdb_key, &value, MDB_RESERVE);
    if (result != 0) {
        schema_fail(access, result, names[table]);
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
}

void schema_remove(struct access *access, enum table table, const struct key *key)
{
    if (access->failure != 0) {
        return;
    }
    MDB_val mdb_key = {key->size, (void *)key->bytes};
    int result = mdb_del(access->txn, access->tables[table], &mdb_key, NULL);
    if (result != 0 && result != MDB_NOTFOUND) {
        schema_fail(access, result, names[table]);
    }
}

void schema_walk_start(struct walk *walk, struct access *access, enum table table, const struct key *prefix,
                       const struct key *from, enum walk_direction direction)
{
    *walk = (struct walk){.access = access, .direction = direction, .prefix = *prefix};
    if (access->failure != 0) {
        return;
    }
    int result = mdb_cursor_open(access->txn, access->tables[table], &walk->cursor);
    if (result != 0) {
        schema_fail(access, result, names[table]);
        walk->cursor = NULL;
        return;
    }
    struct key start = from != NULL ? *from : *prefix;
    if (from == NULL && direction == WALK_DOWN) {
        // No key is longer than this, so nothing with the prefix sorts behind it.
        memset(start.bytes + start.size, 0xff, sizeof(start.bytes) - start.size);
        start.size = sizeof(start.bytes);
    }
    walk->key = (MDB_val){start.size, start.bytes};
    // LMDB has no empty key; without any bound the walk begins at the table's first.
    result = mdb_cursor_get(walk->cursor, &walk->key, &walk->value, start.size == 0 ? MDB_FIRST : MDB_SET_RANGE);
    if (direction == WALK_DOWN) {
        bool behind = result == 0 && (walk->key.mv_size != start.size ||
                                      memcmp(walk->key.mv_data, start.bytes, start.size) != 0);
        if (result == MDB_NOTFOUND) {
            result = mdb_cursor_get(walk->cursor, &walk->key, &walk->value, MDB_LAST);
        } else if (behind) {
            result = mdb_cursor_get(walk->cursor, &walk->key, &walk->value, MDB_PREV);
        }
    }
    if (result != 0 && result != MDB_NOTFOUND) {
        schema_fail(access, result, names[table]);
    }
    walk->positioned = result == 0;
}

bool schema_walk_next(struct walk *walk, struct bytes *out_key, struct bytes *out_value)
{
    if (walk->cursor == NULL || !walk->positioned || walk->access->failure != 0) {
        return false;
    }
    MDB_val key = walk->key;
    MDB_val value = walk->value;
    if (key.mv_size < walk->prefix.size ||
        memcmp(key.mv_data, walk->prefix.bytes, walk->prefix.size) != 0) {
        walk->positioned = false;
        return false;
    }
    if (!open_value(walk->access, key, value, out_value)) {
        return false;
    }
    *out_key = (struct bytes){key.mv_data, key.mv_size};
    int result = mdb_cursor_get(walk->cursor, &walk->key, &walk->value,
                                walk->direction == WALK_UP ? MDB_NEXT : MDB_PREV);
    walk->positioned = result == 0;
    if (result != 0 && result != MDB_NOTFOUND) {
        schema_fail(walk->access, result, "walk");
    }
    return true;
}

void schema_walk_stop(struct walk *walk)
{
    if (walk->cursor != NULL) {
        mdb_cursor_close(walk->cursor);
        walk->cursor = NULL;
    }
}
