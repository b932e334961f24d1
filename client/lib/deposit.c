// SPDX-License-Identifier: Apache-2.0
#include "lib/deposit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/ask.h"
#include "lib/refusal.h"
#include "lib/rendering.h"
#include "wire/attachment.h"
#include "wire/file_name.h"
#include "wire/identity.h"
#include "wire/text.h"
#include "wire/tree.h"

enum { UNDER_WAY = 4 };

struct deposited {
    size_t count;
    Control__Attachment *items[LIMIT_PARTS];
};

// A file on its way in.
struct upload {
    struct liaison_session *session;
    int fd;
    struct file_name name;
    uint32_t count;
    struct tree *tree;
    uint8_t *buffer;
    liaison_progress progress;
    void *context;
    struct exchange *under_way[UNDER_WAY]; // in a ring, by index
    uint32_t next; // to be sent
    uint32_t done; // answered
};

static enum liaison_outcome fail_file(struct liaison_session *session, const char *path)
{
    return session_fail(session, LIAISON_FAILED, "%s: %s", path, strerror(errno));
}

static void tell(liaison_progress progress, void *context, uint64_t done, uint64_t total)
{
    if (progress != NULL) {
        progress(context, done < total ? done : total, total);
    }
}

static bool read_chunk(int fd, uint8_t *out, size_t size, uint64_t offset)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(fd, out + done, size - done, (off_t)(offset + done));
        if (got <= 0) {
            errno = got == 0 ? EIO : errno; // it became shorter
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

// ---------------------------------------------------------------------------------------- hashing

static enum liaison_outcome ask_suite(struct liaison_session *session, enum suite *out_suite)
{
    Control__Greet greet = CONTROL__GREET__INIT;
    Control__Request request = CONTROL__REQUEST__INIT;
    struct exchange *exchange;
    request.ask_case = CONTROL__REQUEST__ASK_GREET;
    request.greet = &greet;
    enum liaison_outcome outcome = ask_daemon(session, &request, &exchange);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    const Control__Reply *reply = exchange->replies[0];
    bool known = reply->answer_case == CONTROL__REPLY__ANSWER_GREETING &&
                 (reply->greeting->suite == SUITE_SM2_SM3 || reply->greeting->suite == SUITE_ED25519_SHA256);
    *out_suite = known ? (enum suite)reply->greeting->suite : SUITE_SM2_SM3;
    exchange_free(&session->queue, &exchange);
    return known ? LIAISON_DONE
                 : session_fail(session, LIAISON_FAILED, "the daemon is of a version without attachments");
}

static enum liaison_outcome hash_file(struct upload *upload, const char *path)
{
    struct liaison_session *session = upload->session;
    struct digest *leaves = arena_take_array(session->arena, upload->count, sizeof *leaves);
    if (leaves == NULL || hash_ready() != 0) {
        return session_no_memory(session);
    }
    for (uint32_t i = 0; i < upload->count; i++) {
        size_t size = attachment_chunk_bytes(upload->name.size, i);
        if (!read_chunk(upload->fd, upload->buffer, size, (uint64_t)i * CHUNK_BYTES)) {
            return fail_file(session, path);
        }
        tree_chunk_leaf(upload->name.suite, (struct bytes){upload->buffer, size}, &leaves[i]);
    }
    upload->tree = tree_new(upload->name.suite, leaves, upload->count, session->arena);
    if (upload->tree == NULL) {
        return session_no_memory(session);
    }
    upload->name.root = *tree_root(upload->tree);
    return LIAISON_DONE;
}

static enum liaison_outcome open_file(struct upload *upload, const char *path)
{
    struct liaison_session *session = upload->session;
    struct stat found;
    upload->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (upload->fd < 0 || fstat(upload->fd, &found) != 0) {
        return session_fail(session, LIAISON_USAGE, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(found.st_mode)) {
        return session_fail(session, LIAISON_USAGE, "%s: not a regular file", path);
    }
    if ((uint64_t)found.st_size > (uint64_t)LIMIT_LEAVES * CHUNK_BYTES) {
        return session_refuse_json(session, refusal_new("limit", "文件超过 16 GiB"));
    }
    upload->name.size = (uint64_t)found.st_size;
    upload->count = attachment_chunks(upload->name.size);
    upload->buffer = malloc(CHUNK_BYTES);
    return upload->buffer == NULL ? session_no_memory(session) : LIAISON_DONE;
}

// ---------------------------------------------------------------------------------------- sending

static ProtobufCBinaryData root_of(const struct file_name *name)
{
    return (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)name->root.bytes};
}

static enum liaison_outcome take_state(struct upload *upload, const Control__Reply *reply, uint32_t *out_chunks)
{
    if (reply->answer_case == CONTROL__REPLY__ANSWER_REFUSAL) {
        return session_refuse(upload->session, reply->refusal);
    }
    if (reply->answer_case != CONTROL__REPLY__ANSWER_FILE || reply->file->chunks > upload->count) {
        return session_fail(upload->session, LIAISON_FAILED, "the daemon's answer makes no sense");
    }
    *out_chunks = reply->file->whole ? upload->count : reply->file->chunks;
    return LIAISON_DONE;
}

static enum liaison_outcome ask_state(struct upload *upload)
{
    Control__FileAsk ask = CONTROL__FILE_ASK__INIT;
    Control__Request request = CONTROL__REQUEST__INIT;
    struct exchange *exchange;
    ask.root = root_of(&upload->name);
    ask.size = upload->name.size;
    request.ask_case = CONTROL__REQUEST__ASK_FILE_ASK;
    request.file_ask = &ask;
    enum liaison_outcome outcome = ask_daemon(upload->session, &request, &exchange);
    if (outcome == LIAISON_DONE) {
        outcome = take_state(upload, exchange->replies[0], &upload->done);
        exchange_free(&upload->session->queue, &exchange);
    }
    upload->next = upload->done;
    return outcome;
}

static enum liaison_outcome send_chunk(struct upload *upload)
{
    uint32_t index = upload->next;
    size_t size = attachment_chunk_bytes(upload->name.size, index);
    struct digest path[LIMIT_PATH];
    if (!read_chunk(upload->fd, upload->buffer, size, (uint64_t)index * CHUNK_BYTES)) {
        return fail_file(upload->session, "the file");
    }
    Control__FilePut put = CONTROL__FILE_PUT__INIT;
    Control__Request request = CONTROL__REQUEST__INIT;
    put.root = root_of(&upload->name);
    put.size = upload->name.size;
    put.index = index;
    put.path = (ProtobufCBinaryData){tree_path(upload->tree, index, path) * DIGEST_BYTES, path[0].bytes};
    put.content = (ProtobufCBinaryData){size, upload->buffer};
    request.ask_case = CONTROL__REQUEST__ASK_FILE_PUT;
    request.file_put = &put;
    struct exchange *exchange = exchange_start(&upload->session->queue, &request);
    if (exchange == NULL) {
        return session_no_memory(upload->session);
    }
    upload->under_way[index % UNDER_WAY] = exchange;
    upload->next++;
    return LIAISON_DONE;
}

static void forget_under_way(struct upload *upload)
{
    for (size_t i = 0; i < UNDER_WAY; i++) {
        exchange_free(&upload->session->queue, &upload->under_way[i]);
    }
}

// The oldest of those under way. What the daemon lost in between, in a restart, is sent again.
static enum liaison_outcome await_chunk(struct upload *upload)
{
    struct exchange **oldest = &upload->under_way[upload->done % UNDER_WAY];
    uint32_t chunks = 0;
    enum exchange_outcome waited = exchange_wait(upload->session, *oldest, session_deadline(upload->session));
    enum liaison_outcome outcome = ask_explain(upload->session, waited);
    if (outcome == LIAISON_DONE) {
        outcome = take_state(upload, (*oldest)->replies[0], &chunks);
    }
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    exchange_free(&upload->session->queue, oldest);
    if (chunks > upload->done) {
        upload->done++;
    } else {
        forget_under_way(upload);
        upload->done = chunks;
        upload->next = chunks;
    }
    return LIAISON_DONE;
}

static enum liaison_outcome send_file(struct upload *upload)
{
    enum liaison_outcome outcome = ask_state(upload);
    while (outcome == LIAISON_DONE && upload->done < upload->count) {
        tell(upload->progress, upload->context, (uint64_t)upload->done * CHUNK_BYTES, upload->name.size);
        while (outcome == LIAISON_DONE && upload->next < upload->count && upload->next - upload->done < UNDER_WAY) {
            outcome = send_chunk(upload);
        }
        outcome = outcome == LIAISON_DONE ? await_chunk(upload) : outcome;
    }
    forget_under_way(upload);
    if (outcome == LIAISON_DONE) {
        tell(upload->progress, upload->context, upload->name.size, upload->name.size);
    }
    return outcome;
}

static enum liaison_outcome put_file(struct liaison_session *session, const char *path, liaison_progress progress, void *context,
                                     struct file_name *out_name)
{
    struct upload upload = {.session = session, .fd = -1, .progress = progress, .context = context};
    enum liaison_outcome outcome = ask_suite(session, &upload.name.suite);
    if (outcome == LIAISON_DONE) {
        outcome = open_file(&upload, path);
    }
    if (outcome == LIAISON_DONE) {
        outcome = hash_file(&upload, path);
    }
    if (outcome == LIAISON_DONE) {
        outcome = send_file(&upload);
    }
    if (upload.fd >= 0) {
        close(upload.fd);
    }
    free(upload.buffer);
    *out_name = upload.name;
    return outcome;
}

static enum liaison_outcome give_name(struct liaison_session *session, const struct file_name *name, char **out_json)
{
    const char *root = text_hex(session->arena, (struct bytes){name->root.bytes, DIGEST_BYTES});
    json_t *json = root == NULL ? NULL : json_object();
    char size[24];
    snprintf(size, sizeof size, "%llu", (unsigned long long)name->size);
    rendering_set(&json, "root", json_string(root));
    rendering_set(&json, "size", json_string(size));
    rendering_set(&json, "suite_name", json_string(suite_name(name->suite)));
    return session_give(session, json, out_json);
}

enum liaison_outcome liaison_put(struct liaison_session *session, const char *path, liaison_progress progress, void *context, char **out_json)
{
    struct file_name name;
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    enum liaison_outcome outcome = put_file(session, path, progress, context, &name);
    return outcome == LIAISON_DONE ? give_name(session, &name, out_json) : outcome;
}

// -------------------------------------------------------------------------------------- attaching

static void free_attachment(Control__Attachment *attachment)
{
    free(attachment->name);
    free(attachment->media_type);
    free(attachment->document);
    free(attachment->evidence);
    free(attachment->collected_by);
    free(attachment->root.data);
    free(attachment);
}

static char *copy_text(const char *text)
{
    return strdup(text == NULL ? "" : text);
}

static Control__Attachment *make_attachment(const struct liaison_attachment *given, const struct file_name *name)
{
    const char *slash = strrchr(given->path, '/');
    Control__Attachment *attachment = calloc(1, sizeof *attachment);
    if (attachment == NULL) {
        return NULL;
    }
    control__attachment__init(attachment);
    attachment->name = copy_text(given->name != NULL ? given->name : slash == NULL ? given->path : slash + 1);
    attachment->media_type = copy_text(given->media_type);
    attachment->document = copy_text(given->document);
    attachment->evidence = copy_text(given->evidence);
    attachment->collected_by = copy_text(given->collected_by);
    attachment->collected_at = given->collected_at;
    attachment->original = given->original == LIAISON_ORIGINAL;
    attachment->size = name->size;
    attachment->root = (ProtobufCBinaryData){DIGEST_BYTES, malloc(DIGEST_BYTES)};
    if (attachment->root.data != NULL) {
        memcpy(attachment->root.data, name->root.bytes, DIGEST_BYTES);
    }
    if (attachment->name == NULL || attachment->media_type == NULL || attachment->document == NULL || attachment->evidence == NULL ||
        attachment->collected_by == NULL || attachment->root.data == NULL) {
        free_attachment(attachment);
        return NULL;
    }
    return attachment;
}

// The daemon judges again; here it is judged before a long file is sent in vain.
static enum liaison_outcome judge(struct liaison_session *session, const struct liaison_attachment *given)
{
    const char *slash = strrchr(given->path, '/');
    Wire__Part part = WIRE__PART__INIT;
    Wire__Part *const parts[] = {&part};
    const char *text = NULL;
    part.name = (char *)(given->name != NULL ? given->name : slash == NULL ? given->path : slash + 1);
    part.document = given->document == NULL ? part.document : (char *)given->document;
    part.evidence = given->evidence == NULL ? part.evidence : (char *)given->evidence;
    part.collected_at = given->collected_at;
    enum envelope_outcome outcome = attachment_judge(parts, 0, &text);
    return outcome == ENVELOPE_OK ? LIAISON_DONE : session_refuse_json(session, refusal_new(envelope_code(outcome), text));
}

enum liaison_outcome liaison_attach(struct liaison_session *session, const struct liaison_attachment *attachment, liaison_progress progress,
                                    void *context)
{
    struct file_name name;
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    if (session->deposited == NULL) {
        session->deposited = calloc(1, sizeof *session->deposited);
    }
    struct deposited *deposited = session->deposited;
    if (deposited == NULL) {
        return session_no_memory(session);
    }
    if (deposited->count == LIMIT_PARTS - 1) {
        return session_refuse_json(session, refusal_new("limit", "附件不超过 63 个"));
    }
    enum liaison_outcome outcome = judge(session, attachment);
    if (outcome == LIAISON_DONE) {
        outcome = put_file(session, attachment->path, progress, context, &name);
    }
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    Control__Attachment *made = make_attachment(attachment, &name);
    if (made == NULL) {
        return session_no_memory(session);
    }
    deposited->items[deposited->count++] = made;
    return LIAISON_DONE;
}

size_t deposit_attached(const struct liaison_session *session, Control__Attachment ***out_attachments)
{
    *out_attachments = session->deposited == NULL ? NULL : session->deposited->items;
    return session->deposited == NULL ? 0 : session->deposited->count;
}

void deposit_forget(struct liaison_session *session)
{
    for (size_t i = 0; session->deposited != NULL && i < session->deposited->count; i++) {
        free_attachment(session->deposited->items[i]);
    }
    free(session->deposited);
    session->deposited = NULL;
}

// ---------------------------------------------------------------------------------------- getting

// A file on its way out.
struct download {
    struct liaison_session *session;
    Control__FileGet get; // but for the index
    int fd;
    bool known;
    struct file_name name;
    uint32_t count;
    liaison_progress progress;
    void *context;
    struct exchange *under_way[UNDER_WAY];
    uint32_t next;
    uint32_t done;
};

static enum liaison_outcome ask_chunk(struct download *download)
{
    Control__FileGet get = download->get;
    Control__Request request = CONTROL__REQUEST__INIT;
    get.index = download->next;
    request.ask_case = CONTROL__REQUEST__ASK_FILE_GET;
    request.file_get = &get;
    struct exchange *exchange = exchange_start(&download->session->queue, &request);
    if (exchange == NULL) {
        return session_no_memory(download->session);
    }
    download->under_way[download->next % UNDER_WAY] = exchange;
    download->next++;
    return LIAISON_DONE;
}

// The first chunk says which file it is; if the caller named it by its root, it must be that.
static bool is_this_file(struct download *download, const Control__FileChunk *chunk)
{
    const ProtobufCBinaryData wanted = download->get.root;
    struct file_name name = {.suite = (enum suite)chunk->suite, .size = chunk->size};
    if (chunk->root.len != DIGEST_BYTES || chunk->size > (uint64_t)LIMIT_LEAVES * CHUNK_BYTES ||
        (chunk->suite != SUITE_SM2_SM3 && chunk->suite != SUITE_ED25519_SHA256)) {
        return false;
    }
    memcpy(name.root.bytes, chunk->root.data, DIGEST_BYTES);
    if (!download->known) {
        download->known = wanted.len == 0 || memcmp(wanted.data, name.root.bytes, DIGEST_BYTES) == 0;
        download->name = name;
        download->count = attachment_chunks(name.size);
    }
    return download->known && file_name_equals(&download->name, &name);
}

static bool leads_to_root(const struct download *download, const Control__FileChunk *chunk)
{
    struct tree_proven nothing = {.any = false};
    struct digest leaf;
    const struct tree_place place = {download->done, download->count, chunk->path.data, chunk->path.len / DIGEST_BYTES};
    if (chunk->content.len != attachment_chunk_bytes(download->name.size, download->done) || chunk->path.len % DIGEST_BYTES != 0 ||
        chunk->path.len > LIMIT_PATH_BYTES) {
        return false;
    }
    tree_chunk_leaf(download->name.suite, (struct bytes){chunk->content.data, chunk->content.len}, &leaf);
    return tree_prove(download->name.suite, &leaf, &place, &download->name.root, &nothing);
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, data, size);
        if (put < 0) {
            return false;
        }
        data += put;
        size -= (size_t)put;
    }
    return true;
}

