// SPDX-License-Identifier: Apache-2.0
//
// Amending the law of a town: its texts as the members read them next. Who has read before keeps what he read, so members may differ.
//
// Lifetime: texts live in the town's arena.
#pragma once

#include "unit/town.h"

// The place of the first text of that sort.
static inline size_t statute_find(const struct town *town, const char *what)
{
    size_t i = 0;
    while (strcmp(town->texts[i].what, what) != 0) {
        assert_true(++i < town->text_count);
    }
    return i;
}

static inline struct bytes statute_of(const struct town *town, const char *what)
{
    return town->texts[statute_find(town, what)].content;
}

// `old` must stand in it; the first is replaced.
static inline struct bytes statute_replace(struct town *town, struct bytes text, const char *old, const char *with)
{
    char *copy = arena_take(town->arena, text.size + 1);
    assert_non_null(copy);
    memcpy(copy, text.data, text.size);
    const char *at = strstr(copy, old);
    assert_non_null(at);
    char *changed = arena_format(town->arena, "%.*s%s%s", (int)(at - copy), copy, with, at + strlen(old));
    assert_non_null(changed);
    return (struct bytes){(uint8_t *)changed, strlen(changed)};
}

static inline void statute_put(struct town *town, size_t place, const struct law_text *text)
{
    size_t count = place < town->text_count ? town->text_count : town->text_count + 1;
    struct law_text *texts = arena_take_array(town->arena, count, sizeof *texts);
    assert_non_null(texts);
    memcpy(texts, town->texts, town->text_count * sizeof *texts);
    texts[place] = *text;
    town->texts = texts;
    town->text_count = count;
}

static inline void statute_set(struct town *town, const char *what, struct bytes content)
{
    const size_t place = statute_find(town, what);
    const struct law_text text = {town->texts[place].what, town->texts[place].name, content};
    statute_put(town, place, &text);
}

static inline void statute_amend(struct town *town, const char *what, const char *old, const char *with)
{
    statute_set(town, what, statute_replace(town, statute_of(town, what), old, with));
}

// Another text beside those there are. Texts that others rest on come first, so it goes to the front.
static inline void statute_add(struct town *town, const char *what, struct bytes content)
{
    const struct law_text last = town->texts[town->text_count - 1];
    const size_t count = town->text_count;
    statute_put(town, count, &last);
    for (size_t i = count - 1; i > 0; i--) {
        const struct law_text before = town->texts[i - 1];
        statute_put(town, i, &before);
    }
    const struct law_text text = {what, "added", content};
    statute_put(town, 0, &text);
}
