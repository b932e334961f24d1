// SPDX-License-Identifier: Apache-2.0
//
// A list as records, read in pieces of whatever size they come in: of CSV a record, else a line. Behind
// it stand `csv` and `recode`, before it whoever has the bytes.
//
// Invariant: memory is bounded, whatever the file holds; every physical line is in one record, and a
// record's number is that of its first line, from 1.
// Lifetime: one file. A record is valid until the next.
#pragma once

#include "lib/csv.h"
#include "lib/recode.h"

#include <stddef.h>

enum { LINES_LONGEST_BYTES = 64 << 10 };

enum lines_form { LINES_CSV, LINES_PLAIN };

// As read(2): bytes into the buffer, 0 at the end, below 0 on failure.
typedef ptrdiff_t (*lines_read)(void *user, void *buffer, size_t size);

enum lines_outcome {
    LINES_RECORD,   // `cells`, or of LINES_PLAIN one cell, in the file's encoding
    LINES_REFUSED,  // this record; `fault` says why, and the next may be well
    LINES_END,
    LINES_UNREADABLE, // the file as a whole: `fault` says why
    LINES_FAILED,     // reading failed, or no memory
};

struct lines_record {
    uint64_t number;
    uint64_t last_number;
    uint64_t offset;     // of its first byte in the file
    uint64_t end_offset; // behind its last
    struct bytes raw;    // as in the file without its line end; empty if it was too long
    const struct bytes *cells;
    size_t cell_count;
    const char *fault;     // Chinese
    uint64_t fault_number; // the line at fault
};

struct lines;

// Returns 0 or a negative errno.
int lines_new(enum lines_form form, lines_read read, void *user, struct lines **out_lines);

enum lines_outcome lines_next(struct lines *lines, struct lines_record *out_record);

// Text of the record read last, as UTF-8 ending in a NUL, copied where it must be. False: it is in no
// encoding, or there is no memory; `out_offset` is how far into `text` it is good.
bool lines_convert(const struct lines *lines, struct bytes text, struct arena *arena,
                   struct bytes *out_text, size_t *out_offset);

// How far the record read last is in the file's encoding; its size if all of it is.
size_t lines_find_fault(const struct lines *lines, struct bytes raw);

enum recode_encoding lines_encoding(const struct lines *lines);

// Bytes of the byte order mark at the file's start.
size_t lines_mark_bytes(const struct lines *lines);

// Accepts a pointer to NULL; sets it to NULL.
void lines_free(struct lines **lines);
