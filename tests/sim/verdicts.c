// SPDX-License-Identifier: Apache-2.0
#include "sim/verdicts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "law/obligation.h"
#include "rules/duty.h"

#include "sim/seats.h"
#include "sim/witness.h"

enum { RULES_MOST = 128, PAGE = 64, YOUNG_MS = 24 * 3600 * 1000, ROWS_FIRST = 4096 };

// By enum obligation_state, over all runs.
struct tally {
    uint64_t opened;
    uint64_t states[OBLIGATION_ENDED + 1];
};

struct shared {
    struct tally tallies[COMPACTS][RULES_MOST];
    uint64_t parties;   // verdicts of a debtor or creditor that another's was held against
    uint64_t blind;     // of those who are not told of every receipt
    uint64_t onlookers; // and of those who look on
    uint64_t unequal;   // that rest on other statements, and were not
    uint64_t young;     // that time is just changing
    uint64_t forgiven;
};

static struct shared *shared;

// What one machine says of one obligation.
struct verdict_row {
    uint8_t id[DIGEST_BYTES];
    struct machine *machine;
    struct deed *opening;
    size_t compact;
    size_t rule;
    unsigned state;
    unsigned due_form;
    int64_t start_at;
    int64_t due_at;
    int64_t met_at;
    uint64_t holds; // the statements that can decide it, hashed
    bool party;
    bool blind;
    bool young;
};

static struct verdict_row *rows;
static size_t row_count;
static size_t row_capacity;

void verdicts_make(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(shared != MAP_FAILED);
}

// ------------------------------------------------------------------------------------------- gathering

static size_t find_rule(const struct procedure *procedure, const char *duty)
{
    size_t rule = 0;
    while (rule < procedure->duty_count && strcmp(procedure->duties[rule].id, duty) != 0) {
        rule++;
    }
    must(rule < procedure->duty_count && rule < RULES_MOST);
    return rule;
}

static bool is_met_by(const struct duty_rule *duty, const char *kind, bool only_replies)
{
    for (size_t i = 0; i < duty->met_by_count; i++) {
        if (strcmp(duty->met_by[i].kind, kind) == 0 && (duty->met_by[i].meeting != DUTY_MET_BY_REPLY || only_replies)) {
            return true;
        }
    }
    return false;
}

// Can the deed have to do with what becomes of the duty? More that can than does is no harm: then less is compared.
static bool may_decide(const struct duty_rule *duty, const struct deed *opening, const struct deed *deed)
{
    static const char *const replies[] = {"acknowledgement", "urgency.raised"};
    if (strcmp(deed->name, "recall") == 0) {
        return deed->target != NULL && strcmp(deed->target->name, "recall") != 0 && may_decide(duty, opening, deed->target);
    }
    if (deed == opening || !obligation_concerns_kind(duty, deed->name)) {
        return deed == opening;
    }
    if (strcmp(deed->name, "confirm") == 0) {
        return deed->target != NULL && is_met_by(duty, deed->target->name, true);
    }
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        if (strcmp(deed->name, replies[i]) == 0) {
            return deed->target == opening;
        }
    }
    return deed->target == opening || !is_met_by(duty, deed->name, true) || is_met_by(duty, deed->name, false);
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
    hash = (hash ^ number) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t hash_held(const struct machine *machine, const struct deed *opening, const struct duty_rule *duty)
{
    uint64_t hash = 1;
    for (const struct deed *deed = opening->matter; deed != NULL; deed = deed->next_of_matter) {
        if (may_decide(duty, opening, deed) && witness_knows(machine, deed)) {
            hash = hash_number(hash, deed->number);
        }
    }
    return hash;
}

static struct verdict_row *new_row(void)
{
    if (row_count == row_capacity) {
        row_capacity = row_capacity == 0 ? ROWS_FIRST : 2 * row_capacity;
        rows = realloc(rows, row_capacity * sizeof *rows);
        must(rows != NULL);
    }
    rows[row_count] = (struct verdict_row){0};
    return &rows[row_count++];
}

static void check_fold(const struct machine *machine, const struct deed *opening, const Record__DutySet *row, const Control__Duty *anew)
{
    const bool same = strcmp(anew->state, obligation_state_name((enum obligation_state)row->state)) == 0 && anew->due_at == row->due_at &&
                      anew->met_at == row->met_at && anew->start_at == row->start_at;
    if (!same) {
        world_fail("I7: %s has %s of %s %u as %s, from %" PRId64 ", due %" PRId64 ", met %" PRId64 ", and judged anew it is %s, from %" PRId64
                   ", due %" PRId64 ", met %" PRId64,
                   machine->id, row->duty, opening->name, opening->number, obligation_state_name((enum obligation_state)row->state),
                   row->start_at, row->due_at, row->met_at, anew->state, anew->start_at, anew->due_at, anew->met_at);
    }
}

