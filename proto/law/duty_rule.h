// SPDX-License-Identifier: Apache-2.0
//
// One duty of a regulation, a section [duty ID]: which statement opens it, whose it is, from when and within what it runs, and what
// meets it. procedure lists them, obligation applies them to statements.
//
// Invariant: every kind and law pair that a rule names exists, and what it asks can be (a fact has no addressee to owe or reply).
// Lifetime: the procedure it is part of.
#pragma once

#include "law/clock.h"
#include "law/rule_items.h"

enum duty_debtors {
    DUTY_AUTHOR,              // who sent the opening statement
    DUTY_EACH_ADDRESSEE,      // each of its 主送, alone: one obligation each
    DUTY_AUTHOR_AND_ADDRESSEE // jointly, with each addressee: one obligation for each pair
};

enum duty_start {
    DUTY_FROM_SEALED,    // sealed-at of the opening statement, or its declared occurred-at
    DUTY_FROM_DELIVERED, // received-at at the addressee in question
    DUTY_FROM_FIELD,     // a law pair that holds an instant
    DUTY_FROM_SIGNED,    // the addressee in question signed for it
    DUTY_FROM_WHOLE,     // the addressee in question has it with all that is attached
};

// Whom a duty is owed to, where that is not the other side of the opening statement.
enum duty_towards {
    DUTY_TOWARDS_ROLE,      // every other member with the role `name`
    DUTY_TOWARDS_AUTHOR_OF, // who sent the statement of the kind `name` that the opening one replies to or cites
};

struct duty_addressee {
    enum duty_towards towards;
    const char *name;
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
    const char *kind;         // "*": every message whose kind is to be signed for
    const char *unless_cites; // not opened by a statement that cites one of this kind; NULL
    const char *if_cites;     // only by one that does; NULL
    struct condition where;
};

struct duty_act {
    const char *kind;
    enum duty_meeting meeting;
    bool later; // never the opening statement itself
    struct condition where;
};

// What must be in besides, before the period begins.
struct duty_await {
    const char *kind; // NULL: nothing
    const char *field;
    struct condition where;  // of the statement awaited
    struct condition unless; // of the opening one; without terms it is always awaited
};

// From an instant of one statement to that of another the period does not run.
struct duty_suspension {
    const char *kind; // NULL: none
    const char *field;
    const char *until_kind;
    const char *until_field;
};

// What an overdue duty prepares. A kind NULL stands for the reminder to the debtors.
struct duty_silence {
    const char *kind;
    const char *role; // whose members get the draft; NULL for the reminder
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
    const struct duty_addressee *addressees; // none: the other side of the opening statement
    size_t addressee_count;
    bool any_addressee; // one of them is enough
    enum duty_start start;
    const char *const *start_fields; // DUTY_FROM_FIELD: the first that the opening statement has
    size_t start_field_count;
    struct duty_await awaits;
    struct within within;
    const char *until_field; // WITHIN_UNTIL
    bool has_urgent;
    struct within urgent_within; // where the opening statement is urgent
    enum duty_counts counts;
    const struct duty_act *met_by;
    size_t met_by_count;
    struct rule_list ended_by;
    const char *extended_by;    // kind; NULL: cannot be extended
    const char *extended_field; // its law pair that holds the new due instant
    unsigned extensions;        // how often; 0: as often as one likes
    struct duty_suspension suspended_by;
    const struct duty_silence *silence;
    size_t silence_count;
};

// Does judging a duty of this rule ask for the roles or sectors of `kind`, as opening or as act?
bool duty_rule_asks_parties(const struct duty_rule *duty, const char *kind);

// Is a statement of this kind one that it may be opened by?
bool duty_rule_opens_by(const struct duty_rule *duty, const char *kind);

// Reads a section as the duty `id`. False: told to the text.
bool duty_rule_take(struct ini_text *ini, const struct ini_section *section, const char *id, struct duty_rule *out_rule);
