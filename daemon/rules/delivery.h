// SPDX-License-Identifier: Apache-2.0
//
// The life of one message at one recipient, as a table of state and event (PROTOCOL.md section 10). Receipts are told by the stream's cursor
// and write no row; every other step is a fact.
//
// Invariant: a state is left only by an event the table allows.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "store/view.h"

enum delivery_state {
    DELIVERY_QUEUED,
    DELIVERY_ARRIVED,
    DELIVERY_ACKNOWLEDGED,
    DELIVERY_ANSWERED,
    DELIVERY_REFUSED,
    DELIVERY_RECALLED,
    DELIVERY_STATES,
};

enum delivery_event {
    DELIVERY_RECEIPT,
    DELIVERY_ACKNOWLEDGE,
    DELIVERY_ANSWER,
    DELIVERY_REFUSE,
    DELIVERY_RECALL,
    DELIVERY_EVENTS,
};

const char *delivery_name(enum delivery_state state); // "arrived"

// The state an event leads to; the same state where the event changes nothing.
enum delivery_state delivery_next(enum delivery_state state, enum delivery_event event);

struct delivery_step {
    uint64_t position; // of the message
    const char *agency;
    enum delivery_event event;
    int64_t at;
    uint64_t by; // position of the statement that moves it
    const char *code;
    const char *detail;
};
void delivery_move(struct view *view, struct effects *effects, const struct delivery_step *step);

enum delivery_state delivery_now(struct view *view, uint64_t position, const char *agency, struct arena *arena);
