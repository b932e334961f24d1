// SPDX-License-Identifier: Apache-2.0
//
// The files of the search index: what is written is found again, whatever the shape of a row, and what is not as it was written is noticed.
#include "unit/scratch.h"

#include <errno.h>

#include "store/segment.h"

enum { FIRST = 4097, COUNT = SEGMENT_POSITIONS };

struct file {
    struct scratch scratch;
    struct segment segment;
    struct marks marks;
};

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

// Gram g stands at every multiple of g, so there are dense rows, long ones, short ones and such of one position.
static void fill(struct file *file)
{
    for (uint64_t gram = 1; gram <= 5000; gram++) {
        for (uint64_t offset = 0; offset < COUNT; offset += gram) {
            assert_int_equal(segment_add_mark(&file->marks, gram << SEGMENT_BITS | offset), 0);
        }
    }
    qsort(file->marks.items, file->marks.count, sizeof *file->marks.items, compare);
}

static void write_file(struct file *file)
{
    struct image image;
    file->segment = (struct segment){.first = FIRST, .end = FIRST + COUNT, .marks = (uint32_t)file->marks.count};
    assert_int_equal(segment_make(&file->segment, &file->marks, &image), 0);
    assert_int_equal(segment_write(file->scratch.path, FIRST, &image, SEGMENT_SYNCED), 0);
    free(image.bytes);
}

static int make_file(void **state)
{
    struct file *file = calloc(1, sizeof *file);
    assert_non_null(file);
    scratch_make(&file->scratch);
    fill(file);
    write_file(file);
    *state = file;
    return 0;
}

static int drop_file(void **state)
{
    struct file *file = *state;
    scratch_remove(&file->scratch);
    free(file->marks.items);
    free(file);
    return 0;
}

static size_t count_of(const uint64_t *offsets)
{
    size_t count = 0;
    for (size_t i = 0; i < SEGMENT_WORDS; i++) {
        count += (size_t)__builtin_popcountll(offsets[i]);
    }
    return count;
}

static void positions_that_hold_all_grams_are_found(void **state)
{
    const struct file *file = *state;
    uint64_t offsets[SEGMENT_WORDS];
    const char *folder = file->scratch.path;
    static const uint64_t pairs[][2] = {{1, 1}, {2, 3}, {127, 128}, {7, 4096}, {4999, 5000}, {12, 18}, {1024, 1}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_int_equal(segment_match(folder, &file->segment, pairs[i], 2, offsets), 0);
        for (size_t offset = 0; offset < COUNT; offset++) {
            assert_int_equal(segment_has(offsets, offset) != 0, offset % pairs[i][0] == 0 && offset % pairs[i][1] == 0);
        }
    }
    static const uint64_t absent[][2] = {{0, 1}, {5001, 1}, {1, UINT64_C(1) << 41}};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        assert_int_equal(segment_match(folder, &file->segment, absent[i], 2, offsets), 0);
        assert_int_equal(count_of(offsets), 0);
    }
}

static void everything_is_read_again_but_what_is_left_out(void **state)
{
    const struct file *file = *state;
    struct marks marks = {0};
    struct segment seen;
    assert_int_equal(segment_look(file->scratch.path, FIRST, &seen), 0);
    assert_int_equal(seen.end, FIRST + COUNT);
    assert_int_equal(seen.marks, file->marks.count);
    assert_int_equal(segment_read(file->scratch.path, &file->segment, NULL, &marks), 0);
    assert_int_equal(marks.count, file->marks.count);
    assert_memory_equal(marks.items, file->marks.items, marks.count * sizeof *marks.items);
    const uint64_t without[SEGMENT_WORDS] = {[1] = UINT64_C(1) << 7}; // 71 has grams 1 and 71
    marks.count = 0;
    assert_int_equal(segment_read(file->scratch.path, &file->segment, without, &marks), 0);
    assert_int_equal(marks.count, file->marks.count - 2);
    for (size_t i = 0; i < marks.count; i++) {
        assert_int_not_equal(marks.items[i] % SEGMENT_POSITIONS, 71);
    }
    free(marks.items);
}

