// SPDX-License-Identifier: Apache-2.0
//
// What the tables of kinds, one a family (kinds_FAMILY.c), share: how a table is handed to kinds, and what the rules across fields ask of a body.
//
// Invariant: a table lives with the process and is never written.
// Lifetime: process.
#pragma once

#include "wire/kinds.h"

#include <stdbool.h>

struct kind_table {
    const struct kind *kinds;
    size_t count;
};

extern const struct kind_table kind_table_lead;
extern const struct kind_table kind_table_transfer;
extern const struct kind_table kind_table_meeting;
extern const struct kind_table kind_table_joint;
extern const struct kind_table kind_table_enforcement;
extern const struct kind_table kind_table_handover;
extern const struct kind_table kind_table_info;
extern const struct kind_table kind_table_sharing;
extern const struct kind_table kind_table_fact;
extern const struct kind_table kind_table_assistance;
extern const struct kind_table kind_table_complaint;
extern const struct kind_table kind_table_dispute;
extern const struct kind_table kind_table_danger;
extern const struct kind_table kind_table_crime;
extern const struct kind_table kind_table_supervision;
extern const struct kind_table kind_table_common;
extern const struct kind_table kind_table_machine;

#define KIND_TABLE_COUNT(array) (sizeof(array) / sizeof(array)[0])
#define KIND_TABLE_FIELDS(rows) .fields = (rows), .field_count = KIND_TABLE_COUNT(rows)
#define KIND_TABLE_ROW(rows, path) kind_table_find(rows, KIND_TABLE_COUNT(rows), path)

// Rows that several families have alike, between those that say which regulation asks for them. Their user includes codes.h.
// clang-format off
#define KIND_TABLE_SUSPECT_ROWS \
    {"suspect.credit_code", "统一社会信用代码", "credit code", FIELD_CREDIT_CODE, FIELD_OPTIONAL, NULL, NULL, NULL}, \
    {"suspect.other_id_type", "其他证件类型", "type of other id", FIELD_CODE, FIELD_OPTIONAL, &codes_lists[CODES_IDENTITY], NULL, NULL}, \
    {"suspect.other_id", "其他证件号码", "other id", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL}, \
    {"suspect.address", "涉嫌违法主体地址", "address of the suspect", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL}, \
    {"suspect.contact_name", "涉嫌违法主体联系人", "contact", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL}, \
    {"suspect.contact_telephone", "涉嫌违法主体联系电话", "contact telephone", FIELD_TELEPHONE, FIELD_OPTIONAL, NULL, NULL, NULL}
#define KIND_TABLE_ITEM_ROWS \
    {"items.condition", "物品状况", "condition", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL}, \
    {"items.place", "存放地点", "place", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL}, \
    {"items.seized_until", "查封扣押期限届满", "seized until", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "行政强制法 art. 25", NULL}
// clang-format on

// The row of a path; NULL if there is none, which test_kinds would show, as it runs every rule.
const struct field *kind_table_find(const struct field *fields, size_t count, const char *path);

struct Body__Suspect;

// Somebody must be found again: by credit code, by another document, or openly "not known yet". `fields` are those of a body with a `suspect`.
void kind_table_check_suspect(struct faults *faults, const struct field *fields, size_t count, const struct Body__Suspect *suspect);

// Four digits.
void kind_table_check_year(struct faults *faults, const struct field *field, const char *year);

// How somebody was told beside the platform, and the instant he cannot have been told before; 0: none.
struct kind_telling {
    const char *channel;
    int64_t notified_at;
    const char *notified_person;
    int64_t after;
};

// What was told or handed over beside the platform counts from the hour at which it was. `fields` are those of a body with a `channel`.
void kind_table_check_telling(struct faults *faults, const struct field *fields, size_t count, const struct kind_telling *telling);

bool kind_table_is_given(const char *text);
bool kind_table_is_text(const char *text, const char *expected);
