// SPDX-License-Identifier: Apache-2.0
#include "liaison/liaison.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/columns.h"
#include "lib/lines.h"
#include "lib/moment.h"
#include "lib/ordinals.h"
#include "lib/refusal.h"
#include "lib/rendering.h"
#include "lib/session.h"
#include "wire/decode.h"
#include "wire/hash.h"

// A list on its way: lines are read, made drafts and sent in batches, of which many are under way at
// once; what comes of each is told in the order of the lines. `lines`, `columns` and `ordinals` stand
// before it, liaison_submit_start and liaison_submit_finish behind it.
//
// Invariant: every line that was read is in one slot, and leaves it by being told of or by the run
// having stopped at it or before it.

enum {
    // One request each (lib/batch.c), and enough of them that neither side waits for the other.
    SLOT_DRAFTS = 64,
    SLOTS = 32,
    // Lines of a slot that are refused here come on top.
    SLOT_ENTRIES = 256,
    SLOT_RAW_BYTES = 192 << 10,
    SLOT_ARENA_BYTES = 64 << 20,
    HEADER_ARENA_BYTES = 8 << 20,
    // Both together are a key of the daemon's store (LIMIT_SOURCE_BYTES).
    NAME_BYTES = 128,
    RECORD_DIGEST_BYTES = 16,
    GIVE_UP_MS = 1,
};

struct entry {
    uint64_t number;
    uint64_t last_number;
    uint64_t end_offset;
    struct bytes raw;
    const char *record;
    char *refusal_json; // the library's, for free; NULL: it is a draft
    size_t draft;
};

struct slot {
    struct arena *arena;
    uint64_t ticket;
    size_t draft_count;
    size_t entry_count;
    size_t raw_bytes;
    struct liaison_draft drafts[SLOT_DRAFTS];
    struct liaison_result results[SLOT_DRAFTS];
    struct entry entries[SLOT_ENTRIES];
};

struct import {
    struct liaison_session *session;
    const struct liaison_import *list;
    struct columns_plan plan;
    struct lines *lines;
    struct arena *arena; // of the header
    struct columns *columns;
    struct ordinals *ordinals;
    struct bytes header;
    bool is_at_end; // of the list
    bool is_stopped;
    enum liaison_outcome outcome; // why it was stopped
    char *error_text;             // and in words, for free
    json_t *refusal;
    uint64_t told_number; // of the last line that was told of
    struct liaison_import_sum sum;
    size_t first; // of the slots under way
    size_t open;
    struct slot slots[SLOTS];
};

// ---------------------------------------------------------------------------------------- stopping

// The first reason counts, and the earliest line.
static void stop(struct import *import, enum liaison_outcome outcome, uint64_t number)
{
    if (!import->is_stopped) {
        import->outcome = outcome;
    }
    import->is_stopped = true;
    if (number != 0 && (import->sum.stopped_at == 0 || number < import->sum.stopped_at)) {
        import->sum.stopped_at = number;
    }
}

static void stop_for_memory(struct import *import, uint64_t number)
{
    if (!import->is_stopped) {
        import->error_text = strdup("out of memory");
    }
    stop(import, LIAISON_FAILED, number);
}

static void stop_refused(struct import *import, json_t *refusal, uint64_t number)
{
    if (!import->is_stopped) {
        import->refusal = json_incref(refusal);
    }
    json_decref(refusal);
    stop(import, LIAISON_REFUSED, number);
}

// As the session tells it.
static void stop_as_told(struct import *import, enum liaison_outcome outcome, uint64_t number)
{
    if (!import->is_stopped) {
        const char *refusal = liaison_refusal_json(import->session);
        import->refusal = refusal == NULL ? NULL : json_loads(refusal, 0, NULL);
        import->error_text = strdup(liaison_error_text(import->session));
    }
    stop(import, outcome, number);
}

// These say nothing of the line: the next one would be refused as well.
static bool is_of_the_run(const char *code)
{
    static const char *const codes[] = {"role",  "compact", "procedure",  "unknown-kind",
                                        "clock", "disk",    "addressing", "busy",
                                        "secret"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(codes[i], code) == 0) {
            return true;
        }
    }
    return false;
}

// ----------------------------------------------------------------------------------------- telling

