// SPDX-License-Identifier: Apache-2.0
//
// A compact: who acts under which procedure, in which role (INI). In the language of procedure(5), as procedures are.
//
// Invariant: a compact never changes once parsed; its digest names its text. It has at least two members, each once.
// Lifetime: process.
#pragma once

#include "wire/hash.h"

#include "law/law_fault.h"
#include "law/rule_items.h"

struct compact_member {
    unsigned line;
    const char *agency;
    const char *role;
};

// Who may have what is published of one category ([share CATEGORY]). What no rule speaks of every member may have.
enum compact_internal {
    COMPACT_INTERNAL_AS_TO,  // marked 内部 or not makes no difference
    COMPACT_INTERNAL_NONE,
    COMPACT_INTERNAL_ROLES,
};

struct compact_share {
    unsigned line;
    const char *category;           // code list `category`
    struct word_list to;            // roles; none: every member
    enum compact_internal internal; // of what is marked 内部
    struct word_list internal_to;
    const char *basis; // what a refusal cites
    bool officer_decides;         // on requests to subscribe, an officer of the publisher
    struct word_list decided_for; // by these roles; none: by every member
};

struct compact {
    unsigned line; // of [compact]
    const char *id;
    const char *title;
    const char *procedure; // id
    const char *after_expiry; // id of the one for matters that begin when `procedure` has expired; NULL: they are refused
    struct word_list hosts;   // agencies that are host in turn; none: there is no host
    unsigned hosts_since;     // the year of the first of them
    const struct compact_member *members;
    size_t member_count;
    const struct compact_share *shares;
    size_t share_count;
    struct digest digest;
};

enum law_outcome compact_parse(struct bytes text, struct compact **out_compact, struct law_fault *out_fault);
// The host of a year; NULL: there is none.
const char *compact_host(const struct compact *compact, unsigned year);

const struct compact_member *compact_member(const struct compact *compact, const char *agency); // NULL: not a member

enum compact_verdict { COMPACT_MAY_HAVE, COMPACT_NOT_ITS_ROLE, COMPACT_NOT_INTERNAL };
// May a member have what another publishes of a category? `out_rule` is the one that says so; NULL: none does, and everybody may.
enum compact_verdict compact_may_have(const struct compact *compact, const char *agency, const char *category, bool internal,
                                      const struct compact_share **out_rule);
// Does a member's request to have a category wait for an officer of the publisher?
bool compact_officer_decides(const struct compact *compact, const char *agency, const char *category);

void compact_free(struct compact **compact);
