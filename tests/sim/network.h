// SPDX-License-Identifier: Apache-2.0
//
// The network, and the part of libzmq that a daemon sees of it: lines that one side called, frames that take their time, monitors that tell of
// handshakes and ends. Lines are cut cleanly, silently or on one side only; frames are lost, doubled, overtaken and forged.
//
// Invariant: a frame comes over the line it was sent on or not at all; who called is what the key proved at the handshake.
// Lifetime: one run.
#pragma once

#include "sim/machine.h"

// One ZeroMQ message of an identity and a body, or an event of a monitor and its address.
struct message {
    uint8_t id[64];
    size_t id_size;
    uint8_t *body;
    size_t body_size;
    const char *user; // User-Id of the sender; lives as long as the network
    struct message *next;
};

void network_make(void);

// The machine lost its power, or came back.
void network_forget(struct machine *machine);
void network_return(struct machine *machine);

// Nothing has been heard on good lines for long: what the heartbeats would have brought.
void network_keep_alive(struct machine *machine);

// Cuts some machines off from the others. `number` names the cut.
struct cut {
    uint64_t sides; // 64 machines of which a set bit is on the other side; beyond them index % 64 counts
    bool silent;    // nobody is told
    bool active;
};
size_t network_cut(uint64_t sides, bool silent);
void network_heal(size_t number);
// One line goes dead without either side hearing of it, for a while.
void network_break_line(struct chance *chance);

// To a machine's clients.
void network_ask(struct machine *machine, const char *user, struct bytes request);
