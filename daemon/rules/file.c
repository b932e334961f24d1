// SPDX-License-Identifier: Apache-2.0
#include "rules/file.h"

#include <inttypes.h>
#include <string.h>

#include "wire/attachment.h"
#include "wire/identity.h"
#include "wire/tree.h"

#include "rules/alarm.h"
#include "rules/allowance.h"
#include "rules/attach.h"
#include "rules/duty.h"
#include "rules/operate.h"
#include "rules/refuse.h"

enum {
    AGED_IN_A_TURN = 256,
    USES_LOOKED_AT = 256, // of a file that a client asks for by its digest
};

static const uint64_t MOST_BYTES = (uint64_t)LIMIT_LEAVES * CHUNK_BYTES;

static struct errand errand_of(const struct event *event, enum errand_form form)
{
    return (struct errand){
        .form = form, .client = event->request.from, .number = event->request.request->number, .user = event->request.client};
}

// ----------------------------------------------------------------------------------------------------- putting

// In our own suite, as whatever is listed by us.
static bool read_name(struct view *view, const struct event *event, struct effects *effects, ProtobufCBinaryData root, uint64_t size,
                      struct file_name *out_name)
{
    if (root.len != DIGEST_BYTES) {
        operate_refuse(event, effects, refuse_make(effects, "value", "文件没有摘要"));
        return false;
    }
    if (size > MOST_BYTES) {
        operate_refuse(event, effects, refuse_make(effects, "limit", "文件超过 16 GiB"));
        return false;
    }
    *out_name = (struct file_name){.suite = (enum suite)view_state(view)->suite, .size = size};
    memcpy(out_name->root.bytes, root.data, DIGEST_BYTES);
    return true;
}

static bool has_room(struct view *view, const struct event *event, struct effects *effects, const struct file_name *name)
{
    if (view_has_file(view, name)) {
        return true;
    }
    if (event->disk_full) {
        operate_refuse(event, effects, refuse_make(effects, "disk", "磁盘空间不足，暂不接收附件"));
        return false;
    }
    if (name->size > event->file_room) {
        operate_refuse(event, effects, refuse_make(effects, "disk", "附件配额已满（attachment_quota）"));
        return false;
    }
    return true;
}

void file_look(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__FileAsk *ask = event->request.request->file_ask;
    struct errand errand = errand_of(event, ERRAND_LOOK);
    if (read_name(view, event, effects, ask->root, ask->size, &errand.name) && has_room(view, event, effects, &errand.name)) {
        effect_send(effects, &errand);
    }
}

void file_put(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__FilePut *put = event->request.request->file_put;
    struct errand errand = errand_of(event, ERRAND_TAKE);
    if (put->path.len % DIGEST_BYTES != 0 || put->path.len > LIMIT_PATH_BYTES || put->content.len > CHUNK_BYTES) {
        operate_refuse(event, effects, refuse_make(effects, "limit", "文件的分块过大"));
        return;
    }
    errand.index = put->index;
    errand.path = decode_bytes(put->path);
    errand.content = decode_bytes(put->content);
    if (read_name(view, event, effects, put->root, put->size, &errand.name) && has_room(view, event, effects, &errand.name)) {
        effect_send(effects, &errand);
    }
}

// ----------------------------------------------------------------------------------------------------- getting

static bool is_readable(const struct held *held)
{
    return held != NULL && (held->carrier[0] == '\0' || !view_has_mark(held, "recalled"));
}

static bool get_part(struct view *view, const struct event *event, struct effects *effects, struct file_name *out_name)
{
    const Control__FileGet *get = event->request.request->file_get;
    uint64_t position = identity_is_agency(get->author) && get->id.len == ID_BYTES ? view_find(view, get->author, decode_bytes(get->id)) : 0;
    const struct held *held = position == 0 ? NULL : view_statement(view, position, effects->arena);
    if (held == NULL || get->part >= held->header->n_parts || !attachment_is(held->header->parts[get->part])) {
        operate_refuse(event, effects, refuse_make(effects, "not-found", "没有这个附件"));
        return false;
    }
    if (!is_readable(held)) {
        operate_refuse(event, effects, refuse_make(effects, "state", "该文书已撤回，附件不可读"));
        return false;
    }
    const Record__Attached *row = view_attached(view, position, get->part, effects->arena);
    if (!view_attached_name(row, out_name)) {
        operate_refuse(event, effects, refuse_make(effects, "not-found", row == NULL ? "本机关没有该附件的内容" : "该附件尚未到达"));
        return false;
    }
    return true;
}

