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

#include "law/calendar_rows.h"

#include <stdlib.h>
#include <string.h>

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
    struct calendar_rows rows; // sorted by layer, then by time
    struct layer *layers;      // the most specific prefix first, so that the national layer is last
    size_t layer_count;
};

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

static enum law_outcome make_layers(struct calendar *calendar, struct law_fault *fault)
{
    qsort(calendar->rows.coverages, calendar->rows.coverage_count,
          sizeof calendar->rows.coverages[0], compare_coverages);
    for (size_t i = 0; i < calendar->rows.coverage_count; i++) {
        const struct coverage *row = &calendar->rows.coverages[i];
        struct layer *last =
            calendar->layer_count == 0 ? NULL : &calendar->layers[calendar->layer_count - 1];

        if (last == NULL || strcmp(last->name, row->layer) != 0) {
            last = &calendar->layers[calendar->layer_count++];
            *last = (struct layer){.name = row->layer, .prefix = row->prefix, .coverages = row};
        } else if (row->year == row[-1].year) {
            return law_fault_put(fault, row->line, "layer %s tells %d twice", row->layer,
                                 row->year);
        }
        if (strcmp(last->prefix, row->prefix) != 0) {
            return law_fault_put(fault, row->line, "layer %s has another prefix elsewhere",
                                 row->layer);
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

    civil_date(day, &year, &month, &day_of_month);
    return year;
}

static enum law_outcome place_dates(struct calendar *calendar, struct law_fault *fault)
{
    qsort(calendar->rows.dates, calendar->rows.date_count, sizeof calendar->rows.dates[0],
          compare_dates);
    for (size_t i = 0; i < calendar->rows.date_count; i++) {
        const struct dated *row = &calendar->rows.dates[i];
        struct layer *layer = find_layer(calendar, row->layer);

        if (layer == NULL || !is_known(layer, year_of(row->day))) {
            return law_fault_put(fault, row->line, "layer %s is not said to be known for that year",
                                 row->layer);
        }
        if (i > 0 && compare_dates(row - 1, row) == 0) {
            return law_fault_put(fault, row->line, "layer %s names this day twice", row->layer);
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
static enum law_outcome order_layers(struct calendar *calendar, struct law_fault *fault)
{
    qsort(calendar->layers, calendar->layer_count, sizeof calendar->layers[0], compare_layers);
    for (size_t i = 1; i < calendar->layer_count; i++) {
        if (compare_layers(&calendar->layers[i - 1], &calendar->layers[i]) == 0) {
            return law_fault_put(fault, calendar->layers[i].coverages[0].line,
                                 "layers %s and %s have the same prefix",
                                 calendar->layers[i - 1].name, calendar->layers[i].name);
        }
    }
    if (calendar->layer_count == 0 ||
        calendar->layers[calendar->layer_count - 1].prefix[0] != '\0') {
        return law_fault_put(fault, 1,
                             "there is no national layer: a coverage row with an empty prefix");
    }
    return LAW_OK;
}

static enum law_outcome judge_rows(struct calendar *calendar, struct law_fault *fault)
{
    enum law_outcome outcome = LAW_NO_MEMORY;

    // Each layer has at least one row of coverage.
    calendar->layers = calloc(calendar->rows.coverage_count + 1, sizeof calendar->layers[0]);
    if (calendar->layers != NULL) {
        outcome = make_layers(calendar, fault);
    }
    if (outcome == LAW_OK) {
        outcome = place_dates(calendar, fault);
    }
    if (outcome == LAW_OK) {
        outcome = order_layers(calendar, fault);
    }
    return outcome;
}

enum law_outcome calendar_parse(struct bytes text, struct calendar **out_calendar,
                                struct law_fault *out_fault)
{
    struct calendar *calendar = calloc(1, sizeof *calendar);
    enum law_outcome outcome;

    if (calendar == NULL || hash_ready() < 0) {
        free(calendar);
        return LAW_NO_MEMORY;
    }
    outcome = calendar_rows_parse(text, &calendar->rows, out_fault);
    if (outcome == LAW_OK) {
        outcome = judge_rows(calendar, out_fault);
    }
    if (outcome != LAW_OK) {
        calendar_free(&calendar);
        return outcome;
    }
    hash_sm3(text, &calendar->digest);
    *out_calendar = calendar;
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
    calendar_rows_done(&(*calendar)->rows);
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
    const unsigned weekday = civil_weekday(day);

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

const char *calendar_missing(const struct calendar *calendar, const char *region, int year)
{
    const struct layer *national = &calendar->layers[calendar->layer_count - 1];

    if (!is_known(national, year)) {
        return national->name;
    }
    for (const struct layer *layer = calendar->layers; layer < national; layer++) {
        if (concerns(layer, region) && !is_known(layer, year)) {
            return layer->name;
        }
    }
    return NULL;
}
