// SPDX-License-Identifier: Apache-2.0
//
// The columns of a list and the fields of a body that they are. A column is a field by its path
// (subject.credit_code), its Chinese or English title, or because the caller says so; what is no field
// becomes a detail {name, value} of shared information. Before it stands `lines`, behind it `filling`.
//
// Invariant: no two columns are one field.
// Lifetime: one file, from its header line on.
#pragma once

#include "lib/csv.h"
#include "lib/mapping.h"
#include "wire/limits.h"

enum { COLUMNS_DEEPEST = LIMIT_BODY_DEPTH };

// What holds for every line, beside what its columns say. Texts may be NULL.
struct columns_defaults {
    const char *category;
    const char *region;
    int64_t formed_at; // 0: none
};

struct columns_plan {
    const struct kind *kind;
    const char *key; // the column that names the record; NULL: none does
    // "COLUMN=FIELD"; FIELD "details" makes a detail of it, "" leaves the column out
    const char *const *maps;
    size_t map_count;
    struct columns_defaults defaults;
};

enum column_use { COLUMN_FIELD, COLUMN_DETAIL, COLUMN_LEFT_OUT };

struct column {
    const char *name;
    enum column_use use;
    const struct field *field; // COLUMN_FIELD
    const ProtobufCFieldDescriptor *steps[COLUMNS_DEEPEST];
    size_t depth;
};

struct columns {
    const struct columns_plan *plan;
    size_t count;
    size_t key; // count: none
    struct column items[CSV_COLUMNS];
};

// Reads the header line, whose cells are UTF-8 and end in a NUL. MAPPING_REFUSED: `faults` tells what
// does not fit. The columns belong to `arena`; the plan's texts must outlive them.
enum mapping_outcome columns_read(const struct columns_plan *plan, const struct bytes *cells,
                                  size_t count, struct arena *arena, struct mapping_faults *faults,
                                  struct columns **out_columns);

size_t columns_count(const struct columns *columns);
const char *columns_name(const struct columns *columns, size_t index);

// The record's name in cells whose blanks are cut: the key column's, NULL without one.
const char *columns_key(const struct columns *columns, const struct bytes *cells);

// Cuts blanks off the ends of a cell, in place.
void columns_cut_blanks(struct bytes *cell);

// Shared information: what is no field of it becomes a detail.
bool columns_is_of_shared(const struct kind *kind);
