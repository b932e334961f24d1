// SPDX-License-Identifier: Apache-2.0
//
// Questions under way, of which a bounded number is sent and unanswered. Each is sent under a
// number of its own and again, under a fresh one, on every new connection, until its whole answer
// is here; what an earlier connection still delivers is recognised by its number and dropped.
// Before it stands the channel, behind it whoever asks.
//
// Invariant: an exchange is in the queue from exchange_start until it is answered or given up, and
// in the order of the calls. The memory of an answer belongs to its exchange.
// Lifetime: a call for most, from start to finish for batches.
#pragma once

#include "wire/arena.h"
#include "wire/control.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

struct liaison_session;

struct exchange {
    struct exchange *next;
    uint64_t number;  // 0: to be sent, or sent again
    int64_t again_at; // monotonic milliseconds: when silence lasted long enough to ask again
    int64_t silence_ms;
    uint8_t *frame; // room for the number, then the packed request
    size_t request_bytes;
    bool is_answered;
    bool is_malformed;        // the daemon sent what does not decode
    bool was_busy;            // the daemon said so, and has said nothing else since
    struct arena *arena;      // holds the replies
    Control__Reply **replies; // the pages of the answer
    size_t reply_count;
    size_t reply_capacity;
};

struct exchange_queue {
    struct exchange *first;
    struct exchange *last;
    uint64_t last_number;
    uint64_t connection; // of the channel, under which the numbers were given
    int64_t pause_until; // monotonic milliseconds: the daemon said busy
    char busy_text[256]; // and why
};

// Queues a copy of the request. NULL: no memory, or larger than a frame.
struct exchange *exchange_start(struct exchange_queue *queue, const Control__Request *request);

enum exchange_outcome {
    EXCHANGE_ANSWERED,
    EXCHANGE_SILENT,    // no answer by the deadline
    EXCHANGE_BUSY,      // no other answer by the deadline; `busy_text` says why
    EXCHANGE_BARRED,    // the daemon does not know this key
    EXCHANGE_MALFORMED, // an answer that does not decode
    EXCHANGE_FAILED,    // no memory, or the transport broke
};

// Moves frames both ways once: sends what waits, takes what came, waits in between until `deadline`
// at most.
enum exchange_outcome exchange_turn(struct liaison_session *session, int64_t deadline);

// Takes turns until the exchange is answered.
enum exchange_outcome exchange_wait(struct liaison_session *session, struct exchange *exchange,
                                    int64_t deadline);

// Takes it from the queue if it is still there, and ends it. Accepts a pointer to NULL; sets it to
// NULL.
void exchange_free(struct exchange_queue *queue, struct exchange **exchange);

uint64_t exchange_new_number(struct exchange_queue *queue);

int64_t exchange_now(void); // monotonic milliseconds
