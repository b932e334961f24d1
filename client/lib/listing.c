// SPDX-License-Identifier: Apache-2.0
#include "lib/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/filling.h"
#include "lib/ordinals.h"
#include "wire/decode.h"
#include "wire/hash.h"

enum {
    HEADER_ARENA_BYTES = 8 << 20,
    // A record's name and its list's together are a key of the daemon's store (LIMIT_SOURCE_BYTES).
    RECORD_BYTES = LIMIT_SOURCE_BYTES - LISTING_SYSTEM_BYTES,
    RECORD_DIGEST_BYTES = 16,
};

struct listing {
    enum lines_form form;
    struct columns_plan plan;
    lines_read read;
    void *user;
    struct lines *lines;
    struct arena *arena; // of the header
    struct columns *columns;
    struct ordinals *ordinals;
    struct bytes header;
};

int listing_new(enum lines_form form, const struct columns_plan *plan, lines_read read, void *user,
                struct listing **out_listing)
{
    struct listing *listing = calloc(1, sizeof *listing);
    if (listing == NULL) {
        return -ENOMEM;
    }
    listing->form = form;
    listing->plan = *plan;
    listing->read = read;
    listing->user = user;
    int fault = hash_ready();
    fault = fault == 0 ? arena_new(HEADER_ARENA_BYTES, &listing->arena) : fault;
    fault = fault == 0 ? ordinals_new(&listing->ordinals) : fault;
    fault = fault == 0 ? lines_new(form, read, user, &listing->lines) : fault;
    if (fault != 0) {
        listing_free(&listing);
        return fault;
    }
    *out_listing = listing;
    return 0;
}

void listing_free(struct listing **pointer)
{
    struct listing *listing = *pointer;
    if (listing != NULL) {
        arena_free(&listing->arena);
        ordinals_free(&listing->ordinals);
        lines_free(&listing->lines);
        free(listing);
        *pointer = NULL;
    }
}

struct bytes listing_header(const struct listing *listing)
{
    return listing->header;
}

// ------------------------------------------------------------------------------------------- a line

static enum mapping_outcome refuse(struct mapping_faults *faults, const char *code,
                                   const char *path, const char *text)
{
    if (text == NULL) {
        return MAPPING_NO_MEMORY;
    }
    faults->items[0] =
        (struct mapping_fault){.code = code, .path = path, .title = "", .text = text};
    faults->count = 1;
    return MAPPING_REFUSED;
}

static enum mapping_outcome refuse_encoding(const struct listing *listing,
                                            const struct lines_record *record,
                                            struct arena *arena, struct mapping_faults *faults)
{
    size_t at = lines_find_fault(listing->lines, record->raw);
    const char *encoding =
        lines_encoding(listing->lines) == RECODE_GB18030 ? "GB18030" : "UTF-8";
    return refuse(faults, "text", "",
                  arena_format(arena, "不是合法的 %s（文件的字节偏移 %llu）", encoding,
                               (unsigned long long)record->offset + at));
}

static enum mapping_outcome judge_cell(const struct listing *listing,
                                       const struct lines_record *record, struct bytes cell,
                                       size_t index, struct arena *arena,
                                       struct mapping_faults *faults)
{
    enum text_outcome outcome = text_check(cell, NULL);
    if (outcome == TEXT_OK) {
        return MAPPING_OK;
    }
    return outcome == TEXT_NOT_UTF8
               ? refuse_encoding(listing, record, arena, faults)
               : refuse(faults, "text",
                        listing->columns == NULL ? "" : columns_name(listing->columns, index),
                        mapping_text_fault(outcome));
}

// The cells as clean UTF-8.
static enum mapping_outcome convert_cells(const struct listing *listing,
                                          const struct lines_record *record, struct arena *arena,
                                          struct mapping_faults *faults, struct bytes **out_cells)
{
    struct bytes *cells = arena_take_array(arena, record->cell_count, sizeof *cells);
    enum mapping_outcome outcome = cells == NULL ? MAPPING_NO_MEMORY : MAPPING_OK;
    for (size_t i = 0; i < record->cell_count && outcome == MAPPING_OK; i++) {
        size_t offset;
        outcome = lines_convert(listing->lines, record->cells[i], arena, &cells[i], &offset)
                      ? judge_cell(listing, record, cells[i], i, arena, faults)
                      : refuse_encoding(listing, record, arena, faults);
    }
    *out_cells = cells;
    return outcome;
}

// The size of each piece stands before it, so that what is in one cell is not in the next.
static void hash_cells(const struct bytes *cells, size_t count, struct arena *arena,
                       struct digest *out_digest)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += sizeof(uint32_t) + cells[i].size;
    }
    uint8_t *joined = arena_take(arena, size);
    size_t at = 0;
    for (size_t i = 0; joined != NULL && i < count; i++) {
        text_put_u32(joined + at, (uint32_t)cells[i].size);
        memcpy(joined + at + sizeof(uint32_t), cells[i].data, cells[i].size);
        at += sizeof(uint32_t) + cells[i].size;
    }
    hash_sm3((struct bytes){joined, at}, out_digest);
}

