// SPDX-License-Identifier: Apache-2.0
#include "table.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unilbrk.h>
#include <uniwidth.h>

struct table {
    size_t columns;
    size_t rows; // the first holds the headings
    size_t capacity;
    char **cells;
    char **notes; // a row's, joined by line feeds; NULL: none
};

size_t table_width(const char *text)
{
    int width = u8_strwidth((const uint8_t *)text, "UTF-8");
    return width < 0 ? 0 : (size_t)width;
}

// A cell is one line, and nothing in it moves the cursor.
static char *make_cell(const char *text)
{
    char *cell = strdup(text == NULL ? "" : text);
    for (char *at = cell; cell != NULL && *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            *at = ' ';
        }
    }
    return cell;
}

static bool make_room(struct table *table)
{
    if (table->rows < table->capacity) {
        return true;
    }
    size_t capacity = table->capacity == 0 ? 16 : table->capacity * 2;
    char **cells = reallocarray(table->cells, capacity * table->columns, sizeof *cells);
    if (cells == NULL) {
        return false;
    }
    table->cells = cells;
    char **notes = reallocarray(table->notes, capacity, sizeof *notes);
    if (notes == NULL) {
        return false;
    }
    table->notes = notes;
    table->capacity = capacity;
    return true;
}

void table_add(struct table *table, const char *const *cells)
{
    if (table == NULL || !make_room(table)) {
        return;
    }
    for (size_t i = 0; i < table->columns; i++) {
        table->cells[table->rows * table->columns + i] = make_cell(cells[i]);
    }
    table->notes[table->rows++] = NULL;
}

void table_add_note(struct table *table, const char *text)
{
    if (table == NULL || table->rows == 0) {
        return;
    }
    char **note = &table->notes[table->rows - 1];
    char *line = make_cell(text);
    char *joined = NULL;
    if (line != NULL && asprintf(&joined, "%s    %s\n", *note == NULL ? "" : *note, line) >= 0) {
        free(*note);
        *note = joined;
    }
    free(line);
}

struct table *table_new(const char *const *headings, size_t count)
{
    struct table *table = calloc(1, sizeof *table);
    if (table != NULL) {
        table->columns = count < TABLE_COLUMNS ? count : TABLE_COLUMNS;
        table_add(table, headings);
    }
    return table;
}

static const char *cell_at(const struct table *table, size_t row, size_t column)
{
    const char *cell = table->cells[row * table->columns + column];
    return cell == NULL ? "" : cell;
}

static size_t column_width(const struct table *table, size_t column)
{
    size_t widest = 0;
    for (size_t row = 0; row < table->rows; row++) {
        size_t width = table_width(cell_at(table, row, column));
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void write_row(const struct table *table, size_t row, const size_t *widths, FILE *out)
{
    for (size_t column = 0; column < table->columns; column++) {
        const char *cell = cell_at(table, row, column);
        fputs(cell, out);
        if (column + 1 < table->columns) {
            for (size_t pad = table_width(cell); pad < widths[column] + 2; pad++) {
                fputc(' ', out);
            }
        }
    }
    fputc('\n', out);
    if (table->notes[row] != NULL) {
        fputs(table->notes[row], out);
    }
}

char *table_format(const struct table *table)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    size_t widths[TABLE_COLUMNS];
    for (size_t column = 0; column < table->columns; column++) {
        widths[column] = column_width(table, column);
    }
    for (size_t row = 0; row < table->rows; row++) {
        write_row(table, row, widths, out);
    }
    fclose(out);
    return text;
}

void table_free(struct table **pointer)
{
    struct table *table = *pointer;
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->rows * table->columns; i++) {
        free(table->cells[i]);
    }
    for (size_t i = 0; i < table->rows; i++) {
        free(table->notes[i]);
    }
    free(table->cells);
    free(table->notes);
    free(table);
    *pointer = NULL;
}

void table_print(struct table **table)
{
    char *text = *table == NULL ? NULL : table_format(*table);
    if (text != NULL) {
        fputs(text, stdout);
    }
    free(text);
    table_free(table);
}

// A break between two characters of a word of ASCII would tear a name such as lead.notice.
static bool may_break(const char *cell, size_t at, const char *breaks)
{
    bool joins_word = at > 0 && (unsigned char)cell[at] < 0x80 && (unsigned char)cell[at - 1] < 0x80 &&
                      cell[at - 1] != ' ';
    return breaks[at] == UC_BREAK_POSSIBLE && !joins_word;
}

// From `at` to where the next break may be, or the end.
static size_t piece_length(const char *cell, size_t at, const char *breaks)
{
    size_t end = at + 1;
    while (cell[end] != '\0' && !may_break(cell, end, breaks)) {
        end++;
    }
    return end - at;
}

static void write_paragraph(const char *label, size_t indent, const char *cell, const char *breaks,
                            FILE *out)
{
    size_t used = table_width(label);
    fputs(label, out);
    for (; used < indent; used++) {
        fputc(' ', out);
    }
    for (size_t at = 0; cell[at] != '\0';) {
        size_t length = piece_length(cell, at, breaks);
        int width = u8_width((const uint8_t *)cell + at, length, "UTF-8");
        size_t places = width < 0 ? 0 : (size_t)width;
        size_t blank = cell[at + length - 1] == ' '; // may hang over
        if (used > indent && used + places - blank > TABLE_LINE) {
            fprintf(out, "\n%*s", (int)indent, "");
            used = indent;
        }
        fwrite(cell + at, 1, length, out);
        used += places;
        at += length;
    }
    fputc('\n', out);
}

char *table_paragraph(const char *label, size_t indent, const char *text)
{
    char *cell = make_cell(text);
    char *breaks = cell == NULL ? NULL : malloc(strlen(cell) + 1);
    char *paragraph = NULL;
    size_t size = 0;
    FILE *out = breaks == NULL ? NULL : open_memstream(&paragraph, &size);
    if (out != NULL) {
        u8_possible_linebreaks((const uint8_t *)cell, strlen(cell), "UTF-8", breaks);
        write_paragraph(label, indent, cell, breaks, out);
        fclose(out);
    }
    free(breaks);
    free(cell);
    return paragraph;
}
