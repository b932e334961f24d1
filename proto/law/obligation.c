// SPDX-License-Identifier: Apache-2.0
//
// The fold. What an obligation amounts to is computed anew from the statements each time, never
// carried on from the verdict before; that is why it cannot depend on the order in which they came.
// Wherever several statements would do, the choice is by what they say (time, then author, then id)
// and never by position. How it starts and is due is argued in period.c, what counts in counting.c.
//
// Late
//   A met act is late after the due second. Where the due is only a lower bound nobody can be
//   called late, and nothing turns overdue. What is due at once is never late either; its light
//   turns red.
// Silence
//   Past due, each debtor who still owes must have been heard beyond the last on-time second;
//   otherwise the obligation is unheard, because an act may be under way.
#include "law/obligation.h"

#include "wire/kinds.h"
#include "wire/limits.h"

#include "law/counting.h"
#include "law/instant.h"
#include "law/period.h"

#include <string.h>

enum {
    ONE_SECOND_MS = 1000,
    DEBTOR_LIMIT = LIMIT_RECIPIENTS + 1,
};

static bool tells_elsewhere(const char *kind_name)
{
    const struct kind *kind = kinds_find(kind_name);

    for (size_t i = 0; kind != NULL && i < kind->field_count; i++) {
        if (kind->fields[i].law != NULL && strcmp(kind->fields[i].law, "notified_at") == 0) {
            return true;
        }
    }
    return false;
}

static bool is_same(const char *kind, const char *other)
{
    return kind != NULL && strcmp(kind, other) == 0;
}

bool obligation_is_beside(const struct duty_rule *duty, const char *kind)
{
    for (size_t i = 0; i < duty->ended_by.count; i++) {
        if (is_same(duty->ended_by.items[i].kind, kind)) {
            return true;
        }
    }
    return is_same(duty->extended_by, kind) || is_same(duty->awaits.kind, kind) ||
           is_same(duty->suspended_by.kind, kind) ||
           is_same(duty->suspended_by.until_kind, kind) ||
           (duty->start == DUTY_FROM_SIGNED && is_same("acknowledgement", kind)) ||
           (duty->has_urgent && is_same("urgency.raised", kind));
}

static bool is_confirmed_kind(const struct duty_act *rule)
{
    return rule->meeting == DUTY_MET_BY_CONFIRMED || tells_elsewhere(rule->kind);
}

bool obligation_concerns_kind(const struct duty_rule *duty, const char *kind)
{
    const bool confirms = strcmp(kind, "confirm") == 0;

    if (obligation_is_beside(duty, kind)) {
        return true;
    }
    for (size_t i = 0; i < duty->met_by_count; i++) {
        if (strcmp(duty->met_by[i].kind, kind) == 0 ||
            (confirms && is_confirmed_kind(&duty->met_by[i]))) {
            return true;
        }
    }
    return false;
}

bool obligation_may_meet(const struct duty_rule *duty, const struct act *act)
{
    for (size_t i = 0; i < duty->met_by_count && !act->drill; i++) {
        const struct duty_act *rule = &duty->met_by[i];

        if (strcmp(rule->kind, act->kind) == 0 &&
            (rule->meeting != DUTY_MET_BY_REPLY || act->reply_author != NULL) &&
            condition_holds(&rule->where, act, NULL)) {
            return true;
        }
    }
    return false;
}

static bool may_confirm(const struct duty_rule *duty, const struct act *act)
{
    return strcmp(act->kind, "confirm") == 0 && obligation_concerns_kind(duty, act->kind);
}

bool obligation_concerns(const struct duty_rule *duty, const struct act *act)
{
    return !act->drill && (obligation_is_beside(duty, act->kind) ||
                           obligation_may_meet(duty, act) || may_confirm(duty, act));
}

// PROTOCOL.md section 14. A text is preceded by its size in one byte; ids and agencies are far
// shorter than 255.
static void add_sized(struct bytes *pieces, size_t *count, uint8_t *size, const char *text)
{
    const size_t length = strlen(text);

    *size = (uint8_t)(length > UINT8_MAX ? UINT8_MAX : length);
    pieces[(*count)++] = (struct bytes){size, 1};
    pieces[(*count)++] = (struct bytes){(const uint8_t *)text, *size};
}

