// SPDX-License-Identifier: Apache-2.0
//
// What the bytes of an attachment are called: the bytes themselves say, so the same bytes are one file, from whomever they came. Rules name
// files so, the tables key them so, and the folder beside the store has them under such names.
//
// Invariant: equal names, equal bytes.
// Lifetime: values.
#pragma once

#include "wire/hash.h"

#include <stdbool.h>
#include <string.h>

struct file_name {
    enum suite suite;
    struct digest root; // of the tree over its chunks
    uint64_t size;
};

static inline bool file_name_equals(const struct file_name *left, const struct file_name *right)
{
    return left->suite == right->suite && left->size == right->size && memcmp(left->root.bytes, right->root.bytes, DIGEST_BYTES) == 0;
}
