// SPDX-License-Identifier: Apache-2.0
#include "power/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NODES = 64, NAMES = 64, NAME_BYTES = 64, ROOT = 0, NOWHERE = -1 };

struct content {
    uint8_t *data;
    size_t size;
    size_t room;
};

struct node {
    bool is_folder;
    struct content durable;
};

struct name {
    int folder;
    char text[NAME_BYTES];
    int node;
};

// The names of a disk, as they are now or as they are durably.
struct tree {
    struct name names[NAMES];
    size_t count;
};

// A step in terms of nodes. A rename is one step of both folders: it is there or it is not.
struct change {
    const struct disk_step *step;
    int node; // whose content, or whose name
    int folder;
    char text[NAME_BYTES];
    int to_folder;
    char to_text[NAME_BYTES];
};

struct disk {
    enum disk_syncs syncs;
    struct node nodes[NODES];
    int node_count;
    struct tree now;
    struct tree durable;
    struct change pending[DISK_PENDING];
    size_t pending_count;
};

__attribute__((noreturn)) static void give_up(const char *why)
{
    fprintf(stderr, "disk: %s\n", why);
    exit(2);
}

static void check(bool holds, const char *why)
{
    if (!holds) {
        give_up(why);
    }
}

uint64_t disk_chance(uint64_t *chance, uint64_t limit)
{
    *chance ^= *chance << 13;
    *chance ^= *chance >> 7;
    *chance ^= *chance << 17;
    return *chance % limit;
}

struct disk *disk_new(enum disk_syncs syncs)
{
    struct disk *disk = calloc(1, sizeof(*disk));
    check(disk != NULL, "no memory");
    disk->syncs = syncs;
    disk->nodes[ROOT].is_folder = true;
    disk->node_count = 1;
    return disk;
}

void disk_free(struct disk **disk)
{
    for (int i = 0; i < (*disk)->node_count; i++) {
        free((*disk)->nodes[i].durable.data);
    }
    free(*disk);
    *disk = NULL;
}

// --------------------------------------------------------------------------------------------------------- names

static struct name *find_name(struct tree *tree, int folder, const char *text)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->names[i].folder == folder && strcmp(tree->names[i].text, text) == 0) {
            return &tree->names[i];
        }
    }
    return NULL;
}

static void remove_name(struct tree *tree, int folder, const char *text)
{
    struct name *name = find_name(tree, folder, text);
    if (name != NULL) {
        *name = tree->names[--tree->count];
    }
}

static void put_name(struct tree *tree, int folder, const char *text, int node)
{
    remove_name(tree, folder, text);
    check(tree->count < NAMES, "too many names");
    struct name *name = &tree->names[tree->count++];
    *name = (struct name){.folder = folder, .node = node};
    snprintf(name->text, sizeof(name->text), "%s", text);
}

// The folder that a path leads to and the last word of it. False: a folder on the way is not known.
static bool walk(struct tree *tree, const char *path, size_t size, int *out_folder, char out_text[NAME_BYTES])
{
    int folder = ROOT;
    while (true) {
        const char *slash = memchr(path, '/', size);
        size_t length = slash == NULL ? size : (size_t)(slash - path);
        check(length < NAME_BYTES, "a name is too long");
        memcpy(out_text, path, length);
        out_text[length] = '\0';
        if (slash == NULL) {
            *out_folder = folder;
            return true;
        }
        struct name *name = find_name(tree, folder, out_text);
        if (name == NULL) {
            return false;
        }
        folder = name->node;
        path += length + 1;
        size -= length + 1;
    }
}

static void apply_name(struct tree *tree, const struct change *change)
{
    switch (change->step->head.form) {
    case STEP_MAKE_FOLDER:
    case STEP_CREATE:
        put_name(tree, change->folder, change->text, change->node);
        return;
    case STEP_REMOVE:
        remove_name(tree, change->folder, change->text);
        return;
    case STEP_RENAME:
        remove_name(tree, change->folder, change->text);
        put_name(tree, change->to_folder, change->to_text, change->node);
        return;
    default:
        return;
    }
}

// ------------------------------------------------------------------------------------------------------- content

