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
//   at once     has no due time; a second later everybody would be late.
//
// A period in days ends at 24:00, so its last on-time second is 23:59:59 (203 para. 2 would let
// office hours decide; agencies accept through a machine that has none).
//
// Days of a year without a national calendar are judged by the weekend rule, and the result is then
// called unknown. Only days that the result depends on make it so: in a period of calendar days
// these are the last one and those it rolls over.
#include "law/clock.h"

#include <stdarg.h>
#include <stdio.h>
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

int64_t clock_floor(int64_t instant_ms)
{
    return floor_to(instant_ms, SECOND_MS);
}

// The last second of a day; a day off counts like any other.
static int64_t end_of(struct civil_day day)
{
    return calendar_start_of(day) + CIVIL_DAY_MS - SECOND_MS;
}

struct within_word {
    const char *one;
    const char *many;
    enum within_form form;
};

static bool parse_form(const char *text, unsigned count, struct within *out_within)
{
    static const struct within_word words[] = {
        {"hour", "hours", WITHIN_HOURS},
        {"hour from next hour", "hours from next hour", WITHIN_HOURS_FROM_NEXT},
        {"workday", "workdays", WITHIN_WORKDAYS},
        {"day", "days", WITHIN_DAYS},
        {"week", "weeks", WITHIN_WEEKS},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i].one) == 0 || strcmp(text, words[i].many) == 0) {
            if (words[i].form == WITHIN_WEEKS && count > MOST_WEEKS) {
                return false;
            }
            *out_within = (struct within){words[i].form, count};
            return true;
        }
    }
    return false;
}

static bool parse_countless(const char *text, struct within *out_within)
{
    static const struct within_word words[] = {
        {"same day", "same day", WITHIN_SAME_DAY},
        {"at once", "at once", WITHIN_AT_ONCE},
        {"this year", "this year", WITHIN_THIS_YEAR},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i].one) == 0) {
            *out_within = (struct within){words[i].form, 0};
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
    return parse_form(text + digits + 1, count, out_within);
}

// A period being counted: which day comes next, and what the days looked at so far have shown.
struct walk {
    const struct calendar *calendar;
    const char *region;
    enum within_form form;
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
    const bool weekend = calendar_weekday(walk->day) >= 5;
    // In a period of calendar days only the end depends on what is worked.
    const bool matters = walk->form == WITHIN_WORKDAYS || walk->counted + 1 >= walk->needed;
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
        calendar_date(walk->day, &year, &month, &day_of_month);
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
    counted = seen.worked || (walk->form == WITHIN_DAYS && walk->counted + 1 < walk->needed);
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

static void settle_walk(const struct walk *walk, struct due *out_due)
{
    int month;
    int day_of_month;

    out_due->due_at = end_of(walk->day);
    out_due->amber_at = calendar_start_of(walk->day);
    out_due->outcome = CLOCK_KNOWN;
    if (walk->missing_year != 0) {
        out_due->outcome = CLOCK_UNKNOWN;
        out_due->year = walk->missing_year;
    } else if (walk->counted < walk->needed) {
        out_due->outcome = CLOCK_UNKNOWN;
        calendar_date(walk->day, &out_due->year, &month, &day_of_month);
    } else if (walk->layer_missing) {
        out_due->outcome = CLOCK_EARLIEST;
    }
}

static enum clock_status count_days(struct walk walk, struct arena *arena, struct due *out_due)
{
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
    settle_walk(&walk, out_due);
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
    const struct civil_day last = calendar_day_of(instant_ms);
    struct walk walk = {
        .calendar = calendar, .region = region, .form = WITHIN_WORKDAYS, .day = last};

    for (unsigned i = 0; i < LOOKED_AT_DAYS; i++) {
        if (see_day(&walk).worked) {
            return calendar_start_of(walk.day);
        }
        walk.day.days--;
    }
    return calendar_start_of(last);
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

    calendar_date(day, &year, &month, &day_of_month);
    if (!calendar_make_day(year, 12, 31, &last)) {
        return day;
    }
    return last;
}

enum clock_status clock_count(const struct calendar *calendar, const char *region,
                              struct within within, int64_t start_at, struct arena *arena,
                              struct due *out_due)
{
    const int64_t start = clock_floor(start_at);
    struct walk walk = {
        .calendar = calendar,
        .region = region,
        .form = within.form,
        .needed = within.count,
        .day = calendar_day_of(start),
    };

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
        return CLOCK_OK;
    }
    return CLOCK_OK;
}

int64_t clock_next_workday(const struct calendar *calendar, const char *region, int64_t instant_ms)
{
    struct civil_day day = calendar_day_of(instant_ms);

    for (unsigned i = 0; i < LOOKED_AT_DAYS; i++) {
        day.days++;
        switch (calendar_day(calendar, region, day).kind) {
        case DAY_WORKED:
            return calendar_start_of(day);
        case DAY_OFF:
            break;
        case DAY_UNKNOWN:
            return 0;
        }
    }
    return 0;
}

