// SPDX-License-Identifier: Apache-2.0
//
// A regulation as data (INI): which statement opens which duty, whose, towards whom, from when, within what, and what meets it.
// The language is described in procedure(5), beside this file.
//
// Invariant: a procedure never changes once parsed; its digest names its text. Every kind and field it names exists.
// Lifetime: process.
#pragma once

#include "law/kind_law.h"

struct procedure {
    unsigned line;       // of [procedure]
    unsigned roles_line; // of its roles
    const char *id;
    const char *title;
    const char *title_en; // this and the next: empty if not given
    const char *issuer;
    int64_t issued_at;   // start of the day; 0: none given
    int64_t valid_from;  // instant; 0: none given
    int64_t valid_until; // last valid second; 0: open
    int64_t at_once_red;    // ms after which what is due at once is red
    int64_t promptly_amber; // ms after which what is due promptly is amber
    struct word_list roles;
    struct word_list role_titles; // Chinese, in the order of `roles`; may be none
    const struct duty_rule *duties;
    size_t duty_count;
    const struct requirement *requirements;
    size_t requirement_count;
    const struct kind_law *kinds; // what of it concerns each kind; kind_law_find
    size_t kind_count;
    struct digest digest;
};

enum law_outcome procedure_parse(struct bytes text, struct procedure **out_procedure, struct law_fault *out_fault);
const struct duty_rule *procedure_duty(const struct procedure *procedure, const char *id); // NULL if unknown
bool procedure_has_role(const struct procedure *procedure, const char *role);
const char *procedure_role_title(const struct procedure *procedure, const char *role); // Chinese; the role itself where none is given

// Does a duty that statements of this kind may open go to members of `role`, whoever it is addressed to?
bool procedure_owes_role(const struct procedure *procedure, const char *kind, const char *role);
void procedure_free(struct procedure **procedure);
