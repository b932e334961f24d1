// SPDX-License-Identifier: Apache-2.0
#include "haul.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/attachment.h"

#include "base/fail.h"
#include "base/log.h"
#include "dispatch/client_reply.h"
#include "dispatch/fetch.h"
#include "porter.h"
#include "regain.h"

enum {
    HOUR_MS = 3600000,
    NAMES_AT_ONCE = 1024,
    LULL_MS = 100, // without a message, and attachments go as fast as they can
    READS_OF_A_PEER = 8, // asked for and not served yet
};

struct haul {
    struct daemon *daemon;
    struct porter *porter;
    struct fetches *fetches;
    struct regain *regain;
    struct port_job *handed[64]; // whose events the turn decides
    size_t handed_count;
    struct mono aged_at;
    struct mono message_at; // when one was decided
    bool sweep_due; // of what a client began to put and left
    uint64_t served;
    uint64_t refused;
};

int haul_new(struct daemon *daemon, struct haul **out_haul)
{
    struct haul *haul = calloc(1, sizeof(*haul));
    const struct porter_options options = {daemon->config.store, daemon->wakeup.workers};
    if (haul == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "haul");
    }
    haul->daemon = daemon;
    haul->message_at.ms = -LULL_MS;
    haul->aged_at.ms = -HOUR_MS; // the first look is at once, however young the machine
    int result = porter_new(&options, &haul->porter);
    result = result < 0 ? result : fetch_new(daemon->links, &haul->fetches);
    result = result < 0 ? result : regain_new(haul->porter, haul->fetches, &haul->regain);
    if (result < 0) {
        haul_free(&haul);
        return FAIL_HOP(result);
    }
    *out_haul = haul;
    return 0;
}

void haul_free(struct haul **haul)
{
    if (*haul == NULL) {
        return;
    }
    if ((*haul)->porter != NULL) {
        for (size_t i = 0; i < (*haul)->handed_count; i++) {
            porter_done((*haul)->porter, &(*haul)->handed[i]);
        }
    }
    regain_free(&(*haul)->regain);
    porter_free(&(*haul)->porter);
    fetch_free(&(*haul)->fetches);
    free(*haul);
    *haul = NULL;
}

// ------------------------------------------------------------------------------------------------------- start

struct sweep {
    struct haul *haul;
    struct view *view;
    struct blobs *blobs;
    struct arena *arena;
    int64_t oldest_s; // of what a client may still go on with, by the disk's clock
};

static struct sweep start_sweep(struct haul *haul, struct view *view, struct arena *arena)
{
    const int64_t kept_s = haul->daemon->config.attachment_keep * (HOUR_MS / 1000);
    return (struct sweep){haul, view, porter_blobs(haul->porter), arena, (int64_t)time(NULL) - kept_s};
}

static bool drop_unnamed(void *context, const struct file_name *name, int64_t changed_s)
{
    struct sweep *sweep = context;
    (void)changed_s;
    if (!view_has_file(sweep->view, name)) {
        blob_remove(sweep->blobs, name);
    }
    return true;
}

static bool is_awaited(struct sweep *sweep, const struct file_name *name)
{
    const char *const *agencies;
    size_t count = view_agencies(sweep->view, sweep->arena, &agencies);
    bool found = false;
    for (size_t i = 0; !found && i < count; i++) {
        struct part_place *places;
        size_t awaited = view_fetches(sweep->view, agencies[i], NAMES_AT_ONCE, sweep->arena, &places);
        for (size_t j = 0; !found && j < awaited; j++) {
            struct fetch_part part;
            if (fetch_fill(sweep->view, &places[j], sweep->arena, &part)) {
                const struct blob_part wanted = {part.suite, part.size, part.salt, part.commitment};
                found = blob_is_part(&wanted, name);
            }
        }
    }
    return found;
}

