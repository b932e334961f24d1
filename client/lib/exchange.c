// SPDX-License-Identifier: Apache-2.0
#include "lib/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/follow.h"
#include "lib/session.h"
#include "wire/decode.h"
#include "wire/limits.h"

enum {
    HEAD_BYTES = 11, // tag and longest varint of a number
    BUSY_PAUSE_MS = 100,
    MOST_PAGES = 4096,
    REPLY_BYTES = 128 << 20, // of one answer, decoded
    FRAMES_A_TURN = 256,     // received before sending has its turn again
    // Sent and not answered: fewer than the replies that the daemon's socket holds for one client
    // before it drops any.
    MOST_IN_FLIGHT = 32,
    // An answer that is not here by now may have been dropped on the way; asking again is safe.
    SILENCE_MS = 2000,
};

int64_t exchange_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t exchange_new_number(struct exchange_queue *queue)
{
    return ++queue->last_number;
}

struct exchange *exchange_start(struct exchange_queue *queue, const Control__Request *request)
{
    size_t size = control__request__get_packed_size(request);
    struct exchange *exchange = calloc(1, sizeof *exchange);
    uint8_t *frame = malloc(HEAD_BYTES + size);
    if (exchange == NULL || frame == NULL || HEAD_BYTES + size > LIMIT_FRAME_BYTES ||
        arena_new(REPLY_BYTES, &exchange->arena) != 0) {
        free(exchange);
        free(frame);
        return NULL;
    }
    exchange->frame = frame;
    exchange->request_bytes = control__request__pack(request, frame + HEAD_BYTES);
    if (queue->last == NULL) {
        queue->first = exchange;
    } else {
        queue->last->next = exchange;
    }
    queue->last = exchange;
    return exchange;
}

static void remove_from_queue(struct exchange_queue *queue, const struct exchange *exchange)
{
    struct exchange *before = NULL;
    for (struct exchange *at = queue->first; at != NULL; before = at, at = at->next) {
        if (at != exchange) {
            continue;
        }
        if (before == NULL) {
            queue->first = at->next;
        } else {
            before->next = at->next;
        }
        if (queue->last == at) {
            queue->last = before;
        }
        return;
    }
}

void exchange_free(struct exchange_queue *queue, struct exchange **pointer)
{
    struct exchange *exchange = *pointer;
    if (exchange == NULL) {
        return;
    }
    if (!exchange->is_answered) {
        remove_from_queue(queue, exchange);
    }
    arena_free(&exchange->arena);
    free(exchange->replies);
    free(exchange->frame);
    free(exchange);
    *pointer = NULL;
}

// The number is field 1 of the request and a decoder takes fields in any order, so it goes before
// the packed bytes, into the room kept for it; a repeated question is not packed again.
static uint8_t *write_number(struct exchange *exchange, uint64_t number, size_t *out_size)
{
    uint8_t head[HEAD_BYTES] = {1 << 3};
    size_t size = 1;
    for (uint64_t left = number; size == 1 || left > 0; left >>= 7) {
        head[size++] = (uint8_t)((left & 127) | (left > 127 ? 128 : 0));
    }
    memcpy(exchange->frame + HEAD_BYTES - size, head, size);
    *out_size = size + exchange->request_bytes;
    return exchange->frame + HEAD_BYTES - size;
}

// Reads the number from the front of a reply without decoding it; 0 if there is none.
static uint64_t peek_number(const uint8_t *frame, size_t size)
{
    uint64_t number = 0;
    if (size < 2 || frame[0] != 1 << 3) {
        return 0;
    }
    for (size_t i = 1; i < size && i <= 10; i++) {
        number |= (uint64_t)(frame[i] & 127) << (7 * (i - 1));
        if (frame[i] < 128) {
            return number;
        }
    }
    return 0;
}

static void forget_replies(struct exchange *exchange)
{
    arena_reset(exchange->arena);
    exchange->reply_count = 0;
}

// On a new connection everything without an answer is asked again.
static void renumber(struct exchange_queue *queue)
{
    for (struct exchange *exchange = queue->first; exchange != NULL; exchange = exchange->next) {
        exchange->number = 0;
        forget_replies(exchange);
    }
}

// Sends a question that waits, or again one that was met with silence: under the number it has, so
// that whichever answer comes first counts.
static enum channel_send_outcome send_exchange(struct liaison_session *session,
                                               struct exchange *exchange, int64_t now)
{
    uint64_t number =
        exchange->number == 0 ? exchange_new_number(&session->queue) : exchange->number;
    size_t size;
    const uint8_t *frame = write_number(exchange, number, &size);
    if (channel_send(session->channel, frame, size) == CHANNEL_FULL) {
        return CHANNEL_FULL;
    }
    exchange->silence_ms = exchange->number == 0 ? SILENCE_MS : exchange->silence_ms * 2;
    exchange->again_at = now + exchange->silence_ms;
    exchange->number = number;
    return CHANNEL_SENT;
}

// Sends in order until enough is in flight or the transport is full. Returns what is still to be
// wished for.
static enum channel_wish send_waiting(struct liaison_session *session)
{
    int64_t now = exchange_now();
    struct exchange *exchange = session->queue.first;
    for (size_t i = 0; exchange != NULL && i < MOST_IN_FLIGHT && now >= session->queue.pause_until;
         i++) {
        bool is_to_send = exchange->number == 0 || now >= exchange->again_at;
        if (is_to_send && send_exchange(session, exchange, now) == CHANNEL_FULL) {
            return CHANNEL_RECEIVE_AND_SEND;
        }
        exchange = exchange->next;
    }
    return CHANNEL_RECEIVE;
}

