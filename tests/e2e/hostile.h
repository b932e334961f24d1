// SPDX-License-Identifier: Apache-2.0
//
// A member that does not keep to the protocol: plays an agency with its real keys against a real
// daemon, the victim, and tells as JSON lines what the victim made of each thing it did.
//
// Invariant: nothing is left to time. What became of a frame is learned from the victim's own
// answers: a question about the stream follows every frame on the same connection.
// Lifetime: the process; everything lives in one arena.
#pragma once

#include "e2e/forge.h"
#include "wire/link.pb-c.h"

struct stage {
    struct arena *arena;
    void *context;
    const char *endpoint;
    const char *folder; // of `self`
    struct digest procedure;
    struct forge_agency victim; // its card only
    struct forge_agency self;
    struct forge_agency other;    // a second member whose keys are ours
    struct forge_agency outsider; // known to the victim, but of no compact
};

enum { HOSTILE_PATIENCE_MS = 30000, HOSTILE_GOT = 64, HOSTILE_RECEIPTS = 8192 };

// A message of the victim's that reached us.
struct got {
    const Wire__Header *header;
    struct digest leaf;
    uint64_t epoch;
    uint64_t sequence;
};

// One connection.
struct talk {
    struct stage *stage;
    const struct forge_agency *self;
    void *socket;
    uint64_t epoch;
    uint64_t next; // first position that the victim has not decided
    uint32_t marker;
    struct got got[HOSTILE_GOT];
    size_t got_count;
    const Wire__Receipt *receipts[HOSTILE_RECEIPTS];
    size_t receipt_count;
    const Wire__Hello *hello; // the last
    const Wire__Bye *bye;
    const Wire__AskChunk *ask; // the last
    size_t ask_count;
    const Wire__Chunk *chunk;
    size_t chunk_count;
    const Wire__Later *later;
    uint8_t victim_seal[SEAL_BYTES]; // the last that we saw
    size_t hello_count;
    size_t later_count;
};

struct talk_options {
    const struct forge_agency *self;
    const char *curve_public; // NULL: those of `self`
    const char *curve_secret;
    const char *server_key; // NULL: the victim's
    struct bytes routing;   // chosen by us; data NULL: by the victim
};

struct talk *talk_open(struct stage *stage, const struct talk_options *options);
struct talk *talk_open_as(struct stage *stage, const struct forge_agency *self);
void talk_close(struct talk **talk);

void talk_send(struct talk *talk, struct bytes frame);
// Takes one frame and files it. False: none came in time.
bool talk_hear(struct talk *talk, int timeout_ms);

struct talk_hello {
    const char *agency;
    int64_t clock_ms; // beside the right time
    bool test;
    uint32_t version_least;
    uint32_t version_most;
    struct bytes seen; // the victim's newest seal, as we say
};
// Greets and waits for hello or bye. False: neither came within `timeout_ms`.
bool talk_hello(struct talk *talk, const struct talk_hello *hello, int timeout_ms);
// The same as a right hello; the test ends if it is not answered by one.
void talk_greet(struct talk *talk);

enum verdict_form {
    VERDICT_HELD,
    VERDICT_REFUSED, // with a signed code
    VERDICT_DROPPED, // the victim goes on as if nothing had come
    VERDICT_LATER,
    VERDICT_SILENT, // it does not answer any more
};

struct verdict {
    enum verdict_form form;
    const char *code;
    const char *detail;
};

// Sends a frame and learns what became of the next position.
struct verdict talk_settle(struct talk *talk, struct bytes frame);
struct verdict talk_offer(struct talk *talk, const struct forged *forged);
// Waits until the victim has dealt with everything sent before. False: it does not answer.
bool talk_catch_up(struct talk *talk);
// The place for the next message.
struct forge_place talk_place(const struct talk *talk);
// What a receipt said of a position; form VERDICT_DROPPED: nothing.
struct verdict talk_decided(const struct talk *talk, uint64_t position);

// A good lead.notice to the victim, to be spoiled.
void talk_start(const struct talk *talk, struct forging *out_forging);

void hostile_report(const char *name, const struct verdict *verdict, const struct forged *forged);
// Offers a good statement, which must be held: the victim is alive and has not been led astray.
void hostile_probe(struct talk *talk);
// {"case": name, key: value}
void hostile_tell(const char *name, const char *key, const char *value);
void hostile_tell_number(const char *name, const char *key, uint64_t value);
__attribute__((noreturn, format(printf, 1, 2))) void hostile_die(const char *format, ...);
