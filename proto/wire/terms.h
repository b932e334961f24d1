// SPDX-License-Identifier: Apache-2.0
//
// What a search looks for, and how text is made comparable. Text is *folded*: only letters, digits and the marks on them count, white space and
// punctuation do not; capitals are small, full-width forms are half-width, and a letter and the accent behind it are one. So “新市监移〔2026〕12号” is
// found by `2026〕12`, by `移2026` and by `202612`. Of folded text every two letters that stand together are a *gram*, and so are every four ASCII
// letters or digits, because two digits tell nothing apart. Whoever has a word has all its grams; the reverse is for terms_found_in to say.
//
// What stands in every document tells nothing either, however rare its order. So a gram has a *longer* one, up to five letters, that begins with it and ends
// with the next gram, where both of them are common; three ASCII letters are none. What is common is for whoever keeps the grams to say, and to remember.
//
// What is asked for is words between white space; all of them must be there. A word of one letter stands with its neighbour, as in “张 三”.
//
// Invariant: text that holds a word gives every gram that terms_parse lists of it.
// Lifetime: the arena's.
#pragma once

#include "wire/arena.h"

enum { TERMS_LETTERS = 64, TERMS_WORDS = 16, TERMS_GRAM_BITS = 42, TERMS_LONGEST = 5 };

// Folded text, a code point each.
struct letters {
    uint32_t *points;
    size_t count;
    size_t capacity;
};

// Folds a text in place of what `letters` held, in its own room where that is enough. False: no memory. What is not UTF-8 counts for nothing: so of bytes
// with texts among them every text's letters stand together in what is folded.
bool terms_fold(struct bytes text, struct arena *arena, struct letters *letters);

// Hands over every gram of folded text, as often as it stands there; what is handed over says whether it is common.
typedef bool (*terms_take)(void *context, uint64_t gram);
void terms_each(const struct letters *letters, terms_take take, void *context);

// What a word is told by beside text, as the kind of a message: a gram that no text gives. `what` is whose value it is.
uint64_t terms_tag(const char *what, struct bytes value);

struct terms {
    struct letters words[TERMS_WORDS];
    size_t word_count; // 1 at least
    uint64_t grams[TERMS_LETTERS]; // of one word after the other, the longer ones left out
    size_t gram_ends[TERMS_WORDS]; // where those of a word end
    size_t gram_count;
};

enum terms_outcome {
    TERMS_OK,
    TERMS_SHORT, // less than two letters in all
    TERMS_LONG,  // more than TERMS_LETTERS or TERMS_WORDS
    TERMS_NO_MEMORY,
};
enum terms_outcome terms_parse(const char *text, struct arena *arena, struct terms *out_terms);

// Bit i: the text holds word i. terms_all is what all of them make.
unsigned terms_found_in(const struct terms *terms, const struct letters *text);
unsigned terms_all(const struct terms *terms);
