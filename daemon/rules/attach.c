// SPDX-License-Identifier: Apache-2.0
#include "rules/attach.h"

#include <string.h>

#include "wire/attachment.h"
#include "wire/identity.h"
#include "wire/tree.h"

#include "rules/alarm.h"
#include "rules/duty.h"
#include "rules/hold.h"
#include "rules/membership.h"
#include "rules/refuse.h"

static struct part_name name_of(const struct held *held, unsigned part)
{
    return (struct part_name){held->header->author, decode_bytes(held->header->id), part};
}

static struct file_name file_of(struct view *view, const Control__Attachment *attachment)
{
    struct file_name name = {.suite = (enum suite)view_state(view)->suite, .size = attachment->size};
    memcpy(name.root.bytes, attachment->root.data, DIGEST_BYTES);
    return name;
}

static bool is_forward(const Wire__Header *header)
{
    return strcmp(header->kind, "forward") == 0 && header->in_reply_to != NULL;
}

static size_t count_recipients(const Wire__Header *header)
{
    return header->n_to + header->n_copy;
}

static const char *recipient(const Wire__Header *header, size_t index)
{
    return index < header->n_to ? header->to[index] : header->copy[index - header->n_to];
}

// ------------------------------------------------------------------------------------------------- submission

static Wire__Part *make_part(struct effects *effects, const Control__Attachment *attachment)
{
    Wire__Part *part = effect_take(effects, 1, sizeof(*part));
    if (part == NULL) {
        return NULL;
    }
    wire__part__init(part);
    part->role = "attachment";
    part->name = attachment->name;
    part->media_type = attachment->media_type;
    part->size = attachment->size;
    part->document = attachment->document;
    part->evidence = attachment->evidence;
    part->original = attachment->original;
    part->collected_by = attachment->collected_by;
    part->collected_at = attachment->collected_at;
    return part;
}

static Control__Refusal *object_to_one(struct view *view, struct effects *effects, Wire__Part *const *parts, size_t index,
                                       const Control__Attachment *attachment)
{
    const char *text;
    enum envelope_outcome outcome = attachment_judge(parts, index, &text);
    if (outcome != ENVELOPE_OK) {
        return refuse_make(effects, envelope_code(outcome), "%s（%s）", text, attachment->name);
    }
    if (strlen(attachment->media_type) > LIMIT_NAME_BYTES || strlen(attachment->collected_by) > LIMIT_NAME_BYTES) {
        return refuse_make(effects, "limit", "附件“%s”的说明超过 512 字节", attachment->name);
    }
    if (attachment->collected_at > effects->now) {
        return refuse_make(effects, "value", "附件“%s”的取得时间不能晚于现在", attachment->name);
    }
    if (attachment->root.len != DIGEST_BYTES) {
        return refuse_make(effects, "value", "附件“%s”没有摘要", attachment->name);
    }
    const struct file_name name = file_of(view, attachment);
    return view_has_file(view, &name) ? NULL : refuse_make(effects, "not-found", "附件“%s”的内容尚未存入本机关", attachment->name);
}

Control__Refusal *attach_object(struct view *view, struct effects *effects, const Control__Draft *draft)
{
    if (draft->n_attachments >= LIMIT_PARTS) {
        return refuse_make(effects, "limit", "附件不超过 %d 个", LIMIT_PARTS - 1);
    }
    Wire__Part **parts = effect_take(effects, draft->n_attachments, sizeof(*parts));
    Control__Refusal *refusal = NULL;
    for (size_t i = 0; parts != NULL && refusal == NULL && i < draft->n_attachments; i++) {
        parts[i] = make_part(effects, draft->attachments[i]);
        refusal = parts[i] == NULL ? NULL : object_to_one(view, effects, parts, i, draft->attachments[i]);
    }
    return refusal;
}

void attach_list(struct view *view, struct effects *effects, const Control__Draft *draft, Wire__Header *header, struct material *material)
{
    if (draft->n_attachments == 0) {
        return;
    }
    Wire__Part **parts = effect_take(effects, header->n_parts + draft->n_attachments, sizeof(*parts));
    for (size_t i = 0; parts != NULL && i < header->n_parts; i++) {
        parts[i] = header->parts[i];
    }
    for (size_t i = 0; parts != NULL && i < draft->n_attachments; i++) {
        const struct file_name name = file_of(view, draft->attachments[i]);
        Wire__Part *part = make_part(effects, draft->attachments[i]);
        uint8_t *salt = effect_take(effects, 1, SALT_BYTES);
        struct digest *commitment = effect_take(effects, 1, sizeof(*commitment));
        if (part == NULL || salt == NULL || commitment == NULL) {
            return;
        }
        effect_salt(effects, salt);
        tree_commit(name.suite, salt, name.size, &name.root, commitment);
        part->commitment = (ProtobufCBinaryData){DIGEST_BYTES, commitment->bytes};
        parts[header->n_parts++] = part;
        material->parts[material->part_count++] = (struct envelope_part){.form = PART_CHUNKED, .salt = salt};
    }
    header->parts = parts == NULL ? header->parts : parts;
}

