// SPDX-License-Identifier: Apache-2.0
//
// Tables for eyes: columns as wide as their widest cell, where a Chinese character takes two
// places.
//
// Invariant: no cell holds a line feed, tab or control character, whatever it was made from.
#pragma once

#include <stddef.h>

enum { TABLE_COLUMNS = 12 };

struct table;

// A table with these headings, at most TABLE_COLUMNS. NULL: no memory.
struct table *table_new(const char *const *headings, size_t count);

// Adds a row of as many cells as there are headings; NULL stands for an empty one. Rows that find
// no memory are left out.
void table_add(struct table *table, const char *const *cells);

// Adds a line of its own below the row added last, indented and as long as it is.
void table_add_note(struct table *table, const char *text);

// The whole text, for free; NULL if there is no memory.
char *table_format(const struct table *table);

// Prints to standard output and ends the table.
void table_print(struct table **table);

// Accepts a pointer to NULL; sets it to NULL.
void table_free(struct table **table);

// A label and behind it a text, broken where its language allows, at most TABLE_LINE wide; lines after
// the first are indented as the first is. The label takes `indent` places. For free; NULL: no memory.
enum { TABLE_LINE = 100 };
char *table_paragraph(const char *label, size_t indent, const char *text);

// Places that text takes on a terminal.
size_t table_width(const char *text);
