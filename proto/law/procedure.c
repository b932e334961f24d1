// SPDX-License-Identifier: Apache-2.0
//
// Reads procedures and compacts. Two passes: the first turns the INI text into entries (section,
// key, value, line), the second takes the entries by tables of keys. Everything lives in one arena
// that the result owns.
//
// inih does the first pass. It has three habits that would change a law without a word, and the
// reader below refuses each: it cuts lines at 200 bytes, it drops what follows " ;", and it ignores
// what follows a section's ']'. A line that begins with a blank continues the value before it. It
// is joined with a blank between two ASCII characters and with nothing otherwise, because Chinese
// text has no blanks where a line happens to end.
#include "law/procedure.h"

#include "wire/identity.h"
#include "wire/text.h"

#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    LAW_TEXT_BYTES = 256 << 10,
    LAW_ARENA_BYTES = 32 << 20, // more than any text of that size can ask for
    SECTION_BYTES = 49,         // inih cuts longer headings
    WORD_BYTES = 64,
    DUTY_COUNT_LIMIT = 500,
    MEMBER_COUNT_LIMIT = 1000,
    TOKEN_LIMIT = 6,
};

struct entry {
    unsigned line;
    unsigned section_line;
    const char *section;
    const char *name;
    const char *value;
};

struct parser {
    struct arena *arena;
    struct law_fault *fault;
    enum law_outcome outcome; // the first thing that went wrong; nothing is read after it
    // The reader.
    const char *at;
    const char *end;
    unsigned line;
    unsigned section_line; // 0: no section yet
    enum { LINE_AT_MARGIN, LINE_INDENTED } shape;
    // What it made.
    char *values; // all values, one after the other
    size_t value_bytes;
    size_t value_used;
    struct entry *entries;
    size_t entry_count;
    // What the entries become.
    struct procedure *procedure;
    struct duty_rule *duties;
    struct compact *compact;
    struct compact_member *members;
};

// Always false, so that a taker can return it.
__attribute__((format(printf, 3, 4))) static bool faulty(struct parser *parser, unsigned line,
                                                         const char *format, ...)
{
    va_list arguments;

    if (parser->outcome == LAW_OK) {
        parser->outcome = LAW_FAULTY;
        parser->fault->line = line;
        va_start(arguments, format);
        vsnprintf(parser->fault->text, sizeof parser->fault->text, format, arguments);
        va_end(arguments);
    }
    return false;
}

static bool starved(struct parser *parser)
{
    parser->outcome = LAW_NO_MEMORY;
    return false;
}

static const struct entry *last_entry(const struct parser *parser)
{
    return parser->entry_count == 0 ? NULL : &parser->entries[parser->entry_count - 1];
}

static bool has_key(const struct parser *parser)
{
    const struct entry *last = last_entry(parser);

    return last != NULL && last->section_line == parser->section_line;
}

static bool end_section(struct parser *parser)
{
    if (parser->section_line != 0 && !has_key(parser)) {
        return faulty(parser, parser->section_line, "the section is empty");
    }
    return true;
}

static bool open_section(struct parser *parser, const char *start)
{
    const char *bracket = strchr(start, ']');

    if (bracket == NULL || bracket[1 + strspn(bracket + 1, " \t")] != '\0') {
        return faulty(parser, parser->line, "a section stands alone on its line, in brackets");
    }
    if (bracket - start - 1 > SECTION_BYTES) {
        return faulty(parser, parser->line, "a section's name has at most %d bytes", SECTION_BYTES);
    }
    if (!end_section(parser)) {
        return false;
    }
    parser->section_line = parser->line;
    return true;
}

static bool check_line(struct parser *parser, const char *line)
{
    const char *start = line + strspn(line, " \t");

    if (*start == '\0' || *start == '#' || *start == ';') {
        return true;
    }
    parser->shape = start > line ? LINE_INDENTED : LINE_AT_MARGIN;
    if (*start == '[' && !(parser->shape == LINE_INDENTED && has_key(parser))) {
        return open_section(parser, start);
    }
    if (strstr(line, " ;") != NULL || strstr(line, "\t;") != NULL) {
        return faulty(parser, parser->line, "a comment stands on a line of its own");
    }
    return true;
}

