// SPDX-License-Identifier: Apache-2.0
//
// One question, one answer: everything but submitting and watching. An answer of several pages
// becomes one.
#pragma once

#include "lib/session.h"

// Says what an outcome of the transport means to the caller of the library.
enum liaison_outcome ask_explain(struct liaison_session *session, enum exchange_outcome outcome);

// Asks and waits. On LIAISON_DONE the first page is in `out_exchange`, which the caller ends with
// exchange_free; a refusal of the daemon is LIAISON_REFUSED.
enum liaison_outcome ask_daemon(struct liaison_session *session, const Control__Request *request,
                                struct exchange **out_exchange);

// Asks and gives the answer's message away as JSON.
enum liaison_outcome ask_for_json(struct liaison_session *session, const Control__Request *request,
                                  char **out_json);

// What a program asks for as JSON (NULL: {}), in the session's arena until the next call.
enum liaison_outcome ask_read_query(struct liaison_session *session, const char *query_json,
                                    const ProtobufCMessageDescriptor *type,
                                    ProtobufCMessage **out_query);

// "author/id", "id", "author/number" or "number" as a question. Refuses what is none of these.
enum liaison_outcome ask_parse_message(struct liaison_session *session, const char *message,
                                       Control__Find *out_find);

// The one statement that `message` names, in the session's arena until the next call.
enum liaison_outcome ask_message(struct liaison_session *session, const char *message,
                                 Control__Message **out_message);
