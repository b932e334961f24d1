// SPDX-License-Identifier: Apache-2.0
//
// The compacts of a run by whichever law: who is a member, in which role, and who may have what its members publish. Those who write, and the second
// reading of who has to be given what (readers.h), ask here; the daemons read the files.
//
// Invariant: what the files say of sharing is written from the table that charter_may_have goes by.
// Lifetime: one run.
#pragma once

#include "sim/world.h"

// The categories that are published in a run, and no others.
enum { CHARTER_CATEGORIES = 5 };
extern const char *const charter_categories[CHARTER_CATEGORIES];

// After the seats, under the law of five.
void charter_make(void);
// Writes the files of an agency, as its operator would have them.
void charter_write(size_t agency, const char *folder);

size_t charter_of(size_t agency, const size_t **out_compacts); // in which it is not alone
const char *charter_id(size_t compact); // lives as long as the run
size_t charter_find(const char *id);
size_t charter_members(size_t compact, const size_t **out_agencies);
const char *charter_role(size_t compact, size_t agency); // NULL: not a member
bool charter_are_partners(size_t left, size_t right);    // do they share one?

// May a member have what another publishes?
bool charter_may_have(size_t compact, size_t agency, size_t category, bool internal);
// Does a request for it wait for an officer of the publisher?
bool charter_officer_decides(size_t compact, size_t category);
// The place of a category in the list; CHARTER_CATEGORIES: it is not there.
size_t charter_category(const char *name);
