// SPDX-License-Identifier: Apache-2.0
//
// A statement can change: the duties it opens; those opened by what it replies to, and by what that replies to (a confirmation
// of an assessment reaches the notice's duty that way); and those of its matter that are met or changed by statements at large, which the index `ongoing`
// lists by kind and author. Of all these only the ones that what is new can still bear on are judged, however long a matter grows; and judging one of
// them again from what is held is what makes the order of arrival irrelevant.
#include "rules/duty.h"

#include <string.h>

#include "law/explain.h"
#include "law/period.h"

#include "rules/act_fill.h"
#include "rules/automatic.h"
#include "rules/delivery.h"
#include "rules/due_text.h"
#include "rules/evidence.h"
#include "rules/membership.h"

enum { ASKED_AT_ONCE = 4096, COUNTED_AT_ONCE = 256 };

struct court {
    struct view *view;
    struct effects *effects;
    struct arena *arena;
    struct evidence evidence;
};

static void open_court(struct court *court, struct view *view, struct effects *effects)
{
    court->view = view;
    court->effects = effects;
    court->arena = effects->arena;
    evidence_start(&court->evidence, view, effects);
}

static void *take(struct court *court, size_t count, size_t size)
{
    return effect_take(court->effects, count, size);
}

// A statement that opened duties, and the procedure it was sealed under.
struct opened {
    struct exhibit *exhibit;
    const struct procedure *procedure;
};

// False: it opens none that can be judged here.
static bool look_at_opening(struct court *court, uint64_t position, struct opened *out_opened)
{
    struct exhibit *exhibit = evidence_find(&court->evidence, position);
    if (exhibit == NULL || exhibit->held->header->procedure.len != DIGEST_BYTES) {
        return false;
    }
    *out_opened = (struct opened){exhibit, view_procedure(court->view, decode_bytes(exhibit->held->header->procedure), court->arena)};
    return out_opened->procedure != NULL;
}

// --------------------------------------------------------------------------------------------------- verdicts

// Is there an addressee of whom nothing tells that he has it? Holders of copies do not count.
// Only those to whom the act is owed matter; a fact's duty names none, and then all do.
static bool is_on_its_way(struct court *court, const struct obligation_seed *seed, const struct act *act)
{
    for (size_t i = 0; i < act->to_count; i++) {
        if (seed->addressee_count > 0 && !membership_names((char *const *)seed->addressees, seed->addressee_count, act->to[i])) {
            continue;
        }
        if (act_find_arrival(act, act->to[i]) == 0 &&
            delivery_now(court->view, act->position, act->to[i], court->arena) != DELIVERY_REFUSED) {
            return true;
        }
    }
    return false;
}

// A debtor is not silent whose act could count and may have arrived, though nothing here tells so: our own before its receipt, another's of which
// we hold a copy. A recall meets nothing, and nor does what was recalled.
static bool in_transit(struct court *court, const struct obligation_seed *seed, const struct act_list *acts, const char *debtor)
{
    for (size_t i = 0; i < acts->count; i++) {
        const struct act *act = acts->items[i];
        if (strcmp(act->author, debtor) == 0 && !act->recalled && obligation_concerns(seed->duty, act) && is_on_its_way(court, seed, act)) {
            return true;
        }
    }
    return false;
}

// A mark says what its author sealed for us. Only those to whom the act is owed can tell from it that there is none: it need not have been sent to others.
static void fill_parties(struct court *court, const struct act_list *acts, struct obligation_case *kase)
{
    const struct obligation_seed *seed = kase->seed;
    const char *self = view_state(court->view)->agency;
    const bool owed = membership_names((char *const *)seed->addressees, seed->addressee_count, self);
    struct party *parties = take(court, seed->debtor_count, sizeof(*parties));
    struct arrival *heard = take(court, seed->debtor_count, sizeof(*heard));
    if (parties == NULL || heard == NULL) {
        return;
    }
    for (size_t i = 0; i < seed->debtor_count; i++) {
        const char *debtor = seed->debtors[i];
        parties[i] = (struct party){debtor, view_region(court->view, debtor, court->arena)};
        heard[i].agency = debtor;
        heard[i].at = in_transit(court, seed, acts, debtor) ? 0
                      : strcmp(debtor, self) == 0          ? court->effects->now
                      : owed                               ? view_peer_state(court->view, debtor, court->arena)->offered_up_to
                                                           : 0;
    }
    kase->parties = parties;
    kase->party_count = seed->debtor_count;
    kase->heard = heard;
    kase->heard_count = seed->debtor_count;
}

