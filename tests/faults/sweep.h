// SPDX-License-Identifier: Apache-2.0
//
// Sweeps: a scene is played once for every chance of a fault, each time in a process of its own that is looked at afterwards. Counts what came of it.
//
// Invariant: a play either does what it says, or says that it failed and has changed nothing that it may not; no play crashes, hangs or leaks.
// Lifetime: process.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "faults/fault.h"

enum sweep_said {
    SAID_DONE,   // and whoever waits for it may be told
    SAID_FAILED, // nothing was told to anybody
};

struct sweep_scene {
    const char *name;
    void (*prepare)(void);                // once, before any play
    void (*enter)(void);                  // in the play's process, before the fault; may be NULL
    enum sweep_said (*act)(void);         // under the fault
    void (*judge)(enum sweep_said said);  // without it: what holds now? Fails by cmocka's assertions
    void (*leave)(void);                  // gives everything back; what is left is a leak. May be NULL
};

// `most` bounds the plays of a scene under one form of fault, taken evenly from all chances; 0: every chance is played.
void sweep_begin(uint64_t most);
// Plays every scene (or the one named) under every fault that is set in `forms`.
void sweep_scenes(const struct sweep_scene *scenes, size_t count, const bool forms[FAULT_FORMS], const char *only, uint64_t only_nth);

// Prints what it came to. True: all held, and there was something to hold.
bool sweep_end(void);

// Shared by all plays: what the play without a fault found, for the others to compare with.
enum { SWEEP_KEPT_BYTES = 1 << 20 };
struct sweep_kept {
    bool is_first; // this is the play without a fault
    size_t size;
    unsigned char bytes[SWEEP_KEPT_BYTES];
};
struct sweep_kept *sweep_kept(void);
