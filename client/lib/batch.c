// SPDX-License-Identifier: Apache-2.0
#include "lib/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ask.h"
#include "lib/deposit.h"
#include "lib/draft.h"
#include "lib/refusal.h"
#include "lib/rendering.h"
#include "wire/identity.h"

enum {
    // Drafts of one request: an answer with a few duties each stays within a frame, and a daemon's
    // turn is not held up.
    DRAFTS_A_REQUEST = 64,
    // Bytes of one request, well under a frame: a draft of the largest body still fits beside
    // others.
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

void batch_free_all(struct liaison_session *session)
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
    if (batch->ids == NULL || batch->answers == NULL || batch->refusals == NULL ||
        batch->shipments == NULL) {
        free(batch->ids);
        free(batch->answers);
        free(batch->refusals);
        free(batch->shipments);
        free(batch);
        return NULL;
    }
    return batch;
}

static enum liaison_outcome make_drafts(struct liaison_session *session,
                                        const struct liaison_draft *drafts, struct batch *batch,
                                        Control__Draft ***out_drafts)
{
    Control__Draft **made = arena_take_array(session->arena, batch->count, sizeof *made);
    Control__Draft *memory = arena_take_array(session->arena, batch->count, sizeof *memory);
    if (made == NULL || memory == NULL) {
        return session_no_memory(session);
    }
    for (size_t i = 0; i < batch->count; i++) {
        made[i] = &memory[i];
        enum liaison_outcome outcome = draft_make(session, &drafts[i], batch->ids[i], made[i]);
        if (outcome != LIAISON_DONE) {
            return outcome;
        }
    }
    made[0]->n_attachments = deposit_attached(session, &made[0]->attachments);
    *out_drafts = made;
    return LIAISON_DONE;
}

// ----------------------------------------------------------------------------------------- sending

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

static enum liaison_outcome ship(struct liaison_session *session, struct batch *batch,
                                 Control__Draft **drafts, enum batch_purpose purpose)
{
    for (size_t first = 0; first < batch->count;) {
        size_t run = measure_run(drafts + first, batch->count - first);
        Control__Submit submit = CONTROL__SUBMIT__INIT;
        submit.drafts = drafts + first;
        submit.n_drafts = run;
        submit.check_only = purpose == BATCH_CHECK;
        Control__Request request = CONTROL__REQUEST__INIT;
        request.ask_case = CONTROL__REQUEST__ASK_SUBMIT;
        request.submit = &submit;
        struct exchange *exchange = exchange_start(&session->queue, &request);
        if (exchange == NULL) {
            return session_refuse_json(session,
                                       refusal_new("limit", "文书过大，超过一帧所能容纳的 1 MiB"));
        }
        batch->shipments[batch->shipment_count++] = (struct shipment){first, run, exchange};
        first += run;
    }
    return LIAISON_DONE;
}

static enum liaison_outcome start(struct liaison_session *session,
                                  const struct liaison_draft *drafts, size_t count,
                                  enum batch_purpose purpose, struct batch **out_batch)
{
    if (count == 0 || count > MOST_DRAFTS) {
        return session_fail(session, LIAISON_USAGE, "between 1 and %d drafts", MOST_DRAFTS);
    }
    struct batch *batch = new_batch(count);
    if (batch == NULL) {
        return session_no_memory(session);
    }
    Control__Draft **made = NULL;
    enum liaison_outcome outcome = make_drafts(session, drafts, batch, &made);
    if (outcome == LIAISON_DONE) {
        outcome = ship(session, batch, made, purpose);
    }
    if (outcome != LIAISON_DONE) {
        free_batch(session, &batch);
        return outcome;
    }
    if (purpose == BATCH_SEAL) {
        deposit_forget(session);
    }
    *out_batch = batch;
    return LIAISON_DONE;
}

// --------------------------------------------------------------------------------------- answering

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
        enum exchange_outcome outcome =
            exchange_wait(session, batch->shipments[i].exchange, deadline);
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
    // A source record that was sent before under another id is held under that one.
    if (answer->id.len == ID_BYTES) {
        identity_format_id(answer->id.data, result->id);
    }
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
        copy_text(answer->refusal == NULL ? "" : answer->refusal->code, result->code,
                  sizeof result->code);
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
                                         enum liaison_outcome transport,
                                         struct liaison_result *results)
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
                               : session_refuse_json(
                                     session, refusal_new("malformed", "联络服务拒收而未说明原因"));
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

enum liaison_outcome batch_submit(struct liaison_session *session,
                                  const struct liaison_draft *drafts, size_t count,
                                  enum batch_purpose purpose, struct liaison_result *results)
{
    struct batch *batch;
    enum liaison_outcome outcome = start(session, drafts, count, purpose, &batch);
    if (outcome != LIAISON_DONE) {
        // What was asked about results next is about this call, not the one before.
        free_batch(session, &session->finished);
        refuse_all(outcome, results, count);
        return outcome;
    }
    return finish(session, batch, results);
}

enum liaison_outcome liaison_submit(struct liaison_session *session,
                                    const struct liaison_draft *drafts, size_t count,
                                    struct liaison_result *results)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    return batch_submit(session, drafts, count, BATCH_SEAL, results);
}

enum liaison_outcome liaison_submit_check(struct liaison_session *session,
                                          const struct liaison_draft *drafts, size_t count,
                                          struct liaison_result *results)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    return batch_submit(session, drafts, count, BATCH_CHECK, results);
}

// ----------------------------------------------------------------------------------------- batches

enum liaison_outcome liaison_submit_start(struct liaison_session *session,
                                          const struct liaison_draft *drafts, size_t count,
                                          uint64_t *out_ticket)
{
    struct batch *batch;
    enum liaison_outcome outcome = session_begin(session);
    if (outcome == LIAISON_DONE) {
        outcome = start(session, drafts, count, BATCH_SEAL, &batch);
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
        return session_fail(session, LIAISON_USAGE,
                            "no batch of that ticket and count is under way");
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
                     rendering_message(&batch->refusals[index]->base, RENDERING_FULL));
}

enum liaison_outcome liaison_result_json(struct liaison_session *session, size_t index,
                                         char **out_json)
{
    const struct batch *batch = session->finished;
    if (batch == NULL || index >= batch->count) {
        return LIAISON_USAGE;
    }
    json_t *json = batch->answers[index] == NULL
                       ? describe_undecided(batch, index)
                       : rendering_message(&batch->answers[index]->base, RENDERING_FULL);
    return session_give(session, json, out_json);
}
