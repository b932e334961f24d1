// SPDX-License-Identifier: Apache-2.0
//
// The fold. What an obligation amounts to is computed anew from the statements each time, never
// carried on from the verdict before; that is why it cannot depend on the order in which they came.
// Wherever several statements would do, the choice is by what they say (time, then author, then id)
// and never by position.
//
// Starting
//   `delivered`: when the addressee of the slot received the opening statement; not begun until
//   that
//   is known. `sealed`: its declared occurred-at, else sealed-at. `field`: the instant in its law
//   pair
//   (sealed-at where the pair is not given).
// Due
//   By the debtor's calendar. Of several debtors the latest due holds, because nobody owes an act
//   on
//   his own day off; where one of their calendars is not complete, neither is the result.
// Counting
//   An act counts when the addressees have it, all of them. A fact is addressed to nobody: for what
//   it
//   opened, the first of the act's own addressees is enough. `dispatched` and `delivered` are the
//   same
//   instant between daemons (the receiver's received-at). An act by telephone or on paper (law
//   pairs
//   `channel` and `notified_at`) counts when the other side was told, once that side has confirmed
//   the record; until then it is one-sided, and if that side contests it, disputed.
// Joint
//   `confirmed`: one debtor's record counts when all others have confirmed it, at the latest of
//   their
//   received-ats. A third party that knows no received-at takes the confirmation's sealed-at.
// Before
//   An act that its author sealed before he had the opening statement does not meet what that
//   statement opened: a second notice in a matter is not answered by the meeting about the first.
//   Both
//   instants are of the author's own clock, so skew plays no part. A reply needs no such test.
// Best
//   Of several acts the one that counts earliest; else a disputed one; else a one-sided one.
// Extending
//   An extension by a debtor that arrived at or before the due then in force replaces it by a later
//   one; several chain in the order in which they arrived. A due that is only `earliest` or
//   `unknown`
//   stays so.
// Late
//   A met act is late after the due second. Where the due is only a lower bound nobody can be
//   called
//   late, and nothing turns overdue. What is due at once is never late either; its light turns red.
// Silence
//   Past due, each debtor who still owes must have been heard beyond the last on-time second;
//   otherwise the obligation is unheard, because an act may be under way.
#include "law/obligation.h"

#include "wire/kinds.h"
#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

enum {
    ONE_SECOND_MS = 1000,
    AT_ONCE_RED_MS = 3600 * 1000, // policy: the regulations give 立即 no number
    INSTANT_DIGITS = 15,
    DEBTOR_LIMIT = LIMIT_RECIPIENTS + 1,
};

const char *obligation_state_name(enum obligation_state state)
{
    switch (state) {
    case OBLIGATION_OPEN:
        return "open";
    case OBLIGATION_ONE_SIDED:
        return "one-sided";
    case OBLIGATION_MET:
        return "met";
    case OBLIGATION_MET_LATE:
        return "met-late";
    case OBLIGATION_OVERDUE:
        return "overdue";
    case OBLIGATION_EXTENDED:
        return "extended";
    case OBLIGATION_DISPUTED:
        return "disputed";
    case OBLIGATION_WITHDRAWN:
        return "withdrawn";
    case OBLIGATION_UNHEARD:
        return "unheard";
    }
    return "";
}

const char *obligation_state_title(enum obligation_state state)
{
    switch (state) {
    case OBLIGATION_OPEN:
        return "办理中";
    case OBLIGATION_ONE_SIDED:
        return "待对方确认";
    case OBLIGATION_MET:
        return "按期完成";
    case OBLIGATION_MET_LATE:
        return "逾期完成";
    case OBLIGATION_OVERDUE:
        return "超期";
    case OBLIGATION_EXTENDED:
        return "已延期";
    case OBLIGATION_DISPUTED:
        return "争议中";
    case OBLIGATION_WITHDRAWN:
        return "已撤回";
    case OBLIGATION_UNHEARD:
        return "待核实";
    }
    return "";
}

const char *obligation_light_name(enum obligation_light light)
{
    switch (light) {
    case LIGHT_NONE:
        return "none";
    case LIGHT_GREEN:
        return "green";
    case LIGHT_AMBER:
        return "amber";
    case LIGHT_RED:
        return "red";
    }
    return "";
}

