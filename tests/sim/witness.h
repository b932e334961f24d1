// SPDX-License-Identifier: Apache-2.0
//
// The witness looks at every committed turn of every daemon and says at once what should not be. What it checks:
//
//   I1  what was acknowledged to a client stands in its author's journal, once
//   I2  what one agency sends another is held in the order of its queue, without gaps
//   I3  a statement takes effect at its receiver once
//   I4  hash chain and seals verify (audit_verify, at restarts and at the end)
//   I5  tables rebuilt from the journal are the live tables (audit_rebuild, at the end)
//   I6  nothing is held that its author did not seal, leaf for leaf
//   I7  due times and verdicts are the reckoner's; nothing answered in time is ever called overdue; nobody is told the same twice
//
// Invariant: what a restored store forgot is forgiven to that store and to nobody else.
// Lifetime: one run.
#pragma once

#include "law/obligation_state.h"

#include "sim/deed.h"
#include "sim/machine.h"

void witness_make(void);

// A turn was committed.
void witness_turn(struct machine *machine, struct store *store, const struct effects *effects);

// The store was copied aside; the copy was put in its place.
void witness_copy(struct machine *machine);
void witness_restore(struct machine *machine);

// Somebody relies on the deed: the daemon said that it is accepted.
void witness_rely(struct deed *deed);

// Has the machine the deed, whole or as an enclosure? What stands at a position of its journal? NULL: a machine's own business.
bool witness_knows(const struct machine *machine, const struct deed *deed);
struct deed *witness_deed_at(const struct machine *machine, uint64_t position);
// Has a restored store or a refusal its hand in the deed's matter?
bool witness_is_muddled(const struct deed *deed);

// What can only be looked at from time to time: a running machine's journal and what it should hold.
void witness_inspect(struct machine *machine);
// When all is settled.
void witness_conclude(void);

struct witness_counts {
    uint64_t statements; // of people
    uint64_t machine_statements;
    uint64_t receipts;
    uint64_t duties;
    uint64_t refused;
    uint64_t alarms;
    uint64_t epochs;
    uint64_t verdicts[OBLIGATION_ENDED + 1]; // by enum obligation_state, at the debtors, at the end
    uint64_t compared;  // duty rows compared with the reckoner's
    uint64_t forgiven;  // not compared: a restored store had its hand in them
};
const struct witness_counts *witness_count(void);
