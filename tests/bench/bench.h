// SPDX-License-Identifier: Apache-2.0
//
// The load of the benchmark: an IT system of agency A that hands leads to agency B through the
// public library and nothing else. An exchange is done when A's client has learned that the message
// arrived: B has signed a receipt, A holds it.
//
// Invariant: every message is the same, so that what is measured is the daemons; nothing counts that
// the daemon has not answered.
// Lifetime: the process.
#pragma once

#include "bench/bench_tell.h"

#include <liaison/liaison.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_PATIENCE_MS = 60000, BENCH_PAUSE_US = 500, BENCH_BATCH_MOST = 1000 };

struct bench {
    const char *folder;
    const char *to;
    const char *kind; // of every message
    struct liaison_session *submitter;
    struct liaison_session *watcher;
    uint8_t *body;
    size_t body_bytes;
};

__attribute__((noreturn)) void bench_give_up(const char *what,
                                             const struct liaison_session *session);
struct liaison_draft bench_draft(const struct bench *bench);
size_t bench_batch(const char *argument); // how many messages a batch has

// Positions that `agency` has no receipt for; all agencies' together if it is NULL.
uint64_t bench_backlog(struct bench *bench, const char *agency);
void bench_await_receipts(struct bench *bench, const char *agency); // until there are none

// Each prints one JSON line. `arguments` are those behind the body's.
void bench_flood(struct bench *bench, char **arguments); // SECONDS IN_FLIGHT BATCH
void bench_count(struct bench *bench, char **arguments); // MESSAGES IN_FLIGHT BATCH
void bench_pace(struct bench *bench, char **arguments);  // SECONDS RATE BATCH
void bench_queue(struct bench *bench, char **arguments); // MESSAGES BATCH
void bench_each(struct bench *bench, char **arguments);  // AGENCIES
void bench_publish(struct bench *bench, char **arguments); // MESSAGES BATCH
void bench_drain(struct bench *bench, char **arguments); // MESSAGES
void bench_alone(struct bench *bench, char **arguments); // MESSAGES
void bench_beside(struct bench *bench, char **arguments); // SECONDS
void bench_matter(struct bench *bench, char **arguments); // MATTER ABOVE MESSAGES BATCH SHAPE
void bench_fill(struct bench *bench, char **arguments);   // MESSAGES BATCH POOL
void bench_seek(struct bench *bench, char **arguments);   // TEXT RUNS
void bench_greet(struct bench *bench, char **arguments);  // QUESTIONS
