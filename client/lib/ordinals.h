// SPDX-License-Identifier: Apache-2.0
//
// Which occurrence of its kind a line is: lines without a number of their own are known by a digest
// of their content, and equal ones by their order.
//
// Invariant: the same lines in the same order have the same ordinals. Two digests whose first 64 bits
// agree count as equal, which keeps every reference unique all the same.
// Lifetime: one file; 32 to 64 bytes a different line.
#pragma once

#include <stdint.h>

struct ordinals;

// Returns 0 or -ENOMEM.
int ordinals_new(struct ordinals **out_ordinals);

// Counts one more; the first is 1. 0: no memory.
uint64_t ordinals_next(struct ordinals *ordinals, uint64_t digest);

// Accepts a pointer to NULL; sets it to NULL.
void ordinals_free(struct ordinals **ordinals);
