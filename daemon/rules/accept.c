// SPDX-License-Identifier: Apache-2.0
#include "rules/accept.h"

#include <string.h>

#include "rules/acknowledge.h"
#include "rules/alarm.h"
#include "rules/allowance.h"
#include "rules/attach.h"
#include "rules/hold.h"
#include "rules/membership.h"
#include "rules/parties.h"
#include "rules/receipt.h"
#include "rules/refuse.h"
#include "rules/requires.h"
#include "rules/sharing.h"

enum { FAULTS = 8, BUSY_RETRY_MS = 1000 };

struct delivery_place {
    const char *peer;
    uint32_t stream;
    uint64_t epoch;
    uint64_t sequence;
    bool repeats; // a decision of before, which the turn's receipt will tell again
};

// ------------------------------------------------------------------------------------------------- objections

// What is published goes its own stream, and nothing else goes that one.
static const char *object_to_parties(struct view *view, const char *peer, uint32_t stream, const Wire__Header *header, const char **out_detail)
{
    const char *self = view_state(view)->agency;
    if (strcmp(header->author, peer) != 0) {
        *out_detail = "作者不是对方机关";
        return "identity";
    }
    const bool published = stream == STREAM_PUBLISHED;
    const bool ours = published ? sharing_is_publication(header)
                                : membership_names(header->to, header->n_to, self) || membership_names(header->copy, header->n_copy, self);
    if (!ours || stream >= STREAM_COUNT) {
        *out_detail = published ? "不是发布的信息" : "不是发给本机关的";
        return "addressing";
    }
    return NULL;
}

// Whether a matter is new only its first statement tells.
static bool begins_matter(const Wire__Header *header)
{
    return header->matter.len == ID_BYTES && header->id.len == ID_BYTES && memcmp(header->matter.data, header->id.data, ID_BYTES) == 0;
}

// Both operators read this: it names what each side has.
static const char *tell_difference(struct effects *effects, const struct held_compact *compact, const struct procedure *procedure,
                                   const struct arrived *item)
{
    const char *theirs = membership_name_text(effects, decode_bytes(item->header->procedure));
    const char *ours = membership_name_text(effects, decode_bytes(compact->row->procedure));
    const char *text =
        procedure == NULL
            ? arena_format(effects->arena, "没有来文所依据的规程文本（%s），协作机制“%s”在收文机关依据“%s”（%s）", theirs, compact->row->id,
                           compact->compact->procedure, ours)
            : arena_format(effects->arena, "来文依据规程“%s”（%s），协作机制“%s”在收文机关依据“%s”（%s）", procedure->id, theirs, compact->row->id,
                           compact->compact->procedure, ours);
    return text == NULL ? "规程不一致" : text;
}

// What its author asks of everybody about new matters holds for him too: not under what has expired, nor before that under what comes after.
static const char *object_to_time(struct view *view, struct effects *effects, const struct held_compact *compact, const struct procedure *procedure,
                                  int64_t at)
{
    const struct procedure *own = view_procedure(view, decode_bytes(compact->row->procedure), effects->arena);
    const char *text = NULL;
    if (membership_expired(procedure, at)) {
        text = arena_format(effects->arena, "规程“%s”已失效，新事项不再受理", procedure->id);
    } else if (membership_serves_after_expiry(compact->compact, procedure) && own != NULL && !membership_expired(own, at)) {
        text = arena_format(effects->arena, "规程“%s”在收文机关尚未失效，新事项不依据“%s”", own->id, procedure->id);
    } else {
        return NULL;
    }
    return text == NULL ? "规程不适用" : text;
}

static const char *object_to_procedure(struct view *view, struct effects *effects, const struct held_compact *compact, const struct procedure *procedure,
                                       const struct arrived *item, const char **out_detail)
{
    if (procedure == NULL ||
        (strcmp(procedure->id, compact->compact->procedure) != 0 && !membership_serves_after_expiry(compact->compact, procedure))) {
        *out_detail = tell_difference(effects, compact, procedure, item);
        return "procedure";
    }
    *out_detail = begins_matter(item->header) ? object_to_time(view, effects, compact, procedure, item->seal.at) : NULL;
    return *out_detail == NULL ? NULL : "procedure";
}

