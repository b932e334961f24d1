// SPDX-License-Identifier: Apache-2.0
//
// Files that carry cards and statements from one office to another: PEM text, cards first,
// statements oldest first. What is between the blocks is ignored, so that people may write notes
// there.
//
// Invariant: the same blocks in the same order give the same text.
#pragma once

#include "wire/arena.h"

#include <stdbool.h>

#define BUNDLE_CARD "LIAISON CARD"
#define BUNDLE_STATEMENT "LIAISON STATEMENT"

struct bundle_block {
    bool is_card;
    struct bytes content; // in the arena; data is NULL if the block does not decode
};

// Takes the next block from the front of `text`. False: there is none.
bool bundle_next(struct bytes *text, struct arena *arena, struct bundle_block *out_block);
