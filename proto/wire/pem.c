// SPDX-License-Identifier: Apache-2.0
#include "wire/pem.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

char *pem_format(struct bytes input, const char *label, struct arena *arena)
{
    BIO *memory = input.size > INT_MAX / 2 ? NULL : BIO_new(BIO_s_mem());
    if (memory == NULL) {
        return NULL;
    }
    char *text = NULL;
    char *written;
    if (PEM_write_bio(memory, label, "", input.data, (long)input.size) > 0) {
        size_t size = (size_t)BIO_get_mem_data(memory, &written);
        text = arena_take(arena, size + 1);
        if (text != NULL) {
            memcpy(text, written, size);
        }
    }
    BIO_free(memory);
    return text;
}

// Takes the next block out of `memory`. Returns false at the end; `out_bytes` is set if the block
// has the label.
static bool next_block(BIO *memory, const char *label, struct arena *arena, struct bytes *out_bytes)
{
    char *name = NULL;
    char *headers = NULL;
    unsigned char *data = NULL;
    long size = 0;
    if (PEM_read_bio(memory, &name, &headers, &data, &size) != 1) {
        return false;
    }
    if (strcmp(name, label) == 0 && headers[0] == '\0') {
        *out_bytes = arena_copy_bytes(arena, (struct bytes){.data = data, .size = (size_t)size});
    }
    OPENSSL_free(name);
    OPENSSL_free(headers);
    OPENSSL_free(data);
    return true;
}

struct bytes pem_parse(struct bytes text, const char *label, struct arena *arena)
{
    struct bytes found = {.data = NULL, .size = 0};
    BIO *memory =
        text.size == 0 || text.size > INT_MAX ? NULL : BIO_new_mem_buf(text.data, (int)text.size);
    if (memory == NULL) {
        return found;
    }
    ERR_set_mark();
    while (found.data == NULL && next_block(memory, label, arena, &found)) {
    }
    ERR_pop_to_mark();
    BIO_free(memory);
    return found;
}
