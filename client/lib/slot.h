// SPDX-License-Identifier: Apache-2.0
//
// Some lines of a list on their way as one request: what each says or why it goes nowhere, until its fate is told. `listing` stands before it, `import`
// around it, which has many of them under way.
//
// Invariant: each line in it is one entry, with a draft or with a refusal.
// Lifetime: a slot is filled, sent, told of and emptied, again and again; what its entries and drafts point to lives in its arena.
#pragma once

#include "liaison/liaison.h"

#include "lib/listing.h"

enum {
    SLOT_DRAFTS = 64, // one request (lib/batch.c)
    // Lines of a slot that are refused here come on top.
    SLOT_ENTRIES = 256,
    SLOT_RAW_BYTES = 192 << 10,
};

struct entry {
    uint64_t number;
    uint64_t last_number;
    uint64_t end_offset;
    struct bytes raw;
    const char *record;
    char *refusal_json; // the library's, for free; NULL: it is a draft
    size_t draft;
};

struct slot {
    struct arena *arena;
    uint64_t ticket;
    size_t draft_count;
    size_t entry_count;
    size_t raw_bytes;
    struct liaison_draft drafts[SLOT_DRAFTS];
    struct liaison_result results[SLOT_DRAFTS];
    struct entry entries[SLOT_ENTRIES];
};

bool slot_is_full(const struct slot *slot);

// The line, with the draft that is added next. NULL: no memory.
struct entry *slot_add_entry(struct slot *slot, const struct listing_item *item);
void slot_add_draft(struct slot *slot, const struct liaison_import *list, const struct kind *kind,
                    const struct listing_item *item);

void slot_empty(struct slot *slot);
