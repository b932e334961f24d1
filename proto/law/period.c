// SPDX-License-Identifier: Apache-2.0
//
// Starting
//   `delivered`: when the addressee of the slot received the opening statement; not begun until
//   that is known. `sealed`: its declared occurred-at, else sealed-at. `field`: the instant in its
//   law pair (sealed-at where the pair is not given). `signed for`: the addressee's acknowledgement,
//   by its own clock. What is awaited besides puts the start off to its own instant, the earliest of
//   several.
// Urgent
//   By the opening statement, or raised later by a reply to it: then the urgent period runs from the
//   raising, as each debtor had it, and counts where it ends before the other (policy).
// Due
//   By the debtor's calendar. Of several debtors the latest due holds, because nobody owes an act
//   on his own day off; where one of their calendars is not complete, neither is the result.
// Suspended
//   From the instant that the debtor names to the one he names for its end. Days go on with those
//   that were left, hours are added. Told after the due time it changes nothing.
// Extending
//   An extension by a debtor that arrived at or before the due then in force replaces it by a later
//   one; several chain in the order in which they arrived. A due that is only `earliest` or
//   `unknown` stays so.
#include "law/period.h"

#include "law/counting.h"
#include "law/instant.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int64_t find_named(const struct duty_rule *duty, const struct act *opening)
{
    for (size_t i = 0; i < duty->start_field_count; i++) {
        const int64_t named = act_find_instant(opening, duty->start_fields[i]);

        if (named != 0) {
            return named;
        }
    }
    return opening->sealed_at;
}

int64_t period_find_start(const struct obligation_seed *seed, const struct act *opening)
{
    const unsigned slot = seed->slot;

    switch (seed->duty->start) {
    case DUTY_FROM_DELIVERED:
    case DUTY_FROM_SIGNED:
    case DUTY_FROM_WHOLE:
        return slot < opening->to_count ? act_find_arrival(opening, opening->to[slot]) : 0;
    case DUTY_FROM_SEALED:
        return opening->occurred_at != 0 ? opening->occurred_at : opening->sealed_at;
    case DUTY_FROM_FIELD:
        return find_named(seed->duty, opening);
    }
    return 0;
}

// When the addressee of the slot signed for the opening statement; 0: not yet.
static int64_t find_signed(const struct fold *fold)
{
    const char *addressee = fold->opening->to[fold->kase->seed->slot];
    int64_t earliest = 0;

    for (size_t i = 0; i < fold->kase->act_count; i++) {
        const struct act *act = fold->kase->acts[i];

        if (strcmp(act->kind, "acknowledgement") == 0 && !act->drill && !act->recalled &&
            strcmp(act->author, addressee) == 0 && act_replies_to(act, fold->opening) &&
            (earliest == 0 || act->sealed_at < earliest)) {
            earliest = act->sealed_at;
        }
    }
    return earliest;
}

static bool is_waiting(const struct fold *fold)
{
    const struct duty_await *awaits = &fold->duty->awaits;

    return awaits->kind != NULL &&
           (awaits->unless.term_count == 0 ||
            !condition_holds(&awaits->unless, fold->opening, NULL));
}

// The instant of what is awaited; 0: it is not there.
static int64_t find_awaited(const struct fold *fold)
{
    int64_t earliest = 0;

    for (size_t i = 0; i < fold->kase->act_count; i++) {
        const struct act *act = fold->kase->acts[i];
        const int64_t at = counting_is_awaited(fold, act)
                               ? act_find_instant(act, fold->duty->awaits.field)
                               : 0;

        if (at != 0 && (earliest == 0 || at < earliest)) {
            earliest = at;
        }
    }
    return earliest;
}

