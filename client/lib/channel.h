// SPDX-License-Identifier: Apache-2.0
//
// The socket to the daemon, local or TCP: one DEALER under CURVE, and the monitor that tells when a connection
// stands. Frames are sent only while one does, so that nothing waits in a queue of the transport
// and whoever sends knows what a broken connection took.
//
// Invariant: never blocks but in channel_wait.
// Lifetime: a session.
#pragma once

#include "lib/client_key.h"

#include <stdint.h>

struct channel;

// Connects in the background. Returns 0 or a negative errno.
int channel_open(const struct client_key *key, struct channel **out_channel);

// Accepts a pointer to NULL; sets it to NULL.
void channel_close(struct channel **channel);

enum channel_state {
    CHANNEL_DOWN, // keeps trying
    CHANNEL_UP,
    CHANNEL_BARRED, // the daemon does not know the key
};
enum channel_state channel_state(const struct channel *channel);

// Rises with every connection made; frames sent under another number may be lost.
uint64_t channel_connection(const struct channel *channel);

enum channel_wish { CHANNEL_RECEIVE, CHANNEL_RECEIVE_AND_SEND };

// Waits until there may be something to receive, to send if wished, or the state changed, at most
// `timeout_ms`. Brings the state up to date. Returns 0 or a negative errno.
int channel_wait(struct channel *channel, enum channel_wish wish, int64_t timeout_ms);

enum channel_send_outcome { CHANNEL_SENT, CHANNEL_FULL };
enum channel_send_outcome channel_send(struct channel *channel, const void *frame, size_t size);

// A frame of the daemon, or NULL if none is there. It belongs to the channel and lives until the
// next call.
const uint8_t *channel_receive(struct channel *channel, size_t *out_size);
