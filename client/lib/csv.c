// SPDX-License-Identifier: Apache-2.0
#include "lib/csv.h"

#include <string.h>

struct splitting {
    struct bytes input;
    enum csv_end end;
    size_t at;
    char *text;
    size_t text_bytes;
    struct csv_record *record;
};

static bool is_at_end(const struct splitting *splitting)
{
    return splitting->at == splitting->input.size;
}

static uint8_t byte_at(const struct splitting *splitting, size_t ahead)
{
    size_t at = splitting->at + ahead;
    return at < splitting->input.size ? splitting->input.data[at] : 0;
}

static bool is_line_end(const struct splitting *splitting)
{
    return byte_at(splitting, 0) == '\n' ||
           (byte_at(splitting, 0) == '\r' && byte_at(splitting, 1) == '\n');
}

// A carriage return that is the last byte here may be half of a line end.
static bool is_half_line_end(const struct splitting *splitting)
{
    return splitting->end == CSV_MAY_GO_ON && splitting->at + 1 == splitting->input.size &&
           byte_at(splitting, 0) == '\r';
}

static void keep(struct splitting *splitting, uint8_t byte)
{
    splitting->text[splitting->text_bytes++] = (char)byte;
}

static void end_record(struct splitting *splitting)
{
    struct csv_record *record = splitting->record;
    record->raw_size = splitting->at;
    if (byte_at(splitting, 0) == '\r' && is_line_end(splitting)) {
        splitting->at++;
    }
    if (byte_at(splitting, 0) == '\n' && !is_at_end(splitting)) {
        splitting->at++;
        record->lines++;
    }
    record->size = splitting->at;
}

// The rest of the line goes with what is wrong in it, and the next line begins afresh.
static enum csv_outcome break_off(struct splitting *splitting, const char *fault)
{
    const uint8_t *start = splitting->input.data + splitting->at;
    const uint8_t *feed = memchr(start, '\n', splitting->input.size - splitting->at);
    splitting->record->is_quoted = false;
    if (feed == NULL && splitting->end == CSV_MAY_GO_ON) {
        return CSV_MORE;
    }
    splitting->record->fault = fault;
    splitting->record->fault_line = splitting->record->lines;
    splitting->at = feed == NULL ? splitting->input.size : (size_t)(feed - splitting->input.data);
    if (feed != NULL && splitting->at > 0 && feed[-1] == '\r') {
        splitting->at--;
    }
    end_record(splitting);
    return CSV_BROKEN;
}

static enum csv_outcome leave_open(struct splitting *splitting)
{
    splitting->record->is_quoted = true;
    if (splitting->end == CSV_MAY_GO_ON) {
        return CSV_MORE;
    }
    splitting->record->fault = "引号没有结束";
    splitting->record->fault_line = splitting->record->quote_line;
    end_record(splitting);
    return CSV_BROKEN;
}

// From the opening quote to behind the closing one. Line ends inside become line feeds.
static enum csv_outcome take_quoted(struct splitting *splitting)
{
    splitting->record->quote_line = splitting->record->lines;
    splitting->at++;
    for (;;) {
        if (is_at_end(splitting) || is_half_line_end(splitting)) {
            return leave_open(splitting);
        }
        uint8_t byte = byte_at(splitting, 0);
        if (byte == '"' && byte_at(splitting, 1) != '"') {
            splitting->at++;
            return CSV_RECORD;
        }
        if (byte == '\r' && is_line_end(splitting)) {
            byte = '\n';
            splitting->at++;
        }
        splitting->record->lines += byte == '\n';
        splitting->at += byte == '"' ? 2 : 1;
        keep(splitting, byte);
    }
}

static void take_plain(struct splitting *splitting)
{
    const uint8_t *data = splitting->input.data;
    size_t at = splitting->at;
    while (at < splitting->input.size && data[at] != ',' && data[at] != '"' && data[at] != '\n' &&
           data[at] != '\r') {
        at++;
    }
    memcpy(splitting->text + splitting->text_bytes, data + splitting->at, at - splitting->at);
    splitting->text_bytes += at - splitting->at;
    splitting->at = at;
}

// A carriage return alone is a character like another, to be refused as what it is.
static void take_unquoted(struct splitting *splitting)
{
    take_plain(splitting);
    while (byte_at(splitting, 0) == '\r' && !is_line_end(splitting) &&
           !is_half_line_end(splitting)) {
        keep(splitting, '\r');
        splitting->at++;
        take_plain(splitting);
    }
}

static void end_cell(struct splitting *splitting, size_t start)
{
    struct csv_record *record = splitting->record;
    record->cells[record->count++] = (struct bytes){(const uint8_t *)splitting->text + start,
                                                    splitting->text_bytes - start};
    keep(splitting, '\0');
}

// One cell, up to the comma or line end behind it.
static enum csv_outcome take_cell(struct splitting *splitting)
{
    size_t start = splitting->text_bytes;
    bool is_quoted = byte_at(splitting, 0) == '"';
    if (splitting->record->count == CSV_COLUMNS) {
        return break_off(splitting, "列数超过 256");
    }
    if (is_quoted) {
        enum csv_outcome outcome = take_quoted(splitting);
        if (outcome != CSV_RECORD) {
            return outcome;
        }
    } else {
        take_unquoted(splitting);
    }
    if (is_half_line_end(splitting) || (is_at_end(splitting) && splitting->end == CSV_MAY_GO_ON)) {
        return CSV_MORE;
    }
    if (!is_at_end(splitting) && byte_at(splitting, 0) != ',' && !is_line_end(splitting)) {
        return break_off(splitting, is_quoted ? "引号之后还有文字" : "引号出现在未加引号的内容中");
    }
    end_cell(splitting, start);
    return CSV_RECORD;
}

enum csv_outcome csv_split(struct bytes input, enum csv_end end, char *text,
                           struct csv_record *out_record)
{
    struct csv_record *record = out_record;
    struct splitting splitting = {.input = input, .end = end, .text = text, .record = record};
    record->lines = record->count = record->quote_line = record->fault_line = 0;
    record->fault = NULL;
    record->is_quoted = false;
    if (input.size == 0 || is_half_line_end(&splitting)) {
        return CSV_MORE;
    }
    if (is_line_end(&splitting)) {
        end_record(&splitting);
        return CSV_BLANK;
    }
    for (;;) {
        enum csv_outcome outcome = take_cell(&splitting);
        if (outcome != CSV_RECORD) {
            return outcome;
        }
        if (byte_at(&splitting, 0) != ',' || is_at_end(&splitting)) {
            end_record(&splitting);
            return CSV_RECORD;
        }
        splitting.at++;
    }
}

size_t csv_skip(struct bytes input, bool *quoted, bool *out_ended)
{
    for (size_t i = 0; i < input.size; i++) {
        *quoted = *quoted != (input.data[i] == '"');
        if (input.data[i] == '\n' && !*quoted) {
            *out_ended = true;
            return i + 1;
        }
    }
    *out_ended = false;
    return input.size;
}
