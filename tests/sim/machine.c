// SPDX-License-Identifier: Apache-2.0
#include "sim/machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/pem.h"

#include "sim/network.h"
#include "sim/seats.h"
#include "sim/witness.h"
#include "store/view.h"
#include "turn.h"

enum {
    IDLE_LEAST_MS = 500, // as the daemon's own loop
    IDLE_FACTOR = 4,     // nothing happens: look ever less often, or a month of idle seconds would take an hour to play
    IDLE_MOST_MS = 1800 * 1000,
    SPINS_MOST = 5000,
    FILE_BYTES = 64 << 10,
};

struct machine *machine_current;

// ------------------------------------------------------------------------------------------ making

static void write_config(const struct machine *machine, const char *compacts)
{
    const bool five = world.options.law == WORLD_LAW_FIVE;
    char path[400];
    snprintf(path, sizeof path, "%s/liaisond.conf", machine->folder);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        world_fail("cannot write %s", path);
        return;
    }
    fprintf(file,
            "[daemon]\nagency = %s\nname = 某机关\nregion = %s\nsector = %s\nsuite = %s\ntelephone = 0998-7280000\nlisten = %s\n"
            "endpoints = %s\ncalendar = /proc/self/cwd/conf/calendars/calendar.csv\nprocedures = /proc/self/cwd/%s\n"
            "compacts = %s\nmap_size = 1\nclients = ipc://none\nturn_memory = 64\n",
            machine->id, machine->region, five ? seats_sector(machine->index) : "market", suite_name(machine->suite), machine->endpoint, machine->endpoint, five ? "conf/procedures.d" : "tests/town/procedures.d", compacts);
    fclose(file);
}

static void make_socket(struct machine *machine, struct socket *socket)
{
    *socket = (struct socket){.machine = machine};
    socket->last = &socket->first;
}

void machine_make(struct machine *machine, size_t index, const char *compacts)
{
    static const char *const regions[] = {"653126", "371082", "513200", "371082", "653126"};
    struct chance chance = chance_make(world.options.seed, 1000 + index);
    *machine = (struct machine){.index = index, .chance = chance};
    snprintf(machine->id, sizeof machine->id, "agency-%zu", index);
    snprintf(machine->folder, sizeof machine->folder, "%s/%s", world.folder, machine->id);
    machine->region = regions[chance_below(&chance, 5)];
    machine->suite = chance_below(&chance, 2) == 0 ? SUITE_SM2_SM3 : SUITE_ED25519_SHA256;
    if (index % 5 != 1 || chance_in_thousand(&chance, 500)) { // of two of which none listens neither reaches the other
        snprintf(machine->endpoint, sizeof machine->endpoint, "tcp://10.%zu.%zu.%zu:7443", index >> 16, index >> 8 & 255, index & 255);
    }
    if (world_may(WORLD_SKEWS) && chance_in_thousand(&chance, 300)) {
        machine->skew = chance_between(&chance, -10 * WORLD_MINUTE, 10 * WORLD_MINUTE);
    }
    make_socket(machine, &machine->clients);
    make_socket(machine, &machine->inbound);
    make_socket(machine, &machine->outbound);
    make_socket(machine, &machine->inbound_monitor);
    make_socket(machine, &machine->outbound_monitor);
    char keys[400];
    snprintf(keys, sizeof keys, "%s/keys", machine->folder);
    char clients[400];
    snprintf(clients, sizeof clients, "%s/clients", machine->folder);
    if (mkdir(machine->folder, 0700) != 0 || mkdir(clients, 0700) != 0) {
        world_fail("cannot make %s", machine->folder);
    }
    write_config(machine, compacts);
    machine_current = machine;
    if (keyring_create(keys, machine->suite) != 0) {
        world_fail("no keys for %s", machine->id);
    }
    machine_current = NULL;
}

// The card that the daemon wrote at its first start, for those who are to know it.
static void read_card(struct machine *machine)
{
    static char text[FILE_BYTES];
    char path[400];
    snprintf(path, sizeof path, "%s/card", machine->folder);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        world_fail("%s has no card", machine->id);
        return;
    }
    const struct bytes pem = {(const uint8_t *)text, fread(text, 1, sizeof text, file)};
    fclose(file);
    const struct bytes card = pem_parse(pem, "LIAISON CARD", world.arena);
    uint8_t *copy = malloc(card.size);
    memcpy(copy, card.data, card.size);
    machine->card = (struct bytes){copy, card.size};
}

// ----------------------------------------------------------------------------------------- running

int64_t machine_wall(const struct machine *machine)
{
    return world.now + machine->skew;
}

static void plan_next(struct machine *machine, int wait_ms)
{
    if (wait_ms == 0) {
        if (++machine->spins > SPINS_MOST) {
            world_fail("%s runs turn after turn and gets nowhere", machine->id);
        }
        machine_wake(machine, world.now + 1);
        return;
    }
    machine->spins = 0;
    int64_t idle = machine->idle_ms == 0 ? IDLE_LEAST_MS : IDLE_FACTOR * machine->idle_ms;
    idle = wait_ms != IDLE_LEAST_MS ? wait_ms : idle < IDLE_MOST_MS ? idle : IDLE_MOST_MS;
    struct view *view = store_read(machine->daemon->store);
    int64_t due = view == NULL ? 0 : view_next_due(view);
    store_read_done(machine->daemon->store);
    int64_t until_due = due - machine_wall(machine);
    machine_wake(machine, world.now + (due != 0 && until_due > 0 && until_due < idle ? until_due : idle));
    machine->idle_ms = idle;
}

