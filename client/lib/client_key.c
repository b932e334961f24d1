// SPDX-License-Identifier: Apache-2.0
#include "lib/client_key.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <ini.h>

struct setting {
    const char *name;
    size_t offset;
    size_t size;
};

static const struct setting settings[] = {
    {"name", offsetof(struct client_key, name), CLIENT_KEY_NAME_BYTES},
    {"role", offsetof(struct client_key, role), CLIENT_KEY_NAME_BYTES},
    {"public", offsetof(struct client_key, public), CLIENT_KEY_Z85_BYTES},
    {"secret", offsetof(struct client_key, secret), CLIENT_KEY_Z85_BYTES},
    {"server", offsetof(struct client_key, server), CLIENT_KEY_Z85_BYTES},
    {"endpoint", offsetof(struct client_key, endpoint), CLIENT_KEY_ENDPOINT_BYTES},
};

static int take_setting(void *user, const char *section, const char *name, const char *value)
{
    struct client_key *key = user;
    if (strcmp(section, "client") != 0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (strcmp(settings[i].name, name) == 0) {
            char *member = (char *)key + settings[i].offset;
            int length = snprintf(member, settings[i].size, "%s", value);
            return length > 0 && (size_t)length < settings[i].size;
        }
    }
    return 0;
}

static enum client_key_outcome judge(const struct client_key *key)
{
    bool is_whole = key->name[0] != '\0' && strlen(key->public) == CLIENT_KEY_Z85_BYTES - 1 &&
                    strlen(key->secret) == CLIENT_KEY_Z85_BYTES - 1 &&
                    strlen(key->server) == CLIENT_KEY_Z85_BYTES - 1;
    bool is_reachable = strncmp(key->endpoint, "ipc://", 6) == 0 ||
                        strncmp(key->endpoint, "tcp://", 6) == 0;
    return is_whole && is_reachable ? CLIENT_KEY_OK : CLIENT_KEY_MALFORMED;
}

enum client_key_outcome client_key_read(const char *path, struct client_key *out_key)
{
    FILE *file = fopen(path, "re");
    struct stat about;
    if (file == NULL) {
        return CLIENT_KEY_MISSING;
    }
    if (fstat(fileno(file), &about) != 0 || (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        fclose(file);
        return CLIENT_KEY_EXPOSED;
    }
    struct client_key key = {0};
    int fault = ini_parse_file(file, take_setting, &key);
    fclose(file);
    enum client_key_outcome outcome = fault == 0 ? judge(&key) : CLIENT_KEY_MALFORMED;
    if (outcome == CLIENT_KEY_OK) {
        *out_key = key;
    }
    client_key_done(&key);
    return outcome;
}

void client_key_done(struct client_key *key)
{
    explicit_bzero(key->secret, sizeof key->secret);
}
