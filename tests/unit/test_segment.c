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
    struct commons commons;
};

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static struct sought sought_of(const uint64_t *grams, size_t count)
{
    struct sought sought = {.terms = {.word_count = 1, .gram_count = count, .gram_ends = {count}}};
    memcpy(sought.terms.grams, grams, count * sizeof *grams);
    return sought;
}

// Gram g stands at every multiple of g, in headers where it is even and else in bodies, so there are dense rows, long ones, short ones and such of one position.
static void fill(struct file *file)
{
    for (uint64_t gram = 1; gram <= 5000; gram++) {
        for (uint64_t offset = 0; offset < COUNT; offset += gram) {
            assert_int_equal(segment_add_mark(&file->marks, segment_key(gram, gram % 2 == 0 ? AREA_HEADER : AREA_BODY) << SEGMENT_BITS | offset), 0);
        }
    }
    qsort(file->marks.items, file->marks.count, sizeof *file->marks.items, compare);
}

static struct image make_image(const struct file *file)
{
    struct making *making;
    struct image image;
    int result = 0;
    assert_int_equal(segment_make_start(&file->segment, &file->marks, &file->commons, &making), 0);
    while (result == 0) {
        result = segment_make_some(making, &image);
    }
    assert_int_equal(result, 1);
    segment_make_stop(&making);
    return image;
}

static void write_file(struct file *file)
{
    file->segment = (struct segment){.first = FIRST, .end = FIRST + COUNT, .earliest = -5, .latest = 7, .marks = (uint32_t)file->marks.count};
    struct image image = make_image(file);
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

static int read_file(const struct file *file, const uint64_t *without, struct marks *marks, struct commons *commons)
{
    struct reading *reading;
    int result = segment_read_start(file->scratch.path, &file->segment, &reading);
    if (result < 0) {
        return result;
    }
    while (result == 0) {
        result = segment_read_some(reading, without, marks, commons);
    }
    segment_read_stop(&reading);
    return result;
}

static int match_grams(const struct file *file, const uint64_t *grams, size_t count, uint64_t *out_offsets)
{
    const struct sought sought = sought_of(grams, count);
    return segment_match(file->scratch.path, &file->segment, &sought, out_offsets);
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
    static const uint64_t pairs[][2] = {{1, 1}, {2, 4}, {127, 129}, {7, 4095}, {4998, 5000}, {12, 18}, {1023, 1}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        size_t few = 0;
        assert_int_equal(match_grams(file, pairs[i], 2, offsets), 0);
        for (size_t offset = 0; offset < COUNT; offset++) {
            bool holds = offset % pairs[i][0] == 0 && offset % pairs[i][1] == 0;
            assert_true(!holds || segment_has(offsets, offset));
            few += !holds && segment_has(offsets, offset);
        }
        assert_true(few <= 4); // so few are not worth another row
    }
    static const uint64_t absent[][2] = {{0, 1}, {5001, 1}, {1, UINT64_C(1) << 41}, {1, 2}}; // gram 1 stands in bodies, gram 2 in headers
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        assert_int_equal(match_grams(file, absent[i], 2, offsets), 0);
        assert_int_equal(count_of(offsets), 0);
    }
}

static void who_reads_headers_alone_is_given_nothing_of_bodies(void **state)
{
    const struct file *file = *state;
    uint64_t offsets[SEGMENT_WORDS];
    for (uint64_t gram = 1; gram <= 40; gram++) {
        struct sought sought = sought_of(&gram, 1);
        sought.in = SOUGHT_IN_HEADERS;
        assert_int_equal(segment_match(file->scratch.path, &file->segment, &sought, offsets), 0);
        assert_int_equal(count_of(offsets), gram % 2 == 0 ? (COUNT + gram - 1) / gram : 0);
    }
}

static void tags_and_kinds_narrow_what_is_found(void **state)
{
    const struct file *file = *state;
    uint64_t offsets[SEGMENT_WORDS];
    const uint64_t gram = 2;
    struct sought sought = sought_of(&gram, 1);
    sought.tags[0] = 3;
    sought.tag_count = 1;
    sought.kinds[0] = 10;
    sought.kinds[1] = 7;
    sought.kind_count = 2;
    assert_int_equal(segment_match(file->scratch.path, &file->segment, &sought, offsets), 0);
    for (size_t offset = 0; offset < COUNT; offset++) {
        assert_int_equal(segment_has(offsets, offset) != 0, offset % 6 == 0 && (offset % 10 == 0 || offset % 7 == 0));
    }
    sought.in = SOUGHT_IN_HEADERS;
    assert_int_equal(segment_match(file->scratch.path, &file->segment, &sought, offsets), 0);
    assert_int_equal(count_of(offsets), 0); // tag 3 is one of bodies
}

static void put_mark(struct file *file, uint64_t gram, uint64_t offset)
{
    assert_int_equal(segment_add_mark(&file->marks, segment_key(gram, AREA_BODY) << SEGMENT_BITS | offset), 0);
}

struct putting {
    struct file *file;
    uint64_t offset;
};

static bool put_gram(void *context, uint64_t gram)
{
    struct putting *putting = context;
    put_mark(putting->file, gram, putting->offset);
    return segment_is_common(&putting->file->commons, segment_key(gram, AREA_BODY));
}

static bool hold_common(void *context, uint64_t gram)
{
    segment_add_common(context, segment_key(gram, AREA_BODY));
    return true;
}

static uint64_t pair_of(const struct letters *word, size_t at)
{
    return (uint64_t)word->points[at] << 21 | word->points[at + 1];
}

