// SPDX-License-Identifier: Apache-2.0
//
// The fields of a body, a row each, and the one walk over a decoded message that judges them and lifts out what decides duties. Before
// it stands decode (bytes to message); the rows stand in kinds_*.c.
//
// Invariant: nothing here knows any kind by name; what a field may hold is said by its row alone.
// Lifetime: rows live with the process, results in the caller's arena.
#pragma once

#include "wire/faults.h"

#include <protobuf-c/protobuf-c.h>

struct code_list;
struct kind;

enum field_form {
    FIELD_TEXT,        // up to 64 KiB
    FIELD_NAME,        // up to 512 bytes, one line
    FIELD_CODE,        // of `codes`
    FIELD_CREDIT_CODE, // GB 32100-2015
    FIELD_INSTANT,     // 2000-01-01 … 2100-01-01
    FIELD_TELEPHONE,   // digits, + - space, 3–32
    FIELD_AGENCY,
    FIELD_REGION,      // six digits of GB/T 2260
    FIELD_ID,          // of a statement or matter, as people are shown it
    FIELD_GROUP,       // a message; its fields have rows of their own
};

enum field_need { FIELD_OPTIONAL, FIELD_REQUIRED };

struct field {
    const char *path; // names of the .proto joined by '.', "suspect.name"; a repeated group's fields are judged in each element
    const char *title_zh;
    const char *title_en;
    enum field_form form;
    enum field_need need; // within an optional group: required where the group is present
    const struct code_list *codes;
    const char *source; // where the need comes from: "YC-1.1.1"; NULL if ours
    const char *law;    // name of the law pair it is lifted to; NULL if it decides nothing
};

// Lists everything wrong with a decoded body, up to `capacity`; returns how many. 0: the body is acceptable.
size_t fields_check(const struct kind *kind, const ProtobufCMessage *body, struct arena *arena,
                    struct field_fault *out_faults, size_t capacity);

// Is something there at the path of a row? Of repeated values one is enough.
bool fields_is_given(const struct kind *kind, const ProtobufCMessage *body, const char *path);

struct law_pair {
    const char *name;
    const char *value; // codes as they are, instants in decimal milliseconds, texts as they are
};

// Lifts what decides duties out of a body, in table order; repeated fields give a pair each. False: arena full.
bool fields_lift(const struct kind *kind, const ProtobufCMessage *body, struct arena *arena,
                 struct law_pair **out_pairs, size_t *out_count);
