// SPDX-License-Identifier: Apache-2.0
#include "lib/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/ask.h"
#include "lib/refusal.h"
#include "wire/decode.h"
#include "wire/identity.h"
#include "wire/text.h"

enum {
    // Drafts of one request: an answer with a few duties each stays within a frame, and a daemon's turn is not held up.
    DRAFTS_A_REQUEST = 64,
    // Bytes of one request, well under a frame: a draft of the largest body still fits beside others.
    REQUEST_BYTES = 256 << 10,
    MOST_DRAFTS = 1 << 20,
};

// What was sent for a run of drafts.
struct shipment {
    size_t first;
    size_t count;
    struct exchange *exchange;
};

struct batch {
    struct batch *next;
    uint64_t ticket;
    size_t count;
    uint8_t (*ids)[ID_BYTES];
    const Control__SubmittedOne **answers; // NULL: undecided. In the exchanges' memory
    const Control__Refusal **refusals;     // of a whole request
    struct shipment *shipments;
    size_t shipment_count;
};

static void free_batch(struct liaison_session *session, struct batch **pointer)
{
    struct batch *batch = *pointer;
    if (batch == NULL) {
        return;
    }
    for (size_t i = 0; i < batch->shipment_count; i++) {
        exchange_free(&session->queue, &batch->shipments[i].exchange);
    }
    free(batch->shipments);
    free(batch->refusals);
    free(batch->answers);
    free(batch->ids);
    free(batch);
    *pointer = NULL;
}

void draft_free_all(struct liaison_session *session)
{
    while (session->batches != NULL) {
        struct batch *batch = session->batches;
        session->batches = batch->next;
        free_batch(session, &batch);
    }
    free_batch(session, &session->finished);
}

static struct batch *new_batch(size_t count)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        return NULL;
    }
    batch->count = count;
    batch->ids = calloc(count, sizeof *batch->ids);
    batch->answers = calloc(count, sizeof *batch->answers);
    batch->refusals = calloc(count, sizeof *batch->refusals);
    batch->shipments = calloc(count, sizeof *batch->shipments);
    if (batch->ids == NULL || batch->answers == NULL || batch->refusals == NULL || batch->shipments == NULL) {
        free(batch->ids);
        free(batch->answers);
        free(batch->refusals);
        free(batch->shipments);
        free(batch);
        return NULL;
    }
    return batch;
}

// ------------------------------------------------------------------------------------------------------ making drafts

static enum liaison_outcome encode_json_body(struct liaison_session *session, const struct liaison_draft *draft,
                                             const struct kind *kind, struct bytes *out_body)
{
    struct mapping_faults faults = {0};
    json_t *json = NULL;
    ProtobufCMessage *body = NULL;
    enum mapping_outcome outcome =
        mapping_parse(draft->body_json, strlen(draft->body_json), session->arena, &faults, &json);
    if (outcome == MAPPING_OK) {
        outcome = mapping_from_json(kind->descriptor, json, kind, session->arena, &faults, &body);
    }
    json_decref(json);
    switch (outcome) {
    case MAPPING_OK:
        *out_body = decode_pack(body, session->arena);
        return out_body->data == NULL ? session_no_memory(session) : LIAISON_DONE;
    case MAPPING_REFUSED:
        return session_refuse_json(session, refusal_of_mapping(&faults));
    case MAPPING_NO_MEMORY:
        break;
    }
    return session_no_memory(session);
}

static enum liaison_outcome encode_body(struct liaison_session *session, const struct liaison_draft *draft,
                                        Control__Draft *out_draft)
{
    struct bytes body = {draft->body, draft->body_bytes};
    const struct kind *kind = draft->kind == NULL ? NULL : kinds_find(draft->kind);
    if (kind == NULL || kind->class == KIND_MACHINE) {
        return session_refuse_json(session, refusal_new("unknown-kind", "没有这个文书种类"));
    }
    if (draft->body_json != NULL && kind->descriptor != NULL) {
        enum liaison_outcome outcome = encode_json_body(session, draft, kind, &body);
        if (outcome != LIAISON_DONE) {
            return outcome;
        }
    }
    out_draft->body = (ProtobufCBinaryData){.len = body.size, .data = (uint8_t *)body.data};
    return LIAISON_DONE;
}

