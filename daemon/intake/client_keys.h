// SPDX-License-Identifier: Apache-2.0
//
// Who may connect locally: a folder of small files, each with the name, role and public CURVE key of one client. The folder is read again when
// it changes, so a key can be added or withdrawn without a restart; a withdrawn key's next request is refused, and its watches end.
//
// Invariant: a file that does not read grants nothing, and the log says so.
// Lifetime: process.
#pragma once

#include "event.h"

struct client_keys;

int client_keys_new(const char *folder, struct client_keys **out_keys);
void client_keys_free(struct client_keys **keys);

// Does every file of a folder read? False: `out_fault` says file, line and why.
bool client_keys_check(const char *folder, char *out_fault, size_t size);

// Looks whether the folder changed and reads it again if so. Cheap; called at most once a second.
void client_keys_refresh(struct client_keys *keys);
// Another number whenever the folder was read again.
uint64_t client_keys_version(const struct client_keys *keys);

// The client that owns a CURVE key, as a user id "name/key".
bool client_keys_admit(const struct client_keys *keys, const uint8_t curve[32], char out_user[CLIENT_USER_BYTES]);

// Judges a user id as of today. ROLE_NONE: not (any more) a client, or with another key. The name lives as long as the table does not change.
enum client_role client_keys_role(const struct client_keys *keys, const char *user, const char **out_name);
