// SPDX-License-Identifier: Apache-2.0
//
// The rows that say where attachments stand: which file a part is or from whom it is awaited, who of our recipients has it, which files there are
// and what uses them. One half of commit, which calls it for the facts that concern them; view reads what it wrote.
//
// Invariant: a file has a row in uses for every part that it is, and one in unused if there is none. What is awaited has a row in fetches.
// Lifetime: transaction.
#pragma once

#include "wire/file_name.h"
#include "store/store.h"

struct key;

void attached_put_file(struct store *store, struct arena *arena, const Record__FileSet *file);
void attached_await(struct store *store, struct arena *arena, const Record__PartsAwaited *awaited);
void attached_put_whole(struct store *store, struct arena *arena, const Record__PartWhole *whole);
void attached_put_arrival(struct store *store, struct arena *arena, const Record__PartArrived *arrived);

// A statement was recalled: nothing is awaited for it any more, from us neither.
void attached_recall(struct store *store, struct arena *arena, uint64_t position);
// The parts of a statement are gone, and with them the files that were nothing else.
void attached_erase(struct store *store, struct arena *arena, uint64_t position);
// A recipient refused the statement, and will hold nothing of it.
void attached_refuse(struct store *store, struct arena *arena, uint64_t position, const char *agency);

// False: a name that none of ours is.
bool attached_name(const Record__FileName *name, struct file_name *out_name);
void attached_add_name(struct key *key, const struct file_name *name);
