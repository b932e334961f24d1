// SPDX-License-Identifier: Apache-2.0
//
// The outer form of one statement (PROTOCOL.md section 6) and of a statements frame (section 8), decoded by hand: no generated parser
// sees a byte before the signature holds. Everything decoded is a view into the input and lives as long as it.
//
// Invariant: encode(decode(x)) == x for every x that decodes; bytes are kept and forwarded as received.
#pragma once

#include "wire/arena.h"
#include "wire/decode.h"
#include "wire/seal.h"
#include "wire/statement.pb-c.h"
#include "wire/tree.h"

enum part_form { PART_WITHHELD = 0, PART_PRESENT = 1, PART_CHUNKED = 2 };

struct envelope_part {
    enum part_form form;
    const uint8_t *salt; // SALT_BYTES; NULL if withheld
    struct bytes content;
};

// One sealed statement without its seal: the `body` of section 6.
struct envelope {
    const uint8_t *salt;
    uint32_t index;
    uint8_t path_count;
    const uint8_t *path;
    struct bytes header;
    uint8_t part_count;
    struct envelope_part parts[LIMIT_PARTS];
};

// Outcomes of everything that opens statements; envelope_code names the refusal of PROTOCOL.md section 11.
enum envelope_outcome {
    ENVELOPE_OK,
    ENVELOPE_MALFORMED,
    ENVELOPE_LIMIT,
    ENVELOPE_TEXT,
    ENVELOPE_VALUE,
    ENVELOPE_SUITE,
    ENVELOPE_SIGNATURE,
    ENVELOPE_COMMITMENT,
    ENVELOPE_IDENTITY,
    ENVELOPE_ADDRESSING,
    ENVELOPE_TEST_STAMP,
    ENVELOPE_NO_MEMORY,
};
const char *envelope_code(enum envelope_outcome outcome);

// For those who open what an envelope carries: a decoder's outcome as an envelope's, and an outcome with its reason (`out_fault` may be
// NULL), which is returned.
enum envelope_outcome envelope_from_decode(enum decode_outcome outcome);
enum envelope_outcome envelope_blame(struct decode_fault *out_fault, enum envelope_outcome outcome, const char *field,
                                     const char *text);

enum envelope_outcome envelope_decode(struct bytes body, struct envelope *out_envelope);

// Appends to `out` (capacity `size`); returns the bytes needed, writes only if they fit.
size_t envelope_encode(const struct envelope *envelope, uint8_t *out, size_t size);

// "LSN1" ‖ seal ‖ body, alone in `input`.
enum envelope_outcome envelope_decode_alone(struct bytes input, const uint8_t **out_seal, struct envelope *out_envelope);
struct bytes envelope_encode_alone(const uint8_t seal[SEAL_BYTES], const struct envelope *envelope, struct arena *arena);

// Section 6, step 2, for a seal whose signature was verified: leaf and path lead to its root.
enum envelope_outcome envelope_prove(const struct seal *seal, const struct envelope *envelope, struct digest *out_leaf);
// The same for many statements of one seal, one after the other; `proven` begins zeroed and is this seal's alone.
enum envelope_outcome envelope_prove_next(const struct seal *seal, const struct envelope *envelope, struct tree_proven *proven,
                                          struct digest *out_leaf);

// Step 4, first half: every present part hashes to its commitment and has the size the header says.
enum envelope_outcome envelope_check_parts(const struct seal *seal, const struct envelope *envelope,
                                           const Wire__Header *header);

enum frame_role { FRAME_NUMBERED = 1, FRAME_ENCLOSURE = 2, FRAME_UNNUMBERED = 3, FRAME_RECALLED = 4 };

struct frame_item {
    enum frame_role role;
    uint8_t seal; // index into the frame's table
    struct bytes body;
};

struct frame {
    uint32_t stream;
    uint64_t epoch;
    uint64_t first;
    uint8_t seal_count;
    const uint8_t *seals; // seal_count × SEAL_BYTES
    uint16_t item_count;
    struct frame_item *items; // in the arena
};

// How many items `rest` of a frame of type 2 says it has; 0 if it does not get to that.
size_t envelope_count_items(struct bytes rest);

// `rest` of a frame of type 2. Items are not looked into.
enum envelope_outcome envelope_decode_frame(struct bytes rest, struct arena *arena, struct frame *out_frame);

// Bytes a frame's head takes before its items, and each item besides its body.
enum { FRAME_HEAD_BYTES = 4 + 8 + 8 + 1 + 2, FRAME_ITEM_BYTES = 1 + 1 + 4 };
size_t envelope_encode_frame(const struct frame *frame, uint8_t *out, size_t size);
