// SPDX-License-Identifier: Apache-2.0
//
// Counting
//   An act counts when the addressees have it, all of them. A fact is addressed to nobody: for what
//   it opened, the first of the act's own addressees is enough; itself it counts when it was sealed,
//   for a time that it declares proves nothing. `dispatched` and `delivered` are the same instant
//   between daemons (the receiver's received-at). An act by telephone or on paper (law pairs
//   `channel` and `notified_at`) counts when the other side was told, once that side has confirmed
//   the record; until then it is one-sided, and if that side contests it, disputed. A record that is
//   not for the other side says nothing of it: it can neither see nor confirm it.
// Joint
//   `confirmed`: one debtor's record counts when all others have confirmed it, at the latest of
//   their received-ats. A third party that knows no received-at takes the confirmation's sealed-at.
// Before
//   An act that its author sealed before he had the opening statement does not meet what that
//   statement opened: a second notice in a matter is not answered by the meeting about the first.
//   Both instants are of the author's own clock, so skew plays no part. A reply needs no such test.
// Best
//   Of several acts the one that counts earliest; else a disputed one; else a one-sided one.
#include "law/counting.h"

#include "wire/kinds.h"

#include <string.h>

enum stand_form { STAND_SILENT, STAND_CONFIRMED, STAND_CONTESTED };

// What an agency says of a record that another made.
struct stand {
    enum stand_form form;
    int64_t sealed_at;
};

// Of two words of one agency the later holds.
static bool is_later(const struct act *act, const struct act *other)
{
    return act->sealed_at != other->sealed_at ? act->sealed_at > other->sealed_at
                                              : act_compare_ids(act->id, other->id) > 0;
}

static struct stand find_stand(const struct fold *fold, const struct act *record,
                               const char *agency)
{
    const struct act *latest = NULL;
    const char *verdict;

    for (size_t i = 0; i < fold->kase->act_count; i++) {
        const struct act *act = fold->kase->acts[i];

        if (strcmp(act->kind, "confirm") == 0 && !act->drill && !act->recalled &&
            strcmp(act->author, agency) == 0 && act_replies_to(act, record) &&
            (latest == NULL || is_later(act, latest))) {
            latest = act;
        }
    }
    verdict = latest == NULL ? NULL : act_find_pair(latest, "verdict");
    if (verdict == NULL) {
        return (struct stand){STAND_SILENT, 0};
    }
    return (struct stand){strcmp(verdict, "confirmed") == 0 ? STAND_CONFIRMED : STAND_CONTESTED,
                          latest->sealed_at};
}

// Is the record for that agency, or has it come there, as a copy?
static bool is_for(const struct act *record, const char *agency)
{
    for (size_t i = 0; i < record->to_count; i++) {
        if (strcmp(record->to[i], agency) == 0) {
            return true;
        }
    }
    return act_find_arrival(record, agency) != 0;
}

// What the act amounts to towards one addressee.
static struct verdict judge_towards(const struct fold *fold, const struct act *act,
                                    const char *addressee)
{
    const int64_t told_at = act_find_told(act);
    struct verdict verdict = {.rank = VERDICT_NONE, .act = act};

    if (told_at == 0) {
        verdict.at = act_find_arrival(act, addressee);
        verdict.rank = verdict.at == 0 ? VERDICT_NONE : VERDICT_COUNTED;
        return verdict;
    }
    switch (find_stand(fold, act, addressee).form) {
    case STAND_SILENT:
        verdict.rank = is_for(act, addressee) ? VERDICT_ONE_SIDED : VERDICT_NONE;
        break;
    case STAND_CONFIRMED:
        verdict.rank = VERDICT_COUNTED;
        verdict.at = told_at;
        break;
    case STAND_CONTESTED:
        verdict.rank = VERDICT_DISPUTED;
        break;
    }
    return verdict;
}

// All addressees must have it, so the least that it amounts to towards any of them holds; a
// contested one outweighs a silent one.
static struct verdict judge_towards_all(const struct fold *fold, const struct act *act)
{
    const struct obligation_seed *seed = fold->kase->seed;
    struct verdict all = {.rank = VERDICT_NONE, .act = act};
    size_t judged = 0;

    for (size_t i = 0; i < seed->addressee_count; i++) {
        struct verdict one;

        if (strcmp(seed->addressees[i], act->author) == 0) {
            continue;
        }
        one = judge_towards(fold, act, seed->addressees[i]);
        if (one.rank == VERDICT_NONE || one.rank == VERDICT_DISPUTED) {
            return one;
        }
        if (judged == 0 || (all.rank == VERDICT_COUNTED && one.rank == VERDICT_ONE_SIDED) ||
            (all.rank == one.rank && one.at > all.at)) {
            all = one;
        }
        judged++;
    }
    return all;
}

