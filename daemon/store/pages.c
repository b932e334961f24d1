// SPDX-License-Identifier: Apache-2.0
#include "store/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"

// mdb.c: struct MDB_page, MDB_node, MDB_db, MDB_meta.
enum { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_OVERFLOW = 4, PAGE_FORM = 0x2f };
enum { NODE_BIG = 1, NODE_TREE = 2 };
enum { HEADER_BYTES = 16, NODE_BYTES = 8, FIRST_PAGE = 2, DEPTH_MOST = 32 };
// How a tree's keys and values are ordered; in the free list's tree the rest of the field is the environment's.
enum { ORDER_FLAGS = 0x7e, FREE_ORDER = MDB_INTEGERKEY };

struct header {
    uint64_t number;
    uint16_t pad;
    uint16_t flags;
    uint16_t lower; // of a long value: with `upper` how many pages it takes
    uint16_t upper;
};

struct node {
    uint16_t low;
    uint16_t high;
    uint16_t flags;
    uint16_t key_size;
};

struct tree {
    uint32_t pad; // of the free list's tree: the size of a page
    uint16_t flags;
    uint16_t depth;
    uint64_t branch_pages;
    uint64_t leaf_pages;
    uint64_t overflow_pages;
    uint64_t entries;
    uint64_t root;
};

struct meta {
    struct header header;
    uint32_t magic;
    uint32_t version;
    uint64_t address;
    uint64_t map_bytes;
    struct tree free;
    struct tree main;
    uint64_t last;
    uint64_t turn;
};
_Static_assert(sizeof(struct header) == HEADER_BYTES && sizeof(struct tree) == 48 && sizeof(struct meta) == 152, "as LMDB lays them out");

// ------------------------------------------------------------------------------------------------- meta pages

static bool read_meta(int fd, uint64_t at, struct meta *out_meta)
{
    return pread(fd, out_meta, sizeof(*out_meta), (off_t)at) == (ssize_t)sizeof(*out_meta);
}

// The turn that freed pages last, as the free list of a meta page has it: each turn frees the root that it replaces, so it is the turn of that meta page. 0: none
// did, or the list cannot be read.
static uint64_t last_to_free(int fd, const struct meta *meta)
{
    const uint64_t page_bytes = meta->free.pad;
    uint64_t page = meta->free.root;
    uint64_t turn = 0;
    for (unsigned depth = meta->free.depth; depth > 0 && depth <= DEPTH_MOST && page <= meta->last; depth--) {
        const off_t start = (off_t)(page * page_bytes);
        struct header header;
        uint16_t at;
        struct {
            struct node node;
            uint64_t turn;
        } entry;
        if (pread(fd, &header, sizeof(header), start) != (ssize_t)sizeof(header) || header.lower < HEADER_BYTES + sizeof(at) ||
            pread(fd, &at, sizeof(at), start + header.lower - (off_t)sizeof(at)) != (ssize_t)sizeof(at) ||
            pread(fd, &entry, sizeof(entry), start + at) != (ssize_t)sizeof(entry)) {
            return 0;
        }
        page = entry.node.low | (uint64_t)entry.node.high << 16 | (uint64_t)entry.node.flags << 32;
        turn = entry.turn;
    }
    return turn;
}

// Both are zero in a file in which nothing was ever committed; the first turn has nothing to free.
static bool metas_follow(int fd, const struct meta metas[2])
{
    uint64_t newer = metas[0].turn > metas[1].turn ? metas[0].turn : metas[1].turn;
    return metas[0].free.pad == metas[1].free.pad && (newer == 0 || (metas[newer % 2].turn == newer && metas[1 - newer % 2].turn == newer - 1)) &&
           (newer < 2 || last_to_free(fd, &metas[newer % 2]) == newer);
}

int pages_check_metas(const char *path)
{
    struct meta metas[2];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return FAIL_ORIGIN(-errno, path);
    }
    bool good = read_meta(fd, 0, &metas[0]) && read_meta(fd, metas[0].free.pad, &metas[1]) && metas_follow(fd, metas);
    close(fd);
    return good ? 0 : FAIL_ORIGIN(-EIO, "a meta page of the store is damaged");
}

// ------------------------------------------------------------------------------------------------------ pages

struct check {
    const uint8_t *file;
    uint64_t page_count; // in the file
    uint64_t page_bytes;
    uint64_t last;
    uint8_t *seen;
    char *fault;
};

struct key_seen {
    const uint8_t *data;
    size_t size;
    bool is_bound; // a key of a branch: one in a leaf may equal it
};

// One tree as it is found.
struct walk_tree {
    struct check *check;
    bool is_free_list;
    bool is_main; // holds the others
    struct tree found;
    struct key_seen last;
};

static bool fault(struct check *check, uint64_t page, const char *what)
{
    if (check->fault[0] == '\0') {
        snprintf(check->fault, PAGES_FAULT_BYTES, "page %" PRIu64 " of the file %s", page, what);
    }
    return false;
}

