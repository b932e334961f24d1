// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fail.h"
#include "store/inside.h"
#include "store/pages.h"
#include "store/search.h"
#include "store/shelf.h"

#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xff534d42
#endif
#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xfe534d42
#endif

// The message inside a state points into the state itself, so a copy must be told where it now lives.
static void take_state(struct state *state, const Record__State *message)
{
    char agency[LIMIT_AGENCY_BYTES + 1];
    uint8_t head[DIGEST_BYTES] = {0};
    snprintf(agency, sizeof(agency), "%s", message->agency);
    if (message->head.len == DIGEST_BYTES) {
        memcpy(head, message->head.data, DIGEST_BYTES);
    }
    state->message = *message;
    state->message.base.n_unknown_fields = 0;
    state->message.base.unknown_fields = NULL;
    memcpy(state->agency, agency, sizeof(agency));
    memcpy(state->head, head, sizeof(head));
    state->message.agency = state->agency;
    state->message.head = (ProtobufCBinaryData){DIGEST_BYTES, state->head};
}

void store_copy_state(struct state *to, const struct state *from)
{
    take_state(to, &from->message);
}

static void leave_ahead(struct store *store)
{
    if (store->ahead != NULL) {
        mdb_txn_abort(store->ahead);
        store->ahead = NULL;
    }
}

static int map_result(int mdb_result, const char *what)
{
    struct access access = {0};
    schema_fail(&access, mdb_result, what);
    return access.failure;
}

static int sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return FAIL_ORIGIN(-errno, "cannot open the store's folder");
    }
    int result = fsync(fd) == 0 ? 0 : FAIL_ORIGIN(-errno, "cannot sync the store's folder");
    close(fd);
    return result;
}

// The folder's own name must outlast a power loss like what is in it. Whoever made it for us may keep its parent from us.
static int make_folder(const char *path)
{
    char parent[4096];
    snprintf(parent, sizeof(parent), "%s/..", path);
    bool made = mkdir(path, 0700) == 0;
    if (!made && errno != EEXIST) {
        return FAIL_ORIGIN(-errno, "cannot make the store's folder");
    }
    int result = sync_folder(parent);
    return result == -EACCES && !made ? 0 : result;
}

static int check_file_system(const char *path, enum store_outcome *out_outcome)
{
    struct statfs fs;
    if (statfs(path, &fs) != 0) {
        return FAIL_ORIGIN(-errno, "statfs");
    }
    unsigned long type = (unsigned long)fs.f_type & 0xffffffffUL;
    if (type == NFS_SUPER_MAGIC || type == SMB_SUPER_MAGIC || type == CIFS_SUPER_MAGIC ||
        type == SMB2_SUPER_MAGIC || type == FUSE_SUPER_MAGIC) {
        *out_outcome = STORE_NETWORK;
    }
    return 0;
}

// LMDB's own lock lets several processes in; ours does not.
static int take_lock(struct store *store, enum store_outcome *out_outcome)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/lock", store->path);
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock < 0) {
        return FAIL_ORIGIN(-errno, "cannot open the store's lock");
    }
    if (flock(store->lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return FAIL_ORIGIN(-errno, "cannot lock the store");
        }
        *out_outcome = STORE_IN_USE;
    }
    return 0;
}

// A store that was begun has a tree for its state; one that has others and not this one was not begun by us.
static bool holds_other_trees(MDB_txn *txn)
{
    MDB_dbi trees;
    MDB_dbi state;
    MDB_stat stat;
    return mdb_dbi_open(txn, NULL, 0, &trees) == 0 && mdb_stat(txn, trees, &stat) == 0 && stat.ms_entries > 0 &&
           mdb_dbi_open(txn, schema_tree_name(TREE_STATE), 0, &state) == MDB_NOTFOUND;
}

static int open_trees(struct store *store)
{
    MDB_txn *txn;
    int result = mdb_txn_begin(store->env, NULL, 0, &txn);
    if (result != 0) {
        return map_result(result, "begin");
    }
    if (holds_other_trees(txn)) {
        mdb_txn_abort(txn);
        return FAIL_ORIGIN(-EPROTO, "another version wrote this store");
    }
    for (int i = 0; i < TREE_COUNT; i++) {
        result = mdb_dbi_open(txn, schema_tree_name((enum store_tree)i), MDB_CREATE, &store->trees[i]);
        if (result != 0) {
            mdb_txn_abort(txn);
            return map_result(result, "cannot open a tree");
        }
    }
    result = mdb_txn_commit(txn);
    return result == 0 ? sync_folder(store->path) : map_result(result, "cannot create tables");
}