static enum liaison_outcome take_chunk(struct download *download, const Control__Reply *reply)
{
    if (reply->answer_case == CONTROL__REPLY__ANSWER_REFUSAL) {
        return session_refuse(download->session, reply->refusal);
    }
    if (reply->answer_case != CONTROL__REPLY__ANSWER_CHUNK || !is_this_file(download, reply->chunk) || !leads_to_root(download, reply->chunk)) {
        return session_fail(download->session, LIAISON_FAILED, "the daemon's file is not what its root says");
    }
    if (!write_all(download->fd, reply->chunk->content.data, reply->chunk->content.len)) {
        return fail_file(download->session, "the file");
    }
    download->done++;
    return LIAISON_DONE;
}

static enum liaison_outcome receive(struct download *download)
{
    enum liaison_outcome outcome = hash_ready() == 0 ? LIAISON_DONE : session_no_memory(download->session);
    while (outcome == LIAISON_DONE && download->done < download->count) {
        while (outcome == LIAISON_DONE && download->next < download->count && download->next - download->done < UNDER_WAY) {
            outcome = ask_chunk(download);
        }
        struct exchange **oldest = &download->under_way[download->done % UNDER_WAY];
        if (outcome == LIAISON_DONE) {
            outcome = ask_explain(download->session, exchange_wait(download->session, *oldest, session_deadline(download->session)));
        }
        if (outcome == LIAISON_DONE) {
            outcome = take_chunk(download, (*oldest)->replies[0]);
            exchange_free(&download->session->queue, oldest);
            tell(download->progress, download->context, (uint64_t)download->done * CHUNK_BYTES, download->name.size);
        }
    }
    for (size_t i = 0; i < UNDER_WAY; i++) {
        exchange_free(&download->session->queue, &download->under_way[i]);
    }
    return outcome;
}

