// SPDX-License-Identifier: Apache-2.0
#include "law_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "law/compact.h"
#include "law/procedure.h"

enum { FILES_MOST = 256, FILE_BYTES = 1 << 20 };

struct reading {
    struct arena *arena;
    struct law_text *texts;
    size_t count;
    struct config_fault *fault;
    struct procedure *procedures[FILES_MOST];
    size_t procedure_count;
};

static bool complain(struct reading *reading, const char *path, unsigned line, const char *what)
{
    if (line > 0) {
        snprintf(reading->fault->text, sizeof(reading->fault->text), "%s:%u: %s", path, line, what);
    } else {
        snprintf(reading->fault->text, sizeof(reading->fault->text), "%s: %s", path, what);
    }
    return false;
}

static const struct procedure *find_procedure(const struct reading *reading, const char *id)
{
    for (size_t i = 0; i < reading->procedure_count; i++) {
        if (strcmp(reading->procedures[i]->id, id) == 0) {
            return reading->procedures[i];
        }
    }
    return NULL;
}

static bool has_roles(struct reading *reading, const struct compact *compact, const struct procedure *procedure, const char *path)
{
    char text[256];
    for (size_t i = 0; i < compact->member_count; i++) {
        const struct compact_member *member = &compact->members[i];
        if (!procedure_has_role(procedure, member->role)) {
            snprintf(text, sizeof(text), "gives %.32s the role %.64s, which the procedure %.64s does not have", member->agency, member->role,
                     procedure->id);
            return complain(reading, path, member->line, text);
        }
    }
    return true;
}

// A compact names procedures that are here and gives its members roles that each of them has: they keep theirs after expiry.
static bool fits(struct reading *reading, const struct compact *compact, const char *path)
{
    char text[256];
    const struct procedure *procedure = find_procedure(reading, compact->procedure);
    if (procedure == NULL) {
        snprintf(text, sizeof(text), "names the procedure %.64s, which is not in the folder of procedures", compact->procedure);
        return complain(reading, path, compact->line, text);
    }
    if (compact->after_expiry != NULL && find_procedure(reading, compact->after_expiry) == NULL) {
        snprintf(text, sizeof(text), "names the procedure %.64s for after expiry, which is not in the folder of procedures", compact->after_expiry);
        return complain(reading, path, compact->line, text);
    }
    return has_roles(reading, compact, procedure, path) &&
           (compact->after_expiry == NULL || has_roles(reading, compact, find_procedure(reading, compact->after_expiry), path));
}

static bool judge(struct reading *reading, enum law_outcome outcome, const struct law_fault *fault, const char *path)
{
    return outcome == LAW_OK || complain(reading, path, fault->line, outcome == LAW_NO_MEMORY ? "out of memory" : fault->text);
}

static bool parses(struct reading *reading, const char *what, struct bytes content, const char *path)
{
    struct law_fault fault = {0};
    if (strcmp(what, "calendar") == 0) {
        struct calendar *calendar = NULL;
        bool good = judge(reading, calendar_parse(content, &calendar, &fault), &fault, path);
        calendar_free(&calendar);
        return good;
    }
    if (strcmp(what, "procedure") == 0) {
        return judge(reading, procedure_parse(content, &reading->procedures[reading->procedure_count], &fault), &fault, path) &&
               ++reading->procedure_count > 0;
    }
    struct compact *compact = NULL;
    bool good = judge(reading, compact_parse(content, &compact, &fault), &fault, path) && fits(reading, compact, path);
    compact_free(&compact);
    return good;
}

static bool read_file(struct reading *reading, const char *what, const char *path)
{
    struct stat about;
    FILE *file = fopen(path, "re");
    if (file == NULL || fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode)) {
        complain(reading, path, 0, file == NULL ? strerror(errno) : "not a file");
        if (file != NULL) {
            fclose(file);
        }
        return false;
    }
    size_t room = (size_t)about.st_size < FILE_BYTES ? (size_t)about.st_size + 1 : FILE_BYTES;
    uint8_t *content = arena_take(reading->arena, room);
    size_t size = content == NULL ? 0 : fread(content, 1, room, file);
    bool whole = ferror(file) == 0;
    fclose(file);
    char *name = arena_copy_text(reading->arena, path);
    if (content == NULL || name == NULL) {
        return complain(reading, path, 0, "out of memory");
    }
    if (!whole) {
        return complain(reading, path, 0, "cannot be read");
    }
    if (size == room || reading->count == FILES_MOST) {
        return complain(reading, path, 0, "too large, or too many files");
    }
    const struct bytes text = {content, size};
    if (!parses(reading, what, text, path)) {
        return false;
    }
    reading->texts[reading->count++] = (struct law_text){what, name, text};
    return true;
}

static int is_conf(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + size - 5, ".conf") == 0;
}

static bool read_folder(struct reading *reading, const char *what, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_conf, alphasort);
    if (count < 0) {
        return complain(reading, folder, 0, strerror(errno));
    }
    bool good = true;
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        good = good && read_file(reading, what, path);
        free(entries[i]);
    }
    free(entries);
    return good;
}

bool law_files_read(const struct config *config, struct arena *arena, const struct law_text **out_texts, size_t *out_count,
                    struct config_fault *out_fault)
{
    struct reading reading = {.arena = arena, .fault = out_fault};
    reading.texts = arena_take_array(arena, FILES_MOST, sizeof(*reading.texts));
    if (reading.texts == NULL) {
        return complain(&reading, "law files", 0, "out of memory");
    }
    bool good = read_file(&reading, "calendar", config->calendar) && read_folder(&reading, "procedure", config->procedures) &&
                read_folder(&reading, "compact", config->compacts);
    for (size_t i = 0; i < reading.procedure_count; i++) {
        procedure_free(&reading.procedures[i]);
    }
    *out_texts = reading.texts;
    *out_count = reading.count;
    return good;
}
