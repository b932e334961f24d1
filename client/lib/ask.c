// SPDX-License-Identifier: Apache-2.0
#include "lib/ask.h"

#include <string.h>

#include "lib/refusal.h"
#include "lib/rendering.h"
#include "wire/decode.h"
#include "wire/identity.h"

enum liaison_outcome ask_explain(struct liaison_session *session, enum exchange_outcome outcome)
{
    switch (outcome) {
    case EXCHANGE_ANSWERED:
        return LIAISON_DONE;
    case EXCHANGE_SILENT:
        return session_fail(session, LIAISON_UNREACHABLE, "the daemon does not answer");
    case EXCHANGE_BUSY:
        return session_fail(session, LIAISON_UNREACHABLE, "the daemon stays busy: %s",
                            session->queue.busy_text);
    case EXCHANGE_BARRED:
        return session_refuse_json(session, refusal_new("role", "本机联络服务不认可此客户端密钥"));
    case EXCHANGE_MALFORMED:
        return session_fail(session, LIAISON_FAILED, "the daemon's answer does not decode");
    case EXCHANGE_FAILED:
        return session_fail(session, LIAISON_FAILED, "out of memory, or the transport broke");
    }
    return LIAISON_FAILED;
}

// The daemon cannot answer what it cannot decode, as it does not learn the number; so what it would
// not decode is not sent.
static enum liaison_outcome check_request(struct liaison_session *session,
                                          const Control__Request *request)
{
    struct bytes packed = decode_pack(&request->base, session->arena);
    struct decode_fault fault = {0};
    ProtobufCMessage *message;
    if (packed.data == NULL) {
        return session_no_memory(session);
    }
    enum decode_outcome outcome =
        decode_message(&control__request__descriptor, packed, &decode_control_rules, session->arena,
                       &fault, &message);
    if (outcome == DECODE_OK) {
        return LIAISON_DONE;
    }
    json_t *refusal = refusal_new(decode_code(outcome), "请求中有不允许的文字，或过大");
    refusal_add(&refusal, fault.field == NULL ? "" : fault.field, "",
                fault.text == NULL ? "" : fault.text, "");
    return session_refuse_json(session, refusal);
}

enum liaison_outcome ask_daemon(struct liaison_session *session, const Control__Request *request,
                                struct exchange **out_exchange)
{
    enum liaison_outcome checked = check_request(session, request);
    if (checked != LIAISON_DONE) {
        return checked;
    }
    struct exchange *exchange = exchange_start(&session->queue, request);
    if (exchange == NULL) {
        return session_fail(session, LIAISON_FAILED,
                            "the request is larger than 1 MiB, or there is no memory");
    }
    enum exchange_outcome outcome = exchange_wait(session, exchange, session_deadline(session));
    enum liaison_outcome result = ask_explain(session, outcome);
    if (result == LIAISON_DONE &&
        exchange->replies[0]->answer_case == CONTROL__REPLY__ANSWER_REFUSAL) {
        result = session_refuse(session, exchange->replies[0]->refusal);
    }
    if (result != LIAISON_DONE) {
        exchange_free(&session->queue, &exchange);
        return result;
    }
    *out_exchange = exchange;
    return LIAISON_DONE;
}

// The message within a reply's oneof, found by descriptor so that a new answer needs no line here.
static const ProtobufCMessage *find_answer(const Control__Reply *reply)
{
    const ProtobufCMessageDescriptor *type = reply->base.descriptor;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
            field->id == (uint32_t)reply->answer_case) {
            return *(ProtobufCMessage *const *)((const uint8_t *)reply + field->offset);
        }
    }
    return NULL;
}

// Later pages add to the lists of the first; its other fields stand.
static int add_page(json_t *whole, json_t *page)
{
    const char *key;
    json_t *value;
    json_object_foreach(page, key, value)
    {
        json_t *list = json_object_get(whole, key);
        if (json_is_array(list) && json_is_array(value) && json_array_extend(list, value) != 0) {
            return -1;
        }
    }
    return 0;
}

static json_t *join_pages(const struct exchange *exchange)
{
    json_t *whole = NULL;
    for (size_t i = 0; i < exchange->reply_count; i++) {
        const ProtobufCMessage *answer = find_answer(exchange->replies[i]);
        json_t *page = answer == NULL ? json_object() : rendering_message(answer, RENDERING_FULL);
        if (page == NULL) {
            json_decref(whole);
            return NULL;
        }
        if (whole == NULL) {
            whole = page;
            continue;
        }
        int fault = add_page(whole, page);
        json_decref(page);
        if (fault != 0) {
            json_decref(whole);
            return NULL;
        }
    }
    return whole;
}

