// SPDX-License-Identifier: Apache-2.0
//
// Files beside the store: which chunks are taken, what of a torn one stays, and that every path read back leads to the root.
#include "unit/check.h"
#include "unit/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "wire/attachment.h"
#include "wire/text.h"
#include "wire/tree.h"

#include "store/blob.h"

enum { ARENA_BYTES = 64 << 20, PRINTS_AT = 4096 }; // of a file of few chunks

// A disk that cannot read some blocks of files, in place of the C library's calls. (By inode: a file goes from folder to folder.) A block that is written
// as a whole, or is no longer of the file, is put elsewhere; to change a part of it, or to end the file in it, it would have to be read.
enum { BLOCK_BYTES = 4096, UNREADABLE_MOST = 2, DIRTY_MOST = 256 };
static struct {
    ino_t file;
    off_t block;
} unreadable[UNREADABLE_MOST];

// What of it was changed and not synced since; and a file or folder that the disk failed to take: who has it open hears of it once, from a sync, and nobody
// when it was closed before. A file's last bytes then stay in memory, held for written by everybody, until they are forgotten there.
static struct {
    ino_t dirty[DIRTY_MOST];
    ino_t fails;
    unsigned spared; // syncs that still succeed
    ino_t lost;
    bool never_flows; // no sync_file_range
    off_t last_at; // the bytes last written to `fails`
    size_t last_size;
} disk;

static ino_t inode(int file)
{
    struct stat about;
    return fstat(file, &about) == 0 ? about.st_ino : 0;
}

static bool is_of(size_t which, int file)
{
    return unreadable[which].file != 0 && inode(file) == unreadable[which].file;
}

static void mark(ino_t which, ino_t from)
{
    size_t i = 0;
    while (i < DIRTY_MOST && disk.dirty[i] != from) {
        i++;
    }
    assert_true(i < DIRTY_MOST || from != 0);
    if (i < DIRTY_MOST) {
        disk.dirty[i] = which;
    }
}

static bool is_dirty(ino_t which)
{
    size_t i = 0;
    while (i < DIRTY_MOST && disk.dirty[i] != which) {
        i++;
    }
    return i < DIRTY_MOST;
}

static void mark_dirty(int file)
{
    mark(0, inode(file)); // once
    mark(inode(file), 0);
}

static bool fails(int file)
{
    if (disk.fails == 0 || inode(file) != disk.fails || disk.spared > 0) {
        disk.spared -= disk.spared > 0 && inode(file) == disk.fails;
        return false;
    }
    disk.lost = disk.fails;
    disk.fails = 0;
    errno = EIO;
    return true;
}

static int sync_file(int file, long call)
{
    if (fails(file)) {
        return -1;
    }
    mark(0, inode(file));
    return (int)syscall(call, file);
}

int fsync(int file)
{
    return sync_file(file, SYS_fsync);
}

int fdatasync(int file)
{
    return sync_file(file, SYS_fdatasync);
}

int close(int file)
{
    if (disk.fails != 0 && inode(file) == disk.fails && is_dirty(disk.fails)) {
        disk.lost = disk.fails;
        disk.fails = 0;
    }
    return (int)syscall(SYS_close, file);
}

// Who waits for it hears of what failed; it syncs nothing.
int sync_file_range(int file, off_t at, off_t size, unsigned flags)
{
    if (disk.never_flows) {
        errno = ENOSYS;
        return -1;
    }
    if ((flags & SYNC_FILE_RANGE_WAIT_AFTER) != 0 && fails(file)) {
        return -1;
    }
    return (int)syscall(SYS_sync_file_range, file, at, size, flags);
}

int renameat(int from, const char *old, int to, const char *new)
{
    mark_dirty(from);
    mark_dirty(to);
    return (int)syscall(SYS_renameat, from, old, to, new);
}

int posix_fadvise(int file, off_t at, off_t size, int advice)
{
    static const uint8_t nothing[CHUNK_BYTES];
    bool is_of_last = disk.last_at >= at && (size == 0 || disk.last_at < at + size);
    if (advice == POSIX_FADV_DONTNEED && disk.lost != 0 && inode(file) == disk.lost && is_of_last && !is_dirty(disk.lost)) { // else it stays there
        disk.lost = 0;
        assert_int_equal(syscall(SYS_pwrite64, file, nothing, disk.last_size, disk.last_at), disk.last_size);
    }
    return syscall(SYS_fadvise64, file, at, size, advice) == 0 ? 0 : errno;
}

