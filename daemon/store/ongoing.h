// SPDX-License-Identifier: Apache-2.0
//
// Which rows of the index `ongoing` stand for a duty: a row for every kind of statement that may change it from anywhere in its matter, and for every
// debtor whose statement that must be. What is met by a reply alone has none, for its opening leads to it.
//
// Invariant: a function of the duty's row, its rule and the header of its opening; whoever applies a fact and whoever rebuilds the table list the same.
// Lifetime: call.
#pragma once

#include "law/duty_rule.h"
#include "wire/record.pb-c.h"
#include "wire/statement.pb-c.h"

struct ongoing_row {
    const char *kind;
    const char *author; // ""; or whose statements of the kind count
    // A statement that counts later than this changes nothing: the duty is met. INT64_MAX: it is not, or what the kind changes is not that.
    int64_t until;
};

// Two debtors, and for each as many kinds as a rule can name.
enum { ONGOING_DEBTORS = 2 };

size_t ongoing_most(const struct duty_rule *rule);

// Writes at most ongoing_most rows and says how many. `row` NULL: none stand.
size_t ongoing_list(const struct duty_rule *rule, const Wire__Header *opening, const Record__DutySet *row, struct ongoing_row *out_rows);
