// SPDX-License-Identifier: Apache-2.0
//
// What agencies say of the duties of the shipped law when all is settled: each against its own statements judged anew, and those that hold the
// same statements against each other; and which duties were met with at all.
//
// Invariant: what is compared is found by obligation_make_id alone, never by who says it.
// Lifetime: the comparison is a run's, the table of duties the process's with all its runs.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Before the first run: the table is shared with the processes that play.
void verdicts_make(void);
// At the end of a run.
void verdicts_compare(void);

// Prints what came of each duty. False: there is one that no run opened.
bool verdicts_report(void);