int64_t period_begin(const struct fold *fold)
{
    int64_t start = period_find_start(fold->kase->seed, fold->opening);
    int64_t awaited;

    if (start != 0 && fold->duty->start == DUTY_FROM_SIGNED) {
        start = find_signed(fold);
    }
    if (start != 0 && fold->duty->start == DUTY_FROM_WHOLE) {
        start = act_find_whole(fold->opening, fold->opening->to[fold->kase->seed->slot]);
    }
    if (start == 0 || !is_waiting(fold)) {
        return start;
    }
    awaited = find_awaited(fold);
    return awaited == 0 || awaited > start ? awaited : start;
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

// Counts a period from an instant by every debtor's calendar.
static bool count_for_all(struct fold *fold, struct within within, int64_t start_at,
                          struct due *out_due, const char **out_region)
{
    const struct obligation_seed *seed = fold->kase->seed;

    for (size_t i = 0; i < seed->debtor_count; i++) {
        const char *region = find_region(fold, seed->debtors[i]);
        struct due due;

        if (i > 0 && strcmp(region, *out_region) == 0) {
            continue;
        }
        if (clock_count_again(fold->kase->counted, fold->kase->calendar, region, within, start_at,
                              fold->arena, &due) != CLOCK_OK) {
            return false;
        }
        if (i == 0 || due.due_at > out_due->due_at) {
            *out_region = region;
        }
        *out_due = i == 0 ? due : join_dues(out_due, &due);
    }
    return true;
}

// The end that the opening statement names itself.
static void name_due(struct fold *fold)
{
    struct obligation *out = fold->out;
    const int64_t until = act_find_instant(fold->opening, fold->duty->until_field);

    out->region = find_region(fold, fold->kase->seed->debtors[0]);
    if (until != 0) {
        out->due = (struct due){
            .outcome = CLOCK_KNOWN,
            .due_at = instant_floor(until),
            .amber_at = clock_last_workday(fold->kase->calendar, out->region, until),
        };
    }
}

// When every debtor had the statement; 0: not all are known to.
static int64_t find_had(const struct fold *fold, const struct act *act)
{
    const struct obligation_seed *seed = fold->kase->seed;
    int64_t latest = 0;

    for (size_t i = 0; i < seed->debtor_count; i++) {
        const int64_t at = strcmp(act->author, seed->debtors[i]) == 0
                               ? act->sealed_at
                               : act_find_arrival(act, seed->debtors[i]);

        if (at == 0) {
            return 0;
        }
        latest = at > latest ? at : latest;
    }
    return latest;
}

static int64_t find_raised(const struct fold *fold)
{
    int64_t earliest = 0;

    for (size_t i = 0; i < fold->kase->act_count; i++) {
        const struct act *act = fold->kase->acts[i];
        const bool raises = strcmp(act->kind, "urgency.raised") == 0 && !act->drill &&
                            !act->recalled && act_replies_to(act, fold->opening);
        const int64_t at = raises ? find_had(fold, act) : 0;

        if (at != 0 && (earliest == 0 || at < earliest)) {
            earliest = at;
        }
    }
    return earliest;
}

static bool raise(struct fold *fold)
{
    struct obligation *out = fold->out;
    const int64_t raised_at = find_raised(fold);
    const char *region = "";
    struct due due = {.outcome = CLOCK_NONE};

    if (raised_at == 0) {
        return true;
    }
    if (!count_for_all(fold, fold->duty->urgent_within,
                       raised_at > out->start_at ? raised_at : out->start_at, &due, &region)) {
        return false;
    }
    if (due.outcome != CLOCK_NONE &&
        (out->due.outcome == CLOCK_NONE || due.due_at < out->due.due_at)) {
        out->due = due;
        out->region = region;
        out->within = fold->duty->urgent_within;
    }
    return true;
}

bool period_find_due(struct fold *fold)
{
    struct obligation *out = fold->out;

    if (out->within.form == WITHIN_UNTIL) {
        name_due(fold);
    } else if (!count_for_all(fold, out->within, out->start_at, &out->due, &out->region)) {
        return false;
    }
    return !fold->duty->has_urgent || fold->opening->urgent || raise(fold);
}

// ---------------------------------------------------------------------------- suspending, extending

static bool was_in_time(const struct fold *fold, const struct verdict *verdict)
{
    return verdict->rank == VERDICT_COUNTED &&
           (fold->out->due.outcome != CLOCK_KNOWN ||
            instant_floor(verdict->at) <= fold->out->due.due_at);
}

// The first suspension that begins at or after `from`; 0: there is none.
static int64_t find_suspension(const struct fold *fold, int64_t from)
{
    const struct duty_suspension *rule = &fold->duty->suspended_by;
    int64_t earliest = 0;

    for (size_t i = 0; i < fold->kase->act_count; i++) {
        const struct act *act = fold->kase->acts[i];
        const struct verdict verdict = counting_judge_told(fold, act, rule->kind);
        const int64_t at =
            was_in_time(fold, &verdict) ? act_find_instant(act, rule->field) : 0;

        if (at >= from && at != 0 && (earliest == 0 || at < earliest)) {
            earliest = at;
        }
    }
    return earliest;
}

static int64_t find_resumption(const struct fold *fold, int64_t from)
{
    const struct duty_suspension *rule = &fold->duty->suspended_by;
    int64_t earliest = 0;

    for (size_t i = 0; i < fold->kase->act_count; i++) {
        const struct act *act = fold->kase->acts[i];
        const struct verdict verdict = counting_judge_told(fold, act, rule->until_kind);
        const int64_t at = verdict.rank == VERDICT_COUNTED
                               ? act_find_instant(act, rule->until_field)
                               : 0;

        if (at > from && (earliest == 0 || at < earliest)) {
            earliest = at;
        }
    }
    return earliest;
}

// The days of the period that were still to come when it stopped.
static unsigned count_left(const struct due *due, int64_t stopped_at)
{
    const struct civil_day last = civil_day_of(stopped_at);
    unsigned left = 0;

    for (size_t i = 0; i < due->day_count; i++) {
        left += due->days[i].counted && due->days[i].day.days > last.days ? 1 : 0;
    }
    return left;
}

static bool resume(struct fold *fold, int64_t stopped_at, int64_t resumed_at)
{
    struct obligation *out = fold->out;
    struct within rest = {.form = out->within.form};

    if (out->due.day_count == 0) { // hours, and ends that were named
        out->due.due_at += resumed_at - stopped_at;
        out->due.amber_at += resumed_at - stopped_at;
        return true;
    }
    rest.form = rest.form == WITHIN_WEEKS ? WITHIN_DAYS : rest.form;
    rest.no_roll = out->within.no_roll;
    rest.count = count_left(&out->due, stopped_at);
    if (rest.count == 0) {
        rest = (struct within){.form = WITHIN_SAME_DAY};
    }
    return count_for_all(fold, rest, resumed_at, &out->due, &out->region);
}

bool period_suspend(struct fold *fold)
{
    struct obligation *out = fold->out;
    int64_t stopped_at;
    int64_t resumed_at;

    if (fold->duty->suspended_by.kind == NULL || out->due.outcome == CLOCK_NONE) {
        return true;
    }
    stopped_at = find_suspension(fold, out->start_at);
    while (stopped_at != 0) {
        resumed_at = find_resumption(fold, stopped_at);
        out->suspended_at = stopped_at;
        out->resumed_at = resumed_at;
        if (resumed_at == 0) {
            out->due = (struct due){.outcome = CLOCK_NONE};
            return true;
        }
        if (!resume(fold, stopped_at, resumed_at)) {
            return false;
        }
        stopped_at = find_suspension(fold, resumed_at);
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
        const struct act *act = fold->kase->acts[i];
        const struct verdict verdict = counting_judge_told(fold, act, fold->duty->extended_by);

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
    case WITHIN_PROMPTLY:
    case WITHIN_UNTIL:
        break;
    }
    return clock_last_workday(fold->kase->calendar, fold->out->region, until);
}

// Does it move the due time?
static bool extend(struct fold *fold, const struct extension *extension)
{
    struct due *due = &fold->out->due;

    if (extension->until <= due->due_at ||
        (due->outcome == CLOCK_KNOWN && extension->told_at > due->due_at)) {
        return false;
    }
    due->due_at = extension->until;
    due->amber_at = find_extended_amber(fold, extension->until);
    due->days = NULL; // counted to another end
    due->day_count = 0;
    fold->out->extended_to = extension->until;
    return true;
}

bool period_extend(struct fold *fold)
{
    const unsigned most = fold->duty->extensions == 0 ? UINT_MAX : fold->duty->extensions;
    struct extension *extensions;
    unsigned extended = 0;
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
    for (size_t i = 0; i < count && extended < most; i++) {
        extended += extend(fold, &extensions[i]) ? 1 : 0;
    }
    return true;
}
