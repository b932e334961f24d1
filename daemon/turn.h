// SPDX-License-Identifier: Apache-2.0
//
// The program on one page: gather what happened, decide what follows, commit it, release it.
//
// Invariant: nothing leaves the process but in release, and release follows a commit that succeeded (or a turn that had nothing to keep). While
// commits fail, clients hear that, and nothing that rests on the store.
// Lifetime: process.
#pragma once

#include "base/wallclock.h"
#include "daemon.h"

struct turn;

int turn_new(struct daemon *daemon, struct turn **out_turn);
void turn_free(struct turn **turn);

// The first turn: card, law, epoch. A negative result means the daemon cannot work.
int turn_first(struct turn *turn, const struct start *start);

// One turn. Negative: a failure that this turn could not overcome; the daemon goes on, holding back.
int turn_run(struct turn *turn);

// How long the loop may wait before the next turn; 0: not at all.
int turn_wait_ms(struct turn *turn);
