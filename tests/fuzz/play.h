// SPDX-License-Identifier: Apache-2.0
//
// The stage of the fuzz programs that need a daemon's rules: a town of three with a lead under way, some of it answered,
// some of it still in an outbox, some of it overdue. Each input is one turn of one member, decided in a transaction that
// is then given up, so that the next begins from the same town.
//
// What must hold of whatever was decided is said here, once for all of these programs: no failure, no more memory than a turn
// has, nothing held that its author's key does not vouch for, nothing done twice for a frame that comes twice, no
// cursor beyond what was sent, one answer to each request, nothing sealed that another daemon would refuse, and nothing told to
// clients that they cannot read.
//
// Lifetime: the town stays for the process; everything of an input is gone with the next.
#pragma once

#include "fuzz/play.pb-c.h"
#include "unit/town.h"

enum { PLAY_BUREAU, PLAY_TOWNSHIP, PLAY_OTHER, PLAY_MEMBERS };

struct play {
    struct town *town;
    struct member *at;
    struct view *view;
    struct arena *arena; // of the input
    size_t checked;      // facts that were looked at
    size_t sealed;       // sealings that were
    const struct statements *frame; // being decided; NULL: none
    const char *peer;               // whose it is
};

void play_open(void);
struct town *play_town(void);

// Opens the turn of a member, some hours after the town's present.
void play_begin(struct play *play, unsigned member, unsigned hours_later);
void play_end(struct play *play);
// Ends it unjudged.
void play_forget(struct play *play);

// The n-th of the others.
struct member *play_other(const struct play *play, unsigned number);

void play_step(struct play *play, const Play__Step *step);
void play_frame(struct play *play, unsigned from, const Play__Frame *frame);
// Answers are checked and counted; the outcome of the first draft, NULL if there is none.
const char *play_request(struct play *play, enum client_role role, Control__Request *request);

// A statement, sealed by its author, as it goes into frames and files.
struct town_statement play_statement(struct play *play, const Play__Statement *wanted);
