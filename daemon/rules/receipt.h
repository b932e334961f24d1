// SPDX-License-Identifier: Apache-2.0
//
// Receipts, both ways, and offered marks. What a turn decided of a peer's stream is told in one sealed receipt; a peer's receipt moves the outbox's
// cursor and lets the duties begin that start with delivery.
//
// Invariant: no receipt moves a cursor over anything but exactly what we sent.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

// Remembers a decided position for this turn's receipt.
void receipt_note(struct view *view, struct effects *effects, const Record__StreamMoved *moved);

// At the turn's end: one receipt a peer for everything noted.
void receipt_seal(struct view *view, struct effects *effects);

void receipt_accept(struct view *view, struct effects *effects, const struct event *event, const struct arrived *item);

// Tells a peer that nothing moved, and from where it is to offer again. `later` is copied.
void receipt_later(struct effects *effects, const char *peer, const Wire__Later *later);

// A peer asks for an offered mark up to `event->up_to`.
void receipt_offer(struct view *view, struct effects *effects, const struct event *event);
// A mark that names more than we hold decides nothing: what is missing is asked for.
void receipt_accept_offered(struct view *view, struct effects *effects, const struct event *event, const struct arrived *item);
