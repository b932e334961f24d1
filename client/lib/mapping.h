// SPDX-License-Identifier: Apache-2.0
//
// From JSON to protobuf, by descriptor: one mapping for bodies, drafts and questions, so that a new
// kind or request needs no code here; `rendering` is the way back. Names are those of the schema.
// Instants (int64 fields, those ending in _ms excepted) are RFC 3339 text, ids of statements UUID
// text, other bytes hexadecimal, other 64-bit integers text.
//
// Invariant: what comes out of mapping_from_json holds only text that a statement may hold and
// nests no deeper than its descriptor; unknown keys are refused, never dropped.
// Lifetime: messages live in the caller's arena; json_t values belong to the caller.
#pragma once

#include "wire/arena.h"
#include "wire/kinds.h"
#include "wire/text.h"

#include <jansson.h>
#include <stdbool.h>

enum mapping_outcome { MAPPING_OK, MAPPING_REFUSED, MAPPING_NO_MEMORY };

enum { MAPPING_FAULTS = 32 };

// One thing wrong with a JSON text. Texts are Chinese, for people.
struct mapping_fault {
    const char *code;  // of PROTOCOL.md section 11
    const char *path;  // "suspect.name", "evidence[2].type"; "" for the whole
    const char *title; // of the field, "" if it has none
    const char *text;
};

struct mapping_faults {
    size_t count;
    struct mapping_fault items[MAPPING_FAULTS];
};

// Adds a fault, if there is room. Returns MAPPING_REFUSED; MAPPING_NO_MEMORY where `text`, which the
// caller had to make, is NULL.
enum mapping_outcome mapping_refuse(struct mapping_faults *faults, const char *code,
                                    const char *path, const char *title, const char *text);
enum mapping_outcome mapping_worse(enum mapping_outcome left, enum mapping_outcome right);

// Reads one JSON object. The result belongs to the caller (json_decref).
enum mapping_outcome mapping_parse(const char *text, size_t size, struct arena *arena,
                                   struct mapping_faults *faults, json_t **out_json);

// Makes a message of `type` from an object. `kind` gives titles to faults; NULL if it is not a
// body.
enum mapping_outcome mapping_from_json(const ProtobufCMessageDescriptor *type, const json_t *json,
                                       const struct kind *kind, struct arena *arena,
                                       struct mapping_faults *faults,
                                       ProtobufCMessage **out_message);

// What the names and types of the schema mean, for both directions.
bool mapping_is_instant(const ProtobufCFieldDescriptor *field);
bool mapping_is_statement_id(const char *name); // UUID text

// What is wrong with a text, in Chinese.
const char *mapping_text_fault(enum text_outcome outcome);

// Bytes that one element of a field takes in a message; 0 for types that our schema does not use.
size_t mapping_element_size(ProtobufCType type);
