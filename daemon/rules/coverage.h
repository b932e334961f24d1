// SPDX-License-Identifier: Apache-2.0
//
// Does the calendar in force reach far enough? What it does not know makes due times uncertain, and somebody has to lay down another in time: the alarm
// `calendar` stands from the month before the first year whose national layer is missing, and while a layer of the own region is missing for this year.
//
// Invariant: after a look the alarm stands exactly if something is missing, and says what. One looks when law may have changed and at coverage_next, so
// that what an operator has taken down does not come back at once.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "store/view.h"

// Raises the alarm, changes what it says, or takes it down.
void coverage_consider(struct view *view, struct effects *effects);

// The next instant after `now` at which time alone changes the answer: the first of December or of January. A year begins with the latter.
int64_t coverage_next(int64_t now);