static bool is_among(char *const *agencies, size_t count, const char *agency)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(agencies[i], agency) == 0) {
            return true;
        }
    }
    return false;
}

// Who neither sent an act nor is alone to get it hears of the receipts for it from nobody: one creditor beside others, one debtor beside another
// of what both owe to a third.
static bool is_blind(const struct machine *machine, const Control__Duty *anew)
{
    const bool owes = is_among(anew->debtors, anew->n_debtors, machine->id);
    const bool is_owed = is_among(anew->addressees, anew->n_addressees, machine->id);
    if (owes) {
        return anew->n_debtors > 1 && !is_owed;
    }
    return anew->n_addressees > 1;
}

static void take_row(struct machine *machine, struct view *view, struct effects *effects, const Record__DutySet *row)
{
    struct deed *opening = witness_deed_at(machine, row->opening);
    const int64_t now = effects->now;
    Control__Duty *anew = duty_show(view, effects, row);
    if (opening == NULL || anew == NULL) {
        world_fail("I7: %s has a duty %s that nothing opened", machine->id, row->duty);
        return;
    }
    const struct procedure *procedure = seats_procedure(opening->compact);
    if (memcmp(procedure->digest.bytes, anew->procedure.data, DIGEST_BYTES) != 0) {
        procedure = seats_procedure(COMPACTS - 1); // the national one, which others give way to
    }
    const size_t rule = find_rule(procedure, row->duty);
    struct verdict_row *verdict = new_row();
    *verdict = (struct verdict_row){
        .machine = machine,
        .opening = opening,
        .compact = procedure == seats_procedure(opening->compact) ? opening->compact % COMPACTS : COMPACTS - 1,
        .rule = rule,
        .state = row->state,
        .due_form = row->due_form,
        .start_at = row->start_at,
        .due_at = row->due_at,
        .met_at = row->met_at,
        .holds = hash_held(machine, opening, &procedure->duties[rule]),
        .party = !row->onlooker,
        .blind = is_blind(machine, anew),
        .young = (row->next_at != 0 && row->next_at < now + YOUNG_MS) || (row->due_at + YOUNG_MS > now && row->due_at < now + YOUNG_MS),
    };
    memcpy(verdict->id, anew->obligation.data, DIGEST_BYTES);
    if (!verdict->young) {
        check_fold(machine, opening, row, anew);
    }
}

static void gather(struct machine *machine)
{
    static const uint8_t seed[DIGEST_BYTES];
    uint64_t place = DUTY_FIRST_PLACE;
    struct view *view = store_read(machine->daemon->store);
    while (place != 0 && world.fault[0] == '\0') {
        struct effects effects;
        Record__DutySet **page;
        arena_reset(world.arena);
        effect_start(&effects, world.arena, machine_wall(machine), seed, NULL, NULL);
        const size_t count = view_all_duties(view, &place, PAGE, world.arena, &page);
        for (size_t i = 0; i < count && world.fault[0] == '\0'; i++) {
            take_row(machine, view, &effects, page[i]);
        }
    }
    store_read_done(machine->daemon->store);
}

// ------------------------------------------------------------------------------------------ comparing

static int compare_rows(const void *left, const void *right)
{
    const struct verdict_row *a = left;
    const struct verdict_row *b = right;
    const int ids = memcmp(a->id, b->id, DIGEST_BYTES);
    if (ids != 0 || a->party != b->party) {
        return ids != 0 ? ids : (int)b->party - (int)a->party;
    }
    return a->machine->index < b->machine->index ? -1 : a->machine->index > b->machine->index;
}

static bool is_same(const struct verdict_row *left, const struct verdict_row *right)
{
    return left->state == right->state && left->due_form == right->due_form && left->start_at == right->start_at &&
           left->due_at == right->due_at && left->met_at == right->met_at;
}

static void check_same(const struct verdict_row *left, const struct verdict_row *right)
{
    if (!is_same(left, right)) {
        world_fail("I7: %s of %s %u is %s from %" PRId64 " to %" PRId64 "/%u, met %" PRId64 ", at %s and %s from %" PRId64 " to %" PRId64
                   "/%u, met %" PRId64 ", at %s, and both hold the same",
                   seats_procedure(left->compact)->duties[left->rule].id, left->opening->name, left->opening->number,
                   obligation_state_name((enum obligation_state)left->state), left->start_at, left->due_at, left->due_form, left->met_at,
                   left->machine->id, obligation_state_name((enum obligation_state)right->state), right->start_at, right->due_at,
                   right->due_form, right->met_at, right->machine->id);
    }
}

