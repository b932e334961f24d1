// SPDX-License-Identifier: Apache-2.0
//
// One judging under way: what obligation hands to period (when it starts and is due) and counting (what meets it).
//
// Invariant: all that is given is read only; what is found so far stands in `out`, from top to bottom.
// Lifetime: one call of obligation_judge.
#pragma once

#include "law/obligation.h"

struct fold {
    const struct obligation_case *kase;
    const struct duty_rule *duty;
    const struct act *opening;
    struct arena *arena;
    struct obligation *out;
};
