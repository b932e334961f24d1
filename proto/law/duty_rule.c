// SPDX-License-Identifier: Apache-2.0
#include "law/duty_rule.h"

#include "wire/kinds.h"

#include "law/ini_keys.h"

#include <stddef.h>
#include <string.h>

static const struct kind *find_kind(struct ini_text *ini, const struct ini_entry *entry,
                                    const char *name)
{
    const struct kind *kind = kinds_find(name);

    if (kind == NULL) {
        ini_text_refuse(ini, entry->line, "%s: there is no kind %.80s", entry->name, name);
        return NULL;
    }
    if (kind->class == KIND_MACHINE) {
        ini_text_refuse(ini, entry->line, "%s: %s is made by machines and moves no duty",
                        entry->name, name);
        return NULL;
    }
    return kind;
}

static bool lifts_instant(const struct kind *kind, const char *pair)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];

        if (field->law != NULL && strcmp(field->law, pair) == 0) {
            return field->form == FIELD_INSTANT;
        }
    }
    return false;
}

static bool take_opening(struct ini_text *ini, const struct ini_entry *entry, char *item,
                         void *out_item)
{
    struct duty_opening *opening = out_item;
    char *tokens[INI_TOKENS];
    const size_t count = ini_keys_split(item, tokens);

    if (count != 1 &&
        !(count == 4 && strcmp(tokens[1], "unless") == 0 && strcmp(tokens[2], "cites") == 0)) {
        return ini_text_refuse(ini, entry->line, "%s: say 'KIND' or 'KIND unless cites KIND'",
                               entry->name);
    }
    if (strcmp(tokens[0], "*") != 0 && find_kind(ini, entry, tokens[0]) == NULL) {
        return false;
    }
    if (count == 4 && find_kind(ini, entry, tokens[3]) == NULL) {
        return false;
    }
    opening->kind = tokens[0];
    opening->unless_cites = count == 4 ? tokens[3] : NULL;
    return true;
}

static bool take_openings(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;
    void *items = NULL;

    if (!ini_keys_take_list(ini, entry, sizeof(struct duty_opening), &items, &duty->opened_by_count,
                            take_opening)) {
        return false;
    }
    duty->opened_by = items;
    return true;
}

static bool take_act(struct ini_text *ini, const struct ini_entry *entry, char *item,
                     void *out_item)
{
    struct duty_act *act = out_item;
    char *tokens[INI_TOKENS];
    const size_t count = ini_keys_split(item, tokens);

    act->meeting = DUTY_MET_BY_ANY;
    if (count == 2 && strcmp(tokens[1], "reply") == 0) {
        act->meeting = DUTY_MET_BY_REPLY;
    } else if (count == 2 && strcmp(tokens[1], "confirmed") == 0) {
        act->meeting = DUTY_MET_BY_CONFIRMED;
    } else if (count != 1) {
        return ini_text_refuse(ini, entry->line, "%s: say 'KIND', 'KIND reply' or 'KIND confirmed'",
                               entry->name);
    }
    act->kind = tokens[0];
    return find_kind(ini, entry, tokens[0]) != NULL;
}

static bool take_acts(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;
    void *items = NULL;

    if (!ini_keys_take_list(ini, entry, sizeof(struct duty_act), &items, &duty->met_by_count,
                            take_act)) {
        return false;
    }
    duty->met_by = items;
    return true;
}

static bool take_debtors(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;

    if (strcmp(entry->value, "author") == 0) {
        duty->debtors = DUTY_AUTHOR;
    } else if (strcmp(entry->value, "each addressee") == 0) {
        duty->debtors = DUTY_EACH_ADDRESSEE;
    } else if (strcmp(entry->value, "author and addressee") == 0) {
        duty->debtors = DUTY_AUTHOR_AND_ADDRESSEE;
    } else {
        return ini_text_refuse(ini, entry->line,
                               "debtors: say 'author', 'each addressee' or 'author and addressee'");
    }
    return true;
}

static bool take_start(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;

    if (strcmp(entry->value, "sealed") == 0) {
        duty->start = DUTY_FROM_SEALED;
    } else if (strcmp(entry->value, "delivered") == 0) {
        duty->start = DUTY_FROM_DELIVERED;
    } else if (strncmp(entry->value, "field ", 6) == 0) {
        duty->start = DUTY_FROM_FIELD;
        duty->start_field = entry->value + 6;
    } else {
        return ini_text_refuse(ini, entry->line,
                               "start: say 'sealed', 'delivered' or 'field NAME'");
    }
    return true;
}

static bool take_within(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    if (!clock_parse_within(entry->value, into)) {
        return ini_text_refuse(ini, entry->line,
                               "%s: '%.40s' is not a period such as '3 workdays' or '24 hours'",
                               entry->name, entry->value);
    }
    return true;
}

static bool take_urgent(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;

    duty->has_urgent = true;
    return take_within(ini, entry, &duty->urgent_within);
}

static bool take_counts(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    enum duty_counts *counts = into;

    if (strcmp(entry->value, "delivered") == 0) {
        *counts = DUTY_COUNTS_DELIVERED;
    } else if (strcmp(entry->value, "dispatched") == 0) {
        *counts = DUTY_COUNTS_DISPATCHED;
    } else {
        return ini_text_refuse(ini, entry->line, "counts: say 'delivered' or 'dispatched'");
    }
    return true;
}

