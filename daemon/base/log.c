// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <stdarg.h>
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
    [LOG_STORE_FAILED] = {"L010", 2, "store failing: nothing new is accepted until it recovers"},
    [LOG_STORE_RECOVERED] = {"L011", 5, "store works again"},
    [LOG_TURN_FAILED] = {"L012", 3, "turn aborted, its events are run singly"},
    [LOG_PEER_UP] = {"L020", 6, "link up"},
    [LOG_PEER_DOWN] = {"L021", 5, "link down"},
    [LOG_PEER_REFUSED] = {"L022", 4, "peer refused"},
    [LOG_FRAME_DROPPED] = {"L023", 4, "frame dropped"},
    [LOG_STATEMENT_REFUSED] = {"L024", 4, "statement refused"},
    [LOG_CLIENT_REFUSED] = {"L030", 4, "request refused"},
    [LOG_HANDSHAKE_REFUSED] = {"L031", 4, "unknown key at the door"},
    [LOG_GUARD_FAILED] = {"L032", 2, "an unknown key was let in: listener closed"},
    [LOG_CLOCK] = {"L040", 3, "clock"},
    [LOG_ALARM] = {"L041", 2, "alarm"},
    [LOG_LAW] = {"L042", 5, "law in force changed"},
    [LOG_FAILURE] = {"L050", 3, "failure"},
};

void log_write(enum log_event event, const char *format, ...)
{
    char details[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(details, sizeof(details), format, args);
    va_end(args);
    const struct entry *entry = &catalogue[event];
    fprintf(stderr, "<%d>%s %s: %s\n", entry->level, entry->id, entry->text, details);
}
