// SPDX-License-Identifier: Apache-2.0
// A stream at either end, each written through before it answers. A and B are sockets; peers.py makes
// A's stream and the mover's group. A message has at B the id that it has at A, and ids of a stream
// only grow, so what is moved again is refused.
//
// A server flushes once for what it has read of all clients, at most 16 KiB of each. So a batch is a
// transaction: nothing is written, and nothing flushed, until all of it has come.
#include "bench/bench_peer.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_BYTES = 48, ACK_WORDS = 3 };

struct client {
    redisContext *at_a;
    redisContext *listener; // to what the mover says
    char *command;
    size_t command_size;
};

struct mover {
    redisContext *reader;
    redisContext *marker;
    redisContext *at_b;
    char from[ID_BYTES]; // what it was given before a fall comes first, then what is new: ">"
    redisReply *given;
    redisReply *messages; // within what was given
    bool is_marking;
};

static redisReply *expect(redisContext *context, redisReply *reply, int type)
{
    if (reply == NULL || reply->type != type) {
        peer_give_up("redis", reply == NULL                      ? context->errstr
                              : reply->type == REDIS_REPLY_ERROR ? reply->str
                                                                 : "another kind of answer");
    }
    return reply;
}

static redisReply *await(redisContext *context, int type)
{
    void *reply = NULL;
    if (redisGetReply(context, &reply) != REDIS_OK) {
        peer_give_up("redis", context->errstr);
    }
    return expect(context, reply, type);
}

// What came of each of `count` commands. Each was first said to be queued, MULTI to be done.
static redisReply *await_transaction(redisContext *context, size_t count)
{
    for (size_t i = 0; i < 1 + count; i++) {
        freeReplyObject(await(context, REDIS_REPLY_STATUS));
    }
    redisReply *done = await(context, REDIS_REPLY_ARRAY);
    if (done->elements != count) {
        peer_give_up("redis", "a transaction that lacks a part");
    }
    return done;
}

static redisContext *open_connection(const char *place)
{
    redisContext *context = redisConnectUnix(place);
    if (context == NULL || context->err != 0) {
        peer_give_up(place, context == NULL ? "no connection" : context->errstr);
    }
    return context;
}

static void send_all(redisContext *context)
{
    for (int done = 0; !done;) {
        if (redisBufferWrite(context, &done) != REDIS_OK) {
            peer_give_up("redis", context->errstr);
        }
    }
}

// -------------------------------------------------------------------------------------------- client

static void *open_client(const char *a, const uint8_t *message)
{
    struct client *client = peer_make(sizeof(*client));
    client->at_a = open_connection(a);
    client->listener = open_connection(a);
    int size = redisFormatCommand(&client->command, "XADD outbox * body %b", message,
                                  (size_t)PEER_MESSAGE_BYTES);
    if (size < 0) {
        peer_give_up("memory", "none left");
    }
    client->command_size = (size_t)size;
    redisAppendCommand(client->listener, "SUBSCRIBE delivered");
    freeReplyObject(await(client->listener, REDIS_REPLY_ARRAY));
    return client;
}

static void submit(void *opened, size_t count)
{
    struct client *client = opened;
    redisAppendCommand(client->at_a, "MULTI");
    for (size_t i = 0; i < count; i++) {
        redisAppendFormattedCommand(client->at_a, client->command, client->command_size);
    }
    redisAppendCommand(client->at_a, "EXEC");
    send_all(client->at_a);
}

static void finish(void *opened, size_t count)
{
    struct client *client = opened;
    redisReply *done = await_transaction(client->at_a, count);
    for (size_t i = 0; i < count; i++) {
        expect(client->at_a, done->element[i], REDIS_REPLY_STRING);
    }
    freeReplyObject(done);
}

// The sum of what was said in what has been read.
static size_t hear_said(redisContext *listener)
{
    size_t sum = 0;
    for (void *reply = NULL;
         redisGetReplyFromReader(listener, &reply) == REDIS_OK && reply != NULL;) {
        const redisReply *said = expect(listener, reply, REDIS_REPLY_ARRAY);
        sum += strtoull(said->element[2]->str, NULL, 10);
        freeReplyObject(reply);
        reply = NULL;
    }
    return sum;
}