static bool take_extension(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;
    char *text = arena_copy_text(ini->arena, entry->value);
    char *tokens[INI_TOKENS];
    const struct kind *kind;

    if (text == NULL) {
        return ini_text_starve(ini);
    }
    if (ini_keys_split(text, tokens) != 3 || strcmp(tokens[1], "field") != 0) {
        return ini_text_refuse(ini, entry->line, "extended_by: say 'KIND field NAME'");
    }
    kind = find_kind(ini, entry, tokens[0]);
    if (kind == NULL) {
        return false;
    }
    if (!lifts_instant(kind, tokens[2])) {
        return ini_text_refuse(ini, entry->line,
                               "extended_by: %s has no law pair %.40s that is an instant",
                               kind->name, tokens[2]);
    }
    duty->extended_by = tokens[0];
    duty->extended_field = tokens[2];
    return true;
}

static bool take_policy(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    bool *policy = into;

    if (strcmp(entry->value, "yes") != 0 && strcmp(entry->value, "no") != 0) {
        return ini_text_refuse(ini, entry->line, "policy: say 'yes' or 'no'");
    }
    *policy = strcmp(entry->value, "yes") == 0;
    return true;
}

static const struct ini_key duty_keys[] = {
    {"title", KEY_NEEDED, offsetof(struct duty_rule, title), ini_keys_take_text},
    {"title_en", KEY_OPTIONAL, offsetof(struct duty_rule, title_en), ini_keys_take_text},
    {"article", KEY_OPTIONAL, offsetof(struct duty_rule, article), ini_keys_take_text},
    {"quote", KEY_OPTIONAL, offsetof(struct duty_rule, quote), ini_keys_take_text},
    {"policy", KEY_OPTIONAL, offsetof(struct duty_rule, policy), take_policy},
    {"opened_by", KEY_NEEDED, 0, take_openings},
    {"debtors", KEY_NEEDED, 0, take_debtors},
    {"start", KEY_NEEDED, 0, take_start},
    {"within", KEY_NEEDED, offsetof(struct duty_rule, within), take_within},
    {"urgent", KEY_OPTIONAL, 0, take_urgent},
    {"counts", KEY_NEEDED, offsetof(struct duty_rule, counts), take_counts},
    {"met_by", KEY_NEEDED, 0, take_acts},
    {"extended_by", KEY_OPTIONAL, 0, take_extension},
};

// A fact is addressed to nobody: nobody receives it, owes for it as its addressee or replies to it.
static bool check_fact_opening(struct ini_text *ini, const struct ini_section *section,
                               const struct duty_rule *duty, const char *kind)
{
    if (duty->debtors != DUTY_AUTHOR) {
        return ini_text_refuse(ini, ini_keys_line(section, "debtors"),
                               "debtors: %s is a fact and has no addressee", kind);
    }
    if (duty->start == DUTY_FROM_DELIVERED) {
        return ini_text_refuse(ini, ini_keys_line(section, "start"),
                               "start: %s is a fact and is delivered to nobody", kind);
    }
    for (size_t i = 0; i < duty->met_by_count; i++) {
        if (duty->met_by[i].meeting == DUTY_MET_BY_REPLY) {
            return ini_text_refuse(ini, ini_keys_line(section, "met_by"),
                                   "met_by: %s is a fact and nobody replies to it", kind);
        }
    }
    return true;
}

static bool check_opening(struct ini_text *ini, const struct ini_section *section,
                          const struct duty_rule *duty, const struct duty_opening *opening)
{
    const struct kind *kind = kinds_find(opening->kind); // NULL for "*"

    if (duty->start == DUTY_FROM_FIELD &&
        (kind == NULL || !lifts_instant(kind, duty->start_field))) {
        return ini_text_refuse(ini, ini_keys_line(section, "start"),
                               "start: %s has no law pair %.40s that is an instant", opening->kind,
                               duty->start_field);
    }
    return kind == NULL || kind->class != KIND_FACT ||
           check_fact_opening(ini, section, duty, kind->name);
}

static bool check_meeting(struct ini_text *ini, const struct ini_section *section,
                          const struct duty_rule *duty)
{
    for (size_t i = 0; i < duty->met_by_count; i++) {
        if (duty->met_by[i].meeting == DUTY_MET_BY_CONFIRMED &&
            duty->debtors != DUTY_AUTHOR_AND_ADDRESSEE) {
            return ini_text_refuse(ini, ini_keys_line(section, "met_by"),
                                   "met_by: 'confirmed' is for duties of several debtors together");
        }
    }
    return true;
}

static bool check_duty(struct ini_text *ini, const struct ini_section *section,
                       const struct duty_rule *duty)
{
    if (!duty->policy && (duty->article[0] == '\0' || duty->quote[0] == '\0')) {
        return ini_text_refuse(ini, section->line, "[%s] is not policy and lacks article or quote",
                               section->name);
    }
    for (size_t i = 0; i < duty->opened_by_count; i++) {
        if (!check_opening(ini, section, duty, &duty->opened_by[i])) {
            return false;
        }
    }
    if (duty->extended_by != NULL && duty->within.form == WITHIN_AT_ONCE) {
        return ini_text_refuse(ini, ini_keys_line(section, "extended_by"),
                               "extended_by: what is due at once has no due time");
    }
    return check_meeting(ini, section, duty);
}

bool duty_rule_take(struct ini_text *ini, const struct ini_section *section, const char *id,
                    struct duty_rule *out_rule)
{
    *out_rule = (struct duty_rule){
        .line = section->line, .id = id, .title_en = "", .article = "", .quote = ""};
    return ini_keys_take(ini, section, INI_KEYS(duty_keys), out_rule) &&
           check_duty(ini, section, out_rule);
}
