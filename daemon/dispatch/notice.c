// SPDX-License-Identifier: Apache-2.0
#include "dispatch/notice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "dispatch/client_reply.h"

enum { WATCHERS_MOST = 256, TURNS_IN_A_ROUND = 64 };

struct watcher {
    struct client_ref client;
    char user[CLIENT_USER_BYTES];
    uint64_t number;
    uint64_t turn; // the next fact to look at
    uint32_t index;
    int role;
    struct watcher *next;
};

struct notices {
    void *socket;
    notice_reader reader;
    notice_maker maker;
    struct watcher *first;
    size_t count;
};

int notice_new(void *socket, notice_reader reader, notice_maker maker, struct notices **out_notices)
{
    struct notices *notices = calloc(1, sizeof(*notices));
    if (notices == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "notices");
    }
    *notices = (struct notices){.socket = socket, .reader = reader, .maker = maker};
    *out_notices = notices;
    return 0;
}

static void remove_watcher(struct notices *notices, struct watcher **at)
{
    struct watcher *gone = *at;
    *at = gone->next;
    notices->count--;
    free(gone);
}

void notice_free(struct notices **notices)
{
    if (*notices == NULL) {
        return;
    }
    while ((*notices)->first != NULL) {
        remove_watcher(*notices, &(*notices)->first);
    }
    free(*notices);
    *notices = NULL;
}

int notice_add(struct notices *notices, const struct release *watch)
{
    struct watcher *watcher = notices->first;
    while (watcher != NULL && (watcher->number != watch->number || memcmp(&watcher->client, &watch->client, sizeof(watch->client)) != 0)) {
        watcher = watcher->next;
    }
    if (watcher == NULL) {
        watcher = notices->count < WATCHERS_MOST ? calloc(1, sizeof(*watcher)) : NULL;
        if (watcher == NULL) {
            return FAIL_ORIGIN(-ENOMEM, "watcher");
        }
        watcher->next = notices->first;
        notices->first = watcher;
        notices->count++;
    }
    watcher->client = watch->client;
    snprintf(watcher->user, sizeof(watcher->user), "%s", watch->user);
    watcher->number = watch->number;
    watcher->turn = watch->from_turn == 0 ? 1 : watch->from_turn;
    watcher->index = watch->from_index;
    watcher->role = (int)watch->at;
    return 0;
}

static void tell_end(struct notices *notices, const struct watcher *watcher, struct arena *arena)
{
    Control__Refusal refusal = CONTROL__REFUSAL__INIT;
    Control__Reply reply = CONTROL__REPLY__INIT;
    refusal.code = "role";
    refusal.text = "这把客户端钥匙已被撤销或更换，不再通知";
    reply.answer_case = CONTROL__REPLY__ANSWER_REFUSAL;
    reply.refusal = &refusal;
    (void)client_reply_send(notices->socket, &watcher->client, watcher->number, &reply, arena); // it ends, heard or not
}

void notice_review(struct notices *notices, notice_judge judge, void *context, struct arena *arena)
{
    struct watcher **at = &notices->first;
    while (*at != NULL) {
        (*at)->role = judge(context, (*at)->user);
        if ((*at)->role != 0) {
            at = &(*at)->next;
            continue;
        }
        tell_end(notices, *at, arena);
        remove_watcher(notices, at);
    }
}

static enum client_reply_outcome tell(struct notices *notices, struct watcher *watcher, const Control__Event *event, struct effects *effects)
{
    Control__Reply reply = CONTROL__REPLY__INIT;
    Control__Position position = CONTROL__POSITION__INIT;
    position.turn = watcher->turn;
    position.index = watcher->index + 1; // resuming here begins behind this event
    Control__Event placed = *event;
    placed.position = &position;
    reply.more = true;
    reply.answer_case = CONTROL__REPLY__ANSWER_EVENT;
    reply.event = &placed;
    return client_reply_send(notices->socket, &watcher->client, watcher->number, &reply, effects->arena);
}

static enum client_reply_outcome tell_turn(struct notices *notices, struct watcher *watcher, struct view *view, struct effects *effects)
{
    Record__Turn *turn = notices->reader(view, watcher->turn, effects->arena);
    for (; turn != NULL && watcher->index < turn->n_effects; watcher->index++) {
        Control__Event *event = notices->maker(view, effects, turn, watcher->index, watcher->role);
        enum client_reply_outcome outcome = event == NULL ? CLIENT_REPLIED : tell(notices, watcher, event, effects);
        if (outcome != CLIENT_REPLIED) {
            return outcome;
        }
    }
    watcher->turn++;
    watcher->index = 0;
    return CLIENT_REPLIED;
}

bool notice_pump(struct notices *notices, struct view *view, struct effects *effects)
{
    bool behind = false;
    uint64_t last = view_state(view)->turn;
    struct watcher **at = &notices->first;
    while (*at != NULL) {
        enum client_reply_outcome outcome = CLIENT_REPLIED;
        for (int i = 0; i < TURNS_IN_A_ROUND && (*at)->turn <= last && outcome == CLIENT_REPLIED && !effects->exhausted; i++) {
            outcome = tell_turn(notices, *at, view, effects);
        }
        if (outcome == CLIENT_GONE) {
            remove_watcher(notices, at);
            continue;
        }
        behind = behind || (outcome == CLIENT_REPLIED && (*at)->turn <= last);
        at = &(*at)->next;
    }
    return behind;
}
