// SPDX-License-Identifier: Apache-2.0
// Attachments whose bytes are not what was promised, come when nobody asked, or are asked for by those whom they do not concern.
#include "e2e/hostile_scenes.h"

#include <stdio.h>
#include <string.h>

#include "wire/identity.h"
#include "wire/tree.h"

enum { CHUNKS = 5, LAST_BYTES = 1000, ASK_TYPE = 7, CHUNK_TYPE = 8, TOO_LARGE = CHUNK_BYTES + 1 };

// The file that all messages of the scene say they bring, and its tree.
struct file {
    struct forge_file listed;
    uint8_t *content;
    struct tree *tree;
};

static size_t bytes_of(uint32_t index)
{
    return index + 1 < CHUNKS ? CHUNK_BYTES : LAST_BYTES;
}

static struct file make_file(struct stage *stage, uint8_t seed)
{
    struct file file = {.listed = {.name = "现场.jpg", .size = (uint64_t)(CHUNKS - 1) * CHUNK_BYTES + LAST_BYTES}};
    struct digest leaves[CHUNKS];
    file.content = arena_take(stage->arena, (size_t)CHUNKS * CHUNK_BYTES + 1);
    for (size_t i = 0; i < (size_t)CHUNKS * CHUNK_BYTES; i++) {
        file.content[i] = (uint8_t)(seed + i / CHUNK_BYTES + i * 7);
    }
    for (uint32_t i = 0; i < CHUNKS; i++) {
        tree_chunk_leaf(stage->self.suite, (struct bytes){file.content + (size_t)i * CHUNK_BYTES, bytes_of(i)}, &leaves[i]);
    }
    file.tree = tree_new(stage->self.suite, leaves, CHUNKS, stage->arena);
    file.listed.root = *tree_root(file.tree);
    return file;
}

static struct forged offer(struct talk *talk, const char *name, const struct file *file)
{
    struct forging forging;
    struct forged forged;
    talk_start(talk, &forging);
    forging.file = &file->listed;
    forge_seal(&forging, talk->stage->arena, &forged);
    struct verdict verdict = talk_offer(talk, &forged);
    hostile_report(name, &verdict, &forged);
    return forged;
}

// Until the victim asks for a chunk of this statement.
static void await_ask(struct talk *talk, const struct forged *forged, uint32_t index)
{
    while (talk->ask == NULL || memcmp(talk->ask->id.data, forged->id, ID_BYTES) != 0 || talk->ask->index < index) {
        if (!talk_hear(talk, HOSTILE_PATIENCE_MS)) {
            hostile_die("the victim does not ask for chunk %u", index);
        }
    }
}

static struct digest path[LIMIT_PATH];

static Wire__Chunk chunk_of(struct talk *talk, const struct forged *forged, const struct file *file, uint32_t index)
{
    Wire__Chunk chunk = WIRE__CHUNK__INIT;
    chunk.author = forge_text(talk->self->id);
    chunk.id = forge_binary(forged->id, ID_BYTES, talk->stage->arena);
    chunk.part = 1;
    chunk.index = index;
    chunk.root = forge_binary(file->listed.root.bytes, DIGEST_BYTES, talk->stage->arena);
    chunk.path = (ProtobufCBinaryData){tree_path(file->tree, index, path) * DIGEST_BYTES, path[0].bytes};
    chunk.content = (ProtobufCBinaryData){bytes_of(index), file->content + (size_t)index * CHUNK_BYTES};
    return chunk;
}

static void send_chunk(struct talk *talk, const Wire__Chunk *chunk)
{
    struct bytes rest = decode_pack(&chunk->base, talk->stage->arena);
    talk_send(talk, forge_raw(PROTOCOL_VERSION, CHUNK_TYPE, rest, talk->stage->arena));
}

static void send_good(struct talk *talk, const struct forged *forged, const struct file *file, uint32_t index)
{
    const Wire__Chunk chunk = chunk_of(talk, forged, file, index);
    send_chunk(talk, &chunk);
}

