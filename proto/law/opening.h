// SPDX-License-Identifier: Apache-2.0
//
// Which obligations a statement opens, whose they are and towards whom. Before obligation, which says what becomes of each.
//
// Invariant: pure; what is opened depends on the procedure and the opening statement alone.
// Lifetime: values; everything pointed to lives in the caller's arena, the procedure or the statement.
#pragma once

#include "law/act.h"
#include "law/procedure.h"

// One obligation that a statement opens.
struct obligation_seed {
    const struct duty_rule *duty;
    unsigned slot;              // index into the opening statement's `to`, 0 for DUTY_AUTHOR
    const char *const *debtors; // in byte order
    size_t debtor_count;
    const char *const *addressees; // none: whom the act reaches first
    size_t addressee_count;
    bool any_addressee; // one of them is enough
};

// Lists what `opening` opens; a drill opens nothing. False: arena full.
bool opening_list(const struct procedure *procedure, const struct act *opening, struct arena *arena,
                  struct obligation_seed **out_seeds, size_t *out_count);

// One of them again. False: arena full, or the statement has no such slot.
bool opening_seed(const struct duty_rule *duty, const struct act *opening, unsigned slot, struct arena *arena,
                  struct obligation_seed *out_seed);
