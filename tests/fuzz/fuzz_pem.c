// SPDX-License-Identifier: Apache-2.0
//
// Text that carries cards and statements. Every block is found once and in order; what was decoded is written and found
// again as it was.
#include "fuzz/fuzz.h"

#include "wire/pem.h"

#include "lib/bundle.h"

static void check_block(const struct bundle_block *block, struct arena *arena)
{
    const char *label = block->is_card ? BUNDLE_CARD : BUNDLE_STATEMENT;
    const char *text = pem_format(block->content, label, arena);
    must(text != NULL);
    struct bytes written = {(const uint8_t *)text, strlen(text)};
    must(fuzz_is_same(pem_parse(written, label, arena), block->content));
    must(pem_parse(written, block->is_card ? BUNDLE_STATEMENT : BUNDLE_CARD, arena).data == NULL);
    struct bundle_block again;
    must(bundle_next(&written, arena, &again) && again.is_card == block->is_card && fuzz_is_same(again.content, block->content));
    must(!bundle_next(&written, arena, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = fuzz_arena();
    struct bytes text = {data, size};
    struct bundle_block block;
    struct bytes before = text;
    while (bundle_next(&text, arena, &block)) {
        must(text.size < before.size && text.data + text.size == data + size);
        before = text;
        if (block.content.data != NULL) {
            check_block(&block, arena);
        }
    }
    return 0;
}
