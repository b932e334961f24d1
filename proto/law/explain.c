// SPDX-License-Identifier: Apache-2.0
#include "law/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SECOND_MS = 1000 };

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

    civil_date(day, &year, &month, &day_of_month);
    add_text(prose, "%d年%d月%d日（%s）", year, month, day_of_month, names[civil_weekday(day)]);
}

static void add_moment(struct prose *prose, int64_t instant_ms)
{
    const struct civil_day day = civil_day_of(instant_ms);
    const int64_t seconds = (instant_ms - civil_start_of(day)) / SECOND_MS;

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
    case WITHIN_PROMPTLY:
        add_text(prose, "及时");
        return;
    case WITHIN_UNTIL:
        add_text(prose, "文书载明的期限内");
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

static const char *say_no_due(struct within within)
{
    if (within.form == WITHIN_PROMPTLY) {
        return "规定要求及时办理，未定届满时间。";
    }
    return within.form == WITHIN_AT_ONCE ? "不设届满时间，应立即办理。" : "目前没有届满时间。";
}

static void add_end(struct prose *prose, const struct due *due, struct within within)
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
        add_text(prose, "%s", say_no_due(within));
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

char *explain_due(const struct due *due, struct within within, int64_t start_at,
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
    add_text(&prose, due->day_count == 0   ? "："
                     : within.inclusive ? "：开始的当日计入；"
                                           : "：开始的当日不计入；");
    add_days(&prose, due);
    add_end(&prose, due, within);
    return prose.text;
}
