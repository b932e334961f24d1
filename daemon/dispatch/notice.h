// SPDX-License-Identifier: Apache-2.0
//
// Watchers: clients that follow what happens. A watcher is a place in the journal; what it is told is read from there, so nothing is missed or told
// twice, however slow it is and wherever it began.
//
// Invariant: a watcher's place moves only over events that were handed to its socket.
// Lifetime: process.
#pragma once

#include "effect.h"
#include "store/view.h"

// Makes the event that a fact means to a watcher of some role; NULL: nothing. `effects` lends its arena and now.
typedef Control__Event *(*notice_maker)(struct view *view, struct effects *effects, const Record__Turn *turn, size_t index, int role);
// Reads one journal record.
typedef Record__Turn *(*notice_reader)(struct view *view, uint64_t number, struct arena *arena);

struct notices;

int notice_new(void *socket, notice_reader reader, notice_maker maker, struct notices **out_notices);
void notice_free(struct notices **notices);

// A client follows from a place on (turn 0: from the first), as RELEASE_WATCH says. A second watch of the same client and number replaces the first.
int notice_add(struct notices *notices, const struct release *watch);

// The role of a client's key as of today; 0: it was withdrawn or replaced.
typedef int (*notice_judge)(void *context, const char *user);
// After the clients' keys changed: those without a role are told that their watch has ended, the others go on in today's.
void notice_review(struct notices *notices, notice_judge judge, void *context, struct arena *arena);

// Tells watchers what they have not been told, a bounded number each. True: somebody is still behind and could take more at once.
bool notice_pump(struct notices *notices, struct view *view, struct effects *effects);
