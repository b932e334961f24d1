// SPDX-License-Identifier: Apache-2.0
//
// The family `meeting` (会议).
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/common.pb-c.h"

// A row a line reads as a table.
// clang-format off
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
// clang-format on

// clang-format off
static const struct kind kinds[] = {
    {.name = "meeting.held", .family = "meeting", .title_zh = "会议登记", .title_en = "meeting held",
     .class = KIND_FACT, .descriptor = &body__meeting_held__descriptor, KIND_TABLE_FIELDS(meeting_held_fields)},
};
// clang-format on

const struct kind_table kind_table_meeting = {kinds, KIND_TABLE_COUNT(kinds)};
