// SPDX-License-Identifier: Apache-2.0
//
// The family `fact` (台账登记): what happens inside one agency and starts, ends or moves a duty, recorded before any message exists.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/fact.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field case_filed_fields[] = {
    {"filed_at", "立案时间", "filed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.2.4a", "filed_at"},
    {"case_number", "立案号", "case number", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field case_not_filed_fields[] = {
    {"decided_at", "决定时间", "decided at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.2.2e", "decided_at"},
    {"reason", "不予立案理由", "reason for not filing", FIELD_TEXT, FIELD_REQUIRED, NULL, "YY-2.2.2e", NULL},
};

static const struct field case_extended_fields[] = {
    {"extended_until", "办案期限延长至", "extended until", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.2.4a", "extended_until"},
    {"reason", "延期理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
    {"basis", "延期依据", "legal basis", FIELD_TEXT, FIELD_REQUIRED, NULL, "YY-2.2.4a", NULL},
};

static const struct field case_closed_fields[] = {
    {"closed_at", "结案时间", "closed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "RC-25", "closed_at"},
    {"result", "处理结果", "result", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-25", NULL},
    {"decision_number", "决定书文号", "number of the decision", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field info_formed_fields[] = {
    {"formed_at", "形成时间", "formed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.1.1", "formed_at"},
    {"category", "信息类别", "category", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CATEGORY], "YY-2.1.1", "category"},
    {"title", "信息标题", "title", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field info_received_fields[] = {
    {"received_at", "收到时间", "received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.1.1", "received_at"},
    {"category", "信息类别", "category", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CATEGORY], "YY-2.1.1", "category"},
    {"title", "信息标题", "title", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field operation_ended_fields[] = {
    {"ended_at", "活动结束时间", "ended at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "RC-13", "ended_at"},
    {"form", "联动执法形式", "form of operation", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_OPERATION], "RC-2", "form"},
    {"summary", "活动概要", "summary", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field permit_issued_fields[] = {
    {"issued_at", "许可时间", "issued at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.1.1(2)", "issued_at"},
    {"permit", "许可证件", "permit", FIELD_NAME, FIELD_OPTIONAL, NULL, "YY-2.1.1(2)", NULL},
    {"holder", "被许可人", "holder", FIELD_NAME, FIELD_OPTIONAL, NULL, "YY-2.1.1(2)", NULL},
};

static const struct field originals_posted_fields[] = {
    {"posted_at", "寄出时间", "posted at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.2.2b", "posted_at"},
    {"carrier", "寄递单位", "carrier", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"tracking", "寄递单号", "tracking number", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials", "寄出材料清单", "list of materials", FIELD_GROUP, FIELD_REQUIRED, NULL, "YY-2.2.2b", NULL},
    {"materials.name", "材料名称", "name of the material", FIELD_NAME, FIELD_REQUIRED, NULL, "YY-2.2.2b", NULL},
    {"materials.form", "材料形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MATERIAL], "YY-2.2.2b", NULL},
    {"materials.count", "份数页数", "copies and pages", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"materials.note", "材料说明", "note on the material", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field complaint_received_fields[] = {
    {"received_at", "收到时间", "received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.1.3b", "received_at"},
    {"identity", "投诉举报人身份", "how the complainant appears", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_COMPLAINANT], "YC-3.3", "identity"},
    {"jurisdiction", "管辖", "whose it is", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_JURISDICTION], "YY-2.1.3b", "jurisdiction"},
    {"content", "投诉举报内容", "content", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-3.3", NULL},
};

static const struct field complaint_told_fields[] = {
    {"told_at", "告知时间", "told at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.1.3c", "told_at"},
    {"what", "告知事项", "what was told", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_TOLD], "YY-2.1.3c", "what"},
    {"how", "告知方式", "how", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YY-2.1.3e", NULL},
};

static const struct field violation_stopped_fields[] = {
    {"found_at", "发现时间", "found at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "WB-3.1.2b", "found_at"},
    {"stopped_at", "停止时间", "stopped at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "WB-3.1.2b", NULL},
    {"measure", "劝阻制止措施", "measure", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-22e", NULL},
    {"refused", "是否拒不改正", "refused to mend", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_YES_NO], "RC-22f", "refused"},
    {"recordings", "录像、照片等记录", "recordings", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-22e", NULL},
};

static const struct field items_seized_fields[] = {
    {"seized_at", "查封扣押时间", "seized at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "行政强制法 art. 25", "seized_at"},
    {"seized_until", "查封扣押期限届满", "seized until", FIELD_INSTANT, FIELD_REQUIRED, NULL, "行政强制法 art. 25", "seized_until"},
    {"items", "查封扣押物品清单", "list of items", FIELD_GROUP, FIELD_REQUIRED, NULL, "YC-3.2", NULL},
    {"items.name", "物品名称", "name of the item", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-3.2", NULL},
    {"items.quantity", "物品数量", "quantity", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-3.2", NULL},
    KIND_TABLE_ITEM_ROWS,
};

static const struct field crime_suspected_fields[] = {
    {"suspected_at", "发现涉嫌犯罪时间", "suspected at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "WB-3.7a", "suspected_at"},
    {"facts", "涉嫌犯罪事实", "facts", FIELD_TEXT, FIELD_REQUIRED, NULL, "WB-3.7a", NULL},
    {"investigators", "专案组人员", "officers who check it", FIELD_GROUP, FIELD_OPTIONAL, NULL, "国务院令310 art. 5", NULL},
    {"investigators.name", "专案组人员姓名", "name of the officer", FIELD_NAME, FIELD_REQUIRED, NULL, "国务院令310 art. 5", NULL},
    {"investigators.certificate", "执法证号", "certificate", FIELD_NAME, FIELD_REQUIRED, NULL, "国务院令310 art. 5", NULL},
};

static const struct field crime_approved_fields[] = {
    {"approved_at", "审批时间", "decided at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "国务院令310 art. 5", "approved_at"},
    {"opinion", "审批意见", "opinion", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_OPINION], "国务院令310 art. 5", "opinion"},
    {"reason", "不予批准理由", "reason for not approving", FIELD_TEXT, FIELD_OPTIONAL, NULL, "国务院令310 art. 5", NULL},
};

static const struct field basis_changed_fields[] = {
    {"changed_at", "变动时间", "changed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "WB-2.4", "changed_at"},
    {"what", "变动内容", "what changed", FIELD_TEXT, FIELD_REQUIRED, NULL, "WB-2.4", NULL},
};

static const struct field evidence_collected_fields[] = {
    {"collected_at", "收集时间", "collected at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-1.2.2c", "collected_at"},
    {"evidence", "证据清单", "list of evidence", FIELD_GROUP, FIELD_REQUIRED, NULL, "YC-1.2.2c", NULL},
    {"evidence.name", "证据名称", "name of the evidence", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.2.2c", NULL},
    {"evidence.type", "证据种类", "type of evidence", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_EVIDENCE], "YC-1.2.2c", NULL},
    {"evidence.note", "证据说明", "note on the evidence", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field items_disposed_fields[] = {
    {"disposed_at", "处置时间", "disposed at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.2.2c", "disposed_at"},
    {"items", "先行处置物品清单", "list of items", FIELD_GROUP, FIELD_REQUIRED, NULL, "YY-2.2.2c", NULL},
    {"items.name", "物品名称", "name of the item", FIELD_NAME, FIELD_REQUIRED, NULL, "YY-2.2.2c", NULL},
    {"items.quantity", "物品数量", "quantity", FIELD_NAME, FIELD_REQUIRED, NULL, "YY-2.2.2c", NULL},
    KIND_TABLE_ITEM_ROWS,
    {"proceeds", "处置所得款项", "proceeds", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YY-2.2.2c", NULL},
};

static const struct field measure_taken_fields[] = {
    {"taken_at", "采取措施时间", "taken at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "RC-5", "taken_at"},
    {"measure", "应急措施", "measure", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-5", NULL},
};

static const struct field year_begun_fields[] = {
    {"began_at", "开始时间", "began at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, "began_at"},
    {"year", "年度", "year", FIELD_NAME, FIELD_REQUIRED, NULL, "XX-2.6a", "year"},
    {"host", "是否本年度承办方", "hosts this year", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_YES_NO], "XX-2.6a", "host"},
};

static const struct field work_record_fields[] = {
    {"done_at", "完成时间", "done at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, "done_at"},
    {"subject", "标题", "subject", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"text", "内容", "text", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
    {"row", "规定条目", "row of the regulation", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, "row"},
};
// clang-format on

static void check_stopped(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__ViolationStopped *stopped = (const Body__ViolationStopped *)body;
    if (stopped->stopped_at != 0 && stopped->stopped_at < stopped->found_at) {
        faults_add_value(faults, KIND_TABLE_ROW(violation_stopped_fields, "stopped_at"), NULL, "早于发现时间");
    }
}

static void check_seized(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__ItemsSeized *seized = (const Body__ItemsSeized *)body;
    if (seized->seized_until != 0 && seized->seized_until < seized->seized_at) {
        faults_add_value(faults, KIND_TABLE_ROW(items_seized_fields, "seized_until"), NULL, "早于查封扣押时间");
    }
}

// 国务院令310 art. 5: why a referral was not approved is put on record.
static void check_crime_approved(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__CrimeApproved *approved = (const Body__CrimeApproved *)body;
    if (kind_table_is_text(approved->opinion, "rejected") && !kind_table_is_given(approved->reason)) {
        faults_add_required(faults, KIND_TABLE_ROW(crime_approved_fields, "reason"), NULL);
    }
}

static void check_year_begun(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__YearBegun *begun = (const Body__YearBegun *)body;
    kind_table_check_year(faults, KIND_TABLE_ROW(year_begun_fields, "year"), begun->year);
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "case.filed", .family = "fact", .title_zh = "立案登记", .title_en = "case filed",
     .class = KIND_FACT, .descriptor = &body__case_filed__descriptor, KIND_TABLE_FIELDS(case_filed_fields)},
    {.name = "case.not-filed", .family = "fact", .title_zh = "不予立案登记", .title_en = "case not filed",
     .class = KIND_FACT, .descriptor = &body__case_not_filed__descriptor, KIND_TABLE_FIELDS(case_not_filed_fields)},
    {.name = "case.extended", .family = "fact", .title_zh = "办案延期登记", .title_en = "time to decide extended",
     .class = KIND_FACT, .descriptor = &body__case_extended__descriptor, KIND_TABLE_FIELDS(case_extended_fields)},
    {.name = "case.closed", .family = "fact", .title_zh = "结案登记", .title_en = "case closed",
     .class = KIND_FACT, .descriptor = &body__case_closed__descriptor, KIND_TABLE_FIELDS(case_closed_fields)},
    {.name = "info.formed", .family = "fact", .title_zh = "信息形成登记", .title_en = "information formed",
     .class = KIND_FACT, .descriptor = &body__info_formed__descriptor, KIND_TABLE_FIELDS(info_formed_fields)},
    {.name = "info.received", .family = "fact", .title_zh = "信息收到登记", .title_en = "information received",
     .class = KIND_FACT, .descriptor = &body__info_received__descriptor, KIND_TABLE_FIELDS(info_received_fields)},
    {.name = "operation.ended", .family = "fact", .title_zh = "执法活动结束登记", .title_en = "operation ended",
     .class = KIND_FACT, .descriptor = &body__operation_ended__descriptor, KIND_TABLE_FIELDS(operation_ended_fields)},
    {.name = "permit.issued", .family = "fact", .title_zh = "许可登记", .title_en = "permit issued",
     .class = KIND_FACT, .descriptor = &body__permit_issued__descriptor, KIND_TABLE_FIELDS(permit_issued_fields)},
    {.name = "originals.posted", .family = "fact", .title_zh = "原件寄出登记", .title_en = "originals posted",
     .class = KIND_FACT, .descriptor = &body__originals_posted__descriptor, KIND_TABLE_FIELDS(originals_posted_fields)},
    {.name = "complaint.received", .family = "fact", .title_zh = "投诉举报登记", .title_en = "complaint received",
     .class = KIND_FACT, .descriptor = &body__complaint_received__descriptor, KIND_TABLE_FIELDS(complaint_received_fields)},
    {.name = "complaint.told", .family = "fact", .title_zh = "告知投诉人登记", .title_en = "complainant told",
     .class = KIND_FACT, .descriptor = &body__complaint_told__descriptor, KIND_TABLE_FIELDS(complaint_told_fields)},
    {.name = "violation.stopped", .family = "fact", .title_zh = "劝阻制止登记", .title_en = "violation stopped",
     .class = KIND_FACT, .descriptor = &body__violation_stopped__descriptor,
     KIND_TABLE_FIELDS(violation_stopped_fields), .check = check_stopped},
    {.name = "items.seized", .family = "fact", .title_zh = "查封扣押登记", .title_en = "items seized",
     .class = KIND_FACT, .descriptor = &body__items_seized__descriptor, KIND_TABLE_FIELDS(items_seized_fields), .check = check_seized},
    {.name = "crime.suspected", .family = "fact", .title_zh = "涉嫌犯罪线索登记", .title_en = "crime suspected",
     .class = KIND_FACT, .descriptor = &body__crime_suspected__descriptor, KIND_TABLE_FIELDS(crime_suspected_fields)},
    {.name = "crime.approved", .family = "fact", .title_zh = "移送公安审批登记", .title_en = "referral to the police decided",
     .class = KIND_FACT, .descriptor = &body__crime_approved__descriptor,
     KIND_TABLE_FIELDS(crime_approved_fields), .check = check_crime_approved},
    {.name = "basis.changed", .family = "fact", .title_zh = "执法依据变动登记", .title_en = "basis of enforcement changed",
     .class = KIND_FACT, .descriptor = &body__basis_changed__descriptor, KIND_TABLE_FIELDS(basis_changed_fields)},
    {.name = "evidence.collected", .family = "fact", .title_zh = "证据收集登记", .title_en = "evidence collected",
     .class = KIND_FACT, .descriptor = &body__evidence_collected__descriptor, KIND_TABLE_FIELDS(evidence_collected_fields)},
    {.name = "items.disposed", .family = "fact", .title_zh = "先行处置登记", .title_en = "items disposed of beforehand",
     .class = KIND_FACT, .descriptor = &body__items_disposed__descriptor, KIND_TABLE_FIELDS(items_disposed_fields)},
    {.name = "measure.taken", .family = "fact", .title_zh = "应急措施登记", .title_en = "urgent measure taken",
     .class = KIND_FACT, .descriptor = &body__measure_taken__descriptor, KIND_TABLE_FIELDS(measure_taken_fields)},
    {.name = "year.begun", .family = "fact", .title_zh = "年度开始登记", .title_en = "year begun",
     .class = KIND_FACT, .descriptor = &body__year_begun__descriptor, KIND_TABLE_FIELDS(year_begun_fields), .check = check_year_begun},
    {.name = "work.record", .family = "fact", .title_zh = "工作记录", .title_en = "record of work",
     .class = KIND_FACT, .descriptor = &body__work_record__descriptor, KIND_TABLE_FIELDS(work_record_fields)},
};
// clang-format on

const struct kind_table kind_table_fact = {kinds, KIND_TABLE_COUNT(kinds)};
