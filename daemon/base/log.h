// SPDX-License-Identifier: Apache-2.0
//
// What operators read. Every line belongs to an event of the catalogue with a stable number; details follow as key=value. Rules
// never log; edges do, once an outcome. Legal facts go to the journal, never only here.
//
// Invariant: no key, secret or body text is ever passed to it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum log_event {
    LOG_STARTED,
    LOG_STOPPED,
    LOG_CONFIG_REFUSED,
    LOG_RELOADED,
    LOG_STORE_FAILED,
    LOG_STORE_RECOVERED,
    LOG_TURN_FAILED,
    LOG_FILE_FAILED,
    LOG_FILE_LOST,
    LOG_SEARCH,
    LOG_FILE_REGAINED,
    LOG_PEER_UP,
    LOG_PEER_DOWN,
    LOG_PEER_REFUSED,
    LOG_FRAME_DROPPED,
    LOG_STATEMENT_REFUSED,
    LOG_LINES_LEFT_OUT,
    LOG_PROXY,
    LOG_CLIENT_REFUSED,
    LOG_HANDSHAKE_REFUSED,
    LOG_GUARD_FAILED,
    LOG_CROWDED,
    LOG_CLOCK,
    LOG_ALARM,
    LOG_LAW,
    LOG_FAILURE,
    LOG_EVENTS,
};

// Levels are those of syslog(3). What is less grave than the level set is not written; until one is set, everything is.
enum { LOG_MOST = 7 };
void log_set_level(int level);

__attribute__((format(printf, 2, 3))) void log_write(enum log_event event, const char *format, ...);

// How many lines somebody outside may cause, so that he fills no disk with them and hides no other's: some at once, then one a second.
enum { LOG_SHARE_MOST = 32, LOG_SHARE_BACK_MS = 1000 };
struct log_share {
    int64_t spent_until_ms;
    uint64_t left_out; // lines since the last that told of such
};
// Takes one line. False: the share is spent, and the line is counted as left out.
bool log_share_take(struct log_share *share, int64_t now_ms);
// How many were left out, once and only when there is a line to tell it with; 0: nothing to tell now.
uint64_t log_share_left_out(struct log_share *share, int64_t now_ms);
