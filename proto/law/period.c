// SPDX-License-Identifier: Apache-2.0
//
// Starting
//   `delivered`: when the addressee of the slot received the opening statement; not begun until
//   that is known. `sealed`: its declared occurred-at, else sealed-at. `field`: the instant in its
//   law pair (sealed-at where the pair is not given).
// Due
//   By the debtor's calendar. Of several debtors the latest due holds, because nobody owes an act
//   on his own day off; where one of their calendars is not complete, neither is the result.
// Extending
//   An extension by a debtor that arrived at or before the due then in force replaces it by a later
//   one; several chain in the order in which they arrived. A due that is only `earliest` or
//   `unknown` stays so.
#include "law/period.h"

#include "law/counting.h"
#include "law/instant.h"

#include <stdlib.h>
#include <string.h>

int64_t period_find_start(const struct obligation_seed *seed, const struct act *opening)
{
    const unsigned slot = seed->slot;
    int64_t named;

    switch (seed->duty->start) {
    case DUTY_FROM_DELIVERED:
        return slot < opening->to_count ? act_find_arrival(opening, opening->to[slot]) : 0;
    case DUTY_FROM_SEALED:
        return opening->occurred_at != 0 ? opening->occurred_at : opening->sealed_at;
    case DUTY_FROM_FIELD:
        named = act_find_instant(opening, seed->duty->start_field);
        return named != 0 ? named : opening->sealed_at;
    }
    return 0;
}

static const char *find_region(const struct fold *fold, const char *agency)
{
    for (size_t i = 0; i < fold->kase->party_count; i++) {
        if (strcmp(fold->kase->parties[i].agency, agency) == 0) {
            return fold->kase->parties[i].region;
        }
    }
    return "";
}

// How much of a due time is sure, the surest first.
static int rank_clock(enum clock_outcome outcome)
{
    switch (outcome) {
    case CLOCK_NONE:
        return 0;
    case CLOCK_KNOWN:
        return 1;
    case CLOCK_EARLIEST:
        return 2;
    case CLOCK_UNKNOWN:
        return 3;
    }
    return 0;
}

// The later of two due times, as unsure as the less sure of them.
static struct due join_dues(const struct due *left, const struct due *right)
{
    const int surer = rank_clock(left->outcome) - rank_clock(right->outcome);
    struct due joined =
        left->due_at > right->due_at || (left->due_at == right->due_at && surer >= 0) ? *left
                                                                                      : *right;

    joined.outcome = surer >= 0 ? left->outcome : right->outcome;
    if (left->year != 0 && right->year != 0) {
        joined.year = left->year < right->year ? left->year : right->year;
    } else {
        joined.year = left->year != 0 ? left->year : right->year;
    }
    return joined;
}

bool period_find_due(struct fold *fold)
{
    const struct obligation_seed *seed = fold->kase->seed;
    struct obligation *out = fold->out;

    for (size_t i = 0; i < seed->debtor_count; i++) {
        const char *region = find_region(fold, seed->debtors[i]);
        struct due due;

        if (i > 0 && strcmp(region, out->region) == 0) {
            continue;
        }
        if (clock_count_again(fold->kase->counted, fold->kase->calendar, region, out->within,
                              out->start_at, fold->arena, &due) != CLOCK_OK) {
            return false;
        }
        if (i == 0 || due.due_at > out->due.due_at) {
            out->region = region;
        }
        out->due = i == 0 ? due : join_dues(&out->due, &due);
    }
    return true;
}

struct extension {
    int64_t told_at;
    int64_t until;
    const struct act *act;
};

static int compare_extensions(const void *left, const void *right)
{
    const struct extension *a = left;
    const struct extension *b = right;
    const int authors = strcmp(a->act->author, b->act->author);

    if (a->told_at != b->told_at) {
        return a->told_at < b->told_at ? -1 : 1;
    }
    return authors != 0 ? authors : act_compare_ids(a->act->id, b->act->id);
}

static size_t list_extensions(const struct fold *fold, struct extension *extensions)
{
    size_t count = 0;

    for (size_t i = 0; i < fold->kase->act_count; i++) {
        const struct act *act = &fold->kase->acts[i];
        const struct verdict verdict = counting_judge_extension(fold, act);

        if (verdict.rank == VERDICT_COUNTED) {
            extensions[count++] = (struct extension){
                .told_at = instant_floor(verdict.at),
                .until = instant_floor(act_find_instant(act, fold->duty->extended_field)),
                .act = act,
            };
        }
    }
    return count;
}

// The last quarter of the whole period for hours, the last worked day for everything else.
static int64_t find_extended_amber(const struct fold *fold, int64_t until)
{
    switch (fold->out->within.form) {
    case WITHIN_HOURS:
    case WITHIN_HOURS_FROM_NEXT:
        return until - (until - fold->out->start_at) / 4;
    case WITHIN_WORKDAYS:
    case WITHIN_DAYS:
    case WITHIN_WEEKS:
    case WITHIN_SAME_DAY:
    case WITHIN_AT_ONCE:
    case WITHIN_THIS_YEAR:
        break;
    }
    return clock_last_workday(fold->kase->calendar, fold->out->region, until);
}

static void extend(struct fold *fold, const struct extension *extension)
{
    struct due *due = &fold->out->due;

    if (extension->until <= due->due_at ||
        (due->outcome == CLOCK_KNOWN && extension->told_at > due->due_at)) {
        return;
    }
    due->due_at = extension->until;
    due->amber_at = find_extended_amber(fold, extension->until);
    due->days = NULL; // counted to another end
    due->day_count = 0;
    fold->out->extended_to = extension->until;
}

bool period_extend(struct fold *fold)
{
    struct extension *extensions;
    size_t count;

    if (fold->duty->extended_by == NULL || fold->out->due.outcome == CLOCK_NONE ||
        fold->kase->act_count == 0) {
        return true;
    }
    extensions = arena_take_array(fold->arena, fold->kase->act_count, sizeof *extensions);
    if (extensions == NULL) {
        return false;
    }
    count = list_extensions(fold, extensions);
    qsort(extensions, count, sizeof *extensions, compare_extensions);
    for (size_t i = 0; i < count; i++) {
        extend(fold, &extensions[i]);
    }
    return true;
}
