// SPDX-License-Identifier: Apache-2.0
//
// INI text read strictly: the first of two passes over procedures and compacts. It turns a text into entries (section, key, value,
// line) and hands them out section by section; ini_keys takes a section by a table of keys. Everything lives in one arena.
//
// Invariant: a text that opened means the same to every reader: nothing of it was cut, dropped or joined in doubt.
// Lifetime: the arena passes to whatever is made of the text; the rest is gone when it is parsed.
#pragma once

#include "wire/arena.h"

#include "law/law_fault.h"

#include <stdbool.h>

struct ini_entry {
    unsigned line;
    unsigned section_line;
    const char *section;
    const char *name;
    const char *value;
};

// The entries of one section, at least one.
struct ini_section {
    const char *name;
    unsigned line;
    const struct ini_entry *entries;
    size_t count;
};

struct ini_text {
    struct arena *arena;
    struct law_fault *fault;
    enum law_outcome outcome; // the first thing that went wrong; nothing is taken after it
    const struct ini_entry *entries;
    size_t entry_count;
    size_t section_count;
};

// Makes the arena and reads all entries. False: `outcome` says why; ini_text_done even then.
bool ini_text_open(struct bytes text, struct law_fault *fault, struct ini_text *out_ini);

// Hands the sections to `take`, in order, until it returns false.
bool ini_text_take(struct ini_text *ini,
                   bool (*take)(struct ini_text *ini, const struct ini_section *section, void *object), void *object);

// What went wrong, said to the author of the text. Both always return false, so that a taker can return them.
__attribute__((format(printf, 3, 4))) bool ini_text_refuse(struct ini_text *ini, unsigned line, const char *format, ...);
bool ini_text_starve(struct ini_text *ini);

// Gives up: frees the arena with all that was made in it.
void ini_text_done(struct ini_text *ini);
