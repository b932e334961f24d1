// SPDX-License-Identifier: Apache-2.0
//
// What the tests publish and subscribe to.
//
// Lifetime: bodies and drafts live in the town's arena.
#pragma once

#include "unit/scene.h"

#include "wire/info.pb-c.h"
#include "wire/sharing.pb-c.h"

static inline struct bytes published_item(struct town *town, const char *category, const char *title)
{
    Body__InfoShared body = BODY__INFO_SHARED__INIT;
    body.category = (char *)(uintptr_t)category;
    body.formed_at = town->now - TOWN_HOUR;
    body.title = (char *)(uintptr_t)title;
    body.text = "罚款五千元，已缴纳。";
    body.identity = strcmp(category, "complaint") == 0 ? "anonymous" : "";
    return decode_pack(&body.base, town->arena);
}

static inline struct bytes published_correction(struct town *town)
{
    Body__Correction body = BODY__CORRECTION__INIT;
    body.now = "罚款三千元";
    body.reason = "笔误";
    return decode_pack(&body.base, town->arena);
}

static inline Control__Draft *published_draft(struct town *town, const char *category, const char *mark)
{
    Control__Draft *draft = town_draft(town, "info.shared", NULL, published_item(town, category, "行政处罚决定"));
    draft->handling = (char *)(uintptr_t)mark;
    return draft;
}

static inline Control__Draft *published_by(struct member *publisher, const char *category)
{
    Control__Draft *draft = published_draft(publisher->town, category, "");
    town_submit(publisher, draft);
    return draft;
}

// Wants of one or two categories; NULL: no second.
static inline struct bytes published_request(struct town *town, const char *category, const char *other, int64_t since)
{
    Body__Wanted wanted[2] = {BODY__WANTED__INIT, BODY__WANTED__INIT};
    Body__Wanted *list[2] = {&wanted[0], &wanted[1]};
    Body__SubscriptionRequest body = BODY__SUBSCRIPTION_REQUEST__INIT;
    wanted[0].category = (char *)(uintptr_t)category;
    wanted[1].category = (char *)(uintptr_t)(other == NULL ? "" : other);
    body.wanted = list;
    body.n_wanted = other == NULL ? 1 : 2;
    body.since = since;
    body.purpose = "日常监管";
    return decode_pack(&body.base, town->arena);
}

static inline Control__Draft *published_subscribe(struct member *reader, struct member *publisher, const char *category, const char *other,
                                                  int64_t since)
{
    struct town *town = reader->town;
    Control__Draft *draft = town_draft(town, "subscription.request", publisher->id, published_request(town, category, other, since));
    town_submit(reader, draft);
    town_settle(town);
    return draft;
}

static inline Control__Draft *published_end(struct member *by, const char *to, const Control__Draft *request)
{
    Body__SubscriptionEnd body = BODY__SUBSCRIPTION_END__INIT;
    body.reason = "不再需要";
    Control__Draft *draft = town_draft(by->town, "subscription.end", to, decode_pack(&body.base, by->town->arena));
    draft->in_reply_to = request->id;
    town_submit(by, draft);
    return draft;
}

// How many items of a publisher's a member holds.
static inline size_t published_count(struct member *at, const struct member *publisher)
{
    uint64_t *positions;
    return view_published(town_view(at), false, publisher->id, 0, SIZE_MAX, at->town->arena, &positions);
}