// One line for inih. The end of the text and a fault both end the reading.
static char *read_line(char *out_line, int size, void *user)
{
    struct parser *parser = user;
    const char *newline;
    size_t bytes;

    if (parser->outcome != LAW_OK || parser->at == parser->end) {
        return NULL;
    }
    parser->line++;
    newline = memchr(parser->at, '\n', (size_t)(parser->end - parser->at));
    bytes = (size_t)((newline == NULL ? parser->end : newline) - parser->at);
    if (bytes >= (size_t)size) {
        faulty(parser, parser->line,
               "the line has more than %d bytes; continue it on an indented line", size - 1);
        return NULL;
    }
    memcpy(out_line, parser->at, bytes);
    out_line[bytes] = '\0';
    parser->at = newline == NULL ? parser->end : newline + 1;
    return check_line(parser, out_line) ? out_line : NULL;
}

static void append_value(struct parser *parser, const char *text)
{
    const size_t size = strlen(text) + 1;

    memcpy(parser->values + parser->value_used, text, size);
    parser->value_used += size;
}

// The value to continue is the last one written, so it grows in place.
static void continue_value(struct parser *parser, const char *text)
{
    const char *value = last_entry(parser)->value;
    const size_t size = strlen(value);
    const bool ascii =
        size > 0 && (unsigned char)value[size - 1] < 0x80 && (unsigned char)text[0] < 0x80;

    parser->value_used--;
    if (ascii) {
        parser->values[parser->value_used++] = ' ';
    }
    append_value(parser, text);
}

static int take_key(void *user, const char *section, const char *name, const char *value)
{
    struct parser *parser = user;
    struct entry *entry = &parser->entries[parser->entry_count];

    if (parser->section_line == 0) {
        return faulty(parser, parser->line, "a key stands before any section");
    }
    if (parser->shape == LINE_INDENTED && has_key(parser)) {
        continue_value(parser, value);
        return 1;
    }
    *entry = (struct entry){
        .line = parser->line,
        .section_line = parser->section_line,
        .section = arena_copy_text(parser->arena, section),
        .name = arena_copy_text(parser->arena, name),
        .value = parser->values + parser->value_used,
    };
    append_value(parser, value);
    parser->entry_count++;
    return entry->section == NULL || entry->name == NULL ? starved(parser) : 1;
}

static unsigned count_lines(const uint8_t *data, size_t size)
{
    unsigned lines = 1;

    for (size_t i = 0; i < size; i++) {
        lines += data[i] == '\n' ? 1 : 0;
    }
    return lines;
}

static bool check_text(struct parser *parser, struct bytes text)
{
    size_t offset = 0;

    if (text.size > LAW_TEXT_BYTES) {
        return faulty(parser, 1, "the text is larger than 256 KiB");
    }
    if (text_check(text, &offset) != TEXT_OK) {
        return faulty(parser, count_lines(text.data, offset),
                      "not plain UTF-8 text with line feeds");
    }
    if (text.size >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0) {
        return faulty(parser, 1, "the text begins with a byte order mark");
    }
    return true;
}

static bool read_entries(struct parser *parser, struct bytes text)
{
    size_t lines;
    int outcome;

    if (!check_text(parser, text)) {
        return false;
    }
    lines = count_lines(text.data, text.size);
    parser->value_bytes = text.size + 2 * lines; // each value ends in NUL or grows by a blank
    parser->values = arena_take(parser->arena, parser->value_bytes);
    parser->entries = arena_take_array(parser->arena, lines, sizeof parser->entries[0]);
    if (parser->values == NULL || parser->entries == NULL) {
        return starved(parser);
    }
    parser->at = (const char *)text.data;
    parser->end = parser->at + text.size;
    outcome = ini_parse_stream(read_line, parser, take_key, parser);
    if (parser->outcome != LAW_OK) {
        return false;
    }
    if (outcome > 0) {
        return faulty(parser, (unsigned)outcome,
                      "neither a section, nor 'key = value', nor a comment");
    }
    return outcome < 0 ? starved(parser) : end_section(parser);
}

// Cuts at blanks. Returns how many tokens there are; TOKEN_LIMIT may stand for more.
static size_t split_tokens(char *text, char *tokens[TOKEN_LIMIT])
{
    size_t count = 0;
    char *rest = text;
    char *token;

    while (count < TOKEN_LIMIT && (token = strtok_r(rest, " \t", &rest)) != NULL) {
        tokens[count++] = token;
    }
    return count;
}

