// SPDX-License-Identifier: Apache-2.0
#include "rules/alarm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wire/text.h"

enum { TEXT_BYTES = 384 };

static void put(struct effects *effects, const char *code, const char *agency, const char *text)
{
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

__attribute__((format(printf, 2, 0))) static void write_text(char text[TEXT_BYTES], const char *format, va_list args)
{
    vsnprintf(text, TEXT_BYTES, format, args);
    text_clean(text);
}

void alarm_raise(struct view *view, struct effects *effects, const char *code, const char *agency, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;
    if (view_has_alarm(view, code, agency)) {
        return;
    }
    va_start(args, format);
    write_text(text, format, args);
    va_end(args);
    put(effects, code, agency, text);
}

static bool says(struct view *view, struct effects *effects, const char *code, const char *agency, const char *text)
{
    Record__Alarm **alarms;
    size_t count = view_has_alarm(view, code, agency) ? view_alarms(view, effects->arena, &alarms) : 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(alarms[i]->code, code) == 0 && strcmp(alarms[i]->agency, agency) == 0) {
            return strcmp(alarms[i]->text, text) == 0;
        }
    }
    return false;
}

void alarm_set(struct view *view, struct effects *effects, const char *code, const char *agency, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;
    va_start(args, format);
    write_text(text, format, args);
    va_end(args);
    if (!says(view, effects, code, agency, text)) {
        put(effects, code, agency, text);
    }
}

void alarm_withdraw(struct view *view, struct effects *effects, const char *code, const char *agency)
{
    Record__AlarmCleared *cleared = view_has_alarm(view, code, agency) ? effect_take(effects, 1, sizeof(*cleared)) : NULL;
    if (cleared == NULL) {
        return;
    }
    record__alarm_cleared__init(cleared);
    cleared->code = (char *)code;
    cleared->agency = (char *)agency;
    effect_put(effects, RECORD__EFFECT__IS_CLEARED, cleared, NULL);
}
