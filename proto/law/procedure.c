// SPDX-License-Identifier: Apache-2.0
#include "law/procedure.h"

#include "law/ini_keys.h"
#include "law/instant.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { DUTY_COUNT_LIMIT = 500, REQUIREMENT_COUNT_LIMIT = 500 };

static const int64_t HOUR_MS = INT64_C(3600) * 1000;

// A procedure and the arena it lives in, itself included.
struct owned_procedure {
    struct procedure procedure;
    struct arena *arena;
};

// A procedure being read, and the room for its duties.
struct building {
    struct procedure *procedure;
    struct duty_rule *duties;
    struct requirement *requirements;
};

static bool take_day(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    int64_t *instant = into;
    char text[32];

    if (strlen(entry->value) != strlen("2025-09-01")) {
        return ini_text_refuse(ini, entry->line, "%s is not a date such as 2025-09-01",
                               entry->name);
    }
    snprintf(text, sizeof text, "%sT00:00:00+08:00", entry->value);
    if (!instant_parse(text, instant)) {
        return ini_text_refuse(ini, entry->line, "%s is not a date such as 2025-09-01",
                               entry->name);
    }
    return true;
}

// "有效期至D" includes D to its last second and does not roll.
static bool take_last_day(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    int64_t *instant = into;

    if (!take_day(ini, entry, into)) {
        return false;
    }
    *instant += (24 * 3600 - 1) * INT64_C(1000);
    return true;
}

// NUMBER UNIT
static bool take_age(struct ini_text *ini, const struct ini_entry *entry, enum within_form form,
                     int64_t unit_ms, int64_t *out_age)
{
    struct within within;

    if (!clock_parse_within(entry->value, &within) || within.form != form) {
        return ini_text_refuse(ini, entry->line, "%s: '%.40s' is not a number of %s", entry->name,
                               entry->value, form == WITHIN_HOURS ? "hours" : "days");
    }
    *out_age = (int64_t)within.count * unit_ms;
    return true;
}

static bool take_hours(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    return take_age(ini, entry, WITHIN_HOURS, HOUR_MS, into);
}

static bool take_days(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    return take_age(ini, entry, WITHIN_DAYS, 24 * HOUR_MS, into);
}

static bool take_roles(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    const struct word_list *roles = into;

    if (!rule_items_take_words(ini, entry, into)) {
        return false;
    }
    for (size_t i = 0; i < roles->count; i++) {
        if (!ini_keys_is_word(roles->words[i])) {
            return ini_text_refuse(
                ini, entry->line,
                "a role is one word of a-z, 0-9, '.' and '-'; roles stand between commas");
        }
    }
    return true;
}

static const struct ini_key procedure_keys[] = {
    {"id", KEY_NEEDED, offsetof(struct procedure, id), ini_keys_take_word},
    {"title", KEY_NEEDED, offsetof(struct procedure, title), ini_keys_take_text},
    {"title_en", KEY_OPTIONAL, offsetof(struct procedure, title_en), ini_keys_take_text},
    {"issuer", KEY_OPTIONAL, offsetof(struct procedure, issuer), ini_keys_take_text},
    {"issued", KEY_OPTIONAL, offsetof(struct procedure, issued_at), take_day},
    {"valid_from", KEY_OPTIONAL, offsetof(struct procedure, valid_from), take_day},
    {"valid_until", KEY_OPTIONAL, offsetof(struct procedure, valid_until), take_last_day},
    {"roles", KEY_NEEDED, offsetof(struct procedure, roles), take_roles},
    {"role_titles", KEY_OPTIONAL, offsetof(struct procedure, role_titles), rule_items_take_words},
    {"at_once_red", KEY_OPTIONAL, offsetof(struct procedure, at_once_red), take_hours},
    {"promptly_amber", KEY_OPTIONAL, offsetof(struct procedure, promptly_amber), take_days},
};

// Duty ids are those of the regulation's articles: letters of either case, digits, '.' and '-'.
static bool is_duty_id(const char *id)
{
    const size_t size = strlen(id);

    return size > 0 &&
           size == strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-()");
}

static bool take_duty(struct ini_text *ini, const struct ini_section *section,
                      struct building *building)
{
    const char *id = section->name + strlen("duty ");
    struct procedure *procedure = building->procedure;

    if (!is_duty_id(id)) {
        return ini_text_refuse(ini, section->line,
                               "a duty's id is of letters, digits, '.', '-', '(' and ')'");
    }
    if (procedure_duty(procedure, id) != NULL) {
        return ini_text_refuse(ini, section->line, "duty %s is given twice", id);
    }
    if (procedure->duty_count == DUTY_COUNT_LIMIT) {
        return ini_text_refuse(ini, section->line, "more than %d duties", DUTY_COUNT_LIMIT);
    }
    if (!duty_rule_take(ini, section, id, &building->duties[procedure->duty_count])) {
        return false;
    }
    procedure->duty_count++;
    return true;
}

