// SPDX-License-Identifier: Apache-2.0
#include "lib/lines.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    // The longest record and its line end, and as much again to look ahead for the encoding.
    BUFFER_BYTES = 2 * LINES_LONGEST_BYTES,
};

struct lines {
    enum lines_form form;
    lines_read read;
    void *user;
    struct recode recode;
    size_t mark_bytes;
    bool has_begun;
    bool is_ended;     // there is no more to read
    bool is_unreadable;
    uint64_t number;   // of the line that starts at `start`
    uint64_t offset;   // of the byte there
    uint8_t last_byte; // before it
    size_t start;
    size_t end;
    struct csv_record csv;
    uint8_t buffer[BUFFER_BYTES];
    char text[BUFFER_BYTES + 1];
};

int lines_new(enum lines_form form, lines_read read, void *user, struct lines **out_lines)
{
    struct lines *lines = malloc(sizeof *lines);
    if (lines == NULL) {
        return -ENOMEM;
    }
    // All but the buffers, whose pages are touched as they are needed.
    memset(lines, 0, offsetof(struct lines, buffer));
    lines->form = form;
    lines->read = read;
    lines->user = user;
    lines->number = 1;
    int fault = recode_init(&lines->recode);
    if (fault != 0) {
        lines_free(&lines);
        return fault;
    }
    *out_lines = lines;
    return 0;
}

void lines_free(struct lines **pointer)
{
    if (*pointer != NULL) {
        recode_done(&(*pointer)->recode);
        free(*pointer);
        *pointer = NULL;
    }
}

enum recode_encoding lines_encoding(const struct lines *lines)
{
    return lines->recode.encoding;
}

size_t lines_mark_bytes(const struct lines *lines)
{
    return lines->mark_bytes;
}

static struct bytes window(const struct lines *lines)
{
    return (struct bytes){lines->buffer + lines->start, lines->end - lines->start};
}

// Reads on; false if that failed. What is held moves to the front first.
static bool fill(struct lines *lines)
{
    memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
    lines->end -= lines->start;
    lines->start = 0;
    ptrdiff_t size = lines->read(lines->user, lines->buffer + lines->end, BUFFER_BYTES - lines->end);
    if (size < 0 || (size_t)size > BUFFER_BYTES - lines->end) {
        return false;
    }
    lines->is_ended = size == 0;
    lines->end += (size_t)size;
    return true;
}

static bool fill_up(struct lines *lines)
{
    while (!lines->is_ended && window(lines).size < BUFFER_BYTES) {
        if (!fill(lines)) {
            return false;
        }
    }
    return true;
}

static enum lines_outcome refuse_file(struct lines *lines, struct lines_record *record,
                                      const char *fault)
{
    lines->is_unreadable = true;
    record->fault = fault;
    return LINES_UNREADABLE;
}

static enum lines_outcome begin(struct lines *lines, struct lines_record *record)
{
    lines->has_begun = true;
    if (!fill_up(lines)) {
        return LINES_FAILED;
    }
    if (recode_begin(&lines->recode, window(lines), &lines->mark_bytes) == RECODE_WIDE) {
        record->number = record->last_number = record->fault_number = 1;
        return refuse_file(lines, record, "文件是 UTF-16 或含有 NUL 字节；请另存为 UTF-8 或 GB18030");
    }
    lines->start += lines->mark_bytes;
    lines->offset += lines->mark_bytes;
    return LINES_RECORD;
}

// The first text beyond ASCII decides for all that follows.
static enum lines_outcome decide_encoding(struct lines *lines, struct lines_record *record)
{
    size_t offset = 0;
    enum recode_end end = lines->is_ended ? RECODE_ENDS_HERE : RECODE_MAY_GO_ON;
    struct bytes rest = window(lines);
    switch (recode_detect(&lines->recode, rest, end, &offset)) {
    case RECODE_OK:
        return LINES_RECORD;
    case RECODE_INVALID:
    case RECODE_WIDE:
        break;
    case RECODE_NO_MEMORY:
        return LINES_FAILED;
    }
    record->fault_number = record->number;
    for (size_t i = 0; i < offset; i++) {
        record->fault_number += rest.data[i] == '\n';
    }
    record->end_offset = lines->offset + offset;
    return refuse_file(lines, record, "文件既不是 UTF-8，也不是 GB18030");
}

// --------------------------------------------------------------------------------------- one record

static enum csv_outcome split_plain(struct bytes input, enum csv_end end, struct csv_record *record)
{
    const uint8_t *feed = input.size == 0 ? NULL : memchr(input.data, '\n', input.size);
    if (feed == NULL && (end == CSV_MAY_GO_ON || input.size == 0)) {
        record->is_quoted = false;
        return CSV_MORE;
    }
    size_t size = feed == NULL ? input.size : (size_t)(feed - input.data);
    record->size = size + (feed != NULL);
    record->lines = feed != NULL;
    record->raw_size = size > 0 && input.data[size - 1] == '\r' ? size - 1 : size;
    record->cells[0] = (struct bytes){input.data, record->raw_size};
    record->count = 1;
    record->is_quoted = false;
    record->fault = NULL;
    return record->raw_size == 0 ? CSV_BLANK : CSV_RECORD;
}

static enum csv_outcome split(struct lines *lines)
{
    enum csv_end end = lines->is_ended ? CSV_ENDS_HERE : CSV_MAY_GO_ON;
    return lines->form == LINES_PLAIN
               ? split_plain(window(lines), end, &lines->csv)
               : csv_split(window(lines), end, lines->text, &lines->csv);
}

