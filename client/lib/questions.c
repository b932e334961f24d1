// SPDX-License-Identifier: Apache-2.0
//
// The public calls that ask one thing, in the order of the header.
#include "liaison/liaison.h"

#include <string.h>

#include "lib/ask.h"
#include "lib/refusal.h"
#include "law/instant.h"
#include "wire/envelope.h"
#include "wire/identity.h"
#include "wire/pem.h"

// ------------------------------------------------------------------------------- without arguments

enum liaison_outcome liaison_greet(struct liaison_session *session, char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__Greet greet = CONTROL__GREET__INIT;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_GREET;
    request.greet = &greet;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_status(struct liaison_session *session, char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__StatusAsk status = CONTROL__STATUS_ASK__INIT;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_STATUS;
    request.status = &status;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_peer_list(struct liaison_session *session, char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__PeerAsk peers = CONTROL__PEER_ASK__INIT;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_PEER_LIST;
    request.peer_list = &peers;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_officer_list(struct liaison_session *session, char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__OfficerAsk officers = CONTROL__OFFICER_ASK__INIT;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_OFFICER_LIST;
    request.officer_list = &officers;
    return ask_for_json(session, &request, out_json);
}

// ------------------------------------------------------------------------------- with one argument

enum liaison_outcome liaison_compact(struct liaison_session *session, const char *id,
                                     char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__CompactAsk compact = CONTROL__COMPACT_ASK__INIT;
    compact.id = id == NULL ? compact.id : (char *)id;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_COMPACT;
    request.compact = &compact;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_procedure(struct liaison_session *session, const char *id,
                                       char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__ProcedureAsk procedure = CONTROL__PROCEDURE_ASK__INIT;
    procedure.id = id == NULL ? procedure.id : (char *)id;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_PROCEDURE;
    request.procedure = &procedure;
    return ask_for_json(session, &request, out_json);
}

static enum liaison_outcome change_peer(struct liaison_session *session, const char *agency,
                                        const char *change, char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__PeerChange peer = CONTROL__PEER_CHANGE__INIT;
    peer.agency = (char *)agency;
    peer.change = (char *)change;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_PEER_CHANGE;
    request.peer_change = &peer;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_peer_suspend(struct liaison_session *session, const char *agency,
                                          char **out_json)
{
    return change_peer(session, agency, "suspend", out_json);
}

enum liaison_outcome liaison_peer_resume(struct liaison_session *session, const char *agency,
                                         char **out_json)
{
    return change_peer(session, agency, "resume", out_json);
}

enum liaison_outcome liaison_peer_add(struct liaison_session *session, const void *card,
                                      size_t card_bytes, char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    struct bytes input = {card, card_bytes};
    struct bytes unwrapped = pem_parse(input, "LIAISON CARD", session->arena);
    if (unwrapped.data != NULL) {
        input = unwrapped;
    }
    Control__PeerAdd peer = CONTROL__PEER_ADD__INIT;
    peer.card = (ProtobufCBinaryData){.len = input.size, .data = (uint8_t *)input.data};
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_PEER_ADD;
    request.peer_add = &peer;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_test_clock(struct liaison_session *session, const char *to,
                                        char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__TestClock test_clock = CONTROL__TEST_CLOCK__INIT;
    if (!instant_parse(to, &test_clock.to)) {
        return session_fail(session, LIAISON_USAGE, "not a time as 2026-02-14T10:00:00+08:00");
    }
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_TEST_CLOCK;
    request.test_clock = &test_clock;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_accept_clock(struct liaison_session *session, char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__ClockAccept accept = CONTROL__CLOCK_ACCEPT__INIT;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_CLOCK_ACCEPT;
    request.clock_accept = &accept;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_clear_alarm(struct liaison_session *session, const char *code,
                                         const char *agency, char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__AlarmClear clear = CONTROL__ALARM_CLEAR__INIT;
    clear.code = (char *)code;
    clear.agency = (char *)agency;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_ALARM_CLEAR;
    request.alarm_clear = &clear;
    return ask_for_json(session, &request, out_json);
}

static enum liaison_outcome parse_matter(struct liaison_session *session, const char *matter,
                                         uint8_t out_id[ID_BYTES])
{
    return identity_parse_id(matter, out_id)
               ? LIAISON_DONE
               : session_fail(session, LIAISON_USAGE, "a matter is named by its UUID");
}

enum liaison_outcome liaison_matter(struct liaison_session *session, const char *matter,
                                    char **out_json)
{
    uint8_t id[ID_BYTES];
    if (session_begin(session) != LIAISON_DONE ||
        parse_matter(session, matter, id) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__MatterAsk ask = CONTROL__MATTER_ASK__INIT;
    ask.matter = (ProtobufCBinaryData){.len = ID_BYTES, .data = id};
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_MATTER;
    request.matter = &ask;
    return ask_for_json(session, &request, out_json);
}

// ------------------------------------------------------------------------------------ with a query

enum liaison_outcome liaison_list(struct liaison_session *session, const char *query_json,
                                  char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    ProtobufCMessage *query;
    enum liaison_outcome outcome =
        ask_read_query(session, query_json, &control__list__descriptor, &query);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_LIST;
    request.list = (Control__List *)query;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_due(struct liaison_session *session, const char *query_json,
                                 char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    ProtobufCMessage *query;
    enum liaison_outcome outcome =
        ask_read_query(session, query_json, &control__due_ask__descriptor, &query);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_DUE;
    request.due = (Control__DueAsk *)query;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_subscriptions(struct liaison_session *session, const char *query_json,
                                           char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    ProtobufCMessage *query;
    enum liaison_outcome outcome =
        ask_read_query(session, query_json, &control__subscription_ask__descriptor, &query);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_SUBSCRIPTIONS;
    request.subscriptions = (Control__SubscriptionAsk *)query;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_catalogue(struct liaison_session *session, const char *query_json,
                                       char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    ProtobufCMessage *query;
    enum liaison_outcome outcome =
        ask_read_query(session, query_json, &control__catalogue_ask__descriptor, &query);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_CATALOGUE;
    request.catalogue = (Control__CatalogueAsk *)query;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_officer_remove(struct liaison_session *session,
                                            const char *certificate, char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    Control__OfficerRemove officer = CONTROL__OFFICER_REMOVE__INIT;
    officer.certificate = (char *)certificate;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_OFFICER_REMOVE;
    request.officer_remove = &officer;
    return ask_for_json(session, &request, out_json);
}

enum liaison_outcome liaison_officer_add(struct liaison_session *session, const char *officer_json,
                                         char **out_json)
{
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    ProtobufCMessage *officer;
    enum liaison_outcome outcome =
        ask_read_query(session, officer_json, &control__officer_add__descriptor, &officer);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_OFFICER_ADD;
    request.officer_add = (Control__OfficerAdd *)officer;
    return ask_for_json(session, &request, out_json);
}
