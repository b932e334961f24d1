// SPDX-License-Identifier: Apache-2.0
#include "wire/tree.h"

#include "wire/text.h"

#include <stdlib.h>
#include <string.h>

void tree_leaf(enum suite suite, const uint8_t salt[SALT_BYTES], struct bytes header,
               struct digest *out_leaf)
{
    uint8_t front[1 + SALT_BYTES] = {0x00};
    memcpy(front + 1, salt, SALT_BYTES);
    struct bytes pieces[] = {{.data = front, .size = sizeof front}, header};
    hash_pieces(suite, pieces, 2, out_leaf);
}

void tree_chunk_leaf(enum suite suite, struct bytes chunk, struct digest *out_leaf)
{
    struct bytes pieces[] = {{.data = (const uint8_t[]){0x00}, .size = 1}, chunk};
    hash_pieces(suite, pieces, 2, out_leaf);
}

static void hash_node(enum suite suite, const uint8_t *left, const uint8_t *right,
                      struct digest *out_digest)
{
    uint8_t input[1 + 2 * DIGEST_BYTES];
    input[0] = 0x01;
    memcpy(input + 1, left, DIGEST_BYTES);
    memcpy(input + 1 + DIGEST_BYTES, right, DIGEST_BYTES);
    hash_pieces(suite, &(struct bytes){.data = input, .size = sizeof input}, 1, out_digest);
}

// Grows an RFC 6962 tree from left to right: one root for each bit set in the number of leaves so
// far, the largest first.
struct grower {
    enum suite suite;
    uint64_t leaves;
    size_t height;
    struct digest roots[64];
};

static void add_leaf(struct grower *grower, const struct digest *leaf)
{
    grower->roots[grower->height++] = *leaf;
    for (uint64_t carry = grower->leaves; (carry & 1) != 0; carry >>= 1) {
        struct digest *left = &grower->roots[grower->height - 2];
        hash_node(grower->suite, left->bytes, left[1].bytes, left);
        grower->height--;
    }
    grower->leaves++;
}

static void finish_root(struct grower *grower, struct digest *out_root)
{
    while (grower->height > 1) {
        struct digest *left = &grower->roots[grower->height - 2];
        hash_node(grower->suite, left->bytes, left[1].bytes, left);
        grower->height--;
    }
    *out_root = grower->roots[0];
}

void tree_root_of(enum suite suite, const struct digest *leaves, size_t count,
                  struct digest *out_root)
{
    // RFC 6962 gives the empty tree a root too, so a run that says it covers nothing needs no care
    // here.
    if (count == 0) {
        hash_pieces(suite, NULL, 0, out_root);
        return;
    }
    struct grower grower = {.suite = suite};
    for (size_t i = 0; i < count; i++) {
        add_leaf(&grower, &leaves[i]);
    }
    finish_root(&grower, out_root);
}

static void hash_content(enum suite suite, struct bytes content, struct digest *out_root)
{
    struct grower grower = {.suite = suite};
    size_t offset = 0;
    do {
        size_t left = content.size - offset;
        size_t size = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        const struct bytes chunk = {.data = size == 0 ? NULL : content.data + offset, .size = size};
        struct digest leaf;
        tree_chunk_leaf(suite, chunk, &leaf);
        add_leaf(&grower, &leaf);
        offset += size;
    } while (offset < content.size);
    finish_root(&grower, out_root);
}

void tree_commit(enum suite suite, const uint8_t salt[SALT_BYTES], uint64_t size,
                 const struct digest *root, struct digest *out_digest)
{
    uint8_t input[1 + SALT_BYTES + 8 + DIGEST_BYTES];
    input[0] = 0x02;
    memcpy(input + 1, salt, SALT_BYTES);
    text_put_u64(input + 1 + SALT_BYTES, size);
    memcpy(input + 1 + SALT_BYTES + 8, root->bytes, DIGEST_BYTES);
    hash_pieces(suite, &(struct bytes){.data = input, .size = sizeof input}, 1, out_digest);
}

void tree_commitment(enum suite suite, const uint8_t salt[SALT_BYTES], struct bytes content,
                     struct digest *out_digest)
{
    struct digest root;
    hash_content(suite, content, &root);
    tree_commit(suite, salt, content.size, &root, out_digest);
}

// Level 0 is the leaves, the last level the root. A node without a sibling rises unchanged, which
// is the same tree as RFC 6962's.
struct tree {
    size_t count;
    size_t level_count;
    struct digest *levels[LIMIT_PATH + 1];
};

static size_t halve(size_t count)
{
    return (count + 1) / 2;
}

