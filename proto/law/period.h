// SPDX-License-Identifier: Apache-2.0
//
// The period of an obligation: from when it runs, until when, and until when it was extended. The first step of a judging; counting
// and the state come after it.
//
// Invariant: pure; an extension never makes a due time earlier or surer.
// Lifetime: one call of obligation_judge; due days live in its arena.
#pragma once

#include "law/fold.h"

// When it can begin at the earliest, by the opening statement alone. 0: not yet, that statement has not arrived.
int64_t period_find_start(const struct obligation_seed *seed, const struct act *opening);

// When it began: what must be signed for or is awaited counts as well. 0: it has not.
int64_t period_begin(const struct fold *fold);

// Fills `due` and `region` from `within` and `start_at`. False: arena full.
bool period_find_due(struct fold *fold);

// Takes the time out of `due` in which the period did not run. False: arena full.
bool period_suspend(struct fold *fold);

// Applies the extensions among the acts to `due`. False: arena full.
bool period_extend(struct fold *fold);
