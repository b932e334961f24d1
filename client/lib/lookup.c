// SPDX-License-Identifier: Apache-2.0
//
// Search. The daemon looks at a bounded part of what it holds for each request, so one question of
// a program is as many requests as it takes.
#include "liaison/liaison.h"

#include "lib/ask.h"
#include "lib/rendering.h"

enum {
    ROWS_A_PAGE = 100, // the daemon gives no more at once
    MOST_ROWS = 1000,
};

// Adds what a page found, and takes over from where to go on.
static enum liaison_outcome add_page(struct liaison_session *session,
                                     const struct exchange *exchange, Control__Search *query,
                                     json_t *messages)
{
    const Control__Reply *reply = exchange->replies[0];
    if (reply->answer_case != CONTROL__REPLY__ANSWER_FOUND) {
        return session_fail(session, LIAISON_FAILED, "the daemon's answer is another");
    }
    for (size_t i = 0; i < reply->found->n_messages; i++) {
        const ProtobufCMessage *message = &reply->found->messages[i]->base;
        if (json_array_append_new(messages, rendering_message(message, RENDERING_FULL)) != 0) {
            return session_no_memory(session);
        }
    }
    query->after_position = reply->found->next;
    return LIAISON_DONE;
}

// Until there are as many as are wanted, or `after_position` is 0: then all was looked at.
static enum liaison_outcome gather(struct liaison_session *session, Control__Search *query,
                                   json_t *messages)
{
    size_t most = query->limit == 0           ? ROWS_A_PAGE
                  : query->limit > MOST_ROWS ? MOST_ROWS
                                              : query->limit;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_SEARCH;
    request.search = query;
    enum liaison_outcome outcome = LIAISON_DONE;
    do {
        struct exchange *exchange;
        size_t left = most - json_array_size(messages);
        query->limit = left < ROWS_A_PAGE ? (uint32_t)left : ROWS_A_PAGE;
        outcome = ask_daemon(session, &request, &exchange);
        if (outcome == LIAISON_DONE) {
            outcome = add_page(session, exchange, query, messages);
            exchange_free(&session->queue, &exchange);
        }
    } while (outcome == LIAISON_DONE && query->after_position != 0 &&
             json_array_size(messages) < most);
    return outcome;
}

enum liaison_outcome liaison_search(struct liaison_session *session, const char *query_json,
                                    char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    ProtobufCMessage *query;
    enum liaison_outcome outcome =
        ask_read_query(session, query_json, &control__search__descriptor, &query);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    Control__Search *search = (Control__Search *)query;
    json_t *messages = json_array();
    outcome = messages == NULL ? session_no_memory(session) : gather(session, search, messages);
    if (outcome != LIAISON_DONE) {
        json_decref(messages);
        return outcome;
    }
    json_t *answer = json_pack("{s:o, s:o}", "messages", messages, "next",
                               rendering_u64(search->after_position));
    return session_give(session, answer, out_json);
}
