// SPDX-License-Identifier: Apache-2.0
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/loop.h"
#include "base/wallclock.h"
#include "card.h"

static const char *const roles[] = {"submitter", "officer", "auditor", "operator", "administrator"};

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

// What this attempt has made, to be taken back if it fails: what is left half would stand in the way of the next one. What was there before is
// never touched.
enum { MADE_MOST = 16 };
struct made {
    char paths[MADE_MOST][CONFIG_TEXT_BYTES + 64];
    size_t count;
};

static void note(struct made *made, const char *path)
{
    must(made->count < MADE_MOST);
    snprintf(made->paths[made->count++], sizeof(made->paths[0]), "%s", path);
}

static void note_in(struct made *made, const char *folder, const char *name)
{
    char path[CONFIG_TEXT_BYTES + 64];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    note(made, path);
}

static void take_back(const struct made *made)
{
    for (size_t i = made->count; i > 0; i--) {
        unlink(made->paths[i - 1]);
    }
}

static FILE *create(struct made *made, const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return NULL;
    }
    note(made, path);
    FILE *file = fdopen(fd, "w");
    if (file == NULL) {
        close(fd);
        fprintf(stderr, "%s: out of memory\n", path);
    }
    return file;
}

static int finish(FILE *file, const char *path)
{
    bool good = fflush(file) == 0 && fsync(fileno(file)) == 0;
    good = fclose(file) == 0 && good;
    if (!good) {
        fprintf(stderr, "%s: cannot write\n", path);
    }
    return good ? 0 : -EIO;
}

// A value may not break out of its line; everything else is judged when the file is read back.
static bool one_line(const char *value)
{
    return strpbrk(value, "\r\n") == NULL;
}

// The port others call is the port we listen on, at every address of this machine.
static void listen_at(const char *endpoint, char *out, size_t size)
{
    const char *port = strrchr(endpoint, ':');
    bool loopback = strncmp(endpoint, "tcp://127.", 10) == 0;
    if (loopback) {
        snprintf(out, size, "%s", endpoint);
    } else {
        snprintf(out, size, "tcp://*%s", port == NULL ? ":7443" : port);
    }
}

static int write_config(const struct init_options *options, struct made *made)
{
    char path[4096];
    char listen[512] = "";
    const char *share = getenv("LIAISON_SHARE");
    snprintf(path, sizeof(path), "%s/liaisond.conf", options->folder);
    FILE *file = create(made, path, 0644);
    if (file == NULL) {
        return -EEXIST;
    }
    if (options->endpoint != NULL) {
        listen_at(options->endpoint, listen, sizeof(listen));
    }
    fprintf(file,
            "; Written by liaison init. `liaisond -C DIR --print-config` lists every option with its limits; liaisond.conf(5) explains them.\n"
            "[daemon]\nagency = %s\nname = %s\nregion = %s\nsector = %s\ncredit_code = %s\nsuite = %s\ntelephone = %s\nlisten = %s\nendpoints = %s\n",
            options->agency, options->name, options->region, options->sector == NULL ? "other" : options->sector,
            or_empty(options->credit_code), options->suite == NULL ? "sm2-sm3" : options->suite, or_empty(options->telephone), listen,
            or_empty(options->endpoint));
    if (share != NULL && one_line(share)) {
        fprintf(file, "calendar = %s/calendars/calendar.csv\nprocedures = %s/procedures.d\n", share, share);
    }
    return finish(file, path);
}

static int make_folder(const char *folder, const char *name, mode_t mode)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s%s%s", folder, name[0] == '\0' ? "" : "/", name);
    if (mkdir(path, mode) != 0 && errno != EEXIST) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -errno;
    }
    return 0;
}

