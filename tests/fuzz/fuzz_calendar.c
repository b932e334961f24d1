// SPDX-License-Identifier: Apache-2.0
//
// A calendar. Every row of a text that is taken is read here once more, by hand, and asked back; the same rows in the
// opposite order answer the same; a later start or a longer period never ends earlier.
#include "fuzz/fuzz.h"

#include <jansson.h>
#include <stdio.h>

#include "law/calendar.h"
#include "law/clock.h"
#include "liaison/liaison.h"

enum { FIELDS = 6, ROWS = 512 };

struct row {
    char *fields[FIELDS];
};

struct table {
    struct row rows[ROWS];
    size_t count;
};

static char *cut(char *text, char at)
{
    char *end = strchr(text, at);
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    return end + 1;
}

static void read_rows(char *text, struct table *table)
{
    for (char *line = text; line != NULL && table->count < ROWS;) {
        char *next = cut(line, '\n');
        if (line[0] != '\0' && line[0] != '#') {
            struct row *row = &table->rows[table->count++];
            for (size_t i = 0; i < FIELDS; i++) {
                row->fields[i] = line;
                line = i + 1 < FIELDS ? cut(line, ',') : NULL;
                must(i + 1 == FIELDS || line != NULL);
            }
        }
        line = next;
    }
}

// What the layer says of the year; an empty text if nothing.
static const char *coverage(const struct table *table, const char *layer, const char *year, const char **out_prefix)
{
    const char *state = "";
    for (size_t i = 0; i < table->count; i++) {
        char *const *fields = table->rows[i].fields;
        if (strcmp(fields[0], "coverage") == 0 && (layer == NULL ? fields[2][0] == '\0' : strcmp(fields[1], layer) == 0)) {
            *out_prefix = fields[2];
            state = strncmp(fields[3], year, 4) == 0 ? fields[4] : state;
        }
    }
    return state;
}

static struct civil_day day_of(const char *date)
{
    struct civil_day day;
    int year;
    int month;
    int day_of_month;
    must(sscanf(date, "%4d-%2d-%2d", &year, &month, &day_of_month) == 3 && civil_make_day(year, month, day_of_month, &day));
    return day;
}

static void check_row(const struct calendar *calendar, const struct table *table, char *const *fields)
{
    const char *prefix = "";
    const char *nowhere;
    must(strcmp(coverage(table, fields[1], fields[2], &prefix), "known") == 0);
    const struct day day = calendar_day(calendar, prefix, day_of(fields[2]));
    if (strcmp(coverage(table, NULL, fields[2], &nowhere), "known") != 0) {
        must(day.kind == DAY_UNKNOWN);
        return;
    }
    bool is_off = strcmp(fields[3], "holiday") == 0;
    must(day.kind == (is_off ? DAY_OFF : DAY_WORKED));
    must(strcmp(day.layer, fields[1]) == 0 && strcmp(day.name, is_off ? fields[4] : "调休上班") == 0);
}

// A day that no row names is as the weekend rule says, in a year that is known.
static void check_plain_day(const struct calendar *calendar, const struct table *table, unsigned number)
{
    static const unsigned first_weekday = 3; // 1970-01-01 was a Thursday
    const struct civil_day day = {(int32_t)(number % 40000)};
    const char *prefix;
    char year[8];
    int parts[3];
    civil_date(day, &parts[0], &parts[1], &parts[2]);
    snprintf(year, sizeof year, "%04d", parts[0]);
    for (size_t i = 0; i < table->count; i++) {
        char *const *fields = table->rows[i].fields;
        if (strcmp(fields[0], "day") == 0 && day_of(fields[2]).days == day.days) {
            return;
        }
    }
    bool is_known = strcmp(coverage(table, NULL, year, &prefix), "known") == 0;
    bool is_weekend = (first_weekday + (unsigned)day.days) % 7 >= 5;
    must(calendar_day(calendar, "", day).kind == (!is_known ? DAY_UNKNOWN : is_weekend ? DAY_OFF : DAY_WORKED));
}