static const char *object_to_compact(struct view *view, struct effects *effects, const struct arrived *item, const char **out_detail)
{
    struct arena *arena = effects->arena;
    const Wire__Header *header = item->header;
    struct held_compact compact;
    if (!view_compact(view, header->compact, arena, &compact)) {
        *out_detail = "收文机关没有该协作机制";
        return "compact";
    }
    const char *outsider = membership_outsider(compact.compact, header);
    if (outsider != NULL) {
        const char *text = arena_format(arena, "“%s”在收文机关不是协作机制“%s”的成员", outsider, compact.row->id);
        *out_detail = text == NULL ? "有当事机关不是该协作机制的成员" : text;
        return "compact";
    }
    const struct procedure *procedure = view_procedure(view, decode_bytes(header->procedure), arena);
    const char *code = object_to_procedure(view, effects, &compact, procedure, item, out_detail);
    if (code != NULL) {
        return code;
    }
    return parties_agree(view, effects, procedure, compact.compact, header, out_detail) ? NULL : "compact";
}

static const char *object_to_requirements(struct view *view, struct effects *effects, const struct arrived *item, const char **out_detail)
{
    struct field_fault faults[REQUIRES_MOST];
    const struct procedure *procedure = view_procedure(view, decode_bytes(item->header->procedure), effects->arena);
    size_t count = procedure == NULL ? 0 : requires_list(view, effects, procedure, item->header, item->kind, item->body, false, faults);
    if (count == 0) {
        return NULL;
    }
    *out_detail = refuse_detail(effects, faults, count);
    return faults[0].code;
}

static const char *object_to_reply(struct view *view, struct arena *arena, const struct arrived *item, const char **out_detail)
{
    const Wire__Header *header = item->header;
    if (header->in_reply_to == NULL) {
        *out_detail = "没有写明针对哪份文书";
        return (item->kind->marks & KIND_REPLIES) != 0 ? "reply" : NULL;
    }
    uint64_t position = view_find(view, header->in_reply_to->author, decode_bytes(header->in_reply_to->id));
    const struct held *target = position == 0 ? NULL : view_statement(view, position, arena);
    if (target == NULL) {
        return NULL; // it may still come; what depends on it waits
    }
    if (target->leaf.len != header->in_reply_to->leaf.len ||
        memcmp(target->leaf.data, header->in_reply_to->leaf.data, target->leaf.len) != 0) {
        *out_detail = "所针对的文书内容与本机关所存不同";
        return "reply";
    }
    *out_detail = acknowledge_objection(item->kind, header->author, target);
    return *out_detail == NULL ? NULL : "reply";
}

static const char *object_to_body(struct effects *effects, const struct arrived *item, const char **out_detail)
{
    if (item->body == NULL) {
        *out_detail = "缺少正文";
        return item->role == FRAME_RECALLED ? NULL : "commitment";
    }
    struct field_fault faults[FAULTS];
    size_t count = fields_check(item->kind, item->body, effects->arena, faults, FAULTS);
    if (count > 0) {
        *out_detail = refuse_detail(effects, faults, count);
        return faults[0].code;
    }
    return NULL;
}

// One turn has one seal. Of two, the store keeps the first, and what the other covers could never be proved to anybody.
static const char *object_to_seal(struct view *view, struct effects *effects, const struct arrived *item)
{
    const struct seal *seal = &item->seal;
    const uint8_t *held = view_seal(view, seal->agency, seal->epoch, seal->turn, effects->arena);
    if (held == NULL || memcmp(held, item->seal_bytes, SEAL_BYTES) == 0) {
        return NULL;
    }
    alarm_raise(view, effects, "fork", item->header->author, "同一轮次出现两个不同的签名：对方的日志分叉");
    return "conflict";
}

// What holds for every statement, however it comes.
static const char *object_to_header(const struct arrived *item, const char **out_detail)
{
    const Wire__Header *header = item->header;
    if (strstr(header->handling, "秘密") != NULL || strstr(header->handling, "机密") != NULL || strstr(header->handling, "绝密") != NULL) {
        *out_detail = "国家秘密不得进入本系统";
        return "secret";
    }
    if (header->source != NULL && strlen(header->source->system) + strlen(header->source->record) > LIMIT_SOURCE_BYTES) {
        *out_detail = "来源过长";
        return "limit";
    }
    if (item->kind == NULL || item->kind->class == KIND_MACHINE) {
        *out_detail = "没有这种文书";
        return "unknown-kind";
    }
    if ((item->kind->marks & KIND_NEEDS_OFFICER) != 0 && header->n_officers == 0) {
        *out_detail = "须由具名人员作出";
        return "officer";
    }
    if (header->occurred_at > item->seal.at) {
        *out_detail = "发生时间晚于签名时间";
        return "value";
    }
    return NULL;
}

