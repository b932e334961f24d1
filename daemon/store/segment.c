// SPDX-License-Identifier: Apache-2.0
#include "store/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <isa-l/crc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/text.h"

#include "base/fail.h"

enum {
    MAGIC_BYTES = 8,
    HEADER_BYTES = 40,
    GRAM_BYTES = 6,
    ROW_BYTES = 12,
    CRC_BYTES = 4,
    BLOCK_ROWS = 128,
    BLOCK_BYTES = BLOCK_ROWS * ROW_BYTES + CRC_BYTES,
    DENSE_BYTES = SEGMENT_POSITIONS / 8,
    MOST_ROWS = 1 << 27,
    NAME_BYTES = 4096,
};

static const char magic[MAGIC_BYTES + 1] = "LSNSEG01";

static uint32_t sum(const uint8_t *data, size_t size)
{
    return ~crc32_iscsi((unsigned char *)data, (int)size, ~0U);
}

static void put_sum(uint8_t *data, size_t size)
{
    text_put_u32(data + size, sum(data, size));
}

static bool has_sum(const uint8_t *data, size_t size)
{
    return text_get_u32(data + size) == sum(data, size);
}

static void put_gram(uint8_t *at, uint64_t gram)
{
    text_put_u16(at, (uint16_t)(gram >> 32));
    text_put_u32(at + 2, (uint32_t)gram);
}

static uint64_t get_gram(const uint8_t *at)
{
    return (uint64_t)text_get_u16(at) << 32 | text_get_u32(at + 2);
}

int segment_add_mark(struct marks *marks, uint64_t mark)
{
    if (marks->count == marks->capacity) {
        size_t capacity = marks->capacity == 0 ? 1 << 14 : 2 * marks->capacity;
        uint64_t *items = reallocarray(marks->items, capacity, sizeof(*items));
        if (items == NULL) {
            return FAIL_ORIGIN(-ENOMEM, "marks of the search index");
        }
        marks->items = items;
        marks->capacity = capacity;
    }
    marks->items[marks->count++] = mark;
    return 0;
}

// ------------------------------------------------------------------------------------------------------ layout

struct layout {
    uint64_t first;
    uint64_t end;
    uint32_t rows;
    uint32_t marks;
    uint32_t postings;
    size_t blocks;
    size_t blocks_at;
    size_t postings_at;
    size_t size;
};

