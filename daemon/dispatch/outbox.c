// SPDX-License-Identifier: Apache-2.0
#include "dispatch/outbox.h"

#include <string.h>

#include "wire/envelope.h"

enum { SLACK_BYTES = 4096, FRAME_STATEMENTS_TYPE = 2 };

struct packing {
    struct view *view;
    struct arena *arena;
    struct frame frame;
    uint8_t seals[LIMIT_FRAME_SEALS * SEAL_BYTES];
    struct frame_item items[LIMIT_FRAME_ITEMS];
    size_t bytes;
    size_t limit;
};

// Index of a seal in the frame's table, added if it is new; -1 when the table is full.
static int place_seal(struct packing *packing, const uint8_t *seal)
{
    for (int i = packing->frame.seal_count - 1; i >= 0; i--) {
        if (memcmp(packing->seals + (size_t)i * SEAL_BYTES, seal, SEAL_BYTES) == 0) {
            return i;
        }
    }
    if (packing->frame.seal_count == LIMIT_FRAME_SEALS) {
        return -1;
    }
    memcpy(packing->seals + (size_t)packing->frame.seal_count * SEAL_BYTES, seal, SEAL_BYTES);
    packing->bytes += SEAL_BYTES;
    return packing->frame.seal_count++;
}

static bool add(struct packing *packing, const struct held *held, enum frame_role role, enum view_parts parts)
{
    const uint8_t *bytes = view_seal(packing->view, held->header->author, held->epoch, held->turn, packing->arena);
    struct bytes body = bytes != NULL ? view_body(packing->view, held->position, held->header, parts, packing->arena) : (struct bytes){0};
    size_t size = body.size + FRAME_ITEM_BYTES + SEAL_BYTES;
    bool first = packing->frame.item_count == 0;
    if (body.data == NULL || packing->frame.item_count == LIMIT_FRAME_ITEMS ||
        (!first && packing->bytes + size > packing->limit) || packing->bytes + size > LIMIT_FRAME_BYTES - SLACK_BYTES) {
        return false;
    }
    int seal = place_seal(packing, bytes);
    if (seal < 0) {
        return false;
    }
    packing->items[packing->frame.item_count++] = (struct frame_item){role, (uint8_t)seal, body};
    packing->bytes += body.size + FRAME_ITEM_BYTES;
    return true;
}

