// SPDX-License-Identifier: Apache-2.0
// Receipts that say what is not so, and acts on statements that are not ours to act on.
#include "e2e/hostile_scenes.h"

#include <string.h>

#include "wire/seal_key.h"
#include "wire/tree.h"

struct claim {
    const char *name;
    void (*spoil)(struct stage *stage, struct forging *forging, Wire__Run *run);
};

static void wrong_root(struct stage *stage, struct forging *forging, Wire__Run *run)
{
    (void)stage;
    (void)forging;
    run->root.data[0] ^= 1;
}

static void short_root(struct stage *stage, struct forging *forging, Wire__Run *run)
{
    (void)stage;
    (void)forging;
    run->root.len--;
}

static void beyond_sent(struct stage *stage, struct forging *forging, Wire__Run *run)
{
    (void)stage;
    (void)forging;
    run->to += 5;
}

static void all_there_is(struct stage *stage, struct forging *forging, Wire__Run *run)
{
    (void)stage;
    (void)forging;
    run->to = UINT64_MAX;
}

static void backwards(struct stage *stage, struct forging *forging, Wire__Run *run)
{
    (void)stage;
    (void)forging;
    run->from = run->to + 1;
}

static void from_zero(struct stage *stage, struct forging *forging, Wire__Run *run)
{
    (void)stage;
    (void)forging;
    run->from = 0;
}

static void other_epoch(struct stage *stage, struct forging *forging, Wire__Run *run)
{
    (void)stage;
    (void)forging;
    run->epoch++;
}

static void other_stream(struct stage *stage, struct forging *forging, Wire__Run *run)
{
    (void)stage;
    (void)forging;
    run->stream = 9;
}

static void for_other(struct stage *stage, struct forging *forging, Wire__Run *run)
{
    (void)run;
    forging->header.to[0] = stage->other.id;
}

static void with_matter(struct stage *stage, struct forging *forging, Wire__Run *run)
{
    (void)run;
    forging->header.matter = forge_binary(forging->header.id.data, ID_BYTES, stage->arena);
}

static void sealed_by_other(struct stage *stage, struct forging *forging, Wire__Run *run)
{
    (void)run;
    forging->header.author = stage->other.id;
    forging->signer = &stage->other;
    forging->seal.suite = stage->other.suite;
    memcpy(forging->seal.agency, stage->other.id, sizeof(forging->seal.agency));
    memcpy(forging->seal.key_id, seal_key_id(stage->other.public_key), KEY_ID_BYTES);
}

static void nothing_wrong(struct stage *stage, struct forging *forging, Wire__Run *run)
{
    (void)stage;
    (void)forging;
    (void)run;
}

static const struct claim claims[] = {
    {"receipt.root", wrong_root},         {"receipt.short-root", short_root},
    {"receipt.beyond", beyond_sent},      {"receipt.all", all_there_is},
    {"receipt.backwards", backwards},     {"receipt.zero", from_zero},
    {"receipt.epoch", other_epoch},       {"receipt.stream", other_stream},
    {"receipt.for-other", for_other},     {"receipt.by-other", sealed_by_other},
    {"receipt.with-matter", with_matter}, {"receipt.good", nothing_wrong},
};

static const struct got *await_message(struct talk *talk)
{
    while (talk->got_count == 0) {
        if (!talk_hear(talk, HOSTILE_PATIENCE_MS)) {
            hostile_die("the victim has sent nothing");
        }
    }
    return &talk->got[0];
}

static void fill_run(struct talk *talk, const struct got *got, Wire__Run *run)
{
    struct digest root;
    tree_root_of(talk->self->suite, &got->leaf, 1, &root);
    wire__run__init(run);
    run->epoch = got->epoch;
    run->from = got->sequence;
    run->to = got->sequence;
    run->received_at = forge_now();
    run->root = forge_binary(root.bytes, DIGEST_BYTES, talk->stage->arena);
}

static void start_receipt(struct talk *talk, const Wire__Receipt *receipt,
                          struct forging *out_forging)
{
    static const uint8_t no_matter[ID_BYTES];
    talk_start(talk, out_forging);
    forge_reply(out_forging, "receipt", &receipt->base, NULL, talk->stage->arena);
    out_forging->header.matter = forge_binary(no_matter, ID_BYTES, talk->stage->arena);
    out_forging->header.compact = forge_text("");
    out_forging->header.procedure.len = 0;
}

