// SPDX-License-Identifier: Apache-2.0
//
// liaisond.conf, option by option. The table below says once more what each option takes; every
// refusal must name the file and the line.
#include "unit/check.h"

#include <limits.h>
#include <stddef.h>

#include "config.h"
#include "unit/scratch.h"

enum { TEXT_BYTES = 4096 };

#define REQUIRED "[daemon]\nagency = yecheng-scjg\nname = 叶城县市场监督管理局\nregion = 653126\n"

struct place {
    struct scratch scratch;
    char folder[PATH_MAX]; // as the daemon names it
    struct config config;
    struct config_fault fault;
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    scratch_make(&place->scratch);
    assert_non_null(realpath(place->scratch.path, place->folder));
    *state = place;
    return 0;
}

static int drop_place(void **state)
{
    struct place *place = *state;
    scratch_remove(&place->scratch);
    free(place);
    return 0;
}

#define with_place(test) cmocka_unit_test_setup_teardown(test, make_place, drop_place)

static bool load(struct place *place, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/liaisond.conf", place->scratch.path);
    scratch_write(path, bytes_of(text));
    return config_load(place->scratch.path, &place->config, &place->fault);
}

static void expect_loaded(struct place *place, const char *text)
{
    if (!load(place, text)) {
        fail_msg("refused: %s", place->fault.text);
    }
    assert_string_equal(place->fault.text, "");
}

// The fault must be "FOLDER/liaisond.conf:LINE: " and somewhere behind it `word`.
static void expect_fault(struct place *place, const char *text, int line, const char *word)
{
    char start[PATH_MAX + 64];
    snprintf(start, sizeof start, "%s/liaisond.conf:%d: ", place->folder, line);
    if (load(place, text)) {
        fail_msg("accepted: %s", text);
    }
    if (strncmp(place->fault.text, start, strlen(start)) != 0 ||
        strstr(place->fault.text + strlen(start), word) == NULL) {
        fail_msg("\"%s\" does not begin with \"%s\" and tell of \"%s\"", place->fault.text, start,
                 word);
    }
}

static const char *with_line(const char *name, const char *value)
{
    static char text[TEXT_BYTES];
    snprintf(text, sizeof text, "[daemon]\n%s = %s\n%s%s%s", name, value,
             strcmp(name, "agency") == 0 ? "" : "agency = yecheng-scjg\n",
             strcmp(name, "name") == 0 ? "" : "name = 叶城县市场监督管理局\n",
             strcmp(name, "region") == 0 ? "" : "region = 653126\n");
    return text;
}

// ------------------------------------------------------------------------------------------------

struct number {
    const char *name;
    size_t offset;
    int64_t standard;
    int64_t least;
    int64_t most;
};

#define AT(member) offsetof(struct config, member)

static const struct number numbers[] = {
    {"own_name", AT(own_name), 1, 0, 1},
    {"map_size", AT(map_size), 1024, 1, 65536},
    {"disk_reserve", AT(disk_reserve), 64, 0, 1048576},
    {"window_messages", AT(window_messages), 4096, 1, 65536},
    {"window_bytes", AT(window_bytes), 8192, 64, 65536},
    {"turn_events", AT(turn_events), 512, 1, 4096},
    {"turn_bytes", AT(turn_bytes), 128, 64, 65536},
    {"turn_memory", AT(turn_memory), 256, 16, 4096},
    {"log_level", AT(log_level), 6, 2, 7},
    {"workers", AT(workers), 1, 1, 16},
};

enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static int64_t number_at(const struct config *config, size_t offset)
{
    int64_t value;
    memcpy(&value, (const char *)config + offset, sizeof value);
    return value;
}

static void number_takes_its_limits_and_nothing_beyond(void **state)
{
    struct place *place = *state;
    for (size_t i = 0; i < NUMBERS; i++) {
        const struct number *number = &numbers[i];
        char value[32];
        snprintf(value, sizeof value, "%lld", (long long)number->least);
        expect_loaded(place, with_line(number->name, value));
        assert_int_equal(number_at(&place->config, number->offset), number->least);
        snprintf(value, sizeof value, "%lld", (long long)number->most);
        expect_loaded(place, with_line(number->name, value));
        assert_int_equal(number_at(&place->config, number->offset), number->most);
        snprintf(value, sizeof value, "%lld", (long long)number->least - 1);
        expect_fault(place, with_line(number->name, value), 2, number->name);
        snprintf(value, sizeof value, "%lld", (long long)number->most + 1);
        expect_fault(place, with_line(number->name, value), 2, number->name);
    }
}

