// SPDX-License-Identifier: Apache-2.0
#include "lib/ordinals.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 1 << 12 };

struct place {
    uint64_t digest;
    uint64_t count; // 0: free
};

// Open addressing; the digest is as good a hash as any.
struct ordinals {
    struct place *places;
    size_t capacity; // a power of two, at most half of it used
    size_t used;
};

int ordinals_new(struct ordinals **out_ordinals)
{
    struct ordinals *ordinals = calloc(1, sizeof *ordinals);
    struct place *places = calloc(FIRST_CAPACITY, sizeof *places);
    if (ordinals == NULL || places == NULL) {
        free(ordinals);
        free(places);
        return -ENOMEM;
    }
    ordinals->places = places;
    ordinals->capacity = FIRST_CAPACITY;
    *out_ordinals = ordinals;
    return 0;
}

void ordinals_free(struct ordinals **pointer)
{
    if (*pointer != NULL) {
        free((*pointer)->places);
        free(*pointer);
        *pointer = NULL;
    }
}

static struct place *find(struct place *places, size_t capacity, uint64_t digest)
{
    size_t at = (size_t)digest & (capacity - 1);
    while (places[at].count != 0 && places[at].digest != digest) {
        at = (at + 1) & (capacity - 1);
    }
    return &places[at];
}

static bool grow(struct ordinals *ordinals)
{
    size_t capacity = ordinals->capacity * 2;
    struct place *places = calloc(capacity, sizeof *places);
    if (places == NULL) {
        return false;
    }
    for (size_t i = 0; i < ordinals->capacity; i++) {
        if (ordinals->places[i].count != 0) {
            *find(places, capacity, ordinals->places[i].digest) = ordinals->places[i];
        }
    }
    free(ordinals->places);
    ordinals->places = places;
    ordinals->capacity = capacity;
    return true;
}

uint64_t ordinals_next(struct ordinals *ordinals, uint64_t digest)
{
    if (ordinals->used * 2 >= ordinals->capacity && !grow(ordinals)) {
        return 0;
    }
    struct place *place = find(ordinals->places, ordinals->capacity, digest);
    ordinals->used += place->count == 0;
    place->digest = digest;
    return ++place->count;
}
