// SPDX-License-Identifier: Apache-2.0
//
// Bodies of any kind, filled in by chance from the table of kinds: what must be there, some of what may be, codes as they fall, instants about
// now, and what somebody wishes besides. Before clerks, who wish.
//
// Invariant: what comes out is a body that its kind accepts, or nothing.
// Lifetime: the arena's.
#pragma once

#include "sim/chance.h"

#include "law/condition.h"
#include "law/requirement.h"

enum { FORM_WISHES = 8 };

struct form_wishes {
    const struct condition *where[FORM_WISHES]; // its terms about law pairs are made to hold
    size_t where_count;
    const struct word_list *needs[FORM_WISHES]; // paths to be filled
    size_t needs_count;
};

struct form_writer {
    int64_t now;               // by the writer's clock
    const char *const *agencies; // that may be named
    size_t agency_count;
    const char *officer; // a certificate that is on the roll
};

struct bytes form_fill(struct chance *chance, const struct kind *kind, const struct form_wishes *wishes, const struct form_writer *writer,
                       struct arena *arena);