static int open_environment(struct store *store, uint64_t map_bytes)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/data.mdb", store->path);
    int result = pages_check_metas(path);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    result = mdb_env_create(&store->env);
    if (result != 0) {
        return map_result(result, "mdb_env_create");
    }
    mdb_env_set_maxdbs(store->env, TREE_COUNT);
    result = mdb_env_set_mapsize(store->env, map_bytes);
    if (result == 0) {
        result = mdb_env_open(store->env, store->path, MDB_NOTLS | MDB_NORDAHEAD, 0600);
    }
    if (result != 0) {
        return map_result(result, "cannot open the store");
    }
    int dead;
    mdb_reader_check(store->env, &dead);
    return open_trees(store);
}

// LMDB writes the first pages of a new file in no order that a power loss would keep, and then refuses the file for ever. So a new file has its name
// only once it is whole. What a start that was cut short left under the other name is worth nothing.
static int make_file(const struct store *store)
{
    char path[4096];
    char aside[4096];
    snprintf(path, sizeof(path), "%s/data.mdb", store->path);
    snprintf(aside, sizeof(aside), "%s/data.new", store->path);
    if (access(path, F_OK) == 0) {
        return 0;
    }
    MDB_env *env;
    int result = unlink(aside) == 0 || errno == ENOENT ? mdb_env_create(&env) : errno;
    if (result != 0) {
        return map_result(result, aside);
    }
    result = mdb_env_open(env, aside, MDB_NOSUBDIR | MDB_NOLOCK, 0600);
    result = result == 0 ? mdb_env_sync(env, 1) : result;
    mdb_env_close(env);
    if (result != 0) {
        return map_result(result, aside);
    }
    return rename(aside, path) == 0 ? 0 : FAIL_ORIGIN(-errno, path); // synced with the tables
}

void *store_unpack(struct view *view, const ProtobufCMessageDescriptor *type, struct bytes value, struct arena *arena)
{
    ProtobufCMessage *message;
    switch (decode_message(type, value, &decode_record_rules, arena, NULL, &message)) {
    case DECODE_OK:
        return message;
    case DECODE_NO_MEMORY:
        schema_fail(&view->access, ENOMEM, type->name);
        return NULL;
    case DECODE_MALFORMED:
    case DECODE_LIMIT:
    case DECODE_UNKNOWN_FIELD:
    case DECODE_TEXT:
        break;
    }
    schema_fail(&view->access, EBADMSG, type->name);
    return NULL;
}

// The state as a view has it. False: none, or failure.
static bool read_state(struct view *view, struct state *out_state)
{
    struct arena *arena;
    if (arena_new(64 << 10, &arena) < 0) {
        schema_fail(&view->access, ENOMEM, "the state");
        return false;
    }
    struct key key = {0};
    schema_add_bytes(&key, (struct bytes){(const uint8_t *)"state", 5});
    struct bytes value;
    bool found = schema_get(&view->access, TABLE_META, &key, &value);
    if (found) {
        Record__State *message = store_unpack(view, &record__state__descriptor, value, arena);
        if (message != NULL && message->head.len == DIGEST_BYTES) {
            take_state(out_state, message);
        } else if (view->access.failure == 0) {
            schema_fail(&view->access, EBADMSG, "the state does not decode");
        }
    }
    arena_free(&arena);
    return found && view->access.failure == 0;
}

static int load_state(struct store *store, bool *out_found)
{
    struct view *view = store_read(store);
    if (view == NULL) {
        return FAIL_HOP(-EIO);
    }
    *out_found = read_state(view, &store->committed);
    store_read_done(store);
    return view->access.failure;
}

// --------------------------------------------------------------------------------------------------------- log

static struct wal_link link_of(const struct state *state)
{
    struct wal_link link = {.turn = state->message.turn};
    memcpy(link.head.bytes, state->head, DIGEST_BYTES);
    return link;
}

