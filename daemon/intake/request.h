// SPDX-License-Identifier: Apache-2.0
//
// The table of requests: which client roles may ask what. A new request is a row here, a message in control.proto and a rule in decide.c.
//
// Invariant: a request without a row is allowed to nobody.
// Lifetime: none.
#pragma once

#include "event.h"

bool request_allowed(Control__Request__AskCase ask, enum client_role role);

// ROLE_NONE: no such role.
enum client_role request_role(const char *name);
