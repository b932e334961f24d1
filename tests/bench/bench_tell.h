// SPDX-License-Identifier: Apache-2.0
//
// The clock of every load, and how its figures are told: one JSON line.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { BENCH_SAMPLES_MOST = 1 << 16 };

struct bench_samples {
    uint64_t accepted_us[BENCH_SAMPLES_MOST]; // until A answered: durable there
    uint64_t arrived_us[BENCH_SAMPLES_MOST];  // until A's client knew that it arrived
    size_t count;
};

uint64_t bench_now_us(void); // of the monotonic clock, which is the whole machine's
void bench_sleep_us(uint64_t us);
void bench_tell_rate(uint64_t exchanges, uint64_t start_us); // until now
void bench_tell_samples(const struct bench_samples *samples);
