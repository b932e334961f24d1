// SPDX-License-Identifier: Apache-2.0
//
// What operators read. Every line belongs to an event of the catalogue with a stable number; details follow as key=value. Rules
// never log; edges do, once an outcome. Legal facts go to the journal, never only here.
//
// Invariant: no key, secret or body text is ever passed to it.
#pragma once

enum log_event {
    LOG_STARTED,
    LOG_STOPPED,
    LOG_CONFIG_REFUSED,
    LOG_STORE_FAILED,
    LOG_STORE_RECOVERED,
    LOG_TURN_FAILED,
    LOG_PEER_UP,
    LOG_PEER_DOWN,
    LOG_PEER_REFUSED,
    LOG_FRAME_DROPPED,
    LOG_STATEMENT_REFUSED,
    LOG_CLIENT_REFUSED,
    LOG_HANDSHAKE_REFUSED,
    LOG_GUARD_FAILED,
    LOG_CLOCK,
    LOG_ALARM,
    LOG_LAW,
    LOG_FAILURE,
    LOG_EVENTS,
};

__attribute__((format(printf, 2, 3))) void log_write(enum log_event event, const char *format, ...);
