// SPDX-License-Identifier: Apache-2.0
//
// A regulation as data (INI): which statement opens which duty, whose, towards whom, from when, within what, and what meets it.
// The language is described in procedure(5), beside this file.
//
// Invariant: a procedure never changes once parsed; its digest names its text. Every kind and field it names exists.
// Lifetime: process.
#pragma once

#include "law/duty_rule.h"

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
