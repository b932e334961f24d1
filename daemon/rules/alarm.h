// SPDX-License-Identifier: Apache-2.0
//
// Things an operator must see until somebody has dealt with them: a copied store, a conflict, a forged receipt, a clock that is off.
//
// Invariant: one alarm a code and agency stands at a time; raising it again changes nothing. What somebody must have seen only he takes down; what the
// daemon can see to be over (alarm_set) it takes down itself.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "store/view.h"

__attribute__((format(printf, 5, 6))) void alarm_raise(struct view *view, struct effects *effects, const char *code, const char *agency,
                                                       const char *format, ...);

// Raises it, or changes what it says.
__attribute__((format(printf, 5, 6))) void alarm_set(struct view *view, struct effects *effects, const char *code, const char *agency,
                                                     const char *format, ...);
// The cause is gone.
void alarm_withdraw(struct view *view, struct effects *effects, const char *code, const char *agency);
