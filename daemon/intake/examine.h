// SPDX-License-Identifier: Apache-2.0
//
// Everything about a frame of statements that can be judged from its bytes and the authors' keys alone: form, signature, path, commitments, header, body,
// law pairs. Runs on a worker's thread.
//
// Invariant: pure but for the cache of verified roots; never fails, only finds fault, and none where it could not look.
// Lifetime: results live in the given arena and point into `rest`.
#pragma once

#include "event.h"
#include "intake/peer_keys.h"

// Roots whose signature was found good lately, so that one signature serves all statements of a turn.
enum { EXAMINE_ROOTS = 256 };
struct examine_cache {
    uint8_t seals[EXAMINE_ROOTS][SEAL_BYTES];
    const struct seal_key *keys[EXAMINE_ROOTS];
};

// A frame under examination, item by item, so that whoever examines can turn to another frame in between. The caller sets the first four.
struct examining {
    struct peer_keys *keys;
    enum seal_domain domain;
    struct examine_cache *cache;
    struct arena *arena;
    struct frame frame;
    struct arrived *items;
    size_t done;
    struct tree_proven proven; // of the seal that the item before had
    uint8_t proven_seal;       // its place in the frame's table
    bool starved;              // there was no memory to judge an item: nothing was found of this frame, and its sender will offer it again
};

// Begins with `rest` of a statements frame. False: it does not even decode.
bool examine_start(struct examining *examining, struct bytes rest);
// Examines one item, if there is one. False: that was the last, or memory ran out.
bool examine_next(struct examining *examining);
struct statements examine_found(const struct examining *examining);
