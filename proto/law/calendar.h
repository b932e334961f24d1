// SPDX-License-Identifier: Apache-2.0
//
// Which days are worked. A calendar is one text (`calendar.csv`) of a national layer and regional ones, with a statement for every
// year and layer whether it is known. It answers for a region; where a layer that concerns the region is missing it says so and never guesses.
//
// Invariant: a calendar never changes once parsed; its digest names its text.
// Lifetime: process (the daemon keeps every calendar a duty was computed with).
#pragma once

#include "wire/arena.h"
#include "wire/hash.h"

#include <stdbool.h>

// Days since 1970-01-01 in the civil calendar of Asia/Shanghai (UTC+8, no daylight saving).
struct civil_day {
    int32_t days;
};

struct law_fault {
    unsigned line;  // of the text, from 1
    char text[160]; // English
};

struct calendar;

enum law_outcome { LAW_OK, LAW_FAULTY, LAW_NO_MEMORY };

enum law_outcome calendar_parse(struct bytes text, struct calendar **out_calendar, struct law_fault *out_fault);
const struct digest *calendar_digest(const struct calendar *calendar); // SM3 of the text
void calendar_free(struct calendar **calendar);

enum day_kind {
    DAY_WORKED,
    DAY_OFF,
    DAY_UNKNOWN, // the national layer of that year is missing
};

struct day {
    enum day_kind kind;
    const char *name;     // Chinese: "国庆节、中秋节", "周六", "调休上班" …; never NULL; lives as long as the calendar
    bool layer_missing;   // a regional layer that concerns `region` is missing for that year: the day may be off after all
    const char *layer;    // which layer answered, or which is missing
};

// Judges one day for a region code (six digits); a regional layer overrides the national one.
struct day calendar_day(const struct calendar *calendar, const char *region, struct civil_day day);

// Conversions. Any instant from 1970 to 2100 is fine; others are clamped.
struct civil_day calendar_day_of(int64_t instant_ms);
int64_t calendar_start_of(struct civil_day day); // instant of 00:00:00 that day
void calendar_date(struct civil_day day, int *out_year, int *out_month, int *out_day_of_month);
bool calendar_make_day(int year, int month, int day_of_month, struct civil_day *out_day); // false: no such date
unsigned calendar_weekday(struct civil_day day); // 0 Monday … 6 Sunday
