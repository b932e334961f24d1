// SPDX-License-Identifier: Apache-2.0
//
// Linked into a liaisond of its own for the tests (ld --wrap): the daemon's steps, each of which can be the last. LIAISON_KILL=NAME:before:N ends the
// process with SIGKILL when it is about to take the step NAME for the N-th time, NAME:after:N when it has just taken it. The daemon's sources know
// nothing of it. LIAISON_KILL=? prints the names.
//
// LIAISON_KILL=files prints the names of the steps of an attachment, which others do not take.
//
// A step is a call from one file of the daemon to another, which the Makefile lists as KILL_POINTS, or a call of LMDB to the system.
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zmq.h>

#include "base/keyring.h"
#include "dispatch/client_reply.h"
#include "dispatch/outbox.h"
#include "dispatch/peer_link.h"
#include "intake/client_port.h"
#include "intake/peer_port.h"
#include "rules/decide.h"
#include "rules/hold.h"
#include "rules/receipt.h"
#include "store/blob.h"
#include "store/commit.h"
#include "store/journal.h"
#include "store/wal.h"

#define EXPORTED __attribute__((visibility("default")))
#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

enum {
    META_BYTES = 512, // what LMDB writes of a meta page is less, everything else is whole pages
    TURNS_OF_A_LOG = 4,
};

// In the order of a turn.
static const char *const names[] = {
    "hear-peers",   // frames of peers are taken in
    "hear-clients", // requests of clients are
    "begin",        // the turn's transaction begins
    "decide",       // the rules judge one event
    "hold",         // a statement that came in gets its place
    "settle",       // a receipt moves the outbox's cursor
    "statement",    // the facts of a turn, each as it enters its tables
    "queued",
    "stream",
    "cursor",
    "receipts", // what was decided about peers' statements becomes receipts
    "seal",     // the turn's one signature
    "journal",  // the turn's record
    "commit",   // the whole commit, and in it
    "append",   // … the turn enters the log; or LMDB commits, and with it what the log holds:
    "write",    // … the pages,
    "sync",     // … their sync,
    "meta",     // … and the page that makes them current
    "answer",   // a client hears
    "receipt",  // a peer gets a receipt
    "take",     // the next statements for a peer are read from the outbox
    "say",      // one frame is given to ZeroMQ
};

// Those of an attachment that comes in.
static const char *const file_names[] = {
    "chunk", // one is taken
    "name",  // tree and content get their places
    "whole", // that it is whole enters its tables
};

static struct {
    const char *name;
    size_t name_size;
    int is_after;
    long left;
} wanted;

static bool is_among(const char *const *list, size_t count)
{
    bool found = false;
    for (size_t i = 0; !found && i < count; i++) {
        found = strlen(list[i]) == wanted.name_size && memcmp(list[i], wanted.name, wanted.name_size) == 0;
    }
    return found;
}

__attribute__((constructor)) static void start(void)
{
    const char *text = getenv("LIAISON_KILL");
    if (text == NULL) {
        return;
    }
    wanted.name = text;
    wanted.name_size = strcspn(text, ":");
    const char *when = text + wanted.name_size;
    wanted.is_after = strncmp(when, ":after:", 7) == 0;
    wanted.left = strlen(when) > 7 ? strtol(strrchr(when, ':') + 1, NULL, 10) : 0;
    size_t count = sizeof(names) / sizeof(names[0]);
    size_t file_count = sizeof(file_names) / sizeof(file_names[0]);
    if (wanted.left > 0 && (is_among(names, count) || is_among(file_names, file_count))) {
        return;
    }
    bool of_files = strcmp(text, "files") == 0;
    for (size_t i = 0; i < (of_files ? file_count : count); i++) {
        puts(of_files ? file_names[i] : names[i]);
    }
    exit(strcmp(text, "?") == 0 || of_files ? 0 : 2);
}

static void pass(const char *name, int is_after)
{
    if (wanted.left > 0 && is_after == wanted.is_after && strlen(name) == wanted.name_size && memcmp(name, wanted.name, wanted.name_size) == 0 &&
        --wanted.left == 0) {
        kill(getpid(), SIGKILL);
        pause(); // another thread may take the signal; this one goes no further
    }
}

static void before(const char *name)
{
    pass(name, 0);
}

static void after(const char *name)
{
    pass(name, 1);
}

// The daemon's function NAME is reached as __real_NAME, its callers reach __wrap_NAME.
#define STEP(point, type, function, parameters, arguments) \
    type __real_##function parameters; \
    type __wrap_##function parameters; \
    type __wrap_##function parameters \
    { \
        before(point); \
        type result = __real_##function arguments; \
        after(point); \
        return result; \
    }
