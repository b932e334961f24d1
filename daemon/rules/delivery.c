// SPDX-License-Identifier: Apache-2.0
#include "rules/delivery.h"

#include <string.h>

static const char *const names[DELIVERY_STATES] = {
    [DELIVERY_QUEUED] = "queued",     [DELIVERY_ARRIVED] = "arrived", [DELIVERY_ACKNOWLEDGED] = "acknowledged",
    [DELIVERY_ANSWERED] = "answered", [DELIVERY_REFUSED] = "refused", [DELIVERY_RECALLED] = "recalled",
};

// Where nothing is said the state stays. An acknowledgement may overtake the receipt: both come from the recipient, and the former says more.
static const enum delivery_state table[DELIVERY_STATES][DELIVERY_EVENTS] = {
    [DELIVERY_QUEUED] = {
        [DELIVERY_RECEIPT] = DELIVERY_ARRIVED,
        [DELIVERY_ACKNOWLEDGE] = DELIVERY_ACKNOWLEDGED,
        [DELIVERY_ANSWER] = DELIVERY_ANSWERED,
        [DELIVERY_REFUSE] = DELIVERY_REFUSED,
        [DELIVERY_RECALL] = DELIVERY_RECALLED,
    },
    [DELIVERY_ARRIVED] = {
        [DELIVERY_RECEIPT] = DELIVERY_ARRIVED,
        [DELIVERY_ACKNOWLEDGE] = DELIVERY_ACKNOWLEDGED,
        [DELIVERY_ANSWER] = DELIVERY_ANSWERED,
        [DELIVERY_REFUSE] = DELIVERY_ARRIVED,
        [DELIVERY_RECALL] = DELIVERY_RECALLED,
    },
    [DELIVERY_ACKNOWLEDGED] = {
        [DELIVERY_RECEIPT] = DELIVERY_ACKNOWLEDGED,
        [DELIVERY_ACKNOWLEDGE] = DELIVERY_ACKNOWLEDGED,
        [DELIVERY_ANSWER] = DELIVERY_ANSWERED,
        [DELIVERY_REFUSE] = DELIVERY_ACKNOWLEDGED,
        [DELIVERY_RECALL] = DELIVERY_RECALLED,
    },
    [DELIVERY_ANSWERED] = {
        [DELIVERY_RECEIPT] = DELIVERY_ANSWERED,
        [DELIVERY_ACKNOWLEDGE] = DELIVERY_ANSWERED,
        [DELIVERY_ANSWER] = DELIVERY_ANSWERED,
        [DELIVERY_REFUSE] = DELIVERY_ANSWERED,
        [DELIVERY_RECALL] = DELIVERY_RECALLED,
    },
    [DELIVERY_REFUSED] = {
        [DELIVERY_RECEIPT] = DELIVERY_REFUSED,
        [DELIVERY_ACKNOWLEDGE] = DELIVERY_REFUSED,
        [DELIVERY_ANSWER] = DELIVERY_REFUSED,
        [DELIVERY_REFUSE] = DELIVERY_REFUSED,
        [DELIVERY_RECALL] = DELIVERY_REFUSED,
    },
    [DELIVERY_RECALLED] = {
        [DELIVERY_RECEIPT] = DELIVERY_RECALLED,
        [DELIVERY_ACKNOWLEDGE] = DELIVERY_RECALLED,
        [DELIVERY_ANSWER] = DELIVERY_RECALLED,
        [DELIVERY_REFUSE] = DELIVERY_RECALLED,
        [DELIVERY_RECALL] = DELIVERY_RECALLED,
    },
};

const char *delivery_name(enum delivery_state state)
{
    return names[state];
}

enum delivery_state delivery_next(enum delivery_state state, enum delivery_event event)
{
    return table[state][event];
}

enum delivery_state delivery_now(struct view *view, uint64_t position, const char *agency, struct arena *arena)
{
    Record__DeliverySet *row = view_delivery(view, position, agency, arena);
    if (row != NULL && row->state < DELIVERY_STATES) {
        return (enum delivery_state)row->state;
    }
    return view_arrived_at(view, position, agency, arena) != 0 ? DELIVERY_ARRIVED : DELIVERY_QUEUED;
}

void delivery_move(struct view *view, struct effects *effects, const struct delivery_step *step)
{
    enum delivery_state old = delivery_now(view, step->position, step->agency, effects->arena);
    enum delivery_state next = delivery_next(old, step->event);
    if (next == old) {
        return;
    }
    Record__DeliverySet *set = arena_take(effects->arena, sizeof(*set));
    if (set != NULL) {
        record__delivery_set__init(set);
        set->position = step->position;
        set->agency = (char *)step->agency;
        set->state = next;
        set->at = step->at;
        set->by = step->by;
        set->code = (char *)(step->code == NULL ? "" : step->code);
        set->detail = (char *)(step->detail == NULL ? "" : step->detail);
    }
    effect_put(effects, RECORD__EFFECT__IS_DELIVERY, set, NULL);
}
