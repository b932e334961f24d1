// SPDX-License-Identifier: Apache-2.0
//
// Counts periods. Where each rule comes from:
//
//   hours       民法典 201 para. 2: they run from the event itself, by night and on days off, because
//               203 rolls days only.
//   next hour   the other reading (民事诉讼法 85, 民诉法解释 125), for procedures that choose it.
//   workdays    the day of the event is not counted (民法典 201 para. 1), then worked days are, by
//               the calendar alone; so the last one is worked by construction and nothing rolls.
//   days        the day of the event is not counted; where the last one is off, the period ends
//               with the next worked day (203), be it a Saturday that is worked in exchange.
//   weeks       seven days each.
//   same day, this year   the end of that day or year, off or not: "自形成当日", "每年".
//   at once, promptly   have no due time; a second later everybody would be late.
//
// A period in days ends at 24:00, so its last on-time second is 23:59:59 (203 para. 2 would let
// office hours decide; agencies accept through a machine that has none).
//
// Days of a year without a national calendar are judged by the weekend rule, and the result is then
// called unknown. Only days that the result depends on make it so: in a period of calendar days
// these are the last one and those it rolls over.
#include "law/clock.h"

#include "law/instant.h"

#include <string.h>

enum {
    SECOND_MS = 1000,
    MINUTE_MS = 60 * SECOND_MS,
    HOUR_MS = 60 * MINUTE_MS,
    CIVIL_DAY_MS = 24 * HOUR_MS,
    LOOKED_AT_DAYS = 4000, // 1,000 working days are some 1,460, 500 weeks are 3,500
    MOST_COUNT = 1000,
    MOST_WEEKS = 500,
};

static int64_t floor_to(int64_t instant_ms, int64_t unit_ms)
{
    const int64_t rest = instant_ms % unit_ms;

    return instant_ms - rest - (rest < 0 ? unit_ms : 0);
}

// The last second of a day; a day off counts like any other.
static int64_t end_of(struct civil_day day)
{
    return civil_start_of(day) + CIVIL_DAY_MS - SECOND_MS;
}

// A form of period in the words of procedure(5) and in Chinese.
struct within_word {
    const char *one;
    const char *many;
    enum within_form form;
    const char *title;
};

static const struct within_word counted_words[] = {
    {"hour", "hours", WITHIN_HOURS, "小时"},
    {"hour from next hour", "hours from next hour", WITHIN_HOURS_FROM_NEXT,
     "小时（自下一整点起）"},
    {"workday", "workdays", WITHIN_WORKDAYS, "个工作日"},
    {"day", "days", WITHIN_DAYS, "日"},
    {"week", "weeks", WITHIN_WEEKS, "周"},
};

static const struct within_word countless_words[] = {
    {"same day", "same day", WITHIN_SAME_DAY, "当日"},
    {"at once", "at once", WITHIN_AT_ONCE, "立即"},
    {"this year", "this year", WITHIN_THIS_YEAR, "本年内"},
    {"promptly", "promptly", WITHIN_PROMPTLY, "及时"},
};

static bool parse_form(const char *text, unsigned count, struct within *out_within)
{
    for (size_t i = 0; i < sizeof counted_words / sizeof counted_words[0]; i++) {
        const struct within_word *word = &counted_words[i];

        if (strcmp(text, word->one) == 0 || strcmp(text, word->many) == 0) {
            if (word->form == WITHIN_WEEKS && count > MOST_WEEKS) {
                return false;
            }
            *out_within = (struct within){.form = word->form, .count = count};
            return true;
        }
    }
    return false;
}

// Cuts `word` off the end of a text.
static bool cut_word(char *text, const char *word)
{
    const size_t size = strlen(text);
    const size_t end = strlen(word);

    if (size <= end + 1 || text[size - end - 1] != ' ' || strcmp(text + size - end, word) != 0) {
        return false;
    }
    text[size - end - 1] = '\0';
    return true;
}