bool obligation_is_closed(enum obligation_state state)
{
    switch (state) {
    case OBLIGATION_MET:
    case OBLIGATION_MET_LATE:
    case OBLIGATION_WITHDRAWN:
        return true;
    case OBLIGATION_OPEN:
    case OBLIGATION_ONE_SIDED:
    case OBLIGATION_OVERDUE:
    case OBLIGATION_EXTENDED:
    case OBLIGATION_DISPUTED:
    case OBLIGATION_UNHEARD:
        return false;
    }
    return false;
}

static int64_t floor_second(int64_t instant_ms)
{
    const int64_t rest = instant_ms % ONE_SECOND_MS;

    return instant_ms - rest - (rest < 0 ? ONE_SECOND_MS : 0);
}

static bool lists(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *find_pair(const struct act *act, const char *name)
{
    for (size_t i = 0; i < act->pair_count; i++) {
        if (strcmp(act->pairs[i].name, name) == 0) {
            return act->pairs[i].value;
        }
    }
    return NULL;
}

// An instant in decimal milliseconds after 1970; 0 if the pair is not there or is none.
static int64_t find_instant(const struct act *act, const char *name)
{
    const char *text = find_pair(act, name);
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

// 0: not known to have arrived there.
static int64_t find_arrival(const struct act *act, const char *agency)
{
    int64_t earliest = 0;

    for (size_t i = 0; i < act->arrival_count; i++) {
        const int64_t at = act->arrivals[i].at;

        if (strcmp(act->arrivals[i].agency, agency) == 0 && (earliest == 0 || at < earliest)) {
            earliest = at;
        }
    }
    return earliest;
}

static int compare_ids(struct bytes left, struct bytes right)
{
    const size_t size = left.size < right.size ? left.size : right.size;
    const int compared = size == 0 ? 0 : memcmp(left.data, right.data, size);

    return compared != 0 ? compared : (left.size > right.size) - (left.size < right.size);
}

static bool is_same(const struct act *left, const struct act *right)
{
    return strcmp(left->author, right->author) == 0 && compare_ids(left->id, right->id) == 0;
}

static bool replies_to(const struct act *act, const struct act *other)
{
    return act->reply_author != NULL && strcmp(act->reply_author, other->author) == 0 &&
           compare_ids(act->reply_id, other->id) == 0;
}

// When the other side was told by telephone or on paper; 0: the act is its own platform message.
static int64_t told_elsewhere_at(const struct act *act)
{
    const char *channel = find_pair(act, "channel");

    return channel == NULL || strcmp(channel, "platform") == 0 ? 0
                                                               : find_instant(act, "notified_at");
}

static bool is_opened_by(const struct duty_opening *opening, const struct act *act)
{
    if (strcmp(opening->kind, "*") == 0) {
        const struct kind *kind = kinds_find(act->kind);

        if (kind == NULL || kind->class != KIND_MESSAGE || (kind->marks & KIND_SIGNED_FOR) == 0) {
            return false;
        }
    } else if (strcmp(opening->kind, act->kind) != 0) {
        return false;
    }
    return opening->unless_cites == NULL ||
           !lists(act->cited_kinds, act->cited_kind_count, opening->unless_cites);
}

// How many obligations of this duty the statement opens.
static size_t count_opened(const struct duty_rule *duty, const struct act *act)
{
    for (size_t i = 0; i < duty->opened_by_count; i++) {
        if (is_opened_by(&duty->opened_by[i], act)) {
            return duty->debtors == DUTY_AUTHOR ? 1 : act->to_count;
        }
    }
    return 0;
}

static bool fill_pair(const struct act *opening, const char *addressee, struct arena *arena,
                      struct obligation_seed *seed)
{
    const char **pair = arena_take_array(arena, 2, sizeof *pair);
    const bool author_first = strcmp(opening->author, addressee) < 0;

    if (pair == NULL) {
        return false;
    }
    pair[0] = author_first ? opening->author : addressee;
    pair[1] = author_first ? addressee : opening->author;
    seed->debtors = pair;
    seed->debtor_count = 2;
    seed->addressees = pair; // each owes it to the other
    seed->addressee_count = 2;
    return true;
}

// A list of one, in the arena, so that a seed does not depend on where the caller keeps the act.
static const char *const *list_one(const char *agency, struct arena *arena)
{
    const char **list = arena_take(arena, sizeof *list);

    if (list != NULL) {
        list[0] = agency;
    }
    return list;
}

static bool fill_seed(const struct duty_rule *duty, const struct act *opening, unsigned slot,
                      struct arena *arena, struct obligation_seed *seed)
{
    *seed = (struct obligation_seed){.duty = duty, .slot = slot};
    switch (duty->debtors) {
    case DUTY_AUTHOR:
        seed->debtors = list_one(opening->author, arena);
        seed->debtor_count = 1;
        seed->addressees = opening->to;
        seed->addressee_count = opening->to_count;
        return seed->debtors != NULL;
    case DUTY_EACH_ADDRESSEE:
        seed->debtors = list_one(opening->to[slot], arena);
        seed->debtor_count = 1;
        seed->addressees = list_one(opening->author, arena);
        seed->addressee_count = 1;
        return seed->debtors != NULL && seed->addressees != NULL;
    case DUTY_AUTHOR_AND_ADDRESSEE:
        return fill_pair(opening, opening->to[slot], arena, seed);
    }
    return false;
}

bool obligation_open(const struct procedure *procedure, const struct act *opening,
                     struct arena *arena, struct obligation_seed **out_seeds, size_t *out_count)
{
    size_t total = 0;
    size_t filled = 0;
    struct obligation_seed *seeds;

    for (size_t i = 0; i < procedure->duty_count && !opening->drill; i++) {
        total += count_opened(&procedure->duties[i], opening);
    }
    seeds = arena_take_array(arena, total + 1, sizeof *seeds);
    if (seeds == NULL) {
        return false;
    }
    for (size_t i = 0; i < procedure->duty_count && filled < total; i++) {
        const size_t count = count_opened(&procedure->duties[i], opening);

        for (unsigned slot = 0; slot < count; slot++) {
            if (!fill_seed(&procedure->duties[i], opening, slot, arena, &seeds[filled])) {
                return false;
            }
            filled++;
        }
    }
    *out_seeds = seeds;
    *out_count = total;
    return true;
}

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

bool obligation_concerns(const struct duty_rule *duty, const struct act *act)
{
    const bool confirms = strcmp(act->kind, "confirm") == 0;

    if (act->drill) {
        return false;
    }
    if (strcmp(act->kind, "recall") == 0 ||
        (duty->extended_by != NULL && strcmp(duty->extended_by, act->kind) == 0)) {
        return true;
    }
    for (size_t i = 0; i < duty->met_by_count; i++) {
        const struct duty_act *rule = &duty->met_by[i];

        if (confirms && (rule->meeting == DUTY_MET_BY_CONFIRMED || tells_elsewhere(rule->kind))) {
            return true;
        }
        if (strcmp(rule->kind, act->kind) == 0 &&
            (rule->meeting != DUTY_MET_BY_REPLY || act->reply_author != NULL)) {
            return true;
        }
    }
    return false;
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
    seal_hash(SUITE_SM2_SM3, pieces, count, out_id);
}

struct fold {
    const struct obligation_case *kase;
    const struct duty_rule *duty;
    const struct act *opening;
    struct arena *arena;
    struct obligation *out;
};

static int64_t find_start(const struct fold *fold)
{
    const struct act *opening = fold->opening;
    const unsigned slot = fold->kase->seed->slot;
    int64_t named;

    switch (fold->duty->start) {
    case DUTY_FROM_DELIVERED:
        return slot < opening->to_count ? find_arrival(opening, opening->to[slot]) : 0;
    case DUTY_FROM_SEALED:
        return opening->occurred_at != 0 ? opening->occurred_at : opening->sealed_at;
    case DUTY_FROM_FIELD:
        named = find_instant(opening, fold->duty->start_field);
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

static bool find_due(struct fold *fold)
{
    const struct obligation_seed *seed = fold->kase->seed;
    struct obligation *out = fold->out;

    for (size_t i = 0; i < seed->debtor_count; i++) {
        const char *region = find_region(fold, seed->debtors[i]);
        struct due due;

        if (i > 0 && strcmp(region, out->region) == 0) {
            continue;
        }
        if (clock_count(fold->kase->calendar, region, out->within, out->start_at, fold->arena,
                        &due) != CLOCK_OK) {
            return false;
        }
        if (i == 0 || due.due_at > out->due.due_at) {
            out->region = region;
        }
        out->due = i == 0 ? due : join_dues(&out->due, &due);
    }
    return true;
}

enum verdict_rank { VERDICT_NONE, VERDICT_ONE_SIDED, VERDICT_DISPUTED, VERDICT_COUNTED };

struct verdict {
    enum verdict_rank rank;
    int64_t at; // VERDICT_COUNTED
    const struct act *act;
    enum duty_meeting meeting;
};

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
                                              : compare_ids(act->id, other->id) > 0;
}

static struct stand find_stand(const struct fold *fold, const struct act *record,
                               const char *agency)
{
    const struct act *latest = NULL;
    const char *verdict;

    for (size_t i = 0; i < fold->kase->act_count; i++) {
        const struct act *act = &fold->kase->acts[i];

        if (strcmp(act->kind, "confirm") == 0 && !act->drill && !act->recalled &&
            strcmp(act->author, agency) == 0 && replies_to(act, record) &&
            (latest == NULL || is_later(act, latest))) {
            latest = act;
        }
    }
    verdict = latest == NULL ? NULL : find_pair(latest, "verdict");
    if (verdict == NULL) {
        return (struct stand){STAND_SILENT, 0};
    }
    return (struct stand){strcmp(verdict, "confirmed") == 0 ? STAND_CONFIRMED : STAND_CONTESTED,
                          latest->sealed_at};
}

// What the act amounts to towards one addressee.
static struct verdict judge_towards(const struct fold *fold, const struct act *act,
                                    const char *addressee)
{
    const int64_t told_at = told_elsewhere_at(act);
    struct verdict verdict = {.rank = VERDICT_NONE, .act = act};

    if (told_at == 0) {
        verdict.at = find_arrival(act, addressee);
        verdict.rank = verdict.at == 0 ? VERDICT_NONE : VERDICT_COUNTED;
        return verdict;
    }
    switch (find_stand(fold, act, addressee).form) {
    case STAND_SILENT:
        verdict.rank = VERDICT_ONE_SIDED;
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

// Nobody is named as addressee (a fact opened the obligation): the first that the act reaches is
// enough.
static struct verdict judge_towards_any(const struct fold *fold, const struct act *act)
{
    struct verdict best = {.rank = VERDICT_NONE, .act = act};

    for (size_t i = 0; i < act->to_count; i++) {
        const struct verdict one = judge_towards(fold, act, act->to[i]);

        if (one.rank > best.rank ||
            (one.rank == VERDICT_COUNTED && best.rank == VERDICT_COUNTED && one.at < best.at)) {
            best = one;
        }
    }
    return best;
}

static struct verdict judge_delivery(const struct fold *fold, const struct act *act)
{
    return fold->kase->seed->addressee_count > 0 ? judge_towards_all(fold, act)
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
            verdict.rank = verdict.rank == VERDICT_DISPUTED ? VERDICT_DISPUTED : VERDICT_ONE_SIDED;
            break;
        case STAND_CONTESTED:
            verdict.rank = VERDICT_DISPUTED;
            break;
        case STAND_CONFIRMED:
            at = find_arrival(act, seed->debtors[i]);
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
        had_at = find_arrival(opening, act->author);
    } else if (fold->duty->start == DUTY_FROM_DELIVERED ||
               opening->sealed_at < fold->out->start_at) {
        had_at = opening->sealed_at;
    } else {
        had_at =
            fold->out->start_at; // recorded afterwards: what was done since the event itself counts
    }
    return had_at != 0 && act->sealed_at < had_at;
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
        verdict = replies_to(act, fold->opening) ? judge_delivery(fold, act) : verdict;
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
    return authors != 0 ? authors < 0 : compare_ids(verdict->act->id, best->act->id) < 0;
}

static bool is_debtors_act(const struct fold *fold, const struct act *act, const char *kind)
{
    const struct obligation_seed *seed = fold->kase->seed;

    return strcmp(act->kind, kind) == 0 && !act->drill && !act->recalled &&
           lists(seed->debtors, seed->debtor_count, act->author);
}

static void weigh_act(const struct fold *fold, const struct act *act, struct verdict *best)
{
    for (size_t i = 0; i < fold->duty->met_by_count; i++) {
        const struct duty_act *rule = &fold->duty->met_by[i];
        struct verdict verdict;

        if (!is_debtors_act(fold, act, rule->kind)) {
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
static struct verdict weigh_acts(const struct fold *fold)
{
    struct verdict best = {.rank = VERDICT_NONE, .act = fold->opening};

    weigh_act(fold, fold->opening, &best);
    for (size_t i = 0; i < fold->kase->act_count; i++) {
        if (!is_same(&fold->kase->acts[i], fold->opening)) {
            weigh_act(fold, &fold->kase->acts[i], &best);
        }
    }
    return best;
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
    return authors != 0 ? authors : compare_ids(a->act->id, b->act->id);
}

static size_t list_extensions(const struct fold *fold, struct extension *extensions)
{
    size_t count = 0;

    for (size_t i = 0; i < fold->kase->act_count; i++) {
        const struct act *act = &fold->kase->acts[i];
        struct verdict verdict;

        if (!is_debtors_act(fold, act, fold->duty->extended_by) || is_before_opening(fold, act)) {
            continue;
        }
        verdict = judge_delivery(fold, act);
        if (verdict.rank == VERDICT_COUNTED) {
            extensions[count++] = (struct extension){
                .told_at = floor_second(verdict.at),
                .until = floor_second(find_instant(act, fold->duty->extended_field)),
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

static bool apply_extensions(struct fold *fold)
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

        if (strcmp(heard->agency, debtor) == 0 &&
            heard->at >= fold->out->due.due_at + ONE_SECOND_MS) {
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
           find_stand(fold, best->act, debtor).form != STAND_CONFIRMED;
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
        out->state = has_due(fold) && floor_second(best->at) > out->due.due_at ? OBLIGATION_MET_LATE
                                                                               : OBLIGATION_MET;
        return;
    }
}

static enum obligation_light judge_light(const struct fold *fold)
{
    const struct obligation *out = fold->out;
    const int64_t now = fold->kase->now;

    if (obligation_is_closed(out->state)) {
        return LIGHT_NONE;
    }
    if (out->due.outcome == CLOCK_NONE) {
        return now >= out->start_at + AT_ONCE_RED_MS ? LIGHT_RED : LIGHT_GREEN;
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

    if (obligation_is_closed(out->state)) {
        return 0;
    }
    if (out->due.outcome == CLOCK_NONE) {
        return now < out->start_at + AT_ONCE_RED_MS ? out->start_at + AT_ONCE_RED_MS : 0;
    }
    if (now < out->due.amber_at) {
        return out->due.amber_at;
    }
    return has_due(fold) && !is_past_due(fold) ? out->due.due_at + ONE_SECOND_MS : 0;
}

// The arrival of the opening statement is not known: nothing runs yet.
static bool judge_not_begun(struct fold *fold)
{
    const struct verdict nothing = {.rank = VERDICT_NONE, .act = fold->opening};

    fold->out->state = OBLIGATION_OPEN;
    fold->out->light = LIGHT_GREEN;
    return list_owing(fold, &nothing);
}

static bool judge_begun(struct fold *fold)
{
    const struct verdict best = weigh_acts(fold);

    if (!find_due(fold) || !apply_extensions(fold)) {
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
    return fold->out->start_at == 0 || find_due(fold);
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

    obligation_make_id(&kase->procedure->digest, kase->seed, kase->opening, &obligation.id);
    obligation.within = kase->opening->urgent && fold.duty->has_urgent ? fold.duty->urgent_within
                                                                       : fold.duty->within;
    obligation.start_at = find_start(&fold);
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
