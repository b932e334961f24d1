// SPDX-License-Identifier: Apache-2.0
//
// What an agency may make us keep without giving us anything: refusals and their evidence, receipts said again, offered marks, links that come and go.
// Each costs the store a row or a sealed statement for ever, and whoever holds a key could ask for them without end.
//
// Invariant: over any span an agency has made us keep at most ALLOWANCE_MOST of these and one more for each ALLOWANCE_BACK_MS.
// Lifetime: turn; what is spent stands in the peer's row and so in the journal.
#pragma once

#include "effect.h"
#include "store/view.h"

// Four thousand at once: a bulk sent under a regulation that we do not have yet is refused and told one by one. Then one in ten seconds, which is
// about a gigabyte a year.
enum { ALLOWANCE_MOST = 4096, ALLOWANCE_BACK_MS = 10000 };

// Takes one. False: it is spent; nothing may be kept, what was not kept is counted, and an alarm stands.
__attribute__((warn_unused_result)) bool allowance_take(struct view *view, struct effects *effects, const char *peer);
