// SPDX-License-Identifier: Apache-2.0
//
// A matter may hold thousands of statements, and a duty is decided by few of them. Those sealed before anybody had what opened it decide nothing
// (proto/law/counting.c, Before), so the matter is read from there on, in the order of sealing.
#include "rules/evidence.h"

#include <string.h>

#include "law/civil.h"
#include "law/period.h"
#include "wire/attachment.h"

#include "rules/act_fill.h"

enum { FIRST_SLOTS = 64 };

struct evidence_slot {
    struct evidence_slot *next;
    uint64_t position;
    struct exhibit exhibit;
};

void evidence_start(struct evidence *evidence, struct view *view, struct effects *effects)
{
    *evidence = (struct evidence){.view = view, .effects = effects};
}

// ---------------------------------------------------------------------------------------------------- acts

// Of two times that contradict each other the earlier one is taken, whichever was heard first. A peer names times as it likes.
static void add_arrival(struct act *act, const char *agency, int64_t received_at)
{
    int64_t at = civil_clamp(received_at);
    struct arrival *arrivals = (struct arrival *)act->arrivals;
    for (size_t i = 0; i < act->arrival_count; i++) {
        if (strcmp(arrivals[i].agency, agency) == 0) {
            arrivals[i].at = at != 0 && at < arrivals[i].at ? at : arrivals[i].at;
            return;
        }
    }
    if (at != 0) {
        arrivals[act->arrival_count++] = (struct arrival){agency, at};
    }
}

static void add_receipts(struct view *view, const struct held *held, char *const *agencies, size_t count, struct arena *arena, struct act *act)
{
    for (size_t i = 0; i < count; i++) {
        add_arrival(act, agencies[i], view_arrived_at(view, held->position, agencies[i], arena));
    }
}

// Receipts tell of our own statements; our holding of others'. A reply names when its author received what it answers, and is
// signed, so a third party learns from it what no receipt told it.
static void find_arrivals(struct evidence *evidence, struct exhibit *exhibit)
{
    const struct held *held = exhibit->held;
    const Wire__Header *header = held->header;
    struct act *act = &exhibit->act;
    struct arena *arena = evidence->effects->arena;
    bool ours = held->carrier[0] == '\0';
    const char *const *readers; // of a publication
    size_t reader_count = ours && header->n_to == 0 ? view_recipients(evidence->view, held->position, arena, &readers) : 0;
    act->arrivals = effect_take(evidence->effects, ours ? header->n_to + header->n_copy + reader_count : exhibit->first_count + 1,
                                sizeof(struct arrival));
    if (act->arrivals == NULL) {
        return;
    }
    if (ours) {
        add_receipts(evidence->view, held, (char *const *)readers, reader_count, arena, act);
        add_receipts(evidence->view, held, header->to, header->n_to, arena, act);
        add_receipts(evidence->view, held, header->copy, header->n_copy, arena, act);
        return;
    }
    if (!held->enclosed) {
        add_arrival(act, view_state(evidence->view)->agency, held->received_at);
    }
    for (size_t i = 0; i < exhibit->first_count; i++) {
        if (strcmp(exhibit->firsts[i].author, header->author) != 0) {
            add_arrival(act, exhibit->firsts[i].author, exhibit->firsts[i].had_at);
        }
    }
}

// When an agency had the last of what is attached; 0: something is still missing there.
static int64_t find_whole(struct evidence *evidence, const struct held *held, const char *agency)
{
    struct arena *arena = evidence->effects->arena;
    const bool ours = held->carrier[0] == '\0';
    int64_t latest = ours ? view_arrived_at(evidence->view, held->position, agency, arena) : held->received_at;
    for (unsigned i = 0; latest != 0 && i < held->header->n_parts; i++) {
        if (!attachment_is(held->header->parts[i])) {
            continue;
        }
        const Record__PartArrived *arrived = ours ? view_part_arrived(evidence->view, held->position, i, agency, arena) : NULL;
        const Record__Attached *here = ours ? NULL : view_attached(evidence->view, held->position, i, arena);
        const int64_t at = arrived != NULL ? arrived->received_at : here != NULL && here->name != NULL ? here->at : 0;
        latest = at == 0 || at > latest ? at : latest;
    }
    return latest;
}

// The author knows by receipts, the addressee by what lies here; nobody else does.
static void find_wholes(struct evidence *evidence, struct exhibit *exhibit)
{
    const struct held *held = exhibit->held;
    const Wire__Header *header = held->header;
    struct act *act = &exhibit->act;
    const bool ours = held->carrier[0] == '\0';
    for (size_t i = 0; i < header->n_parts; i++) {
        act->has_attachments = act->has_attachments || attachment_is(header->parts[i]);
    }
    struct arrival *wholes = act->has_attachments ? effect_take(evidence->effects, header->n_to + 1, sizeof(*wholes)) : NULL;
    act->wholes = wholes;
    for (size_t i = 0; wholes != NULL && i < (ours ? header->n_to : held->enclosed ? 0 : 1); i++) {
        const char *agency = ours ? header->to[i] : view_state(evidence->view)->agency;
        const int64_t at = civil_clamp(find_whole(evidence, held, agency));
        if (at != 0) {
            wholes[act->whole_count++] = (struct arrival){agency, at};
        }
    }
}

