// SPDX-License-Identifier: Apache-2.0
//
// What wakes the loop besides sockets: signals that ask it to stop or to read its files again, and workers that have finished.
//
// Invariant: signals are only noted here; the turn acts on them.
// Lifetime: process.
#pragma once

#include <stdbool.h>

struct wakeup {
    int signals; // signalfd
    int workers; // eventfd, written by worker threads
};

int wakeup_open(struct wakeup *wakeup);
void wakeup_close(struct wakeup *wakeup);

struct wish {
    bool stop;   // SIGTERM or SIGINT came
    bool reload; // SIGHUP
};

// Empties both.
struct wish wakeup_take(struct wakeup *wakeup);
