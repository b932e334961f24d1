// SPDX-License-Identifier: Apache-2.0
//
// Where strangers can come to: the listeners for agencies and, if there is one, for clients on other machines. Opens them, knocks at each in turn with
// a key nobody knows, and closes what it must.
//
// A listener that let such a key in has lost its guard: it stays closed until an operator starts the daemon again. When descriptors run short all are
// closed for a moment. That ends every connection that came in, those of members too, who call again at once; the alternative is worse: a
// listener that cannot accept is readable for ever, and ZeroMQ's thread spins on it.
//
// Invariant: a listener is open only while the guard has refused every knock.
// Lifetime: process.
#pragma once

#include "intake/peer_guard.h"

enum door { DOOR_AGENCIES, DOOR_CLIENTS, DOORS };

struct doors;

struct doors_options {
    struct peer_guard *guard;
    const char *curve_public; // ours
    void *sockets[DOORS];
    const char *endpoints[DOORS]; // "": none
};

int doors_new(const struct doors_options *options, struct doors **out_doors);
void doors_free(struct doors **doors);

// Binds them and knocks at the first.
int doors_open(struct doors *doors, struct mono now);
// Answers the guard's callers, knocks when it is time, closes and opens again.
void doors_watch(struct doors *doors, struct mono now);

bool doors_is_open(const struct doors *doors, enum door door);
// Keys turned away so far.
uint64_t doors_refused(const struct doors *doors);
// Why a listener was closed, as the code of an alarm, until told to forget it; NULL: none was.
const char *doors_alarm(const struct doors *doors);
void doors_forget_alarm(struct doors *doors);