static bool addressed_to(const struct held *held, const char *peer)
{
    for (size_t i = 0; i < held->header->n_to; i++) {
        if (strcmp(held->header->to[i], peer) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < held->header->n_copy; i++) {
        if (strcmp(held->header->copy[i], peer) == 0) {
            return true;
        }
    }
    return strcmp(held->header->author, peer) == 0;
}

static bool passes_on(const struct held *held, const struct held *cited)
{
    const Wire__Reference *original = held->header->in_reply_to;
    return strcmp(held->header->kind, "forward") == 0 && original != NULL && strcmp(original->author, cited->header->author) == 0 &&
           original->id.len == cited->header->id.len && memcmp(original->id.data, cited->header->id.data, original->id.len) == 0;
}

// What a statement cites and the addressee may lack goes before it: header, proof and seal.
static bool add_cited(struct packing *packing, const struct held *held, const char *peer)
{
    for (size_t i = 0; i < held->header->n_cites; i++) {
        uint64_t position = view_find(packing->view, held->header->cites[i]->author, (struct bytes){held->header->cites[i]->id.data, held->header->cites[i]->id.len});
        const struct held *cited = position == 0 ? NULL : view_statement(packing->view, position, packing->arena);
        if (cited != NULL && !passes_on(held, cited) && !addressed_to(cited, peer) && !add(packing, cited, FRAME_ENCLOSURE, VIEW_NO_PARTS)) {
            return false;
        }
    }
    return true;
}

// What is passed on goes whole before the statement that passes it on.
static bool add_forwarded(struct packing *packing, const struct held *held, const char *peer)
{
    const Wire__Reference *original = held->header->in_reply_to;
    if (strcmp(held->header->kind, "forward") != 0 || original == NULL) {
        return true;
    }
    uint64_t position = view_find(packing->view, original->author, (struct bytes){original->id.data, original->id.len});
    const struct held *found = position == 0 ? NULL : view_statement(packing->view, position, packing->arena);
    bool known = found == NULL || addressed_to(found, peer);
    return known || add(packing, found, FRAME_ENCLOSURE, view_has_mark(found, "recalled") ? VIEW_NO_PARTS : VIEW_ALL_PARTS);
}

static bool add_recall(struct packing *packing, const struct held *held)
{
    struct reply *replies;
    size_t count = view_replies(packing->view, held->position, "recall", held->header->author, packing->arena, &replies);
    const struct held *recall = count == 0 ? NULL : view_statement(packing->view, replies[0].position, packing->arena);
    return recall == NULL || add(packing, recall, FRAME_ENCLOSURE, VIEW_NO_PARTS);
}

// One position with all that must go before it, or nothing of it.
static bool add_position(struct packing *packing, const struct outbox_request *request, uint64_t sequence)
{
    uint64_t position = view_outbox(packing->view, request->peer, request->stream, request->epoch, sequence);
    const struct held *held = position == 0 ? NULL : view_statement(packing->view, position, packing->arena);
    if (held == NULL) {
        return false;
    }
    const struct frame before = packing->frame;
    size_t bytes_before = packing->bytes;
    bool recalled = view_has_mark(held, "recalled");
    bool shows_cited = request->stream == STREAM_DIRECT; // a publication's readers are not told of the matter it came from
    bool whole = (!shows_cited || add_cited(packing, held, request->peer)) && add_forwarded(packing, held, request->peer) && (!recalled || add_recall(packing, held)) &&
                 add(packing, held, recalled ? FRAME_RECALLED : FRAME_NUMBERED, recalled ? VIEW_NO_PARTS : VIEW_ALL_PARTS);
    if (!whole) {
        packing->frame = before;
        packing->bytes = bytes_before;
    }
    return whole;
}

static struct bytes finish(struct packing *packing)
{
    packing->frame.seals = packing->seals;
    packing->frame.items = packing->items;
    size_t size = envelope_encode_frame(&packing->frame, NULL, 0);
    uint8_t *bytes = arena_take_unset(packing->arena, 2 + size);
    if (bytes == NULL) {
        return (struct bytes){0};
    }
    bytes[0] = PROTOCOL_VERSION;
    bytes[1] = FRAME_STATEMENTS_TYPE;
    envelope_encode_frame(&packing->frame, bytes + 2, size);
    return (struct bytes){bytes, 2 + size};
}

struct outbox_frame outbox_take(struct view *view, const struct outbox_request *request, struct arena *arena)
{
    struct outbox_frame result = {.next = request->from};
    struct packing *packing = arena_take(arena, sizeof(*packing));
    if (packing == NULL) {
        return result;
    }
    packing->view = view;
    packing->arena = arena;
    packing->limit = request->bytes;
    packing->frame.stream = request->stream;
    packing->frame.epoch = request->epoch;
    packing->frame.first = request->from;
    while (result.next <= request->to && add_position(packing, request, result.next)) {
        result.next++;
    }
    if (packing->frame.item_count > 0 && result.next > request->from) {
        result.frame = finish(packing);
        result.body_bytes = packing->bytes;
    }
    return result;
}

struct bytes outbox_unnumbered(struct view *view, uint64_t position, struct arena *arena)
{
    const struct held *held = view_statement(view, position, arena);
    struct packing *packing = held == NULL ? NULL : arena_take(arena, sizeof(*packing));
    if (packing == NULL) {
        return (struct bytes){0};
    }
    packing->view = view;
    packing->arena = arena;
    packing->limit = LIMIT_FRAME_BYTES;
    return add(packing, held, FRAME_UNNUMBERED, VIEW_ALL_PARTS) ? finish(packing) : (struct bytes){0};
}
