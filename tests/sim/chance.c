// SPDX-License-Identifier: Apache-2.0
#include "sim/chance.h"

#include <string.h>

// SplitMix64 (Steele, Lea, Flood 2014): any state will do, and streams need no warming up.
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

struct chance chance_make(uint64_t seed, uint64_t salt)
{
    return (struct chance){mix(seed + UINT64_C(0x9e3779b97f4a7c15)) ^ mix(~salt)};
}

uint64_t chance_next(struct chance *chance)
{
    chance->state += UINT64_C(0x9e3779b97f4a7c15);
    return mix(chance->state);
}

uint64_t chance_below(struct chance *chance, uint64_t most)
{
    return most == 0 ? 0 : chance_next(chance) % most;
}

int64_t chance_between(struct chance *chance, int64_t least, int64_t most)
{
    return least + (int64_t)chance_below(chance, (uint64_t)(most - least) + 1);
}

bool chance_in_thousand(struct chance *chance, unsigned thousandths)
{
    return chance_below(chance, 1000) < thousandths;
}

void chance_fill(struct chance *chance, void *out, size_t size)
{
    uint8_t *bytes = out;
    for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
        const uint64_t word = chance_next(chance);
        memcpy(bytes + at, &word, size - at < sizeof word ? size - at : sizeof word);
    }
}

void trace_add(struct trace *trace, uint64_t value)
{
    trace->hash = mix(trace->hash ^ mix(value + UINT64_C(0x9e3779b97f4a7c15)));
    trace->count++;
}

void trace_add_text(struct trace *trace, const char *text)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325); // FNV-1a
    for (const char *at = text; *at != '\0'; at++) {
        sum = (sum ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
    }
    trace_add(trace, sum);
}
