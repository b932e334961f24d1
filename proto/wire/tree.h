// SPDX-License-Identifier: Apache-2.0
//
// Leaves, commitments and the trees over them (PROTOCOL.md section 4), RFC 6962 in shape. seal signs the root; envelope carries leaf
// and path.
//
// Invariant: a leaf, a node and a commitment never hash the same input: their first bytes differ.
// Lifetime: values; a tree lives in its arena.
#pragma once

#include "wire/hash.h"

#include <stdbool.h>

void tree_leaf(enum suite suite, const uint8_t salt[SALT_BYTES], struct bytes header, struct digest *out_leaf);
void tree_commitment(enum suite suite, const uint8_t salt[SALT_BYTES], struct bytes content, struct digest *out_digest);

// What a part's commitment is made of: a chunk's leaf, and size and root with the salt.
void tree_chunk_leaf(enum suite suite, struct bytes chunk, struct digest *out_leaf);
void tree_commit(enum suite suite, const uint8_t salt[SALT_BYTES], uint64_t size, const struct digest *root, struct digest *out_digest);

// The RFC 6962 root of `count` leaves; that of none is H of nothing.
void tree_root_of(enum suite suite, const struct digest *leaves, size_t count, struct digest *out_root);

// All levels of a tree of 1 to LIMIT_LEAVES leaves, so that many paths can be told without hashing again. NULL for any
// other number, and when the arena is full.
struct tree;
struct tree *tree_new(enum suite suite, const struct digest *leaves, size_t count, struct arena *arena);
const struct digest *tree_root(const struct tree *tree);
size_t tree_path(const struct tree *tree, size_t index, struct digest out_path[LIMIT_PATH]); // length

// The level above `count` nodes, (count + 1) / 2 of them, in the same place or elsewhere. A node without a sibling rises as it is.
void tree_raise(enum suite suite, const struct digest *below, size_t count, struct digest *out_level);

// Where a leaf says it stands, and its path of path_count × DIGEST_BYTES (at most LIMIT_PATH of them).
struct tree_place {
    uint32_t index;
    uint32_t count; // leaves of the tree
    const uint8_t *path;
    size_t path_count;
};

// The way up of the leaf proven last. Of the next one under the same root only what lies below the point where the two ways meet is hashed; above it
// its path must be the same. Zeroed: nothing is proven yet. Points into the path last proven.
struct tree_proven {
    bool any;
    uint32_t index;
    struct digest nodes[LIMIT_PATH + 1];
    uint8_t left[LIMIT_PATH + 1]; // of the path, at each level
    const uint8_t *path_end;
};

// Does the path lead from the leaf to `root`, and is it of the length that the tree asks for? `proven` belongs to this root and is moved on
// if so; it is left alone if not.
bool tree_prove(enum suite suite, const struct digest *leaf, const struct tree_place *place, const struct digest *root,
                struct tree_proven *proven);
