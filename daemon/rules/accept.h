// SPDX-License-Identifier: Apache-2.0
//
// What a peer sends: each item of a frame, in order, is held, refused for good, or left for later. The worker has verified bytes and
// signatures; here it is judged who says what to whom, and whether we have it already.
//
// Invariant: a position is decided once. Offered again, it gets the same answer with the original time.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

void accept_decide(struct view *view, const struct event *event, struct effects *effects);
