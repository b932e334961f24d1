// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

struct entry {
    const char *id;
    int level; // of syslog(3); journald reads it from the line's prefix
    const char *text;
};

static const struct entry catalogue[LOG_EVENTS] = {
    [LOG_STARTED] = {"L001", 5, "started"},
    [LOG_STOPPED] = {"L002", 5, "stopped"},
    [LOG_CONFIG_REFUSED] = {"L003", 3, "configuration refused"},
    [LOG_RELOADED] = {"L004", 5, "read again"},
    [LOG_STORE_FAILED] = {"L010", 2, "store failing: nothing new is accepted until it recovers"},
    [LOG_STORE_RECOVERED] = {"L011", 5, "store works again"},
    [LOG_TURN_FAILED] = {"L012", 3, "turn aborted, its events are run singly"},
    [LOG_FILE_FAILED] = {"L013", 3, "attachment not read or written"},
    [LOG_FILE_LOST] = {"L014", 2, "attachment missing or damaged"},
    [LOG_SEARCH] = {"L015", 4, "search index"},
    [LOG_FILE_REGAINED] = {"L016", 5, "attachment whole again"},
    [LOG_PEER_UP] = {"L020", 6, "link up"},
    [LOG_PEER_DOWN] = {"L021", 5, "link down"},
    [LOG_PEER_REFUSED] = {"L022", 4, "peer refused"},
    [LOG_FRAME_DROPPED] = {"L023", 4, "frame dropped"},
    [LOG_STATEMENT_REFUSED] = {"L024", 4, "statement refused"},
    [LOG_LINES_LEFT_OUT] = {"L025", 4, "lines left out"},
    [LOG_PROXY] = {"L026", 4, "proxy"},
    [LOG_CLIENT_REFUSED] = {"L030", 4, "request refused"},
    [LOG_HANDSHAKE_REFUSED] = {"L031", 4, "unknown key at the door"},
    [LOG_GUARD_FAILED] = {"L032", 2, "an unknown key was let in: listener closed"},
    [LOG_CROWDED] = {"L033", 2, "descriptors run short"},
    [LOG_CLOCK] = {"L040", 3, "clock"},
    [LOG_ALARM] = {"L041", 2, "alarm"},
    [LOG_LAW] = {"L042", 5, "law in force changed"},
    [LOG_FAILURE] = {"L050", 3, "failure"},
};

// The one setting of a process that has one standard error; worker threads log too.
static atomic_int most = LOG_MOST;

void log_set_level(int level)
{
    most = level;
}

void log_write(enum log_event event, const char *format, ...)
{
    const struct entry *entry = &catalogue[event];
    if (entry->level > most) {
        return;
    }
    char details[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(details, sizeof(details), format, args);
    va_end(args);
    fprintf(stderr, "<%d>%s %s: %s\n", entry->level, entry->id, entry->text, details);
}

static bool has_line(const struct log_share *share, int64_t now_ms)
{
    return share->spent_until_ms - now_ms <= (int64_t)(LOG_SHARE_MOST - 1) * LOG_SHARE_BACK_MS;
}

bool log_share_take(struct log_share *share, int64_t now_ms)
{
    bool taken = has_line(share, now_ms);
    if (taken) {
        share->spent_until_ms = (share->spent_until_ms > now_ms ? share->spent_until_ms : now_ms) + LOG_SHARE_BACK_MS;
    }
    share->left_out += !taken;
    return taken;
}

uint64_t log_share_left_out(struct log_share *share, int64_t now_ms)
{
    uint64_t left_out = share->left_out;
    if (left_out == 0 || !has_line(share, now_ms)) {
        return 0;
    }
    log_share_take(share, now_ms);
    share->left_out = 0;
    return left_out;
}
