// SPDX-License-Identifier: Apache-2.0
// Positions, identities and enclosures: the same said twice, otherwise, or by the side door.
#include "e2e/hostile_scenes.h"

#include <stdio.h>
#include <string.h>

static void offer(struct talk *talk, const char *name, struct forging *forging,
                  struct forged *out_forged)
{
    forge_seal(forging, talk->stage->arena, out_forged);
    struct verdict verdict = talk_offer(talk, out_forged);
    hostile_report(name, &verdict, out_forged);
}

static Wire__Source *source_of(struct stage *stage, const char *record)
{
    Wire__Source *source = arena_take(stage->arena, sizeof(*source));
    wire__source__init(source);
    source->system = forge_text("case-system");
    source->record = forge_text(record);
    return source;
}

// The victim repeats its decision for a position below the one it expects, whatever is there now.
static void replay(struct talk *talk, const char *name, const struct forged *forged,
                   const struct forge_place *place)
{
    size_t receipts = talk->receipt_count;
    struct bytes frame = forge_frame(forged, FRAME_NUMBERED, place, talk->stage->arena);
    struct verdict verdict = talk_settle(talk, frame);
    hostile_report(name, &verdict, forged);
    while (talk->receipt_count == receipts && talk_hear(talk, 2000)) {
    }
    hostile_tell_number(name, "receipts", talk->receipt_count - receipts);
    verdict = talk_decided(talk, place->first);
    hostile_tell(name, "told", verdict.form == VERDICT_HELD ? "held" : verdict.code);
}

static void replay_old(struct stage *stage, struct talk *talk)
{
    struct forging forging;
    struct forged first;
    struct forged second;
    talk_start(talk, &forging);
    const struct forge_place place = talk_place(talk);
    offer(talk, "first", &forging, &first);
    replay(talk, "replay", &first, &place);
    talk_start(talk, &forging);
    forge_seal(&forging, stage->arena, &second);
    replay(talk, "replaced", &second, &place);
}

static void repeat_identity(struct stage *stage, struct talk *talk)
{
    struct forging forging;
    struct forging again;
    struct forged forged;
    struct forged other;
    talk_start(talk, &forging);
    forging.header.source = source_of(stage, "2025-1");
    again = forging;
    offer(talk, "identity", &forging, &forged);
    struct verdict verdict = talk_offer(talk, &forged);
    hostile_report("identity.same", &verdict, &forged);
    again.header.own_number = forge_text("another");
    offer(talk, "identity.other", &again, &other);
    talk_start(talk, &forging);
    forging.header.source = source_of(stage, "2025-1");
    offer(talk, "source.other", &forging, &other);
}

void hostile_stream(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    struct forging forging;
    struct forged forged;
    talk_greet(talk);
    replay_old(stage, talk);
    repeat_identity(stage, talk);
    talk_start(talk, &forging);
    forge_seal(&forging, stage->arena, &forged);
    struct forge_place place = talk_place(talk);
    place.first += 5;
    struct verdict verdict =
        talk_settle(talk, forge_frame(&forged, FRAME_NUMBERED, &place, stage->arena));
    hostile_report("gap", &verdict, &forged);
    place = talk_place(talk);
    place.epoch = 1;
    verdict = talk_settle(talk, forge_frame(&forged, FRAME_NUMBERED, &place, stage->arena));
    hostile_report("old-epoch", &verdict, &forged);
    hostile_probe(talk);
    talk_close(&talk);
}

// -------------------------------------------------------------------------------------- enclosures

static void enclose(struct talk *talk, const char *name, struct forging *forging,
                    enum frame_role role)
{
    struct forged forged;
    const struct forge_place place = {0, talk->epoch, 0};
    forge_seal(forging, talk->stage->arena, &forged);
    talk_send(talk, forge_frame(&forged, role, &place, talk->stage->arena));
    if (!talk_catch_up(talk)) {
        hostile_die("silence after %s", name);
    }
    char id[2 * ID_BYTES + 8];
    const uint8_t *b = forged.id;
    snprintf(id, sizeof(id),
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
    hostile_tell(name, "id", id);
}

static void enclose_acknowledgement(struct stage *stage, struct talk *talk)
{
    struct forging forging;
    Wire__Reference target = WIRE__REFERENCE__INIT;
    Body__Acknowledgement body = BODY__ACKNOWLEDGEMENT__INIT;
    while (talk->got_count == 0 && talk_hear(talk, HOSTILE_PATIENCE_MS)) {
    }
    if (talk->got_count == 0) {
        hostile_die("the victim has sent nothing to sign for");
    }
    target.author = talk->got[0].header->author;
    target.id = talk->got[0].header->id;
    target.leaf = forge_binary(talk->got[0].leaf.bytes, DIGEST_BYTES, stage->arena);
    talk_start(talk, &forging);
    forge_reply(&forging, "acknowledgement", &body.base, &target, stage->arena);
    enclose(talk, "enclosed.acknowledgement", &forging, FRAME_ENCLOSURE);
}

// What no numbered position would let through, as something that another statement might cite.
void hostile_enclosures(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    struct forging forging;
    talk_greet(talk);
    enclose_acknowledgement(stage, talk);
    talk_start(talk, &forging);
    forging.header.handling = forge_text("秘密");
    enclose(talk, "enclosed.secret", &forging, FRAME_ENCLOSURE);
    talk_start(talk, &forging);
    forging.header.compact = forge_text("no-such-compact");
    enclose(talk, "enclosed.no-compact", &forging, FRAME_ENCLOSURE);
    talk_start(talk, &forging);
    ((Body__LeadNotice *)(uintptr_t)forging.body)->suspect = NULL;
    enclose(talk, "enclosed.required", &forging, FRAME_ENCLOSURE);
    talk_start(talk, &forging);
    enclose(talk, "enclosed.with-body", &forging, FRAME_ENCLOSURE);
    talk_start(talk, &forging);
    forging.form = PART_WITHHELD;
    enclose(talk, "enclosed.withheld", &forging, FRAME_ENCLOSURE);
    talk_start(talk, &forging);
    enclose(talk, "unnumbered.notice", &forging, FRAME_UNNUMBERED);
    talk_start(talk, &forging);
    forging.form = PART_WITHHELD;
    forge_seal(&forging, stage->arena, &(struct forged){0});
    struct forged forged;
    forge_seal(&forging, stage->arena, &forged);
    const struct forge_place place = talk_place(talk);
    struct verdict verdict =
        talk_settle(talk, forge_frame(&forged, FRAME_RECALLED, &place, stage->arena));
    hostile_report("recalled.without-recall", &verdict, &forged);
    hostile_probe(talk);
    talk_close(&talk);
}