Record__FileName *attach_name(struct effects *effects, const struct file_name *name)
{
    Record__FileName *row = effect_take(effects, 1, sizeof(*row));
    uint8_t *root = effect_take(effects, 1, DIGEST_BYTES);
    if (row == NULL || root == NULL) {
        return NULL;
    }
    memcpy(root, name->root.bytes, DIGEST_BYTES);
    record__file_name__init(row);
    row->suite = name->suite;
    row->root = (ProtobufCBinaryData){DIGEST_BYTES, root};
    row->size = name->size;
    return row;
}

void attach_put_whole(struct effects *effects, uint64_t position, unsigned part, const struct file_name *name)
{
    Record__PartWhole *whole = effect_take(effects, 1, sizeof(*whole));
    Record__FileName *row = attach_name(effects, name);
    if (whole == NULL || row == NULL) {
        return;
    }
    record__part_whole__init(whole);
    whole->position = position;
    whole->part = part;
    whole->name = row;
    whole->at = effects->now;
    effect_put(effects, RECORD__EFFECT__IS_WHOLE, whole, NULL);
}

static void put_arrival(struct effects *effects, uint64_t position, unsigned part, const char *agency, int64_t received_at, uint64_t receipt)
{
    Record__PartArrived *arrived = effect_take(effects, 1, sizeof(*arrived));
    if (arrived == NULL) {
        return;
    }
    record__part_arrived__init(arrived);
    arrived->position = position;
    arrived->part = part;
    arrived->agency = (char *)agency;
    arrived->received_at = received_at;
    arrived->at = effects->now;
    arrived->receipt = receipt;
    effect_put(effects, RECORD__EFFECT__IS_PART_ARRIVED, arrived, NULL);
}

static bool addresses(const Wire__Header *header, const char *agency)
{
    return membership_names(header->to, header->n_to, agency) || membership_names(header->copy, header->n_copy, agency) ||
           strcmp(header->author, agency) == 0;
}

static void allow_one(struct view *view, struct effects *effects, const struct held *held, const char *agency)
{
    for (unsigned part = 0; part < held->header->n_parts; part++) {
        if (attachment_is(held->header->parts[part]) && view_part_arrived(view, held->position, part, agency, effects->arena) == NULL) {
            put_arrival(effects, held->position, part, agency, 0, 0);
        }
    }
}

// Whoever is addressed by `towards` may fetch what is held; what is passed on its addressees have from its author.
static void allow(struct view *view, struct effects *effects, const struct held *held, const Wire__Header *towards)
{
    for (size_t i = 0; i < count_recipients(towards); i++) {
        const char *agency = recipient(towards, i);
        if (towards == held->header || !addresses(held->header, agency)) {
            allow_one(view, effects, held, agency);
        }
    }
}

void attach_offer(struct view *view, struct effects *effects, uint64_t position, const char *agency)
{
    const struct held *held = view_statement(view, position, effects->arena);
    if (held != NULL) {
        allow_one(view, effects, held, agency);
    }
}

void attach_put(struct view *view, struct effects *effects, const Control__Draft *draft, uint64_t position)
{
    const struct held *held = view_statement(view, position, effects->arena);
    if (held == NULL) {
        return;
    }
    for (size_t i = 0; i < draft->n_attachments; i++) {
        const struct file_name name = file_of(view, draft->attachments[i]);
        attach_put_whole(effects, position, (unsigned)(held->header->n_parts - draft->n_attachments + i), &name);
    }
    allow(view, effects, held, held->header);
    if (is_forward(held->header)) {
        const Wire__Reference *original = held->header->in_reply_to;
        const struct held *passed = view_statement(view, view_find(view, original->author, decode_bytes(original->id)), effects->arena);
        if (passed != NULL && !view_has_mark(passed, "recalled")) {
            allow(view, effects, passed, held->header);
        }
    }
}

bool attach_same(struct view *view, struct effects *effects, const Control__Draft *draft, uint64_t position, const Wire__Header *header)
{
    size_t listed = 0;
    for (size_t i = 0; i < header->n_parts; i++) {
        listed += attachment_is(header->parts[i]);
    }
    bool same = listed == draft->n_attachments;
    for (size_t i = 0; same && i < listed; i++) {
        unsigned part = (unsigned)(header->n_parts - listed + i);
        const Wire__Part *held = header->parts[part];
        const Control__Attachment *drafted = draft->attachments[i];
        struct file_name name;
        same = strcmp(held->name, drafted->name) == 0 && held->size == drafted->size && strcmp(held->document, drafted->document) == 0 &&
               strcmp(held->evidence, drafted->evidence) == 0 && held->original == drafted->original &&
               strcmp(held->collected_by, drafted->collected_by) == 0 && held->collected_at == drafted->collected_at;
        if (same && view_attached_name(view_attached(view, position, part, effects->arena), &name)) {
            same = drafted->root.len == DIGEST_BYTES && memcmp(drafted->root.data, name.root.bytes, DIGEST_BYTES) == 0;
        }
    }
    return same;
}