// Every position has all pairs of the word, and every tenth the word.
static void what_is_common_is_told_by_longer_grams(void **state)
{
    struct file *file = *state;
    uint64_t offsets[SEGMENT_WORDS];
    uint32_t points[] = {0x4e01, 0x4e02, 0x4e03, 0x4e04, 0x4e09, 0x4e03, 0x4e04, 0x4e05, 0x4e09, 0x4e01, 0x4e02, 0x4e03, 0x4e04, 0x4e05};
    const struct letters word = {.points = points + 9, .count = 5};
    file->marks.count = 0;
    terms_each(&word, hold_common, &file->commons);
    for (uint64_t offset = 0; offset < COUNT; offset++) {
        const struct letters text = {.points = points, .count = offset % 10 == 0 ? 14 : 8};
        struct putting putting = {file, offset};
        terms_each(&text, put_gram, &putting);
    }
    qsort(file->marks.items, file->marks.count, sizeof *file->marks.items, compare);
    size_t kept = 0;
    for (size_t i = 0; i < file->marks.count; i++) {
        if (kept == 0 || file->marks.items[kept - 1] != file->marks.items[i]) {
            file->marks.items[kept++] = file->marks.items[i];
        }
    }
    file->marks.count = kept;
    write_file(file);
    const uint64_t pairs[] = {pair_of(&word, 0), pair_of(&word, 1), pair_of(&word, 2), pair_of(&word, 3)};
    struct sought sought = sought_of(pairs, 4);
    assert_int_equal(segment_match(file->scratch.path, &file->segment, &sought, offsets), 0);
    assert_int_equal(count_of(offsets), COUNT);
    sought.terms.words[0] = word;
    assert_int_equal(segment_match(file->scratch.path, &file->segment, &sought, offsets), 0);
    assert_int_equal(count_of(offsets), (COUNT + 9) / 10);
    struct commons again = {0};
    struct marks marks = {0};
    assert_int_equal(read_file(file, NULL, &marks, &again), 1);
    assert_int_equal(again.count, file->commons.count);
    free(marks.items);
}

static void everything_is_read_again_but_what_is_left_out(void **state)
{
    const struct file *file = *state;
    struct marks marks = {0};
    struct segment seen;
    struct commons commons = {0};
    assert_int_equal(segment_look(file->scratch.path, FIRST, &seen), 0);
    assert_int_equal(seen.end, FIRST + COUNT);
    assert_int_equal(seen.marks, file->marks.count);
    assert_int_equal(seen.earliest, -5);
    assert_int_equal(seen.latest, 7);
    assert_int_equal(read_file(file, NULL, &marks, &commons), 1);
    assert_int_equal(marks.count, file->marks.count);
    assert_memory_equal(marks.items, file->marks.items, marks.count * sizeof *marks.items);
    const uint64_t without[SEGMENT_WORDS] = {[1] = UINT64_C(1) << 7}; // 71 has grams 1 and 71
    marks.count = 0;
    assert_int_equal(read_file(file, without, &marks, &commons), 1);
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
    struct commons commons = {0};
    uint64_t offsets[SEGMENT_WORDS];
    const uint64_t gram = 2;
    flip(file, 9); // header
    assert_int_equal(match_grams(file, &gram, 1, offsets), -EBADMSG);
    flip(file, 9);
    flip(file, 66); // fences
    assert_int_equal(match_grams(file, &gram, 1, offsets), -EBADMSG);
    flip(file, 66);
    flip(file, 416); // the first block, which has gram 2
    assert_int_equal(match_grams(file, &gram, 1, offsets), -EBADMSG);
    flip(file, 416);
    assert_int_equal(match_grams(file, &gram, 1, offsets), 0);
    assert_int_equal(count_of(offsets), COUNT / 2);
    flip(file, -30); // of some postings
    assert_int_equal(read_file(file, NULL, &marks, &commons), -EBADMSG);
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
    assert_int_equal(match_grams(file, &gram, 1, offsets), -EBADMSG);
    assert_int_equal(segment_remove(file->scratch.path, FIRST), 0);
    assert_int_equal(segment_remove(file->scratch.path, FIRST), 0);
    assert_int_equal(match_grams(file, &gram, 1, offsets), -ENOENT);
}

static void segment_without_any_text_is_a_file_too(void **state)
{
    struct file *file = *state;
    uint64_t offsets[SEGMENT_WORDS];
    const uint64_t gram = 2;
    struct marks marks = {0};
    struct commons commons = {0};
    file->marks.count = 0;
    write_file(file);
    assert_int_equal(match_grams(file, &gram, 1, offsets), 0);
    assert_int_equal(count_of(offsets), 0);
    assert_int_equal(read_file(file, NULL, &marks, &commons), 1);
    assert_int_equal(marks.count, 0);
}

static void folder_that_is_none_is_a_failure(void **state)
{
    struct file *file = *state;
    struct image image = make_image(file);
    assert_int_equal(segment_write("build/no-such-folder", FIRST, &image, SEGMENT_LAZY), -ENOENT);
    free(image.bytes);
}

#define with_file(test) cmocka_unit_test_setup_teardown(test, make_file, drop_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_file(positions_that_hold_all_grams_are_found),
        with_file(who_reads_headers_alone_is_given_nothing_of_bodies),
        with_file(tags_and_kinds_narrow_what_is_found),
        with_file(what_is_common_is_told_by_longer_grams),
        with_file(everything_is_read_again_but_what_is_left_out),
        with_file(any_changed_byte_is_noticed),
        with_file(file_that_was_cut_or_taken_away_is_noticed),
        with_file(segment_without_any_text_is_a_file_too),
        with_file(folder_that_is_none_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
