// SPDX-License-Identifier: Apache-2.0
//
// liaisond.conf. What is refused is refused with file and line; what is taken is written by config_print and read again as
// it was.
#include "fuzz/fuzz.h"

#include "config.h"
#include "unit/scratch.h"

static struct scratch scratch;

static void forget(void)
{
    scratch_remove(&scratch);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    scratch_make(&scratch);
    return atexit(forget);
}

static const char *path_of(struct arena *arena)
{
    return arena_format(arena, "%s/liaisond.conf", scratch.path);
}

static void print(const struct config *config, const char *path)
{
    FILE *file = fopen(path, "w");
    must(file != NULL);
    config_print(config, file);
    must(fclose(file) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config config;
    static struct config again;
    const char *path = path_of(fuzz_arena());
    struct config_fault fault = {0};
    scratch_write(path, (struct bytes){data, size});
    if (!config_load(scratch.path, &config, &fault)) {
        must(strstr(fault.text, "liaisond.conf:") != NULL);
        return 0;
    }
    must(config_suite(&config) != SUITE_NONE);
    print(&config, path);
    if (!config_load(scratch.path, &again, &fault)) {
        fail_must(fault.text, __FILE__, __LINE__);
    }
    must(memcmp(&config, &again, sizeof config) == 0);
    return 0;
}
