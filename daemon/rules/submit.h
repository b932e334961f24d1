// SPDX-License-Identifier: Apache-2.0
//
// A local client hands in drafts. Each is refused with everything that is wrong with it, recognised as one accepted before, or turned into a
// statement to seal with its place in every recipient's stream.
//
// Invariant: a refused draft leaves no fact. An accepted one is durable before its client hears so (the turn sees to that).
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

void submit_decide(struct view *view, const struct event *event, struct effects *effects);
