// SPDX-License-Identifier: Apache-2.0
//
// The same exchange, built of a database or a broker as a county's IT would build it: a client hands
// messages of 1 KiB to a queue at A, a mover carries them to B. An exchange is done when A's client
// has learned from A that the message is durable at B, and that A has made durable that it is. What
// these do not do: nothing is signed, there is no receipt of B's, no duty, no deadline.
//
// Invariant: whatever is counted was durable at both ends first. A message that is moved again, as
// after a fall of the mover, is held at B once.
// Lifetime: the process, which ends at the first error.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PEER_MESSAGE_BYTES = 1024,
    PEER_BATCH_MOST = 100, // messages of one commit
    PEER_PATIENCE_MS = 60000,
};

struct peer_kind {
    const char *name;

    // A client of A. What it submits is always the same message.
    void *(*open_client)(const char *a, const uint8_t *message);
    void (*submit)(void *client, size_t count); // in one commit; returns at once
    void (*finish)(void *client, size_t count); // until the oldest commit is durable at A
    // How many more A says that B holds, waiting so long for the first.
    size_t (*hear)(void *client, int wait_ms);
    void (*close_client)(void *client);

    // The mover, which runs until it is killed. It has one batch in hand, while it asks for the next and the last is being marked.
    void *(*open_mover)(const char *a, const char *b);
    void (*ask)(void *mover);    // A for messages that it has not given yet; returns at once
    void (*take)(void *mover);   // what A gives, waiting until there is any
    void (*put)(void *mover);    // what was taken, to B; returns at once
    void (*settle)(void *mover); // until it is durable at B
    void (*mark)(void *mover);   // it as delivered at A, when the mark before is durable
};

extern const struct peer_kind peer_postgres;
extern const struct peer_kind peer_redis;

__attribute__((noreturn)) void peer_give_up(const char *what, const char *why);
void *peer_make(size_t size);                   // zeroed
bool peer_is_readable(int socket, int wait_ms); // soon or already