ssize_t pread(int file, void *out, size_t size, off_t offset)
{
    for (size_t i = 0; i < UNREADABLE_MOST; i++) {
        if (is_of(i, file) && offset < unreadable[i].block + BLOCK_BYTES && offset + (off_t)size > unreadable[i].block) {
            errno = EIO;
            return -1;
        }
    }
    return syscall(SYS_pread64, file, out, size, offset);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
    for (size_t i = 0; i < UNREADABLE_MOST; i++) {
        const off_t block = unreadable[i].block;
        if (!is_of(i, file) || offset >= block + BLOCK_BYTES || offset + (off_t)size <= block) {
            continue;
        }
        if (offset > block || offset + (off_t)size < block + BLOCK_BYTES) {
            errno = EIO;
            return -1;
        }
        unreadable[i].file = 0;
    }
    mark_dirty(file);
    if (inode(file) == disk.fails) {
        disk.last_at = offset;
        disk.last_size = size;
    }
    return syscall(SYS_pwrite64, file, bytes, size, offset);
}

int ftruncate(int file, off_t size)
{
    for (size_t i = 0; i < UNREADABLE_MOST; i++) {
        if (is_of(i, file) && size > unreadable[i].block && size < unreadable[i].block + BLOCK_BYTES) {
            errno = EIO;
            return -1;
        }
        unreadable[i].file = is_of(i, file) && size <= unreadable[i].block ? 0 : unreadable[i].file;
    }
    mark_dirty(file);
    return (int)syscall(SYS_ftruncate, file, size);
}

static void make_unreadable(size_t which, const char *path, off_t byte)
{
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    unreadable[which].file = about.st_ino;
    unreadable[which].block = byte / BLOCK_BYTES * BLOCK_BYTES;
}

static void make_readable(void)
{
    memset(unreadable, 0, sizeof unreadable);
}

struct bench {
    struct scratch scratch;
    struct arena *arena;
    struct blobs *blobs;
};

static int bench_make(void **state)
{
    memset(&disk, 0, sizeof disk);
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    scratch_make(&bench->scratch);
    assert_int_equal(arena_new(ARENA_BYTES, &bench->arena), 0);
    assert_int_equal(blob_open(bench->scratch.path, &bench->blobs), 0);
    *state = bench;
    return 0;
}

static int bench_drop(void **state)
{
    struct bench *bench = *state;
    blob_close(&bench->blobs);
    arena_free(&bench->arena);
    scratch_remove(&bench->scratch);
    free(bench);
    return 0;
}

#define with_bench(test) cmocka_unit_test_setup_teardown(test, bench_make, bench_drop)

static void reopen(struct bench *bench)
{
    blob_close(&bench->blobs);
    assert_int_equal(blob_open(bench->scratch.path, &bench->blobs), 0);
}

// A file as whoever has it knows it.
struct sample {
    struct file_name name;
    uint32_t count;
    uint8_t *content;
    struct tree *tree;
};

static struct sample make_sample(struct bench *bench, enum suite suite, uint64_t size, uint8_t seed)
{
    struct sample sample = {.name = {.suite = suite, .size = size}, .count = attachment_chunks(size)};
    struct digest *leaves = arena_take_array(bench->arena, sample.count, sizeof *leaves);
    sample.content = arena_take(bench->arena, size + 1);
    for (uint64_t i = 0; i < size; i++) {
        sample.content[i] = (uint8_t)(seed + i * 31 + i / CHUNK_BYTES);
    }
    for (uint32_t i = 0; i < sample.count; i++) {
        const struct bytes chunk = {sample.content + (size_t)i * CHUNK_BYTES, attachment_chunk_bytes(size, i)};
        tree_chunk_leaf(suite, chunk, &leaves[i]);
    }
    sample.tree = tree_new(suite, leaves, sample.count, bench->arena);
    sample.name.root = *tree_root(sample.tree);
    return sample;
}

static struct digest path_of[LIMIT_PATH];

static struct blob_chunk chunk_of(const struct sample *sample, uint32_t index)
{
    return (struct blob_chunk){
        .index = index,
        .path = path_of[0].bytes,
        .path_count = tree_path(sample->tree, index, path_of),
        .content = {sample->content + (size_t)index * CHUNK_BYTES, attachment_chunk_bytes(sample->name.size, index)},
    };
}

static enum blob_outcome take(struct bench *bench, const struct sample *sample, uint32_t index, uint32_t *out_chunks)
{
    const struct blob_chunk chunk = chunk_of(sample, index);
    return blob_take(bench->blobs, &sample->name, &chunk, out_chunks);
}

static void take_up_to(struct bench *bench, const struct sample *sample, uint32_t end)
{
    for (uint32_t i = 0; i < end; i++) {
        uint32_t chunks;
        assert_int_equal(take(bench, sample, i, &chunks), i + 1 == sample->count ? BLOB_WHOLE : BLOB_KEPT);
        assert_int_equal(chunks, i + 1);
    }
}

static uint32_t look(struct bench *bench, const struct sample *sample, enum blob_outcome outcome)
{
    uint32_t chunks;
    assert_int_equal(blob_look(bench->blobs, &sample->name, &chunks), outcome);
    return chunks;
}

