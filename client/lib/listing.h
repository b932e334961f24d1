// SPDX-License-Identifier: Apache-2.0
//
// A list as bodies, each with the name by which its record is known again. Before it stand `lines`,
// `columns` and `filling`, behind it `import`, which sends them.
//
// Invariant: the same list gives the same bodies under the same names, whatever its encoding.
// Lifetime: one file; what is made lives in the caller's arena.
#pragma once

#include "lib/columns.h"
#include "lib/lines.h"

enum { LISTING_SYSTEM_BYTES = 128 }; // of a list's name, at most

enum listing_outcome {
    LISTING_ITEM,
    LISTING_REFUSED, // this line, or the header: `faults` says why
    LISTING_END,
    LISTING_UNREADABLE, // the rest of the file: `faults` says why
    LISTING_FAILED,     // reading failed
    LISTING_NO_MEMORY,
};

struct listing_item {
    struct lines_record line;
    const char *record; // NULL where it was refused
    struct bytes body;
};

struct listing;

// The plan's texts must outlive it. Returns 0 or a negative errno.
int listing_new(enum lines_form form, const struct columns_plan *plan, lines_read read, void *user,
                struct listing **out_listing);

// Reads from the beginning, with a reader of its own, until it is known in which encoding the list is. LISTING_END: in one of those there are, or all of it
// is ASCII. Whoever has the bytes goes back afterwards.
enum listing_outcome listing_survey(struct listing *listing, struct mapping_faults *faults);

// Reads the header, where there is one. LISTING_ITEM: it is well.
enum listing_outcome listing_begin(struct listing *listing, struct mapping_faults *faults);

enum listing_outcome listing_next(struct listing *listing, struct arena *arena,
                                  struct mapping_faults *faults, struct listing_item *out_item);

// The header line as it was read, with its byte order mark; empty where there is none.
struct bytes listing_header(const struct listing *listing);

// Accepts a pointer to NULL; sets it to NULL.
void listing_free(struct listing **listing);
