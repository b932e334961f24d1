// SPDX-License-Identifier: Apache-2.0
#include "wire/faults.h"

#include "wire/fields.h"

bool faults_is_full(const struct faults *faults)
{
    return faults->count == faults->capacity;
}

void faults_add(struct faults *faults, struct field_fault fault)
{
    if (faults_is_full(faults)) {
        return;
    }
    // A full arena must not turn a fault into none: what is wrong is then said in general.
    if (fault.text == NULL) {
        fault.text = "内容不符合要求";
    }
    if (fault.path == NULL) {
        fault.path = "";
    }
    faults->at[faults->count++] = fault;
}

void faults_add_required(struct faults *faults, const struct field *field, const char *path)
{
    const char *shown = path == NULL ? field->path : path;
    faults_add(faults, (struct field_fault){
                           .field = field,
                           .path = shown,
                           .code = "required",
                           .text = arena_format(faults->arena, "缺少必填项：%s（%s）",
                                                field->title_zh, shown),
                       });
}

void faults_add_value(struct faults *faults, const struct field *field, const char *path,
                      const char *why)
{
    const char *shown = path == NULL ? field->path : path;
    faults_add(faults, (struct field_fault){
                           .field = field,
                           .path = shown,
                           .code = "value",
                           .text = why == NULL ? NULL
                                               : arena_format(faults->arena, "%s（%s）：%s",
                                                              field->title_zh, shown, why),
                       });
}
