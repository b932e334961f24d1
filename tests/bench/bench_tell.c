// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_tell.h"

#include <stdio.h>
#include <time.h>

uint64_t bench_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void bench_sleep_us(uint64_t us)
{
    const struct timespec pause = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};
    nanosleep(&pause, NULL);
}

void bench_tell_rate(uint64_t exchanges, uint64_t start_us)
{
    uint64_t now_us = bench_now_us();
    printf("{\"exchanges\": %llu, \"seconds\": %.6f, \"ended\": %.6f}\n",
           (unsigned long long)exchanges, (double)(now_us - start_us) / 1e6, (double)now_us / 1e6);
}

static void tell_list(const char *name, const uint64_t *values, size_t count)
{
    printf("\"%s\": [", name);
    for (size_t i = 0; i < count; i++) {
        printf("%s%llu", i == 0 ? "" : ", ", (unsigned long long)values[i]);
    }
    printf("]");
}

void bench_tell_samples(const struct bench_samples *samples)
{
    printf("{");
    tell_list("accepted_us", samples->accepted_us, samples->count);
    printf(", ");
    tell_list("arrived_us", samples->arrived_us, samples->count);
    printf("}\n");
}
