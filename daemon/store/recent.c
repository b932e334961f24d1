// SPDX-License-Identifier: Apache-2.0
#include "store/recent.h"

#include <string.h>

enum { FIRST_SLOTS = 256, FIRST_FACTS = 16 };

const char recent_absent[] = "";

struct recent_entry {
    struct recent_entry *next;
    void *object; // NULL: dropped
    uint64_t hash;
    uint16_t key_size;
    uint8_t table;
    uint8_t key[];
};

void recent_start(struct recent *recent, struct arena *arena)
{
    *recent = (struct recent){.arena = arena};
}

void recent_stop(struct recent *recent)
{
    *recent = (struct recent){0};
}

// FNV-1a, eight bytes at a time. Keys are our own positions and names that are on the roll: nobody gains by making them collide.
static uint64_t hash_key(enum table table, const struct key *key)
{
    uint64_t hash = 0xcbf29ce484222325U ^ (uint64_t)table;
    size_t at = 0;
    for (; at + 8 <= key->size; at += 8) {
        uint64_t word;
        memcpy(&word, key->bytes + at, sizeof(word));
        hash = (hash ^ word) * 0x100000001b3U;
        hash ^= hash >> 29;
    }
    for (; at < key->size; at++) {
        hash = (hash ^ key->bytes[at]) * 0x100000001b3U;
    }
    return hash ^ hash >> 32;
}

static struct recent_entry *find(const struct recent *recent, enum table table, const struct key *key, uint64_t hash)
{
    if (recent->slot_count == 0) {
        return NULL;
    }
    struct recent_entry *entry = recent->slots[hash & (recent->slot_count - 1)];
    while (entry != NULL && (entry->hash != hash || entry->table != table || entry->key_size != key->size ||
                             memcmp(entry->key, key->bytes, key->size) != 0)) {
        entry = entry->next;
    }
    return entry;
}

void *recent_find(const struct recent *recent, enum table table, const struct key *key)
{
    const struct recent_entry *entry = recent->slot_count == 0 ? NULL : find(recent, table, key, hash_key(table, key));
    return entry == NULL ? NULL : entry->object;
}

static bool grow(struct recent *recent)
{
    size_t count = recent->slot_count == 0 ? FIRST_SLOTS : 4 * recent->slot_count;
    struct recent_entry **slots = arena_take_array(recent->arena, count, sizeof(struct recent_entry *));
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < recent->slot_count; i++) {
        for (struct recent_entry *entry = recent->slots[i]; entry != NULL;) {
            struct recent_entry *next = entry->next;
            entry->next = slots[entry->hash & (count - 1)];
            slots[entry->hash & (count - 1)] = entry;
            entry = next;
        }
    }
    recent->slots = slots;
    recent->slot_count = count;
    return true;
}

void recent_keep(struct recent *recent, enum table table, const struct key *key, void *object)
{
    if (recent->arena == NULL) {
        return;
    }
    uint64_t hash = hash_key(table, key);
    struct recent_entry *entry = find(recent, table, key, hash);
    if (entry != NULL) {
        entry->object = object;
        return;
    }
    if (recent->count >= 2 * recent->slot_count && !grow(recent) && recent->slot_count == 0) {
        return;
    }
    entry = arena_take(recent->arena, sizeof(*entry) + key->size);
    if (entry == NULL) {
        return;
    }
    *entry = (struct recent_entry){recent->slots[hash & (recent->slot_count - 1)], object, hash, (uint16_t)key->size, (uint8_t)table};
    memcpy(entry->key, key->bytes, key->size);
    recent->slots[hash & (recent->slot_count - 1)] = entry;
    recent->count++;
}

void recent_drop(struct recent *recent, enum table table, const struct key *key)
{
    struct recent_entry *entry = recent->slot_count == 0 ? NULL : find(recent, table, key, hash_key(table, key));
    if (entry != NULL) {
        entry->object = NULL;
    }
}

bool recent_record(struct recent *recent, struct bytes packed)
{
    if (recent->arena == NULL) {
        return true;
    }
    if (recent->fact_count == recent->fact_capacity) {
        size_t capacity = recent->fact_capacity == 0 ? FIRST_FACTS : 2 * recent->fact_capacity;
        struct bytes *facts = arena_take_array(recent->arena, capacity, sizeof(*facts));
        if (facts == NULL) {
            return false;
        }
        if (recent->fact_count > 0) {
            memcpy(facts, recent->facts, recent->fact_count * sizeof(*facts));
        }
        recent->facts = facts;
        recent->fact_capacity = capacity;
    }
    recent->facts[recent->fact_count++] = packed;
    return true;
}