// Calls `take` for each of the items between commas. The array for them is `*out_items`.
static bool take_list(struct parser *parser, const struct entry *entry, size_t item_bytes,
                      void **out_items, size_t *out_count,
                      bool (*take)(struct parser *parser, const struct entry *entry, char *item,
                                   void *out_item))
{
    char *rest = arena_copy_text(parser->arena, entry->value);
    size_t count = 1;
    char *items;

    for (const char *at = entry->value; *at != '\0'; at++) {
        count += *at == ',' ? 1 : 0;
    }
    items = arena_take_array(parser->arena, count, item_bytes);
    if (rest == NULL || items == NULL) {
        return starved(parser);
    }
    for (size_t i = 0; i < count; i++) {
        if (!take(parser, entry, strsep(&rest, ","), items + i * item_bytes)) {
            return false;
        }
    }
    *out_items = items;
    *out_count = count;
    return true;
}

static bool is_word(const char *text)
{
    const size_t size = strlen(text);

    return size > 0 && size <= WORD_BYTES && text[0] >= 'a' && text[0] <= 'z' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == size;
}

static bool take_text(struct parser *parser, const struct entry *entry, void *into)
{
    const char **text = into;

    if (entry->value[0] == '\0') {
        return faulty(parser, entry->line, "%s is empty", entry->name);
    }
    *text = entry->value;
    return true;
}

static bool take_word(struct parser *parser, const struct entry *entry, void *into)
{
    if (!is_word(entry->value)) {
        return faulty(parser, entry->line,
                      "%s is not a word of a-z, 0-9, '.' and '-' that begins with a letter",
                      entry->name);
    }
    return take_text(parser, entry, into);
}

static bool take_day(struct parser *parser, const struct entry *entry, void *into)
{
    int64_t *instant = into;
    char text[32];

    if (strlen(entry->value) != strlen("2025-09-01")) {
        return faulty(parser, entry->line, "%s is not a date such as 2025-09-01", entry->name);
    }
    snprintf(text, sizeof text, "%sT00:00:00+08:00", entry->value);
    if (!clock_parse(text, instant)) {
        return faulty(parser, entry->line, "%s is not a date such as 2025-09-01", entry->name);
    }
    return true;
}

// "有效期至D" includes D to its last second and does not roll.
static bool take_last_day(struct parser *parser, const struct entry *entry, void *into)
{
    int64_t *instant = into;

    if (!take_day(parser, entry, into)) {
        return false;
    }
    *instant += (24 * 3600 - 1) * INT64_C(1000);
    return true;
}

static const struct kind *find_kind(struct parser *parser, const struct entry *entry,
                                    const char *name)
{
    const struct kind *kind = kinds_find(name);

    if (kind == NULL) {
        faulty(parser, entry->line, "%s: there is no kind %.80s", entry->name, name);
        return NULL;
    }
    if (kind->class == KIND_MACHINE) {
        faulty(parser, entry->line, "%s: %s is made by machines and moves no duty", entry->name,
               name);
        return NULL;
    }
    return kind;
}

static bool lifts_instant(const struct kind *kind, const char *pair)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];

        if (field->law != NULL && strcmp(field->law, pair) == 0) {
            return field->form == FIELD_INSTANT;
        }
    }
    return false;
}

static bool take_opening(struct parser *parser, const struct entry *entry, char *item,
                         void *out_item)
{
    struct duty_opening *opening = out_item;
    char *tokens[TOKEN_LIMIT];
    const size_t count = split_tokens(item, tokens);

    if (count != 1 &&
        !(count == 4 && strcmp(tokens[1], "unless") == 0 && strcmp(tokens[2], "cites") == 0)) {
        return faulty(parser, entry->line, "%s: say 'KIND' or 'KIND unless cites KIND'",
                      entry->name);
    }
    if (strcmp(tokens[0], "*") != 0 && find_kind(parser, entry, tokens[0]) == NULL) {
        return false;
    }
    if (count == 4 && find_kind(parser, entry, tokens[3]) == NULL) {
        return false;
    }
    opening->kind = tokens[0];
    opening->unless_cites = count == 4 ? tokens[3] : NULL;
    return true;
}

