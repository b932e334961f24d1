// SPDX-License-Identifier: Apache-2.0
//
// The family `danger` (险情和违法行为告知): a danger or a violation that another agency has to deal with, told at once.
#include "wire/kind_table.h"

#include "wire/codes.h"
#include "wire/danger.pb-c.h"

// A row a line reads as a table.
// clang-format off
static const struct field alert_fields[] = {
    {"found_at", "发现时间", "found at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "WB-3.4c", "found_at"},
    {"danger", "隐患情况", "danger", FIELD_TEXT, FIELD_REQUIRED, NULL, "WB-3.4c", NULL},
    {"place", "隐患地点", "place", FIELD_NAME, FIELD_REQUIRED, NULL, "WB-3.4c", NULL},
    {"measures", "已采取的措施", "measures taken", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"channel", "通报方式", "channel", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CHANNEL], "WB-3.4c", "channel"},
    {"notified_at", "通报时间", "notified at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "WB-3.4c", "notified_at"},
    {"notified_person", "接听通报的人员", "person told", FIELD_NAME, FIELD_OPTIONAL, NULL, "WB-3.4c", NULL},
};

static const struct field response_fields[] = {
    {"sent", "是否派员处置", "officers sent", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_YES_NO], "WB-3.4d", "sent"},
    {"sent_at", "派员时间", "sent at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "WB-3.4d", "sent_at"},
    {"reason", "未派员理由", "reason for sending nobody", FIELD_TEXT, FIELD_OPTIONAL, NULL, "WB-3.4e", NULL},
    {"text", "处置情况", "what was done", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field report_fields[] = {
    {"text", "报告内容", "report", FIELD_TEXT, FIELD_REQUIRED, NULL, "WB-3.4e", NULL},
};

static const struct field violation_notice_fields[] = {
    {"found_at", "发现时间", "found at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YY-2.1.2b", "found_at"},
    {"facts", "涉嫌违法事实", "facts", FIELD_TEXT, FIELD_REQUIRED, NULL, "YY-2.1.2b", NULL},
    {"place", "违法行为地点", "place", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"suspect", "涉嫌违法主体", "suspect", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"suspect.name", "涉嫌违法主体名称", "name of the suspect", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    KIND_TABLE_SUSPECT_ROWS,
    {"measures", "劝阻制止情况", "how it was dissuaded or stopped", FIELD_TEXT, FIELD_OPTIONAL, NULL, "YY-2.1.2a", NULL},
    {"channel", "告知方式", "channel", FIELD_CODE, FIELD_REQUIRED, &codes_lists[CODES_CHANNEL], "RC-22f", "channel"},
    {"notified_at", "告知时间", "notified at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "RC-22f", "notified_at"},
    {"notified_person", "接听告知的人员", "person told", FIELD_NAME, FIELD_OPTIONAL, NULL, "RC-22f", NULL},
};
// clang-format on

static void check_alert(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__DangerAlert *alert = (const Body__DangerAlert *)body;
    kind_table_check_telling(faults, alert_fields, KIND_TABLE_COUNT(alert_fields),
                             &(struct kind_telling){.channel = alert->channel,
                                                    .notified_at = alert->notified_at,
                                                    .notified_person = alert->notified_person,
                                                    .after = alert->found_at});
}

// WB-3.4e: who sends nobody says why.
static void check_response(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__DangerResponse *response = (const Body__DangerResponse *)body;
    if (kind_table_is_text(response->sent, "yes") && response->sent_at == 0) {
        faults_add_required(faults, KIND_TABLE_ROW(response_fields, "sent_at"), NULL);
    }
    if (kind_table_is_text(response->sent, "no") && !kind_table_is_given(response->reason)) {
        faults_add_required(faults, KIND_TABLE_ROW(response_fields, "reason"), NULL);
    }
}

static void check_violation(const ProtobufCMessage *body, struct faults *faults)
{
    const Body__ViolationNotice *notice = (const Body__ViolationNotice *)body;
    kind_table_check_suspect(faults, violation_notice_fields, KIND_TABLE_COUNT(violation_notice_fields), notice->suspect);
    kind_table_check_telling(faults, violation_notice_fields, KIND_TABLE_COUNT(violation_notice_fields),
                             &(struct kind_telling){.channel = notice->channel,
                                                    .notified_at = notice->notified_at,
                                                    .notified_person = notice->notified_person,
                                                    .after = notice->found_at});
}

// clang-format off
static const struct kind kinds[] = {
    {.name = "danger.alert", .family = "danger", .title_zh = "险情通报", .title_en = "alert of a danger",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__danger_alert__descriptor,
     KIND_TABLE_FIELDS(alert_fields), .check = check_alert},
    {.name = "danger.response", .family = "danger", .title_zh = "险情处置回复", .title_en = "response to an alert",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_SIGNED_FOR, .descriptor = &body__danger_response__descriptor,
     KIND_TABLE_FIELDS(response_fields), .check = check_response},
    {.name = "danger.report", .family = "danger", .title_zh = "险情报告", .title_en = "report of a danger left alone",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__danger_report__descriptor,
     KIND_TABLE_FIELDS(report_fields)},
    {.name = "violation.notice", .family = "danger", .title_zh = "违法行为告知", .title_en = "notice of a violation",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__violation_notice__descriptor,
     KIND_TABLE_FIELDS(violation_notice_fields), .check = check_violation},
};
// clang-format on

const struct kind_table kind_table_danger = {kinds, KIND_TABLE_COUNT(kinds)};
