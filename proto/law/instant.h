// SPDX-License-Identifier: Apache-2.0
//
// Instants as text, RFC 3339, always written with +08:00 and whole seconds.
//
// Invariant: pure; parse(format(x)) is instant_floor(x) from 1970 to 2100.
// Lifetime: values.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { INSTANT_TEXT_BYTES = 26 };
void instant_format(int64_t instant_ms, char out_text[INSTANT_TEXT_BYTES]);

// Takes any offset and 'Z', and fractions down to milliseconds. False: not such a text.
bool instant_parse(const char *text, int64_t *out_instant_ms);

// The whole second that holds the instant, before 1970 too.
int64_t instant_floor(int64_t instant_ms);