static bool take_openings(struct parser *parser, const struct entry *entry, void *into)
{
    struct duty_rule *duty = into;
    void *items = NULL;

    if (!take_list(parser, entry, sizeof(struct duty_opening), &items, &duty->opened_by_count,
                   take_opening)) {
        return false;
    }
    duty->opened_by = items;
    return true;
}

static bool take_act(struct parser *parser, const struct entry *entry, char *item, void *out_item)
{
    struct duty_act *act = out_item;
    char *tokens[TOKEN_LIMIT];
    const size_t count = split_tokens(item, tokens);

    act->meeting = DUTY_MET_BY_ANY;
    if (count == 2 && strcmp(tokens[1], "reply") == 0) {
        act->meeting = DUTY_MET_BY_REPLY;
    } else if (count == 2 && strcmp(tokens[1], "confirmed") == 0) {
        act->meeting = DUTY_MET_BY_CONFIRMED;
    } else if (count != 1) {
        return faulty(parser, entry->line, "%s: say 'KIND', 'KIND reply' or 'KIND confirmed'",
                      entry->name);
    }
    act->kind = tokens[0];
    return find_kind(parser, entry, tokens[0]) != NULL;
}

static bool take_acts(struct parser *parser, const struct entry *entry, void *into)
{
    struct duty_rule *duty = into;
    void *items = NULL;

    if (!take_list(parser, entry, sizeof(struct duty_act), &items, &duty->met_by_count, take_act)) {
        return false;
    }
    duty->met_by = items;
    return true;
}

static bool take_debtors(struct parser *parser, const struct entry *entry, void *into)
{
    struct duty_rule *duty = into;

    if (strcmp(entry->value, "author") == 0) {
        duty->debtors = DUTY_AUTHOR;
    } else if (strcmp(entry->value, "each addressee") == 0) {
        duty->debtors = DUTY_EACH_ADDRESSEE;
    } else if (strcmp(entry->value, "author and addressee") == 0) {
        duty->debtors = DUTY_AUTHOR_AND_ADDRESSEE;
    } else {
        return faulty(parser, entry->line,
                      "debtors: say 'author', 'each addressee' or 'author and addressee'");
    }
    return true;
}

static bool take_start(struct parser *parser, const struct entry *entry, void *into)
{
    struct duty_rule *duty = into;

    if (strcmp(entry->value, "sealed") == 0) {
        duty->start = DUTY_FROM_SEALED;
    } else if (strcmp(entry->value, "delivered") == 0) {
        duty->start = DUTY_FROM_DELIVERED;
    } else if (strncmp(entry->value, "field ", 6) == 0) {
        duty->start = DUTY_FROM_FIELD;
        duty->start_field = entry->value + 6;
    } else {
        return faulty(parser, entry->line, "start: say 'sealed', 'delivered' or 'field NAME'");
    }
    return true;
}

static bool take_within(struct parser *parser, const struct entry *entry, void *into)
{
    if (!clock_parse_within(entry->value, into)) {
        return faulty(parser, entry->line,
                      "%s: '%.40s' is not a period such as '3 workdays' or '24 hours'", entry->name,
                      entry->value);
    }
    return true;
}

static bool take_urgent(struct parser *parser, const struct entry *entry, void *into)
{
    struct duty_rule *duty = into;

    duty->has_urgent = true;
    return take_within(parser, entry, &duty->urgent_within);
}

static bool take_counts(struct parser *parser, const struct entry *entry, void *into)
{
    enum duty_counts *counts = into;

    if (strcmp(entry->value, "delivered") == 0) {
        *counts = DUTY_COUNTS_DELIVERED;
    } else if (strcmp(entry->value, "dispatched") == 0) {
        *counts = DUTY_COUNTS_DISPATCHED;
    } else {
        return faulty(parser, entry->line, "counts: say 'delivered' or 'dispatched'");
    }
    return true;
}

