// SPDX-License-Identifier: Apache-2.0
#include "lib/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ask.h"
#include "wire/envelope.h"
#include "wire/identity.h"
#include "wire/pem.h"

static const uint8_t *find(struct bytes text, const char *mark)
{
    return text.size == 0 ? NULL : memmem(text.data, text.size, mark, strlen(mark));
}

bool bundle_next(struct bytes *text, struct arena *arena, struct bundle_block *out_block)
{
    const uint8_t *end = text->data + text->size;
    const uint8_t *card = find(*text, "-----BEGIN " BUNDLE_CARD "-----");
    const uint8_t *statement = find(*text, "-----BEGIN " BUNDLE_STATEMENT "-----");
    if (card == NULL && statement == NULL) {
        return false;
    }
    bool is_card = statement == NULL || (card != NULL && card < statement);
    const uint8_t *first = is_card ? card : statement;
    const char *last_line =
        is_card ? "-----END " BUNDLE_CARD "-----" : "-----END " BUNDLE_STATEMENT "-----";
    const uint8_t *last = find((struct bytes){first, (size_t)(end - first)}, last_line);
    const uint8_t *after = last == NULL ? end : last + strlen(last_line);
    // The parser wants the last line whole.
    if (after < end) {
        after++;
    }
    out_block->is_card = is_card;
    out_block->content = pem_parse((struct bytes){first, (size_t)(after - first)},
                                   is_card ? BUNDLE_CARD : BUNDLE_STATEMENT, arena);
    *text = (struct bytes){after, (size_t)(end - after)};
    return true;
}

// ------------------------------------------------------------------------------------------ export

// Text that grows; once memory is out it stays NULL.
struct growing {
    char *text;
    size_t size;
};

static void append(struct growing *growing, const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);
    char *larger = text == NULL || growing->text == NULL
                       ? NULL
                       : realloc(growing->text, growing->size + length + 1);
    if (larger == NULL) {
        free(growing->text);
        growing->text = NULL;
        return;
    }
    memcpy(larger + growing->size, text, length + 1);
    growing->text = larger;
    growing->size += length;
}

static void append_block(struct growing *growing, const ProtobufCBinaryData *content,
                         const char *label)
{
    struct arena *arena;
    if (arena_new(8 << 20, &arena) != 0) {
        append(growing, NULL);
        return;
    }
    append(growing, pem_format((struct bytes){content->data, content->len}, label, arena));
    arena_free(&arena);
}

static char *write_bundle(const struct exchange *exchange)
{
    struct growing growing = {.text = strdup("")};
    for (size_t page = 0; page < exchange->reply_count; page++) {
        const Control__Bundle *bundle = exchange->replies[page]->bundle;
        for (size_t i = 0; i < bundle->n_cards; i++) {
            append_block(&growing, &bundle->cards[i], BUNDLE_CARD);
        }
    }
    for (size_t page = 0; page < exchange->reply_count; page++) {
        const Control__Bundle *bundle = exchange->replies[page]->bundle;
        for (size_t i = 0; i < bundle->n_envelopes; i++) {
            append_block(&growing, &bundle->envelopes[i], BUNDLE_STATEMENT);
        }
    }
    return growing.text;
}

static bool is_bundle(const struct exchange *exchange)
{
    for (size_t page = 0; page < exchange->reply_count; page++) {
        if (exchange->replies[page]->answer_case != CONTROL__REPLY__ANSWER_BUNDLE) {
            return false;
        }
    }
    return true;
}

enum liaison_outcome liaison_export(struct liaison_session *session, const char *matter,
                                    char **out_text)
{
    uint8_t id[ID_BYTES];
    enum liaison_outcome outcome = session_begin(session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    if (!identity_parse_id(matter, id)) {
        return session_fail(session, LIAISON_USAGE, "a matter is named by its UUID");
    }
    Control__Export export = CONTROL__EXPORT__INIT;
    export.matter = (ProtobufCBinaryData){.len = ID_BYTES, .data = id};
    Control__Request request = CONTROL__REQUEST__INIT;
    request.ask_case = CONTROL__REQUEST__ASK_EXPORT;
    request.export = &export;
    struct exchange *exchange;
    outcome = ask_daemon(session, &request, &exchange);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    char *text = is_bundle(exchange) ? write_bundle(exchange) : NULL;
    exchange_free(&session->queue, &exchange);
    if (text == NULL) {
        return session_fail(session, LIAISON_FAILED,
                            "out of memory, or the daemon's answer is no bundle");
    }
    *out_text = text;
    return LIAISON_DONE;
}