static void lay_out(struct layout *layout)
{
    layout->blocks = (layout->rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    layout->blocks_at = HEADER_BYTES + layout->blocks * GRAM_BYTES + CRC_BYTES;
    layout->postings_at = layout->blocks_at + (size_t)layout->rows * ROW_BYTES + layout->blocks * CRC_BYTES;
    layout->size = layout->postings_at + layout->postings;
}

static size_t rows_of_block(const struct layout *layout, size_t block)
{
    return block + 1 < layout->blocks ? BLOCK_ROWS : layout->rows - block * BLOCK_ROWS;
}

// ------------------------------------------------------------------------------------------------------ making

static size_t end_of_row(const struct marks *marks, size_t from)
{
    uint64_t gram = marks->items[from] >> SEGMENT_BITS;
    size_t end = from + 1;
    while (end < marks->count && marks->items[end] >> SEGMENT_BITS == gram) {
        end++;
    }
    return end;
}

static size_t offset_of(uint64_t mark)
{
    return mark % SEGMENT_POSITIONS;
}

// The difference of a mark to the one before it in its row.
static size_t step_to(const struct marks *marks, size_t from, size_t at)
{
    return offset_of(marks->items[at]) - (at == from ? 0 : offset_of(marks->items[at - 1]));
}

// Bytes that the postings of a row take.
static size_t measure(const struct marks *marks, size_t from, size_t end)
{
    size_t size = 0;
    for (size_t i = from; i < end && size < DENSE_BYTES; i++) {
        size += step_to(marks, from, i) < 0x80 ? 1 : 2;
    }
    return end - from == 1 ? 0 : size < DENSE_BYTES ? size : DENSE_BYTES;
}

static void put_postings(uint8_t *at, const struct marks *marks, size_t from, size_t end, size_t size)
{
    if (size == DENSE_BYTES) {
        memset(at, 0, size);
        for (size_t i = from; i < end; i++) {
            size_t offset = offset_of(marks->items[i]);
            at[offset / 8] |= (uint8_t)(1U << offset % 8);
        }
        return;
    }
    for (size_t i = from; i < end; i++) {
        size_t step = step_to(marks, from, i);
        if (step >= 0x80) {
            *at++ = (uint8_t)(step | 0x80);
            step >>= 7;
        }
        *at++ = (uint8_t)step;
    }
}

static void plan(const struct segment *segment, const struct marks *marks, struct layout *out_layout)
{
    *out_layout = (struct layout){.first = segment->first, .end = segment->end, .marks = (uint32_t)marks->count};
    for (size_t from = 0, end; from < marks->count; from = end) {
        end = end_of_row(marks, from);
        size_t size = measure(marks, from, end);
        out_layout->rows++;
        out_layout->postings += size == 0 ? 0 : (uint32_t)size + CRC_BYTES;
    }
    lay_out(out_layout);
}

static void put_header(uint8_t *at, const struct layout *layout)
{
    memcpy(at, magic, MAGIC_BYTES);
    text_put_u64(at + 8, layout->first);
    text_put_u64(at + 16, layout->end);
    text_put_u32(at + 24, layout->rows);
    text_put_u32(at + 28, layout->marks);
    text_put_u32(at + 32, layout->postings);
    put_sum(at, HEADER_BYTES - CRC_BYTES);
}

// One row and its postings, which begin at `place`; returns what they take.
static uint32_t put_row(uint8_t *file, const struct layout *layout, size_t row, const struct marks *marks, size_t from, size_t end, uint32_t place)
{
    uint8_t *at = file + layout->blocks_at + row * ROW_BYTES + row / BLOCK_ROWS * CRC_BYTES;
    size_t size = measure(marks, from, end);
    put_gram(at, marks->items[from] >> SEGMENT_BITS);
    text_put_u32(at + GRAM_BYTES, size == 0 ? (uint32_t)offset_of(marks->items[from]) : place);
    text_put_u16(at + GRAM_BYTES + 4, (uint16_t)size);
    if (row % BLOCK_ROWS == 0) {
        memcpy(file + HEADER_BYTES + row / BLOCK_ROWS * GRAM_BYTES, at, GRAM_BYTES);
    }
    if (size == 0) {
        return 0;
    }
    uint8_t *postings = file + layout->postings_at + place;
    put_postings(postings, marks, from, end, size);
    text_put_u32(postings + size, ~crc32_iscsi(postings, (int)size, crc32_iscsi(at, GRAM_BYTES, ~0U)));
    return (uint32_t)size + CRC_BYTES;
}

int segment_make(const struct segment *segment, const struct marks *marks, struct image *out_image)
{
    struct layout layout;
    plan(segment, marks, &layout);
    uint8_t *file = malloc(layout.size);
    if (file == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "a file of the search index");
    }
    put_header(file, &layout);
    size_t row = 0;
    uint32_t place = 0;
    for (size_t from = 0, end; from < marks->count; from = end) {
        end = end_of_row(marks, from);
        place += put_row(file, &layout, row++, marks, from, end, place);
    }
    put_sum(file + HEADER_BYTES, layout.blocks * GRAM_BYTES);
    for (size_t block = 0; block < layout.blocks; block++) {
        put_sum(file + layout.blocks_at + block * BLOCK_BYTES, rows_of_block(&layout, block) * ROW_BYTES);
    }
    *out_image = (struct image){file, layout.size};
    return 0;
}

