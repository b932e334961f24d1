// SPDX-License-Identifier: Apache-2.0
// Statements that are sealed rightly and wrong all the same.
#include "e2e/hostile_scenes.h"

#include <stdio.h>
#include <string.h>

#include "wire/seal_key.h"

enum { FAR_FUTURE_MS = 3600000, LONG_BYTES = 600, MANY = 5000, UNKNOWN_FIELDS = 80 };

struct rule {
    const char *name;
    void (*spoil)(struct stage *stage, struct forging *forging);
};

static Body__LeadNotice *notice_of(struct forging *forging)
{
    return (Body__LeadNotice *)(uintptr_t)forging->body;
}

static char **list_of(struct stage *stage, const char *first, const char *second)
{
    char **list = arena_take_array(stage->arena, 2, sizeof(*list));
    list[0] = forge_text(first);
    list[1] = forge_text(second);
    return list;
}

// Packed bytes with others behind them.
static struct bytes append(struct stage *stage, const ProtobufCMessage *message, const void *tail,
                           size_t size)
{
    struct bytes packed = decode_pack(message, stage->arena);
    uint8_t *data = arena_take(stage->arena, packed.size + size);
    memcpy(data, packed.data, packed.size);
    memcpy(data + packed.size, tail, size);
    return (struct bytes){data, packed.size + size};
}

// A header's bytes can only be spoiled after its list of parts is known.
static void fill_header(struct stage *stage, struct forging *forging)
{
    struct forged forged;
    struct forging copy = *forging;
    copy.form = PART_WITHHELD;
    forge_seal(&copy, stage->arena, &forged);
    forging->header = copy.header;
    forging->law = FORGE_AS_IS;
    forging->parts = FORGE_AS_IS;
    forging->form = PART_WITHHELD;
}

// ------------------------------------------------------------------------------------------- seals

static void name_other_suite(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->seal.suite = forging->seal.suite == SUITE_SM2_SM3 ? SUITE_ED25519_SHA256
                                                               : SUITE_SM2_SM3;
}

static void sign_with_empty_id(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->sm2_id = "";
}

static void stamp_test(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->seal.domain = SEAL_TEST;
}

static void write_as_other(struct stage *stage, struct forging *forging)
{
    forging->header.author = stage->other.id;
}

static void write_as_victim(struct stage *stage, struct forging *forging)
{
    forging->header.author = stage->victim.id;
    forging->header.to[0] = stage->self.id;
}

static void seal_as_other(struct stage *stage, struct forging *forging)
{
    forging->header.author = stage->other.id;
    snprintf(forging->seal.agency, sizeof(forging->seal.agency), "%s", stage->other.id);
}

// With the other's suite and key id too: all but the key.
static void seal_as_other_in_all(struct stage *stage, struct forging *forging)
{
    seal_as_other(stage, forging);
    forging->seal.suite = stage->other.suite;
    memcpy(forging->seal.key_id, seal_key_id(stage->other.public_key), KEY_ID_BYTES);
}

static void seal_as_victim(struct stage *stage, struct forging *forging)
{
    write_as_victim(stage, forging);
    snprintf(forging->seal.agency, sizeof(forging->seal.agency), "%s", stage->victim.id);
}

static void seal_as_nobody(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->header.author = forge_text("nobody-at-all");
    snprintf(forging->seal.agency, sizeof(forging->seal.agency), "nobody-at-all");
}

// ----------------------------------------------------------------------------------------- parties

static void address_other(struct stage *stage, struct forging *forging)
{
    forging->header.to[0] = stage->other.id;
}

static void address_self(struct stage *stage, struct forging *forging)
{
    forging->header.to = list_of(stage, stage->victim.id, stage->self.id);
    forging->header.n_to = 2;
}

static void address_twice(struct stage *stage, struct forging *forging)
{
    forging->header.copy = list_of(stage, stage->victim.id, "");
    forging->header.n_copy = 1;
}

static void address_nobody(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->header.n_to = 0;
}

static void copy_to_outsider(struct stage *stage, struct forging *forging)
{
    forging->header.copy = list_of(stage, stage->outsider.id, "");
    forging->header.n_copy = 1;
}

static void copy_to_unknown(struct stage *stage, struct forging *forging)
{
    forging->header.copy = list_of(stage, "never-heard-of", "");
    forging->header.n_copy = 1;
}

static void name_other_compact(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->header.compact = forge_text("no-such-compact");
}

static void name_other_procedure(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->header.procedure.data[0] ^= 1;
}