static struct exchange *find_exchange(const struct exchange_queue *queue, uint64_t number)
{
    struct exchange *exchange = queue->first;
    while (exchange != NULL && exchange->number != number) {
        exchange = exchange->next;
    }
    return exchange;
}

static enum exchange_outcome keep_reply(struct exchange *exchange, Control__Reply *reply)
{
    if (exchange->reply_count == exchange->reply_capacity) {
        size_t capacity = exchange->reply_capacity == 0 ? 1 : exchange->reply_capacity * 2;
        Control__Reply **replies =
            reallocarray(exchange->replies, capacity, sizeof(Control__Reply *));
        if (replies == NULL || capacity > MOST_PAGES) {
            exchange->replies = replies == NULL ? exchange->replies : replies;
            return EXCHANGE_FAILED;
        }
        exchange->replies = replies;
        exchange->reply_capacity = capacity;
    }
    exchange->replies[exchange->reply_count++] = reply;
    return EXCHANGE_ANSWERED;
}

static bool is_busy(const Control__Reply *reply)
{
    return reply->answer_case == CONTROL__REPLY__ANSWER_REFUSAL &&
           strcmp(reply->refusal->code, "busy") == 0;
}

static enum exchange_outcome take_reply(struct exchange_queue *queue, struct exchange *exchange,
                                        const uint8_t *frame, size_t size)
{
    struct bytes input = {frame, size};
    ProtobufCMessage *message;
    // Texts that a reply borrows stay in the arena; the frame does not outlive this call.
    enum decode_outcome outcome = decode_message(
        &control__reply__descriptor, input, &decode_control_rules, exchange->arena, NULL, &message);
    if (outcome != DECODE_OK) {
        exchange->is_malformed = true;
        exchange->is_answered = true;
        remove_from_queue(queue, exchange);
        return EXCHANGE_ANSWERED;
    }
    Control__Reply *reply = (Control__Reply *)message;
    if (is_busy(reply)) {
        exchange->number = 0;
        exchange->was_busy = true;
        snprintf(queue->busy_text, sizeof queue->busy_text, "%s", reply->refusal->text);
        queue->pause_until = exchange_now() + BUSY_PAUSE_MS;
        forget_replies(exchange);
        return EXCHANGE_ANSWERED;
    }
    if (!reply->more) {
        exchange->is_answered = true;
        remove_from_queue(queue, exchange);
    }
    return keep_reply(exchange, reply);
}

static enum exchange_outcome receive_waiting(struct liaison_session *session)
{
    const uint8_t *frame;
    size_t size;
    for (unsigned i = 0; i < FRAMES_A_TURN; i++) {
        frame = channel_receive(session->channel, &size);
        if (frame == NULL) {
            break;
        }
        uint64_t number = peek_number(frame, size);
        if (number == 0 || follow_take(session, number, frame, size) == FOLLOW_TAKEN) {
            continue;
        }
        struct exchange *exchange = find_exchange(&session->queue, number);
        if (exchange != NULL &&
            take_reply(&session->queue, exchange, frame, size) == EXCHANGE_FAILED) {
            return EXCHANGE_FAILED;
        }
    }
    return EXCHANGE_ANSWERED;
}

// What is to be sent later is not slept through; but where nothing can be sent, the transport wakes
// us.
static int64_t choose_pause(const struct liaison_session *session, enum channel_wish wish,
                            int64_t deadline)
{
    int64_t now = exchange_now();
    int64_t wake_at = deadline;
    if (wish == CHANNEL_RECEIVE_AND_SEND || channel_state(session->channel) != CHANNEL_UP) {
        return wake_at - now;
    }
    if (session->queue.pause_until > now && session->queue.pause_until < wake_at) {
        wake_at = session->queue.pause_until;
    }
    const struct exchange *oldest = session->queue.first;
    if (oldest != NULL && oldest->number != 0 && oldest->again_at < wake_at) {
        wake_at = oldest->again_at;
    }
    return wake_at - now;
}

enum exchange_outcome exchange_turn(struct liaison_session *session, int64_t deadline)
{
    enum channel_wish wish = CHANNEL_RECEIVE;
    if (channel_state(session->channel) == CHANNEL_UP) {
        follow_ask(session);
        wish = send_waiting(session);
    }
    if (channel_wait(session->channel, wish, choose_pause(session, wish, deadline)) != 0) {
        return EXCHANGE_FAILED;
    }
    if (channel_state(session->channel) == CHANNEL_BARRED) {
        return EXCHANGE_BARRED;
    }
    if (session->queue.connection != channel_connection(session->channel)) {
        session->queue.connection = channel_connection(session->channel);
        renumber(&session->queue);
    }
    return receive_waiting(session);
}

enum exchange_outcome exchange_wait(struct liaison_session *session, struct exchange *exchange,
                                    int64_t deadline)
{
    while (!exchange->is_answered) {
        if (exchange_now() >= deadline) {
            return exchange->was_busy ? EXCHANGE_BUSY : EXCHANGE_SILENT;
        }
        enum exchange_outcome outcome = exchange_turn(session, deadline);
        if (outcome != EXCHANGE_ANSWERED) {
            return outcome;
        }
    }
    return exchange->is_malformed ? EXCHANGE_MALFORMED : EXCHANGE_ANSWERED;
}