static bool take_extension(struct parser *parser, const struct entry *entry, void *into)
{
    struct duty_rule *duty = into;
    char *text = arena_copy_text(parser->arena, entry->value);
    char *tokens[TOKEN_LIMIT];
    const struct kind *kind;

    if (text == NULL) {
        return starved(parser);
    }
    if (split_tokens(text, tokens) != 3 || strcmp(tokens[1], "field") != 0) {
        return faulty(parser, entry->line, "extended_by: say 'KIND field NAME'");
    }
    kind = find_kind(parser, entry, tokens[0]);
    if (kind == NULL) {
        return false;
    }
    if (!lifts_instant(kind, tokens[2])) {
        return faulty(parser, entry->line,
                      "extended_by: %s has no law pair %.40s that is an instant", kind->name,
                      tokens[2]);
    }
    duty->extended_by = tokens[0];
    duty->extended_field = tokens[2];
    return true;
}

static bool take_policy(struct parser *parser, const struct entry *entry, void *into)
{
    bool *policy = into;

    if (strcmp(entry->value, "yes") != 0 && strcmp(entry->value, "no") != 0) {
        return faulty(parser, entry->line, "policy: say 'yes' or 'no'");
    }
    *policy = strcmp(entry->value, "yes") == 0;
    return true;
}

static bool take_role(struct parser *parser, const struct entry *entry, char *item, void *out_item)
{
    const char **role = out_item;
    char *tokens[TOKEN_LIMIT];

    if (split_tokens(item, tokens) != 1 || !is_word(tokens[0])) {
        return faulty(parser, entry->line,
                      "a role is one word of a-z, 0-9, '.' and '-'; roles stand between commas");
    }
    *role = tokens[0];
    return true;
}

static bool take_roles(struct parser *parser, const struct entry *entry, void *into)
{
    struct procedure *procedure = into;
    void *items = NULL;

    if (!take_list(parser, entry, sizeof(char *), &items, &procedure->role_count, take_role)) {
        return false;
    }
    procedure->roles = items;
    return true;
}

enum key_need { KEY_OPTIONAL, KEY_NEEDED };

struct key {
    const char *name;
    enum key_need need;
    size_t offset; // of what `take` fills in
    bool (*take)(struct parser *parser, const struct entry *entry, void *into);
};

static const struct key procedure_keys[] = {
    {"id", KEY_NEEDED, offsetof(struct procedure, id), take_word},
    {"title", KEY_NEEDED, offsetof(struct procedure, title), take_text},
    {"title_en", KEY_OPTIONAL, offsetof(struct procedure, title_en), take_text},
    {"issuer", KEY_OPTIONAL, offsetof(struct procedure, issuer), take_text},
    {"issued", KEY_OPTIONAL, offsetof(struct procedure, issued_at), take_day},
    {"valid_from", KEY_OPTIONAL, offsetof(struct procedure, valid_from), take_day},
    {"valid_until", KEY_OPTIONAL, offsetof(struct procedure, valid_until), take_last_day},
    {"roles", KEY_NEEDED, 0, take_roles},
};

static const struct key duty_keys[] = {
    {"title", KEY_NEEDED, offsetof(struct duty_rule, title), take_text},
    {"title_en", KEY_OPTIONAL, offsetof(struct duty_rule, title_en), take_text},
    {"article", KEY_OPTIONAL, offsetof(struct duty_rule, article), take_text},
    {"quote", KEY_OPTIONAL, offsetof(struct duty_rule, quote), take_text},
    {"policy", KEY_OPTIONAL, offsetof(struct duty_rule, policy), take_policy},
    {"opened_by", KEY_NEEDED, 0, take_openings},
    {"debtors", KEY_NEEDED, 0, take_debtors},
    {"start", KEY_NEEDED, 0, take_start},
    {"within", KEY_NEEDED, offsetof(struct duty_rule, within), take_within},
    {"urgent", KEY_OPTIONAL, 0, take_urgent},
    {"counts", KEY_NEEDED, offsetof(struct duty_rule, counts), take_counts},
    {"met_by", KEY_NEEDED, 0, take_acts},
    {"extended_by", KEY_OPTIONAL, 0, take_extension},
};

static const struct key compact_keys[] = {
    {"id", KEY_NEEDED, offsetof(struct compact, id), take_word},
    {"title", KEY_NEEDED, offsetof(struct compact, title), take_text},
    {"procedure", KEY_NEEDED, offsetof(struct compact, procedure), take_word},
};

// The entries of one section.
struct section {
    const char *name;
    unsigned line;
    const struct entry *entries;
    size_t count;
};