// ------------------------------------------------------------------------------------------- kinds

static void name_unknown_kind(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->law = FORGE_AS_IS;
    forging->header.kind = forge_text("lead.rumour");
}

static void send_card(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->law = FORGE_AS_IS;
    forging->header.kind = forge_text("card");
}

static void send_fact(struct stage *stage, struct forging *forging)
{
    Body__LeadDiscovered *body = arena_take(stage->arena, sizeof(*body));
    body__lead_discovered__init(body);
    body->discovered_at = forge_now() - 60000;
    body->found_by = forge_text("patrol");
    body->place = forge_text("甲镇");
    body->summary = forge_text("巡查发现");
    body->grounds = list_of(stage, "cross-area", "");
    body->n_grounds = 1;
    forge_reply(forging, "lead.discovered", &body->base, NULL, stage->arena);
}

static void empty_body(struct stage *stage, struct forging *forging)
{
    Body__LeadNotice *body = arena_take(stage->arena, sizeof(*body));
    body__lead_notice__init(body);
    forging->body = &body->base;
}

static void break_check_digit(struct stage *stage, struct forging *forging)
{
    (void)stage;
    notice_of(forging)->suspect->credit_code = forge_text("92653126MAY0000172");
}

static void name_unknown_code(struct stage *stage, struct forging *forging)
{
    (void)stage;
    notice_of(forging)->channel = forge_text("pigeon");
}

static void happen_tomorrow(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->header.occurred_at = forging->seal.at + FAR_FUTURE_MS;
}

static void withhold_body(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->form = PART_WITHHELD;
}

static void chunk_body(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->form = PART_CHUNKED;
}

static void list_no_parts(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->parts = FORGE_AS_IS;
}

static void acknowledge_nothing(struct stage *stage, struct forging *forging)
{
    static Wire__Officer officer = WIRE__OFFICER__INIT;
    static Wire__Officer *officers[] = {&officer};
    Body__Acknowledgement *body = arena_take(stage->arena, sizeof(*body));
    body__acknowledgement__init(body);
    officer.certificate = forge_text("B001");
    officer.name = forge_text("李四");
    forge_reply(forging, "acknowledgement", &body->base, NULL, stage->arena);
    forging->header.officers = officers;
    forging->header.n_officers = 1;
}

// -------------------------------------------------------------------------------------------- text

static void turn_text_around(struct stage *stage, struct forging *forging)
{
    (void)stage;
    notice_of(forging)->facts = forge_text("合计\xe2\x80\xae" "001元");
}

static void break_utf8(struct stage *stage, struct forging *forging)
{
    (void)stage;
    notice_of(forging)->facts = forge_text("\xe5\x8f");
}

static void ring_bell(struct stage *stage, struct forging *forging)
{
    (void)stage;
    notice_of(forging)->facts = forge_text("叮\a当");
}

// protobuf-c ends texts at a NUL, so it is put there by hand: field 11, "a\0b".
static void hide_nul(struct stage *stage, struct forging *forging)
{
    static const uint8_t remarks[] = {11 << 3 | 2, 3, 'a', 0, 'b'};
    forging->raw_body = append(stage, forging->body, remarks, sizeof(remarks));
}

static void turn_number_around(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->header.own_number = forge_text("叶市监\xe2\x81\xa6〔2025〕1号");
}

static void break_number(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->header.own_number = forge_text("\xc0\xaf");
}

static void hide_nul_in_header(struct stage *stage, struct forging *forging)
{
    static const uint8_t number[] = {9 << 3 | 2, 3, 'a', 0, 'b'};
    fill_header(stage, forging);
    forging->raw_header = append(stage, &forging->header.base, number, sizeof(number));
}

static void mark_secret(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->header.handling = forge_text("秘密");
}

static void mark_confidential(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->header.handling = forge_text("机密★10年");
}

static void mark_top_secret(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->header.handling = forge_text("绝密");
}

// ------------------------------------------------------------------------------------------ limits

static void add_header_field(struct stage *stage, struct forging *forging)
{
    static const uint8_t field[] = {0xa0, 0x06, 1}; // number 100
    fill_header(stage, forging);
    forging->raw_header = append(stage, &forging->header.base, field, sizeof(field));
}

static void add_nested_field(struct stage *stage, struct forging *forging)
{
    static const uint8_t source[] = {10 << 3 | 2, 2, 0x18, 1}; // field 3 of Source
    fill_header(stage, forging);
    forging->raw_header = append(stage, &forging->header.base, source, sizeof(source));
}

