// SPDX-License-Identifier: Apache-2.0
//
// Legal time: from a starting instant and a period to the last on-time second, with the reason. The rules are 民法典 art. 200–204 (the day of the
// event is not counted; a period in days that would end on a day off ends on the next worked one; hours run from the event and do not roll)
// and, for numbers of working days, the calendar alone.
//
// Invariant: pure; the machine's time zone plays no part (UTC+8, fixed). A due instant is the last on-time second: an act at `t`
// is on time if and only if instant_floor(t) <= due.
#pragma once

#include "law/calendar.h"
#include "law/instant.h"

enum within_form {
    WITHIN_HOURS,
    WITHIN_HOURS_FROM_NEXT, // from the next full hour; a full hour stays
    WITHIN_WORKDAYS,
    WITHIN_DAYS,
    WITHIN_WEEKS,
    WITHIN_SAME_DAY,
    WITHIN_AT_ONCE,
    WITHIN_THIS_YEAR,
    WITHIN_PROMPTLY,
    WITHIN_UNTIL, // an instant that the opening statement names
};

struct within {
    enum within_form form;
    unsigned count; // 1..1000 (weeks: 1..500); 0 for the forms without a number
    bool no_roll;   // days, weeks: ends on its last day, off or not
    bool inclusive; // workdays, days, weeks: the day of the event is the first
};

// "24 hours", "3 workdays inclusive", "30 days no-roll", "2 weeks", "12 hours from next hour", "same day", "at once", "promptly", "this year";
// singular is fine. WITHIN_UNTIL has no text of its own. False: not one of these.
bool clock_parse_within(const char *text, struct within *out_within);

// The text that clock_parse_within reads as this; "until" for WITHIN_UNTIL. NULL: arena full.
char *clock_format_within(struct within within, struct arena *arena);

// The same in Chinese: "3个工作日". NULL: arena full.
char *clock_title_within(struct within within, struct arena *arena);

enum clock_outcome {
    CLOCK_KNOWN,
    CLOCK_EARLIEST, // a regional layer is missing: not before `due_at`
    CLOCK_UNKNOWN,  // needs the national calendar of `year`; `due_at` is the earliest by the weekend rule alone
    CLOCK_NONE,     // "at once" and "promptly" have no due time
};

struct counted_day {
    struct civil_day day;
    bool counted;     // else skipped
    const char *name; // why skipped: "周六", "国庆节、中秋节"; for counted days "" or "调休上班"
};

struct due {
    enum clock_outcome outcome;
    int64_t due_at;   // instant of the last on-time second
    int64_t amber_at; // start of the last working day (days), before days off at their end, or of the last quarter (hours); 0 if there is no due time
    int year;         // CLOCK_UNKNOWN: the first missing year
    const struct counted_day *days; // every day from the one after the start to the last; empty for hours, same day and this year
    size_t day_count;
};

enum clock_status { CLOCK_OK, CLOCK_NO_MEMORY };

// Counts. At most 4,000 days are looked at (no period of 1,000 working days needs more).
enum clock_status clock_count(const struct calendar *calendar, const char *region, struct within within,
                              int64_t start_at, struct arena *arena, struct due *out_due);

// The periods counted last. Statements that arrived together run from the same instant, so most are asked for again at once.
enum { CLOCK_COUNTED = 8 };
struct clock_counted {
    struct clock_period {
        const struct calendar *calendar; // NULL: nothing here
        const char *region;
        struct within within;
        int64_t start_at;
        struct due due;
    } periods[CLOCK_COUNTED];
    unsigned next;
};

// The same by what was counted before, if it is there. `counted` is zeroed at first; what is in it points at regions given and days in the arena.
enum clock_status clock_count_again(struct clock_counted *counted, const struct calendar *calendar, const char *region,
                                    struct within within, int64_t start_at, struct arena *arena, struct due *out_due);

// "2026-02-25T23:59:59+08:00", or "unknown:2027", "earliest:2026-…", or "" for CLOCK_NONE. NULL: arena full.
char *clock_format_due(const struct due *due, struct arena *arena);

// The start of the first worked day at or after the instant's next day; 0 if unknown. Decides nothing (it tells people when the other side is
// back), so a missing regional layer does not make it unknown.
int64_t clock_next_workday(const struct calendar *calendar, const char *region, int64_t instant_ms);

// The start of the last worked day up to the instant's own; by the weekend rule where the calendar is not known. For warnings only.
int64_t clock_last_workday(const struct calendar *calendar, const char *region, int64_t instant_ms);