static enum liaison_outcome put_id(struct liaison_session *session, const char *text, const char *what,
                                   ProtobufCBinaryData *out_id)
{
    if (text == NULL) {
        return LIAISON_DONE;
    }
    uint8_t *id = arena_take(session->arena, ID_BYTES);
    if (id == NULL) {
        return session_no_memory(session);
    }
    if (!identity_parse_id(text, id)) {
        return session_fail(session, LIAISON_USAGE, "%s is not a UUID", what);
    }
    *out_id = (ProtobufCBinaryData){.len = ID_BYTES, .data = id};
    return LIAISON_DONE;
}

static void put_text(const char *text, char **out_text)
{
    if (text != NULL) {
        *out_text = (char *)text;
    }
}

static bool is_fine(const char *text)
{
    return text_check((struct bytes){(const uint8_t *)text, strlen(text)}, NULL) == TEXT_OK;
}

static const char *find_bad_item(char *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_fine(items[i])) {
            return items[i];
        }
    }
    return NULL;
}

// A daemon does not decode a request with text that no statement may hold, and so cannot answer it.
static enum liaison_outcome check_texts(struct liaison_session *session, const Control__Draft *draft)
{
    const struct {
        const char *field;
        const char *text;
    } texts[] = {
        {"compact", draft->compact},
        {"own_number", draft->own_number},
        {"urgent_reason", draft->urgent_reason},
        {"handling", draft->handling},
        {"in_reply_to_author", draft->in_reply_to_author},
        {"source.system", draft->source == NULL ? "" : draft->source->system},
        {"source.record", draft->source == NULL ? "" : draft->source->record},
    };
    const char *bad = NULL;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && bad == NULL; i++) {
        bad = is_fine(texts[i].text) ? NULL : texts[i].field;
    }
    bad = bad == NULL && find_bad_item(draft->to, draft->n_to) != NULL ? "to" : bad;
    bad = bad == NULL && find_bad_item(draft->copy, draft->n_copy) != NULL ? "copy" : bad;
    bad = bad == NULL && find_bad_item(draft->officers, draft->n_officers) != NULL ? "officers" : bad;
    if (bad == NULL) {
        return LIAISON_DONE;
    }
    json_t *refusal = refusal_new("text", "含有不允许的文字");
    refusal_add(refusal, bad, "", "不是合法的 UTF-8，或含有控制字符、改变书写方向的字符", "");
    return session_refuse_json(session, refusal);
}

