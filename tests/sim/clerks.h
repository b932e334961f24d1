// SPDX-License-Identifier: Apache-2.0
//
// The people of the agencies under the shipped law: they begin matters by whatever opens a duty, the least tried first, and do about what they
// owe and are owed what its rule speaks of: meet, confirm, extend, suspend, end, raise, recall. Mostly they ask first what is required of them.
// Beside people, who send what they write.
//
// Invariant: they read procedures to choose by, and nobody believes them: what they expect is checked nowhere.
// Lifetime: one run.
#pragma once

#include "sim/deed.h"
#include "sim/machine.h"

enum { CLERKS_OFFICERS = 4 };
extern const char *const clerks_officers[CLERKS_OFFICERS]; // certificates

void clerks_make(void);
void clerks_begin(void);
// A deed is known at a machine: it was sealed there, or it came.
void clerks_learn(struct machine *machine, struct deed *deed);
