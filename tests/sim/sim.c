// SPDX-License-Identifier: Apache-2.0
//
// Plays runs of many agencies over weeks in seconds and says what did not hold. Each run is a process of its own. With a list, a run that
// fails is made smaller while it still fails, and what is left is kept there to be played first the next time.
//
//   sim [--law town|five|press] [--seeds A-B] [--agencies N] [--days N] [--faults BITS] [--twice N] [--list FILE] [--complete] [--verbose]
//
// --law       the small law of tests/town, held to the reckoner, or all five procedures of conf at once, agencies held to each other; or the town's,
//             where nothing is done but that the first agency publishes for all the others
// --complete  of the five: fails if there is a duty that no run opened
// --list      plays the runs of FILE first; one that fails is made smaller and added
// --twice     plays every Nth run again and compares the traces
#include "sim/world.h"

#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "law/instant.h"
#include "law/obligation_state.h"

#include "sim/chaos.h"
#include "sim/network.h"
#include "sim/people.h"
#include "sim/readers.h"
#include "sim/verdicts.h"
#include "sim/witness.h"

// A duty that comes due while nobody does anything takes a question, its answer, and the verdict on both sides.
enum { TURNS_A_DUTY = 4 };

enum { SETTLE_DAYS = 14, REST_DAYS = 1, ARENA_BYTES = 256 << 20, STATES = OBLIGATION_ENDED + 1 };

struct result {
    char fault[WORLD_FAULT_TEXT];
    uint64_t hash;
    struct world_counts counts;
    struct witness_counts seen;
    struct readers_counts read;
};

struct options {
    struct world_options run;
    uint64_t first;
    uint64_t last;
    uint64_t twice;
    const char *list;
    bool complete; // every duty has to be opened
};

static const char *const law_words[] = {[WORLD_LAW_TOWN] = "town", [WORLD_LAW_FIVE] = "five", [WORLD_LAW_PRESS] = "press"};

// ----------------------------------------------------------------------------------------- one run

// Ordinary weeks, and those where the calendar has its holidays, gaps and ends.
static int64_t choose_begin(uint64_t seed)
{
    static const char *const begins[] = {
        "2025-09-24T08:00:00+08:00", "2025-01-20T08:00:00+08:00", "2025-04-24T08:00:00+08:00", "2026-02-02T08:00:00+08:00",
        "2026-12-16T08:00:00+08:00", "2025-11-03T08:00:00+08:00", "2025-05-28T08:00:00+08:00",
    };
    int64_t begin = 0;
    (void)instant_parse(begins[seed % (sizeof begins / sizeof begins[0])], &begin);
    return begin;
}

static void play(const struct world_options *options)
{
    world.options = *options;
    world.begin = choose_begin(options->seed);
    world.end = world.begin + options->days * WORLD_DAY;
    world.now = world.begin;
    network_make();
    people_make();
    witness_make();
    people_begin();
    chaos_begin();
    world_run(world.end);
    chaos_end();
    world_run(world.end + (SETTLE_DAYS - REST_DAYS) * WORLD_DAY);
    const uint64_t turns = world.counts.turns;
    const uint64_t duties = witness_count()->duties;
    world_run(world.end + SETTLE_DAYS * WORLD_DAY);
    if (world.counts.turns - turns > TURNS_A_DUTY * (witness_count()->duties - duties)) {
        world_fail("I3: it does not come to rest: %" PRIu64 " turns in a day on which nobody does anything", world.counts.turns - turns);
    }
    if (world.fault[0] == '\0') {
        witness_conclude();
    }
}

static void report_to(int pipe)
{
    struct result result = {.hash = world.trace.hash, .counts = world.counts, .seen = *witness_count(), .read = *readers_count()};
    snprintf(result.fault, sizeof result.fault, "%s", world.fault);
    if (write(pipe, &result, sizeof result) != (ssize_t)sizeof result) {
        _exit(1);
    }
}