// A paragraph being written. Its size is measured beforehand, so that a period of years costs what
// it says and no more.
struct prose {
    char *text;
    size_t size;
    size_t used;
};

enum {
    PROSE_FRAME_BYTES = 512, // start, period and end
    PROSE_RUN_BYTES = 160,   // two dates, two ordinals and the words between
};

__attribute__((format(printf, 2, 3))) static void add_text(struct prose *prose, const char *format,
                                                           ...)
{
    va_list arguments;
    int written;

    va_start(arguments, format);
    written = vsnprintf(prose->text + prose->used, prose->size - prose->used, format, arguments);
    va_end(arguments);
    if (written > 0 && (size_t)written < prose->size - prose->used) {
        prose->used += (size_t)written;
    }
}

static void add_day(struct prose *prose, struct civil_day day)
{
    static const char *const names[] = {"周一", "周二", "周三", "周四", "周五", "周六", "周日"};
    int year;
    int month;
    int day_of_month;

    calendar_date(day, &year, &month, &day_of_month);
    add_text(prose, "%d年%d月%d日（%s）", year, month, day_of_month, names[calendar_weekday(day)]);
}

static void add_moment(struct prose *prose, int64_t instant_ms)
{
    const struct civil_day day = calendar_day_of(instant_ms);
    const int64_t seconds = (instant_ms - calendar_start_of(day)) / SECOND_MS;

    add_day(prose, day);
    add_text(prose, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
             (int)(seconds % 60));
}

static void add_within(struct prose *prose, struct within within)
{
    switch (within.form) {
    case WITHIN_HOURS:
        add_text(prose, "%u小时内", within.count);
        return;
    case WITHIN_HOURS_FROM_NEXT:
        add_text(prose, "%u小时内（自下一整点起算）", within.count);
        return;
    case WITHIN_WORKDAYS:
        add_text(prose, "%u个工作日内", within.count);
        return;
    case WITHIN_DAYS:
        add_text(prose, "%u日内", within.count);
        return;
    case WITHIN_WEEKS:
        add_text(prose, "%u周内", within.count);
        return;
    case WITHIN_SAME_DAY:
        add_text(prose, "当日内");
        return;
    case WITHIN_AT_ONCE:
        add_text(prose, "立即");
        return;
    case WITHIN_THIS_YEAR:
        add_text(prose, "当年内");
        return;
    }
}

// Days in a row that are told together: all counted, or all skipped for one reason.
static size_t run_length(const struct counted_day *days, size_t count)
{
    size_t length = 1;

    while (length < count && days[length].counted == days[0].counted &&
           strcmp(days[length].name, days[0].name) == 0) {
        length++;
    }
    return length;
}

static void add_run(struct prose *prose, const struct counted_day *days, size_t length,
                    size_t counted)
{
    add_day(prose, days[0].day);
    if (length > 1) {
        add_text(prose, "至");
        add_day(prose, days[length - 1].day);
    }
    if (days[0].name[0] != '\0') {
        add_text(prose, "为%s", days[0].name);
    }
    if (!days[0].counted) {
        add_text(prose, "，不计；");
    } else if (length == 1) {
        add_text(prose, "，计第%zu日；", counted + 1);
    } else {
        add_text(prose, "，计第%zu日至第%zu日；", counted + 1, counted + length);
    }
}

static void add_days(struct prose *prose, const struct due *due)
{
    size_t counted = 0;
    size_t length;

    for (size_t i = 0; i < due->day_count; i += length) {
        length = run_length(&due->days[i], due->day_count - i);
        add_run(prose, &due->days[i], length, counted);
        counted += due->days[i].counted ? length : 0;
    }
}

static void add_end(struct prose *prose, const struct due *due)
{
    switch (due->outcome) {
    case CLOCK_KNOWN:
        add_text(prose, "至");
        add_moment(prose, due->due_at);
        add_text(prose, "届满，该秒内完成仍为按期。");
        return;
    case CLOCK_EARLIEST:
        add_text(prose, "所在地区的放假安排缺失，仅按全国安排计算，届满不早于");
        add_moment(prose, due->due_at);
        add_text(prose, "。");
        return;
    case CLOCK_UNKNOWN:
        add_text(prose, "%d年放假安排尚未公布，届满时间未定，仅按周末推算为", due->year);
        add_moment(prose, due->due_at);
        add_text(prose, "。");
        return;
    case CLOCK_NONE:
        add_text(prose, "不设届满时间，应立即办理。");
        return;
    }
}