static const char *object_to_fact(const struct arrived *item, const char **out_detail)
{
    *out_detail = "台账登记不发给任何机关";
    return item->kind->class == KIND_FACT ? "addressing" : NULL;
}

static bool has_parts(const struct arrived *item)
{
    for (size_t i = 0; i < item->envelope.part_count; i++) {
        if (item->envelope.parts[i].form != PART_WITHHELD) {
            return true;
        }
    }
    return false;
}

// Does the next item with a position pass this one on (转办)?
static bool is_passed_on(const struct statements *frame, size_t index)
{
    const struct arrived *original = &frame->items[index];
    for (size_t i = index + 1; i < frame->count; i++) {
        const Wire__Header *header = frame->items[i].header;
        if (frame->items[i].role == FRAME_ENCLOSURE) {
            continue;
        }
        const Wire__Reference *passed = header == NULL || strcmp(header->kind, "forward") != 0 ? NULL : header->in_reply_to;
        return passed != NULL && strcmp(passed->author, original->header->author) == 0 && passed->leaf.len == DIGEST_BYTES &&
               memcmp(passed->leaf.data, original->leaf.bytes, DIGEST_BYTES) == 0;
    }
    return false;
}

// An enclosure shows what another statement cites, and no more: a body that came this way would stand here unjudged. One that is passed on is judged.
static const char *object_to_enclosure(struct view *view, struct effects *effects, const struct statements *frame, size_t index,
                                       const char **out_detail)
{
    const struct arrived *item = &frame->items[index];
    if (item->fault_code != NULL) {
        return item->fault_code;
    }
    if (has_parts(item) && !is_passed_on(frame, index)) {
        return "malformed";
    }
    const char *code = object_to_seal(view, effects, item);
    code = code != NULL ? code : object_to_header(item, out_detail);
    return code != NULL || !has_parts(item) ? code : object_to_body(effects, item, out_detail);
}

// Why a numbered statement must be refused, as a code of PROTOCOL.md section 11; NULL: it is to be held. `out_detail` is Chinese.
static const char *find_objection(struct view *view, struct effects *effects, const char *peer, uint32_t stream, const struct arrived *item,
                                  const char **out_detail)
{
    *out_detail = "";
    if (item->fault_code != NULL) {
        *out_detail = item->fault_text == NULL ? "" : item->fault_text;
        return item->fault_code;
    }
    const char *code = object_to_parties(view, peer, stream, item->header, out_detail);
    code = code != NULL ? code : object_to_seal(view, effects, item);
    code = code != NULL ? code : object_to_header(item, out_detail);
    code = code != NULL ? code : object_to_fact(item, out_detail);
    code = code != NULL ? code : object_to_body(effects, item, out_detail);
    code = code != NULL ? code : object_to_compact(view, effects, item, out_detail);
    code = code != NULL ? code : sharing_objection(view, effects, peer, item, out_detail);
    code = code != NULL ? code : object_to_reply(view, effects->arena, item, out_detail);
    return code != NULL ? code : object_to_requirements(view, effects, item, out_detail);
}

// -------------------------------------------------------------------------------------------------- completion

// An enclosure is a copy for nobody; the same message delivered to us as 抄送 is one, whichever came first.
static void mark_copy(struct view *view, struct effects *effects, const Wire__Header *header, uint64_t position)
{
    if (!membership_names(header->copy, header->n_copy, view_state(view)->agency)) {
        return;
    }
    Record__MessageMarked *marked = arena_take(effects->arena, sizeof(*marked));
    if (marked != NULL) {
        record__message_marked__init(marked);
        marked->position = position;
        marked->mark = "copy";
        marked->by = position;
    }
    effect_put(effects, RECORD__EFFECT__IS_MARKED, marked, NULL);
}

