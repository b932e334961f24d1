// SPDX-License-Identifier: Apache-2.0
#include "store/journal.h"

#include <errno.h>
#include <string.h>

#include "base/fail.h"
#include "store/inside.h"

void journal_next_head(enum suite suite, struct bytes before, struct bytes record, struct digest *out_head)
{
    const struct bytes pieces[] = {before, record};
    hash_pieces(suite, pieces, 2, out_head);
}

// The facts are packed already, each as a turn that has nothing else: what repeated fields pack to is what each packs to, one after the other.
static struct bytes join(struct bytes own, const struct recent *recent, struct arena *arena)
{
    size_t size = own.size;
    for (size_t i = 0; i < recent->fact_count; i++) {
        size += recent->facts[i].size;
    }
    uint8_t *record = own.data == NULL ? NULL : arena_take_unset(arena, size);
    if (record == NULL) {
        return (struct bytes){0};
    }
    memcpy(record, own.data, own.size);
    uint8_t *at = record + own.size;
    for (size_t i = 0; i < recent->fact_count; i++) {
        memcpy(at, recent->facts[i].data, recent->facts[i].size);
        at += recent->facts[i].size;
    }
    return (struct bytes){record, size};
}

void journal_append(struct store *store, struct arena *arena, const Record__Turn *turn, struct digest *out_head)
{
    struct access *access = &store->writing.access;
    const Record__State *state = &store->working.message;
    must(turn->n_effects == 0);
    struct bytes record = join(decode_pack(&turn->base, arena), &store->writing.recent, arena);
    if (record.data == NULL) {
        schema_fail(access, ENOMEM, "a journal record");
        return;
    }
    struct key key;
    schema_start(&key);
    schema_add_u64(&key, turn->number);
    struct bytes held;
    if (turn->number != state->turn + 1 || schema_get(access, TABLE_JOURNAL, &key, &held)) {
        schema_fail(access, EEXIST, "the journal has moved on");
        return;
    }
    journal_next_head((enum suite)state->suite, (struct bytes){store->working.head, DIGEST_BYTES}, record, out_head);
    schema_put(access, TABLE_JOURNAL, &key, record);
}

bool journal_read_bytes(struct view *view, uint64_t number, struct bytes *out_record)
{
    struct key key;
    schema_start(&key);
    schema_add_u64(&key, number);
    return schema_get(&view->access, TABLE_JOURNAL, &key, out_record);
}

Record__Turn *journal_read(struct view *view, uint64_t number, struct arena *arena)
{
    struct bytes record;
    return journal_read_bytes(view, number, &record) ? store_unpack(view, &record__turn__descriptor, record, arena) : NULL;
}
