// SPDX-License-Identifier: Apache-2.0
#include "intake/doors.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/log.h"

enum {
    KNOCK_EVERY_MS = 20000, // at each door; a handshake costs a millisecond
    KNOCK_AGAIN_MS = 1000,
    COUNT_EVERY_MS = 50,
    CROWDED_MS = 1000, // long enough for libzmq to let go of what it had accepted
    CROWDED_PERCENT = 80,
};

enum state { DOOR_ABSENT, DOOR_OPEN, DOOR_CROWDED, DOOR_LOST };

struct leaf {
    enum state state;
    char bound[256]; // with wildcards resolved, so that it is opened again at the same place
};

struct doors {
    struct doors_options options;
    struct leaf leaves[DOORS];
    enum door knocked; // last
    struct mono knocked_at;
    struct mono counted_at;
    struct mono crowded_at;
    uint64_t refused;
    const char *alarm;
};

static const char *const names[DOORS] = {[DOOR_AGENCIES] = "listen", [DOOR_CLIENTS] = "clients_listen"};

int doors_new(const struct doors_options *options, struct doors **out_doors)
{
    struct doors *doors = calloc(1, sizeof(*doors));
    if (doors == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "doors");
    }
    doors->options = *options;
    *out_doors = doors;
    return 0;
}

void doors_free(struct doors **doors)
{
    free(*doors);
    *doors = NULL;
}

// ------------------------------------------------------------------------------------------------- open and closed

static int open_door(struct doors *doors, enum door door, const char *endpoint)
{
    struct leaf *leaf = &doors->leaves[door];
    int result = loop_bind(doors->options.sockets[door], endpoint);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    loop_endpoint(doors->options.sockets[door], leaf->bound, sizeof(leaf->bound));
    leaf->state = DOOR_OPEN;
    return 0;
}

static void close_door(struct doors *doors, enum door door, enum state state)
{
    loop_unbind(doors->options.sockets[door]);
    doors->leaves[door].state = state;
}

bool doors_is_open(const struct doors *doors, enum door door)
{
    return doors->leaves[door].state == DOOR_OPEN;
}

uint64_t doors_refused(const struct doors *doors)
{
    return doors->refused;
}

const char *doors_alarm(const struct doors *doors)
{
    return doors->alarm;
}

void doors_forget_alarm(struct doors *doors)
{
    doors->alarm = NULL;
}

// ------------------------------------------------------------------------------------------------------- knocking

// The endpoint as it was bound, with a wildcard replaced by loopback, for the knock at our own door.
static int knock(struct doors *doors, enum door door, struct mono now)
{
    char endpoint[300];
    const char *bound = doors->leaves[door].bound;
    const char *port = strrchr(bound, ':');
    bool any = strstr(bound, "//0.0.0.0:") != NULL || strstr(bound, "//[::]:") != NULL;
    snprintf(endpoint, sizeof(endpoint), "%s%s", any ? "tcp://127.0.0.1" : bound, any ? port : "");
    doors->knocked = door;
    doors->knocked_at = now;
    return peer_guard_knock(doors->options.guard, endpoint, doors->options.curve_public, now);
}

// Each open door in turn.
static int knock_next(struct doors *doors, struct mono now)
{
    for (int step = 1; step <= DOORS; step++) {
        enum door door = (enum door)(((int)doors->knocked + step) % DOORS);
        if (doors_is_open(doors, door)) {
            return knock(doors, door, now);
        }
    }
    return 0;
}

static int64_t knock_pause_ms(const struct doors *doors)
{
    return doors_is_open(doors, DOOR_AGENCIES) && doors_is_open(doors, DOOR_CLIENTS) ? KNOCK_EVERY_MS / DOORS : KNOCK_EVERY_MS;
}

static void watch_guard(struct doors *doors, struct mono now)
{
    doors->refused += peer_guard_answer(doors->options.guard);
    switch (peer_guard_listen(doors->options.guard, now)) {
    case KNOCK_NONE:
        if (now.ms - doors->knocked_at.ms > knock_pause_ms(doors) && knock_next(doors, now) < 0) {
            log_write(LOG_FAILURE, "%s", fail_trace());
        }
        return;
    case KNOCK_WAITING:
    case KNOCK_REFUSED:
        return;
    case KNOCK_ADMITTED:
        close_door(doors, doors->knocked, DOOR_LOST);
        log_write(LOG_GUARD_FAILED, "%s", names[doors->knocked]);
        doors->alarm = "door";
        return;
    case KNOCK_UNANSWERED:
        doors->knocked_at.ms = now.ms - knock_pause_ms(doors) + KNOCK_AGAIN_MS; // a busy machine; knock again soon
        return;
    }
}

// ----------------------------------------------------------------------------------------------------- descriptors

// The kernel gives the lowest number that is free, so while that is low there are enough.
static bool is_crowded(void)
{
    struct rlimit limit;
    int lowest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    if (lowest < 0) {
        return errno == EMFILE;
    }
    close(lowest);
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)lowest > limit.rlim_cur / 100 * CROWDED_PERCENT;
}

static void close_crowded(struct doors *doors, struct mono now)
{
    for (int door = 0; door < DOORS; door++) {
        if (doors->leaves[door].state == DOOR_OPEN) {
            close_door(doors, (enum door)door, DOOR_CROWDED);
            log_write(LOG_CROWDED, "%s closed for a moment", names[door]);
            doors->alarm = "descriptors";
        }
    }
    doors->crowded_at = now;
}

static void open_again(struct doors *doors)
{
    for (int door = 0; door < DOORS; door++) {
        if (doors->leaves[door].state == DOOR_CROWDED && open_door(doors, (enum door)door, doors->leaves[door].bound) < 0) {
            log_write(LOG_FAILURE, "%s", fail_trace());
        }
    }
}

static void watch_crowd(struct doors *doors, struct mono now)
{
    if (now.ms - doors->counted_at.ms < COUNT_EVERY_MS) {
        return;
    }
    doors->counted_at = now;
    if (is_crowded()) {
        close_crowded(doors, now);
    } else if (now.ms - doors->crowded_at.ms > CROWDED_MS) {
        open_again(doors);
    }
}

int doors_open(struct doors *doors, struct mono now)
{
    int result = 0;
    for (int door = 0; door < DOORS && result == 0; door++) {
        const char *endpoint = doors->options.endpoints[door];
        result = endpoint[0] == '\0' ? 0 : open_door(doors, (enum door)door, endpoint);
    }
    result = result < 0 ? result : knock_next(doors, now);
    doors->knocked_at.ms -= knock_pause_ms(doors) - KNOCK_AGAIN_MS; // the other door has its turn soon
    return result < 0 ? FAIL_HOP(result) : 0;
}

void doors_watch(struct doors *doors, struct mono now)
{
    watch_guard(doors, now);
    watch_crowd(doors, now);
}