static bool replies_only(const struct duty_rule *duty)
{
    for (size_t i = 0; i < duty->met_by_count; i++) {
        if (duty->met_by[i].meeting != DUTY_MET_BY_REPLY) {
            return false;
        }
    }
    return duty->extended_by == NULL && duty->awaits.kind == NULL && duty->suspended_by.kind == NULL && duty->ended_by.count == 0;
}

static char **texts(const char *const *values)
{
    return (char **)values;
}

static Record__DutySet *make_row(struct court *court, const struct obligation_case *kase, const struct obligation *verdict)
{
    Record__DutySet *row = take(court, 1, sizeof(*row));
    if (row == NULL) {
        return NULL;
    }
    const struct obligation_seed *seed = kase->seed;
    const char *self = view_state(court->view)->agency;
    record__duty_set__init(row);
    row->opening = kase->opening->position;
    row->duty = (char *)seed->duty->id;
    row->slot = seed->slot;
    row->state = verdict->state;
    row->light = verdict->light;
    row->start_at = verdict->start_at;
    row->due_at = verdict->start_at == 0 ? 0 : verdict->due.due_at;
    row->due_form = verdict->due.outcome;
    row->amber_at = verdict->due.amber_at;
    row->met_at = verdict->met_at;
    row->met_by = verdict->met_by;
    row->next_at = verdict->next_at;
    row->calendar = (ProtobufCBinaryData){VIEW_SHORT_DIGEST_BYTES, (uint8_t *)calendar_digest(kase->calendar)->bytes};
    row->owing = texts(verdict->owing);
    row->n_owing = verdict->owing_count;
    row->extended_to = verdict->extended_to;
    row->ongoing = !replies_only(seed->duty);
    row->onlooker = !membership_names((char *const *)seed->addressees, seed->addressee_count, self) &&
                    !membership_names((char *const *)seed->debtors, seed->debtor_count, self);
    return row;
}

