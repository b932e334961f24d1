// SPDX-License-Identifier: Apache-2.0
#include "e2e/hostile_scenes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "wire/identity.h"
#include "wire/seal_key.h"

enum { ARENA_BYTES = 1 << 30 };

void hostile_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    fflush(NULL);
    _Exit(1); // the context must not be ended with its sockets open
}

// --------------------------------------------------------------------------------------- reporting

static void print_text(const char *text)
{
    putchar('"');
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '"' || c == '\\') {
            printf("\\%c", c);
        } else if (c < 0x20) {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

void hostile_tell(const char *name, const char *key, const char *value)
{
    printf("{\"case\": \"%s\", \"%s\": ", name, key);
    print_text(value);
    printf("}\n");
}

void hostile_tell_number(const char *name, const char *key, uint64_t value)
{
    printf("{\"case\": \"%s\", \"%s\": %llu}\n", name, key, (unsigned long long)value);
}

void hostile_report(const char *name, const struct verdict *verdict, const struct forged *forged)
{
    static const char *const words[] = {
        [VERDICT_HELD] = "held",   [VERDICT_REFUSED] = "refused", [VERDICT_DROPPED] = "dropped",
        [VERDICT_LATER] = "later", [VERDICT_SILENT] = "silent",
    };
    printf("{\"case\": \"%s\", \"verdict\": \"%s\", \"code\": ", name, words[verdict->form]);
    print_text(verdict->code);
    printf(", \"detail\": ");
    print_text(verdict->detail);
    if (forged != NULL) {
        char id[IDENTITY_TEXT_BYTES];
        identity_format_id(forged->id, id);
        printf(", \"id\": \"%s\"", id);
    }
    printf("}\n");
    fflush(stdout);
}

void hostile_probe(struct talk *talk)
{
    struct forging forging;
    struct forged forged;
    talk_start(talk, &forging);
    forge_seal(&forging, talk->stage->arena, &forged);
    struct verdict verdict = talk_offer(talk, &forged);
    hostile_report("probe", &verdict, &forged);
}

// ------------------------------------------------------------------------------------------ scenes

struct scene {
    const char *name;
    void (*play)(struct stage *stage);
};

static const struct scene scenes[] = {
    {"regions", hostile_regions},       {"flips", hostile_flips},
    {"cuts", hostile_cuts},             {"rules", hostile_rules},
    {"parties", hostile_parties},       {"stream", hostile_stream},
    {"enclosures", hostile_enclosures}, {"acts", hostile_acts},
    {"frames", hostile_frames},         {"flood", hostile_flood},
    {"large", hostile_large},           {"hellos", hostile_hellos},
    {"skew", hostile_skew},             {"strangers", hostile_strangers},
    {"giant", hostile_giant},           {"silent", hostile_silent},
    {"routing", hostile_routing},       {"departed", hostile_departed},
    {"unnamed", hostile_unnamed},       {"suspended", hostile_suspended},
    {"bye", hostile_bye},               {"unreceipted", hostile_unreceipted},
    {"roots", hostile_roots},           {"tiny", hostile_tiny},
    {"hollows", hostile_hollows},       {"keep", hostile_keep},
    {"again", hostile_again},           {"chunks", hostile_chunks},
};

static void read_procedure(struct stage *stage, const char *path)
{
    enum { PROCEDURE_BYTES = 1 << 20 };
    FILE *file = fopen(path, "re");
    uint8_t *data = arena_take(stage->arena, PROCEDURE_BYTES);
    if (file == NULL) {
        hostile_die("cannot read %s", path);
    }
    size_t size = fread(data, 1, PROCEDURE_BYTES, file);
    fclose(file);
    hash_sm3((struct bytes){data, size}, &stage->procedure);
}

static bool play(struct stage *stage, const char *name)
{
    if (strncmp(name, "receipt.", 8) == 0) {
        hostile_receipt(stage, name);
        return true;
    }
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        if (strcmp(name, scenes[i].name) == 0) {
            scenes[i].play(stage);
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    struct stage stage = {0};
    if (argc != 8) {
        fprintf(stderr, "usage: %s ENDPOINT PROCEDURE VICTIM SELF OTHER OUTSIDER SCENE\n", argv[0]);
        return 2;
    }
    stage.endpoint = argv[1];
    stage.folder = argv[4];
    if (arena_new(ARENA_BYTES, &stage.arena) < 0) {
        hostile_die("no memory");
    }
    read_procedure(&stage, argv[2]);
    if (!forge_open(argv[3], FORGE_CARD_ONLY, stage.arena, &stage.victim) ||
        !forge_open(argv[4], FORGE_WITH_KEYS, stage.arena, &stage.self) ||
        !forge_open(argv[5], FORGE_WITH_KEYS, stage.arena, &stage.other) ||
        !forge_open(argv[6], FORGE_WITH_KEYS, stage.arena, &stage.outsider)) {
        return 1;
    }
    stage.context = zmq_ctx_new();
    bool played = play(&stage, argv[7]);
    if (!played) {
        fprintf(stderr, "no scene %s\n", argv[7]);
    }
    fflush(stdout);
    const struct forge_agency *const agencies[] = {&stage.victim, &stage.self, &stage.other,
                                                   &stage.outsider};
    for (size_t i = 0; i < 4; i++) {
        seal_key_free((struct seal_key **)(uintptr_t)&agencies[i]->public_key);
        EVP_PKEY_free(agencies[i]->key);
    }
    zmq_ctx_term(stage.context);
    arena_free(&stage.arena);
    return played ? 0 : 2;
}
