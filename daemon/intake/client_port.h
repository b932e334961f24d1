// SPDX-License-Identifier: Apache-2.0
//
// Requests of local clients. Who speaks is the name that the guard tied to the connection's key, read from the request's own frame.
//
// Invariant: answers go only to routing ids that our own socket made.
// Lifetime: process; requests live in the turn's arena.
#pragma once

#include "event.h"
#include "intake/client_keys.h"

struct client_port;

int client_port_new(void *socket, struct client_keys *keys, struct client_port **out_port);
void client_port_free(struct client_port **port);

// Takes at most `limit` requests and `*bytes` bytes (reduced by what was taken); returns how many events were made.
size_t client_port_gather(struct client_port *port, struct arena *arena, size_t limit, size_t *bytes, struct event *out_events);

uint64_t client_port_dropped(const struct client_port *port);
