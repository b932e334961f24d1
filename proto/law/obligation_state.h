// SPDX-License-Identifier: Apache-2.0
//
// What a verdict is called: the states and lights of an obligation, their words on the wire and on screens.
//
// Invariant: pure; every member of both enums has its word.
// Lifetime: texts live with the process.
#pragma once

#include <stdbool.h>

enum obligation_state {
    OBLIGATION_OPEN,
    OBLIGATION_ONE_SIDED, // recorded by one side, not yet confirmed
    OBLIGATION_MET,
    OBLIGATION_MET_LATE,
    OBLIGATION_OVERDUE,
    OBLIGATION_EXTENDED, // open, with a new due time
    OBLIGATION_DISPUTED,
    OBLIGATION_WITHDRAWN,
    OBLIGATION_UNHEARD, // past due, but the debtor's silence may be the network's
    OBLIGATION_ENDED,   // what it was for is over, and it was not overdue before
};
const char *obligation_state_name(enum obligation_state state); // "met-late"
const char *obligation_state_title(enum obligation_state state); // Chinese, for screens

// Is it closed for good unless a later statement says otherwise? Met, met late, withdrawn, ended.
bool obligation_state_is_closed(enum obligation_state state);

enum obligation_light { LIGHT_NONE, LIGHT_GREEN, LIGHT_AMBER, LIGHT_RED };
const char *obligation_state_light(enum obligation_light light);