static struct bytes reverse_lines(struct bytes text, struct arena *arena)
{
    char *reversed = arena_take(arena, text.size + 2);
    size_t used = 0;
    for (size_t end = text.size + 1; end > 0;) {
        size_t from = end - 1;
        while (from > 0 && text.data[from - 1] != '\n') {
            from--;
        }
        memcpy(reversed + used, text.data + from, end - 1 - from);
        used += end - 1 - from;
        reversed[used++] = '\n';
        end = from;
    }
    return (struct bytes){(const uint8_t *)reversed, used};
}

static void check_order(struct bytes text, const struct calendar *calendar, const struct table *table, struct arena *arena)
{
    struct law_fault fault = {0};
    struct calendar *reversed;
    if (text.size > (1 << 20) - 2) {
        return;
    }
    must(calendar_parse(reverse_lines(text, arena), &reversed, &fault) == LAW_OK);
    for (size_t i = 0; i < table->count; i++) {
        char *const *fields = table->rows[i].fields;
        if (strcmp(fields[0], "day") == 0) {
            const struct day one = calendar_day(calendar, "653126", day_of(fields[2]));
            const struct day other = calendar_day(reversed, "653126", day_of(fields[2]));
            must(one.kind == other.kind && one.layer_missing == other.layer_missing && strcmp(one.name, other.name) == 0);
        }
    }
    calendar_free(&reversed);
}

static void check_periods(const struct calendar *calendar, uint64_t number, struct arena *arena)
{
    static const enum within_form forms[] = {WITHIN_HOURS, WITHIN_WORKDAYS, WITHIN_DAYS, WITHIN_WEEKS};
    const int64_t start = (int64_t)(number % UINT64_C(4102444800000));
    const struct within within = {.form = forms[number % 4], .count = 1 + (unsigned)(number >> 40) % 60};
    struct due due;
    struct due longer;
    struct due later;
    must(clock_count(calendar, "653126", within, start, arena, &due) == CLOCK_OK);
    must(clock_count(calendar, "653126", (struct within){.form = within.form, .count = within.count + 1}, start, arena, &longer) == CLOCK_OK);
    must(clock_count(calendar, "653126", within, start + 3600000, arena, &later) == CLOCK_OK);
    must(due.due_at >= start / 1000 * 1000 && due.amber_at <= due.due_at);
    must(longer.due_at >= due.due_at && later.due_at >= due.due_at);
    must(clock_format_due(&due, arena) != NULL);
}

static void check_refused(struct bytes text)
{
    char *json_text = NULL;
    enum liaison_outcome outcome =
        liaison_clock("2026-02-13T17:00:00+08:00", "3 workdays", "653126", (const char *)text.data, text.size, &json_text);
    must(outcome == LIAISON_USAGE);
    json_t *json = json_loads(json_text, JSON_REJECT_DUPLICATES, NULL);
    must(json_array_size(json_object_get(json, "faults")) == 1);
    json_decref(json);
    liaison_free(json_text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct table table;
    struct arena *arena = fuzz_arena();
    const struct bytes text = {data, size};
    struct law_fault fault = {0};
    struct calendar *calendar;
    if (calendar_parse(text, &calendar, &fault) != LAW_OK) {
        fuzz_check_fault(text, &fault);
        check_refused(text);
        return 0;
    }
    table.count = 0;
    read_rows(fuzz_text(arena, text), &table);
    for (size_t i = 0; i < table.count; i++) {
        if (strcmp(table.rows[i].fields[0], "day") == 0) {
            check_row(calendar, &table, table.rows[i].fields);
        }
    }
    check_plain_day(calendar, &table, (unsigned)fuzz_sum(text));
    check_order(text, calendar, &table, arena);
    check_periods(calendar, fuzz_sum(text), arena);
    calendar_free(&calendar);
    return 0;
}
