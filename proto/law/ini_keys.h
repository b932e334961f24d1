// SPDX-License-Identifier: Apache-2.0
//
// Tables of keys: the second pass over INI text. A table names the keys of a section, which of them must be there and who reads each
// value; lists and words that several tables need are read here.
//
// Invariant: every taker returns false exactly when it has told why (ini_text_refuse, ini_text_starve).
// Lifetime: tables live with the process, values in the text's arena.
#pragma once

#include "law/ini_text.h"

enum ini_need { KEY_OPTIONAL, KEY_NEEDED };

struct ini_key {
    const char *name;
    enum ini_need need;
    size_t offset; // of what `take` fills in
    bool (*take)(struct ini_text *ini, const struct ini_entry *entry, void *into);
};

#define INI_KEYS(table) (table), sizeof (table) / sizeof (table)[0]

// Fills `object` from a section: each key once, none unknown, none of the needed missing.
bool ini_keys_take(struct ini_text *ini, const struct ini_section *section, const struct ini_key *keys,
                   size_t key_count, void *object);

const struct ini_entry *ini_keys_find(const struct ini_section *section, const char *name); // NULL: not given

// The line to blame for a key: its own, or the section's where it is not given.
unsigned ini_keys_line(const struct ini_section *section, const char *name);

// Takers for tables; `into` is a `const char *`. A word is of a-z, 0-9, '.' and '-' and begins with a letter.
bool ini_keys_take_text(struct ini_text *ini, const struct ini_entry *entry, void *into);
bool ini_keys_take_word(struct ini_text *ini, const struct ini_entry *entry, void *into);
bool ini_keys_is_word(const char *text);

// Cuts at blanks. Returns how many tokens there are; INI_TOKENS may stand for more.
enum { INI_TOKENS = 40 };
size_t ini_keys_split(char *text, char *tokens[INI_TOKENS]);

// Calls `take` for each of the items between commas. The array for them, in the arena, is `*out_items`.
bool ini_keys_take_list(struct ini_text *ini, const struct ini_entry *entry, size_t item_bytes, void **out_items,
                        size_t *out_count,
                        bool (*take)(struct ini_text *ini, const struct ini_entry *entry, char *item, void *out_item));
