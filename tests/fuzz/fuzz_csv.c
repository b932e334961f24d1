// SPDX-License-Identifier: Apache-2.0
//
// A list as somebody's export has it: a byte that chooses form and pieces, then the file. Every byte is in one
// record, line numbers count line feeds, and records are the same whatever pieces they come in.
#include "fuzz/fuzz.h"

#include "lib/lines.h"

struct file {
    struct bytes left;
    size_t piece;
};

static ptrdiff_t read_file(void *user, void *buffer, size_t size)
{
    struct file *file = user;
    size_t given = file->left.size < file->piece ? file->left.size : file->piece;
    given = given < size ? given : size;
    memcpy(buffer, file->left.data, given);
    file->left = (struct bytes){file->left.data + given, file->left.size - given};
    return (ptrdiff_t)given;
}

static uint64_t count_feeds(struct bytes text)
{
    uint64_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        count += text.data[i] == '\n';
    }
    return count;
}

static struct lines *open_lines(enum lines_form form, struct file *file)
{
    struct lines *lines;
    must(lines_new(form, read_file, file, &lines) == 0);
    return lines;
}

static void check_record(const struct lines_record *record, struct bytes whole, uint64_t behind)
{
    must(record->offset >= behind && record->end_offset <= whole.size);
    must(record->end_offset > record->offset && record->last_number >= record->number);
    must(record->number == 1 + count_feeds((struct bytes){whole.data, record->offset}));
    must(record->raw.size <= LINES_LONGEST_BYTES);
    must(record->raw.size == 0 || memcmp(record->raw.data, whole.data + record->offset, record->raw.size) == 0);
}

static void check_cells(const struct lines *lines, const struct lines_record *record, struct arena *arena)
{
    for (size_t i = 0; i < record->cell_count; i++) {
        struct bytes text;
        size_t offset = 0;
        if (!lines_convert(lines, record->cells[i], arena, &text, &offset)) {
            must(offset < record->cells[i].size);
        } else if (lines_encoding(lines) == RECODE_GB18030) {
            struct recode as_utf8 = {.encoding = RECODE_UTF8};
            must(recode_find_fault(&as_utf8, text) == text.size);
        }
    }
}

static void check_same(const struct lines_record *one, const struct lines_record *other)
{
    must(one->number == other->number && one->end_offset == other->end_offset);
    must(one->cell_count == other->cell_count);
    for (size_t i = 0; i < one->cell_count; i++) {
        must(fuzz_is_same(one->cells[i], other->cells[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct arena *arena = fuzz_arena();
    struct bytes whole = {data + 1, size - 1};
    enum lines_form form = data[0] % 2 == 0 ? LINES_CSV : LINES_PLAIN;
    struct file file = {whole, 1u + data[0] / 2u};
    struct file at_once = {whole, whole.size + 1};
    struct lines *lines = open_lines(form, &file);
    struct lines *other_lines = open_lines(form, &at_once);
    struct lines_record record;
    struct lines_record other;
    uint64_t behind = 0;
    for (enum lines_outcome outcome = LINES_RECORD; outcome != LINES_END;) {
        outcome = lines_next(lines, &record);
        must(outcome != LINES_FAILED && outcome == lines_next(other_lines, &other));
        if (outcome == LINES_RECORD || outcome == LINES_REFUSED) {
            check_record(&record, whole, behind);
            check_cells(lines, &record, arena);
            check_same(&record, &other);
            behind = record.end_offset;
        }
    }
    lines_free(&other_lines);
    lines_free(&lines);
    return 0;
}
