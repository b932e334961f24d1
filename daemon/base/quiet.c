// SPDX-License-Identifier: Apache-2.0
#include "base/quiet.h"

#include <time.h>

int64_t quiet_used_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return used.tv_sec * INT64_C(1000) + used.tv_nsec / 1000000;
}

bool quiet_look(struct quiet *quiet, struct mono now, int64_t used_ms)
{
    bool busy = (used_ms - quiet->used_ms) * 100 > (now.ms - quiet->looked_at.ms) * QUIET_PERCENT;
    quiet->looked_at = now;
    quiet->used_ms = used_ms;
    if (busy) {
        quiet->since = now;
        quiet->ended = false;
    }
    if (quiet->ended || now.ms - quiet->since.ms < QUIET_MS) {
        return false;
    }
    quiet->ended = true;
    return true;
}
