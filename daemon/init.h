// SPDX-License-Identifier: Apache-2.0
//
// Makes the folder of a new agency: configuration, keys, card, and one client key a role.
//
// Invariant: an existing configuration or key is never touched.
// Lifetime: none.
#pragma once

struct init_options {
    const char *folder;
    const char *agency;
    const char *name;
    const char *region;
    const char *sector;      // NULL: other
    const char *credit_code; // NULL: none
    const char *suite;       // NULL: sm2-sm3
    const char *endpoint;    // tcp://HOST:PORT that others can call; NULL: not reachable
    const char *telephone;   // NULL: none
};

// Returns 0; or says on stderr what is wrong and returns a negative errno.
int init_agency(const struct init_options *options);
