// SPDX-License-Identifier: Apache-2.0
#include "lib/draft.h"

#include <string.h>
#include <time.h>

#include "lib/mapping.h"
#include "lib/refusal.h"
#include "wire/decode.h"
#include "wire/identity.h"
#include "wire/text.h"

static enum liaison_outcome encode_json_body(struct liaison_session *session,
                                             const struct liaison_draft *draft,
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

static enum liaison_outcome encode_body(struct liaison_session *session,
                                        const struct liaison_draft *draft,
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

static enum liaison_outcome put_id(struct liaison_session *session, const char *text,
                                   const char *what, ProtobufCBinaryData *out_id)
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
static enum liaison_outcome check_texts(struct liaison_session *session,
                                        const Control__Draft *draft)
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
    bad =
        bad == NULL && find_bad_item(draft->officers, draft->n_officers) != NULL ? "officers" : bad;
    if (bad == NULL) {
        return LIAISON_DONE;
    }
    json_t *refusal = refusal_new("text", "含有不允许的文字");
    refusal_add(&refusal, bad, "", "不是合法的 UTF-8，或含有控制字符、改变书写方向的字符", "");
    return session_refuse_json(session, refusal);
}

static enum liaison_outcome choose_id(struct liaison_session *session, Control__Draft *draft,
                                      uint8_t out_id[ID_BYTES])
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

static enum liaison_outcome put_source(struct liaison_session *session,
                                       const struct liaison_draft *draft, Control__Draft *out_draft)
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

enum liaison_outcome draft_make(struct liaison_session *session, const struct liaison_draft *draft,
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
