// SPDX-License-Identifier: Apache-2.0
#include "base/names.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum { FIRST_SLOTS = 16 };

struct slot {
    const char *name; // NULL: free
    void *item;
};

// Open addressing. Half of the slots are free, so every walk ends soon.
struct names {
    struct slot *slots;
    size_t slot_count; // a power of two
    size_t count;
};

int names_new(struct names **out_names)
{
    struct names *names = calloc(1, sizeof(*names));
    struct slot *slots = calloc(FIRST_SLOTS, sizeof(*slots));
    if (names == NULL || slots == NULL) {
        free(names);
        free(slots);
        return FAIL_ORIGIN(-ENOMEM, "names");
    }
    *names = (struct names){.slots = slots, .slot_count = FIRST_SLOTS};
    *out_names = names;
    return 0;
}

void names_free(struct names **names)
{
    if (*names != NULL) {
        free((*names)->slots);
        free(*names);
        *names = NULL;
    }
}

// FNV-1a. Who chooses an id gains nothing by choosing it badly: ids come from cards that a person has added.
static size_t hash(const char *name)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (const char *at = name; *at != '\0'; at++) {
        sum = (sum ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    }
    return (size_t)(sum ^ sum >> 32);
}

// The name's slot, or the free one where it belongs.
static struct slot *look(const struct names *names, const char *name)
{
    size_t mask = names->slot_count - 1;
    size_t at = hash(name) & mask;
    while (names->slots[at].name != NULL && strcmp(names->slots[at].name, name) != 0) {
        at = (at + 1) & mask;
    }
    return &names->slots[at];
}

static int grow(struct names *names)
{
    struct names wider = {.slot_count = 2 * names->slot_count, .count = names->count};
    wider.slots = calloc(wider.slot_count, sizeof(*wider.slots));
    if (wider.slots == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "names");
    }
    for (size_t i = 0; i < names->slot_count; i++) {
        if (names->slots[i].name != NULL) {
            *look(&wider, names->slots[i].name) = names->slots[i];
        }
    }
    free(names->slots);
    *names = wider;
    return 0;
}

int names_put(struct names *names, const char *name, void *item)
{
    if (2 * (names->count + 1) > names->slot_count && grow(names) < 0) {
        return FAIL_HOP(-ENOMEM);
    }
    struct slot *slot = look(names, name);
    names->count += slot->name == NULL;
    *slot = (struct slot){name, item};
    return 0;
}

void *names_find(const struct names *names, const char *name)
{
    return look(names, name)->item;
}