// What somebody goes on fetching, or a client may go on putting, stays; so does what is left of a file that was whole.
static bool drop_stale(void *context, const struct file_name *name, int64_t changed_s)
{
    struct sweep *sweep = context;
    bool stale = changed_s < sweep->oldest_s && !view_has_file(sweep->view, name) && !is_awaited(sweep, name);
    struct port_job *job = stale ? porter_new_job(sweep->haul->porter, PORT_FORGET, PORT_BARE) : NULL;
    if (job != NULL) {
        job->name = *name;
        porter_give(sweep->haul->porter, job);
    }
    return true;
}

int haul_start(struct haul *haul, struct view *view, struct arena *arena)
{
    struct sweep sweep = start_sweep(haul, view, arena);
    blob_walk(sweep.blobs, BLOB_FILES, drop_unnamed, &sweep);
    blob_walk(sweep.blobs, BLOB_PARTIAL, drop_stale, &sweep);
    return porter_start(haul->porter);
}

// ------------------------------------------------------------------------------------------------------ gather

static void name_part(struct port_job *job, const char *peer, const struct fetch_part *part)
{
    strcpy(job->peer, peer);
    strcpy(job->author, part->author);
    memcpy(job->id, part->id, ID_BYTES);
    memcpy(job->salt, part->salt, SALT_BYTES);
    job->position = part->position;
    job->part = part->part;
    job->is_part = true;
    job->commitment = part->commitment;
    job->name.suite = part->suite;
    job->name.size = part->size;
}

void haul_hear(struct haul *haul, const char *peer, const Wire__Chunk *chunk, struct mono now)
{
    const struct fetch_part *part = fetch_hear(haul->fetches, peer, chunk, now);
    struct port_job *job = part == NULL ? NULL : porter_new_job(haul->porter, PORT_TAKE, PORT_WITH_CHUNK);
    if (part != NULL && job == NULL) {
        fetch_settle(haul->fetches, peer, part->position, part->part, FETCH_FAILED, 0, now);
    }
    if (job == NULL) {
        return;
    }
    name_part(job, peer, part);
    memcpy(job->name.root.bytes, chunk->root.data, DIGEST_BYTES);
    job->index = chunk->index;
    job->path_count = chunk->path.len / DIGEST_BYTES;
    job->content_bytes = chunk->content.len;
    if (chunk->path.len > 0) {
        memcpy(job->path, chunk->path.data, chunk->path.len);
    }
    if (chunk->content.len > 0) {
        memcpy(job->content, chunk->content.data, chunk->content.len);
    }
    porter_give(haul->porter, job);
}

static void answer(struct haul *haul, const struct port_job *job, Control__Reply *reply, struct arena *arena)
{
    client_reply_send(haul->daemon->client_socket, &job->client, job->number, reply, arena);
}

static void refuse_client(struct haul *haul, const struct port_job *job, const char *code, const char *text, struct arena *arena)
{
    Control__Refusal refusal = CONTROL__REFUSAL__INIT;
    Control__Reply reply = CONTROL__REPLY__INIT;
    refusal.code = (char *)code;
    refusal.text = (char *)text;
    reply.answer_case = CONTROL__REPLY__ANSWER_REFUSAL;
    reply.refusal = &refusal;
    answer(haul, job, &reply, arena);
}

static void tell_state(struct haul *haul, struct port_job *job, struct arena *arena)
{
    Control__FileState state = CONTROL__FILE_STATE__INIT;
    Control__Reply reply = CONTROL__REPLY__INIT;
    state.root = (ProtobufCBinaryData){DIGEST_BYTES, job->name.root.bytes};
    state.size = job->name.size;
    state.chunks = job->chunks;
    reply.answer_case = CONTROL__REPLY__ANSWER_FILE;
    reply.file = &state;
    answer(haul, job, &reply, arena);
}

