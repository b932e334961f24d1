// SPDX-License-Identifier: Apache-2.0
#include "attach_option.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct word {
    const char *name;
    size_t offset; // of a text in the attachment
} words[] = {
    {"document=", offsetof(struct liaison_attachment, document)},
    {"evidence=", offsetof(struct liaison_attachment, evidence)},
    {"collected-by=", offsetof(struct liaison_attachment, collected_by)},
    {"name=", offsetof(struct liaison_attachment, name)},
    {"type=", offsetof(struct liaison_attachment, media_type)},
};

static const char ORIGINAL[] = "original";
static const char COLLECTED_AT[] = "collected-at=";

static const struct {
    const char *ending;
    const char *type;
} media_types[] = {
    {".jpg", "image/jpeg"},       {".jpeg", "image/jpeg"},     {".png", "image/png"},        {".gif", "image/gif"},
    {".tif", "image/tiff"},       {".pdf", "application/pdf"}, {".ofd", "application/ofd"},  {".txt", "text/plain"},
    {".csv", "text/csv"},         {".mp4", "video/mp4"},       {".mov", "video/quicktime"},  {".mp3", "audio/mpeg"},
    {".wav", "audio/wav"},        {".zip", "application/zip"}, {".doc", "application/msword"},
    {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
};

static bool begins(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

static bool is_original(const char *text)
{
    size_t size = sizeof ORIGINAL - 1;
    return begins(text, ORIGINAL) && (text[size] == '\0' || text[size] == ',');
}

static bool begins_word(const char *text)
{
    bool found = is_original(text) || begins(text, COLLECTED_AT);
    for (size_t i = 0; !found && i < sizeof words / sizeof *words; i++) {
        found = begins(text, words[i].name);
    }
    return found;
}

// Ends the piece at the next comma that a word follows; NULL: it is the last.
static char *cut(char *piece)
{
    char *comma = strchr(piece, ',');
    while (comma != NULL && !begins_word(comma + 1)) {
        comma = strchr(comma + 1, ',');
    }
    if (comma == NULL) {
        return NULL;
    }
    *comma = '\0';
    return comma + 1;
}

static bool take(char *piece, struct liaison_attachment *attachment)
{
    if (is_original(piece)) {
        attachment->original = LIAISON_ORIGINAL;
        return true;
    }
    if (begins(piece, COLLECTED_AT)) {
        return liaison_instant(piece + sizeof COLLECTED_AT - 1, &attachment->collected_at) == LIAISON_DONE;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (begins(piece, words[i].name)) {
            *(const char **)(void *)((char *)attachment + words[i].offset) = piece + strlen(words[i].name);
            return true;
        }
    }
    return false;
}

static const char *guess_type(const char *path)
{
    const char *ending = strrchr(path, '.');
    for (size_t i = 0; ending != NULL && i < sizeof media_types / sizeof *media_types; i++) {
        if (strcasecmp(ending, media_types[i].ending) == 0) {
            return media_types[i].type;
        }
    }
    return "application/octet-stream";
}

bool attach_option_parse(char *text, struct liaison_attachment *out_attachment, const char **out_fault)
{
    struct liaison_attachment attachment = {.path = text};
    for (char *piece = cut(text); piece != NULL;) {
        char *next = cut(piece);
        if (!take(piece, &attachment)) {
            *out_fault = piece;
            return false;
        }
        piece = next;
    }
    if (attachment.media_type == NULL) {
        attachment.media_type = guess_type(attachment.path);
    }
    *out_attachment = attachment;
    return true;
}
