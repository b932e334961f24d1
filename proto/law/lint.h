// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a procedure though every word of it is right: steps that nobody can take, roles that nobody has. After procedure
// and compact, which refuse what cannot be read; what is found here can be worked by and is only of no use.
//
// Invariant: pure; what is complained about is so whatever anybody does. What could be otherwise under some compact is left alone.
// Lifetime: the list lives in the caller's arena.
#pragma once

#include "wire/arena.h"

#include "law/compact.h"
#include "law/procedure.h"

struct lint_complaint {
    unsigned line;
    const char *text; // English, as faults of texts are
};

struct lint_list {
    struct arena *arena;
    struct lint_complaint *items;
    size_t count;
    size_t capacity;
    bool starved; // the arena was full, and the list is not whole
};

// Openings and acts that the requirements, or a condition itself, rule out; what forbids nothing; what no creditor can see met.
void lint_procedure(const struct procedure *procedure, struct lint_list *list);

// Roles that no rule speaks of and no member has. Without a compact of the procedure nothing can be said of them.
void lint_roles(const struct procedure *procedure, const struct compact *const *compacts, size_t count, struct lint_list *list);

// Could a member of the role make a statement of the kind for which the condition holds?
bool lint_may_make(const struct procedure *procedure, const char *kind, const struct condition *where, const char *role);

// Are there days on which both hold? Two versions of a procedure must not.
bool lint_overlap(const struct procedure *left, const struct procedure *right);
