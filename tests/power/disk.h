// SPDX-License-Identifier: Apache-2.0
//
// A disk in memory that loses power: the steps of a record are done one after the other, and at any moment it says what could be left. What was synced
// stands; of what was not, each step may have happened or not, and a write only in some of its sectors.
//
// Invariant: `pending` holds the steps done and not synced, oldest first; everything else is part of the durable state.
// Lifetime: one reading of a record.
#pragma once

#include "power/record.h"

#include <stdbool.h>
#include <stddef.h>

enum { DISK_SECTOR_BYTES = 512, DISK_PENDING = 4096 };

struct disk;

struct disk_step {
    struct step_head head;
    const char *name;
    const uint8_t *content;
};

// What becomes of one pending step when the power fails.
enum disk_fate {
    DISK_LOST,
    DISK_KEPT,
    DISK_TORN, // a write of which only sectors from the front, from the back, or scattered ones are there
};

enum disk_syncs { DISK_SYNCS_HOLD, DISK_SYNCS_LIE };

struct disk *disk_new(enum disk_syncs syncs);
void disk_free(struct disk **disk);

void disk_do(struct disk *disk, const struct disk_step *step);

// After a write through a synchronous descriptor: it is durable. Apart from disk_do, because the power may fail in between.
void disk_finish(struct disk *disk, const struct disk_step *step);

size_t disk_pending(const struct disk *disk);

// Writes into `folder` what is left if the pending steps have these fates. `chance` is the state of the random numbers that say where writes are torn.
// Returns a digest of it all, so that the same image is not looked at twice.
uint64_t disk_image(const struct disk *disk, const enum disk_fate *fates, uint64_t *chance, const char *folder);

// A random number below `limit`.
uint64_t disk_chance(uint64_t *chance, uint64_t limit);
