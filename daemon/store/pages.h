// SPDX-License-Identifier: Apache-2.0
//
// LMDB believes what its file says of itself: which meta page is newer, which page belongs to which tree, which is free. A value that the disk changed is
// caught by its checksum; a row that a damaged page hides, and a whole turn that a damaged meta page takes back, are caught here. The layout is that of
// LMDB 0.9 (data version 1) on the machine that wrote it.
//
// Invariant: nothing is changed, and nothing is read beyond the file, whatever it holds.
// Lifetime: none kept.
#pragma once

#include <lmdb.h>

// Turn n of LMDB stands in meta page n mod 2 and the one before it in the other. If that is not so, one of them is damaged, and LMDB might take the older
// for the newer. Negative: it is not so, or failure.
int pages_check_metas(const char *path);

enum { PAGES_FAULT_BYTES = 128 };

// Every page of the last commit is one page of one tree, part of one long value, or free; keys rise; trees count what they hold. Says in `out_fault`
// which page is not as it should be; empty: all are. Negative: failure. Not while a turn is open.
int pages_check(MDB_env *env, char out_fault[PAGES_FAULT_BYTES]);
