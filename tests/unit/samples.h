// SPDX-License-Identifier: Apache-2.0
//
// Statements with fixed keys, salts and ids, made by hand from PROTOCOL.md, for tests of everything
// that opens statements.
#pragma once

#include "unit/check.h"

#include "wire/envelope.h"
#include "wire/header.h"
#include "wire/identity.h"
#include "wire/kinds.h"
#include "wire/seal_key.h"
#include "wire/sm2.h"
#include "wire/text.h"
#include "wire/tree.h"

#include "wire/common.pb-c.h"
#include "wire/lead.pb-c.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

// 2025-09-24T10:00:00+08:00
#define SAMPLE_AT INT64_C(1758679200000)

enum { SAMPLE_LEAVES = 3 };

struct sample_key {
    enum suite suite;
    EVP_PKEY *private_key;
    uint8_t raw[65];
    struct seal_key *public_key;
};

static inline void sample_hex(const char *hex, uint8_t *out)
{
    assert_true(text_parse_hex(hex, out, strlen(hex) / 2));
}

// RFC 8032, section 7.1, test 1.
static inline void sample_ed25519(struct sample_key *key)
{
    uint8_t seed[32];
    sample_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", seed);
    sample_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", key->raw);
    key->private_key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
}

// GM/T 0003.5, the example of a signature.
static inline void sample_sm2(struct sample_key *key)
{
    uint8_t secret[32];
    sample_hex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8", secret);
    sample_hex("0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
               "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
               key->raw);
    for (size_t i = 0; i < sizeof secret / 2; i++) {
        uint8_t byte = secret[i]; // OSSL_PARAM holds numbers in the order of the machine
        secret[i] = secret[31 - i];
        secret[31 - i] = byte;
    }
    char group[] = "SM2";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, secret, sizeof secret),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, key->raw, 65),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key->private_key, EVP_PKEY_KEYPAIR, params), 1);
    EVP_PKEY_CTX_free(context);
}

static inline struct sample_key sample_key_new(enum suite suite)
{
    struct sample_key key = {.suite = suite};
    if (suite == SUITE_SM2_SM3) {
        sample_sm2(&key);
    } else {
        sample_ed25519(&key);
    }
    assert_non_null(key.private_key);
    struct bytes raw = {.data = key.raw, .size = suite_key_bytes(suite)};
    assert_int_equal(seal_key_new(suite, raw, &key.public_key), SEAL_KEY_OK);
    return key;
}

static inline void sample_key_free(struct sample_key *key)
{
    EVP_PKEY_free(key->private_key);
    seal_key_free(&key->public_key);
}

