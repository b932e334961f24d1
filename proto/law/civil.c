// SPDX-License-Identifier: Apache-2.0
#include "law/civil.h"

enum {
    ZONE_MS = 8 * 3600 * 1000, // Asia/Shanghai, without daylight saving since 1991
    DAY_MS = 24 * 3600 * 1000,
};

int64_t civil_clamp(int64_t instant_ms)
{
    const int64_t least = -(int64_t)ZONE_MS;
    const int64_t most = INT64_C(4133980800000) - ZONE_MS - 1; // the last millisecond of 2100

    if (instant_ms < least) {
        return least;
    }
    return instant_ms > most ? most : instant_ms;
}

struct civil_day civil_day_of(int64_t instant_ms)
{
    return (struct civil_day){(int32_t)((civil_clamp(instant_ms) + ZONE_MS) / DAY_MS)};
}

int64_t civil_start_of(struct civil_day day)
{
    return (int64_t)day.days * DAY_MS - ZONE_MS;
}

// The Gregorian calendar repeats after 400 years of 146,097 days; counted from 1 March, the leap
// day comes last and months have a formula.
void civil_date(struct civil_day day, int *out_year, int *out_month, int *out_day_of_month)
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

bool civil_make_day(int year, int month, int day_of_month, struct civil_day *out_day)
{
    if (year < CIVIL_FIRST_YEAR || year > CIVIL_LAST_YEAR || month < 1 || month > 12 ||
        day_of_month < 1 || day_of_month > days_in_month(year, month)) {
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

unsigned civil_weekday(struct civil_day day)
{
    return (unsigned)(((day.days + 3) % 7 + 7) % 7); // 1970-01-01 was a Thursday
}

int64_t civil_next_year(int64_t instant_ms)
{
    const struct civil_day today = civil_day_of(instant_ms);
    struct civil_day first = today;
    int year;
    int month;
    int day_of_month;

    civil_date(today, &year, &month, &day_of_month);
    civil_make_day(year + 1, 1, 1, &first); // the last year is known to no clock
    return civil_start_of(first);
}
