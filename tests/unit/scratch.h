// SPDX-License-Identifier: Apache-2.0
//
// A folder of a test's own below build/, gone when the test is over.
//
// Lifetime: from scratch_make to scratch_remove.
#pragma once

#include "unit/check.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
    char path[64];
};

static inline void scratch_make(struct scratch *scratch)
{
    strcpy(scratch->path, "build/scratch-XXXXXX");
    assert_non_null(mkdtemp(scratch->path));
}

static inline int scratch_unlink(const char *path, const struct stat *stat, int type,
                                 struct FTW *walk)
{
    (void)stat;
    (void)type;
    (void)walk;
    return remove(path);
}

static inline void scratch_remove(const struct scratch *scratch)
{
    assert_int_equal(nftw(scratch->path, scratch_unlink, 16, FTW_DEPTH | FTW_PHYS), 0);
}

// Block by block: whatever a program holds in memory, the leak checker reads at each of its ends.
static inline void scratch_copy(const char *from_path, const char *to_path)
{
    uint8_t block[1 << 14];
    FILE *from = fopen(from_path, "r");
    FILE *to = fopen(to_path, "w");
    assert_true(from != NULL && to != NULL);
    for (size_t size = sizeof block; size == sizeof block;) {
        size = fread(block, 1, sizeof block, from);
        assert_int_equal(fwrite(block, 1, size, to), size);
    }
    assert_int_equal(fclose(from), 0);
    assert_int_equal(fclose(to), 0);
}

static inline void scratch_write(const char *path, struct bytes content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content.data, 1, content.size, file), content.size);
    assert_int_equal(fclose(file), 0);
}
