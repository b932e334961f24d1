// SPDX-License-Identifier: Apache-2.0
//
// One file of the search index: which of up to 4,096 neighbouring positions hold which gram (wire/terms.h). Written whole and never changed; read piece by
// piece, each piece with its checksum, so that whatever a disk makes of it is noticed and nothing is believed. All integers are big-endian.
//
//   header    "LSNSEG02", first u64, end u64, earliest i64, latest i64, rows u32, marks u32, postings u32 (bytes), CRC32C u32
//   fences    the first key (6 bytes) of each block of 128 rows; CRC32C u32
//   blocks    rows in rising order, 12 bytes each: key (6 bytes), place u32, size u16; CRC32C u32 of the block
//   postings  of a row that has some: `size` bytes at `place`; CRC32C u32 of key and bytes
//
// A key is a gram and where it stands, 2 · gram for the header and 2 · gram + 1 for the body. The highest bit of a row's `size` says that its gram was held
// *common* while the segment was gathered, so that every position has the longer grams (wire/terms.h) that two such make. It tells whoever seeks which longer
// ones to ask for, and whoever adds positions which to give them. What is common is taken from the segment before: a guess, on which speed alone hangs.
//
// A row of one position has size 0, and `place` is the position. Positions are told as offsets from `first`: as differences, seven bits a byte, lowest
// first, where the eighth says that more follow; or, where that would take 512 bytes and more, as 4,096 bits.
//
// Invariant: a file has its name only once it was written whole.
// Lifetime: none kept.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/searchable.h"

enum { SEGMENT_BITS = 12, SEGMENT_POSITIONS = 1 << SEGMENT_BITS, SEGMENT_WORDS = SEGMENT_POSITIONS / 64 };

// What is in a segment: positions from `first` on and before `end`.
struct segment {
    uint64_t first;
    uint64_t end;
    int64_t earliest; // that one of them was had
    int64_t latest;
    uint32_t marks; // pairs of key and position
    uint64_t *stale; // offsets that are to be read again, SEGMENT_WORDS; NULL: none
};

enum area { AREA_HEADER, AREA_BODY };
static inline uint64_t segment_key(uint64_t gram, enum area area)
{
    return gram << 1 | (uint64_t)area;
}
enum { SEGMENT_KEY_BITS = TERMS_GRAM_BITS + 1 };

// A key and the offset of a position in one number: key << SEGMENT_BITS | offset.
struct marks {
    uint64_t *items;
    size_t count;
    size_t capacity;
};
int segment_add_mark(struct marks *marks, uint64_t mark); // -ENOMEM

// Keys that are held common, a bounded number of them: more are not taken.
enum { COMMONS_MOST = 1 << 13, COMMONS_SLOTS = 2 * COMMONS_MOST };
struct commons {
    size_t count;
    uint64_t slots[COMMONS_SLOTS]; // 0: free
};
void segment_add_common(struct commons *commons, uint64_t key);
bool segment_is_common(const struct commons *commons, uint64_t key);

// A file in memory.
struct image {
    uint8_t *bytes;
    size_t size;
};
// Makes one of marks in rising order, without doubles, bit by bit: nothing here takes more than a millisecond or two. What it is made of stays until then.
struct making;
int segment_make_start(const struct segment *segment, const struct marks *marks, const struct commons *commons, struct making **out_making);
int segment_make_some(struct making *making, struct image *out_image); // 1: made; the image is the caller's
void segment_make_stop(struct making **making);
// A file that is not synced may be another after a power loss, the one before it or none: that is noticed, and it is made anew. What must not come back is
// synced; nobody else is made to wait for the disk.
enum segment_sync { SEGMENT_LAZY, SEGMENT_SYNCED };
int segment_write(const char *folder, uint64_t first, const struct image *image, enum segment_sync sync);
// The same under any name; what was there before is replaced.
int segment_write_file(const char *folder, const char *name, const struct image *image, enum segment_sync sync);

// Everything below is -EBADMSG where the file is not what was written, -ENOENT where there is none.

// What its file says of a segment.
int segment_look(const char *folder, uint64_t first, struct segment *out_segment);
// The positions that hold all that is sought, but for its times; one gram at least is asked for. Where few are left, not everything was asked of them.
int segment_match(const char *folder, const struct segment *segment, const struct sought *sought, uint64_t out_offsets[SEGMENT_WORDS]);
// Adds every mark but those of offsets in `without` (may be NULL), and what was held common, bit by bit as above.
struct reading;
int segment_read_start(const char *folder, const struct segment *segment, struct reading **out_reading);
int segment_read_some(struct reading *reading, const uint64_t *without, struct marks *marks, struct commons *commons); // 1: all is read
void segment_read_stop(struct reading **reading);
int segment_remove(const char *folder, uint64_t first);

static inline int segment_has(const uint64_t *offsets, size_t offset)
{
    return (offsets[offset / 64] >> offset % 64 & 1) != 0;
}
