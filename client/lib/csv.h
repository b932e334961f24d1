// SPDX-License-Identifier: Apache-2.0
//
// Records of a CSV file (RFC 4180): where one ends, and its cells without their quotes. After it
// stands `lines`, which has the bytes. Quotes, commas and line ends are no part of any other character
// in UTF-8 or in GB18030, so both are split before anything is converted.
//
// Invariant: pure; what is consumed is whole lines, and every byte of the input is in one record.
// Lifetime: cells lie in the caller's `text` and end in a NUL that is not counted.
#pragma once

#include "wire/arena.h"

enum { CSV_COLUMNS = 256 };

enum csv_end { CSV_MAY_GO_ON, CSV_ENDS_HERE };

enum csv_outcome {
    CSV_RECORD,
    CSV_BLANK,  // an empty line, which is no record
    CSV_MORE,   // the record does not end in what is here
    CSV_BROKEN, // `fault` says what is wrong; the line that shows it is consumed too
};

struct csv_record {
    size_t size;     // with its line end
    size_t raw_size; // without
    size_t lines;    // line feeds in `size`
    size_t count;
    struct bytes cells[CSV_COLUMNS];
    const char *fault; // Chinese
    size_t fault_line; // 0 is the record's first
    bool is_quoted;    // CSV_MORE, or a fault at the end: a quoted cell is open, and began …
    size_t quote_line; // … in this line
};

// Splits the record at the start of `input`. `text` has room for one byte more than the input.
enum csv_outcome csv_split(struct bytes input, enum csv_end end, char *text,
                           struct csv_record *out_record);

// For a record too long to be held: how much of `input` belongs to it. `quoted` is where it stands in
// quotes, from one call to the next; `out_ended` whether the record ends there.
size_t csv_skip(struct bytes input, bool *quoted, bool *out_ended);