static const struct entry *find_entry(const struct section *section, const char *name)
{
    for (size_t i = 0; i < section->count; i++) {
        if (strcmp(section->entries[i].name, name) == 0) {
            return &section->entries[i];
        }
    }
    return NULL;
}

// The line to blame for a key: its own, or the section's where it is not given.
static unsigned line_of(const struct section *section, const char *name)
{
    const struct entry *entry = find_entry(section, name);

    return entry == NULL ? section->line : entry->line;
}

static bool take_entry(struct parser *parser, const struct section *section,
                       const struct entry *entry, const struct key *keys, size_t key_count,
                       void *object)
{
    for (size_t i = 0; i < key_count; i++) {
        if (strcmp(keys[i].name, entry->name) != 0) {
            continue;
        }
        if (find_entry(section, entry->name) != entry) {
            return faulty(parser, entry->line, "%s is given twice", entry->name);
        }
        return keys[i].take(parser, entry, (char *)object + keys[i].offset);
    }
    return faulty(parser, entry->line, "[%s] has no key %.80s", section->name, entry->name);
}

static bool take_keys(struct parser *parser, const struct section *section, const struct key *keys,
                      size_t key_count, void *object)
{
    for (size_t i = 0; i < section->count; i++) {
        if (!take_entry(parser, section, &section->entries[i], keys, key_count, object)) {
            return false;
        }
    }
    for (size_t i = 0; i < key_count; i++) {
        if (keys[i].need == KEY_NEEDED && find_entry(section, keys[i].name) == NULL) {
            return faulty(parser, section->line, "[%s] lacks %s", section->name, keys[i].name);
        }
    }
    return true;
}

#define KEYS(table) table, sizeof table / sizeof table[0]

// A fact is addressed to nobody: nobody receives it, owes for it as its addressee or replies to it.
static bool check_fact_opening(struct parser *parser, const struct section *section,
                               const struct duty_rule *duty, const char *kind)
{
    if (duty->debtors != DUTY_AUTHOR) {
        return faulty(parser, line_of(section, "debtors"),
                      "debtors: %s is a fact and has no addressee", kind);
    }
    if (duty->start == DUTY_FROM_DELIVERED) {
        return faulty(parser, line_of(section, "start"),
                      "start: %s is a fact and is delivered to nobody", kind);
    }
    for (size_t i = 0; i < duty->met_by_count; i++) {
        if (duty->met_by[i].meeting == DUTY_MET_BY_REPLY) {
            return faulty(parser, line_of(section, "met_by"),
                          "met_by: %s is a fact and nobody replies to it", kind);
        }
    }
    return true;
}

static bool check_opening(struct parser *parser, const struct section *section,
                          const struct duty_rule *duty, const struct duty_opening *opening)
{
    const struct kind *kind = kinds_find(opening->kind); // NULL for "*"

    if (duty->start == DUTY_FROM_FIELD &&
        (kind == NULL || !lifts_instant(kind, duty->start_field))) {
        return faulty(parser, line_of(section, "start"),
                      "start: %s has no law pair %.40s that is an instant", opening->kind,
                      duty->start_field);
    }
    return kind == NULL || kind->class != KIND_FACT ||
           check_fact_opening(parser, section, duty, kind->name);
}

static bool check_meeting(struct parser *parser, const struct section *section,
                          const struct duty_rule *duty)
{
    for (size_t i = 0; i < duty->met_by_count; i++) {
        if (duty->met_by[i].meeting == DUTY_MET_BY_CONFIRMED &&
            duty->debtors != DUTY_AUTHOR_AND_ADDRESSEE) {
            return faulty(parser, line_of(section, "met_by"),
                          "met_by: 'confirmed' is for duties of several debtors together");
        }
    }
    return true;
}

static bool check_duty(struct parser *parser, const struct section *section,
                       const struct duty_rule *duty)
{
    if (!duty->policy && (duty->article[0] == '\0' || duty->quote[0] == '\0')) {
        return faulty(parser, section->line, "[%s] is not policy and lacks article or quote",
                      section->name);
    }
    for (size_t i = 0; i < duty->opened_by_count; i++) {
        if (!check_opening(parser, section, duty, &duty->opened_by[i])) {
            return false;
        }
    }
    if (duty->extended_by != NULL && duty->within.form == WITHIN_AT_ONCE) {
        return faulty(parser, line_of(section, "extended_by"),
                      "extended_by: what is due at once has no due time");
    }
    return check_meeting(parser, section, duty);
}

