// SPDX-License-Identifier: Apache-2.0
#include "law/calendar_rows.h"

#include "wire/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    CALENDAR_TEXT_BYTES = 1 << 20, // 50 years of ten layers take a tenth of it
    CALENDAR_FIELDS = 6,
    LAYER_NAME_BYTES = 32,
};

struct reading {
    struct calendar_rows *rows;
    struct law_fault *fault;
};

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
    return civil_make_day(read_digits(text, 4), read_digits(text + 5, 2), read_digits(text + 8, 2),
                          out_day);
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
    struct coverage *row = &reading->rows->coverages[reading->rows->coverage_count];

    row->line = line;
    row->layer = fields[1];
    row->prefix = fields[2];
    row->year = strlen(fields[3]) == 4 ? read_digits(fields[3], 4) : -1;
    if (!is_prefix(row->prefix)) {
        return law_fault_put(reading->fault, line, "a prefix is up to six digits of a region code");
    }
    if (row->year < CIVIL_FIRST_YEAR || row->year > CIVIL_LAST_YEAR) {
        return law_fault_put(reading->fault, line, "a year is four digits, 1970 to 2100");
    }
    if (strcmp(fields[4], "known") == 0) {
        row->state = COVERAGE_KNOWN;
    } else if (strcmp(fields[4], "missing") == 0) {
        row->state = COVERAGE_MISSING;
    } else {
        return law_fault_put(reading->fault, line, "a layer is known or missing, nothing else");
    }
    reading->rows->coverage_count++;
    return LAW_OK;
}

static enum law_outcome take_dated(struct reading *reading, unsigned line, char *const *fields)
{
    struct dated *row = &reading->rows->dates[reading->rows->date_count];

    row->line = line;
    row->layer = fields[1];
    row->name = fields[4];
    if (!read_date(fields[2], &row->day)) {
        return law_fault_put(reading->fault, line, "no such date: a date is written 2026-02-17");
    }
    if (row->name[0] == '\0') {
        return law_fault_put(reading->fault, line, "the day has no name");
    }
    if (strcmp(fields[3], "holiday") == 0) {
        row->kind = DAY_OFF;
    } else if (strcmp(fields[3], "workday") == 0) {
        row->kind = DAY_WORKED;
    } else {
        return law_fault_put(reading->fault, line, "a day is a holiday or a workday, nothing else");
    }
    reading->rows->date_count++;
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
        return law_fault_put(reading->fault, number, "a row has six fields");
    }
    if (!is_layer_name(fields[1])) {
        return law_fault_put(reading->fault, number,
                             "a layer's name is a-z, 0-9 and '-', at most 32 characters");
    }
    if (strcmp(fields[0], "coverage") == 0) {
        return take_coverage(reading, number, fields);
    }
    if (strcmp(fields[0], "day") == 0) {
        return take_dated(reading, number, fields);
    }
    return law_fault_put(reading->fault, number, "a row begins with 'coverage' or 'day'");
}

static enum law_outcome take_lines(struct reading *reading)
{
    char *line = reading->rows->text;
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

static enum law_outcome check_text(const struct reading *reading, struct bytes text)
{
    size_t offset = 0;
    unsigned line = 1;

    if (text.size > CALENDAR_TEXT_BYTES) {
        return law_fault_put(reading->fault, 1, "the text is larger than 1 MiB");
    }
    if (text_check(text, &offset) == TEXT_OK) {
        return LAW_OK;
    }
    for (size_t i = 0; i < offset; i++) {
        line += text.data[i] == '\n' ? 1 : 0;
    }
    return law_fault_put(reading->fault, line, "not plain UTF-8 text with line feeds");
}

// Every line may be a row of either sort.
static bool allocate(struct bytes text, struct calendar_rows *rows)
{
    size_t lines = 1;

    for (size_t i = 0; i < text.size; i++) {
        lines += text.data[i] == '\n' ? 1 : 0;
    }
    rows->text = calloc(1, text.size + 1);
    rows->coverages = calloc(lines, sizeof rows->coverages[0]);
    rows->dates = calloc(lines, sizeof rows->dates[0]);
    if (rows->text == NULL || rows->coverages == NULL || rows->dates == NULL) {
        return false;
    }
    if (text.size > 0) {
        memcpy(rows->text, text.data, text.size);
    }
    return true;
}

enum law_outcome calendar_rows_parse(struct bytes text, struct calendar_rows *out_rows,
                                     struct law_fault *out_fault)
{
    struct calendar_rows rows = {.text = NULL};
    struct reading reading = {.rows = &rows, .fault = out_fault};
    enum law_outcome outcome = check_text(&reading, text);

    if (outcome != LAW_OK) {
        return outcome;
    }
    outcome = allocate(text, &rows) ? take_lines(&reading) : LAW_NO_MEMORY;
    if (outcome != LAW_OK) {
        calendar_rows_done(&rows);
        return outcome;
    }
    *out_rows = rows;
    return LAW_OK;
}

void calendar_rows_done(struct calendar_rows *rows)
{
    free(rows->dates);
    free(rows->coverages);
    free(rows->text);
    *rows = (struct calendar_rows){.text = NULL};
}