// A file is as readable as one of the statements it is attached to, or as whoever put it here made it.
static bool get_by_root(struct view *view, const struct event *event, struct effects *effects, struct file_name *out_name)
{
    struct part_place *places;
    bool readable = view_find_file(view, decode_bytes(event->request.request->file_get->root), out_name);
    size_t count = readable ? view_file_uses(view, out_name, USES_LOOKED_AT, effects->arena, &places) : 0;
    readable = readable && count == 0;
    for (size_t i = 0; !readable && i < count; i++) {
        readable = is_readable(view_statement(view, places[i].position, effects->arena));
    }
    if (!readable) {
        operate_refuse(event, effects, refuse_make(effects, "not-found", "没有这个文件"));
    }
    return readable;
}

void file_get(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__FileGet *get = event->request.request->file_get;
    struct errand errand = errand_of(event, ERRAND_READ);
    bool found = get->root.len > 0 ? get_by_root(view, event, effects, &errand.name) : get_part(view, event, effects, &errand.name);
    if (found && get->index >= attachment_chunks(errand.name.size)) {
        operate_refuse(event, effects, refuse_make(effects, "value", "附件没有这一块"));
        return;
    }
    if (found) {
        errand.index = get->index;
        effect_send(effects, &errand);
    }
}

// -------------------------------------------------------------------------------------------------------- peers

static bool is_suspended(struct view *view, struct effects *effects, const char *peer)
{
    struct agency agency;
    return !view_agency(view, peer, effects->arena, &agency) || agency.suspended;
}

void file_serve(struct view *view, const struct event *event, struct effects *effects)
{
    const Wire__AskChunk *ask = event->ask_chunk;
    struct errand errand = {.form = ERRAND_READ, .peer = event->peer, .index = ask->index};
    errand.part = (struct part_name){ask->author, decode_bytes(ask->id), ask->part};
    if (is_suspended(view, effects, event->peer)) {
        return;
    }
    errand.refusal = attach_refusal(view, effects, event->peer, &errand.part, &errand.name);
    if (errand.refusal == NULL && ask->index >= attachment_chunks(errand.name.size)) {
        errand.refusal = "not-found";
    }
    errand.form = errand.refusal == NULL ? ERRAND_READ : ERRAND_REFUSE;
    effect_send(effects, &errand);
}

// Said again where the first receipt was lost, and charged like every receipt that is.
void file_tell_whole(struct view *view, const struct event *event, struct effects *effects)
{
    const Wire__AskWhole *ask = event->ask_whole;
    bool charged = false;
    for (size_t i = 0; event->clock_trusted && i < ask->n_parts; i++) {
        const Wire__WholePart *part = ask->parts[i];
        uint64_t position = identity_is_agency(part->author) && part->id.len == ID_BYTES ? view_find(view, part->author, decode_bytes(part->id)) : 0;
        Record__Attached *row = position == 0 || part->part >= LIMIT_PARTS ? NULL : view_attached(view, position, part->part, effects->arena);
        if (row == NULL || row->name == NULL || strcmp(row->peer, event->peer) != 0) {
            continue;
        }
        if (!charged && !allowance_take(view, effects, event->peer)) {
            return;
        }
        charged = true;
        const struct told_whole whole = {.peer = event->peer, .part = {part->author, decode_bytes(part->id), part->part}, .received_at = row->at};
        effect_tell_whole(effects, &whole);
    }
}

// ---------------------------------------------------------------------------------------------------- happening

enum fate { FATE_KEPT, FATE_DROPPED };

static void set_file(struct effects *effects, const struct file_name *name, const char *client, enum fate fate)
{
    Record__FileSet *set = effect_take(effects, 1, sizeof(*set));
    Record__FileName *row = attach_name(effects, name);
    if (set == NULL || row == NULL) {
        return;
    }
    record__file_set__init(set);
    set->name = row;
    set->at = effects->now;
    set->by_client = (char *)client;
    set->dropped = fate == FATE_DROPPED;
    effect_put(effects, RECORD__EFFECT__IS_FILE, set, NULL);
}

