// SPDX-License-Identifier: Apache-2.0
//
// How the daemon is and what it works under: status, peers, the roll, compacts and procedures in force. How links stand at the moment is added when the
// answer leaves, because no rule can know.
//
// Invariant: nothing here puts a fact.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

void report_greet(struct view *view, const struct event *event, struct effects *effects);
// What a status says without looking into the tables; they may be out of reach.
void report_state(const Record__State *state, int64_t now, Control__Status *out_status);
void report_status(struct view *view, const struct event *event, struct effects *effects);
void report_peers(struct view *view, const struct event *event, struct effects *effects);
void report_officers(struct view *view, const struct event *event, struct effects *effects);
void report_compacts(struct view *view, const struct event *event, struct effects *effects);
void report_procedures(struct view *view, const struct event *event, struct effects *effects);
