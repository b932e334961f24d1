// SPDX-License-Identifier: Apache-2.0
//
// The one table of kinds, a part a family (kinds_FAMILY.c): what a statement can be, with the titles people read, the protobuf of its
// body, the fields that must be there and which of them decide duties. Forms, JSON, refusals and help are all made from it; adding a
// kind is adding a row.
//
// Invariant: every path in the table exists in its descriptor (checked by test_kinds).
// Lifetime: process; nothing here is ever written.
#pragma once

#include "wire/fields.h"

enum kind_class { KIND_MESSAGE, KIND_FACT, KIND_MACHINE };

enum kind_mark {
    KIND_REPLIES = 1 << 0,      // in_reply_to must be given
    KIND_SIGNED_FOR = 1 << 1,   // recipients owe an acknowledgement
    KIND_NEEDS_OFFICER = 1 << 2, // a person on the roll must be named
    KIND_ACT = 1 << 3,          // acknowledgement, confirm, recall: acts on what it replies to
    KIND_PUBLISHABLE = 1 << 4,  // may be addressed to nobody: then whoever subscribed has it
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
    // Rules across fields, e.g. "credit code or other id"; NULL if there are none.
    void (*check)(const ProtobufCMessage *body, struct faults *faults);
};

size_t kinds_count(void);
const struct kind *kinds_at(size_t index);
const struct kind *kinds_find(const char *name); // NULL if unknown
