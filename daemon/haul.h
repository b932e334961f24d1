// SPDX-License-Identifier: Apache-2.0
//
// The way of attachments' bytes: between other agencies, clients, the thread that handles them and the rules that decide about them. The turn calls it in each of
// its phases; it owns the porter and what is fetched.
//
// Invariant: no byte goes to anybody but by an errand of the rules; nothing durable is told before its fact is.
// Lifetime: process.
#pragma once

#include "daemon.h"
#include "store/view.h"

struct haul;

int haul_new(struct daemon *daemon, struct haul **out_haul);
void haul_free(struct haul **haul);

// Once, after the first turn: what lies on the disk is held against the tables. What no row names goes; what is missing is looked for afterwards, and got again (regain.h).
int haul_start(struct haul *haul, struct view *view, struct arena *arena);

// Gather: a chunk of a peer, and what has come of jobs. Adds events.
void haul_hear(struct haul *haul, const char *peer, const Wire__Chunk *chunk, struct mono now);
void haul_gather(struct haul *haul, struct gathered *gathered, struct mono now, struct wall wall, struct arena *arena);

// Release.
// A message was decided: until none has been for a moment, attachments are fetched chunk by chunk, so that the next finds the processor and the link free.
void haul_give_way(struct haul *haul, struct mono now);
void haul_run(struct haul *haul, const struct errand *errand, struct view *view, struct mono now, struct arena *arena);
void haul_greeted(struct haul *haul, const char *peer);

// Between turns. What haul_gather handed out is done with.
void haul_pump(struct haul *haul, struct view *view, bool disk_full, struct mono now, struct arena *arena);

// How many bytes files may still take.
uint64_t haul_room(const struct haul *haul);
// Adds what only memory knows.
void haul_describe(const struct haul *haul, Control__Reply *reply);
size_t haul_count(const struct haul *haul, Control__Count *out_counts, size_t room);
