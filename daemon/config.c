// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "wire/codes.h"
#include "wire/identity.h"
#include "wire/text.h"

#include "base/fail.h"

enum option_type { OPTION_NUMBER, OPTION_PATH, OPTION_CHECKED };

enum option_change { AT_START, LIVE }; // when a change takes effect

struct option {
    const char *name;
    enum option_type type;
    size_t offset;
    const char *standard; // default; NULL: must be given
    int64_t least;
    int64_t most;
    const char *unit;
    enum option_change change;
    bool (*check)(const char *value); // OPTION_CHECKED
    const char *help;
};

// The card says both, and a card that nobody would accept must be found here, where there is a line to name.
static bool is_name(const char *value)
{
    const struct bytes text = {(const uint8_t *)value, strlen(value)};
    return text.size > 0 && text_check(text, NULL) == TEXT_OK;
}

static bool is_telephone(const char *value)
{
    size_t size = strlen(value);
    return size == 0 || (size >= 3 && size <= 32 && strspn(value, "0123456789+- ") == size);
}

static bool is_sector(const char *value)
{
    return codes_find(codes_list("sector"), value) != NULL;
}

static bool is_credit_code(const char *value)
{
    return value[0] == '\0' || identity_check_credit_code(value) == CREDIT_CODE_OK;
}

static bool is_suite(const char *value)
{
    return suite_find(value) != SUITE_NONE;
}

static bool is_parent(const char *value)
{
    return value[0] == '\0' || identity_is_agency(value);
}

static bool is_tcp(const char *value)
{
    return value[0] == '\0' || strncmp(value, "tcp://", 6) == 0;
}

static bool is_proxy(const char *value)
{
    const char *colon = strrchr(value, ':');
    size_t digits = colon == NULL ? 0 : strspn(colon + 1, "0123456789");
    return value[0] == '\0' || (colon != NULL && colon != value && strstr(value, "//") == NULL && digits > 0 && digits <= 5 && colon[1 + digits] == '\0');
}

static bool is_ipc(const char *value)
{
    return value[0] == '\0' || strncmp(value, "ipc://", 6) == 0;
}

#define AT(member) offsetof(struct config, member)

static const struct option options[] = {
    {"agency", OPTION_CHECKED, AT(agency), NULL, 0, 0, "", AT_START, identity_is_agency, "id of this agency: 2-32 of a-z 0-9 -"},
    {"name", OPTION_CHECKED, AT(name), NULL, 0, 0, "", LIVE, is_name, "full name, as on documents"},
    {"region", OPTION_CHECKED, AT(region), NULL, 0, 0, "", LIVE, identity_is_region, "GB/T 2260 code, six digits; chooses the calendar"},
    {"sector", OPTION_CHECKED, AT(sector), "other", 0, 0, "", LIVE, is_sector, "code of the list `sector` (liaison kinds)"},
    {"credit_code", OPTION_CHECKED, AT(credit_code), "", 0, 0, "", LIVE, is_credit_code, "unified social credit code, if there is one"},
    {"parent", OPTION_CHECKED, AT(parent), "", 0, 0, "", LIVE, is_parent, "agency id of the parent, for an internal unit"},
    {"own_name", OPTION_NUMBER, AT(own_name), "1", 0, 1, "", LIVE, NULL, "1: may act in its own name"},
    {"telephone", OPTION_CHECKED, AT(telephone), "", 0, 0, "", LIVE, is_telephone, "telephone answered day and night: 3-32 of 0-9 + - and space"},
    {"suite", OPTION_CHECKED, AT(suite), "sm2-sm3", 0, 0, "", AT_START, is_suite, "sm2-sm3 or ed25519-sha256; fixed at the first start"},
    {"listen", OPTION_CHECKED, AT(listen), "", 0, 0, "", AT_START, is_tcp, "tcp://ADDRESS:PORT for other agencies; empty: only call out"},
    {"endpoints", OPTION_CHECKED, AT(endpoints), "", 0, 0, "", LIVE, is_tcp, "what the card tells others to call, commas between"},
    {"socks_proxy", OPTION_CHECKED, AT(socks_proxy), "", 0, 0, "", AT_START, is_proxy, "HOST:PORT of a SOCKS5 proxy to call others through; empty: none"},
    {"clients", OPTION_CHECKED, AT(clients), "", 0, 0, "", AT_START, is_ipc, "where clients of this machine connect; empty: ipc://DIR/liaisond.sock"},
    {"clients_listen", OPTION_CHECKED, AT(clients_listen), "", 0, 0, "", AT_START, is_tcp,
     "tcp://ADDRESS:PORT for clients on other machines; empty: none"},
    {"client_keys", OPTION_PATH, AT(client_keys), "clients", 0, 0, "", AT_START, NULL, "folder of the clients' public keys and roles"},
    {"store", OPTION_PATH, AT(store), "store", 0, 0, "", AT_START, NULL, "folder of the store, on a local disk"},
    {"keys", OPTION_PATH, AT(keys), "keys", 0, 0, "", AT_START, NULL, "folder of this agency's keys"},
    {"calendar", OPTION_PATH, AT(calendar), LIAISON_SHARE_DIR "/calendars/calendar.csv", 0, 0, "", LIVE, NULL, "working-day calendar"},
    {"procedures", OPTION_PATH, AT(procedures), LIAISON_SHARE_DIR "/procedures.d", 0, 0, "", LIVE, NULL, "folder of procedure files"},
    {"compacts", OPTION_PATH, AT(compacts), "compacts.d", 0, 0, "", LIVE, NULL, "folder of compact files"},
    {"map_size", OPTION_NUMBER, AT(map_size), "1024", 1, 65536, "GiB", AT_START, NULL, "address space for the store; not disk space"},
    {"disk_reserve", OPTION_NUMBER, AT(disk_reserve), "64", 0, 1048576, "MiB", LIVE, NULL, "below this much free disk nothing new is accepted"},
    {"log_level", OPTION_NUMBER, AT(log_level), "6", 2, 7, "", LIVE, NULL, "log only what is at least as grave as this level of syslog(3)"},
    {"window_messages", OPTION_NUMBER, AT(window_messages), "4096", 1, 65536, "messages", AT_START, NULL, "in flight towards us, per peer"},
    {"window_bytes", OPTION_NUMBER, AT(window_bytes), "8192", 64, 65536, "KiB", AT_START, NULL, "in flight towards us, per peer"},
    {"turn_events", OPTION_NUMBER, AT(turn_events), "512", 1, 4096, "events", AT_START, NULL, "most that one turn decides"},
    {"turn_bytes", OPTION_NUMBER, AT(turn_bytes), "128", 64, 65536, "KiB", LIVE, NULL, "most input that one turn takes"},
    {"turn_memory", OPTION_NUMBER, AT(turn_memory), "256", 16, 4096, "MiB", AT_START, NULL, "most memory that one turn takes"},
    {"workers", OPTION_NUMBER, AT(workers), "1", 1, 16, "threads", AT_START, NULL, "threads that verify what arrives"},
    {"attachment_quota", OPTION_NUMBER, AT(attachment_quota), "0", 0, 1073741824, "MiB", LIVE, NULL, "most that attachments may take; 0: as much as the disk has"},
    {"attachment_keep", OPTION_NUMBER, AT(attachment_keep), "24", 1, 8760, "hours", LIVE, NULL, "a file that was put and that no statement took is kept so long"},
};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]), LINE_BYTES = 199 };

