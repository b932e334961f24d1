// SPDX-License-Identifier: Apache-2.0
//
// The town that the tests of rules share: the bureau and two townships of tests/town, of both
// suites, and the statements that a lead is made of.
#pragma once

#include "unit/lead.h"
#include "unit/town.h"

struct scene {
    struct town town;
    struct member *bureau;
    struct member *township;
    struct member *other; // a second township
};

static inline int scene_make(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    town_make(&scene->town);
    scene->bureau = town_add(&scene->town, "yecheng-scjg", SUITE_SM2_SM3);
    scene->township = town_add(&scene->town, "yecheng-jiazhen", SUITE_ED25519_SHA256);
    scene->other = town_add(&scene->town, "yecheng-yixiang", SUITE_SM2_SM3);
    town_introduce(&scene->town);
    *state = scene;
    return 0;
}

static inline int scene_drop(void **state)
{
    struct scene *scene = *state;
    town_drop(&scene->town);
    free(scene);
    return 0;
}

#define with_scene(test) cmocka_unit_test_setup_teardown(test, scene_make, scene_drop)

// The bureau's notice to the township of a lead found an hour ago.
static inline Control__Draft *scene_notice(struct scene *scene)
{
    struct town *town = &scene->town;
    return town_draft(town, "lead.notice", scene->township->id,
                      lead_notice(town->arena, town->now - TOWN_HOUR));
}

static inline Control__Draft *scene_reply(struct scene *scene, const char *kind, const char *to,
                                          struct bytes body, const Control__Draft *target)
{
    Control__Draft *draft = town_draft(&scene->town, kind, to, body);
    draft->in_reply_to = target->id;
    return draft;
}

// The township signs for what the bureau sent.
static inline Control__Draft *scene_acknowledgement(struct scene *scene,
                                                    const Control__Draft *target)
{
    return scene_reply(scene, "acknowledgement", scene->bureau->id,
                       lead_acknowledgement(scene->town.arena, "收到"), target);
}

static inline Control__Draft *scene_recall(struct scene *scene, const Control__Draft *target)
{
    return scene_reply(scene, "recall", scene->township->id, lead_recall(scene->town.arena),
                       target);
}

static inline Control__Draft *scene_note(struct scene *scene, const char *to, const char *words)
{
    return town_draft(&scene->town, "note", to, lead_note(scene->town.arena, words));
}

// Where the member's stream from `from` stands.
static inline struct stream_place scene_incoming(struct member *at, const struct member *from)
{
    return view_incoming(town_view(at), from->id, 0, at->town->arena);
}

static inline struct stream_place scene_outgoing(struct member *at, const struct member *to)
{
    return view_outgoing(town_view(at), to->id, 0, at->town->arena);
}

static inline const struct held *scene_held(struct member *at, const struct member *author,
                                                const Control__Draft *draft)
{
    uint64_t position = town_find(at, author, draft->id);
    return position == 0 ? NULL : view_statement(town_view(at), position, at->town->arena);
}

static inline bool scene_has_body(struct member *at, const struct member *author,
                                  const Control__Draft *draft)
{
    const uint8_t *salt;
    struct bytes body;
    uint64_t position = town_find(at, author, draft->id);
    return position != 0 && view_part(town_view(at), position, 1, at->town->arena, &salt, &body);
}
