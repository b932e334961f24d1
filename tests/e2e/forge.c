// SPDX-License-Identifier: Apache-2.0
#include "e2e/forge.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <zmq.h>

#include "wire/envelope_card.h"
#include "wire/identity.h"
#include "wire/kinds.h"
#include "wire/pem.h"
#include "wire/seal_key.h"
#include "wire/sm2.h"
#include "wire/tree.h"

enum { FILE_BYTES = 16 << 10, PATH_BYTES = 4096 };

int64_t forge_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

void forge_random(void *out, size_t size)
{
    if (getrandom(out, size, 0) != (ssize_t)size) {
        abort();
    }
}

char *forge_text(const char *text)
{
    return (char *)(uintptr_t)text;
}

ProtobufCBinaryData forge_binary(const void *data, size_t size, struct arena *arena)
{
    return (ProtobufCBinaryData){.len = size, .data = arena_copy(arena, data, size)};
}

// ---------------------------------------------------------------------------------------- agencies

static struct bytes read_file(const char *folder, const char *name, struct arena *arena)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    uint8_t *data = file == NULL ? NULL : arena_take(arena, FILE_BYTES);
    size_t size = data == NULL ? 0 : fread(data, 1, FILE_BYTES - 1, file);
    if (file != NULL) {
        fclose(file);
    }
    if (size == 0) {
        fprintf(stderr, "cannot read %s\n", path);
    }
    return (struct bytes){data, size};
}

static bool read_keys(const char *folder, struct arena *arena, struct forge_agency *agency)
{
    struct bytes pem = read_file(folder, "keys/sign.pem", arena);
    struct bytes curve = read_file(folder, "keys/curve.key", arena);
    if (pem.size == 0 || curve.size == 0) {
        return false;
    }
    BIO *memory = BIO_new_mem_buf(pem.data, (int)pem.size);
    agency->key = PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);
    BIO_free(memory);
    const char *text = (const char *)curve.data;
    return agency->key != NULL &&
           sscanf(text, "%40s %40s", agency->curve_public, agency->curve_secret) == 2;
}

bool forge_open(const char *folder, enum forge_keys keys, struct arena *arena,
                struct forge_agency *out_agency)
{
    Wire__Header *header;
    Wire__Card *card;
    struct bytes pem = read_file(folder, "card", arena);
    struct bytes envelope = pem_parse(pem, "LIAISON CARD", arena);
    if (envelope.data == NULL ||
        envelope_card_open(envelope, SEAL_REAL, arena, NULL, &header, &card) != ENVELOPE_OK) {
        fprintf(stderr, "%s/card is no card\n", folder);
        return false;
    }
    snprintf(out_agency->id, sizeof(out_agency->id), "%s", card->agency);
    out_agency->suite = (enum suite)card->suite;
    const struct bytes raw = {card->sign_key.data, card->sign_key.len};
    zmq_z85_encode(out_agency->curve_public, card->curve_key.data, 32);
    return seal_key_new(out_agency->suite, raw, &out_agency->public_key) == SEAL_KEY_OK &&
           (keys == FORGE_CARD_ONLY || read_keys(folder, arena, out_agency));
}

// -------------------------------------------------------------------------------------- statements

Body__LeadNotice *forge_notice(struct arena *arena)
{
    Body__LeadNotice *notice = arena_take(arena, sizeof(*notice));
    Body__Suspect *suspect = arena_take(arena, sizeof(*suspect));
    Body__Evidence *evidence = arena_take(arena, sizeof(*evidence));
    Body__Evidence **list = arena_take_array(arena, 1, sizeof(*list));
    char **grounds = arena_take_array(arena, 1, sizeof(*grounds));
    body__lead_notice__init(notice);
    body__suspect__init(suspect);
    suspect->name = forge_text("叶城县丰盈粮油副食品商行");
    suspect->credit_code = forge_text("92653126MAY0000171");
    suspect->address = forge_text("叶城县甲镇团结路12号");
    body__evidence__init(evidence);
    evidence->name = forge_text("现场检查笔录");
    evidence->type = forge_text("inspection-record");
    list[0] = evidence;
    grounds[0] = forge_text("cross-area");
    notice->suspect = suspect;
    notice->facts = forge_text("货架上陈列待售的风干牛肉36袋已超过保质期。");
    notice->evidence = list;
    notice->n_evidence = 1;
    notice->found_by = forge_text("patrol");
    notice->found_where = forge_text("团结路12号店内");
    notice->discovered_at = forge_now() - 60000;
    notice->channel = forge_text("platform");
    notice->grounds = grounds;
    notice->n_grounds = 1;
    return notice;
}