// Under another name until it is whole.
static enum liaison_outcome write_file(struct download *download, const char *path)
{
    struct liaison_session *session = download->session;
    char *aside = arena_format(session->arena, "%s.part", path);
    if (aside == NULL) {
        return session_no_memory(session);
    }
    download->fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (download->fd < 0) {
        return session_fail(session, LIAISON_USAGE, "%s: %s", aside, strerror(errno));
    }
    enum liaison_outcome outcome = receive(download);
    if (outcome == LIAISON_DONE && (fsync(download->fd) != 0 || rename(aside, path) != 0)) {
        outcome = fail_file(session, path);
    }
    close(download->fd);
    if (outcome != LIAISON_DONE) {
        unlink(aside);
    }
    return outcome;
}

static const Control__AttachmentView *find_attachment(const Control__Message *message, const char *name)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    for (size_t i = 0; i < message->n_attachments; i++) {
        if (strcmp(message->attachments[i]->name, name) == 0) {
            return message->attachments[i];
        }
    }
    return *name != '\0' && *end == '\0' && number >= 1 && number <= message->n_attachments ? message->attachments[number - 1] : NULL;
}

static enum liaison_outcome name_attachment(struct liaison_session *session, const char *message, const char *name, Control__FileGet *out_get)
{
    Control__Message *found;
    enum liaison_outcome outcome = ask_message(session, message, &found);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    const Control__AttachmentView *attachment = find_attachment(found, name);
    if (attachment == NULL) {
        return session_refuse_json(session, refusal_new("not-found", "该文书没有这个附件"));
    }
    out_get->author = found->header->author;
    out_get->id = found->header->id;
    out_get->part = attachment->part;
    return LIAISON_DONE;
}

