// SPDX-License-Identifier: Apache-2.0
//
// A town: some agencies in one process. Real rules, real stores and real signatures; clock and wire
// are the test's. A frame is a run of bytes that a test may drop, repeat, reorder or forge before
// it becomes an event.
//
// Invariant: nothing happens in a town but by a call; the same calls give the same decisions.
// Lifetime: from town_make to town_drop. Frames, drafts, events and everything read from a view live in
// the town's arena; what a turn decided lives until that member's next turn.
#pragma once

#include "unit/check.h"

#include "base/keyring.h"
#include "config.h"
#include "event.h"
#include "intake/examine.h"
#include "store/view.h"
#include "unit/scratch.h"

struct store;

// 2025-09-24T10:00:00+08:00, a Wednesday: the instant at which every town begins.
#define TOWN_BEGIN INT64_C(1758679200000)
#define TOWN_HOUR INT64_C(3600000)
#define TOWN_DAY (24 * TOWN_HOUR)

#define TOWN_OFFICER "31260001" // on everybody's roll

enum { TOWN_MEMBERS = 4 };

struct member {
    struct town *town;
    char id[LIMIT_AGENCY_BYTES + 1];
    struct config config;
    struct keyring *keyring;
    struct bytes card;
    struct store *store;
    struct arena *arena;
    struct effects effects; // of its last turn
    struct examine_cache cache;
};

struct town {
    struct scratch scratch;
    struct arena *arena;
    int64_t now;
    uint64_t count; // of ids and seeds given out
    struct peer_keys *keys;
    const struct law_text *texts;
    size_t text_count;
    struct member members[TOWN_MEMBERS];
    size_t member_count;
};

void town_make(struct town *town);
void town_drop(struct town *town);

// A member with keys and an empty store, and what it reads at its start or when it reads its files again.
struct member *town_open(struct town *town, const char *id, enum suite suite);
struct event town_files(struct member *member, enum event_form form);
// The same with its first turn behind it. Its compact is the one of tests/town.
struct member *town_add(struct town *town, const char *id, enum suite suite);

// The member reads its files again, as the town holds them now.
void town_reload(struct member *member);

// A card of the member as issued at some other time.
struct bytes town_card(struct member *member, int64_t issued_at);

// Everybody holds everybody's card, and one officer is on each roll.
void town_introduce(struct town *town);

// ---- turns

struct event town_event(struct town *town, enum event_form form);

// Decides, seals and commits; what it would release stays in `effects`. Nothing to keep: no turn.
void town_turn(struct member *member, const struct event *events, size_t count);
void town_tick(struct member *member);

// A turn by hand: what is decided through the view is forgotten in the end.
struct view *town_begin(struct member *member);
void town_abandon(struct member *member);

// Opens the store anew, as after a crash.
void town_restart(struct member *member);
// Copies the store aside, and puts the copy back in its place.
void town_save(struct member *member);
void town_restore(struct member *member);

struct view *town_view(struct member *member);

// ---- what clients ask

// A draft of a new id; `to` NULL: a fact.
Control__Draft *town_draft(struct town *town, const char *kind, const char *to, struct bytes body);
void town_add_copy(struct town *town, Control__Draft *draft, const char *agency);
struct event town_submission(struct town *town, Control__Draft *const *drafts, size_t count);
// The first reply of the member's last turn, and that to a submission.
const Control__Reply *town_reply(const struct member *member);
const Control__Submitted *town_answer(const struct member *member);
// Asks as a client of that role; returns the first reply, which lives until the member's next turn.
const Control__Reply *town_ask(struct member *member, enum client_role role,
                               Control__Request__AskCase ask, void *message);
void town_expect_refused(const Control__Reply *reply, const char *code);
// Submits alone; it must be accepted.
Control__SubmittedOne *town_submit(struct member *member, Control__Draft *draft);

// ---- the wire

// A frame of `from`'s streams to `to`: everything of the first without a receipt (or, if there is nothing, of the other), or positions
// of the first from `first` to `last`. data NULL: nothing.
struct bytes town_take(struct member *from, const struct member *to);
struct bytes town_take_range(struct member *from, const struct member *to, uint64_t first,
                             uint64_t last);
// The receipt or mark that `from` said to `to` in its last turn; data NULL: none.
struct bytes town_said(struct member *from, const struct member *to);

struct event town_arrival(struct member *at, const struct member *from, struct bytes frame);
void town_receive(struct member *at, const struct member *from, struct bytes frame);
struct event town_greeting(struct member *at, struct member *from);

// One frame over and its receipt back. False: there was nothing to carry.
bool town_deliver(struct member *from, struct member *to);
// Until nothing is left to carry between any two.
void town_settle(struct town *town);

// ---- forging

struct town_statement {
    uint8_t seal[SEAL_BYTES];
    struct bytes body; // PROTOCOL.md section 6
};

struct town_item {
    enum frame_role role;
    struct town_statement statement;
};

// What a member holds, as it would pass it on.
struct town_statement town_held(struct member *member, uint64_t position, enum view_parts parts);
// A header of `author` as its daemon would make it, to be changed before it is sealed.
Wire__Header *town_header(struct member *author, const char *kind, const char *to,
                          struct bytes body);
// Seals what no rule of `author` would have: the key is real, the store knows nothing of it.
struct town_statement town_forge(struct member *author, Wire__Header *header, struct bytes body);
struct bytes town_pack(struct town *town, uint64_t epoch, uint64_t first,
                       const struct town_item *items, size_t count);
struct bytes town_pack_stream(struct town *town, uint32_t stream, uint64_t epoch, uint64_t first,
                              const struct town_item *items, size_t count);

// ---- looking

bool town_has_release(const struct member *member, enum release_form form);
size_t town_count_facts(const struct member *member, Record__Effect__IsCase form);
// All duty rows of a member, a line each in byte order, statements named by author, kind and id, so that two
// stores that know the same give the same text.
const char *town_duties(struct member *member);
// One duty's state, "" if there is no row.
// Fails unless every row is what it is judged as from all that is held.
void town_expect_judged(struct member *member);
const char *town_duty_state(struct member *member, const char *duty);
// Delivery of the message at `position` to `agency`.
const char *town_delivery(struct member *member, uint64_t position, const char *agency);
bool town_has_alarm(struct member *member, const char *code, const char *agency);
// Position of a statement in a member's store; 0: not held.
uint64_t town_find(struct member *member, const struct member *author, ProtobufCBinaryData id);
