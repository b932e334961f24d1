// SPDX-License-Identifier: Apache-2.0
//
// What is held, as the law sees it: statements as acts, with what is known of their arrival, and of all of them those that can decide about one duty.
// Before it: duty. After it: the fold of proto/law.
//
// Invariant: what is left out could not change the verdict; what is listed depends on what is held and on nothing else.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "law/obligation.h"
#include "store/view.h"

struct evidence_slot;

// A turn may ask for one statement many times; it is read once.
struct evidence {
    struct view *view;
    struct effects *effects;
    struct evidence_slot **slots; // by position
    size_t slot_count;
    size_t kept;
    unsigned list; // the one being made: what is in it bears its number
};

// A statement as an act.
struct exhibit {
    const struct held *held;
    struct act act;
    const struct reply *firsts; // of the replies to it, the first of each kind and author
    size_t first_count;
    unsigned list;
};

void evidence_start(struct evidence *evidence, struct view *view, struct effects *effects);

// NULL: it is not held, or there is no memory. What is found is as it was when first asked for.
struct exhibit *evidence_find(struct evidence *evidence, uint64_t position);

struct act_list {
    const struct act **items;
    size_t count;
    size_t capacity;
};

// The opening, the replies to it that concern the duty, and the matter's statements of the kinds it is met or changed by, with what was said of those.
void evidence_collect(struct evidence *evidence, struct exhibit *opening, const struct obligation_seed *seed, struct act_list *out_acts);

// Did `reply` bring news of when its author had what it replies to?
bool evidence_tells_arrival(const struct exhibit *target, uint64_t reply);

// No earlier than this does the act count, by what is known; INT64_MAX: not yet at all. `confirmed_at`: when a word on it was sealed, or INT64_MAX.
int64_t evidence_counts_from(const struct act *act, int64_t confirmed_at);