static void resize(struct content *content, size_t size)
{
    if (size > content->room) {
        content->room = 2 * size;
        content->data = realloc(content->data, content->room);
        check(content->data != NULL, "no memory");
    }
    if (size > content->size) {
        memset(content->data + content->size, 0, size - content->size);
    }
    content->size = size;
}

static void write_some(struct content *content, const struct disk_step *step, size_t from, size_t to)
{
    size_t at = (size_t)step->head.offset;
    if (from < to) {
        resize(content, content->size > at + to ? content->size : at + to);
        memcpy(content->data + at + from, step->content + from, to - from);
    }
}

static void apply_content(struct content *content, const struct disk_step *step)
{
    if (step->head.form == STEP_TRUNCATE) {
        resize(content, (size_t)step->head.offset);
    } else {
        write_some(content, step, 0, step->head.content_bytes);
    }
}

// Where the sector that `from` lies in ends, counted from the start of the write.
static size_t sector_end(const struct disk_step *step, size_t from)
{
    size_t end = ((size_t)step->head.offset + from) / DISK_SECTOR_BYTES * DISK_SECTOR_BYTES + DISK_SECTOR_BYTES - (size_t)step->head.offset;
    return end < step->head.content_bytes ? end : step->head.content_bytes;
}

static void apply_torn(struct content *content, const struct disk_step *step, uint64_t *chance)
{
    uint64_t form = disk_chance(chance, 3);
    size_t cut = (size_t)disk_chance(chance, step->head.content_bytes);
    for (size_t from = 0, to; from < step->head.content_bytes; from = to) {
        to = sector_end(step, from);
        bool there = form == 0 ? to <= cut : form == 1 ? from > cut : disk_chance(chance, 2) == 0;
        if (there) {
            write_some(content, step, from, to);
        }
    }
}

// ---------------------------------------------------------------------------------------------------------- steps

static bool is_of_names(const struct change *change)
{
    return change->step->head.form != STEP_WRITE && change->step->head.form != STEP_TRUNCATE;
}

static bool is_synced_by(const struct change *change, int node)
{
    return is_of_names(change) ? change->folder == node || (change->step->head.form == STEP_RENAME && change->to_folder == node) : change->node == node;
}

static void make_durable(struct disk *disk, const struct change *change)
{
    if (is_of_names(change)) {
        apply_name(&disk->durable, change);
    } else {
        apply_content(&disk->nodes[change->node].durable, change->step);
    }
}

static void sync_node(struct disk *disk, int node)
{
    size_t left = 0;
    for (size_t i = 0; i < disk->pending_count; i++) {
        if (is_synced_by(&disk->pending[i], node)) {
            make_durable(disk, &disk->pending[i]);
        } else {
            disk->pending[left++] = disk->pending[i];
        }
    }
    disk->pending_count = left;
}

static int find_node(struct disk *disk, const struct disk_step *step)
{
    int folder;
    char text[NAME_BYTES];
    if (step->head.name_bytes == 0) {
        return ROOT;
    }
    struct name *name = walk(&disk->now, step->name, step->head.name_bytes, &folder, text) ? find_name(&disk->now, folder, text) : NULL;
    return name == NULL ? NOWHERE : name->node;
}

static int add_node(struct disk *disk, bool is_folder)
{
    check(disk->node_count < NODES, "too many files");
    disk->nodes[disk->node_count].is_folder = is_folder;
    return disk->node_count++;
}

static void do_name(struct disk *disk, struct change *change)
{
    const struct disk_step *step = change->step;
    enum step_form form = step->head.form;
    bool known = walk(&disk->now, step->name, step->head.name_bytes, &change->folder, change->text);
    if (form == STEP_RENAME) {
        known = known && walk(&disk->now, (const char *)step->content, step->head.content_bytes, &change->to_folder, change->to_text);
    }
    if (!known || (change->node == NOWHERE && form != STEP_MAKE_FOLDER && form != STEP_CREATE)) {
        return; // of a file that stood before the record began, or that stdio wrote
    }
    if (form == STEP_MAKE_FOLDER || form == STEP_CREATE) {
        change->node = add_node(disk, form == STEP_MAKE_FOLDER);
    }
    apply_name(&disk->now, change);
    disk->pending[disk->pending_count++] = *change;
}