void obligation_make_id(const struct digest *procedure, const struct obligation_seed *seed,
                        const struct act *opening, struct digest *out_id)
{
    static const uint8_t domain[16] = "liaison-duty-01";
    struct bytes pieces[8 + 2 * DEBTOR_LIMIT];
    uint8_t sizes[2 + DEBTOR_LIMIT];
    const uint8_t debtors =
        (uint8_t)(seed->debtor_count > DEBTOR_LIMIT ? DEBTOR_LIMIT : seed->debtor_count);
    size_t count = 0;

    pieces[count++] = (struct bytes){domain, sizeof domain};
    pieces[count++] = (struct bytes){procedure->bytes, sizeof procedure->bytes};
    add_sized(pieces, &count, &sizes[0], seed->duty->id);
    add_sized(pieces, &count, &sizes[1], opening->author);
    pieces[count++] = opening->id;
    pieces[count++] = (struct bytes){&debtors, 1};
    for (unsigned i = 0; i < debtors; i++) {
        add_sized(pieces, &count, &sizes[2 + i], seed->debtors[i]);
    }
    hash_pieces(SUITE_SM2_SM3, pieces, count, out_id);
}

static bool has_due(const struct fold *fold)
{
    return fold->out->due.outcome == CLOCK_KNOWN;
}

static bool is_past_due(const struct fold *fold)
{
    return has_due(fold) && fold->kase->now >= fold->out->due.due_at + ONE_SECOND_MS;
}

static bool was_heard_beyond_due(const struct fold *fold, const char *debtor)
{
    for (size_t i = 0; i < fold->kase->heard_count; i++) {
        const struct arrival *heard = &fold->kase->heard[i];

        // Through the last on-time millisecond: what is sealed after it is late anyway.
        if (strcmp(heard->agency, debtor) == 0 &&
            heard->at >= fold->out->due.due_at + ONE_SECOND_MS - 1) {
            return true;
        }
    }
    return false;
}

// Has this debtor done its part? Whoever made the record has, unless it is disputed and there is
// nobody else to blame.
static bool still_owes(const struct fold *fold, const struct verdict *best, const char *debtor)
{
    const bool joint = best->meeting == DUTY_MET_BY_CONFIRMED;

    switch (best->rank) {
    case VERDICT_NONE:
        return true;
    case VERDICT_COUNTED:
        return false;
    case VERDICT_ONE_SIDED:
    case VERDICT_DISPUTED:
        break;
    }
    if (!joint) {
        return best->rank == VERDICT_DISPUTED;
    }
    return strcmp(debtor, best->act->author) != 0 &&
           !counting_is_confirmed(fold, best->act, debtor);
}

// What ends it after it was due does not take back that it was not met.
static bool is_ended(const struct fold *fold)
{
    const int64_t ended_at = counting_find_end(fold);

    return ended_at != 0 && (!has_due(fold) || instant_floor(ended_at) <= fold->out->due.due_at);
}

// Nobody owes any more what has ended.
static void judge_ended(struct fold *fold)
{
    fold->out->state = OBLIGATION_ENDED;
    fold->out->owing_count = 0;
}

static bool list_owing(struct fold *fold, const struct verdict *best)
{
    const struct obligation_seed *seed = fold->kase->seed;
    const char **owing = arena_take_array(fold->arena, seed->debtor_count, sizeof *owing);

    if (owing == NULL) {
        return false;
    }
    for (size_t i = 0; i < seed->debtor_count; i++) {
        if (still_owes(fold, best, seed->debtors[i])) {
            owing[fold->out->owing_count++] = seed->debtors[i];
        }
    }
    fold->out->owing = owing;
    return true;
}

static enum obligation_state judge_silence(const struct fold *fold)
{
    if (!is_past_due(fold)) {
        return fold->out->extended_to != 0 ? OBLIGATION_EXTENDED : OBLIGATION_OPEN;
    }
    for (size_t i = 0; i < fold->out->owing_count; i++) {
        if (!was_heard_beyond_due(fold, fold->out->owing[i])) {
            return OBLIGATION_UNHEARD;
        }
    }
    return OBLIGATION_OVERDUE;
}

static void judge_state(struct fold *fold, const struct verdict *best)
{
    struct obligation *out = fold->out;

    if (best->rank != VERDICT_COUNTED && is_ended(fold)) {
        judge_ended(fold);
        return;
    }
    switch (best->rank) {
    case VERDICT_NONE:
        out->state = judge_silence(fold);
        return;
    case VERDICT_ONE_SIDED:
        out->state = OBLIGATION_ONE_SIDED;
        return;
    case VERDICT_DISPUTED:
        out->state = OBLIGATION_DISPUTED;
        return;
    case VERDICT_COUNTED:
        out->met_at = best->at;
        out->met_by = best->act->position;
        out->state = has_due(fold) && instant_floor(best->at) > out->due.due_at
                         ? OBLIGATION_MET_LATE
                         : OBLIGATION_MET;
        return;
    }
}

