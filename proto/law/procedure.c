// SPDX-License-Identifier: Apache-2.0
#include "law/procedure.h"

#include "law/ini_keys.h"
#include "law/instant.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { DUTY_COUNT_LIMIT = 500 };

// A procedure and the arena it lives in, itself included.
struct owned_procedure {
    struct procedure procedure;
    struct arena *arena;
};

// A procedure being read, and the room for its duties.
struct building {
    struct procedure *procedure;
    struct duty_rule *duties;
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

static bool take_role(struct ini_text *ini, const struct ini_entry *entry, char *item,
                      void *out_item)
{
    const char **role = out_item;
    char *tokens[INI_TOKENS];

    if (ini_keys_split(item, tokens) != 1 || !ini_keys_is_word(tokens[0])) {
        return ini_text_refuse(
            ini, entry->line,
            "a role is one word of a-z, 0-9, '.' and '-'; roles stand between commas");
    }
    *role = tokens[0];
    return true;
}

static bool take_roles(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct procedure *procedure = into;
    void *items = NULL;

    if (!ini_keys_take_list(ini, entry, sizeof(char *), &items, &procedure->role_count,
                            take_role)) {
        return false;
    }
    procedure->roles = items;
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
    {"roles", KEY_NEEDED, 0, take_roles},
};

// Duty ids are those of the regulation's articles: letters of either case, digits, '.' and '-'.
static bool is_duty_id(const char *id)
{
    const size_t size = strlen(id);

    return size > 0 &&
           size == strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
}

static bool take_duty(struct ini_text *ini, const struct ini_section *section,
                      struct building *building)
{
    const char *id = section->name + strlen("duty ");
    struct procedure *procedure = building->procedure;

    if (!is_duty_id(id)) {
        return ini_text_refuse(ini, section->line,
                               "a duty's id is of letters, digits, '.' and '-'");
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
    procedure->title_en = "";
    procedure->issuer = "";
    if (!ini_keys_take(ini, section, INI_KEYS(procedure_keys), procedure)) {
        return false;
    }
    if (procedure->valid_until != 0 && procedure->valid_until < procedure->valid_from) {
        return ini_text_refuse(ini, ini_keys_line(section, "valid_until"),
                               "valid_until is before valid_from");
    }
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
    return ini_text_refuse(ini, section->line, "a procedure has no section [%s]", section->name);
}

static bool read_procedure(struct ini_text *ini, struct building *building)
{
    struct owned_procedure *owned = arena_take(ini->arena, sizeof *owned);

    building->duties =
        arena_take_array(ini->arena, DUTY_COUNT_LIMIT + 1, sizeof building->duties[0]);
    if (owned == NULL || building->duties == NULL) {
        return ini_text_starve(ini);
    }
    owned->arena = ini->arena;
    building->procedure = &owned->procedure;
    building->procedure->duties = building->duties;
    if (!ini_text_take(ini, take_section, building)) {
        return false;
    }
    if (building->procedure->id == NULL) {
        return ini_text_refuse(ini, 1, "there is no [procedure]");
    }
    return true;
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

// The arena holds the object that names it, so the name is taken out first.
void procedure_free(struct procedure **procedure)
{
    if (*procedure != NULL) {
        struct arena *arena = ((struct owned_procedure *)*procedure)->arena;

        arena_free(&arena);
        *procedure = NULL;
    }
}