static int apply_change(const struct store *store, MDB_txn *txn, const struct wal_change *change)
{
    if (change->tree >= TREE_COUNT) {
        return FAIL_ORIGIN(-EBADMSG, "the log changes a tree that is none");
    }
    MDB_val key = {change->key.size, (void *)change->key.data};
    MDB_val value = {change->value.size, (void *)change->value.data};
    int result = change->form == WAL_PUT ? mdb_put(txn, store->trees[change->tree], &key, &value, 0)
                                         : mdb_del(txn, store->trees[change->tree], &key, NULL);
    return result == 0 ? 0 : map_result(result, "a change of the log");
}

// Opens the transaction that is ahead of LMDB's file by what the log holds.
static int go_ahead(struct store *store)
{
    struct wal_walk walk;
    struct wal_change change;
    must(store->ahead == NULL);
    if (wal_is_empty(store->wal)) {
        return 0;
    }
    int result = mdb_txn_begin(store->env, NULL, 0, &store->ahead);
    if (result != 0) {
        store->ahead = NULL;
        return map_result(result, "cannot begin a transaction");
    }
    wal_walk_start(&walk, store->wal);
    while (result == 0 && wal_walk_next(&walk, &change)) {
        result = apply_change(store, store->ahead, &change);
    }
    result = result < 0 ? result : walk.failure;
    if (result < 0) {
        leave_ahead(store);
        return FAIL_HOP(result);
    }
    return 0;
}

// What was committed behind LMDB's last commit. Whether the last of it has reached the disk nobody knows, so LMDB is to commit it before anybody hears.
static int load_log(struct store *store)
{
    const struct wal_link last = link_of(&store->committed);
    int result = wal_load(store->wal, &last);
    result = result < 0 ? result : go_ahead(store);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    store->in_doubt = store->ahead != NULL;
    if (store->ahead != NULL) {
        struct view *view = store_read(store);
        bool found = read_state(view, &store->committed);
        store_read_done(store);
        if (!found) {
            leave_ahead(store);
            return view->access.failure < 0 ? FAIL_HOP(view->access.failure) : FAIL_ORIGIN(-EBADMSG, "the log holds no state");
        }
        store_copy_state(&store->working, &store->committed);
    }
    return 0;
}

static enum store_outcome judge_state(struct store *store, const struct store_options *options)
{
    const Record__State *state = &store->committed.message;
    if (state->schema != SCHEMA_VERSION) {
        return STORE_OTHER_SCHEMA;
    }
    if (options->agency == NULL) {
        return STORE_OPENED;
    }
    if (strcmp(state->agency, options->agency) != 0 || state->suite != options->suite) {
        return STORE_OTHER_AGENCY;
    }
    return (bool)state->test == options->test ? STORE_OPENED : STORE_OTHER_CLOCK;
}

// A store gets its agency, suite and kind of clock at its first start and keeps them for ever.
static void make_state(struct store *store, const struct store_options *options)
{
    Record__State message = RECORD__STATE__INIT;
    message.schema = SCHEMA_VERSION;
    message.agency = (char *)(options->agency == NULL ? "" : options->agency);
    message.suite = options->suite;
    message.test = options->test;
    message.next_position = 1;
    take_state(&store->committed, &message);
}

static int open_in_folder(struct store *store, const struct store_options *options, enum store_outcome *out_outcome)
{
    int result = make_folder(store->path);
    if (result == 0) {
        result = check_file_system(store->path, out_outcome);
    }
    if (result == 0 && *out_outcome == STORE_OPENED) {
        result = take_lock(store, out_outcome);
    }
    if (result < 0 || *out_outcome != STORE_OPENED) {
        return result;
    }
    result = make_file(store);
    result = result < 0 ? result : wal_open(store->path, &store->wal); // before the folder is synced with the tables
    result = result < 0 ? result : open_environment(store, options->map_bytes);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    bool found = false;
    result = load_state(store, &found);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    if (!found) {
        make_state(store, options);
    }
    *out_outcome = judge_state(store, options);
    store_copy_state(&store->working, &store->committed);
    if (*out_outcome != STORE_OPENED) {
        return 0;
    }
    result = load_log(store);
    store->log_loaded = result == 0;
    result = result < 0 ? result : store_settle(store);
    return result < 0 ? FAIL_HOP(result) : 0;
}

