// SPDX-License-Identifier: Apache-2.0
//
// What goes wrong, planned for a whole run at its beginning: power cuts, failing commits, cut networks, stores put back from old copies, clocks
// that jump, full disks.
//
// Invariant: everything that breaks is mended before the end, and every draw is of a stream of its own.
// Lifetime: one run.
#pragma once

#include "sim/world.h"

void chaos_begin(void);
// An operator vouches for the clock as it is, and again while he is not heard.
struct machine;
void chaos_accept_clock(void *machine, uint64_t number);
#define CHAOS_ACCEPTS_CLOCK ((UINT64_C(1) << 40) + 1) // number of that request

// Mends all that is still broken.
void chaos_end(void);