static void tell_chunk(struct haul *haul, struct port_job *job, struct arena *arena)
{
    Control__FileChunk chunk = CONTROL__FILE_CHUNK__INIT;
    Control__Reply reply = CONTROL__REPLY__INIT;
    chunk.root = (ProtobufCBinaryData){DIGEST_BYTES, job->name.root.bytes};
    chunk.size = job->name.size;
    chunk.suite = job->name.suite;
    chunk.index = job->index;
    chunk.path = (ProtobufCBinaryData){job->path_count * DIGEST_BYTES, job->path};
    chunk.content = (ProtobufCBinaryData){job->content_bytes, job->content};
    reply.answer_case = CONTROL__REPLY__ANSWER_CHUNK;
    reply.chunk = &chunk;
    answer(haul, job, &reply, arena);
}

// Is the file lost? Else the disk failed this time.
static bool note_failed(struct haul *haul, const struct port_job *job)
{
    if (job->outcome == PORT_LOST) {
        regain_add(haul->regain, &job->name);
        return true;
    }
    log_write(LOG_FILE_FAILED, "%s", strerror(job->error));
    return false;
}

static void answer_client(struct haul *haul, struct port_job *job, struct arena *arena)
{
    switch (job->outcome) {
    case PORT_DONE:
        if (job->form == PORT_READ) {
            tell_chunk(haul, job, arena);
        } else {
            tell_state(haul, job, arena);
        }
        return;
    case PORT_OTHER:
    case PORT_NOTHING:
        tell_state(haul, job, arena);
        return;
    case PORT_FALSE:
        refuse_client(haul, job, "commitment", "这一块与文件的摘要不符", arena);
        return;
    case PORT_WHOLE: // an event
        return;
    case PORT_LOST:
    case PORT_FAILED:
        break;
    }
    bool is_lost = note_failed(haul, job);
    refuse_client(haul, job, "disk", is_lost ? "附件缺失或损坏，正在重新取回" : job->form == PORT_READ ? "附件不能读取" : "附件不能写入磁盘", arena);
}

static void serve_chunk(struct haul *haul, struct port_job *job, struct mono now, struct arena *arena)
{
    Wire__Chunk chunk = WIRE__CHUNK__INIT;
    chunk.author = job->author;
    chunk.id = (ProtobufCBinaryData){ID_BYTES, job->id};
    chunk.part = job->part;
    chunk.index = job->index;
    if (job->outcome == PORT_DONE) {
        chunk.root = (ProtobufCBinaryData){DIGEST_BYTES, job->name.root.bytes};
        chunk.path = (ProtobufCBinaryData){job->path_count * DIGEST_BYTES, job->path};
        chunk.content = (ProtobufCBinaryData){job->content_bytes, job->content};
        haul->served++;
    } else {
        chunk.refusal = note_failed(haul, job) ? "not-held" : "busy";
    }
    fetch_served(haul->fetches, job->peer, now);
    peer_link_say(haul->daemon->links, job->peer, PEER_LINK_CHUNK, &chunk.base, arena); // what does not go through is asked for again
}

static void settle(struct haul *haul, const struct port_job *job, struct mono now)
{
    static const enum fetch_result results[] = {
        [PORT_DONE] = FETCH_KEPT,   [PORT_WHOLE] = FETCH_WHOLE, [PORT_NOTHING] = FETCH_KEPT,
        [PORT_OTHER] = FETCH_OTHER, [PORT_FALSE] = FETCH_FALSE, [PORT_LOST] = FETCH_OTHER,
        [PORT_FAILED] = FETCH_FAILED,
    };
    if (job->outcome == PORT_FAILED) {
        note_failed(haul, job);
    }
    fetch_settle(haul->fetches, job->peer, job->position, job->part, results[job->outcome], job->chunks, now);
}