enum liaison_outcome ask_for_json(struct liaison_session *session, const Control__Request *request,
                                  char **out_json)
{
    struct exchange *exchange;
    enum liaison_outcome outcome = ask_daemon(session, request, &exchange);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    json_t *whole = join_pages(exchange);
    exchange_free(&session->queue, &exchange);
    return session_give(session, whole, out_json);
}

enum liaison_outcome ask_read_query(struct liaison_session *session, const char *query_json,
                                    const ProtobufCMessageDescriptor *type,
                                    ProtobufCMessage **out_query)
{
    const char *text = query_json == NULL ? "{}" : query_json;
    struct mapping_faults faults = {0};
    json_t *json = NULL;
    enum mapping_outcome outcome =
        mapping_parse(text, strlen(text), session->arena, &faults, &json);
    if (outcome == MAPPING_OK) {
        outcome = mapping_from_json(type, json, NULL, session->arena, &faults, out_query);
    }
    json_decref(json);
    switch (outcome) {
    case MAPPING_OK:
        return LIAISON_DONE;
    case MAPPING_REFUSED:
        return session_refuse_json(session, refusal_of_mapping(&faults));
    case MAPPING_NO_MEMORY:
        break;
    }
    return session_no_memory(session);
}

// -------------------------------------------------------------------------------------- statements

static bool is_short_number(const char *text)
{
    return strlen(text) == 6 && strspn(text, "0123456789") == 6;
}

enum liaison_outcome ask_parse_message(struct liaison_session *session, const char *message,
                                       Control__Find *out_find)
{
    const char *name = message;
    const char *slash = strchr(message, '/');
    if (slash != NULL) {
        out_find->author = arena_format(session->arena, "%.*s", (int)(slash - message), message);
        if (out_find->author == NULL) {
            return session_no_memory(session);
        }
        name = slash + 1;
    }
    uint8_t *id = arena_take(session->arena, ID_BYTES);
    if (id == NULL) {
        return session_no_memory(session);
    }
    if (is_short_number(name)) {
        out_find->short_number = (char *)name;
    } else if (identity_parse_id(name, id)) {
        out_find->id = (ProtobufCBinaryData){.len = ID_BYTES, .data = id};
    } else {
        return session_fail(session, LIAISON_USAGE,
                            "a message is named by its UUID or its six-digit number, either after "
                            "AUTHOR/ if need be");
    }
    return LIAISON_DONE;
}

enum liaison_outcome liaison_find(struct liaison_session *session, const char *message,
                                  char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__Find find = CONTROL__FIND__INIT;
    enum liaison_outcome outcome = ask_parse_message(session, message, &find);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_FIND;
    request.find = &find;
    return ask_for_json(session, &request, out_json);
}

// Copies by packing, so that the message outlives the exchange it came in.
static enum liaison_outcome copy_message(struct liaison_session *session,
                                         const Control__Message *message,
                                         Control__Message **out_message)
{
    struct bytes packed = decode_pack(&message->base, session->arena);
    Control__Message *copy =
        packed.data == NULL
            ? NULL
            : control__message__unpack(arena_allocator(session->arena), packed.size, packed.data);
    if (copy == NULL) {
        return session_no_memory(session);
    }
    *out_message = copy;
    return LIAISON_DONE;
}

static enum liaison_outcome choose_message(struct liaison_session *session,
                                           const Control__Reply *reply,
                                           Control__Message **out_message)
{
    if (reply->answer_case != CONTROL__REPLY__ANSWER_MESSAGES || reply->messages->n_messages == 0) {
        return session_refuse_json(session, refusal_new("not-found", "没有这份文书"));
    }
    if (reply->messages->n_messages > 1) {
        return session_refuse_json(
            session,
            refusal_new("not-found", "此短号对应多份文书，请写明“发文机关/短号”或完整编号"));
    }
    if (reply->messages->messages[0]->header == NULL) {
        return session_fail(session, LIAISON_FAILED, "the daemon's answer has no header");
    }
    return copy_message(session, reply->messages->messages[0], out_message);
}

enum liaison_outcome ask_message(struct liaison_session *session, const char *message,
                                 Control__Message **out_message)
{
    Control__Find find = CONTROL__FIND__INIT;
    enum liaison_outcome outcome = ask_parse_message(session, message, &find);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_FIND;
    request.find = &find;
    struct exchange *exchange;
    outcome = ask_daemon(session, &request, &exchange);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    outcome = choose_message(session, exchange->replies[0], out_message);
    exchange_free(&session->queue, &exchange);
    return outcome;
}
