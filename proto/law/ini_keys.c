// SPDX-License-Identifier: Apache-2.0
#include "law/ini_keys.h"

#include <string.h>

enum { WORD_BYTES = 64 };

const struct ini_entry *ini_keys_find(const struct ini_section *section, const char *name)
{
    for (size_t i = 0; i < section->count; i++) {
        if (strcmp(section->entries[i].name, name) == 0) {
            return &section->entries[i];
        }
    }
    return NULL;
}

unsigned ini_keys_line(const struct ini_section *section, const char *name)
{
    const struct ini_entry *entry = ini_keys_find(section, name);

    return entry == NULL ? section->line : entry->line;
}

static bool take_entry(struct ini_text *ini, const struct ini_section *section,
                       const struct ini_entry *entry, const struct ini_key *keys, size_t key_count,
                       void *object)
{
    for (size_t i = 0; i < key_count; i++) {
        if (strcmp(keys[i].name, entry->name) != 0) {
            continue;
        }
        if (ini_keys_find(section, entry->name) != entry) {
            return ini_text_refuse(ini, entry->line, "%s is given twice", entry->name);
        }
        return keys[i].take(ini, entry, (char *)object + keys[i].offset);
    }
    return ini_text_refuse(ini, entry->line, "[%s] has no key %.80s", section->name, entry->name);
}

bool ini_keys_take(struct ini_text *ini, const struct ini_section *section,
                   const struct ini_key *keys, size_t key_count, void *object)
{
    for (size_t i = 0; i < section->count; i++) {
        if (!take_entry(ini, section, &section->entries[i], keys, key_count, object)) {
            return false;
        }
    }
    for (size_t i = 0; i < key_count; i++) {
        if (keys[i].need == KEY_NEEDED && ini_keys_find(section, keys[i].name) == NULL) {
            return ini_text_refuse(ini, section->line, "[%s] lacks %s", section->name,
                                   keys[i].name);
        }
    }
    return true;
}

size_t ini_keys_split(char *text, char *tokens[INI_TOKENS])
{
    size_t count = 0;
    char *rest = text;
    char *token;

    while (count < INI_TOKENS && (token = strtok_r(rest, " \t", &rest)) != NULL) {
        tokens[count++] = token;
    }
    return count;
}

bool ini_keys_take_list(struct ini_text *ini, const struct ini_entry *entry, size_t item_bytes,
                        void **out_items, size_t *out_count,
                        bool (*take)(struct ini_text *ini, const struct ini_entry *entry,
                                     char *item, void *out_item))
{
    char *rest = arena_copy_text(ini->arena, entry->value);
    size_t count = 1;
    char *items;

    for (const char *at = entry->value; *at != '\0'; at++) {
        count += *at == ',' ? 1 : 0;
    }
    items = arena_take_array(ini->arena, count, item_bytes);
    if (rest == NULL || items == NULL) {
        return ini_text_starve(ini);
    }
    for (size_t i = 0; i < count; i++) {
        if (!take(ini, entry, strsep(&rest, ","), items + i * item_bytes)) {
            return false;
        }
    }
    *out_items = items;
    *out_count = count;
    return true;
}

bool ini_keys_is_word(const char *text)
{
    const size_t size = strlen(text);

    return size > 0 && size <= WORD_BYTES && text[0] >= 'a' && text[0] <= 'z' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == size;
}

bool ini_keys_take_text(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    const char **text = into;

    if (entry->value[0] == '\0') {
        return ini_text_refuse(ini, entry->line, "%s is empty", entry->name);
    }
    *text = entry->value;
    return true;
}

bool ini_keys_take_word(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    if (!ini_keys_is_word(entry->value)) {
        return ini_text_refuse(
            ini, entry->line, "%s is not a word of a-z, 0-9, '.' and '-' that begins with a letter",
            entry->name);
    }
    return ini_keys_take_text(ini, entry, into);
}
