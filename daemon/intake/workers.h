// SPDX-License-Identifier: Apache-2.0
//
// Threads that examine frames of statements, so that signatures and hashes never hold up the turn. Frames of one peer keep their order: each peer has a
// lane of its own, and each lane belongs to one thread. A thread works a few milliseconds for the peer that it has worked for least, and then looks
// again: a peer that sends what is dear to examine waits for itself and not for others.
//
// Invariant: no lane holds more than its peer may have in flight, twice; what is beyond that is not taken. When all lanes together are full the caller
// leaves frames in the socket.
// Lifetime: process; a job lives from workers_take to workers_done.
#pragma once

#include "event.h"
#include "intake/examine.h"
#include "intake/peer_keys.h"

struct workers;

struct job {
    char peer[LIMIT_AGENCY_BYTES + 1];
    uint8_t *frame; // the whole ZeroMQ frame
    size_t size;
    struct arena *arena;
    bool started;
    bool decoded;
    struct examining examining;
    struct statements statements;
    struct job *next;
};

struct workers_options {
    size_t threads;
    struct peer_keys *keys;
    enum seal_domain domain;
    int wake_fd;          // an eventfd, written whenever a job is finished
    size_t window_frames; // that a peer is granted: a frame has at least one position
    size_t window_bytes;
};

int workers_new(const struct workers_options *options, struct workers **out_workers);
void workers_free(struct workers **workers);

bool workers_have_room(struct workers *workers);

enum workers_outcome {
    WORKERS_TAKEN,
    WORKERS_LANE_FULL, // it has more in flight than it was granted: drop the frame, it will be offered again
    WORKERS_NO_MEMORY,
};
// Copies the frame. It is examined once workers_go was called.
__attribute__((warn_unused_result)) enum workers_outcome workers_give(struct workers *workers, const char *peer, struct bytes frame);
// Has the threads examine what was given. A small frame that is all there is to examine is examined here and now, as far as that takes
// no longer than a signature: two threads that wake each other take as long.
void workers_go(struct workers *workers);
// A finished job, or NULL. It belongs to the caller until workers_done.
struct job *workers_take(struct workers *workers);
void workers_done(struct workers *workers, struct job **job);
// Frees what is kept for the next frames.
void workers_drop_spare(struct workers *workers);