static void answer_whole(const struct event *event, struct effects *effects)
{
    Control__Reply *reply = effect_take(effects, 1, sizeof(*reply));
    Control__FileState *state = effect_take(effects, 1, sizeof(*state));
    uint8_t *root = effect_take(effects, 1, DIGEST_BYTES);
    if (reply == NULL || state == NULL || root == NULL) {
        return;
    }
    memcpy(root, event->file.name.root.bytes, DIGEST_BYTES);
    control__file_state__init(state);
    state->root = (ProtobufCBinaryData){DIGEST_BYTES, root};
    state->size = event->file.name.size;
    state->whole = true;
    state->chunks = attachment_chunks(event->file.name.size);
    control__reply__init(reply);
    reply->answer_case = CONTROL__REPLY__ANSWER_FILE;
    reply->file = state;
    struct release *release = effect_release(effects, RELEASE_REPLY);
    release->client = event->file.client;
    release->number = event->file.number;
    release->reply = reply;
}

static void put_by_client(struct view *view, const struct event *event, struct effects *effects)
{
    if (!view_has_file(view, &event->file.name)) {
        set_file(effects, &event->file.name, event->file.user, FATE_KEPT);
    }
    answer_whole(event, effects);
}

static bool is_committed(struct view *view, struct effects *effects, const struct held *held, const struct file_event *file)
{
    const uint8_t *salt;
    struct bytes nothing;
    struct digest commitment;
    const Wire__Part *part = held->header->parts[file->part];
    if (!view_part(view, held->position, file->part + 1, effects->arena, &salt, &nothing) || part->size != file->name.size) {
        return false;
    }
    tree_commit(file->name.suite, salt, file->name.size, &file->name.root, &commitment);
    return memcmp(commitment.bytes, part->commitment.data, DIGEST_BYTES) == 0;
}

// What was fetched may have been recalled meanwhile.
static void put_by_peer(struct view *view, const struct event *event, struct effects *effects)
{
    const struct file_event *file = &event->file;
    const struct held *held = view_statement(view, file->position, effects->arena);
    const Record__Attached *row = held == NULL || file->part >= held->header->n_parts ? NULL : view_attached(view, file->position, file->part, effects->arena);
    bool awaited = row != NULL && row->name == NULL && is_committed(view, effects, held, file);
    if (awaited && !event->clock_trusted) {
        return; // it is found whole again when the clock is
    }
    if (awaited) {
        attach_put_whole(effects, file->position, file->part, &file->name);
        duty_consider(view, effects, file->position); // a period may begin with it
        const struct told_whole told = {
            .peer = row->peer, .part = {held->header->author, decode_bytes(held->header->id), file->part}, .received_at = effects->now};
        effect_tell_whole(effects, &told);
    }
    const struct errand fetch = {.form = ERRAND_FETCH, .peer = event->peer};
    effect_send(effects, &fetch);
    attach_drop(view, effects, &file->name, 1);
}

// What no statement took in time.
static void drop_aged(struct view *view, const struct event *event, struct effects *effects)
{
    struct file_name *names;
    size_t count = view_unused(view, event->file.until, AGED_IN_A_TURN, effects->arena, &names);
    for (size_t i = 0; i < count; i++) {
        set_file(effects, &names[i], "", FATE_DROPPED);
    }
    attach_drop(view, effects, names, count);
}

void file_happened(struct view *view, const struct event *event, struct effects *effects)
{
    switch (event->file.form) {
    case FILE_WHOLE:
        if (event->peer == NULL) {
            put_by_client(view, event, effects);
        } else {
            put_by_peer(view, event, effects);
        }
        return;
    case FILE_FALSE:
        alarm_raise(view, effects, "chunk", event->peer, "对方送来的附件内容与作者承诺的摘要不符");
        return;
    case FILE_LOST:
        alarm_set(view, effects, "file-lost", view_state(view)->agency, "附件文件缺失或损坏，正从持有的机关重新取回");
        return;
    case FILE_NOWHERE:
        alarm_set(view, effects, "file-lost", view_state(view)->agency, "附件文件缺失或损坏，已知的机关都没有，请从备份恢复");
        return;
    case FILE_FOUND:
        alarm_withdraw(view, effects, "file-lost", view_state(view)->agency);
        return;
    case FILE_AGED:
        drop_aged(view, event, effects);
        return;
    }
}
