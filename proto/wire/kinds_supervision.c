// SPDX-License-Identifier: Apache-2.0
//
// The family `supervision` (督办和报告): what goes down from a supervisor and up to one.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/supervision.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field reminder_fields[] = {
    {"duty", "时限义务条款", "id of the duty", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, "duty"},
    {"title", "义务名称", "title of the duty", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"due", "应办结时间", "due", FIELD_INSTANT, FIELD_OPTIONAL, NULL, NULL, "due_until"},
    {"text", "催办内容", "text", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field order_fields[] = {
    {"answer_until", "答复期限", "answer until", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, "answer_until"},
    {"text", "督办要求", "order", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-29a", NULL},
};

static const struct field answer_fields[] = {
    {"text", "答复内容", "answer", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field record_fields[] = {
    {"subject", "备案事项", "subject", FIELD_NAME, FIELD_REQUIRED, NULL, "RC-12", NULL},
    {"text", "备案内容", "text", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-12", NULL},
    {"materials", "备案材料清单", "list of materials", FIELD_GROUP, FIELD_OPTIONAL, NULL, "RC-13", NULL},
    {"materials.name", "材料名称", "name of the material", FIELD_NAME, FIELD_REQUIRED, NULL, "RC-13", NULL},
    {"materials.form", "材料形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MATERIAL], "RC-13", NULL},
    {"materials.count", "份数页数", "copies and pages", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.note", "材料说明", "note on the material", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field record_number_fields[] = {
    {"number", "备案编号", "number", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"recorded_at", "备案时间", "recorded at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, "recorded_at"},
};

static const struct field copy_fields[] = {
    {"what", "抄报事项", "what it is about", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"parties", "所涉机关", "agencies concerned", FIELD_AGENCY, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"times", "时间节点", "times", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field task_fields[] = {
    {"task", "任务内容", "task", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-29b", NULL},
    {"answer_until", "报告期限", "answer until", FIELD_INSTANT, FIELD_OPTIONAL, NULL, NULL, "answer_until"},
};

static const struct field task_report_fields[] = {
    {"text", "任务完成情况", "report", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-29b", NULL},
};

static const struct field misconduct_fields[] = {
    {"fault", "违纪失职情形", "fault", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MISCONDUCT], "RC-31", "fault"},
    {"agency", "责任机关", "agency at fault", FIELD_AGENCY, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"text", "情况说明", "what happened", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-31", NULL},
};

static const struct field government_report_fields[] = {
    {"text", "向政府报告的内容", "report", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct kind kinds[] = {
    {.name = "supervision.reminder", .family = "supervision", .title_zh = "催办", .title_en = "reminder",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__supervision_reminder__descriptor,
     KIND_TABLE_FIELDS(reminder_fields)},
    {.name = "supervision.order", .family = "supervision", .title_zh = "督办", .title_en = "supervision order",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__supervision_order__descriptor,
     KIND_TABLE_FIELDS(order_fields)},
    {.name = "supervision.answer", .family = "supervision", .title_zh = "督办答复", .title_en = "answer to a supervision order",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__supervision_answer__descriptor,
     KIND_TABLE_FIELDS(answer_fields)},
    {.name = "supervision.record", .family = "supervision", .title_zh = "备案报送", .title_en = "filed with a supervisor",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__supervision_record__descriptor,
     KIND_TABLE_FIELDS(record_fields)},
    {.name = "supervision.record-number", .family = "supervision", .title_zh = "备案号", .title_en = "number of the record",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__supervision_record_number__descriptor,
     KIND_TABLE_FIELDS(record_number_fields)},
    {.name = "supervision.copy", .family = "supervision", .title_zh = "抄报", .title_en = "copy to a superior",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__supervision_copy__descriptor,
     KIND_TABLE_FIELDS(copy_fields)},
    {.name = "supervision.task", .family = "supervision", .title_zh = "任务下达", .title_en = "task set",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__supervision_task__descriptor,
     KIND_TABLE_FIELDS(task_fields)},
    {.name = "supervision.task-report", .family = "supervision", .title_zh = "任务报告", .title_en = "report on a task",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__supervision_task_report__descriptor,
     KIND_TABLE_FIELDS(task_report_fields)},
    {.name = "supervision.misconduct", .family = "supervision", .title_zh = "违纪失职报告", .title_en = "report of misconduct",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__supervision_misconduct__descriptor,
     KIND_TABLE_FIELDS(misconduct_fields)},
    {.name = "supervision.government-report", .family = "supervision", .title_zh = "向政府报告", .title_en = "report to the government",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__supervision_government_report__descriptor,
     KIND_TABLE_FIELDS(government_report_fields)},
};
// clang-format on

const struct kind_table kind_table_supervision = {kinds, KIND_TABLE_COUNT(kinds)};
