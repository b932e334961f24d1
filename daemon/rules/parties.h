// SPDX-License-Identifier: Apache-2.0
//
// The parties that a statement names (PROTOCOL.md section 3): filled in when it is sealed, compared with the own compact when it arrives. Beside
// membership, which says who may write to whom at all.
//
// Invariant: what a procedure decides by roles and sectors stands in the signed header, so that no later compact or card changes it.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "store/view.h"

// Fills `header->parties`; nothing where the procedure does not ask. The rest of the header must be there.
void parties_add(struct view *view, struct effects *effects, const struct procedure *procedure, const struct compact *compact, Wire__Header *header);

// Do the header's parties stand as this agency's own compact and cards have them? What differs is said in Chinese.
bool parties_agree(struct view *view, struct effects *effects, const struct procedure *procedure, const struct compact *compact,
                   const Wire__Header *header, const char **out_detail);