// Duty ids are those of the regulation's articles: letters of either case, digits, '.' and '-'.
static bool is_duty_id(const char *id)
{
    const size_t size = strlen(id);

    return size > 0 &&
           size == strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
}

static bool take_duty(struct parser *parser, const struct section *section)
{
    const char *id = section->name + strlen("duty ");
    struct duty_rule *duty = &parser->duties[parser->procedure->duty_count];

    if (!is_duty_id(id)) {
        return faulty(parser, section->line, "a duty's id is of letters, digits, '.' and '-'");
    }
    if (procedure_duty(parser->procedure, id) != NULL) {
        return faulty(parser, section->line, "duty %s is given twice", id);
    }
    if (parser->procedure->duty_count == DUTY_COUNT_LIMIT) {
        return faulty(parser, section->line, "more than %d duties", DUTY_COUNT_LIMIT);
    }
    *duty = (struct duty_rule){
        .line = section->line, .id = id, .title_en = "", .article = "", .quote = ""};
    if (!take_keys(parser, section, KEYS(duty_keys), duty) || !check_duty(parser, section, duty)) {
        return false;
    }
    parser->procedure->duty_count++;
    return true;
}

static bool take_procedure(struct parser *parser, const struct section *section)
{
    struct procedure *procedure = parser->procedure;

    if (procedure->id != NULL) {
        return faulty(parser, section->line, "[procedure] is given twice");
    }
    procedure->title_en = "";
    procedure->issuer = "";
    if (!take_keys(parser, section, KEYS(procedure_keys), procedure)) {
        return false;
    }
    if (procedure->valid_until != 0 && procedure->valid_until < procedure->valid_from) {
        return faulty(parser, line_of(section, "valid_until"), "valid_until is before valid_from");
    }
    return true;
}

static bool take_procedure_section(struct parser *parser, const struct section *section)
{
    if (strcmp(section->name, "procedure") == 0) {
        return take_procedure(parser, section);
    }
    if (strncmp(section->name, "duty ", strlen("duty ")) == 0) {
        return take_duty(parser, section);
    }
    return faulty(parser, section->line, "a procedure has no section [%s]", section->name);
}

static bool take_member(struct parser *parser, const struct entry *entry)
{
    struct compact *compact = parser->compact;

    if (!identity_is_agency(entry->name)) {
        return faulty(parser, entry->line, "%.80s is not an agency's id", entry->name);
    }
    if (!is_word(entry->value)) {
        return faulty(parser, entry->line, "a role is one word of a-z, 0-9, '.' and '-'");
    }
    if (procedure_member(compact, entry->name) != NULL) {
        return faulty(parser, entry->line, "%s is a member twice", entry->name);
    }
    if (compact->member_count == MEMBER_COUNT_LIMIT) {
        return faulty(parser, entry->line, "more than %d members", MEMBER_COUNT_LIMIT);
    }
    parser->members[compact->member_count++] = (struct compact_member){entry->name, entry->value};
    return true;
}

static bool take_members(struct parser *parser, const struct section *section)
{
    for (size_t i = 0; i < section->count; i++) {
        if (!take_member(parser, &section->entries[i])) {
            return false;
        }
    }
    return true;
}

static bool take_compact_section(struct parser *parser, const struct section *section)
{
    if (strcmp(section->name, "members") == 0) {
        return take_members(parser, section);
    }
    if (strcmp(section->name, "compact") != 0) {
        return faulty(parser, section->line, "a compact has no section [%s]", section->name);
    }
    if (parser->compact->id != NULL) {
        return faulty(parser, section->line, "[compact] is given twice");
    }
    return take_keys(parser, section, KEYS(compact_keys), parser->compact);
}

static bool take_sections(struct parser *parser,
                          bool (*take)(struct parser *parser, const struct section *section))
{
    size_t next;

    for (size_t i = 0; i < parser->entry_count; i = next) {
        const struct entry *first = &parser->entries[i];

        next = i + 1;
        while (next < parser->entry_count &&
               parser->entries[next].section_line == first->section_line) {
            next++;
        }
        if (!take(parser,
                  &(struct section){first->section, first->section_line, first, next - i})) {
            return false;
        }
    }
    return true;
}

