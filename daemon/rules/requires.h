// SPDX-License-Identifier: Apache-2.0
//
// Puts the requirements of a procedure (law/requirement.h) to a statement, with what the store holds of its matter: of one's own before it is sealed, of
// another's when it arrives.
//
// Invariant: nothing is asked of a statement that its author could not have known to be asked.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "store/view.h"
#include "wire/faults.h"

enum { REQUIRES_MOST = 32 };

// Lists what is missing, up to REQUIRES_MOST; returns how many. `body` NULL: it is not here. `own`: it is ours, and steps before it are asked for.
size_t requires_list(struct view *view, struct effects *effects, const struct procedure *procedure, const Wire__Header *header,
                     const struct kind *kind, const ProtobufCMessage *body, bool own, struct field_fault out_faults[REQUIRES_MOST]);
