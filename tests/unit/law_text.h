// SPDX-License-Identifier: Apache-2.0
//
// What the tests of proto/law share: reading the texts of conf/ as they are shipped.
//
// Lifetime: the caller's; everything returned is freed by who asked for it.
#pragma once

#include "law/instant.h"
#include "law/obligation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LAW_CALENDAR "conf/calendars/calendar.csv"
#define LAW_PROCEDURE "conf/procedures.d/yecheng-2025.conf"
#define LAW_COMPACT "conf/compacts.d/yecheng.conf"

// Tests run from the root of the tree, so paths are relative to it. The text ends in a NUL that is
// not counted.
static inline struct bytes law_text_load(const char *path)
{
    FILE *file = fopen(path, "rb");
    const size_t capacity = 1 << 20;
    uint8_t *data = calloc(1, capacity);
    size_t size;

    assert_non_null(file);
    assert_non_null(data);
    size = fread(data, 1, capacity - 1, file);
    assert_int_equal(ferror(file), 0);
    fclose(file);
    return (struct bytes){data, size};
}

static inline struct bytes law_text_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static inline struct calendar *law_text_calendar(void)
{
    struct bytes text = law_text_load(LAW_CALENDAR);
    struct calendar *calendar = NULL;
    struct law_fault fault = {0};

    if (calendar_parse(text, &calendar, &fault) != LAW_OK) {
        fail_msg("%s:%u: %s", LAW_CALENDAR, fault.line, fault.text);
    }
    free((void *)text.data);
    return calendar;
}

static inline struct procedure *law_text_procedure_of(const char *path)
{
    struct bytes text = law_text_load(path);
    struct procedure *procedure = NULL;
    struct law_fault fault = {0};

    if (procedure_parse(text, &procedure, &fault) != LAW_OK) {
        fail_msg("%s:%u: %s", path, fault.line, fault.text);
    }
    free((void *)text.data);
    return procedure;
}

static inline struct procedure *law_text_procedure(void)
{
    return law_text_procedure_of(LAW_PROCEDURE);
}

// "2026-02-13T17:00:00" is meant in +08:00.
static inline int64_t law_text_instant(const char *text)
{
    char full[64];
    int64_t instant = 0;

    snprintf(full, sizeof full, "%s+08:00", text);
    if (!instant_parse(full, &instant)) {
        fail_msg("no instant: %s", text);
    }
    return instant;
}
