// SPDX-License-Identifier: Apache-2.0
#include "wire/arena.h"

#include <errno.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <protobuf-c/protobuf-c.h>
#include <sanitizer/asan_interface.h>

enum {
    // A turn with one small message fits the first block; blocks then double, so that even a full
    // arena has few of them.
    FIRST_BLOCK_BYTES = 16 << 10,
    LARGEST_USUAL_BLOCK_BYTES = 1 << 20,
    KEPT_BYTES = 16 << 20, // from one use to the next
    USUAL_TEXT_BYTES = 256, // of what is formatted
    ALIGNMENT = alignof(max_align_t),
};

struct block {
    struct block *older;
    size_t size; // of the whole allocation, this head included
    size_t used; // likewise
};

// What is taken from a block begins here, so that it is aligned for any object.
enum { BLOCK_HEAD_BYTES = (sizeof(struct block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT };

struct arena {
    ProtobufCAllocator allocator;
    size_t limit;
    size_t reserved; // sum of the sizes of all blocks in use
    size_t taken;
    bool was_short;
    bool is_full;
    struct block *newest;
    struct block *spare; // left by the use before
};

static void *allocate(void *allocator_data, size_t size)
{
    return arena_take_unset(allocator_data, size); // as malloc's, which protobuf-c expects
}

static void keep(void *allocator_data, void *pointer)
{
    (void)allocator_data;
    (void)pointer;
}

int arena_new(size_t limit_bytes, struct arena **out_arena)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL) {
        return -ENOMEM;
    }
    arena->limit = limit_bytes;
    arena->allocator =
        (ProtobufCAllocator){.alloc = allocate, .free = keep, .allocator_data = arena};
    *out_arena = arena;
    return 0;
}

// The sanitizer tells whoever reads what was not taken, or was taken before a reset.
static void close_memory(struct block *block)
{
    ASAN_POISON_MEMORY_REGION((uint8_t *)block + BLOCK_HEAD_BYTES, block->size - BLOCK_HEAD_BYTES);
}

static void free_list(struct block *block)
{
    while (block != NULL) {
        struct block *older = block->older;
        free(block);
        block = older;
    }
}

// Blocks are kept as long as each use needs as many: busy turns do not ask the system for the same
// memory again and again, and a quiet daemon gives it back at its next one. An outsized block is
// kept by nobody.
void arena_reset(struct arena *arena)
{
    struct block *kept = NULL;
    size_t kept_bytes = 0;
    free_list(arena->spare);
    for (struct block *block = arena->newest; block != NULL;) {
        struct block *older = block->older;
        if (block->size <= LARGEST_USUAL_BLOCK_BYTES && kept_bytes < KEPT_BYTES) {
            block->older = kept;
            close_memory(block);
            kept = block;
            kept_bytes += block->size;
        } else {
            free(block);
        }
        block = older;
    }
    arena->spare = kept;
    arena->newest = NULL;
    arena->taken = 0;
    arena->was_short = false;
    arena->is_full = false;
    arena->reserved = 0;
}

static size_t choose_block_size(const struct arena *arena, size_t needed)
{
    size_t usual = FIRST_BLOCK_BYTES;
    if (arena->newest != NULL) {
        usual = arena->newest->size >= LARGEST_USUAL_BLOCK_BYTES / 2 ? LARGEST_USUAL_BLOCK_BYTES
                                                                     : arena->newest->size * 2;
    }
    size_t left = arena->limit - arena->reserved;
    if (usual > left) {
        usual = left;
    }
    return usual > needed ? usual : needed;
}

static struct block *take_spare(struct arena *arena, size_t needed)
{
    for (struct block **at = &arena->spare; *at != NULL; at = &(*at)->older) {
        struct block *block = *at;
        if (block->size >= needed && block->size <= arena->limit - arena->reserved) {
            *at = block->older;
            return block;
        }
    }
    return NULL;
}

static struct block *add_block(struct arena *arena, size_t rounded)
{
    size_t needed = BLOCK_HEAD_BYTES + rounded;
    if (needed > arena->limit - arena->reserved) {
        arena->is_full = true;
        return NULL;
    }
    struct block *block = take_spare(arena, needed);
    if (block == NULL) {
        size_t size = choose_block_size(arena, needed);
        block = malloc(size);
        if (block == NULL) {
            return NULL;
        }
        block->size = size;
    }
    block->older = arena->newest;
    block->used = BLOCK_HEAD_BYTES;
    close_memory(block);
    arena->newest = block;
    arena->reserved += block->size;
    return block;
}

void *arena_take_unset(struct arena *arena, size_t size)
{
    if (size > arena->limit) {
        arena->was_short = true;
        arena->is_full = true;
        return NULL;
    }
    size_t rounded = (size + (size == 0) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct block *block = arena->newest;
    if (block == NULL || rounded > block->size - block->used) {
        block = add_block(arena, rounded);
    }
    if (block == NULL) {
        arena->was_short = true;
        return NULL;
    }
    void *memory = (uint8_t *)block + block->used;
    ASAN_UNPOISON_MEMORY_REGION(memory, rounded);
    block->used += rounded;
    arena->taken += rounded;
    return memory;
}

void *arena_take(struct arena *arena, size_t size)
{
    void *memory = arena_take_unset(arena, size);
    if (memory != NULL) {
        memset(memory, 0, size);
    }
    return memory;
}

void *arena_take_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        arena->was_short = true;
        arena->is_full = true;
        return NULL;
    }
    return arena_take(arena, total);
}

uint8_t *arena_copy(struct arena *arena, const void *data, size_t size)
{
    uint8_t *copy = arena_take_unset(arena, size);
    if (copy != NULL && size > 0) {
        memcpy(copy, data, size);
    }
    return copy;
}

char *arena_copy_text(struct arena *arena, const char *text)
{
    return (char *)arena_copy(arena, text, strlen(text) + 1);
}

struct bytes arena_copy_bytes(struct arena *arena, struct bytes bytes)
{
    uint8_t *copy = arena_copy(arena, bytes.data, bytes.size);
    return (struct bytes){.data = copy, .size = copy == NULL ? 0 : bytes.size};
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    char usual[USUAL_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(usual, sizeof usual, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return NULL;
    }
    if ((size_t)length < sizeof usual) {
        return (char *)arena_copy(arena, usual, (size_t)length + 1);
    }
    char *text = arena_take_unset(arena, (size_t)length + 1);
    if (text != NULL) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}

struct ProtobufCAllocator *arena_allocator(struct arena *arena)
{
    return &arena->allocator;
}

size_t arena_used(const struct arena *arena)
{
    return arena->taken;
}

bool arena_was_short(const struct arena *arena)
{
    return arena->was_short;
}

bool arena_is_full(const struct arena *arena)
{
    return arena->is_full;
}

void arena_free(struct arena **arena)
{
    if (*arena == NULL) {
        return;
    }
    free_list((*arena)->newest);
    free_list((*arena)->spare);
    free(*arena);
    *arena = NULL;
}