static bool same_rows(struct court *court, const Record__DutySet *left, const Record__DutySet *right)
{
    struct bytes a = decode_pack(&left->base, court->arena);
    struct bytes b = decode_pack(&right->base, court->arena);
    return a.data != NULL && b.data != NULL && a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static bool is_open(const Record__DutySet *row)
{
    return !obligation_state_is_closed((enum obligation_state)row->state);
}

static const struct calendar *calendar_in_force(struct court *court)
{
    Record__LawInForce *law = view_law(court->view, court->arena);
    return law == NULL ? NULL : view_calendar(court->view, decode_bytes(law->calendar), court->arena);
}

// What is closed keeps the calendar it was closed by; what is new or open takes the calendar in force.
static const struct calendar *find_calendar(struct court *court, const Record__DutySet *old)
{
    return old == NULL || is_open(old) ? calendar_in_force(court) : view_calendar(court->view, decode_bytes(old->calendar), court->arena);
}

static void ask_silent(struct court *court, const Record__DutySet *row)
{
    const char *self = view_state(court->view)->agency;
    for (size_t i = 0; !row->onlooker && row->state == OBLIGATION_UNHEARD && i < row->n_owing; i++) {
        if (strcmp(row->owing[i], self) != 0) {
            struct release *release = effect_release(court->effects, RELEASE_ASK_OFFERED);
            release->peer = row->owing[i];
            release->at = row->due_at + 999; // the last on-time millisecond
        }
    }
}

// The answer to a message is delivery's business too: the recipient who met a duty that the message opened has answered it.
static void mark_answered(struct court *court, const Record__DutySet *row, const struct act *opening, const struct duty_rule *duty)
{
    bool met = row->state == OBLIGATION_MET || row->state == OBLIGATION_MET_LATE;
    if (!met || row->met_by == 0 || duty->policy || duty->debtors == DUTY_AUTHOR || row->slot >= opening->to_count) {
        return;
    }
    const struct delivery_step step = {row->opening, opening->to[row->slot], DELIVERY_ANSWER, row->met_at, row->met_by, NULL, NULL};
    delivery_move(court->view, court->effects, &step);
}

static bool fold(struct court *court, const struct obligation_case *kase, struct obligation *out_verdict)
{
    if (kase->calendar == NULL || kase->parties == NULL) {
        return false;
    }
    switch (obligation_judge(kase, court->arena, out_verdict)) {
    case OBLIGATION_JUDGED:
        return true;
    case OBLIGATION_NO_MEMORY:
        court->effects->exhausted = true;
        return false;
    }
    return false;
}

static bool judge(struct court *court, const struct opened *opened, const struct obligation_seed *seed, const Record__DutySet *old,
                  struct obligation_case *out_case, struct obligation *out_verdict)
{
    struct act_list acts;
    evidence_collect(&court->evidence, opened->exhibit, seed, &acts);
    *out_case = (struct obligation_case){
        .procedure = opened->procedure,
        .seed = seed,
        .opening = &opened->exhibit->act,
        .acts = acts.items,
        .act_count = acts.count,
        .calendar = find_calendar(court, old),
        .counted = &court->effects->counted,
        .now = court->effects->now,
    };
    fill_parties(court, &acts, out_case);
    if (!fold(court, out_case, out_verdict)) {
        return false;
    }
    if (old == NULL || is_open(old) || obligation_state_is_closed(out_verdict->state)) {
        return true;
    }
    out_case->calendar = calendar_in_force(court); // an act has opened it again
    return fold(court, out_case, out_verdict);
}

// -------------------------------------------------------------------------------------------------- amendments

static char *format_due(struct court *court, const struct obligation *verdict)
{
    char *text = verdict->start_at == 0 ? NULL : clock_format_due(&verdict->due, court->arena);
    court->effects->exhausted = court->effects->exhausted || (text == NULL && verdict->start_at != 0);
    return text == NULL ? "" : text;
}

// By the same acts under the calendar of before: only so is what differs the calendar's doing, and no extension's that came with it.
static Record__DueAmended *amend(struct court *court, const struct obligation_case *kase, const struct obligation *verdict,
                                 const Record__DutySet *old)
{
    struct obligation_case earlier = *kase;
    struct obligation before;
    earlier.calendar = view_calendar(court->view, decode_bytes(old->calendar), court->arena);
    if (earlier.calendar == kase->calendar || !fold(court, &earlier, &before)) {
        return old->amended;
    }
    char *then = format_due(court, &before);
    char *now = format_due(court, verdict);
    Record__DueAmended *amended = strcmp(then, now) == 0 ? NULL : take(court, 1, sizeof(*amended));
    if (amended == NULL) {
        return old->amended;
    }
    record__due_amended__init(amended);
    amended->calendar = old->calendar;
    amended->before = then;
    amended->after = now;
    amended->at = court->effects->now;
    amended->turn = view_state(court->view)->turn + 1;
    return amended;
}

// That another calendar counts alike is no change; the row keeps the one that dated it.
static bool is_same(struct court *court, const Record__DutySet *old, Record__DutySet *row)
{
    const ProtobufCBinaryData calendar = row->calendar;
    row->calendar = old->calendar;
    bool same = same_rows(court, old, row);
    row->calendar = calendar;
    return same;
}

// ---------------------------------------------------------------------------------------------------- judging

static size_t list_seeds(struct court *court, const struct opened *opened, struct obligation_seed **out_seeds)
{
    size_t count;
    if (!opening_list(opened->procedure, &opened->exhibit->act, court->arena, out_seeds, &count)) {
        court->effects->exhausted = true;
        return 0;
    }
    return count;
}

static void settle(struct court *court, const struct opened *opened, const struct obligation_seed *seed)
{
    const struct act *opening = &opened->exhibit->act;
    Record__DutySet *old = view_duty(court->view, opening->position, seed->slot, seed->duty->id, court->arena);
    if (old == NULL && period_find_start(seed, opening) == 0) {
        return; // not begun: nothing is owed until the opening statement has arrived
    }
    struct obligation_case kase;
    struct obligation verdict;
    if (!judge(court, opened, seed, old, &kase, &verdict)) {
        return;
    }
    Record__DutySet *row = make_row(court, &kase, &verdict);
    if (row != NULL && old != NULL) {
        row->amended = amend(court, &kase, &verdict, old);
    }
    if (row == NULL || (old != NULL && is_same(court, old, row))) {
        return;
    }
    const struct material material = {.header = opened->exhibit->held->header};
    effect_put(court->effects, RECORD__EFFECT__IS_DUTY, row, &material);
    ask_silent(court, row);
    mark_answered(court, row, opening, seed->duty);
    if (row->state == OBLIGATION_OVERDUE && (old == NULL || old->state != OBLIGATION_OVERDUE)) {
        automatic_remind(court->view, court->effects, seed, row);
    }
}

// Judges the duties that one statement opened; `duty` and `slot` pick one, NULL takes all.
static void judge_opened(struct court *court, uint64_t position, const char *duty, unsigned slot)
{
    struct opened opened;
    struct obligation_seed *seeds;
    size_t count = look_at_opening(court, position, &opened) ? list_seeds(court, &opened, &seeds) : 0;
    for (size_t i = 0; i < count; i++) {
        if (duty == NULL || (seeds[i].slot == slot && strcmp(seeds[i].duty->id, duty) == 0)) {
            settle(court, &opened, &seeds[i]);
        }
    }
}

// ------------------------------------------------------------------------------------------------ what is new

// A statement about which something is new that other statements' duties may hang on.
struct news {
    const struct exhibit *exhibit;
    int64_t counts_from; // evidence_counts_from
    bool spoken_of;      // it was recalled, confirmed or contested, or that is taken back
};

enum { NEWS_MOST = 3 };

struct word {
    struct exhibit *chain[NEWS_MOST]; // the statement, what it replies to, what that replies to; NULL: not held, or it replies to nothing
    struct news news[NEWS_MOST];
    size_t news_count;
};

static struct exhibit *replied_to(struct court *court, const struct exhibit *exhibit)
{
    const Wire__Reference *above = exhibit == NULL ? NULL : exhibit->held->header->in_reply_to;
    return above == NULL ? NULL : evidence_find(&court->evidence, view_find(court->view, above->author, decode_bytes(above->id)));
}

static bool is_of_kind(const struct exhibit *exhibit, const char *kind)
{
    return exhibit != NULL && strcmp(exhibit->act.kind, kind) == 0;
}

static void add_news(struct word *word, const struct exhibit *exhibit, int64_t confirmed_at, bool spoken_of)
{
    if (exhibit != NULL) {
        word->news[word->news_count++] = (struct news){exhibit, evidence_counts_from(&exhibit->act, confirmed_at), spoken_of};
    }
}

static void hear(struct court *court, struct exhibit *exhibit, struct word *out_word)
{
    struct exhibit *first = replied_to(court, exhibit);
    struct exhibit *second = replied_to(court, first);
    const int64_t sealed_at = exhibit->act.sealed_at;
    bool recalls = is_of_kind(exhibit, "recall");
    bool confirms = is_of_kind(exhibit, "confirm");
    *out_word = (struct word){.chain = {exhibit, first, second}};
    add_news(out_word, exhibit, INT64_MAX, false);
    if (recalls || confirms || (first != NULL && evidence_tells_arrival(first, exhibit->act.position))) {
        add_news(out_word, first, confirms ? sealed_at : INT64_MAX, recalls || confirms);
    }
    if (recalls && is_of_kind(first, "confirm")) {
        add_news(out_word, second, first->act.sealed_at, true);
    }
}

static bool is_past_due(const struct court *court, const Record__DutySet *row)
{
    return row->due_form == CLOCK_KNOWN && court->effects->now > row->due_at;
}

// Of acts that count from the same instant the law takes the lesser author and id (proto/law/counting.c, Best).
static bool is_before_met(struct court *court, const struct news *news, const Record__DutySet *row)
{
    const struct act *act = &news->exhibit->act;
    const struct held *met_by = news->counts_from == row->met_at ? view_statement(court->view, row->met_by, court->arena) : NULL;
    if (met_by == NULL) {
        return news->counts_from < row->met_at;
    }
    int authors = strcmp(act->author, met_by->header->author);
    return authors < 0 || (authors == 0 && act_compare_ids(act->id, decode_bytes(met_by->header->id)) < 0);
}

// Is it an act that counts by its arrival alone, and of which no arrival is known? Then all it can do is to be on its way when the time is up.
static bool is_only_on_its_way(const struct news *news, const struct duty_rule *rule)
{
    for (size_t i = 0; i < rule->met_by_count; i++) {
        if (rule->met_by[i].meeting == DUTY_MET_BY_CONFIRMED && strcmp(rule->met_by[i].kind, news->exhibit->act.kind) == 0) {
            return false;
        }
    }
    return news->counts_from == INT64_MAX && !news->spoken_of;
}

// Can what is new of a statement still change a duty that it may meet, as that stands? What is met is changed by its own act, or by one that counts earlier.
static bool can_meet(struct court *court, const struct news *news, const struct duty_rule *rule, const Record__DutySet *row)
{
    if (!obligation_may_meet(rule, &news->exhibit->act)) {
        return false;
    }
    if (row == NULL) {
        return true;
    }
    switch ((enum obligation_state)row->state) {
    case OBLIGATION_MET:
    case OBLIGATION_MET_LATE:
        return row->met_by == news->exhibit->act.position || is_before_met(court, news, row);
    case OBLIGATION_WITHDRAWN:
        return false;
    case OBLIGATION_OPEN:
    case OBLIGATION_ONE_SIDED:
    case OBLIGATION_OVERDUE:
    case OBLIGATION_EXTENDED:
    case OBLIGATION_DISPUTED:
    case OBLIGATION_UNHEARD:
    case OBLIGATION_ENDED:
        break;
    }
    return is_past_due(court, row) || !is_only_on_its_way(news, rule);
}

static bool is_news_to(struct court *court, const struct word *word, const struct obligation_seed *seed, const Record__DutySet *row)
{
    for (size_t i = 0; i < word->news_count; i++) {
        const struct news *news = &word->news[i];
        const struct act *act = &news->exhibit->act;
        bool by_debtor = membership_names((char *const *)seed->debtors, seed->debtor_count, act->author);
        if (!act->drill && (obligation_is_beside(seed->duty, act->kind) || (by_debtor && can_meet(court, news, seed->duty, row)))) {
            return true;
        }
    }
    return false;
}

// The duties opened by a statement that is replied to, directly or not.
static void judge_above(struct court *court, const struct word *word, const struct exhibit *above)
{
    struct opened opened;
    struct obligation_seed *seeds;
    bool moved = false; // its arrival, or its being at all
    for (size_t i = 0; i < word->news_count; i++) {
        moved = moved || word->news[i].exhibit == above;
    }
    size_t count = above != NULL && look_at_opening(court, above->act.position, &opened) ? list_seeds(court, &opened, &seeds) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct obligation_seed *seed = &seeds[i];
        if (moved || is_news_to(court, word, seed, view_duty(court->view, above->act.position, seed->slot, seed->duty->id, court->arena))) {
            settle(court, &opened, seed);
        }
    }
}