static size_t hear(void *opened, int wait_ms)
{
    struct client *client = opened;
    if (peer_is_readable(client->listener->fd, wait_ms) &&
        redisBufferRead(client->listener) != REDIS_OK) {
        peer_give_up("redis", client->listener->errstr);
    }
    return hear_said(client->listener);
}

static void close_client(void *opened)
{
    struct client *client = opened;
    redisFree(client->at_a);
    redisFree(client->listener);
    redisFreeCommand(client->command);
    free(client);
}

// --------------------------------------------------------------------------------------------- mover

static void *open_mover(const char *a, const char *b)
{
    struct mover *mover = peer_make(sizeof(*mover));
    mover->reader = open_connection(a);
    mover->marker = open_connection(a);
    mover->at_b = open_connection(b);
    snprintf(mover->from, sizeof(mover->from), "0");
    return mover;
}

static void ask(void *opened)
{
    struct mover *mover = opened;
    redisAppendCommand(mover->reader,
                       "XREADGROUP GROUP mover one COUNT %d BLOCK 0 STREAMS outbox %s",
                       PEER_BATCH_MOST, mover->from);
    send_all(mover->reader);
}

// Of what was given before a fall nothing more is left when the answer is empty.
static void take(void *opened)
{
    struct mover *mover = opened;
    for (;;) {
        freeReplyObject(mover->given);
        mover->given = await(mover->reader, REDIS_REPLY_ARRAY);
        mover->messages =
            expect(mover->reader, mover->given->element[0]->element[1], REDIS_REPLY_ARRAY);
        if (mover->messages->elements > 0) {
            break;
        }
        snprintf(mover->from, sizeof(mover->from), ">");
        ask(mover);
    }
    if (mover->from[0] != '>') {
        const redisReply *last = mover->messages->element[mover->messages->elements - 1];
        snprintf(mover->from, sizeof(mover->from), "%s", last->element[0]->str);
    }
}

static void put(void *opened)
{
    struct mover *mover = opened;
    redisAppendCommand(mover->at_b, "MULTI");
    for (size_t i = 0; i < mover->messages->elements; i++) {
        const redisReply *message = mover->messages->element[i];
        const redisReply *body = message->element[1]->element[1];
        redisAppendCommand(mover->at_b, "XADD inbox %s body %b", message->element[0]->str,
                           body->str, body->len);
    }
    redisAppendCommand(mover->at_b, "EXEC");
    send_all(mover->at_b);
}

static void settle(void *opened)
{
    struct mover *mover = opened;
    redisReply *done = await_transaction(mover->at_b, mover->messages->elements);
    for (size_t i = 0; i < done->elements; i++) {
        redisReply *one = done->element[i];
        if (one->type != REDIS_REPLY_ERROR || strstr(one->str, "equal or smaller") == NULL) {
            expect(mover->at_b, one, REDIS_REPLY_STRING);
        }
    }
    freeReplyObject(done);
}

// The listeners are told in the same turn of A's loop as the mark is written, and so after it.
static void mark(void *opened)
{
    struct mover *mover = opened;
    const char *words[ACK_WORDS + PEER_BATCH_MOST] = {"XACK", "outbox", "mover"};
    size_t count = mover->messages->elements;
    if (mover->is_marking) {
        freeReplyObject(await(mover->marker, REDIS_REPLY_INTEGER));
        freeReplyObject(await(mover->marker, REDIS_REPLY_INTEGER));
    }
    for (size_t i = 0; i < count; i++) {
        words[ACK_WORDS + i] = mover->messages->element[i]->element[0]->str;
    }
    redisAppendCommandArgv(mover->marker, ACK_WORDS + (int)count, words, NULL);
    redisAppendCommand(mover->marker, "PUBLISH delivered %d", (int)count);
    send_all(mover->marker);
    mover->is_marking = true;
}

const struct peer_kind peer_redis = {
    .name = "redis",
    .open_client = open_client,
    .submit = submit,
    .finish = finish,
    .hear = hear,
    .close_client = close_client,
    .open_mover = open_mover,
    .ask = ask,
    .take = take,
    .put = put,
    .settle = settle,
    .mark = mark,
};
