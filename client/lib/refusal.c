// SPDX-License-Identifier: Apache-2.0
#include "lib/refusal.h"

#include <stdio.h>

#include "lib/rendering.h"

json_t *refusal_new(const char *code, const char *text)
{
    return json_pack("{s:s, s:s, s:[]}", "code", code, "text", text, "faults");
}

void refusal_add(json_t **refusal, const char *field, const char *title, const char *text,
                 const char *source)
{
    json_t *faults = json_incref(json_object_get(*refusal, "faults"));
    rendering_append(&faults, json_pack("{s:s, s:s, s:s, s:s}", "field", field, "title", title,
                                        "text", text, "source", source));
    if (faults == NULL) {
        json_decref(*refusal);
        *refusal = NULL;
    }
    json_decref(faults);
}

json_t *refusal_of_mapping(const struct mapping_faults *faults)
{
    const char *code = faults->count == 0 ? "value" : faults->items[0].code;
    json_t *refusal = refusal_new(code, "正文填写有误");
    for (size_t i = 0; i < faults->count; i++) {
        const struct mapping_fault *fault = &faults->items[i];
        refusal_add(&refusal, fault->path, fault->title, fault->text, "");
    }
    return refusal;
}

json_t *refusal_of_law(const char *code, const char *text, const struct law_fault *fault)
{
    json_t *refusal = refusal_new(code, text);
    char line[32];
    snprintf(line, sizeof line, "line %u", fault->line);
    refusal_add(&refusal, line, "", fault->text, "");
    return refusal;
}