void disk_do(struct disk *disk, const struct disk_step *step)
{
    struct change change = {.step = step, .node = find_node(disk, step)};
    check(disk->pending_count < DISK_PENDING, "too much is not synced");
    switch ((enum step_form)step->head.form) {
    case STEP_SAY:
        return;
    case STEP_SYNC:
        if (change.node != NOWHERE && disk->syncs == DISK_SYNCS_HOLD) {
            sync_node(disk, change.node);
        }
        return;
    case STEP_WRITE:
    case STEP_TRUNCATE:
        if (change.node != NOWHERE) {
            disk->pending[disk->pending_count++] = change;
        }
        return;
    case STEP_MAKE_FOLDER:
    case STEP_CREATE:
    case STEP_REMOVE:
    case STEP_RENAME:
        do_name(disk, &change);
        return;
    }
    give_up("the record is not whole");
}

void disk_finish(struct disk *disk, const struct disk_step *step)
{
    if ((step->head.flags & STEP_SYNCHRONOUS) == 0 || disk->syncs == DISK_SYNCS_LIE) {
        return;
    }
    for (size_t i = 0; i < disk->pending_count; i++) {
        if (disk->pending[i].step == step) {
            make_durable(disk, &disk->pending[i]);
            memmove(&disk->pending[i], &disk->pending[i + 1], (disk->pending_count - i - 1) * sizeof(disk->pending[0]));
            disk->pending_count--;
            return;
        }
    }
}

size_t disk_pending(const struct disk *disk)
{
    return disk->pending_count;
}

// ---------------------------------------------------------------------------------------------------------- images

static uint64_t mix(uint64_t digest, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    while (size >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes, sizeof(word));
        digest = (digest ^ word) * 0x9e3779b97f4a7c15u;
        digest ^= digest >> 29;
        bytes += sizeof(word);
        size -= sizeof(word);
    }
    while (size-- > 0) {
        digest = (digest ^ *bytes++) * 0x100000001b3u;
    }
    return digest;
}

static void write_file(const char *path, const struct content *content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool good = fd >= 0 && (content->size == 0 || write(fd, content->data, content->size) == (ssize_t)content->size);
    check(good && close(fd) == 0, "cannot write an image");
}

static uint64_t write_node(const struct disk *disk, struct tree *tree, const struct content *contents, int node, const char *path)
{
    if (!disk->nodes[node].is_folder) {
        write_file(path, &contents[node]);
        return mix((uint64_t)contents[node].size + 1, contents[node].data, contents[node].size);
    }
    check(mkdir(path, 0700) == 0 || errno == EEXIST, "cannot make a folder of an image");
    uint64_t digest = 1;
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->names[i].folder == node) {
            char below[PATH_MAX];
            snprintf(below, sizeof(below), "%s/%s", path, tree->names[i].text);
            digest += mix(write_node(disk, tree, contents, tree->names[i].node, below), tree->names[i].text, strlen(tree->names[i].text));
        }
    }
    return digest;
}

uint64_t disk_image(const struct disk *disk, const enum disk_fate *fates, uint64_t *chance, const char *folder)
{
    static struct content contents[NODES]; // the room stays for the next image
    static struct tree tree;
    tree = disk->durable;
    for (int i = 0; i < disk->node_count; i++) {
        const struct content *durable = &disk->nodes[i].durable;
        contents[i].size = 0;
        resize(&contents[i], durable->size);
        if (durable->size > 0) {
            memcpy(contents[i].data, durable->data, durable->size);
        }
    }
    for (size_t i = 0; i < disk->pending_count; i++) {
        const struct change *change = &disk->pending[i];
        if (fates[i] == DISK_LOST) {
            continue;
        }
        if (is_of_names(change)) {
            apply_name(&tree, change);
        } else if (fates[i] == DISK_TORN && change->step->head.form == STEP_WRITE) {
            apply_torn(&contents[change->node], change->step, chance);
        } else {
            apply_content(&contents[change->node], change->step);
        }
    }
    return write_node(disk, &tree, contents, ROOT, folder);
}
