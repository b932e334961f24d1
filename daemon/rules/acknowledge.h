// SPDX-License-Identifier: Apache-2.0
//
// Acts: statements that do something to the one they reply to. An acknowledgement signs for it, a confirmation owns up to another's record, a
// recall takes one's own statement back. Who may do what is judged when both are held; what follows is the same whoever came first.
//
// Invariant: only a recipient acknowledges or confirms, only the author recalls.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "store/view.h"
#include "wire/kinds.h"

// NULL: `author` may do `kind` to the statement at `target`. Otherwise why not (Chinese).
const char *acknowledge_objection(const struct kind *kind, const char *author, const struct held *target);

// What follows from the statement at `position` being held: deliveries move, marks are set, duties are judged.
void acknowledge_follow(struct view *view, struct effects *effects, uint64_t position);
