// SPDX-License-Identifier: Apache-2.0
//
// Chance that can be had again: every draw of a run comes from its seed, and everything that happens is added to a trace, so that two
// runs of one seed can be told to be the same.
//
// Invariant: pure; no draw depends on anything but the draws before it.
// Lifetime: values.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

// Streams of different salts have nothing to do with each other, so that what one part draws does not change what another gets.
struct chance chance_make(uint64_t seed, uint64_t salt);

uint64_t chance_next(struct chance *chance);
// 0 … most - 1; 0 for most 0.
uint64_t chance_below(struct chance *chance, uint64_t most);
int64_t chance_between(struct chance *chance, int64_t least, int64_t most); // both may come
bool chance_in_thousand(struct chance *chance, unsigned thousandths);
void chance_fill(struct chance *chance, void *out, size_t size);

// What happened, in 64 bits.
struct trace {
    uint64_t hash;
    uint64_t count;
};
void trace_add(struct trace *trace, uint64_t value);
void trace_add_text(struct trace *trace, const char *text);