static bool is_owed_to(const struct obligation_seed *seed, const char *agency)
{
    for (size_t i = 0; i < seed->addressee_count; i++) {
        if (strcmp(seed->addressees[i], agency) == 0) {
            return true;
        }
    }
    return seed->addressee_count == 0;
}

// One addressee is enough: of those named, or, where nobody is (a fact opened the obligation), of
// the act's own the first that it reaches.
static struct verdict judge_towards_any(const struct fold *fold, const struct act *act)
{
    struct verdict best = {.rank = VERDICT_NONE, .act = act};
    const struct obligation_seed *seed = fold->kase->seed;
    const bool published = act->to_count == 0;
    const char *const *to = published ? seed->addressees : act->to;
    const size_t count = published ? seed->addressee_count : act->to_count;

    for (size_t i = 0; i < count; i++) {
        struct verdict one;

        if (!is_owed_to(seed, to[i])) {
            continue;
        }
        one = judge_towards(fold, act, to[i]);
        if (one.rank > best.rank ||
            (one.rank == VERDICT_COUNTED && best.rank == VERDICT_COUNTED && one.at < best.at)) {
            best = one;
        }
    }
    return best;
}

// Addressed to nobody as a fact is, and yet it comes to those who subscribed.
static bool is_published(const struct act *act)
{
    const struct kind *kind = kinds_find(act->kind);

    return kind != NULL && (kind->marks & KIND_PUBLISHABLE) != 0;
}

static struct verdict judge_delivery(const struct fold *fold, const struct act *act)
{
    const struct obligation_seed *seed = fold->kase->seed;

    if (act->to_count == 0 && (seed->addressee_count == 0 || !is_published(act))) {
        return (struct verdict){.rank = VERDICT_COUNTED, .act = act, .at = act->sealed_at};
    }
    return seed->addressee_count > 0 && !seed->any_addressee ? judge_towards_all(fold, act)
                                                             : judge_towards_any(fold, act);
}

// A joint record: each of the other debtors confirms it.
static struct verdict judge_record(const struct fold *fold, const struct act *act)
{
    const struct obligation_seed *seed = fold->kase->seed;
    struct verdict verdict = {.rank = VERDICT_COUNTED, .act = act};

    for (size_t i = 0; i < seed->debtor_count; i++) {
        struct stand stand;
        int64_t at;

        if (strcmp(seed->debtors[i], act->author) == 0) {
            continue;
        }
        stand = find_stand(fold, act, seed->debtors[i]);
        switch (stand.form) {
        case STAND_SILENT:
            if (!is_for(act, seed->debtors[i])) {
                return (struct verdict){.rank = VERDICT_NONE, .act = act};
            }
            verdict.rank = verdict.rank == VERDICT_DISPUTED ? VERDICT_DISPUTED : VERDICT_ONE_SIDED;
            break;
        case STAND_CONTESTED:
            verdict.rank = VERDICT_DISPUTED;
            break;
        case STAND_CONFIRMED:
            at = act_find_arrival(act, seed->debtors[i]);
            at = at == 0 ? stand.sealed_at : at;
            verdict.at = at > verdict.at ? at : verdict.at;
            break;
        }
    }
    return verdict;
}

// Sealed before its author had the opening statement? Both instants are of the author's own clock.
static bool is_before_opening(const struct fold *fold, const struct act *act)
{
    const struct act *opening = fold->opening;
    int64_t had_at;

    if (act == opening) {
        return false;
    }
    if (strcmp(act->author, opening->author) != 0) {
        had_at = act_find_arrival(opening, act->author);
    } else if (fold->duty->start == DUTY_FROM_DELIVERED ||
               fold->duty->start == DUTY_FROM_WHOLE ||
               opening->sealed_at < fold->out->start_at) {
        had_at = opening->sealed_at;
    } else {
        had_at =
            fold->out->start_at; // recorded afterwards: what was done since the event itself counts
    }
    had_at = had_at == 0 ? opening->sealed_at : had_at; // whenever he had it, not before that
    return act->sealed_at < had_at;
}

static struct verdict judge_act(const struct fold *fold, const struct act *act,
                                enum duty_meeting meeting)
{
    struct verdict verdict = {.rank = VERDICT_NONE, .act = act};

    switch (meeting) {
    case DUTY_MET_BY_ANY:
        verdict = is_before_opening(fold, act) ? verdict : judge_delivery(fold, act);
        break;
    case DUTY_MET_BY_REPLY:
        verdict = act_replies_to(act, fold->opening) ? judge_delivery(fold, act) : verdict;
        break;
    case DUTY_MET_BY_CONFIRMED:
        verdict = is_before_opening(fold, act) ? verdict : judge_record(fold, act);
        break;
    }
    verdict.meeting = meeting;
    return verdict;
}

