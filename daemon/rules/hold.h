// SPDX-License-Identifier: Apache-2.0
//
// Puts a statement of somebody else's into the store: what is known of it, its bytes, the marks it carries, and what its seal tells about its author's
// history. Before it: accept or receipt, which decided that it is to be held.
//
// Invariant: a statement is held with the bytes it came with.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

// Returns its position; 0 when the arena is full.
uint64_t hold_statement(struct view *view, struct effects *effects, const char *carrier, const struct arrived *item, int64_t skew_ms);