// A result and the arena it lives in, itself included.
struct owned_procedure {
    struct procedure procedure;
    struct arena *arena;
};

struct owned_compact {
    struct compact compact;
    struct arena *arena;
};

static bool read_procedure(struct parser *parser, struct bytes text)
{
    struct owned_procedure *owned = arena_take(parser->arena, sizeof *owned);

    parser->duties =
        arena_take_array(parser->arena, DUTY_COUNT_LIMIT + 1, sizeof parser->duties[0]);
    if (owned == NULL || parser->duties == NULL) {
        return starved(parser);
    }
    owned->arena = parser->arena;
    parser->procedure = &owned->procedure;
    parser->procedure->duties = parser->duties;
    if (!read_entries(parser, text) || !take_sections(parser, take_procedure_section)) {
        return false;
    }
    if (parser->procedure->id == NULL) {
        return faulty(parser, 1, "there is no [procedure]");
    }
    seal_sm3(text, &parser->procedure->digest);
    return true;
}

static bool read_compact(struct parser *parser, struct bytes text)
{
    struct owned_compact *owned = arena_take(parser->arena, sizeof *owned);

    parser->members =
        arena_take_array(parser->arena, MEMBER_COUNT_LIMIT, sizeof parser->members[0]);
    if (owned == NULL || parser->members == NULL) {
        return starved(parser);
    }
    owned->arena = parser->arena;
    parser->compact = &owned->compact;
    parser->compact->members = parser->members;
    if (!read_entries(parser, text) || !take_sections(parser, take_compact_section)) {
        return false;
    }
    if (parser->compact->id == NULL || parser->compact->member_count < 2) {
        return faulty(parser, 1, "a compact has a section [compact] and at least two [members]");
    }
    seal_sm3(text, &parser->compact->digest);
    return true;
}

static enum law_outcome parse(struct parser *parser, struct bytes text,
                              bool (*read)(struct parser *parser, struct bytes text))
{
    if (arena_new(LAW_ARENA_BYTES, &parser->arena) != 0) {
        return LAW_NO_MEMORY;
    }
    if (!read(parser, text)) {
        arena_free(&parser->arena);
    }
    return parser->outcome;
}

enum law_outcome procedure_parse(struct bytes text, struct procedure **out_procedure,
                                 struct law_fault *out_fault)
{
    struct parser parser = {.fault = out_fault, .outcome = LAW_OK};
    const enum law_outcome outcome = parse(&parser, text, read_procedure);

    if (outcome == LAW_OK) {
        *out_procedure = parser.procedure;
    }
    return outcome;
}

enum law_outcome procedure_parse_compact(struct bytes text, struct compact **out_compact,
                                         struct law_fault *out_fault)
{
    struct parser parser = {.fault = out_fault, .outcome = LAW_OK};
    const enum law_outcome outcome = parse(&parser, text, read_compact);

    if (outcome == LAW_OK) {
        *out_compact = parser.compact;
    }
    return outcome;
}

const struct duty_rule *procedure_duty(const struct procedure *procedure, const char *id)
{
    for (size_t i = 0; i < procedure->duty_count; i++) {
        if (strcmp(procedure->duties[i].id, id) == 0) {
            return &procedure->duties[i];
        }
    }
    return NULL;
}

const struct compact_member *procedure_member(const struct compact *compact, const char *agency)
{
    for (size_t i = 0; i < compact->member_count; i++) {
        if (strcmp(compact->members[i].agency, agency) == 0) {
            return &compact->members[i];
        }
    }
    return NULL;
}

// The arena holds the object that names it, so the name is taken out first.
void procedure_free(struct procedure **procedure)
{
    if (*procedure != NULL) {
        struct arena *arena = ((struct owned_procedure *)*procedure)->arena;

        arena_free(&arena);
        *procedure = NULL;
    }
}

void procedure_free_compact(struct compact **compact)
{
    if (*compact != NULL) {
        struct arena *arena = ((struct owned_compact *)*compact)->arena;

        arena_free(&arena);
        *compact = NULL;
    }
}
