// SPDX-License-Identifier: Apache-2.0
//
// Why a run over a list was stopped, and at which line. Beside `import`, which stops where it must and still tells of what is under way.
//
// Invariant: the first reason counts, and the earliest line.
// Lifetime: one run; begins as {0}.
#pragma once

#include "liaison/liaison.h"

#include "lib/session.h"

#include <jansson.h>

struct halt {
    bool is_stopped;
    enum liaison_outcome outcome;
    char *error_text; // in words, for free; NULL: none
    json_t *refusal;
    uint64_t number; // of the line; 0: it was at none
};

void halt_at(struct halt *halt, enum liaison_outcome outcome, uint64_t number);
void halt_saying(struct halt *halt, const char *text, uint64_t number);
void halt_for_memory(struct halt *halt, uint64_t number);
// Takes the refusal; NULL: there was no memory for it.
void halt_refused(struct halt *halt, json_t *refusal, uint64_t number);
// As the session tells it.
void halt_as_told(struct halt *halt, const struct liaison_session *session, enum liaison_outcome outcome, uint64_t number);

// Has the session tell it from now on. Returns the outcome.
enum liaison_outcome halt_tell(const struct halt *halt, struct liaison_session *session);
void halt_done(struct halt *halt);