// When what has no due time changes its light; 0: never.
static int64_t find_age_change(const struct fold *fold)
{
    const struct procedure *procedure = fold->kase->procedure;

    switch (fold->out->within.form) {
    case WITHIN_AT_ONCE:
        return fold->out->start_at + procedure->at_once_red;
    case WITHIN_PROMPTLY:
        return fold->out->start_at + procedure->promptly_amber;
    case WITHIN_HOURS:
    case WITHIN_HOURS_FROM_NEXT:
    case WITHIN_WORKDAYS:
    case WITHIN_DAYS:
    case WITHIN_WEEKS:
    case WITHIN_SAME_DAY:
    case WITHIN_THIS_YEAR:
    case WITHIN_UNTIL:
        break;
    }
    return 0;
}

static enum obligation_light judge_age(const struct fold *fold, int64_t now)
{
    const int64_t change = find_age_change(fold);

    if (change == 0 || now < change) {
        return LIGHT_GREEN;
    }
    return fold->out->within.form == WITHIN_AT_ONCE ? LIGHT_RED : LIGHT_AMBER;
}

static enum obligation_light judge_light(const struct fold *fold)
{
    const struct obligation *out = fold->out;
    const int64_t now = fold->kase->now;

    if (obligation_state_is_closed(out->state)) {
        return LIGHT_NONE;
    }
    if (out->due.outcome == CLOCK_NONE) {
        return judge_age(fold, now);
    }
    if (is_past_due(fold) && out->state != OBLIGATION_UNHEARD) {
        return LIGHT_RED;
    }
    return now >= out->due.amber_at ? LIGHT_AMBER : LIGHT_GREEN;
}

// The next instant at which the light or the state changes though nobody says anything.
static int64_t find_next(const struct fold *fold)
{
    const struct obligation *out = fold->out;
    const int64_t now = fold->kase->now;

    if (obligation_state_is_closed(out->state)) {
        return 0;
    }
    if (out->due.outcome == CLOCK_NONE) {
        const int64_t change = find_age_change(fold);

        return now < change ? change : 0;
    }
    if (now < out->due.amber_at) {
        return out->due.amber_at;
    }
    return has_due(fold) && !is_past_due(fold) ? out->due.due_at + ONE_SECOND_MS : 0;
}

// Nothing runs yet: the arrival of the opening statement is not known, or something is awaited. What
// is done all the same counts, for only the debtor may hold what it waited for.
static bool judge_not_begun(struct fold *fold)
{
    const struct verdict best = counting_find_best(fold);

    if (!list_owing(fold, &best)) {
        return false;
    }
    judge_state(fold, &best);
    fold->out->light = obligation_state_is_closed(fold->out->state) ? LIGHT_NONE : LIGHT_GREEN;
    return true;
}

static bool judge_begun(struct fold *fold)
{
    const struct verdict best = counting_find_best(fold);

    if (!period_find_due(fold) || !period_suspend(fold) || !period_extend(fold)) {
        return false;
    }
    if (!list_owing(fold, &best)) {
        return false;
    }
    judge_state(fold, &best);
    fold->out->light = judge_light(fold);
    fold->out->next_at = find_next(fold);
    return true;
}

// A recall takes everything back that the statement opened, whatever was done by then. The due time
// stays, to be shown.
static bool judge_withdrawn(struct fold *fold)
{
    fold->out->state = OBLIGATION_WITHDRAWN;
    return fold->out->start_at == 0 || period_find_due(fold);
}

enum obligation_outcome obligation_judge(const struct obligation_case *kase, struct arena *arena,
                                         struct obligation *out_obligation)
{
    struct obligation obligation = {.region = "", .due = {.outcome = CLOCK_NONE}};
    struct fold fold = {
        .kase = kase,
        .duty = kase->seed->duty,
        .opening = kase->opening,
        .arena = arena,
        .out = &obligation,
    };
    bool judged;

    obligation.within = kase->opening->urgent && fold.duty->has_urgent ? fold.duty->urgent_within
                                                                       : fold.duty->within;
    obligation.start_at = period_begin(&fold);
    if (kase->opening->recalled) {
        judged = judge_withdrawn(&fold);
    } else {
        judged = obligation.start_at == 0 ? judge_not_begun(&fold) : judge_begun(&fold);
    }
    if (!judged) {
        return OBLIGATION_NO_MEMORY;
    }
    *out_obligation = obligation;
    return OBLIGATION_JUDGED;
}