static void name_file(const char *folder, uint64_t first, char out_path[NAME_BYTES])
{
    snprintf(out_path, NAME_BYTES, "%s/%016" PRIx64 ".seg", folder, first);
}

static int write_all(int fd, const struct image *image, enum segment_sync sync)
{
    for (size_t done = 0; done < image->size;) {
        ssize_t written = write(fd, image->bytes + done, image->size - done);
        if (written < 0 && errno != EINTR) {
            return -errno;
        }
        done += written < 0 ? 0 : (size_t)written;
    }
    return sync == SEGMENT_LAZY || fsync(fd) == 0 ? 0 : -errno;
}

static int sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd >= 0 && fsync(fd) == 0 ? 0 : -errno;
    if (fd >= 0) {
        close(fd);
    }
    return result;
}

int segment_write_file(const char *folder, const char *name, const struct image *image, enum segment_sync sync)
{
    char aside[NAME_BYTES];
    char path[NAME_BYTES];
    snprintf(aside, sizeof(aside), "%s/%s.new", folder, name);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int result = fd < 0 ? -errno : write_all(fd, image, sync);
    if (fd >= 0) {
        close(fd);
    }
    if (result == 0 && rename(aside, path) != 0) {
        result = -errno;
    }
    result = result == 0 && sync == SEGMENT_SYNCED ? sync_folder(folder) : result;
    if (result < 0) {
        unlink(aside);
        return FAIL_ORIGIN(result, "cannot write a file of the search index");
    }
    return 0;
}

int segment_write(const char *folder, uint64_t first, const struct image *image, enum segment_sync sync)
{
    char name[32];
    snprintf(name, sizeof(name), "%016" PRIx64 ".seg", first);
    return segment_write_file(folder, name, image, sync);
}

int segment_remove(const char *folder, uint64_t first)
{
    char path[NAME_BYTES];
    name_file(folder, first, path);
    return unlink(path) == 0 || errno == ENOENT ? 0 : FAIL_ORIGIN(-errno, "cannot remove a file of the search index");
}

// ----------------------------------------------------------------------------------------------------- reading

struct reader {
    int fd;
    struct layout layout;
};

static int read_at(const struct reader *reader, void *out, size_t size, size_t at)
{
    ssize_t got = pread(reader->fd, out, size, (off_t)at);
    return got == (ssize_t)size ? 0 : got < 0 ? -errno : -EBADMSG;
}

static bool has_layout(const uint8_t header[HEADER_BYTES], uint64_t first, struct layout *out_layout)
{
    *out_layout = (struct layout){
        .first = text_get_u64(header + 8),
        .end = text_get_u64(header + 16),
        .rows = text_get_u32(header + 24),
        .marks = text_get_u32(header + 28),
        .postings = text_get_u32(header + 32),
    };
    lay_out(out_layout);
    return memcmp(header, magic, MAGIC_BYTES) == 0 && has_sum(header, HEADER_BYTES - CRC_BYTES) && out_layout->first == first &&
           out_layout->end > first && out_layout->end - first <= SEGMENT_POSITIONS && out_layout->rows <= MOST_ROWS;
}

static int open_reader(const char *folder, uint64_t first, struct reader *out_reader)
{
    char path[NAME_BYTES];
    uint8_t header[HEADER_BYTES];
    struct stat stat;
    name_file(folder, first, path);
    out_reader->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (out_reader->fd < 0) {
        return -errno;
    }
    int result = read_at(out_reader, header, sizeof(header), 0);
    if (result == 0 && (!has_layout(header, first, &out_reader->layout) || fstat(out_reader->fd, &stat) != 0 ||
                        (uint64_t)stat.st_size != out_reader->layout.size)) {
        result = -EBADMSG;
    }
    if (result < 0) {
        close(out_reader->fd);
    }
    return result;
}

