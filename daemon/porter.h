// SPDX-License-Identifier: Apache-2.0
//
// The thread that handles the bytes of attachments: hashes chunks, writes and syncs them, reads them again. Nothing here decides anything; haul gives it
// work on the turn's thread and takes the results there.
//
// Invariant: jobs are done one after the other in the order in which they were given. What waits holds a bounded number of chunks.
// Lifetime: process; a job lives from porter_new_job to porter_done.
#pragma once

#include "effect.h"
#include "store/blob.h"

struct porter;

enum port_form {
    PORT_LOOK, // how much is here?
    PORT_FIND, // the same of a part of which only the commitment is known
    PORT_TAKE, // write a chunk
    PORT_READ, // read one
    PORT_MEND, // what is left of a file that was whole?
    PORT_DROP, // remove a file
    PORT_STOP, // remove what is here of a part that was not whole
    PORT_FORGET, // the same of a file
};

enum port_outcome {
    PORT_DONE,    // found, written, read, removed
    PORT_WHOLE,   // the file is here, whole and durable
    PORT_NOTHING, // nothing is here of it
    PORT_OTHER,   // another chunk is wanted: `chunks` says which
    PORT_FALSE,   // it does not lead to the root, or the root not to the commitment
    PORT_LOST,    // the file was whole, and is gone or damaged
    PORT_FAILED,  // the disk: `error` says why
};

struct port_job {
    enum port_form form;
    struct file_name name;
    char peer[LIMIT_AGENCY_BYTES + 1]; // "": for a client
    struct client_ref client;
    uint64_t number;
    char user[CLIENT_NAME_BYTES];
    uint64_t position; // of the statement that a part belongs to
    char author[LIMIT_AGENCY_BYTES + 1];
    uint8_t id[ID_BYTES];
    unsigned part;
    bool is_part; // `commitment` and `salt` are those of a part: the root must lead there
    struct digest commitment;
    uint8_t salt[SALT_BYTES];
    uint32_t index;
    size_t path_count;
    uint8_t path[LIMIT_PATH_BYTES];
    size_t content_bytes;
    uint8_t *content; // CHUNK_BYTES of room, or NULL
    enum port_outcome outcome;
    uint32_t chunks; // that are here
    int error;
    struct port_job *next;
};

struct porter_options {
    const char *store; // its path
    int wake_fd;       // an eventfd, written whenever a job is done
};

int porter_new(const struct porter_options *options, struct porter **out_porter);
void porter_free(struct porter **porter);

// The files. After the thread has started they are its own, and others may only walk them and ask what is there.
struct blobs *porter_blobs(struct porter *porter);
int porter_start(struct porter *porter);

enum port_room { PORT_BARE, PORT_WITH_CHUNK };
// A zeroed job; NULL: no memory, or as many chunks wait as may.
struct port_job *porter_new_job(struct porter *porter, enum port_form form, enum port_room room);
void porter_give(struct porter *porter, struct port_job *job);
// A job that is done, or NULL. It belongs to the caller until porter_done.
struct port_job *porter_take(struct porter *porter);
void porter_done(struct porter *porter, struct port_job **job);

// How many chunks are to be read for a peer and were not yet taken.
size_t porter_count_reads(struct porter *porter, const char *peer);
// Is anything under way that may make this file whole?
bool porter_handles(struct porter *porter, const struct file_name *name);
