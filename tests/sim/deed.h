// SPDX-License-Identifier: Apache-2.0
//
// A deed: what somebody wrote, and what the world knows of its fate. People make deeds; the witness notes when one was sealed and who holds it;
// the reckoner judges from deeds alone what was due when.
//
// Invariant: a deed's number stands in its id, unless a daemon chose that; whoever meets the id finds the deed.
// Lifetime: one run.
#pragma once

#include "wire/arena.h"
#include "wire/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum deed_kind {
    DEED_DISCOVERED,
    DEED_NOTICE,
    DEED_ASSESSMENT,
    DEED_CONFIRM,
    DEED_ACKNOWLEDGEMENT,
    DEED_RECALL,
    DEED_NOTE,
    DEED_OTHER, // of any kind: `name` says which
    DEED_SHARING, // what is published and what asks for it: `name` says which
    DEED_KINDS,
};

enum { DEED_PARTIES = 8 };

// At one recipient.
struct deed_holding {
    size_t agency;
    bool copy;
    bool held;
    bool refused;
    bool seen_to; // somebody there has decided what to do about it
    int64_t received_at; // by the recipient's clock
};

struct deed {
    uint32_t number;
    enum deed_kind kind;
    const char *name; // of its kind
    size_t author;
    uint8_t id[ID_BYTES];
    struct deed *matter; // the deed that began it
    struct deed *target; // what it replies to; NULL: nothing
    struct deed_holding holders[DEED_PARTIES]; // addressees first, then copies
    size_t addressee_count;
    size_t holder_count;
    struct bytes body; // DEED_OTHER, DEED_SHARING: made with the deed
    size_t compact;    // DEED_OTHER, DEED_SHARING: of charter.h
    bool internal;     // marked 内部
    unsigned first_officer;
    unsigned officer_count;
    char reminds[40]; // automatic reminder: of which duty
    bool automatic; // its author's daemon wrote it
    bool numbered;  // bears a number of its author's own
    unsigned depth; // how many before it led to it
    int64_t planned_at;
    int64_t discovered_at;
    int64_t told_at; // by telephone; 0: over the platform
    bool urgent;
    bool drill;
    bool contested;
    // its fate
    unsigned tries;
    bool answered;   // by the daemon
    bool relied_on;  // it was answered that it is accepted
    bool given_up;
    bool sealed;     // stands in its author's journal
    int64_t sealed_at;
    uint64_t epoch;
    uint64_t turn;
    uint8_t leaf[DIGEST_BYTES];
    bool seen_to; // its author has decided what to do about what it opened
    bool muddled; // a restored store has forgotten something of it, or somebody refused it: agencies may differ about it for good
    struct deed *next_of_matter;
};

// Makes an empty deed with an id of the instant.
struct deed *deed_new(enum deed_kind kind, size_t author, int64_t at);
// One that a daemon wrote by itself, with the id that it has.
struct deed *deed_adopt(enum deed_kind kind, const char *name, size_t author, const uint8_t id[ID_BYTES]);
struct deed *deed_find(const uint8_t id[ID_BYTES]); // NULL: nobody's
struct deed *deed_at(size_t number);
size_t deed_count(void);
struct deed_holding *deed_holder(struct deed *deed, size_t agency); // NULL: it is not for that agency
bool deed_is_published(const struct deed *deed); // for whoever subscribed (readers.h)
