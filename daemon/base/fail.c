// SPDX-License-Identifier: Apache-2.0
#include "base/fail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRACE_BYTES = 512 };

static _Thread_local char trace[TRACE_BYTES];
static _Thread_local uint64_t current_turn;

int fail_origin(int result, const char *file, int line, const char *what)
{
    snprintf(trace, sizeof(trace), "%s (%s) at %s:%d", what, strerror(-result), file, line);
    return result;
}

int fail_hop(int result, const char *file, int line)
{
    size_t used = strlen(trace);
    snprintf(trace + used, sizeof(trace) - used, " < %s:%d", file, line);
    return result;
}

const char *fail_trace(void)
{
    return trace;
}

void fail_set_turn(uint64_t turn)
{
    current_turn = turn;
}

void fail_must(const char *expression, const char *file, int line)
{
    fprintf(stderr, "<2>bug: %s does not hold at %s:%d, turn %" PRIu64 "\n", expression, file, line,
            current_turn);
    abort();
}
