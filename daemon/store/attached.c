// SPDX-License-Identifier: Apache-2.0
#include "store/attached.h"

#include <errno.h>
#include <string.h>

#include "wire/decode.h"

#include "store/inside.h"

bool attached_name(const Record__FileName *name, struct file_name *out_name)
{
    if (name == NULL || name->root.len != DIGEST_BYTES) {
        return false;
    }
    *out_name = (struct file_name){.suite = (enum suite)name->suite, .size = name->size};
    memcpy(out_name->root.bytes, name->root.data, DIGEST_BYTES);
    return true;
}

void attached_add_name(struct key *key, const struct file_name *name)
{
    schema_add_u8(key, (uint8_t)name->suite);
    schema_add_bytes(key, (struct bytes){name->root.bytes, DIGEST_BYTES});
    schema_add_u64(key, name->size);
}

static struct key key_name(const struct file_name *name)
{
    struct key key;
    schema_start(&key);
    attached_add_name(&key, name);
    return key;
}

static struct key key_use(const struct file_name *name, uint64_t position, uint32_t part)
{
    struct key key = key_name(name);
    schema_add_u64(&key, position);
    schema_add_u8(&key, (uint8_t)part);
    return key;
}

static struct key key_unused(int64_t at, const struct file_name *name)
{
    struct key key;
    schema_start(&key);
    schema_add_i64(&key, at);
    attached_add_name(&key, name);
    return key;
}

static struct key key_position(uint64_t position)
{
    struct key key;
    schema_start(&key);
    schema_add_u64(&key, position);
    return key;
}

static struct key key_part(uint64_t position, uint32_t part)
{
    struct key key = key_position(position);
    schema_add_u8(&key, (uint8_t)part);
    return key;
}

static struct key key_fetch(const char *peer, bool urgent, uint64_t position, uint32_t part)
{
    struct key key;
    schema_start(&key);
    schema_add_text(&key, peer);
    schema_add_u8(&key, urgent ? 0 : 1);
    schema_add_u64(&key, position);
    schema_add_u8(&key, (uint8_t)part);
    return key;
}

static struct key key_untold(const char *peer, uint64_t position, uint32_t part)
{
    struct key key;
    schema_start(&key);
    schema_add_text(&key, peer);
    schema_add_u64(&key, position);
    schema_add_u8(&key, (uint8_t)part);
    return key;
}

static struct access *access_of(struct store *store)
{
    return &store->writing.access;
}

static void put_message(struct store *store, struct arena *arena, enum table table, const struct key *key, const ProtobufCMessage *message)
{
    struct bytes packed = decode_pack(message, arena);
    if (packed.data == NULL) {
        schema_fail(access_of(store), ENOMEM, "a row");
        return;
    }
    schema_put(access_of(store), table, key, packed);
}

static void put_nothing(struct store *store, enum table table, const struct key *key)
{
    schema_put(access_of(store), table, key, (struct bytes){(const uint8_t *)"", 0});
}

static void *get(struct store *store, struct arena *arena, enum table table, const struct key *key, const ProtobufCMessageDescriptor *type)
{
    struct bytes value;
    return schema_get(access_of(store), table, key, &value) ? store_unpack(&store->writing, type, value, arena) : NULL;
}

static bool read_name(struct store *store, const Record__FileName *name, struct file_name *out_name)
{
    if (attached_name(name, out_name)) {
        return true;
    }
    schema_fail(access_of(store), EBADMSG, "a file without a name");
    return false;
}

// ------------------------------------------------------------------------------------------------------ files

static void count_file(struct store *store, const struct file_name *name, uint64_t change)
{
    Record__State *state = &store->working.message;
    state->files += change;
    state->file_bytes += change * name->size;
}

static bool is_used(struct store *store, const struct file_name *name)
{
    const struct key prefix = key_name(name);
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, access_of(store), TABLE_USES, &prefix, NULL, WALK_UP);
    bool found = schema_walk_next(&walk, &key, &value);
    schema_walk_stop(&walk);
    return found;
}

static void drop_file(struct store *store, struct arena *arena, const struct file_name *name)
{
    const struct key key = key_name(name);
    const Record__FileSet *row = get(store, arena, TABLE_FILES, &key, &record__file_set__descriptor);
    if (row == NULL) {
        return;
    }
    const struct key unused = key_unused(row->at, name);
    schema_remove(access_of(store), TABLE_UNUSED, &unused);
    schema_remove(access_of(store), TABLE_FILES, &key);
    count_file(store, name, (uint64_t)-1);
}

void attached_put_file(struct store *store, struct arena *arena, const Record__FileSet *file)
{
    struct file_name name;
    struct bytes value;
    if (!read_name(store, file->name, &name)) {
        return;
    }
    if (file->dropped) {
        drop_file(store, arena, &name);
        return;
    }
    const struct key key = key_name(&name);
    if (!schema_get(access_of(store), TABLE_FILES, &key, &value)) {
        const struct key unused = key_unused(file->at, &name);
        put_message(store, arena, TABLE_FILES, &key, &file->base);
        put_nothing(store, TABLE_UNUSED, &unused);
        count_file(store, &name, 1);
    }
}

static void use_file(struct store *store, struct arena *arena, const Record__PartWhole *whole, const struct file_name *name)
{
    const struct key key = key_name(name);
    const struct key use = key_use(name, whole->position, whole->part);
    const Record__FileSet *row = get(store, arena, TABLE_FILES, &key, &record__file_set__descriptor);
    if (row == NULL) {
        Record__FileSet fresh = RECORD__FILE_SET__INIT;
        fresh.name = whole->name;
        fresh.at = whole->at;
        put_message(store, arena, TABLE_FILES, &key, &fresh.base);
        count_file(store, name, 1);
    } else {
        const struct key unused = key_unused(row->at, name);
        schema_remove(access_of(store), TABLE_UNUSED, &unused);
    }
    put_nothing(store, TABLE_USES, &use);
}

