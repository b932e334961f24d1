// SPDX-License-Identifier: Apache-2.0
//
// A session: the channel to one daemon, the questions under way on it, what it follows, and what
// went wrong last. The modules of the library share this struct; programs see only its name.
//
// Invariant: error text and refusal describe the last call that was not done.
// Lifetime: from liaison_open to liaison_close. `arena` lives for one call.
#pragma once

#include "lib/channel.h"
#include "lib/exchange.h"
#include "lib/mapping.h"
#include "liaison/liaison.h"
#include "wire/control.pb-c.h"

struct batch;
struct deposited;

enum {
    // Bounds what one call may take: the largest draft list, or all pages of an answer, decoded.
    SESSION_CALL_BYTES = 256 << 20,
};

struct liaison_session {
    struct channel *channel; // NULL in a session that could not be opened
    struct arena *arena;
    unsigned timeout_ms;
    char *error_text;
    char *refusal_json;
    struct exchange_queue queue;
    struct follow *follow;  // NULL: nothing is followed
    struct batch *batches;  // started and not finished
    struct batch *finished; // the last one, for liaison_result_json
    uint64_t last_ticket;
    struct deposited *deposited; // what the next draft lists; NULL: nothing
};

// Begins a call: forgets the last error and what the last call took from the arena. Returns
// LIAISON_DONE, or LIAISON_USAGE with the error kept if the session was never opened.
enum liaison_outcome session_begin(struct liaison_session *session);

// The instant (monotonic milliseconds) by which the call that begins now must end.
int64_t session_deadline(const struct liaison_session *session);

// Each notes why a call is not done and returns the outcome, so that callers return it in turn.
__attribute__((format(printf, 3, 4))) enum liaison_outcome
session_fail(struct liaison_session *session, enum liaison_outcome outcome, const char *format,
             ...);
enum liaison_outcome session_refuse(struct liaison_session *session,
                                    const Control__Refusal *refusal);
// takes the reference
enum liaison_outcome session_refuse_json(struct liaison_session *session, json_t *refusal);
enum liaison_outcome session_no_memory(struct liaison_session *session);

// Gives away JSON as text, taking the reference.
enum liaison_outcome session_give(struct liaison_session *session, json_t *json, char **out_json);
