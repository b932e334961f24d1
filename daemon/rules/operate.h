// SPDX-License-Identifier: Apache-2.0
//
// Running the daemon: what its start or a reload brings (card, law, first epoch), what peers' greetings reveal, and what operators and administrators change.
//
// Invariant: a store whose past others have left behind opens a new epoch before it seals anything.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

void operate_start(struct view *view, const struct event *event, struct effects *effects);
void operate_reload(struct view *view, const struct event *event, struct effects *effects);
// The store works again, or is tried again.
void operate_resume(struct view *view, struct effects *effects);
void operate_judge_on(struct view *view, const struct event *event, struct effects *effects);
void operate_hello(struct view *view, const struct event *event, struct effects *effects);
void operate_door(struct view *view, const struct event *event, struct effects *effects);
void operate_link_down(struct view *view, const struct event *event, struct effects *effects);

void operate_add_peer(struct view *view, const struct event *event, struct effects *effects);
void operate_change_peer(struct view *view, const struct event *event, struct effects *effects);
void operate_add_officer(struct view *view, const struct event *event, struct effects *effects);
void operate_remove_officer(struct view *view, const struct event *event, struct effects *effects);
void operate_clear_alarm(struct view *view, const struct event *event, struct effects *effects);
void operate_accept_clock(struct view *view, const struct event *event, struct effects *effects);
void operate_move_clock(struct view *view, const struct event *event, struct effects *effects);

// The answers every request may get.
void operate_done(const struct event *event, struct effects *effects, const char *text);
void operate_refuse(const struct event *event, struct effects *effects, Control__Refusal *refusal);
// Room for any other; NULL when the arena is full.
Control__Reply *operate_reply(const struct event *event, struct effects *effects, Control__Reply__AnswerCase form);
