// SPDX-License-Identifier: Apache-2.0
//
// The kinds that serve every matter.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/common.pb-c.h"

// A row a line reads as a table.
// clang-format off
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
// clang-format on

static void check_confirm(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__Confirm *confirm = (const Body__Confirm *)body;
    if (kind_table_is_text(confirm->verdict, "contested") && !kind_table_is_given(confirm->reason)) {
        faults_add_required(faults, KIND_TABLE_ROW(confirm_fields, "reason"), NULL);
    }
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "acknowledgement", .family = "common", .title_zh = "签收", .title_en = "acknowledgement",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_NEEDS_OFFICER | KIND_ACT,
     .descriptor = &body__acknowledgement__descriptor, KIND_TABLE_FIELDS(acknowledgement_fields)},
    {.name = "confirm", .family = "common", .title_zh = "确认", .title_en = "confirmation",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_NEEDS_OFFICER | KIND_ACT,
     .descriptor = &body__confirm__descriptor, KIND_TABLE_FIELDS(confirm_fields), .check = check_confirm},
    {.name = "recall", .family = "common", .title_zh = "撤回", .title_en = "recall",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_ACT, .descriptor = &body__recall__descriptor,
     KIND_TABLE_FIELDS(recall_fields)},
    {.name = "note", .family = "common", .title_zh = "工作联系", .title_en = "note",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__note__descriptor, KIND_TABLE_FIELDS(note_fields)},
};
// clang-format on

const struct kind_table kind_table_common = {kinds, KIND_TABLE_COUNT(kinds)};
