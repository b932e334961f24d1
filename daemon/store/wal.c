// SPDX-License-Identifier: Apache-2.0
#include "store/wal.h"

#include <errno.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/text.h"

#include "base/fail.h"

enum {
    MARK_BYTES = 8,
    FILE_MARK_AT = 8,
    FILE_CRC_AT = FILE_MARK_AT + MARK_BYTES,
    FILE_HEAD_BYTES = FILE_CRC_AT + 4,
    FIRST_FRAME = WAL_PAGE,
    TURN_AT = MARK_BYTES,
    SIZE_AT = TURN_AT + 8,
    CRC_AT = SIZE_AT + 4,
    BEFORE_AT = CRC_AT + 4,
    AFTER_AT = BEFORE_AT + DIGEST_BYTES,
    HEAD_BYTES = AFTER_AT + DIGEST_BYTES,
    CHANGE_BYTES = 8, // before its key
    PATH_BYTES = 4096,
};

static const char version[FILE_MARK_AT + 1] = "liaiwal2";

struct wal {
    int file;
    size_t size; // of the file
    uint8_t mark[MARK_BYTES];
    size_t first; // frame that holds; where it equals `used`, none does
    size_t used;
    size_t noted; // bytes of changes in `frame`
    bool changed;
    bool too_large;                // for a frame
    uint8_t frame[WAL_FRAME_MOST]; // that is being made, or was read last
};

static size_t whole_pages(size_t size)
{
    return (size + WAL_PAGE - 1) / WAL_PAGE * WAL_PAGE;
}

static size_t frame_bytes(const struct wal *wal)
{
    return whole_pages(HEAD_BYTES + text_get_u32(wal->frame + SIZE_AT));
}

static uint32_t checksum(const struct wal *wal)
{
    size_t size = text_get_u32(wal->frame + SIZE_AT);
    unsigned crc = crc32_iscsi((unsigned char *)wal->frame, CRC_AT, ~0U);
    return ~crc32_iscsi((unsigned char *)wal->frame + BEFORE_AT, (int)(HEAD_BYTES - BEFORE_AT + size), crc);
}

// ------------------------------------------------------------------------------------------------------- file

static int write_all(int file, const uint8_t *bytes, size_t size, size_t at)
{
    while (size > 0) {
        ssize_t written = pwrite(file, bytes, size, (off_t)at);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return FAIL_ORIGIN(written < 0 ? -errno : -EIO, "cannot write the log");
        }
        bytes += written;
        at += (size_t)written;
        size -= (size_t)written;
    }
    return 0;
}

static int read_all(int file, uint8_t *bytes, size_t size, size_t at)
{
    while (size > 0) {
        ssize_t got = pread(file, bytes, size, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return FAIL_ORIGIN(got < 0 ? -errno : -EIO, "cannot read the log");
        }
        bytes += got;
        at += (size_t)got;
        size -= (size_t)got;
    }
    return 0;
}

