// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a body, as a list that people are shown: which field, where in the body, and what to do about it. Filled by the
// general walk (fields) and by the rules across fields (kinds).
//
// Invariant: count <= capacity; texts and paths live in the arena or in the program, and none is NULL.
// Lifetime: turn.
#pragma once

#include "wire/arena.h"

#include <stdbool.h>

struct field;

struct field_fault {
    const struct field *field; // NULL for a fault of the whole body
    const char *path;          // with indices, "evidence[2].name", in the arena
    const char *code;          // "required", "value" or "requirement"
    const char *text;          // Chinese, in the arena
    const char *title;         // what is missing, Chinese; NULL: the field's own, or none
    const char *source;        // what asks for it; NULL: the field's own, or none
};

struct faults {
    struct arena *arena;
    struct field_fault *at;
    size_t capacity;
    size_t count;
};

bool faults_is_full(const struct faults *faults);

// All three drop what no longer fits, and say it in general where the arena is full. A NULL path stands for the field's own, or, without
// a field, for none.
void faults_add(struct faults *faults, struct field_fault fault);
void faults_add_required(struct faults *faults, const struct field *field, const char *path);
void faults_add_value(struct faults *faults, const struct field *field, const char *path, const char *why);