int store_open(const struct store_options *options, enum store_outcome *out_outcome, struct store **out_store)
{
    struct store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "store");
    }
    store->lock = -1;
    store->map_bytes = options->map_bytes;
    store->path = strdup(options->path);
    *out_outcome = STORE_OPENED;
    int result = store->path == NULL ? -ENOMEM : shelf_new(&store->shelf);
    if (result == 0) {
        result = open_in_folder(store, options, out_outcome);
    }
    if (result < 0 || *out_outcome != STORE_OPENED) {
        store_close(&store);
        return result;
    }
    *out_store = store;
    return 0;
}

static void remove_folder(const char *path, const char *name)
{
    char folder[4096];
    snprintf(folder, sizeof(folder), "%s/%s", path, name);
    rmdir(folder);
}

int store_remove(const char *path)
{
    static const char *const files[] = {"data.mdb", "data.new", "wal", "wal.new", "lock.mdb", "lock"};
    char file[4096];
    snprintf(file, sizeof(file), "%s/lock", path);
    int lock = open(file, O_RDWR | O_CLOEXEC);
    if (lock < 0 && access(path, F_OK) != 0) {
        return 0;
    }
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0) {
        close(lock);
        return FAIL_ORIGIN(-EBUSY, "a store to remove is in use");
    }
    for (size_t i = 0; lock >= 0 && i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(file, sizeof(file), "%s/%s", path, files[i]);
        unlink(file);
    }
    if (lock >= 0) {
        search_remove(path);
        remove_folder(path, "files/partial"); // where there are files they are somebody's
        remove_folder(path, "files");
        close(lock);
    }
    return rmdir(path) == 0 ? 0 : FAIL_ORIGIN(-errno, "cannot remove a store");
}

void store_close(struct store **store)
{
    if (*store == NULL) {
        return;
    }
    store_abort(*store);
    store_read_done(*store);
    search_stop(&(*store)->search);
    if (store_settle(*store) == 0 && (*store)->log_loaded && !(*store)->unknown) {
        wal_remove((*store)->path); // a store that is closed is data.mdb alone; else the log keeps what that does not hold
    }
    leave_ahead(*store);
    if ((*store)->env != NULL) {
        mdb_env_close((*store)->env);
    }
    wal_free(&(*store)->wal);
    if ((*store)->lock >= 0) {
        close((*store)->lock);
    }
    shelf_free(&(*store)->shelf);
    free((*store)->path);
    free(*store);
    *store = NULL;
}

const Record__State *store_state(const struct store *store)
{
    return &store->working.message;
}

// After a failed write of its meta page LMDB refuses every transaction until the environment is opened anew.
static int reopen(struct store *store)
{
    leave_ahead(store);
    if (store->env != NULL) {
        mdb_env_close(store->env);
        store->env = NULL;
    }
    store->unknown = false; // load_state begins a transaction; set again if it fails
    bool found = false;
    int result = open_environment(store, store->map_bytes);
    result = result < 0 ? result : load_state(store, &found);
    result = result < 0 ? result : load_log(store);
    if (result < 0) {
        store->unknown = true;
        return FAIL_HOP(result);
    }
    store->in_doubt = true; // what is read may be in the system's memory alone
    store_copy_state(&store->working, &store->committed);
    return 0;
}

static bool begin(struct store *store, struct view *view, unsigned flags)
{
    int ready = store->unknown ? reopen(store) : 0;
    *view = (struct view){.state = &store->working.message, .shelf = store->shelf, .search = store->search};
    if (ready < 0) {
        view->access.failure = FAIL_HOP(ready);
        return false;
    }
    view->access.trees = store->trees;
    view->access.txn = store->ahead;
    int result = store->ahead != NULL ? 0 : mdb_txn_begin(store->env, NULL, flags, &view->access.txn);
    if (result != 0) {
        view->access.txn = NULL;
        schema_fail(&view->access, result, "cannot begin a transaction");
        return false;
    }
    return true;
}

struct view *store_read(struct store *store)
{
    must(store->writing.access.txn == NULL);
    store_read_done(store);
    return begin(store, &store->reading, MDB_RDONLY) ? &store->reading : NULL;
}

struct view *store_read_on(struct store *store)
{
    struct view *view = store_read(store);
    if (view != NULL) {
        view->recent = store->writing.recent;
        view->recent.arena = NULL; // nothing is added
    }
    return view;
}

