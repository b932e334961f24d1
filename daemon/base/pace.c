// SPDX-License-Identifier: Apache-2.0
#include "base/pace.h"

#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void pace_start(struct pace *pace)
{
    pace->started_us = read_us(CLOCK_MONOTONIC);
    pace->started_busy_us = read_us(CLOCK_THREAD_CPUTIME_ID);
}

void pace_stop(struct pace *pace)
{
    int64_t took_us = read_us(CLOCK_MONOTONIC) - pace->started_us;
    int64_t busy_us = read_us(CLOCK_THREAD_CPUTIME_ID) - pace->started_busy_us;
    pace->turns++;
    pace->slow += took_us > PACE_SLOW_US;
    pace->longest_us = took_us > pace->longest_us ? took_us : pace->longest_us;
    pace->longest_busy_us = busy_us > pace->longest_busy_us ? busy_us : pace->longest_busy_us;
}
