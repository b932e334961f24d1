// SPDX-License-Identifier: Apache-2.0
#include "sim/deed.h"

#include <stdlib.h>
#include <string.h>

#include "wire/identity.h"
#include "wire/text.h"

enum { ADOPTED_MOST = 1 << 16 };

static struct deed **deeds;
static struct deed *adopted[ADOPTED_MOST]; // by id
static size_t count;
static size_t capacity;

static const char *const names[DEED_KINDS] = {
    [DEED_DISCOVERED] = "lead.discovered", [DEED_NOTICE] = "lead.notice",
    [DEED_ASSESSMENT] = "lead.assessment", [DEED_CONFIRM] = "confirm",
    [DEED_ACKNOWLEDGEMENT] = "acknowledgement", [DEED_RECALL] = "recall",
    [DEED_NOTE] = "note",                    [DEED_OTHER] = "",
    [DEED_SHARING] = "",
};

struct deed *deed_new(enum deed_kind kind, size_t author, int64_t at)
{
    struct deed *deed = calloc(1, sizeof *deed);
    uint8_t random[ID_BYTES] = {0};
    if (count == capacity) {
        capacity = capacity == 0 ? 1024 : 2 * capacity;
        deeds = realloc(deeds, capacity * sizeof(struct deed *));
    }
    if (deed == NULL || deeds == NULL) {
        abort();
    }
    deed->number = (uint32_t)count;
    deed->kind = kind;
    deed->name = names[kind];
    deed->author = author;
    text_put_u32(random + ID_BYTES - 4, deed->number);
    identity_make_id(at, random, deed->id);
    deeds[count++] = deed;
    return deed;
}

static size_t find_place(const uint8_t id[ID_BYTES])
{
    size_t place = text_get_u32(id + ID_BYTES - 4) % ADOPTED_MOST;
    while (adopted[place] != NULL && memcmp(adopted[place]->id, id, ID_BYTES) != 0) {
        place = (place + 1) % ADOPTED_MOST;
    }
    return place;
}

struct deed *deed_adopt(enum deed_kind kind, const char *name, size_t author, const uint8_t id[ID_BYTES])
{
    static size_t adopted_count;
    struct deed *deed = deed_new(kind, author, 0);
    if (++adopted_count >= ADOPTED_MOST) {
        abort();
    }
    deed->name = name;
    deed->automatic = true;
    memcpy(deed->id, id, ID_BYTES);
    adopted[find_place(id)] = deed;
    return deed;
}

struct deed *deed_find(const uint8_t id[ID_BYTES])
{
    const uint32_t number = text_get_u32(id + ID_BYTES - 4);
    return number < count && memcmp(deeds[number]->id, id, ID_BYTES) == 0 ? deeds[number] : adopted[find_place(id)];
}

struct deed *deed_at(size_t number)
{
    return deeds[number];
}

size_t deed_count(void)
{
    return count;
}

struct deed_holding *deed_holder(struct deed *deed, size_t agency)
{
    for (size_t i = 0; i < deed->holder_count; i++) {
        if (deed->holders[i].agency == agency) {
            return &deed->holders[i];
        }
    }
    return NULL;
}

bool deed_is_published(const struct deed *deed)
{
    return deed->kind == DEED_SHARING && deed->addressee_count == 0;
}
