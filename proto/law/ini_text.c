// SPDX-License-Identifier: Apache-2.0
//
// inih does the reading. It has three habits that would change a law without a word, and the reader
// below refuses each: it cuts lines at 200 bytes, it drops what follows " ;", and it ignores what
// follows a section's ']'. A line that begins with a blank continues the value before it. It is
// joined with a blank between two ASCII characters and with nothing otherwise, because Chinese text
// has no blanks where a line happens to end.
#include "law/ini_text.h"

#include "wire/text.h"

#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    LAW_TEXT_BYTES = 256 << 10,
    LAW_ARENA_BYTES = 32 << 20, // more than any text of that size can ask for
    SECTION_BYTES = 49,         // inih cuts longer headings
};

struct reader {
    struct ini_text *ini;
    const char *at;
    const char *end;
    unsigned line;
    unsigned section_line; // 0: no section yet
    enum { LINE_AT_MARGIN, LINE_INDENTED } shape;
    char *values; // all values, one after the other
    size_t value_used;
    struct ini_entry *entries;
    size_t entry_count;
};

bool ini_text_refuse(struct ini_text *ini, unsigned line, const char *format, ...)
{
    va_list arguments;

    if (ini->outcome == LAW_OK) {
        va_start(arguments, format);
        ini->outcome = law_fault_put_list(ini->fault, line, format, arguments);
        va_end(arguments);
    }
    return false;
}

bool ini_text_starve(struct ini_text *ini)
{
    ini->outcome = LAW_NO_MEMORY;
    return false;
}

static const struct ini_entry *last_entry(const struct reader *reader)
{
    return reader->entry_count == 0 ? NULL : &reader->entries[reader->entry_count - 1];
}

static bool has_key(const struct reader *reader)
{
    const struct ini_entry *last = last_entry(reader);

    return last != NULL && last->section_line == reader->section_line;
}

static bool end_section(struct reader *reader)
{
    if (reader->section_line != 0 && !has_key(reader)) {
        return ini_text_refuse(reader->ini, reader->section_line, "the section is empty");
    }
    return true;
}

static bool open_section(struct reader *reader, const char *start)
{
    const char *bracket = strchr(start, ']');

    if (bracket == NULL || bracket[1 + strspn(bracket + 1, " \t")] != '\0') {
        return ini_text_refuse(reader->ini, reader->line,
                               "a section stands alone on its line, in brackets");
    }
    if (bracket - start - 1 > SECTION_BYTES) {
        return ini_text_refuse(reader->ini, reader->line, "a section's name has at most %d bytes",
                               SECTION_BYTES);
    }
    if (!end_section(reader)) {
        return false;
    }
    reader->section_line = reader->line;
    reader->ini->section_count++;
    return true;
}

static bool check_line(struct reader *reader, const char *line)
{
    const char *start = line + strspn(line, " \t");

    if (*start == '\0' || *start == '#' || *start == ';') {
        return true;
    }
    reader->shape = start > line ? LINE_INDENTED : LINE_AT_MARGIN;
    if (*start == '[' && !(reader->shape == LINE_INDENTED && has_key(reader))) {
        return open_section(reader, start);
    }
    if (strstr(line, " ;") != NULL || strstr(line, "\t;") != NULL) {
        return ini_text_refuse(reader->ini, reader->line, "a comment stands on a line of its own");
    }
    return true;
}

// One line for inih. The end of the text and a fault both end the reading.
static char *read_line(char *out_line, int size, void *user)
{
    struct reader *reader = user;
    const char *newline;
    size_t bytes;

    if (reader->ini->outcome != LAW_OK || reader->at == reader->end) {
        return NULL;
    }
    reader->line++;
    newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    bytes = (size_t)((newline == NULL ? reader->end : newline) - reader->at);
    if (bytes >= (size_t)size) {
        ini_text_refuse(reader->ini, reader->line,
                        "the line has more than %d bytes; continue it on an indented line",
                        size - 1);
        return NULL;
    }
    memcpy(out_line, reader->at, bytes);
    out_line[bytes] = '\0';
    reader->at = newline == NULL ? reader->end : newline + 1;
    return check_line(reader, out_line) ? out_line : NULL;
}

static void append_value(struct reader *reader, const char *text)
{
    const size_t size = strlen(text) + 1;

    memcpy(reader->values + reader->value_used, text, size);
    reader->value_used += size;
}

