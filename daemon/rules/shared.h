// SPDX-License-Identifier: Apache-2.0
//
// Answers to clients about what is shared: subscriptions at either end with how far each has come, and the catalogue as it stands. Beside query, which
// answers about messages.
//
// Invariant: reads only.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

void shared_subscriptions(struct view *view, const struct event *event, struct effects *effects);
void shared_catalogue(struct view *view, const struct event *event, struct effects *effects);
