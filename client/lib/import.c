// SPDX-License-Identifier: Apache-2.0
#include "liaison/liaison.h"

#include <stdlib.h>
#include <string.h>

#include "lib/halt.h"
#include "lib/listing.h"
#include "lib/moment.h"
#include "lib/refusal.h"
#include "lib/rendering.h"
#include "lib/session.h"
#include "lib/slot.h"

// A list on its way: its items are sent in batches, of which many are under way at once, and what comes
// of each is told in the order of the lines. `listing` stands before it, liaison_submit_start and
// liaison_submit_finish behind it.
//
// Invariant: every line that was read is in one slot, and leaves it by being told of or by the run
// having stopped at it or before it.

enum {
    SLOTS = 32, // enough that neither side waits for the other
    SLOT_ARENA_BYTES = 64 << 20,
    GIVE_UP_MS = 1,
};

struct import {
    struct liaison_session *session;
    const struct liaison_import *list;
    struct columns_plan plan;
    struct listing *listing;
    bool is_at_end; // of the list
    struct halt halt;
    uint64_t told_number; // of the last line that was told of
    struct liaison_import_sum sum;
    size_t first; // of the slots under way
    size_t open;
    struct slot slots[SLOTS];
};

// ----------------------------------------------------------------------------------------- telling

// These say nothing of the line: the next one would be refused as well.
static bool is_of_the_run(const char *code)
{
    static const char *const codes[] = {"role",  "compact", "procedure",  "unknown-kind",
                                        "clock", "disk",    "addressing", "busy",
                                        "secret", "officer"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(codes[i], code) == 0) {
            return true;
        }
    }
    return false;
}