// What became of a job that rules must hear of.
static bool make_event(const struct port_job *job, struct event *out_event)
{
    if ((job->outcome != PORT_WHOLE && job->outcome != PORT_FALSE) || (job->outcome == PORT_FALSE && job->peer[0] == '\0')) {
        return false;
    }
    *out_event = (struct event){.form = EVENT_FILE, .peer = job->peer[0] == '\0' ? NULL : job->peer};
    out_event->file = (struct file_event){
        .form = job->outcome == PORT_WHOLE ? FILE_WHOLE : FILE_FALSE,
        .name = job->name,
        .position = job->position,
        .part = job->part,
        .client = job->client,
        .number = job->number,
        .user = job->user,
    };
    return true;
}

static void take_result(struct haul *haul, struct port_job *job, struct gathered *gathered, struct mono now, struct arena *arena)
{
    struct event event;
    bool is_reading = job->form == PORT_READ;
    if (job->outcome == PORT_WHOLE) {
        regain_whole(haul->regain, &job->name);
    }
    if (job->peer[0] != '\0' && is_reading) {
        serve_chunk(haul, job, now, arena);
    } else if (job->peer[0] != '\0' && (job->form == PORT_TAKE || job->form == PORT_FIND)) {
        settle(haul, job, now);
    } else if (job->form == PORT_MEND) {
        regain_settle(haul->regain, job);
    } else if (is_reading || job->form == PORT_TAKE || job->form == PORT_LOOK) {
        answer_client(haul, job, arena);
    }
    if (job->form != PORT_MEND && make_event(job, &event)) {
        gathered->events[gathered->event_count++] = event;
        haul->handed[haul->handed_count++] = job;
    } else {
        porter_done(haul->porter, &job);
    }
}

static void gather_own(struct haul *haul, struct gathered *gathered, struct mono now, struct wall wall)
{
    enum file_form said;
    if (gathered->event_count < gathered->event_limit && regain_tell(haul->regain, &said)) {
        gathered->events[gathered->event_count++] = (struct event){.form = EVENT_FILE, .file = {.form = said}};
    }
    if (now.ms - haul->aged_at.ms > HOUR_MS && gathered->event_count < gathered->event_limit) {
        haul->aged_at = now;
        haul->sweep_due = true;
        struct event aged = {.form = EVENT_FILE, .file = {.form = FILE_AGED}};
        aged.file.until = wall.ms - haul->daemon->config.attachment_keep * HOUR_MS;
        gathered->events[gathered->event_count++] = aged;
    }
}

void haul_gather(struct haul *haul, struct gathered *gathered, struct mono now, struct wall wall, struct arena *arena)
{
    enum { MOST = sizeof(haul->handed) / sizeof(haul->handed[0]) };
    gather_own(haul, gathered, now, wall);
    while (gathered->event_count < gathered->event_limit && haul->handed_count < MOST) {
        struct port_job *job = porter_take(haul->porter);
        if (job == NULL) {
            return;
        }
        take_result(haul, job, gathered, now, arena);
    }
    gathered->more = true;
}

// ----------------------------------------------------------------------------------------------------- release

static void refuse_peer(struct haul *haul, const struct errand *errand, const char *refusal, struct arena *arena)
{
    Wire__Chunk chunk = WIRE__CHUNK__INIT;
    chunk.author = (char *)errand->part.author;
    chunk.id = (ProtobufCBinaryData){errand->part.id.size, (uint8_t *)errand->part.id.data};
    chunk.part = errand->part.part;
    chunk.index = errand->index;
    chunk.refusal = (char *)refusal;
    haul->refused++;
    peer_link_say(haul->daemon->links, errand->peer, PEER_LINK_CHUNK, &chunk.base, arena);
}

static void fill_job(struct port_job *job, const struct errand *errand)
{
    job->name = errand->name;
    job->client = errand->client;
    job->number = errand->number;
    job->index = errand->index;
    job->path_count = errand->path.size / DIGEST_BYTES;
    job->content_bytes = errand->content.size;
    if (errand->path.size > 0) {
        memcpy(job->path, errand->path.data, errand->path.size);
    }
    if (errand->content.size > 0) {
        memcpy(job->content, errand->content.data, errand->content.size);
    }
    if (errand->user != NULL) {
        memcpy(job->user, errand->user, strnlen(errand->user, sizeof(job->user) - 1));
    }
    if (errand->peer != NULL) {
        strcpy(job->peer, errand->peer);
        strcpy(job->author, errand->part.author);
        memcpy(job->id, errand->part.id.data, ID_BYTES);
        job->part = errand->part.part;
    }
}

