// SPDX-License-Identifier: Apache-2.0
//
// The kinds that serve every matter.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/common.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field acknowledgement_fields[] = {
    {"note", "签收意见", "note", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"for_certificate", "被代签人执法证号", "signed for the officer", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"agent_name", "代收人", "agent", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field confirm_fields[] = {
    {"verdict", "确认意见", "verdict", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_VERDICT], NULL, "verdict"},
    {"reason", "异议理由", "reason", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field recall_fields[] = {
    {"reason", "撤回理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field note_fields[] = {
    {"subject", "标题", "subject", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"text", "内容", "text", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field supplement_request_fields[] = {
    {"missing", "需补正的内容", "what is missing", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-2.2.3b", NULL},
    {"answer_until", "补正期限", "answer until", FIELD_INSTANT, FIELD_OPTIONAL, NULL, NULL, "answer_until"},
};

static const struct field supplement_answer_fields[] = {
    {"text", "补正说明", "text", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
    {"materials", "补正材料清单", "list of materials", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.name", "材料名称", "name of the material", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"materials.form", "材料形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MATERIAL], NULL, NULL},
    {"materials.count", "份数页数", "copies and pages", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.note", "材料说明", "note on the material", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field forward_fields[] = {
    {"reason", "转办理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field link_fields[] = {
    {"other_matter", "关联事项编号", "other matter", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"reason", "关联理由", "reason", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field correction_fields[] = {
    {"field", "更正的项目", "field", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"was", "更正前内容", "was", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"now", "更正后内容", "now", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
    {"reason", "更正理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field deletion_confirmed_fields[] = {
    {"deleted_at", "删除时间", "deleted at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, "deleted_at"},
    {"text", "删除情况", "what was deleted", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field urgency_raised_fields[] = {
    {"raised_at", "升级时间", "raised at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, "raised_at"},
    {"reason", "紧急理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field offline_act_fields[] = {
    {"what", "线下行为内容", "what was done", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
    {"channel", "办理方式", "channel", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CHANNEL], NULL, "channel"},
    {"notified_at", "办理时间", "done at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, "notified_at"},
    {"notified_person", "对方经办人员", "person on the other side", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
};
// clang-format on

static void check_confirm(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__Confirm *confirm = (const Body__Confirm *)body;
    if (kind_table_is_text(confirm->verdict, "contested") && !kind_table_is_given(confirm->reason)) {
        faults_add_required(faults, KIND_TABLE_ROW(confirm_fields, "reason"), NULL);
    }
}

// What was done over the platform is a statement of its own.
static void check_offline(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__OfflineAct *act = (const Body__OfflineAct *)body;
    if (kind_table_is_text(act->channel, "platform")) {
        faults_add_value(faults, KIND_TABLE_ROW(offline_act_fields, "channel"), NULL, "线下行为应为电话（phone）或书面（written）");
    }
    if (kind_table_is_text(act->channel, "phone") && !kind_table_is_given(act->notified_person)) {
        faults_add_required(faults, KIND_TABLE_ROW(offline_act_fields, "notified_person"), NULL);
    }
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "acknowledgement", .family = "common", .title_zh = "签收", .title_en = "acknowledgement",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_NEEDS_OFFICER | KIND_ACT,
     .descriptor = &body__acknowledgement__descriptor, KIND_TABLE_FIELDS(acknowledgement_fields)},
    {.name = "confirm", .family = "common", .title_zh = "确认", .title_en = "confirmation",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_NEEDS_OFFICER | KIND_ACT,
     .descriptor = &body__confirm__descriptor, KIND_TABLE_FIELDS(confirm_fields), .check = check_confirm},
    {.name = "recall", .family = "common", .title_zh = "撤回", .title_en = "recall",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_ACT | KIND_PUBLISHABLE, .descriptor = &body__recall__descriptor,
     KIND_TABLE_FIELDS(recall_fields)},
    {.name = "note", .family = "common", .title_zh = "工作联系", .title_en = "note",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__note__descriptor, KIND_TABLE_FIELDS(note_fields)},
    {.name = "supplement.request", .family = "common", .title_zh = "补正要求", .title_en = "request for what is missing",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__supplement_request__descriptor,
     KIND_TABLE_FIELDS(supplement_request_fields)},
    {.name = "supplement.answer", .family = "common", .title_zh = "补正答复", .title_en = "what was missing",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__supplement_answer__descriptor,
     KIND_TABLE_FIELDS(supplement_answer_fields)},
    {.name = "forward", .family = "common", .title_zh = "转办", .title_en = "passed on to another agency",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__forward__descriptor,
     KIND_TABLE_FIELDS(forward_fields)},
    {.name = "link", .family = "common", .title_zh = "关联并案", .title_en = "matters that belong together",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__link__descriptor,
     KIND_TABLE_FIELDS(link_fields)},
    {.name = "correction", .family = "common", .title_zh = "更正", .title_en = "correction",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR | KIND_PUBLISHABLE, .descriptor = &body__correction__descriptor,
     KIND_TABLE_FIELDS(correction_fields)},
    {.name = "deletion.confirmed", .family = "common", .title_zh = "删除确认", .title_en = "deletion confirmed",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_NEEDS_OFFICER, .descriptor = &body__deletion_confirmed__descriptor,
     KIND_TABLE_FIELDS(deletion_confirmed_fields)},
    {.name = "urgency.raised", .family = "common", .title_zh = "升级紧急", .title_en = "urgency raised",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__urgency_raised__descriptor,
     KIND_TABLE_FIELDS(urgency_raised_fields)},
    {.name = "offline.act", .family = "common", .title_zh = "线下行为登记", .title_en = "act done elsewhere",
     .class = KIND_MESSAGE, .descriptor = &body__offline_act__descriptor,
     KIND_TABLE_FIELDS(offline_act_fields), .check = check_offline},
};
// clang-format on

const struct kind_table kind_table_common = {kinds, KIND_TABLE_COUNT(kinds)};
