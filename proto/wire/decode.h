// SPDX-License-Identifier: Apache-2.0
//
// The only way from bytes to a protobuf message. A scan over the raw bytes bounds size, depth, number of fields and unknown
// fields before protobuf-c sees them (it has no limits of its own, and 1 MiB may unpack to 84 MB); a walk over the
// result then judges every string. Used by the daemon on peers, clients and its own disk alike, and by the library.
//
// Invariant: no input makes it crash, recurse beyond the limit or take memory outside the arena; it fails by outcome only.
#pragma once

#include "wire/arena.h"

#include <protobuf-c/protobuf-c.h>

enum decode_outcome {
    DECODE_OK,
    DECODE_MALFORMED,
    DECODE_LIMIT, // size, depth, fields, unknown fields
    DECODE_UNKNOWN_FIELD,
    DECODE_TEXT,
    DECODE_NO_MEMORY,
};

enum decode_unknown { DECODE_REFUSE_UNKNOWN, DECODE_KEEP_UNKNOWN };

struct decode_rules {
    size_t bytes;
    unsigned depth;
    unsigned fields;
    enum decode_unknown unknown;
};

extern const struct decode_rules decode_header_rules;  // PROTOCOL.md section 3
extern const struct decode_rules decode_body_rules;    // section 12
extern const struct decode_rules decode_frame_rules;   // frames of link.proto
extern const struct decode_rules decode_control_rules; // requests and replies of control.proto
extern const struct decode_rules decode_record_rules;  // our own journal

struct decode_fault {
    const char *field; // dotted path of names, in the arena; NULL where none is to blame
    const char *text;  // English, static or in the arena
};

// Decodes one message. On DECODE_OK the message lives in the arena; otherwise `out_fault` (may be NULL) says where and why.
enum decode_outcome decode_message(const ProtobufCMessageDescriptor *type, struct bytes input,
                                   const struct decode_rules *rules, struct arena *arena,
                                   struct decode_fault *out_fault, ProtobufCMessage **out_message);

// A bytes field as a borrowed run.
static inline struct bytes decode_bytes(ProtobufCBinaryData data)
{
    return (struct bytes){data.data, data.len};
}

// Packs into the arena; data is NULL when it is full.
struct bytes decode_pack(const ProtobufCMessage *message, struct arena *arena);

// Code of PROTOCOL.md section 11 for an outcome.
const char *decode_code(enum decode_outcome outcome);
