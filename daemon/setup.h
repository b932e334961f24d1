// SPDX-License-Identifier: Apache-2.0
//
// What the operator's files say: configuration, law, clients, and the card that follows from them. Read at the start and again at SIGHUP. After it: a
// turn takes law and card into the store, and only then does the rest hold.
//
// Invariant: a reading that finds a fault has changed nothing.
// Lifetime: a reading lives in the given arena.
#pragma once

#include "daemon.h"

struct arena;

struct setup {
    struct config config;
    char waiting[CONFIG_WAITING_BYTES]; // options that differ and hold only after a restart
    struct start start;
    bool card_is_new; // not in DIR/card yet
};

// Everything that is not in the configuration itself, as that of `setup` names it. False: `out_fault` says file, line and why.
bool setup_read(struct daemon *daemon, struct arena *arena, struct setup *setup, struct config_fault *out_fault);

// The configuration too, as far as it may change while the daemon runs.
bool setup_read_again(struct daemon *daemon, struct arena *arena, struct setup *setup, struct config_fault *out_fault);

// After the turn that took it: configuration, log level, clients and DIR/card are now as read.
int setup_adopt(struct daemon *daemon, const struct setup *setup, struct wall now, struct arena *arena);

// A reading had a fault: says so in the log, and in the status until a later one succeeds.
void setup_refuse(struct daemon *daemon, const struct config_fault *fault);