static enum mapping_outcome name_by_digest(struct listing *listing, const struct bytes *cells,
                                           size_t count, struct arena *arena,
                                           const char **out_record)
{
    struct digest digest;
    hash_cells(cells, count, arena, &digest);
    uint64_t ordinal = ordinals_next(listing->ordinals, text_get_u64(digest.bytes));
    const char *hex = text_hex(arena, (struct bytes){digest.bytes, RECORD_DIGEST_BYTES});
    if (ordinal == 0 || hex == NULL || arena_was_short(arena)) {
        return MAPPING_NO_MEMORY;
    }
    *out_record = ordinal == 1 ? hex
                               : arena_format(arena, "%s-%llu", hex, (unsigned long long)ordinal);
    return *out_record == NULL ? MAPPING_NO_MEMORY : MAPPING_OK;
}

static enum mapping_outcome check_record(const struct listing *listing, const char *record,
                                         struct mapping_faults *faults)
{
    if (record == NULL || *record == '\0') {
        return refuse(faults, "required", listing->plan.key, "记录编号为空");
    }
    return strlen(record) <= RECORD_BYTES
               ? MAPPING_OK
               : refuse(faults, "limit", listing->plan.key, "记录编号超过 128 字节");
}

static enum mapping_outcome make_csv(struct listing *listing, const struct lines_record *record,
                                     struct arena *arena, struct mapping_faults *faults,
                                     const char **out_record, ProtobufCMessage **out_body)
{
    struct bytes *cells;
    size_t wanted = columns_count(listing->columns);
    if (record->cell_count != wanted) {
        return refuse(faults, "malformed", "",
                      arena_format(arena, "有 %zu 列，表头有 %zu 列", record->cell_count, wanted));
    }
    enum mapping_outcome outcome = convert_cells(listing, record, arena, faults, &cells);
    if (outcome == MAPPING_OK) {
        outcome = filling_make(listing->columns, cells, arena, faults, out_body);
    }
    if (outcome != MAPPING_OK) {
        return outcome;
    }
    if (listing->plan.key == NULL) {
        return name_by_digest(listing, cells, wanted, arena, out_record);
    }
    *out_record = arena_copy_text(arena, columns_key(listing->columns, cells));
    return check_record(listing, *out_record, faults);
}

static const char *find_json_key(const json_t *json, const char *path, struct arena *arena)
{
    char name[64];
    for (const char *at = path; json != NULL; at++) {
        size_t size = strcspn(at, ".");
        if (size >= sizeof name) {
            return NULL;
        }
        memcpy(name, at, size);
        name[size] = '\0';
        json = json_object_get(json, name);
        at += size;
        if (*at == '\0') {
            break;
        }
    }
    return json_is_string(json) ? arena_copy_text(arena, json_string_value(json)) : NULL;
}

static enum mapping_outcome make_jsonl(struct listing *listing, const struct lines_record *record,
                                       struct arena *arena, struct mapping_faults *faults,
                                       const char **out_record, ProtobufCMessage **out_body)
{
    struct bytes text;
    size_t offset;
    json_t *json = NULL;
    const struct kind *kind = listing->plan.kind;
    if (!lines_convert(listing->lines, record->cells[0], arena, &text, &offset) ||
        text_check(text, NULL) == TEXT_NOT_UTF8) {
        return refuse_encoding(listing, record, arena, faults);
    }
    enum mapping_outcome outcome =
        mapping_parse((const char *)text.data, text.size, arena, faults, &json);
    if (outcome == MAPPING_OK) {
        outcome = mapping_from_json(kind->descriptor, json, kind, arena, faults, out_body);
    }
    if (outcome == MAPPING_OK) {
        filling_complete(&listing->plan, *out_body);
        outcome = listing->plan.key == NULL
                      ? name_by_digest(listing, &text, 1, arena, out_record)
                      : MAPPING_OK;
    }
    if (outcome == MAPPING_OK && listing->plan.key != NULL) {
        *out_record = find_json_key(json, listing->plan.key, arena);
        outcome = check_record(listing, *out_record, faults);
    }
    json_decref(json);
    return outcome;
}

static enum mapping_outcome make_item(struct listing *listing, struct arena *arena,
                                      struct mapping_faults *faults, struct listing_item *item)
{
    ProtobufCMessage *body = NULL;
    enum mapping_outcome outcome =
        listing->form == LINES_CSV
            ? make_csv(listing, &item->line, arena, faults, &item->record, &body)
            : make_jsonl(listing, &item->line, arena, faults, &item->record, &body);
    if (outcome == MAPPING_OK) {
        item->body = decode_pack(body, arena);
        outcome = item->body.data == NULL ? MAPPING_NO_MEMORY : MAPPING_OK;
    }
    return outcome;
}

static enum listing_outcome name_outcome(enum mapping_outcome outcome)
{
    switch (outcome) {
    case MAPPING_OK:
        return LISTING_ITEM;
    case MAPPING_REFUSED:
        return LISTING_REFUSED;
    case MAPPING_NO_MEMORY:
        break;
    }
    return LISTING_NO_MEMORY;
}