static enum liaison_outcome choose_id(struct liaison_session *session, Control__Draft *draft, uint8_t out_id[ID_BYTES])
{
    if (draft->id.len == ID_BYTES) {
        memcpy(out_id, draft->id.data, ID_BYTES);
        return LIAISON_DONE;
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (identity_new_id((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, out_id) != 0) {
        return session_fail(session, LIAISON_FAILED, "the system gives no random bytes");
    }
    draft->id = (ProtobufCBinaryData){.len = ID_BYTES, .data = out_id};
    return LIAISON_DONE;
}

static enum liaison_outcome put_source(struct liaison_session *session, const struct liaison_draft *draft,
                                       Control__Draft *out_draft)
{
    if (draft->source_system == NULL && draft->source_record == NULL) {
        return LIAISON_DONE;
    }
    Wire__Source *source = arena_take(session->arena, sizeof *source);
    if (source == NULL) {
        return session_no_memory(session);
    }
    wire__source__init(source);
    put_text(draft->source_system, &source->system);
    put_text(draft->source_record, &source->record);
    out_draft->source = source;
    return LIAISON_DONE;
}

static void put_plain_fields(const struct liaison_draft *draft, Control__Draft *out_draft)
{
    put_text(draft->kind, &out_draft->kind);
    out_draft->to = (char **)draft->to;
    out_draft->n_to = draft->to_count;
    out_draft->copy = (char **)draft->copy;
    out_draft->n_copy = draft->copy_count;
    out_draft->officers = (char **)draft->officers;
    out_draft->n_officers = draft->officer_count;
    put_text(draft->compact, &out_draft->compact);
    put_text(draft->own_number, &out_draft->own_number);
    put_text(draft->urgent_reason, &out_draft->urgent_reason);
    put_text(draft->handling, &out_draft->handling);
    put_text(draft->in_reply_to_author, &out_draft->in_reply_to_author);
    out_draft->occurred_at = draft->occurred_at;
    out_draft->drill = draft->drill == LIAISON_DRILL;
}

// Texts are borrowed from the caller's draft, as they are packed before the call returns.
static enum liaison_outcome make_draft(struct liaison_session *session, const struct liaison_draft *draft,
                                       uint8_t out_id[ID_BYTES], Control__Draft *out_draft)
{
    control__draft__init(out_draft);
    put_plain_fields(draft, out_draft);
    enum liaison_outcome outcome = put_id(session, draft->id, "id", &out_draft->id);
    if (outcome == LIAISON_DONE) {
        outcome = put_id(session, draft->matter, "matter", &out_draft->matter);
    }
    if (outcome == LIAISON_DONE) {
        outcome = put_id(session, draft->in_reply_to, "in_reply_to", &out_draft->in_reply_to);
    }
    if (outcome == LIAISON_DONE) {
        outcome = put_source(session, draft, out_draft);
    }
    if (outcome == LIAISON_DONE) {
        outcome = check_texts(session, out_draft);
    }
    if (outcome == LIAISON_DONE) {
        outcome = encode_body(session, draft, out_draft);
    }
    return outcome == LIAISON_DONE ? choose_id(session, out_draft, out_id) : outcome;
}

static enum liaison_outcome make_drafts(struct liaison_session *session, const struct liaison_draft *drafts,
                                        struct batch *batch, Control__Draft ***out_drafts)
{
    Control__Draft **made = arena_take_array(session->arena, batch->count, sizeof *made);
    Control__Draft *memory = arena_take_array(session->arena, batch->count, sizeof *memory);
    if (made == NULL || memory == NULL) {
        return session_no_memory(session);
    }
    for (size_t i = 0; i < batch->count; i++) {
        made[i] = &memory[i];
        enum liaison_outcome outcome = make_draft(session, &drafts[i], batch->ids[i], made[i]);
        if (outcome != LIAISON_DONE) {
            return outcome;
        }
    }
    *out_drafts = made;
    return LIAISON_DONE;
}

// ------------------------------------------------------------------------------------------------------------ sending

static size_t measure_run(Control__Draft *const *drafts, size_t count)
{
    size_t bytes = 0;
    size_t run = 0;
    while (run < count && run < DRAFTS_A_REQUEST) {
        bytes += control__draft__get_packed_size(drafts[run]) + 8;
        if (run > 0 && bytes > REQUEST_BYTES) {
            break;
        }
        run++;
    }
    return run;
}

static enum liaison_outcome ship(struct liaison_session *session, struct batch *batch, Control__Draft **drafts,
                                 enum draft_purpose purpose)
{
    for (size_t first = 0; first < batch->count;) {
        size_t run = measure_run(drafts + first, batch->count - first);
        Control__Submit submit = CONTROL__SUBMIT__INIT;
        submit.drafts = drafts + first;
        submit.n_drafts = run;
        submit.check_only = purpose == DRAFT_CHECK;
        Control__Request request = CONTROL__REQUEST__INIT;
        request.ask_case = CONTROL__REQUEST__ASK_SUBMIT;
        request.submit = &submit;
        struct exchange *exchange = exchange_start(&session->queue, &request);
        if (exchange == NULL) {
            return session_refuse_json(session, refusal_new("limit", "文书过大，超过一帧所能容纳的 1 MiB"));
        }
        batch->shipments[batch->shipment_count++] = (struct shipment){first, run, exchange};
        first += run;
    }
    return LIAISON_DONE;
}

static enum liaison_outcome start(struct liaison_session *session, const struct liaison_draft *drafts, size_t count,
                                  enum draft_purpose purpose, struct batch **out_batch)
{
    if (count == 0 || count > MOST_DRAFTS) {
        return session_fail(session, LIAISON_USAGE, "between 1 and %d drafts", MOST_DRAFTS);
    }
    struct batch *batch = new_batch(count);
    if (batch == NULL) {
        return session_no_memory(session);
    }
    Control__Draft **made;
    enum liaison_outcome outcome = make_drafts(session, drafts, batch, &made);
    if (outcome == LIAISON_DONE) {
        outcome = ship(session, batch, made, purpose);
    }
    if (outcome != LIAISON_DONE) {
        free_batch(session, &batch);
        return outcome;
    }
    *out_batch = batch;
    return LIAISON_DONE;
}

// ---------------------------------------------------------------------------------------------------------- answering

// Answers come in the order of the drafts, over one or more pages.
static void match_answers(struct batch *batch, const struct shipment *shipment)
{
    size_t at = shipment->first;
    size_t end = shipment->first + shipment->count;
    for (size_t page = 0; page < shipment->exchange->reply_count; page++) {
        const Control__Reply *reply = shipment->exchange->replies[page];
        if (reply->answer_case == CONTROL__REPLY__ANSWER_REFUSAL) {
            for (size_t i = at; i < end; i++) {
                batch->refusals[i] = reply->refusal;
            }
            return;
        }
        if (reply->answer_case != CONTROL__REPLY__ANSWER_SUBMITTED) {
            return;
        }
        for (size_t i = 0; i < reply->submitted->n_results && at < end; i++, at++) {
            batch->answers[at] = reply->submitted->results[i];
        }
    }
}

static enum liaison_outcome collect(struct liaison_session *session, struct batch *batch)
{
    int64_t deadline = session_deadline(session);
    enum exchange_outcome worst = EXCHANGE_ANSWERED;
    for (size_t i = 0; i < batch->shipment_count; i++) {
        enum exchange_outcome outcome = exchange_wait(session, batch->shipments[i].exchange, deadline);
        if (outcome == EXCHANGE_ANSWERED) {
            match_answers(batch, &batch->shipments[i]);
        } else {
            worst = outcome;
        }
    }
    return ask_explain(session, worst);
}

static void copy_text(const char *text, char *out_text, size_t size)
{
    snprintf(out_text, size, "%s", text);
}

static void tell_answer(const Control__SubmittedOne *answer, struct liaison_result *result)
{
    result->position = answer->position;
    result->sealed_at = answer->sealed_at;
    copy_text(answer->short_number, result->short_number, sizeof result->short_number);
    if (answer->matter.len == ID_BYTES) {
        identity_format_id(answer->matter.data, result->matter);
    }
    if (strcmp(answer->outcome, "accepted") == 0) {
        result->outcome = LIAISON_DONE;
        result->acceptance = LIAISON_ACCEPTED;
    } else if (strcmp(answer->outcome, "held") == 0) {
        result->outcome = LIAISON_DONE;
        result->acceptance = LIAISON_HELD;
    } else {
        result->outcome = LIAISON_REFUSED;
        copy_text(answer->refusal == NULL ? "" : answer->refusal->code, result->code, sizeof result->code);
    }
}

static void tell_result(const struct batch *batch, size_t index, enum liaison_outcome otherwise,
                        struct liaison_result *result)
{
    *result = (struct liaison_result){.outcome = otherwise};
    identity_format_id(batch->ids[index], result->id);
    if (batch->answers[index] != NULL) {
        tell_answer(batch->answers[index], result);
    } else if (batch->refusals[index] != NULL) {
        result->outcome = LIAISON_REFUSED;
        copy_text(batch->refusals[index]->code, result->code, sizeof result->code);
    }
}

static const Control__Refusal *find_refusal(const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->refusals[i] != NULL) {
            return batch->refusals[i];
        }
        if (batch->answers[i] != NULL && batch->answers[i]->refusal != NULL) {
            return batch->answers[i]->refusal;
        }
    }
    return NULL;
}

