// SPDX-License-Identifier: Apache-2.0
//
// What the daemon says for its agency without being asked: the reminder (催办) to whoever lets a duty go overdue, the recall of what it has passed on (转办), and the
// entry that a year has begun, which opens what is due each year; sharing answers subscriptions the same way. Everything that goes upward stays a person's act. Beside submit, which
// seals what clients ask for.
//
// Invariant: none is made twice: a reminder is looked for among the replies to what opened the duty, a year by its source record; a statement is marked as recalled once.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "law/opening.h"
#include "store/view.h"

// A header of our own with a fresh id, which is also its matter; NULL when the arena is full.
Wire__Header *automatic_begin(struct view *view, struct effects *effects, const char *kind);
// Seals a header that is finished but for its parts, queues it for its addressees and follows it up. Returns its position; 0 when the arena is full.
uint64_t automatic_put(struct view *view, struct effects *effects, Wire__Header *header, const ProtobufCMessage *body);

// Reminds those who owe, once each, where the procedure prepares it and the act is owed to us. Of a reminder, which is to be signed for like any message,
// nobody is reminded.
void automatic_remind(struct view *view, struct effects *effects, const struct obligation_seed *seed, const Record__DutySet *row);

// A statement has just been recalled: whoever had it from us by a 转办 that stands gets the recall in the same way.
void automatic_pass_recall(struct view *view, struct effects *effects, const struct held *recall, const struct held *recalled);

// Enters the present year for every compact whose procedure has yearly duties and was valid when the year began.
void automatic_years(struct view *view, struct effects *effects);
