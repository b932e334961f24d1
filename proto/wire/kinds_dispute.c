// SPDX-License-Identifier: Apache-2.0
//
// The family `dispute` (管辖争议): who is competent, settled between the two or by whoever stands above both.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/dispute.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field objection_fields[] = {
    {"reason", "异议理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "YY-2.2.3", NULL},
    {"competent", "认为有管辖权的机关", "agency thought competent", FIELD_AGENCY, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field negotiation_fields[] = {
    {"settled", "是否协商一致", "settled", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_YES_NO], "WB-3.6", "settled"},
    {"held_at", "协商时间", "held at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "WB-3.6", "held_at"},
    {"competent", "商定的管辖机关", "agency agreed on", FIELD_AGENCY, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"text", "协商情况", "what was said", FIELD_TEXT, FIELD_REQUIRED, NULL, "WB-3.6", NULL},
};

static const struct field submission_fields[] = {
    {"facts", "案件基本情况", "facts of the case", FIELD_TEXT, FIELD_REQUIRED, NULL, "WB-3.6", NULL},
    {"positions", "争议各方意见", "positions of both sides", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YY-2.2.3", NULL},
    {"channel", "提请方式", "channel", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CHANNEL], "WB-3.6", "channel"},
    {"notified_at", "提请时间", "notified at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "WB-3.6", "notified_at"},
    {"notified_person", "接收提请的人员", "person told", FIELD_NAME, FIELD_OPTIONAL, NULL, "WB-3.6", NULL},
};

static const struct field ruling_fields[] = {
    {"ruled_at", "决定时间", "ruled at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.2.3", "ruled_at"},
    {"competent", "指定管辖机关", "competent agency", FIELD_AGENCY, FIELD_REQUIRED, NULL, "YY-2.2.3", NULL},
    {"reason", "指定理由", "reason", FIELD_TEXT, FIELD_OPTIONAL, NULL, "RC-24", NULL},
};
// clang-format on

static void check_submission(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__DisputeSubmission *submission = (const Body__DisputeSubmission *)body;
    kind_table_check_telling(faults, submission_fields, KIND_TABLE_COUNT(submission_fields),
                             &(struct kind_telling){.channel = submission->channel,
                                                    .notified_at = submission->notified_at,
                                                    .notified_person = submission->notified_person});
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "dispute.objection", .family = "dispute", .title_zh = "管辖异议", .title_en = "objection to jurisdiction",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__dispute_objection__descriptor,
     KIND_TABLE_FIELDS(objection_fields)},
    {.name = "dispute.negotiation", .family = "dispute", .title_zh = "管辖协商结果", .title_en = "result of negotiating jurisdiction",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__dispute_negotiation__descriptor,
     KIND_TABLE_FIELDS(negotiation_fields)},
    {.name = "dispute.submission", .family = "dispute", .title_zh = "提请指定管辖", .title_en = "jurisdiction submitted to a superior",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__dispute_submission__descriptor,
     KIND_TABLE_FIELDS(submission_fields), .check = check_submission},
    {.name = "dispute.ruling", .family = "dispute", .title_zh = "指定管辖决定", .title_en = "ruling on jurisdiction",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__dispute_ruling__descriptor,
     KIND_TABLE_FIELDS(ruling_fields)},
};
// clang-format on

const struct kind_table kind_table_dispute = {kinds, KIND_TABLE_COUNT(kinds)};