// The value to continue is the last one written, so it grows in place.
static void continue_value(struct reader *reader, const char *text)
{
    const char *value = last_entry(reader)->value;
    const size_t size = strlen(value);
    const bool ascii =
        size > 0 && (unsigned char)value[size - 1] < 0x80 && (unsigned char)text[0] < 0x80;

    reader->value_used--;
    if (ascii) {
        reader->values[reader->value_used++] = ' ';
    }
    append_value(reader, text);
}

static int take_key(void *user, const char *section, const char *name, const char *value)
{
    struct reader *reader = user;
    struct ini_entry *entry = &reader->entries[reader->entry_count];

    if (reader->section_line == 0) {
        return ini_text_refuse(reader->ini, reader->line, "a key stands before any section");
    }
    if (reader->shape == LINE_INDENTED && has_key(reader)) {
        continue_value(reader, value);
        return 1;
    }
    *entry = (struct ini_entry){
        .line = reader->line,
        .section_line = reader->section_line,
        .section = arena_copy_text(reader->ini->arena, section),
        .name = arena_copy_text(reader->ini->arena, name),
        .value = reader->values + reader->value_used,
    };
    append_value(reader, value);
    reader->entry_count++;
    return entry->section == NULL || entry->name == NULL ? ini_text_starve(reader->ini) : 1;
}

static unsigned count_lines(const uint8_t *data, size_t size)
{
    unsigned lines = 1;

    for (size_t i = 0; i < size; i++) {
        lines += data[i] == '\n' ? 1 : 0;
    }
    return lines;
}

static bool check_text(struct reader *reader, struct bytes text)
{
    size_t offset = 0;

    if (text.size > LAW_TEXT_BYTES) {
        return ini_text_refuse(reader->ini, 1, "the text is larger than 256 KiB");
    }
    if (text_check(text, &offset) != TEXT_OK) {
        return ini_text_refuse(reader->ini, count_lines(text.data, offset),
                               "not plain UTF-8 text with line feeds");
    }
    if (text.size >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0) {
        return ini_text_refuse(reader->ini, 1, "the text begins with a byte order mark");
    }
    return true;
}

static bool read_entries(struct reader *reader, struct bytes text)
{
    size_t lines;
    int outcome;

    if (!check_text(reader, text)) {
        return false;
    }
    lines = count_lines(text.data, text.size);
    // Each value ends in NUL or grows by a blank.
    reader->values = arena_take(reader->ini->arena, text.size + 2 * lines);
    reader->entries = arena_take_array(reader->ini->arena, lines, sizeof reader->entries[0]);
    if (reader->values == NULL || reader->entries == NULL) {
        return ini_text_starve(reader->ini);
    }
    reader->at = (const char *)text.data;
    reader->end = reader->at + text.size;
    outcome = ini_parse_stream(read_line, reader, take_key, reader);
    if (reader->ini->outcome != LAW_OK) {
        return false;
    }
    if (outcome > 0) {
        return ini_text_refuse(reader->ini, (unsigned)outcome,
                               "neither a section, nor 'key = value', nor a comment");
    }
    return outcome < 0 ? ini_text_starve(reader->ini) : end_section(reader);
}

bool ini_text_open(struct bytes text, struct law_fault *fault, struct ini_text *out_ini)
{
    struct reader reader = {.ini = out_ini};

    *out_ini = (struct ini_text){.fault = fault, .outcome = LAW_OK};
    if (arena_new(LAW_ARENA_BYTES, &out_ini->arena) != 0) {
        return ini_text_starve(out_ini);
    }
    if (!read_entries(&reader, text)) {
        return false;
    }
    out_ini->entries = reader.entries;
    out_ini->entry_count = reader.entry_count;
    return true;
}

bool ini_text_take(struct ini_text *ini,
                   bool (*take)(struct ini_text *ini, const struct ini_section *section,
                                void *object),
                   void *object)
{
    struct ini_section section;
    size_t next;

    for (size_t i = 0; i < ini->entry_count; i = next) {
        const struct ini_entry *first = &ini->entries[i];

        next = i + 1;
        while (next < ini->entry_count && ini->entries[next].section_line == first->section_line) {
            next++;
        }
        section = (struct ini_section){first->section, first->section_line, first, next - i};
        if (!take(ini, &section, object)) {
            return false;
        }
    }
    return true;
}

void ini_text_done(struct ini_text *ini)
{
    arena_free(&ini->arena);
}
