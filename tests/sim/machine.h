// SPDX-License-Identifier: Apache-2.0
//
// An agency's computer: its disk, its clock and the daemon on it. The daemon is the real one, from daemon_new to daemon_free; only what lies
// below it is replaced (system.c, network.c). A machine runs its daemon's turns when something came for it or its time has come, and can lose
// power at any commit.
//
// Invariant: outside machine_run no daemon is between two instructions; a crash keeps what was committed and nothing else.
// Lifetime: one run.
#pragma once

#include "sim/world.h"

#include <setjmp.h>
#include <string.h>

#include "base/fail.h"
#include "daemon.h"

struct message; // of network.h
struct line;

// A ZeroMQ socket as the daemon sees it: what waits to be read.
struct socket {
    struct machine *machine;
    struct message *first;
    struct message **last;
    struct message *half_read; // its identity frame was taken
};

enum crash {
    CRASH_NONE,
    CRASH_BEFORE_COMMIT,
    CRASH_AFTER_COMMIT,
    FAIL_BEFORE_COMMIT, // the commit fails and nothing is on disk
    FAIL_AFTER_COMMIT,  // the commit fails and all of it is on disk
};

struct machine {
    size_t index;
    char id[LIMIT_AGENCY_BYTES + 1];
    char folder[320];
    char endpoint[64]; // "": calls out only
    enum suite suite;
    const char *region;
    struct chance chance; // behind getrandom
    int64_t skew;         // wall clock minus true time
    struct daemon *daemon; // NULL: switched off
    struct daemon *starting;
    uint64_t life; // how often it was started
    bool listening;
    bool disk_full;
    struct socket clients;
    struct socket inbound;
    struct socket outbound;
    struct socket inbound_monitor;
    struct socket outbound_monitor;
    struct line *lines[2]; // that it called, that it was called on
    int64_t wake_at;
    int64_t idle_ms;
    unsigned spins;
    enum crash crash; // at the next commit
    bool powerless;   // what the program still does as it is taken down reaches no disk
    int64_t off_ms;   // and how long it stays off then
    bool running;
    jmp_buf power;
    int64_t copied_at; // 0: there is no copy of the store
    struct bytes card;
};

// Whose daemon runs at the moment; NULL: nobody's.
extern struct machine *machine_current;

// Makes keys, configuration and card; starts nothing.
void machine_make(struct machine *machine, size_t index, const char *compacts);
void machine_start(struct machine *machine);
// Power off; on again after a while, if `off_ms` is not 0.
void machine_stop(struct machine *machine, int64_t off_ms);
// Something came: run soon.
void machine_wake(struct machine *machine, int64_t at);

// Copies the store aside; puts the copy back while the machine is off.
void machine_copy(struct machine *machine);
void machine_restore(struct machine *machine);

int64_t machine_wall(const struct machine *machine);

// In the middle of a commit: does the power go? Called by what stands in for the store's engine.
void machine_lose_power(struct machine *machine);