static void expect_whole(struct bench *bench, const struct sample *sample)
{
    uint8_t *content = arena_take(bench->arena, CHUNK_BYTES);
    assert_true(blob_has(bench->blobs, &sample->name));
    for (uint32_t i = 0; i < sample->count; i++) {
        uint8_t path[LIMIT_PATH_BYTES];
        size_t path_count;
        size_t size;
        struct digest leaf;
        struct tree_proven nothing = {.any = false};
        assert_int_equal(blob_read(bench->blobs, &sample->name, i, content, &size, path, &path_count), BLOB_KEPT);
        assert_int_equal(size, attachment_chunk_bytes(sample->name.size, i));
        assert_memory_equal(content, sample->content + (size_t)i * CHUNK_BYTES, size);
        tree_chunk_leaf(sample->name.suite, (struct bytes){content, size}, &leaf);
        const struct tree_place place = {i, sample->count, path, path_count};
        assert_true(tree_prove(sample->name.suite, &leaf, &place, &sample->name.root, &nothing));
    }
}

static void every_path_of_a_whole_file_leads_to_its_root(void **state)
{
    static const uint32_t counts[] = {1, 2, 3, 5, 8, 9};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (uint64_t rest = 0; rest < 2; rest++) {
            const struct sample sample =
                make_sample(bench, i % 2 == 0 ? SUITE_SM2_SM3 : SUITE_ED25519_SHA256, (uint64_t)counts[i] * CHUNK_BYTES - rest * 1000, (uint8_t)i);
            take_up_to(bench, &sample, sample.count);
            expect_whole(bench, &sample);
            assert_int_equal(look(bench, &sample, BLOB_WHOLE), sample.count);
            arena_reset(bench->arena);
        }
    }
}

static void empty_file_is_one_empty_chunk(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 0, 0);
    take_up_to(bench, &sample, 1);
    expect_whole(bench, &sample);
}

static void chunk_out_of_order_is_not_taken(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 5 * CHUNK_BYTES, 1);
    uint32_t chunks;
    assert_int_equal(take(bench, &sample, 1, &chunks), BLOB_GAP);
    take_up_to(bench, &sample, 2);
    assert_int_equal(take(bench, &sample, 0, &chunks), BLOB_HAD);
    assert_int_equal(take(bench, &sample, 3, &chunks), BLOB_GAP);
    assert_int_equal(chunks, 2);
    struct blob_chunk beyond = chunk_of(&sample, 4);
    beyond.index = 5;
    assert_int_equal(blob_take(bench->blobs, &sample.name, &beyond, &chunks), BLOB_GAP);
    assert_int_equal(look(bench, &sample, BLOB_KEPT), 2);
}

static void chunk_that_leads_elsewhere_is_not_taken(void **state)
{
    struct bench *bench = *state;
    struct sample sample = make_sample(bench, SUITE_SM2_SM3, 3 * CHUNK_BYTES, 1);
    uint32_t chunks;
    take_up_to(bench, &sample, 1);
    struct blob_chunk chunk = chunk_of(&sample, 1);
    sample.content[CHUNK_BYTES + 7] ^= 1;
    assert_int_equal(blob_take(bench->blobs, &sample.name, &chunk, &chunks), BLOB_BAD);
    sample.content[CHUNK_BYTES + 7] ^= 1;
    path_of[0].bytes[3] ^= 1;
    assert_int_equal(blob_take(bench->blobs, &sample.name, &chunk, &chunks), BLOB_BAD);
    chunk = chunk_of(&sample, 1);
    chunk.path_count--;
    assert_int_equal(blob_take(bench->blobs, &sample.name, &chunk, &chunks), BLOB_BAD);
    chunk = chunk_of(&sample, 1);
    chunk.content.size--;
    assert_int_equal(blob_take(bench->blobs, &sample.name, &chunk, &chunks), BLOB_BAD);
    chunk = chunk_of(&sample, 2);
    chunk.index = 1;
    assert_int_equal(blob_take(bench->blobs, &sample.name, &chunk, &chunks), BLOB_BAD);
    assert_int_equal(chunks, 1);
    assert_int_equal(take(bench, &sample, 1, &chunks), BLOB_KEPT);
}

static void what_was_there_at_the_start_is_gone_on_with(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 4 * CHUNK_BYTES, 1);
    uint32_t chunks;
    take_up_to(bench, &sample, 3);
    reopen(bench);
    assert_int_equal(look(bench, &sample, BLOB_KEPT), 3);
    assert_int_equal(take(bench, &sample, 3, &chunks), BLOB_WHOLE);
    expect_whole(bench, &sample);
}