static void run_turn(struct machine *machine)
{
    machine->running = true;
    machine_current = machine;
    if (setjmp(machine->power) == 0) {
        (void)turn_run(machine->daemon->turn); // what failed is tried again
        plan_next(machine, turn_wait_ms(machine->daemon->turn));
        machine->running = false;
    } else {
        machine->running = false;
        machine_stop(machine, machine->off_ms);
        machine->powerless = false;
    }
    machine_current = NULL;
}

static void run(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    if (machine->daemon == NULL || machine->wake_at != world.now || number != machine->life) {
        return; // it was woken before, or has been off since
    }
    machine->wake_at = 0;
    network_keep_alive(machine);
    run_turn(machine);
}

void machine_wake(struct machine *machine, int64_t at)
{
    machine->idle_ms = 0;
    if (machine->daemon != NULL && (machine->wake_at == 0 || at < machine->wake_at)) {
        machine->wake_at = at;
        world_plan(at, run, machine, machine->life);
    }
}

void machine_start(struct machine *machine)
{
    const struct daemon_options options = {machine->folder, NULL};
    machine_current = machine;
    machine->starting = NULL;
    machine->life++;
    machine->wake_at = 0;
    machine->running = true;
    if (setjmp(machine->power) == 0) {
        if (daemon_new(&options, &machine->daemon) < 0) {
            world_fail("%s does not start", machine->id);
        }
        machine->running = false;
    } else { // the power went during the first turn
        machine->running = false;
        machine->daemon = machine->starting;
        machine_stop(machine, machine->off_ms);
        machine->powerless = false;
    }
    machine_current = NULL;
    if (machine->daemon != NULL) {
        if (machine->card.data == NULL) {
            read_card(machine);
        }
        network_return(machine);
        machine_wake(machine, world.now + 1);
    }
}

static void start_again(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    if (machine->daemon == NULL && machine->life == number) {
        machine_start(machine);
    }
}

void machine_stop(struct machine *machine, int64_t off_ms)
{
    if (machine->daemon == NULL) {
        return;
    }
    world_tell("%s off", machine->id);
    machine_current = machine;
    machine->listening = false;
    daemon_free(&machine->daemon);
    machine_current = NULL;
    machine->wake_at = 0;
    network_forget(machine);
    if (off_ms > 0) {
        world_plan(world.now + off_ms, start_again, machine, machine->life);
    }
}

void machine_lose_power(struct machine *machine)
{
    world.counts.crashes++;
    machine->powerless = true;
    longjmp(machine->power, 1);
}

// ------------------------------------------------------------------------------------------ copies

// A store is its tables and the log of what they do not hold yet; one without the other is none.
static const char *const store_files[] = {"data.mdb", "wal"};
enum { STORE_FILES = sizeof store_files / sizeof store_files[0] };

static void name_files(const struct machine *machine, size_t which, char live[400], char copy[400])
{
    snprintf(live, 400, "%s/store/%s", machine->folder, store_files[which]);
    snprintf(copy, 400, "%s/copy.%s", machine->folder, store_files[which]);
}

static bool copy_file(const char *from, const char *to)
{
    static uint8_t block[FILE_BYTES];
    FILE *in = fopen(from, "r");
    FILE *out = in == NULL ? NULL : fopen(to, "w");
    bool good = out != NULL;
    for (size_t size = 1; good && size > 0;) {
        size = fread(block, 1, sizeof block, in);
        good = fwrite(block, 1, size, out) == size;
    }
    if (in != NULL) {
        fclose(in);
    }
    return out != NULL && fclose(out) == 0 && good;
}

// A store that was closed has no log, and neither has its copy.
static bool carry_file(const char *from, const char *to)
{
    return access(from, F_OK) == 0 ? copy_file(from, to) : unlink(to) == 0 || errno == ENOENT;
}

void machine_copy(struct machine *machine)
{
    char live[400];
    char copy[400];
    for (size_t i = 0; i < STORE_FILES; i++) {
        name_files(machine, i, live, copy);
        if (!carry_file(live, copy)) {
            world_fail("cannot copy the store of %s", machine->id);
        }
    }
    machine->copied_at = world.now;
    witness_copy(machine);
}

void machine_restore(struct machine *machine)
{
    char live[400];
    char copy[400];
    must(machine->daemon == NULL && machine->copied_at != 0);
    for (size_t i = 0; i < STORE_FILES; i++) {
        name_files(machine, i, live, copy);
        if (!carry_file(copy, live)) {
            world_fail("cannot restore the store of %s", machine->id);
        }
    }
    world.counts.restores++;
    world_tell("%s restored", machine->id);
    witness_restore(machine);
}