static void say(struct talk *talk, const char *name, struct forging *forging)
{
    struct forged forged;
    const struct forge_place place = {0, talk->epoch, 0};
    forge_seal(forging, talk->stage->arena, &forged);
    talk_send(talk, forge_frame(&forged, FRAME_UNNUMBERED, &place, talk->stage->arena));
    if (!talk_catch_up(talk)) {
        hostile_die("silence after %s", name);
    }
    hostile_tell(name, "answer", "none");
}

// A refusal of a statement that was never sent: the position is right, the digest is not.
static void refuse_another(struct talk *talk, const struct got *got)
{
    struct forging forging;
    Wire__Refused refused = WIRE__REFUSED__INIT;
    Wire__Refused *refusals[] = {&refused};
    Wire__Receipt receipt = WIRE__RECEIPT__INIT;
    receipt.refusals = refusals;
    receipt.n_refusals = 1;
    refused.epoch = got->epoch;
    refused.position = got->sequence;
    refused.leaf = forge_binary("0123456789abcdef0123456789abcdef", DIGEST_BYTES,
                                talk->stage->arena);
    refused.code = forge_text("value");
    refused.detail = forge_text("不存在的文书");
    refused.received_at = forge_now();
    start_receipt(talk, &receipt, &forging);
    say(talk, "receipt.refusal-of-another", &forging);
}

// Says one claim a call, named on the command line, so that the test can look at the victim after
// each.
void hostile_receipt(struct stage *stage, const char *name)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    talk_greet(talk);
    const struct got *got = await_message(talk);
    if (strcmp(name, "receipt.refusal-of-another") == 0) {
        refuse_another(talk, got);
    }
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        if (strcmp(name, claims[i].name) != 0) {
            continue;
        }
        struct forging forging;
        Wire__Run run;
        Wire__Run *runs[] = {&run};
        Wire__Receipt receipt = WIRE__RECEIPT__INIT;
        receipt.runs = runs;
        receipt.n_runs = 1;
        fill_run(talk, got, &run);
        start_receipt(talk, &receipt, &forging);
        claims[i].spoil(stage, &forging, &run);
        say(talk, name, &forging);
    }
    talk_close(&talk);
}

// -------------------------------------------------------------------------------------------- acts

static void act(struct talk *talk, const char *name, const char *kind,
                const ProtobufCMessage *body, const Wire__Reference *target, bool officer)
{
    static Wire__Officer person = WIRE__OFFICER__INIT;
    static Wire__Officer *people[] = {&person};
    struct forging forging;
    struct forged forged;
    person.certificate = forge_text("B001");
    person.name = forge_text("李四");
    talk_start(talk, &forging);
    forge_reply(&forging, kind, body, target, talk->stage->arena);
    if (officer) {
        forging.header.officers = people;
        forging.header.n_officers = 1;
    }
    forge_seal(&forging, talk->stage->arena, &forged);
    struct verdict verdict = talk_offer(talk, &forged);
    hostile_report(name, &verdict, &forged);
}

static Wire__Reference refer(struct talk *talk, const struct got *got)
{
    Wire__Reference target = WIRE__REFERENCE__INIT;
    target.author = got->header->author;
    target.id = got->header->id;
    target.leaf = forge_binary(got->leaf.bytes, DIGEST_BYTES, talk->stage->arena);
    return target;
}

// The victim's message to us is known to the other member too, who was not written to.
void hostile_acts(struct stage *stage)
{
    Body__Acknowledgement acknowledgement = BODY__ACKNOWLEDGEMENT__INIT;
    Body__Recall recall = BODY__RECALL__INIT;
    Body__Confirm confirm = BODY__CONFIRM__INIT;
    recall.reason = forge_text("不想让它存在");
    confirm.verdict = forge_text("confirmed");
    struct talk *self = talk_open_as(stage, &stage->self);
    struct talk *other = talk_open_as(stage, &stage->other);
    talk_greet(self);
    talk_greet(other);
    Wire__Reference target = refer(self, await_message(self));
    act(self, "ack.no-officer", "acknowledgement", &acknowledgement.base, &target, false);
    act(other, "ack.not-recipient", "acknowledgement", &acknowledgement.base, &target, true);
    act(other, "confirm.not-recipient", "confirm", &confirm.base, &target, true);
    act(self, "recall.not-author", "recall", &recall.base, &target, true);
    target.leaf.data[0] ^= 1;
    act(self, "ack.other-leaf", "acknowledgement", &acknowledgement.base, &target, true);
    hostile_probe(self);
    hostile_probe(other);
    talk_close(&self);
    talk_close(&other);
}