static int remove_one(const char *path, const struct stat *stat, int form, struct FTW *walk)
{
    (void)stat;
    (void)form;
    (void)walk;
    return remove(path);
}

// Stores live in memory where there is such a folder: what a disk does to them is not what is looked at here.
static bool make_folder(char folder[256])
{
    const char *base = getenv("TMPDIR");
    base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : base == NULL ? "/tmp" : base;
    snprintf(folder, 256, "%s/liaison-sim-XXXXXX", base);
    return mkdtemp(folder) != NULL;
}

static void play_in_child(const struct world_options *options, int pipe)
{
    if (arena_new(ARENA_BYTES, &world.arena) < 0) {
        _exit(1);
    }
    play(options);
    if (options->verbose) {
        people_report();
        fflush(stdout);
    }
    report_to(pipe);
    _exit(0);
}

static volatile sig_atomic_t interrupted; // ends the read of the run's result

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static struct result run(const struct world_options *options)
{
    struct result result = {0};
    int pipes[2];
    int status = 0;
    fflush(stdout);
    if (!make_folder(world.folder) || pipe(pipes) != 0) {
        snprintf(result.fault, sizeof result.fault, "cannot begin: %s", strerror(errno));
        return result;
    }
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(pipes[0]);
        play_in_child(options, pipes[1]);
    }
    close(pipes[1]);
    const bool told = read(pipes[0], &result, sizeof result) == (ssize_t)sizeof result;
    close(pipes[0]);
    if (interrupted) {
        kill(child, SIGKILL);
    }
    waitpid(child, &status, 0);
    if (!told) {
        snprintf(result.fault, sizeof result.fault, "died of signal %d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    }
    nftw(world.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (interrupted) {
        exit(1);
    }
    return result;
}

// --------------------------------------------------------------------------------------- shrinking

static void print_run(FILE *out, const struct world_options *options)
{
    fprintf(out, "%s %" PRIu64 " %u %u %u", law_words[options->law], options->seed, options->agencies, options->days, options->faults);
}

// Takes the smaller run if it fails as well.
static bool try_smaller(struct world_options *options, struct world_options smaller, struct result *result)
{
    if (smaller.agencies < 2 || smaller.days < 1) {
        return false;
    }
    const struct result found = run(&smaller);
    if (found.fault[0] == '\0') {
        return false;
    }
    *options = smaller;
    *result = found;
    return true;
}

static void shrink(struct world_options *options, struct result *result)
{
    for (unsigned fault = 1; fault <= WORLD_ALL_FAULTS; fault <<= 1) {
        if ((options->faults & fault) != 0) {
            struct world_options smaller = *options;
            smaller.faults &= ~fault;
            try_smaller(options, smaller, result);
        }
    }
    for (unsigned less = options->agencies / 2; less > 0; less /= 2) {
        struct world_options smaller = *options;
        smaller.agencies -= less;
        try_smaller(options, smaller, result);
    }
    for (unsigned less = options->days / 2; less > 0; less /= 2) {
        struct world_options smaller = *options;
        smaller.days -= less;
        try_smaller(options, smaller, result);
    }
}

static void keep(const char *list, const struct world_options *options, const struct result *result)
{
    FILE *file = list == NULL ? NULL : fopen(list, "a");
    if (file != NULL) {
        print_run(file, options);
        fprintf(file, " # %s\n", result->fault);
        fclose(file);
    }
}

static void complain(const struct options *options, struct world_options failed, struct result result)
{
    printf("  seed %" PRIu64 ": %s\n", failed.seed, result.fault);
    if (options->list != NULL) {
        printf("  making it smaller ...\n");
        shrink(&failed, &result);
        printf("  %s\n", result.fault);
    }
    printf("  again: make sim LAW=%s SEED=%" PRIu64 " AGENCIES=%u DAYS=%u FAULTS=%u\n", law_words[failed.law], failed.seed, failed.agencies,
           failed.days, failed.faults);
    keep(options->list, &failed, &result);
}

// ------------------------------------------------------------------------------------------ totals

struct totals {
    uint64_t runs;
    uint64_t agency_days;
    struct trace trace;
    struct world_counts counts;
    struct witness_counts seen;
    struct readers_counts read;
};

static void add_words(void *sum, const void *more, size_t size)
{
    uint64_t *into = sum;
    const uint64_t *from = more;
    for (size_t i = 0; i < size / sizeof(uint64_t); i++) {
        into[i] += from[i];
    }
}

static void add(struct totals *totals, const struct world_options *options, const struct result *result)
{
    totals->runs++;
    totals->agency_days += (uint64_t)options->agencies * options->days;
    trace_add(&totals->trace, result->hash);
    add_words(&totals->counts, &result->counts, sizeof totals->counts);
    add_words(&totals->seen, &result->seen, sizeof totals->seen);
    add_words(&totals->read, &result->read, sizeof totals->read);
}

static void print_totals(const struct totals *totals, double seconds)
{
    const struct world_counts *counts = &totals->counts;
    const struct witness_counts *seen = &totals->seen;
    printf("  %" PRIu64 " runs, %" PRIu64 " agency-days, %" PRIu64 " turns, %" PRIu64 " frames: %" PRIu64 " lost, %" PRIu64 " doubled, %" PRIu64
           " forged\n",
           totals->runs, totals->agency_days, counts->turns, counts->frames, counts->dropped, counts->doubled, counts->forged);
    printf("  %" PRIu64 " messages and facts, %" PRIu64 " receipts and marks, %" PRIu64 " refused, %" PRIu64 " duty rows, %" PRIu64 " alarms, %" PRIu64
           " epochs\n",
           seen->statements, seen->machine_statements, seen->refused, seen->duties, seen->alarms, seen->epochs);
    printf("  %" PRIu64 " crashes, %" PRIu64 " failed commits, %" PRIu64 " partitions, %" PRIu64 " lines half open, %" PRIu64 " restores, %" PRIu64
           " clock jumps, %" PRIu64 " full disks\n",
           counts->crashes, counts->failed_commits, counts->partitions, counts->half_open, counts->restores, counts->jumps, counts->full_disks);
    printf("  %" PRIu64 " published, %" PRIu64 " subscriptions granted, %" PRIu64 " of them by officers, %" PRIu64 " given, %" PRIu64 " of the past, %" PRIu64 " held in the end\n",
           totals->read.published, totals->read.subscriptions, totals->read.decided, totals->read.given, totals->read.past, totals->read.held);
    printf("  duties at the end:");
    for (int state = 0; state < STATES; state++) {
        printf(" %s %" PRIu64, obligation_state_name((enum obligation_state)state), seen->verdicts[state]);
    }
    printf("\n  %" PRIu64 " rows equal to the reckoner's, %" PRIu64 " openings forgiven to restored stores\n", seen->compared, seen->forgiven);
    printf("  trace %016" PRIx64 ", %.1f s\n", totals->trace.hash, seconds);
}

// -------------------------------------------------------------------------------------------- main

static bool play_one(const struct options *options, const struct world_options *wanted, struct totals *totals)
{
    struct result result = run(wanted);
    if (result.fault[0] == '\0' && options->twice != 0 && wanted->seed % options->twice == 0) {
        const struct result again = run(wanted);
        if (again.hash != result.hash) {
            snprintf(result.fault, sizeof result.fault, "played twice it is not the same: %016" PRIx64 " and %016" PRIx64, result.hash, again.hash);
        }
    }
    add(totals, wanted, &result);
    if (result.fault[0] != '\0') {
        complain(options, *wanted, result);
    }
    return result.fault[0] == '\0';
}

static bool play_list(const struct options *options, struct totals *totals)
{
    char line[2048];
    bool good = true;
    FILE *file = options->list == NULL ? NULL : fopen(options->list, "r");
    while (file != NULL && good && fgets(line, sizeof line, file) != NULL) {
        struct world_options wanted = options->run;
        char law[8];
        if (sscanf(line, "%7s %" SCNu64 " %u %u %u", law, &wanted.seed, &wanted.agencies, &wanted.days, &wanted.faults) == 5 &&
            strcmp(law, law_words[options->run.law]) == 0) {
            struct options unlisted = *options;
            unlisted.list = NULL; // it stands there already
            good = play_one(&unlisted, &wanted, totals);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return good;
}

static bool read_law(const char *word, enum world_law *out_law)
{
    for (size_t i = 0; i < sizeof law_words / sizeof law_words[0]; i++) {
        if (strcmp(word, law_words[i]) == 0) {
            *out_law = (enum world_law)i;
            return true;
        }
    }
    return false;
}

static bool read_options(int count, char **arguments, struct options *out)
{
    static const struct option known[] = {
        {"seeds", required_argument, NULL, 's'}, {"agencies", required_argument, NULL, 'a'}, {"days", required_argument, NULL, 'd'},
        {"faults", required_argument, NULL, 'f'}, {"list", required_argument, NULL, 'l'},    {"twice", required_argument, NULL, 't'},
        {"verbose", no_argument, NULL, 'v'},      {"law", required_argument, NULL, 'w'},
        {"complete", no_argument, NULL, 'c'},     {0},
    };
    for (int letter = getopt_long(count, arguments, "", known, NULL); letter != -1; letter = getopt_long(count, arguments, "", known, NULL)) {
        const unsigned number = optarg == NULL ? 0 : (unsigned)strtoul(optarg, NULL, 10);
        const char *dash = optarg == NULL ? NULL : strchr(optarg, '-');
        switch (letter) {
        case 's':
            out->first = strtoull(optarg, NULL, 10);
            out->last = dash == NULL ? out->first : strtoull(dash + 1, NULL, 10);
            break;
        case 'a':
            out->run.agencies = number;
            break;
        case 'd':
            out->run.days = number;
            break;
        case 'f':
            out->run.faults = number;
            break;
        case 't':
            out->twice = number;
            break;
        case 'l':
            out->list = optarg;
            break;
        case 'w':
            if (!read_law(optarg, &out->run.law)) {
                return false;
            }
            break;
        case 'c':
            out->complete = true;
            break;
        case 'v':
            out->run.verbose = true;
            break;
        default:
            return false;
        }
    }
    return out->run.agencies >= 2 && out->run.days >= 1 && out->first <= out->last;
}

static void raise_limits(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max; // three a store
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

int main(int count, char **arguments)
{
    struct options options = {.run = {.agencies = 20, .days = 30, .faults = WORLD_ALL_FAULTS}, .first = 1, .last = 1};
    struct totals totals = {0};
    if (!read_options(count, arguments, &options)) {
        fprintf(stderr, "usage: sim [--law town|five|press] [--seeds A-B] [--agencies N] [--days N] [--faults BITS] [--twice N] [--list FILE]"
                        " [--complete] [--verbose]\n");
        return 2;
    }
    raise_limits();
    verdicts_make();
    const struct sigaction end = {.sa_handler = interrupt};
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    const clock_t begun = clock();
    bool good = play_list(&options, &totals);
    for (uint64_t seed = options.first; good && seed <= options.last; seed++) {
        struct world_options wanted = options.run;
        wanted.seed = seed;
        good = play_one(&options, &wanted, &totals);
    }
    struct rusage children;
    getrusage(RUSAGE_CHILDREN, &children);
    const double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC + (double)(children.ru_utime.tv_sec + children.ru_stime.tv_sec) +
                           (double)(children.ru_utime.tv_usec + children.ru_stime.tv_usec) / 1e6;
    print_totals(&totals, seconds);
    if (options.run.law == WORLD_LAW_FIVE && !verdicts_report() && options.complete) {
        good = false;
    }
    printf(good ? "  all held\n" : "  FAILED\n");
    return good ? 0 : 1;
}
