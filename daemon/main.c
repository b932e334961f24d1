// SPDX-License-Identifier: Apache-2.0
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/hash.h"

#include "base/fail.h"
#include "base/wreck.h"
#include "daemon.h"
#include "init.h"
#include "intake/client_keys.h"
#include "law_files.h"
#include "store/audit.h"

enum { KEY_CHECK = 256, KEY_PRINT, KEY_TEST_CLOCK, KEY_INIT, KEY_ID, KEY_NAME, KEY_REGION, KEY_SECTOR, KEY_USCC, KEY_SUITE, KEY_ENDPOINT, KEY_TELEPHONE, KEY_JOURNAL };

enum mode { MODE_RUN, MODE_CHECK, MODE_PRINT, MODE_INIT, MODE_JOURNAL };

struct arguments {
    enum mode mode;
    const char *folder;
    const char *test_clock;
    const char *journal;
    struct init_options init;
};

const char *argp_program_version = "liaisond " LIAISON_VERSION;

static const struct argp_option argp_options[] = {
    {"directory", 'C', "DIR", 0, "folder of the agency (else $LIAISON_DIR, else " LIAISON_CONF_DIR ")", 0},
    {"check", KEY_CHECK, NULL, 0, "check configuration and law files, then exit", 0},
    {"print-config", KEY_PRINT, NULL, 0, "print every option with its value, limits and help, then exit", 0},
    {"test-clock", KEY_TEST_CLOCK, "RFC3339", 0, "run under a clock that stands until it is moved; for tests and demonstrations", 0},
    {"journal", KEY_JOURNAL, "verify|rebuild", 0, "offline: check the whole journal, or rebuild the tables beside it and compare", 0},
    {"init", KEY_INIT, "DIR", 0, "make the folder of a new agency (liaison init)", 1},
    {"id", KEY_ID, "ID", 0, "its id", 1},
    {"name", KEY_NAME, "NAME", 0, "its full name", 1},
    {"region", KEY_REGION, "CODE", 0, "its GB/T 2260 code", 1},
    {"sector", KEY_SECTOR, "CODE", 0, "its sector", 1},
    {"uscc", KEY_USCC, "CODE", 0, "its unified social credit code", 1},
    {"suite", KEY_SUITE, "NAME", 0, "sm2-sm3 (default) or ed25519-sha256", 1},
    {"endpoint", KEY_ENDPOINT, "tcp://H:P", 0, "where others can call it; without, it only calls out", 1},
    {"telephone", KEY_TELEPHONE, "NUMBER", 0, "answered day and night", 1},
    {0},
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'C': arguments->folder = value; return 0;
    case KEY_CHECK: arguments->mode = MODE_CHECK; return 0;
    case KEY_PRINT: arguments->mode = MODE_PRINT; return 0;
    case KEY_TEST_CLOCK: arguments->test_clock = value; return 0;
    case KEY_JOURNAL: arguments->mode = MODE_JOURNAL; arguments->journal = value; return 0;
    case KEY_INIT: arguments->mode = MODE_INIT; arguments->init.folder = value; return 0;
    case KEY_ID: arguments->init.agency = value; return 0;
    case KEY_NAME: arguments->init.name = value; return 0;
    case KEY_REGION: arguments->init.region = value; return 0;
    case KEY_SECTOR: arguments->init.sector = value; return 0;
    case KEY_USCC: arguments->init.credit_code = value; return 0;
    case KEY_SUITE: arguments->init.suite = value; return 0;
    case KEY_ENDPOINT: arguments->init.endpoint = value; return 0;
    case KEY_TELEPHONE: arguments->init.telephone = value; return 0;
    case ARGP_KEY_ARG: argp_usage(state); return EINVAL;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int run_init(const struct arguments *arguments)
{
    const struct init_options *init = &arguments->init;
    if (init->agency == NULL || init->name == NULL || init->region == NULL) {
        fprintf(stderr, "liaisond --init needs --id, --name and --region\n");
        return 2;
    }
    return init_agency(init) == 0 ? 0 : 1;
}

static int run_check(const struct arguments *arguments)
{
    static struct config config;
    struct config_fault fault;
    if (!config_load(arguments->folder, &config, &fault)) {
        fprintf(stderr, "%s\n", fault.text);
        return 1;
    }
    if (arguments->mode == MODE_PRINT) {
        config_print(&config, stdout);
        return 0;
    }
    struct arena *arena;
    const struct law_text *texts;
    size_t count;
    if (arena_new((size_t)512 << 20, &arena) < 0) {
        return 1;
    }
    bool good = law_files_read(&config, arena, &texts, &count, &fault) &&
                client_keys_check(config.client_keys, fault.text, sizeof(fault.text));
    fprintf(good ? stdout : stderr, good ? "good\n" : "%s\n", fault.text);
    arena_free(&arena);
    return good ? 0 : 1;
}

static int report_verify(struct store *store)
{
    struct audit_report report;
    if (audit_verify(store, &report) < 0) {
        fprintf(stderr, "%s\n", fail_trace());
        return 1;
    }
    printf("turns %" PRIu64 ", statements %" PRIu64 ", parts %" PRIu64 ", withheld or erased %" PRIu64 ", files %" PRIu64 "\n%s\n", report.turns, report.statements,
           report.parts, report.erased, report.files, report.fault[0] == '\0' ? "the journal holds" : report.fault);
    return report.fault[0] == '\0' ? 0 : 1;
}

static int report_rebuild(struct store *store, const struct config *config)
{
    char path[CONFIG_TEXT_BYTES + 16];
    struct audit_rebuilt report;
    snprintf(path, sizeof(path), "%s.rebuilt", config->store);
    if (store_remove(path) < 0 || audit_rebuild(store, path, &report) < 0) {
        fprintf(stderr, "%s: %s\n", path, fail_trace());
        return 1;
    }
    if (report.difference[0] != '\0') {
        printf("turns %" PRIu64 ", rows %" PRIu64 ", in %s\n%s\n", report.turns, report.rows, path, report.difference);
        return 1;
    }
    printf("turns %" PRIu64 ", rows %" PRIu64 "\nthe tables equal the journal\n", report.turns, report.rows);
    if (store_remove(path) < 0) {
        fprintf(stderr, "%s: %s\n", path, fail_trace());
    }
    return 0;
}

static int run_journal(const struct arguments *arguments)
{
    static struct config config;
    struct config_fault fault;
    if (!config_load(arguments->folder, &config, &fault)) {
        fprintf(stderr, "%s\n", fault.text);
        return 1;
    }
    const struct store_options options = {.path = config.store, .map_bytes = (uint64_t)config.map_size << 30};
    enum store_outcome outcome;
    struct store *store = NULL;
    if (store_open(&options, &outcome, &store) < 0 || outcome != STORE_OPENED) {
        fprintf(stderr, "%s: %s\n", config.store, outcome == STORE_IN_USE ? "a daemon holds this store; stop it first" : fail_trace());
        return 1;
    }
    bool verify = strcmp(arguments->journal, "verify") == 0;
    int status = verify ? report_verify(store) : strcmp(arguments->journal, "rebuild") == 0 ? report_rebuild(store, &config) : 2;
    store_close(&store);
    return status;
}

static int run_daemon(const struct arguments *arguments)
{
    const struct daemon_options options = {arguments->folder, arguments->test_clock};
    struct daemon *daemon = NULL;
    if (daemon_new(&options, &daemon) < 0) {
        return 1;
    }
    int result = daemon_run(daemon);
    daemon_free(&daemon);
    return result < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {argp_options, parse_option, NULL, "The exchange daemon of one agency.", NULL, NULL, NULL};
    struct arguments arguments = {.folder = getenv("LIAISON_DIR")};
    if (arguments.folder == NULL) {
        arguments.folder = LIAISON_CONF_DIR;
    }
    if (hash_ready() < 0) {
        fprintf(stderr, "out of memory\n");
        return 1;
    }
    if (wreck_start() < 0) {
        fprintf(stderr, "%s\n", fail_trace());
        return 1;
    }
    argp_err_exit_status = 2;
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    switch (arguments.mode) {
    case MODE_INIT:
        return run_init(&arguments);
    case MODE_CHECK:
    case MODE_PRINT:
        return run_check(&arguments);
    case MODE_JOURNAL:
        return run_journal(&arguments);
    case MODE_RUN:
        return run_daemon(&arguments);
    }
    return 2;
}
