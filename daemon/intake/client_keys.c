// SPDX-License-Identifier: Apache-2.0
#include "intake/client_keys.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "wire/text.h"

#include "base/fail.h"
#include "base/log.h"
#include "base/loop.h"
#include "intake/request.h"

enum { CLIENTS_MOST = 256, PATH_BYTES = 4096, FAULT_BYTES = PATH_BYTES + 128 };

struct client {
    char name[CLIENT_NAME_BYTES];
    enum client_role role;
    uint8_t curve[32];
    bool has_key;
};

struct client_keys {
    char *folder;
    uint64_t version;
    uint64_t stamp; // of the folder's contents when it was read
    struct client clients[CLIENTS_MOST];
    size_t count;
};

// The name is sealed into what the client's officers say.
static bool is_name(const char *value)
{
    const struct bytes text = {(const uint8_t *)value, strlen(value)};
    return text.size < CLIENT_NAME_BYTES && text_check(text, NULL) == TEXT_OK;
}

static int take_line(void *context, const char *section, const char *name, const char *value)
{
    struct client *client = context;
    if (strcmp(section, "client") != 0) {
        return 0;
    }
    if (strcmp(name, "name") == 0 && is_name(value)) {
        strcpy(client->name, value);
    } else if (strcmp(name, "role") == 0) {
        client->role = request_role(value);
        return client->role != ROLE_NONE;
    } else if (strcmp(name, "public") == 0) {
        client->has_key = loop_from_z85(value, client->curve);
        return client->has_key;
    } else {
        return 0;
    }
    return 1;
}

static bool is_client_file(const char *name)
{
    size_t size = strlen(name);
    return size > 5 && name[0] != '.' && strcmp(name + size - 5, ".conf") == 0;
}

// Adds up what a change of any file would change.
static uint64_t stamp_of(const char *path)
{
    struct stat stat_of;
    if (stat(path, &stat_of) != 0) {
        return 0;
    }
    return (uint64_t)stat_of.st_mtim.tv_sec * 1000003u + (uint64_t)stat_of.st_mtim.tv_nsec * 31u + (uint64_t)stat_of.st_size +
           (uint64_t)stat_of.st_ino * 7919u;
}

// False: `out_fault` says file, line and why.
static bool read_file(const char *path, struct client *out_client, char *out_fault, size_t size)
{
    struct client client = {0};
    int line = ini_parse(path, take_line, &client);
    if (line > 0) {
        snprintf(out_fault, size, "%s:%d: not understood", path, line);
    } else if (line < 0) {
        snprintf(out_fault, size, "%s: cannot be read", path);
    } else if (!client.has_key || client.role == ROLE_NONE || client.name[0] == '\0') {
        snprintf(out_fault, size, "%s: needs name, role and public key", path);
    } else {
        *out_client = client;
        return true;
    }
    return false;
}

static void take_file(struct client_keys *keys, const char *path)
{
    char fault[FAULT_BYTES];
    struct client client;
    if (keys->count == CLIENTS_MOST) {
        log_write(LOG_CONFIG_REFUSED, "%s: more than %d clients", path, CLIENTS_MOST);
    } else if (read_file(path, &client, fault, sizeof(fault))) {
        keys->clients[keys->count++] = client;
    } else {
        log_write(LOG_CONFIG_REFUSED, "%s", fault);
    }
}

static uint64_t visit(struct client_keys *keys, bool read)
{
    uint64_t stamp = stamp_of(keys->folder);
    DIR *folder = opendir(keys->folder);
    if (folder == NULL) {
        return 0;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[PATH_BYTES];
        if (!is_client_file(entry->d_name)) {
            continue;
        }
        snprintf(path, sizeof(path), "%s/%s", keys->folder, entry->d_name);
        stamp += stamp_of(path);
        if (read) {
            take_file(keys, path);
        }
    }
    closedir(folder);
    return stamp;
}

void client_keys_refresh(struct client_keys *keys)
{
    if (visit(keys, false) == keys->stamp) {
        return;
    }
    keys->count = 0;
    keys->stamp = visit(keys, true);
    keys->version++;
}

uint64_t client_keys_version(const struct client_keys *keys)
{
    return keys->version;
}

bool client_keys_check(const char *path, char *out_fault, size_t size)
{
    bool good = true;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        snprintf(out_fault, size, "%s: %s", path, strerror(errno));
        return false;
    }
    for (struct dirent *entry = readdir(folder); good && entry != NULL; entry = readdir(folder)) {
        char file[PATH_BYTES];
        struct client client;
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        good = !is_client_file(entry->d_name) || read_file(file, &client, out_fault, size);
    }
    closedir(folder);
    return good;
}

int client_keys_new(const char *folder, struct client_keys **out_keys)
{
    struct client_keys *keys = calloc(1, sizeof(*keys));
    if (keys == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "client keys");
    }
    keys->folder = strdup(folder);
    if (keys->folder == NULL) {
        client_keys_free(&keys);
        return FAIL_ORIGIN(-ENOMEM, "client keys");
    }
    client_keys_refresh(keys);
    *out_keys = keys;
    return 0;
}

void client_keys_free(struct client_keys **keys)
{
    if (*keys == NULL) {
        return;
    }
    free((*keys)->folder);
    free(*keys);
    *keys = NULL;
}

static void make_user(const struct client *client, char out_user[CLIENT_USER_BYTES])
{
    snprintf(out_user, CLIENT_USER_BYTES, "%s/%016" PRIx64, client->name, text_get_u64(client->curve));
}

bool client_keys_admit(const struct client_keys *keys, const uint8_t curve[32], char out_user[CLIENT_USER_BYTES])
{
    bool admitted = false;
    for (size_t i = 0; i < keys->count; i++) {
        if (CRYPTO_memcmp(keys->clients[i].curve, curve, 32) == 0) {
            make_user(&keys->clients[i], out_user);
            admitted = true;
        }
    }
    return admitted;
}

enum client_role client_keys_role(const struct client_keys *keys, const char *user, const char **out_name)
{
    for (size_t i = 0; i < keys->count; i++) {
        char current[CLIENT_USER_BYTES];
        make_user(&keys->clients[i], current);
        if (strcmp(current, user) == 0) {
            *out_name = keys->clients[i].name;
            return keys->clients[i].role;
        }
    }
    return ROLE_NONE;
}
