// SPDX-License-Identifier: Apache-2.0
//
// liaison_next: gathers what the daemon knows of a matter, its procedure and its compact, and asks advice.
#include "liaison/liaison.h"

#include <string.h>

#include "lib/advice.h"
#include "lib/ask.h"
#include "lib/refusal.h"
#include "lib/rendering.h"
#include "wire/identity.h"

// The answers that the advice is made of; each is ended with what it is made of.
struct gathering {
    struct liaison_session *session;
    struct exchange *greeting;
    struct exchange *matter;
    struct exchange *law;
    struct exchange *compact;
    struct procedure *procedure;
    struct advice advice;
};

static enum liaison_outcome ask_greeting(struct gathering *gathering)
{
    Control__Greet greet = CONTROL__GREET__INIT;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_GREET;
    request.greet = &greet;
    enum liaison_outcome outcome = ask_daemon(gathering->session, &request, &gathering->greeting);
    const Control__Reply *reply = outcome == LIAISON_DONE ? gathering->greeting->replies[0] : NULL;
    if (reply != NULL && reply->answer_case == CONTROL__REPLY__ANSWER_GREETING) {
        gathering->advice.self = reply->greeting->agency;
        gathering->advice.now = reply->greeting->now;
    }
    return outcome;
}

// The pages of a matter are read as one.
static enum liaison_outcome join_matter(struct gathering *gathering)
{
    struct arena *arena = gathering->session->arena;
    struct advice *advice = &gathering->advice;
    size_t message_count = 0;
    size_t duty_count = 0;
    for (size_t i = 0; i < gathering->matter->reply_count; i++) {
        const Control__MatterView *page = gathering->matter->replies[i]->matter;
        message_count += page->n_messages;
        duty_count += page->n_duties;
    }
    Control__Message **messages =
        arena_take_array(arena, message_count + 1, sizeof(Control__Message *));
    Control__Duty **duties = arena_take_array(arena, duty_count + 1, sizeof(Control__Duty *));
    if (messages == NULL || duties == NULL) {
        return session_no_memory(gathering->session);
    }
    for (size_t i = 0; i < gathering->matter->reply_count; i++) {
        const Control__MatterView *page = gathering->matter->replies[i]->matter;
        for (size_t j = 0; j < page->n_messages; j++) {
            if (page->messages[j]->header != NULL) {
                messages[advice->message_count++] = page->messages[j];
            }
        }
        for (size_t j = 0; j < page->n_duties; j++) {
            duties[advice->duty_count++] = page->duties[j];
        }
    }
    advice->messages = messages;
    advice->duties = duties;
    return LIAISON_DONE;
}

static enum liaison_outcome ask_matter(struct gathering *gathering, uint8_t id[ID_BYTES])
{
    Control__MatterAsk ask = CONTROL__MATTER_ASK__INIT;
    ask.matter = (ProtobufCBinaryData){.len = ID_BYTES, .data = id};
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_MATTER;
    request.matter = &ask;
    enum liaison_outcome outcome = ask_daemon(gathering->session, &request, &gathering->matter);
    for (size_t i = 0; outcome == LIAISON_DONE && i < gathering->matter->reply_count; i++) {
        if (gathering->matter->replies[i]->answer_case != CONTROL__REPLY__ANSWER_MATTER) {
            return session_fail(gathering->session, LIAISON_FAILED,
                                "the daemon's answer is no matter");
        }
    }
    return outcome == LIAISON_DONE ? join_matter(gathering) : outcome;
}

// A matter goes on under the procedure that its first statement names.
static const Wire__Header *find_first(const struct advice *advice)
{
    for (size_t i = 0; i < advice->message_count; i++) {
        if (advice->messages[i]->header->procedure.len == DIGEST_BYTES) {
            return advice->messages[i]->header;
        }
    }
    return NULL;
}

static enum liaison_outcome parse_law(struct gathering *gathering)
{
    const Control__Reply *reply = gathering->law->replies[0];
    const char *text = reply->answer_case == CONTROL__REPLY__ANSWER_PROCEDURES &&
                               reply->procedures->n_procedures > 0
                           ? reply->procedures->procedures[0]->text
                           : "";
    struct law_fault fault;
    switch (procedure_parse((struct bytes){(const uint8_t *)text, strlen(text)},
                            &gathering->procedure, &fault)) {
    case LAW_OK:
        gathering->advice.procedure = gathering->procedure;
        return LIAISON_DONE;
    case LAW_FAULTY:
        return session_refuse_json(gathering->session,
                                   refusal_of_law("procedure", "规程文件有误", &fault));
    case LAW_NO_MEMORY:
        break;
    }
    return session_no_memory(gathering->session);
}