static bool is_met(unsigned state)
{
    return state == OBLIGATION_MET || state == OBLIGATION_MET_LATE;
}

// Nobody says late of what others know was done, and the parties say the same.
static bool compare_two(const struct verdict_row *left, const struct verdict_row *right)
{
    if (left->party && right->party && !left->blind && !right->blind) {
        check_same(left, right);
        shared->parties++;
        return true;
    }
    if ((left->state == OBLIGATION_OVERDUE && is_met(right->state)) || (right->state == OBLIGATION_OVERDUE && is_met(left->state))) {
        check_same(left, right);
    }
    shared->blind += left->party && right->party;
    shared->onlookers += !left->party || !right->party;
    return true;
}

static void tell_unequal(const struct verdict_row *left, const struct verdict_row *right)
{
    const struct duty_rule *duty = &seats_procedure(left->compact)->duties[left->rule];
    world_tell("other statements: %s of %s %u is %s at %s and %s at %s", duty->id, left->opening->name, left->opening->number,
               obligation_state_name((enum obligation_state)left->state), left->machine->id,
               obligation_state_name((enum obligation_state)right->state), right->machine->id);
    for (const struct deed *deed = left->opening->matter; deed != NULL; deed = deed->next_of_matter) {
        if (may_decide(duty, left->opening, deed) && witness_knows(left->machine, deed) != witness_knows(right->machine, deed)) {
            world_tell("    %s %u of %s is at %s alone", deed->name, deed->number, world.machines[deed->author].id,
                       witness_knows(left->machine, deed) ? left->machine->id : right->machine->id);
        }
    }
}

static void compare_group(const struct verdict_row *group, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool compared = false;
        if (group[i].young) {
            shared->young++;
            continue;
        }
        for (size_t j = 0; j < i && !compared; j++) {
            compared = !group[j].young && group[i].holds == group[j].holds && compare_two(&group[j], &group[i]);
        }
        if (!compared && i > 0 && group[i].party) {
            shared->unequal++;
            if (!is_same(&group[0], &group[i])) {
                tell_unequal(&group[0], &group[i]);
            }
        }
    }
}

static void count_group(const struct verdict_row *first)
{
    struct tally *tally = &shared->tallies[first->compact][first->rule];
    tally->opened++;
    tally->states[first->state]++;
}

void verdicts_compare(void)
{
    for (size_t i = 0; i < world.machine_count && world.fault[0] == '\0'; i++) {
        gather(&world.machines[i]);
    }
    qsort(rows, row_count, sizeof *rows, compare_rows);
    for (size_t first = 0; first < row_count && world.fault[0] == '\0';) {
        size_t count = 1;
        while (first + count < row_count && memcmp(rows[first].id, rows[first + count].id, DIGEST_BYTES) == 0) {
            count++;
        }
        count_group(&rows[first]);
        if (witness_is_muddled(rows[first].opening)) {
            shared->forgiven += count;
        } else {
            compare_group(&rows[first], count);
        }
        first += count;
    }
}

// ------------------------------------------------------------------------------------------ reporting

bool verdicts_report(void)
{
    bool all = true;
    seats_make();
    printf("  %-24s %8s %8s %8s %8s %8s\n", "duty", "opened", "met", "met late", "overdue", "ended");
    for (size_t i = 0; i < COMPACTS; i++) {
        const struct procedure *procedure = seats_procedure(i);
        printf("  %s\n", procedure->id);
        for (size_t j = 0; j < procedure->duty_count; j++) {
            const struct tally *tally = &shared->tallies[i][j];
            printf("    %-22s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "%s\n", procedure->duties[j].id, tally->opened,
                   tally->states[OBLIGATION_MET], tally->states[OBLIGATION_MET_LATE], tally->states[OBLIGATION_OVERDUE],
                   tally->states[OBLIGATION_ENDED], tally->opened == 0 ? " NEVER" : "");
            all = all && tally->opened > 0;
        }
    }
    printf("  %" PRIu64 " verdicts of parties held against another's, %" PRIu64 " of parties beside others, %" PRIu64 " of onlookers\n",
           shared->parties, shared->blind, shared->onlookers);
    printf("  %" PRIu64 " rest on other statements, %" PRIu64 " are just changing, %" PRIu64 " forgiven to restored stores\n", shared->unequal,
           shared->young, shared->forgiven);
    return all;
}