struct parsing {
    struct config *config;
    struct config_fault *fault;
    const char *path;
    FILE *file;
    int line;
    bool seen[OPTION_COUNT];
};

static void complain(struct parsing *parsing, const char *what, const char *which)
{
    if (parsing->fault->text[0] == '\0') {
        snprintf(parsing->fault->text, sizeof(parsing->fault->text), "%s:%d: %s%s%s", parsing->path, parsing->line, what,
                 which[0] == '\0' ? "" : ": ", which);
    }
}

// inih cuts lines at 200 bytes without a word; this reader refuses longer ones and counts, because inih's handler is not told the line.
static char *read_line(char *line, int size, void *context)
{
    struct parsing *parsing = context;
    if (parsing->fault->text[0] != '\0' || fgets(line, size, parsing->file) == NULL) {
        return NULL;
    }
    parsing->line++;
    size_t length = strlen(line);
    if (length >= LINE_BYTES && line[length - 1] != '\n') {
        complain(parsing, "line longer than 199 bytes", "");
        return NULL;
    }
    return line;
}

static char *text_at(struct config *config, const struct option *option)
{
    return (char *)config + option->offset;
}

static int64_t *number_at(struct config *config, const struct option *option)
{
    return (int64_t *)(void *)((char *)config + option->offset);
}

static bool set_number(struct parsing *parsing, const struct option *option, const char *value)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || number < option->least || number > option->most) {
        char text[160];
        snprintf(text, sizeof(text), "%s takes a number from %" PRId64 " to %" PRId64, option->name, option->least, option->most);
        complain(parsing, text, value);
        return false;
    }
    *number_at(parsing->config, option) = number;
    return true;
}

static bool set_text(struct parsing *parsing, const struct option *option, const char *value)
{
    if (strlen(value) >= CONFIG_TEXT_BYTES) {
        complain(parsing, "value too long", option->name);
        return false;
    }
    if (option->type == OPTION_CHECKED && !option->check(value)) {
        char text[256];
        snprintf(text, sizeof(text), "%s cannot be this (%s)", option->name, option->help);
        complain(parsing, text, value);
        return false;
    }
    char *at = text_at(parsing->config, option);
    if (option->type == OPTION_PATH && value[0] != '/') {
        char whole[2 * CONFIG_TEXT_BYTES + 2];
        int size = snprintf(whole, sizeof(whole), "%s/%s", parsing->config->folder, value);
        if (size >= CONFIG_TEXT_BYTES) {
            complain(parsing, "path too long", option->name);
            return false;
        }
        strcpy(at, whole);
        return true;
    }
    strcpy(at, value);
    return true;
}

