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
    HEADER_BYTES = 56,
    KEY_BYTES = 6,
    ROW_BYTES = 12,
    CRC_BYTES = 4,
    BLOCK_ROWS = 128,
    BLOCK_BYTES = BLOCK_ROWS * ROW_BYTES + CRC_BYTES,
    DENSE_BYTES = SEGMENT_POSITIONS / 8,
    MOST_ROWS = 1 << 27,
    NAME_BYTES = 4096,
    COMMON = 1 << 15, // in the size of a row
    SLICE = 1 << 15,  // marks that are dealt with at once
    FEW = 4,          // positions that are looked at sooner than another row of the index
};

static const char magic[MAGIC_BYTES + 1] = "LSNSEG02";

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

static void put_key(uint8_t *at, uint64_t key)
{
    text_put_u16(at, (uint16_t)(key >> 32));
    text_put_u32(at + 2, (uint32_t)key);
}

static uint64_t get_key(const uint8_t *at)
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

static size_t slot_of(const struct commons *commons, uint64_t key)
{
    size_t slot = (key * UINT64_C(0x9e3779b97f4a7c15) >> 40) % COMMONS_SLOTS;
    while (commons->slots[slot] != 0 && commons->slots[slot] != key) {
        slot = (slot + 1) % COMMONS_SLOTS;
    }
    return slot;
}

void segment_add_common(struct commons *commons, uint64_t key)
{
    size_t slot = slot_of(commons, key);
    if (commons->slots[slot] == 0 && commons->count < COMMONS_MOST) {
        commons->slots[slot] = key;
        commons->count++;
    }
}

bool segment_is_common(const struct commons *commons, uint64_t key)
{
    return commons->slots[slot_of(commons, key)] == key;
}

// ------------------------------------------------------------------------------------------------------ layout

struct layout {
    uint64_t first;
    uint64_t end;
    int64_t earliest;
    int64_t latest;
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
    layout->blocks_at = HEADER_BYTES + layout->blocks * KEY_BYTES + CRC_BYTES;
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
    uint64_t key = marks->items[from] >> SEGMENT_BITS;
    size_t end = from + 1;
    while (end < marks->count && marks->items[end] >> SEGMENT_BITS == key) {
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

struct making {
    const struct marks *marks;
    const struct commons *commons;
    struct layout layout;
    size_t from;     // mark
    size_t row;      // of what is written
    uint32_t place;
    uint8_t *file;   // once it is known how large
};

int segment_make_start(const struct segment *segment, const struct marks *marks, const struct commons *commons, struct making **out_making)
{
    struct making *making = calloc(1, sizeof(*making));
    if (making == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "a file of the search index");
    }
    making->marks = marks;
    making->commons = commons;
    making->layout = (struct layout){
        .first = segment->first,
        .end = segment->end,
        .earliest = segment->earliest,
        .latest = segment->latest,
        .marks = (uint32_t)marks->count,
    };
    *out_making = making;
    return 0;
}

void segment_make_stop(struct making **making)
{
    if (*making != NULL) {
        free((*making)->file);
    }
    free(*making);
    *making = NULL;
}

static void measure_some(struct making *making)
{
    const struct marks *marks = making->marks;
    size_t until = making->from + SLICE;
    while (making->from < marks->count && making->from < until) {
        size_t end = end_of_row(marks, making->from);
        size_t size = measure(marks, making->from, end);
        making->layout.rows++;
        making->layout.postings += size == 0 ? 0 : (uint32_t)size + CRC_BYTES;
        making->from = end;
    }
}

static void put_header(uint8_t *at, const struct layout *layout)
{
    memcpy(at, magic, MAGIC_BYTES);
    text_put_u64(at + 8, layout->first);
    text_put_u64(at + 16, layout->end);
    text_put_u64(at + 24, (uint64_t)layout->earliest);
    text_put_u64(at + 32, (uint64_t)layout->latest);
    text_put_u32(at + 40, layout->rows);
    text_put_u32(at + 44, layout->marks);
    text_put_u32(at + 48, layout->postings);
    put_sum(at, HEADER_BYTES - CRC_BYTES);
}

// The row that begins at the next mark, and its postings.
static void put_row(struct making *making)
{
    const struct layout *layout = &making->layout;
    const struct marks *marks = making->marks;
    uint8_t *at = making->file + layout->blocks_at + making->row * ROW_BYTES + making->row / BLOCK_ROWS * CRC_BYTES;
    size_t from = making->from;
    size_t end = end_of_row(marks, from);
    size_t size = measure(marks, from, end);
    uint64_t key = marks->items[from] >> SEGMENT_BITS;
    put_key(at, key);
    text_put_u32(at + KEY_BYTES, size == 0 ? (uint32_t)offset_of(marks->items[from]) : making->place);
    text_put_u16(at + KEY_BYTES + 4, (uint16_t)(size | (segment_is_common(making->commons, key) ? COMMON : 0)));
    if (making->row % BLOCK_ROWS == 0) {
        memcpy(making->file + HEADER_BYTES + making->row / BLOCK_ROWS * KEY_BYTES, at, KEY_BYTES);
    }
    if (size > 0) {
        uint8_t *postings = making->file + layout->postings_at + making->place;
        put_postings(postings, marks, from, end, size);
        text_put_u32(postings + size, ~crc32_iscsi(postings, (int)size, crc32_iscsi(at, KEY_BYTES, ~0U)));
        making->place += (uint32_t)size + CRC_BYTES;
    }
    making->row++;
    making->from = end;
}

static void put_sums(const struct making *making)
{
    const struct layout *layout = &making->layout;
    put_sum(making->file + HEADER_BYTES, layout->blocks * KEY_BYTES);
    for (size_t block = 0; block < layout->blocks; block++) {
        put_sum(making->file + layout->blocks_at + block * BLOCK_BYTES, rows_of_block(layout, block) * ROW_BYTES);
    }
}

static int begin_file(struct making *making)
{
    lay_out(&making->layout);
    making->from = 0;
    making->file = malloc(making->layout.size);
    if (making->file == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "a file of the search index");
    }
    put_header(making->file, &making->layout);
    return 0;
}