static bool take_head(struct ini_text *ini, const struct ini_section *section,
                      struct procedure *procedure)
{
    if (procedure->id != NULL) {
        return ini_text_refuse(ini, section->line, "[procedure] is given twice");
    }
    procedure->line = section->line;
    procedure->roles_line = ini_keys_line(section, "roles");
    procedure->title_en = "";
    procedure->issuer = "";
    procedure->at_once_red = HOUR_MS; // policy: the regulations give 立即 and 及时 no number
    procedure->promptly_amber = 240 * HOUR_MS;
    if (!ini_keys_take(ini, section, INI_KEYS(procedure_keys), procedure)) {
        return false;
    }
    if (procedure->valid_until != 0 && procedure->valid_until < procedure->valid_from) {
        return ini_text_refuse(ini, ini_keys_line(section, "valid_until"),
                               "valid_until is before valid_from");
    }
    if (procedure->role_titles.count != 0 &&
        procedure->role_titles.count != procedure->roles.count) {
        return ini_text_refuse(ini, ini_keys_line(section, "role_titles"),
                               "role_titles: there are not as many as roles");
    }
    return true;
}

static bool take_requirement(struct ini_text *ini, const struct ini_section *section,
                             struct building *building)
{
    const char *id = section->name + strlen("requirement ");
    struct procedure *procedure = building->procedure;

    if (!is_duty_id(id)) {
        return ini_text_refuse(ini, section->line,
                               "a requirement's id is of letters, digits, '.', '-', '(' and ')'");
    }
    for (size_t i = 0; i < procedure->requirement_count; i++) {
        if (strcmp(procedure->requirements[i].id, id) == 0) {
            return ini_text_refuse(ini, section->line, "requirement %s is given twice", id);
        }
    }
    if (procedure->requirement_count == REQUIREMENT_COUNT_LIMIT) {
        return ini_text_refuse(ini, section->line, "more than %d requirements",
                               REQUIREMENT_COUNT_LIMIT);
    }
    if (!requirement_take(ini, section, id,
                          &building->requirements[procedure->requirement_count])) {
        return false;
    }
    procedure->requirement_count++;
    return true;
}

static bool take_section(struct ini_text *ini, const struct ini_section *section, void *object)
{
    struct building *building = object;

    if (strcmp(section->name, "procedure") == 0) {
        return take_head(ini, section, building->procedure);
    }
    if (strncmp(section->name, "duty ", strlen("duty ")) == 0) {
        return take_duty(ini, section, building);
    }
    if (strncmp(section->name, "requirement ", strlen("requirement ")) == 0) {
        return take_requirement(ini, section, building);
    }
    return ini_text_refuse(ini, section->line, "a procedure has no section [%s]", section->name);
}

// The sections stand in any order, so roles are looked up when all are read.
static bool check_role(struct ini_text *ini, const struct procedure *procedure, unsigned line,
                       const char *role)
{
    return procedure_has_role(procedure, role) ||
           ini_text_refuse(ini, line, "there is no role %.60s", role);
}

static bool check_condition(struct ini_text *ini, const struct procedure *procedure, unsigned line,
                            const struct condition *condition)
{
    for (size_t i = 0; i < condition->term_count; i++) {
        const struct condition_term *term = &condition->terms[i];
        const bool by_role = term->subject == CONDITION_AUTHOR_ROLE ||
                             term->subject == CONDITION_ADDRESSEE_ROLE;

        for (size_t j = 0; by_role && j < term->value_count; j++) {
            if (!check_role(ini, procedure, line, term->values[j])) {
                return false;
            }
        }
    }
    return true;
}

static bool check_items(struct ini_text *ini, const struct procedure *procedure, unsigned line,
                        const struct rule_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!check_condition(ini, procedure, line, &list->items[i].where)) {
            return false;
        }
    }
    return true;
}

static bool check_duty_roles(struct ini_text *ini, const struct procedure *procedure,
                             const struct duty_rule *duty)
{
    bool good = check_items(ini, procedure, duty->line, &duty->ended_by) &&
                check_condition(ini, procedure, duty->line, &duty->awaits.where) &&
                check_condition(ini, procedure, duty->line, &duty->awaits.unless);

    for (size_t i = 0; good && i < duty->opened_by_count; i++) {
        good = check_condition(ini, procedure, duty->line, &duty->opened_by[i].where);
    }
    for (size_t i = 0; good && i < duty->met_by_count; i++) {
        good = check_condition(ini, procedure, duty->line, &duty->met_by[i].where);
    }
    for (size_t i = 0; good && i < duty->addressee_count; i++) {
        good = duty->addressees[i].towards != DUTY_TOWARDS_ROLE ||
               check_role(ini, procedure, duty->line, duty->addressees[i].name);
    }
    for (size_t i = 0; good && i < duty->silence_count; i++) {
        good = duty->silence[i].role == NULL ||
               check_role(ini, procedure, duty->line, duty->silence[i].role);
    }
    return good;
}

