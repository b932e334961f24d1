// SPDX-License-Identifier: Apache-2.0
//
// How far a long command has come: one line on standard error, written over again a few times a second,
// and nothing where that is no terminal.
//
// Invariant: what else is printed to standard error stands on lines of its own, if progress_hide is
// called before it.
// Lifetime: one command.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool is_shown; // on a terminal
    bool is_on_line;
    uint64_t total; // 0: unknown
    int64_t started_at; // monotonic milliseconds
    int64_t drawn_at;
};

// `total` in bytes; 0: not known.
void progress_start(struct progress *progress, uint64_t total);

// `done` bytes; `note` stands behind the bar: "1,234 行". Draws only if the last time is long enough ago.
void progress_show(struct progress *progress, uint64_t done, const char *note);

// Is it time to draw? For those whose note costs something to write.
bool progress_is_due(const struct progress *progress);

// Takes the line away, until the next progress_show.
void progress_hide(struct progress *progress);

// Seconds since it was started.
double progress_seconds(const struct progress *progress);
