// SPDX-License-Identifier: Apache-2.0
//
// The family `enforcement` (协同、联合执法): the plan of an operation, what it needs before it starts, and the report on it.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/enforcement.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field enforcement_plan_fields[] = {
    {"form", "联动执法形式", "form of operation", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_OPERATION], "RC-2", "form"},
    {"ground", "启动情形", "ground", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_ENFORCEMENT_GROUND], "RC-6/7", "ground"},
    {"facts", "违法事项基本情况", "facts", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-18", NULL},
    {"necessity", "联动执法的必要性", "necessity", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-18", NULL},
    {"tasks", "工作任务", "tasks", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-18", NULL},
    {"lead", "牵头部门", "lead agency", FIELD_AGENCY, FIELD_REQUIRED, NULL, "RC-18", NULL},
    {"helpers", "参与配合部门", "agencies that help", FIELD_AGENCY, FIELD_OPTIONAL, NULL, "RC-18", NULL},
    {"duties", "职责和分工", "duties of each", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-18", NULL},
    {"time_limit_until", "执法时限", "time limit", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "RC-18", "time_limit_until"},
    {"funds", "执法经费", "funds", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-18", NULL},
    {"safeguards", "保障措施", "safeguards", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-18", NULL},
    {"emergency_plan", "应急预案", "emergency plan", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-18", NULL},
};

static const struct field enforcement_opinion_fields[] = {
    {"opinion", "审查意见", "opinion", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_OPINION], "RC-9a", "opinion"},
    {"text", "意见内容", "text of the opinion", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-9b", NULL},
};

static const struct field enforcement_approval_fields[] = {
    {"opinion", "批准意见", "opinion", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_OPINION], "RC-9a", "opinion"},
    {"approved_at", "批准时间", "approved at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "RC-9a", "approved_at"},
    {"text", "批复内容", "text of the decision", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field enforcement_refusal_fields[] = {
    {"statute", "法定事由依据", "statute", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-12", NULL},
    {"reason", "不参加的理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-12", NULL},
};

static const struct field enforcement_operation_fields[] = {
    {"form", "联动执法形式", "form of operation", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_OPERATION], "YC-4.2.2", "form"},
    {"start_until", "行动开始时间", "when it is to start", FIELD_INSTANT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"place", "行动地点", "place", FIELD_NAME, FIELD_OPTIONAL, NULL, "YC-4.1", NULL},
    {"tasks", "行动任务", "tasks", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YC-4.2.2", NULL},
};

static const struct field enforcement_report_fields[] = {
    {"form", "联动执法形式", "form of operation", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_OPERATION], "RC-2", "form"},
    {"ended_at", "活动结束时间", "ended at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "RC-13", "ended_at"},
    {"summary", "执法情况总结", "summary", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-20", NULL},
    {"effect", "执法效果评估", "effect", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-20", NULL},
    {"appraisals", "对参与部门的评价", "appraisal of each participant", FIELD_GROUP, FIELD_OPTIONAL, NULL, "RC-20", NULL},
    {"appraisals.agency", "参与部门", "agency", FIELD_AGENCY, FIELD_REQUIRED, NULL, "RC-20", NULL},
    {"appraisals.appraisal", "评价", "appraisal", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-20", NULL},
    {"documents", "所附执法文书和结案报告", "documents attached", FIELD_NAME, FIELD_OPTIONAL, NULL, "RC-13", NULL},
};

static const struct field enforcement_yearly_fields[] = {
    {"year", "年度", "year", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-4.1", "year"},
    {"campaigns", "联合执法安排", "campaigns", FIELD_GROUP, FIELD_OPTIONAL, NULL, "YC-4.1", NULL},
    {"campaigns.name", "行动名称", "name of the campaign", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-4.1", NULL},
    {"campaigns.time", "执法时间", "time", FIELD_NAME, FIELD_OPTIONAL, NULL, "YC-4.1", NULL},
    {"campaigns.place", "执法地点", "place", FIELD_NAME, FIELD_OPTIONAL, NULL, "YC-4.1", NULL},
    {"campaigns.target", "执法对象", "target", FIELD_NAME, FIELD_OPTIONAL, NULL, "YC-4.1", NULL},
    {"campaigns.focus", "重点检查内容", "focus", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YC-4.1", NULL},
};
// clang-format on

static void check_yearly(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__EnforcementYearly *yearly = (const Body__EnforcementYearly *)body;
    kind_table_check_year(faults, KIND_TABLE_ROW(enforcement_yearly_fields, "year"), yearly->year);
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "enforcement.plan", .family = "enforcement", .title_zh = "联动执法方案", .title_en = "plan of an operation",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__enforcement_plan__descriptor,
     KIND_TABLE_FIELDS(enforcement_plan_fields)},
    {.name = "enforcement.opinion", .family = "enforcement", .title_zh = "方案审查意见", .title_en = "opinion on a plan",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__enforcement_opinion__descriptor,
     KIND_TABLE_FIELDS(enforcement_opinion_fields)},
    {.name = "enforcement.approval", .family = "enforcement", .title_zh = "方案批准", .title_en = "decision on a plan",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__enforcement_approval__descriptor,
     KIND_TABLE_FIELDS(enforcement_approval_fields)},
    {.name = "enforcement.refusal", .family = "enforcement", .title_zh = "不参加联动执法告知", .title_en = "notice of not taking part",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__enforcement_refusal__descriptor,
     KIND_TABLE_FIELDS(enforcement_refusal_fields)},
    {.name = "enforcement.operation", .family = "enforcement", .title_zh = "联动执法行动通知", .title_en = "call to an operation",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__enforcement_operation__descriptor,
     KIND_TABLE_FIELDS(enforcement_operation_fields)},
    {.name = "enforcement.report", .family = "enforcement", .title_zh = "联动执法情况报告", .title_en = "report on an operation",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__enforcement_report__descriptor,
     KIND_TABLE_FIELDS(enforcement_report_fields)},
    {.name = "enforcement.yearly", .family = "enforcement", .title_zh = "年度联合执法计划", .title_en = "yearly plan of joint enforcement",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__enforcement_yearly__descriptor,
     KIND_TABLE_FIELDS(enforcement_yearly_fields), .check = check_yearly},
};
// clang-format on

const struct kind_table kind_table_enforcement = {kinds, KIND_TABLE_COUNT(kinds)};
