// SPDX-License-Identifier: Apache-2.0
//
// Notices that a busy time is over, by the processor time that the process uses: not by turns, because greetings and refused frames take
// memory and are no turn that is kept.
//
// Invariant: each busy time ends at most once; a process that was never busy ends its start.
// Lifetime: process.
#pragma once

#include "base/wallclock.h"

#include <stdbool.h>

// Less than 5 % of a processor for five seconds. A thousand idle peers take 1 %.
enum { QUIET_PERCENT = 5, QUIET_MS = 5000 };

struct quiet {
    struct mono looked_at;
    int64_t used_ms; // by then
    struct mono since;
    bool ended;
};

int64_t quiet_used_ms(void); // processor time of all threads

// To be asked about once a second. True: the busy time ended, and this is the first to hear of it.
bool quiet_look(struct quiet *quiet, struct mono now, int64_t used_ms);