static size_t measure_prose(const struct due *due)
{
    size_t bytes = PROSE_FRAME_BYTES;
    size_t length;

    for (size_t i = 0; i < due->day_count; i += length) {
        length = run_length(&due->days[i], due->day_count - i);
        bytes += PROSE_RUN_BYTES + strlen(due->days[i].name);
    }
    return bytes;
}

char *clock_explain(const struct due *due, struct within within, int64_t start_at,
                    struct arena *arena)
{
    struct prose prose = {.size = measure_prose(due)};

    prose.text = arena_take(arena, prose.size);
    if (prose.text == NULL) {
        return NULL;
    }
    add_text(&prose, "自");
    add_moment(&prose, start_at);
    add_text(&prose, "起");
    add_within(&prose, within);
    add_text(&prose, due->day_count > 0 ? "：开始的当日不计入；" : "：");
    add_days(&prose, due);
    add_end(&prose, due);
    return prose.text;
}

void clock_format(int64_t instant_ms, char out_text[CLOCK_TEXT_BYTES])
{
    const struct civil_day day = calendar_day_of(instant_ms);
    const int64_t of_day = (instant_ms - calendar_start_of(day)) / SECOND_MS;
    // An instant beyond the calendar is written as the nearest one within.
    const unsigned seconds = of_day < 0 ? 0 : of_day >= 86400 ? 86399 : (unsigned)of_day;
    int year;
    int month;
    int day_of_month;

    calendar_date(day, &year, &month, &day_of_month);
    snprintf(out_text, CLOCK_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u+08:00",
             (unsigned)year % 10000, (unsigned)month % 100, (unsigned)day_of_month % 100,
             seconds / 3600 % 100, seconds / 60 % 60, seconds % 60);
}

char *clock_format_due(const struct due *due, struct arena *arena)
{
    char text[CLOCK_TEXT_BYTES];

    clock_format(due->due_at, text);
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

// Reads `count` digits and moves on; false if there are fewer.
static bool take_digits(const char **at, unsigned count, int *out_value)
{
    int value = 0;

    for (unsigned i = 0; i < count; i++) {
        if ((*at)[i] < '0' || (*at)[i] > '9') {
            return false;
        }
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += count;
    *out_value = value;
    return true;
}

static bool take_mark(const char **at, const char *marks)
{
    if (**at == '\0' || strchr(marks, **at) == NULL) {
        return false;
    }
    (*at)++;
    return true;
}

// Up to nine digits; milliseconds are kept, the rest is dropped, which never makes an act late.
static bool take_fraction(const char **at, int *out_ms)
{
    int ms = 0;
    unsigned digits = 0;

    if (!take_mark(at, ".")) {
        *out_ms = 0;
        return true;
    }
    while (**at >= '0' && **at <= '9' && digits < 9) {
        ms = digits < 3 ? ms * 10 + (**at - '0') : ms;
        digits++;
        (*at)++;
    }
    *out_ms = digits == 1 ? ms * 100 : digits == 2 ? ms * 10 : ms;
    return digits > 0;
}

static bool take_offset(const char **at, int64_t *out_ms)
{
    const int sign = **at == '-' ? -1 : 1;
    int hours;
    int minutes;

    if (take_mark(at, "Zz")) {
        *out_ms = 0;
        return true;
    }
    if (!take_mark(at, "+-") || !take_digits(at, 2, &hours) || !take_mark(at, ":") ||
        !take_digits(at, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *out_ms = sign * ((int64_t)hours * HOUR_MS + (int64_t)minutes * MINUTE_MS);
    return true;
}

static bool take_date(const char **at, struct civil_day *out_day)
{
    int year;
    int month;
    int day;

    return take_digits(at, 4, &year) && take_mark(at, "-") && take_digits(at, 2, &month) &&
           take_mark(at, "-") && take_digits(at, 2, &day) &&
           calendar_make_day(year, month, day, out_day);
}

bool clock_parse(const char *text, int64_t *out_instant_ms)
{
    const char *at = text;
    struct civil_day day;
    int hour;
    int minute;
    int second;
    int ms;
    int64_t offset;

    if (!take_date(&at, &day) || !take_mark(&at, "Tt") || !take_digits(&at, 2, &hour) ||
        !take_mark(&at, ":") || !take_digits(&at, 2, &minute) || !take_mark(&at, ":") ||
        !take_digits(&at, 2, &second) || !take_fraction(&at, &ms) || !take_offset(&at, &offset)) {
        return false;
    }
    if (*at != '\0' || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    *out_instant_ms = (int64_t)day.days * CIVIL_DAY_MS + (int64_t)hour * HOUR_MS +
                      (int64_t)minute * MINUTE_MS + (int64_t)second * SECOND_MS + ms - offset;
    return true;
}
