// SPDX-License-Identifier: Apache-2.0
#include "law/instant.h"

#include "law/civil.h"

#include <stdio.h>
#include <string.h>

enum {
    SECOND_MS = 1000,
    MINUTE_MS = 60 * SECOND_MS,
    HOUR_MS = 60 * MINUTE_MS,
    CIVIL_DAY_MS = 24 * HOUR_MS,
};

void instant_format(int64_t instant_ms, char out_text[INSTANT_TEXT_BYTES])
{
    const struct civil_day day = civil_day_of(instant_ms);
    const int64_t of_day = (instant_ms - civil_start_of(day)) / SECOND_MS;
    // An instant beyond the calendar is written as the nearest one within.
    const unsigned seconds = of_day < 0 ? 0 : of_day >= 86400 ? 86399 : (unsigned)of_day;
    int year;
    int month;
    int day_of_month;

    civil_date(day, &year, &month, &day_of_month);
    snprintf(out_text, INSTANT_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u+08:00",
             (unsigned)year % 10000, (unsigned)month % 100, (unsigned)day_of_month % 100,
             seconds / 3600 % 100, seconds / 60 % 60, seconds % 60);
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
           civil_make_day(year, month, day, out_day);
}

bool instant_parse(const char *text, int64_t *out_instant_ms)
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

int64_t instant_floor(int64_t instant_ms)
{
    const int64_t rest = instant_ms % SECOND_MS;

    return instant_ms - rest - (rest < 0 ? SECOND_MS : 0);
}
