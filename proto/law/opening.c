// SPDX-License-Identifier: Apache-2.0
#include "law/opening.h"

#include "wire/kinds.h"

#include <string.h>

static bool is_opened_by(const struct duty_opening *opening, const struct act *act,
                         const char *addressee)
{
    if (strcmp(opening->kind, "*") == 0) {
        const struct kind *kind = kinds_find(act->kind);

        if (kind == NULL || kind->class != KIND_MESSAGE || (kind->marks & KIND_SIGNED_FOR) == 0) {
            return false;
        }
    } else if (strcmp(opening->kind, act->kind) != 0) {
        return false;
    }
    return (opening->unless_cites == NULL ||
            act_find_citation(act, opening->unless_cites) == NULL) &&
           (opening->if_cites == NULL || act_find_citation(act, opening->if_cites) != NULL) &&
           condition_holds(&opening->where, act, addressee);
}

// How many slots the statement has for this duty.
static size_t count_slots(const struct duty_rule *duty, const struct act *act)
{
    return duty->debtors == DUTY_AUTHOR ? 1 : act->to_count;
}

static bool opens(const struct duty_rule *duty, const struct act *act, unsigned slot)
{
    const char *addressee = duty->debtors == DUTY_AUTHOR ? NULL : act->to[slot];

    for (size_t i = 0; i < duty->opened_by_count; i++) {
        if (is_opened_by(&duty->opened_by[i], act, addressee)) {
            return true;
        }
    }
    return false;
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

static bool is_debtor(const struct obligation_seed *seed, const char *agency)
{
    for (size_t i = 0; i < seed->debtor_count; i++) {
        if (strcmp(seed->debtors[i], agency) == 0) {
            return true;
        }
    }
    return false;
}

static void add_addressee(struct obligation_seed *seed, const char **list, const char *agency)
{
    for (size_t i = 0; i < seed->addressee_count; i++) {
        if (strcmp(list[i], agency) == 0) {
            return;
        }
    }
    if (!is_debtor(seed, agency)) {
        list[seed->addressee_count++] = agency;
    }
}

// Whom the rule itself names.
static bool name_addressees(const struct act *opening, struct arena *arena,
                            struct obligation_seed *seed)
{
    const struct duty_rule *duty = seed->duty;
    const char **list = arena_take_array(arena, opening->party_count + duty->addressee_count,
                                         sizeof *list);

    if (list == NULL) {
        return false;
    }
    seed->addressees = list;
    seed->addressee_count = 0;
    seed->any_addressee = duty->any_addressee;
    for (size_t i = 0; i < duty->addressee_count; i++) {
        const struct duty_addressee *named = &duty->addressees[i];
        const struct citation *citation;

        switch (named->towards) {
        case DUTY_TOWARDS_ROLE:
            for (size_t j = 0; j < opening->party_count; j++) {
                if (strcmp(opening->parties[j].role, named->name) == 0) {
                    add_addressee(seed, list, opening->parties[j].agency);
                }
            }
            break;
        case DUTY_TOWARDS_AUTHOR_OF:
            citation = act_find_citation(opening, named->name);
            if (citation != NULL) {
                add_addressee(seed, list, citation->author);
            }
            break;
        }
    }
    return true;
}

static bool fill_parties(const struct act *opening, struct arena *arena,
                         struct obligation_seed *seed)
{
    switch (seed->duty->debtors) {
    case DUTY_AUTHOR:
        seed->debtors = list_one(opening->author, arena);
        seed->debtor_count = 1;
        seed->addressees = opening->to;
        seed->addressee_count = opening->to_count;
        return seed->debtors != NULL;
    case DUTY_EACH_ADDRESSEE:
        seed->debtors = list_one(opening->to[seed->slot], arena);
        seed->debtor_count = 1;
        seed->addressees = list_one(opening->author, arena);
        seed->addressee_count = 1;
        return seed->debtors != NULL && seed->addressees != NULL;
    case DUTY_AUTHOR_AND_ADDRESSEE:
        return fill_pair(opening, opening->to[seed->slot], arena, seed);
    }
    return false;
}

bool opening_seed(const struct duty_rule *duty, const struct act *opening, unsigned slot,
                  struct arena *arena, struct obligation_seed *out_seed)
{
    *out_seed = (struct obligation_seed){.duty = duty, .slot = slot};
    if (slot >= count_slots(duty, opening) || !fill_parties(opening, arena, out_seed)) {
        return false;
    }
    return duty->addressee_count == 0 || name_addressees(opening, arena, out_seed);
}

bool opening_list(const struct procedure *procedure, const struct act *opening, struct arena *arena,
                  struct obligation_seed **out_seeds, size_t *out_count)
{
    const struct kind_law *law = kind_law_find(procedure, opening->kind);
    const size_t duty_count = opening->drill ? 0 : law->open_count;
    size_t most = 0;
    size_t count = 0;
    struct obligation_seed *seeds;

    for (size_t i = 0; i < duty_count; i++) {
        most += count_slots(law->opens[i], opening);
    }
    seeds = arena_take_array(arena, most + 1, sizeof *seeds);
    if (seeds == NULL) {
        return false;
    }
    for (size_t i = 0; i < duty_count; i++) {
        const struct duty_rule *duty = law->opens[i];

        for (unsigned slot = 0; slot < count_slots(duty, opening); slot++) {
            if (!opens(duty, opening, slot)) {
                continue;
            }
            if (!opening_seed(duty, opening, slot, arena, &seeds[count])) {
                return false;
            }
            count++;
        }
    }
    *out_seeds = seeds;
    *out_count = count;
    return true;
}
