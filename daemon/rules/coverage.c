// SPDX-License-Identifier: Apache-2.0
#include "rules/coverage.h"

#include "law/civil.h"

#include "rules/alarm.h"

enum { DECEMBER = 12 };

static int find_month(int64_t now, int *out_year)
{
    int month;
    int day_of_month;
    civil_date(civil_day_of(now), out_year, &month, &day_of_month);
    return month;
}

// The first year that is about to be needed and of which the national layer knows nothing; 0: none.
static int find_unknown_year(const struct calendar *calendar, int64_t now)
{
    int year;
    int last = find_month(now, &year) == DECEMBER ? 1 : 0;
    last += year;
    while (year <= last && calendar_missing(calendar, "", year) == NULL) {
        year++;
    }
    return year <= last ? year : 0;
}

void coverage_consider(struct view *view, struct effects *effects)
{
    const char *self = view_state(view)->agency;
    const Record__LawInForce *law = view_law(view, effects->arena);
    const struct calendar *calendar = law == NULL ? NULL : view_calendar(view, decode_bytes(law->calendar), effects->arena);
    if (calendar == NULL) {
        return;
    }
    int year;
    find_month(effects->now, &year);
    int unknown = find_unknown_year(calendar, effects->now);
    const char *layer = calendar_missing(calendar, view_region(view, self, effects->arena), year);
    if (unknown != 0) {
        alarm_set(view, effects, "calendar", self, "日历中没有 %d 年全国放假安排：涉及该年的期限不能确定，请更新日历文件", unknown);
    } else if (layer != NULL) {
        alarm_set(view, effects, "calendar", self, "日历中没有本地区 %d 年放假安排（%s）：本机关的期限只有最早时间，请更新日历文件", year, layer);
    } else {
        alarm_withdraw(view, effects, "calendar", self);
    }
}

int64_t coverage_next(int64_t now)
{
    int year;
    struct civil_day december;
    bool before = find_month(now, &year) < DECEMBER && civil_make_day(year, DECEMBER, 1, &december);
    return before ? civil_start_of(december) : civil_next_year(now);
}
