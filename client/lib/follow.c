// SPDX-License-Identifier: Apache-2.0
#include "lib/follow.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/ask.h"
#include "lib/rendering.h"
#include "wire/decode.h"

enum {
    MOST_EVENTS = 10000, // that wait to be fetched
    EVENT_BYTES = 128 << 20,
    NAP_MS = 1000, // a check for a deadline that is far away
};

struct waiting_event {
    struct waiting_event *next;
    char *json;
};

struct follow {
    uint64_t number;     // of the question whose answers count; 0: to be asked
    uint64_t connection; // under which it was asked
    uint64_t last_turn;  // position of the newest event here
    uint32_t last_index;
    struct waiting_event *first;
    struct waiting_event *last;
    size_t count;
    char *refusal_json;
    struct arena *arena;
};

void follow_free(struct follow **pointer)
{
    struct follow *follow = *pointer;
    if (follow == NULL) {
        return;
    }
    while (follow->first != NULL) {
        struct waiting_event *event = follow->first;
        follow->first = event->next;
        free(event->json);
        free(event);
    }
    arena_free(&follow->arena);
    free(follow->refusal_json);
    free(follow);
    *pointer = NULL;
}

void follow_ask(struct liaison_session *session)
{
    struct follow *follow = session->follow;
    bool is_needed =
        follow != NULL && follow->refusal_json == NULL &&
        (follow->number == 0 || follow->connection != channel_connection(session->channel));
    if (!is_needed || follow->count >= MOST_EVENTS / 2) {
        return;
    }
    Control__Position from = CONTROL__POSITION__INIT;
    from.turn = follow->last_turn;
    from.index = follow->last_index;
    Control__Watch watch = CONTROL__WATCH__INIT;
    watch.from = &from;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.number = exchange_new_number(&session->queue);
    request.ask_case = CONTROL__REQUEST__ASK_WATCH;
    request.watch = &watch;
    uint8_t frame[64];
    if (control__request__get_packed_size(&request) > sizeof frame) {
        return;
    }
    size_t size = control__request__pack(&request, frame);
    if (channel_send(session->channel, frame, size) == CHANNEL_SENT) {
        follow->number = request.number;
        follow->connection = channel_connection(session->channel);
    }
}

static bool is_news(const struct follow *follow, const Control__Position *position)
{
    return position->turn > follow->last_turn ||
           (position->turn == follow->last_turn && position->index > follow->last_index);
}

// An event that cannot be kept is not lost: the question is asked again from the last one that was.
static void keep_event(struct follow *follow, const Control__Event *event)
{
    if (event->position == NULL || !is_news(follow, event->position)) {
        return;
    }
    struct waiting_event *waiting = calloc(1, sizeof *waiting);
    json_t *json = rendering_message(&event->base, RENDERING_FULL);
    char *text = rendering_text(json);
    json_decref(json);
    if (waiting == NULL || text == NULL || follow->count >= MOST_EVENTS) {
        free(waiting);
        free(text);
        follow->number = 0;
        return;
    }
    waiting->json = text;
    if (follow->last == NULL) {
        follow->first = waiting;
    } else {
        follow->last->next = waiting;
    }
    follow->last = waiting;
    follow->count++;
    follow->last_turn = event->position->turn;
    follow->last_index = event->position->index;
}

enum follow_taken follow_take(struct liaison_session *session, uint64_t number,
                              const uint8_t *frame, size_t size)
{
    struct follow *follow = session->follow;
    if (follow == NULL || follow->number != number) {
        return FOLLOW_NOT_MINE;
    }
    struct bytes input = {frame, size};
    ProtobufCMessage *message;
    arena_reset(follow->arena);
    if (decode_message(&control__reply__descriptor, input, &decode_control_rules, follow->arena,
                       NULL, &message) != DECODE_OK) {
        return FOLLOW_TAKEN;
    }
    const Control__Reply *reply = (const Control__Reply *)message;
    if (reply->answer_case == CONTROL__REPLY__ANSWER_EVENT) {
        keep_event(follow, reply->event);
    } else if (reply->answer_case == CONTROL__REPLY__ANSWER_REFUSAL) {
        json_t *refusal = rendering_message(&reply->refusal->base, RENDERING_FULL);
        follow->refusal_json = rendering_text(refusal);
        json_decref(refusal);
    }
    return FOLLOW_TAKEN;
}