static void tell(struct import *import, struct liaison_line *line, const struct entry *entry)
{
    line->number = entry->number;
    line->last_number = entry->last_number;
    line->record = entry->record == NULL ? "" : entry->record;
    line->raw = entry->raw.size == 0 ? NULL : (const char *)entry->raw.data;
    line->raw_bytes = entry->raw.size;
    struct bytes header = listing_header(import->listing);
    line->header = (const char *)header.data;
    line->header_bytes = header.size;
    line->input_bytes = entry->end_offset;
    import->told_number = entry->last_number;
    import->sum.lines++;
    import->sum.refused += line->outcome == LIAISON_REFUSED;
    import->sum.held += line->acceptance == LIAISON_HELD;
    import->sum.accepted += line->acceptance == LIAISON_ACCEPTED;
    if (import->list->tell(import->list->user, line) == LIAISON_STOP) {
        halt_at(&import->halt, LIAISON_DONE, 0);
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
        halt_for_memory(&import->halt, entry->number);
    } else if (is_of_the_run(result->code)) {
        halt_refused(&import->halt, json_loads(refusal_json, 0, NULL), entry->number);
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
    halt_at(&import->halt, result->outcome, entry->number);
}

// Once it is stopped for want of an answer no other is waited for.
static enum liaison_outcome finish_batch(struct import *import, struct slot *slot)
{
    struct liaison_session *session = import->session;
    unsigned timeout_ms = session->timeout_ms;
    if (import->halt.is_stopped && import->halt.outcome == LIAISON_UNREACHABLE) {
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
        halt_as_told(&import->halt, import->session, outcome, 0);
    }
    for (size_t i = 0; i < slot->entry_count; i++) {
        tell_entry(import, slot, &slot->entries[i]);
    }
    slot_empty(slot);
    import->first = (import->first + 1) % SLOTS;
    import->open--;
}

// -------------------------------------------------------------------------------------- filling slots

static void take_item(struct import *import, struct slot *slot, const struct listing_item *item)
{
    if (slot_add_entry(slot, item) == NULL) {
        halt_for_memory(&import->halt, item->line.number);
    } else {
        slot_add_draft(slot, import->list, import->plan.kind, item);
    }
}

// A line that goes nowhere keeps what is wrong with it.
static void take_refused(struct import *import, struct slot *slot, const struct listing_item *item,
                         const struct mapping_faults *faults)
{
    json_t *refusal = refusal_of_mapping(faults);
    char *text = refusal == NULL ? NULL : rendering_text(refusal);
    json_decref(refusal);
    struct entry *entry = text == NULL ? NULL : slot_add_entry(slot, item);
    if (entry == NULL) {
        free(text);
        halt_for_memory(&import->halt, item->line.number);
        return;
    }
    entry->refusal_json = text;
}

// A list that cannot be read is not one line of it.
static json_t *refuse_list(const struct mapping_faults *faults, const char *text)
{
    json_t *refusal = refusal_of_mapping(faults);
    rendering_set(&refusal, "text", json_string(text));
    return refusal;
}

static void read_next(struct import *import, struct slot *slot)
{
    struct mapping_faults faults;
    struct listing_item item;
    switch (listing_next(import->listing, slot->arena, &faults, &item)) {
    case LISTING_ITEM:
        take_item(import, slot, &item);
        return;
    case LISTING_REFUSED:
        take_refused(import, slot, &item, &faults);
        return;
    case LISTING_END:
        import->is_at_end = true;
        return;
    case LISTING_UNREADABLE:
        halt_refused(&import->halt, refuse_list(&faults, "文件不能读取"), item.line.number);
        return;
    case LISTING_FAILED:
        halt_saying(&import->halt, "the list cannot be read on", item.line.number);
        return;
    case LISTING_NO_MEMORY:
        halt_for_memory(&import->halt, item.line.number);
        return;
    }
}

// The answers of a check are those of the call just made, so they are told at once.
static void check_slot(struct import *import, struct slot *slot)
{
    enum liaison_outcome outcome = liaison_submit_check(import->session, slot->drafts,
                                                        slot->draft_count, slot->results);
    if (outcome != LIAISON_DONE && outcome != LIAISON_REFUSED) {
        halt_as_told(&import->halt, import->session, outcome, slot->entries[0].number);
    }
    finish_slot(import);
}

static void send_slot(struct import *import, struct slot *slot)
{
    enum liaison_outcome outcome = liaison_submit_start(import->session, slot->drafts,
                                                        slot->draft_count, &slot->ticket);
    if (outcome != LIAISON_DONE) {
        halt_as_told(&import->halt, import->session, outcome, slot->entries[0].number);
        slot_empty(slot);
        import->open--;
    }
}

// Reads lines into a free slot and sends them off.
static void fill_slot(struct import *import)
{
    struct slot *slot = &import->slots[(import->first + import->open) % SLOTS];
    while (!import->is_at_end && !import->halt.is_stopped && !slot_is_full(slot)) {
        read_next(import, slot);
    }
    import->open++;
    if (slot->draft_count == 0) {
        return;
    }
    if (import->list->purpose == LIAISON_IMPORT_CHECK) {
        check_slot(import, slot);
    } else {
        send_slot(import, slot);
    }
}

// ------------------------------------------------------------------------------------------ the run

// What is said before the first line is read.
static enum liaison_outcome judge(struct import *import, enum listing_outcome outcome,
                                  const struct mapping_faults *faults)
{
    switch (outcome) {
    case LISTING_ITEM:
    case LISTING_END:
        return LIAISON_DONE;
    case LISTING_REFUSED:
        return session_refuse_json(import->session, refuse_list(faults, "表头有误"));
    case LISTING_UNREADABLE:
        return session_refuse_json(import->session, refuse_list(faults, "文件不能读取"));
    case LISTING_FAILED:
        return session_fail(import->session, LIAISON_FAILED, "the list cannot be read");
    case LISTING_NO_MEMORY:
        break;
    }
    return session_no_memory(import->session);
}

// A list that can be read twice is in some encoding, as a whole, before anything of it is published.
static enum liaison_outcome survey(struct import *import)
{
    const struct liaison_import *list = import->list;
    struct mapping_faults faults;
    if (list->rewind == NULL) {
        return LIAISON_DONE;
    }
    enum liaison_outcome outcome =
        judge(import, listing_survey(import->listing, &faults), &faults);
    if (outcome == LIAISON_DONE && list->rewind(list->user) < 0) {
        outcome = session_fail(import->session, LIAISON_FAILED, "the list cannot be read twice");
    }
    return outcome;
}

static enum liaison_outcome read_header(struct import *import)
{
    struct mapping_faults faults;
    enum liaison_outcome outcome = survey(import);
    return outcome == LIAISON_DONE
               ? judge(import, listing_begin(import->listing, &faults), &faults)
               : outcome;
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
        strlen(system) > LISTING_SYSTEM_BYTES) {
        return session_fail(session, LIAISON_USAGE, "a list needs a name of at most %d bytes",
                            LISTING_SYSTEM_BYTES);
    }
    if (list->form == LIAISON_LIST_JSONL && list->map_count > 0) {
        return session_fail(session, LIAISON_USAGE, "JSON has no columns to map");
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
    const struct liaison_import *list = import->list;
    bool taken = listing_new(list->form == LIAISON_LIST_CSV ? LINES_CSV : LINES_PLAIN,
                             &import->plan, list->read, list->user, &import->listing) == 0;
    for (size_t i = 0; taken && i < SLOTS; i++) {
        taken = arena_new(SLOT_ARENA_BYTES, &import->slots[i].arena) == 0;
    }
    return taken;
}

static void free_import(struct import *import)
{
    for (size_t i = 0; i < SLOTS; i++) {
        slot_empty(&import->slots[i]);
        arena_free(&import->slots[i].arena);
    }
    listing_free(&import->listing);
    halt_done(&import->halt);
    free(import);
}

static void run(struct import *import)
{
    while (!import->halt.is_stopped && !import->is_at_end) {
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
    if (!import->halt.is_stopped || import->halt.outcome == LIAISON_DONE) {
        (void)session_begin(session);
        if (!import->is_at_end && import->halt.number == 0) {
            import->halt.number = import->told_number + 1;
        }
        return import->sum.refused > 0 ? LIAISON_REFUSED : LIAISON_DONE;
    }
    return halt_tell(&import->halt, session);
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
    outcome = take_memory(import) ? read_header(import) : session_no_memory(session);
    if (outcome == LIAISON_DONE) {
        run(import);
        outcome = conclude(import);
        *out_sum = import->sum;
        out_sum->stopped_at = import->halt.number;
    }
    free_import(import);
    return outcome;
}

enum liaison_outcome liaison_moment(const char *text, int64_t *out_instant)
{
    return moment_parse(text, out_instant) ? LIAISON_DONE : LIAISON_USAGE;
}
