// SPDX-License-Identifier: Apache-2.0
//
// A statement can change: the duties it opens; those opened by what it replies to, and by what that replies to (a confirmation
// of an assessment reaches the notice's duty that way); and those of its matter that are met by statements at large. That set is small however
// long a matter grows, and judging one of them again from what is held is what makes the order of arrival irrelevant.
#include "rules/duty.h"

#include <string.h>

#include "law/explain.h"
#include "law/period.h"

#include "rules/act_fill.h"
#include "rules/automatic.h"
#include "rules/delivery.h"
#include "rules/due_text.h"
#include "rules/membership.h"

enum { HEARD_AT_ONCE = 4096, COUNTED_AT_ONCE = 256 };

struct court {
    struct view *view;
    struct effects *effects;
    struct arena *arena;
};

static void *take(struct court *court, size_t count, size_t size)
{
    void *memory = arena_take_array(court->arena, count == 0 ? 1 : count, size);
    if (memory == NULL) {
        court->effects->exhausted = true;
    }
    return memory;
}

// ------------------------------------------------------------------------------------------------------ acts

// Of two times that contradict each other the earlier one is taken, whichever was heard first.
// A peer names times as it likes.
static bool add_arrival(struct act *act, size_t capacity, const char *agency, int64_t received_at)
{
    int64_t at = civil_clamp(received_at);
    struct arrival *arrivals = (struct arrival *)act->arrivals;
    for (size_t i = 0; i < act->arrival_count; i++) {
        if (strcmp(arrivals[i].agency, agency) == 0) {
            arrivals[i].at = at != 0 && at < arrivals[i].at ? at : arrivals[i].at;
            return true;
        }
    }
    if (at == 0 || act->arrival_count == capacity) {
        return false;
    }
    arrivals[act->arrival_count++] = (struct arrival){agency, at};
    return true;
}

// Receipts tell of our own statements; our holding of others'. A reply names when its author received what it answers, and is
// signed, so a third party learns from it what no receipt told it.
static void find_arrivals(struct court *court, const struct held *held, const uint64_t *replies, size_t reply_count, struct act *act)
{
    size_t capacity = held->header->n_to + held->header->n_copy + reply_count + 1;
    act->arrivals = take(court, capacity, sizeof(struct arrival));
    if (act->arrivals == NULL) {
        return;
    }
    bool ours = held->carrier[0] == '\0';
    for (size_t i = 0; ours && i < held->header->n_to; i++) {
        add_arrival(act, capacity, held->header->to[i], view_arrived_at(court->view, held->position, held->header->to[i], court->arena));
    }
    for (size_t i = 0; ours && i < held->header->n_copy; i++) {
        add_arrival(act, capacity, held->header->copy[i], view_arrived_at(court->view, held->position, held->header->copy[i], court->arena));
    }
    if (!ours && !held->enclosed) {
        add_arrival(act, capacity, view_state(court->view)->agency, held->received_at);
    }
    for (size_t i = 0; i < reply_count; i++) {
        const struct held *reply = view_statement(court->view, replies[i], court->arena);
        if (reply == NULL) {
            continue;
        }
        if (strcmp(reply->header->kind, "recall") == 0 && strcmp(reply->header->author, held->header->author) == 0) {
            act->recalled = true;
        }
        if (!ours && strcmp(reply->header->author, held->header->author) != 0) {
            const Wire__Header *header = reply->header;
            if (header->in_reply_to != NULL) {
                add_arrival(act, capacity, header->author, header->in_reply_to->received_at);
            }
        }
    }
}

struct acts {
    struct act *items;
    size_t count;
    size_t capacity;
};

static struct act *grow(struct court *court, struct acts *acts)
{
    if (acts->count == acts->capacity) {
        size_t capacity = acts->capacity == 0 ? 4 : 2 * acts->capacity;
        struct act *items = take(court, capacity, sizeof(*items));
        if (items == NULL) {
            return NULL;
        }
        if (acts->count > 0) {
            memcpy(items, acts->items, acts->count * sizeof(*items));
        }
        acts->items = items;
        acts->capacity = capacity;
    }
    return &acts->items[acts->count];
}

// Adds a statement as the law sees it, and says which replies to it are held.
static const struct held *add_act(struct court *court, struct acts *acts, uint64_t position, uint64_t **out_replies, size_t *out_reply_count)
{
    const struct held *held = view_statement(court->view, position, court->arena);
    struct act *act = held == NULL ? NULL : grow(court, acts);
    *out_reply_count = act == NULL ? 0 : view_replies(court->view, position, court->arena, out_replies);
    if (act == NULL) {
        return NULL;
    }
    *act = (struct act){.position = position, .sealed_at = civil_clamp(held->sealed_at)};
    if (!act_fill(court->effects, held->header, act)) {
        return NULL;
    }
    find_arrivals(court, held, *out_replies, *out_reply_count, act);
    acts->count++;
    return court->effects->exhausted ? NULL : held;
}