static bool is_in_chain(const struct word *word, uint64_t position)
{
    for (size_t i = 0; i < NEWS_MOST; i++) {
        if (word->chain[i] != NULL && word->chain[i]->act.position == position) {
            return true;
        }
    }
    return false;
}

static const struct duty_rule *rule_of(struct court *court, const Record__DutySet *row)
{
    const struct held *opening = view_statement(court->view, row->opening, court->arena);
    const struct procedure *procedure =
        opening == NULL ? NULL : view_procedure(court->view, decode_bytes(opening->header->procedure), court->arena);
    return procedure == NULL ? NULL : procedure_duty(procedure, row->duty);
}

// Those of the matter that a statement of the kind may change from anywhere in it: of its author, and of anybody.
static void judge_ongoing(struct court *court, const struct word *word, const struct news *news)
{
    const struct act *act = &news->exhibit->act;
    const struct bytes matter = decode_bytes(news->exhibit->held->header->matter);
    struct ongoing **ongoing;
    size_t count = act->drill ? 0 : view_ongoing(court->view, matter, act->kind, act->author, news->counts_from, court->arena, &ongoing);
    for (size_t i = 0; i < count; i++) {
        const Record__DutySet *row = ongoing[i]->duty;
        const struct duty_rule *rule = is_in_chain(word, row->opening) ? NULL : rule_of(court, row);
        if (rule != NULL && can_meet(court, news, rule, row)) {
            judge_opened(court, row->opening, row->duty, row->slot);
        }
    }
    count = act->drill ? 0 : view_ongoing(court->view, matter, act->kind, "", INT64_MAX, court->arena, &ongoing);
    for (size_t i = 0; i < count; i++) {
        const Record__DutySet *row = ongoing[i]->duty;
        if (!is_in_chain(word, row->opening)) {
            judge_opened(court, row->opening, row->duty, row->slot);
        }
    }
}

