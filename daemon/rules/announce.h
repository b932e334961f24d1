// SPDX-License-Identifier: Apache-2.0
//
// What a journaled fact means to people who watch: one line in Chinese, and what it is about.
//
// Invariant: the same fact is announced alike to everybody of a role, live or replayed; states shown are those of the moment of telling.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

// NULL: the fact is no news to anybody.
Control__Event *announce(struct view *view, struct effects *effects, const Record__Turn *turn, size_t index, int role);
