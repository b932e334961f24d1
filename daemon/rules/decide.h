// SPDX-License-Identifier: Apache-2.0
//
// The table from event to rule. Everything the daemon decides is reached from here.
//
// Invariant: pure. What is known (view), what happened (event) and the time (effects) decide; the effects are all that follows.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

void decide(struct view *view, const struct event *event, struct effects *effects);

// At the turn's end, after all its events: what is said once for all of them.
void decide_end(struct view *view, struct effects *effects);
