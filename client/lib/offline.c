// SPDX-License-Identifier: Apache-2.0
#include "liaison/liaison.h"

#include <stdio.h>
#include <string.h>

#include "lib/mapping.h"
#include "lib/rendering.h"
#include "lib/refusal.h"
#include "law/clock.h"
#include "law/explain.h"
#include "law/instant.h"
#include "wire/identity.h"
#include "wire/text.h"

enum { LAW_MEMORY_BYTES = 64 << 20 };

// ------------------------------------------------------------------------------------------- clock

static const char *name_outcome(enum clock_outcome outcome)
{
    switch (outcome) {
    case CLOCK_KNOWN:
        return "known";
    case CLOCK_EARLIEST:
        return "earliest";
    case CLOCK_UNKNOWN:
        return "unknown";
    case CLOCK_NONE:
        return "none";
    }
    return "";
}

static json_t *describe_days(const struct due *due)
{
    json_t *list = json_array();
    for (size_t i = 0; i < due->day_count; i++) {
        const struct counted_day *day = &due->days[i];
        int year;
        int month;
        int day_of_month;
        civil_date(day->day, &year, &month, &day_of_month);
        char date[16];
        snprintf(date, sizeof date, "%04d-%02d-%02d", year % 10000, month % 100,
                 day_of_month % 100);
        rendering_append(&list, json_pack("{s:s, s:b, s:s}", "date", date, "counted",
                                              (int)day->counted, "name",
                                              day->name == NULL ? "" : day->name));
    }
    return list;
}

static json_t *describe_due(const struct due *due, const struct within within, int64_t start_at,
                            struct arena *arena)
{
    const char *text = clock_format_due(due, arena);
    const char *explanation = explain_due(due, within, start_at, arena);
    if (text == NULL || explanation == NULL) {
        return NULL;
    }
    json_t *json = json_pack("{s:s, s:s, s:s, s:o}", "outcome", name_outcome(due->outcome), "due",
                             text, "explanation", explanation, "days", describe_days(due));
    if (due->outcome != CLOCK_NONE) {
        char due_at[RENDERING_INSTANT_BYTES];
        rendering_instant(due->due_at, due_at);
        rendering_set(&json, "due_at", json_string(due_at));
    }
    return json;
}

static enum liaison_outcome count(const struct calendar *calendar, const char *region,
                                  struct within within, int64_t start_at, char **out_json)
{
    struct arena *arena;
    if (arena_new(LAW_MEMORY_BYTES, &arena) != 0) {
        return LIAISON_FAILED;
    }
    struct due due;
    enum liaison_outcome outcome = LIAISON_FAILED;
    if (clock_count(calendar, region, within, start_at, arena, &due) == CLOCK_OK) {
        outcome = rendering_give(
            describe_due(&due, within, start_at, arena),
            due.outcome == CLOCK_KNOWN ? LIAISON_DONE : LIAISON_UNDETERMINED, out_json);
    }
    arena_free(&arena);
    return outcome;
}

enum liaison_outcome liaison_instant(const char *text, int64_t *out_instant)
{
    return instant_parse(text, out_instant) ? LIAISON_DONE : LIAISON_USAGE;
}

static enum liaison_outcome refuse_usage(const char *text, char **out_json)
{
    return rendering_give(refusal_new("value", text), LIAISON_USAGE, out_json);
}

enum liaison_outcome liaison_clock(const char *from, const char *within_text, const char *region,
                                   const char *calendar_text, size_t calendar_bytes,
                                   char **out_json)
{
    int64_t start_at;
    struct within within;
    if (!instant_parse(from, &start_at)) {
        return refuse_usage("起始时间应为带时区的时间，例如 2026-02-14T10:00:00+08:00", out_json);
    }
    if (!clock_parse_within(within_text, &within)) {
        return refuse_usage("期限应为 \"24 hours\"、\"12 hours from next hour\"、\"3 "
                            "workdays\"、\"30 days\"、\"2 weeks\"、"
                            "\"same day\"、\"at once\" 或 \"this year\"",
                            out_json);
    }
    if (region != NULL && *region != '\0' && !identity_is_region(region)) {
        return refuse_usage("行政区划代码应为六位数字", out_json);
    }
    struct calendar *calendar;
    struct law_fault fault;
    switch (calendar_parse((struct bytes){(const uint8_t *)calendar_text, calendar_bytes},
                           &calendar, &fault)) {
    case LAW_OK:
        break;
    case LAW_FAULTY:
        return rendering_give(refusal_of_law("value", "日历文件有误", &fault),
                              LIAISON_USAGE, out_json);
    case LAW_NO_MEMORY:
        return LIAISON_FAILED;
    }
    enum liaison_outcome outcome =
        count(calendar, region == NULL ? "" : region, within, start_at, out_json);
    calendar_free(&calendar);
    return outcome;
}
