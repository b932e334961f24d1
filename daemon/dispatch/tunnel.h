// SPDX-License-Identifier: Apache-2.0
//
// Calls through a SOCKS5 proxy (RFC 1928, no authentication). libzmq 4.3.4 can do that too, but aborts the process when it ends a call that the
// proxy had refused, and names all such connections alike, so that nobody can tell whose ended. Here each destination has a local
// address of its own; whoever connects there is carried, through the proxy, to the destination. What is carried is CURVE's, not ours to read.
//
// Invariant: a tunnel that cannot be made ends the connection that asked for it, and nothing else.
// Lifetime: process; one thread.
#pragma once

#include <stddef.h>

struct tunnels;

enum { TUNNEL_ADDRESS_BYTES = 96 };

// `proxy` is HOST:PORT.
int tunnel_new(const char *proxy, struct tunnels **out_tunnels);
void tunnel_free(struct tunnels **tunnels);

// Makes the address to connect to instead of `endpoint`, tcp://HOST:PORT.
int tunnel_open(struct tunnels *tunnels, const char *endpoint, char out_address[TUNNEL_ADDRESS_BYTES]);
// Ends the address and what it carries. Unknown addresses are left alone.
void tunnel_close(struct tunnels *tunnels, const char *address);