static char *path_to(struct bench *bench, const char *folder, const struct sample *sample, const char *suffix)
{
    const char *root = text_hex(bench->arena, (struct bytes){sample->name.root.bytes, DIGEST_BYTES});
    return arena_format(bench->arena, "%s/%s/%d-%s-%llu%s", bench->scratch.path, folder, (int)sample->name.suite, root,
                        (unsigned long long)sample->name.size, suffix);
}

static void spoil(const char *path, long offset)
{
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_int_equal(fputc(0x5a, file), 0x5a);
    assert_int_equal(fclose(file), 0);
}

static void torn_chunk_is_asked_for_again(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 4 * CHUNK_BYTES, 1);
    take_up_to(bench, &sample, 3);
    spoil(path_to(bench, "files/partial", &sample, ""), 1 * CHUNK_BYTES + 77);
    reopen(bench);
    assert_int_equal(look(bench, &sample, BLOB_KEPT), 1);
    uint32_t chunks;
    for (uint32_t i = 1; i < 4; i++) {
        assert_int_equal(take(bench, &sample, i, &chunks), i == 3 ? BLOB_WHOLE : BLOB_KEPT);
    }
    expect_whole(bench, &sample);
}

static void torn_leaf_or_tail_costs_no_more_than_what_is_behind_it(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 4 * CHUNK_BYTES, 1);
    take_up_to(bench, &sample, 3);
    spoil(path_to(bench, "files/partial", &sample, ".tree"), 2 * DIGEST_BYTES + 1);
    reopen(bench);
    assert_int_equal(look(bench, &sample, BLOB_KEPT), 2);
    blob_close(&bench->blobs);
    assert_int_equal(truncate(path_to(bench, "files/partial", &sample, ""), CHUNK_BYTES + 5), 0);
    assert_int_equal(blob_open(bench->scratch.path, &bench->blobs), 0);
    assert_int_equal(look(bench, &sample, BLOB_KEPT), 1);
}

// The tree has its name before the content has.
static void power_lost_between_the_two_names_costs_nothing(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 3 * CHUNK_BYTES, 1);
    take_up_to(bench, &sample, 3);
    blob_close(&bench->blobs);
    assert_int_equal(rename(path_to(bench, "files", &sample, ""), path_to(bench, "files/partial", &sample, "")), 0);
    assert_int_equal(blob_open(bench->scratch.path, &bench->blobs), 0);
    assert_int_equal(look(bench, &sample, BLOB_WHOLE), 3);
    expect_whole(bench, &sample);
}

static void same_bytes_are_whole_at_once(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 2 * CHUNK_BYTES, 1);
    uint32_t chunks;
    take_up_to(bench, &sample, 2);
    assert_int_equal(take(bench, &sample, 0, &chunks), BLOB_WHOLE);
    assert_int_equal(chunks, 2);
    const struct sample other = make_sample(bench, SUITE_ED25519_SHA256, 2 * CHUNK_BYTES, 1);
    assert_int_equal(take(bench, &other, 0, &chunks), BLOB_KEPT);
}

static void part_is_found_by_its_commitment(void **state)
{
    struct bench *bench = *state;
    static const uint8_t salt[SALT_BYTES] = "a salt of sixtee";
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 2 * CHUNK_BYTES, 1);
    struct blob_part part = {.suite = SUITE_SM2_SM3, .size = sample.name.size, .salt = salt};
    struct file_name found;
    tree_commit(SUITE_SM2_SM3, salt, sample.name.size, &sample.name.root, &part.commitment);
    assert_false(blob_find(bench->blobs, &part, &found));
    take_up_to(bench, &sample, 1);
    assert_true(blob_find(bench->blobs, &part, &found));
    assert_true(file_name_equals(&found, &sample.name));
    part.salt = (const uint8_t *)"another salt, 16";
    assert_false(blob_find(bench->blobs, &part, &found));
    blob_remove_partial(bench->blobs, &sample.name);
    assert_int_equal(look(bench, &sample, BLOB_KEPT), 0);
}

static bool count_one(void *context, const struct file_name *name, int64_t changed_s)
{
    (void)name;
    assert_true(changed_s > 0);
    ++*(size_t *)context;
    return true;
}

static void what_was_removed_is_gone(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 2 * CHUNK_BYTES, 1);
    size_t count = 0;
    take_up_to(bench, &sample, 2);
    scratch_write(arena_format(bench->arena, "%s/files/README", bench->scratch.path), (struct bytes){(const uint8_t *)"x", 1});
    scratch_write(arena_format(bench->arena, "%s/files/2-00-1", bench->scratch.path), (struct bytes){(const uint8_t *)"x", 1});
    blob_walk(bench->blobs, BLOB_FILES, count_one, &count);
    assert_int_equal(count, 1);
    blob_remove(bench->blobs, &sample.name);
    assert_false(blob_has(bench->blobs, &sample.name));
    assert_int_equal(access(path_to(bench, "files", &sample, ".tree"), F_OK), -1);
    uint8_t *content = arena_take(bench->arena, CHUNK_BYTES);
    uint8_t path[LIMIT_PATH_BYTES];
    size_t size;
    size_t path_count;
    assert_int_equal(blob_read(bench->blobs, &sample.name, 0, content, &size, path, &path_count), BLOB_BAD);
    assert_int_equal(blob_read(bench->blobs, &sample.name, 2, content, &size, path, &path_count), BLOB_FAILED);
}

