// SPDX-License-Identifier: Apache-2.0
#include "store/leaves.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "wire/attachment.h"
#include "wire/tree.h"

enum { BLOCK_BYTES = 4096 };

bool leaves_read_at(int fd, void *out, size_t size, uint64_t offset)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(fd, (uint8_t *)out + done, size - done, (off_t)(offset + done));
        if (got <= 0) {
            errno = got == 0 ? ENODATA : errno;
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

bool leaves_write_at(int fd, const void *data, size_t size, uint64_t offset)
{
    size_t done = 0;
    while (done < size) {
        ssize_t put = pwrite(fd, (const uint8_t *)data + done, size - done, (off_t)(offset + done));
        if (put < 0) {
            return false;
        }
        done += (size_t)put;
    }
    return true;
}

uint32_t leaves_count_good(const struct file_name *name, int content, int leaves)
{
    uint8_t *buffer = malloc(CHUNK_BYTES);
    uint32_t count = attachment_chunks(name->size);
    uint32_t good = 0;
    bool holds = buffer != NULL;
    errno = holds ? 0 : ENOMEM;
    while (holds && good < count) {
        size_t size = attachment_chunk_bytes(name->size, good);
        struct digest said;
        struct digest leaf;
        holds = leaves_read_at(leaves, said.bytes, DIGEST_BYTES, (uint64_t)good * DIGEST_BYTES) &&
                leaves_read_at(content, buffer, size, (uint64_t)good * CHUNK_BYTES);
        if (holds) {
            tree_chunk_leaf(name->suite, (struct bytes){buffer, size}, &leaf);
            holds = memcmp(leaf.bytes, said.bytes, DIGEST_BYTES) == 0;
            errno = 0;
        }
        good += holds;
    }
    free(buffer);
    return good;
}

bool leaves_lead(const struct file_name *name, int tree)
{
    size_t count = attachment_chunks(name->size);
    struct digest *level = malloc(count * sizeof(*level));
    bool good = level != NULL && leaves_read_at(tree, level, count * DIGEST_BYTES, 0);
    int error = level == NULL ? ENOMEM : good ? EBADMSG : errno;
    for (size_t width = count; good && width > 1; width = (width + 1) / 2) {
        tree_raise(name->suite, level, width, level);
    }
    good = good && memcmp(level[0].bytes, name->root.bytes, DIGEST_BYTES) == 0;
    free(level);
    errno = error;
    return good;
}

bool leaves_grow(const struct file_name *name, int content, int leaves)
{
    uint8_t *buffer = malloc(CHUNK_BYTES);
    uint32_t count = attachment_chunks(name->size);
    bool good = buffer != NULL;
    for (uint32_t i = 0; good && i < count; i++) {
        size_t size = attachment_chunk_bytes(name->size, i);
        struct digest leaf;
        good = leaves_read_at(content, buffer, size, (uint64_t)i * CHUNK_BYTES);
        if (good) {
            tree_chunk_leaf(name->suite, (struct bytes){buffer, size}, &leaf);
            good = leaves_write_at(leaves, leaf.bytes, DIGEST_BYTES, (uint64_t)i * DIGEST_BYTES);
        }
    }
    free(buffer);
    return good && leaves_lead(name, leaves);
}

bool leaves_finish(const struct file_name *name, int tree)
{
    size_t width = attachment_chunks(name->size);
    uint64_t offset = 0;
    struct digest *level = malloc(width * sizeof(*level));
    bool good = level != NULL && leaves_read_at(tree, level, width * DIGEST_BYTES, 0);
    while (good && width > 1) {
        offset += width * DIGEST_BYTES;
        tree_raise(name->suite, level, width, level);
        width = (width + 1) / 2;
        good = leaves_write_at(tree, level, width * DIGEST_BYTES, offset);
    }
    bool leads = good && memcmp(level[0].bytes, name->root.bytes, DIGEST_BYTES) == 0;
    free(level);
    errno = good ? EBADMSG : errno;
    return leads;
}

bool leaves_read_path(const struct file_name *name, int tree, uint32_t index, uint8_t *out_path, size_t *out_count)
{
    uint64_t offset = 0;
    bool good = true;
    *out_count = 0;
    for (size_t width = attachment_chunks(name->size); good && width > 1; width = (width + 1) / 2) {
        uint32_t sibling = index ^ 1;
        if (sibling < width) {
            good = leaves_read_at(tree, out_path + *out_count * DIGEST_BYTES, DIGEST_BYTES, offset + (uint64_t)sibling * DIGEST_BYTES);
            (*out_count)++;
        }
        offset += width * DIGEST_BYTES;
        index /= 2;
    }
    return good;
}

// ------------------------------------------------------------------------------------------------------ prints

static bool has_prints(const struct file_name *name)
{
    return name->suite == SUITE_SM2_SM3;
}

// Behind the tree, and in no block with it.
static uint64_t print_at(const struct file_name *name, uint32_t index)
{
    size_t width = attachment_chunks(name->size);
    uint64_t nodes = width;
    while (width > 1) {
        width = (width + 1) / 2;
        nodes += width;
    }
    uint64_t first = (nodes * DIGEST_BYTES + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    return first + (uint64_t)index * DIGEST_BYTES;
}

static void make_print(const struct digest *leaf, const struct digest *sum, struct digest *out_print)
{
    const struct bytes pieces[] = {{leaf->bytes, DIGEST_BYTES}, {sum->bytes, DIGEST_BYTES}};
    hash_pieces(SUITE_ED25519_SHA256, pieces, 2, out_print);
}

void leaves_sum(const struct file_name *name, struct bytes content, struct digest *out_sum)
{
    if (has_prints(name)) {
        hash_pieces(SUITE_ED25519_SHA256, &content, 1, out_sum);
    }
}

bool leaves_keep_print(const struct file_name *name, int tree, uint32_t index, const struct digest *leaf, const struct digest *sum)
{
    struct digest print;
    if (!has_prints(name)) {
        return true;
    }
    make_print(leaf, sum, &print);
    return leaves_write_at(tree, print.bytes, DIGEST_BYTES, print_at(name, index));
}

bool leaves_match_print(const struct file_name *name, int tree, uint32_t index, struct bytes content, struct digest *out_leaf)
{
    struct digest kept;
    struct digest sum;
    struct digest print;
    if (!has_prints(name) || !leaves_read_at(tree, out_leaf->bytes, DIGEST_BYTES, (uint64_t)index * DIGEST_BYTES) ||
        !leaves_read_at(tree, kept.bytes, DIGEST_BYTES, print_at(name, index))) {
        return false;
    }
    leaves_sum(name, content, &sum);
    make_print(out_leaf, &sum, &print);
    return memcmp(print.bytes, kept.bytes, DIGEST_BYTES) == 0;
}
