// SPDX-License-Identifier: Apache-2.0
//
// In which encoding a file is written, and its text as UTF-8. Between `lines`, which has the bytes,
// and whoever reads them.
//
// Invariant: text that comes out is what the file says in its encoding or it does not come out; nothing
// is guessed into a replacement character.
// Lifetime: as its owner, one file.
#pragma once

#include "wire/arena.h"

enum recode_encoding {
    RECODE_ASCII, // nothing else so far
    RECODE_UTF8,
    RECODE_GB18030,
};

// One file's encoding, and the way out of it.
struct recode {
    enum recode_encoding encoding;
    void *converter; // iconv_t
};

enum recode_outcome {
    RECODE_OK,
    RECODE_WIDE,    // UTF-16 or UTF-32
    RECODE_INVALID, // neither UTF-8 nor GB18030
    RECODE_NO_MEMORY,
};

enum recode_end { RECODE_MAY_GO_ON, RECODE_ENDS_HERE };

// Ready for a file. Returns 0 or a negative errno; recode_done in any case.
int recode_init(struct recode *recode);
void recode_done(struct recode *recode);

// Looks at how the file begins. `out_mark_bytes` is the length of its byte order mark; with one it is
// UTF-8.
enum recode_outcome recode_begin(struct recode *recode, struct bytes start, size_t *out_mark_bytes);

// Decides by the first text that is not ASCII, of which `window` holds as much as there is at hand:
// UTF-8 if it is that, or has been for a while and then breaks; else GB18030 if it is that.
// RECODE_INVALID: `out_offset` is the first byte that is neither.
enum recode_outcome recode_detect(struct recode *recode, struct bytes window, enum recode_end end,
                                  size_t *out_offset);

// A copy as UTF-8 that ends in a NUL which is not counted; UTF-8 and ASCII are given back as they are,
// unjudged. `out_offset` is the first byte at fault.
enum recode_outcome recode_text(const struct recode *recode, struct bytes text,
                                struct arena *arena, struct bytes *out_text, size_t *out_offset);

bool recode_is_ascii(struct bytes text);

// Where text stops being what the file is written in; its size if nowhere.
size_t recode_find_fault(const struct recode *recode, struct bytes text);

const char *recode_name(enum recode_encoding encoding);
