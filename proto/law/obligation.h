// SPDX-License-Identifier: Apache-2.0
//
// What one duty amounts to, given all that is known: a fold over signed statements. Debtor, creditor and supervisor call the same
// functions with what each holds and reach the same verdict once they hold the same, in whatever order it came.
//
// Invariant: pure, and independent of the order of `acts`. Nothing is overdue unless the debtor could not have been on time
// (PROTOCOL.md section 9, offered marks).
// Lifetime: values; everything pointed to lives in the caller's arena.
#pragma once

#include "law/act.h"
#include "law/obligation_state.h"
#include "law/opening.h"

struct party {
    const char *agency;
    const char *region; // empty: national layer only
};

// Could a statement of this kind change what becomes of `duty` opened by another one? (Meets, confirms, extends, ends …) Lets a store look at few. A
// recall changes a duty by what it takes back, and is asked about as that.
bool obligation_concerns_kind(const struct duty_rule *duty, const char *kind);

// Kinds that meet nothing and yet change when it is due, or whether. They may come from others than the debtors.
bool obligation_is_beside(const struct duty_rule *duty, const char *kind);

// Could the statement, of a debtor, meet it?
bool obligation_may_meet(const struct duty_rule *duty, const struct act *act);

// All of these, and a word on what may have met it: of a statement that is known.
bool obligation_concerns(const struct duty_rule *duty, const struct act *act);

struct obligation_case {
    const struct procedure *procedure;
    const struct obligation_seed *seed;
    const struct act *opening;
    const struct act *const *acts; // any that obligation_concerns; more do no harm
    size_t act_count;
    const struct party *parties; // regions of the debtors
    size_t party_count;
    const struct arrival *heard; // per debtor: all it sealed up to `at` is held here; absent: nothing is known
    size_t heard_count;
    const struct calendar *calendar;
    struct clock_counted *counted; // what the caller's cases before this one counted
    int64_t now;
};

struct obligation {
    enum obligation_state state;
    enum obligation_light light;
    int64_t start_at; // 0: not begun, the opening statement has not arrived
    struct due due;   // of the period as it stands, extension included
    struct within within;
    const char *region;  // whose calendar decided
    int64_t extended_to; // 0: not extended
    int64_t suspended_at; // from when the period stands still, or last stood; 0: never
    int64_t resumed_at;   // until when it did; 0: it stands still
    int64_t met_at;      // 0: not met
    uint64_t met_by;     // position of the meeting act; 0: none
    const char *const *owing; // debtors who have not done their part
    size_t owing_count;
    int64_t next_at; // the verdict may change by time alone at this instant; 0: never
};

enum obligation_outcome { OBLIGATION_JUDGED, OBLIGATION_NO_MEMORY };

enum obligation_outcome obligation_judge(const struct obligation_case *kase, struct arena *arena,
                                         struct obligation *out_obligation);

// PROTOCOL.md section 14.
void obligation_make_id(const struct digest *procedure, const struct obligation_seed *seed, const struct act *opening,
                        struct digest *out_id);
