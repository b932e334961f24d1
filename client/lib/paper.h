// SPDX-License-Identifier: Apache-2.0
//
// Files on the disk held against what sealed statements list: the one that a commitment stands for is
// that attachment, whatever it is called now. Needs no daemon. Part of inspect.c.
//
// Invariant: a file is an attachment of those statements alone that verify themselves. Memory is
// bounded whatever a file holds: 2 MiB for the leaves of the longest, and one chunk.
// Lifetime: one call of liaison_verify_files.
#pragma once

#include <jansson.h>

#include "wire/envelope.h"
#include "wire/seal.h"
#include "wire/statement.pb-c.h"

struct papers;

// Reads and hashes all of them. A file that cannot be read is told in the report. NULL: no memory.
struct papers *papers_read(const char *const *paths, size_t count);
void papers_free(struct papers **papers);

// A statement that verifies.
void papers_match(struct papers *papers, const struct seal *seal, const struct envelope *envelope,
                  const Wire__Header *header);

// [{"path", "verdict", "text", "attachments": [{"author", "id", "part", "name"}]}]; NULL: no memory.
json_t *papers_report(const struct papers *papers);
// How many are no attachment of anything.
size_t papers_strangers(const struct papers *papers);