void store_read_done(struct store *store)
{
    schema_close(&store->reading.access);
    if (store->reading.access.txn != NULL && store->reading.access.txn != store->ahead) {
        mdb_txn_abort(store->reading.access.txn);
    }
    store->reading.access.txn = NULL;
}

void store_forget(struct store *store)
{
    recent_stop(&store->writing.recent);
    recent_stop(&store->reading.recent);
}

int store_begin(struct store *store, struct arena *arena)
{
    must(store->writing.access.txn == NULL);
    store_read_done(store);
    if (!begin(store, &store->writing, 0)) {
        return FAIL_HOP(store->writing.access.failure);
    }
    store->ahead = NULL; // the turn goes on with it
    store->writing.access.wal = store->wal;
    wal_begin(store->wal);
    recent_start(&store->writing.recent, arena);
    store->writing.first_new = arena == NULL ? UINT64_MAX : store->working.message.next_position;
    return 0;
}

struct view *store_writing(struct store *store)
{
    must(store->writing.access.txn != NULL);
    return &store->writing;
}

// A commit that failed may have reached the disk all the same. The state is read back, so that the next turn follows whatever is there; that turn
// commits anew before anybody hears of either.
static int settle_failed_commit(struct store *store)
{
    store_read_done(store);
    recent_stop(&store->writing.recent);
    store->unknown = true;
    store_copy_state(&store->working, &store->committed);
    (void)reopen(store); // else whoever begins next tries again
    return FAIL_HOP(-EIO); // whatever it was, fewer events would not mend it
}

// LMDB commits the transaction, and with it what the log holds.
static int commit_tables(struct store *store, MDB_txn *txn)
{
    int result = mdb_txn_commit(txn);
    if (result != 0) {
        (void)map_result(result, "commit"); // for the trace
        return settle_failed_commit(store);
    }
    wal_reset(store->wal);
    store->in_doubt = false;
    return 0;
}

static int commit_to_log(struct store *store, MDB_txn *txn)
{
    const struct wal_link before = link_of(&store->committed);
    const struct wal_link after = link_of(&store->working);
    store->ahead = txn;
    return wal_append(store->wal, &before, &after) == 0 ? 0 : settle_failed_commit(store);
}

int store_commit(struct store *store)
{
    struct access *access = &store->writing.access;
    MDB_txn *txn = access->txn;
    must(txn != NULL && access->failure == 0);
    schema_close(access);
    access->txn = NULL;
    // The first turn is LMDB's: whose store it is stands in its file before anything stands in the log.
    uint64_t last = store->committed.message.turn;
    bool is_next = last > 0 && store->working.message.turn == last + 1;
    bool to_log = is_next && !store->in_doubt && wal_has_room(store->wal) && wal_make_room(store->wal) == 0;
    int result = to_log ? commit_to_log(store, txn) : commit_tables(store, txn);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    store_copy_state(&store->committed, &store->working);
    return 0;
}

int store_settle(struct store *store)
{
    must(store->writing.access.txn == NULL);
    if (store->ahead == NULL) {
        return 0;
    }
    MDB_txn *txn = store->ahead;
    store_read_done(store);
    store->ahead = NULL;
    int result = commit_tables(store, txn);
    return result < 0 ? FAIL_HOP(result) : 0;
}

// LMDB cannot undo one turn of several, so after one that has changed something the others are done again.
void store_abort(struct store *store)
{
    MDB_txn *txn = store->writing.access.txn;
    if (txn == NULL) {
        return;
    }
    schema_close(&store->writing.access);
    store->writing.access.txn = NULL;
    recent_stop(&store->writing.recent);
    store_copy_state(&store->working, &store->committed);
    if (!wal_is_empty(store->wal) && !wal_is_changed(store->wal) && store->writing.access.failure == 0) {
        store->ahead = txn;
        return;
    }
    mdb_txn_abort(txn);
    wal_begin(store->wal);
    store->unknown = go_ahead(store) < 0; // then whoever begins next tries again
}

int64_t store_free_bytes(const struct store *store)
{
    struct statvfs fs;
    if (statvfs(store->path, &fs) != 0) {
        return FAIL_ORIGIN(-errno, "statvfs");
    }
    return (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
}