static enum liaison_outcome name_file(struct liaison_session *session, const char *digest, Control__FileGet *out_get)
{
    uint8_t *root = arena_take(session->arena, DIGEST_BYTES);
    if (root == NULL) {
        return session_no_memory(session);
    }
    if (!text_parse_hex(digest, root, DIGEST_BYTES)) {
        return session_fail(session, LIAISON_USAGE, "a file is named by its digest, 64 hexadecimal digits");
    }
    out_get->root = (ProtobufCBinaryData){DIGEST_BYTES, root};
    return LIAISON_DONE;
}

enum liaison_outcome liaison_get(struct liaison_session *session, const char *message, const char *name, const char *path,
                                 liaison_progress progress, void *context, char **out_json)
{
    struct download download = {.session = session, .fd = -1, .count = 1, .progress = progress, .context = context};
    if (session_begin(session) != LIAISON_DONE) {
        return LIAISON_USAGE;
    }
    control__file_get__init(&download.get);
    enum liaison_outcome outcome = message == NULL ? name_file(session, name, &download.get) : name_attachment(session, message, name, &download.get);
    if (outcome == LIAISON_DONE) {
        outcome = write_file(&download, path);
    }
    return outcome == LIAISON_DONE ? give_name(session, &download.name, out_json) : outcome;
}
