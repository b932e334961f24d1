// SPDX-License-Identifier: Apache-2.0
//
// An index from agency ids to what is kept about each, for everything that is looked up with every frame: a thousand peers are walked in
// microseconds that every one of their frames would pay.
//
// Invariant: a name leads to the item put last. Nothing is removed.
// Lifetime: its owner's. Names and items belong to the caller and stay where they are.
#pragma once

struct names;

int names_new(struct names **out_names);
void names_free(struct names **names);

// 0 or -ENOMEM, and then nothing has changed.
int names_put(struct names *names, const char *name, void *item);
void *names_find(const struct names *names, const char *name); // NULL: never put