// None of these is what was asked for.
static void send_unwanted(struct talk *talk, const struct forged *forged, const struct file *file)
{
    Wire__Chunk chunk = chunk_of(talk, forged, file, 1);
    send_chunk(talk, &chunk); // not asked for yet
    chunk = chunk_of(talk, forged, file, 0);
    chunk.index = CHUNKS; // beyond the end
    send_chunk(talk, &chunk);
    chunk.index = UINT32_MAX;
    send_chunk(talk, &chunk);
    chunk = chunk_of(talk, forged, file, 0);
    chunk.part = 0; // the body
    send_chunk(talk, &chunk);
    chunk.part = UINT32_MAX;
    send_chunk(talk, &chunk);
    chunk = chunk_of(talk, forged, file, 0);
    uint8_t unknown[ID_BYTES];
    identity_new_id(forge_now(), unknown);
    chunk.id.data = unknown;
    send_chunk(talk, &chunk);
    chunk = chunk_of(talk, forged, file, 0);
    chunk.id.len = 3;
    send_chunk(talk, &chunk);
    chunk = chunk_of(talk, forged, file, 0);
    chunk.author = forge_text("../..");
    send_chunk(talk, &chunk);
    chunk = chunk_of(talk, forged, file, 0);
    chunk.content.len = TOO_LARGE;
    send_chunk(talk, &chunk);
    chunk = chunk_of(talk, forged, file, 0);
    chunk.root.len = 5;
    send_chunk(talk, &chunk);
    chunk = chunk_of(talk, forged, file, 0);
    chunk.path.len = 33;
    send_chunk(talk, &chunk);
}

enum { UNWANTED = 9, REPEATED = 2 }; // and two that name no statement at all: dropped as frames

static bool is_told_whole(const struct talk *talk, const struct forged *forged)
{
    bool found = false;
    for (size_t i = 0; !found && i < talk->receipt_count; i++) {
        const Wire__Receipt *receipt = talk->receipts[i];
        for (size_t j = 0; !found && j < receipt->n_wholes; j++) {
            found = memcmp(receipt->wholes[j]->id.data, forged->id, ID_BYTES) == 0;
        }
    }
    return found;
}

static void bring_in_disorder(struct talk *talk)
{
    const struct file file = make_file(talk->stage, 1);
    struct forged forged = offer(talk, "disorder", &file);
    await_ask(talk, &forged, 0);
    send_unwanted(talk, &forged, &file);
    send_good(talk, &forged, &file, 0);
    await_ask(talk, &forged, 1);
    send_good(talk, &forged, &file, 0); // again
    await_ask(talk, &forged, 2);
    send_good(talk, &forged, &file, 2); // before the one that comes first
    for (uint32_t i = 1; i < CHUNKS; i++) {
        await_ask(talk, &forged, i);
        send_good(talk, &forged, &file, i);
    }
    while (!is_told_whole(talk, &forged)) {
        if (!talk_hear(talk, HOSTILE_PATIENCE_MS)) {
            hostile_die("the victim does not say that it is whole");
        }
    }
    hostile_tell_number("disorder", "unwanted", UNWANTED + REPEATED);
}

static void spoil_content(Wire__Chunk *chunk, struct arena *arena)
{
    chunk->content.data = arena_copy(arena, chunk->content.data, chunk->content.len);
    chunk->content.data[77] ^= 1;
}

static void spoil_size(Wire__Chunk *chunk, struct arena *arena)
{
    (void)arena;
    chunk->content.len--;
}

static void spoil_path(Wire__Chunk *chunk, struct arena *arena)
{
    chunk->path.data = arena_copy(arena, chunk->path.data, chunk->path.len);
    chunk->path.data[40] ^= 1;
}

