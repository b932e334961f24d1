// SPDX-License-Identifier: Apache-2.0
#include "wire/kind_table.h"

#include <string.h>

#include "wire/lead.pb-c.h"

const struct field *kind_table_find(const struct field *fields, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].path, path) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

void kind_table_check_suspect(struct faults *faults, const struct field *fields, size_t count, const Body__Suspect *suspect)
{
    if (suspect == NULL || kind_table_is_given(suspect->credit_code)) {
        return;
    }
    if (!kind_table_is_given(suspect->other_id_type)) {
        faults_add(faults, (struct field_fault){
                               .field = kind_table_find(fields, count, "suspect.credit_code"),
                               .path = "suspect.credit_code",
                               .code = "required",
                               .text = "缺少必填项：统一社会信用代码（suspect.credit_code），没有的应填写其他证件类型"
                                       "（suspect.other_id_type），身份不明的填“unknown”（身份待查）",
                           });
    } else if (!kind_table_is_text(suspect->other_id_type, "unknown") && !kind_table_is_given(suspect->other_id)) {
        faults_add_required(faults, kind_table_find(fields, count, "suspect.other_id"), NULL);
    }
}

void kind_table_check_year(struct faults *faults, const struct field *field, const char *year)
{
    if (kind_table_is_given(year) && (strlen(year) != 4 || strspn(year, "0123456789") != 4)) {
        faults_add_value(faults, field, NULL, "应为四位数字的年份");
    }
}

void kind_table_check_telling(struct faults *faults, const struct field *fields, size_t count, const struct kind_telling *telling)
{
    bool by_phone = kind_table_is_text(telling->channel, "phone");
    if ((by_phone || kind_table_is_text(telling->channel, "written")) && telling->notified_at == 0) {
        faults_add_required(faults, kind_table_find(fields, count, "notified_at"), NULL);
    }
    if (by_phone && !kind_table_is_given(telling->notified_person)) {
        faults_add_required(faults, kind_table_find(fields, count, "notified_person"), NULL);
    }
    if (telling->notified_at != 0 && telling->notified_at < telling->after) {
        faults_add_value(faults, kind_table_find(fields, count, "notified_at"), NULL, "早于发现时间");
    }
}

bool kind_table_is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

bool kind_table_is_text(const char *text, const char *expected)
{
    return text != NULL && strcmp(text, expected) == 0;
}
