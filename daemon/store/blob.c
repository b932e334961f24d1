// SPDX-License-Identifier: Apache-2.0
#include "store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/attachment.h"
#include "wire/text.h"
#include "wire/tree.h"

#include "base/fail.h"
#include "store/leaves.h"

enum {
    NAME_BYTES = 128,
    HEX_BYTES = 2 * DIGEST_BYTES,
    HEX_AT = 2, // in a name: suite, dash, root, dash, size
    SIZE_AT = HEX_AT + HEX_BYTES + 1,
    BEHIND_CHUNKS = 4, // on their way to the disk
    SYNC_CHUNKS = 16,  // written and not synced: about what a loss of power may cost
    OPEN_MOST = 64,    // files that grow at the same time
};

// A file's content and its tree.
struct both {
    int content;
    int tree;
};
static const struct both SHUT = {-1, -1};

// A file that is not whole yet.
struct partial {
    struct file_name name;
    bool is_known;  // `chunks` were seen to be good since the start
    bool is_unread; // and what is behind them is what the disk could not read then
    bool is_cut;    // nothing is behind them
    uint32_t chunks;
    uint32_t unsynced;
    uint64_t added_at; // counted in chunks of all files
    struct both open;  // from the first chunk that is added until all are synced: who has a file open is told what of it failed to reach the disk
    struct partial *next;
};

struct blobs {
    int files;   // folders
    int partial;
    struct partial *first;
    uint64_t added;
};

// `.tree`: level 0 is the leaves, and grows with the file; the others are added when it is whole.
static const char *const TREE = ".tree";
// Leaves that are made again, until they lead to the root.
static const char *const FRESH = ".fresh";

static void format_name(const struct file_name *name, const char *suffix, char out_text[NAME_BYTES])
{
    char hex[HEX_BYTES + 1];
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        snprintf(hex + 2 * i, 3, "%02x", name->root.bytes[i]);
    }
    snprintf(out_text, NAME_BYTES, "%d-%s-%" PRIu64 "%s", (int)name->suite, hex, name->size, suffix);
}

// False: not the name of a file's content.
static bool parse_name(const char *text, struct file_name *out_name)
{
    struct file_name name = {0};
    char again[NAME_BYTES];
    bool known = text[0] == '0' + SUITE_ED25519_SHA256 || text[0] == '0' + SUITE_SM2_SM3;
    if (!known || text[1] != '-' || strlen(text) <= SIZE_AT || strlen(text) >= NAME_BYTES) {
        return false;
    }
    char hex[HEX_BYTES + 1];
    memcpy(hex, text + HEX_AT, HEX_BYTES);
    hex[HEX_BYTES] = '\0';
    name.suite = (enum suite)(text[0] - '0');
    name.size = strtoull(text + SIZE_AT, NULL, 10);
    if (!text_parse_hex(hex, name.root.bytes, DIGEST_BYTES)) {
        return false;
    }
    format_name(&name, "", again);
    if (strcmp(again, text) != 0) {
        return false;
    }
    *out_name = name;
    return true;
}

static int folder_of(const struct blobs *blobs, enum blob_place place)
{
    return place == BLOB_FILES ? blobs->files : blobs->partial;
}

