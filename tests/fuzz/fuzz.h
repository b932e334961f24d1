// SPDX-License-Identifier: Apache-2.0
//
// What the fuzz programs share. A program is one screen, fuzz_STEM.c: it takes bytes, gives them to one
// decoder of the product and states what must hold of whatever came out. The same object is linked
// with libFuzzer (VARIANT=fuzz) to search, and with replay.c in any other variant to try the kept
// corpus again.
//
// Invariant: an input decides everything that happens; nothing is kept from one to the next.
// Lifetime: the arena's contents end with the input.
#pragma once

#include "law/law_fault.h"
#include "wire/arena.h"

#include "base/fail.h"

#include <protobuf-c/protobuf-c.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Called once, before the first input. Not every program has it.
int LLVMFuzzerInitialize(int *count, char ***words);
// Called for each input. What must not be ends in must().
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// For a program whose inputs are some plain bytes and then a protobuf message: which message, and
// after how many bytes. NULL: too short. mutate.c changes such inputs field by field.
const ProtobufCMessageDescriptor *fuzz_shape(struct bytes input, size_t *out_front);

// The arena of this input, empty.
struct arena *fuzz_arena(void);

// A copy that ends in a NUL, for those who take C strings.
char *fuzz_text(struct arena *arena, struct bytes input);

// Written from PROTOCOL.md section 3, not from wire/text.
bool fuzz_is_clean(struct bytes text);

// What an unpacked message amounts to.
struct fuzz_measure {
    unsigned depth;
    size_t values;  // members and elements that are there
    size_t unknown; // fields kept without being known
    bool clean;     // all its text is
};
struct fuzz_measure fuzz_measure(const ProtobufCMessage *message);

// Packs and unpacks until nothing changes any more, which must be at once: two messages that are
// told apart by nothing but their bytes would be signed differently.
struct bytes fuzz_pack(const ProtobufCMessage *message, struct arena *arena);

bool fuzz_is_same(struct bytes one, struct bytes other);

// A refusal of a text names a line of it, in words that can be shown.
void fuzz_check_fault(struct bytes text, const struct law_fault *fault);

// A number that depends on every byte of the input, to choose by.
uint64_t fuzz_sum(struct bytes input);

// Bytes that a value of the field, or one element, takes in a message.
size_t fuzz_element_bytes(const ProtobufCFieldDescriptor *field);

// Takes over every member that is set in `from`, of the same type.
void fuzz_merge(ProtobufCMessage *into, const ProtobufCMessage *from);
