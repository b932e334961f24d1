// SPDX-License-Identifier: Apache-2.0
//
// The one small language of conditions (procedure(5), CONDITIONS): terms joined by 'and' that a statement fulfils or not, by its law pairs
// and by the roles and sectors that it names.
//
// Invariant: pure; every pair and code that a condition names exists in the kind it is about.
// Lifetime: the procedure it is part of.
#pragma once

#include "wire/kinds.h"

#include "law/act.h"
#include "law/ini_text.h"

enum condition_subject {
    CONDITION_PAIR,
    CONDITION_AUTHOR_ROLE,
    CONDITION_AUTHOR_SECTOR,
    CONDITION_ADDRESSEE_ROLE,
    CONDITION_ADDRESSEE_SECTOR,
};

struct condition_term {
    enum condition_subject subject;
    const char *pair; // CONDITION_PAIR
    bool differs;     // '!='
    const char *const *values;
    size_t value_count;
};

// Without terms it always holds.
struct condition {
    const struct condition_term *terms;
    size_t term_count;
};

// Reads tokens as a condition on statements of `kind`; NULL stands for any kind, which has no pairs. False: told to the text.
bool condition_take(struct ini_text *ini, const struct ini_entry *entry, char *const *tokens, size_t count,
                    const struct kind *kind, struct condition *out_condition);

// `addressee` NULL: of terms about the addressee one of them all is enough.
bool condition_holds(const struct condition *condition, const struct act *act, const char *addressee);

// Does it ask what the statement's own pairs do not tell?
bool condition_asks_parties(const struct condition *condition);
