// SPDX-License-Identifier: Apache-2.0
#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_FILE_BYTES = 64 << 20 };

static void complain(const char *path)
{
    fprintf(stderr, "liaison: %s: %s\n", path, strerror(errno));
}

static char *read_stream(FILE *file, size_t *out_size)
{
    size_t capacity = 64 << 10;
    size_t size = 0;
    char *text = malloc(capacity);
    while (text != NULL) {
        size += fread(text + size, 1, capacity - size - 1, file);
        if (ferror(file) != 0 || size > LARGEST_FILE_BYTES) {
            errno = ferror(file) != 0 ? errno : EFBIG;
            free(text);
            return NULL;
        }
        if (feof(file) != 0) {
            text[size] = '\0';
            *out_size = size;
            return text;
        }
        capacity *= 2;
        char *larger = realloc(text, capacity);
        if (larger == NULL) {
            free(text);
        }
        text = larger;
    }
    return NULL;
}

char *files_read(const char *path, size_t *out_size)
{
    if (strcmp(path, "-") == 0) {
        return read_stream(stdin, out_size);
    }
    FILE *file = fopen(path, "re");
    char *text = file == NULL ? NULL : read_stream(file, out_size);
    if (text == NULL) {
        complain(path);
    }
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

int files_write(const char *path, const char *text)
{
    if (strcmp(path, "-") == 0) {
        return fputs(text, stdout) == EOF ? -1 : 0;
    }
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        complain(path);
        return -1;
    }
    int fault = fputs(text, file) == EOF;
    fault |= fclose(file) != 0;
    if (fault != 0) {
        complain(path);
        return -1;
    }
    return 0;
}