static bool check_words(struct ini_text *ini, const struct procedure *procedure, unsigned line,
                        const struct word_list *roles)
{
    for (size_t i = 0; i < roles->count; i++) {
        if (!check_role(ini, procedure, line, roles->words[i])) {
            return false;
        }
    }
    return true;
}

static bool check_roles(struct ini_text *ini, const struct procedure *procedure)
{
    for (size_t i = 0; i < procedure->duty_count; i++) {
        if (!check_duty_roles(ini, procedure, &procedure->duties[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < procedure->requirement_count; i++) {
        const struct requirement *requirement = &procedure->requirements[i];

        if (!check_words(ini, procedure, requirement->line, &requirement->from) ||
            !check_words(ini, procedure, requirement->line, &requirement->to) ||
            !check_items(ini, procedure, requirement->line, &requirement->of) ||
            !check_condition(ini, procedure, requirement->line, &requirement->forbids) ||
            !check_items(ini, procedure, requirement->line, &requirement->after)) {
            return false;
        }
    }
    return true;
}

static size_t at_most(size_t count, size_t limit)
{
    return count < limit ? count : limit;
}

static bool read_procedure(struct ini_text *ini, struct building *building)
{
    struct owned_procedure *owned = arena_take(ini->arena, sizeof *owned);
    const size_t sections = ini->section_count;

    building->duties = arena_take_array(ini->arena, at_most(sections, DUTY_COUNT_LIMIT),
                                        sizeof building->duties[0]);
    building->requirements = arena_take_array(ini->arena, at_most(sections, REQUIREMENT_COUNT_LIMIT),
                                              sizeof building->requirements[0]);
    if (owned == NULL || building->duties == NULL || building->requirements == NULL) {
        return ini_text_starve(ini);
    }
    owned->arena = ini->arena;
    building->procedure = &owned->procedure;
    building->procedure->duties = building->duties;
    building->procedure->requirements = building->requirements;
    if (!ini_text_take(ini, take_section, building)) {
        return false;
    }
    if (building->procedure->id == NULL) {
        return ini_text_refuse(ini, 1, "there is no [procedure]");
    }
    return check_roles(ini, building->procedure) &&
           (kind_law_draw(ini->arena, building->procedure) || ini_text_starve(ini));
}

enum law_outcome procedure_parse(struct bytes text, struct procedure **out_procedure,
                                 struct law_fault *out_fault)
{
    struct ini_text ini;
    struct building building;

    if (hash_ready() < 0) {
        return LAW_NO_MEMORY;
    }
    if (!ini_text_open(text, out_fault, &ini) || !read_procedure(&ini, &building)) {
        ini_text_done(&ini);
        return ini.outcome;
    }
    hash_sm3(text, &building.procedure->digest);
    *out_procedure = building.procedure;
    return LAW_OK;
}

const struct duty_rule *procedure_duty(const struct procedure *procedure, const char *id)
{
    for (size_t i = 0; i < procedure->duty_count; i++) {
        if (strcmp(procedure->duties[i].id, id) == 0) {
            return &procedure->duties[i];
        }
    }
    return NULL;
}

bool procedure_has_role(const struct procedure *procedure, const char *role)
{
    for (size_t i = 0; i < procedure->roles.count; i++) {
        if (strcmp(procedure->roles.words[i], role) == 0) {
            return true;
        }
    }
    return false;
}

const char *procedure_role_title(const struct procedure *procedure, const char *role)
{
    for (size_t i = 0; i < procedure->role_titles.count; i++) {
        if (strcmp(procedure->roles.words[i], role) == 0) {
            return procedure->role_titles.words[i];
        }
    }
    return role;
}

bool procedure_owes_role(const struct procedure *procedure, const char *kind, const char *role)
{
    const struct kind_law *law = kind_law_find(procedure, kind);

    for (size_t i = 0; i < law->open_count; i++) {
        const struct duty_rule *duty = law->opens[i];

        for (size_t j = 0; j < duty->addressee_count; j++) {
            if (duty->addressees[j].towards == DUTY_TOWARDS_ROLE &&
                strcmp(duty->addressees[j].name, role) == 0) {
                return true;
            }
        }
    }
    return false;
}

// The arena holds the object that names it, so the name is taken out first.
void procedure_free(struct procedure **procedure)
{
    if (*procedure != NULL) {
        struct arena *arena = ((struct owned_procedure *)*procedure)->arena;

        arena_free(&arena);
        *procedure = NULL;
    }
}
