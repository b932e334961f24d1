// SPDX-License-Identifier: Apache-2.0
//
// Why something was refused, as the JSON object that every refusal of this library is, whether the
// daemon or the library itself said so: {"code", "text", "faults": [{"field", "title", "text",
// "source"}]}.
#pragma once

#include "lib/mapping.h"
#include "law/law_fault.h"

// A refusal without faults; NULL if there is no memory.
json_t *refusal_new(const char *code, const char *text);

// Adds one fault, or makes the refusal NULL if there is no memory. Nothing happens to NULL, so that
// calls can follow each other.
void refusal_add(json_t **refusal, const char *field, const char *title, const char *text,
                 const char *source);

// What a mapping refused.
json_t *refusal_of_mapping(const struct mapping_faults *faults);

// What is wrong with a text of law, at its line.
json_t *refusal_of_law(const char *code, const char *text, const struct law_fault *fault);
