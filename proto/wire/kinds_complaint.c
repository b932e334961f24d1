// SPDX-License-Identifier: Apache-2.0
//
// The family `complaint` (投诉举报): a complaint that another agency has to handle, and what became of it.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/complaint.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field referral_fields[] = {
    {"received_at", "收到投诉举报时间", "complaint received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.1.3b", "received_at"},
    {"identity", "投诉举报人身份", "identity of the complainant", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_COMPLAINANT], "YC-3.3", "identity"},
    {"content", "投诉举报内容", "content", FIELD_TEXT, FIELD_REQUIRED, NULL, "YY-2.1.3b", NULL},
    {"complainant", "投诉举报人", "complainant", FIELD_GROUP, FIELD_OPTIONAL, NULL, "YC-3.3", NULL},
    {"complainant.name", "投诉举报人姓名", "name of the complainant", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-3.3", NULL},
    {"complainant.telephone", "投诉举报人联系电话", "telephone of the complainant", FIELD_TELEPHONE, FIELD_OPTIONAL, NULL, "YY-2.1.3e", NULL},
    {"materials", "案件材料清单", "list of materials", FIELD_GROUP, FIELD_OPTIONAL, NULL, "YY-2.1.3b", NULL},
    {"materials.name", "材料名称", "name of the material", FIELD_NAME, FIELD_REQUIRED, NULL, "YY-2.1.3b", NULL},
    {"materials.form", "材料形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MATERIAL], "YY-2.1.3b", NULL},
    {"materials.count", "份数页数", "copies and pages", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.note", "材料说明", "note on the material", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field notice_fields[] = {
    {"received_at", "收到投诉举报时间", "complaint received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "WB-3.2.2a", "received_at"},
    {"content", "投诉举报内容", "content", FIELD_TEXT, FIELD_OPTIONAL, NULL, "WB-3.2.2b", NULL},
    {"told_complainant_at", "告知投诉举报人时间", "complainant told at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "WB-3.2.2a", "told_complainant_at"},
    {"materials", "书面材料清单", "list of materials", FIELD_GROUP, FIELD_OPTIONAL, NULL, "WB-3.2.2c", NULL},
    {"materials.name", "材料名称", "name of the material", FIELD_NAME, FIELD_REQUIRED, NULL, "WB-3.2.2c", NULL},
    {"materials.form", "材料形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MATERIAL], "WB-3.2.2c", "material"},
    {"materials.count", "份数页数", "copies and pages", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.note", "材料说明", "note on the material", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field result_fields[] = {
    {"result", "办理结果", "result", FIELD_TEXT, FIELD_REQUIRED, NULL, "YY-2.1.3d", NULL},
    {"decided_at", "办理结果时间", "decided at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "WB-3.2.3b", "decided_at"},
};
// clang-format on

// Who complained in confidence is known to the agency he came to, and to nobody else; who is anonymous, to nobody.
static void check_referral(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__ComplaintReferral *referral = (const Body__ComplaintReferral *)body;
    if (referral->complainant != NULL && !kind_table_is_text(referral->identity, "open")) {
        faults_add_value(faults, KIND_TABLE_ROW(referral_fields, "complainant"), NULL, "投诉举报人身份保密或匿名的，不得填写");
    }
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "complaint.referral", .family = "complaint", .title_zh = "投诉举报移送函", .title_en = "letter passing on a complaint",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__complaint_referral__descriptor,
     KIND_TABLE_FIELDS(referral_fields), .check = check_referral},
    {.name = "complaint.notice", .family = "complaint", .title_zh = "投诉举报告知办理", .title_en = "another agency is told to handle a complaint",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__complaint_notice__descriptor,
     KIND_TABLE_FIELDS(notice_fields)},
    {.name = "complaint.result", .family = "complaint", .title_zh = "投诉举报办理结果", .title_en = "result of a complaint",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__complaint_result__descriptor,
     KIND_TABLE_FIELDS(result_fields)},
};
// clang-format on

const struct kind_table kind_table_complaint = {kinds, KIND_TABLE_COUNT(kinds)};
