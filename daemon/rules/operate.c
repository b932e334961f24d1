// SPDX-License-Identifier: Apache-2.0
#include "rules/operate.h"

#include <string.h>

#include "wire/codes.h"
#include "wire/envelope.h"
#include "wire/envelope_card.h"
#include "wire/identity.h"
#include "wire/seal_key.h"

#include "rules/alarm.h"
#include "rules/allowance.h"
#include "rules/duty.h"
#include "rules/refuse.h"
#include "rules/sharing.h"

Control__Reply *operate_reply(const struct event *event, struct effects *effects, Control__Reply__AnswerCase form)
{
    Control__Reply *reply = effect_take(effects, 1, sizeof(*reply));
    struct release *release = effect_release(effects, RELEASE_REPLY);
    if (reply == NULL) {
        return NULL;
    }
    control__reply__init(reply);
    reply->answer_case = form;
    release->client = event->request.from;
    release->number = event->request.request->number;
    release->reply = reply;
    return reply;
}

void operate_done(const struct event *event, struct effects *effects, const char *text)
{
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_DONE);
    Control__Done *done = effect_take(effects, 1, sizeof(*done));
    if (reply != NULL && done != NULL) {
        control__done__init(done);
        done->text = (char *)text;
        reply->done = done;
    }
}

void operate_refuse(const struct event *event, struct effects *effects, Control__Refusal *refusal)
{
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_REFUSAL);
    if (reply != NULL) {
        reply->refusal = refusal;
    }
}

// ------------------------------------------------------------------------------------------------------- start

static void put_peer(struct effects *effects, const Wire__Card *card, struct bytes envelope, bool suspended)
{
    Record__PeerSet *set = effect_take(effects, 1, sizeof(*set));
    if (set == NULL) {
        return;
    }
    record__peer_set__init(set);
    set->agency = card->agency;
    set->card = (ProtobufCBinaryData){envelope.size, (uint8_t *)envelope.data};
    set->suspended = suspended;
    set->region = card->region;
    set->name = card->name;
    effect_put(effects, RECORD__EFFECT__IS_PEER, set, NULL);
}

static bool same_card(const struct agency *agency, struct bytes envelope)
{
    return agency->envelope.size == envelope.size && memcmp(agency->envelope.data, envelope.data, envelope.size) == 0;
}

static void open_epoch(struct effects *effects, uint64_t epoch, const char *reason)
{
    Record__EpochOpened *opened = effect_take(effects, 1, sizeof(*opened));
    if (opened == NULL) {
        return;
    }
    record__epoch_opened__init(opened);
    opened->epoch = epoch;
    opened->reason = (char *)reason;
    effect_put(effects, RECORD__EFFECT__IS_EPOCH, opened, NULL);
}

static void hold_text(struct view *view, struct effects *effects, const struct law_text *text, const struct digest *digest)
{
    if (view_text(view, (struct bytes){digest->bytes, DIGEST_BYTES}, effects->arena) != NULL) {
        return;
    }
    Record__TextHeld *held = effect_take(effects, 1, sizeof(*held));
    if (held == NULL) {
        return;
    }
    record__text_held__init(held);
    held->digest = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)digest->bytes};
    held->what = (char *)text->what;
    held->content = (ProtobufCBinaryData){text->content.size, (uint8_t *)text->content.data};
    effect_put(effects, RECORD__EFFECT__IS_TEXT, held, NULL);
}

static void add_procedure(struct effects *effects, Record__LawInForce *law, const struct procedure *procedure)
{
    Record__ProcedureInForce *row = effect_take(effects, 1, sizeof(*row));
    if (row != NULL) {
        record__procedure_in_force__init(row);
        row->id = (char *)procedure->id;
        row->digest = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)procedure->digest.bytes};
        law->procedures[law->n_procedures++] = row;
    }
}

