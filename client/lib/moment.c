// SPDX-License-Identifier: Apache-2.0
#include "lib/moment.h"

#include <stddef.h>
#include <string.h>

#include "law/civil.h"
#include "law/instant.h"

static bool take_number(const char **at, size_t most_digits, int *out_number)
{
    size_t digits = strspn(*at, "0123456789");
    if (digits == 0 || digits > most_digits) {
        return false;
    }
    int number = 0;
    for (size_t i = 0; i < digits; i++) {
        number = number * 10 + ((*at)[i] - '0');
    }
    *at += digits;
    *out_number = number;
    return true;
}

static bool take_mark(const char **at, const char *mark)
{
    size_t size = strlen(mark);
    if (strncmp(*at, mark, size) != 0) {
        return false;
    }
    *at += size;
    return true;
}

static bool take_date(const char **at, struct civil_day *out_day)
{
    static const char *const marks[][3] = {
        {"-", "-", ""}, {"/", "/", ""}, {".", ".", ""}, {"年", "月", "日"}};
    int year;
    int month;
    int day;
    if (!take_number(at, 4, &year)) {
        return false;
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (take_mark(at, marks[i][0])) {
            return take_number(at, 2, &month) && take_mark(at, marks[i][1]) &&
                   take_number(at, 2, &day) && take_mark(at, marks[i][2]) &&
                   civil_make_day(year, month, day, out_day);
        }
    }
    return false;
}

// 9:05, 9:05:30
static bool take_clock(const char **at, int *out_minute, int *out_second)
{
    if (!take_mark(at, ":") && !take_mark(at, "：")) {
        return false;
    }
    if (!take_number(at, 2, out_minute)) {
        return false;
    }
    bool has_second = take_mark(at, ":") || take_mark(at, "：");
    return !has_second || take_number(at, 2, out_second);
}

// 9时, 9时5分, 9时5分30秒
static bool take_words(const char **at, int *out_minute, int *out_second)
{
    if (!take_mark(at, "时")) {
        return false;
    }
    if (**at == '\0') {
        return true;
    }
    if (!take_number(at, 2, out_minute) || !take_mark(at, "分")) {
        return false;
    }
    return **at == '\0' || (take_number(at, 2, out_second) && take_mark(at, "秒"));
}

static bool take_time(const char **at, int64_t *out_ms)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (**at != '\0') {
        (void)(take_mark(at, "T") || take_mark(at, " "));
        if (!take_number(at, 2, &hour) ||
            (!take_words(at, &minute, &second) && !take_clock(at, &minute, &second))) {
            return false;
        }
    }
    *out_ms = ((int64_t)hour * 3600 + (int64_t)minute * 60 + second) * 1000;
    return **at == '\0' && hour < 24 && minute < 60 && second < 60;
}

bool moment_parse(const char *text, int64_t *out_instant_ms)
{
    const char *at = text;
    struct civil_day day;
    int64_t of_day;
    if (instant_parse(text, out_instant_ms)) {
        return true;
    }
    if (!take_date(&at, &day) || !take_time(&at, &of_day)) {
        return false;
    }
    *out_instant_ms = civil_start_of(day) + of_day;
    return true;
}
