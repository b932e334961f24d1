// SPDX-License-Identifier: Apache-2.0
//
// Faults to order: the n-th allocation of this thread gets no memory, the n-th of its system calls on files fails or does
// less than it was asked for. Every allocation of the process comes by here, whichever library makes it, and every call of the
// families below, also those that the C library makes for itself.
//
// libzmq ends the process on purpose where it gets no memory or its random bytes, so what it and the libraries under it ask for is given and
// not counted.
//
// Invariant: an order strikes at most once; without one everything is as always.
// Lifetime: process. An order belongs to the thread that gave it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum fault_form {
    FAULT_MEMORY, // malloc, calloc, realloc, strdup and their like
    FAULT_EIO,
    FAULT_ENOSPC,
    FAULT_EINTR,
    FAULT_SHORT, // half of what was asked for is read, written or drawn
    FAULT_FORMS,
};

const char *fault_name(enum fault_form form);

// Makes what an order comes to visible to the process that forks who gives it. Called once, first of all.
void fault_share(void);
// Of what libcrypto asks for, only every so-manieth is a chance: one signature of SM2 takes a thousand blocks.
void fault_thin_crypto(uint64_t every);
// Forgets the last order.
void fault_forget(void);

// Strikes at the n-th chance from now on; 0: never, but counts.
void fault_order(enum fault_form form, uint64_t nth);
// Ends the order; says how many chances there were.
uint64_t fault_done(void);
// What the last order has struck: "pwrite64", "malloc" …, or "nothing".
const char *fault_what(void);
// Whether it was libcrypto that got no memory.
bool fault_is_in_crypto(void);
// Prints the stack of the strike when it comes, for whoever looks into one.
void fault_tell(void);