static bool is_recalled(const struct exhibit *exhibit)
{
    for (size_t i = 0; i < exhibit->first_count; i++) {
        if (strcmp(exhibit->firsts[i].kind, "recall") == 0 && strcmp(exhibit->firsts[i].author, exhibit->act.author) == 0) {
            return true;
        }
    }
    return false;
}

static bool fill(struct evidence *evidence, uint64_t position, struct exhibit *out_exhibit)
{
    struct reply *firsts;
    const struct held *held = view_statement(evidence->view, position, evidence->effects->arena);
    if (held == NULL) {
        return false;
    }
    out_exhibit->first_count = view_reply_firsts(evidence->view, position, evidence->effects->arena, &firsts);
    out_exhibit->firsts = firsts;
    out_exhibit->held = held;
    out_exhibit->act.position = position;
    out_exhibit->act.sealed_at = civil_clamp(held->sealed_at);
    if (!act_fill(evidence->effects, held->header, &out_exhibit->act)) {
        return false;
    }
    out_exhibit->act.recalled = is_recalled(out_exhibit);
    find_arrivals(evidence, out_exhibit);
    find_wholes(evidence, out_exhibit);
    return !evidence->effects->exhausted;
}

// --------------------------------------------------------------------------------------------------- found once

static struct evidence_slot **slot_of(const struct evidence *evidence, uint64_t position)
{
    return &evidence->slots[position & (evidence->slot_count - 1)];
}

static bool grow(struct evidence *evidence)
{
    struct evidence_slot **old = evidence->slots;
    const size_t old_count = evidence->slot_count;
    if (evidence->kept < old_count) {
        return true;
    }
    const size_t count = old_count == 0 ? FIRST_SLOTS : 4 * old_count;
    struct evidence_slot **slots = effect_take(evidence->effects, count, sizeof(struct evidence_slot *));
    if (slots == NULL) {
        return false;
    }
    evidence->slots = slots;
    evidence->slot_count = count;
    for (size_t i = 0; i < old_count; i++) {
        for (struct evidence_slot *slot = old[i]; slot != NULL;) {
            struct evidence_slot *next = slot->next;
            struct evidence_slot **place = slot_of(evidence, slot->position);
            slot->next = *place;
            *place = slot;
            slot = next;
        }
    }
    return true;
}

struct exhibit *evidence_find(struct evidence *evidence, uint64_t position)
{
    if (position == 0 || !grow(evidence)) {
        return NULL;
    }
    struct evidence_slot **place = slot_of(evidence, position);
    for (struct evidence_slot *slot = *place; slot != NULL; slot = slot->next) {
        if (slot->position == position) {
            return &slot->exhibit;
        }
    }
    struct evidence_slot *slot = effect_take(evidence->effects, 1, sizeof(*slot));
    if (slot == NULL || !fill(evidence, position, &slot->exhibit)) {
        return NULL;
    }
    slot->position = position;
    slot->next = *place;
    *place = slot;
    evidence->kept++;
    return &slot->exhibit;
}

// ------------------------------------------------------------------------------------------------- collecting

static bool push(struct evidence *evidence, struct act_list *acts, struct exhibit *exhibit)
{
    if (acts->count == acts->capacity) {
        size_t capacity = acts->capacity == 0 ? 8 : 2 * acts->capacity;
        const struct act **items = effect_take(evidence->effects, capacity, sizeof(*items));
        if (items == NULL) {
            return false;
        }
        if (acts->count > 0) {
            memcpy(items, acts->items, acts->count * sizeof(*items));
        }
        acts->items = items;
        acts->capacity = capacity;
    }
    exhibit->list = evidence->list;
    acts->items[acts->count++] = &exhibit->act;
    return true;
}

// Adds a statement once; false: it cannot be, or stands there already.
static bool add(struct evidence *evidence, struct act_list *acts, uint64_t position, struct exhibit **out_exhibit)
{
    struct exhibit *exhibit = evidence_find(evidence, position);
    *out_exhibit = exhibit;
    return exhibit != NULL && exhibit->list != evidence->list && push(evidence, acts, exhibit);
}

static size_t list_replies(struct evidence *evidence, const struct exhibit *exhibit, const char *kind, struct reply **out_replies)
{
    return view_replies(evidence->view, exhibit->act.position, kind, NULL, evidence->effects->arena, out_replies);
}

static bool begins_kind(const struct exhibit *exhibit, size_t first)
{
    return first == 0 || strcmp(exhibit->firsts[first].kind, exhibit->firsts[first - 1].kind) != 0;
}

static bool has_confirmations(const struct exhibit *exhibit)
{
    for (size_t i = 0; i < exhibit->first_count; i++) {
        if (strcmp(exhibit->firsts[i].kind, "confirm") == 0) {
            return true;
        }
    }
    return false;
}

