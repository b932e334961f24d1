// SPDX-License-Identifier: Apache-2.0
//
// Cards and statements as PEM text, for mail and memory sticks. The labels are "LIAISON CARD" and "LIAISON STATEMENT".
//
// Invariant: parse(format(x)) == x.
// Lifetime: results live in the caller's arena.
#pragma once

#include "wire/arena.h"

// NULL when the arena is full.
char *pem_format(struct bytes input, const char *label, struct arena *arena);

// Finds the first block with that label. data is NULL if there is none or it does not decode.
struct bytes pem_parse(struct bytes text, const char *label, struct arena *arena);
