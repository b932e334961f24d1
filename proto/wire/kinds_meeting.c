// SPDX-License-Identifier: Apache-2.0
//
// The family `meeting` (会议).
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/common.pb-c.h"
#include "wire/meeting.pb-c.h"

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

static const struct field meeting_call_fields[] = {
    {"purpose", "会议类型", "purpose", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MEETING], NULL, "purpose"},
    {"meet_until", "会议召开时间", "when it is to be held", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, NULL},
    {"place", "会议地点", "place", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"agenda", "会议议程", "agenda", FIELD_TEXT, FIELD_OPTIONAL, NULL, "XX-2.6a", NULL},
};

static const struct field meeting_proposal_fields[] = {
    {"topic", "建议议题", "topic", FIELD_TEXT, FIELD_REQUIRED, NULL, "XX-2.6d", NULL},
};

static const struct field meeting_minutes_fields[] = {
    {"purpose", "会议类型", "purpose", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MEETING], "XX-2.6c", "purpose"},
    {"held_at", "会议时间", "held at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "XX-2.6c", "held_at"},
    {"place", "会议地点", "place", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"participants", "参会人员", "participants", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"participants.name", "参会人员姓名", "name", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"participants.agency", "参会人员所属机关", "agency", FIELD_AGENCY, FIELD_REQUIRED, NULL, NULL, NULL},
    {"participants.role", "参会身份", "role", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_PARTICIPANT], NULL, NULL},
    {"participants.certificate", "执法证号", "certificate", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"summary", "会议纪要", "summary", FIELD_TEXT, FIELD_REQUIRED, NULL, "XX-2.6c", NULL},
    {"next_steps", "下一步工作", "next steps", FIELD_TEXT, FIELD_OPTIONAL, NULL, "XX-2.6a", NULL},
};

static const struct field meeting_results_fields[] = {
    {"held_at", "协商时间", "held at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "XX-2.6e", "held_at"},
    {"purpose", "会议类型", "purpose", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_MEETING], "XX-2.6e", "purpose"},
    {"results", "协商结果", "results", FIELD_TEXT, FIELD_REQUIRED, NULL, "XX-2.6e", NULL},
};
// clang-format on

// clang-format off
static const struct kind kinds[] = {
    {.name = "meeting.held", .family = "meeting", .title_zh = "会议登记", .title_en = "meeting held",
     .class = KIND_FACT, .descriptor = &body__meeting_held__descriptor, KIND_TABLE_FIELDS(meeting_held_fields)},
    {.name = "meeting.call", .family = "meeting", .title_zh = "会议通知", .title_en = "call to a meeting",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__meeting_call__descriptor,
     KIND_TABLE_FIELDS(meeting_call_fields)},
    {.name = "meeting.proposal", .family = "meeting", .title_zh = "议题建议", .title_en = "proposal of a topic",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__meeting_proposal__descriptor,
     KIND_TABLE_FIELDS(meeting_proposal_fields)},
    {.name = "meeting.minutes", .family = "meeting", .title_zh = "会议纪要", .title_en = "minutes of a meeting",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__meeting_minutes__descriptor,
     KIND_TABLE_FIELDS(meeting_minutes_fields)},
    {.name = "meeting.results", .family = "meeting", .title_zh = "临时协商结果", .title_en = "results of an ad-hoc consultation",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__meeting_results__descriptor,
     KIND_TABLE_FIELDS(meeting_results_fields)},
};
// clang-format on

const struct kind_table kind_table_meeting = {kinds, KIND_TABLE_COUNT(kinds)};
