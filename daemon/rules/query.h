// SPDX-License-Identifier: Apache-2.0
//
// What clients ask to see. Reads through the turn's view, so an answer never mixes two states; long answers are pages.
//
// Invariant: nothing here puts a fact. Operators see metadata, never bodies.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

void query_find(struct view *view, const struct event *event, struct effects *effects);
void query_list(struct view *view, const struct event *event, struct effects *effects);
void query_matter(struct view *view, const struct event *event, struct effects *effects);
void query_due(struct view *view, const struct event *event, struct effects *effects);
void query_watch(struct view *view, const struct event *event, struct effects *effects);
void query_export(struct view *view, const struct event *event, struct effects *effects);

// Room for a page of messages; NULL when the arena is full.
Control__Messages *query_page(struct effects *effects, size_t most);
// `more`: another page of the same answer follows.
void query_answer(const struct event *event, struct effects *effects, Control__Messages *messages, bool more);

enum query_detail { QUERY_SUMMARY, QUERY_FULL };
// A message as clients see it; NULL if it is not held. `role` decides whether the body is shown.
Control__Message *query_message(struct view *view, struct effects *effects, uint64_t position, enum query_detail detail, enum client_role role);
