// SPDX-License-Identifier: Apache-2.0
//
// A second reading of who has to be given what is published. It takes from the witness what stands in each publisher's journal, in its order: which
// requests it holds, what it answered, what it published; and says which agency is due which publication. What the daemons queue is held against that:
//
//   P1  nothing is queued for an agency that is not due it, and nothing twice
//   P2  what is due goes in the order in which it was published, and what is said of an item after it
//   P3  what is due is queued in the turn that publishes it; of the past, once the subscription says that it has caught up
//   P4  requests are answered in the turn in which they come, as the compact's rules have it, or by an officer alone and within them; nothing before
//   P5  at the end every agency holds what it was given, once, in order, and nothing more; nothing was refused, and what was recalled is marked so
//
// Invariant: knows nothing of how the daemon finds out; whom a restored store has served with what it forgot is judged anew from its copy on.
// Lifetime: one run.
#pragma once

#include "sim/deed.h"
#include "sim/machine.h"
#include "store/view.h"

void readers_make(void);

// Something of DEED_SHARING was sealed by the machine, or came to it.
void readers_see(struct machine *machine, struct deed *deed, const struct held *held);
// The publisher put it in the stream for an agency.
void readers_give(struct machine *machine, size_t reader, struct deed *deed, uint64_t epoch);
// It says that all that was published before the subscription has been looked at.
void readers_catch_up(struct machine *machine, const struct deed *request);
void readers_end_turn(struct machine *machine);

// At an agency: a publication is there; it was refused.
void readers_hold(struct machine *machine, struct deed *deed);
void readers_refuse(struct machine *machine, struct deed *deed, const char *code);

void readers_copy(struct machine *machine);
void readers_restore(struct machine *machine);

// When all is settled.
void readers_conclude(void);

struct readers_counts {
    uint64_t published;
    uint64_t subscriptions;
    uint64_t decided; // of those, by an officer
    uint64_t given;
    uint64_t past; // of those, what was published before
    uint64_t held; // at the end, where they should be
};
const struct readers_counts *readers_count(void);