static bool parse_counted(const char *text, unsigned count, struct within *out_within)
{
    char unit[48];
    bool inclusive;
    bool no_roll;

    if (strlen(text) >= sizeof unit) {
        return false;
    }
    memcpy(unit, text, strlen(text) + 1);
    inclusive = cut_word(unit, "inclusive");
    no_roll = cut_word(unit, "no-roll");
    if (!parse_form(unit, count, out_within)) {
        return false;
    }
    out_within->inclusive = inclusive;
    out_within->no_roll = no_roll;
    switch (out_within->form) {
    case WITHIN_DAYS:
    case WITHIN_WEEKS:
        return true;
    case WITHIN_WORKDAYS:
        return !no_roll;
    case WITHIN_HOURS:
    case WITHIN_HOURS_FROM_NEXT:
    case WITHIN_SAME_DAY:
    case WITHIN_AT_ONCE:
    case WITHIN_THIS_YEAR:
    case WITHIN_PROMPTLY:
    case WITHIN_UNTIL:
        break;
    }
    return !no_roll && !inclusive;
}

static bool parse_countless(const char *text, struct within *out_within)
{
    for (size_t i = 0; i < sizeof countless_words / sizeof countless_words[0]; i++) {
        if (strcmp(text, countless_words[i].one) == 0) {
            *out_within = (struct within){.form = countless_words[i].form};
            return true;
        }
    }
    return false;
}

bool clock_parse_within(const char *text, struct within *out_within)
{
    unsigned count = 0;
    size_t digits = 0;

    while (text[digits] >= '0' && text[digits] <= '9' && digits < 5) {
        count = count * 10 + (unsigned)(text[digits] - '0');
        digits++;
    }
    if (digits == 0) {
        return parse_countless(text, out_within);
    }
    if (text[0] == '0' || count > MOST_COUNT || text[digits] != ' ') {
        return false;
    }
    return parse_counted(text + digits + 1, count, out_within);
}

// NULL: WITHIN_UNTIL, which has no words of its own.
static const struct within_word *find_word(enum within_form form)
{
    for (size_t i = 0; i < sizeof counted_words / sizeof counted_words[0]; i++) {
        if (counted_words[i].form == form) {
            return &counted_words[i];
        }
    }
    for (size_t i = 0; i < sizeof countless_words / sizeof countless_words[0]; i++) {
        if (countless_words[i].form == form) {
            return &countless_words[i];
        }
    }
    return NULL;
}

char *clock_format_within(struct within within, struct arena *arena)
{
    const struct within_word *word = find_word(within.form);

    if (word == NULL || within.count == 0) {
        return arena_copy_text(arena, word == NULL ? "until" : word->one);
    }
    return arena_format(arena, "%u %s%s%s", within.count,
                        within.count == 1 ? word->one : word->many,
                        within.no_roll ? " no-roll" : "", within.inclusive ? " inclusive" : "");
}

char *clock_title_within(struct within within, struct arena *arena)
{
    const struct within_word *word = find_word(within.form);

    if (word == NULL || within.count == 0) {
        return arena_copy_text(arena, word == NULL ? "文书载明的期限" : word->title);
    }
    return arena_format(arena, "%u%s%s%s", within.count, word->title,
                        within.no_roll ? "（末日不顺延）" : "",
                        within.inclusive ? "（当日起算）" : "");
}

// A period being counted: which day comes next, and what the days looked at so far have shown.
struct walk {
    const struct calendar *calendar;
    const char *region;
    enum within_form form;
    bool no_roll;
    unsigned needed; // days to count
    unsigned counted;
    struct civil_day day; // the one looked at last
    int missing_year;     // first year without a national calendar that mattered; 0: none
    bool layer_missing;   // of a day that mattered
};

struct seen_day {
    bool worked;
    const char *name;
};

static struct seen_day see_day(struct walk *walk)
{
    const struct day day = calendar_day(walk->calendar, walk->region, walk->day);
    const bool weekend = civil_weekday(walk->day) >= 5;
    // In a period of calendar days only the end depends on what is worked.
    const bool matters = walk->form == WITHIN_WORKDAYS ||
                         (!walk->no_roll && walk->counted + 1 >= walk->needed);
    int year;
    int month;
    int day_of_month;

