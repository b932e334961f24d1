// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_AFTER_MS = 1000, AGAIN_AFTER_MS = 200, BAR_PLACES = 30 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_start(struct progress *progress, const char *label)
{
    *progress = (struct progress){.label = label, .started_ms = now_ms(), .is_wanted = isatty(STDERR_FILENO) == 1};
}

static void draw(const struct progress *progress, uint64_t done, uint64_t total, int64_t now)
{
    double part = total == 0 ? 1 : (double)done / (double)total;
    int filled = (int)(part * BAR_PLACES);
    double seconds = (double)(now - progress->started_ms) / 1000;
    fprintf(stderr, "\r\033[K%s [", progress->label);
    for (int i = 0; i < BAR_PLACES; i++) {
        fputc(i < filled ? '#' : ' ', stderr);
    }
    fprintf(stderr, "] %3.0f%%  %.1f MiB/s", part * 100, (double)done / 1048576 / seconds);
    fflush(stderr);
}

void progress_show(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    int64_t now = progress->is_wanted ? now_ms() : 0;
    if (!progress->is_wanted || now - progress->started_ms < FIRST_AFTER_MS || now - progress->shown_ms < AGAIN_AFTER_MS) {
        return;
    }
    progress->shown_ms = now;
    draw(progress, done, total, now);
}

void progress_stop(struct progress *progress)
{
    if (progress->shown_ms != 0) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    progress->shown_ms = 0;
}
