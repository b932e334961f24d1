// SPDX-License-Identifier: Apache-2.0
//
// Everything the daemon can do. Rules map an event to effects and touch nothing else. A *fact* is a domain effect (record.proto):
// it is one entry of the turn's journal record and is applied to the open transaction at once, so that whatever is decided
// next already sees it. A *release* leaves the process and waits for the commit.
//
// Invariant: no release happens before the commit that its facts belong to.
// Lifetime: turn.
#pragma once

#include "law/clock.h"
#include "wire/control.pb-c.h"
#include "wire/envelope.h"
#include "wire/file_name.h"
#include "wire/link.pb-c.h"
#include "wire/record.pb-c.h"
#include "wire/statement.pb-c.h"

// What its fact does not carry of a statement: its header, and bytes to store.
struct material {
    const Wire__Header *header; // decoded; of a duty, its opening's; not needed for parts that complete a statement
    const uint8_t *seal; // SEAL_BYTES; NULL: sealed by this turn, later
    struct bytes proof;  // part 0 as it will be stored; empty until sealed
    unsigned part_count;
    struct envelope_part parts[LIMIT_PARTS]; // withheld ones are not stored
};

// A statement of our own that the turn seals at its end.
struct sealing {
    uint64_t position;
    const struct material *material;
    uint8_t salt[SALT_BYTES];
    struct bytes header;
    struct digest leaf;
    struct sealing *next;
};

enum { ROUTING_BYTES = 5 };

// A local client's key: "name/key".
enum { CLIENT_NAME_BYTES = 64, CLIENT_USER_BYTES = CLIENT_NAME_BYTES + 18 };

struct client_ref {
    uint8_t routing[ROUTING_BYTES];
};

enum release_form {
    RELEASE_REPLY,       // to a local client
    RELEASE_WATCH,       // a client wants to follow from `from`
    RELEASE_LATER,       // frame to a peer: nothing moved
    RELEASE_BYE,         // frame to a peer, then its link ends
    RELEASE_HELLO,       // greet a peer (again): its answer, or our new epoch
    RELEASE_UNNUMBERED,  // a receipt or offered mark, at `position`, to a peer
    RELEASE_ASK_OFFERED, // ask a peer whether its silence is its own
    RELEASE_UNKEPT,      // nothing goes out: an agency has spent its allowance, and this was not kept
    RELEASE_CONNECT,     // a peer's card is new or changed
    RELEASE_DISCONNECT,  // a peer was suspended: its bye, then its links end
    RELEASE_MOVE_CLOCK,  // of the test clock
    RELEASE_ACCEPT_CLOCK,
    RELEASE_RELOADED,    // what was read again is in the store: the rest of it holds now
    RELEASE_JUDGE_ON,    // go on judging at `position`; 0: all is judged
    RELEASE_HEAR_ON,     // go on judging what the mark of `peer` decided, at `position`
    RELEASE_LOOK_AHEAD,  // at `at` again
    RELEASE_PUBLISH_ON,  // go on looking for what was published before a subscription began
    RELEASE_ERRAND,      // something is to be done with the bytes of an attachment
};

// What is done with files, outside the turn (haul.h).
enum errand_form {
    ERRAND_LOOK,   // a client asks how much of a file is here
    ERRAND_TAKE,   // it brings a chunk
    ERRAND_READ,   // it or a peer is to get one
    ERRAND_REFUSE, // a peer is not
    ERRAND_FETCH,  // something is, or is no more, to be fetched from a peer
    ERRAND_STOP,   // nothing is to be fetched of this part any more, and what is here of it goes
    ERRAND_DROP,   // nothing refers to a file any more
};

// An attachment, as the statement it belongs to names it.
struct part_name {
    const char *author;
    struct bytes id;
    unsigned part;
};

struct errand {
    enum errand_form form;
    const char *peer; // NULL: a client
    struct client_ref client;
    uint64_t number; // of its request
    const char *user;
    struct file_name name;
    uint32_t index;
    struct bytes path;
    struct bytes content;
    struct part_name part;
    uint64_t position;
    const char *refusal;
};

struct release {
    enum release_form form;
    struct client_ref client;
    const char *user; // RELEASE_WATCH: the client's key
    uint64_t number; // of the client's request
    Control__Reply *reply;
    const char *peer;
    Wire__Later *later;
    Wire__Bye *bye;
    uint64_t position;
    int64_t at; // up-to of a mark, target of the test clock, time to look ahead
    uint64_t from_turn;
    uint32_t from_index;
    const struct errand *errand;
    struct release *next;
};

// Positions of a peer that this turn decided, to be told in one receipt.
struct decided {
    const char *peer;
    uint32_t stream;
    uint64_t epoch;
    uint64_t sequence;
    struct digest leaf;
    int64_t received_at;
    const char *refusal_code; // NULL: held
    const char *refusal_detail;
    struct decided *next;
};

// An attachment that is whole here, to be told in the same receipt.
struct told_whole {
    const char *peer;
    struct part_name part;
    int64_t received_at;
    struct told_whole *next;
};

typedef void (*effect_applier)(void *context, const Record__Effect *fact, const struct material *material);

struct effects {
    struct arena *arena;
    int64_t now; // of the turn: sealed-at and received-at of all it does
    effect_applier apply;
    void *context;
    Record__Effect **facts;
    size_t fact_count;
    size_t fact_capacity;
    struct sealing *first_sealing;
    struct sealing **last_sealing;
    size_t sealing_count;
    struct release *first_release;
    struct release **last_release;
    struct decided *first_decided;
    struct decided **last_decided;
    struct told_whole *first_whole;
    size_t sought; // what the turn's searches have cost (rules/seek.c)
    struct clock_counted counted;
    uint8_t seed[DIGEST_BYTES]; // random, for the salts of this turn
    uint64_t salt_count;
    struct digest salts; // the latest, of which some may be left
    bool exhausted; // the arena was: the turn must not commit
};

void effect_start(struct effects *effects, struct arena *arena, int64_t now, const uint8_t seed[DIGEST_BYTES],
                  effect_applier apply, void *context);

// A fresh salt, a function of the turn's seed: rules stay pure, and a turn can be played again.
void effect_salt(struct effects *effects, uint8_t out_salt[SALT_BYTES]);

// `count` zeroed objects of the turn's memory; NULL when it is used up, and the effects are marked so. A count of 0 takes one.
void *effect_take(struct effects *effects, size_t count, size_t size);

// Adds a fact and applies it. `material` only for statements and duties.
void effect_put(struct effects *effects, Record__Effect__IsCase form, void *message, const struct material *material);
void effect_seal(struct effects *effects, const struct sealing *sealing);
// A zeroed release in the queue; never NULL (a spare that is never released stands in when the arena is full).
struct release *effect_release(struct effects *effects, enum release_form form);
void effect_decide(struct effects *effects, const struct decided *decided);
void effect_tell_whole(struct effects *effects, const struct told_whole *whole);
void effect_send(struct effects *effects, const struct errand *errand);
