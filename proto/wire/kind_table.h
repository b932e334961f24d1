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