static enum liaison_outcome tell_results(struct liaison_session *session, const struct batch *batch,
                                         enum liaison_outcome transport, struct liaison_result *results)
{
    enum liaison_outcome otherwise = transport == LIAISON_DONE ? LIAISON_FAILED : transport;
    enum liaison_outcome outcome = LIAISON_DONE;
    for (size_t i = 0; i < batch->count; i++) {
        tell_result(batch, i, otherwise, &results[i]);
        if (results[i].outcome > outcome) {
            outcome = results[i].outcome;
        }
    }
    if (outcome == LIAISON_REFUSED && transport == LIAISON_DONE) {
        const Control__Refusal *refusal = find_refusal(batch);
        return refusal != NULL ? session_refuse(session, refusal)
                               : session_refuse_json(session, refusal_new("malformed", "联络服务拒收而未说明原因"));
    }
    if (outcome == LIAISON_FAILED && transport == LIAISON_DONE) {
        return session_fail(session, LIAISON_FAILED, "the daemon's answer leaves drafts out");
    }
    return outcome;
}

static enum liaison_outcome finish(struct liaison_session *session, struct batch *batch,
                                   struct liaison_result *results)
{
    enum liaison_outcome transport = collect(session, batch);
    enum liaison_outcome outcome = tell_results(session, batch, transport, results);
    free_batch(session, &session->finished);
    session->finished = batch;
    return outcome;
}

