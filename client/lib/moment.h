// SPDX-License-Identifier: Apache-2.0
//
// Dates and times as lists have them: 2025-10-13, 2025/10/13 and 2025年10月13日, with or without a time of
// day, as well as RFC 3339. Where no offset is said it is that of China; where no time is, the day's
// start.
//
// Invariant: pure; the machine's time zone plays no part.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// False: no such date, or anything else.
bool moment_parse(const char *text, int64_t *out_instant_ms);
