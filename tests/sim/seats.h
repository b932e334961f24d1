// SPDX-License-Identifier: Apache-2.0
//
// Who sits where under the shipped law: six compacts with more members than conf/compacts.d gives them, thirty agencies to a round of them,
// some in two; and the procedures themselves, read for those who have to choose by them.
//
// Invariant: of two agencies that listen to nobody (machine.c) no compact has both.
// Lifetime: one run.
#pragma once

#include "sim/world.h"

#include "law/procedure.h"

#include <stdio.h>

enum { SEATS = 30, SEAT_PLACES = 2, COMPACTS = 6 };

// Reads the procedures of conf.
void seats_make(void);
size_t seats_compact_count(void); // all rounds together; those that have not two members among them
const struct procedure *seats_procedure(size_t compact);
const char *seats_compact_id(size_t compact); // until the next call

const char *seats_sector(size_t agency);
const char *seats_role(size_t agency, size_t compact); // NULL: not a member
// The compacts of an agency in which it is not alone; returns how many.
size_t seats_compacts(size_t agency, size_t out_compacts[SEAT_PLACES]);
size_t seats_members(size_t compact, size_t out_agencies[SEATS]);

// Writes what a compact says beside its title, members and rules.
void seats_write(FILE *file, size_t compact);
