// SPDX-License-Identifier: Apache-2.0
//
// What the procedure of a matter lets one agency do now: duties it still owes and what meets them, messages that wait for its reply,
// drafts that the silence of others prepares. Made of what the daemon says of the matter and of the procedure's text; statute and phrase
// stand before it.
//
// Invariant: pure, and it only advises: whether a statement is taken is for the daemon to say.
// Lifetime: values; everything pointed to is the caller's.
#pragma once

#include <jansson.h>

#include "law/procedure.h"
#include "wire/control.pb-c.h"

struct advice {
    const char *self;
    int64_t now;
    const struct procedure *procedure;
    const Control__CompactView *compact; // NULL: not known here
    Control__Message *const *messages;   // of the matter
    size_t message_count;
    Control__Duty *const *duties;
    size_t duty_count;
};

// Lists under "owed", "answers" and "drafts". NULL: no memory.
json_t *advice_owed(const struct advice *advice);
json_t *advice_answers(const struct advice *advice);
json_t *advice_drafts(const struct advice *advice);

const char *advice_role(const struct advice *advice); // of `self` in the compact; "" if it has none
