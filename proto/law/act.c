// SPDX-License-Identifier: Apache-2.0
#include "law/act.h"

#include <string.h>

enum { INSTANT_DIGITS = 15 };

const char *act_find_pair(const struct act *act, const char *name)
{
    for (size_t i = 0; i < act->pair_count; i++) {
        if (strcmp(act->pairs[i].name, name) == 0) {
            return act->pairs[i].value;
        }
    }
    return NULL;
}

const struct act_party *act_find_party(const struct act *act, const char *agency)
{
    for (size_t i = 0; i < act->party_count; i++) {
        if (strcmp(act->parties[i].agency, agency) == 0) {
            return &act->parties[i];
        }
    }
    return NULL;
}

const struct citation *act_find_citation(const struct act *act, const char *kind)
{
    for (size_t i = 0; i < act->citation_count; i++) {
        if (strcmp(act->citations[i].kind, kind) == 0) {
            return &act->citations[i];
        }
    }
    return NULL;
}

int64_t act_find_instant(const struct act *act, const char *name)
{
    const char *text = act_find_pair(act, name);
    int64_t instant = 0;

    if (text == NULL || strlen(text) > INSTANT_DIGITS ||
        strspn(text, "0123456789") != strlen(text)) {
        return 0;
    }
    for (const char *digit = text; *digit != '\0'; digit++) {
        instant = instant * 10 + (*digit - '0');
    }
    return instant;
}

static int64_t find_earliest(const struct arrival *arrivals, size_t count, const char *agency)
{
    int64_t earliest = 0;

    for (size_t i = 0; i < count; i++) {
        const int64_t at = arrivals[i].at;

        if (strcmp(arrivals[i].agency, agency) == 0 && (earliest == 0 || at < earliest)) {
            earliest = at;
        }
    }
    return earliest;
}

int64_t act_find_arrival(const struct act *act, const char *agency)
{
    return find_earliest(act->arrivals, act->arrival_count, agency);
}

int64_t act_find_whole(const struct act *act, const char *agency)
{
    return act->has_attachments ? find_earliest(act->wholes, act->whole_count, agency)
                                : act_find_arrival(act, agency);
}

int act_compare_ids(struct bytes left, struct bytes right)
{
    const size_t size = left.size < right.size ? left.size : right.size;
    const int compared = size == 0 ? 0 : memcmp(left.data, right.data, size);

    return compared != 0 ? compared : (left.size > right.size) - (left.size < right.size);
}

bool act_is_same(const struct act *left, const struct act *right)
{
    return strcmp(left->author, right->author) == 0 && act_compare_ids(left->id, right->id) == 0;
}

bool act_replies_to(const struct act *act, const struct act *other)
{
    return act->reply_author != NULL && strcmp(act->reply_author, other->author) == 0 &&
           act_compare_ids(act->reply_id, other->id) == 0;
}

int64_t act_find_told(const struct act *act)
{
    const char *channel = act_find_pair(act, "channel");

    return channel == NULL || strcmp(channel, "platform") == 0
               ? 0
               : act_find_instant(act, "notified_at");
}
