// SPDX-License-Identifier: Apache-2.0
//
// One duty of a regulation, a section [duty ID]: which statement opens it, whose it is, from when and within what it runs, and what
// meets it. procedure lists them, obligation applies them to statements.
//
// Invariant: every kind and law pair that a rule names exists, and what it asks can be (a fact has no addressee to owe or reply).
// Lifetime: the procedure it is part of.
#pragma once

#include "law/clock.h"
#include "law/ini_text.h"

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

// Reads a section as the duty `id`. False: told to the text.
bool duty_rule_take(struct ini_text *ini, const struct ini_section *section, const char *id, struct duty_rule *out_rule);
