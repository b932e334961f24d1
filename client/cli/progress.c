// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    BAR_PLACES = 24,
    DRAW_MS = 200,
    FIRST_MS = 1000, // what is done sooner shows none
    LONGEST_S = 99 * 3600,
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_start(struct progress *progress, uint64_t total)
{
    int64_t now = now_ms();
    *progress = (struct progress){.is_shown = isatty(STDERR_FILENO) == 1,
                                  .total = total,
                                  .started_at = now,
                                  .drawn_at = now + FIRST_MS - DRAW_MS};
}

double progress_seconds(const struct progress *progress)
{
    return (double)(now_ms() - progress->started_at) / 1000;
}

bool progress_is_due(const struct progress *progress)
{
    return progress->is_shown && now_ms() >= progress->drawn_at + DRAW_MS;
}

static void draw_bar(double share)
{
    int full = (int)(share * BAR_PLACES + 0.5);
    fputc('[', stderr);
    for (int i = 0; i < BAR_PLACES; i++) {
        fputc(i < full ? '#' : '.', stderr);
    }
    fprintf(stderr, "] %3.0f%%", share * 100);
}

static void draw_time_left(double seconds)
{
    if (seconds < LONGEST_S) {
        long left = (long)(seconds + 0.5);
        fprintf(stderr, "  剩 %ld:%02ld", left / 60, left % 60);
    }
}

void progress_show(struct progress *progress, uint64_t done, const char *note)
{
    if (!progress_is_due(progress)) {
        return;
    }
    double seconds = progress_seconds(progress);
    fputs("\r\033[K", stderr);
    if (progress->total > 0) {
        double share = done < progress->total ? (double)done / (double)progress->total : 1;
        draw_bar(share);
        fprintf(stderr, "  %.1f/%.1f MiB  %s", (double)done / (1 << 20),
                (double)progress->total / (1 << 20), note);
        if (share > 0) {
            draw_time_left(seconds / share - seconds);
        }
    } else {
        fprintf(stderr, "%.1f MiB  %s", (double)done / (1 << 20), note);
    }
    fflush(stderr);
    progress->is_on_line = true;
    progress->drawn_at = now_ms();
}

void progress_hide(struct progress *progress)
{
    if (progress->is_on_line) {
        fputs("\r\033[K", stderr);
        progress->is_on_line = false;
        progress->drawn_at = 0;
    }
}