static bool is_better(const struct verdict *verdict, const struct verdict *best)
{
    const bool counted = verdict->rank == VERDICT_COUNTED;
    int authors;
    int64_t at;
    int64_t best_at;

    if (verdict->rank != best->rank || verdict->rank == VERDICT_NONE) {
        return verdict->rank > best->rank;
    }
    at = counted ? verdict->at : verdict->act->sealed_at;
    best_at = counted ? best->at : best->act->sealed_at;
    if (at != best_at) {
        return at < best_at;
    }
    authors = strcmp(verdict->act->author, best->act->author);
    return authors != 0 ? authors < 0 : act_compare_ids(verdict->act->id, best->act->id) < 0;
}

static bool is_debtors_act(const struct fold *fold, const struct act *act, const char *kind)
{
    const struct obligation_seed *seed = fold->kase->seed;

    if (strcmp(act->kind, kind) != 0 || act->drill || act->recalled) {
        return false;
    }
    for (size_t i = 0; i < seed->debtor_count; i++) {
        if (strcmp(seed->debtors[i], act->author) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_partys_act(const struct fold *fold, const struct act *act, const char *kind)
{
    return is_debtors_act(fold, act, kind) ||
           (strcmp(act->kind, kind) == 0 && !act->drill && !act->recalled &&
            fold->kase->seed->addressee_count > 0 && is_owed_to(fold->kase->seed, act->author));
}

static void weigh_act(const struct fold *fold, const struct act *act, struct verdict *best)
{
    for (size_t i = 0; i < fold->duty->met_by_count; i++) {
        const struct duty_act *rule = &fold->duty->met_by[i];
        struct verdict verdict;

        if (!is_debtors_act(fold, act, rule->kind) ||
            (rule->later && act_is_same(act, fold->opening)) ||
            !condition_holds(&rule->where, act, NULL)) {
            continue;
        }
        verdict = judge_act(fold, act, rule->meeting);
        if (is_better(&verdict, best)) {
            *best = verdict;
        }
    }
}

// The opening statement may meet what it opens (a notice opens and meets the duty to notify). It is
// weighed once, whether the caller lists it among the acts or not.
struct verdict counting_find_best(const struct fold *fold)
{
    struct verdict best = {.rank = VERDICT_NONE, .act = fold->opening};

    weigh_act(fold, fold->opening, &best);
    for (size_t i = 0; i < fold->kase->act_count; i++) {
        if (!act_is_same(fold->kase->acts[i], fold->opening)) {
            weigh_act(fold, fold->kase->acts[i], &best);
        }
    }
    return best;
}

bool counting_is_awaited(const struct fold *fold, const struct act *act)
{
    const struct duty_await *awaits = &fold->duty->awaits;
    const struct act *opening = fold->opening;
    bool is_party = strcmp(act->author, opening->author) == 0;

    for (size_t i = 0; i < opening->to_count; i++) {
        is_party = is_party || strcmp(act->author, opening->to[i]) == 0;
    }
    return is_party && strcmp(act->kind, awaits->kind) == 0 && !act->drill && !act->recalled &&
           !act_is_same(act, opening) && !is_before_opening(fold, act) &&
           condition_holds(&awaits->where, act, NULL);
}

static bool ends(const struct fold *fold, const struct act *act)
{
    for (size_t i = 0; i < fold->duty->ended_by.count; i++) {
        const struct rule_item *item = &fold->duty->ended_by.items[i];

        if (is_partys_act(fold, act, item->kind) && condition_holds(&item->where, act, NULL)) {
            return !act_is_same(act, fold->opening) && !is_before_opening(fold, act);
        }
    }
    return false;
}

int64_t counting_find_end(const struct fold *fold)
{
    int64_t earliest = 0;

    for (size_t i = 0; i < fold->kase->act_count && fold->duty->ended_by.count > 0; i++) {
        const struct act *act = fold->kase->acts[i];

        if (ends(fold, act) && (earliest == 0 || act->sealed_at < earliest)) {
            earliest = act->sealed_at;
        }
    }
    return earliest;
}

struct verdict counting_judge_told(const struct fold *fold, const struct act *act, const char *kind)
{
    if (!is_debtors_act(fold, act, kind) || is_before_opening(fold, act)) {
        return (struct verdict){.rank = VERDICT_NONE, .act = act};
    }
    return judge_delivery(fold, act);
}

bool counting_is_confirmed(const struct fold *fold, const struct act *record, const char *agency)
{
    return find_stand(fold, record, agency).form == STAND_CONFIRMED;
}