    switch (day.kind) {
    case DAY_WORKED:
        walk->layer_missing = walk->layer_missing || (matters && day.layer_missing);
        return (struct seen_day){true, strcmp(day.name, "调休上班") == 0 ? day.name : ""};
    case DAY_OFF:
        return (struct seen_day){false, day.name};
    case DAY_UNKNOWN:
        civil_date(walk->day, &year, &month, &day_of_month);
        if (matters && walk->missing_year == 0) {
            walk->missing_year = year;
        }
        return (struct seen_day){!weekend, weekend ? "周末" : ""};
    }
    return (struct seen_day){false, ""};
}

// Looks at the next day and says whether it is counted.
static struct counted_day take_day(struct walk *walk)
{
    struct seen_day seen;
    bool counted;

    walk->day.days++;
    seen = see_day(walk);
    counted = seen.worked || (walk->form == WITHIN_DAYS &&
                              (walk->no_roll || walk->counted + 1 < walk->needed));
    walk->counted += counted ? 1 : 0;
    return (struct counted_day){walk->day, counted, counted && !seen.worked ? "" : seen.name};
}

// How many days a period takes; at most LOOKED_AT_DAYS, where only a calendar of nothing but
// holidays gets to.
static size_t measure_walk(struct walk walk)
{
    size_t taken = 0;

    while (walk.counted < walk.needed && taken < LOOKED_AT_DAYS) {
        take_day(&walk);
        taken++;
    }
    return taken;
}

// `named` is the day on which the period ends unless that is off. The warning comes before the days
// off, while people still sit at their desks, and not when they are over.
static void settle_walk(const struct walk *walk, struct civil_day named, struct due *out_due)
{
    int month;
    int day_of_month;

    out_due->due_at = end_of(walk->day);
    out_due->amber_at = clock_last_workday(walk->calendar, walk->region, end_of(named));
    out_due->outcome = CLOCK_KNOWN;
    if (walk->missing_year != 0) {
        out_due->outcome = CLOCK_UNKNOWN;
        out_due->year = walk->missing_year;
    } else if (walk->counted < walk->needed) {
        out_due->outcome = CLOCK_UNKNOWN;
        civil_date(walk->day, &out_due->year, &month, &day_of_month);
    } else if (walk->layer_missing) {
        out_due->outcome = CLOCK_EARLIEST;
    }
}

static enum clock_status count_days(struct walk walk, struct arena *arena, struct due *out_due)
{
    const struct civil_day named = {walk.day.days + (int32_t)walk.needed};
    const size_t taken = measure_walk(walk);
    struct counted_day *days = arena_take_array(arena, taken, sizeof *days);

    if (days == NULL) {
        return CLOCK_NO_MEMORY;
    }
    for (size_t i = 0; i < taken; i++) {
        days[i] = take_day(&walk);
    }
    out_due->days = days;
    out_due->day_count = taken;
    settle_walk(&walk, walk.form == WITHIN_DAYS ? named : walk.day, out_due);
    return CLOCK_OK;
}

static void count_hours(int64_t from, unsigned hours, struct due *out_due)
{
    const int64_t period = (int64_t)hours * HOUR_MS;

    out_due->outcome = CLOCK_KNOWN;
    out_due->due_at = from + period;
    out_due->amber_at = out_due->due_at - period / 4;
}

int64_t clock_last_workday(const struct calendar *calendar, const char *region, int64_t instant_ms)
{
    const struct civil_day last = civil_day_of(instant_ms);
    struct walk walk = {
        .calendar = calendar, .region = region, .form = WITHIN_WORKDAYS, .day = last};

    for (unsigned i = 0; i < LOOKED_AT_DAYS; i++) {
        if (see_day(&walk).worked) {
            return civil_start_of(walk.day);
        }
        walk.day.days--;
    }
    return civil_start_of(last);
}

// A due time that does not roll may fall on a day off, so the warning comes while people still sit
// at their desks.
static void end_with(const struct calendar *calendar, const char *region, struct civil_day day,
                     struct due *out_due)
{
    out_due->outcome = CLOCK_KNOWN;
    out_due->due_at = end_of(day);
    out_due->amber_at = clock_last_workday(calendar, region, out_due->due_at);
}

static struct civil_day last_of_year(struct civil_day day)
{
    struct civil_day last = day;
    int year;
    int month;
    int day_of_month;

