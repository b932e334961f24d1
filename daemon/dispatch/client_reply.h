// SPDX-License-Identifier: Apache-2.0
//
// Answers to local clients.
//
// Invariant: never blocks; an answer that does not go through is asked for again by the client's library under the same number.
// Lifetime: none kept.
#pragma once

#include "effect.h"

enum client_reply_outcome { CLIENT_REPLIED, CLIENT_BUSY, CLIENT_GONE };

// Sends one reply. One larger than a frame is replaced by a refusal that says so.
enum client_reply_outcome client_reply_send(void *socket, const struct client_ref *client, uint64_t number, Control__Reply *reply,
                                            struct arena *arena);
