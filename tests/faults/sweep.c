// SPDX-License-Identifier: Apache-2.0
#include "faults/sweep.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sanitizer/lsan_interface.h>

enum {
    PATIENCE_S = 60, // a play takes a few hundredths of a second
    TELL_MOST = 5,   // failures told in full, of each scene and form
    STATUS_HELD = 0,
    STATUS_LEAK = 99,
};

// What a play tells the process that started it.
struct told {
    uint64_t chances;
    enum sweep_said said;
};

struct shared {
    struct told told;
    struct sweep_kept kept;
};

struct tally {
    uint64_t scenes;
    uint64_t plays;
    uint64_t failed; // and said so
    uint64_t done;   // in spite of the fault
    uint64_t broken; // did not hold
    uint64_t crypto; // crashed inside libcrypto
};

static struct shared *shared;
static struct tally total;
static uint64_t plays_most; // of a scene under one form of fault; 0: all
static uint64_t plays;
static int output; // what the plays print; shown where one does not hold

struct sweep_kept *sweep_kept(void)
{
    return &shared->kept;
}

// cmocka keeps what its assertions say until a test of its own ends, and a play is none; it calls this to say it.
__attribute__((visibility("default"), format(printf, 1, 2))) void cm_print_error(const char *format, ...);
void cm_print_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
}

// That takes as long as half of a play, so where not all chances are played, every second one looks.
static bool looks_for_leaks(void)
{
    return plays_most == 0 || plays % 2 == 0;
}

static void play(const struct sweep_scene *scene, enum fault_form form, uint64_t nth)
{
    alarm(PATIENCE_S);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    shared->kept.is_first = nth == 0;
    if (scene->enter != NULL) {
        scene->enter();
    }
    fault_order(form, nth);
    shared->told.said = scene->act();
    shared->told.chances = fault_done();
    scene->judge(shared->told.said);
    if (scene->leave != NULL) {
        scene->leave();
    }
    fflush(NULL);
    _exit(looks_for_leaks() && __lsan_do_recoverable_leak_check() != 0 ? STATUS_LEAK : STATUS_HELD);
}

static int run(const struct sweep_scene *scene, enum fault_form form, uint64_t nth)
{
    int status;
    memset(&shared->told, 0, sizeof shared->told);
    fault_forget();
    if (ftruncate(output, 0) != 0 || lseek(output, 0, SEEK_SET) != 0) {
        perror("output");
        exit(1);
    }
    fflush(NULL);
    plays++;
    pid_t child = fork();
    if (child == 0) {
        play(scene, form, nth);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("play");
        exit(1);
    }
    return status;
}

static void show_output(void)
{
    char text[4096];
    ssize_t size;
    lseek(output, 0, SEEK_SET);
    while ((size = read(output, text, sizeof text)) > 0) {
        fwrite(text, 1, (size_t)size, stdout);
    }
}

// OpenSSL 3.0 does not always look whether it got memory (sm2_sig_verify ends a frame of numbers that it has not begun). Such a crash is not ours to
// mend; it is told apart by two marks: libcrypto asked for the memory, and it is libcrypto that reads astray.
static bool is_in_crypto(int status)
{
    char text[16384];
    lseek(output, 0, SEEK_SET);
    ssize_t size = read(output, text, sizeof text - 1);
    text[size < 0 ? 0 : size] = '\0';
    const char *report = strstr(text, "AddressSanitizer: SEGV");
    const char *first = report == NULL ? NULL : strstr(report, "#0 ");
    const char *end = first == NULL ? NULL : strchr(first, '\n');
    const char *library = first == NULL ? NULL : strstr(first, "/libcrypto.so");
    return status != 0 && fault_is_in_crypto() && end != NULL && library != NULL && library < end;
}

static void tell(const struct sweep_scene *scene, enum fault_form form, uint64_t nth, int status)
{
    const char *how = status == 0 ? "holds"
                      : WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "hangs"
                      : WIFSIGNALED(status)                              ? "crashes"
                      : WEXITSTATUS(status) == STATUS_LEAK               ? "leaks"
                                                                         : "does not hold";
    printf("%s %s, %s, %" PRIu64 " (%s): %s\n", status == 0 ? "PASSED" : "FAILED", scene->name, fault_name(form), nth, fault_what(), how);
    show_output();
}

static void sweep(const struct sweep_scene *scene, enum fault_form form)
{
    struct tally mine = {0};
    uint64_t chances = 0;
    uint64_t step = 1;
    for (uint64_t nth = 0; nth <= chances; nth += nth == 0 ? 1 : step) {
        int status = run(scene, form, nth);
        bool in_crypto = is_in_crypto(status);
        bool holds = !in_crypto && status == 0 && (nth > 0 || shared->told.said == SAID_DONE);
        if (nth == 0) {
            chances = holds ? shared->told.chances : 0;
            step = plays_most == 0 ? 1 : (chances + plays_most - 1) / plays_most;
            step = step == 0 ? 1 : step;
        }
        mine.plays += nth > 0;
        mine.failed += holds && shared->told.said == SAID_FAILED;
        mine.done += holds && nth > 0 && shared->told.said == SAID_DONE;
        mine.crypto += in_crypto;
        mine.broken += !holds && !in_crypto;
        if (!holds && !in_crypto && mine.broken <= TELL_MOST) {
            tell(scene, form, nth, status);
        }
    }
    printf("%-12s %-14s %5" PRIu64 " chances, %5" PRIu64 " swept: %5" PRIu64 " said failed, %4" PRIu64 " done all the same, %" PRIu64 " fell in libcrypto, %" PRIu64 " broken\n",
           scene->name, fault_name(form), chances, mine.plays, mine.failed, mine.done, mine.crypto, mine.broken);
    fflush(stdout);
    total.plays += mine.plays;
    total.failed += mine.failed;
    total.done += mine.done;
    total.crypto += mine.crypto;
    total.broken += mine.broken;
}

// One play by itself, with the stack of the fault and everything that is printed.
static void show_one(const struct sweep_scene *scene, enum fault_form form, uint64_t nth)
{
    run(scene, form, 0);
    fault_tell();
    int status = run(scene, form, nth);
    total.plays++;
    tell(scene, form, nth, status);
    printf("said %s, status %d\n", shared->told.said == SAID_DONE ? "done" : "failed", status);
    total.broken += status != 0;
}

void sweep_begin(uint64_t most)
{
    plays_most = most;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    output = memfd_create("output", MFD_CLOEXEC);
    fault_share();
    if (shared == MAP_FAILED || output < 0) {
        perror("sweep");
        exit(1);
    }
}

void sweep_scenes(const struct sweep_scene *scenes, size_t count, const bool forms[FAULT_FORMS], const char *only, uint64_t only_nth)
{
    for (size_t i = 0; i < count; i++) {
        if (only != NULL && strcmp(only, scenes[i].name) != 0) {
            continue;
        }
        scenes[i].prepare();
        for (int form = 0; form < FAULT_FORMS; form++) {
            if (forms[form] && only_nth > 0) {
                show_one(&scenes[i], (enum fault_form)form, only_nth);
            } else if (forms[form]) {
                sweep(&scenes[i], (enum fault_form)form);
            }
        }
        total.scenes++;
    }
}

bool sweep_end(void)
{
    printf("in all: %" PRIu64 " faults in %" PRIu64 " scenes; %" PRIu64 " said failed, %" PRIu64 " done all the same, %" PRIu64
           " fell in libcrypto, %" PRIu64 " broken\n",
           total.plays, total.scenes, total.failed, total.done, total.crypto, total.broken);
    return total.broken == 0 && total.plays > 0;
}
