// SPDX-License-Identifier: Apache-2.0
//
// The family `crime` (行刑衔接): a case in which a crime is suspected goes to the police, who say whether they take it.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/crime.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field referral_fields[] = {
    {"facts", "涉嫌犯罪事实", "facts", FIELD_TEXT, FIELD_REQUIRED, NULL, "国务院令310 art. 6", NULL},
    {"suspect", "涉嫌违法主体", "suspect", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"suspect.name", "涉嫌违法主体名称", "name of the suspect", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    KIND_TABLE_SUSPECT_ROWS,
    {"report", "案件情况调查报告", "report of the investigation", FIELD_TEXT, FIELD_OPTIONAL, NULL, "国务院令310 art. 6", NULL},
    {"items", "涉案物品清单", "list of items", FIELD_GROUP, FIELD_OPTIONAL, NULL, "国务院令310 art. 6", NULL},
    {"items.name", "物品名称", "name of the item", FIELD_NAME, FIELD_REQUIRED, NULL, "国务院令310 art. 6", NULL},
    {"items.quantity", "物品数量", "quantity", FIELD_NAME, FIELD_REQUIRED, NULL, "国务院令310 art. 6", NULL},
    KIND_TABLE_ITEM_ROWS,
    {"appraisal", "检验报告或者鉴定结论", "result of testing or appraisal", FIELD_TEXT, FIELD_OPTIONAL, NULL, "国务院令310 art. 6", NULL},
    {"materials", "其他材料清单", "list of materials", FIELD_GROUP, FIELD_OPTIONAL, NULL, "国务院令310 art. 6", NULL},
    {"materials.name", "材料名称", "name of the material", FIELD_NAME, FIELD_REQUIRED, NULL, "国务院令310 art. 6", NULL},
    {"materials.form", "材料形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MATERIAL], "国务院令310 art. 6", NULL},
    {"materials.count", "份数页数", "copies and pages", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.note", "材料说明", "note on the material", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field receipt_fields[] = {
    {"received_at", "收到移送书时间", "letter received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "国务院令310 art. 7", "received_at"},
    {"note", "回执备注", "note", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field passed_on_fields[] = {
    {"to", "转送的公安机关", "police organ it went to", FIELD_NAME, FIELD_REQUIRED, NULL, "国务院令310 art. 7", NULL},
    {"received_at", "收到移送书时间", "letter received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "国务院令310 art. 7", "received_at"},
    {"passed_at", "转送时间", "passed on at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "国务院令310 art. 7", "passed_at"},
};

static const struct field decision_fields[] = {
    {"decision", "立案决定", "decision", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_FILING], "国务院令310 art. 8", "decision"},
    {"decided_at", "立案决定时间", "decided at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "国务院令310 art. 8", "decided_at"},
    {"case_number", "立案号", "case number", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"reason", "不予立案理由", "reason for not filing", FIELD_TEXT, FIELD_OPTIONAL, NULL, "国务院令310 art. 8", NULL},
    {"papers_returned", "退回案卷材料情况", "papers returned", FIELD_TEXT, FIELD_OPTIONAL, NULL, "国务院令310 art. 8", NULL},
};

static const struct field review_fields[] = {
    {"reason", "提请复议理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "国务院令310 art. 9", NULL},
};

static const struct field review_decision_fields[] = {
    {"decision", "复议后的立案决定", "decision", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_FILING], "国务院令310 art. 9", "decision"},
    {"decided_at", "复议决定时间", "decided at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "国务院令310 art. 9", "decided_at"},
    {"reason", "复议理由", "reason", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field items_fields[] = {
    {"handed_at", "移交时间", "handed over at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "国务院令310 art. 12", "handed_at"},
    {"items", "涉案物品清单", "list of items", FIELD_GROUP, FIELD_OPTIONAL, NULL, "国务院令310 art. 12", NULL},
    {"items.name", "物品名称", "name of the item", FIELD_NAME, FIELD_REQUIRED, NULL, "国务院令310 art. 12", NULL},
    {"items.quantity", "物品数量", "quantity", FIELD_NAME, FIELD_REQUIRED, NULL, "国务院令310 art. 12", NULL},
    KIND_TABLE_ITEM_ROWS,
    {"materials", "其他材料清单", "list of materials", FIELD_GROUP, FIELD_OPTIONAL, NULL, "国务院令310 art. 12", NULL},
    {"materials.name", "材料名称", "name of the material", FIELD_NAME, FIELD_REQUIRED, NULL, "国务院令310 art. 12", NULL},
    {"materials.form", "材料形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MATERIAL], "国务院令310 art. 12", NULL},
    {"materials.count", "份数页数", "copies and pages", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.note", "材料说明", "note on the material", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};
// clang-format on

static void check_referral(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__CrimeReferral *referral = (const Body__CrimeReferral *)body;
    kind_table_check_suspect(faults, referral_fields, KIND_TABLE_COUNT(referral_fields), referral->suspect);
}

static void check_decision(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__CrimeDecision *decision = (const Body__CrimeDecision *)body;
    if (kind_table_is_text(decision->decision, "not-filed") && !kind_table_is_given(decision->reason)) {
        faults_add_required(faults, KIND_TABLE_ROW(decision_fields, "reason"), NULL);
    }
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "crime.referral", .family = "crime", .title_zh = "涉嫌犯罪案件移送书", .title_en = "letter referring a suspected crime",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__crime_referral__descriptor,
     KIND_TABLE_FIELDS(referral_fields), .check = check_referral},
    {.name = "crime.receipt", .family = "crime", .title_zh = "涉嫌犯罪案件回执", .title_en = "police receipt of a suspected crime",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__crime_receipt__descriptor,
     KIND_TABLE_FIELDS(receipt_fields)},
    {.name = "crime.passed-on", .family = "crime", .title_zh = "转送公安机关告知", .title_en = "passed on to the competent police",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__crime_passed_on__descriptor,
     KIND_TABLE_FIELDS(passed_on_fields)},
    {.name = "crime.decision", .family = "crime", .title_zh = "立案决定通知", .title_en = "police decision whether to file",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__crime_decision__descriptor,
     KIND_TABLE_FIELDS(decision_fields), .check = check_decision},
    {.name = "crime.review", .family = "crime", .title_zh = "提请复议", .title_en = "review asked for",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__crime_review__descriptor,
     KIND_TABLE_FIELDS(review_fields)},
    {.name = "crime.review-decision", .family = "crime", .title_zh = "复议决定", .title_en = "decision on the review",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__crime_review_decision__descriptor,
     KIND_TABLE_FIELDS(review_decision_fields)},
    {.name = "crime.items", .family = "crime", .title_zh = "涉案物品移交", .title_en = "items handed to the police",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__crime_items__descriptor,
     KIND_TABLE_FIELDS(items_fields)},
};
// clang-format on

const struct kind_table kind_table_crime = {kinds, KIND_TABLE_COUNT(kinds)};
