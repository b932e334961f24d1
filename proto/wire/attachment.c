// SPDX-License-Identifier: Apache-2.0
#include "wire/attachment.h"

#include <string.h>

#include "wire/codes.h"
#include "wire/text.h"

static const uint64_t MOST_BYTES = (uint64_t)LIMIT_LEAVES * CHUNK_BYTES;

bool attachment_is(const Wire__Part *part)
{
    return strcmp(part->role, "attachment") == 0;
}

static enum envelope_outcome object(enum envelope_outcome outcome, const char *text,
                                    const char **out_text)
{
    *out_text = text;
    return outcome;
}

// It becomes the name of a file wherever somebody fetches it.
static enum envelope_outcome judge_name(const char *name, const char **out_text)
{
    size_t size = strlen(name);
    if (size == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return object(ENVELOPE_VALUE, "附件没有可用的文件名", out_text);
    }
    if (size > LIMIT_FILE_NAME_BYTES) {
        return object(ENVELOPE_LIMIT, "附件文件名超过 255 字节", out_text);
    }
    if (strchr(name, '/') != NULL) {
        return object(ENVELOPE_VALUE, "附件文件名含有“/”", out_text);
    }
    bool is_fine = text_check((struct bytes){(const uint8_t *)name, size}, NULL) == TEXT_OK;
    if (!is_fine || strpbrk(name, "\t\n") != NULL) {
        return object(ENVELOPE_TEXT, "附件文件名含有不允许的字符", out_text);
    }
    return ENVELOPE_OK;
}

static bool is_code(enum codes_place place, const char *code)
{
    return code[0] == '\0' || codes_find(&codes_lists[place], code) != NULL;
}

static bool is_named_before(Wire__Part *const *parts, size_t index)
{
    bool found = false;
    for (size_t i = 0; !found && i < index; i++) {
        found = attachment_is(parts[i]) && strcmp(parts[i]->name, parts[index]->name) == 0;
    }
    return found;
}

enum envelope_outcome attachment_judge(Wire__Part *const *parts, size_t index,
                                       const char **out_text)
{
    const Wire__Part *part = parts[index];
    enum envelope_outcome outcome = judge_name(part->name, out_text);
    if (outcome != ENVELOPE_OK) {
        return outcome;
    }
    if (is_named_before(parts, index)) {
        return object(ENVELOPE_VALUE, "两个附件同名", out_text);
    }
    if (part->size > MOST_BYTES) {
        return object(ENVELOPE_LIMIT, "附件超过 16 GiB", out_text);
    }
    if (!is_code(CODES_DOCUMENT, part->document) || !is_code(CODES_EVIDENCE, part->evidence)) {
        return object(ENVELOPE_VALUE, "附件的材料类型或证据种类不在代码表中", out_text);
    }
    if (part->collected_at < 0) {
        return object(ENVELOPE_VALUE, "附件的取得时间不正确", out_text);
    }
    return ENVELOPE_OK;
}

uint32_t attachment_chunks(uint64_t size)
{
    return size == 0 ? 1 : (uint32_t)((size + CHUNK_BYTES - 1) / CHUNK_BYTES);
}

size_t attachment_chunk_bytes(uint64_t size, uint32_t index)
{
    uint64_t from = (uint64_t)index * CHUNK_BYTES;
    uint64_t left = from < size ? size - from : 0;
    return left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
}
