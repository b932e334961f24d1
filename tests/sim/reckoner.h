// SPDX-License-Identifier: Apache-2.0
//
// A second reading of the law: what each deed of 叶城县's procedure makes due, when, and how it ends once everybody has heard everything. Written
// from the regulation and the counting rules alone; it shares no code with proto/law, reads the calendar's file by itself and knows
// nothing of messages, orders of arrival or stores.
//
// Invariant: calls nothing of the product.
// Lifetime: process.
#pragma once

#include "sim/deed.h"

enum reckoned_form { RECKONED_KNOWN, RECKONED_EARLIEST, RECKONED_UNKNOWN };

enum reckoned_state {
    RECKONED_OPEN,
    RECKONED_ONE_SIDED,
    RECKONED_MET,
    RECKONED_MET_LATE,
    RECKONED_OVERDUE,
    RECKONED_DISPUTED,
    RECKONED_WITHDRAWN,
};

struct reckoned {
    bool owed; // else nothing is (yet), and the rest means nothing
    int64_t start_at;
    int64_t due_at; // the last second in time
    enum reckoned_form form;
    enum reckoned_state state;
};

// `regions` by agency.
bool reckoner_make(const char *calendar_path, const char *const *regions, size_t count);

// What becomes of a duty ("YC-1.1.1", "YC-1.1.2", "sign-for") that `opening` opened towards its `slot`th addressee, long after all is due.
struct reckoned reckoner_judge(const struct deed *opening, const char *duty, size_t slot);

// Has somebody who owes it done in time what would meet it, so that only its way is not yet over? Nobody may call that overdue.
bool reckoner_is_under_way(const struct deed *opening, const char *duty, size_t slot);

// When whoever received it has to sign for it.
struct reckoned reckoner_sign_for_due(const struct deed *deed, const struct deed_holding *holding, const char *region);
