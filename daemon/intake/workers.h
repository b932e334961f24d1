// SPDX-License-Identifier: Apache-2.0
//
// Threads that examine frames of statements, so that signatures and hashes never hold up the turn. Frames of one peer keep their order: each peer belongs to one thread.
//
// Invariant: at most WORKERS_WAITING frames wait; when there is no room the caller leaves them in the socket.
// Lifetime: process; a job lives from workers_take to workers_done.
#pragma once

#include "event.h"
#include "intake/peer_keys.h"

enum { WORKERS_WAITING = 256 };

struct workers;

struct job {
    char peer[LIMIT_AGENCY_BYTES + 1];
    uint8_t *frame; // the whole ZeroMQ frame
    size_t size;
    struct arena *arena;
    bool decoded;
    struct statements statements;
    struct job *next;
};

// `wake_fd` (an eventfd) is written whenever a job is finished.
int workers_new(size_t threads, struct peer_keys *keys, enum seal_domain domain, int wake_fd, struct workers **out_workers);
void workers_free(struct workers **workers);

bool workers_have_room(struct workers *workers);
// Copies the frame. Returns 0 or -ENOMEM.
int workers_give(struct workers *workers, const char *peer, struct bytes frame);
// A finished job, or NULL. It belongs to the caller until workers_done.
struct job *workers_take(struct workers *workers);
void workers_done(struct workers *workers, struct job **job);