static void take_to_hand_on(struct bench *bench, const struct sample *sample)
{
    for (uint32_t i = 0; i < sample->count; i++) {
        uint32_t chunks;
        struct blob_chunk chunk = chunk_of(sample, i);
        chunk.is_to_go = true;
        assert_int_equal(blob_take(bench->blobs, &sample->name, &chunk, &chunks), i + 1 == sample->count ? BLOB_WHOLE : BLOB_KEPT);
    }
}

static void prints_of_what_is_to_go_are_kept_behind_its_tree(void **state)
{
    struct bench *bench = *state;
    static const enum suite suites[] = {SUITE_SM2_SM3, SUITE_ED25519_SHA256};
    for (size_t i = 0; i < 2; i++) {
        const struct sample sample = make_sample(bench, suites[i], 3 * CHUNK_BYTES, 1);
        struct stat found;
        take_to_hand_on(bench, &sample);
        assert_int_equal(stat(path_to(bench, "files", &sample, ".tree"), &found), 0);
        assert_int_equal(found.st_size, suites[i] == SUITE_SM2_SM3 ? PRINTS_AT + 3 * DIGEST_BYTES : 6 * DIGEST_BYTES);
        expect_whole(bench, &sample);
    }
}

// ------------------------------------------------------------------------------------------------------ damage

static void change(const char *path, uint64_t offset)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    uint8_t byte;
    assert_int_equal(pread(fd, &byte, 1, (off_t)offset), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)offset), 1);
    close(fd);
}

static enum blob_outcome read_one(struct bench *bench, const struct sample *sample, uint32_t index)
{
    uint8_t *content = arena_take(bench->arena, CHUNK_BYTES);
    uint8_t path[LIMIT_PATH_BYTES];
    size_t size;
    size_t path_count;
    return blob_read(bench->blobs, &sample->name, index, content, &size, path, &path_count);
}

// It is fetched on from there, and then whole as it was.
static void expect_left(struct bench *bench, const struct sample *sample, uint32_t left)
{
    uint32_t chunks;
    assert_false(blob_has(bench->blobs, &sample->name));
    assert_int_equal(blob_mend(bench->blobs, &sample->name, &chunks), BLOB_KEPT);
    assert_int_equal(chunks, left);
    for (uint32_t i = left; i < sample->count; i++) {
        assert_int_equal(take(bench, sample, i, &chunks), i + 1 == sample->count ? BLOB_WHOLE : BLOB_KEPT);
    }
    expect_whole(bench, sample);
}

static void damaged_chunk_is_never_given_and_what_is_before_it_stays(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_ED25519_SHA256, 4 * CHUNK_BYTES + 7, 1);
    take_up_to(bench, &sample, sample.count);
    change(path_to(bench, "files", &sample, ""), (2 * CHUNK_BYTES) + 5);
    assert_int_equal(read_one(bench, &sample, 1), BLOB_KEPT);
    assert_true(blob_has(bench->blobs, &sample.name));
    assert_int_equal(read_one(bench, &sample, 2), BLOB_BAD);
    assert_int_equal(read_one(bench, &sample, 1), BLOB_BAD); // nor anything else of what is not whole
    expect_left(bench, &sample, 2);
    change(path_to(bench, "files", &sample, ""), 0);
    assert_int_equal(read_one(bench, &sample, 0), BLOB_BAD);
    reopen(bench);
    expect_left(bench, &sample, 0);
}

static void damaged_chunk_matches_no_print(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 3 * CHUNK_BYTES, 1);
    take_to_hand_on(bench, &sample);
    change(path_to(bench, "files", &sample, ""), CHUNK_BYTES + 5);
    assert_int_equal(read_one(bench, &sample, 0), BLOB_KEPT);
    assert_int_equal(read_one(bench, &sample, 1), BLOB_BAD);
    expect_left(bench, &sample, 1);
}

// Print, or leaf, or both are gone or others: the content speaks for itself.
static void damaged_print_costs_nothing(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, CHUNK_BYTES, 1);
    take_to_hand_on(bench, &sample);
    change(path_to(bench, "files", &sample, ".tree"), PRINTS_AT + 5);
    expect_whole(bench, &sample);
    change(path_to(bench, "files", &sample, ".tree"), PRINTS_AT + 5);
    change(path_to(bench, "files", &sample, ".tree"), 5);
    expect_whole(bench, &sample);
    make_unreadable(0, path_to(bench, "files", &sample, ".tree"), PRINTS_AT);
    expect_whole(bench, &sample);
    make_readable();
    assert_int_equal(truncate(path_to(bench, "files", &sample, ".tree"), DIGEST_BYTES), 0);
    expect_whole(bench, &sample);
}

