// SPDX-License-Identifier: Apache-2.0
//
// The tree over a file's chunks, as it lies on the disk beside the file: the leaves first, which grow with it, and behind them the levels above, once
// it is whole; and behind all of them the prints of chunks that were put here. blob opens both files, names and syncs them; here they are read, held against
// each other and written.
//
// Invariant: nothing here is believed before it leads to the root in the file's name; a torn leaf leads nowhere, and a torn print matches nothing.
// Lifetime: values; the descriptors are the caller's.
#pragma once

#include "wire/file_name.h"

// All of it, or false: errno says why; ENODATA: the file ends before.
bool leaves_read_at(int file, void *out, size_t size, uint64_t offset);
bool leaves_write_at(int file, const void *data, size_t size, uint64_t offset);

// How many chunks, from the first on, are what their leaves say. Fewer than all, and EIO in errno: the disk could not read the next; ENOMEM: nothing was
// looked at.
uint32_t leaves_count_good(const struct file_name *name, int content, int tree);
// Do the leaves lead to the root? False: errno says why; EBADMSG: they do not.
bool leaves_lead(const struct file_name *name, int tree);
// Writes the leaves of content whose tree is gone or damaged. False: errno says why; EBADMSG: it is other content.
bool leaves_grow(const struct file_name *name, int content, int tree);
// Adds the upper levels behind the leaves. False: errno says why; EBADMSG: the leaves lead elsewhere.
bool leaves_finish(const struct file_name *name, int tree);
// The path of a chunk of a whole file, at most LIMIT_PATH_BYTES. False: errno says why.
bool leaves_read_path(const struct file_name *name, int tree, uint32_t index, uint8_t *out_path, size_t *out_count);

// The print of a chunk: SHA-256 over its leaf and a sum of its content, kept when the leaf was proven. SM3 takes seven times as long, so a chunk of sm2-sm3
// that is handed on is held against its print, which matches only the content that had this leaf. It stands against disks and memory that err; who may
// write here could make both, and the receiver then refuses the chunk. Of ed25519-sha256 none are kept: the leaf is as fast.
// The sum is taken before the leaf is, so that nothing can change between the two unseen.
void leaves_sum(const struct file_name *name, struct bytes content, struct digest *out_sum);
bool leaves_keep_print(const struct file_name *name, int tree, uint32_t index, const struct digest *leaf, const struct digest *sum);
// False: no print of it is kept, or it is not the content's; nothing follows from that.
bool leaves_match_print(const struct file_name *name, int tree, uint32_t index, struct bytes content, struct digest *out_leaf);
