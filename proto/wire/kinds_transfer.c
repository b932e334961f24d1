// SPDX-License-Identifier: Apache-2.0
//
// The family `transfer` (案件移送): what one agency does before it moves a case, the letter that moves it, and what the other makes of it.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/transfer.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field applied_fields[] = {
    {"applied_at", "申请时间", "applied at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-2.2.1a", "applied_at"},
    {"to_agency", "拟移送机关", "agency it is to go to", FIELD_AGENCY, FIELD_REQUIRED, NULL, "YC-2.2.1a", NULL},
    {"case_name", "案件名称", "name of the case", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-2.2.1a", NULL},
    {"facts", "案件基本情况", "facts of the case", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-2.2.1a", NULL},
    {"ground", "移送情形", "ground", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_TRANSFER], "YC-2.1", "ground"},
    {"reason", "移送理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-2.2.1a", NULL},
    {"evidence", "证据清单", "list of evidence", FIELD_GROUP, FIELD_REQUIRED, NULL, "YC-2.2.1a", NULL},
    {"evidence.name", "证据名称", "name of the evidence", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-2.2.1a", NULL},
    {"evidence.type", "证据种类", "type of evidence", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_EVIDENCE], "YC-2.2.1a", NULL},
    {"evidence.note", "证据说明", "note on the evidence", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field reviewed_fields[] = {
    {"reviewed_at", "法制审核时间", "reviewed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-2.2.1b", "reviewed_at"},
    {"opinion", "审核意见", "opinion", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_OPINION], "YC-2.2.1b", "opinion"},
    {"text", "意见内容", "text of the opinion", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field approved_fields[] = {
    {"approved_at", "负责人审批时间", "approved at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-2.2.1b", "approved_at"},
    {"opinion", "审批意见", "opinion", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_OPINION], "YC-2.2.1b", "opinion"},
    {"text", "意见内容", "text of the opinion", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field checked_fields[] = {
    {"checked_at", "移送材料审核通过时间", "check passed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-2.2.2a", "checked_at"},
    {"text", "审核情况", "what was checked", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-2.2.2a", NULL},
};

static const struct field notice_fields[] = {
    {"case_name", "案件名称", "name of the case", FIELD_NAME, FIELD_REQUIRED, NULL, "RC-22a", NULL},
    {"facts", "案件基本情况", "facts of the case", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-22a", NULL},
    {"ground", "移送情形", "ground", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_TRANSFER], "RC-21", "ground"},
    {"reason", "移送理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-22a", NULL},
    {"channel", "通报方式", "channel", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CHANNEL], "RC-22a", "channel"},
    {"notified_at", "通报时间", "notified at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "RC-22a", "notified_at"},
    {"notified_person", "接听通报的人员", "person told", FIELD_NAME, FIELD_OPTIONAL, NULL, "RC-22a", NULL},
};

static const struct field letter_fields[] = {
    {"case_name", "案件名称", "name of the case", FIELD_NAME, FIELD_REQUIRED, NULL, "RC-A1", NULL},
    {"accepted_at", "受理时间", "accepted at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "RC-A1", NULL},
    {"suspect", "涉嫌违法主体", "suspect", FIELD_GROUP, FIELD_REQUIRED, NULL, "RC-A1", NULL},
    {"suspect.name", "涉嫌违法主体名称", "name of the suspect", FIELD_NAME, FIELD_REQUIRED, NULL, "RC-A1", NULL},
    KIND_TABLE_SUSPECT_ROWS,
    {"facts", "案件基本事实", "basic facts", FIELD_TEXT, FIELD_REQUIRED, NULL, "WB-3.1.3", NULL},
    {"ground", "移送情形", "ground", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_TRANSFER], "YC-2.1", "ground"},
    {"reason", "移送原因", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-A1", NULL},
    {"basis", "移送依据", "legal basis", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-A1", NULL},
    {"materials", "移送材料清单", "list of materials", FIELD_GROUP, FIELD_REQUIRED, NULL, "RC-A1", NULL},
    {"materials.name", "材料名称", "name of the material", FIELD_NAME, FIELD_REQUIRED, NULL, "RC-A1", NULL},
    {"materials.form", "材料形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MATERIAL], "YY-2.2.2b", "material"},
    {"materials.count", "份数页数", "copies and pages", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.note", "材料说明", "note on the material", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"items", "涉案物品清单", "list of items", FIELD_GROUP, FIELD_OPTIONAL, NULL, "YY-2.2.2b", NULL},
    {"items.name", "物品名称", "name of the item", FIELD_NAME, FIELD_REQUIRED, NULL, "YY-2.2.2c", NULL},
    {"items.quantity", "物品数量", "quantity", FIELD_NAME, FIELD_REQUIRED, NULL, "YY-2.2.2c", NULL},
    KIND_TABLE_ITEM_ROWS,
    {"proceeds", "先行处置所得款项", "proceeds of what was disposed of", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YY-2.2.2c", NULL},
    {"channel", "移送方式", "channel", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CHANNEL], NULL, "channel"},
    {"notified_at", "交付时间", "handed over at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, NULL, "notified_at"},
    {"notified_person", "收件人员", "person who took it", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"remarks", "备注", "remarks", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"outstanding", "待交情况", "still to be handed over", FIELD_CODE, FIELD_OPTIONAL, &codes_lists[CODES_OUTSTANDING], "YY-2.2.2b", "outstanding"},
    {"officers", "办理移送的执法人员", "officers in charge", FIELD_GROUP, FIELD_OPTIONAL, NULL, "YY-2.2.2a", NULL},
    {"officers.name", "办理移送的执法人员姓名", "name of the officer", FIELD_NAME, FIELD_REQUIRED, NULL, "YY-2.2.2a", NULL},
    {"officers.certificate", "执法证号", "certificate", FIELD_NAME, FIELD_REQUIRED, NULL, "YY-2.2.2a", NULL},
    {"legal_exception", "以内设机构名义移送的法定依据", "statute that allows an internal unit's name", FIELD_TEXT, FIELD_OPTIONAL, NULL, "WB-3.1.4", NULL},
};

static const struct field review_fields[] = {
    {"decided_at", "审查决定时间", "decided at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "RC-23b", "decided_at"},
    {"outcome", "审查结果", "outcome", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_REVIEW], "RC-23b", "outcome"},
    {"reason", "理由", "reason", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-23d", NULL},
    {"missing", "需补充的材料", "what is missing", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-23c", NULL},
    {"papers_returned", "退回材料情况", "papers returned", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-23d", NULL},
};

static const struct field supplement_fields[] = {
    {"materials", "补充材料清单", "list of materials", FIELD_GROUP, FIELD_REQUIRED, NULL, "RC-23c", NULL},
    {"materials.name", "材料名称", "name of the material", FIELD_NAME, FIELD_REQUIRED, NULL, "RC-23c", NULL},
    {"materials.form", "材料形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MATERIAL], "YY-2.2.2b", "material"},
    {"materials.count", "份数页数", "copies and pages", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.note", "材料说明", "note on the material", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"note", "补充说明", "note", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field filing_fields[] = {
    {"decided_at", "立案决定时间", "decided at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.2.2d", "decided_at"},
    {"decision", "立案决定", "decision", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_FILING], "YY-2.2.2e", "decision"},
    {"case_number", "立案号", "case number", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"reason", "不予立案理由", "reason for not filing", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YY-2.2.2e", NULL},
};

static const struct field result_fields[] = {
    {"closed_at", "结案时间", "closed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-2.2.3d", "closed_at"},
    {"result", "处理结果", "result", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-2.2.3d", NULL},
    {"decision_number", "决定书文号", "number of the decision", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"execution", "执行情况", "execution", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field report_fields[] = {
    {"closed_at", "结案时间", "closed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "RC-25", "closed_at"},
    {"result", "处理结果", "result", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-25", NULL},
    {"decision_number", "决定书文号", "number of the decision", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"execution", "执行情况", "execution", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};
// clang-format on

static void check_prior_notice(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__TransferPriorNotice *notice = (const Body__TransferPriorNotice *)body;
    kind_table_check_telling(
        faults, notice_fields, KIND_TABLE_COUNT(notice_fields),
        &(struct kind_telling){.channel = notice->channel, .notified_at = notice->notified_at, .notified_person = notice->notified_person});
}

static bool has_original(const Body__TransferLetter *letter)
{
    for (size_t i = 0; i < letter->n_materials; i++) {
        if (kind_table_is_text(letter->materials[i]->form, "original")) {
            return true;
        }
    }
    return false;
}

// YY-2.2.2b, YY-2.2.2c: what is to follow on paper or as goods stands in the lists.
static void check_outstanding(struct faults *faults, const Body__TransferLetter *letter)
{
    bool both = kind_table_is_text(letter->outstanding, "both");
    if ((both || kind_table_is_text(letter->outstanding, "items")) && letter->n_items == 0) {
        faults_add_required(faults, KIND_TABLE_ROW(letter_fields, "items"), NULL);
    }
    if ((both || kind_table_is_text(letter->outstanding, "papers")) && !has_original(letter)) {
        faults_add_value(faults, KIND_TABLE_ROW(letter_fields, "outstanding"), NULL, "移送材料清单中没有原件");
    }
}

// A letter is a document: it can be handed over, and cannot be read out.
static void check_letter(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__TransferLetter *letter = (const Body__TransferLetter *)body;
    kind_table_check_suspect(faults, letter_fields, KIND_TABLE_COUNT(letter_fields), letter->suspect);
    check_outstanding(faults, letter);
    if (kind_table_is_text(letter->channel, "phone")) {
        faults_add_value(faults, KIND_TABLE_ROW(letter_fields, "channel"), NULL, "移送函应为书面，不能以电话代替");
        return;
    }
    kind_table_check_telling(
        faults, letter_fields, KIND_TABLE_COUNT(letter_fields),
        &(struct kind_telling){.channel = letter->channel, .notified_at = letter->notified_at, .notified_person = letter->notified_person});
}

// RC-23c: what is missing; RC-23d: why, and all papers back.
static void check_review(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__TransferReview *review = (const Body__TransferReview *)body;
    bool refused = kind_table_is_text(review->outcome, "refused");
    if (kind_table_is_text(review->outcome, "supplement") && review->n_missing == 0) {
        faults_add_required(faults, KIND_TABLE_ROW(review_fields, "missing"), NULL);
    }
    if (refused && !kind_table_is_given(review->reason)) {
        faults_add_required(faults, KIND_TABLE_ROW(review_fields, "reason"), NULL);
    }
    if (refused && !kind_table_is_given(review->papers_returned)) {
        faults_add_required(faults, KIND_TABLE_ROW(review_fields, "papers_returned"), NULL);
    }
}

static void check_filing(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__TransferFiling *filing = (const Body__TransferFiling *)body;
    if (kind_table_is_text(filing->decision, "not-filed") && !kind_table_is_given(filing->reason)) {
        faults_add_required(faults, KIND_TABLE_ROW(filing_fields, "reason"), NULL);
    }
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "transfer.applied", .family = "transfer", .title_zh = "案件移送申请登记", .title_en = "transfer applied for",
     .class = KIND_FACT, .descriptor = &body__transfer_applied__descriptor, KIND_TABLE_FIELDS(applied_fields)},
    {.name = "transfer.reviewed", .family = "transfer", .title_zh = "移送法制审核登记", .title_en = "transfer reviewed by the legal unit",
     .class = KIND_FACT, .descriptor = &body__transfer_reviewed__descriptor, KIND_TABLE_FIELDS(reviewed_fields)},
    {.name = "transfer.approved", .family = "transfer", .title_zh = "移送审批登记", .title_en = "transfer approved by the head",
     .class = KIND_FACT, .descriptor = &body__transfer_approved__descriptor, KIND_TABLE_FIELDS(approved_fields)},
    {.name = "transfer.checked", .family = "transfer", .title_zh = "移送材料审核通过登记", .title_en = "letter and materials passed the check",
     .class = KIND_FACT, .descriptor = &body__transfer_checked__descriptor, KIND_TABLE_FIELDS(checked_fields)},
    {.name = "transfer.prior-notice", .family = "transfer", .title_zh = "移送事先通报", .title_en = "prior notice of a transfer",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__transfer_prior_notice__descriptor,
     KIND_TABLE_FIELDS(notice_fields), .check = check_prior_notice},
    {.name = "transfer.letter", .family = "transfer", .title_zh = "案件移送函", .title_en = "letter of transfer",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR | KIND_NEEDS_OFFICER, .descriptor = &body__transfer_letter__descriptor,
     KIND_TABLE_FIELDS(letter_fields), .check = check_letter},
    {.name = "transfer.review", .family = "transfer", .title_zh = "移送案件审查意见", .title_en = "what the receiver makes of a transfer",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR | KIND_NEEDS_OFFICER, .descriptor = &body__transfer_review__descriptor,
     KIND_TABLE_FIELDS(review_fields), .check = check_review},
    {.name = "transfer.supplement", .family = "transfer", .title_zh = "移送补充材料", .title_en = "materials added to a transfer",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__transfer_supplement__descriptor,
     KIND_TABLE_FIELDS(supplement_fields)},
    {.name = "transfer.filing", .family = "transfer", .title_zh = "立案情况复函", .title_en = "reply whether a case was filed",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR | KIND_NEEDS_OFFICER, .descriptor = &body__transfer_filing__descriptor,
     KIND_TABLE_FIELDS(filing_fields), .check = check_filing},
    {.name = "transfer.result", .family = "transfer", .title_zh = "处理结果反馈", .title_en = "result of a transferred case",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__transfer_result__descriptor,
     KIND_TABLE_FIELDS(result_fields)},
    {.name = "transfer.report", .family = "transfer", .title_zh = "移送案件结案报告", .title_en = "closing report of a transferred case",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__transfer_report__descriptor,
     KIND_TABLE_FIELDS(report_fields)},
};
// clang-format on

const struct kind_table kind_table_transfer = {kinds, KIND_TABLE_COUNT(kinds)};