// What is said of an act: its confirmations. That it was recalled it knows itself.
static void add_confirmations(struct evidence *evidence, const struct exhibit *exhibit, struct act_list *acts)
{
    struct reply *replies;
    struct exhibit *added;
    size_t count = has_confirmations(exhibit) ? list_replies(evidence, exhibit, "confirm", &replies) : 0;
    for (size_t i = 0; i < count; i++) {
        add(evidence, acts, replies[i].position, &added);
    }
}

static void add_with_confirmations(struct evidence *evidence, uint64_t position, struct act_list *acts)
{
    struct exhibit *added;
    if (add(evidence, acts, position, &added)) {
        add_confirmations(evidence, added, acts);
    }
}

static void add_kind(struct evidence *evidence, const struct exhibit *opening, const char *kind, int64_t since, struct act_list *acts)
{
    uint64_t *positions;
    if (kind == NULL) {
        return;
    }
    size_t count =
        view_matter_kind(evidence->view, decode_bytes(opening->held->header->matter), kind, since, evidence->effects->arena, &positions);
    for (size_t i = 0; i < count; i++) {
        add_with_confirmations(evidence, positions[i], acts);
    }
}

static void add_replies(struct evidence *evidence, const struct exhibit *opening, const struct duty_rule *duty, struct act_list *acts)
{
    for (size_t i = 0; i < opening->first_count; i++) {
        const char *kind = opening->firsts[i].kind;
        struct reply *replies;
        size_t count = begins_kind(opening, i) && obligation_concerns_kind(duty, kind) ? list_replies(evidence, opening, kind, &replies) : 0;
        for (size_t j = 0; j < count; j++) {
            add_with_confirmations(evidence, replies[j].position, acts);
        }
    }
}

// No act of the matter that was sealed before this can bear on what the opening opened: nobody had it yet or had signed for it, nor had that happened
// which it tells of.
static int64_t find_beginning(const struct act *opening, const struct obligation_seed *seed, const struct act_list *replies)
{
    int64_t least = opening->sealed_at;
    const int64_t start = period_find_start(seed, opening);
    for (size_t i = 0; i < opening->arrival_count; i++) {
        least = opening->arrivals[i].at < least ? opening->arrivals[i].at : least;
    }
    for (size_t i = 0; seed->duty->start == DUTY_FROM_SIGNED && i < replies->count; i++) {
        least = replies->items[i]->sealed_at < least ? replies->items[i]->sealed_at : least;
    }
    return start != 0 && start < least ? start : least;
}

void evidence_collect(struct evidence *evidence, struct exhibit *opening, const struct obligation_seed *seed, struct act_list *out_acts)
{
    const struct duty_rule *duty = seed->duty;
    *out_acts = (struct act_list){0};
    evidence->list++;
    if (!push(evidence, out_acts, opening)) {
        return;
    }
    add_confirmations(evidence, opening, out_acts);
    add_replies(evidence, opening, duty, out_acts);
    const int64_t since = find_beginning(&opening->act, seed, out_acts);
    for (size_t i = 0; i < duty->met_by_count; i++) {
        if (duty->met_by[i].meeting != DUTY_MET_BY_REPLY) {
            add_kind(evidence, opening, duty->met_by[i].kind, since, out_acts);
        }
    }
    add_kind(evidence, opening, duty->extended_by, since, out_acts);
    add_kind(evidence, opening, duty->awaits.kind, since, out_acts);
    add_kind(evidence, opening, duty->suspended_by.kind, since, out_acts);
    add_kind(evidence, opening, duty->suspended_by.until_kind, since, out_acts);
    for (size_t i = 0; i < duty->ended_by.count; i++) {
        add_kind(evidence, opening, duty->ended_by.items[i].kind, since, out_acts);
    }
}

// ------------------------------------------------------------------------------------------------------- news

bool evidence_tells_arrival(const struct exhibit *target, uint64_t reply)
{
    const struct reply *told = NULL; // one that is not the first of its kind and author tells nothing new
    for (size_t i = 0; told == NULL && i < target->first_count; i++) {
        told = target->firsts[i].position == reply ? &target->firsts[i] : NULL;
    }
    if (told == NULL || target->held->carrier[0] == '\0' || told->had_at == 0 || strcmp(told->author, target->act.author) == 0) {
        return false;
    }
    for (size_t i = 0; i < target->first_count; i++) {
        const struct reply *other = &target->firsts[i];
        if (other != told && strcmp(other->author, told->author) == 0 && other->had_at != 0 && other->had_at <= told->had_at) {
            return false;
        }
    }
    return true;
}

int64_t evidence_counts_from(const struct act *act, int64_t confirmed_at)
{
    int64_t least = act->to_count == 0 ? act->sealed_at : INT64_MAX;
    const int64_t told = act_find_told(act);
    for (size_t i = 0; i < act->arrival_count; i++) {
        least = act->arrivals[i].at < least ? act->arrivals[i].at : least;
    }
    least = told != 0 && told < least ? told : least;
    return confirmed_at < least ? confirmed_at : least;
}
