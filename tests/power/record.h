// SPDX-License-Identifier: Apache-2.0
//
// What recorder.c writes and images.c reads: everything a program did to the files of one folder, and everything it said over ZeroMQ, in the order in
// which it happened. Each step is this head, then the name, then the content.
//
// Invariant: a step stands in the record once it is done, what was said before it is; so whatever comes later in the record was done later.
// Lifetime: a file of one run of the tests, read by the machine that wrote it.
#pragma once

#include <stdint.h>

enum step_form {
    STEP_MAKE_FOLDER = 1,
    STEP_CREATE,
    STEP_REMOVE,
    STEP_RENAME,   // content: the new name
    STEP_WRITE,    // content at offset
    STEP_TRUNCATE, // to offset
    STEP_SYNC,     // of a file's content, or of a folder's names
    STEP_SAY,      // content: one frame of ZeroMQ; no name
};

enum { STEP_SYNCHRONOUS = 1 }; // written through a descriptor with O_DSYNC

struct step_head {
    uint8_t form;
    uint8_t flags;
    uint16_t name_bytes; // relative to the folder, no zero byte
    uint32_t content_bytes;
    uint64_t offset;
};
