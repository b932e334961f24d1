// SPDX-License-Identifier: Apache-2.0
//
// A bar for work that takes its time, on standard error where that is a terminal and nowhere else. Work that is done
// within a second shows none.
//
// Invariant: after progress_stop nothing of it is left on the screen.
// Lifetime: one piece of work.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *label; // borrowed
    int64_t started_ms;
    int64_t shown_ms; // 0: never
    bool is_wanted;
};

void progress_start(struct progress *progress, const char *label);
// `context` is the struct progress, so that it fits liaison_progress.
void progress_show(void *context, uint64_t done, uint64_t total);
void progress_stop(struct progress *progress);