static bool take_page(struct check *check, uint64_t page)
{
    if (page < FIRST_PAGE || page > check->last) {
        return fault(check, page, "does not exist and is pointed at");
    }
    if ((check->seen[page / 8] >> page % 8 & 1) != 0) {
        return fault(check, page, "is in two places");
    }
    check->seen[page / 8] |= (uint8_t)(1U << page % 8);
    return true;
}

static bool take_header(struct check *check, uint64_t page, unsigned form, struct header *out_header)
{
    if (!take_page(check, page)) {
        return false;
    }
    if (page >= check->page_count) {
        return fault(check, page, "is cut off");
    }
    memcpy(out_header, check->file + page * check->page_bytes, sizeof(*out_header));
    return (out_header->number == page && (out_header->flags & PAGE_FORM) == form) || fault(check, page, "is another");
}

static bool take_free(struct check *check, uint64_t page, const uint8_t *data, size_t size)
{
    uint64_t count = 0;
    if (size >= sizeof(count)) {
        memcpy(&count, data, sizeof(count));
    }
    if (size % sizeof(count) != 0 || count >= size / sizeof(count)) {
        return fault(check, page, "holds a bad list of free pages");
    }
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t number;
        memcpy(&number, data + i * sizeof(number), sizeof(number));
        if (!take_page(check, number)) {
            return false;
        }
    }
    return true;
}

static bool walk_tree(struct walk_tree *walk, const struct tree *told);

// A value that is too long for its page takes pages of its own.
static bool take_long(struct walk_tree *walk, uint64_t page, uint64_t size, const uint8_t **out_data)
{
    struct check *check = walk->check;
    struct header header;
    if (!take_header(check, page, PAGE_OVERFLOW, &header)) {
        return false;
    }
    uint64_t count = header.lower | (uint64_t)header.upper << 16;
    if (count != (HEADER_BYTES + size + check->page_bytes - 1) / check->page_bytes || count > check->page_count - page) {
        return fault(check, page, "begins a value of another length");
    }
    for (uint64_t i = 1; i < count; i++) {
        if (!take_page(check, page + i)) {
            return false;
        }
    }
    walk->found.overflow_pages += count;
    *out_data = check->file + page * check->page_bytes + HEADER_BYTES;
    return true;
}

static bool take_subtree(struct check *check, uint64_t page, const uint8_t *data, size_t size)
{
    struct tree told;
    struct walk_tree walk = {.check = check};
    if (size != sizeof(told)) {
        return fault(check, page, "names a tree that is none");
    }
    memcpy(&told, data, sizeof(told));
    return walk_tree(&walk, &told);
}

static bool take_value(struct walk_tree *walk, uint64_t page, const struct node *node, const uint8_t *data, size_t room)
{
    struct check *check = walk->check;
    size_t size = node->low | (size_t)node->high << 16;
    bool is_big = (node->flags & NODE_BIG) != 0;
    bool is_tree = (node->flags & NODE_TREE) != 0;
    uint64_t place;
    if ((is_big ? sizeof(place) : size) > room || is_tree != walk->is_main || (node->flags & ~(NODE_BIG | NODE_TREE)) != 0) {
        return fault(check, page, "holds a bad value");
    }
    if (is_big) {
        memcpy(&place, data, sizeof(place));
        if (!take_long(walk, place, size, &data)) {
            return false;
        }
    }
    walk->found.entries++;
    return is_tree ? take_subtree(check, page, data, size) : !walk->is_free_list || take_free(check, page, data, size);
}

// The free list is ordered by numbers in the machine's own form; its order matters to nobody.
static bool take_key(struct walk_tree *walk, uint64_t page, struct key_seen key)
{
    const struct key_seen *last = &walk->last;
    size_t least = key.size < last->size ? key.size : last->size;
    int order = last->data == NULL ? 1 : memcmp(key.data, last->data, least);
    order = order == 0 ? (key.size > last->size) - (key.size < last->size) : order;
    if (!walk->is_free_list && (order < 0 || (order == 0 && !last->is_bound))) {
        return fault(walk->check, page, "holds keys out of order");
    }
    walk->last = key;
    return true;
}

static bool take_node(struct walk_tree *walk, uint64_t page, unsigned index, unsigned at, unsigned depth);

static bool walk_page(struct walk_tree *walk, uint64_t page, unsigned depth)
{
    struct check *check = walk->check;
    struct header header;
    if (!take_header(check, page, depth == 1 ? PAGE_LEAF : PAGE_BRANCH, &header)) {
        return false;
    }
    walk->found.leaf_pages += depth == 1;
    walk->found.branch_pages += depth > 1;
    if (header.lower < HEADER_BYTES || header.lower > header.upper || header.upper > check->page_bytes || header.lower % 2 != 0) {
        return fault(check, page, "does not know how full it is");
    }
    for (unsigned i = 0; i < (header.lower - HEADER_BYTES) / 2U; i++) {
        uint16_t at;
        memcpy(&at, check->file + page * check->page_bytes + HEADER_BYTES + 2UL * i, sizeof(at));
        if (at < header.upper || !take_node(walk, page, i, at, depth)) {
            return fault(check, page, "points beside its nodes");
        }
    }
    return true;
}

