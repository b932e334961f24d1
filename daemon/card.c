// SPDX-License-Identifier: Apache-2.0
#include "card.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "wire/envelope_card.h"
#include "wire/identity.h"
#include "wire/pem.h"
#include "wire/tree.h"

#include "base/fail.h"
#include "base/loop.h"

enum { CARD_FILE_BYTES = 64 << 10 };

static size_t split_endpoints(const struct config *config, struct arena *arena, char ***out_endpoints)
{
    size_t count = 0;
    char **list = arena_take_array(arena, 16, sizeof(*list));
    char *text = arena_copy_text(arena, config->endpoints);
    char *rest = NULL;
    for (char *one = text == NULL ? NULL : strtok_r(text, ", ", &rest); list != NULL && one != NULL && count < 16;
         one = strtok_r(NULL, ", ", &rest)) {
        list[count++] = one;
    }
    *out_endpoints = list;
    return count;
}

static Wire__Card *fill(const struct config *config, const struct keyring *keyring, int64_t now, struct arena *arena)
{
    Wire__Card *card = arena_take(arena, sizeof(*card));
    uint8_t *curve = arena_take(arena, 32);
    if (card == NULL || curve == NULL || !loop_from_z85(keyring_curve_public(keyring), curve)) {
        return NULL;
    }
    wire__card__init(card);
    card->agency = (char *)config->agency;
    card->name = (char *)config->name;
    card->credit_code = (char *)config->credit_code;
    card->region = (char *)config->region;
    card->sector = (char *)config->sector;
    card->own_name = config->own_name != 0;
    card->parent = (char *)config->parent;
    card->n_endpoints = split_endpoints(config, arena, &card->endpoints);
    card->curve_key = (ProtobufCBinaryData){32, curve};
    card->suite = keyring_suite(keyring);
    struct bytes key = keyring_public(keyring);
    card->sign_key = (ProtobufCBinaryData){key.size, (uint8_t *)key.data};
    card->duty_telephone = (char *)config->telephone;
    card->issued_at = now;
    return card;
}

static bool fill_header(const struct config *config, enum suite suite, int64_t now, struct bytes body, const uint8_t *salt,
                        struct arena *arena, Wire__Header *header)
{
    uint8_t *id = arena_take(arena, ID_BYTES);
    Wire__Part *part = arena_take(arena, sizeof(*part));
    Wire__Part **parts = arena_take(arena, sizeof(*parts));
    struct digest *commitment = arena_take(arena, sizeof(*commitment));
    if (id == NULL || part == NULL || parts == NULL || commitment == NULL || identity_new_id(now, id) != 0) {
        return false;
    }
    tree_commitment(suite, salt, body, commitment);
    wire__part__init(part);
    part->role = "body";
    part->size = body.size;
    part->commitment = (ProtobufCBinaryData){DIGEST_BYTES, commitment->bytes};
    parts[0] = part;
    wire__header__init(header);
    header->author = (char *)config->agency;
    header->id = (ProtobufCBinaryData){ID_BYTES, id};
    header->matter = header->id;
    header->kind = "card";
    header->parts = parts;
    header->n_parts = 1;
    return true;
}

// A card is sealed before any journal exists: epoch, turn and head are zero.
static bool seal_card(const struct config *config, struct keyring *keyring, enum seal_domain domain, int64_t now,
                      const struct envelope *envelope, uint8_t out_seal[SEAL_BYTES])
{
    struct seal seal = {.domain = domain, .suite = keyring_suite(keyring), .count = 1, .at = now};
    size_t size = strlen(config->agency);
    must(size < sizeof(seal.agency)); // configuration takes no longer id
    memcpy(seal.agency, config->agency, size);
    memcpy(seal.key_id, keyring_id(keyring), KEY_ID_BYTES);
    tree_leaf(seal.suite, envelope->salt, envelope->header, &seal.root);
    seal_encode(&seal, out_seal);
    return keyring_sign(keyring, out_seal) == 0;
}

struct bytes card_make(const struct config *config, struct keyring *keyring, enum seal_domain domain, int64_t now, struct arena *arena)
{
    uint8_t salts[2 * SALT_BYTES];
    uint8_t seal[SEAL_BYTES];
    Wire__Header header;
    Wire__Card *card = fill(config, keyring, now, arena);
    struct bytes body = card != NULL ? decode_pack(&card->base, arena) : (struct bytes){0};
    if (body.data == NULL || getrandom(salts, sizeof(salts), 0) != sizeof(salts) ||
        !fill_header(config, keyring_suite(keyring), now, body, salts + SALT_BYTES, arena, &header)) {
        return (struct bytes){0};
    }
    struct envelope envelope = {.salt = salts, .part_count = 1, .header = decode_pack(&header.base, arena)};
    envelope.parts[0] = (struct envelope_part){PART_PRESENT, salts + SALT_BYTES, body};
    if (envelope.header.data == NULL || !seal_card(config, keyring, domain, now, &envelope, seal)) {
        return (struct bytes){0};
    }
    return envelope_encode_alone(seal, &envelope, arena);
}

static bool says_the_same(const Wire__Card *held, const Wire__Card *wanted, struct arena *arena)
{
    Wire__Card copy = *wanted;
    copy.issued_at = held->issued_at;
    struct bytes left = decode_pack(&held->base, arena);
    struct bytes right = decode_pack(&copy.base, arena);
    return left.data != NULL && right.data != NULL && left.size == right.size && memcmp(left.data, right.data, left.size) == 0;
}

struct bytes card_read(const struct config *config, const struct keyring *keyring, enum seal_domain domain, struct arena *arena,
                       Wire__Card **out_card)
{
    char path[CONFIG_TEXT_BYTES + 8];
    snprintf(path, sizeof(path), "%s/card", config->folder);
    FILE *file = fopen(path, "re");
    char *text = arena_take(arena, CARD_FILE_BYTES);
    size_t size = file == NULL || text == NULL ? 0 : fread(text, 1, CARD_FILE_BYTES, file);
    if (file != NULL) {
        fclose(file);
    }
    struct bytes card = pem_parse((struct bytes){(const uint8_t *)text, size}, "LIAISON CARD", arena);
    Wire__Header *header;
    Wire__Card *wanted = fill(config, keyring, 0, arena);
    if (card.data == NULL || wanted == NULL || envelope_card_open(card, domain, arena, NULL, &header, out_card) != ENVELOPE_OK ||
        !says_the_same(*out_card, wanted, arena)) {
        return (struct bytes){0};
    }
    return card;
}

int card_write(const struct config *config, struct bytes card, struct arena *arena)
{
    char path[CONFIG_TEXT_BYTES + 8];
    char aside[CONFIG_TEXT_BYTES + 16];
    snprintf(path, sizeof(path), "%s/card", config->folder);
    snprintf(aside, sizeof(aside), "%s.new", path);
    char *pem = pem_format(card, "LIAISON CARD", arena);
    FILE *file = pem == NULL ? NULL : fopen(aside, "we");
    if (file == NULL) {
        return FAIL_ORIGIN(-errno, "cannot write the card");
    }
    bool good = fputs(pem, file) >= 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    good = fclose(file) == 0 && good && rename(aside, path) == 0;
    return good ? 0 : FAIL_ORIGIN(-EIO, "cannot write the card");
}
