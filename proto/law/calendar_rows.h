// SPDX-License-Identifier: Apache-2.0
//
// The rows of a calendar's text, each read by itself. What they mean together, calendar says.
//
// Invariant: every row is well formed. Fresh from the text they stand in its order and may still contradict each other.
// Lifetime: the calendar's; rows point into `text`.
#pragma once

#include "law/calendar.h"

enum coverage_state { COVERAGE_MISSING, COVERAGE_KNOWN };

struct coverage {
    unsigned line;
    const char *layer;
    const char *prefix;
    int year;
    enum coverage_state state;
};

struct dated {
    unsigned line;
    const char *layer;
    struct civil_day day;
    enum day_kind kind;
    const char *name;
};

struct calendar_rows {
    char *text; // a copy, cut into fields in place; all strings point into it
    struct coverage *coverages;
    size_t coverage_count;
    struct dated *dates;
    size_t date_count;
};

// On any outcome but LAW_OK nothing is left to free.
enum law_outcome calendar_rows_parse(struct bytes text, struct calendar_rows *out_rows, struct law_fault *out_fault);
void calendar_rows_done(struct calendar_rows *rows);
