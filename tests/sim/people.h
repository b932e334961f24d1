// SPDX-License-Identifier: Apache-2.0
//
// The people of the agencies and their programs: leads are found, told, signed for, assessed and confirmed, in time, late or never; what is
// not answered is asked again with the same id. Before them: chance. After them: the daemon's clients' socket.
//
// Invariant: a draft that was answered "accepted" or "held" is one that its author relies on (witness_rely).
// Lifetime: one run.
#pragma once

#include "sim/deed.h"
#include "sim/machine.h"

void people_make(void);
// Cards and officers are made known, and work begins.
void people_begin(void);
// The daemon answered.
void people_hear(struct machine *machine, struct bytes frame);
// What another agency wrote came; somebody may see to it.
void people_receive(struct machine *machine, struct deed *deed);
// It was sealed.
void people_seal(struct machine *machine, struct deed *deed);

// For those who choose what is written: an empty deed of a matter (NULL: its own), one more recipient, and when it is sent.
struct deed *people_begin_deed(enum deed_kind kind, size_t author, struct deed *matter, struct deed *target);
void people_add_holder(struct deed *deed, size_t agency, bool copy);
void people_plan(struct deed *deed, int64_t at);

// Of refusals by code, for the report.
void people_report(void);
