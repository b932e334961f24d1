// SPDX-License-Identifier: Apache-2.0
//
// The door: answers ZeroMQ's authentication requests for agencies and local clients, and knocks at its own door with a key nobody knows. A CURVE server
// without a handler lets everybody in, so the handler stands before anything is bound, and a knock that is answered closes the listener.
//
// Invariant: a connection is let in only for a key that a card or a client file names.
// Lifetime: process.
#pragma once

#include "base/loop.h"
#include "base/wallclock.h"
#include "intake/client_keys.h"
#include "intake/peer_keys.h"

#define PEER_GUARD_AGENCIES "agencies"
#define PEER_GUARD_CLIENTS "clients"

struct peer_guard;

int peer_guard_new(struct loop *loop, struct peer_keys *peers, struct client_keys *clients, struct peer_guard **out_guard);
void peer_guard_free(struct peer_guard **guard);

// Answers all waiting requests; returns how many keys were turned away.
uint64_t peer_guard_answer(struct peer_guard *guard);

// Starts a knock at `endpoint`, whose server key is `curve_public`.
int peer_guard_knock(struct peer_guard *guard, const char *endpoint, const char *curve_public, struct mono now);

enum peer_guard_knock { KNOCK_NONE, KNOCK_WAITING, KNOCK_REFUSED, KNOCK_ADMITTED, KNOCK_UNANSWERED };
// How the knock went; a result other than waiting is told once.
enum peer_guard_knock peer_guard_listen(struct peer_guard *guard, struct mono now);