#define STEP_VOID(point, function, parameters, arguments) \
    void __real_##function parameters; \
    void __wrap_##function parameters; \
    void __wrap_##function parameters \
    { \
        before(point); \
        __real_##function arguments; \
        after(point); \
    }

typedef enum client_reply_outcome client_reply_outcome;
typedef struct outbox_frame outbox_frame;
typedef enum blob_outcome blob_outcome;

STEP_VOID("hear-peers", peer_port_gather, (struct peer_port *port, struct arena *arena, struct gathered *gathered), (port, arena, gathered))
STEP("hear-clients", size_t, client_port_gather,
     (struct client_port *port, struct arena *arena, size_t limit, size_t *bytes, struct event *out_events), (port, arena, limit, bytes, out_events))
STEP("begin", int, store_begin, (struct store *store, struct arena *arena), (store, arena))
STEP_VOID("decide", decide, (struct view *view, const struct event *event, struct effects *effects), (view, event, effects))
STEP("hold", uint64_t, hold_statement,
     (struct view *view, struct effects *effects, const char *carrier, const struct arrived *item, int64_t skew_ms),
     (view, effects, carrier, item, skew_ms))
STEP_VOID("settle", receipt_accept, (struct view *view, struct effects *effects, const struct event *event, const struct arrived *item),
          (view, effects, event, item))
STEP_VOID("receipts", receipt_seal, (struct view *view, struct effects *effects), (view, effects))
STEP("seal", int, keyring_sign, (struct keyring *keyring, uint8_t seal[SEAL_BYTES]), (keyring, seal))
STEP_VOID("journal", journal_append, (struct store *store, struct arena *arena, const Record__Turn *turn, struct digest *out_head),
          (store, arena, turn, out_head))
STEP("commit", int, store_commit, (struct store *store), (store))
STEP("append", int, wal_append, (struct wal *wal, const struct wal_link *before_it, const struct wal_link *after_it), (wal, before_it, after_it))

// A log that is full soon, so that LMDB's steps come almost as often as the others.
bool __real_wal_has_room(const struct wal *wal);
bool __wrap_wal_has_room(const struct wal *wal);

bool __wrap_wal_has_room(const struct wal *wal)
{
    static unsigned turns;
    return __real_wal_has_room(wal) && ++turns % TURNS_OF_A_LOG != 0;
}

STEP("answer", client_reply_outcome, client_reply_send,
     (void *socket, const struct client_ref *client, uint64_t number, Control__Reply *reply, struct arena *arena), (socket, client, number, reply, arena))
STEP_VOID("receipt", peer_link_send, (struct peer_links *links, const char *agency, struct bytes frame), (links, agency, frame))
STEP("take", outbox_frame, outbox_take, (struct view *view, const struct outbox_request *request, struct arena *arena), (view, request, arena))
STEP("say", int, zmq_send, (void *socket, const void *data, size_t size, int flags), (socket, data, size, flags))

STEP("chunk", blob_outcome, blob_take, (struct blobs *blobs, const struct file_name *name, const struct blob_chunk *chunk, uint32_t *out_chunks),
     (blobs, name, chunk, out_chunks))

static const char *name_fact(const Record__Effect *fact)
{
    return fact->is_case == RECORD__EFFECT__IS_STATEMENT ? "statement"
           : fact->is_case == RECORD__EFFECT__IS_QUEUED  ? "queued"
           : fact->is_case == RECORD__EFFECT__IS_STREAM  ? "stream"
           : fact->is_case == RECORD__EFFECT__IS_CURSOR  ? "cursor"
           : fact->is_case == RECORD__EFFECT__IS_WHOLE   ? "whole"
                                                         : "";
}

void __real_commit_apply(struct store *store, struct arena *arena, const Record__Effect *fact, const struct material *material);
void __wrap_commit_apply(struct store *store, struct arena *arena, const Record__Effect *fact, const struct material *material);

void __wrap_commit_apply(struct store *store, struct arena *arena, const Record__Effect *fact, const struct material *material)
{
    before(name_fact(fact));
    __real_commit_apply(store, arena, fact, material);
    after(name_fact(fact));
}

// LMDB lives in a library of its own; its calls to the system come here because the program's own functions stand before those of libc.

EXPORTED ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    const char *name = size < META_BYTES ? "meta" : "write";
    before(name);
    ssize_t written = REAL(pwrite)(fd, data, size, offset);
    after(name);
    return written;
}

EXPORTED ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    before("write");
    ssize_t written = REAL(writev)(fd, pieces, count);
    after("write");
    return written;
}

EXPORTED int renameat(int from, const char *old, int to, const char *name)
{
    before("name");
    int result = REAL(renameat)(from, old, to, name);
    after("name");
    return result;
}

EXPORTED int fdatasync(int fd)
{
    before("sync");
    int result = REAL(fdatasync)(fd);
    after("sync");
    return result;
}