static void give(struct haul *haul, const struct errand *errand, enum port_form form, struct arena *arena)
{
    bool crowded = errand->peer != NULL && porter_count_reads(haul->porter, errand->peer) >= READS_OF_A_PEER;
    struct port_job *job = crowded ? NULL : porter_new_job(haul->porter, form, form == PORT_LOOK ? PORT_BARE : PORT_WITH_CHUNK);
    if (job != NULL) {
        fill_job(job, errand);
        porter_give(haul->porter, job);
    } else if (errand->peer != NULL) {
        refuse_peer(haul, errand, "busy", arena);
    } else {
        const struct port_job asked = {.client = errand->client, .number = errand->number};
        refuse_client(haul, &asked, "busy", "附件处理繁忙", arena);
    }
}

static void stop(struct haul *haul, const struct errand *errand, struct view *view, struct arena *arena)
{
    const struct part_place place = {.position = errand->position, .part = errand->part.part};
    struct fetch_part part;
    fetch_stop(haul->fetches, errand->peer, errand->position, errand->part.part);
    regain_stop(haul->regain, errand->position, errand->part.part);
    struct port_job *job = fetch_fill(view, &place, arena, &part) ? porter_new_job(haul->porter, PORT_STOP, PORT_BARE) : NULL;
    if (job != NULL) {
        name_part(job, errand->peer, &part);
        porter_give(haul->porter, job);
    }
}

// What is about to make the file whole again will be decided when it has; if nobody wants it then it is dropped then.
static void drop(struct haul *haul, const struct errand *errand)
{
    struct port_job *job = porter_handles(haul->porter, &errand->name) ? NULL : porter_new_job(haul->porter, PORT_DROP, PORT_BARE);
    if (job != NULL) {
        job->name = errand->name;
        porter_give(haul->porter, job);
    }
}

void haul_run(struct haul *haul, const struct errand *errand, struct view *view, struct mono now, struct arena *arena)
{
    (void)now;
    switch (errand->form) {
    case ERRAND_LOOK:
        give(haul, errand, PORT_LOOK, arena);
        return;
    case ERRAND_TAKE:
        give(haul, errand, PORT_TAKE, arena);
        return;
    case ERRAND_READ:
        give(haul, errand, PORT_READ, arena);
        return;
    case ERRAND_REFUSE:
        refuse_peer(haul, errand, errand->refusal, arena);
        return;
    case ERRAND_FETCH:
        fetch_look(haul->fetches, errand->peer);
        return;
    case ERRAND_STOP:
        stop(haul, errand, view, arena);
        return;
    case ERRAND_DROP:
        drop(haul, errand);
        return;
    }
}

void haul_greeted(struct haul *haul, const char *peer)
{
    fetch_look(haul->fetches, peer);
    regain_greeted(haul->regain);
}

// ------------------------------------------------------------------------------------------------ between turns

uint64_t haul_room(const struct haul *haul)
{
    uint64_t quota = (uint64_t)haul->daemon->config.attachment_quota << 20;
    uint64_t used = store_state(haul->daemon->store)->file_bytes;
    return quota == 0 ? UINT64_MAX : used < quota ? quota - used : 0;
}

static void seek(struct haul *haul, struct mono now)
{
    const char *peer;
    for (const struct fetch_part *part = fetch_seek(haul->fetches, now, &peer); part != NULL; part = fetch_seek(haul->fetches, now, &peer)) {
        struct port_job *job = porter_new_job(haul->porter, PORT_FIND, PORT_BARE);
        if (job == NULL) {
            fetch_settle(haul->fetches, peer, part->position, part->part, FETCH_FAILED, 0, now);
            return;
        }
        name_part(job, peer, part);
        porter_give(haul->porter, job);
    }
}

