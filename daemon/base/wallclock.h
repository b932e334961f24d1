// SPDX-License-Identifier: Apache-2.0
//
// The only place where the daemon asks what time it is. Wall time decides legal questions and may be a test clock that stands until it is
// moved; monotonic time decides waiting. Between two looks both must have gone on alike, else the wall clock has jumped.
//
// Invariant: wall and monotonic time are different types and cannot be mixed.
// Lifetime: process.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct wall {
    int64_t ms; // since 1970
};

struct mono {
    int64_t ms;
};

struct wallclock {
    bool test;
    struct wall stands_at;  // test only
    struct wall last_wall;  // at the last look
    struct mono last_mono;
    bool jumped;            // not to be trusted until cleared
    int64_t jump_ms;        // how far
};

void wallclock_start(struct wallclock *clock);
// A clock that stands at `at` until it is moved.
void wallclock_start_test(struct wallclock *clock, struct wall at);

struct mono wallclock_mono(void);

// Looks. After a jump of more than 5 s against monotonic time `jumped` is set; it clears by itself when the wall clock is
// plausible again (within 5 s of what monotonic time says it should be).
struct wall wallclock_look(struct wallclock *clock);

// An operator vouches for the clock as it is.
void wallclock_accept(struct wallclock *clock);

// Moves a test clock. False: it is not one, or `to` is not later.
bool wallclock_move(struct wallclock *clock, struct wall to);

// Does the kernel say that the clock is disciplined?
bool wallclock_is_synchronised(void);
