// SPDX-License-Identifier: Apache-2.0
//
// Whole files in and out.
#pragma once

#include <stddef.h>

// Reads a file, or standard input for "-", up to 64 MiB. The text ends in a NUL that is not counted
// and is for free. NULL: it cannot be read; stderr says why.
char *files_read(const char *path, size_t *out_size);

// Writes a file anew, or standard output for "-". Returns 0 or -1; stderr says why.
int files_write(const char *path, const char *text);