// The statement was enclosed before; now its parts have come.
static void put_completed(struct view *view, struct effects *effects, const char *carrier, const struct arrived *item, uint64_t position, int64_t received_at)
{
    Record__PartsCompleted *completed = arena_take(effects->arena, sizeof(*completed));
    struct material *material = arena_take(effects->arena, sizeof(*material));
    if (completed == NULL || material == NULL) {
        effects->exhausted = true;
        return;
    }
    record__parts_completed__init(completed);
    completed->position = position;
    completed->received_at = received_at;
    completed->carrier = (char *)carrier;
    material->part_count = item->envelope.part_count;
    memcpy(material->parts, item->envelope.parts, item->envelope.part_count * sizeof(material->parts[0]));
    effect_put(effects, RECORD__EFFECT__IS_COMPLETED, completed, material);
    attach_await(view, effects, carrier, position, item);
}

static void complete(struct view *view, struct effects *effects, const char *carrier, const struct arrived *item, uint64_t position)
{
    put_completed(view, effects, carrier, item, position, effects->now);
    mark_copy(view, effects, item->header, position);
    acknowledge_follow(view, effects, position);
    sharing_follow(view, effects, position);
}

// -------------------------------------------------------------------------------------------------- positions

static void move_stream(struct view *view, struct effects *effects, const struct delivery_place *place, const struct arrived *item, uint64_t position,
                        int64_t received_at, const char *code, const char *detail)
{
    Record__StreamMoved *moved = arena_take(effects->arena, sizeof(*moved));
    uint8_t *leaf = code == NULL ? NULL : arena_copy(effects->arena, item->leaf.bytes, DIGEST_BYTES);
    if (moved == NULL || (code != NULL && leaf == NULL)) {
        effects->exhausted = true;
        return;
    }
    record__stream_moved__init(moved);
    moved->peer = (char *)place->peer;
    moved->stream = place->stream;
    moved->epoch = place->epoch;
    moved->sequence = place->sequence;
    moved->position = position;
    moved->leaf = (ProtobufCBinaryData){leaf == NULL ? 0 : DIGEST_BYTES, leaf};
    moved->refusal_code = (char *)(code == NULL ? "" : code);
    moved->refusal_detail = (char *)(detail == NULL ? "" : detail);
    moved->received_at = received_at;
    effect_put(effects, RECORD__EFFECT__IS_STREAM, moved, NULL);
    receipt_note(view, effects, moved);
}

static void put_refused(struct effects *effects, const char *peer, const struct arrived *item, const char *code)
{
    Record__RefusedHere *refused = arena_take(effects->arena, sizeof(*refused));
    uint8_t *leaf = arena_copy(effects->arena, item->leaf.bytes, DIGEST_BYTES);
    if (refused == NULL || leaf == NULL) {
        effects->exhausted = true;
        return;
    }
    record__refused_here__init(refused);
    refused->peer = (char *)peer;
    refused->code = (char *)code;
    refused->leaf = (ProtobufCBinaryData){DIGEST_BYTES, leaf};
    if (item->header != NULL) {
        refused->author = item->header->author;
        refused->id = item->header->id;
    }
    effect_put(effects, RECORD__EFFECT__IS_REFUSED, refused, NULL);
}

// What came without a position is told to nobody; the journal keeps that it came, as long as its peer's allowance lasts.
static void refuse_unplaced(struct view *view, struct effects *effects, const char *peer, const struct arrived *item, const char *code)
{
    if (allowance_take(view, effects, peer)) {
        put_refused(effects, peer, item, code);
    }
}

static void answer_later(struct effects *effects, const struct delivery_place *place, uint64_t wanted, const char *reason, uint32_t retry_after_ms)
{
    Wire__Later later = WIRE__LATER__INIT;
    later.stream = place->stream;
    later.epoch = place->epoch;
    later.position = wanted;
    later.reason = (char *)reason;
    later.retry_after_ms = retry_after_ms;
    receipt_later(effects, place->peer, &later);
}

// False: the peer has spent its allowance. Its position is not decided; it is to wait and offer it again.
static bool refuse_place(struct view *view, struct effects *effects, const struct delivery_place *place, const struct arrived *item, const char *code,
                         const char *detail)
{
    if (!allowance_take(view, effects, place->peer)) {
        answer_later(effects, place, place->sequence, "quota", ALLOWANCE_BACK_MS);
        return false;
    }
    put_refused(effects, place->peer, item, code);
    move_stream(view, effects, place, item, 0, effects->now, code, detail);
    return true;
}