static void number_is_a_number_and_nothing_else(void **state)
{
    struct place *place = *state;
    const char *const values[] = {"", "one", "1 2", "1k", "0x10", "1.0", "99999999999999999999",
                                  "-99999999999999999999"};
    for (size_t i = 0; i < NUMBERS; i++) {
        for (size_t j = 0; j < sizeof values / sizeof values[0]; j++) {
            expect_fault(place, with_line(numbers[i].name, values[j]), 2, numbers[i].name);
        }
    }
}

// ------------------------------------------------------------------------------------------------

struct text {
    const char *name;
    size_t offset;
    const char *standard; // NULL: required
    const char *good[4];
    const char *bad[5];
};

static const struct text texts[] = {
    {"agency", AT(agency), NULL, {"a1", "yecheng-scjg", "abcdefghijklmnopqrstuvwxyz012345"},
     {"", "a", "1a", "Yecheng", "abcdefghijklmnopqrstuvwxyz0123456"}},
    {"name", AT(name), NULL, {"叶城县市场监督管理局", "Township"},
     {"", "\xe5\x8f", "\u202e", "a\x7f"}},
    {"region", AT(region), NULL, {"653126", "110000"}, {"", "65312", "6531260", "65312a"}},
    {"sector", AT(sector), "other", {"market", "other"}, {"", "nothing"}},
    {"credit_code", AT(credit_code), "", {"", "91350100M000100Y43"},
     {"91350100M000100Y44", "91350100M000100Y4"}},
    {"parent", AT(parent), "", {"", "yecheng-gov"}, {"Yecheng", "x"}},
    {"telephone", AT(telephone), "", {"", "0998-7280000", "+86 998 728"},
     {"12", "none", "0998/7280000", "012345678901234567890123456789012"}},
    {"suite", AT(suite), "sm2-sm3", {"sm2-sm3", "ed25519-sha256"}, {"", "rsa", "SM2-SM3"}},
    {"listen", AT(listen), "", {"", "tcp://*:7443", "tcp://[::]:7443"},
     {"7443", "ipc://socket", "udp://*:7443"}},
    {"endpoints", AT(endpoints), "", {"", "tcp://192.0.2.10:7443", "tcp://a:1, tcp://b:2"},
     {"192.0.2.10:7443", "http://a"}},
    {"clients", AT(clients), NULL, {"ipc:///run/liaison/socket"}, {"tcp://*:1", "/run/socket"}},
};

enum { TEXTS = sizeof texts / sizeof texts[0] };

static const char *text_at(const struct config *config, size_t offset)
{
    return (const char *)config + offset;
}

static void text_takes_what_its_check_allows(void **state)
{
    struct place *place = *state;
    for (size_t i = 0; i < TEXTS; i++) {
        for (size_t j = 0; j < 4 && texts[i].good[j] != NULL; j++) {
            expect_loaded(place, with_line(texts[i].name, texts[i].good[j]));
            assert_string_equal(text_at(&place->config, texts[i].offset), texts[i].good[j]);
        }
        for (size_t j = 0; j < 5 && texts[i].bad[j] != NULL; j++) {
            expect_fault(place, with_line(texts[i].name, texts[i].bad[j]), 2, texts[i].name);
        }
    }
}

struct path {
    const char *name;
    size_t offset;
    const char *standard; // relative: below DIR
};

static const struct path paths[] = {
    {"client_keys", AT(client_keys), "clients"},
    {"store", AT(store), "store"},
    {"keys", AT(keys), "keys"},
    {"compacts", AT(compacts), "compacts.d"},
    {"calendar", AT(calendar), LIAISON_SHARE_DIR "/calendars/calendar.csv"},
    {"procedures", AT(procedures), LIAISON_SHARE_DIR "/procedures.d"},
};

enum { PATHS = sizeof paths / sizeof paths[0] };

static void expect_path(const struct place *place, const struct path *path, const char *value)
{
    char whole[PATH_MAX + 128];
    snprintf(whole, sizeof whole, "%s/%s", place->folder, value);
    assert_string_equal(text_at(&place->config, path->offset), value[0] == '/' ? value : whole);
}

static void path_that_is_relative_is_below_the_folder(void **state)
{
    struct place *place = *state;
    for (size_t i = 0; i < PATHS; i++) {
        expect_loaded(place, with_line(paths[i].name, "some/where"));
        expect_path(place, &paths[i], "some/where");
        expect_loaded(place, with_line(paths[i].name, "/srv/some/where"));
        expect_path(place, &paths[i], "/srv/some/where");
    }
}

// ------------------------------------------------------------------------------------------------

static void option_that_is_not_given_has_its_default(void **state)
{
    struct place *place = *state;
    char clients[PATH_MAX + 32];
    expect_loaded(place, REQUIRED);
    for (size_t i = 0; i < NUMBERS; i++) {
        assert_int_equal(number_at(&place->config, numbers[i].offset), numbers[i].standard);
    }
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i].standard != NULL) {
            assert_string_equal(text_at(&place->config, texts[i].offset), texts[i].standard);
        }
    }
    for (size_t i = 0; i < PATHS; i++) {
        expect_path(place, &paths[i], paths[i].standard);
    }
    snprintf(clients, sizeof clients, "ipc://%s/liaisond.sock", place->folder);
    assert_string_equal(place->config.clients, clients);
    assert_string_equal(place->config.folder, place->folder);
    assert_int_equal(config_suite(&place->config), SUITE_SM2_SM3);
}

