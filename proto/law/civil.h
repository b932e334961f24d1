// SPDX-License-Identifier: Apache-2.0
//
// Days of the civil calendar of Asia/Shanghai (UTC+8, no daylight saving): arithmetic alone, no question of what is worked.
//
// Invariant: pure; the machine's time zone plays no part. Instants outside 1970 to 2100 are clamped.
// Lifetime: values.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { CIVIL_FIRST_YEAR = 1970, CIVIL_LAST_YEAR = 2100 };

struct civil_day {
    int32_t days; // since 1970-01-01
};

// The nearest instant that the calendar knows. Adding any period to it overflows nothing.
int64_t civil_clamp(int64_t instant_ms);

struct civil_day civil_day_of(int64_t instant_ms);
int64_t civil_start_of(struct civil_day day); // instant of 00:00:00 that day
void civil_date(struct civil_day day, int *out_year, int *out_month, int *out_day_of_month);
bool civil_make_day(int year, int month, int day_of_month, struct civil_day *out_day); // false: no such date
int64_t civil_next_year(int64_t instant_ms); // the start of the year after the instant's
unsigned civil_weekday(struct civil_day day); // 0 Monday … 6 Sunday
