// SPDX-License-Identifier: Apache-2.0
//
// Bounded memory with one lifetime. Everything decoded, decided and answered within a turn (or a worker's job, or a library
// call) lives in one arena and goes away with it; nobody frees anything in between. Input can at most exhaust the arena,
// which callers see as NULL and turn into an outcome.
//
// Invariant: the sum of all live blocks never exceeds the limit given to arena_new.
// Lifetime: as its owner says; arena_reset ends the life of all that was taken.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ProtobufCAllocator;

// A borrowed run of bytes. Never owns.
struct bytes {
    const uint8_t *data;
    size_t size;
};

struct arena;

// Makes an arena that hands out at most `limit_bytes`. Returns 0, or -ENOMEM.
int arena_new(size_t limit_bytes, struct arena **out_arena);

// Ends the life of everything taken. Up to 16 MiB of it stay with the arena until the reset after the next.
void arena_reset(struct arena *arena);

// Zeroed memory, aligned for any object; NULL once the limit is reached.
void *arena_take(struct arena *arena, size_t size);

// The same as it comes, for whoever writes all of it at once.
void *arena_take_unset(struct arena *arena, size_t size);

// `count` objects of `size` bytes, zeroed, checked for overflow.
void *arena_take_array(struct arena *arena, size_t count, size_t size);

// Copies. The copy of text ends in a NUL that is not counted.
uint8_t *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_copy_text(struct arena *arena, const char *text);
struct bytes arena_copy_bytes(struct arena *arena, struct bytes bytes);

// printf into the arena; NULL once the limit is reached. `format` is never data.
__attribute__((format(printf, 2, 3))) char *arena_format(struct arena *arena, const char *format, ...);

// For protobuf-c's unpack: takes from the arena, frees nothing. Valid as long as the arena.
struct ProtobufCAllocator *arena_allocator(struct arena *arena);

size_t arena_used(const struct arena *arena);

// Has anything been refused since the arena was made or reset? Whoever must not act on half of what he asked for asks this in the end.
bool arena_was_short(const struct arena *arena);
// The same of the limit alone: what was refused without it was refused by the machine.
bool arena_is_full(const struct arena *arena);

// Accepts a pointer to NULL; sets it to NULL.
void arena_free(struct arena **arena);
