// SPDX-License-Identifier: Apache-2.0
//
// Makes statements with an agency's real keys, right in every byte or wrong in just the one that a
// test asks for. forge_start gives a lead.notice that every daemon of the compact takes; the test
// changes what it likes; forge_seal hashes, builds the tree and signs.
//
// Invariant: what a test did not change is right.
// Lifetime: everything made lives in the given arena; agencies as long as the process.
#pragma once

#include "wire/common.pb-c.h"
#include "wire/envelope.h"
#include "wire/lead.pb-c.h"

#include <openssl/evp.h>

struct forge_agency {
    char id[LIMIT_AGENCY_BYTES + 1];
    enum suite suite;
    struct seal_key *public_key;
    EVP_PKEY *key; // NULL where only the card is known
    char curve_public[41];
    char curve_secret[41];
};

// Reads DIR/card, and DIR/keys unless it is not ours to read. False: stderr says why.
enum forge_keys { FORGE_CARD_ONLY, FORGE_WITH_KEYS };
bool forge_open(const char *folder, enum forge_keys keys, struct arena *arena,
                struct forge_agency *out_agency);

// What is computed, and what is taken as the test left it.
enum forge_fill { FORGE_FILL, FORGE_AS_IS };

enum { FORGE_LEAVES = 3, FORGE_INDEX = 1, FORGE_PATH = 2 };

// A file that a statement lists; it travels beside it.
struct forge_file {
    const char *name;
    uint64_t size;
    struct digest root;
};

struct forging {
    const struct forge_agency *signer;
    const char *sm2_id;
    struct seal seal; // count, root and key id are computed
    Wire__Header header;
    enum forge_fill law;   // law pairs lifted from the body
    enum forge_fill parts; // the list of parts
    const ProtobufCMessage *body;
    struct bytes raw_body;   // instead of `body`
    struct bytes raw_header; // instead of `header`
    enum part_form form;     // how part 0 travels
    const struct forge_file *file; // attached; NULL: none
};

struct forged {
    uint8_t seal[SEAL_BYTES];
    struct bytes body; // PROTOCOL.md section 6
    struct digest leaf;
    struct digest path[FORGE_PATH];
    uint8_t id[ID_BYTES];
};

struct forge_place {
    uint32_t stream;
    uint64_t epoch;
    uint64_t first;
};

// Who writes to whom under which procedure.
struct forge_letter {
    const struct forge_agency *from;
    const char *to;
    const struct digest *procedure;
    uint64_t epoch;
};

void forge_start(const struct forge_letter *letter, struct arena *arena,
                 struct forging *out_forging);
// A body for forge_start's kind that the test may change.
Body__LeadNotice *forge_notice(struct arena *arena);
// Makes another kind of it, in reply to a statement unless `target` is NULL.
void forge_reply(struct forging *forging, const char *kind, const ProtobufCMessage *body,
                 const Wire__Reference *target, struct arena *arena);
void forge_seal(struct forging *forging, struct arena *arena, struct forged *out_forged);

// One frame of type 2 with one item; and of any type with any bytes.
struct bytes forge_frame(const struct forged *forged, enum frame_role role,
                         const struct forge_place *place, struct arena *arena);
struct bytes forge_raw(uint8_t version, uint8_t type, struct bytes rest, struct arena *arena);

int64_t forge_now(void);
void forge_random(void *out, size_t size);
char *forge_text(const char *text); // literals for protobuf-c, which takes no const
ProtobufCBinaryData forge_binary(const void *data, size_t size, struct arena *arena);