int segment_make_some(struct making *making, struct image *out_image)
{
    if (making->file == NULL) {
        measure_some(making);
        return making->from < making->marks->count ? 0 : begin_file(making);
    }
    for (size_t until = making->from + SLICE; making->from < making->marks->count && making->from < until;) {
        put_row(making);
    }
    if (making->from < making->marks->count) {
        return 0;
    }
    put_sums(making);
    *out_image = (struct image){making->file, making->layout.size};
    making->file = NULL;
    return 1;
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
    uint8_t *fences;
    size_t block_number; // of the block below, from 1; 0: none
    uint8_t block[BLOCK_BYTES];
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
        .earliest = (int64_t)text_get_u64(header + 24),
        .latest = (int64_t)text_get_u64(header + 32),
        .rows = text_get_u32(header + 40),
        .marks = text_get_u32(header + 44),
        .postings = text_get_u32(header + 48),
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
        *out_segment = (struct segment){
            .first = first,
            .end = reader.layout.end,
            .earliest = reader.layout.earliest,
            .latest = reader.layout.latest,
            .marks = reader.layout.marks,
        };
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
    uint32_t crc = ~crc32_iscsi((unsigned char *)postings, (int)size, crc32_iscsi((unsigned char *)row, KEY_BYTES, ~0U));
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

// How many of `count` keys, one every `stride` bytes, are not behind `key`.
static size_t count_up_to(const uint8_t *keys, size_t count, size_t stride, uint64_t key)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (get_key(keys + middle * stride) <= key) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return low;
}

static size_t size_of_row(const uint8_t *row)
{
    return text_get_u16(row + KEY_BYTES + 4) & ~(unsigned)COMMON;
}

static bool is_common_row(const uint8_t *row)
{
    return (text_get_u16(row + KEY_BYTES + 4) & COMMON) != 0;
}

static int open_row(const struct reader *reader, const uint8_t *row, uint64_t out_offsets[SEGMENT_WORDS])
{
    uint8_t postings[DENSE_BYTES + CRC_BYTES];
    size_t place = text_get_u32(row + KEY_BYTES);
    size_t size = size_of_row(row);
    if (size == 0) {
        return add_offset(out_offsets, place);
    }
    if (size > DENSE_BYTES || place + size + CRC_BYTES > reader->layout.postings) {
        return -EBADMSG;
    }
    int result = read_at(reader, postings, size + CRC_BYTES, reader->layout.postings_at + place);
    return result < 0 ? result : open_postings(row, postings, size, out_offsets);
}

static int read_block(struct reader *reader, size_t number)
{
    if (reader->block_number == number) {
        return 0;
    }
    size_t size = rows_of_block(&reader->layout, number - 1) * ROW_BYTES;
    reader->block_number = 0;
    int result = read_at(reader, reader->block, size + CRC_BYTES, reader->layout.blocks_at + (number - 1) * BLOCK_BYTES);
    if (result < 0 || !has_sum(reader->block, size)) {
        return result < 0 ? result : -EBADMSG;
    }
    reader->block_number = number;
    return 0;
}