static void file_cut_short_keeps_what_it_has(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 3 * CHUNK_BYTES, 1);
    take_up_to(bench, &sample, sample.count);
    assert_int_equal(truncate(path_to(bench, "files", &sample, ""), (2 * CHUNK_BYTES) + 100), 0);
    expect_left(bench, &sample, 2);
}

static void damaged_tree_or_one_that_is_gone_grows_again(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 3 * CHUNK_BYTES, 1);
    uint32_t chunks;
    take_up_to(bench, &sample, sample.count);
    change(path_to(bench, "files", &sample, ".tree"), DIGEST_BYTES + 1);
    assert_int_equal(read_one(bench, &sample, 0), BLOB_BAD); // its sibling is that leaf
    assert_int_equal(blob_mend(bench->blobs, &sample.name, &chunks), BLOB_WHOLE);
    expect_whole(bench, &sample);
    assert_int_equal(unlink(path_to(bench, "files", &sample, ".tree")), 0);
    assert_int_equal(blob_mend(bench->blobs, &sample.name, &chunks), BLOB_WHOLE);
    expect_whole(bench, &sample);
    change(path_to(bench, "files", &sample, ".tree"), 0);
    change(path_to(bench, "files", &sample, ""), CHUNK_BYTES);
    assert_int_equal(read_one(bench, &sample, 1), BLOB_BAD);
    expect_left(bench, &sample, 0); // nothing tells any more what of it is good
    assert_int_equal(unlink(path_to(bench, "files", &sample, "")), 0);
    expect_left(bench, &sample, 0);
}

static void what_the_disk_cannot_read_is_kept_until_it_can(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_ED25519_SHA256, 4 * CHUNK_BYTES + 7, 1);
    uint32_t chunks;
    take_up_to(bench, &sample, sample.count);
    make_unreadable(0, path_to(bench, "files", &sample, ""), (2 * CHUNK_BYTES) + 5);
    assert_int_equal(read_one(bench, &sample, 2), BLOB_BAD);
    assert_false(blob_has(bench->blobs, &sample.name));
    for (unsigned starts = 0; starts < 2; starts++) {
        assert_int_equal(blob_mend(bench->blobs, &sample.name, &chunks), BLOB_KEPT);
        assert_int_equal(chunks, 2);
        reopen(bench);
    }
    make_readable();
    assert_int_equal(blob_mend(bench->blobs, &sample.name, &chunks), BLOB_WHOLE);
    expect_whole(bench, &sample);

    // Its tree neither, or that is gone or damaged: nothing can be told from anything.
    for (unsigned tree = 0; tree < 3; tree++) {
        make_unreadable(0, path_to(bench, "files", &sample, ""), 5);
        const char *path = path_to(bench, "files", &sample, ".tree");
        if (tree == 0) {
            make_unreadable(1, path, 0);
        } else if (tree == 1) {
            assert_int_equal(unlink(path), 0);
        } else {
            change(path, DIGEST_BYTES + 1);
        }
        assert_int_equal(read_one(bench, &sample, 0), BLOB_BAD);
        assert_int_equal(blob_mend(bench->blobs, &sample.name, &chunks), BLOB_KEPT);
        assert_int_equal(chunks, 0);
        reopen(bench);
        assert_int_equal(blob_mend(bench->blobs, &sample.name, &chunks), BLOB_KEPT);
        make_readable();
        assert_int_equal(blob_mend(bench->blobs, &sample.name, &chunks), BLOB_WHOLE);
        expect_whole(bench, &sample);
    }
}

// Wherever it is, in the last block too, and in the tree as well.
static void what_the_disk_cannot_read_has_its_place_taken(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 4 * CHUNK_BYTES + 7, 1);
    take_up_to(bench, &sample, sample.count);
    for (uint32_t bad = 0; bad < sample.count; bad++) {
        for (unsigned tree = 0; tree < 2; tree++) {
            make_unreadable(0, path_to(bench, "files", &sample, ""), (off_t)bad * CHUNK_BYTES + 5);
            if (tree == 1) {
                make_unreadable(1, path_to(bench, "files", &sample, ".tree"), 0);
            }
            assert_int_equal(read_one(bench, &sample, bad), BLOB_BAD);
            expect_left(bench, &sample, tree == 1 ? 0 : bad);
        }
    }
    make_readable();
}

