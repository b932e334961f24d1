// SPDX-License-Identifier: Apache-2.0
//
// The family `assistance` (执法协助): one agency asks another for help that it cannot do without, and what the other makes of it.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/assistance.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field request_fields[] = {
    {"form", "协助形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_ASSISTANCE], "XX-2.2c", "form"},
    {"ground", "协助理由", "ground", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_ASSISTANCE_GROUND], "YY-2.4a", "ground"},
    {"subject", "协助事项", "subject", FIELD_NAME, FIELD_REQUIRED, NULL, "YY-2.4a", NULL},
    {"text", "请求内容", "what is asked for", FIELD_TEXT, FIELD_REQUIRED, NULL, "YY-2.4a", NULL},
    {"basis", "请求依据", "legal basis", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials", "随附材料清单", "list of materials", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.name", "材料名称", "name of the material", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"materials.form", "材料形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MATERIAL], NULL, NULL},
    {"materials.count", "份数页数", "copies and pages", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.note", "材料说明", "note on the material", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"channel", "请求方式", "channel", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CHANNEL], "WB-3.5a", "channel"},
    {"notified_at", "送达时间", "notified at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "WB-3.5a", "notified_at"},
    {"notified_person", "接听请求的人员", "person told", FIELD_NAME, FIELD_OPTIONAL, NULL, "WB-3.5a", NULL},
};

static const struct field acceptance_fields[] = {
    {"text", "受理意见", "text", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field refusal_fields[] = {
    {"reason", "不予协助理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "YY-2.4c", NULL},
    {"statute", "禁止协助的法律依据", "statute that forbids it", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YY-2.4c", NULL},
};

static const struct field extension_fields[] = {
    {"extended_until", "延长至", "extended until", FIELD_INSTANT, FIELD_REQUIRED, NULL, "WB-3.5b", "extended_until"},
    {"reason", "延期理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "WB-3.5b", NULL},
};

static const struct field officers_fields[] = {
    {"sent_at", "派出时间", "sent at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "WB-3.5c", "sent_at"},
    {"officers", "派出人员", "officers", FIELD_GROUP, FIELD_OPTIONAL, NULL, "WB-3.5c", NULL},
    {"officers.name", "人员姓名", "name", FIELD_NAME, FIELD_REQUIRED, NULL, "WB-3.5c", NULL},
    {"officers.agency", "人员所属机关", "agency", FIELD_AGENCY, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"officers.role", "人员身份", "role", FIELD_CODE, FIELD_OPTIONAL, &codes_lists[CODES_PARTICIPANT], NULL, NULL},
    {"officers.certificate", "执法证号", "certificate", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"text", "处置情况", "what they did", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field result_fields[] = {
    {"done_at", "协助完成时间", "done at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "XX-2.2e", "done_at"},
    {"text", "协助结果", "result", FIELD_TEXT, FIELD_REQUIRED, NULL, "XX-2.2e", NULL},
    {"evidence", "证据清单", "list of evidence", FIELD_GROUP, FIELD_OPTIONAL, NULL, "WB-3.5b", NULL},
    {"evidence.name", "证据名称", "name of the evidence", FIELD_NAME, FIELD_REQUIRED, NULL, "WB-3.5b", NULL},
    {"evidence.type", "证据种类", "type of evidence", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_EVIDENCE], "WB-3.5b", NULL},
    {"evidence.note", "证据说明", "note on the evidence", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials", "材料清单", "list of materials", FIELD_GROUP, FIELD_OPTIONAL, NULL, "XX-2.2e", NULL},
    {"materials.name", "材料名称", "name of the material", FIELD_NAME, FIELD_REQUIRED, NULL, "XX-2.2e", NULL},
    {"materials.form", "材料形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MATERIAL], "XX-2.2e", NULL},
    {"materials.count", "份数页数", "copies and pages", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.note", "材料说明", "note on the material", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field suspended_fields[] = {
    {"suspended_at", "中止时间", "suspended at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, "suspended_at"},
    {"reason", "中止事由（检验、检测、鉴定等）", "reason: testing, appraisal", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field resumed_fields[] = {
    {"resumed_at", "恢复时间", "resumed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, "resumed_at"},
    {"text", "恢复说明", "text", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};
// clang-format on

// A letter is a document: it can be handed over, and cannot be read out.
static void check_request(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__AssistanceRequest *request = (const Body__AssistanceRequest *)body;
    if (kind_table_is_text(request->form, "letter") && kind_table_is_text(request->channel, "phone")) {
        faults_add_value(faults, KIND_TABLE_ROW(request_fields, "channel"), NULL, "协助调查函应为书面，不能以电话代替");
        return;
    }
    kind_table_check_telling(
        faults, request_fields, KIND_TABLE_COUNT(request_fields),
        &(struct kind_telling){.channel = request->channel, .notified_at = request->notified_at, .notified_person = request->notified_person});
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "assistance.request", .family = "assistance", .title_zh = "协助请求", .title_en = "request for assistance",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__assistance_request__descriptor,
     KIND_TABLE_FIELDS(request_fields), .check = check_request},
    {.name = "assistance.acceptance", .family = "assistance", .title_zh = "协助受理", .title_en = "assistance accepted",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__assistance_acceptance__descriptor,
     KIND_TABLE_FIELDS(acceptance_fields)},
    {.name = "assistance.refusal", .family = "assistance", .title_zh = "不予协助告知", .title_en = "assistance refused",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__assistance_refusal__descriptor,
     KIND_TABLE_FIELDS(refusal_fields)},
    {.name = "assistance.extension", .family = "assistance", .title_zh = "协助延期告知", .title_en = "assistance takes longer",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__assistance_extension__descriptor,
     KIND_TABLE_FIELDS(extension_fields)},
    {.name = "assistance.officers", .family = "assistance", .title_zh = "派员协助", .title_en = "officers sent to assist",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__assistance_officers__descriptor,
     KIND_TABLE_FIELDS(officers_fields)},
    {.name = "assistance.result", .family = "assistance", .title_zh = "协助结果", .title_en = "result of the assistance",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__assistance_result__descriptor,
     KIND_TABLE_FIELDS(result_fields)},
    {.name = "assistance.suspended", .family = "assistance", .title_zh = "期限中止告知", .title_en = "period suspended",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__assistance_suspended__descriptor,
     KIND_TABLE_FIELDS(suspended_fields)},
    {.name = "assistance.resumed", .family = "assistance", .title_zh = "期限恢复告知", .title_en = "period resumed",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__assistance_resumed__descriptor,
     KIND_TABLE_FIELDS(resumed_fields)},
};
// clang-format on

const struct kind_table kind_table_assistance = {kinds, KIND_TABLE_COUNT(kinds)};
