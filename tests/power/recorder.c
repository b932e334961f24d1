// SPDX-License-Identifier: Apache-2.0
//
// Loaded before a program (LD_PRELOAD), records what it does to the files beneath the folder $LIAISON_RECORD_FOLDER, and what it says with zmq_send, in
// the file $LIAISON_RECORD. A call that changes files in a way that the record has no word for ends the program: a record with a gap proves nothing.
// Not seen: what stdio writes (the card, which is made anew at every start) and shared mappings (LMDB's lock, which means nothing after a power loss).
#include "power/record.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))
#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

enum { DESCRIPTORS = 1024 };

static struct {
    pthread_mutex_t lock;
    int record;
    char folder[PATH_MAX];
    char *names[DESCRIPTORS]; // of what is open beneath the folder
    bool synchronous[DESCRIPTORS];
} recorder = {.lock = PTHREAD_MUTEX_INITIALIZER, .record = -1};

__attribute__((noreturn)) static void give_up(const char *why)
{
    dprintf(STDERR_FILENO, "recorder: %s\n", why);
    abort();
}

__attribute__((constructor)) static void start(void)
{
    const char *record = getenv("LIAISON_RECORD");
    const char *folder = getenv("LIAISON_RECORD_FOLDER");
    if (record == NULL || folder == NULL || realpath(folder, recorder.folder) == NULL) {
        give_up("LIAISON_RECORD and LIAISON_RECORD_FOLDER say what to record");
    }
    recorder.record = REAL(open)(record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (recorder.record < 0) {
        give_up("cannot open the record");
    }
}

static const char *strip_folder(const char *whole)
{
    size_t prefix = strlen(recorder.folder);
    bool beneath = strncmp(whole, recorder.folder, prefix) == 0 && (whole[prefix] == '/' || whole[prefix] == '\0');
    return !beneath ? NULL : whole[prefix] == '\0' ? "" : whole + prefix + 1;
}

// The name within the folder of what may not be there (any more), or NULL: not ours.
static const char *name_of(const char *path, char whole[PATH_MAX])
{
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(parent, sizeof(parent), "%.*s", slash == NULL ? 1 : (int)(slash - path), slash == NULL ? "." : path);
    if (realpath(parent, whole) == NULL) {
        return NULL;
    }
    size_t size = strlen(whole);
    snprintf(whole + size, PATH_MAX - size, "/%s", slash == NULL ? path : slash + 1);
    return strip_folder(whole);
}

static const char *name_of_descriptor(int fd)
{
    return fd >= 0 && fd < DESCRIPTORS ? recorder.names[fd] : NULL;
}

static void note(const struct step_head *step, const char *name, const struct iovec *content, int count)
{
    struct step_head head = *step;
    struct iovec pieces[IOV_MAX];
    if (count + 2 > IOV_MAX) {
        give_up("too many pieces");
    }
    head.name_bytes = (uint16_t)strlen(name);
    pieces[0] = (struct iovec){&head, sizeof(head)};
    pieces[1] = (struct iovec){(char *)name, head.name_bytes};
    size_t size = sizeof(head) + head.name_bytes;
    for (int i = 0; i < count; i++) {
        pieces[i + 2] = content[i];
        head.content_bytes += (uint32_t)content[i].iov_len;
        size += content[i].iov_len;
    }
    if (REAL(writev)(recorder.record, pieces, count + 2) != (ssize_t)size) {
        give_up("cannot write the record");
    }
}

static void note_plain(enum step_form form, const char *name, const char *other)
{
    const struct step_head step = {.form = (uint8_t)form};
    const struct iovec content = {(char *)other, other == NULL ? 0 : strlen(other)};
    note(&step, name, &content, 1);
}

// ------------------------------------------------------------------------------------------------------- opening

static int note_open(int fd, const char *path, int flags, bool existed)
{
    char whole[PATH_MAX];
    const char *name = fd < 0 || realpath(path, whole) == NULL ? NULL : strip_folder(whole);
    if (name == NULL) {
        return fd;
    }
    if (fd >= DESCRIPTORS || (flags & O_TMPFILE) == O_TMPFILE) {
        give_up("an open that the record has no word for");
    }
    if (!existed) {
        note_plain(STEP_CREATE, name, NULL);
    } else if ((flags & O_TRUNC) != 0) {
        note_plain(STEP_TRUNCATE, name, NULL);
    }
    free(recorder.names[fd]);
    recorder.names[fd] = strdup(name);
    recorder.synchronous[fd] = (flags & O_DSYNC) != 0;
    return fd;
}

static int open_noted(__typeof__(&open) real, const char *path, int flags, mode_t mode)
{
    struct stat before;
    int saved = errno;
    pthread_mutex_lock(&recorder.lock);
    bool existed = stat(path, &before) == 0;
    errno = saved;
    int fd = note_open(real(path, flags, mode), path, flags, existed);
    pthread_mutex_unlock(&recorder.lock);
    return fd;
}

static mode_t mode_of(int flags, va_list args)
{
    return (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
}

EXPORTED int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open_noted(REAL(open), path, flags, mode);
}

EXPORTED int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open_noted(REAL(open64), path, flags, mode);
}

