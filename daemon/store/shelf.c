// SPDX-License-Identifier: Apache-2.0
#include "store/shelf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct item {
    struct digest digest;
    struct procedure *procedure; // one of the three
    struct calendar *calendar;
    struct compact *compact;
    struct item *next;
};

struct shelf {
    struct item *first;
};

int shelf_new(struct shelf **out_shelf)
{
    *out_shelf = calloc(1, sizeof(**out_shelf));
    return *out_shelf == NULL ? -ENOMEM : 0;
}

void shelf_free(struct shelf **shelf)
{
    if (*shelf == NULL) {
        return;
    }
    for (struct item *item = (*shelf)->first; item != NULL;) {
        struct item *next = item->next;
        procedure_free(&item->procedure);
        calendar_free(&item->calendar);
        compact_free(&item->compact);
        free(item);
        item = next;
    }
    free(*shelf);
    *shelf = NULL;
}

// A few dozen texts in the life of a store: a list is enough.
static struct item *find(const struct shelf *shelf, struct bytes digest)
{
    if (digest.size == 0 || digest.size > DIGEST_BYTES) {
        return NULL;
    }
    struct item *item = shelf->first;
    while (item != NULL && memcmp(item->digest.bytes, digest.data, digest.size) != 0) {
        item = item->next;
    }
    return item;
}

static struct item *add(struct shelf *shelf, struct bytes text)
{
    struct digest digest;
    hash_sm3(text, &digest);
    struct item *item = find(shelf, (struct bytes){digest.bytes, DIGEST_BYTES});
    if (item != NULL) {
        return item;
    }
    item = calloc(1, sizeof(*item));
    if (item != NULL) {
        item->digest = digest;
        item->next = shelf->first;
        shelf->first = item;
    }
    return item;
}

const struct procedure *shelf_procedure(const struct shelf *shelf, struct bytes digest)
{
    struct item *item = find(shelf, digest);
    return item == NULL ? NULL : item->procedure;
}

const struct calendar *shelf_calendar(const struct shelf *shelf, struct bytes digest)
{
    struct item *item = find(shelf, digest);
    return item == NULL ? NULL : item->calendar;
}

const struct compact *shelf_compact(const struct shelf *shelf, struct bytes digest)
{
    struct item *item = find(shelf, digest);
    return item == NULL ? NULL : item->compact;
}

enum law_outcome shelf_take_procedure(struct shelf *shelf, struct bytes text, const struct procedure **out, struct law_fault *out_fault)
{
    struct item *item = add(shelf, text);
    if (item == NULL) {
        return LAW_NO_MEMORY;
    }
    enum law_outcome outcome = LAW_OK;
    if (item->procedure == NULL) {
        outcome = procedure_parse(text, &item->procedure, out_fault);
    }
    *out = item->procedure;
    return outcome;
}

enum law_outcome shelf_take_calendar(struct shelf *shelf, struct bytes text, const struct calendar **out, struct law_fault *out_fault)
{
    struct item *item = add(shelf, text);
    if (item == NULL) {
        return LAW_NO_MEMORY;
    }
    enum law_outcome outcome = LAW_OK;
    if (item->calendar == NULL) {
        outcome = calendar_parse(text, &item->calendar, out_fault);
    }
    *out = item->calendar;
    return outcome;
}

enum law_outcome shelf_take_compact(struct shelf *shelf, struct bytes text, const struct compact **out, struct law_fault *out_fault)
{
    struct item *item = add(shelf, text);
    if (item == NULL) {
        return LAW_NO_MEMORY;
    }
    enum law_outcome outcome = LAW_OK;
    if (item->compact == NULL) {
        outcome = compact_parse(text, &item->compact, out_fault);
    }
    *out = item->compact;
    return outcome;
}
