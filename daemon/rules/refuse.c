// SPDX-License-Identifier: Apache-2.0
#include "rules/refuse.h"

#include <stdarg.h>
#include <stdio.h>

#include "wire/text.h"

static Control__Refusal *new_refusal(struct effects *effects, const char *code, const char *text)
{
    static _Thread_local Control__Refusal spare;
    Control__Refusal *refusal = arena_take(effects->arena, sizeof(*refusal));
    if (refusal == NULL) {
        effects->exhausted = true;
        refusal = &spare;
    }
    control__refusal__init(refusal);
    refusal->code = (char *)code;
    refusal->text = (char *)(text == NULL ? "" : text);
    return refusal;
}

Control__Refusal *refuse_make(struct effects *effects, const char *code, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    text_clean(text); // a long name may be cut within a character
    return new_refusal(effects, code, arena_copy_text(effects->arena, text));
}

static Control__Fault *make_fault(struct effects *effects, const struct field_fault *found)
{
    Control__Fault *fault = arena_take(effects->arena, sizeof(*fault));
    if (fault == NULL) {
        effects->exhausted = true;
        return NULL;
    }
    control__fault__init(fault);
    fault->field = (char *)(found->path == NULL ? "" : found->path);
    fault->title = (char *)(found->title != NULL ? found->title : found->field == NULL ? "" : found->field->title_zh);
    fault->text = (char *)(found->text == NULL ? "" : found->text);
    fault->source = (char *)(found->source != NULL ? found->source : found->field == NULL || found->field->source == NULL ? "" : found->field->source);
    return fault;
}

Control__Refusal *refuse_faults(struct effects *effects, const struct field_fault *faults, size_t count)
{
    Control__Refusal *refusal = refuse_make(effects, faults[0].code, "内容有 %zu 处不符合要求", count);
    Control__Fault **list = arena_take_array(effects->arena, count, sizeof(*list));
    if (list == NULL) {
        effects->exhausted = true;
        return refusal;
    }
    refusal->faults = list;
    for (size_t i = 0; i < count; i++) {
        list[refusal->n_faults] = make_fault(effects, &faults[i]);
        refusal->n_faults += list[refusal->n_faults] != NULL;
    }
    return refusal;
}

const char *refuse_detail(struct effects *effects, const struct field_fault *faults, size_t count)
{
    const char *detail = "";
    for (size_t i = 0; i < count && i < 8; i++) {
        const char *text = faults[i].text == NULL ? "" : faults[i].text;
        const char *joined = arena_format(effects->arena, "%s%s%s", detail, i == 0 ? "" : "；", text);
        detail = joined == NULL ? detail : joined;
    }
    return detail;
}