// Splits again whenever there is more, until the record ends or is too long.
static enum lines_outcome split_whole(struct lines *lines, enum csv_outcome *out_outcome)
{
    for (;;) {
        *out_outcome = split(lines);
        if (*out_outcome != CSV_MORE || lines->is_ended ||
            window(lines).size > LINES_LONGEST_BYTES + 2) {
            return LINES_RECORD;
        }
        if (!fill(lines)) {
            return LINES_FAILED;
        }
    }
}

static void pass(struct lines *lines, size_t size)
{
    if (size > 0) {
        lines->last_byte = lines->buffer[lines->start + size - 1];
    }
    lines->start += size;
    lines->offset += size;
}

static void pass_counted(struct lines *lines, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        lines->number += lines->buffer[lines->start + i] == '\n';
    }
    pass(lines, size);
}

// Of what was passed over, which ends with a line or with the file.
static uint64_t last_number(const struct lines *lines)
{
    return lines->number - (lines->last_byte == '\n');
}

// Passes over a record that is longer than what may be held.
static enum lines_outcome skip(struct lines *lines, struct lines_record *record)
{
    bool quoted = false;
    bool ended = false;
    const char *fault = "一行超过 64 KiB";
    record->fault_number = record->number;
    if (lines->csv.is_quoted) {
        record->fault_number += lines->csv.quote_line;
        fault = "加引号的内容超过 64 KiB，或引号没有结束";
    }
    while (!ended) {
        struct bytes rest = window(lines);
        size_t size;
        if (lines->form == LINES_CSV) {
            size = csv_skip(rest, &quoted, &ended);
        } else {
            const uint8_t *feed = rest.size == 0 ? NULL : memchr(rest.data, '\n', rest.size);
            ended = feed != NULL;
            size = ended ? (size_t)(feed - rest.data) + 1 : rest.size;
        }
        pass_counted(lines, size);
        if (!ended && lines->is_ended) {
            break;
        }
        if (!ended && !fill(lines)) {
            return LINES_FAILED;
        }
    }
    record->last_number = last_number(lines);
    record->end_offset = lines->offset;
    record->fault = fault;
    return LINES_REFUSED;
}

static void take(struct lines *lines, struct lines_record *record)
{
    const struct csv_record *csv = &lines->csv;
    record->raw = (struct bytes){lines->buffer + lines->start, csv->raw_size};
    record->cells = csv->cells;
    record->cell_count = csv->count;
    pass(lines, csv->size);
    lines->number += csv->lines;
    record->last_number = last_number(lines);
    record->end_offset = lines->offset;
}

static enum lines_outcome take_broken(struct lines *lines, struct lines_record *record)
{
    record->fault = lines->csv.fault;
    record->fault_number = record->number + lines->csv.fault_line;
    take(lines, record);
    return LINES_REFUSED;
}

static bool is_to_decide(const struct lines *lines)
{
    struct bytes raw = {lines->buffer + lines->start, lines->csv.raw_size};
    return lines->recode.encoding == RECODE_ASCII && !recode_is_ascii(raw);
}

// The record that was split and stands at the start of the buffer.
static enum lines_outcome take_split(struct lines *lines, enum csv_outcome split_outcome,
                                     struct lines_record *record)
{
    if (split_outcome == CSV_MORE || lines->csv.raw_size > LINES_LONGEST_BYTES) {
        return skip(lines, record);
    }
    if (split_outcome == CSV_BROKEN) {
        return take_broken(lines, record);
    }
    take(lines, record);
    return LINES_RECORD;
}

// Splits the next record, passing over blank lines.
static enum lines_outcome find_record(struct lines *lines, enum csv_outcome *out_outcome)
{
    for (;;) {
        enum lines_outcome outcome = split_whole(lines, out_outcome);
        if (outcome != LINES_RECORD || *out_outcome != CSV_BLANK) {
            return outcome;
        }
        pass(lines, lines->csv.size);
        lines->number += lines->csv.lines;
    }
}

enum lines_outcome lines_next(struct lines *lines, struct lines_record *out_record)
{
    enum csv_outcome split_outcome;
    *out_record = (struct lines_record){0};
    enum lines_outcome outcome = lines->is_unreadable ? LINES_END : LINES_RECORD;
    if (!lines->has_begun) {
        outcome = begin(lines, out_record);
    }
    if (outcome == LINES_RECORD) {
        outcome = find_record(lines, &split_outcome);
        out_record->number = lines->number;
        out_record->offset = lines->offset;
    }
    if (outcome != LINES_RECORD || window(lines).size == 0) {
        return outcome == LINES_RECORD ? LINES_END : outcome;
    }
    if (split_outcome != CSV_MORE && is_to_decide(lines)) {
        outcome = fill_up(lines) ? decide_encoding(lines, out_record) : LINES_FAILED;
        split_outcome = split(lines); // for it has moved
    }
    return outcome == LINES_RECORD ? take_split(lines, split_outcome, out_record) : outcome;
}

bool lines_convert(const struct lines *lines, struct bytes text, struct arena *arena,
                   struct bytes *out_text, size_t *out_offset)
{
    *out_offset = 0;
    return recode_text(&lines->recode, text, arena, out_text, out_offset) == RECODE_OK;
}

size_t lines_find_fault(const struct lines *lines, struct bytes raw)
{
    return recode_find_fault(&lines->recode, raw);
}