// Content and leaves that agree on something else, as somebody could make them.
static void what_agrees_on_something_else_comes_again(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 2 * CHUNK_BYTES, 1);
    const struct sample other = make_sample(bench, SUITE_SM2_SM3, 2 * CHUNK_BYTES, 2);
    take_up_to(bench, &other, other.count);
    assert_int_equal(rename(path_to(bench, "files", &other, ""), path_to(bench, "files/partial", &sample, "")), 0);
    assert_int_equal(rename(path_to(bench, "files", &other, ".tree"), path_to(bench, "files/partial", &sample, ".tree")), 0);
    reopen(bench);
    uint32_t chunks;
    assert_int_equal(take(bench, &sample, 0, &chunks), BLOB_KEPT);
    reopen(bench);
    assert_int_equal(blob_look(bench->blobs, &sample.name, &chunks), BLOB_KEPT);
    assert_int_equal(chunks, 1); // and is not forgotten
    assert_int_equal(take(bench, &sample, 1, &chunks), BLOB_WHOLE);
    expect_whole(bench, &sample);
}

// As a kill leaves it between the two names, of a file that is got again.
static void tree_that_has_its_name_first_is_taken_back(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 3 * CHUNK_BYTES, 1);
    uint32_t chunks;
    take_up_to(bench, &sample, sample.count);
    assert_int_equal(rename(path_to(bench, "files", &sample, ""), path_to(bench, "files/partial", &sample, "")), 0);
    reopen(bench);
    assert_int_equal(blob_mend(bench->blobs, &sample.name, &chunks), BLOB_WHOLE);
    expect_whole(bench, &sample);
}

static void file_that_grew_is_whole_again_by_itself(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 2 * CHUNK_BYTES, 1);
    uint32_t chunks;
    take_up_to(bench, &sample, sample.count);
    assert_int_equal(truncate(path_to(bench, "files", &sample, ""), (2 * CHUNK_BYTES) + 1), 0);
    assert_false(blob_has(bench->blobs, &sample.name));
    assert_int_equal(blob_mend(bench->blobs, &sample.name, &chunks), BLOB_WHOLE);
    expect_whole(bench, &sample);
}

static void expect_synced(void)
{
    for (size_t i = 0; i < DIRTY_MOST; i++) {
        assert_int_equal(disk.dirty[i], 0);
    }
}

static ino_t inode_at(const char *path)
{
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    return about.st_ino;
}

static void what_is_whole_is_on_the_disk_with_its_names(void **state)
{
    static const uint32_t counts[] = {1, 4, 5};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const struct sample sample = make_sample(bench, SUITE_ED25519_SHA256, (uint64_t)counts[i] * CHUNK_BYTES - 1, (uint8_t)i);
        memset(&disk, 0, sizeof disk);
        take_up_to(bench, &sample, sample.count);
        expect_synced();
    }
}

// Takes what is still missing, whatever the disk says; then all that is in memory only is forgotten there.
static void expect_whole_on_disk(struct bench *bench, const struct sample *sample)
{
    uint32_t chunks;
    enum blob_outcome outcome = blob_look(bench->blobs, &sample->name, &chunks);
    for (unsigned tries = 0; tries < 2 * sample->count && outcome != BLOB_WHOLE; tries++) {
        outcome = take(bench, sample, chunks, &chunks);
        if (outcome == BLOB_FAILED) {
            outcome = blob_look(bench->blobs, &sample->name, &chunks);
        }
    }
    assert_int_equal(outcome, BLOB_WHOLE);
    assert_int_equal(disk.fails, 0); // it has heard of it
    for (unsigned tree = 0; tree < 2; tree++) {
        int file = open(path_to(bench, "files", sample, tree == 0 ? "" : ".tree"), O_RDWR);
        assert_true(file >= 0);
        assert_int_equal(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
        assert_int_equal(close(file), 0);
    }
    expect_whole(bench, sample);
}

static void what_the_disk_failed_to_take_comes_again(void **state)
{
    static const uint32_t taken[] = {1, 5, 15, 16, 19}; // its next sync is one that waits for some chunks, for all of them, and the last
    struct bench *bench = *state;
    for (unsigned tree = 0; tree < 2; tree++) {
        for (size_t i = 0; i < 2 * sizeof taken / sizeof *taken; i++) {
            const struct sample sample = make_sample(bench, SUITE_ED25519_SHA256, 20 * CHUNK_BYTES, (uint8_t)(2 * i + tree));
            disk.never_flows = i % 2 == 1;
            take_up_to(bench, &sample, taken[i / 2]);
            disk.fails = inode_at(path_to(bench, "files/partial", &sample, tree == 0 ? "" : ".tree"));
            expect_whole_on_disk(bench, &sample);
            arena_reset(bench->arena);
        }
    }
}

// Every chunk is here, but the disk failed when it was looked at after a start: so it is looked at once more.
static void what_the_disk_failed_to_take_late_comes_again(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 3 * CHUNK_BYTES, 1);
    uint32_t chunks;
    take_up_to(bench, &sample, 2);
    disk.fails = inode_at(path_to(bench, "files/partial", &sample, ".tree"));
    assert_int_equal(take(bench, &sample, 2, &chunks), BLOB_FAILED);
    disk.lost = 0; // a loss of power, after which all of it is there by luck
    reopen(bench);
    disk.fails = inode_at(path_to(bench, "files/partial", &sample, ""));
    disk.spared = 1; // the one before it is read
    disk.last_at = 2 * CHUNK_BYTES;
    disk.last_size = CHUNK_BYTES;
    look(bench, &sample, BLOB_FAILED);
    assert_int_equal(look(bench, &sample, BLOB_KEPT), 2);
    expect_whole_on_disk(bench, &sample);
}

