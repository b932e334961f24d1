// SPDX-License-Identifier: Apache-2.0
//
// What is said to a request to subscribe: by the compact's rules, and where these leave it to an officer of the publisher, within them. Before subscription,
// which keeps what came of it, and submit, which takes the officer's word.
//
// Invariant: nobody is given what the rules do not let him have, nor what he did not ask for; who is left without something is told why and by which statute.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"
#include "wire/sharing.pb-c.h"

struct ruling {
    char **asked; // categories, each once
    size_t asked_count;
    Body__Wanted **granted; // those that the rules let its author have
    size_t granted_count;
    Body__LeftOut **left_out; // the others, and why
    size_t left_out_count;
    bool waits; // nothing is given before an officer of the publisher has decided
};

// What the rules say to a request that was held. False: it cannot be read.
bool ruling_make(struct view *view, struct effects *effects, const struct held *request, struct ruling *out_ruling);

// Why a client's draft in reply to `target` cannot decide on a subscription, in Chinese, and as a code of PROTOCOL.md section 11; NULL: nothing stands
// against it, or it is about something else. `body` is whole.
const char *ruling_objection(struct view *view, struct effects *effects, const Control__Draft *draft, const ProtobufCMessage *body,
                             const struct held *target, const char **out_code);

// A grant, a refusal, an end.
bool ruling_is_word(const char *kind);

// The categories of a list, each once; NULL when the arena is full.
char **ruling_list_wanted(struct effects *effects, Body__Wanted *const *wanted, size_t count, size_t *out_count);

// Is that longer than what was asked for? 0: without end.
bool ruling_is_longer(int64_t until, int64_t asked);