void duty_consider(struct view *view, struct effects *effects, uint64_t position)
{
    struct court court;
    struct word word;
    open_court(&court, view, effects);
    struct exhibit *exhibit = evidence_find(&court.evidence, position);
    if (exhibit == NULL) {
        return;
    }
    hear(&court, exhibit, &word);
    judge_opened(&court, position, NULL, 0);
    judge_above(&court, &word, word.chain[1]);
    judge_above(&court, &word, word.chain[2]);
    for (size_t i = 0; i < word.news_count; i++) {
        judge_ongoing(&court, &word, &word.news[i]);
    }
}

void duty_tick(struct view *view, struct effects *effects, size_t limit)
{
    struct court court;
    Record__DutySet **rows;
    open_court(&court, view, effects);
    size_t count = view_due(view, effects->now, limit, effects->arena, &rows);
    for (size_t i = 0; i < count; i++) {
        judge_opened(&court, rows[i]->opening, rows[i]->duty, rows[i]->slot);
    }
}

void duty_date(struct view *view, struct effects *effects, uint64_t *place)
{
    struct court court;
    Record__DutySet **rows;
    open_court(&court, view, effects);
    size_t count = view_all_duties(view, place, COUNTED_AT_ONCE, effects->arena, &rows);
    for (size_t i = 0; i < count; i++) {
        if (is_open(rows[i])) {
            judge_opened(&court, rows[i]->opening, rows[i]->duty, rows[i]->slot);
        }
    }
}

