// SPDX-License-Identifier: Apache-2.0
#include "unit/check.h"

#include <stdalign.h>

#include <protobuf-c/protobuf-c.h>

static void memory_is_zeroed_and_aligned_also_after_reset(void **state)
{
    struct arena *arena = *state;
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 200; size += 7) {
            uint8_t *memory = arena_take(arena, size);
            assert_non_null(memory);
            assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++) {
                assert_int_equal(memory[i], 0);
            }
            memset(memory, 0xff, size);
        }
        arena_reset(arena);
        assert_int_equal(arena_used(arena), 0);
    }
}

static void limit_is_never_exceeded(void **state)
{
    (void)state;
    static const size_t limits[] = {0, 1, 100, 4096, 100000, 3 << 20};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct arena *arena;
        assert_int_equal(arena_new(limits[i], &arena), 0);
        for (int round = 0; round < 2; round++) {
            while (arena_take(arena, 1000) != NULL) {
            }
            assert_true(arena_used(arena) <= limits[i]);
            assert_null(arena_take(arena, 1000));
            assert_null(arena_take(arena, limits[i] + 1));
            assert_null(arena_take(arena, SIZE_MAX));
            assert_null(arena_take(arena, SIZE_MAX - 8));
            arena_reset(arena);
        }
        arena_free(&arena);
        assert_null(arena);
        arena_free(&arena);
    }
}

static void most_of_the_limit_can_be_used(void **state)
{
    (void)state;
    struct arena *arena;
    assert_int_equal(arena_new(1 << 20, &arena), 0);
    while (arena_take(arena, 512) != NULL) {
    }
    assert_true(arena_used(arena) > (1 << 20) * 9 / 10);
    arena_reset(arena);
    assert_non_null(arena_take(arena, 4096));
    arena_free(&arena);
}

static void one_large_object_fits(void **state)
{
    struct arena *arena = *state;
    assert_non_null(arena_take(arena, 10));
    uint8_t *large = arena_take(arena, 48 << 20);
    assert_non_null(large);
    large[(48 << 20) - 1] = 1;
    assert_non_null(arena_take(arena, 10));
    assert_null(arena_take(arena, 48 << 20));
    arena_reset(arena);
    assert_non_null(arena_take(arena, 48 << 20));
}

static void arrays_check_for_overflow(void **state)
{
    struct arena *arena = *state;
    assert_null(arena_take_array(arena, SIZE_MAX / 2, 3));
    assert_null(arena_take_array(arena, 3, SIZE_MAX / 2));
    assert_non_null(arena_take_array(arena, 3, 5));
    assert_non_null(arena_take_array(arena, 0, 5));
}

static void copies_are_equal_and_independent(void **state)
{
    struct arena *arena = *state;
    char text[] = "叶城县";
    char *copy = arena_copy_text(arena, text);
    struct bytes bytes = arena_copy_bytes(arena, bytes_of(text));
    uint8_t *none = arena_copy(arena, NULL, 0);
    memset(text, 'x', 3);
    assert_string_equal(copy, "叶城县");
    assert_int_equal(bytes.size, strlen("叶城县"));
    assert_memory_equal(bytes.data, "叶城县", bytes.size);
    assert_non_null(none);
}

static void format_gives_text_of_any_length(void **state)
{
    struct arena *arena = *state;
    assert_string_equal(arena_format(arena, "%s-%d", "a", 7), "a-7");
    assert_string_equal(arena_format(arena, "%s", ""), "");
    assert_int_equal(strlen(arena_format(arena, "%*s", 100000, "x")), 100000);
}

static void protobuf_allocator_takes_and_frees_nothing(void **state)
{
    struct arena *arena = *state;
    ProtobufCAllocator *allocator = arena_allocator(arena);
    uint8_t *memory = allocator->alloc(allocator->allocator_data, 40);
    assert_non_null(memory);
    memory[0] = 9;
    allocator->free(allocator->allocator_data, memory);
    assert_non_null(allocator->alloc(allocator->allocator_data, 40));
    assert_int_equal(memory[0], 9);
    assert_null(allocator->alloc(allocator->allocator_data, 65 << 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(memory_is_zeroed_and_aligned_also_after_reset),
        cmocka_unit_test(limit_is_never_exceeded),
        cmocka_unit_test(most_of_the_limit_can_be_used),
        with_arena(one_large_object_fits),
        with_arena(arrays_check_for_overflow),
        with_arena(copies_are_equal_and_independent),
        with_arena(format_gives_text_of_any_length),
        with_arena(protobuf_allocator_takes_and_frees_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
