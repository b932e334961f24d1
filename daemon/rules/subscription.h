// SPDX-License-Identifier: Apache-2.0
//
// Subscriptions at either end: what was asked for, what of it the publisher gives, until when, and how it ended. A request is answered at once by the
// compact's rules, or where these say so by an officer of the publisher. Beside sharing, which gives to whoever has subscribed.
//
// Invariant: a subscription is known by its request and the other side; a grant or refusal is the publisher's word, an end is either's, and final.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

enum subscription_state { SUBSCRIPTION_ASKED, SUBSCRIPTION_ACTIVE, SUBSCRIPTION_REFUSED, SUBSCRIPTION_ENDED, SUBSCRIPTION_STATES };

const char *subscription_state_name(enum subscription_state state); // "active"

// What follows of a statement that was sealed or held, if it is of a subscription.
void subscription_follow(struct view *view, struct effects *effects, const struct held *held);

// Does a subscription of our own name the category of something that was sealed then?
bool subscription_names(struct view *view, struct effects *effects, const Record__SubscriptionSet *row, const char *category, int64_t sealed_at);

// Does it wait for an officer of this agency?
bool subscription_waits(const Record__SubscriptionSet *row);
size_t subscription_count_waiting(struct view *view, struct effects *effects);

// Puts a row as it stands now.
void subscription_put(struct effects *effects, const Record__SubscriptionSet *row);
