// SPDX-License-Identifier: Apache-2.0
//
// Which texts of a statement a search finds. The header: author, own number, short number, source record, names of officers and of parts. The body: every
// text in it, at whatever depth. Beside them it is told by *tags*: kind, author, matter, category, and whether it came from elsewhere. Both who makes the
// index and who verifies what it proposes walk here, so they cannot disagree.
//
// Invariant: what daemons say among themselves (receipts, cards, marks) has no text to be found.
#pragma once

#include "wire/arena.h"
#include "wire/statement.pb-c.h"
#include "wire/terms.h"

bool searchable_is(const char *kind);

// Called for each text that is not empty.
typedef void (*searchable_visit)(void *context, const char *text);
void searchable_header(const Wire__Header *header, searchable_visit visit, void *context);

// `body` is the kind's protobuf; one that does not decode has no text. False: no memory.
bool searchable_body(const char *kind, struct bytes body, struct arena *arena, searchable_visit visit, void *context);

// The category of what is shared, as the header tells it, or of an entry of the catalogue, as its body does; "": it has none. `body` may have no data.
const char *searchable_category(const Wire__Header *header, struct bytes body, struct arena *arena);

uint64_t searchable_kind(const char *kind);
uint64_t searchable_author(const char *author);
uint64_t searchable_matter(struct bytes matter);
uint64_t searchable_of_category(const char *category);
uint64_t searchable_carried(const char *carrier); // "": sealed here; all others are alike

// What is asked of an index. Whatever fulfils all of it has all the grams and tags.
enum { SOUGHT_TAGS = 4, SOUGHT_KINDS = 32 };
enum sought_in { SOUGHT_IN_ALL, SOUGHT_IN_HEADERS };
struct sought {
    struct terms terms;
    enum sought_in in;
    int64_t since; // had then or later
    int64_t until; // and before then; 0: any
    uint64_t tags[SOUGHT_TAGS]; // all of them
    size_t tag_count;
    uint64_t kinds[SOUGHT_KINDS]; // one of them; none: any
    size_t kind_count;
};
// Those that begin so; more than there is room for are asked for as any.
void searchable_add_kinds(struct sought *sought, const char *beginning);
