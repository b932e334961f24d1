// SPDX-License-Identifier: Apache-2.0
//
// The family `joint` (联合办案): one case worked by two agencies, from the team to the closing report, and the evidence they share.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/joint.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field joint_team_fields[] = {
    {"formed_at", "成立时间", "formed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-1.2.1a", "formed_at"},
    {"leader", "组长", "leader", FIELD_GROUP, FIELD_REQUIRED, NULL, "YC-1.2.1b", NULL},
    {"leader.name", "组长姓名", "name", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.2.1b", NULL},
    {"leader.agency", "组长所属机关", "agency", FIELD_AGENCY, FIELD_REQUIRED, NULL, "YC-1.2.1b", NULL},
    {"leader.role", "组长身份", "role", FIELD_CODE, FIELD_OPTIONAL, &codes_lists[CODES_PARTICIPANT], NULL, NULL},
    {"leader.certificate", "执法证号", "certificate", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"members", "成员", "members", FIELD_GROUP, FIELD_OPTIONAL, NULL, "YC-1.2.1b", NULL},
    {"members.name", "成员姓名", "name", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.2.1b", NULL},
    {"members.agency", "成员所属机关", "agency", FIELD_AGENCY, FIELD_REQUIRED, NULL, "YC-1.2.1b", NULL},
    {"members.role", "成员身份", "role", FIELD_CODE, FIELD_OPTIONAL, &codes_lists[CODES_PARTICIPANT], NULL, NULL},
    {"members.certificate", "执法证号", "certificate", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field joint_plan_fields[] = {
    {"made_at", "制定时间", "made at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-1.2.2a", "made_at"},
    {"plan", "计划内容", "plan", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.2.2a", NULL},
    {"tasks", "职责分工", "division of duties", FIELD_GROUP, FIELD_OPTIONAL, NULL, "YC-1.2.2a", NULL},
    {"tasks.agency", "负责机关", "agency", FIELD_AGENCY, FIELD_REQUIRED, NULL, "YC-1.2.2a", NULL},
    {"tasks.task", "任务", "task", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.2.2a", NULL},
    {"tasks.until", "完成期限", "to be done until", FIELD_INSTANT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field joint_progress_fields[] = {
    {"text", "进展情况", "progress", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.2.2d", NULL},
};

static const struct field evidence_shared_fields[] = {
    {"evidence", "证据清单", "list of evidence", FIELD_GROUP, FIELD_REQUIRED, NULL, "YC-1.2.2d", NULL},
    {"evidence.name", "证据名称", "name of the evidence", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.2.2d", NULL},
    {"evidence.type", "证据种类", "type of evidence", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_EVIDENCE], "YC-1.2.2d", NULL},
    {"evidence.note", "证据说明", "note on the evidence", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"collected_by", "收集机关", "agency that collected it", FIELD_AGENCY, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"collected_at", "收集时间", "collected at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field evidence_review_fields[] = {
    {"outcome", "审查结果", "outcome", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_RECOGNITION], "XX-2.4a", "outcome"},
    {"reason", "理由", "reason", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YY-2.2.4b", NULL},
};

static const struct field joint_proposal_fields[] = {
    {"text", "方案内容", "proposal", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.2.4a", NULL},
};

static const struct field joint_decision_fields[] = {
    {"decided_at", "决定时间", "decided at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-1.2.4b", "decided_at"},
    {"penalty", "处罚种类", "penalty", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_PENALTY], "YC-1.2.4b", "penalty"},
    {"execute_until", "执行期限", "to be executed until", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "YC-1.2.4b", "execute_until"},
    {"range", "处罚幅度", "range", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YC-1.2.4b", NULL},
    {"number", "决定书文号", "number of the decision", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"text", "决定内容", "text of the decision", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.2.4b", NULL},
};

static const struct field joint_execution_fields[] = {
    {"executed_at", "执行时间", "executed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-1.2.4b", "executed_at"},
    {"done", "是否执行完毕", "done", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_YES_NO], "YC-1.2.4b", "done"},
    {"text", "执行情况", "what was executed", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.2.4d", NULL},
};

static const struct field joint_report_fields[] = {
    {"closed_at", "结案时间", "closed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, "closed_at"},
    {"text", "报告内容", "report", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};
// clang-format on

// XX-2.4a: what is not taken over as it is, is so for a reason.
static void check_review(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__EvidenceReview *review = (const Body__EvidenceReview *)body;
    bool is_doubted = kind_table_is_text(review->outcome, "to-verify") || kind_table_is_text(review->outcome, "not-usable");
    if (is_doubted && !kind_table_is_given(review->reason)) {
        faults_add_required(faults, KIND_TABLE_ROW(evidence_review_fields, "reason"), NULL);
    }
}

static bool has_penalty(const Body__JointDecision *decision, const char *penalty)
{
    for (size_t i = 0; i < decision->n_penalty; i++) {
        if (kind_table_is_text(decision->penalty[i], penalty)) {
            return true;
        }
    }
    return false;
}

static void check_decision(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__JointDecision *decision = (const Body__JointDecision *)body;
    if (decision->n_penalty > 1 && has_penalty(decision, "none")) {
        faults_add_value(faults, KIND_TABLE_ROW(joint_decision_fields, "penalty"), NULL, "不予处罚（none）不能与其他处罚种类并列");
    }
    if (decision->execute_until != 0 && decision->execute_until < decision->decided_at) {
        faults_add_value(faults, KIND_TABLE_ROW(joint_decision_fields, "execute_until"), NULL, "早于决定时间");
    }
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "joint.team", .family = "joint", .title_zh = "联合办案组名单", .title_en = "joint case team",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__joint_team__descriptor, KIND_TABLE_FIELDS(joint_team_fields)},
    {.name = "joint.plan", .family = "joint", .title_zh = "调查取证计划", .title_en = "plan of investigation",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__joint_plan__descriptor, KIND_TABLE_FIELDS(joint_plan_fields)},
    {.name = "joint.progress", .family = "joint", .title_zh = "进展通报", .title_en = "progress",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__joint_progress__descriptor,
     KIND_TABLE_FIELDS(joint_progress_fields)},
    {.name = "evidence.shared", .family = "joint", .title_zh = "证据材料通报", .title_en = "evidence shared",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__evidence_shared__descriptor,
     KIND_TABLE_FIELDS(evidence_shared_fields)},
    {.name = "evidence.review", .family = "joint", .title_zh = "证据审查意见", .title_en = "what is thought of the evidence",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__evidence_review__descriptor,
     KIND_TABLE_FIELDS(evidence_review_fields), .check = check_review},
    {.name = "joint.proposal", .family = "joint", .title_zh = "处理方案", .title_en = "proposal how to handle the case",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__joint_proposal__descriptor,
     KIND_TABLE_FIELDS(joint_proposal_fields)},
    {.name = "joint.decision", .family = "joint", .title_zh = "处理决定", .title_en = "decision",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__joint_decision__descriptor,
     KIND_TABLE_FIELDS(joint_decision_fields), .check = check_decision},
    {.name = "joint.execution", .family = "joint", .title_zh = "执行情况", .title_en = "execution",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__joint_execution__descriptor,
     KIND_TABLE_FIELDS(joint_execution_fields)},
    {.name = "joint.report", .family = "joint", .title_zh = "联合办案结案报告", .title_en = "closing report of a joint case",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__joint_report__descriptor,
     KIND_TABLE_FIELDS(joint_report_fields)},
};
// clang-format on

const struct kind_table kind_table_joint = {kinds, KIND_TABLE_COUNT(kinds)};
