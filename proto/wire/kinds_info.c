// SPDX-License-Identifier: Apache-2.0
//
// The family `info` (信息共享、业务指导): what agencies let each other know outside any case.
#include "wire/kind_table.h"

#include <string.h>

#include "wire/codes.h"
#include "wire/info.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field info_shared_fields[] = {
    {"category", "信息类别", "category", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CATEGORY], "YY-2.1.1", "category"},
    {"formed_at", "形成或收到时间", "formed or received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.1.1", "formed_at"},
    {"title", "信息标题", "title", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"text", "信息内容", "text", FIELD_TEXT, FIELD_REQUIRED, NULL, "YY-2.1.1", NULL},
    {"subject", "信息主体", "whom it is about", FIELD_GROUP, FIELD_OPTIONAL, NULL, "YC-3.1", NULL},
    {"subject.name", "主体名称", "name", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-3.1", NULL},
    {"subject.credit_code", "统一社会信用代码", "credit code", FIELD_CREDIT_CODE, FIELD_OPTIONAL, NULL, "YC-3.1", NULL},
    {"region", "行政区划代码", "region", FIELD_REGION, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"entry", "目录条目编号", "id of the catalogue's entry", FIELD_ID, FIELD_OPTIONAL, NULL, "RC-26", NULL},
    {"identity", "投诉举报人身份", "identity of the complainant", FIELD_CODE, FIELD_OPTIONAL, &codes_lists[CODES_COMPLAINANT], "YC-3.3", NULL},
    {"complainant", "投诉举报人", "complainant", FIELD_GROUP, FIELD_OPTIONAL, NULL, "YC-3.3", NULL},
    {"complainant.name", "投诉举报人姓名", "name of the complainant", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-3.3", NULL},
    {"complainant.telephone", "投诉举报人联系电话", "telephone of the complainant", FIELD_TELEPHONE, FIELD_OPTIONAL, NULL, "YC-3.3", NULL},
    {"details", "数据项", "details", FIELD_GROUP, FIELD_OPTIONAL, NULL, "YC-3.1", NULL},
    {"details.name", "数据项名称", "name", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-3.1", NULL},
    {"details.value", "数据项内容", "value", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YC-3.1", NULL},
};

static const struct field info_extension_fields[] = {
    {"reason", "延期理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "WB-3.3.0", NULL},
    {"extended_until", "延长至", "extended until", FIELD_INSTANT, FIELD_REQUIRED, NULL, "WB-3.3.0", "extended_until"},
};

static const struct field info_query_fields[] = {
    {"purpose", "查询用途", "purpose", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-27b", NULL},
    {"basis", "查询依据", "legal basis", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-27b", NULL},
    {"text", "查询内容", "what is asked", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-27b", NULL},
    {"entry", "目录条目编号", "id of the catalogue's entry", FIELD_ID, FIELD_OPTIONAL, NULL, "RC-26", NULL},
    {"subject", "查询主体", "whom it is asked about", FIELD_GROUP, FIELD_OPTIONAL, NULL, "RC-27b", NULL},
    {"subject.name", "主体名称", "name", FIELD_NAME, FIELD_REQUIRED, NULL, "RC-27b", NULL},
    {"subject.credit_code", "统一社会信用代码", "credit code", FIELD_CREDIT_CODE, FIELD_OPTIONAL, NULL, "RC-27b", NULL},
};

static const struct field info_answer_fields[] = {
    {"text", "答复内容", "answer", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-27b", NULL},
    {"details", "数据项", "details", FIELD_GROUP, FIELD_OPTIONAL, NULL, "RC-27b", NULL},
    {"details.name", "数据项名称", "name", FIELD_NAME, FIELD_REQUIRED, NULL, "RC-27b", NULL},
    {"details.value", "数据项内容", "value", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-27b", NULL},
    {"page", "页码", "page", FIELD_NAME, FIELD_OPTIONAL, NULL, "RC-27b", NULL},
    {"more", "后续还有", "more pages follow", FIELD_CODE, FIELD_OPTIONAL, &codes_lists[CODES_YES_NO], "RC-27b", "more"},
};

static const struct field info_refusal_fields[] = {
    {"statute", "法定事由依据", "statute", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-27c", NULL},
    {"reason", "不予提供理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-27c", NULL},
};

static const struct field guidance_basis_fields[] = {
    {"text", "告知内容", "text", FIELD_TEXT, FIELD_REQUIRED, NULL, "WB-2.3", NULL},
    {"basis", "执法依据和标准", "basis and standards", FIELD_TEXT, FIELD_OPTIONAL, NULL, "WB-2.3", NULL},
};

static const struct field guidance_visit_fields[] = {
    {"visited_at", "指导时间", "visited at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.5b", "visited_at"},
    {"text", "指导内容", "what was done", FIELD_TEXT, FIELD_REQUIRED, NULL, "YY-2.5b", NULL},
    {"officers", "指导人员", "officers", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"officers.name", "指导人员姓名", "name of the officer", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"officers.certificate", "执法证号", "certificate", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field list_version_fields[] = {
    {"version", "清单版本", "version", FIELD_NAME, FIELD_REQUIRED, NULL, "WB-2.1", NULL},
    {"effective_at", "生效时间", "effective at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "WB-2.1", "effective_at"},
    {"text", "调整内容", "what changed", FIELD_TEXT, FIELD_OPTIONAL, NULL, "WB-2.1", NULL},
};
// clang-format on

// Words under which people write down who complained.
static bool names_complainant(const char *text)
{
    static const char *const who[] = {"投诉人", "举报人", "信访人"};
    static const char *const what[] = {"姓名", "名字", "电话", "手机", "住址", "地址", "身份证", "联系方式", "：", ":"};
    for (size_t i = 0; i < KIND_TABLE_COUNT(who); i++) {
        for (const char *at = strstr(text, who[i]); at != NULL; at = strstr(at + 1, who[i])) {
            const char *rest = at + strlen(who[i]);
            for (size_t j = 0; j < KIND_TABLE_COUNT(what); j++) {
                if (strncmp(rest, what[j], strlen(what[j])) == 0) {
                    return true;
                }
            }
        }
    }
    return false;
}

static void refuse_naming(struct faults *faults, const char *path)
{
    faults_add_value(faults, KIND_TABLE_ROW(info_shared_fields, path), NULL, "投诉举报人身份保密或匿名的，不得写出其姓名、联系方式");
}

// Who complained in confidence or anonymously is named nowhere in an item (YC-3.3).
static void check_unnamed(const Body__InfoShared *shared, struct faults *faults)
{
    if (shared->complainant != NULL) {
        faults_add_value(faults, KIND_TABLE_ROW(info_shared_fields, "complainant"), NULL, "投诉举报人身份保密或匿名的，不得填写");
    }
    if (names_complainant(shared->title)) {
        refuse_naming(faults, "title");
    }
    if (names_complainant(shared->text)) {
        refuse_naming(faults, "text");
    }
    for (size_t i = 0; i < shared->n_details; i++) {
        if (names_complainant(shared->details[i]->name)) {
            refuse_naming(faults, "details.name");
        }
        if (names_complainant(shared->details[i]->value)) {
            refuse_naming(faults, "details.value");
        }
    }
}

static void check_shared(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__InfoShared *shared = (const Body__InfoShared *)body;
    const bool said = kind_table_is_given(shared->identity);
    if (kind_table_is_text(shared->category, "complaint") && !said) {
        faults_add_required(faults, KIND_TABLE_ROW(info_shared_fields, "identity"), NULL);
    }
    if ((said || shared->complainant != NULL) && !kind_table_is_text(shared->identity, "open")) {
        check_unnamed(shared, faults);
    }
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "info.shared", .family = "info", .title_zh = "信息共享", .title_en = "information shared",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR | KIND_PUBLISHABLE, .descriptor = &body__info_shared__descriptor,
     KIND_TABLE_FIELDS(info_shared_fields), .check = check_shared},
    {.name = "info.extension", .family = "info", .title_zh = "共享延期登记", .title_en = "sharing put off",
     .class = KIND_FACT, .descriptor = &body__info_extension__descriptor, KIND_TABLE_FIELDS(info_extension_fields)},
    {.name = "info.query", .family = "info", .title_zh = "信息查询", .title_en = "query",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__info_query__descriptor, KIND_TABLE_FIELDS(info_query_fields)},
    {.name = "info.answer", .family = "info", .title_zh = "查询答复", .title_en = "answer to a query",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__info_answer__descriptor,
     KIND_TABLE_FIELDS(info_answer_fields)},
    {.name = "info.refusal", .family = "info", .title_zh = "不予提供告知", .title_en = "notice of not providing",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__info_refusal__descriptor,
     KIND_TABLE_FIELDS(info_refusal_fields)},
    {.name = "guidance.basis", .family = "info", .title_zh = "执法依据告知", .title_en = "basis and standards given",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__guidance_basis__descriptor,
     KIND_TABLE_FIELDS(guidance_basis_fields)},
    {.name = "guidance.visit", .family = "info", .title_zh = "现场指导记录", .title_en = "record of guidance on site",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__guidance_visit__descriptor,
     KIND_TABLE_FIELDS(guidance_visit_fields)},
    {.name = "list.version", .family = "info", .title_zh = "事项清单", .title_en = "version of the item list",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__list_version__descriptor,
     KIND_TABLE_FIELDS(list_version_fields)},
};
// clang-format on

const struct kind_table kind_table_info = {kinds, KIND_TABLE_COUNT(kinds)};