static bool take_node(struct walk_tree *walk, uint64_t page, unsigned index, unsigned at, unsigned depth)
{
    struct check *check = walk->check;
    const uint8_t *data = check->file + page * check->page_bytes + at;
    struct node node;
    if (at + NODE_BYTES > check->page_bytes) {
        return fault(check, page, "points beside its nodes");
    }
    memcpy(&node, data, sizeof(node));
    if (at + NODE_BYTES + (uint64_t)node.key_size > check->page_bytes) {
        return fault(check, page, "holds a bad key");
    }
    bool has_key = depth == 1 || index > 0; // what is below a branch's first node has no bound
    if (has_key && !take_key(walk, page, (struct key_seen){data + NODE_BYTES, node.key_size, depth > 1})) {
        return false;
    }
    if (depth > 1) {
        return walk_page(walk, node.low | (uint64_t)node.high << 16 | (uint64_t)node.flags << 32, depth - 1);
    }
    return take_value(walk, page, &node, data + NODE_BYTES + node.key_size, check->page_bytes - at - NODE_BYTES - node.key_size);
}

static bool walk_tree(struct walk_tree *walk, const struct tree *told)
{
    const struct tree *found = &walk->found;
    bool is_empty = told->root == UINT64_MAX;
    if ((told->flags & ORDER_FLAGS) != (walk->is_free_list ? FREE_ORDER : 0) || told->depth > DEPTH_MOST || (told->depth == 0) != is_empty) {
        return fault(walk->check, told->root, "is the root of no tree of ours");
    }
    if (!is_empty && !walk_page(walk, told->root, told->depth)) {
        return false;
    }
    return (found->branch_pages == told->branch_pages && found->leaf_pages == told->leaf_pages && found->overflow_pages == told->overflow_pages &&
            found->entries == told->entries) ||
           fault(walk->check, told->root, "is the root of a tree that holds more or less than it says");
}

// Where the newer meta page could not be written LMDB gives it the number of the turn before the older one: the next turn writes it anew. A damaged
// number can look the same, so it is said, and the store opens.
static bool check_file(struct check *check, int fd)
{
    struct meta metas[2];
    memcpy(&metas[0], check->file, sizeof(metas[0]));
    memcpy(&metas[1], check->file + check->page_bytes, sizeof(metas[1]));
    size_t newer = metas[1].turn > metas[0].turn;
    const struct meta *meta = &metas[newer];
    if (last_to_free(fd, &metas[1 - newer]) > metas[1 - newer].turn) {
        return fault(check, 1 - newer, "holds a turn that was taken back: its commit failed, or its number is damaged");
    }
    struct walk_tree free_list = {.check = check, .is_free_list = true};
    struct walk_tree main = {.check = check, .is_main = true};
    check->last = meta->last;
    if (!walk_tree(&free_list, &meta->free) || !walk_tree(&main, &meta->main)) {
        return false;
    }
    for (uint64_t page = FIRST_PAGE; page <= check->last; page++) {
        if ((check->seen[page / 8] >> page % 8 & 1) == 0) {
            return fault(check, page, "is lost");
        }
    }
    return true;
}

int pages_check(MDB_env *env, char out_fault[PAGES_FAULT_BYTES])
{
    int fd;
    MDB_stat stat;
    MDB_envinfo info;
    struct stat file;
    out_fault[0] = '\0';
    if (mdb_env_get_fd(env, &fd) != 0 || mdb_env_stat(env, &stat) != 0 || mdb_env_info(env, &info) != 0) {
        return FAIL_ORIGIN(-EIO, "the store's file");
    }
    if (fstat(fd, &file) != 0) {
        return FAIL_ORIGIN(-errno, "the store's file");
    }
    const size_t size = (size_t)file.st_size;
    struct check check = {.page_bytes = stat.ms_psize, .page_count = size / stat.ms_psize, .fault = out_fault};
    if (check.page_count < FIRST_PAGE || info.me_last_pgno >= info.me_mapsize / stat.ms_psize) {
        fault(&check, info.me_last_pgno, "is said to be the last");
        return 0;
    }
    check.seen = calloc(1, info.me_last_pgno / 8 + 1);
    void *map = check.seen == NULL ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    int result = 0;
    if (map == MAP_FAILED) {
        result = FAIL_ORIGIN(-ENOMEM, "no memory to look through the store's file");
    } else {
        check.file = map;
        check_file(&check, fd);
        munmap(map, size);
    }
    free(check.seen);
    return result;
}
