// SPDX-License-Identifier: Apache-2.0
#include "rules/due_text.h"

#include <string.h>

#include "wire/arena.h"

static const char *or_nothing(struct effects *effects, const char *text)
{
    effects->exhausted = effects->exhausted || text == NULL;
    return text == NULL ? "" : text;
}

const char *due_text_describe(struct effects *effects, const char *due)
{
    static const char earliest[] = "earliest:";
    static const char unknown[] = "unknown:";
    const size_t skip = strncmp(due, earliest, sizeof(earliest) - 1) == 0 ? sizeof(earliest) - 1 : 0;
    const char *time = due + skip;
    if (due[0] == '\0') {
        return "无";
    }
    if (strncmp(due, unknown, sizeof(unknown) - 1) == 0) {
        return or_nothing(effects, arena_format(effects->arena, "待公布 %s 年日历", due + sizeof(unknown) - 1));
    }
    const char *clock = strchr(time, 'T'); // a store may hold what no clock has written
    return clock == NULL ? due : or_nothing(effects, arena_format(effects->arena, "%s%.10s %.8s", skip == 0 ? "" : "不早于 ", time, clock + 1));
}

const char *due_text_amended(struct effects *effects, const Record__DueAmended *amended)
{
    return or_nothing(effects, arena_format(effects->arena, "期限因日历更新由 %s 改为 %s", due_text_describe(effects, amended->before),
                                            due_text_describe(effects, amended->after)));
}
