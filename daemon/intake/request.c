// SPDX-License-Identifier: Apache-2.0
#include "intake/request.h"

#include <string.h>

enum {
    SUBMITTER = 1 << ROLE_SUBMITTER,
    OFFICER = 1 << ROLE_OFFICER,
    AUDITOR = 1 << ROLE_AUDITOR,
    OPERATOR = 1 << ROLE_OPERATOR,
    ADMINISTRATOR = 1 << ROLE_ADMINISTRATOR,
    READERS = SUBMITTER | OFFICER | AUDITOR,
    ANYBODY = READERS | OPERATOR | ADMINISTRATOR,
};

struct row {
    Control__Request__AskCase ask;
    unsigned roles;
};

static const struct row table[] = {
    {CONTROL__REQUEST__ASK_GREET, ANYBODY},
    {CONTROL__REQUEST__ASK_SUBMIT, SUBMITTER | OFFICER},
    {CONTROL__REQUEST__ASK_FIND, READERS | OPERATOR},
    {CONTROL__REQUEST__ASK_LIST, READERS | OPERATOR},
    {CONTROL__REQUEST__ASK_SEARCH, READERS | OPERATOR},
    {CONTROL__REQUEST__ASK_MATTER, READERS},
    {CONTROL__REQUEST__ASK_DUE, READERS | OPERATOR},
    {CONTROL__REQUEST__ASK_WATCH, READERS | OPERATOR},
    {CONTROL__REQUEST__ASK_STATUS, ANYBODY},
    {CONTROL__REQUEST__ASK_PEER_ADD, ADMINISTRATOR},
    {CONTROL__REQUEST__ASK_PEER_LIST, ANYBODY},
    {CONTROL__REQUEST__ASK_PEER_CHANGE, OPERATOR | ADMINISTRATOR},
    {CONTROL__REQUEST__ASK_OFFICER_ADD, ADMINISTRATOR},
    {CONTROL__REQUEST__ASK_OFFICER_REMOVE, ADMINISTRATOR},
    {CONTROL__REQUEST__ASK_OFFICER_LIST, OFFICER | AUDITOR | OPERATOR | ADMINISTRATOR},
    {CONTROL__REQUEST__ASK_COMPACT, ANYBODY},
    {CONTROL__REQUEST__ASK_PROCEDURE, ANYBODY},
    {CONTROL__REQUEST__ASK_TEST_CLOCK, OPERATOR | ADMINISTRATOR},
    {CONTROL__REQUEST__ASK_SUBSCRIPTIONS, READERS | OPERATOR},
    {CONTROL__REQUEST__ASK_CATALOGUE, READERS},
    {CONTROL__REQUEST__ASK_EXPORT, OFFICER | AUDITOR},
    {CONTROL__REQUEST__ASK_ALARM_CLEAR, OPERATOR | ADMINISTRATOR},
    {CONTROL__REQUEST__ASK_FILE_ASK, SUBMITTER | OFFICER},
    {CONTROL__REQUEST__ASK_FILE_PUT, SUBMITTER | OFFICER},
    {CONTROL__REQUEST__ASK_FILE_GET, READERS},
    {CONTROL__REQUEST__ASK_CLOCK_ACCEPT, OPERATOR | ADMINISTRATOR},
};

bool request_allowed(Control__Request__AskCase ask, enum client_role role)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].ask == ask) {
            return (table[i].roles & (1u << role)) != 0;
        }
    }
    return false;
}

enum client_role request_role(const char *name)
{
    static const char *const names[] = {
        [ROLE_SUBMITTER] = "submitter", [ROLE_OFFICER] = "officer",           [ROLE_AUDITOR] = "auditor",
        [ROLE_OPERATOR] = "operator",   [ROLE_ADMINISTRATOR] = "administrator",
    };
    for (size_t i = ROLE_SUBMITTER; i <= ROLE_ADMINISTRATOR; i++) {
        if (strcmp(names[i], name) == 0) {
            return (enum client_role)i;
        }
    }
    return ROLE_NONE;
}
