// SPDX-License-Identifier: Apache-2.0
//
// A header as the law sees it (law/act.h). What is known of arrivals and recalls the caller adds.
//
// Invariant: nothing but the header is looked at.
// Lifetime: turn; texts stay the header's.
#pragma once

#include "effect.h"
#include "law/act.h"
#include "wire/statement.pb-c.h"

// False: the arena is full.
bool act_fill(struct effects *effects, const Wire__Header *header, struct act *act);