// --------------------------------------------------------------------------------------------------- arriving

static void send_for(struct effects *effects, enum errand_form form, const char *peer, const struct held *held, unsigned part)
{
    struct errand errand = {.form = form, .peer = peer, .position = held->position};
    errand.part = name_of(held, part);
    effect_send(effects, &errand);
}

void attach_await(struct view *view, struct effects *effects, const char *peer, uint64_t position, const struct arrived *item)
{
    const struct held *held = NULL;
    Record__PartsAwaited *awaited = NULL;
    for (unsigned part = 0; part < item->envelope.part_count; part++) {
        if (item->envelope.parts[part].form != PART_CHUNKED || view_attached(view, position, part, effects->arena) != NULL) {
            continue;
        }
        if (awaited == NULL) {
            held = view_statement(view, position, effects->arena);
            awaited = effect_take(effects, 1, sizeof(*awaited));
            uint32_t *parts = effect_take(effects, LIMIT_PARTS, sizeof(*parts));
            if (held == NULL || awaited == NULL || parts == NULL || view_has_mark(held, "recalled")) {
                return;
            }
            record__parts_awaited__init(awaited);
            awaited->position = position;
            awaited->peer = (char *)peer;
            awaited->urgent = held->header->urgent_reason[0] != '\0';
            awaited->parts = parts;
        }
        awaited->parts[awaited->n_parts++] = part;
    }
    if (awaited != NULL) {
        effect_put(effects, RECORD__EFFECT__IS_AWAITED, awaited, NULL);
        send_for(effects, ERRAND_FETCH, peer, held, awaited->parts[0]);
    }
}

// -------------------------------------------------------------------------------------------------- taken back

void attach_stop(struct view *view, struct effects *effects, const struct held *held)
{
    for (unsigned part = 0; part < held->header->n_parts; part++) {
        const Record__Attached *row =
            attachment_is(held->header->parts[part]) ? view_attached(view, held->position, part, effects->arena) : NULL;
        if (row != NULL) { // of one that is whole the file may be lost, and fetched again
            send_for(effects, ERRAND_STOP, row->peer, held, part);
        }
    }
}

struct file_name *attach_files(struct view *view, struct effects *effects, uint64_t position, size_t *out_count)
{
    const struct held *held = view_statement(view, position, effects->arena);
    struct file_name *names = held == NULL ? NULL : effect_take(effects, held->header->n_parts, sizeof(*names));
    *out_count = 0;
    for (unsigned part = 0; names != NULL && part < held->header->n_parts; part++) {
        bool is_file = attachment_is(held->header->parts[part]) &&
                       view_attached_name(view_attached(view, position, part, effects->arena), &names[*out_count]);
        *out_count += is_file;
    }
    return names;
}

void attach_drop(struct view *view, struct effects *effects, const struct file_name *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!view_has_file(view, &names[i])) {
            const struct errand errand = {.form = ERRAND_DROP, .name = names[i]};
            effect_send(effects, &errand);
        }
    }
}

// ----------------------------------------------------------------------------------------------------- serving

// Somebody else's statement is the peer's to fetch as long as what we passed it on with stands.
static bool is_passed_on(struct view *view, struct effects *effects, const struct held *held, const char *peer)
{
    struct reply *replies;
    size_t count = view_replies(view, held->position, "forward", view_state(view)->agency, effects->arena, &replies);
    bool stands = false;
    for (size_t i = 0; !stands && i < count; i++) {
        const struct held *forward = view_statement(view, replies[i].position, effects->arena);
        uint32_t stream;
        uint64_t epoch;
        uint64_t sequence;
        stands = forward != NULL && !view_has_mark(forward, "recalled") && view_sent(view, forward->position, peer, &stream, &epoch, &sequence);
    }
    return stands;
}

// Whoever had somebody else's statement before us, or has it by its author's will: what he lost he may have again.
static bool is_theirs(const struct held *held, const char *peer)
{
    return held->carrier[0] != '\0' && (addresses(held->header, peer) || strcmp(held->carrier, peer) == 0);
}

