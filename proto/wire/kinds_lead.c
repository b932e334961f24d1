// SPDX-License-Identifier: Apache-2.0
//
// The family `lead` (线索).
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/lead.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field lead_discovered_fields[] = {
    {"discovered_at", "发现时间", "discovered at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-1.1.1", "discovered_at"},
    {"found_by", "发现途径", "found by", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_FOUND], "YC-1.1.1", NULL},
    {"place", "发现地点", "place", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"summary", "线索概要", "summary", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"grounds", "协同理由", "grounds", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_GROUND], "YC-1.1.1", NULL},
};

static const struct field lead_notice_fields[] = {
    {"suspect", "涉嫌违法主体", "suspect", FIELD_GROUP, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"suspect.name", "涉嫌违法主体名称", "name of the suspect", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"suspect.credit_code", "统一社会信用代码", "credit code", FIELD_CREDIT_CODE, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"suspect.other_id_type", "其他证件类型", "type of other id", FIELD_CODE, FIELD_OPTIONAL, &codes_lists[CODES_IDENTITY], NULL, NULL},
    {"suspect.other_id", "其他证件号码", "other id", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"suspect.address", "涉嫌违法主体地址", "address of the suspect", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"suspect.contact_name", "涉嫌违法主体联系人", "contact", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"suspect.contact_telephone", "涉嫌违法主体联系电话", "contact telephone", FIELD_TELEPHONE, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"facts", "违法事实梗概", "gist of the facts", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"evidence", "已掌握的证据", "evidence in hand", FIELD_GROUP, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"evidence.name", "证据名称", "name of the evidence", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"evidence.type", "证据种类", "type of evidence", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_EVIDENCE], "YC-1.1.1", NULL},
    {"evidence.note", "证据说明", "note on the evidence", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"found_by", "发现途径", "found by", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_FOUND], "YC-1.1.1", NULL},
    {"found_where", "发现地点", "found where", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"discovered_at", "发现时间", "discovered at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-1.1.1", "discovered_at"},
    {"channel", "通报方式", "channel", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CHANNEL], "YC-1.1.1", "channel"},
    {"notified_at", "通报时间", "notified at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "YC-1.1.1", "notified_at"},
    {"notified_person", "接听通报的人员", "person told", FIELD_NAME, FIELD_OPTIONAL, NULL, "YC-1.1.1", NULL},
    {"grounds", "协同理由", "grounds", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_GROUND], "YC-1.1.1", "ground"},
    {"remarks", "备注", "remarks", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field lead_assessment_fields[] = {
    {"held_at", "研判会议时间", "held at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-1.1.2", "held_at"},
    {"place", "研判会议地点", "place", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"participants", "参会人员", "participants", FIELD_GROUP, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
    {"participants.name", "参会人员姓名", "name", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
    {"participants.agency", "参会人员所属机关", "agency", FIELD_AGENCY, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
    {"participants.role", "参会身份", "role", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_PARTICIPANT], "YC-1.1.2", NULL},
    {"participants.certificate", "执法证号", "certificate", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"complexity", "案件复杂性评估", "complexity", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
    {"impact", "社会影响评估", "social impact", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
    {"law", "可能涉及的法律法规", "laws that may apply", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
    {"decision", "是否启动协同办案", "decision", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_START], "YC-1.1.2", "decision"},
    {"reason", "决定理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
};
// clang-format on

static void check_notice(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__LeadNotice *notice = (const Body__LeadNotice *)body;
    kind_table_check_suspect(faults, lead_notice_fields, KIND_TABLE_COUNT(lead_notice_fields), notice->suspect);
    // Over the platform the seal's time is the time of notice; otherwise the 24 hours end when the other side was told.
    kind_table_check_telling(faults, lead_notice_fields, KIND_TABLE_COUNT(lead_notice_fields),
                             &(struct kind_telling){.channel = notice->channel,
                                                    .notified_at = notice->notified_at,
                                                    .notified_person = notice->notified_person,
                                                    .after = notice->discovered_at});
}

static bool has_participant(const Body__LeadAssessment *assessment, const char *role)
{
    for (size_t i = 0; i < assessment->n_participants; i++) {
        if (kind_table_is_text(assessment->participants[i]->role, role)) {
            return true;
        }
    }
    return false;
}

// YC-1.1.2a names who has to sit at the table.
static void check_assessment(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__LeadAssessment *assessment = (const Body__LeadAssessment *)body;
    const struct field *field = KIND_TABLE_ROW(lead_assessment_fields, "participants");
    if (assessment->n_participants == 0) {
        return;
    }
    if (!has_participant(assessment, "business")) {
        faults_add_value(faults, field, NULL, "应有执法业务骨干（business）参加");
    }
    if (!has_participant(assessment, "legal")) {
        faults_add_value(faults, field, NULL, "应有法规专业人员（legal）参加");
    }
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "lead.discovered", .family = "lead", .title_zh = "线索发现登记", .title_en = "lead discovered",
     .class = KIND_FACT, .descriptor = &body__lead_discovered__descriptor, KIND_TABLE_FIELDS(lead_discovered_fields)},
    {.name = "lead.notice", .family = "lead", .title_zh = "线索通报", .title_en = "notice of a lead",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__lead_notice__descriptor,
     KIND_TABLE_FIELDS(lead_notice_fields), .check = check_notice},
    {.name = "lead.assessment", .family = "lead", .title_zh = "联合研判记录", .title_en = "record of the joint assessment",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__lead_assessment__descriptor,
     KIND_TABLE_FIELDS(lead_assessment_fields), .check = check_assessment},
};
// clang-format on

const struct kind_table kind_table_lead = {kinds, KIND_TABLE_COUNT(kinds)};
