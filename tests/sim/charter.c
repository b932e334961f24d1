// SPDX-License-Identifier: Apache-2.0
#include "sim/charter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

#include "sim/seats.h"

enum {
    GROUP = 5,  // a bureau and four townships share a compact
    BRIDGE = 4, // four bureaus share another
    ID_SIZE = 64,
    OF_ONE = 4, // compacts of one agency
};

const char *const charter_categories[CHARTER_CATEGORIES] = {"penalty", "warning", "complaint", "law", "permit"};

enum others { OTHERS_TOO, FIRST_ROLE, NOBODY };

// Of a compact that has rules: whether only those may have it who have the role of its first member, unmarked and marked 内部, and whether an officer of the
// publisher decides on requests.
static const struct {
    enum others to;
    enum others internal;
    bool by_officer;
} rules[CHARTER_CATEGORIES] = {
    {OTHERS_TOO, OTHERS_TOO, false}, // no rule
    {FIRST_ROLE, OTHERS_TOO, false},
    {OTHERS_TOO, FIRST_ROLE, false},
    {OTHERS_TOO, NOBODY, false},
    {OTHERS_TOO, OTHERS_TOO, true},
};

struct charter {
    char id[ID_SIZE];
    size_t *members;
    size_t count;
    bool ruled;
};

static struct charter *charters;
static size_t charter_total;
static struct {
    size_t compacts[OF_ONE];
    size_t count;
} *agencies;

// -------------------------------------------------------------------------------------------- making

static struct charter *add(const char *stem, size_t number)
{
    charters = realloc(charters, (charter_total + 1) * sizeof *charters);
    must(charters != NULL);
    struct charter *charter = &charters[charter_total++];
    *charter = (struct charter){.ruled = charter_total % 2 == 1};
    snprintf(charter->id, sizeof charter->id, "%s-%zu", stem, number);
    charter->members = calloc(world.options.agencies, sizeof *charter->members);
    must(charter->members != NULL);
    return charter;
}

static void add_members(struct charter *charter, size_t first, size_t step, size_t most)
{
    for (size_t i = 0; i < most && first + i * step < world.options.agencies; i++) {
        charter->members[charter->count++] = first + i * step;
    }
}

static void make_town(void)
{
    for (size_t i = 0; i * GROUP < world.options.agencies; i++) {
        add_members(add("county", i), i * GROUP, 1, GROUP);
    }
    for (size_t i = 0; i * GROUP * BRIDGE < world.options.agencies; i++) {
        add_members(add("prefecture", i), i * BRIDGE * GROUP, GROUP, BRIDGE);
    }
}

static void make_five(void)
{
    for (size_t i = 0; i < seats_compact_count(); i++) {
        size_t members[SEATS];
        struct charter *charter = add("five", i);
        snprintf(charter->id, sizeof charter->id, "%s", seats_compact_id(i));
        charter->count = seats_members(i, members);
        memcpy(charter->members, members, charter->count * sizeof *members);
    }
}

static void list_compacts(void)
{
    agencies = calloc(world.options.agencies, sizeof *agencies);
    must(agencies != NULL);
    for (size_t i = 0; i < charter_total; i++) {
        for (size_t j = 0; j < charters[i].count && charters[i].count > 1; j++) { // it takes two
            const size_t agency = charters[i].members[j];
            must(agencies[agency].count < OF_ONE);
            agencies[agency].compacts[agencies[agency].count++] = i;
        }
    }
}

static void make_all(void)
{
    switch (world.options.law) {
    case WORLD_LAW_TOWN:
        make_town();
        return;
    case WORLD_LAW_FIVE:
        make_five();
        return;
    case WORLD_LAW_PRESS:
        add_members(add("press", 0), 0, 1, world.options.agencies);
        return;
    }
}

void charter_make(void)
{
    make_all();
    list_compacts();
}

// ------------------------------------------------------------------------------------------- asking

size_t charter_of(size_t agency, const size_t **out_compacts)
{
    *out_compacts = agencies[agency].compacts;
    return agencies[agency].count;
}

const char *charter_id(size_t compact)
{
    return charters[compact].id;
}

