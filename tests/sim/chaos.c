// SPDX-License-Identifier: Apache-2.0
#include "sim/chaos.h"

#include "wire/control.pb-c.h"
#include "wire/decode.h"

#include "sim/network.h"
#include "sim/witness.h"

static struct chance chance;

static struct machine *any_machine(void)
{
    return &world.machines[chance_below(&chance, world.machine_count)];
}

static int64_t any_time(void)
{
    return world.begin + chance_between(&chance, WORLD_HOUR, world.end - world.begin);
}

// Mostly minutes; sometimes a weekend.
static int64_t how_long(void)
{
    return chance_in_thousand(&chance, 800) ? chance_between(&chance, WORLD_SECOND, 30 * WORLD_MINUTE)
                                            : chance_between(&chance, WORLD_HOUR, 3 * WORLD_DAY);
}

// Plans `act` a number of times: so many in a thousand days of one agency.
static void plan_some(unsigned in_thousand_days, world_act act)
{
    uint64_t expected = (uint64_t)in_thousand_days * world.options.days * world.options.agencies;
    uint64_t count = expected / 1000 + (chance_below(&chance, 1000) < expected % 1000);
    for (uint64_t i = 0; i < count; i++) {
        world_plan(any_time(), act, any_machine(), chance_next(&chance));
    }
}

static void heal(void *subject, uint64_t number)
{
    (void)subject;
    network_heal((size_t)number);
}

// ------------------------------------------------------------------------------------------- power

static void crash(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    machine->off_ms = how_long();
    if (number % 4 == 0 && !world.settling) {
        world.counts.crashes += machine->daemon != NULL;
        machine_stop(machine, machine->off_ms); // between two turns
    } else if (!world.settling) {
        machine->crash = number % 4 == 1 ? CRASH_AFTER_COMMIT : CRASH_BEFORE_COMMIT;
    }
}

// Under the law of press the publisher falls often, and readers stay away for weeks: switched off, or where no line reaches them.
static int64_t how_many_weeks(void)
{
    return chance_between(&chance, WORLD_DAY, 28 * WORLD_DAY);
}

static void stay_away(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    if (world.settling) {
        return;
    }
    if (number % 2 == 0) {
        world.counts.crashes += machine->daemon != NULL;
        machine_stop(machine, how_many_weeks());
    } else {
        world_plan(world.now + how_many_weeks(), heal, NULL, network_cut(UINT64_C(1) << machine->index % 64, number >> 8 & 1));
    }
}

static void fail_commit(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    if (!world.settling) {
        machine->crash = number % 2 == 0 ? FAIL_BEFORE_COMMIT : FAIL_AFTER_COMMIT;
    }
}

// ----------------------------------------------------------------------------------------- network

static void cut(void *subject, uint64_t number)
{
    const struct machine *machine = subject;
    if (!world.settling) {
        const uint64_t sides = number % 2 == 0 ? UINT64_C(1) << machine->index % 64 : number; // one alone, or two halves
        world_plan(world.now + how_long(), heal, NULL, network_cut(sides, number >> 8 & 1));
    }
}

static void break_line(void *subject, uint64_t number)
{
    (void)subject;
    (void)number;
    if (!world.settling) {
        network_break_line(&chance);
    }
}

// ------------------------------------------------------------------------------------- stores, disks

static void restore(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    (void)number;
    if (!world.settling && machine->daemon != NULL) {
        machine_stop(machine, 0);
        machine_restore(machine);
        machine_start(machine);
    }
}

static void copy(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    (void)number;
    if (!world.settling && machine->copied_at == 0) {
        machine_copy(machine);
        world_plan(world.now + chance_between(&chance, WORLD_HOUR, 4 * WORLD_DAY), restore, machine, 0);
    }
}

static void free_disk(void *subject, uint64_t number)
{
    (void)number;
    ((struct machine *)subject)->disk_full = false;
}

static void fill_disk(void *subject, uint64_t number)
{
    (void)number;
    struct machine *machine = subject;
    if (!world.settling) {
        machine->disk_full = true;
        world.counts.full_disks++;
        world_plan(world.now + chance_between(&chance, WORLD_MINUTE, 20 * WORLD_MINUTE), free_disk, machine, 0); // peers try each second
    }
}

// ------------------------------------------------------------------------------------------- clocks

void chaos_accept_clock(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    (void)number;
    Control__Request request = CONTROL__REQUEST__INIT;
    Control__ClockAccept accept = CONTROL__CLOCK_ACCEPT__INIT;
    request.number = CHAOS_ACCEPTS_CLOCK;
    request.ask_case = CONTROL__REQUEST__ASK_CLOCK_ACCEPT;
    request.clock_accept = &accept;
    if (machine->daemon != NULL) {
        network_ask(machine, "operator", decode_pack(&request.base, world.arena));
    }
}

static void mend_clock(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    machine->skew -= (int64_t)number;
    chaos_accept_clock(machine, 0);
}

static void jump(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    if (world.settling) {
        return;
    }
    const int64_t far = number % 2 == 0 ? chance_between(&chance, -2 * WORLD_DAY, 2 * WORLD_DAY)
                                        : chance_between(&chance, -20 * WORLD_SECOND, 20 * WORLD_SECOND);
    machine->skew += far;
    world.counts.jumps++;
    world_tell("%s jumps by %lld ms", machine->id, (long long)far);
    world_plan(world.now + chance_between(&chance, WORLD_SECOND, 2 * WORLD_HOUR), mend_clock, machine, (uint64_t)far); // peers try each second
    if (number % 8 < 3) { // somebody believes it
        chaos_accept_clock(machine, 0);
    } else if (number % 8 == 3 && machine->daemon != NULL) { // nobody sees it happen
        machine_stop(machine, WORLD_MINUTE);
    }
    machine_wake(machine, world.now);
}

static void plan_press(void)
{
    for (unsigned day = 0; world_may(WORLD_CRASHES) && day < world.options.days; day++) {
        world_plan(any_time(), crash, &world.machines[0], chance_next(&chance));
    }
    for (size_t reader = 1; world_may(WORLD_PARTITIONS) && reader < world.machine_count; reader++) {
        world_plan(any_time(), stay_away, &world.machines[reader], chance_next(&chance));
    }
}

void chaos_begin(void)
{
    chance = chance_make(world.options.seed, 3);
    if (world.options.law == WORLD_LAW_PRESS) {
        plan_press();
    }
    if (world_may(WORLD_CRASHES)) {
        plan_some(60, crash);
    }
    if (world_may(WORLD_FAILED_COMMITS)) {
        plan_some(30, fail_commit);
    }
    if (world_may(WORLD_PARTITIONS)) {
        plan_some(15, cut);
        plan_some(60, break_line);
    }
    if (world_may(WORLD_FULL_DISKS)) {
        plan_some(10, fill_disk);
    }
    if (world_may(WORLD_JUMPS) && chance_in_thousand(&chance, 300)) {
        plan_some(20, jump);
    }
    if (world_may(WORLD_RESTORES) && chance_in_thousand(&chance, 300)) {
        plan_some(5, copy);
    }
}

void chaos_end(void)
{
    world.settling = true;
    for (size_t i = 0; i < 64; i++) {
        network_heal(i);
    }
    for (size_t i = 0; i < world.machine_count && world.fault[0] == '\0'; i++) {
        struct machine *machine = &world.machines[i];
        machine->disk_full = false;
        machine->crash = CRASH_NONE;
        if (machine->daemon == NULL) {
            machine_start(machine);
        }
    }
}