void haul_give_way(struct haul *haul, struct mono now)
{
    haul->message_at = now;
}

void haul_pump(struct haul *haul, struct view *view, bool disk_full, struct mono now, struct arena *arena)
{
    for (size_t i = 0; i < haul->handed_count; i++) {
        porter_done(haul->porter, &haul->handed[i]);
    }
    haul->handed_count = 0;
    if (haul->sweep_due) {
        struct sweep sweep = start_sweep(haul, view, arena);
        blob_walk(sweep.blobs, BLOB_PARTIAL, drop_stale, &sweep);
        haul->sweep_due = false;
    }
    regain_pump(haul->regain, view, now, arena);
    const struct fetch_room room = {.disk_full = disk_full, .gives_way = now.ms - haul->message_at.ms < LULL_MS, .bytes = haul_room(haul)};
    fetch_pump(haul->fetches, view, &room, now, arena);
    seek(haul, now);
}

// ------------------------------------------------------------------------------------------------------ seeing

// A root belongs to one suite; whoever is not shown it is not shown this either.
static bool is_lost(const struct haul *haul, const Control__AttachmentView *shown)
{
    struct file_name name = {.suite = SUITE_ED25519_SHA256, .size = shown->size};
    if (shown->root.len != DIGEST_BYTES || !regain_knows_of_any(haul->regain)) {
        return false;
    }
    memcpy(name.root.bytes, shown->root.data, DIGEST_BYTES);
    bool is_here = blob_has(porter_blobs(haul->porter), &name);
    name.suite = SUITE_SM2_SM3;
    return !is_here && !blob_has(porter_blobs(haul->porter), &name);
}

static void describe_message(const struct haul *haul, Control__Message *message)
{
    for (size_t i = 0; i < message->n_attachments; i++) {
        if (strcmp(message->attachments[i]->state, "awaited") == 0) {
            fetch_describe(haul->fetches, message->position, message->attachments[i]);
        } else if (strcmp(message->attachments[i]->state, "held") == 0 && is_lost(haul, message->attachments[i])) {
            message->attachments[i]->state = "lost";
            message->attachments[i]->held_bytes = 0;
            fetch_describe(haul->fetches, message->position, message->attachments[i]);
        }
    }
}

void haul_describe(const struct haul *haul, Control__Reply *reply)
{
    for (size_t i = 0; reply->answer_case == CONTROL__REPLY__ANSWER_MESSAGES && i < reply->messages->n_messages; i++) {
        describe_message(haul, reply->messages->messages[i]);
    }
    for (size_t i = 0; reply->answer_case == CONTROL__REPLY__ANSWER_MATTER && i < reply->matter->n_messages; i++) {
        describe_message(haul, reply->matter->messages[i]);
    }
}

size_t haul_count(const struct haul *haul, Control__Count *out_counts, size_t room)
{
    const struct fetch_counts fetched = fetch_counts(haul->fetches);
    const Record__State *state = store_state(haul->daemon->store);
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"files", state->files},
        {"files-bytes", state->file_bytes},
        {"chunks-served", haul->served},
        {"chunks-refused", haul->refused},
        {"chunks-asked", fetched.asked},
        {"chunks-kept", fetched.kept},
        {"chunks-unwanted", fetched.unwanted},
        {"chunks-false", fetched.false_ones},
    };
    size_t count = sizeof(counts) / sizeof(counts[0]);
    count = count < room ? count : room;
    for (size_t i = 0; i < count; i++) {
        control__count__init(&out_counts[i]);
        out_counts[i].name = (char *)counts[i].name;
        out_counts[i].value = counts[i].value;
    }
    return count;
}