void tree_raise(enum suite suite, const struct digest *below, size_t count,
                struct digest *out_level)
{
    for (size_t i = 0; i + 1 < count; i += 2) {
        hash_node(suite, below[i].bytes, below[i + 1].bytes, &out_level[i / 2]);
    }
    if (count % 2 == 1) {
        out_level[count / 2] = below[count - 1];
    }
}

static struct digest *raise_level(enum suite suite, const struct digest *below, size_t count,
                                  struct arena *arena)
{
    struct digest *level = arena_take_array(arena, halve(count), sizeof *level);
    if (level != NULL) {
        tree_raise(suite, below, count, level);
    }
    return level;
}

struct tree *tree_new(enum suite suite, const struct digest *leaves, size_t count,
                      struct arena *arena)
{
    if (count == 0 || count > LIMIT_LEAVES) {
        return NULL;
    }
    struct tree *tree = arena_take(arena, sizeof *tree);
    struct digest *level = (struct digest *)arena_copy(arena, leaves, count * sizeof *leaves);
    if (tree == NULL || level == NULL) {
        return NULL;
    }
    tree->count = count;
    tree->levels[tree->level_count++] = level;
    for (size_t width = count; width > 1; width = halve(width)) {
        level = raise_level(suite, level, width, arena);
        if (level == NULL) {
            return NULL;
        }
        tree->levels[tree->level_count++] = level;
    }
    return tree;
}

const struct digest *tree_root(const struct tree *tree)
{
    return tree->levels[tree->level_count - 1];
}

size_t tree_path(const struct tree *tree, size_t index, struct digest out_path[LIMIT_PATH])
{
    if (index >= tree->count) {
        abort(); // a path to no leaf would be sent as a proof
    }
    size_t length = 0;
    size_t width = tree->count;
    for (size_t level = 0; width > 1; level++) {
        size_t sibling = index ^ 1;
        if (sibling < width) {
            out_path[length++] = tree->levels[level][sibling];
        }
        index /= 2;
        width = halve(width);
    }
    return length;
}

// The way of one leaf up to where it is proven.
struct climb {
    struct digest nodes[LIMIT_PATH + 1];
    uint8_t left[LIMIT_PATH + 1]; // of the path, at each level
};

// Where the ways of two leaves meet, both must have the same node and the same path left.
static bool meets(const struct tree_proven *proven, size_t level, const struct digest *node,
                  const uint8_t *path_end, size_t left)
{
    return memcmp(node->bytes, proven->nodes[level].bytes, DIGEST_BYTES) == 0 &&
           left == proven->left[level] &&
           (left == 0 || memcmp(path_end - left * DIGEST_BYTES,
                                proven->path_end - left * DIGEST_BYTES, left * DIGEST_BYTES) == 0);
}

static void remember(struct tree_proven *proven, const struct climb *climb, size_t levels,
                     const struct tree_place *place)
{
    memcpy(proven->nodes, climb->nodes, levels * sizeof climb->nodes[0]);
    memcpy(proven->left, climb->left, levels);
    proven->index = place->index;
    proven->path_end = place->path + place->path_count * DIGEST_BYTES;
    proven->any = true;
}

bool tree_prove(enum suite suite, const struct digest *leaf, const struct tree_place *place,
                const struct digest *root, struct tree_proven *proven)
{
    struct climb climb;
    struct digest node = *leaf;
    size_t used = 0;
    size_t level = 0;
    uint32_t index = place->index;
    if (index >= place->count || place->count > LIMIT_LEAVES) {
        return false;
    }
    for (size_t width = place->count;; width = halve(width)) {
        const uint8_t *end = place->path + place->path_count * DIGEST_BYTES;
        if (proven->any && proven->index >> level == index) {
            if (!meets(proven, level, &node, end, place->path_count - used)) {
                return false;
            }
            break;
        }
        climb.nodes[level] = node;
        climb.left[level] = (uint8_t)(place->path_count - used);
        level++;
        if (width == 1) {
            if (used != place->path_count || memcmp(node.bytes, root->bytes, DIGEST_BYTES) != 0) {
                return false;
            }
            break;
        }
        if ((index ^ 1) < width) {
            if (used == place->path_count) {
                return false;
            }
            const uint8_t *sibling = place->path + used++ * DIGEST_BYTES;
            bool on_left = index % 2 == 1;
            hash_node(suite, on_left ? sibling : node.bytes, on_left ? node.bytes : sibling, &node);
        }
        index /= 2;
    }
    remember(proven, &climb, level, place);
    return true;
}