static void spoil_root(Wire__Chunk *chunk, struct arena *arena)
{
    chunk->root.data = arena_copy(arena, chunk->root.data, chunk->root.len);
    chunk->root.data[0] ^= 1;
}

// All of it is sound, and it is another file than the author promised.
static void other_file(struct talk *talk)
{
    const struct file promised = make_file(talk->stage, 2);
    const struct file other = make_file(talk->stage, 3);
    struct forged forged = offer(talk, "other-file", &promised);
    await_ask(talk, &forged, 0);
    send_good(talk, &forged, &other, 0);
}

static void lie(struct talk *talk, const char *name, void (*spoil)(Wire__Chunk *, struct arena *))
{
    const struct file file = make_file(talk->stage, 4);
    struct forged forged = offer(talk, name, &file);
    await_ask(talk, &forged, 0);
    Wire__Chunk chunk = chunk_of(talk, &forged, &file, 0);
    spoil(&chunk, talk->stage->arena);
    send_chunk(talk, &chunk);
}

// ----------------------------------------------------------------------------------------- asking

static void ask(struct talk *talk, const char *name, const Wire__AskChunk *ask)
{
    size_t count = talk->chunk_count;
    struct bytes rest = decode_pack(&ask->base, talk->stage->arena);
    talk_send(talk, forge_raw(PROTOCOL_VERSION, ASK_TYPE, rest, talk->stage->arena));
    while (talk->chunk_count == count) {
        if (!talk_hear(talk, HOSTILE_PATIENCE_MS)) {
            hostile_die("the victim does not answer %s", name);
        }
    }
    bool served = talk->chunk->content.len > 0 && talk->chunk->refusal[0] == '\0';
    hostile_tell(name, "answer", served ? "served" : talk->chunk->refusal);
}

// It names no statement, and is no question.
static void ask_nothing(struct talk *talk, const char *name, const Wire__AskChunk *ask)
{
    size_t count = talk->chunk_count;
    struct bytes rest = decode_pack(&ask->base, talk->stage->arena);
    talk_send(talk, forge_raw(PROTOCOL_VERSION, ASK_TYPE, rest, talk->stage->arena));
    bool goes_on = talk_catch_up(talk);
    hostile_tell(name, "answer", !goes_on ? "silent" : talk->chunk_count == count ? "dropped" : "answered");
}

static void ask_for(struct talk *talk, struct talk *other, const struct got *got)
{
    Wire__AskChunk wanted = WIRE__ASK_CHUNK__INIT;
    wanted.author = got->header->author;
    wanted.id = got->header->id;
    wanted.part = 1;
    ask(talk, "addressee", &wanted);
    ask(other, "third", &wanted);
    wanted.index = UINT32_MAX;
    ask(talk, "beyond", &wanted);
    wanted.index = 0;
    wanted.part = 0;
    ask(talk, "body", &wanted);
    wanted.part = UINT32_MAX;
    ask(talk, "no-part", &wanted);
    wanted.part = 1;
    wanted.author = forge_text("");
    ask_nothing(talk, "nobody", &wanted);
    wanted.author = forge_text("../../etc");
    ask_nothing(talk, "path", &wanted);
    wanted.author = got->header->author;
    wanted.id.len = 7;
    ask_nothing(talk, "short-id", &wanted);
}

void hostile_chunks(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    struct talk *other = talk_open_as(stage, &stage->other);
    talk_greet(talk);
    talk_greet(other);
    while (talk->got_count == 0) {
        if (!talk_hear(talk, HOSTILE_PATIENCE_MS)) {
            hostile_die("the victim has sent nothing");
        }
    }
    ask_for(talk, other, &talk->got[0]);
    bring_in_disorder(talk);
    lie(talk, "content", spoil_content);
    lie(talk, "size", spoil_size);
    lie(talk, "path", spoil_path);
    lie(talk, "root", spoil_root);
    other_file(talk);
    hostile_probe(talk);
    talk_close(&other);
    talk_close(&talk);
}
