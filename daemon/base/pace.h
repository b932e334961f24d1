// SPDX-License-Identifier: Apache-2.0
//
// How long turns take. While one runs nobody else is answered, so this is what an operator looks at when others say that we are slow, and what
// a test of hostile members looks at.
//
// Invariant: measures and decides nothing.
// Lifetime: process.
#pragma once

#include <stdint.h>

// Over this a turn is counted as slow: a person does not notice less, and a peer's patience is a hundred times as long.
enum { PACE_SLOW_US = 50000 };

struct pace {
    uint64_t turns;
    uint64_t slow;           // longer than PACE_SLOW_US, waiting for the disk or for a processor included
    int64_t longest_us;
    int64_t longest_busy_us; // the most processor time that one took
    int64_t started_us;
    int64_t started_busy_us;
};

void pace_start(struct pace *pace);
void pace_stop(struct pace *pace);
