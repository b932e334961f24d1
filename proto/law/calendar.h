// SPDX-License-Identifier: Apache-2.0
//
// Which days are worked. A calendar is one text (`calendar.csv`) of a national layer and regional ones, with a statement for every
// year and layer whether it is known. It answers for a region; where a layer that concerns the region is missing it says so and never guesses.
//
// Invariant: a calendar never changes once parsed; its digest names its text.
// Lifetime: process (the daemon keeps every calendar a duty was computed with).
#pragma once

#include "wire/hash.h"

#include "law/civil.h"
#include "law/law_fault.h"

#include <stdbool.h>

struct calendar;

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

// The layer that concerns `region` and is missing for that year, the national one before all others; NULL: all are known. With "" only the national
// one is asked.
const char *calendar_missing(const struct calendar *calendar, const char *region, int year);

// Judges one day for a region code (six digits); a regional layer overrides the national one.
struct day calendar_day(const struct calendar *calendar, const char *region, struct civil_day day);