// Adds the offsets of one key, none if there is no such row. 1: it is held common.
static int find_row(struct reader *reader, uint64_t key, uint64_t offsets[SEGMENT_WORDS])
{
    size_t number = count_up_to(reader->fences, reader->layout.blocks, KEY_BYTES, key);
    int result = number == 0 ? 0 : read_block(reader, number);
    if (result < 0 || number == 0) {
        return result;
    }
    size_t up_to = count_up_to(reader->block, rows_of_block(&reader->layout, number - 1), ROW_BYTES, key);
    const uint8_t *row = up_to == 0 ? NULL : reader->block + (up_to - 1) * ROW_BYTES;
    if (row == NULL || get_key(row) != key) {
        return 0;
    }
    result = open_row(reader, row, offsets);
    return result < 0 ? result : is_common_row(row);
}

// A word that is looked for in one area.
struct match {
    struct reader *reader;
    enum area area;
    uint64_t *offsets; // that are left
    size_t left;
    int failure;
};

static size_t count_offsets(const uint64_t offsets[SEGMENT_WORDS])
{
    size_t count = 0;
    for (size_t i = 0; i < SEGMENT_WORDS; i++) {
        count += (size_t)__builtin_popcountll(offsets[i]);
    }
    return count;
}

static size_t keep_those_of(uint64_t offsets[SEGMENT_WORDS], const uint64_t others[SEGMENT_WORDS])
{
    for (size_t i = 0; i < SEGMENT_WORDS; i++) {
        offsets[i] &= others[i];
    }
    return count_offsets(offsets);
}

// For terms_each as well: nothing more is asked for where few are left.
static bool narrow(void *context, uint64_t gram)
{
    struct match *match = context;
    uint64_t offsets[SEGMENT_WORDS] = {0};
    if (match->left <= FEW || match->failure < 0) {
        return false;
    }
    int result = find_row(match->reader, segment_key(gram, match->area), offsets);
    match->failure = result < 0 ? result : 0;
    match->left = keep_those_of(match->offsets, offsets);
    return result > 0;
}

// Adds where a word may stand.
static int match_word(struct reader *reader, const struct terms *terms, size_t word, enum area area, uint64_t offsets[SEGMENT_WORDS])
{
    uint64_t kept[SEGMENT_WORDS];
    memset(kept, 0xff, sizeof(kept));
    struct match match = {.reader = reader, .area = area, .offsets = kept, .left = SEGMENT_POSITIONS};
    for (size_t i = word == 0 ? 0 : terms->gram_ends[word - 1]; i < terms->gram_ends[word]; i++) {
        (void)narrow(&match, terms->grams[i]);
    }
    terms_each(&terms->words[word], narrow, &match);
    for (size_t i = 0; i < SEGMENT_WORDS; i++) {
        offsets[i] |= kept[i];
    }
    return match.failure;
}

// Keeps what has one of the tags.
static int match_tags(struct reader *reader, const uint64_t *tags, size_t count, enum sought_in in, uint64_t offsets[SEGMENT_WORDS])
{
    uint64_t tagged[SEGMENT_WORDS] = {0};
    int result = 0;
    for (size_t i = 0; i < count && result >= 0; i++) {
        result = find_row(reader, segment_key(tags[i], AREA_HEADER), tagged);
        result = result < 0 || in == SOUGHT_IN_HEADERS ? result : find_row(reader, segment_key(tags[i], AREA_BODY), tagged);
    }
    (void)keep_those_of(offsets, tagged);
    return result < 0 ? result : 0;
}

static int match(struct reader *reader, const struct sought *sought, uint64_t out_offsets[SEGMENT_WORDS])
{
    size_t left = SEGMENT_POSITIONS;
    int result = 0;
    memset(out_offsets, 0xff, SEGMENT_WORDS * sizeof(*out_offsets));
    for (size_t i = 0; i < sought->terms.word_count && left > 0 && result == 0; i++) {
        uint64_t found[SEGMENT_WORDS] = {0};
        result = match_word(reader, &sought->terms, i, AREA_HEADER, found);
        result = result < 0 || sought->in == SOUGHT_IN_HEADERS ? result : match_word(reader, &sought->terms, i, AREA_BODY, found);
        left = keep_those_of(out_offsets, found);
    }
    for (size_t i = 0; i < sought->tag_count && left > FEW && result == 0; i++) {
        result = match_tags(reader, &sought->tags[i], 1, sought->in, out_offsets);
        left = count_offsets(out_offsets);
    }
    return result < 0 || sought->kind_count == 0 || left <= FEW ? result
                                                                : match_tags(reader, sought->kinds, sought->kind_count, sought->in, out_offsets);
}