static void tell(struct import *import, struct liaison_line *line, const struct entry *entry)
{
    line->number = entry->number;
    line->last_number = entry->last_number;
    line->record = entry->record == NULL ? "" : entry->record;
    line->raw = entry->raw.size == 0 ? NULL : (const char *)entry->raw.data;
    line->raw_bytes = entry->raw.size;
    line->header = (const char *)import->header.data;
    line->header_bytes = import->header.size;
    line->input_bytes = entry->end_offset;
    import->told_number = entry->last_number;
    import->sum.lines++;
    import->sum.refused += line->outcome == LIAISON_REFUSED;
    import->sum.held += line->acceptance == LIAISON_HELD;
    import->sum.accepted += line->acceptance == LIAISON_ACCEPTED;
    if (import->list->tell(import->list->user, line) == LIAISON_STOP) {
        stop(import, LIAISON_DONE, 0);
    }
}

// The refusal of one draft of the batch finished last, as text for free.
static char *take_refusal(struct import *import, size_t draft)
{
    char *text = NULL;
    if (liaison_result_json(import->session, draft, &text) != LIAISON_DONE) {
        return NULL;
    }
    json_t *answer = json_loads(text, 0, NULL);
    free(text);
    char *refusal = rendering_text(json_object_get(answer, "refusal"));
    json_decref(answer);
    return refusal;
}

static void tell_refused(struct import *import, const struct entry *entry,
                         const struct liaison_result *result)
{
    char *refusal_json = take_refusal(import, entry->draft);
    struct liaison_line line = {
        .outcome = LIAISON_REFUSED, .id = "", .refusal_json = refusal_json};
    if (refusal_json == NULL) {
        stop_for_memory(import, entry->number);
    } else if (is_of_the_run(result->code)) {
        stop_refused(import, json_loads(refusal_json, 0, NULL), entry->number);
    } else {
        tell(import, &line, entry);
    }
    free(refusal_json);
}

static void tell_entry(struct import *import, const struct slot *slot, const struct entry *entry)
{
    struct liaison_line line = {
        .outcome = LIAISON_REFUSED, .id = "", .refusal_json = entry->refusal_json};
    if (entry->refusal_json != NULL) {
        tell(import, &line, entry);
        return;
    }
    const struct liaison_result *result = &slot->results[entry->draft];
    switch (result->outcome) {
    case LIAISON_DONE:
        line = (struct liaison_line){.outcome = LIAISON_DONE,
                                     .acceptance = result->acceptance,
                                     .id = result->id};
        tell(import, &line, entry);
        return;
    case LIAISON_REFUSED:
        tell_refused(import, entry, result);
        return;
    case LIAISON_USAGE:
    case LIAISON_UNDETERMINED:
    case LIAISON_UNREACHABLE:
    case LIAISON_FAILED:
        break;
    }
    stop(import, result->outcome, entry->number);
}

static void empty_slot(struct slot *slot)
{
    for (size_t i = 0; i < slot->entry_count; i++) {
        free(slot->entries[i].refusal_json);
    }
    slot->draft_count = slot->entry_count = slot->raw_bytes = 0;
    if (slot->arena != NULL) {
        arena_reset(slot->arena);
    }
}

// Once it is stopped for want of an answer no other is waited for.
static enum liaison_outcome finish_batch(struct import *import, struct slot *slot)
{
    struct liaison_session *session = import->session;
    unsigned timeout_ms = session->timeout_ms;
    if (import->is_stopped && import->outcome == LIAISON_UNREACHABLE) {
        session->timeout_ms = GIVE_UP_MS;
    }
    enum liaison_outcome outcome =
        liaison_submit_finish(session, slot->ticket, slot->results, slot->draft_count);
    session->timeout_ms = timeout_ms;
    return outcome;
}

// Tells of the oldest slot under way.
static void finish_slot(struct import *import)
{
    struct slot *slot = &import->slots[import->first];
    enum liaison_outcome outcome = LIAISON_DONE;
    if (slot->draft_count > 0 && import->list->purpose == LIAISON_IMPORT_PUBLISH) {
        outcome = finish_batch(import, slot);
    }
    if (outcome != LIAISON_DONE && outcome != LIAISON_REFUSED) {
        stop_as_told(import, outcome, 0);
    }
    for (size_t i = 0; i < slot->entry_count; i++) {
        tell_entry(import, slot, &slot->entries[i]);
    }
    empty_slot(slot);
    import->first = (import->first + 1) % SLOTS;
    import->open--;
}

// ----------------------------------------------------------------------------------- making a draft

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