// ------------------------------------------------------------------------------------------------------- parts

void attached_await(struct store *store, struct arena *arena, const Record__PartsAwaited *awaited)
{
    for (size_t i = 0; i < awaited->n_parts; i++) {
        Record__Attached row = RECORD__ATTACHED__INIT;
        const struct key key = key_part(awaited->position, awaited->parts[i]);
        const struct key fetch = key_fetch(awaited->peer, awaited->urgent, awaited->position, awaited->parts[i]);
        row.peer = awaited->peer;
        row.urgent = awaited->urgent;
        put_message(store, arena, TABLE_ATTACHED, &key, &row.base);
        put_nothing(store, TABLE_FETCHES, &fetch);
    }
}

static void stop_fetch(struct store *store, const Record__Attached *row, uint64_t position, uint32_t part)
{
    if (row->name == NULL) {
        const struct key fetch = key_fetch(row->peer, row->urgent, position, part);
        schema_remove(access_of(store), TABLE_FETCHES, &fetch);
    }
}

void attached_put_whole(struct store *store, struct arena *arena, const Record__PartWhole *whole)
{
    struct file_name name;
    if (!read_name(store, whole->name, &name)) {
        return;
    }
    Record__Attached fresh = RECORD__ATTACHED__INIT;
    const struct key key = key_part(whole->position, whole->part);
    Record__Attached *row = get(store, arena, TABLE_ATTACHED, &key, &record__attached__descriptor);
    if (row != NULL) {
        stop_fetch(store, row, whole->position, whole->part);
    }
    row = row == NULL ? &fresh : row;
    row->name = whole->name;
    row->at = whole->at;
    put_message(store, arena, TABLE_ATTACHED, &key, &row->base);
    use_file(store, arena, whole, &name);
}

void attached_put_arrival(struct store *store, struct arena *arena, const Record__PartArrived *arrived)
{
    struct key key = key_part(arrived->position, arrived->part);
    const struct key untold = key_untold(arrived->agency, arrived->position, arrived->part);
    schema_add_text(&key, arrived->agency);
    put_message(store, arena, TABLE_ARRIVALS, &key, &arrived->base);
    if (arrived->received_at == 0) {
        put_nothing(store, TABLE_UNTOLD, &untold);
    } else {
        schema_remove(access_of(store), TABLE_UNTOLD, &untold);
    }
}

// A part at most LIMIT_PARTS times; rows are looked up one by one, because what is walked must not be written.
static void change_parts(struct store *store, struct arena *arena, uint64_t position,
                         void (*change)(struct store *, struct arena *, const struct key *, const Record__Attached *, uint64_t, uint32_t))
{
    for (uint32_t part = 0; part < LIMIT_PARTS; part++) {
        const struct key key = key_part(position, part);
        const Record__Attached *row = get(store, arena, TABLE_ATTACHED, &key, &record__attached__descriptor);
        if (row != NULL) {
            change(store, arena, &key, row, position, part);
        }
    }
}

static void give_up(struct store *store, struct arena *arena, const struct key *key, const Record__Attached *row, uint64_t position, uint32_t part)
{
    (void)arena;
    if (row->name == NULL) {
        stop_fetch(store, row, position, part);
        schema_remove(access_of(store), TABLE_ATTACHED, key);
    }
}

static void erase_part(struct store *store, struct arena *arena, const struct key *key, const Record__Attached *row, uint64_t position, uint32_t part)
{
    struct file_name name;
    stop_fetch(store, row, position, part);
    schema_remove(access_of(store), TABLE_ATTACHED, key);
    if (row->name == NULL || !read_name(store, row->name, &name)) {
        return;
    }
    const struct key use = key_use(&name, position, part);
    schema_remove(access_of(store), TABLE_USES, &use);
    if (!is_used(store, &name)) {
        drop_file(store, arena, &name);
    }
}

// `agency` NULL: whoever has not said so.
static void forget_untold(struct store *store, struct arena *arena, uint64_t position, const char *agency)
{
    const struct key prefix = key_position(position);
    for (;;) {
        const Record__PartArrived *found = NULL;
        struct walk walk;
        struct bytes key;
        struct bytes value;
        schema_walk_start(&walk, access_of(store), TABLE_ARRIVALS, &prefix, NULL, WALK_UP);
        while (found == NULL && schema_walk_next(&walk, &key, &value)) {
            const Record__PartArrived *row = store_unpack(&store->writing, &record__part_arrived__descriptor, value, arena);
            bool meant = row != NULL && row->received_at == 0 && (agency == NULL || strcmp(row->agency, agency) == 0);
            found = meant ? row : NULL;
        }
        schema_walk_stop(&walk);
        if (found == NULL) {
            return;
        }
        struct key gone = key_part(found->position, found->part);
        const struct key untold = key_untold(found->agency, found->position, found->part);
        schema_add_text(&gone, found->agency);
        schema_remove(access_of(store), TABLE_ARRIVALS, &gone);
        schema_remove(access_of(store), TABLE_UNTOLD, &untold);
    }
}

void attached_recall(struct store *store, struct arena *arena, uint64_t position)
{
    change_parts(store, arena, position, give_up);
    forget_untold(store, arena, position, NULL);
}

void attached_erase(struct store *store, struct arena *arena, uint64_t position)
{
    change_parts(store, arena, position, erase_part);
}

void attached_refuse(struct store *store, struct arena *arena, uint64_t position, const char *agency)
{
    forget_untold(store, arena, position, agency);
}