int segment_look(const char *folder, uint64_t first, struct segment *out_segment)
{
    struct reader reader;
    int result = open_reader(folder, first, &reader);
    if (result == 0) {
        close(reader.fd);
        *out_segment = (struct segment){.first = first, .end = reader.layout.end, .marks = reader.layout.marks};
    }
    return result;
}

static int add_offset(uint64_t offsets[SEGMENT_WORDS], size_t offset)
{
    if (offset >= SEGMENT_POSITIONS) {
        return -EBADMSG;
    }
    offsets[offset / 64] |= UINT64_C(1) << offset % 64;
    return 0;
}

static int open_steps(const uint8_t *at, size_t size, uint64_t out_offsets[SEGMENT_WORDS])
{
    const uint8_t *end = at + size;
    size_t offset = 0;
    int result = 0;
    while (at < end && result == 0) {
        size_t step = *at++;
        if (step >= 0x80) {
            if (at == end) {
                return -EBADMSG;
            }
            step = (step & 0x7f) | (size_t)*at++ << 7;
        }
        offset += step;
        result = add_offset(out_offsets, offset);
    }
    return result;
}

// The offsets of a row whose postings are `size` bytes and their checksum.
static int open_postings(const uint8_t *row, const uint8_t *postings, size_t size, uint64_t out_offsets[SEGMENT_WORDS])
{
    uint32_t crc = ~crc32_iscsi((unsigned char *)postings, (int)size, crc32_iscsi((unsigned char *)row, GRAM_BYTES, ~0U));
    if (text_get_u32(postings + size) != crc) {
        return -EBADMSG;
    }
    if (size < DENSE_BYTES) {
        return open_steps(postings, size, out_offsets);
    }
    for (size_t i = 0; i < DENSE_BYTES; i++) {
        out_offsets[i / 8] |= (uint64_t)postings[i] << i % 8 * 8;
    }
    return 0;
}

// How many of `count` grams, one every `stride` bytes, are not behind `gram`.
static size_t count_up_to(const uint8_t *grams, size_t count, size_t stride, uint64_t gram)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (get_gram(grams + middle * stride) <= gram) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return low;
}

static int open_row(const struct reader *reader, const uint8_t *row, uint64_t out_offsets[SEGMENT_WORDS])
{
    uint8_t postings[DENSE_BYTES + CRC_BYTES];
    size_t place = text_get_u32(row + GRAM_BYTES);
    size_t size = text_get_u16(row + GRAM_BYTES + 4);
    if (size == 0) {
        return add_offset(out_offsets, place);
    }
    if (size > DENSE_BYTES || place + size + CRC_BYTES > reader->layout.postings) {
        return -EBADMSG;
    }
    int result = read_at(reader, postings, size + CRC_BYTES, reader->layout.postings_at + place);
    return result < 0 ? result : open_postings(row, postings, size, out_offsets);
}

// The offsets of one gram, none if there is no such row.
static int find_row(const struct reader *reader, const uint8_t *fences, uint64_t gram, uint64_t out_offsets[SEGMENT_WORDS])
{
    uint8_t block[BLOCK_BYTES];
    memset(out_offsets, 0, SEGMENT_WORDS * sizeof(*out_offsets));
    size_t before = count_up_to(fences, reader->layout.blocks, GRAM_BYTES, gram);
    if (before == 0) {
        return 0;
    }
    size_t rows = rows_of_block(&reader->layout, before - 1);
    int result = read_at(reader, block, rows * ROW_BYTES + CRC_BYTES, reader->layout.blocks_at + (before - 1) * BLOCK_BYTES);
    if (result < 0 || !has_sum(block, rows * ROW_BYTES)) {
        return result < 0 ? result : -EBADMSG;
    }
    size_t up_to = count_up_to(block, rows, ROW_BYTES, gram);
    const uint8_t *row = up_to == 0 ? NULL : block + (up_to - 1) * ROW_BYTES;
    return row == NULL || get_gram(row) != gram ? 0 : open_row(reader, row, out_offsets);
}

