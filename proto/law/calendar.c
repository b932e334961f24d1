// SPDX-License-Identifier: Apache-2.0
//
// Reads and asks a calendar. A text has few layers (one national, some regional) and some 40 dates
// a year, so both are sorted arrays; a question costs a binary search for each layer that concerns
// the region.
//
// The text's rows may stand in any order. They are read first and judged together afterwards: a
// date of a year for which its layer is not declared known would be a year half known, which is
// worse than one that is missing, and is refused.
#include "law/calendar.h"

#include "wire/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ZONE_MS = 8 * 3600 * 1000, // Asia/Shanghai, without daylight saving since 1991
    DAY_MS = 24 * 3600 * 1000,
    FIRST_YEAR = 1970,
    LAST_YEAR = 2100,
    CALENDAR_TEXT_BYTES = 1 << 20, // 50 years of ten layers take a tenth of it
    CALENDAR_FIELDS = 6,
    LAYER_NAME_BYTES = 32,
};

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

// One layer: its part of the two arrays.
struct layer {
    const char *name;
    const char *prefix;
    const struct coverage *coverages;
    size_t coverage_count;
    const struct dated *dates;
    size_t date_count;
};

struct calendar {
    struct digest digest;
    char *text; // a copy, cut into fields in place; all strings point into it
    struct coverage *coverages;
    size_t coverage_count;
    struct dated *dates;
    size_t date_count;
    struct layer *layers; // the most specific prefix first, so that the national layer is last
    size_t layer_count;
};

static int64_t clamp_instant(int64_t instant_ms)
{
    const int64_t least = -(int64_t)ZONE_MS;
    const int64_t most = INT64_C(4133980800000) - ZONE_MS - 1; // the last millisecond of 2100

    if (instant_ms < least) {
        return least;
    }
    return instant_ms > most ? most : instant_ms;
}

struct civil_day calendar_day_of(int64_t instant_ms)
{
    return (struct civil_day){(int32_t)((clamp_instant(instant_ms) + ZONE_MS) / DAY_MS)};
}

int64_t calendar_start_of(struct civil_day day)
{
    return (int64_t)day.days * DAY_MS - ZONE_MS;
}

// The Gregorian calendar repeats after 400 years of 146,097 days; counted from 1 March, the leap
// day comes last and months have a formula.
void calendar_date(struct civil_day day, int *out_year, int *out_month, int *out_day_of_month)
{
    const int since = day.days + 719468; // days from 0000-03-01
    const int era = (since >= 0 ? since : since - 146096) / 146097;
    const int of_era = since - era * 146097;
    const int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int shifted = (5 * of_year + 2) / 153;
    const int month = shifted < 10 ? shifted + 3 : shifted - 9;

    *out_year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    *out_month = month;
    *out_day_of_month = of_year - (153 * shifted + 2) / 5 + 1;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

bool calendar_make_day(int year, int month, int day_of_month, struct civil_day *out_day)
{
    if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day_of_month < 1 ||
        day_of_month > days_in_month(year, month)) {
        return false;
    }
    const int shifted_year = month <= 2 ? year - 1 : year;
    const int era = shifted_year / 400;
    const int year_of_era = shifted_year - era * 400;
    const int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day_of_month - 1;
    const int of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;

    out_day->days = era * 146097 + of_era - 719468;
    return true;
}

unsigned calendar_weekday(struct civil_day day)
{
    return (unsigned)(((day.days + 3) % 7 + 7) % 7); // 1970-01-01 was a Thursday
}

struct reading {
    struct calendar *calendar;
    struct law_fault *fault;
};

__attribute__((format(printf, 3, 4))) static enum law_outcome
faulty(const struct reading *reading, unsigned line, const char *format, ...)
{
    va_list arguments;

    reading->fault->line = line;
    va_start(arguments, format);
    vsnprintf(reading->fault->text, sizeof reading->fault->text, format, arguments);
    va_end(arguments);
    return LAW_FAULTY;
}

