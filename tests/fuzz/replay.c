// SPDX-License-Identifier: Apache-2.0
//
// The other main of a fuzz program: tries every file of a kept corpus once, in the order of their
// names, and says which one is at work when something stops it. An input that takes longer than a
// second of processor time, or more memory than the program may take for one, is a fault like any other.
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

enum { LONGEST_MS = 1000, MOST_KIB = 768 << 10 };

static char at_work[PATH_MAX]; // for the last words

__attribute__((weak)) int LLVMFuzzerInitialize(int *count, char ***words);

static void say_last_words(void)
{
    fprintf(stderr, "input: %s\n", at_work);
}

static void fall(int number)
{
    say_last_words();
    signal(number, SIG_DFL);
    raise(number);
}

static void watch_falls(void)
{
    signal(SIGABRT, fall);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_set_death_callback(say_last_words);
#else
    signal(SIGSEGV, fall);
#endif
}

static int64_t now_ms(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Memory of the input's exact size, so that reading past its end is seen.
static uint8_t *load(const char *path, size_t *out_size)
{
    FILE *file = fopen(path, "rb");
    must(file != NULL);
    must(fseek(file, 0, SEEK_END) == 0);
    long size = ftell(file);
    must(size >= 0);
    rewind(file);
    uint8_t *data = malloc(size == 0 ? 1 : (size_t)size);
    must(data != NULL);
    must(fread(data, 1, (size_t)size, file) == (size_t)size);
    fclose(file);
    *out_size = (size_t)size;
    return data;
}

static int64_t try_file(const char *path)
{
    size_t size;
    uint8_t *data = load(path, &size);
    int64_t from = now_ms();
    LLVMFuzzerTestOneInput(data, size);
    int64_t took = now_ms() - from;
    free(data);
    if (took > LONGEST_MS) {
        fprintf(stderr, "%s takes %lld ms\n", path, (long long)took);
        exit(1);
    }
    return took;
}

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static size_t try_folder(const char *folder, int64_t *slowest)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_file, alphasort);
    must(count > 0); // a corpus that is not there proves nothing
    for (int i = 0; i < count; i++) {
        snprintf(at_work, sizeof at_work, "%s/%s", folder, entries[i]->d_name);
        int64_t took = try_file(at_work);
        *slowest = took > *slowest ? took : *slowest;
        free(entries[i]);
    }
    free(entries);
    return (size_t)count;
}

int main(int count, char **words)
{
    int64_t slowest = 0;
    if (count != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", words[0]);
        return 2;
    }
    watch_falls();
    if (LLVMFuzzerInitialize != NULL) {
        LLVMFuzzerInitialize(&count, &words);
    }
    size_t inputs = try_folder(words[1], &slowest);
    struct rusage usage;
    must(getrusage(RUSAGE_SELF, &usage) == 0);
    if (usage.ru_maxrss > MOST_KIB) {
        fprintf(stderr, "%s takes %ld KiB\n", words[1], usage.ru_maxrss);
        return 1;
    }
    printf("  %-14s %5zu inputs, slowest %lld ms, %ld MiB\n", strrchr(words[1], '/') + 1, inputs,
           (long long)slowest, usage.ru_maxrss >> 10);
    return 0;
}