    civil_date(day, &year, &month, &day_of_month);
    if (!civil_make_day(year, 12, 31, &last)) {
        return day;
    }
    return last;
}

enum clock_status clock_count(const struct calendar *calendar, const char *region,
                              struct within within, int64_t start_at, struct arena *arena,
                              struct due *out_due)
{
    const int64_t start = instant_floor(start_at);
    struct walk walk = {
        .calendar = calendar,
        .region = region,
        .form = within.form,
        .no_roll = within.no_roll,
        .needed = within.count,
        .day = civil_day_of(start),
    };

    walk.day.days -= within.inclusive ? 1 : 0;
    *out_due = (struct due){.outcome = CLOCK_NONE};
    switch (within.form) {
    case WITHIN_HOURS:
        count_hours(start, within.count, out_due);
        return CLOCK_OK;
    case WITHIN_HOURS_FROM_NEXT:
        count_hours(floor_to(start + HOUR_MS - SECOND_MS, HOUR_MS), within.count, out_due);
        return CLOCK_OK;
    case WITHIN_WORKDAYS:
    case WITHIN_DAYS:
        return count_days(walk, arena, out_due);
    case WITHIN_WEEKS:
        walk.form = WITHIN_DAYS;
        walk.needed = within.count * 7;
        return count_days(walk, arena, out_due);
    case WITHIN_SAME_DAY:
        end_with(calendar, region, walk.day, out_due);
        return CLOCK_OK;
    case WITHIN_THIS_YEAR:
        end_with(calendar, region, last_of_year(walk.day), out_due);
        return CLOCK_OK;
    case WITHIN_AT_ONCE:
    case WITHIN_PROMPTLY:
    case WITHIN_UNTIL:
        return CLOCK_OK;
    }
    return CLOCK_OK;
}

static bool is_period(const struct clock_period *period, const struct calendar *calendar,
                      const char *region, struct within within, int64_t start)
{
    return period->calendar == calendar && period->start_at == start &&
           period->within.form == within.form && period->within.count == within.count &&
           period->within.no_roll == within.no_roll &&
           period->within.inclusive == within.inclusive && strcmp(period->region, region) == 0;
}

enum clock_status clock_count_again(struct clock_counted *counted, const struct calendar *calendar,
                                    const char *region, struct within within, int64_t start_at,
                                    struct arena *arena, struct due *out_due)
{
    const int64_t start = instant_floor(start_at); // the second decides
    struct clock_period *period = &counted->periods[counted->next];

    for (size_t i = 0; i < CLOCK_COUNTED; i++) {
        if (is_period(&counted->periods[i], calendar, region, within, start)) {
            *out_due = counted->periods[i].due;
            return CLOCK_OK;
        }
    }
    const enum clock_status status =
        clock_count(calendar, region, within, start_at, arena, out_due);
    if (status == CLOCK_OK) {
        *period = (struct clock_period){calendar, region, within, start, *out_due};
        counted->next = (counted->next + 1) % CLOCK_COUNTED;
    }
    return status;
}

int64_t clock_next_workday(const struct calendar *calendar, const char *region, int64_t instant_ms)
{
    struct civil_day day = civil_day_of(instant_ms);

    for (unsigned i = 0; i < LOOKED_AT_DAYS; i++) {
        day.days++;
        switch (calendar_day(calendar, region, day).kind) {
        case DAY_WORKED:
            return civil_start_of(day);
        case DAY_OFF:
            break;
        case DAY_UNKNOWN:
            return 0;
        }
    }
    return 0;
}

char *clock_format_due(const struct due *due, struct arena *arena)
{
    char text[INSTANT_TEXT_BYTES];

    instant_format(due->due_at, text);
    switch (due->outcome) {
    case CLOCK_KNOWN:
        return arena_copy_text(arena, text);
    case CLOCK_EARLIEST:
        return arena_format(arena, "earliest:%s", text);
    case CLOCK_UNKNOWN:
        return arena_format(arena, "unknown:%d", due->year);
    case CLOCK_NONE:
        return arena_copy_text(arena, "");
    }
    return NULL;
}
