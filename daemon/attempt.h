// SPDX-License-Identifier: Apache-2.0
//
// Decide and commit: some events in one transaction. The rules decide each, what they say is sealed with one signature, and all of it is committed or
// nothing. Before it: gathered events. After it: the release of what `effects` holds, by the turn.
//
// Invariant: an attempt that is not done has left nothing in the store that its caller may tell of.
// Lifetime: process; `effects` lives until the next attempt.
#pragma once

#include "base/keyring.h"
#include "event.h"
#include "store/store.h"

struct attempt {
    struct store *store;
    struct keyring *keyring;
    struct arena *arena;    // what one attempt decides; begun anew by each
    struct effects effects; // of the last one
    bool failing;           // the environment broke the last one that was not broken by its events
};

enum attempt_outcome {
    ATTEMPT_DONE,   // committed, or nothing to keep: release
    ATTEMPT_BROKEN, // one of the events broke it: try fewer
    ATTEMPT_FAILED, // the environment did: whoever sent these events sends them again
};

enum attempt_outcome attempt_run(struct attempt *attempt, int64_t now, const struct event *events, size_t count);