static void required_option_that_is_missing_is_named(void **state)
{
    struct place *place = *state;
    const char *const names[] = {"agency", "name", "region"};
    for (size_t i = 0; i < 3; i++) {
        char text[TEXT_BYTES] = "[daemon]\n";
        for (size_t j = 0; j < 3; j++) {
            const char *line = j == 0   ? "agency = yecheng-scjg\n"
                               : j == 1 ? "name = 叶城县市场监督管理局\n"
                                        : "region = 653126\n";
            strcat(text, j == i ? "; left out\n" : line);
        }
        expect_fault(place, text, 4, names[i]);
    }
    expect_fault(place, "", 0, "agency");
}

static void unknown_option_is_refused_where_it_stands(void **state)
{
    struct place *place = *state;
    expect_fault(place, REQUIRED "\n; a comment\nlisten_at = tcp://*:1\nworkers = 2\n", 7,
                 "listen_at");
    expect_fault(place, REQUIRED "Workers = 2\n", 5, "Workers");
    expect_fault(place, REQUIRED "= 2\n", 5, "");
}

static void unknown_section_is_refused_where_it_stands(void **state)
{
    struct place *place = *state;
    expect_fault(place, REQUIRED "[peers]\nworkers = 2\n", 6, "peers");
    expect_fault(place, "workers = 2\n" REQUIRED, 1, "section");
    expect_fault(place, REQUIRED "[daemon\n", 5, "");
}

static void option_given_twice_is_refused_at_the_second(void **state)
{
    struct place *place = *state;
    expect_fault(place, REQUIRED "workers = 2\nlisten = tcp://*:1\nworkers = 2\n", 7, "workers");
    expect_fault(place, REQUIRED "name = 另一个\n", 5, "name");
    expect_fault(place, REQUIRED "telephone = 123\n  456\n", 6, "telephone");
}

static void line_that_is_no_option_is_refused_where_it_stands(void **state)
{
    struct place *place = *state;
    expect_fault(place, REQUIRED "\nworkers\n", 6, "");
}

// The limit is that of the reader of INI files; what it would cut in silence is refused.
static void line_of_200_bytes_is_refused_and_of_198_taken(void **state)
{
    struct place *place = *state;
    char text[TEXT_BYTES];
    for (int size = 198; size <= 400; size++) { // without the line feed
        char value[512] = "";
        memset(value, 'x', (size_t)size - strlen("store = /"));
        snprintf(text, sizeof text, REQUIRED "store = /%s\nworkers = 2\n", value);
        if (size == 198) {
            expect_loaded(place, text);
            assert_string_equal(place->config.store + 1, value);
        } else {
            expect_fault(place, text, 5, "199");
        }
    }
}

static void comment_that_is_too_long_is_refused_too(void **state)
{
    struct place *place = *state;
    char comment[512] = "";
    char text[TEXT_BYTES];
    memset(comment, ';', 300);
    snprintf(text, sizeof text, "%s\n" REQUIRED, comment);
    expect_fault(place, text, 1, "199");
}

static void file_that_is_not_there_is_named(void **state)
{
    struct place *place = *state;
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/liaisond.conf: ", place->folder);
    assert_false(config_load(place->scratch.path, &place->config, &place->fault));
    assert_memory_equal(place->fault.text, path, strlen(path));
}

static void what_is_printed_loads_back_to_the_same(void **state)
{
    struct place *place = *state;
    struct config before;
    char printed[64 << 10];
    expect_loaded(place, REQUIRED "sector = market\ncredit_code = 91350100M000100Y43\n"
                                  "parent = yecheng-gov\nown_name = 0\ntelephone = 0998-7280000\n"
                                  "suite = ed25519-sha256\nlisten = tcp://*:7443\n"
                                  "endpoints = tcp://192.0.2.10:7443,tcp://192.0.2.11:7443\n"
                                  "store = elsewhere\nkeys = /srv/keys\nworkers = 16\n");
    before = place->config;
    FILE *out = fmemopen(printed, sizeof printed, "w");
    assert_non_null(out);
    config_print(&before, out);
    assert_int_equal(fclose(out), 0);
    expect_loaded(place, printed);
    assert_memory_equal(&place->config, &before, sizeof before);
    for (size_t i = 0; i < NUMBERS; i++) {
        assert_non_null(strstr(printed, numbers[i].name));
    }
}

