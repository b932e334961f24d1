// SPDX-License-Identifier: Apache-2.0
// Bytes altered on the way: each region of a frame, every single byte, every cut.
#include "e2e/hostile_scenes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_SEAL = 23, AT_ITEM = AT_SEAL + SEAL_BYTES + 2, AT_BODY = AT_ITEM + FRAME_ITEM_BYTES };
enum { AT_HEADER = AT_BODY + SALT_BYTES + 5 + FORGE_PATH * DIGEST_BYTES + 4 };

// A place in a frame of one item. Places after the header are counted from its end.
struct region {
    const char *name;
    size_t offset;
    uint8_t mask;
    bool after_header;
};

static const struct region regions[] = {
    {"frame.stream", 2 + 3, 1, false},
    {"frame.epoch", 6 + 7, 1, false},
    {"frame.first", 14 + 7, 4, false},
    {"frame.seals", 22, 1, false},
    {"frame.items", AT_ITEM - 1, 2, false},
    {"item.role", AT_ITEM, 0x10, false},
    {"item.seal", AT_ITEM + 1, 1, false},
    {"item.size", AT_ITEM + 5, 1, false},
    {"seal.domain", AT_SEAL + 3, 1, false},
    {"seal.suite", AT_SEAL + 16, 3, false},
    {"seal.zero", AT_SEAL + 18, 1, false},
    {"seal.count", AT_SEAL + 23, 7, false},
    {"seal.agency", AT_SEAL + 24 + 8, 1, false},
    {"seal.key-id", AT_SEAL + 56, 1, false},
    {"seal.epoch", AT_SEAL + 64 + 7, 1, false},
    {"seal.turn", AT_SEAL + 72 + 7, 1, false},
    {"seal.at", AT_SEAL + 80 + 7, 1, false},
    {"seal.root", AT_SEAL + 88, 1, false},
    {"seal.head", AT_SEAL + 120, 1, false},
    {"seal.signature", AT_SEAL + SEAL_SIGNED_BYTES + 40, 1, false},
    {"salt", AT_BODY, 1, false},
    {"index", AT_BODY + SALT_BYTES + 3, 2, false},
    {"path.count", AT_BODY + SALT_BYTES + 4, 1, false},
    {"path.first", AT_BODY + SALT_BYTES + 5, 1, false},
    {"path.last", AT_BODY + SALT_BYTES + 5 + DIGEST_BYTES, 1, false},
    {"header.size", AT_HEADER - 4, 1, false},
    {"header.first", AT_HEADER + 4, 1, false},
    {"header.last", SIZE_MAX, 1, true},
    {"parts", 0, 1, true},
    {"part.form", 1, 3, true},
    {"part.salt", 2, 1, true},
    {"part.size", 2 + SALT_BYTES + 3, 1, true},
    {"content", 2 + SALT_BYTES + 4 + 9, 1, true},
};

static struct bytes good_frame(struct talk *talk, struct forged *out_forged)
{
    struct forging forging;
    const struct forge_place place = talk_place(talk);
    talk_start(talk, &forging);
    forge_seal(&forging, talk->stage->arena, out_forged);
    return forge_frame(out_forged, FRAME_NUMBERED, &place, talk->stage->arena);
}

void hostile_regions(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    talk_greet(talk);
    hostile_probe(talk); // no region may lead back to position 1
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
        const struct region *region = &regions[i];
        struct forged forged;
        struct bytes frame = good_frame(talk, &forged);
        size_t header_bytes = text_get_u32(frame.data + AT_HEADER - 4);
        size_t offset = region->offset + (region->after_header ? AT_HEADER + header_bytes : 0);
        ((uint8_t *)(uintptr_t)frame.data)[offset] ^= region->mask;
        struct verdict verdict = talk_settle(talk, frame);
        hostile_report(region->name, &verdict, &forged);
    }
    hostile_probe(talk);
    talk_close(&talk);
}

struct tally {
    uint64_t held;
    uint64_t refused;
    uint64_t dropped;
    uint64_t other;
};

static void count(struct tally *tally, const struct verdict *verdict)
{
    switch (verdict->form) {
    case VERDICT_HELD:
        tally->held++;
        return;
    case VERDICT_REFUSED:
        tally->refused++;
        return;
    case VERDICT_DROPPED:
        tally->dropped++;
        return;
    case VERDICT_LATER:
    case VERDICT_SILENT:
        tally->other++;
        return;
    }
}

static void tell(const char *name, const struct tally *tally)
{
    printf("{\"case\": \"%s\", \"held\": %llu, \"refused\": %llu, \"dropped\": %llu, "
           "\"other\": %llu}\n",
           name, (unsigned long long)tally->held, (unsigned long long)tally->refused,
           (unsigned long long)tally->dropped, (unsigned long long)tally->other);
}

// The same statement again and again, each time with one bit of one byte turned over; then as it
// was, so that nothing but the bit stood in its way.
void hostile_flips(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    struct tally tally = {0};
    struct forged forged;
    talk_greet(talk);
    hostile_probe(talk);
    size_t size = good_frame(talk, &forged).size;
    for (size_t i = 0; i < size; i++) {
        const struct forge_place place = talk_place(talk);
        struct bytes frame = forge_frame(&forged, FRAME_NUMBERED, &place, stage->arena);
        ((uint8_t *)(uintptr_t)frame.data)[i] ^= (uint8_t)(1 << i % 8);
        struct verdict verdict = talk_settle(talk, frame);
        count(&tally, &verdict);
        if (verdict.form != VERDICT_REFUSED && verdict.form != VERDICT_DROPPED) {
            hostile_tell_number("flip", "offset", i);
        }
    }
    tell("flips", &tally);
    struct verdict verdict = talk_offer(talk, &forged);
    hostile_report("unflipped", &verdict, &forged);
    talk_close(&talk);
}

void hostile_cuts(struct stage *stage)
{
    struct talk *talk = talk_open_as(stage, &stage->self);
    struct tally tally = {0};
    struct forged forged;
    talk_greet(talk);
    struct bytes frame = good_frame(talk, &forged);
    for (size_t size = 0; size < frame.size; size += size < 300 ? 1 : 7) {
        struct verdict verdict = talk_settle(talk, (struct bytes){frame.data, size});
        count(&tally, &verdict);
    }
    tell("cuts", &tally);
    struct verdict verdict = talk_offer(talk, &forged);
    hostile_report("uncut", &verdict, &forged);
    talk_close(&talk);
}