static enum mapping_outcome refuse_encoding(const struct import *import,
                                            const struct lines_record *record,
                                            struct arena *arena, struct mapping_faults *faults)
{
    size_t at = lines_find_fault(import->lines, record->raw);
    const char *encoding =
        lines_encoding(import->lines) == RECODE_GB18030 ? "GB18030" : "UTF-8";
    return refuse(faults, "text", "",
                  arena_format(arena, "不是合法的 %s（文件的字节偏移 %llu）", encoding,
                               (unsigned long long)record->offset + at));
}

static enum mapping_outcome judge_cell(const struct import *import,
                                       const struct lines_record *record, struct bytes cell,
                                       size_t index, struct arena *arena,
                                       struct mapping_faults *faults)
{
    enum text_outcome outcome = text_check(cell, NULL);
    if (outcome == TEXT_OK) {
        return MAPPING_OK;
    }
    return outcome == TEXT_NOT_UTF8
               ? refuse_encoding(import, record, arena, faults)
               : refuse(faults, "text",
                        import->columns == NULL ? "" : columns_name(import->columns, index),
                        mapping_text_fault(outcome));
}

// The cells as clean UTF-8.
static enum mapping_outcome convert_cells(const struct import *import,
                                          const struct lines_record *record, struct arena *arena,
                                          struct mapping_faults *faults, struct bytes **out_cells)
{
    struct bytes *cells = arena_take_array(arena, record->cell_count, sizeof *cells);
    enum mapping_outcome outcome = cells == NULL ? MAPPING_NO_MEMORY : MAPPING_OK;
    for (size_t i = 0; i < record->cell_count && outcome == MAPPING_OK; i++) {
        size_t offset;
        outcome = lines_convert(import->lines, record->cells[i], arena, &cells[i], &offset)
                      ? judge_cell(import, record, cells[i], i, arena, faults)
                      : refuse_encoding(import, record, arena, faults);
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

static enum mapping_outcome name_by_digest(struct import *import, const struct bytes *cells,
                                           size_t count, struct arena *arena,
                                           const char **out_record)
{
    struct digest digest;
    hash_cells(cells, count, arena, &digest);
    uint64_t ordinal = ordinals_next(import->ordinals, text_get_u64(digest.bytes));
    const char *hex = text_hex(arena, (struct bytes){digest.bytes, RECORD_DIGEST_BYTES});
    if (ordinal == 0 || hex == NULL || arena_was_short(arena)) {
        return MAPPING_NO_MEMORY;
    }
    *out_record = ordinal == 1 ? hex
                               : arena_format(arena, "%s-%llu", hex, (unsigned long long)ordinal);
    return *out_record == NULL ? MAPPING_NO_MEMORY : MAPPING_OK;
}

static enum mapping_outcome check_record(const struct import *import, const char *record,
                                         struct mapping_faults *faults)
{
    if (record == NULL || *record == '\0') {
        return refuse(faults, "required", import->list->key, "记录编号为空");
    }
    return strlen(record) <= NAME_BYTES
               ? MAPPING_OK
               : refuse(faults, "limit", import->list->key, "记录编号超过 128 字节");
}

static enum mapping_outcome make_csv(struct import *import, const struct lines_record *record,
                                     struct arena *arena, struct mapping_faults *faults,
                                     const char **out_record, ProtobufCMessage **out_body)
{
    struct bytes *cells;
    size_t wanted = columns_count(import->columns);
    if (record->cell_count != wanted) {
        return refuse(faults, "malformed", "",
                      arena_format(arena, "有 %zu 列，表头有 %zu 列", record->cell_count, wanted));
    }
    enum mapping_outcome outcome = convert_cells(import, record, arena, faults, &cells);
    if (outcome == MAPPING_OK) {
        outcome = columns_make(import->columns, cells, arena, faults, out_body);
    }
    if (outcome != MAPPING_OK) {
        return outcome;
    }
    if (import->list->key == NULL) {
        return name_by_digest(import, cells, wanted, arena, out_record);
    }
    *out_record = arena_copy_text(arena, columns_key(import->columns, cells));
    return check_record(import, *out_record, faults);
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

static enum mapping_outcome make_jsonl(struct import *import, const struct lines_record *record,
                                       struct arena *arena, struct mapping_faults *faults,
                                       const char **out_record, ProtobufCMessage **out_body)
{
    struct bytes text;
    size_t offset;
    json_t *json = NULL;
    const struct kind *kind = import->plan.kind;
    if (!lines_convert(import->lines, record->cells[0], arena, &text, &offset) ||
        text_check(text, NULL) == TEXT_NOT_UTF8) {
        return refuse_encoding(import, record, arena, faults);
    }
    enum mapping_outcome outcome =
        mapping_parse((const char *)text.data, text.size, arena, faults, &json);
    if (outcome == MAPPING_OK) {
        outcome = mapping_from_json(kind->descriptor, json, kind, arena, faults, out_body);
    }
    if (outcome == MAPPING_OK) {
        columns_fill(&import->plan, *out_body);
        outcome = import->list->key == NULL
                      ? name_by_digest(import, &text, 1, arena, out_record)
                      : MAPPING_OK;
    }
    if (outcome == MAPPING_OK && import->list->key != NULL) {
        *out_record = find_json_key(json, import->list->key, arena);
        outcome = check_record(import, *out_record, faults);
    }
    json_decref(json);
    return outcome;
}

static void add_draft(const struct import *import, struct slot *slot, const char *record,
                      struct bytes body)
{
    const struct liaison_import *list = import->list;
    slot->drafts[slot->draft_count++] = (struct liaison_draft){
        .kind = import->plan.kind->name,
        .source_system = list->source_system,
        .source_record = record,
        .compact = list->compact,
        .handling = list->handling,
        .officers = list->officers,
        .officer_count = list->officer_count,
        .drill = list->drill,
        .body = body.data,
        .body_bytes = body.size,
    };
}

// -------------------------------------------------------------------------------------- filling slots

static struct entry *add_entry(struct slot *slot, const struct lines_record *record)
{
    struct entry *entry = &slot->entries[slot->entry_count];
    struct bytes raw = arena_copy_bytes(slot->arena, record->raw);
    if (raw.data == NULL) {
        return NULL;
    }
    *entry = (struct entry){.number = record->number,
                            .last_number = record->last_number,
                            .end_offset = record->end_offset,
                            .raw = raw};
    slot->entry_count++;
    slot->raw_bytes += raw.size;
    return entry;
}

// A line that goes nowhere keeps what is wrong with it.
static void refuse_entry(struct import *import, struct slot *slot,
                         const struct mapping_faults *faults)
{
    struct entry *entry = &slot->entries[slot->entry_count - 1];
    json_t *refusal = refusal_of_mapping(faults);
    entry->refusal_json = refusal == NULL ? NULL : rendering_text(refusal);
    json_decref(refusal);
    if (entry->refusal_json == NULL) {
        slot->entry_count--;
        stop_for_memory(import, entry->number);
    }
}

static void take_broken(struct import *import, struct slot *slot,
                        const struct lines_record *record)
{
    struct mapping_faults faults = {0};
    const char *text = record->fault_number == record->number
                           ? record->fault
                           : arena_format(slot->arena, "%s（在第 %llu 行）", record->fault,
                                          (unsigned long long)record->fault_number);
    const char *code = record->raw.size == 0 ? "limit" : "malformed";
    if (text == NULL || add_entry(slot, record) == NULL) {
        stop_for_memory(import, record->number);
        return;
    }
    (void)refuse(&faults, code, "", text);
    refuse_entry(import, slot, &faults);
}

static void take_record(struct import *import, struct slot *slot,
                        const struct lines_record *record)
{
    struct mapping_faults faults = {0};
    ProtobufCMessage *body = NULL;
    struct entry *entry = add_entry(slot, record);
    if (entry == NULL) {
        stop_for_memory(import, record->number);
        return;
    }
    enum mapping_outcome outcome =
        import->list->form == LIAISON_LIST_CSV
            ? make_csv(import, record, slot->arena, &faults, &entry->record, &body)
            : make_jsonl(import, record, slot->arena, &faults, &entry->record, &body);
    struct bytes packed = {0};
    if (outcome == MAPPING_OK) {
        packed = decode_pack(body, slot->arena);
        outcome = packed.data == NULL ? MAPPING_NO_MEMORY : MAPPING_OK;
    }
    switch (outcome) {
    case MAPPING_OK:
        entry->draft = slot->draft_count;
        add_draft(import, slot, entry->record, packed);
        return;
    case MAPPING_REFUSED:
        refuse_entry(import, slot, &faults);
        return;
    case MAPPING_NO_MEMORY:
        slot->entry_count--;
        stop_for_memory(import, record->number);
        return;
    }
}

static void refuse_file(struct import *import, const struct lines_record *record)
{
    json_t *refusal = refusal_new("text", "文件不能读取");
    char *where = NULL;
    if (asprintf(&where, "line %llu, byte offset %llu",
                 (unsigned long long)record->fault_number,
                 (unsigned long long)record->end_offset) < 0) {
        where = NULL;
    }
    refusal_add(&refusal, where == NULL ? "" : where, "", record->fault, "");
    free(where);
    if (refusal == NULL) {
        stop_for_memory(import, record->number);
    } else {
        stop_refused(import, refusal, record->number);
    }
}

static bool is_full(const struct slot *slot)
{
    return slot->draft_count == SLOT_DRAFTS || slot->entry_count == SLOT_ENTRIES ||
           slot->raw_bytes >= SLOT_RAW_BYTES;
}

static void read_next(struct import *import, struct slot *slot)
{
    struct lines_record record;
    switch (lines_next(import->lines, &record)) {
    case LINES_RECORD:
        take_record(import, slot, &record);
        return;
    case LINES_REFUSED:
        take_broken(import, slot, &record);
        return;
    case LINES_END:
        import->is_at_end = true;
        return;
    case LINES_UNREADABLE:
        refuse_file(import, &record);
        return;
    case LINES_FAILED:
        if (!import->is_stopped) {
            import->error_text = strdup("the list cannot be read on");
        }
        stop(import, LIAISON_FAILED, record.number);
        return;
    }
}

// Reads lines into a free slot and sends them off.
static void fill_slot(struct import *import)
{
    struct slot *slot = &import->slots[(import->first + import->open) % SLOTS];
    enum liaison_outcome outcome = LIAISON_DONE;
    while (!import->is_at_end && !import->is_stopped && !is_full(slot)) {
        read_next(import, slot);
    }
    import->open++;
    if (slot->draft_count == 0) {
        return;
    }
    if (import->list->purpose == LIAISON_IMPORT_CHECK) {
        outcome = liaison_submit_check(import->session, slot->drafts, slot->draft_count,
                                       slot->results);
        outcome = outcome == LIAISON_REFUSED ? LIAISON_DONE : outcome;
        if (outcome != LIAISON_DONE) {
            stop_as_told(import, outcome, slot->entries[0].number);
        }
        finish_slot(import); // whose answers are those of the call just made
        return;
    }
    outcome = liaison_submit_start(import->session, slot->drafts, slot->draft_count,
                                   &slot->ticket);
    if (outcome != LIAISON_DONE) {
        stop_as_told(import, outcome, slot->entries[0].number);
        empty_slot(slot);
        import->open--;
    }
}

// ------------------------------------------------------------------------------------------ the run

static enum liaison_outcome refuse_header(struct import *import,
                                          const struct mapping_faults *faults)
{
    json_t *refusal = refusal_new("value", "表头有误");
    for (size_t i = 0; i < faults->count; i++) {
        const struct mapping_fault *fault = &faults->items[i];
        refusal_add(&refusal, fault->path, fault->title, fault->text, "");
    }
    return session_refuse_json(import->session, refusal);
}

static enum liaison_outcome keep_header(struct import *import, struct bytes raw)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    size_t mark_bytes = lines_mark_bytes(import->lines);
    uint8_t *header = arena_take(import->arena, mark_bytes + raw.size);
    if (header == NULL) {
        return session_no_memory(import->session);
    }
    memcpy(header, mark, mark_bytes);
    memcpy(header + mark_bytes, raw.data, raw.size);
    import->header = (struct bytes){header, mark_bytes + raw.size};
    return LIAISON_DONE;
}

static enum liaison_outcome read_header(struct import *import)
{
    struct lines_record record;
    struct mapping_faults faults = {0};
    struct bytes *cells;
    enum lines_outcome read = lines_next(import->lines, &record);
    if (read == LINES_UNREADABLE) {
        refuse_file(import, &record);
        return LIAISON_DONE;
    }
    if (read == LINES_FAILED) {
        return session_fail(import->session, LIAISON_FAILED, "the list cannot be read");
    }
    if (read != LINES_RECORD) {
        (void)refuse(&faults, "malformed", "", read == LINES_END ? "文件是空的" : record.fault);
        return refuse_header(import, &faults);
    }
    enum mapping_outcome outcome =
        convert_cells(import, &record, import->arena, &faults, &cells);
    if (outcome == MAPPING_OK) {
        outcome = columns_read(&import->plan, cells, record.cell_count, import->arena, &faults,
                               &import->columns);
    }
    switch (outcome) {
    case MAPPING_OK:
        return keep_header(import, record.raw);
    case MAPPING_REFUSED:
        return refuse_header(import, &faults);
    case MAPPING_NO_MEMORY:
        break;
    }
    return session_no_memory(import->session);
}

static enum liaison_outcome read_plan(struct liaison_session *session,
                                      const struct liaison_import *list,
                                      struct columns_plan *out_plan)
{
    const char *name = list->kind == NULL ? "info.shared" : list->kind;
    const struct kind *kind = kinds_find(name);
    const char *system = list->source_system;
    if (kind == NULL || (kind->marks & KIND_PUBLISHABLE) == 0) {
        return session_fail(session, LIAISON_USAGE, "%s is no kind that can be published", name);
    }
    if (list->read == NULL || list->tell == NULL || system == NULL || *system == '\0' ||
        strlen(system) > NAME_BYTES) {
        return session_fail(session, LIAISON_USAGE, "a list needs a name of at most %d bytes",
                            NAME_BYTES);
    }
    for (size_t i = 0; i < list->map_count; i++) {
        if (strchr(list->maps[i], '=') == NULL) {
            return session_fail(session, LIAISON_USAGE, "%s is not COLUMN=FIELD", list->maps[i]);
        }
    }
    *out_plan = (struct columns_plan){
        .kind = kind,
        .key = list->key,
        .maps = list->maps,
        .map_count = list->map_count,
        .defaults = {list->category, list->region, list->formed_at},
    };
    return LIAISON_DONE;
}

static bool take_memory(struct import *import)
{
    bool taken = hash_ready() == 0 && arena_new(HEADER_ARENA_BYTES, &import->arena) == 0 &&
                 ordinals_new(&import->ordinals) == 0 &&
                 lines_new(import->list->form == LIAISON_LIST_CSV ? LINES_CSV : LINES_PLAIN,
                           import->list->read, import->list->user, &import->lines) == 0;
    for (size_t i = 0; taken && i < SLOTS; i++) {
        taken = arena_new(SLOT_ARENA_BYTES, &import->slots[i].arena) == 0;
    }
    return taken;
}

static void free_import(struct import *import)
{
    for (size_t i = 0; i < SLOTS; i++) {
        empty_slot(&import->slots[i]);
        arena_free(&import->slots[i].arena);
    }
    arena_free(&import->arena);
    ordinals_free(&import->ordinals);
    lines_free(&import->lines);
    json_decref(import->refusal);
    free(import->error_text);
    free(import);
}

static void run(struct import *import)
{
    while (!import->is_stopped && !import->is_at_end) {
        if (import->open == SLOTS) {
            finish_slot(import);
        }
        fill_slot(import);
    }
    while (import->open > 0) {
        finish_slot(import);
    }
}

// What the session tells afterwards is what ended the run, and not what came after it.
static enum liaison_outcome conclude(struct import *import)
{
    struct liaison_session *session = import->session;
    if (!import->is_stopped || import->outcome == LIAISON_DONE) {
        (void)session_begin(session);
        if (!import->is_at_end && import->sum.stopped_at == 0) {
            import->sum.stopped_at = import->told_number + 1;
        }
        return import->sum.refused > 0 ? LIAISON_REFUSED : LIAISON_DONE;
    }
    if (import->refusal != NULL) {
        return session_refuse_json(session, json_incref(import->refusal));
    }
    return session_fail(session, import->outcome, "%s",
                        import->error_text == NULL ? "" : import->error_text);
}

enum liaison_outcome liaison_import(struct liaison_session *session,
                                    const struct liaison_import *list,
                                    struct liaison_import_sum *out_sum)
{
    struct columns_plan plan;
    *out_sum = (struct liaison_import_sum){0};
    enum liaison_outcome outcome = session_begin(session);
    if (outcome == LIAISON_DONE) {
        outcome = read_plan(session, list, &plan);
    }
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    struct import *import = calloc(1, sizeof *import);
    if (import == NULL) {
        return session_no_memory(session);
    }
    import->session = session;
    import->list = list;
    import->plan = plan;
    outcome = take_memory(import) ? LIAISON_DONE : session_no_memory(session);
    if (outcome == LIAISON_DONE && list->form == LIAISON_LIST_CSV) {
        outcome = read_header(import);
    }
    if (outcome == LIAISON_DONE) {
        run(import);
        outcome = conclude(import);
        *out_sum = import->sum;
    }
    free_import(import);
    return outcome;
}

enum liaison_outcome liaison_moment(const char *text, int64_t *out_instant)
{
    return moment_parse(text, out_instant) ? LIAISON_DONE : LIAISON_USAGE;
}
