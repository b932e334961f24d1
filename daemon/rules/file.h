// SPDX-License-Identifier: Apache-2.0
//
// Files beside the store, as clients and peers ask for them and as they come and go: how much of one is here, its next chunk, a chunk of it. Nothing here
// touches a byte of one; what is allowed becomes an errand.
//
// Invariant: a file has a row only after it is whole and durable. Whoever may not read a statement's body gets nothing of its attachments.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

void file_look(struct view *view, const struct event *event, struct effects *effects);
void file_put(struct view *view, const struct event *event, struct effects *effects);
void file_get(struct view *view, const struct event *event, struct effects *effects);

// Of peers.
void file_serve(struct view *view, const struct event *event, struct effects *effects);
void file_tell_whole(struct view *view, const struct event *event, struct effects *effects);

// What has come of a file.
void file_happened(struct view *view, const struct event *event, struct effects *effects);
