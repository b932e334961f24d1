// SPDX-License-Identifier: Apache-2.0
//
// The world of one simulated run: true time, what is planned for when, the agencies' machines and the lines between them. Nothing in it
// happens but by a plan whose time has come.
//
// Invariant: plans of one instant are carried out in the order in which they were made; the same seed makes the same run.
// Lifetime: one run; a process plays one.
#pragma once

#include "sim/chance.h"

#include "wire/arena.h"

struct machine;
struct network;
struct people;
struct witness;

#define WORLD_SECOND INT64_C(1000)
#define WORLD_MINUTE (60 * WORLD_SECOND)
#define WORLD_HOUR (60 * WORLD_MINUTE)
#define WORLD_DAY (24 * WORLD_HOUR)

// By which law its agencies live.
enum world_law {
    WORLD_LAW_TOWN, // of tests/town, held to the reckoner
    WORLD_LAW_FIVE, // of conf: all procedures at once, each agency held to the others
    WORLD_LAW_PRESS, // of tests/town: the first agency publishes, and all the others read
};

// What a run is made of. The shrinker takes away from it.
struct world_options {
    uint64_t seed;
    unsigned agencies;
    unsigned days;
    enum world_law law;
    unsigned faults; // bits of enum world_fault that may happen
    bool verbose;
};

enum world_fault {
    WORLD_CRASHES = 1 << 0,     // of daemons, before and after commits
    WORLD_FAILED_COMMITS = 1 << 1,
    WORLD_PARTITIONS = 1 << 2,  // clean, silent, half-open
    WORLD_NOISE = 1 << 3,       // frames lost, doubled, overtaken
    WORLD_FORGERIES = 1 << 4,   // bytes changed on the way
    WORLD_RESTORES = 1 << 5,    // stores put back from old copies
    WORLD_JUMPS = 1 << 6,       // wall clocks that jump
    WORLD_SKEWS = 1 << 7,       // wall clocks that differ
    WORLD_FULL_DISKS = 1 << 8,
    WORLD_ALL_FAULTS = (1 << 9) - 1,
};

typedef void (*world_act)(void *subject, uint64_t number);

struct plan {
    int64_t at;
    uint64_t order;
    world_act act;
    void *subject;
    uint64_t number;
};

enum { WORLD_FAULT_TEXT = 1024 };

struct world_counts {
    uint64_t turns; // with something to keep
    uint64_t frames;
    uint64_t dropped;
    uint64_t doubled;
    uint64_t forged;
    uint64_t crashes;
    uint64_t failed_commits;
    uint64_t partitions;
    uint64_t half_open;
    uint64_t restores;
    uint64_t jumps;
    uint64_t full_disks;
};

struct world {
    struct world_options options;
    int64_t begin;
    int64_t end; // people stop working; what is under way is settled afterwards
    int64_t now; // true time
    struct trace trace;
    struct arena *arena; // reset before each plan is carried out
    struct plan *plans;  // a heap
    size_t plan_count;
    size_t plan_capacity;
    uint64_t plan_order;
    struct machine *machines;
    size_t machine_count;
    struct network *network;
    struct people *people;
    struct witness *witness;
    struct world_counts counts;
    bool settling; // no more faults, no more work
    char folder[256];
    char fault[WORLD_FAULT_TEXT]; // the first property that did not hold
};

// The one world of this process: what stands in for the system (clock, random numbers, sockets) has no other way to know.
extern struct world world;

void world_plan(int64_t at, world_act act, void *subject, uint64_t number);
// Carries out all plans up to an instant, or until a fault was found.
void world_run(int64_t until);
bool world_may(enum world_fault fault);

// A property does not hold. The first one is kept and ends the run.
__attribute__((format(printf, 1, 2))) void world_fail(const char *format, ...);
// Told in verbose runs only.
__attribute__((format(printf, 1, 2))) void world_tell(const char *format, ...);
