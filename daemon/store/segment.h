// SPDX-License-Identifier: Apache-2.0
//
// One file of the search index: which of up to 4,096 neighbouring positions hold which gram (wire/terms.h). Written whole and never changed; read piece by
// piece, each piece with its checksum, so that whatever a disk makes of it is noticed and nothing is believed. All integers are big-endian.
//
//   header    "LSNSEG01", first u64, end u64, rows u32, marks u32, postings u32 (bytes), CRC32C u32
//   fences    the first gram (6 bytes) of each block of 128 rows; CRC32C u32
//   blocks    rows in rising order, 12 bytes each: gram (6 bytes), place u32, size u16; CRC32C u32 of the block
//   postings  of a row that has some: `size` bytes at `place`; CRC32C u32 of gram and bytes
//
// A row of one position has size 0, and `place` is the position. Positions are told as offsets from `first`: as differences, seven bits a byte, lowest
// first, where the eighth says that more follow; or, where that would take 512 bytes and more, as 4,096 bits.
//
// Invariant: a file has its name only once it was written whole.
// Lifetime: none kept.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SEGMENT_BITS = 12, SEGMENT_POSITIONS = 1 << SEGMENT_BITS, SEGMENT_WORDS = SEGMENT_POSITIONS / 64 };

// What is in a segment: positions from `first` on and before `end`.
struct segment {
    uint64_t first;
    uint64_t end;
    uint32_t marks; // pairs of gram and position
    uint64_t *stale; // offsets that are to be read again, SEGMENT_WORDS; NULL: none
};

// A gram and the offset of a position in one number: gram << SEGMENT_BITS | offset.
struct marks {
    uint64_t *items;
    size_t count;
    size_t capacity;
};
int segment_add_mark(struct marks *marks, uint64_t mark); // -ENOMEM

// A file in memory. `marks` are in rising order, without doubles.
struct image {
    uint8_t *bytes;
    size_t size;
};
int segment_make(const struct segment *segment, const struct marks *marks, struct image *out_image);
// A file that is not synced may be another after a power loss, the one before it or none: that is noticed, and it is made anew. What must not come back is
// synced; nobody else is made to wait for the disk.
enum segment_sync { SEGMENT_LAZY, SEGMENT_SYNCED };
int segment_write(const char *folder, uint64_t first, const struct image *image, enum segment_sync sync);
// The same under any name; what was there before is replaced.
int segment_write_file(const char *folder, const char *name, const struct image *image, enum segment_sync sync);

// Everything below is -EBADMSG where the file is not what was written, -ENOENT where there is none.

// What its file says of a segment.
int segment_look(const char *folder, uint64_t first, struct segment *out_segment);
// The positions that hold all of the grams; one at least is asked for.
int segment_match(const char *folder, const struct segment *segment, const uint64_t *grams, size_t count, uint64_t out_offsets[SEGMENT_WORDS]);
// Adds every mark but those of offsets in `without` (may be NULL).
int segment_read(const char *folder, const struct segment *segment, const uint64_t *without, struct marks *marks);
int segment_remove(const char *folder, uint64_t first);

static inline int segment_has(const uint64_t *offsets, size_t offset)
{
    return (offsets[offset / 64] >> offset % 64 & 1) != 0;
}
