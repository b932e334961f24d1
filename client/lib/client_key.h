// SPDX-License-Identifier: Apache-2.0
//
// The key file by which a program is known to its daemon: DIRECTORY/client-keys/NAME.key, written
// by `liaison init`, readable by its owner only.
//
// Invariant: a key that was read is complete and well formed.
// Lifetime: a value; whoever read it wipes it with client_key_done as soon as the socket has it.
#pragma once

#include <stddef.h>

enum {
    CLIENT_KEY_NAME_BYTES = 65,
    CLIENT_KEY_Z85_BYTES = 41,
    CLIENT_KEY_ENDPOINT_BYTES = 192,
};

struct client_key {
    char name[CLIENT_KEY_NAME_BYTES];
    char role[CLIENT_KEY_NAME_BYTES];
    char public[CLIENT_KEY_Z85_BYTES];
    char secret[CLIENT_KEY_Z85_BYTES];
    char server[CLIENT_KEY_Z85_BYTES];
    char endpoint[CLIENT_KEY_ENDPOINT_BYTES];
};

enum client_key_outcome {
    CLIENT_KEY_OK,
    CLIENT_KEY_MISSING, // or not readable by this user
    CLIENT_KEY_EXPOSED, // others may read it
    CLIENT_KEY_MALFORMED,
};

// Reads the key file. On another outcome than CLIENT_KEY_OK `out_key` is untouched.
enum client_key_outcome client_key_read(const char *path, struct client_key *out_key);

// Overwrites the secret.
void client_key_done(struct client_key *key);
