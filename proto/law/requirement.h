// SPDX-License-Identifier: Apache-2.0
//
// What a statement must have to be a step under a regulation, a section [requirement ID]: fields, officers, roles, steps before it. Beside
// duty_rule; procedure lists them, submit and accept ask.
//
// Invariant: pure; every kind, field, code and role that a requirement names exists.
// Lifetime: the procedure it is part of.
#pragma once

#include "wire/faults.h"

#include "law/rule_items.h"

struct requirement {
    unsigned line;
    const char *id;
    const char *title;
    const char *title_en; // this and the next two: empty if not given
    const char *article;
    const char *quote;
    bool policy;
    struct rule_list of;
    struct word_list needs; // paths of the body
    struct condition forbids; // without terms nothing is forbidden
    struct word_list from;  // roles
    struct word_list to;
    unsigned officers;
    bool own_name;
    const char *own_name_unless; // path; NULL: no exception
    bool own_number;
    struct word_list answers; // kinds
    struct rule_list after;
    bool different_officers;
};

// Reads a section as the requirement `id`. False: told to the text.
bool requirement_take(struct ini_text *ini, const struct ini_section *section, const char *id,
                      struct requirement *out_requirement);

// A statement and who is named in it.
struct signed_act {
    const struct act *act;
    const char *const *officers; // certificates
    size_t officer_count;
};

struct requirement_case {
    const struct kind *kind;
    const ProtobufCMessage *body; // NULL: it is not here, and nothing is asked of it
    struct signed_act statement;
    const char *own_number;
    bool own_name;                   // its author may act in its own name
    bool own;                        // asked of oneself: `earlier` is all that its author has
    const struct signed_act *earlier; // what stands in the matter
    size_t earlier_count;
};

// Is the statement one that the requirement is about?
bool requirement_applies(const struct requirement *requirement, const struct act *act);

// Does it forbid what the statement says?
bool requirement_forbids(const struct requirement *requirement, const struct act *act);

// Adds everything that is missing, with the requirement's id and article as its source.
void requirement_check(const struct requirement *requirement, const struct requirement_case *kase, struct faults *faults);

// Does judging it ask for the roles or sectors of `kind`?
bool requirement_asks_parties(const struct requirement *requirement, const char *kind);