static void refuse_all(enum liaison_outcome outcome, struct liaison_result *results, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        results[i] = (struct liaison_result){.outcome = outcome};
    }
}

enum liaison_outcome draft_submit(struct liaison_session *session, const struct liaison_draft *drafts, size_t count,
                                  enum draft_purpose purpose, struct liaison_result *results)
{
    struct batch *batch;
    enum liaison_outcome outcome = start(session, drafts, count, purpose, &batch);
    if (outcome != LIAISON_DONE) {
        refuse_all(outcome, results, count);
        return outcome;
    }
    return finish(session, batch, results);
}

enum liaison_outcome liaison_submit(struct liaison_session *session, const struct liaison_draft *drafts, size_t count,
                                    struct liaison_result *results)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    return draft_submit(session, drafts, count, DRAFT_SEAL, results);
}

enum liaison_outcome liaison_submit_check(struct liaison_session *session, const struct liaison_draft *drafts,
                                          size_t count, struct liaison_result *results)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    return draft_submit(session, drafts, count, DRAFT_CHECK, results);
}

// ------------------------------------------------------------------------------------------------------------ batches

enum liaison_outcome liaison_submit_start(struct liaison_session *session, const struct liaison_draft *drafts,
                                          size_t count, uint64_t *out_ticket)
{
    struct batch *batch;
    enum liaison_outcome outcome = session_begin(session);
    if (outcome == LIAISON_DONE) {
        outcome = start(session, drafts, count, DRAFT_SEAL, &batch);
    }
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    batch->ticket = ++session->last_ticket;
    batch->next = session->batches;
    session->batches = batch;
    // A first turn puts the batch on its way; if it does not, the one that waits for it will.
    if (exchange_turn(session, exchange_now()) == EXCHANGE_FAILED) {
        session->batches = batch->next;
        free_batch(session, &batch);
        return session_fail(session, LIAISON_FAILED, "out of memory, or the transport broke");
    }
    *out_ticket = batch->ticket;
    return LIAISON_DONE;
}

static struct batch *take_batch(struct liaison_session *session, uint64_t ticket, size_t count)
{
    for (struct batch **at = &session->batches; *at != NULL; at = &(*at)->next) {
        struct batch *batch = *at;
        if (batch->ticket == ticket && batch->count == count) {
            *at = batch->next;
            batch->next = NULL;
            return batch;
        }
    }
    return NULL;
}

enum liaison_outcome liaison_submit_finish(struct liaison_session *session, uint64_t ticket,
                                           struct liaison_result *results, size_t count)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    struct batch *batch = take_batch(session, ticket, count);
    if (batch == NULL) {
        return session_fail(session, LIAISON_USAGE, "no batch of that ticket and count is under way");
    }
    return finish(session, batch, results);
}

static json_t *describe_undecided(const struct batch *batch, size_t index)
{
    char id[IDENTITY_TEXT_BYTES];
    identity_format_id(batch->ids[index], id);
    if (batch->refusals[index] == NULL) {
        return json_pack("{s:s, s:s}", "id", id, "outcome", "undecided");
    }
    return json_pack("{s:s, s:s, s:o}", "id", id, "outcome", "refused", "refusal",
                     mapping_to_json(&batch->refusals[index]->base, MAPPING_FULL));
}

enum liaison_outcome liaison_result_json(struct liaison_session *session, size_t index, char **out_json)
{
    const struct batch *batch = session->finished;
    if (batch == NULL || index >= batch->count) {
        return LIAISON_USAGE;
    }
    json_t *json = batch->answers[index] == NULL ? describe_undecided(batch, index)
                                                 : mapping_to_json(&batch->answers[index]->base, MAPPING_FULL);
    return session_give(session, json, out_json);
}
