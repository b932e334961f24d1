// SPDX-License-Identifier: Apache-2.0
#include "wire/kind_table.h"

#include <string.h>

const struct field *kind_table_find(const struct field *fields, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].path, path) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

bool kind_table_is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

bool kind_table_is_text(const char *text, const char *expected)
{
    return text != NULL && strcmp(text, expected) == 0;
}
