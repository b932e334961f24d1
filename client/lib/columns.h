// SPDX-License-Identifier: Apache-2.0
//
// From the columns of a list to the fields of a body. A column is a field by its path
// (subject.credit_code), its Chinese or English title, or because the caller says so; what is no field
// becomes a detail {name, value} of shared information. Before it stands `lines`, behind it `import`.
//
// Invariant: the same cells make the same body, byte by byte, so that a second run is known again.
// Lifetime: one file, from its header line on; what is made lives in the caller's arena.
#pragma once

#include "lib/mapping.h"

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

struct columns;

// Reads the header line, whose cells are UTF-8 and end in a NUL. MAPPING_REFUSED: `faults` tells what
// does not fit. The columns belong to `arena`; the plan's texts must outlive them.
enum mapping_outcome columns_read(const struct columns_plan *plan, const struct bytes *cells,
                                  size_t count, struct arena *arena, struct mapping_faults *faults,
                                  struct columns **out_columns);

size_t columns_count(const struct columns *columns);
const char *columns_name(const struct columns *columns, size_t index);

// Makes the body of a line. Its cells, as many as there are columns, have been judged as text; they are
// kept by reference, and blanks at their ends are cut off in place.
enum mapping_outcome columns_make(const struct columns *columns, struct bytes *cells,
                                  struct arena *arena, struct mapping_faults *faults,
                                  ProtobufCMessage **out_body);

// The record's name in the cells that columns_make cut: the key column's, NULL without one.
const char *columns_key(const struct columns *columns, const struct bytes *cells);

// Puts into a body that was made elsewhere what it leaves open.
void columns_fill(const struct columns_plan *plan, ProtobufCMessage *body);
