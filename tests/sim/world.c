// SPDX-License-Identifier: Apache-2.0
#include "sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "law/instant.h"

struct world world;

static bool comes_before(const struct plan *left, const struct plan *right)
{
    return left->at != right->at ? left->at < right->at : left->order < right->order;
}

static void swap(size_t left, size_t right)
{
    const struct plan plan = world.plans[left];
    world.plans[left] = world.plans[right];
    world.plans[right] = plan;
}

void world_plan(int64_t at, world_act act, void *subject, uint64_t number)
{
    if (world.plan_count == world.plan_capacity) {
        world.plan_capacity = world.plan_capacity == 0 ? 1024 : 2 * world.plan_capacity;
        world.plans = realloc(world.plans, world.plan_capacity * sizeof *world.plans);
        if (world.plans == NULL) {
            abort();
        }
    }
    size_t place = world.plan_count++;
    world.plans[place] =
        (struct plan){at < world.now ? world.now : at, world.plan_order++, act, subject, number};
    while (place > 0 && comes_before(&world.plans[place], &world.plans[(place - 1) / 2])) {
        swap(place, (place - 1) / 2);
        place = (place - 1) / 2;
    }
}

static struct plan take_first(void)
{
    const struct plan first = world.plans[0];
    world.plans[0] = world.plans[--world.plan_count];
    size_t place = 0;
    for (;;) {
        size_t least = place;
        for (size_t child = 2 * place + 1; child <= 2 * place + 2; child++) {
            if (child < world.plan_count && comes_before(&world.plans[child], &world.plans[least])) {
                least = child;
            }
        }
        if (least == place) {
            return first;
        }
        swap(place, least);
        place = least;
    }
}

void world_run(int64_t until)
{
    while (world.plan_count > 0 && world.plans[0].at <= until && world.fault[0] == '\0') {
        const struct plan plan = take_first();
        world.now = plan.at;
        arena_reset(world.arena);
        plan.act(plan.subject, plan.number);
    }
    world.now = world.fault[0] == '\0' ? until : world.now;
}

bool world_may(enum world_fault fault)
{
    return (world.options.faults & fault) != 0;
}

static void put_time(char out_text[INSTANT_TEXT_BYTES])
{
    instant_format(world.now, out_text);
}

void world_fail(const char *format, ...)
{
    if (world.fault[0] != '\0') {
        return;
    }
    char at[INSTANT_TEXT_BYTES];
    put_time(at);
    int size = snprintf(world.fault, sizeof world.fault, "%s ", at);
    va_list args;
    va_start(args, format);
    vsnprintf(world.fault + size, sizeof world.fault - (size_t)size, format, args);
    va_end(args);
}

void world_tell(const char *format, ...)
{
    if (!world.options.verbose) {
        return;
    }
    char at[INSTANT_TEXT_BYTES];
    put_time(at);
    printf("%.19s.%03d ", at, (int)(world.now % WORLD_SECOND));
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}