static int read_fences(struct reader *reader)
{
    size_t size = reader->layout.blocks * KEY_BYTES;
    reader->fences = malloc(size + CRC_BYTES);
    int result = reader->fences == NULL ? -ENOMEM : read_at(reader, reader->fences, size + CRC_BYTES, HEADER_BYTES);
    return result == 0 && !has_sum(reader->fences, size) ? -EBADMSG : result;
}

int segment_match(const char *folder, const struct segment *segment, const struct sought *sought, uint64_t out_offsets[SEGMENT_WORDS])
{
    struct reader reader = {.fences = NULL};
    must(sought->terms.gram_count > 0);
    int result = open_reader(folder, segment->first, &reader);
    if (result < 0) {
        return result;
    }
    result = reader.layout.end != segment->end ? -EBADMSG : read_fences(&reader);
    result = result < 0 ? result : match(&reader, sought, out_offsets);
    free(reader.fences);
    close(reader.fd);
    return result;
}

static int add_row(const uint8_t *row, const uint64_t *offsets, const uint64_t *without, struct marks *marks)
{
    int result = 0;
    for (size_t i = 0; i < SEGMENT_WORDS; i++) {
        uint64_t word = without == NULL ? offsets[i] : offsets[i] & ~without[i];
        for (; word != 0 && result == 0; word &= word - 1) {
            result = segment_add_mark(marks, get_key(row) << SEGMENT_BITS | (i * 64 + (size_t)__builtin_ctzll(word)));
        }
    }
    return result;
}

struct reading {
    struct layout layout;
    size_t block; // the next
    uint8_t *file;
};

static int take_block(const struct reading *reading, const uint64_t *without, struct marks *marks, struct commons *commons)
{
    const struct layout *layout = &reading->layout;
    const uint8_t *at = reading->file + layout->blocks_at + reading->block * BLOCK_BYTES;
    size_t rows = rows_of_block(layout, reading->block);
    int result = has_sum(at, rows * ROW_BYTES) ? 0 : -EBADMSG;
    for (size_t i = 0; i < rows && result == 0; i++, at += ROW_BYTES) {
        uint64_t offsets[SEGMENT_WORDS] = {0};
        size_t place = text_get_u32(at + KEY_BYTES);
        size_t size = size_of_row(at);
        bool is_inside = size <= DENSE_BYTES && (size == 0 || place + size + CRC_BYTES <= layout->postings);
        result = !is_inside  ? -EBADMSG
                 : size == 0 ? add_offset(offsets, place)
                             : open_postings(at, reading->file + layout->postings_at + place, size, offsets);
        result = result < 0 ? result : add_row(at, offsets, without, marks);
        if (is_common_row(at)) {
            segment_add_common(commons, get_key(at));
        }
    }
    return result;
}

int segment_read_start(const char *folder, const struct segment *segment, struct reading **out_reading)
{
    struct reader reader;
    int result = open_reader(folder, segment->first, &reader);
    if (result < 0) {
        return result;
    }
    struct reading *reading = calloc(1, sizeof(*reading));
    uint8_t *file = malloc(reader.layout.size);
    result = reading == NULL || file == NULL ? -ENOMEM : read_at(&reader, file, reader.layout.size, 0);
    result = result == 0 && reader.layout.end != segment->end ? -EBADMSG : result;
    close(reader.fd);
    if (result < 0) {
        free(reading);
        free(file);
        return result;
    }
    *reading = (struct reading){.layout = reader.layout, .file = file};
    *out_reading = reading;
    return 0;
}

int segment_read_some(struct reading *reading, const uint64_t *without, struct marks *marks, struct commons *commons)
{
    int result = 0;
    for (size_t until = marks->count + SLICE; reading->block < reading->layout.blocks && marks->count < until && result == 0; reading->block++) {
        result = take_block(reading, without, marks, commons);
    }
    return result < 0 ? result : reading->block == reading->layout.blocks;
}

void segment_read_stop(struct reading **reading)
{
    if (*reading != NULL) {
        free((*reading)->file);
    }
    free(*reading);
    *reading = NULL;
}
