// SPDX-License-Identifier: Apache-2.0
//
// Makes frames of what stands in a peer's stream. The store is the queue; taking from it changes nothing.
//
// Invariant: a position is always offered with the same bytes; parts of a recalled message stay at home.
// Lifetime: a frame lives in the given arena.
#pragma once

#include "store/view.h"

struct outbox_request {
    const char *peer;
    uint32_t stream;
    uint64_t epoch;
    uint64_t from;      // first position wanted
    uint64_t to;        // last one allowed
    size_t bytes;       // most bytes of bodies
};

struct outbox_frame {
    struct bytes frame; // whole, with version and type; data NULL: nothing there
    uint64_t next;      // the position after the last one packed
    size_t body_bytes;
};

struct outbox_frame outbox_take(struct view *view, const struct outbox_request *request, struct arena *arena);

// One unnumbered statement (receipt, offered mark). data NULL: not held.
struct bytes outbox_unnumbered(struct view *view, uint64_t position, struct arena *arena);
