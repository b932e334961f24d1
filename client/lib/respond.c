// SPDX-License-Identifier: Apache-2.0
#include "lib/ask.h"
#include "lib/batch.h"
#include "lib/rendering.h"

#include <string.h>

#include "wire/identity.h"

static char *format_id(struct liaison_session *session, const ProtobufCBinaryData *id)
{
    char *text = arena_take(session->arena, IDENTITY_TEXT_BYTES);
    if (text != NULL && id->len == ID_BYTES) {
        identity_format_id(id->data, text);
    }
    return text;
}

// What answers another's statement goes to its author; what concerns our own goes to all who have
// it.
static enum liaison_outcome choose_recipients(struct liaison_session *session,
                                              const Control__Message *message,
                                              struct liaison_draft *draft)
{
    const Wire__Header *header = message->header;
    const char **to =
        arena_take_array(session->arena, header->n_to + header->n_copy + 1, sizeof *to);
    if (to == NULL) {
        return session_no_memory(session);
    }
    draft->to = to;
    if (strcmp(message->direction, "in") == 0) {
        to[draft->to_count++] = header->author;
        return LIAISON_DONE;
    }
    for (size_t i = 0; i < header->n_to; i++) {
        to[draft->to_count++] = header->to[i];
    }
    for (size_t i = 0; i < header->n_copy; i++) {
        to[draft->to_count++] = header->copy[i];
    }
    return LIAISON_DONE;
}

static enum liaison_outcome complete(struct liaison_session *session,
                                     const Control__Message *message, struct liaison_draft *draft)
{
    draft->in_reply_to = format_id(session, &message->header->id);
    draft->in_reply_to_author = message->header->author;
    if (draft->matter == NULL) {
        draft->matter = format_id(session, &message->header->matter);
    }
    if (draft->in_reply_to == NULL || draft->matter == NULL) {
        return session_no_memory(session);
    }
    return draft->to_count == 0 ? choose_recipients(session, message, draft) : LIAISON_DONE;
}

static enum liaison_outcome respond(struct liaison_session *session, const char *message,
                                    const struct liaison_draft *draft, enum batch_purpose purpose,
                                    struct liaison_result *result)
{
    *result = (struct liaison_result){.outcome = LIAISON_USAGE};
    enum liaison_outcome outcome = session_begin(session);
    Control__Message *answered;
    struct liaison_draft whole = *draft;
    if (outcome == LIAISON_DONE) {
        outcome = ask_message(session, message, &answered);
    }
    if (outcome == LIAISON_DONE) {
        outcome = complete(session, answered, &whole);
    }
    if (outcome != LIAISON_DONE) {
        result->outcome = outcome;
        return outcome;
    }
    return batch_submit(session, &whole, 1, purpose, result);
}

enum liaison_outcome liaison_reply(struct liaison_session *session, const char *message,
                                   const struct liaison_draft *draft, struct liaison_result *result)
{
    return respond(session, message, draft, BATCH_SEAL, result);
}

enum liaison_outcome liaison_reply_check(struct liaison_session *session, const char *message,
                                         const struct liaison_draft *draft,
                                         struct liaison_result *result)
{
    return respond(session, message, draft, BATCH_CHECK, result);
}

enum liaison_outcome liaison_acknowledge(struct liaison_session *session, const char *message,
                                         const char *officer, const char *for_certificate,
                                         const char *agent_name, const char *note,
                                         struct liaison_result *result)
{
    json_t *body = json_object();
    const char *const fields[][2] = {
        {"note", note}, {"for_certificate", for_certificate}, {"agent_name", agent_name}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i][1] != NULL) {
            rendering_set(&body, fields[i][0], json_string(fields[i][1]));
        }
    }
    char *text = rendering_text(body);
    json_decref(body);
    if (text == NULL) {
        *result = (struct liaison_result){.outcome = LIAISON_FAILED};
        return session_no_memory(session);
    }
    struct liaison_draft draft = {
        .kind = "acknowledgement", .officers = &officer, .officer_count = 1, .body_json = text};
    enum liaison_outcome outcome = respond(session, message, &draft, BATCH_SEAL, result);
    liaison_free(text);
    return outcome;
}
