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
    struct digest digest;
};

enum law_outcome compact_parse(struct bytes text, struct compact **out_compact, struct law_fault *out_fault);
// The host of a year; NULL: there is none.
const char *compact_host(const struct compact *compact, unsigned year);

const struct compact_member *compact_member(const struct compact *compact, const char *agency); // NULL: not a member
void compact_free(struct compact **compact);