size_t charter_find(const char *id)
{
    size_t compact = 0;
    while (compact < charter_total && strcmp(charters[compact].id, id) != 0) {
        compact++;
    }
    must(compact < charter_total);
    return compact;
}

size_t charter_members(size_t compact, const size_t **out_agencies)
{
    *out_agencies = charters[compact].members;
    return charters[compact].count;
}

static bool is_member(size_t compact, size_t agency)
{
    bool is = false;
    for (size_t i = 0; i < agencies[agency].count; i++) {
        is = is || agencies[agency].compacts[i] == compact;
    }
    return is;
}

const char *charter_role(size_t compact, size_t agency)
{
    if (!is_member(compact, agency)) {
        return NULL;
    }
    switch (world.options.law) {
    case WORLD_LAW_FIVE:
        return seats_role(agency, compact);
    case WORLD_LAW_PRESS:
        return agency % 3 == 0 ? "bureau" : "township";
    case WORLD_LAW_TOWN:
        break;
    }
    return agency % GROUP == 0 ? "bureau" : "township";
}

bool charter_are_partners(size_t left, size_t right)
{
    if (world.options.law == WORLD_LAW_PRESS) {
        return left != right && (left == 0 || right == 0); // readers have nothing to tell each other
    }
    for (size_t i = 0; i < agencies[left].count; i++) {
        if (is_member(agencies[left].compacts[i], right)) {
            return true;
        }
    }
    return false;
}

bool charter_may_have(size_t compact, size_t agency, size_t category, bool internal)
{
    const struct charter *charter = &charters[compact];
    if (!charter->ruled) {
        return true;
    }
    const bool first = strcmp(charter_role(compact, agency), charter_role(compact, charter->members[0])) == 0;
    const bool to = rules[category].to == OTHERS_TOO || first;
    return to && (!internal || rules[category].internal == OTHERS_TOO || (first && rules[category].internal == FIRST_ROLE));
}

size_t charter_category(const char *name)
{
    size_t category = 0;
    while (category < CHARTER_CATEGORIES && strcmp(charter_categories[category], name) != 0) {
        category++;
    }
    return category;
}

bool charter_officer_decides(size_t compact, size_t category)
{
    return charters[compact].ruled && rules[category].by_officer;
}

// ------------------------------------------------------------------------------------------ writing

static void write_rules(FILE *file, const struct charter *charter, const char *first_role)
{
    for (size_t i = 0; charter->ruled && i < CHARTER_CATEGORIES; i++) {
        if (rules[i].to == OTHERS_TOO && rules[i].internal == OTHERS_TOO && !rules[i].by_officer) {
            continue;
        }
        fprintf(file, "\n[share %s]\nto = %s\nbasis = 规定第三条\n", charter_categories[i], rules[i].to == OTHERS_TOO ? "all" : first_role);
        if (rules[i].internal != OTHERS_TOO) {
            fprintf(file, "internal = %s\n", rules[i].internal == NOBODY ? "none" : first_role);
        }
        if (rules[i].by_officer) {
            fprintf(file, "officer_decides = all\n");
        }
    }
}

static void write_one(size_t compact, const char *folder)
{
    const struct charter *charter = &charters[compact];
    char path[512];
    snprintf(path, sizeof path, "%s/%s.conf", folder, charter->id);
    FILE *file = fopen(path, "w");
    must(file != NULL);
    fprintf(file, "[compact]\nid = %s\ntitle = 协作机制\n", charter->id);
    if (world.options.law == WORLD_LAW_FIVE) {
        seats_write(file, compact);
    } else {
        fprintf(file, "procedure = yecheng-2025\n");
    }
    fprintf(file, "\n[members]\n");
    for (size_t i = 0; i < charter->count; i++) {
        fprintf(file, "agency-%zu = %s\n", charter->members[i], charter_role(compact, charter->members[i]));
    }
    write_rules(file, charter, charter_role(compact, charter->members[0]));
    fclose(file);
}

void charter_write(size_t agency, const char *folder)
{
    for (size_t i = 0; i < agencies[agency].count; i++) {
        write_one(agencies[agency].compacts[i], folder);
    }
}