static enum mapping_outcome refuse_line(const struct lines_record *line, struct arena *arena,
                                        struct mapping_faults *faults)
{
    const char *text = line->fault_number == line->number
                           ? line->fault
                           : arena_format(arena, "%s（在第 %llu 行）", line->fault,
                                          (unsigned long long)line->fault_number);
    return refuse(faults, line->raw.size == 0 ? "limit" : "malformed", "", text);
}

static enum mapping_outcome refuse_file(const struct lines_record *line, struct arena *arena,
                                        struct mapping_faults *faults)
{
    const char *where = arena_format(arena, "line %llu, byte offset %llu",
                                     (unsigned long long)line->fault_number,
                                     (unsigned long long)line->end_offset);
    return where == NULL ? MAPPING_NO_MEMORY : refuse(faults, "text", where, line->fault);
}

enum listing_outcome listing_next(struct listing *listing, struct arena *arena,
                                  struct mapping_faults *faults, struct listing_item *out_item)
{
    *out_item = (struct listing_item){0};
    faults->count = 0;
    switch (lines_next(listing->lines, &out_item->line)) {
    case LINES_RECORD:
        return name_outcome(make_item(listing, arena, faults, out_item));
    case LINES_REFUSED:
        return name_outcome(refuse_line(&out_item->line, arena, faults));
    case LINES_END:
        return LISTING_END;
    case LINES_UNREADABLE:
        return refuse_file(&out_item->line, arena, faults) == MAPPING_REFUSED ? LISTING_UNREADABLE
                                                                              : LISTING_NO_MEMORY;
    case LINES_FAILED:
        break;
    }
    return LISTING_FAILED;
}

// ---------------------------------------------------------------------------------- the whole of it

static enum lines_outcome find_encoding(struct lines *lines, struct lines_record *record)
{
    enum lines_outcome outcome;
    do {
        outcome = lines_next(lines, record);
    } while ((outcome == LINES_RECORD || outcome == LINES_REFUSED) &&
             lines_encoding(lines) == RECODE_ASCII);
    return outcome;
}

enum listing_outcome listing_survey(struct listing *listing, struct mapping_faults *faults)
{
    struct lines *lines = NULL;
    struct lines_record line;
    enum listing_outcome outcome = LISTING_END;
    faults->count = 0;
    if (lines_new(listing->form, listing->read, listing->user, &lines) != 0) {
        return LISTING_NO_MEMORY;
    }
    switch (find_encoding(lines, &line)) {
    case LINES_RECORD:
    case LINES_REFUSED:
    case LINES_END:
        break;
    case LINES_UNREADABLE:
        outcome = refuse_file(&line, listing->arena, faults) == MAPPING_REFUSED
                      ? LISTING_UNREADABLE
                      : LISTING_NO_MEMORY;
        break;
    case LINES_FAILED:
        outcome = LISTING_FAILED;
        break;
    }
    lines_free(&lines);
    return outcome;
}

// ----------------------------------------------------------------------------------------- the header

static enum mapping_outcome keep_header(struct listing *listing, struct bytes raw)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    size_t mark_bytes = lines_mark_bytes(listing->lines);
    uint8_t *header = arena_take(listing->arena, mark_bytes + raw.size);
    if (header == NULL) {
        return MAPPING_NO_MEMORY;
    }
    memcpy(header, mark, mark_bytes);
    memcpy(header + mark_bytes, raw.data, raw.size);
    listing->header = (struct bytes){header, mark_bytes + raw.size};
    return MAPPING_OK;
}

static enum mapping_outcome read_columns(struct listing *listing, const struct lines_record *line,
                                         struct mapping_faults *faults)
{
    struct bytes *cells;
    enum mapping_outcome outcome = convert_cells(listing, line, listing->arena, faults, &cells);
    if (outcome == MAPPING_OK) {
        outcome = columns_read(&listing->plan, cells, line->cell_count, listing->arena, faults,
                               &listing->columns);
    }
    return outcome == MAPPING_OK ? keep_header(listing, line->raw) : outcome;
}

enum listing_outcome listing_begin(struct listing *listing, struct mapping_faults *faults)
{
    struct lines_record line;
    faults->count = 0;
    if (listing->form == LINES_PLAIN) {
        return LISTING_ITEM;
    }
    switch (lines_next(listing->lines, &line)) {
    case LINES_RECORD:
        return name_outcome(read_columns(listing, &line, faults));
    case LINES_REFUSED:
        return name_outcome(refuse_line(&line, listing->arena, faults));
    case LINES_END:
        return name_outcome(refuse(faults, "malformed", "", "文件是空的"));
    case LINES_UNREADABLE:
        return refuse_file(&line, listing->arena, faults) == MAPPING_REFUSED
                   ? LISTING_UNREADABLE
                   : LISTING_NO_MEMORY;
    case LINES_FAILED:
        break;
    }
    return LISTING_FAILED;
}