static void fill_up_header(struct stage *stage, struct forging *forging)
{
    char *reason = arena_take(stage->arena, LIMIT_HEADER_BYTES + 1);
    memset(reason, 'x', LIMIT_HEADER_BYTES);
    forging->header.urgent_reason = reason;
}

static void lengthen_number(struct stage *stage, struct forging *forging)
{
    char *number = arena_take(stage->arena, LONG_BYTES + 1);
    memset(number, 'x', LONG_BYTES);
    forging->header.own_number = number;
}

static void invite_everybody(struct stage *stage, struct forging *forging)
{
    size_t count = LIMIT_RECIPIENTS + 1;
    char **to = arena_take_array(stage->arena, count, sizeof(*to));
    to[0] = forging->header.to[0];
    for (size_t i = 1; i < count; i++) {
        to[i] = arena_format(stage->arena, "agency-%zu", i);
    }
    forging->header.to = to;
    forging->header.n_to = count;
}

static void fill_up_part(struct stage *stage, struct forging *forging)
{
    uint8_t *content = arena_take(stage->arena, LIMIT_PART_BYTES + 1);
    forging->raw_body = (struct bytes){content, LIMIT_PART_BYTES + 1};
    forging->law = FORGE_AS_IS;
}

static void lengthen_facts(struct stage *stage, struct forging *forging)
{
    char *facts = arena_take(stage->arena, LIMIT_TEXT_BYTES + 2);
    memset(facts, 'x', LIMIT_TEXT_BYTES + 1);
    notice_of(forging)->facts = facts;
}

// As many empty submessages as a small part can hold: unpacked they would take fifty times as much.
static void multiply_evidence(struct stage *stage, struct forging *forging)
{
    uint8_t evidence[2 * MANY];
    for (size_t i = 0; i < MANY; i++) {
        evidence[2 * i] = 3 << 3 | 2;
        evidence[2 * i + 1] = 0;
    }
    forging->raw_body = append(stage, forging->body, evidence, sizeof(evidence));
}

static void add_unknown_fields(struct stage *stage, struct forging *forging)
{
    uint8_t fields[3 * UNKNOWN_FIELDS];
    for (size_t i = 0; i < UNKNOWN_FIELDS; i++) {
        memcpy(fields + 3 * i, (const uint8_t[]){0xa0, 0x06, 1}, 3);
    }
    forging->raw_body = append(stage, forging->body, fields, sizeof(fields));
}

// Groups within groups, the one form that nests without a name for the inside.
static void nest_groups(struct stage *stage, struct forging *forging)
{
    uint8_t groups[MANY];
    memset(groups, 3 << 3 | 3, sizeof(groups));
    forging->raw_body = append(stage, forging->body, groups, sizeof(groups));
}

// Suspects within a suspect: each length says that another message follows.
static void nest_messages(struct stage *stage, struct forging *forging)
{
    enum { DEEP = 40 };
    uint8_t nest[2 * DEEP];
    for (size_t i = 0; i < DEEP; i++) {
        nest[2 * i] = 1 << 3 | 2;
        nest[2 * i + 1] = (uint8_t)(2 * (DEEP - i - 1));
    }
    forging->raw_body = append(stage, forging->body, nest, sizeof(nest));
}

static void break_body(struct stage *stage, struct forging *forging)
{
    static const uint8_t cut[] = {2 << 3 | 2, 100, 'x'};
    forging->raw_body = append(stage, forging->body, cut, sizeof(cut));
}

// --------------------------------------------------------------------------------------- law pairs

static void fill_law(struct stage *stage, struct forging *forging)
{
    fill_header(stage, forging);
    forging->parts = FORGE_FILL;
    forging->form = PART_PRESENT;
    forging->header.n_parts = 0;
}

static void change_pair(struct stage *stage, struct forging *forging)
{
    fill_law(stage, forging);
    forging->header.law[0]->value = forge_text("1758678000001");
}

static void leave_pair_out(struct stage *stage, struct forging *forging)
{
    fill_law(stage, forging);
    forging->header.n_law--;
}

static void add_pair(struct stage *stage, struct forging *forging)
{
    fill_law(stage, forging);
    forging->header.law[forging->header.n_law] = forging->header.law[0];
    forging->header.n_law++;
}

// -------------------------------------------------------------------------------------- identities

static void choose_odd_id(struct stage *stage, struct forging *forging)
{
    forging->header.id = forge_binary("0123456789abcdef", ID_BYTES, stage->arena);
}

