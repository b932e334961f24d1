// SPDX-License-Identifier: Apache-2.0
//
// Owns every part, makes them in layer order and unmakes them in reverse.
//
// Invariant: sockets are bound only after the door has its guard and the store has answered who we are.
// Lifetime: process.
#pragma once

#include "base/keyring.h"
#include "base/loop.h"
#include "base/quiet.h"
#include "base/wallclock.h"
#include "config.h"
#include "dispatch/notice.h"
#include "dispatch/peer_link.h"
#include "intake/client_keys.h"
#include "intake/client_port.h"
#include "intake/doors.h"
#include "intake/peer_guard.h"
#include "intake/peer_keys.h"
#include "intake/peer_port.h"
#include "intake/wakeup.h"
#include "intake/workers.h"
#include "store/store.h"

struct haul;
struct tunnels;
struct turn;

// What refusals at the door the log has told of.
struct told {
    uint64_t handshakes;
    uint64_t frames;
    uint64_t requests;
};

struct daemon {
    struct config config;
    struct wall read_at;            // when the operator's files were last read without fault
    struct config_fault read_fault; // of a later reading; empty: none
    struct wallclock clock;
    struct keyring *keyring;
    struct store *store;
    struct loop *loop;
    struct wakeup wakeup;
    struct peer_keys *peer_keys;
    struct client_keys *client_keys;
    struct peer_guard *guard;
    struct doors *doors;
    struct workers *workers;
    void *client_socket;
    void *inbound;
    void *outbound;
    void *inbound_monitor;
    void *outbound_monitor;
    struct client_port *client_port;
    struct peer_port *peer_port;
    struct tunnels *tunnels; // NULL: others are called directly
    struct peer_links *links;
    struct notices *notices;
    struct haul *haul;
    struct turn *turn;
    struct mono refreshed_at;
    struct told told;
    struct quiet quiet;
    bool deaf; // to other agencies: the workers have no room
    bool stopping;
};

struct daemon_options {
    const char *folder;
    const char *test_clock; // RFC 3339; NULL: the real clock
};

// Everything up to a bound, guarded, started daemon. What went wrong was logged.
int daemon_new(const struct daemon_options *options, struct daemon **out_daemon);
// Runs until asked to stop.
int daemon_run(struct daemon *daemon);
void daemon_free(struct daemon **daemon);
