// SPDX-License-Identifier: Apache-2.0
//
// Search over everything held. The store proposes where the words may stand (view_propose); here it is seen whether they do, in what the asking role may
// read: the operator's search looks at headers alone.
//
// Invariant: no answer depends on what an index says. One request looks at a bounded part of the store and says where to go on.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

void seek_decide(struct view *view, const struct event *event, struct effects *effects);