static bool is_listed(const struct acts *acts, uint64_t position)
{
    for (size_t i = 0; i < acts->count; i++) {
        if (acts->items[i].position == position) {
            return true;
        }
    }
    return false;
}

static void add_replies(struct court *court, struct acts *acts, const uint64_t *replies, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t *further;
        size_t further_count;
        if (!is_listed(acts, replies[i])) {
            add_act(court, acts, replies[i], &further, &further_count);
        }
    }
}

static void add_kind(struct court *court, struct acts *acts, struct bytes matter, const char *kind)
{
    uint64_t *positions;
    size_t count = view_matter(court->view, matter, kind, court->arena, &positions);
    for (size_t i = 0; i < count; i++) {
        uint64_t *replies;
        size_t reply_count;
        if (is_listed(acts, positions[i])) { // as a reply to the opening: those to it are not
            reply_count = view_replies(court->view, positions[i], court->arena, &replies);
        } else {
            add_act(court, acts, positions[i], &replies, &reply_count);
        }
        add_replies(court, acts, replies, reply_count);
    }
}

// A statement that opened duties, and what is the same for all of them.
struct opened {
    const Wire__Header *header;
    const struct procedure *procedure;
    struct acts acts; // itself, then the replies to it
};

// False: it opens none that can be judged here.
static bool look_at_opening(struct court *court, uint64_t position, struct opened *out_opened)
{
    uint64_t *replies;
    size_t count;
    *out_opened = (struct opened){0};
    const struct held *held = position == 0 ? NULL : add_act(court, &out_opened->acts, position, &replies, &count);
    if (held == NULL || held->header->procedure.len != DIGEST_BYTES) {
        return false;
    }
    add_replies(court, &out_opened->acts, replies, count);
    out_opened->header = held->header;
    out_opened->procedure = view_procedure(court->view, decode_bytes(held->header->procedure), court->arena);
    return out_opened->procedure != NULL;
}

// Everything that could decide about one duty: its opening and the replies to it, and the matter's statements of the kinds it is met or extended by.
static struct acts collect(struct court *court, const struct opened *opened, const struct duty_rule *duty)
{
    struct acts list = opened->acts; // what is added stands behind those of all, and only until the next duty's
    struct acts *acts = &list;
    struct bytes matter = decode_bytes(opened->header->matter);
    for (size_t i = 0; i < duty->met_by_count; i++) {
        if (duty->met_by[i].meeting != DUTY_MET_BY_REPLY) {
            add_kind(court, acts, matter, duty->met_by[i].kind);
        }
    }
    const char *const beside[] = {duty->extended_by, duty->awaits.kind, duty->suspended_by.kind, duty->suspended_by.until_kind};
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        if (beside[i] != NULL) {
            add_kind(court, acts, matter, beside[i]);
        }
    }
    for (size_t i = 0; i < duty->ended_by.count; i++) {
        add_kind(court, acts, matter, duty->ended_by.items[i].kind);
    }
    return list;
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
static bool in_transit(struct court *court, const struct obligation_seed *seed, const struct acts *acts, const char *debtor)
{
    for (size_t i = 0; i < acts->count; i++) {
        const struct act *act = &acts->items[i];
        if (strcmp(act->author, debtor) == 0 && !act->recalled && strcmp(act->kind, "recall") != 0 && obligation_concerns(seed->duty, act) &&
            is_on_its_way(court, seed, act)) {
            return true;
        }
    }
    return false;
}