void duty_heard(struct view *view, struct effects *effects, const char *peer, size_t limit, uint64_t *place)
{
    struct court court;
    Record__DutySet **rows;
    open_court(&court, view, effects);
    size_t count = view_unheard(view, peer, place, limit, effects->arena, &rows);
    for (size_t i = 0; i < count; i++) {
        judge_opened(&court, rows[i]->opening, rows[i]->duty, rows[i]->slot);
    }
}

void duty_ask(struct view *view, struct effects *effects, const char *peer)
{
    struct court court;
    Record__DutySet **rows;
    open_court(&court, view, effects);
    uint64_t place = DUTY_FIRST_PLACE;
    size_t count = view_unheard(view, peer, &place, ASKED_AT_ONCE, effects->arena, &rows);
    const Record__DutySet *latest = NULL; // an answer beyond it serves all
    for (size_t i = 0; i < count; i++) {
        if (latest == NULL || rows[i]->due_at > latest->due_at) {
            latest = rows[i];
        }
    }
    if (latest != NULL) {
        ask_silent(&court, latest);
    }
}

// ---------------------------------------------------------------------------------------------------- showing

static Control__Duty *show_rule(struct court *court, const struct duty_rule *rule)
{
    Control__Duty *duty = take(court, 1, sizeof(*duty));
    if (duty == NULL) {
        return NULL;
    }
    control__duty__init(duty);
    duty->duty = (char *)rule->id;
    duty->title = (char *)rule->title;
    duty->article = (char *)(rule->article == NULL ? "" : rule->article);
    duty->quote = (char *)(rule->quote == NULL ? "" : rule->quote);
    duty->policy = rule->policy;
    return duty;
}