static int write_client(const struct config *config, const char *role, const char *server, struct made *made)
{
    char public_key[LOOP_Z85_BYTES];
    char secret_key[LOOP_Z85_BYTES];
    char path[CONFIG_TEXT_BYTES + 64];
    int result = loop_new_keypair(public_key, secret_key);
    if (result < 0) {
        return result;
    }
    snprintf(path, sizeof(path), "%s/%s.conf", config->client_keys, role);
    FILE *file = create(made, path, 0644);
    if (file == NULL) {
        return -EEXIST;
    }
    fprintf(file, "[client]\nname = %s\nrole = %s\npublic = %s\n", role, role, public_key);
    result = finish(file, path);
    snprintf(path, sizeof(path), "%s/client-keys/%s.key", config->folder, role);
    file = result == 0 ? create(made, path, 0600) : NULL;
    if (file == NULL) {
        return -EEXIST;
    }
    fprintf(file, "[client]\nname = %s\nrole = %s\npublic = %s\nsecret = %s\nserver = %s\nendpoint = %s\n", role, role, public_key, secret_key,
            server, config->clients);
    explicit_bzero(secret_key, sizeof(secret_key));
    return finish(file, path);
}

static int write_card(const struct config *config, struct keyring *keyring)
{
    struct wallclock clock;
    struct arena *arena;
    wallclock_start(&clock);
    if (arena_new(4 << 20, &arena) < 0) {
        return -ENOMEM;
    }
    struct bytes card = card_make(config, keyring, SEAL_REAL, wallclock_look(&clock).ms, arena);
    int result = card.data == NULL ? -EIO : card_write(config, card, arena);
    arena_free(&arena);
    if (result < 0) {
        fprintf(stderr, "cannot make the card: %s\n", fail_trace());
    }
    return result;
}

static int make_keys(const struct config *config, struct made *made)
{
    enum keyring_outcome outcome;
    struct keyring *keyring = NULL;
    int result = keyring_create(config->keys, config_suite(config));
    if (result == 0) {
        note_in(made, config->keys, "sign.pem");
        note_in(made, config->keys, "curve.key");
    }
    result = result < 0 ? result : keyring_open(config->keys, config_suite(config), &outcome, &keyring);
    if (result < 0 || outcome != KEYRING_OK) {
        fprintf(stderr, "cannot make keys: %s\n", fail_trace());
        return -EIO;
    }
    for (size_t i = 0; result == 0 && i < sizeof(roles) / sizeof(roles[0]); i++) {
        result = write_client(config, roles[i], keyring_curve_public(keyring), made);
    }
    result = result < 0 ? result : write_card(config, keyring);

    keyring_free(&keyring);
    return result;
}

static int make_agency(const struct init_options *options, struct made *made)
{
    int result = make_folder(options->folder, "", 0750);
    result = result < 0 ? result : write_config(options, made);
    if (result < 0) {
        return result;
    }
    struct config config;
    struct config_fault fault;
    if (!config_load(options->folder, &config, &fault)) {
        fprintf(stderr, "%s\n", fault.text);
        return -EINVAL;
    }
    result = make_folder(options->folder, "clients", 0750);
    result = result < 0 ? result : make_folder(options->folder, "client-keys", 0700);
    result = result < 0 ? result : make_folder(options->folder, "compacts.d", 0750);
    result = result < 0 ? result : make_keys(&config, made);
    if (result == 0) {
        printf("已建立 %s：配置 liaisond.conf，名片 card（交给对方机关），客户端密钥 client-keys/。\n"
               "下一步：把协作机制文件放入 compacts.d/，用 liaisond -C %s --check 检查，再启动 liaisond。\n",
               config.folder, config.folder);
    }
    return result;
}

int init_agency(const struct init_options *options)
{
    const char *const values[] = {options->agency,       options->name,     options->region,    options->sector, options->credit_code,
                                  options->suite,        options->endpoint, options->telephone, options->folder};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (values[i] != NULL && !one_line(values[i])) {
            fprintf(stderr, "a value must be one line\n");
            return -EINVAL;
        }
    }
    struct made made = {.count = 0};
    int result = make_agency(options, &made);
    if (result < 0) {
        take_back(&made);
    }
    return result;
}