static int sync_all(int file)
{
    int result;
    do {
        result = fdatasync(file);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : FAIL_ORIGIN(-errno, "cannot sync the log");
}

// Real zeros: a block that was only promised is entered in the file system's own journal when it is first written.
static int grow(int file, size_t *size, size_t needed)
{
    static const uint8_t zeros[8 * WAL_PAGE];
    size_t wanted = (needed + WAL_STRIDE - 1) / WAL_STRIDE * WAL_STRIDE;
    int result = 0;
    while (result == 0 && *size < wanted) {
        size_t piece = sizeof(zeros) - *size % sizeof(zeros);
        result = write_all(file, zeros, piece, *size);
        *size += result == 0 ? piece : 0;
    }
    return result < 0 ? FAIL_HOP(result) : 0;
}

static int choose_mark(uint8_t mark[MARK_BYTES])
{
    ssize_t got;
    do {
        got = getrandom(mark, MARK_BYTES, 0);
    } while (got < 0 && errno == EINTR);
    return got == MARK_BYTES ? 0 : FAIL_ORIGIN(-EIO, "no random numbers");
}

static int write_head(int file)
{
    uint8_t page[WAL_PAGE] = {0};
    int result = choose_mark(page + FILE_MARK_AT);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    memcpy(page, version, FILE_MARK_AT);
    text_put_u32(page + FILE_CRC_AT, ~crc32_iscsi(page, FILE_CRC_AT, ~0U));
    return write_all(file, page, sizeof(page), 0);
}

static int read_head(struct wal *wal)
{
    uint8_t head[FILE_HEAD_BYTES];
    struct stat about;
    if (fstat(wal->file, &about) != 0) {
        return FAIL_ORIGIN(-errno, "cannot look at the log");
    }
    wal->size = (size_t)about.st_size;
    int result = wal->size < sizeof(head) ? 0 : read_all(wal->file, head, sizeof(head), 0);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    if (wal->size < sizeof(head) || memcmp(head, version, FILE_MARK_AT) != 0 ||
        text_get_u32(head + FILE_CRC_AT) != ~crc32_iscsi(head, FILE_CRC_AT, ~0U)) {
        return FAIL_ORIGIN(-EBADMSG, "the log's head is damaged, or another version wrote it");
    }
    memcpy(wal->mark, head + FILE_MARK_AT, MARK_BYTES);
    return 0;
}

static void name_file(const char *folder, const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", folder, name);
}

// The file has its name only once it is whole, so that a head which is not as it was written is damage. What a start that was cut short left under the
// other name is worth nothing.
static int make_file(const char *folder, const char *path)
{
    char aside[PATH_BYTES];
    size_t size = 0;
    name_file(folder, "wal.new", aside);
    int file = open(aside, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int result = file < 0 ? FAIL_ORIGIN(-errno, aside) : grow(file, &size, WAL_STRIDE);
    result = result < 0 ? result : write_head(file);
    result = result < 0 ? result : sync_all(file);
    if (file >= 0) {
        close(file);
    }
    if (result < 0) {
        return FAIL_HOP(result);
    }
    return rename(aside, path) == 0 ? 0 : FAIL_ORIGIN(-errno, path); // synced with the tables
}

int wal_open(const char *folder, struct wal **out_wal)
{
    struct wal *wal = calloc(1, sizeof(*wal));
    if (wal == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "the log");
    }
    char path[PATH_BYTES];
    wal_reset(wal);
    name_file(folder, "wal", path);
    int result = access(path, F_OK) == 0 ? 0 : make_file(folder, path);
    wal->file = result < 0 ? -1 : open(path, O_RDWR | O_CLOEXEC);
    result = result < 0 ? result : wal->file < 0 ? FAIL_ORIGIN(-errno, path) : read_head(wal);
    if (result < 0) {
        wal_free(&wal);
        return FAIL_HOP(result);
    }
    *out_wal = wal;
    return 0;
}

void wal_free(struct wal **wal)
{
    if (*wal == NULL) {
        return;
    }
    if ((*wal)->file >= 0) {
        close((*wal)->file);
    }
    free(*wal);
    *wal = NULL;
}

void wal_remove(const char *folder)
{
    char path[PATH_BYTES];
    name_file(folder, "wal", path);
    unlink(path);
}

// ----------------------------------------------------------------------------------------------------- reading

// Reads what stands at `at`. Is it a whole frame?
static int read_frame(struct wal *wal, size_t at, bool *out_whole)
{
    *out_whole = false;
    if (at + WAL_PAGE > wal->size) {
        return 0;
    }
    int result = read_all(wal->file, wal->frame, HEAD_BYTES, at);
    size_t size = text_get_u32(wal->frame + SIZE_AT);
    if (result < 0 || memcmp(wal->frame, wal->mark, MARK_BYTES) != 0 || size > WAL_FRAME_MOST - HEAD_BYTES || at + HEAD_BYTES + size > wal->size) {
        return result < 0 ? FAIL_HOP(result) : 0;
    }
    result = read_all(wal->file, wal->frame + HEAD_BYTES, size, at + HEAD_BYTES);
    *out_whole = result == 0 && text_get_u32(wal->frame + CRC_AT) == checksum(wal);
    return result < 0 ? FAIL_HOP(result) : 0;
}

static uint64_t turn_of(const struct wal *wal)
{
    return text_get_u64(wal->frame + TURN_AT);
}

static bool follows(const struct wal *wal, const struct wal_link *last)
{
    return turn_of(wal) == last->turn + 1 && memcmp(wal->frame + BEFORE_AT, last->head.bytes, DIGEST_BYTES) == 0;
}

// Are the changes of the frame what wal_note writes?
static bool is_sound(const struct wal *wal)
{
    size_t left = text_get_u32(wal->frame + SIZE_AT);
    const uint8_t *at = wal->frame + HEAD_BYTES;
    while (left >= CHANGE_BYTES && (at[0] == WAL_PUT || at[0] == WAL_REMOVE)) {
        size_t size = CHANGE_BYTES + (size_t)text_get_u16(at + 2) + text_get_u32(at + 4);
        if (size > left) {
            return false;
        }
        at += size;
        left -= size;
    }
    return left == 0;
}

// Frames that LMDB has committed stand first where the power failed before the log began anew.
static int find_first(struct wal *wal, const struct wal_link *last)
{
    bool whole;
    int result = read_frame(wal, FIRST_FRAME, &whole);
    while (result == 0 && whole && turn_of(wal) <= last->turn) {
        wal->first += frame_bytes(wal);
        result = read_frame(wal, wal->first, &whole);
    }
    wal->used = wal->first;
    return result;
}

static int find_followers(struct wal *wal, struct wal_link *last)
{
    bool whole;
    int result = read_frame(wal, wal->used, &whole);
    while (result == 0 && whole && follows(wal, last) && is_sound(wal)) {
        last->turn = turn_of(wal);
        memcpy(last->head.bytes, wal->frame + AFTER_AT, DIGEST_BYTES);
        wal->used += frame_bytes(wal);
        result = read_frame(wal, wal->used, &whole);
    }
    return result;
}

static int look_for_later(struct wal *wal, uint64_t last)
{
    int result = 0;
    for (size_t at = wal->used; result == 0 && at < wal->size; at += WAL_PAGE) {
        bool whole;
        result = read_frame(wal, at, &whole);
        if (whole && turn_of(wal) > last) {
            return FAIL_ORIGIN(-EBADMSG, "the log holds a later turn than those that follow the store's");
        }
    }
    return result;
}

int wal_load(struct wal *wal, const struct wal_link *last)
{
    struct wal_link link = *last;
    wal_reset(wal);
    int result = find_first(wal, &link);
    result = result < 0 ? result : find_followers(wal, &link);
    result = result < 0 ? result : look_for_later(wal, link.turn);
    if (result < 0) {
        wal_reset(wal);
        return FAIL_HOP(result);
    }
    return 0;
}

bool wal_is_empty(const struct wal *wal)
{
    return wal->first == wal->used;
}

void wal_walk_start(struct wal_walk *walk, struct wal *wal)
{
    *walk = (struct wal_walk){.wal = wal, .frame = wal->first};
    wal_begin(wal);
}

// Reads the frame that the walk has come to.
static bool enter_frame(struct wal_walk *walk)
{
    bool whole = false;
    walk->failure = read_frame(walk->wal, walk->frame, &whole);
    if (walk->failure == 0 && !whole) {
        walk->failure = FAIL_ORIGIN(-EBADMSG, "the log is no longer what it was");
    }
    walk->at = HEAD_BYTES;
    return walk->failure == 0;
}

bool wal_walk_next(struct wal_walk *walk, struct wal_change *out_change)
{
    struct wal *wal = walk->wal;
    if (walk->at != 0 && walk->at == HEAD_BYTES + text_get_u32(wal->frame + SIZE_AT)) {
        walk->frame += frame_bytes(wal);
        walk->at = 0;
    }
    if (walk->failure < 0 || walk->frame >= wal->used || (walk->at == 0 && !enter_frame(walk))) {
        return false;
    }
    const uint8_t *change = wal->frame + walk->at;
    out_change->form = (enum wal_form)change[0];
    out_change->tree = change[1];
    out_change->key = (struct bytes){change + CHANGE_BYTES, text_get_u16(change + 2)};
    out_change->value = (struct bytes){change + CHANGE_BYTES + out_change->key.size, text_get_u32(change + 4)};
    walk->at += CHANGE_BYTES + out_change->key.size + out_change->value.size;
    return true;
}

// ----------------------------------------------------------------------------------------------------- writing

void wal_begin(struct wal *wal)
{
    wal->noted = 0;
    wal->changed = false;
    wal->too_large = false;
}

void wal_note(struct wal *wal, const struct wal_change *change)
{
    size_t size = CHANGE_BYTES + change->key.size + change->value.size;
    size_t frame = HEAD_BYTES + wal->noted + size;
    wal->changed = true;
    wal->too_large = wal->too_large || frame > WAL_FRAME_MOST || wal->used + frame > WAL_BYTES;
    if (wal->too_large) {
        return;
    }
    uint8_t *at = wal->frame + HEAD_BYTES + wal->noted;
    at[0] = (uint8_t)change->form;
    at[1] = (uint8_t)change->tree;
    text_put_u16(at + 2, (uint16_t)change->key.size);
    text_put_u32(at + 4, (uint32_t)change->value.size);
    memcpy(at + CHANGE_BYTES, change->key.data, change->key.size);
    if (change->value.size > 0) {
        memcpy(at + CHANGE_BYTES + change->key.size, change->value.data, change->value.size);
    }
    wal->noted += size;
}

bool wal_is_changed(const struct wal *wal)
{
    return wal->changed;
}

bool wal_has_room(const struct wal *wal)
{
    return !wal->too_large && wal->used + HEAD_BYTES <= WAL_BYTES;
}

int wal_make_room(struct wal *wal)
{
    int result = grow(wal->file, &wal->size, wal->used + whole_pages(HEAD_BYTES + wal->noted));
    return result < 0 ? FAIL_HOP(result) : 0;
}

int wal_append(struct wal *wal, const struct wal_link *before, const struct wal_link *after)
{
    must(wal_has_room(wal) && after->turn == before->turn + 1);
    uint8_t *frame = wal->frame;
    size_t size = HEAD_BYTES + wal->noted;
    must(wal->used + whole_pages(size) <= wal->size);
    memcpy(frame, wal->mark, MARK_BYTES);
    text_put_u64(frame + TURN_AT, after->turn);
    text_put_u32(frame + SIZE_AT, (uint32_t)wal->noted);
    memcpy(frame + BEFORE_AT, before->head.bytes, DIGEST_BYTES);
    memcpy(frame + AFTER_AT, after->head.bytes, DIGEST_BYTES);
    text_put_u32(frame + CRC_AT, checksum(wal));
    memset(frame + size, 0, whole_pages(size) - size);
    int result = write_all(wal->file, frame, whole_pages(size), wal->used);
    result = result < 0 ? result : sync_all(wal->file);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    wal->used += whole_pages(size);
    wal_begin(wal);
    return 0;
}

void wal_reset(struct wal *wal)
{
    wal->first = FIRST_FRAME;
    wal->used = FIRST_FRAME;
    wal_begin(wal);
}