EXPORTED int close(int fd)
{
    pthread_mutex_lock(&recorder.lock);
    if (name_of_descriptor(fd) != NULL) {
        free(recorder.names[fd]);
        recorder.names[fd] = NULL;
    }
    int result = REAL(close)(fd);
    pthread_mutex_unlock(&recorder.lock);
    return result;
}

// ------------------------------------------------------------------------------------------------------- content

// What was written, of what was to be.
static void note_written(int fd, const struct iovec *pieces, int count, off_t offset, ssize_t written)
{
    struct iovec done[IOV_MAX];
    size_t left = (size_t)written;
    int used = 0;
    for (int i = 0; i < count && left > 0; i++) {
        done[used] = pieces[i];
        if (done[used].iov_len > left) {
            done[used].iov_len = left;
        }
        left -= done[used++].iov_len;
    }
    const struct step_head step = {
        .form = STEP_WRITE, .flags = recorder.synchronous[fd] ? STEP_SYNCHRONOUS : 0, .offset = (uint64_t)offset};
    note(&step, recorder.names[fd], done, used);
}

static ssize_t write_at(int fd, const struct iovec *pieces, int count, off_t offset)
{
    pthread_mutex_lock(&recorder.lock);
    ssize_t written = REAL(pwritev)(fd, pieces, count, offset);
    if (written > 0 && name_of_descriptor(fd) != NULL) {
        note_written(fd, pieces, count, offset, written);
    }
    pthread_mutex_unlock(&recorder.lock);
    return written;
}

static ssize_t write_here(int fd, const struct iovec *pieces, int count)
{
    if (name_of_descriptor(fd) == NULL) {
        return REAL(writev)(fd, pieces, count);
    }
    pthread_mutex_lock(&recorder.lock);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t written = REAL(writev)(fd, pieces, count);
    if (written > 0) {
        note_written(fd, pieces, count, offset, written);
    }
    pthread_mutex_unlock(&recorder.lock);
    return written;
}

EXPORTED ssize_t write(int fd, const void *data, size_t size)
{
    const struct iovec piece = {(void *)data, size};
    return write_here(fd, &piece, 1);
}

EXPORTED ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    return write_here(fd, pieces, count);
}

EXPORTED ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    const struct iovec piece = {(void *)data, size};
    return write_at(fd, &piece, 1, offset);
}

EXPORTED ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
    return pwrite(fd, data, size, offset);
}

EXPORTED ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset)
{
    return write_at(fd, pieces, count, offset);
}

EXPORTED ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off_t offset)
{
    return write_at(fd, pieces, count, offset);
}

