// SPDX-License-Identifier: Apache-2.0
//
// Many duties may come due in the same second, or be decided by one mark after a long outage. They are judged in portions, a turn each, so that whoever
// asks something in the meantime does not wait for all of them. Before it: decide, receipt. After it: duty.
//
// Invariant: what is left over comes with the next turn, at once; after a restart the due times and the marks that are asked for again lead back to it.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "event.h"
#include "store/view.h"

// What time alone has changed.
void come_due_tick(struct view *view, const struct event *event, struct effects *effects);

// What was unheard of a peer and its mark may decide, from a place on: DUTY_FIRST_PLACE, or where the portion before ended.
void come_due_heard(struct view *view, struct effects *effects, const char *peer, uint64_t place);
