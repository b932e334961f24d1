// SPDX-License-Identifier: Apache-2.0
//
// Frames of other agencies, from both routers: the one that listens and the one that calls. Ties each frame to the agency that CURVE proved, hands
// statements to the workers, and decodes the little frames itself.
//
// Invariant: no field of a frame says who sent it. Inbound it is the User-Id of the body frame; outbound the label we chose for the pinned key.
// Lifetime: process; what it decodes lives in the turn's arena.
#pragma once

#include "event.h"
#include "intake/peer_keys.h"
#include "intake/workers.h"

struct peer_port;

struct peer_port_sockets {
    void *inbound;  // NULL: this agency does not listen
    void *outbound;
    void *inbound_monitor; // NULL with inbound
    void *outbound_monitor;
};

int peer_port_new(const struct peer_port_sockets *sockets, struct workers *workers, struct peer_keys *keys, struct peer_port **out_port);
void peer_port_free(struct peer_port **port);

// The label of an outbound connection: "agency#generation".
enum { PEER_PORT_LABEL_BYTES = LIMIT_AGENCY_BYTES + 16 };

struct gathered {
    struct event *events;
    size_t event_count;
    size_t event_limit;
    struct link_news *news;
    size_t news_count;
    size_t news_limit;
    struct job **jobs; // whose results stand among the events; to be given back after the turn
    size_t job_count;
    size_t job_limit;
    size_t bytes; // still allowed
    bool more;    // finished jobs wait for the next turn
};

// Takes what waits: frames, finished jobs, what the monitors saw.
void peer_port_gather(struct peer_port *port, struct arena *arena, struct gathered *gathered);

uint64_t peer_port_dropped(const struct peer_port *port);
uint64_t peer_port_refused_handshakes(const struct peer_port *port);