static int open_file(int folder, const struct file_name *name, const char *suffix, int flags)
{
    char text[NAME_BYTES];
    format_name(name, suffix, text);
    return openat(folder, text, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

// errno stays.
static void shut(struct both *both)
{
    int error = errno;
    if (both->content >= 0) {
        close(both->content);
    }
    if (both->tree >= 0) {
        close(both->tree);
    }
    *both = SHUT;
    errno = error;
}

static bool open_both(int folder, const struct file_name *name, int flags, struct both *out_both)
{
    *out_both = SHUT;
    out_both->content = open_file(folder, name, "", flags);
    out_both->tree = out_both->content < 0 ? -1 : open_file(folder, name, TREE, flags);
    if (out_both->tree < 0) {
        shut(out_both);
    }
    return out_both->tree >= 0;
}

static void remove_file(int folder, const struct file_name *name)
{
    char text[NAME_BYTES];
    format_name(name, "", text); // first: without it the other is nothing
    unlinkat(folder, text, 0);
    format_name(name, TREE, text);
    unlinkat(folder, text, 0);
}

// -------------------------------------------------------------------------------------------------- the folders

static int open_folder(int parent, const char *path)
{
    int made = mkdirat(parent, path, 0700);
    int folder = made == 0 || errno == EEXIST ? openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    return folder;
}

static bool remember(void *context, const struct file_name *name, int64_t changed_s)
{
    struct blobs *blobs = context;
    struct partial *partial = calloc(1, sizeof(*partial));
    (void)changed_s;
    if (partial == NULL) {
        return false;
    }
    partial->name = *name;
    partial->open = SHUT;
    partial->next = blobs->first;
    blobs->first = partial;
    return true;
}

int blob_open(const char *path, struct blobs **out_blobs)
{
    struct blobs *blobs = calloc(1, sizeof(*blobs));
    int store = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (blobs == NULL || store < 0) {
        free(blobs);
        return FAIL_ORIGIN(store < 0 ? -errno : -ENOMEM, "files");
    }
    blobs->files = open_folder(store, "files");
    blobs->partial = blobs->files < 0 ? -1 : open_folder(blobs->files, "partial");
    bool good = blobs->partial >= 0 && fsync(store) == 0 && fsync(blobs->files) == 0;
    int result = good ? 0 : FAIL_ORIGIN(-errno, "cannot make the folder of files");
    close(store);
    if (result < 0) {
        blob_close(&blobs);
        return result;
    }
    blob_walk(blobs, BLOB_PARTIAL, remember, blobs);
    *out_blobs = blobs;
    return 0;
}

void blob_close(struct blobs **handle)
{
    struct blobs *blobs = *handle;
    if (blobs == NULL) {
        return;
    }
    while (blobs->first != NULL) {
        struct partial *next = blobs->first->next;
        shut(&blobs->first->open);
        free(blobs->first);
        blobs->first = next;
    }
    if (blobs->partial >= 0) {
        close(blobs->partial);
    }
    if (blobs->files >= 0) {
        close(blobs->files);
    }
    free(blobs);
    *handle = NULL;
}

void blob_walk(struct blobs *blobs, enum blob_place place, bool (*visit)(void *context, const struct file_name *name, int64_t changed_s), void *context)
{
    int copy = openat(folder_of(blobs, place), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = copy < 0 ? NULL : fdopendir(copy);
    bool more = folder != NULL;
    if (folder == NULL && copy >= 0) {
        close(copy);
    }
    while (more) {
        struct file_name name;
        struct stat found;
        const struct dirent *entry = readdir(folder);
        more = entry != NULL;
        if (more && parse_name(entry->d_name, &name) && fstatat(copy, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0) {
            more = visit(context, &name, (int64_t)found.st_mtime);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

bool blob_has(const struct blobs *blobs, const struct file_name *name)
{
    char text[NAME_BYTES];
    struct stat found;
    format_name(name, "", text);
    bool whole = fstatat(blobs->files, text, &found, AT_SYMLINK_NOFOLLOW) == 0 && (uint64_t)found.st_size == name->size;
    format_name(name, TREE, text);
    return whole && fstatat(blobs->files, text, &found, AT_SYMLINK_NOFOLLOW) == 0;
}

// ----------------------------------------------------------------------------------------------------- partial

static struct partial *find_partial(const struct blobs *blobs, const struct file_name *name)
{
    struct partial *partial = blobs->first;
    while (partial != NULL && !file_name_equals(&partial->name, name)) {
        partial = partial->next;
    }
    return partial;
}

static void forget_partial(struct blobs *blobs, const struct file_name *name)
{
    struct partial **at = &blobs->first;
    while (*at != NULL && !file_name_equals(&(*at)->name, name)) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        struct partial *gone = *at;
        *at = gone->next;
        shut(&gone->open);
        free(gone);
    }
}

// The tree has its place before the content has; a loss of power between the two is undone here.
static void take_back_tree(struct blobs *blobs, const struct file_name *name)
{
    char text[NAME_BYTES];
    struct stat found;
    format_name(name, TREE, text);
    if (fstatat(blobs->partial, text, &found, AT_SYMLINK_NOFOLLOW) != 0) {
        renameat(blobs->files, text, blobs->partial, text);
    }
}

// Content of the right size may be whole though its leaves are not. False: errno says why.
static bool grow_again(struct blobs *blobs, const struct file_name *name, int content)
{
    char fresh[NAME_BYTES];
    char tree[NAME_BYTES];
    struct stat found;
    if (fstat(content, &found) != 0 || (uint64_t)found.st_size < name->size) {
        errno = ENODATA;
        return false;
    }
    format_name(name, FRESH, fresh);
    format_name(name, TREE, tree);
    int leaves = open_file(blobs->partial, name, FRESH, O_RDWR | O_CREAT | O_TRUNC);
    bool good = leaves >= 0 && leaves_grow(name, content, leaves) && renameat(blobs->partial, fresh, blobs->partial, tree) == 0;
    int error = errno;
    if (leaves >= 0) {
        close(leaves);
    }
    if (!good) {
        unlinkat(blobs->partial, fresh, 0);
    }
    errno = error;
    return good;
}

// False: memory ran short, and nothing was seen.
static bool count(struct blobs *blobs, struct partial *partial, const struct both *both)
{
    uint32_t all = attachment_chunks(partial->name.size);
    uint32_t chunks = leaves_count_good(&partial->name, both->content, both->tree);
    bool is_unread = chunks < all && errno == EIO;
    if (chunks < all && errno != ENOMEM && grow_again(blobs, &partial->name, both->content)) {
        chunks = all;
    }
    if (chunks < all && errno == ENOMEM) {
        return false;
    }
    partial->chunks = chunks;
    partial->is_unread = is_unread || (chunks < all && errno == EIO);
    partial->is_cut = false;
    return true;
}

// Waits for what is on its way. Whether it failed is seen by reading.
static void settle(int file)
{
    (void)fdatasync(file);
    (void)sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE); // a sync that fails at once does not wait for the rest
}

// What the disk failed to take stays in memory as if it had, and what is on its way may fail yet: only what is read from the disk itself is believed.
static void forget_cached(const struct both *both)
{
    settle(both->content);
    settle(both->tree);
    posix_fadvise(both->content, 0, 0, POSIX_FADV_DONTNEED);
    posix_fadvise(both->tree, 0, 0, POSIX_FADV_DONTNEED);
}

// What lies in `partial` of the file, looked at if it was not since the start or since the disk failed. What is behind the good chunks stays until others are
// to have its place: the disk may read it another time, and nobody else may have it. False: the disk.
static bool know(struct blobs *blobs, struct partial *partial)
{
    if (partial->is_known) {
        return true;
    }
    struct both both;
    take_back_tree(blobs, &partial->name);
    shut(&partial->open);
    if (open_both(blobs->partial, &partial->name, O_RDWR | O_CREAT, &both)) {
        forget_cached(&both);
        partial->is_known = count(blobs, partial, &both);
    }
    shut(&both);
    return partial->is_known;
}

// ------------------------------------------------------------------------------------------------------- whole

static bool move(struct blobs *blobs, const struct file_name *name, const char *suffix)
{
    char text[NAME_BYTES];
    format_name(name, suffix, text);
    return renameat(blobs->partial, text, blobs->files, text) == 0;
}

static bool sync_names(const struct blobs *blobs)
{
    return fsync(blobs->files) == 0 && fsync(blobs->partial) == 0;
}

// Everything is on disk before it has its name, and the name before anybody hears of it.
static bool finish(struct blobs *blobs, const struct file_name *name, const struct both *both)
{
    return leaves_finish(name, both->tree) && ftruncate(both->content, (off_t)name->size) == 0 && fsync(both->content) == 0 && fsync(both->tree) == 0 &&
           move(blobs, name, TREE) && move(blobs, name, "") && sync_names(blobs);
}

static bool sync_data(struct partial *partial)
{
    partial->unsynced = 0;
    return fdatasync(partial->open.content) == 0 && fdatasync(partial->open.tree) == 0;
}

// Opens it to be added to. Of too many, the one that was added to least lately makes room.
static bool open_partial(struct blobs *blobs, struct partial *partial)
{
    struct partial *oldest = NULL;
    unsigned open = 0;
    partial->added_at = ++blobs->added;
    if (partial->open.tree >= 0) {
        return true;
    }
    for (struct partial *other = blobs->first; other != NULL; other = other->next) {
        bool is_open = other->open.tree >= 0;
        open += is_open;
        oldest = is_open && (oldest == NULL || other->added_at < oldest->added_at) ? other : oldest;
    }
    if (open == OPEN_MOST) {
        oldest->is_known = sync_data(oldest) && oldest->is_known;
        shut(&oldest->open);
    }
    return open_both(blobs->partial, &partial->name, O_RDWR | O_CREAT, &partial->open);
}

// A chunk is on its way to the disk while the next are proven, and there when some more have come: neither a sync of this file nor one of the journal
// has much to wait for. Its pages are the next chunks' then: memory that nobody has used yet costs a machine more than the copying. Some systems do not
// know this call or forbid it; there the syncs have more to do.
static bool write_back(struct partial *partial)
{
    const int content = partial->open.content;
    const off_t at = (off_t)partial->chunks * CHUNK_BYTES;
    const off_t earlier = at - (off_t)BEHIND_CHUNKS * CHUNK_BYTES;
    bool flows = sync_file_range(content, at, CHUNK_BYTES, SYNC_FILE_RANGE_WRITE) == 0;
    if (!flows && errno != ENOSYS && errno != EPERM) {
        return false;
    }
    if (flows && earlier >= 0) {
        if (sync_file_range(content, earlier, CHUNK_BYTES, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) != 0) {
            return false; // and no later sync would tell
        }
        posix_fadvise(content, earlier, CHUNK_BYTES, POSIX_FADV_DONTNEED);
    }
    return ++partial->unsynced < SYNC_CHUNKS || sync_data(partial);
}

// What was found of a chunk that is to be added.
struct found {
    struct digest sum; // of one that is to go
    struct digest leaf;
};

static bool is_proven(const struct file_name *name, const struct blob_chunk *chunk, const struct digest *leaf)
{
    struct tree_proven nothing = {.any = false};
    const struct tree_place place = {chunk->index, attachment_chunks(name->size), chunk->path, chunk->path_count};
    return tree_prove(name->suite, leaf, &place, &name->root, &nothing);
}

// A block that the disk cannot read can be given up, but not written to in part. Prints go with it.
static bool cut(struct partial *partial)
{
    partial->is_cut = partial->is_cut || (ftruncate(partial->open.content, (off_t)partial->chunks * CHUNK_BYTES) == 0 &&
                                          ftruncate(partial->open.tree, (off_t)partial->chunks * DIGEST_BYTES) == 0);
    return partial->is_cut;
}

static bool write_chunk(const struct partial *partial, const struct blob_chunk *chunk, const struct found *found)
{
    const struct both *both = &partial->open;
    return leaves_write_at(both->content, chunk->content.data, chunk->content.size, (uint64_t)chunk->index * CHUNK_BYTES) &&
           leaves_write_at(both->tree, found->leaf.bytes, DIGEST_BYTES, (uint64_t)chunk->index * DIGEST_BYTES) &&
           (!chunk->is_to_go || leaves_keep_print(&partial->name, both->tree, chunk->index, &found->leaf, &found->sum));
}

static enum blob_outcome append(struct blobs *blobs, struct partial *partial, const struct blob_chunk *chunk, const struct found *found)
{
    const struct file_name name = partial->name;
    bool last = chunk->index + 1 == attachment_chunks(name.size);
    bool good = open_partial(blobs, partial) && cut(partial) && write_chunk(partial, chunk, found) &&
                (last ? finish(blobs, &name, &partial->open) : write_back(partial));
    if (!good) {
        partial->is_known = false; // what of it reached the disk is looked at before the next
        return BLOB_FAILED;
    }
    partial->chunks++;
    if (last) {
        forget_partial(blobs, &name);
    }
    return last ? BLOB_WHOLE : BLOB_KEPT;
}

// All of its chunks were here when the last start came between them and their place.
static enum blob_outcome finish_late(struct blobs *blobs, const struct file_name *name)
{
    struct both both;
    bool good = open_both(blobs->partial, name, O_RDWR, &both) && finish(blobs, name, &both);
    shut(&both);
    if (good) {
        forget_partial(blobs, name);
    }
    return good ? BLOB_WHOLE : BLOB_FAILED;
}

static enum blob_outcome look(struct blobs *blobs, const struct file_name *name, struct partial **out_partial, uint32_t *out_chunks)
{
    *out_partial = find_partial(blobs, name);
    *out_chunks = 0;
    if (blob_has(blobs, name)) {
        if (*out_partial != NULL && !sync_names(blobs)) { // they failed when it had its name
            return BLOB_FAILED;
        }
        forget_partial(blobs, name);
        *out_partial = NULL;
        *out_chunks = attachment_chunks(name->size);
        return BLOB_WHOLE;
    }
    if (*out_partial != NULL && !know(blobs, *out_partial)) {
        return BLOB_FAILED;
    }
    *out_chunks = *out_partial == NULL ? 0 : (*out_partial)->chunks;
    if (*out_chunks < attachment_chunks(name->size)) {
        return BLOB_KEPT;
    }
    enum blob_outcome outcome = finish_late(blobs, name);
    if (outcome == BLOB_FAILED && errno != EBADMSG) {
        (*out_partial)->is_known = false;
    } else if (outcome == BLOB_FAILED) { // content and leaves agree on something else: all is to come again
        (*out_partial)->chunks = 0;
        (*out_partial)->is_cut = false;
        *out_chunks = 0;
        return BLOB_KEPT;
    }
    return outcome;
}

enum blob_outcome blob_look(struct blobs *blobs, const struct file_name *name, uint32_t *out_chunks)
{
    struct partial *partial;
    return look(blobs, name, &partial, out_chunks);
}

enum blob_outcome blob_take(struct blobs *blobs, const struct file_name *name, const struct blob_chunk *chunk, uint32_t *out_chunks)
{
    struct partial *partial;
    struct found found;
    enum blob_outcome outcome = look(blobs, name, &partial, out_chunks);
    if (outcome != BLOB_KEPT) {
        return outcome;
    }
    if (chunk->index != *out_chunks) {
        return chunk->index < *out_chunks ? BLOB_HAD : BLOB_GAP;
    }
    if (chunk->content.size != attachment_chunk_bytes(name->size, chunk->index)) {
        return BLOB_BAD;
    }
    if (chunk->is_to_go) {
        leaves_sum(name, chunk->content, &found.sum);
    }
    tree_chunk_leaf(name->suite, chunk->content, &found.leaf);
    if (!is_proven(name, chunk, &found.leaf)) {
        return BLOB_BAD;
    }
    if (partial == NULL && !remember(blobs, name, 0)) {
        errno = ENOMEM;
        return BLOB_FAILED;
    }
    partial = find_partial(blobs, name);
    partial->is_known = true;
    outcome = append(blobs, partial, chunk, &found);
    *out_chunks += outcome == BLOB_KEPT || outcome == BLOB_WHOLE;
    return outcome;
}

// ----------------------------------------------------------------------------------------------------- reading

// What another try would not mend: the bytes are gone or others, or the disk says that it cannot read them.
static bool is_loss(int error)
{
    return error == ENOENT || error == ENODATA || error == EBADMSG || error == EIO;
}

// Leaves that lead to the root stand in `partial` afterwards. False: errno says why.
static bool bring_leaves(struct blobs *blobs, const struct file_name *name, int content)
{
    char text[NAME_BYTES];
    format_name(name, TREE, text);
    int tree = open_file(blobs->files, name, TREE, O_RDONLY);
    bool leads = tree >= 0 && leaves_lead(name, tree);
    bool good = leads ? renameat(blobs->files, text, blobs->partial, text) == 0 : grow_again(blobs, name, content);
    int error = errno;
    if (tree >= 0) {
        close(tree);
    }
    errno = error;
    return good;
}

// It is not what its name says, and goes back among what is not whole: chunks before the first that is bad need not come again. What cannot be told from
// other content goes; what the disk cannot read now goes back as it is, as it may another time.
static void take_back(struct blobs *blobs, const struct file_name *name)
{
    char text[NAME_BYTES];
    bool is_back = find_partial(blobs, name) != NULL;
    if (is_back) {
        take_back_tree(blobs, name);
    }
    errno = ENOENT;
    int content = is_back ? -1 : open_file(blobs->files, name, "", O_RDONLY);
    bool good = content >= 0 && bring_leaves(blobs, name, content);
    int error = errno;
    if (content >= 0) {
        close(content);
    }
    if (!good && !is_loss(error)) {
        return; // memory or descriptors ran short
    }
    bool unreadable = !good && error == EIO;
    format_name(name, "", text);
    if ((good || unreadable) && (renameat(blobs->files, text, blobs->partial, text) != 0 || !remember(blobs, name, 0))) {
        return;
    }
    if (!unreadable) { // else its tree follows when it is looked at
        remove_file(blobs->files, name);
    }
}

// False: errno says why; EBADMSG: the bytes are others.
static bool read_proven(const struct file_name *name, const struct both *both, struct blob_chunk *chunk, uint8_t *out_content, uint8_t *out_path)
{
    struct digest leaf;
    if (!leaves_read_at(both->content, out_content, chunk->content.size, (uint64_t)chunk->index * CHUNK_BYTES) ||
        !leaves_read_path(name, both->tree, chunk->index, out_path, &chunk->path_count)) {
        return false;
    }
    if (!leaves_match_print(name, both->tree, chunk->index, chunk->content, &leaf)) {
        tree_chunk_leaf(name->suite, chunk->content, &leaf);
    }
    errno = EBADMSG;
    return is_proven(name, chunk, &leaf);
}

enum blob_outcome blob_read(struct blobs *blobs, const struct file_name *name, uint32_t index, uint8_t out_content[CHUNK_BYTES], size_t *out_size,
                            uint8_t out_path[LIMIT_PATH_BYTES], size_t *out_path_count)
{
    if (index >= attachment_chunks(name->size)) {
        errno = EINVAL;
        return BLOB_FAILED;
    }
    struct both both;
    bool good = open_both(blobs->files, name, O_RDONLY, &both);
    struct blob_chunk chunk = {.index = index, .path = out_path, .content = {out_content, attachment_chunk_bytes(name->size, index)}};
    if (good) {
        posix_fadvise(both.content, 0, 0, POSIX_FADV_RANDOM); // no reading ahead: a disk may be set to megabytes of it, behind which the turn's syncs would wait
        good = read_proven(name, &both, &chunk, out_content, out_path);
    }
    int error = errno;
    *out_size = chunk.content.size;
    *out_path_count = chunk.path_count;
    shut(&both);
    if (!good && is_loss(error)) {
        take_back(blobs, name);
    }
    errno = error;
    return good ? BLOB_KEPT : is_loss(error) ? BLOB_BAD : BLOB_FAILED;
}

enum blob_outcome blob_mend(struct blobs *blobs, const struct file_name *name, uint32_t *out_chunks)
{
    struct partial *partial = find_partial(blobs, name);
    if (partial != NULL && partial->is_unread) {
        partial->is_known = false; // the disk may read now what it could not
    }
    if (!blob_has(blobs, name)) {
        take_back(blobs, name);
    }
    return blob_look(blobs, name, out_chunks);
}

bool blob_holds(struct blobs *blobs, const struct file_name *name)
{
    struct both both = SHUT;
    bool good = blob_has(blobs, name) && open_both(blobs->files, name, O_RDONLY, &both) &&
                leaves_count_good(name, both.content, both.tree) == attachment_chunks(name->size) && leaves_lead(name, both.tree);
    shut(&both);
    return good;
}

// ---------------------------------------------------------------------------------------------------- by parts

bool blob_is_part(const struct blob_part *part, const struct file_name *name)
{
    struct digest commitment;
    if (part->suite != name->suite || part->size != name->size) {
        return false;
    }
    tree_commit(name->suite, part->salt, name->size, &name->root, &commitment);
    return memcmp(commitment.bytes, part->commitment.bytes, DIGEST_BYTES) == 0;
}

bool blob_find(struct blobs *blobs, const struct blob_part *part, struct file_name *out_name)
{
    for (const struct partial *partial = blobs->first; partial != NULL; partial = partial->next) {
        if (blob_is_part(part, &partial->name)) {
            *out_name = partial->name;
            return true;
        }
    }
    return false;
}

void blob_remove(struct blobs *blobs, const struct file_name *name)
{
    remove_file(blobs->files, name);
}

void blob_remove_partial(struct blobs *blobs, const struct file_name *name)
{
    forget_partial(blobs, name);
    remove_file(blobs->partial, name);
}