EXPORTED int ftruncate(int fd, off_t size)
{
    pthread_mutex_lock(&recorder.lock);
    int result = REAL(ftruncate)(fd, size);
    const char *name = name_of_descriptor(fd);
    if (result == 0 && name != NULL) {
        const struct step_head step = {.form = STEP_TRUNCATE, .offset = (uint64_t)size};
        note(&step, name, NULL, 0);
    }
    pthread_mutex_unlock(&recorder.lock);
    return result;
}

static int sync_noted(int (*real)(int), int fd)
{
    pthread_mutex_lock(&recorder.lock);
    int result = real(fd);
    const char *name = name_of_descriptor(fd);
    if (result == 0 && name != NULL) {
        note_plain(STEP_SYNC, name, NULL);
    }
    pthread_mutex_unlock(&recorder.lock);
    return result;
}

EXPORTED int fsync(int fd)
{
    return sync_noted(REAL(fsync), fd);
}

EXPORTED int fdatasync(int fd)
{
    return sync_noted(REAL(fdatasync), fd);
}

// --------------------------------------------------------------------------------------------------------- names

EXPORTED int mkdir(const char *path, mode_t mode)
{
    char whole[PATH_MAX];
    pthread_mutex_lock(&recorder.lock);
    int result = REAL(mkdir)(path, mode);
    const char *name = result == 0 ? name_of(path, whole) : NULL;
    if (name != NULL) {
        note_plain(STEP_MAKE_FOLDER, name, NULL);
    }
    pthread_mutex_unlock(&recorder.lock);
    return result;
}

EXPORTED int unlink(const char *path)
{
    char whole[PATH_MAX];
    pthread_mutex_lock(&recorder.lock);
    const char *name = name_of(path, whole);
    int result = REAL(unlink)(path);
    if (result == 0 && name != NULL) {
        note_plain(STEP_REMOVE, name, NULL);
    }
    pthread_mutex_unlock(&recorder.lock);
    return result;
}

EXPORTED int rename(const char *from, const char *to)
{
    char whole_from[PATH_MAX];
    char whole_to[PATH_MAX];
    pthread_mutex_lock(&recorder.lock);
    const char *name = name_of(from, whole_from);
    const char *other = name_of(to, whole_to);
    int result = REAL(rename)(from, to);
    if (result == 0 && (name == NULL) != (other == NULL)) {
        give_up("a rename across the folder's edge");
    }
    if (result == 0 && name != NULL) {
        note_plain(STEP_RENAME, name, other);
    }
    pthread_mutex_unlock(&recorder.lock);
    return result;
}

// ------------------------------------------------------------------------------ what the record has no word for

static void refuse_path(const char *path, const char *call)
{
    char whole[PATH_MAX];
    if (name_of(path, whole) != NULL) {
        give_up(call);
    }
}

EXPORTED int link(const char *from, const char *to)
{
    refuse_path(to, "link");
    return REAL(link)(from, to);
}

EXPORTED int truncate(const char *path, off_t size)
{
    refuse_path(path, "truncate");
    return REAL(truncate)(path, size);
}

EXPORTED int rmdir(const char *path)
{
    refuse_path(path, "rmdir");
    return REAL(rmdir)(path);
}

EXPORTED int fallocate(int fd, int mode, off_t offset, off_t size)
{
    if (name_of_descriptor(fd) != NULL) {
        give_up("fallocate");
    }
    return REAL(fallocate)(fd, mode, offset, size);
}

// ------------------------------------------------------------------------------------------------------- speech

typedef int send_function(void *socket, const void *data, size_t size, int flags);
EXPORTED int zmq_send(void *socket, const void *data, size_t size, int flags);

EXPORTED int zmq_send(void *socket, const void *data, size_t size, int flags)
{
    const struct step_head step = {.form = STEP_SAY};
    const struct iovec content = {(void *)data, size};
    pthread_mutex_lock(&recorder.lock);
    note(&step, "", &content, 1);
    pthread_mutex_unlock(&recorder.lock);
    return ((send_function *)dlsym(RTLD_NEXT, "zmq_send"))(socket, data, size, flags);
}
