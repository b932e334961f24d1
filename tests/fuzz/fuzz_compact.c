// SPDX-License-Identifier: Apache-2.0
//
// A compact file. What is refused is refused at a line that exists, in words that can be shown; what is taken has members
// who can be found, each once, and means the same with its sections the other way round.
#include "fuzz/fuzz.h"

#include <stdio.h>

#include "law/compact.h"
#include "wire/identity.h"

static bool is_word(const char *text)
{
    return text[0] >= 'a' && text[0] <= 'z' && strlen(text) <= 64 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(text);
}

static void check_members(const struct compact *compact)
{
    must(compact->member_count >= 2 && compact->member_count <= 1000);
    for (size_t i = 0; i < compact->member_count; i++) {
        const struct compact_member *member = &compact->members[i];
        must(identity_is_agency(member->agency) && is_word(member->role) && compact_member(compact, member->agency) == member);
    }
}

// The same compact as a program would write it, members before the head and in falling order.
static const char *write(const struct compact *compact, struct arena *arena)
{
    char *text = arena_take(arena, 64 + strlen(compact->title) + compact->member_count * 128);
    char *at = text + sprintf(text, "[members]\n");
    for (size_t i = compact->member_count; i > 0; i--) {
        at += sprintf(at, "%s = %s\n", compact->members[i - 1].agency, compact->members[i - 1].role);
    }
    return arena_format(arena, "%s[compact]\nprocedure = %s\nid = %s\ntitle = %s\n", text, compact->procedure, compact->id, "协作机制");
}

static void check_written(const struct compact *compact, struct arena *arena)
{
    const char *text = write(compact, arena);
    struct law_fault fault = {0};
    struct compact *again;
    must(text != NULL && compact_parse((struct bytes){(const uint8_t *)text, strlen(text)}, &again, &fault) == LAW_OK);
    must(again->member_count == compact->member_count && strcmp(again->id, compact->id) == 0 && strcmp(again->procedure, compact->procedure) == 0);
    for (size_t i = 0; i < compact->member_count; i++) {
        const struct compact_member *member = compact_member(again, compact->members[i].agency);
        must(member != NULL && strcmp(member->role, compact->members[i].role) == 0);
    }
    compact_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes text = {data, size};
    struct law_fault fault = {0};
    struct compact *compact;
    enum law_outcome outcome = compact_parse(text, &compact, &fault);
    must(outcome != LAW_NO_MEMORY);
    if (outcome != LAW_OK) {
        fuzz_check_fault(text, &fault);
        return 0;
    }
    check_members(compact);
    check_written(compact, fuzz_arena());
    compact_free(&compact);
    return 0;
}