static void of_too_many_that_grow_one_is_synced_before_it_is_closed(void **state)
{
    struct bench *bench = *state;
    enum { MANY = 65 };
    struct sample samples[MANY];
    for (uint8_t i = 0; i < MANY; i++) {
        samples[i] = make_sample(bench, SUITE_ED25519_SHA256, CHUNK_BYTES + 1, i);
        if (i + 1 == MANY) {
            disk.fails = inode_at(path_to(bench, "files/partial", &samples[0], ""));
            disk.last_at = 0;
            disk.last_size = CHUNK_BYTES;
        }
        take_up_to(bench, &samples[i], 1);
    }
    assert_int_equal(look(bench, &samples[0], BLOB_KEPT), 0);
    for (size_t i = 0; i < MANY; i++) {
        expect_whole_on_disk(bench, &samples[i]);
    }
}

static void names_that_were_not_synced_are_synced_before_it_is_whole(void **state)
{
    struct bench *bench = *state;
    static const char *const folders[] = {"files", "files/partial"};
    for (unsigned i = 0; i < 2; i++) {
        const struct sample sample = make_sample(bench, SUITE_ED25519_SHA256, 2 * CHUNK_BYTES, (uint8_t)i);
        uint32_t chunks;
        take_up_to(bench, &sample, 1);
        disk.fails = inode_at(arena_format(bench->arena, "%s/%s", bench->scratch.path, folders[i]));
        assert_int_equal(take(bench, &sample, 1, &chunks), BLOB_FAILED);
        assert_int_equal(look(bench, &sample, BLOB_WHOLE), 2);
        expect_synced();
        expect_whole(bench, &sample);
    }
}

static void only_its_owner_may_read_a_file(void **state)
{
    struct bench *bench = *state;
    const struct sample sample = make_sample(bench, SUITE_SM2_SM3, 10, 1);
    struct stat found;
    take_up_to(bench, &sample, 1);
    assert_int_equal(stat(path_to(bench, "files", &sample, ""), &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    assert_int_equal(stat(arena_format(bench->arena, "%s/files/partial", bench->scratch.path), &found), 0);
    assert_int_equal(found.st_mode & 0777, 0700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_bench(every_path_of_a_whole_file_leads_to_its_root),
        with_bench(empty_file_is_one_empty_chunk),
        with_bench(chunk_out_of_order_is_not_taken),
        with_bench(chunk_that_leads_elsewhere_is_not_taken),
        with_bench(what_was_there_at_the_start_is_gone_on_with),
        with_bench(torn_chunk_is_asked_for_again),
        with_bench(torn_leaf_or_tail_costs_no_more_than_what_is_behind_it),
        with_bench(power_lost_between_the_two_names_costs_nothing),
        with_bench(same_bytes_are_whole_at_once),
        with_bench(part_is_found_by_its_commitment),
        with_bench(what_was_removed_is_gone),
        with_bench(prints_of_what_is_to_go_are_kept_behind_its_tree),
        with_bench(damaged_chunk_is_never_given_and_what_is_before_it_stays),
        with_bench(damaged_chunk_matches_no_print),
        with_bench(damaged_print_costs_nothing),
        with_bench(file_cut_short_keeps_what_it_has),
        with_bench(damaged_tree_or_one_that_is_gone_grows_again),
        with_bench(what_the_disk_cannot_read_is_kept_until_it_can),
        with_bench(what_the_disk_cannot_read_has_its_place_taken),
        with_bench(what_agrees_on_something_else_comes_again),
        with_bench(tree_that_has_its_name_first_is_taken_back),
        with_bench(file_that_grew_is_whole_again_by_itself),
        with_bench(what_is_whole_is_on_the_disk_with_its_names),
        with_bench(what_the_disk_failed_to_take_comes_again),
        with_bench(what_the_disk_failed_to_take_late_comes_again),
        with_bench(of_too_many_that_grow_one_is_synced_before_it_is_closed),
        with_bench(names_that_were_not_synced_are_synced_before_it_is_whole),
        with_bench(only_its_owner_may_read_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