static void show_verdict(struct court *court, Control__Duty *duty, const struct obligation *verdict)
{
    duty->state = (char *)obligation_state_name(verdict->state);
    duty->light = (char *)obligation_state_light(verdict->light);
    duty->start_at = verdict->start_at;
    duty->due_at = verdict->start_at == 0 ? 0 : verdict->due.due_at;
    duty->met_at = verdict->met_at;
    duty->suspended_at = verdict->suspended_at;
    duty->resumed_at = verdict->resumed_at;
    duty->extended_to = verdict->extended_to;
    duty->owing = texts(verdict->owing);
    duty->n_owing = verdict->owing_count;
    char *within = clock_title_within(verdict->within, court->arena);
    duty->within = within == NULL ? "" : within;
    char *reason = verdict->start_at == 0 ? NULL : explain_due(&verdict->due, verdict->within, verdict->start_at, court->arena);
    duty->due_text = format_due(court, verdict);
    duty->explanation = reason == NULL ? "" : reason;
}

static void show_case(Control__Duty *duty, const struct obligation_case *kase, const Wire__Header *header)
{
    duty->matter = header->matter;
    duty->opened_by_author = header->author;
    duty->opened_by = header->id;
    duty->opened_by_kind = header->kind;
    duty->debtors = texts(kase->seed->debtors);
    duty->n_debtors = kase->seed->debtor_count;
    duty->addressees = texts(kase->seed->addressees);
    duty->n_addressees = kase->seed->addressee_count;
    duty->procedure = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)kase->procedure->digest.bytes};
    duty->calendar = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)calendar_digest(kase->calendar)->bytes};
}

static void show_amended(struct court *court, Control__Duty *duty, const Record__DueAmended *amended)
{
    const struct calendar *calendar = amended == NULL ? NULL : view_calendar(court->view, decode_bytes(amended->calendar), court->arena);
    Control__DueAmended *shown = calendar == NULL ? NULL : take(court, 1, sizeof(*shown));
    if (shown == NULL) {
        return;
    }
    control__due_amended__init(shown);
    shown->calendar = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)calendar_digest(calendar)->bytes};
    shown->before = amended->before;
    shown->after = amended->after;
    shown->at = amended->at;
    shown->text = (char *)due_text_amended(court->effects, amended);
    duty->amended = shown;
}