static enum liaison_outcome ask_law(struct gathering *gathering, const Wire__Header *header)
{
    Control__ProcedureAsk ask = CONTROL__PROCEDURE_ASK__INIT;
    ask.digest = header->procedure;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_PROCEDURE;
    request.procedure = &ask;
    enum liaison_outcome outcome = ask_daemon(gathering->session, &request, &gathering->law);
    return outcome == LIAISON_DONE ? parse_law(gathering) : outcome;
}

// A compact that is not held any more leaves roles unknown.
static enum liaison_outcome ask_compact(struct gathering *gathering, const Wire__Header *header)
{
    Control__CompactAsk ask = CONTROL__COMPACT_ASK__INIT;
    ask.id = header->compact;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_COMPACT;
    request.compact = &ask;
    enum liaison_outcome outcome = ask_daemon(gathering->session, &request, &gathering->compact);
    const Control__Reply *reply = outcome == LIAISON_DONE ? gathering->compact->replies[0] : NULL;
    if (reply != NULL && reply->answer_case == CONTROL__REPLY__ANSWER_COMPACTS &&
        reply->compacts->n_compacts > 0) {
        gathering->advice.compact = reply->compacts->compacts[0];
    }
    return outcome == LIAISON_REFUSED ? LIAISON_DONE : outcome;
}

static enum liaison_outcome gather(struct gathering *gathering, uint8_t matter[ID_BYTES])
{
    enum liaison_outcome outcome = ask_greeting(gathering);
    if (outcome == LIAISON_DONE) {
        outcome = ask_matter(gathering, matter);
    }
    const Wire__Header *header = outcome == LIAISON_DONE ? find_first(&gathering->advice) : NULL;
    if (outcome != LIAISON_DONE || header == NULL) {
        return outcome;
    }
    outcome = ask_compact(gathering, header);
    return outcome == LIAISON_DONE ? ask_law(gathering, header) : outcome;
}

static json_t *describe_law(const struct advice *advice)
{
    if (advice->procedure == NULL) {
        return json_null();
    }
    return json_pack("{s:s, s:s, s:s}", "id", advice->procedure->id, "title",
                     advice->procedure->title, "title_en", advice->procedure->title_en);
}

// Where no procedure rules the matter there is nothing that it allows or asks.
static json_t *describe(const struct advice *advice, const char *matter)
{
    bool ruled = advice->procedure != NULL;
    char now[RENDERING_INSTANT_BYTES];
    rendering_instant(advice->now, now);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "matter", matter, "now", now,
                     "agency", advice->self, "compact",
                     advice->compact == NULL ? "" : advice->compact->id, "role",
                     advice_role(advice), "procedure", describe_law(advice), "owed",
                     ruled ? advice_owed(advice) : json_array(), "answers",
                     ruled ? advice_answers(advice) : json_array(), "drafts",
                     ruled ? advice_drafts(advice) : json_array());
}

static void end_gathering(struct gathering *gathering)
{
    struct exchange **exchanges[] = {&gathering->greeting, &gathering->matter, &gathering->law,
                                     &gathering->compact};
    for (size_t i = 0; i < sizeof exchanges / sizeof *exchanges; i++) {
        exchange_free(&gathering->session->queue, exchanges[i]);
    }
    procedure_free(&gathering->procedure);
}

enum liaison_outcome liaison_next(struct liaison_session *session, const char *matter,
                                  char **out_json)
{
    uint8_t id[ID_BYTES];
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    if (!identity_parse_id(matter, id)) {
        return session_fail(session, LIAISON_USAGE, "a matter is named by its UUID");
    }
    struct gathering gathering = {.session = session, .advice = {.self = ""}};
    enum liaison_outcome outcome = gather(&gathering, id);
    if (outcome == LIAISON_DONE) {
        outcome = session_give(session, describe(&gathering.advice, matter), out_json);
    }
    end_gathering(&gathering);
    return outcome;
}
