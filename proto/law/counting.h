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

// What `act` amounts to as an extension of the duty by one of its debtors; VERDICT_NONE where it is none.
struct verdict counting_judge_extension(const struct fold *fold, const struct act *act);

// Has `agency` confirmed the record that another made? Its latest word holds.
bool counting_is_confirmed(const struct fold *fold, const struct act *record, const char *agency);
