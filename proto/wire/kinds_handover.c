// SPDX-License-Identifier: Apache-2.0
//
// The family `handover` (交接): the goods and originals that an electronic transfer leaves behind.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/handover.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field handover_list_fields[] = {
    {"handed_at", "交接时间", "handed over at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "XX-2.1b", "handed_at"},
    {"items", "交接物品清单", "list of items", FIELD_GROUP, FIELD_OPTIONAL, NULL, "YY-2.2.2c", NULL},
    {"items.name", "物品名称", "name of the item", FIELD_NAME, FIELD_REQUIRED, NULL, "YY-2.2.2c", NULL},
    {"items.quantity", "物品数量", "quantity", FIELD_NAME, FIELD_REQUIRED, NULL, "YY-2.2.2c", NULL},
    {"items.condition", "物品状况", "condition", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"items.seal", "封条或封存编号", "seal", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"items.place", "存放地点", "place", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"items.seized_until", "查封扣押期限届满", "seized until", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "行政强制法 art. 25", NULL},
    {"originals", "交接材料原件清单", "list of originals", FIELD_GROUP, FIELD_OPTIONAL, NULL, "YY-2.2.2b", NULL},
    {"originals.name", "材料名称", "name of the material", FIELD_NAME, FIELD_REQUIRED, NULL, "YY-2.2.2b", NULL},
    {"originals.form", "材料形式", "form", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MATERIAL], "YY-2.2.2b", NULL},
    {"originals.count", "份数页数", "copies and pages", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"originals.note", "材料说明", "note on the material", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"proceeds", "先行处置所得款项", "proceeds of what was disposed of", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YY-2.2.2c", NULL},
    {"place", "交接地点", "place", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field handover_receipt_fields[] = {
    {"handed_at", "交接时间", "handed over at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "XX-2.1b", "handed_at"},
    {"complete", "是否齐全", "complete", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_YES_NO], "YY-2.2.2b", "complete"},
    {"differences", "不符情况", "differences", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"differences.name", "物品或材料名称", "name", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"differences.listed", "清单所列", "as listed", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"differences.found", "实际收到", "as found", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"differences.note", "说明", "note", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"missing", "缺少的物品或材料", "what is missing", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};
// clang-format on

// Goods, papers or money: something changes hands.
static void check_list(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__HandoverList *list = (const Body__HandoverList *)body;
    if (list->n_items == 0 && list->n_originals == 0 && !kind_table_is_given(list->proceeds)) {
        faults_add_required(faults, KIND_TABLE_ROW(handover_list_fields, "items"), NULL);
    }
}

// What is not complete is named, or the other side could not mend it.
static void check_receipt(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__HandoverReceipt *receipt = (const Body__HandoverReceipt *)body;
    if (kind_table_is_text(receipt->complete, "no") && receipt->n_missing == 0 && receipt->n_differences == 0) {
        faults_add_required(faults, KIND_TABLE_ROW(handover_receipt_fields, "missing"), NULL);
    }
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "handover.list", .family = "handover", .title_zh = "交接清单", .title_en = "list of what is handed over",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__handover_list__descriptor,
     KIND_TABLE_FIELDS(handover_list_fields), .check = check_list},
    {.name = "handover.receipt", .family = "handover", .title_zh = "交接确认", .title_en = "confirmation of a handover",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR | KIND_NEEDS_OFFICER, .descriptor = &body__handover_receipt__descriptor,
     KIND_TABLE_FIELDS(handover_receipt_fields), .check = check_receipt},
};
// clang-format on

const struct kind_table kind_table_handover = {kinds, KIND_TABLE_COUNT(kinds)};
