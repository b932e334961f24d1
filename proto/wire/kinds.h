// SPDX-License-Identifier: Apache-2.0
//
// The one table of kinds: what a statement can be, with the titles people read, the protobuf of its body, the fields that must be
// there and which of them decide duties. Forms, JSON, refusals and help are all made from it; adding a kind is adding a row.
//
// Invariant: every path in the table exists in its descriptor (checked by test_kinds).
#pragma once

#include "wire/arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

struct code {
    const char *name; // on the wire
    const char *zh;
    const char *en;
};

struct code_list {
    const char *name;
    const char *title_zh;
    const struct code *codes;
    size_t count;
};
const struct code_list *kinds_code_list(const char *name); // NULL if unknown
const struct code *kinds_code(const struct code_list *list, const char *name);

enum field_form {
    FIELD_TEXT,        // up to 64 KiB
    FIELD_NAME,        // up to 512 bytes, one line
    FIELD_CODE,        // of `codes`
    FIELD_CREDIT_CODE, // GB 32100-2015
    FIELD_INSTANT,     // 2000-01-01 … 2100-01-01
    FIELD_TELEPHONE,   // digits, + - space, 3–32
    FIELD_AGENCY,
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

enum kind_class { KIND_MESSAGE, KIND_FACT, KIND_MACHINE };

enum kind_mark {
    KIND_REPLIES = 1 << 0,      // in_reply_to must be given
    KIND_SIGNED_FOR = 1 << 1,   // recipients owe an acknowledgement
    KIND_NEEDS_OFFICER = 1 << 2, // a person on the roll must be named
    KIND_ACT = 1 << 3,          // acknowledgement, confirm, recall: acts on what it replies to
};

struct kinds_fault {
    const struct field *field; // NULL for a fault of the whole body
    const char *path;          // with indices, "evidence[2].name", in the arena
    const char *code;          // "required" or "value"
    const char *text;          // Chinese, in the arena
};

struct kind {
    const char *name;
    const char *family;
    const char *title_zh;
    const char *title_en;
    enum kind_class class;
    unsigned marks;
    const ProtobufCMessageDescriptor *descriptor;
    const struct field *fields;
    size_t field_count;
    // Rules across fields, e.g. "credit code or other id"; NULL if there are none. Adds faults like kinds_check.
    size_t (*check)(const ProtobufCMessage *body, struct arena *arena, struct kinds_fault *out_faults, size_t capacity);
};

size_t kinds_count(void);
const struct kind *kinds_at(size_t index);
const struct kind *kinds_find(const char *name); // NULL if unknown

// Lists everything wrong with a decoded body, up to `capacity`; returns how many. 0: the body is acceptable.
size_t kinds_check(const struct kind *kind, const ProtobufCMessage *body, struct arena *arena,
                   struct kinds_fault *out_faults, size_t capacity);

struct law_pair {
    const char *name;
    const char *value; // codes as they are, instants in decimal milliseconds, texts as they are
};

// Lifts what decides duties out of a body, in table order; repeated fields give a pair each. False: arena full.
bool kinds_lift(const struct kind *kind, const ProtobufCMessage *body, struct arena *arena,
                struct law_pair **out_pairs, size_t *out_count);
