// SPDX-License-Identifier: Apache-2.0
//
// Which texts of a statement a search finds. The header: author, own number, short number, source record, names of officers and of parts. The body: every
// text in it, at whatever depth. Both who makes the index and who verifies what it proposes walk here, so they cannot disagree.
//
// Invariant: what daemons say among themselves (receipts, cards, marks) has no text to be found.
#pragma once

#include "wire/arena.h"
#include "wire/statement.pb-c.h"

bool searchable_is(const char *kind);

// Called for each text that is not empty.
typedef void (*searchable_visit)(void *context, const char *text);
void searchable_header(const Wire__Header *header, searchable_visit visit, void *context);

// `body` is the kind's protobuf; one that does not decode has no text. False: no memory.
bool searchable_body(const char *kind, struct bytes body, struct arena *arena, searchable_visit visit, void *context);