static void flip(const struct file *file, long at)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%016x.seg", file->scratch.path, FIRST);
    FILE *stream = fopen(path, "r+");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    int byte = fgetc(stream);
    assert_int_not_equal(byte, EOF);
    assert_int_equal(fseek(stream, -1, SEEK_CUR), 0);
    assert_int_equal(fputc(byte ^ 0x10, stream), byte ^ 0x10);
    assert_int_equal(fclose(stream), 0);
}

static void any_changed_byte_is_noticed(void **state)
{
    struct file *file = *state;
    struct marks marks = {0};
    uint64_t offsets[SEGMENT_WORDS];
    const uint64_t gram = 2;
    flip(file, 9); // header
    assert_int_equal(segment_match(file->scratch.path, &file->segment, &gram, 1, offsets), -EBADMSG);
    flip(file, 9);
    flip(file, 50); // fences
    assert_int_equal(segment_match(file->scratch.path, &file->segment, &gram, 1, offsets), -EBADMSG);
    flip(file, 50);
    flip(file, 400); // the first block, which has gram 2
    assert_int_equal(segment_match(file->scratch.path, &file->segment, &gram, 1, offsets), -EBADMSG);
    flip(file, 400);
    assert_int_equal(segment_match(file->scratch.path, &file->segment, &gram, 1, offsets), 0);
    assert_int_equal(count_of(offsets), COUNT / 2);
    flip(file, -30); // of some postings
    assert_int_equal(segment_read(file->scratch.path, &file->segment, NULL, &marks), -EBADMSG);
    free(marks.items);
}

static void file_that_was_cut_or_taken_away_is_noticed(void **state)
{
    struct file *file = *state;
    char path[128];
    struct segment seen;
    uint64_t offsets[SEGMENT_WORDS];
    const uint64_t gram = 2;
    snprintf(path, sizeof path, "%s/%016x.seg", file->scratch.path, FIRST);
    assert_int_equal(truncate(path, 1000), 0);
    assert_int_equal(segment_look(file->scratch.path, FIRST, &seen), -EBADMSG);
    assert_int_equal(truncate(path, 3), 0);
    assert_int_equal(segment_match(file->scratch.path, &file->segment, &gram, 1, offsets), -EBADMSG);
    assert_int_equal(segment_remove(file->scratch.path, FIRST), 0);
    assert_int_equal(segment_remove(file->scratch.path, FIRST), 0);
    assert_int_equal(segment_match(file->scratch.path, &file->segment, &gram, 1, offsets), -ENOENT);
}

static void segment_without_any_text_is_a_file_too(void **state)
{
    struct file *file = *state;
    uint64_t offsets[SEGMENT_WORDS];
    const uint64_t gram = 2;
    struct marks marks = {0};
    file->marks.count = 0;
    write_file(file);
    assert_int_equal(segment_match(file->scratch.path, &file->segment, &gram, 1, offsets), 0);
    assert_int_equal(count_of(offsets), 0);
    assert_int_equal(segment_read(file->scratch.path, &file->segment, NULL, &marks), 0);
    assert_int_equal(marks.count, 0);
}

static void folder_that_is_none_is_a_failure(void **state)
{
    struct file *file = *state;
    struct image image;
    assert_int_equal(segment_make(&file->segment, &file->marks, &image), 0);
    assert_int_equal(segment_write("build/no-such-folder", FIRST, &image, SEGMENT_LAZY), -ENOENT);
    free(image.bytes);
}

#define with_file(test) cmocka_unit_test_setup_teardown(test, make_file, drop_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_file(positions_that_hold_all_grams_are_found),
        with_file(everything_is_read_again_but_what_is_left_out),
        with_file(any_changed_byte_is_noticed),
        with_file(file_that_was_cut_or_taken_away_is_noticed),
        with_file(segment_without_any_text_is_a_file_too),
        with_file(folder_that_is_none_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
