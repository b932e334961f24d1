// SPDX-License-Identifier: Apache-2.0
#include "law/rule_items.h"

#include <string.h>

enum { NUMBER_LIMIT = 100 };

const struct kind *rule_items_find_kind(struct ini_text *ini, const struct ini_entry *entry,
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

bool rule_items_lifts_instant(const struct kind *kind, const char *pair)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];

        if (field->law != NULL && strcmp(field->law, pair) == 0) {
            return field->form == FIELD_INSTANT;
        }
    }
    return false;
}

static size_t find_word(char *const *tokens, size_t from, size_t count, const char *word)
{
    while (from < count && strcmp(tokens[from], word) != 0) {
        from++;
    }
    return from;
}

bool rule_items_take(struct ini_text *ini, const struct ini_entry *entry, char *text,
                     struct rule_words *out_words, struct rule_item *out_item)
{
    struct rule_words *words = out_words;
    const struct kind *kind = NULL;
    size_t where;

    words->count = ini_keys_split(text, words->tokens);
    *out_item = (struct rule_item){0};
    if (words->count == 0 || words->count == INI_TOKENS) {
        return ini_text_refuse(ini, entry->line, "%s: an item is empty or too long", entry->name);
    }
    if (strcmp(words->tokens[0], "*") != 0) {
        kind = rule_items_find_kind(ini, entry, words->tokens[0]);
        if (kind == NULL) {
            return false;
        }
    }
    where = find_word(words->tokens, 1, words->count, "where");
    words->words = words->tokens + 1;
    words->word_count = where - 1;
    out_item->kind = words->tokens[0];
    return where == words->count ||
           condition_take(ini, entry, words->tokens + where + 1, words->count - where - 1, kind,
                          &out_item->where);
}

static bool take_plain(struct ini_text *ini, const struct ini_entry *entry, char *text,
                       void *out_item)
{
    struct rule_words words;

    if (!rule_items_take(ini, entry, text, &words, out_item)) {
        return false;
    }
    if (words.word_count > 0 || strcmp(words.tokens[0], "*") == 0) {
        return ini_text_refuse(ini, entry->line, "%s: say 'KIND' or 'KIND where CONDITION'",
                               entry->name);
    }
    return true;
}

bool rule_items_take_list(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct rule_list *list = into;
    void *items = NULL;

    if (!ini_keys_take_list(ini, entry, sizeof(struct rule_item), &items, &list->count,
                            take_plain)) {
        return false;
    }
    list->items = items;
    return true;
}

static bool take_word(struct ini_text *ini, const struct ini_entry *entry, char *text,
                      void *out_item)
{
    const char **word = out_item;
    char *tokens[INI_TOKENS];

    if (ini_keys_split(text, tokens) != 1) {
        return ini_text_refuse(ini, entry->line, "%s: single words stand between commas",
                               entry->name);
    }
    *word = tokens[0];
    return true;
}

bool rule_items_take_words(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct word_list *list = into;
    void *items = NULL;

    if (!ini_keys_take_list(ini, entry, sizeof(char *), &items, &list->count, take_word)) {
        return false;
    }
    list->words = items;
    return true;
}

bool rule_items_take_flag(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    bool *flag = into;

    if (strcmp(entry->value, "yes") != 0 && strcmp(entry->value, "no") != 0) {
        return ini_text_refuse(ini, entry->line, "%s: say 'yes' or 'no'", entry->name);
    }
    *flag = strcmp(entry->value, "yes") == 0;
    return true;
}

bool rule_items_take_number(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    unsigned *number = into;

    *number = 0;
    for (const char *digit = entry->value; *digit >= '0' && *digit <= '9'; digit++) {
        *number = *number * 10 + (unsigned)(*digit - '0');
        if (*number > NUMBER_LIMIT) {
            break;
        }
    }
    if (*number == 0 || *number > NUMBER_LIMIT ||
        entry->value[strspn(entry->value, "0123456789")] != '\0') {
        return ini_text_refuse(ini, entry->line, "%s: say a number of 1 to %d", entry->name,
                               NUMBER_LIMIT);
    }
    return true;
}
