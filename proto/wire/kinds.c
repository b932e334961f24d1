// SPDX-License-Identifier: Apache-2.0
#include "wire/kinds.h"

#include "wire/codes.h"
#include "wire/identity.h"
#include "wire/limits.h"
#include "wire/suite.h"

#include "wire/common.pb-c.h"
#include "wire/lead.pb-c.h"
#include "wire/statement.pb-c.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

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

static const struct field meeting_held_fields[] = {
    {"purpose", "会议类型", "purpose", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MEETING], NULL, "purpose"},
    {"held_at", "会议时间", "held at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, "held_at"},
    {"place", "会议地点", "place", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"participants", "参会人员", "participants", FIELD_GROUP, FIELD_REQUIRED, NULL, NULL, NULL},
    {"participants.name", "参会人员姓名", "name", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"participants.agency", "参会人员所属机关", "agency", FIELD_AGENCY, FIELD_REQUIRED, NULL, NULL, NULL},
    {"participants.role", "参会身份", "role", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_PARTICIPANT], NULL, NULL},
    {"participants.certificate", "执法证号", "certificate", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"summary", "会议纪要", "summary", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};

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

static const struct field receipt_fields[] = {
    {"refusals", "拒收", "refusals", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"refusals.code", "拒收代码", "code", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"refusals.detail", "拒收说明", "detail", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"refusals.received_at", "收到时间", "received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, NULL},
    {"runs", "到达", "runs", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"runs.received_at", "到达时间", "received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field offered_fields[] = {
    {"up_to", "截至时间", "up to", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field card_fields[] = {
    {"agency", "机关标识", "agency id", FIELD_AGENCY, FIELD_REQUIRED, NULL, NULL, NULL},
    {"name", "机关名称", "name", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"credit_code", "统一社会信用代码", "credit code", FIELD_CREDIT_CODE, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"region", "行政区划代码", "region code", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"sector", "行业领域", "sector", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_SECTOR], NULL, NULL},
    {"parent", "上级机关标识", "parent agency", FIELD_AGENCY, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"endpoints", "通信地址", "endpoints", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"duty_telephone", "值班电话", "duty telephone", FIELD_TELEPHONE, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"issued_at", "签发时间", "issued at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, NULL},
};
// clang-format on

static const struct field *find_field(const struct field *fields, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].path, path) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

// test_kinds runs every rule, so a path that has no row shows there.
#define ROW(rows, path) find_field(rows, COUNT(rows), path)

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static bool is_text(const char *text, const char *expected)
{
    return text != NULL && strcmp(text, expected) == 0;
}

// Somebody must be found again: by credit code, by another document, or openly "not known yet".
static void check_suspect(struct faults *faults, const Body__Suspect *suspect)
{
    if (suspect == NULL || is_given(suspect->credit_code)) {
        return;
    }
    if (!is_given(suspect->other_id_type)) {
        faults_add(
            faults,
            (struct field_fault){
                .field = ROW(lead_notice_fields, "suspect.credit_code"),
                .path = "suspect.credit_code",
                .code = "required",
                .text =
                    "缺少必填项：统一社会信用代码（suspect.credit_code），没有的应填写其他证件类型"
                    "（suspect.other_id_type），身份不明的填“unknown”（身份待查）",
            });
    } else if (!is_text(suspect->other_id_type, "unknown") && !is_given(suspect->other_id)) {
        faults_add_required(faults, ROW(lead_notice_fields, "suspect.other_id"), NULL);
    }
}

// Over the platform the seal's time is the time of notice; otherwise the 24 hours end when the
// other side was told.
static void check_notified(struct faults *faults, const Body__LeadNotice *notice)
{
    bool by_phone = is_text(notice->channel, "phone");
    if ((by_phone || is_text(notice->channel, "written")) && notice->notified_at == 0) {
        faults_add_required(faults, ROW(lead_notice_fields, "notified_at"), NULL);
    }
    if (by_phone && !is_given(notice->notified_person)) {
        faults_add_required(faults, ROW(lead_notice_fields, "notified_person"), NULL);
    }
    if (notice->notified_at != 0 && notice->notified_at < notice->discovered_at) {
        faults_add_value(faults, ROW(lead_notice_fields, "notified_at"), NULL, "早于发现时间");
    }
}

static void check_notice(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__LeadNotice *notice = (const Body__LeadNotice *)body;
    check_suspect(faults, notice->suspect);
    check_notified(faults, notice);
}

static bool has_participant(const Body__LeadAssessment *assessment, const char *role)
{
    for (size_t i = 0; i < assessment->n_participants; i++) {
        if (is_text(assessment->participants[i]->role, role)) {
            return true;
        }
    }
    return false;
}

// YC-1.1.2a names who has to sit at the table.
static void check_assessment(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__LeadAssessment *assessment = (const Body__LeadAssessment *)body;
    const struct field *field = ROW(lead_assessment_fields, "participants");
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

static void check_confirm(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__Confirm *confirm = (const Body__Confirm *)body;
    if (is_text(confirm->verdict, "contested") && !is_given(confirm->reason)) {
        faults_add_required(faults, ROW(confirm_fields, "reason"), NULL);
    }
}

static void add_whole(struct faults *faults, const char *path, const char *text)
{
    faults_add(faults,
               (struct field_fault){.field = NULL, .path = path, .code = "value", .text = text});
}

static void check_receipt(const ProtobufCMessage *body, struct faults *faults)
{
    const Wire__Receipt *receipt = (const Wire__Receipt *)body;
    if (receipt->n_runs + receipt->n_refusals == 0) {
        add_whole(faults, "runs", "回执没有内容");
    }
    for (size_t i = 0; i < receipt->n_runs; i++) {
        const Wire__Run *run = receipt->runs[i];
        if (run->from == 0 || run->to < run->from || run->root.len != DIGEST_BYTES) {
            add_whole(faults, arena_format(faults->arena, "runs[%zu]", i),
                      "回执的区间或摘要不正确");
        }
    }
    for (size_t i = 0; i < receipt->n_refusals; i++) {
        const Wire__Refused *refused = receipt->refusals[i];
        if (refused->position == 0 || refused->leaf.len != DIGEST_BYTES) {
            add_whole(faults, arena_format(faults->arena, "refusals[%zu]", i),
                      "拒收的位置或摘要不正确");
        }
    }
}

static void check_card(const ProtobufCMessage *body, struct faults *faults)
{
    const Wire__Card *card = (const Wire__Card *)body;
    if (is_given(card->region) && !identity_is_region(card->region)) {
        faults_add_value(faults, ROW(card_fields, "region"), NULL, "应为六位数字");
    }
    if (card->curve_key.len != 32) {
        add_whole(faults, "curve_key", "通信公钥应为32字节");
    }
    bool known = card->suite == SUITE_ED25519_SHA256 || card->suite == SUITE_SM2_SM3;
    if (!known || card->sign_key.len != suite_key_bytes((enum suite)card->suite)) {
        add_whole(faults, "sign_key", "签名算法套件未知，或签名公钥与之不符");
    }
}

#define FIELDS(rows) .fields = (rows), .field_count = COUNT(rows)

// clang-format off
static const struct kind kinds[] = {
    {.name = "lead.discovered", .family = "lead", .title_zh = "线索发现登记", .title_en = "lead discovered",
     .class = KIND_FACT, .descriptor = &body__lead_discovered__descriptor, FIELDS(lead_discovered_fields)},
    {.name = "lead.notice", .family = "lead", .title_zh = "线索通报", .title_en = "notice of a lead",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__lead_notice__descriptor,
     FIELDS(lead_notice_fields), .check = check_notice},
    {.name = "lead.assessment", .family = "lead", .title_zh = "联合研判记录", .title_en = "record of the joint assessment",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__lead_assessment__descriptor,
     FIELDS(lead_assessment_fields), .check = check_assessment},
    {.name = "meeting.held", .family = "meeting", .title_zh = "会议登记", .title_en = "meeting held",
     .class = KIND_FACT, .descriptor = &body__meeting_held__descriptor, FIELDS(meeting_held_fields)},
    {.name = "acknowledgement", .family = "common", .title_zh = "签收", .title_en = "acknowledgement",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_NEEDS_OFFICER | KIND_ACT,
     .descriptor = &body__acknowledgement__descriptor, FIELDS(acknowledgement_fields)},
    {.name = "confirm", .family = "common", .title_zh = "确认", .title_en = "confirmation",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_NEEDS_OFFICER | KIND_ACT,
     .descriptor = &body__confirm__descriptor, FIELDS(confirm_fields), .check = check_confirm},
    {.name = "recall", .family = "common", .title_zh = "撤回", .title_en = "recall",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_ACT, .descriptor = &body__recall__descriptor,
     FIELDS(recall_fields)},
    {.name = "note", .family = "common", .title_zh = "工作联系", .title_en = "note",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__note__descriptor, FIELDS(note_fields)},
    {.name = "receipt", .family = "machine", .title_zh = "到达回执", .title_en = "receipt",
     .class = KIND_MACHINE, .descriptor = &wire__receipt__descriptor, FIELDS(receipt_fields), .check = check_receipt},
    {.name = "offered", .family = "machine", .title_zh = "已发标记", .title_en = "offered mark",
     .class = KIND_MACHINE, .descriptor = &wire__offered__descriptor, FIELDS(offered_fields)},
    {.name = "card", .family = "machine", .title_zh = "名片", .title_en = "card",
     .class = KIND_MACHINE, .descriptor = &wire__card__descriptor, FIELDS(card_fields), .check = check_card},
};
// clang-format on

size_t kinds_count(void)
{
    return COUNT(kinds);
}

const struct kind *kinds_at(size_t index)
{
    return index < COUNT(kinds) ? &kinds[index] : NULL;
}

const struct kind *kinds_find(const char *name)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}
