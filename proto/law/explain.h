// SPDX-License-Identifier: Apache-2.0
//
// A due time in words: one paragraph of Chinese a lawyer would accept. After clock has counted.
//
// Invariant: pure; says what was counted and decides nothing.
// Lifetime: the text lives in the caller's arena.
#pragma once

#include "law/clock.h"

// The start, the days counted, the days skipped by name, the end. NULL: arena full.
char *explain_due(const struct due *due, struct within within, int64_t start_at, struct arena *arena);
