// SPDX-License-Identifier: Apache-2.0
//
// What daemons tell each other; no person writes any of it.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/identity.h"
#include "wire/limits.h"
#include "wire/statement.pb-c.h"
#include "wire/suite.h"

// A row a line reads as a table.
// clang-format off
static const struct field receipt_fields[] = {
    {"refusals", "拒收", "refusals", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"refusals.code", "拒收代码", "code", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"refusals.detail", "拒收说明", "detail", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"refusals.received_at", "收到时间", "received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, NULL},
    {"runs", "到达", "runs", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"runs.received_at", "到达时间", "received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, NULL},
    {"wholes", "附件到达", "attachments", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"wholes.author", "发文机关", "author", FIELD_AGENCY, FIELD_REQUIRED, NULL, NULL, NULL},
    {"wholes.received_at", "到达时间", "received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, NULL},
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

static void add_whole(struct faults *faults, const char *path, const char *text)
{
    faults_add(faults,
               (struct field_fault){.field = NULL, .path = path, .code = "value", .text = text});
}

static void check_receipt(const ProtobufCMessage *body, struct faults *faults)
{
    const Wire__Receipt *receipt = (const Wire__Receipt *)body;
    if (receipt->n_runs + receipt->n_refusals + receipt->n_wholes == 0) {
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
    for (size_t i = 0; i < receipt->n_wholes; i++) {
        const Wire__Whole *whole = receipt->wholes[i];
        if (whole->id.len != ID_BYTES || whole->part >= LIMIT_PARTS) {
            add_whole(faults, arena_format(faults->arena, "wholes[%zu]", i), "附件的编号或序号不正确");
        }
    }
}

static void check_card(const ProtobufCMessage *body, struct faults *faults)
{
    const Wire__Card *card = (const Wire__Card *)body;
    if (kind_table_is_given(card->region) && !identity_is_region(card->region)) {
        faults_add_value(faults, KIND_TABLE_ROW(card_fields, "region"), NULL, "应为六位数字");
    }
    if (card->curve_key.len != 32) {
        add_whole(faults, "curve_key", "通信公钥应为32字节");
    }
    bool known = card->suite == SUITE_ED25519_SHA256 || card->suite == SUITE_SM2_SM3;
    if (!known || card->sign_key.len != suite_key_bytes((enum suite)card->suite)) {
        add_whole(faults, "sign_key", "签名算法套件未知，或签名公钥与之不符");
    }
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "receipt", .family = "machine", .title_zh = "到达回执", .title_en = "receipt",
     .class = KIND_MACHINE, .descriptor = &wire__receipt__descriptor, KIND_TABLE_FIELDS(receipt_fields), .check = check_receipt},
    {.name = "offered", .family = "machine", .title_zh = "已发标记", .title_en = "offered mark",
     .class = KIND_MACHINE, .descriptor = &wire__offered__descriptor, KIND_TABLE_FIELDS(offered_fields)},
    {.name = "card", .family = "machine", .title_zh = "名片", .title_en = "card",
     .class = KIND_MACHINE, .descriptor = &wire__card__descriptor, KIND_TABLE_FIELDS(card_fields), .check = check_card},
};
// clang-format on

const struct kind_table kind_table_machine = {kinds, KIND_TABLE_COUNT(kinds)};
