// SPDX-License-Identifier: Apache-2.0
//
// What every cmocka program includes, in the order cmocka asks for, and an arena for each test.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/arena.h"

static inline int make_arena(void **state)
{
    return arena_new(64 << 20, (struct arena **)state);
}

static inline int drop_arena(void **state)
{
    arena_free((struct arena **)state);
    return 0;
}

#define with_arena(test) cmocka_unit_test_setup_teardown(test, make_arena, drop_arena)

static inline struct bytes bytes_of(const char *text)
{
    return (struct bytes){.data = (const uint8_t *)text, .size = strlen(text)};
}