// A mark says what its author sealed for us. Only those to whom the act is owed can tell from it that there is none: it need not have been sent to others.
static void fill_parties(struct court *court, const struct acts *acts, struct obligation_case *kase)
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
    struct acts acts = collect(court, opened, seed->duty);
    *out_case = (struct obligation_case){
        .procedure = opened->procedure,
        .seed = seed,
        .opening = &acts.items[0],
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

static void settle(struct court *court, const struct opened *opened, const struct obligation_seed *seed)
{
    const struct act *opening = &opened->acts.items[0];
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
    const struct material material = {.header = opened->header};
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
    if (!look_at_opening(court, position, &opened)) {
        return;
    }
    struct obligation_seed *seeds;
    size_t count;
    if (!opening_list(opened.procedure, &opened.acts.items[0], court->arena, &seeds, &count)) {
        court->effects->exhausted = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (duty == NULL || (seeds[i].slot == slot && strcmp(seeds[i].duty->id, duty) == 0)) {
            settle(court, &opened, &seeds[i]);
        }
    }
}

static uint64_t replied_to(struct court *court, uint64_t position, const struct held **out_held)
{
    const struct held *held = position == 0 ? NULL : view_statement(court->view, position, court->arena);
    *out_held = held;
    if (held == NULL || held->header->in_reply_to == NULL) {
        return 0;
    }
    return view_find(court->view, held->header->in_reply_to->author, decode_bytes(held->header->in_reply_to->id));
}

static void judge_ongoing(struct court *court, struct bytes matter, const uint64_t judged[3])
{
    uint64_t *openings;
    size_t count = view_ongoing(court->view, matter, court->arena, &openings);
    for (size_t i = 0; i < count; i++) {
        if (openings[i] != judged[0] && openings[i] != judged[1] && openings[i] != judged[2]) {
            judge_opened(court, openings[i], NULL, 0);
        }
    }
}

void duty_consider(struct view *view, struct effects *effects, uint64_t position)
{
    struct court court = {view, effects, effects->arena};
    const struct held *held;
    const struct held *above;
    uint64_t first = replied_to(&court, position, &held);
    uint64_t second = replied_to(&court, first, &above);
    const uint64_t judged[3] = {position, first, second};
    if (held == NULL) {
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        judge_opened(&court, judged[i], NULL, 0);
    }
    judge_ongoing(&court, decode_bytes(held->header->matter), judged);
    bool elsewhere = above != NULL && above->header->matter.len == ID_BYTES && held->header->matter.len == ID_BYTES &&
                     memcmp(above->header->matter.data, held->header->matter.data, ID_BYTES) != 0;
    if (elsewhere) { // it acts on a statement of another matter
        judge_ongoing(&court, decode_bytes(above->header->matter), judged);
    }
}

void duty_tick(struct view *view, struct effects *effects, size_t limit)
{
    struct court court = {view, effects, effects->arena};
    Record__DutySet **rows;
    size_t count = view_due(view, effects->now, limit, effects->arena, &rows);
    for (size_t i = 0; i < count; i++) {
        judge_opened(&court, rows[i]->opening, rows[i]->duty, rows[i]->slot);
    }
}

void duty_date(struct view *view, struct effects *effects, uint64_t *place)
{
    struct court court = {view, effects, effects->arena};
    Record__DutySet **rows;
    size_t count = view_all_duties(view, place, COUNTED_AT_ONCE, effects->arena, &rows);
    for (size_t i = 0; i < count; i++) {
        if (is_open(rows[i])) {
            judge_opened(&court, rows[i]->opening, rows[i]->duty, rows[i]->slot);
        }
    }
}

void duty_heard(struct view *view, struct effects *effects, const char *peer)
{
    struct court court = {view, effects, effects->arena};
    Record__DutySet **rows;
    size_t count = view_unheard(view, peer, HEARD_AT_ONCE, effects->arena, &rows);
    for (size_t i = 0; i < count; i++) {
        judge_opened(&court, rows[i]->opening, rows[i]->duty, rows[i]->slot);
    }
}

void duty_ask(struct view *view, struct effects *effects, const char *peer)
{
    struct court court = {view, effects, effects->arena};
    Record__DutySet **rows;
    size_t count = view_unheard(view, peer, HEARD_AT_ONCE, effects->arena, &rows);
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
    show_case(duty, &kase, opened->header);
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
    struct court court = {view, effects, effects->arena};
    struct opened opened;
    struct obligation_seed seed;
    if (!look_at_opening(&court, row->opening, &opened)) {
        return NULL;
    }
    const struct duty_rule *rule = procedure_duty(opened.procedure, row->duty);
    return rule == NULL || !opening_seed(rule, &opened.acts.items[0], row->slot, effects->arena, &seed)
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
    struct court court = {view, effects, effects->arena};
    struct opened opened = {.header = header, .procedure = view_procedure(view, decode_bytes(header->procedure), effects->arena)};
    struct act *opening = grow(&court, &opened.acts);
    struct arrival *arrivals = take(&court, header->n_to, sizeof(*arrivals));
    struct obligation_seed *seeds;
    size_t count = 0;
    *out_duties = NULL;
    if (opening == NULL || arrivals == NULL || opened.procedure == NULL) {
        return 0;
    }
    *opening = (struct act){.sealed_at = effects->now, .arrivals = arrivals, .arrival_count = header->n_to};
    opened.acts.count = 1;
    act_fill(effects, header, opening);
    for (size_t i = 0; i < header->n_to; i++) {
        arrivals[i] = (struct arrival){header->to[i], effects->now};
    }
    if (effects->exhausted || !opening_list(opened.procedure, opening, effects->arena, &seeds, &count)) {
        effects->exhausted = true;
        return 0;
    }
    Control__Duty **duties = take(&court, count, sizeof(*duties));
    size_t shown = 0;
    for (size_t i = 0; duties != NULL && i < count; i++) {
        duties[shown] = show_seed(&court, &opened, &seeds[i], NULL);
        shown += duties[shown] != NULL;
    }
    *out_duties = duties;
    return shown;
}
