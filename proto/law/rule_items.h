// SPDX-License-Identifier: Apache-2.0
//
// Items that the rules of a procedure have in common: kinds, law pairs that hold instants, and a kind with words and a condition behind it
// ("KIND WORDS where CONDITION"). Between ini_keys (lists, tables) and the rules themselves (duty_rule, requirement).
//
// Invariant: every taker returns false, or NULL, exactly when it has told why.
// Lifetime: the procedure's.
#pragma once

#include "law/condition.h"
#include "law/ini_keys.h"

// A statement of this kind for which the condition holds.
struct rule_item {
    const char *kind; // "*" where that is allowed: every message whose kind is to be signed for
    struct condition where;
};

// An item cut at blanks, its words between the kind and 'where'.
struct rule_words {
    char *tokens[INI_TOKENS];
    size_t count;
    size_t word_count; // behind the kind
    char *const *words;
};

// NULL: there is none, or machines make it.
const struct kind *rule_items_find_kind(struct ini_text *ini, const struct ini_entry *entry, const char *name);

// Does the kind lift an instant under this name?
bool rule_items_lifts_instant(const struct kind *kind, const char *pair);

// Reads kind and condition; what stands between is left to the caller.
bool rule_items_take(struct ini_text *ini, const struct ini_entry *entry, char *text, struct rule_words *out_words,
                     struct rule_item *out_item);

// Tables' taker for "KIND [where CONDITION]" between commas; `into` is a `struct rule_list`.
struct rule_list {
    const struct rule_item *items;
    size_t count;
};
bool rule_items_take_list(struct ini_text *ini, const struct ini_entry *entry, void *into);

// Tables' taker for words between commas; `into` is a `struct word_list`.
struct word_list {
    const char *const *words;
    size_t count;
};
bool rule_items_take_words(struct ini_text *ini, const struct ini_entry *entry, void *into);

// Tables' taker for 'yes' and 'no'; `into` is a bool.
bool rule_items_take_flag(struct ini_text *ini, const struct ini_entry *entry, void *into);

// Tables' taker for a number of 1 to 100; `into` is an unsigned.
bool rule_items_take_number(struct ini_text *ini, const struct ini_entry *entry, void *into);
