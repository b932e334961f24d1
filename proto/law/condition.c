// SPDX-License-Identifier: Apache-2.0
#include "law/condition.h"

#include "wire/codes.h"

#include "law/ini_keys.h"

#include <string.h>

static bool take_subject(struct ini_text *ini, const struct ini_entry *entry, char *const *tokens,
                         size_t count, struct condition_term *term)
{
    static const struct {
        const char *who;
        const char *what;
        enum condition_subject subject;
    } subjects[] = {
        {"author", "role", CONDITION_AUTHOR_ROLE},
        {"author", "sector", CONDITION_AUTHOR_SECTOR},
        {"addressee", "role", CONDITION_ADDRESSEE_ROLE},
        {"addressee", "sector", CONDITION_ADDRESSEE_SECTOR},
    };

    if (count == 1) {
        term->subject = CONDITION_PAIR;
        term->pair = tokens[0];
        return true;
    }
    for (size_t i = 0; count == 2 && i < sizeof subjects / sizeof subjects[0]; i++) {
        if (strcmp(tokens[0], subjects[i].who) == 0 && strcmp(tokens[1], subjects[i].what) == 0) {
            term->subject = subjects[i].subject;
            return true;
        }
    }
    return ini_text_refuse(ini, entry->line,
                           "%s: a condition is about a law pair, 'author role', 'author sector', "
                           "'addressee role' or 'addressee sector'",
                           entry->name);
}

static bool take_values(struct ini_text *ini, const struct ini_entry *entry, char *text,
                        struct condition_term *term)
{
    size_t count = 1;
    const char **values;

    for (const char *at = text; *at != '\0'; at++) {
        count += *at == '|' ? 1 : 0;
    }
    values = arena_take_array(ini->arena, count, sizeof *values);
    if (values == NULL) {
        return ini_text_starve(ini);
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = strsep(&text, "|");
        if (values[i][0] == '\0') {
            return ini_text_refuse(ini, entry->line, "%s: a condition lacks a value", entry->name);
        }
    }
    term->values = values;
    term->value_count = count;
    return true;
}

static const struct field *find_lifted(const struct kind *kind, const char *pair)
{
    for (size_t i = 0; kind != NULL && i < kind->field_count; i++) {
        if (kind->fields[i].law != NULL && strcmp(kind->fields[i].law, pair) == 0) {
            return &kind->fields[i];
        }
    }
    return NULL;
}

static const struct code_list *list_of(const struct condition_term *term, const struct field *field)
{
    switch (term->subject) {
    case CONDITION_PAIR:
        return field->form == FIELD_CODE ? field->codes : NULL;
    case CONDITION_AUTHOR_SECTOR:
    case CONDITION_ADDRESSEE_SECTOR:
        return codes_list("sector");
    case CONDITION_AUTHOR_ROLE: // the procedure knows its roles when it is read to the end
    case CONDITION_ADDRESSEE_ROLE:
        break;
    }
    return NULL;
}

static bool check_term(struct ini_text *ini, const struct ini_entry *entry, const struct kind *kind,
                       const struct condition_term *term)
{
    const struct field *field =
        term->subject == CONDITION_PAIR ? find_lifted(kind, term->pair) : NULL;
    const struct code_list *list;

    if (term->subject == CONDITION_PAIR && field == NULL) {
        return ini_text_refuse(ini, entry->line, "%s: %.40s has no law pair %.40s", entry->name,
                               kind == NULL ? "*" : kind->name, term->pair);
    }
    list = list_of(term, field);
    for (size_t i = 0; list != NULL && i < term->value_count; i++) {
        if (codes_find(list, term->values[i]) == NULL) {
            return ini_text_refuse(ini, entry->line, "%s: the list %s has no code %.40s",
                                   entry->name, list->name, term->values[i]);
        }
    }
    return true;
}

// SUBJECT = VALUE
static bool take_term(struct ini_text *ini, const struct ini_entry *entry, char *const *tokens,
                      size_t count, const struct kind *kind, struct condition_term *term)
{
    const bool whole = count >= 3;

    *term = (struct condition_term){.differs = whole && strcmp(tokens[count - 2], "!=") == 0};
    if (!whole || (!term->differs && strcmp(tokens[count - 2], "=") != 0)) {
        return ini_text_refuse(ini, entry->line, "%s: say 'SUBJECT = VALUE' or 'SUBJECT != VALUE'",
                               entry->name);
    }
    return take_subject(ini, entry, tokens, count - 2, term) &&
           take_values(ini, entry, tokens[count - 1], term) && check_term(ini, entry, kind, term);
}

bool condition_take(struct ini_text *ini, const struct ini_entry *entry, char *const *tokens,
                    size_t count, const struct kind *kind, struct condition *out_condition)
{
    struct condition_term *terms = arena_take_array(ini->arena, count + 1, sizeof *terms);
    size_t term_count = 0;
    size_t begin = 0;

    if (terms == NULL) {
        return ini_text_starve(ini);
    }
    for (size_t i = 0; i <= count; i++) {
        if (i < count && strcmp(tokens[i], "and") != 0) {
            continue;
        }
        if (!take_term(ini, entry, tokens + begin, i - begin, kind, &terms[term_count])) {
            return false;
        }
        term_count++;
        begin = i + 1;
    }
    *out_condition = (struct condition){terms, term_count};
    return true;
}

static bool is_among(const struct condition_term *term, const char *value)
{
    for (size_t i = 0; i < term->value_count; i++) {
        if (strcmp(term->values[i], value) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_pair(const struct condition_term *term, const struct act *act)
{
    for (size_t i = 0; i < act->pair_count; i++) {
        if (strcmp(act->pairs[i].name, term->pair) == 0 && is_among(term, act->pairs[i].value)) {
            return true;
        }
    }
    return false;
}

static bool is_party(const struct condition_term *term, const struct act *act, const char *agency)
{
    const struct act_party *party = act_find_party(act, agency);
    const bool by_role = term->subject == CONDITION_AUTHOR_ROLE ||
                         term->subject == CONDITION_ADDRESSEE_ROLE;

    return party != NULL && is_among(term, by_role ? party->role : party->sector);
}

static bool holds_for_some(const struct condition_term *term, const struct act *act)
{
    for (size_t i = 0; i < act->to_count; i++) {
        if (is_party(term, act, act->to[i]) != term->differs) {
            return true;
        }
    }
    return false;
}

static bool holds(const struct condition_term *term, const struct act *act, const char *addressee)
{
    switch (term->subject) {
    case CONDITION_PAIR:
        return has_pair(term, act) != term->differs;
    case CONDITION_AUTHOR_ROLE:
    case CONDITION_AUTHOR_SECTOR:
        return is_party(term, act, act->author) != term->differs;
    case CONDITION_ADDRESSEE_ROLE:
    case CONDITION_ADDRESSEE_SECTOR:
        break;
    }
    return addressee == NULL ? holds_for_some(term, act)
                             : is_party(term, act, addressee) != term->differs;
}

bool condition_holds(const struct condition *condition, const struct act *act,
                     const char *addressee)
{
    for (size_t i = 0; i < condition->term_count; i++) {
        if (!holds(&condition->terms[i], act, addressee)) {
            return false;
        }
    }
    return true;
}

bool condition_asks_parties(const struct condition *condition)
{
    for (size_t i = 0; i < condition->term_count; i++) {
        if (condition->terms[i].subject != CONDITION_PAIR) {
            return true;
        }
    }
    return false;
}
