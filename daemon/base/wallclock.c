// SPDX-License-Identifier: Apache-2.0
#include "base/wallclock.h"

#include <sys/timex.h>
#include <time.h>

// Stepping by NTP at start and suspended virtual machines stay below it; a deadline moves by more than it only if somebody moved the clock.
enum { JUMP_MS = 5000 };

static int64_t read_ms(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct mono wallclock_mono(void)
{
    return (struct mono){read_ms(CLOCK_BOOTTIME)};
}

void wallclock_start(struct wallclock *clock)
{
    *clock = (struct wallclock){
        .last_wall = {read_ms(CLOCK_REALTIME)},
        .last_mono = wallclock_mono(),
    };
}

void wallclock_start_test(struct wallclock *clock, struct wall at)
{
    *clock = (struct wallclock){.test = true, .stands_at = at};
}

struct wall wallclock_look(struct wallclock *clock)
{
    if (clock->test) {
        return clock->stands_at;
    }
    struct wall wall = {read_ms(CLOCK_REALTIME)};
    struct mono mono = wallclock_mono();
    int64_t expected = clock->last_wall.ms + (mono.ms - clock->last_mono.ms);
    int64_t off = wall.ms - expected;
    clock->jumped = off > JUMP_MS || off < -JUMP_MS;
    if (clock->jumped) {
        clock->jump_ms = off;
        return wall; // the reference stays, so that the right time clears it
    }
    clock->last_wall = wall;
    clock->last_mono = mono;
    return wall;
}

void wallclock_accept(struct wallclock *clock)
{
    if (!clock->test) {
        wallclock_start(clock);
    }
}

bool wallclock_move(struct wallclock *clock, struct wall to)
{
    if (!clock->test || to.ms <= clock->stands_at.ms) {
        return false;
    }
    clock->stands_at = to;
    return true;
}

bool wallclock_is_synchronised(void)
{
    struct timex state = {0};
    return adjtimex(&state) != TIME_ERROR;
}