// What is held under the same identity or source record; NULL: nothing. `out_code` says why the two cannot both stand, NULL: they are the same.
static const struct held *find_known(struct view *view, struct effects *effects, const struct arrived *item, const char **out_code)
{
    const Wire__Header *header = item->header;
    uint64_t position = view_find(view, header->author, decode_bytes(header->id));
    bool by_source = position == 0 && header->source != NULL;
    if (by_source) {
        position = view_find_source(view, header->author, header->source);
    }
    const struct held *held = position == 0 ? NULL : view_statement(view, position, effects->arena);
    bool same = held != NULL && !by_source && held->leaf.len == DIGEST_BYTES && memcmp(held->leaf.data, item->leaf.bytes, DIGEST_BYTES) == 0;
    *out_code = held == NULL || same ? NULL : by_source ? "source-conflict" : "conflict";
    return held;
}

static bool refuse_conflict(struct view *view, struct effects *effects, const struct delivery_place *place, const struct arrived *item,
                            const char *code)
{
    alarm_raise(view, effects, code, item->header->author, "同一%s出现两份不同的文书", strcmp(code, "conflict") == 0 ? "编号" : "来源记录");
    return refuse_place(view, effects, place, item, code, "与已收到的文书冲突");
}

// Held before, under this or another position: answered with what was decided then.
static void repeat_known(struct view *view, struct effects *effects, const struct delivery_place *place, const struct arrived *item,
                         const struct held *held)
{
    int64_t received_at = held->received_at;
    if (held->enclosed) {
        complete(view, effects, place->peer, item, held->position);
        received_at = effects->now;
    }
    move_stream(view, effects, place, item, held->position, received_at, NULL, NULL);
}

// Only its author's recall, which goes before it, lets a message come without its body.
static bool is_recalled(struct view *view, struct arena *arena, const Wire__Header *header)
{
    struct reply *replies;
    uint64_t position = view_find(view, header->author, decode_bytes(header->id)); // it may be held as an enclosure
    if (position != 0) {
        return view_is_recalled(view, position, header->author, arena);
    }
    size_t count = view_awaiting(view, header->author, decode_bytes(header->id), arena, &replies);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(replies[i].kind, "recall") == 0 && strcmp(replies[i].author, header->author) == 0) {
            return true;
        }
    }
    return false;
}

// False: the place is still undecided, and so is what follows it.
static bool decide_place(struct view *view, struct effects *effects, const struct event *event, const struct delivery_place *place,
                         const struct arrived *item)
{
    const char *detail;
    const char *code = find_objection(view, effects, place->peer, place->stream, item, &detail);
    if (code != NULL) {
        if (strcmp(code, "identity") == 0 || strcmp(code, "signature") == 0) {
            alarm_raise(view, effects, code, place->peer, "对方送来不能证明出自其手的文书");
        } else if (strcmp(code, "compact") == 0 || strcmp(code, "procedure") == 0) {
            alarm_raise(view, effects, code, place->peer, "与对方的规程或协作机制不一致，来文被拒收：%s", detail);
        }
        return refuse_place(view, effects, place, item, code, detail);
    }
    if (item->role == FRAME_RECALLED && !is_recalled(view, effects->arena, item->header)) {
        return refuse_place(view, effects, place, item, "commitment", "没有撤回文书，也没有正文");
    }
    const struct held *held = find_known(view, effects, item, &code);
    if (code != NULL) {
        return refuse_conflict(view, effects, place, item, code);
    }
    if (held != NULL) {
        repeat_known(view, effects, place, item, held);
        return true;
    }
    uint64_t position = hold_statement(view, effects, place->peer, item, event->skew_ms);
    move_stream(view, effects, place, item, position, effects->now, NULL, NULL);
    acknowledge_follow(view, effects, position);
    sharing_follow(view, effects, position);
    return true;
}

// A receipt said again is a new statement of ours, so it is charged: once for all that a frame repeats.
static bool repeat_decision(struct view *view, struct effects *effects, struct delivery_place *place)
{
    Record__StreamMoved *before = view_inbox(view, place->peer, place->stream, place->epoch, place->sequence, effects->arena);
    if (before == NULL) {
        return true;
    }
    if (!place->repeats && !allowance_take(view, effects, place->peer)) {
        answer_later(effects, place, place->sequence, "quota", ALLOWANCE_BACK_MS);
        return false;
    }
    place->repeats = true;
    receipt_note(view, effects, before);
    return true;
}