// Signs `input` as the suite does; SM2 with the id given.
static inline void sample_sign(const struct sample_key *key, struct bytes input, const char *sm2_id,
                               uint8_t out_signature[SEAL_SIGNATURE_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *settings = NULL;
    uint8_t signature[80];
    size_t size = sizeof signature;
    bool is_sm2 = key->suite == SUITE_SM2_SM3;
    assert_int_equal(EVP_DigestSignInit_ex(context, &settings, is_sm2 ? "SM3" : NULL, NULL, NULL,
                                           key->private_key, NULL),
                     1);
    if (is_sm2) {
        assert_int_equal(EVP_PKEY_CTX_set1_id(settings, sm2_id, (int)strlen(sm2_id)), 1);
    }
    assert_int_equal(EVP_DigestSign(context, signature, &size, input.data, input.size), 1);
    EVP_MD_CTX_free(context);
    if (is_sm2) {
        assert_true(sm2_from_der((struct bytes){signature, size}, out_signature));
    } else {
        assert_int_equal(size, SEAL_SIGNATURE_BYTES);
        memcpy(out_signature, signature, size);
    }
}

static inline void sample_seal(const struct sample_key *key, const struct seal *seal,
                               uint8_t out[SEAL_BYTES])
{
    seal_encode(seal, out);
    sample_sign(key, (struct bytes){out, SEAL_SIGNED_BYTES}, SM2_ID, out + SEAL_SIGNED_BYTES);
}

static inline void sample_salt(uint8_t number, uint8_t out_salt[SALT_BYTES])
{
    for (size_t i = 0; i < SALT_BYTES; i++) {
        out_salt[i] = (uint8_t)(number + i);
    }
}

static inline void sample_id(uint8_t number, uint8_t out_id[ID_BYTES])
{
    sample_hex("01997957d5007abc8def0123456789", out_id);
    out_id[ID_BYTES - 1] = number;
}

static inline ProtobufCBinaryData sample_binary(struct arena *arena, const void *data, size_t size)
{
    return (ProtobufCBinaryData){.len = size, .data = arena_copy(arena, data, size)};
}

static inline char *sample_text(const char *text)
{
    return (char *)(uintptr_t)text;
}

static inline struct bytes sample_notice_body(struct arena *arena)
{
    static char *grounds[2];
    grounds[0] = sample_text("multiple-fields");
    grounds[1] = sample_text("large-impact");
    Body__Suspect suspect = BODY__SUSPECT__INIT;
    suspect.name = sample_text("叶城县某食品经营部");
    suspect.credit_code = sample_text("91350100M000100Y43");
    suspect.address = sample_text("新疆维吾尔自治区喀什地区叶城县某路1号");
    Body__Evidence evidence = BODY__EVIDENCE__INIT;
    evidence.name = sample_text("现场检查笔录");
    evidence.type = sample_text("inspection-record");
    Body__Evidence *list[] = {&evidence};
    Body__LeadNotice notice = BODY__LEAD_NOTICE__INIT;
    notice.suspect = &suspect;
    notice.facts = sample_text("货架上陈列销售超过保质期的食品。");
    notice.evidence = list;
    notice.n_evidence = 1;
    notice.found_by = sample_text("patrol");
    notice.found_where = sample_text("叶城县某路1号");
    notice.discovered_at = SAMPLE_AT - 3600000;
    notice.channel = sample_text("platform");
    notice.grounds = grounds;
    notice.n_grounds = 2;
    return decode_pack(&notice.base, arena);
}

// A header as a test may want to change it before it is packed; everything in the arena.
static inline Wire__Header *sample_header(struct arena *arena, const char *kind, uint8_t number)
{
    uint8_t id[ID_BYTES];
    Wire__Header *header = arena_take(arena, sizeof *header);
    wire__header__init(header);
    sample_id(number, id);
    header->author = sample_text("yecheng-scjg");
    header->id = sample_binary(arena, id, sizeof id);
    header->matter = header->id;
    header->kind = sample_text(kind);
    return header;
}

static inline void sample_add_to(struct arena *arena, Wire__Header *header, const char *agency)
{
    char **to = arena_take_array(arena, header->n_to + 1, sizeof *to);
    if (header->n_to > 0) {
        memcpy(to, header->to, header->n_to * sizeof *to);
    }
    to[header->n_to++] = sample_text(agency);
    header->to = to;
}

static inline void sample_add_part(struct arena *arena, Wire__Header *header, enum suite suite,
                                   const char *role, uint8_t salt_number, struct bytes content)
{
    uint8_t salt[SALT_BYTES];
    struct digest commitment;
    sample_salt(salt_number, salt);
    tree_commitment(suite, salt, content, &commitment);
    Wire__Part *part = arena_take(arena, sizeof *part);
    wire__part__init(part);
    part->role = sample_text(role);
    part->size = content.size;
    part->commitment = sample_binary(arena, commitment.bytes, DIGEST_BYTES);
    Wire__Part **parts = arena_take_array(arena, header->n_parts + 1, sizeof *parts);
    if (header->n_parts > 0) {
        memcpy(parts, header->parts, header->n_parts * sizeof *parts);
    }
    parts[header->n_parts++] = part;
    header->parts = parts;
}

static inline void sample_add_law(struct arena *arena, Wire__Header *header, const char *kind,
                                  struct bytes body)
{
    const struct kind *row = kinds_find(kind);
    ProtobufCMessage *message;
    struct law_pair *pairs;
    assert_int_equal(
        decode_message(row->descriptor, body, &decode_body_rules, arena, NULL, &message),
        DECODE_OK);
    assert_true(fields_lift(row, message, arena, &pairs, &header->n_law));
    header->law = arena_take_array(arena, header->n_law, sizeof *header->law);
    for (size_t i = 0; i < header->n_law; i++) {
        header->law[i] = arena_take(arena, sizeof **header->law);
        wire__law_pair__init(header->law[i]);
        header->law[i]->name = sample_text(pairs[i].name);
        header->law[i]->value = sample_text(pairs[i].value);
    }
}

static inline struct seal sample_seal_of(const struct sample_key *key, const struct digest *root,
                                         uint32_t count)
{
    struct seal seal = {.domain = SEAL_REAL,
                        .suite = key->suite,
                        .count = count,
                        .agency = "yecheng-scjg",
                        .epoch = UINT64_C(1758672000) << 24 | 0x123456,
                        .turn = 77,
                        .at = SAMPLE_AT,
                        .root = *root};
    memcpy(seal.key_id, seal_key_id(key->public_key), KEY_ID_BYTES);
    memset(seal.head.bytes, 0x5a, DIGEST_BYTES);
    return seal;
}

// What a sealed statement is made of, in the arena.
struct sample {
    struct seal seal;
    uint8_t sealed[SEAL_BYTES];
    struct envelope envelope;
    struct digest leaf;
    struct bytes alone;
};

// Seals `header` at `index` among SAMPLE_LEAVES leaves; the others are the digests of nothing real.
static inline struct sample *sample_seal_header(struct arena *arena, const struct sample_key *key,
                                                uint32_t index, struct bytes header,
                                                const struct envelope_part *parts, size_t count)
{
    struct sample *sample = arena_take(arena, sizeof *sample);
    uint8_t salt[SALT_BYTES];
    struct digest leaves[SAMPLE_LEAVES];
    struct digest path[LIMIT_PATH];
    sample_salt(0x10, salt);
    for (size_t i = 0; i < SAMPLE_LEAVES; i++) {
        memset(leaves[i].bytes, (int)(0xa0 + i), DIGEST_BYTES);
    }
    tree_leaf(key->suite, salt, header, &sample->leaf);
    leaves[index] = sample->leaf;
    struct tree *tree = tree_new(key->suite, leaves, SAMPLE_LEAVES, arena);
    size_t length = tree_path(tree, index, path);
    sample->seal = sample_seal_of(key, tree_root(tree), SAMPLE_LEAVES);
    sample_seal(key, &sample->seal, sample->sealed);
    sample->envelope = (struct envelope){.salt = arena_copy(arena, salt, SALT_BYTES),
                                         .index = index,
                                         .path_count = (uint8_t)length,
                                         .path = arena_copy(arena, path, length * sizeof *path),
                                         .header = header,
                                         .part_count = (uint8_t)count};
    for (size_t i = 0; i < count; i++) {
        sample->envelope.parts[i] = parts[i];
    }
    sample->alone = envelope_encode_alone(sample->sealed, &sample->envelope, arena);
    return sample;
}

// A lead.notice with its body and an attachment that is withheld.
static inline struct sample *sample_notice(struct arena *arena, const struct sample_key *key,
                                           uint32_t index)
{
    struct bytes body = sample_notice_body(arena);
    uint8_t salt[SALT_BYTES];
    sample_salt(0x40, salt);
    Wire__Header *header = sample_header(arena, "lead.notice", 1);
    sample_add_to(arena, header, "yecheng-jiazhen");
    header->compact = sample_text("yecheng");
    header->own_number = sample_text("叶市监线〔2025〕1号");
    sample_add_law(arena, header, "lead.notice", body);
    sample_add_part(arena, header, key->suite, "body", 0x40, body);
    sample_add_part(arena, header, key->suite, "attachment", 0x60, bytes_of("a photograph"));
    struct envelope_part parts[] = {
        {.form = PART_PRESENT, .salt = arena_copy(arena, salt, SALT_BYTES), .content = body},
        {.form = PART_WITHHELD},
    };
    return sample_seal_header(arena, key, index, decode_pack(&header->base, arena), parts, 2);
}

// The whole chain of PROTOCOL.md section 6, as a receiver runs it.
static inline enum envelope_outcome sample_open(struct bytes alone, const struct seal_key *key,
                                                struct arena *arena, Wire__Header **out_header)
{
    const uint8_t *sealed;
    struct envelope envelope;
    struct seal seal;
    struct digest leaf;
    enum envelope_outcome outcome = envelope_decode_alone(alone, &sealed, &envelope);
    if (outcome != ENVELOPE_OK) {
        return outcome;
    }
    if (!seal_decode(sealed, &seal)) {
        return ENVELOPE_MALFORMED;
    }
    if (seal_key_check(sealed, key) != SEAL_KEY_OK) {
        return ENVELOPE_SIGNATURE;
    }
    outcome = envelope_prove(&seal, &envelope, &leaf);
    if (outcome == ENVELOPE_OK) {
        outcome = header_open(&seal, &envelope, arena, NULL, out_header);
    }
    return outcome == ENVELOPE_OK ? envelope_check_parts(&seal, &envelope, *out_header) : outcome;
}

// A card of the sample agency; `change` may alter it before it is sealed, and may be NULL.
struct sample_card {
    Wire__Header *header;
    Wire__Card card;
    struct seal seal;
};

static inline struct bytes sample_card(struct arena *arena, const struct sample_key *key,
                                       void (*change)(struct sample_card *card))
{
    static const uint8_t curve[32] = {0x54, 0xfc, 0xba, 0x24, 0xe9, 0x32, 0x49, 0x96,
                                      0x93, 0x16, 0xfb, 0x61, 0x7c, 0x87, 0x2b, 0xb0,
                                      0xc1, 0xd1, 0xff, 0x14, 0x80, 0x04, 0x27, 0xc5,
                                      0x94, 0xcb, 0xfa, 0xcf, 0x1b, 0xc2, 0xd6, 0x52};
    static char *endpoints[1];
    endpoints[0] = sample_text("tcp://192.0.2.10:7080");
    uint8_t salt[SALT_BYTES];
    struct digest leaf;
    struct sample_card card = {.card = WIRE__CARD__INIT};
    card.header = sample_header(arena, "card", 2);
    card.card.agency = sample_text("yecheng-scjg");
    card.card.name = sample_text("叶城县市场监督管理局");
    card.card.region = sample_text("653126");
    card.card.sector = sample_text("market");
    card.card.own_name = 1;
    card.card.endpoints = endpoints;
    card.card.n_endpoints = 1;
    card.card.curve_key = sample_binary(arena, curve, sizeof curve);
    card.card.suite = key->suite;
    card.card.sign_key = sample_binary(arena, key->raw, suite_key_bytes(key->suite));
    card.card.duty_telephone = sample_text("0998-7280000");
    card.card.issued_at = SAMPLE_AT - 86400000;
    card.seal = sample_seal_of(key, &(struct digest){{0}}, 1);
    card.seal.epoch = 0;
    card.seal.turn = 0;
    memset(card.seal.head.bytes, 0, DIGEST_BYTES);
    if (change != NULL) {
        change(&card);
    }
    struct bytes body = decode_pack(&card.card.base, arena);
    sample_add_part(arena, card.header, key->suite, "body", 0x20, body);
    struct envelope envelope = {.header = decode_pack(&card.header->base, arena), .part_count = 1};
    sample_salt(0x30, salt);
    tree_leaf(key->suite, salt, envelope.header, &leaf);
    card.seal.root = leaf;
    uint8_t sealed[SEAL_BYTES];
    sample_seal(key, &card.seal, sealed);
    uint8_t part_salt[SALT_BYTES];
    sample_salt(0x20, part_salt);
    envelope.salt = salt;
    envelope.parts[0] =
        (struct envelope_part){.form = PART_PRESENT, .salt = part_salt, .content = body};
    return envelope_encode_alone(sealed, &envelope, arena);
}
