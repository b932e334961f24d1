// SPDX-License-Identifier: Apache-2.0
//
// When an act counts, and from when: by arrival, by confirmation, by telephone or on paper. Between period (start known, due not
// yet needed) and the state that obligation gives.
//
// Invariant: pure, and independent of the order of the acts; ties are broken by what the acts say, never by position.
// Lifetime: values within one call of obligation_judge.
#pragma once

#include "law/fold.h"

enum verdict_rank { VERDICT_NONE, VERDICT_ONE_SIDED, VERDICT_DISPUTED, VERDICT_COUNTED };

struct verdict {
    enum verdict_rank rank;
    int64_t at; // VERDICT_COUNTED
    const struct act *act;
    enum duty_meeting meeting;
};

// The best of all acts that could meet the duty. Needs `start_at` in the fold.
struct verdict counting_find_best(const struct fold *fold);

// What `act` amounts to as something of `kind` that one of the debtors told (an extension, a suspension); VERDICT_NONE where it is none.
struct verdict counting_judge_told(const struct fold *fold, const struct act *act, const char *kind);

// Is it what the rule waits for before the period begins (`awaits`)? Needs no `start_at`.
bool counting_is_awaited(const struct fold *fold, const struct act *act);

// When the first statement was sealed that ends the duty; 0: none is known.
int64_t counting_find_end(const struct fold *fold);

// Has `agency` confirmed the record that another made? Its latest word holds.
bool counting_is_confirmed(const struct fold *fold, const struct act *record, const char *agency);
