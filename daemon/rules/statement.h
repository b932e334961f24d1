// SPDX-License-Identifier: Apache-2.0
//
// Reads what is held, and makes statements of our own: commits their bodies, hands them to the turn's seal, puts them into the store and into recipients' streams. Before it: submit,
// which decided that a draft becomes one; receipt, which speaks for the daemon itself.
//
// Invariant: what is put is sealed by the same turn.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "store/view.h"
#include "wire/kinds.h"

// Another statement, as headers name it; NULL when the arena is full.
Wire__Reference *statement_reference(struct effects *effects, const struct held *held);

// What a statement replies to, if it is held.
const struct held *statement_target(struct view *view, struct effects *effects, const Wire__Header *header);

// The body of a statement as its kind has it; NULL: withheld, erased, or damage.
const ProtobufCMessage *statement_open_body(struct view *view, struct effects *effects, const struct held *held);

// Fills the header's law pairs from the body.
void statement_lift(struct effects *effects, const struct kind *kind, const ProtobufCMessage *body, Wire__Header *header);

char *statement_short_number(struct effects *effects, const uint8_t id[ID_BYTES]);

// An id for a statement that the daemon makes of itself; NULL when the arena is full.
uint8_t *statement_make_id(struct effects *effects);

// Lists `body` as part 0 of the header, with a fresh salt, and fills the material that the store keeps.
void statement_add_body(struct effects *effects, enum suite suite, Wire__Header *header, struct bytes body, struct material *out_material);

// Puts a finished header, which must live as long as the turn; returns its position, 0 when the arena is full.
uint64_t statement_put(struct view *view, struct effects *effects, const Wire__Header *header, const struct material *material);

// Gives a statement the next position of a recipient's stream (STREAM_DIRECT, STREAM_PUBLISHED).
void statement_queue(struct view *view, struct effects *effects, const char *peer, uint32_t stream, uint64_t position);

// A statement of a machine kind, addressed to `to` alone. Returns its position; 0 when the arena is full.
uint64_t statement_machine(struct view *view, struct effects *effects, const char *kind, const char *to, const ProtobufCMessage *body);