static bool set_option(struct parsing *parsing, const struct option *option, const char *value)
{
    return option->type == OPTION_NUMBER ? set_number(parsing, option, value) : set_text(parsing, option, value);
}

static int handle(void *context, const char *section, const char *name, const char *value)
{
    struct parsing *parsing = context;
    if (strcmp(section, "daemon") != 0) {
        complain(parsing, "unknown section", section);
        return 0;
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(options[i].name, name) != 0) {
            continue;
        }
        if (parsing->seen[i]) {
            complain(parsing, "given twice", name);
            return 0;
        }
        parsing->seen[i] = true;
        return set_option(parsing, &options[i], value);
    }
    complain(parsing, "unknown option", name);
    return 0;
}

static bool fill_defaults(struct parsing *parsing)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (parsing->seen[i]) {
            continue;
        }
        if (options[i].standard == NULL) {
            complain(parsing, "missing option", options[i].name);
            return false;
        }
        if (!set_option(parsing, &options[i], options[i].standard)) {
            return false;
        }
    }
    struct config *config = parsing->config;
    if (config->clients[0] == '\0') {
        int size = snprintf(config->clients, sizeof(config->clients), "ipc://%s/liaisond.sock", config->folder);
        if (size >= 100) { // sun_path holds 108 bytes
            complain(parsing, "the folder's path is too long for a socket in it; set clients", config->folder);
            return false;
        }
    }
    return true;
}

bool config_load(const char *folder, struct config *out_config, struct config_fault *out_fault)
{
    char path[CONFIG_TEXT_BYTES + 32];
    memset(out_config, 0, sizeof(*out_config));
    out_fault->text[0] = '\0';
    char *absolute = realpath(folder, NULL);
    snprintf(out_config->folder, sizeof(out_config->folder), "%s", absolute == NULL ? folder : absolute);
    free(absolute);
    snprintf(path, sizeof(path), "%s/liaisond.conf", out_config->folder);
    struct parsing parsing = {.config = out_config, .fault = out_fault, .path = path, .file = fopen(path, "re")};
    if (parsing.file == NULL) {
        snprintf(out_fault->text, sizeof(out_fault->text), "%s: %s", path, strerror(errno));
        return false;
    }
    int result = ini_parse_stream(read_line, &parsing, handle, &parsing);
    fclose(parsing.file);
    if (result != 0 && out_fault->text[0] == '\0') {
        parsing.line = result;
        complain(&parsing, "not understood", "");
    }
    return out_fault->text[0] == '\0' && fill_defaults(&parsing);
}

static bool differ(const struct config *left, const struct config *right, const struct option *option)
{
    const char *a = (const char *)left + option->offset;
    const char *b = (const char *)right + option->offset;
    return option->type == OPTION_NUMBER ? memcmp(a, b, sizeof(int64_t)) != 0 : strcmp(a, b) != 0;
}

void config_adopt(struct config *config, const struct config *fresh, char out_waiting[CONFIG_WAITING_BYTES])
{
    size_t size = 0;
    out_waiting[0] = '\0';
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &options[i];
        if (!differ(config, fresh, option)) {
            continue;
        }
        if (option->change == LIVE) {
            memcpy((char *)config + option->offset, (const char *)fresh + option->offset,
                   option->type == OPTION_NUMBER ? sizeof(int64_t) : CONFIG_TEXT_BYTES);
        } else {
            size += (size_t)snprintf(out_waiting + size, CONFIG_WAITING_BYTES - size, "%s%s", size == 0 ? "" : ",", option->name);
            must(size < CONFIG_WAITING_BYTES); // the names of all options fit
        }
    }
}

// A path as the file may say it: below the folder relative to it, because a whole one may be longer than a line of the file can be.
static const char *as_written(const struct config *config, const struct option *option)
{
    const char *value = text_at((struct config *)config, option);
    size_t size = strlen(config->folder);
    bool below = option->type == OPTION_PATH && strncmp(value, config->folder, size) == 0 && value[size] == '/' && value[size + 1] != '\0';
    return below ? value + size + 1 : value;
}

void config_print(const struct config *config, FILE *out)
{
    fprintf(out, "[daemon]\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &options[i];
        struct config *at = (struct config *)config;
        fprintf(out, "\n; %s%s", option->help, option->change == LIVE ? "; live" : "");
        if (option->type == OPTION_NUMBER) {
            fprintf(out, " (%" PRId64 "-%" PRId64 "%s%s; default %s)\n%s = %" PRId64 "\n", option->least, option->most,
                    option->unit[0] == '\0' ? "" : " ", option->unit, option->standard, option->name, *number_at(at, option));
        } else {
            fprintf(out, "%s%s%s\n%s = %s\n", option->standard == NULL ? " (required)" : " (default ",
                    option->standard == NULL ? "" : option->standard, option->standard == NULL ? "" : ")", option->name,
                    as_written(config, option));
        }
    }
}

enum suite config_suite(const struct config *config)
{
    return suite_find(config->suite);
}