static void start_header(const struct forge_letter *letter, struct arena *arena,
                         Wire__Header *header)
{
    uint8_t id[ID_BYTES];
    char **to = arena_take_array(arena, 1, sizeof(*to));
    char *number = arena_take(arena, 7);
    identity_new_id(forge_now(), id);
    identity_short_number(id, number);
    wire__header__init(header);
    to[0] = forge_text(letter->to);
    header->author = forge_text(letter->from->id);
    header->id = forge_binary(id, sizeof(id), arena);
    header->matter = header->id;
    header->kind = forge_text("lead.notice");
    header->to = to;
    header->n_to = 1;
    header->compact = forge_text("yecheng");
    header->procedure = forge_binary(letter->procedure, DIGEST_BYTES, arena);
    header->short_number = number;
}

void forge_start(const struct forge_letter *letter, struct arena *arena,
                 struct forging *out_forging)
{
    static uint64_t turn;
    *out_forging = (struct forging){.signer = letter->from, .sm2_id = SM2_ID};
    struct seal *seal = &out_forging->seal;
    seal->domain = SEAL_REAL;
    seal->suite = letter->from->suite;
    snprintf(seal->agency, sizeof(seal->agency), "%s", letter->from->id);
    seal->epoch = letter->epoch;
    seal->turn = ++turn;
    seal->at = forge_now();
    memset(seal->head.bytes, 0x5a, DIGEST_BYTES); // nobody but its owner can judge a head
    memcpy(seal->key_id, seal_key_id(letter->from->public_key), KEY_ID_BYTES);
    start_header(letter, arena, &out_forging->header);
    out_forging->body = &forge_notice(arena)->base;
    out_forging->form = PART_PRESENT;
}

void forge_reply(struct forging *forging, const char *kind, const ProtobufCMessage *body,
                 const Wire__Reference *target, struct arena *arena)
{
    forging->header.kind = forge_text(kind);
    forging->body = body;
    if (target != NULL) {
        forging->header.in_reply_to = arena_take(arena, sizeof(*target));
        *forging->header.in_reply_to = *target;
    }
}

static void fill_law(struct forging *forging, struct bytes content, struct arena *arena)
{
    const struct kind *kind = kinds_find(forging->header.kind);
    struct law_pair *pairs;
    size_t count;
    ProtobufCMessage *body;
    if (kind == NULL || decode_message(kind->descriptor, content, &decode_body_rules, arena, NULL,
                                       &body) != DECODE_OK ||
        !fields_lift(kind, body, arena, &pairs, &count)) {
        return;
    }
    Wire__LawPair **law = arena_take_array(arena, count + 1, sizeof(*law));
    for (size_t i = 0; i < count; i++) {
        law[i] = arena_take(arena, sizeof(*law[i]));
        wire__law_pair__init(law[i]);
        law[i]->name = forge_text(pairs[i].name);
        law[i]->value = forge_text(pairs[i].value);
    }
    forging->header.law = law;
    forging->header.n_law = count;
}

static void fill_parts(struct forging *forging, const uint8_t *salt, struct bytes content,
                       struct arena *arena)
{
    struct digest commitment;
    Wire__Part **parts = arena_take_array(arena, 2, sizeof(*parts));
    parts[0] = arena_take(arena, sizeof(*parts[0]));
    wire__part__init(parts[0]);
    tree_commitment(forging->seal.suite, salt, content, &commitment);
    parts[0]->role = forge_text("body");
    parts[0]->size = content.size;
    parts[0]->commitment = forge_binary(commitment.bytes, DIGEST_BYTES, arena);
    forging->header.parts = parts;
    forging->header.n_parts = 1;
    if (forging->file != NULL) {
        parts[1] = arena_take(arena, sizeof(*parts[1]));
        wire__part__init(parts[1]);
        tree_commit(forging->seal.suite, salt + SALT_BYTES, forging->file->size, &forging->file->root, &commitment);
        parts[1]->role = forge_text("attachment");
        parts[1]->name = forge_text(forging->file->name);
        parts[1]->size = forging->file->size;
        parts[1]->commitment = forge_binary(commitment.bytes, DIGEST_BYTES, arena);
        forging->header.n_parts = 2;
    }
}

