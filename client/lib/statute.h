// SPDX-License-Identifier: Apache-2.0
//
// Regulations as JSON: every rule as data and in words. Behind it the public calls that need no daemon, and advice.
//
// Lifetime: values belong to the caller; NULL: no memory.
#pragma once

#include <jansson.h>

#include "law/procedure.h"

json_t *statute_duty(const struct procedure *procedure, const struct duty_rule *duty);
json_t *statute_requirement(const struct procedure *procedure,
                            const struct requirement *requirement);
json_t *statute_procedure(const struct procedure *procedure);
