// SPDX-License-Identifier: Apache-2.0
//
// A regulation as data (INI): which statement opens which duty, whose, towards whom, from when, within what, and what meets it.
// The language is described in procedure(5), beside this file.
//
// Invariant: a procedure never changes once parsed; its digest names its text. Every kind and field it names exists.
// Lifetime: process.
#pragma once

#include "law/clock.h"
#include "wire/kinds.h"

enum duty_debtors {
    DUTY_AUTHOR,              // who sent the opening statement
    DUTY_EACH_ADDRESSEE,      // each of its 主送, alone: one obligation each
    DUTY_AUTHOR_AND_ADDRESSEE // jointly, with each addressee: one obligation for each pair
};

enum duty_start {
    DUTY_FROM_SEALED,    // sealed-at of the opening statement, or its declared occurred-at
    DUTY_FROM_DELIVERED, // received-at at the addressee in question
    DUTY_FROM_FIELD,     // a law pair that holds an instant
};

enum duty_counts {
    DUTY_COUNTS_DELIVERED,  // when the addressee has it
    DUTY_COUNTS_DISPATCHED, // when it entered the addressee's daemon, was posted or telephoned
};

enum duty_meeting {
    DUTY_MET_BY_ANY,       // a statement of this kind by a debtor in the matter
    DUTY_MET_BY_REPLY,     // in reply to the opening statement
    DUTY_MET_BY_CONFIRMED, // one debtor's record, confirmed by every other
};

struct duty_opening {
    const char *kind;        // "*": every message whose kind is to be signed for
    const char *unless_cites; // not opened by a statement that cites one of this kind; NULL
};

struct duty_act {
    const char *kind;
    enum duty_meeting meeting;
};

struct duty_rule {
    unsigned line;
    const char *id; // "YC-1.1.2"
    const char *title;
    const char *title_en; // this and the next two: empty if not given
    const char *article;
    const char *quote;
    bool policy; // set by policy, not by the regulation
    const struct duty_opening *opened_by;
    size_t opened_by_count;
    enum duty_debtors debtors;
    enum duty_start start;
    const char *start_field; // DUTY_FROM_FIELD
    struct within within;
    bool has_urgent;
    struct within urgent_within; // where the opening statement is urgent
    enum duty_counts counts;
    const struct duty_act *met_by;
    size_t met_by_count;
    const char *extended_by;    // kind; NULL: cannot be extended
    const char *extended_field; // its law pair that holds the new due instant
};

struct procedure {
    const char *id;
    const char *title;
    const char *title_en; // this and the next: empty if not given
    const char *issuer;
    int64_t issued_at;   // start of the day; 0: none given
    int64_t valid_from;  // instant; 0: none given
    int64_t valid_until; // last valid second; 0: open
    const char *const *roles;
    size_t role_count;
    const struct duty_rule *duties;
    size_t duty_count;
    struct digest digest;
};

enum law_outcome procedure_parse(struct bytes text, struct procedure **out_procedure, struct law_fault *out_fault);
const struct duty_rule *procedure_duty(const struct procedure *procedure, const char *id); // NULL if unknown
void procedure_free(struct procedure **procedure);

// A compact: who acts under which procedure, in which role (INI). Lives in the same language and the same folder of law.
struct compact_member {
    const char *agency;
    const char *role;
};

struct compact {
    const char *id;
    const char *title;
    const char *procedure; // id
    const struct compact_member *members;
    size_t member_count;
    struct digest digest;
};

enum law_outcome procedure_parse_compact(struct bytes text, struct compact **out_compact, struct law_fault *out_fault);
const struct compact_member *procedure_member(const struct compact *compact, const char *agency); // NULL: not a member
void procedure_free_compact(struct compact **compact);