// False: nothing more of this frame can be decided.
static bool accept_numbered(struct view *view, struct effects *effects, const struct event *event, struct delivery_place *place,
                            const struct arrived *item)
{
    struct stream_place known = view_incoming(view, place->peer, place->stream, effects->arena);
    if (place->epoch < known.epoch) {
        return false; // a past that the peer itself has left
    }
    uint64_t expected = place->epoch == known.epoch ? known.last + 1 : 1;
    if (place->sequence > expected) {
        answer_later(effects, place, expected, "gap", 0);
        return false;
    }
    if (!event->clock_trusted || event->disk_full) {
        answer_later(effects, place, expected, event->disk_full ? "disk" : "busy", BUSY_RETRY_MS);
        return false;
    }
    return place->sequence == expected ? decide_place(view, effects, event, place, item) : repeat_decision(view, effects, place);
}

static void accept_enclosure(struct view *view, struct effects *effects, const struct event *event, size_t index)
{
    const struct arrived *item = &event->statements.items[index];
    const char *detail;
    const char *code = object_to_enclosure(view, effects, &event->statements, index, &detail);
    if (code != NULL) {
        refuse_unplaced(view, effects, event->peer, item, code);
        return;
    }
    if (!event->clock_trusted || event->disk_full) {
        return; // it comes again with what cites it
    }
    uint64_t position = view_find(view, item->header->author, decode_bytes(item->header->id));
    const struct held *held = position == 0 ? NULL : view_statement(view, position, effects->arena);
    if (held == NULL) {
        position = hold_statement(view, effects, event->peer, item, 0);
        acknowledge_follow(view, effects, position);
        return;
    }
    if (held->leaf.len != DIGEST_BYTES || memcmp(held->leaf.data, item->leaf.bytes, DIGEST_BYTES) != 0) {
        alarm_raise(view, effects, "conflict", item->header->author, "同一编号出现两份不同的文书");
        refuse_unplaced(view, effects, event->peer, item, "conflict");
    } else if (held->enclosed && has_parts(item) && !view_has_mark(held, "recalled")) {
        put_completed(view, effects, event->peer, item, position, 0);
    }
}

static void accept_unnumbered(struct view *view, struct effects *effects, const struct event *event, const struct arrived *item)
{
    const char *detail = NULL;
    const char *code = item->fault_code;
    code = code != NULL ? code : object_to_parties(view, event->peer, STREAM_DIRECT, item->header, &detail);
    if (code == NULL && (item->kind == NULL || item->kind->class != KIND_MACHINE || item->body == NULL)) {
        code = "unknown-kind";
    }
    code = code != NULL ? code : object_to_body(effects, item, &detail);
    if (code != NULL) {
        refuse_unplaced(view, effects, event->peer, item, code);
        return;
    }
    if (view_find(view, item->header->author, decode_bytes(item->header->id)) != 0 || !event->clock_trusted) {
        return; // a replay, or a time that cannot be told: the peer says it again when asked
    }
    if (strcmp(item->kind->name, "receipt") == 0) {
        receipt_accept(view, effects, event, item);
    } else if (strcmp(item->kind->name, "offered") == 0) {
        receipt_accept_offered(view, effects, event, item);
    } else {
        refuse_unplaced(view, effects, event->peer, item, "unknown-kind");
    }
}

void accept_decide(struct view *view, const struct event *event, struct effects *effects)
{
    const struct statements *frame = &event->statements;
    struct agency peer;
    if (!view_agency(view, event->peer, effects->arena, &peer) || peer.suspended) {
        return;
    }
    struct delivery_place place = {.peer = event->peer, .stream = frame->stream, .epoch = frame->epoch, .sequence = frame->first};
    for (size_t i = 0; i < frame->count; i++) {
        const struct arrived *item = &frame->items[i];
        switch (item->role) {
        case FRAME_NUMBERED:
        case FRAME_RECALLED:
            if (!accept_numbered(view, effects, event, &place, item)) {
                return;
            }
            place.sequence++;
            break;
        case FRAME_ENCLOSURE:
            accept_enclosure(view, effects, event, i);
            break;
        case FRAME_UNNUMBERED:
            accept_unnumbered(view, effects, event, item);
            break;
        }
    }
}
