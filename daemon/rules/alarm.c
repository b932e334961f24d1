// SPDX-License-Identifier: Apache-2.0
#include "rules/alarm.h"

#include <stdarg.h>
#include <stdio.h>

#include "wire/text.h"

void alarm_raise(struct view *view, struct effects *effects, const char *code, const char *agency, const char *format, ...)
{
    if (view_has_alarm(view, code, agency)) {
        return;
    }
    char text[384];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    text_clean(text);
    Record__Alarm *alarm = arena_take(effects->arena, sizeof(*alarm));
    char *copy = arena_copy_text(effects->arena, text);
    if (alarm != NULL && copy != NULL) {
        record__alarm__init(alarm);
        alarm->code = (char *)code;
        alarm->agency = (char *)agency;
        alarm->text = copy;
    }
    effect_put(effects, RECORD__EFFECT__IS_ALARM, copy == NULL ? NULL : alarm, NULL);
}
