// SPDX-License-Identifier: Apache-2.0
//
// The family `sharing` (信息资源目录、订阅): what an agency has to share, and who has it whenever it changes.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/sharing.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field entry_fields[] = {
    {"title", "目录条目名称", "title", FIELD_NAME, FIELD_REQUIRED, NULL, "RC-26", NULL},
    {"category", "信息类别", "category", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CATEGORY], "RC-26", NULL},
    {"fields", "数据项", "fields", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-26", NULL},
    {"region", "行政区划代码", "region", FIELD_REGION, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"rhythm", "更新周期", "rhythm of change", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_RHYTHM], "RC-26", NULL},
    {"access", "获取方式", "how it can be had", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_ACCESS], "RC-26", NULL},
    {"viewers", "可获取机关", "who may have it", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"basis", "共享依据", "legal basis", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-26", NULL},
    {"handling", "所列信息的处理标识", "handling mark of what it describes", FIELD_CODE, FIELD_OPTIONAL, &codes_lists[CODES_HANDLING], "RC-26", NULL},
};

static const struct field request_fields[] = {
    {"wanted", "订阅的信息类别", "what is wanted", FIELD_GROUP, FIELD_REQUIRED, NULL, NULL, NULL},
    {"wanted.category", "信息类别", "category", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CATEGORY], NULL, NULL},
    {"region", "行政区划代码", "region", FIELD_REGION, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"credit_code", "主体统一社会信用代码", "credit code of the subject", FIELD_CREDIT_CODE, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"matter", "事项编号", "matter", FIELD_ID, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"since", "自何时形成", "formed since", FIELD_INSTANT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"after", "在该件之后", "published after this one", FIELD_ID, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"until", "订阅至", "until", FIELD_INSTANT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"purpose", "用途", "purpose", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
    {"basis", "依据", "legal basis", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

#define LEFT_OUT_ROWS(need) \
    {"left_out", "不提供的信息类别", "what is not given", FIELD_GROUP, need, NULL, "RC-27c", NULL}, \
    {"left_out.category", "信息类别", "category", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CATEGORY], NULL, NULL}, \
    {"left_out.reason", "不予提供理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-27c", NULL}, \
    {"left_out.statute", "法定事由依据", "statute", FIELD_TEXT, FIELD_REQUIRED, NULL, "RC-27c", NULL}

static const struct field grant_fields[] = {
    {"granted", "同意提供的信息类别", "what is granted", FIELD_GROUP, FIELD_REQUIRED, NULL, NULL, NULL},
    {"granted.category", "信息类别", "category", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CATEGORY], NULL, NULL},
    LEFT_OUT_ROWS(FIELD_OPTIONAL),
    {"until", "提供至", "until", FIELD_INSTANT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field refusal_fields[] = {
    LEFT_OUT_ROWS(FIELD_REQUIRED),
};

static const struct field end_fields[] = {
    {"reason", "终止理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};
// clang-format on

static void check_request(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__SubscriptionRequest *request = (const Body__SubscriptionRequest *)body;
    if (request->since != 0 && kind_table_is_given(request->after)) {
        faults_add_value(faults, KIND_TABLE_ROW(request_fields, "after"), NULL, "与“自何时形成”只能填一项");
    }
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "catalogue.entry", .family = "sharing", .title_zh = "信息资源目录条目", .title_en = "entry of the catalogue",
     .class = KIND_MESSAGE, .marks = KIND_PUBLISHABLE, .descriptor = &body__catalogue_entry__descriptor,
     KIND_TABLE_FIELDS(entry_fields)},
    {.name = "subscription.request", .family = "sharing", .title_zh = "信息订阅申请", .title_en = "request to subscribe",
     .class = KIND_MESSAGE, .descriptor = &body__subscription_request__descriptor,
     KIND_TABLE_FIELDS(request_fields), .check = check_request},
    {.name = "subscription.grant", .family = "sharing", .title_zh = "信息订阅答复", .title_en = "subscription granted",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES, .descriptor = &body__subscription_grant__descriptor,
     KIND_TABLE_FIELDS(grant_fields)},
    {.name = "subscription.refusal", .family = "sharing", .title_zh = "不予订阅告知", .title_en = "subscription refused",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES, .descriptor = &body__subscription_refusal__descriptor,
     KIND_TABLE_FIELDS(refusal_fields)},
    {.name = "subscription.end", .family = "sharing", .title_zh = "终止订阅", .title_en = "subscription ended",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES, .descriptor = &body__subscription_end__descriptor,
     KIND_TABLE_FIELDS(end_fields)},
};
// clang-format on

const struct kind_table kind_table_sharing = {kinds, KIND_TABLE_COUNT(kinds)};