static int match(const struct reader *reader, const uint8_t *fences, const uint64_t *grams, size_t count, uint64_t out_offsets[SEGMENT_WORDS])
{
    uint64_t left = 1;
    memset(out_offsets, 0xff, SEGMENT_WORDS * sizeof(*out_offsets));
    for (size_t i = 0; i < count && left != 0; i++) {
        uint64_t offsets[SEGMENT_WORDS];
        int result = find_row(reader, fences, grams[i], offsets);
        if (result < 0) {
            return result;
        }
        left = 0;
        for (size_t j = 0; j < SEGMENT_WORDS; j++) {
            out_offsets[j] &= offsets[j];
            left |= out_offsets[j];
        }
    }
    return 0;
}

int segment_match(const char *folder, const struct segment *segment, const uint64_t *grams, size_t count, uint64_t out_offsets[SEGMENT_WORDS])
{
    struct reader reader;
    must(count > 0);
    int result = open_reader(folder, segment->first, &reader);
    if (result < 0) {
        return result;
    }
    size_t size = reader.layout.blocks * GRAM_BYTES;
    uint8_t *fences = malloc(size + CRC_BYTES);
    result = fences == NULL ? -ENOMEM : read_at(&reader, fences, size + CRC_BYTES, HEADER_BYTES);
    if (result == 0) {
        result = !has_sum(fences, size) || reader.layout.end != segment->end ? -EBADMSG : match(&reader, fences, grams, count, out_offsets);
    }
    free(fences);
    close(reader.fd);
    return result;
}

static int add_row(const uint8_t *row, const uint64_t *offsets, const uint64_t *without, struct marks *marks)
{
    int result = 0;
    for (size_t i = 0; i < SEGMENT_WORDS; i++) {
        uint64_t word = without == NULL ? offsets[i] : offsets[i] & ~without[i];
        for (; word != 0 && result == 0; word &= word - 1) {
            result = segment_add_mark(marks, get_gram(row) << SEGMENT_BITS | (i * 64 + (size_t)__builtin_ctzll(word)));
        }
    }
    return result;
}

static int read_block(const struct reader *reader, const uint8_t *file, size_t block, const uint64_t *without, struct marks *marks)
{
    const struct layout *layout = &reader->layout;
    const uint8_t *at = file + layout->blocks_at + block * BLOCK_BYTES;
    size_t rows = rows_of_block(layout, block);
    int result = has_sum(at, rows * ROW_BYTES) ? 0 : -EBADMSG;
    for (size_t i = 0; i < rows && result == 0; i++, at += ROW_BYTES) {
        uint64_t offsets[SEGMENT_WORDS] = {0};
        size_t place = text_get_u32(at + GRAM_BYTES);
        size_t size = text_get_u16(at + GRAM_BYTES + 4);
        bool is_inside = size <= DENSE_BYTES && (size == 0 || place + size + CRC_BYTES <= layout->postings);
        result = !is_inside  ? -EBADMSG
                 : size == 0 ? add_offset(offsets, place)
                             : open_postings(at, file + layout->postings_at + place, size, offsets);
        result = result < 0 ? result : add_row(at, offsets, without, marks);
    }
    return result;
}

int segment_read(const char *folder, const struct segment *segment, const uint64_t *without, struct marks *marks)
{
    struct reader reader;
    int result = open_reader(folder, segment->first, &reader);
    if (result < 0) {
        return result;
    }
    uint8_t *file = malloc(reader.layout.size);
    result = file == NULL ? -ENOMEM : read_at(&reader, file, reader.layout.size, 0);
    result = result == 0 && reader.layout.end != segment->end ? -EBADMSG : result;
    for (size_t block = 0; block < reader.layout.blocks && result == 0; block++) {
        result = read_block(&reader, file, block, without, marks);
    }
    free(file);
    close(reader.fd);
    return result;
}
