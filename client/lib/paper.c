// SPDX-License-Identifier: Apache-2.0
#include "lib/paper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/attachment.h"
#include "wire/identity.h"
#include "wire/tree.h"
#include "lib/rendering.h"

enum { SUITES = 2 };

static const enum suite suites[SUITES] = {SUITE_ED25519_SHA256, SUITE_SM2_SM3};

struct paper {
    const char *path;
    int error; // why it could not be read
    uint64_t size;
    struct digest roots[SUITES];
    json_t *attachments; // that it is
};

struct papers {
    size_t count;
    struct paper items[];
};

// -------------------------------------------------------------------------------------------- reading

static bool read_whole(int fd, uint8_t *out, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(fd, out + done, size - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            errno = got == 0 ? EIO : errno; // it became shorter meanwhile
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

static void find_root(enum suite suite, struct digest *level, size_t count, struct digest *out_root)
{
    for (size_t width = count; width > 1; width = (width + 1) / 2) {
        tree_raise(suite, level, width, level);
    }
    *out_root = level[0];
}

// False: errno says why.
static bool hash_file(struct paper *paper, int fd, uint8_t *buffer, struct digest *leaves[SUITES])
{
    uint32_t count = attachment_chunks(paper->size);
    for (uint32_t i = 0; i < count; i++) {
        size_t size = attachment_chunk_bytes(paper->size, i);
        if (!read_whole(fd, buffer, size)) {
            return false;
        }
        for (size_t j = 0; j < SUITES; j++) {
            tree_chunk_leaf(suites[j], (struct bytes){buffer, size}, &leaves[j][i]);
        }
    }
    for (size_t j = 0; j < SUITES; j++) {
        find_root(suites[j], leaves[j], count, &paper->roots[j]);
    }
    return true;
}

static bool measure(struct paper *paper, int fd)
{
    struct stat found;
    if (fstat(fd, &found) != 0) {
        return false;
    }
    if (!S_ISREG(found.st_mode) || found.st_size > (off_t)LIMIT_LEAVES * CHUNK_BYTES) {
        errno = S_ISREG(found.st_mode) ? EFBIG : EINVAL;
        return false;
    }
    paper->size = (uint64_t)found.st_size;
    return true;
}

static void read_paper(struct paper *paper)
{
    int fd = open(paper->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool good = fd >= 0 && measure(paper, fd);
    size_t count = good ? attachment_chunks(paper->size) : 1;
    uint8_t *buffer = malloc(CHUNK_BYTES);
    struct digest *leaves[SUITES] = {calloc(count, sizeof(struct digest)), calloc(count, sizeof(struct digest))};
    bool has_memory = buffer != NULL && leaves[0] != NULL && leaves[1] != NULL;
    good = good && has_memory && hash_file(paper, fd, buffer, leaves);
    paper->error = good ? 0 : has_memory ? errno : ENOMEM;
    if (fd >= 0) {
        close(fd);
    }
    free(buffer);
    free(leaves[0]);
    free(leaves[1]);
}

struct papers *papers_read(const char *const *paths, size_t count)
{
    struct papers *papers = calloc(1, sizeof *papers + count * sizeof papers->items[0]);
    for (size_t i = 0; papers != NULL && i < count; i++) {
        struct paper *paper = &papers->items[papers->count++];
        paper->path = paths[i];
        paper->attachments = json_array();
        read_paper(paper);
        if (paper->attachments == NULL || paper->error == ENOMEM) {
            papers_free(&papers);
            errno = ENOMEM;
        }
    }
    return papers;
}

void papers_free(struct papers **handle)
{
    struct papers *papers = *handle;
    if (papers == NULL) {
        return;
    }
    for (size_t i = 0; i < papers->count; i++) {
        json_decref(papers->items[i].attachments);
    }
    free(papers);
    *handle = NULL;
}

// ------------------------------------------------------------------------------------------- matching

static bool is_part(const struct paper *paper, enum suite suite, const uint8_t *salt,
                    const Wire__Part *part)
{
    struct digest commitment;
    size_t which = suite == suites[0] ? 0 : 1;
    if (paper->error != 0 || part->size != paper->size) {
        return false;
    }
    tree_commit(suite, salt, paper->size, &paper->roots[which], &commitment);
    return memcmp(commitment.bytes, part->commitment.data, DIGEST_BYTES) == 0;
}

static void add_match(struct paper *paper, const Wire__Header *header, size_t part)
{
    char id[IDENTITY_TEXT_BYTES];
    identity_format_id(header->id.data, id);
    json_t *match = json_pack("{s:s, s:s, s:i, s:s}", "author", header->author, "id", id, "part",
                              (int)part, "name", header->parts[part]->name);
    rendering_append(&paper->attachments, match);
}

void papers_match(struct papers *papers, const struct seal *seal, const struct envelope *envelope,
                  const Wire__Header *header)
{
    for (size_t i = 0; i < header->n_parts && i < envelope->part_count; i++) {
        const bool is_chunked = attachment_is(header->parts[i]) && envelope->parts[i].form == PART_CHUNKED;
        for (size_t j = 0; is_chunked && j < papers->count; j++) {
            if (is_part(&papers->items[j], seal->suite, envelope->parts[i].salt, header->parts[i])) {
                add_match(&papers->items[j], header, i);
            }
        }
    }
}

// ------------------------------------------------------------------------------------------ reporting

static bool is_stranger(const struct paper *paper)
{
    return json_array_size(paper->attachments) == 0;
}

json_t *papers_report(const struct papers *papers)
{
    json_t *reports = json_array();
    for (size_t i = 0; i < papers->count; i++) {
        const struct paper *paper = &papers->items[i];
        const char *verdict = paper->error != 0 ? "unreadable" : is_stranger(paper) ? "commitment" : "ok";
        const char *text = paper->error != 0    ? strerror(paper->error)
                           : is_stranger(paper) ? "不是其中任何文书的附件"
                                                : "";
        rendering_append(&reports, json_pack("{s:s, s:s, s:s, s:O}", "path", paper->path, "verdict",
                                             verdict, "text", text, "attachments", paper->attachments));
    }
    return reports;
}

size_t papers_strangers(const struct papers *papers)
{
    size_t count = 0;
    for (size_t i = 0; i < papers->count; i++) {
        count += is_stranger(&papers->items[i]);
    }
    return count;
}
