// SPDX-License-Identifier: Apache-2.0
//
// What a procedure asks of statements of one kind, drawn from its sections when it is parsed: no statement walks through all of them.
//
// Invariant: a row for every kind there is, by name; duties and requirements in the procedure's order.
// Lifetime: the procedure they are part of.
#pragma once

#include "law/duty_rule.h"
#include "law/requirement.h"

struct kind_law {
    const char *kind;
    const struct duty_rule **opens; // duties that a statement of the kind may open
    size_t open_count;
    const struct requirement **requires; // requirements that may apply to it
    size_t require_count;
    bool asks_parties; // must say which role and sector its parties have
};

struct procedure;

// Draws the rows of `procedure`, whose sections are complete. False: no memory.
bool kind_law_draw(struct arena *arena, struct procedure *procedure);

// The row of a kind; one without rules where there is no such kind.
const struct kind_law *kind_law_find(const struct procedure *procedure, const char *kind);
