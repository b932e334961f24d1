// SPDX-License-Identifier: Apache-2.0
//
// The rules of a procedure in words, Chinese or English: what a lawyer compares with the regulation's text. Before it stands law, behind
// it statute and advice, which put the words into JSON.
//
// Invariant: says what the rule says and no more. A rule that is not given is an empty text.
// Lifetime: values.
#pragma once

#include <jansson.h>

#include "law/procedure.h"

enum phrase_language { PHRASE_ZH, PHRASE_EN };

// {name: text} of every aspect that is given. NULL: no memory.
json_t *phrase_duty(const struct procedure *procedure, enum phrase_language language,
                    const struct duty_rule *duty);
json_t *phrase_requirement(const struct procedure *procedure, enum phrase_language language,
                           const struct requirement *requirement);

// A condition on statements of a kind. NULL: no memory.
json_t *phrase_condition(const struct procedure *procedure, enum phrase_language language,
                         const char *kind, const struct condition *condition);