const char *attach_refusal(struct view *view, struct effects *effects, const char *peer, const struct part_name *part, struct file_name *out_name)
{
    uint64_t position = identity_is_agency(part->author) && part->id.size == ID_BYTES ? view_find(view, part->author, part->id) : 0;
    const struct held *held = position == 0 ? NULL : view_statement(view, position, effects->arena);
    if (held == NULL || part->part >= held->header->n_parts || !attachment_is(held->header->parts[part->part])) {
        return "not-found";
    }
    bool recalled = view_has_mark(held, "recalled");
    bool theirs = is_theirs(held, peer);
    if (recalled && (theirs || addresses(held->header, peer) || is_passed_on(view, effects, held, peer))) {
        return "withdrawn";
    }
    if (recalled || (!theirs && view_part_arrived(view, position, part->part, peer, effects->arena) == NULL)) {
        return "not-found";
    }
    if (!theirs && held->carrier[0] != '\0' && !is_passed_on(view, effects, held, peer)) {
        return "withdrawn";
    }
    return view_attached_name(view_attached(view, position, part->part, effects->arena), out_name) ? NULL : "not-held";
}

// A receipt and a recall may cross.
static bool is_recalled_or_told(const struct held *held, const Record__PartArrived *row)
{
    return view_has_mark(held, "recalled") || (row != NULL && row->received_at != 0);
}

void attach_arrived(struct view *view, struct effects *effects, const struct event *event, const struct arrived *item, uint64_t *position)
{
    const Wire__Receipt *receipt = (const Wire__Receipt *)item->body;
    for (size_t i = 0; i < receipt->n_wholes; i++) {
        const Wire__Whole *whole = receipt->wholes[i];
        uint64_t place = view_find(view, whole->author, decode_bytes(whole->id));
        const struct held *held = place == 0 ? NULL : view_statement(view, place, effects->arena);
        const Record__PartArrived *row = held == NULL ? NULL : view_part_arrived(view, place, whole->part, event->peer, effects->arena);
        if (held != NULL && is_recalled_or_told(held, row)) {
            continue;
        }
        if (row == NULL || whole->received_at <= 0 || whole->received_at > item->seal.at) {
            alarm_raise(view, effects, "receipt", event->peer, "对方的回执提到本机关未曾发给它的附件");
            return;
        }
        *position = *position != 0 ? *position : hold_statement(view, effects, event->peer, item, event->skew_ms);
        put_arrival(effects, place, whole->part, event->peer, whole->received_at, *position);
        duty_consider(view, effects, place); // a period may begin with it
    }
}

// ------------------------------------------------------------------------------------------------------ seeing

static void show_arrivals(struct view *view, struct effects *effects, uint64_t position, Control__AttachmentView *shown)
{
    Record__PartArrived **rows;
    size_t count = view_part_arrivals(view, position, shown->part, effects->arena, &rows);
    shown->deliveries = effect_take(effects, count, sizeof(*shown->deliveries));
    for (size_t i = 0; shown->deliveries != NULL && i < count; i++) {
        Control__PartDelivery *delivery = effect_take(effects, 1, sizeof(*delivery));
        if (delivery == NULL) {
            return;
        }
        control__part_delivery__init(delivery);
        delivery->agency = rows[i]->agency;
        delivery->arrived_at = rows[i]->received_at;
        shown->deliveries[shown->n_deliveries++] = delivery;
    }
}

static void show_state(struct view *view, struct effects *effects, const struct held *held, enum client_role role, Control__AttachmentView *shown)
{
    Record__Attached *row = view_attached(view, held->position, shown->part, effects->arena);
    if (view_has_mark(held, "recalled") && held->carrier[0] != '\0') {
        shown->state = "recalled";
    } else if (row == NULL) {
        shown->state = "withheld";
    } else if (row->name == NULL) {
        shown->state = "awaited";
    } else {
        shown->state = "held";
        shown->held_at = row->at;
        shown->held_bytes = shown->size;
        shown->root = role == ROLE_OPERATOR ? shown->root : row->name->root;
    }
}

void attach_show(struct view *view, struct effects *effects, const struct held *held, enum client_role role, Control__Message *message)
{
    for (unsigned part = 0; part < held->header->n_parts; part++) {
        const Wire__Part *listed = held->header->parts[part];
        Control__AttachmentView *shown = attachment_is(listed) ? effect_take(effects, 1, sizeof(*shown)) : NULL;
        if (shown == NULL) {
            continue;
        }
        if (message->attachments == NULL) {
            message->attachments = effect_take(effects, held->header->n_parts, sizeof(*message->attachments));
        }
        control__attachment_view__init(shown);
        shown->part = part;
        shown->name = listed->name;
        shown->size = listed->size;
        show_state(view, effects, held, role, shown);
        show_arrivals(view, effects, held->position, shown);
        if (message->attachments != NULL) {
            message->attachments[message->n_attachments++] = shown;
        }
    }
}
