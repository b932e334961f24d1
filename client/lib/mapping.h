// SPDX-License-Identifier: Apache-2.0
//
// Between JSON and protobuf, by descriptor: one mapping for bodies, drafts, questions and answers, so that a new kind or request
// needs no code here. Names are those of the schema. Instants (int64 fields, those ending in _ms excepted) are RFC 3339 text,
// ids of statements UUID text, other bytes hexadecimal, other 64-bit integers text.
//
// Invariant: what comes out of mapping_from_json holds only text that a statement may hold and nests no deeper than its
// descriptor; unknown keys are refused, never dropped.
// Lifetime: messages live in the caller's arena; json_t values belong to the caller.
#pragma once

#include "wire/arena.h"
#include "wire/kinds.h"

#include <jansson.h>

enum mapping_outcome { MAPPING_OK, MAPPING_REFUSED, MAPPING_NO_MEMORY };

enum { MAPPING_FAULTS = 32 };

// One thing wrong with a JSON text. Texts are Chinese, for people.
struct mapping_fault {
    const char *path;  // "suspect.name", "evidence[2].type"; "" for the whole
    const char *title; // of the field, "" if it has none
    const char *text;
};

struct mapping_faults {
    size_t count;
    struct mapping_fault items[MAPPING_FAULTS];
};

// Whether fields that have their default value are written: bodies are sparse, so that what is read can be sent again as it
// is; answers are full (numbers, truth values, lists and texts; never instants or ids), so that scripts need not ask.
enum mapping_fill { MAPPING_SPARSE, MAPPING_FULL };

// Reads one JSON object. The result belongs to the caller (json_decref).
enum mapping_outcome mapping_parse(const char *text, size_t size, struct arena *arena, struct mapping_faults *faults,
                                   json_t **out_json);

// Makes a message of `type` from an object. `kind` gives titles to faults; NULL if it is not a body.
enum mapping_outcome mapping_from_json(const ProtobufCMessageDescriptor *type, const json_t *json,
                                       const struct kind *kind, struct arena *arena, struct mapping_faults *faults,
                                       ProtobufCMessage **out_message);

// A new reference, or NULL if there is no memory. The body in a control.Message is written as an object of its kind.
json_t *mapping_to_json(const ProtobufCMessage *message, enum mapping_fill fill);

// A body as protobuf bytes, decoded within the limits for bodies and written sparsely. Bytes that do not decode, or a kind
// that is unknown, come out as hexadecimal text. NULL: no memory.
json_t *mapping_body_to_json(const char *kind, struct bytes body);

// An instant as RFC 3339 with +08:00, with milliseconds where it has any.
enum { MAPPING_INSTANT_BYTES = 32 };
void mapping_format_instant(int64_t instant_ms, char out_text[MAPPING_INSTANT_BYTES]);

// One line of compact JSON for malloc's free; NULL if there is no memory.
char *mapping_dump(const json_t *json);