// Whether the judging that a law began has ended is no part of the law.
static bool same_law(struct effects *effects, const Record__LawInForce *left, Record__LawInForce right)
{
    right.judging = left->judging;
    struct bytes a = decode_pack(&left->base, effects->arena);
    struct bytes b = decode_pack(&right.base, effects->arena);
    return a.data != NULL && b.data != NULL && a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static bool same_calendar(const Record__LawInForce *left, const Record__LawInForce *right)
{
    return left->calendar.len == right->calendar.len && memcmp(left->calendar.data, right->calendar.data, left->calendar.len) == 0;
}

static void put_compact(struct view *view, struct effects *effects, const struct law_text *text, struct digest *digest,
                        const Record__LawInForce *law)
{
    struct law_fault fault;
    struct compact *compact = NULL;
    struct held_compact old;
    switch (compact_parse(text->content, &compact, &fault)) {
    case LAW_OK:
        break;
    case LAW_NO_MEMORY:
        effects->exhausted = true;
        return;
    case LAW_FAULTY:
        return; // the loader refused faulty texts before they came here
    }
    char *id = arena_copy_text(effects->arena, compact->id);
    Record__CompactSet *set = effect_take(effects, 1, sizeof(*set));
    for (size_t i = 0; set != NULL && id != NULL && i < law->n_procedures; i++) {
        if (strcmp(law->procedures[i]->id, compact->procedure) == 0) {
            record__compact_set__init(set);
            set->id = id;
            set->digest = (ProtobufCBinaryData){DIGEST_BYTES, digest->bytes};
            set->procedure = law->procedures[i]->digest;
        }
    }
    compact_free(&compact);
    effects->exhausted = effects->exhausted || id == NULL;
    if (set == NULL || set->id == NULL) {
        return;
    }
    bool same = view_compact(view, id, effects->arena, &old) && old.row->digest.len == DIGEST_BYTES &&
                memcmp(old.row->digest.data, digest->bytes, DIGEST_BYTES) == 0 && old.row->procedure.len == DIGEST_BYTES &&
                memcmp(old.row->procedure.data, set->procedure.data, DIGEST_BYTES) == 0;
    if (!same) {
        effect_put(effects, RECORD__EFFECT__IS_COMPACT, set, NULL);
    }
}

// Texts enter the store first, then what is in force points at them, then the compacts.
static void take_law(struct view *view, struct effects *effects, const struct start *start)
{
    Record__LawInForce *law = effect_take(effects, 1, sizeof(*law));
    struct digest *digests = effect_take(effects, start->text_count, sizeof(*digests));
    if (law == NULL || digests == NULL) {
        return;
    }
    record__law_in_force__init(law);
    law->procedures = effect_take(effects, start->text_count, sizeof(*law->procedures));
    for (size_t i = 0; law->procedures != NULL && i < start->text_count; i++) {
        const struct law_text *text = &start->texts[i];
        hash_sm3(text->content, &digests[i]);
        hold_text(view, effects, text, &digests[i]);
        const struct bytes digest = {digests[i].bytes, DIGEST_BYTES};
        const struct procedure *procedure =
            strcmp(text->what, "procedure") == 0 ? view_procedure(view, digest, effects->arena) : NULL;
        if (procedure != NULL) {
            add_procedure(effects, law, procedure);
        } else if (strcmp(text->what, "calendar") == 0) {
            law->calendar = (ProtobufCBinaryData){DIGEST_BYTES, digests[i].bytes};
        }
    }
    Record__LawInForce *old = view_law(view, effects->arena);
    if (old == NULL || !same_law(effects, old, *law)) {
        law->judging = old != NULL && (old->judging || !same_calendar(old, law));
        effect_put(effects, RECORD__EFFECT__IS_LAW, law, NULL);
    }
    for (size_t i = 0; i < start->text_count; i++) {
        if (strcmp(start->texts[i].what, "compact") == 0) {
            put_compact(view, effects, &start->texts[i], &digests[i], law);
        }
    }
}

static void judge_on(struct effects *effects, uint64_t place)
{
    struct release *release = effect_release(effects, RELEASE_JUDGE_ON);
    release->position = place;
}

// Duties are looked at in later turns, a page in each, because there may be a million of them; that this is under way stands in the store.
static void take_files(struct view *view, struct effects *effects, const struct start *start)
{
    struct agency self;
    if (!view_agency(view, view_state(view)->agency, effects->arena, &self) || !same_card(&self, start->card_envelope)) {
        put_peer(effects, start->card, start->card_envelope, false);
    }
    take_law(view, effects, start);
    const Record__LawInForce *law = view_law(view, effects->arena);
    if (law != NULL && law->judging) {
        judge_on(effects, DUTY_FIRST_PLACE);
    }
    sharing_introduce(view, effects);
}

void operate_start(struct view *view, const struct event *event, struct effects *effects)
{
    if (view_state(view)->epoch == 0) {
        open_epoch(effects, event->fresh_epoch, "first start");
    }
    take_files(view, effects, &event->start);
    effect_release(effects, RELEASE_PUBLISH_ON);
}

void operate_reload(struct view *view, const struct event *event, struct effects *effects)
{
    take_files(view, effects, &event->start);
    effect_release(effects, RELEASE_RELOADED);
}

// A turn whose commit failed may stand on the disk all the same, and then nobody decides again what it decided. Clients and peers repeat what they were not
// answered; only what we ourselves asked has nobody to repeat it.
void operate_resume(struct view *view, struct effects *effects)
{
    const char *const *agencies;
    size_t count = view_agencies(view, effects->arena, &agencies);
    for (size_t i = 0; i < count; i++) {
        duty_ask(view, effects, agencies[i]);
    }
    effect_release(effects, RELEASE_PUBLISH_ON);
}

void operate_judge_on(struct view *view, const struct event *event, struct effects *effects)
{
    uint64_t place = event->place;
    duty_date(view, effects, &place);
    judge_on(effects, place);
    Record__LawInForce *law = place == 0 ? view_law(view, effects->arena) : NULL;
    if (law != NULL && law->judging) {
        law->judging = false;
        effect_put(effects, RECORD__EFFECT__IS_LAW, law, NULL);
    }
}

// ------------------------------------------------------------------------------------------------------- hello

static void say_bye(struct effects *effects, enum release_form form, const char *peer, const char *code, const char *detail)
{
    struct release *release = effect_release(effects, form);
    Wire__Bye *bye = effect_take(effects, 1, sizeof(*bye));
    if (bye != NULL) {
        wire__bye__init(bye);
        bye->code = (char *)code;
        bye->detail = (char *)detail;
        release->peer = peer;
        release->bye = bye;
    }
}

// A seal of ours that we do not know, yet which our own key made, proves a past that this store has lost. Without the signature
// anybody could talk us into a new epoch. A past of an epoch before ours was left behind when ours was opened; peers show it until they hear from us.
static bool proves_lost_past(struct view *view, struct effects *effects, struct bytes seen, uint64_t *out_epoch)
{
    const Record__State *state = view_state(view);
    struct seal seal;
    struct agency self;
    if (seen.size != SEAL_BYTES || !seal_decode(seen.data, &seal) || strcmp(seal.agency, state->agency) != 0 || seal.turn == 0 ||
        seal.epoch < state->epoch) {
        return false;
    }
    *out_epoch = seal.epoch;
    const uint8_t *ours = view_seal(view, state->agency, seal.epoch, seal.turn, effects->arena);
    if (ours != NULL && memcmp(ours, seen.data, SEAL_BYTES) == 0) {
        return false;
    }
    struct seal_key *key = NULL;
    if (!view_agency(view, state->agency, effects->arena, &self)) {
        return false;
    }
    enum seal_key_outcome outcome = seal_key_new((enum suite)self.card->suite, decode_bytes(self.card->sign_key), &key);
    outcome = outcome == SEAL_KEY_OK ? seal_key_check(seen.data, key) : outcome;
    seal_key_free(&key);
    effects->exhausted = effects->exhausted || outcome == SEAL_KEY_FAILED;
    return outcome == SEAL_KEY_OK;
}

static void queue_again(struct view *view, struct effects *effects, const char *peer, uint32_t stream, const struct stream_place *old)
{
    uint64_t next = 1;
    for (uint64_t sequence = old->settled + 1; sequence <= old->last; sequence++) {
        uint64_t position = view_outbox(view, peer, stream, old->epoch, sequence);
        Record__Queued *queued = effect_take(effects, 1, sizeof(*queued));
        if (position == 0 || queued == NULL) {
            continue;
        }
        record__queued__init(queued);
        queued->peer = (char *)peer;
        queued->stream = stream;
        queued->epoch = view_state(view)->epoch;
        queued->sequence = next++;
        queued->position = position;
        effect_put(effects, RECORD__EFFECT__IS_QUEUED, queued, NULL);
    }
}

// Everything without a receipt is offered again under the new epoch. It is above the lost one, whatever the clock says: peers hear nothing of a lower one.
static void leave_past(struct view *view, struct effects *effects, const struct event *event, uint64_t lost)
{
    const char *const *agencies;
    size_t count = view_agencies(view, effects->arena, &agencies);
    alarm_raise(view, effects, "restored", event->peer, "对方见过本机关已不存在的记录：本机关的数据被还原或复制过，已开启新纪元");
    open_epoch(effects, event->fresh_epoch > lost ? event->fresh_epoch : lost + 1, "a peer has seen a past that this store does not know");
    for (size_t i = 0; i < count * STREAM_COUNT; i++) {
        const char *agency = agencies[i / STREAM_COUNT];
        const uint32_t stream = i % STREAM_COUNT;
        struct stream_place old = view_outgoing(view, agency, stream, effects->arena);
        if (old.last > old.settled) {
            queue_again(view, effects, agency, stream, &old);
        }
    }
}

// A caller that comes and goes without end fills no journal with it.
static void put_link(struct view *view, struct effects *effects, const char *peer, bool up)
{
    if (!allowance_take(view, effects, peer)) {
        return;
    }
    Record__LinkChanged *link = effect_take(effects, 1, sizeof(*link));
    if (link != NULL) {
        record__link_changed__init(link);
        link->peer = (char *)peer;
        link->up = up;
        effect_put(effects, RECORD__EFFECT__IS_LINK, link, NULL);
    }
}

static bool refuse_hello(struct view *view, struct effects *effects, const struct event *event)
{
    const Wire__Hello *hello = event->hello;
    struct agency peer;
    if (strcmp(hello->agency, event->peer) != 0) {
        say_bye(effects, RELEASE_BYE, event->peer, "identity", "hello names another agency than the key");
        return true;
    }
    if (!view_agency(view, event->peer, effects->arena, &peer) || peer.suspended) {
        say_bye(effects, RELEASE_BYE, event->peer, "suspended", "suspended here");
        return true;
    }
    if ((hello->test != 0) != (view_state(view)->test != 0)) {
        say_bye(effects, RELEASE_BYE, event->peer, "test-stamp", "test meets real");
        return true;
    }
    if (hello->version_least > PROTOCOL_VERSION || hello->version_most < PROTOCOL_VERSION) {
        say_bye(effects, RELEASE_BYE, event->peer, "version", "no common version");
        return true;
    }
    return false;
}

void operate_hello(struct view *view, const struct event *event, struct effects *effects)
{
    const Wire__Hello *hello = event->hello;
    if (refuse_hello(view, effects, event)) {
        return;
    }
    uint64_t lost;
    bool left = proves_lost_past(view, effects, decode_bytes(hello->seen), &lost);
    if (left) {
        leave_past(view, effects, event, lost);
    }
    const Record__SeenMoved *seen = view_peer_state(view, event->peer, effects->arena)->seen;
    if (seen != NULL && seen->epoch != 0 && hello->epoch != 0 && seen->epoch != hello->epoch) {
        alarm_raise(view, effects, "new-epoch", event->peer, "对方开启了新纪元：其数据被还原或复制过");
    }
    if (event->skew_ms > LIMIT_CLOCK_SKEW_MS || event->skew_ms < -LIMIT_CLOCK_SKEW_MS) {
        alarm_raise(view, effects, "clock-skew", event->peer, "对方时钟与本机关相差超过 60 秒");
    }
    if (!event->linked_before) {
        put_link(view, effects, event->peer, true);
        duty_ask(view, effects, event->peer);
    }
    struct release *release = effect_release(effects, RELEASE_HELLO);
    release->peer = event->peer;
    release->at = hello->answer && !left; // a new epoch is told at once
}

void operate_link_down(struct view *view, const struct event *event, struct effects *effects)
{
    put_link(view, effects, event->peer, false);
}

void operate_door(struct view *view, const struct event *event, struct effects *effects)
{
    bool lost = strcmp(event->door, "door") == 0;
    alarm_raise(view, effects, event->door, view_state(view)->agency, "%s",
                lost ? "不认识的密钥通过了入口检查：监听已关闭，查明原因并重新启动前不再开放" : "文件描述符将尽，可能有人大量连接：监听暂停片刻后重开");
}

// ---------------------------------------------------------------------------------------------------- requests

void operate_add_peer(struct view *view, const struct event *event, struct effects *effects)
{
    const struct bytes envelope = decode_bytes(event->request.request->peer_add->card);
    Wire__Header *header;
    Wire__Card *card;
    struct decode_fault fault = {0};
    enum envelope_outcome outcome = envelope_card_open(envelope, view_state(view)->test ? SEAL_TEST : SEAL_REAL, effects->arena, &fault,
                                                       &header, &card);
    if (outcome == ENVELOPE_NO_MEMORY) {
        effects->exhausted = true;
        return;
    }
    if (outcome != ENVELOPE_OK) {
        operate_refuse(event, effects, refuse_make(effects, envelope_code(outcome), "名片不能采信（%s）%s", envelope_code(outcome),
                                                   fault.text == NULL ? "" : fault.text));
        return;
    }
    if (strcmp(card->agency, view_state(view)->agency) == 0) {
        operate_refuse(event, effects, refuse_make(effects, "addressing", "这是本机关自己的名片"));
        return;
    }
    struct agency old;
    bool known = view_agency(view, card->agency, effects->arena, &old);
    if (known && card->issued_at < old.card->issued_at) {
        operate_refuse(event, effects, refuse_make(effects, "state", "已有该机关更新的名片"));
        return;
    }
    if (!known || !same_card(&old, envelope)) {
        put_peer(effects, card, envelope, known && old.suspended);
    }
    sharing_introduce(view, effects);
    struct release *release = effect_release(effects, RELEASE_CONNECT);
    release->peer = card->agency;
    operate_done(event, effects, arena_format(effects->arena, "已采信 %s（%s）的名片", card->name, card->agency));
}

void operate_change_peer(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__PeerChange *change = event->request.request->peer_change;
    struct agency agency;
    bool suspend = strcmp(change->change, "suspend") == 0;
    if (!identity_is_agency(change->agency) || !view_agency(view, change->agency, effects->arena, &agency) ||
        strcmp(change->agency, view_state(view)->agency) == 0) {
        operate_refuse(event, effects, refuse_make(effects, "not-found", "没有机关“%s”", change->agency));
        return;
    }
    if (!suspend && strcmp(change->change, "resume") != 0) {
        operate_refuse(event, effects, refuse_make(effects, "value", "只能停用（suspend）或恢复（resume）"));
        return;
    }
    if (agency.suspended != suspend) {
        put_peer(effects, agency.card, agency.envelope, suspend);
    }
    if (suspend) {
        say_bye(effects, RELEASE_DISCONNECT, change->agency, "suspended", "suspended here");
    } else {
        effect_release(effects, RELEASE_CONNECT)->peer = change->agency;
    }
    operate_done(event, effects, suspend ? "已停用" : "已恢复");
}

static const char *list_codes(struct effects *effects, const struct code_list *list)
{
    const char *names = "";
    for (size_t i = 0; i < list->count; i++) {
        const char *longer = arena_format(effects->arena, "%s%s%s（%s）", names, i == 0 ? "" : "、", list->codes[i].name, list->codes[i].zh);
        names = longer == NULL ? names : longer;
    }
    return names;
}

void operate_add_officer(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__OfficerAdd *add = event->request.request->officer_add;
    const struct code_list *roles = codes_list("officer");
    if (add->certificate[0] == '\0' || strlen(add->certificate) > 64 || add->name[0] == '\0' || strlen(add->name) > 128) {
        operate_refuse(event, effects, refuse_make(effects, "required", "证件号（64 字节内）和姓名（128 字节内）必填"));
        return;
    }
    for (size_t i = 0; i < add->n_roles; i++) {
        if (codes_find(roles, add->roles[i]) == NULL) {
            operate_refuse(event, effects, refuse_make(effects, "value", "没有角色“%s”；可用：%s", add->roles[i], list_codes(effects, roles)));
            return;
        }
    }
    const Record__OfficerSet *old = view_officer(view, add->certificate, effects->arena);
    Record__OfficerSet *set = effect_take(effects, 1, sizeof(*set));
    if (set == NULL) {
        return;
    }
    record__officer_set__init(set);
    set->certificate = add->certificate;
    set->name = add->name;
    set->section = add->section;
    set->telephone = add->telephone;
    set->roles = add->roles;
    set->n_roles = add->n_roles;
    set->by_client = (char *)event->request.client;
    effect_put(effects, RECORD__EFFECT__IS_OFFICER, set, NULL);
    operate_done(event, effects,
                 old == NULL ? "已列入人员名册" : arena_format(effects->arena, "已更新人员名册（原为 %s）", old->name));
}

// Headers carry their officers' names, so whoever leaves the roll changes nothing that was signed.
void operate_remove_officer(struct view *view, const struct event *event, struct effects *effects)
{
    const char *certificate = event->request.request->officer_remove->certificate;
    const Record__OfficerSet *old = strlen(certificate) > 64 ? NULL : view_officer(view, certificate, effects->arena);
    if (old == NULL) {
        operate_refuse(event, effects, refuse_make(effects, "not-found", "人员名册上没有证件号“%.64s”", certificate));
        return;
    }
    Record__OfficerRemoved *removed = effect_take(effects, 1, sizeof(*removed));
    if (removed != NULL) {
        record__officer_removed__init(removed);
        removed->certificate = (char *)certificate;
        removed->by_client = (char *)event->request.client;
        effect_put(effects, RECORD__EFFECT__IS_REMOVED, removed, NULL);
    }
    operate_done(event, effects, arena_format(effects->arena, "已从人员名册移除 %s", old->name));
}

void operate_clear_alarm(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__AlarmClear *clear = event->request.request->alarm_clear;
    if (strlen(clear->code) > 64 || strlen(clear->agency) > LIMIT_AGENCY_BYTES || !view_has_alarm(view, clear->code, clear->agency)) {
        operate_refuse(event, effects, refuse_make(effects, "not-found", "没有这条告警"));
        return;
    }
    Record__AlarmCleared *cleared = effect_take(effects, 1, sizeof(*cleared));
    if (cleared != NULL) {
        record__alarm_cleared__init(cleared);
        cleared->code = clear->code;
        cleared->agency = clear->agency;
        cleared->by_client = (char *)event->request.client;
    }
    effect_put(effects, RECORD__EFFECT__IS_CLEARED, cleared, NULL);
    operate_done(event, effects, "告警已解除");
}

void operate_accept_clock(struct view *view, const struct event *event, struct effects *effects)
{
    (void)view;
    effect_release(effects, RELEASE_ACCEPT_CLOCK);
    operate_done(event, effects, "时钟已确认");
}

void operate_move_clock(struct view *view, const struct event *event, struct effects *effects)
{
    int64_t to = event->request.request->test_clock->to;
    if (!view_state(view)->test) {
        operate_refuse(event, effects, refuse_make(effects, "state", "本机关不在测试时钟下运行"));
        return;
    }
    if (to <= effects->now) {
        operate_refuse(event, effects, refuse_make(effects, "value", "测试时钟只能向前"));
        return;
    }
    struct release *release = effect_release(effects, RELEASE_MOVE_CLOCK);
    release->at = to;
    operate_done(event, effects, "测试时钟已移动");
}