static void sign(const struct forging *forging, uint8_t seal[SEAL_BYTES])
{
    uint8_t der[80];
    size_t size = sizeof(der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *settings = NULL;
    bool is_sm2 = forging->signer->suite == SUITE_SM2_SM3;
    EVP_DigestSignInit_ex(context, &settings, is_sm2 ? "SM3" : NULL, NULL, NULL,
                          forging->signer->key, NULL);
    if (is_sm2 && forging->sm2_id[0] != '\0') {
        EVP_PKEY_CTX_set1_id(settings, forging->sm2_id, (int)strlen(forging->sm2_id));
    }
    EVP_DigestSign(context, der, &size, seal, SEAL_SIGNED_BYTES);
    EVP_MD_CTX_free(context);
    if (is_sm2) {
        sm2_from_der((struct bytes){der, size}, seal + SEAL_SIGNED_BYTES);
    } else {
        memcpy(seal + SEAL_SIGNED_BYTES, der, SEAL_SIGNATURE_BYTES);
    }
}

static void plant(struct forging *forging, struct arena *arena, struct forged *forged)
{
    struct digest leaves[FORGE_LEAVES];
    struct digest path[LIMIT_PATH];
    forge_random(leaves, sizeof(leaves));
    leaves[FORGE_INDEX] = forged->leaf;
    struct tree *tree = tree_new(forging->seal.suite, leaves, FORGE_LEAVES, arena);
    tree_path(tree, FORGE_INDEX, path);
    memcpy(forged->path, path, sizeof(forged->path));
    forging->seal.count = FORGE_LEAVES;
    forging->seal.root = *tree_root(tree);
    seal_encode(&forging->seal, forged->seal);
    sign(forging, forged->seal);
}

void forge_seal(struct forging *forging, struct arena *arena, struct forged *out_forged)
{
    uint8_t *salts = arena_take(arena, 3 * SALT_BYTES); // of the leaf and of the parts
    struct bytes content = forging->raw_body.data != NULL ? forging->raw_body
                                                          : decode_pack(forging->body, arena);
    forge_random(salts, 3 * SALT_BYTES);
    if (forging->law == FORGE_FILL) {
        fill_law(forging, content, arena);
    }
    if (forging->parts == FORGE_FILL) {
        fill_parts(forging, salts + SALT_BYTES, content, arena);
    }
    struct bytes header = forging->raw_header.data != NULL
                              ? forging->raw_header
                              : decode_pack(&forging->header.base, arena);
    tree_leaf(forging->seal.suite, salts, header, &out_forged->leaf);
    plant(forging, arena, out_forged);
    struct envelope envelope = {.salt = salts, .index = FORGE_INDEX, .path_count = FORGE_PATH};
    envelope.path = out_forged->path[0].bytes;
    envelope.header = header;
    envelope.part_count = 1;
    envelope.parts[0] = (struct envelope_part){forging->form, salts + SALT_BYTES, content};
    if (forging->file != NULL) {
        envelope.parts[envelope.part_count++] = (struct envelope_part){.form = PART_CHUNKED, .salt = salts + 2 * SALT_BYTES};
    }
    size_t size = envelope_encode(&envelope, NULL, 0);
    uint8_t *body = arena_take(arena, size);
    envelope_encode(&envelope, body, size);
    out_forged->body = (struct bytes){body, size};
    memcpy(out_forged->id, forging->header.id.data, ID_BYTES);
}

// ------------------------------------------------------------------------------------------ frames

struct bytes forge_raw(uint8_t version, uint8_t type, struct bytes rest, struct arena *arena)
{
    uint8_t *data = arena_take(arena, 2 + rest.size);
    data[0] = version;
    data[1] = type;
    if (rest.size > 0) {
        memcpy(data + 2, rest.data, rest.size);
    }
    return (struct bytes){data, 2 + rest.size};
}

struct bytes forge_frame(const struct forged *forged, enum frame_role role,
                         const struct forge_place *place, struct arena *arena)
{
    struct frame_item item = {role, 0, forged->body};
    const struct frame frame = {
        .stream = place->stream,
        .epoch = place->epoch,
        .first = place->first,
        .seal_count = 1,
        .seals = forged->seal,
        .item_count = 1,
        .items = &item,
    };
    size_t size = envelope_encode_frame(&frame, NULL, 0);
    uint8_t *rest = arena_take(arena, size);
    envelope_encode_frame(&frame, rest, size);
    return forge_raw(PROTOCOL_VERSION, 2, (struct bytes){rest, size}, arena);
}