static void shorten_id(struct stage *stage, struct forging *forging)
{
    (void)stage;
    forging->header.id.len = ID_BYTES - 1;
}

static void reply_without_leaf(struct stage *stage, struct forging *forging)
{
    Wire__Reference target = WIRE__REFERENCE__INIT;
    target.author = stage->victim.id;
    target.id = forging->header.id;
    forge_reply(forging, "lead.notice", forging->body, &target, stage->arena);
}

static const struct rule rules[] = {
    {"suite.other", name_other_suite},
    {"sm2.empty-id", sign_with_empty_id},
    {"seal.test", stamp_test},
    {"author.other", write_as_other},
    {"author.victim", write_as_victim},
    {"sealed-as.other", seal_as_other},
    {"sealed-as.other-in-all", seal_as_other_in_all},
    {"sealed-as.victim", seal_as_victim},
    {"sealed-as.nobody", seal_as_nobody},
    {"to.other", address_other},
    {"to.self", address_self},
    {"to.twice", address_twice},
    {"to.nobody", address_nobody},
    {"to.65", invite_everybody},
    {"copy.outsider", copy_to_outsider},
    {"copy.unknown", copy_to_unknown},
    {"compact.unknown", name_other_compact},
    {"procedure.other", name_other_procedure},
    {"kind.unknown", name_unknown_kind},
    {"kind.machine", send_card},
    {"kind.fact", send_fact},
    {"body.empty", empty_body},
    {"body.check-digit", break_check_digit},
    {"body.code", name_unknown_code},
    {"body.withheld", withhold_body},
    {"body.chunked", chunk_body},
    {"body.broken", break_body},
    {"body.bidi", turn_text_around},
    {"body.utf8", break_utf8},
    {"body.control", ring_bell},
    {"body.nul", hide_nul},
    {"body.long-text", lengthen_facts},
    {"body.large", fill_up_part},
    {"body.many", multiply_evidence},
    {"body.unknown-fields", add_unknown_fields},
    {"body.groups", nest_groups},
    {"body.nested", nest_messages},
    {"occurred.tomorrow", happen_tomorrow},
    {"header.no-parts", list_no_parts},
    {"header.bidi", turn_number_around},
    {"header.utf8", break_number},
    {"header.nul", hide_nul_in_header},
    {"header.unknown-field", add_header_field},
    {"header.nested-unknown", add_nested_field},
    {"header.large", fill_up_header},
    {"header.long-number", lengthen_number},
    {"header.odd-id", choose_odd_id},
    {"header.short-id", shorten_id},
    {"header.reply-without-leaf", reply_without_leaf},
    {"secret.1", mark_secret},
    {"secret.2", mark_confidential},
    {"secret.3", mark_top_secret},
    {"law.changed", change_pair},
    {"law.missing", leave_pair_out},
    {"law.added", add_pair},
    {"reply.to-nothing", acknowledge_nothing},
};

void hostile_rules(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    talk_greet(talk);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct forging forging;
        struct forged forged;
        if (rules[i].spoil == sign_with_empty_id && stage->self.suite != SUITE_SM2_SM3) {
            continue;
        }
        talk_start(talk, &forging);
        rules[i].spoil(stage, &forging);
        forge_seal(&forging, stage->arena, &forged);
        struct verdict verdict = talk_offer(talk, &forged);
        hostile_report(rules[i].name, &verdict, &forged);
    }
    hostile_probe(talk);
    talk_close(&talk);
}

// A true statement of another member, carried as if it were ours to send; then a member of no
// compact, with its own link and its own seal.
void hostile_parties(struct stage *stage)
{
    struct forging forging;
    struct forged forged;
    struct talk *talk = talk_open_as(stage, &stage->self);
    const struct forge_letter letter = {&stage->other, stage->victim.id, &stage->procedure, 1};
    talk_greet(talk);
    forge_start(&letter, stage->arena, &forging);
    forge_seal(&forging, stage->arena, &forged);
    struct verdict verdict = talk_offer(talk, &forged);
    hostile_report("carried", &verdict, &forged);
    hostile_probe(talk);
    talk_close(&talk);
    talk = talk_open_as(stage, &stage->outsider);
    talk_greet(talk);
    talk_start(talk, &forging);
    forge_seal(&forging, stage->arena, &forged);
    verdict = talk_offer(talk, &forged);
    hostile_report("outsider", &verdict, &forged);
    talk_close(&talk);
}