// Reads exactly `size` digits; -1 if there is anything else.
static int read_digits(const char *text, size_t size)
{
    int value = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static bool read_date(const char *text, struct civil_day *out_day)
{
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    return calendar_make_day(read_digits(text, 4), read_digits(text + 5, 2),
                             read_digits(text + 8, 2), out_day);
}

static bool is_layer_name(const char *text)
{
    const size_t size = strlen(text);

    return size > 0 && size <= LAYER_NAME_BYTES &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

static bool is_prefix(const char *text)
{
    return strlen(text) <= 6 && strspn(text, "0123456789") == strlen(text);
}

static enum law_outcome take_coverage(struct reading *reading, unsigned line, char *const *fields)
{
    struct coverage *row = &reading->calendar->coverages[reading->calendar->coverage_count];

    row->line = line;
    row->layer = fields[1];
    row->prefix = fields[2];
    row->year = strlen(fields[3]) == 4 ? read_digits(fields[3], 4) : -1;
    if (!is_prefix(row->prefix)) {
        return faulty(reading, line, "a prefix is up to six digits of a region code");
    }
    if (row->year < FIRST_YEAR || row->year > LAST_YEAR) {
        return faulty(reading, line, "a year is four digits, 1970 to 2100");
    }
    if (strcmp(fields[4], "known") == 0) {
        row->state = COVERAGE_KNOWN;
    } else if (strcmp(fields[4], "missing") == 0) {
        row->state = COVERAGE_MISSING;
    } else {
        return faulty(reading, line, "a layer is known or missing, nothing else");
    }
    reading->calendar->coverage_count++;
    return LAW_OK;
}

static enum law_outcome take_dated(struct reading *reading, unsigned line, char *const *fields)
{
    struct dated *row = &reading->calendar->dates[reading->calendar->date_count];

    row->line = line;
    row->layer = fields[1];
    row->name = fields[4];
    if (!read_date(fields[2], &row->day)) {
        return faulty(reading, line, "no such date: a date is written 2026-02-17");
    }
    if (row->name[0] == '\0') {
        return faulty(reading, line, "the day has no name");
    }
    if (strcmp(fields[3], "holiday") == 0) {
        row->kind = DAY_OFF;
    } else if (strcmp(fields[3], "workday") == 0) {
        row->kind = DAY_WORKED;
    } else {
        return faulty(reading, line, "a day is a holiday or a workday, nothing else");
    }
    reading->calendar->date_count++;
    return LAW_OK;
}

// Cuts at commas; the last field keeps what is left, so a note may hold commas. Returns how many
// fields there are.
static size_t split_fields(char *line, char *fields[CALENDAR_FIELDS])
{
    size_t count = 1;

    fields[0] = line;
    while (count < CALENDAR_FIELDS) {
        char *comma = strchr(fields[count - 1], ',');

        if (comma == NULL) {
            break;
        }
        *comma = '\0';
        fields[count] = comma + 1;
        count++;
    }
    return count;
}

static enum law_outcome take_line(struct reading *reading, unsigned number, char *line)
{
    char *fields[CALENDAR_FIELDS];

    if (line[0] == '\0' || line[0] == '#') {
        return LAW_OK;
    }
    if (split_fields(line, fields) != CALENDAR_FIELDS) {
        return faulty(reading, number, "a row has six fields");
    }
    if (!is_layer_name(fields[1])) {
        return faulty(reading, number, "a layer's name is a-z, 0-9 and '-', at most 32 characters");
    }
    if (strcmp(fields[0], "coverage") == 0) {
        return take_coverage(reading, number, fields);
    }
    if (strcmp(fields[0], "day") == 0) {
        return take_dated(reading, number, fields);
    }
    return faulty(reading, number, "a row begins with 'coverage' or 'day'");
}

static enum law_outcome take_lines(struct reading *reading)
{
    char *line = reading->calendar->text;
    unsigned number = 1;

    while (line != NULL) {
        char *end = strchr(line, '\n');
        enum law_outcome outcome;

        if (end != NULL) {
            *end = '\0';
        }
        outcome = take_line(reading, number, line);
        if (outcome != LAW_OK) {
            return outcome;
        }
        line = end == NULL ? NULL : end + 1;
        number++;
    }
    return LAW_OK;
}

static int compare_coverages(const void *left, const void *right)
{
    const struct coverage *a = left;
    const struct coverage *b = right;
    const int names = strcmp(a->layer, b->layer);

    return names != 0 ? names : (a->year > b->year) - (a->year < b->year);
}

static int compare_dates(const void *left, const void *right)
{
    const struct dated *a = left;
    const struct dated *b = right;
    const int names = strcmp(a->layer, b->layer);

    return names != 0 ? names : (a->day.days > b->day.days) - (a->day.days < b->day.days);
}

static int compare_layers(const void *left, const void *right)
{
    const struct layer *a = left;
    const struct layer *b = right;
    const size_t a_size = strlen(a->prefix);
    const size_t b_size = strlen(b->prefix);

    return a_size != b_size ? (a_size < b_size) - (a_size > b_size) : strcmp(a->prefix, b->prefix);
}

static enum law_outcome make_layers(struct reading *reading)
{
    struct calendar *calendar = reading->calendar;

    qsort(calendar->coverages, calendar->coverage_count, sizeof calendar->coverages[0],
          compare_coverages);
    for (size_t i = 0; i < calendar->coverage_count; i++) {
        const struct coverage *row = &calendar->coverages[i];
        struct layer *last =
            calendar->layer_count == 0 ? NULL : &calendar->layers[calendar->layer_count - 1];

        if (last == NULL || strcmp(last->name, row->layer) != 0) {
            last = &calendar->layers[calendar->layer_count++];
            *last = (struct layer){.name = row->layer, .prefix = row->prefix, .coverages = row};
        } else if (row->year == row[-1].year) {
            return faulty(reading, row->line, "layer %s tells %d twice", row->layer, row->year);
        }
        if (strcmp(last->prefix, row->prefix) != 0) {
            return faulty(reading, row->line, "layer %s has another prefix elsewhere", row->layer);
        }
        last->coverage_count++;
    }
    return LAW_OK;
}

static const struct coverage *find_coverage(const struct layer *layer, int year)
{
    const struct coverage wanted = {.layer = layer->name, .year = year};

    return bsearch(&wanted, layer->coverages, layer->coverage_count, sizeof wanted,
                   compare_coverages);
}

static bool is_known(const struct layer *layer, int year)
{
    const struct coverage *coverage = find_coverage(layer, year);

    return coverage != NULL && coverage->state == COVERAGE_KNOWN;
}

static struct layer *find_layer(struct calendar *calendar, const char *name)
{
    for (size_t i = 0; i < calendar->layer_count; i++) {
        if (strcmp(calendar->layers[i].name, name) == 0) {
            return &calendar->layers[i];
        }
    }
    return NULL;
}

static int year_of(struct civil_day day)
{
    int year;
    int month;
    int day_of_month;

    calendar_date(day, &year, &month, &day_of_month);
    return year;
}

static enum law_outcome place_dates(struct reading *reading)
{
    struct calendar *calendar = reading->calendar;

    qsort(calendar->dates, calendar->date_count, sizeof calendar->dates[0], compare_dates);
    for (size_t i = 0; i < calendar->date_count; i++) {
        const struct dated *row = &calendar->dates[i];
        struct layer *layer = find_layer(calendar, row->layer);

        if (layer == NULL || !is_known(layer, year_of(row->day))) {
            return faulty(reading, row->line, "layer %s is not said to be known for that year",
                          row->layer);
        }
        if (i > 0 && compare_dates(row - 1, row) == 0) {
            return faulty(reading, row->line, "layer %s names this day twice", row->layer);
        }
        if (layer->date_count == 0) {
            layer->dates = row;
        }
        layer->date_count++;
    }
    return LAW_OK;
}

// Two layers with one prefix would contradict each other, and without a national layer no day can
// be judged.
static enum law_outcome order_layers(struct reading *reading)
{
    struct calendar *calendar = reading->calendar;

    qsort(calendar->layers, calendar->layer_count, sizeof calendar->layers[0], compare_layers);
    for (size_t i = 1; i < calendar->layer_count; i++) {
        if (compare_layers(&calendar->layers[i - 1], &calendar->layers[i]) == 0) {
            return faulty(reading, calendar->layers[i].coverages[0].line,
                          "layers %s and %s have the same prefix", calendar->layers[i - 1].name,
                          calendar->layers[i].name);
        }
    }
    if (calendar->layer_count == 0 ||
        calendar->layers[calendar->layer_count - 1].prefix[0] != '\0') {
        return faulty(reading, 1,
                      "there is no national layer: a coverage row with an empty prefix");
    }
    return LAW_OK;
}

static enum law_outcome check_text(const struct reading *reading, struct bytes text)
{
    size_t offset = 0;
    unsigned line = 1;

    if (text.size > CALENDAR_TEXT_BYTES) {
        return faulty(reading, 1, "the text is larger than 1 MiB");
    }
    if (text_check(text, &offset) == TEXT_OK) {
        return LAW_OK;
    }
    for (size_t i = 0; i < offset; i++) {
        line += text.data[i] == '\n' ? 1 : 0;
    }
    return faulty(reading, line, "not plain UTF-8 text with line feeds");
}

static struct calendar *allocate(struct bytes text)
{
    struct calendar *calendar = calloc(1, sizeof *calendar);
    size_t lines = 1;

    if (calendar == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < text.size; i++) {
        lines += text.data[i] == '\n' ? 1 : 0;
    }
    calendar->text = calloc(1, text.size + 1);
    calendar->coverages = calloc(lines, sizeof calendar->coverages[0]);
    calendar->dates = calloc(lines, sizeof calendar->dates[0]);
    calendar->layers = calloc(lines, sizeof calendar->layers[0]);
    if (calendar->text == NULL || calendar->coverages == NULL || calendar->dates == NULL ||
        calendar->layers == NULL) {
        calendar_free(&calendar);
        return NULL;
    }
    if (text.size > 0) {
        memcpy(calendar->text, text.data, text.size);
    }
    return calendar;
}

static enum law_outcome read_rows(struct reading *reading)
{
    enum law_outcome outcome = take_lines(reading);

    if (outcome == LAW_OK) {
        outcome = make_layers(reading);
    }
    if (outcome == LAW_OK) {
        outcome = place_dates(reading);
    }
    if (outcome == LAW_OK) {
        outcome = order_layers(reading);
    }
    return outcome;
}

enum law_outcome calendar_parse(struct bytes text, struct calendar **out_calendar,
                                struct law_fault *out_fault)
{
    struct reading reading = {.fault = out_fault};
    enum law_outcome outcome = check_text(&reading, text);

    if (outcome != LAW_OK) {
        return outcome;
    }
    reading.calendar = allocate(text);
    if (reading.calendar == NULL) {
        return LAW_NO_MEMORY;
    }
    outcome = read_rows(&reading);
    if (outcome != LAW_OK) {
        calendar_free(&reading.calendar);
        return outcome;
    }
    hash_sm3(text, &reading.calendar->digest);
    *out_calendar = reading.calendar;
    return LAW_OK;
}

const struct digest *calendar_digest(const struct calendar *calendar)
{
    return &calendar->digest;
}

void calendar_free(struct calendar **calendar)
{
    if (*calendar == NULL) {
        return;
    }
    free((*calendar)->layers);
    free((*calendar)->dates);
    free((*calendar)->coverages);
    free((*calendar)->text);
    free(*calendar);
    *calendar = NULL;
}

static const struct dated *find_dated(const struct layer *layer, struct civil_day day)
{
    const struct dated wanted = {.layer = layer->name, .day = day};

    return layer->date_count == 0
               ? NULL
               : bsearch(&wanted, layer->dates, layer->date_count, sizeof wanted, compare_dates);
}

static struct day judge_dated(const struct layer *layer, const struct dated *row)
{
    return (struct day){
        .kind = row->kind,
        .name = row->kind == DAY_WORKED ? "调休上班" : row->name,
        .layer = layer->name,
    };
}

static struct day judge_weekday(const struct layer *layer, struct civil_day day)
{
    static const char *const names[] = {"周一", "周二", "周三", "周四", "周五", "周六", "周日"};
    const unsigned weekday = calendar_weekday(day);

    return (struct day){
        .kind = weekday < 5 ? DAY_WORKED : DAY_OFF,
        .name = names[weekday],
        .layer = layer->name,
    };
}

static bool concerns(const struct layer *layer, const char *region)
{
    return strncmp(region, layer->prefix, strlen(layer->prefix)) == 0;
}

// The most specific layer that names the day has the say. A more specific one that is missing might
// have called a worked day off.
struct day calendar_day(const struct calendar *calendar, const char *region, struct civil_day day)
{
    const struct layer *national = &calendar->layers[calendar->layer_count - 1];
    const int year = year_of(day);
    const char *missing = NULL;
    struct day answer = {.kind = DAY_UNKNOWN, .name = "放假安排未公布", .layer = national->name};

    if (!is_known(national, year)) {
        return answer;
    }
    answer = judge_weekday(national, day);
    for (const struct layer *layer = calendar->layers; layer <= national; layer++) {
        const struct dated *row;

        if (!concerns(layer, region)) {
            continue;
        }
        if (!is_known(layer, year)) {
            missing = missing == NULL ? layer->name : missing;
            continue;
        }
        row = find_dated(layer, day);
        if (row != NULL) {
            answer = judge_dated(layer, row);
            break;
        }
    }
    if (missing != NULL && answer.kind == DAY_WORKED) {
        answer.layer_missing = true;
        answer.layer = missing;
    }
    return answer;
}
