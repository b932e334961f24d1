// SPDX-License-Identifier: Apache-2.0
//
// Files beside the store: the bytes of attachments, in the folder `files` of the store, each under the name that its bytes give it, with the tree over
// its chunks beside it. A file grows chunk by chunk below `files/partial` and gets its place when it is whole. Before it: porter, on a thread
// that may wait for the disk. The store's tables refer to whole files only, and after they are durable.
//
// Invariant: what lies in `files` is whole, leads to the root in its name, and was synced with its name before blob said so. What lies in `partial` begins
// with a run of chunks, each of which was proven to lead to the root; they are hashed again after a start. What is behind them was once whole and cannot be
// read or is damaged, and is cut off when the first chunk is added.
// Lifetime: process; one thread at a time.
#pragma once

#include "wire/file_name.h"

struct blobs;

// Makes the folders if they are not there. `path` is the store's.
int blob_open(const char *path, struct blobs **out_blobs);
void blob_close(struct blobs **blobs);

struct blob_chunk {
    uint32_t index;
    const uint8_t *path;
    size_t path_count; // at most LIMIT_PATH
    struct bytes content;
    bool is_to_go; // it was put here to be handed on, and will be read
};

enum blob_outcome {
    BLOB_KEPT,  // written
    BLOB_WHOLE, // all of the file is here and durable
    BLOB_HAD,   // this chunk is here already
    BLOB_GAP,   // one before it is not here: `out_chunks` says how many are
    BLOB_BAD,   // it does not lead to the root, or has another size than its place asks for; of what is read: it is gone or damaged
    BLOB_FAILED, // the disk: errno says why
};

// Takes the next chunk. `out_chunks`: how many are here afterwards.
enum blob_outcome blob_take(struct blobs *blobs, const struct file_name *name, const struct blob_chunk *chunk, uint32_t *out_chunks);
// How much of a file is here: BLOB_WHOLE, BLOB_KEPT or BLOB_FAILED. What lay here at the start is hashed when it is first asked for.
enum blob_outcome blob_look(struct blobs *blobs, const struct file_name *name, uint32_t *out_chunks);

// One chunk of a whole file, held against its print or the root first: BLOB_KEPT, BLOB_FAILED (another try may do), or BLOB_BAD. What is bad is whole no more, and what of it
// is good before the first chunk that is not counts as having come.
enum blob_outcome blob_read(struct blobs *blobs, const struct file_name *name, uint32_t index, uint8_t out_content[CHUNK_BYTES], size_t *out_size,
                            uint8_t out_path[LIMIT_PATH_BYTES], size_t *out_path_count);
// The same of a file that blob_has does not find; then blob_look.
enum blob_outcome blob_mend(struct blobs *blobs, const struct file_name *name, uint32_t *out_chunks);

// The part that a commitment stands for, if some of it is here.
struct blob_part {
    enum suite suite;
    uint64_t size;
    const uint8_t *salt;
    struct digest commitment;
};
bool blob_is_part(const struct blob_part *part, const struct file_name *name);
bool blob_find(struct blobs *blobs, const struct blob_part *part, struct file_name *out_name);

void blob_remove(struct blobs *blobs, const struct file_name *name);
void blob_remove_partial(struct blobs *blobs, const struct file_name *name);

// Walks the names below `files`, or below `files/partial`. Stops when `visit` returns false.
enum blob_place { BLOB_FILES, BLOB_PARTIAL };
void blob_walk(struct blobs *blobs, enum blob_place place, bool (*visit)(void *context, const struct file_name *name, int64_t changed_s), void *context);
// Is it here, by name and size? May be asked on any thread.
bool blob_has(const struct blobs *blobs, const struct file_name *name);
// Is all of it what its name says? Reads and hashes the whole file.
bool blob_holds(struct blobs *blobs, const struct file_name *name);