// ------------------------------------------------------------------------------------------- calls

static bool parse_position(const char *text, uint64_t *out_turn, uint32_t *out_index)
{
    char *dot;
    char *end;
    errno = 0;
    const unsigned long long turn = strtoull(text, &dot, 10);
    if (!isdigit((unsigned char)text[0]) || dot[0] != '.' || !isdigit((unsigned char)dot[1])) {
        return false;
    }
    const unsigned long long index = strtoull(dot + 1, &end, 10);
    if (end[0] != '\0' || errno != 0 || index > UINT32_MAX) {
        return false;
    }
    *out_turn = turn;
    *out_index = (uint32_t)index;
    return true;
}

static enum liaison_outcome find_newest(struct liaison_session *session, struct follow *follow)
{
    Control__Greet greet = CONTROL__GREET__INIT;
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_GREET;
    request.greet = &greet;
    struct exchange *exchange;
    enum liaison_outcome outcome = ask_daemon(session, &request, &exchange);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    const Control__Reply *reply = exchange->replies[0];
    if (reply->answer_case == CONTROL__REPLY__ANSWER_GREETING &&
        reply->greeting->position != NULL) {
        follow->last_turn = reply->greeting->position->turn;
        follow->last_index = reply->greeting->position->index;
    }
    exchange_free(&session->queue, &exchange);
    return LIAISON_DONE;
}

// "From now on" is made a position first, so that a connection that breaks before the first event
// leaves no gap.
enum liaison_outcome liaison_watch(struct liaison_session *session, const char *from)
{
    uint64_t turn = 0;
    uint32_t index = 0;
    enum liaison_outcome outcome = session_begin(session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    if (from != NULL && !parse_position(from, &turn, &index)) {
        return session_fail(session, LIAISON_USAGE, "a position is TURN.INDEX");
    }
    follow_free(&session->follow);
    struct follow *follow = calloc(1, sizeof *follow);
    if (follow == NULL || arena_new(EVENT_BYTES, &follow->arena) != 0) {
        follow_free(&follow);
        return session_no_memory(session);
    }
    outcome = find_newest(session, follow);
    if (outcome != LIAISON_DONE) {
        follow_free(&follow);
        return outcome;
    }
    if (from != NULL) {
        follow->last_turn = turn;
        follow->last_index = index;
    }
    session->follow = follow;
    return LIAISON_DONE;
}

static char *fetch(struct follow *follow)
{
    struct waiting_event *event = follow->first;
    if (event == NULL) {
        return NULL;
    }
    char *json = event->json;
    follow->first = event->next;
    if (follow->first == NULL) {
        follow->last = NULL;
    }
    follow->count--;
    free(event);
    return json;
}

static enum liaison_outcome end_watch(struct liaison_session *session)
{
    enum liaison_outcome outcome =
        session_refuse_json(session, json_loads(session->follow->refusal_json, 0, NULL));
    follow_free(&session->follow);
    return outcome;
}

enum liaison_outcome liaison_next_event(struct liaison_session *session, unsigned timeout_ms,
                                        char **out_json)
{
    enum liaison_outcome outcome = session_begin(session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    if (session->follow == NULL) {
        return session_fail(session, LIAISON_USAGE, "nothing is watched");
    }
    int64_t deadline = exchange_now() + timeout_ms;
    while (session->follow->first == NULL && session->follow->refusal_json == NULL) {
        int64_t now = exchange_now();
        int64_t nap = deadline - now < NAP_MS ? deadline : now + NAP_MS;
        enum exchange_outcome turned = exchange_turn(session, nap);
        if (turned != EXCHANGE_ANSWERED) {
            return ask_explain(session, turned);
        }
        if (exchange_now() >= deadline) {
            break;
        }
    }
    if (session->follow->first == NULL && session->follow->refusal_json != NULL) {
        return end_watch(session);
    }
    *out_json = fetch(session->follow);
    return LIAISON_DONE;
}
