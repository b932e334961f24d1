// SPDX-License-Identifier: Apache-2.0
//
// A local client hands in drafts. Each is refused with everything that is wrong with it, recognised as one accepted before, or turned into a
// statement to seal with its place in every recipient's stream. Also makes the statements that the daemon itself says: receipts, marks, its card.
//
// Invariant: a refused draft leaves no fact. An accepted one is durable before its client hears so (the turn sees to that).
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

void submit_decide(struct view *view, const struct event *event, struct effects *effects);

// A statement of a machine kind, addressed to `to` (NULL: nobody). Returns its position; 0 when the arena is full.
uint64_t submit_machine(struct view *view, struct effects *effects, const char *kind, const char *to, const ProtobufCMessage *body);