// Done on paper or by telephone, or recorded by one side for both: it met the duty because the other side confirmed it.
static bool is_confirmed_record(const struct duty_rule *rule, const Wire__Header *header)
{
    for (size_t i = 0; i < rule->met_by_count; i++) {
        if (rule->met_by[i].meeting == DUTY_MET_BY_CONFIRMED && strcmp(rule->met_by[i].kind, header->kind) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < header->n_law; i++) {
        if (strcmp(header->law[i]->name, "channel") == 0) {
            return strcmp(header->law[i]->value, "platform") != 0;
        }
    }
    return false;
}

static Control__Duty *show_seed(struct court *court, const struct opened *opened, const struct obligation_seed *seed, const Record__DutySet *row)
{
    struct obligation_case kase;
    struct obligation verdict;
    struct digest *id = take(court, 1, sizeof(*id));
    Control__Duty *duty = show_rule(court, seed->duty);
    if (duty == NULL || id == NULL || !judge(court, opened, seed, row, &kase, &verdict)) {
        return NULL;
    }
    show_verdict(court, duty, &verdict);
    show_case(duty, &kase, opened->exhibit->held->header);
    show_amended(court, duty, row == NULL ? NULL : amend(court, &kase, &verdict, row));
    obligation_make_id(&opened->procedure->digest, seed, kase.opening, id);
    duty->obligation = (ProtobufCBinaryData){DIGEST_BYTES, id->bytes};
    const struct held *met_by = verdict.met_by == 0 ? NULL : view_statement(court->view, verdict.met_by, court->arena);
    if (met_by != NULL) {
        duty->met_by = met_by->header->id;
        duty->confirmed = is_confirmed_record(seed->duty, met_by->header);
    }
    return duty;
}

Control__Duty *duty_show(struct view *view, struct effects *effects, const Record__DutySet *row)
{
    struct court court;
    struct opened opened;
    struct obligation_seed seed;
    open_court(&court, view, effects);
    if (!look_at_opening(&court, row->opening, &opened)) {
        return NULL;
    }
    const struct duty_rule *rule = procedure_duty(opened.procedure, row->duty);
    return rule == NULL || !opening_seed(rule, &opened.exhibit->act, row->slot, effects->arena, &seed)
               ? NULL
               : show_seed(&court, &opened, &seed, row);
}

size_t duty_of(struct view *view, struct effects *effects, uint64_t position, Control__Duty ***out_duties)
{
    Record__DutySet **rows;
    size_t count = view_duties(view, position, effects->arena, &rows);
    Control__Duty **duties = arena_take_array(effects->arena, count + 1, sizeof(*duties));
    size_t shown = 0;
    for (size_t i = 0; duties != NULL && i < count; i++) {
        duties[shown] = duty_show(view, effects, rows[i]);
        shown += duties[shown] != NULL;
    }
    *out_duties = duties;
    return shown;
}

size_t duty_foresee(struct view *view, struct effects *effects, const Wire__Header *header, Control__Duty ***out_duties)
{
    struct court court;
    open_court(&court, view, effects);
    const struct held held = {.carrier = "", .sealed_at = effects->now, .header = header};
    struct arrival *arrivals = take(&court, header->n_to, sizeof(*arrivals));
    struct exhibit exhibit = {.held = &held, .act = {.sealed_at = effects->now, .arrivals = arrivals, .arrival_count = header->n_to}};
    const struct opened opened = {&exhibit, view_procedure(view, decode_bytes(header->procedure), effects->arena)};
    struct obligation_seed *seeds;
    *out_duties = NULL;
    if (arrivals == NULL || opened.procedure == NULL || !act_fill(effects, header, &exhibit.act)) {
        return 0;
    }
    for (size_t i = 0; i < header->n_to; i++) {
        arrivals[i] = (struct arrival){header->to[i], effects->now};
    }
    size_t count = list_seeds(&court, &opened, &seeds);
    Control__Duty **duties = take(&court, count, sizeof(*duties));
    size_t shown = 0;
    for (size_t i = 0; duties != NULL && i < count; i++) {
        duties[shown] = show_seed(&court, &opened, &seeds[i], NULL);
        shown += duties[shown] != NULL;
    }
    *out_duties = duties;
    return shown;
}