static void defaults_that_are_printed_load_back_to_the_same(void **state)
{
    struct place *place = *state;
    struct config before;
    char printed[64 << 10];
    expect_loaded(place, REQUIRED);
    before = place->config;
    FILE *out = fmemopen(printed, sizeof printed, "w");
    assert_non_null(out);
    config_print(&before, out);
    assert_int_equal(fclose(out), 0);
    expect_loaded(place, printed);
    assert_memory_equal(&place->config, &before, sizeof before);
}

// A folder whose name leaves no room for what lies in it: the daemon must say so, whatever it says.
static void folder_with_too_long_a_name_is_refused_with_a_reason(void **state)
{
    struct place *place = *state;
    char folder[PATH_MAX];
    char path[PATH_MAX + 32];
    size_t goal = CONFIG_TEXT_BYTES - 4 - strlen(place->folder) + strlen(place->scratch.path);
    strcpy(folder, place->scratch.path);
    while (strlen(folder) < goal) {
        size_t size = strlen(folder);
        size_t add = goal - size > 200 ? 200 : goal - size;
        memset(folder + size, 'd', add);
        folder[size] = '/';
        folder[size + add] = '\0';
        assert_int_equal(mkdir(folder, 0700), 0);
    }
    snprintf(path, sizeof path, "%s/liaisond.conf", folder);
    scratch_write(path, bytes_of(REQUIRED "clients = ipc:///run/socket\n"));
    assert_false(config_load(folder, &place->config, &place->fault));
    assert_string_not_equal(place->fault.text, "");
}

static void long_folder_prints_a_configuration_that_loads_back(void **state)
{
    struct place *place = *state;
    struct config before;
    char printed[64 << 10];
    char folder[PATH_MAX];
    char path[PATH_MAX + 32];
    strcpy(folder, place->folder);
    for (int i = 0; i < 2; i++) {
        size_t size = strlen(folder);
        snprintf(folder + size, sizeof folder - size, "/%0150d", i);
        assert_int_equal(mkdir(folder, 0700), 0);
    }
    snprintf(path, sizeof path, "%s/liaisond.conf", folder);
    scratch_write(path, bytes_of(REQUIRED "clients = ipc:///run/socket\ncompacts = ../compacts\n"));
    assert_true(config_load(folder, &before, &place->fault));
    FILE *out = fmemopen(printed, sizeof printed, "w");
    assert_non_null(out);
    config_print(&before, out);
    assert_int_equal(fclose(out), 0);
    scratch_write(path, bytes_of(printed));
    if (!config_load(folder, &place->config, &place->fault)) {
        fail_msg("refused: %s", place->fault.text);
    }
    assert_memory_equal(&place->config, &before, sizeof before);
}

static void live_options_are_adopted_and_the_others_named(void **state)
{
    struct place *place = *state;
    char waiting[CONFIG_WAITING_BYTES];
    expect_loaded(place, REQUIRED);
    struct config running = place->config;
    struct config before = running;
    config_adopt(&running, &place->config, waiting);
    assert_string_equal(waiting, "");
    assert_memory_equal(&running, &before, sizeof before);

    expect_loaded(place, REQUIRED "telephone = 0998-7280000\ndisk_reserve = 65\nlog_level = 3\n"
                                  "calendar = own.csv\nstore = elsewhere\nworkers = 2\n");
    config_adopt(&running, &place->config, waiting);
    assert_string_equal(waiting, "store,workers");
    assert_string_equal(running.telephone, "0998-7280000");
    assert_string_equal(running.calendar, place->config.calendar);
    assert_int_equal(running.disk_reserve, 65);
    assert_int_equal(running.log_level, 3);
    assert_string_equal(running.store, before.store);
    assert_int_equal(running.workers, before.workers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_place(number_takes_its_limits_and_nothing_beyond),
        with_place(number_is_a_number_and_nothing_else),
        with_place(text_takes_what_its_check_allows),
        with_place(path_that_is_relative_is_below_the_folder),
        with_place(option_that_is_not_given_has_its_default),
        with_place(required_option_that_is_missing_is_named),
        with_place(unknown_option_is_refused_where_it_stands),
        with_place(unknown_section_is_refused_where_it_stands),
        with_place(option_given_twice_is_refused_at_the_second),
        with_place(line_that_is_no_option_is_refused_where_it_stands),
        with_place(line_of_200_bytes_is_refused_and_of_198_taken),
        with_place(comment_that_is_too_long_is_refused_too),
        with_place(file_that_is_not_there_is_named),
        with_place(what_is_printed_loads_back_to_the_same),
        with_place(defaults_that_are_printed_load_back_to_the_same),
        with_place(folder_with_too_long_a_name_is_refused_with_a_reason),
        with_place(long_folder_prints_a_configuration_that_loads_back),
        with_place(live_options_are_adopted_and_the_others_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
