// SPDX-License-Identifier: Apache-2.0
//
// Applies the law to what the store holds: which duties a statement opens, what becomes of those that it or the passing of time may
// change. Before it: submit, accept, receipt, tick. After it: the fold of proto/law, whose verdicts become facts.
//
// Invariant: a duty's row equals the fold over the statements held, as of the last turn that touched it or let its time come.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "store/view.h"

// Something about the statement at `position` is new: it is held, its receipt came, it was recalled. Judges every duty it opens or concerns.
void duty_consider(struct view *view, struct effects *effects, uint64_t position);

// Judges what has come due, at most `limit` duties.
void duty_tick(struct view *view, struct effects *effects, size_t limit);

// Counts a page of the open duties anew by the calendar in force. Begins at a place and writes back the next, 0 at the end.
enum { DUTY_FIRST_PLACE = 1 };
void duty_date(struct view *view, struct effects *effects, uint64_t *place);

// All that `peer` sealed up to some time is held: judges a page of the duties that waited to hear from it, at least `limit` if there are as many. Begins
// at a place and writes back the next, 0 at the end.
void duty_heard(struct view *view, struct effects *effects, const char *peer, size_t limit, uint64_t *place);

// Asks a peer how far it has offered if something that it owes is unheard (when its link comes up: what was asked before is forgotten at a restart).
void duty_ask(struct view *view, struct effects *effects, const char *peer);

// What a statement not yet sealed would open, were it delivered now: for telling before sending.
size_t duty_foresee(struct view *view, struct effects *effects, const Wire__Header *header, Control__Duty ***out_duties);

// A row that stands, as clients see it: with the reason for its due time, and what that was before another calendar moved it.
Control__Duty *duty_show(struct view *view, struct effects *effects, const Record__DutySet *row);

// Duties that the statement opened, or that it meets.
size_t duty_of(struct view *view, struct effects *effects, uint64_t position, Control__Duty ***out_duties);
