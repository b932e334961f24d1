// SPDX-License-Identifier: Apache-2.0
#include "turn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "acquaint.h"
#include "attempt.h"
#include "base/fail.h"
#include "base/log.h"
#include "base/pace.h"
#include "dispatch/client_reply.h"
#include "dispatch/outbox.h"
#include "haul.h"
#include "rules/operate.h"
#include "rules/refuse.h"
#include "rules/report.h"
#include "setup.h"
#include "store/search.h"
#include "store/view.h"

enum {
    EXTRA_EVENTS = 64,       // ticks and links that went down, beside what the bounds allow
    HOUSEKEEPING_MS = 500,
    SPACE_CHECK_MS = 1000,
    RETRY_MS = 1000,         // after the store failed
    SETTLE_MS = 400,         // without an event: less than housekeeping, so that the first idle look settles
    LEAST_ROOM_BYTES = 1 << 20,
    CROWD_MS = 100, // whoever asks one thing after another is back by then
    INDEX_MS = 4,          // of work on the search index at once
    INDEX_EVERY_MS = 1000, // where there is never time for it
};

struct turn {
    struct daemon *daemon;
    struct arena *arena; // what was gathered: lives until all of it is decided
    struct event *events;
    size_t event_limit;
    struct link_news *news;
    size_t news_limit;
    struct job **jobs;
    size_t job_limit;
    struct gathered gathered;
    struct attempt attempt;
    struct wall now;
    struct mono mono;
    int64_t next_due;
    bool behind;     // more could be released at once
    bool full;
    struct mono space_at;
    struct mono busy_at; // last turn that had an event
    struct mono others_at; // last turn that had an event of somebody else's
    bool clock_bad;
    struct pace pace;
    uint64_t reviewed; // the clients' keys that the watchers were held against
    bool reload_due;
    struct setup setup; // read again; holds once its turn is committed
    uint64_t judge_at;  // duty to go on judging at; 0: none
    bool publish_on;    // a subscription is still to be given what was published before it
    int64_t look_at;    // when to look whether the calendar still reaches far enough
    struct mono index_at; // not before, where somebody waits or the index failed
    bool indexing;        // and there is more to do
    bool index_failing;
};

int turn_new(struct daemon *daemon, struct turn **out_turn)
{
    struct turn *turn = calloc(1, sizeof(*turn));
    if (turn == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "turn");
    }
    turn->daemon = daemon;
    turn->attempt.store = daemon->store;
    turn->attempt.keyring = daemon->keyring;
    turn->event_limit = (size_t)daemon->config.turn_events + EXTRA_EVENTS;
    turn->news_limit = 2 * turn->event_limit;
    turn->job_limit = turn->event_limit;
    turn->events = calloc(turn->event_limit, sizeof(*turn->events));
    turn->news = calloc(turn->news_limit, sizeof(*turn->news));
    turn->jobs = calloc(turn->job_limit, sizeof(struct job *));
    int result = arena_new((size_t)daemon->config.turn_memory << 20, &turn->arena);
    result = result < 0 ? result : arena_new((size_t)daemon->config.turn_memory << 20, &turn->attempt.arena);
    if (result < 0 || turn->events == NULL || turn->news == NULL || turn->jobs == NULL) {
        turn_free(&turn);
        return FAIL_ORIGIN(-ENOMEM, "turn");
    }
    *out_turn = turn;
    return 0;
}

void turn_free(struct turn **turn)
{
    if (*turn == NULL) {
        return;
    }
    for (size_t i = 0; i < (*turn)->gathered.job_count; i++) {
        workers_done((*turn)->daemon->workers, &(*turn)->gathered.jobs[i]);
    }
    arena_free(&(*turn)->arena);
    arena_free(&(*turn)->attempt.arena);
    free((*turn)->events);
    free((*turn)->news);
    free((*turn)->jobs);
    free(*turn);
    *turn = NULL;
}

// ----------------------------------------------------------------------------------------------------- gather

// One now for the whole turn, never before the last one's.
static void look_at_clock(struct turn *turn)
{
    struct wallclock *clock = &turn->daemon->clock;
    int64_t last = store_state(turn->daemon->store)->at;
    turn->now = wallclock_look(clock);
    turn->mono = wallclock_mono();
    if (clock->jumped != turn->clock_bad) {
        turn->clock_bad = clock->jumped;
        log_write(LOG_CLOCK, clock->jumped ? "jumped by %" PRId64 " ms: nothing is sealed until it is plausible or accepted" : "plausible again (%" PRId64 ")",
                  clock->jump_ms);
    }
    if (turn->now.ms < last) {
        turn->now.ms = last;
    }
}

static void look_at_disk(struct turn *turn)
{
    if (turn->space_at.ms != 0 && turn->mono.ms - turn->space_at.ms < SPACE_CHECK_MS) {
        return;
    }
    turn->space_at = turn->mono;
    int64_t room = store_free_bytes(turn->daemon->store);
    int64_t reserve = turn->daemon->config.disk_reserve << 20;
    bool full = room >= 0 && room < (reserve < LEAST_ROOM_BYTES ? LEAST_ROOM_BYTES : reserve);
    if (full != turn->full) {
        turn->full = full;
        log_write(full ? LOG_STORE_FAILED : LOG_STORE_RECOVERED, "free=%" PRId64, room);
    }
}

static void add_event(struct turn *turn, const struct event *event)
{
    if (turn->gathered.event_count < turn->event_limit) {
        turn->gathered.events[turn->gathered.event_count++] = *event;
    }
}

static void gather_links(struct turn *turn)
{
    struct daemon *daemon = turn->daemon;
    for (size_t i = 0; i < turn->gathered.news_count; i++) {
        const struct link_news *news = &turn->gathered.news[i];
        peer_link_hear(daemon->links, news, turn->mono, turn->now);
        if (news->form == LINK_CHUNK) {
            haul_hear(daemon->haul, news->peer, news->chunk, turn->mono);
        }
    }
    for (const char *peer = peer_link_take_down(daemon->links, turn->mono); peer != NULL; peer = peer_link_take_down(daemon->links, turn->mono)) {
        const struct event down = {.form = EVENT_LINK_DOWN, .peer = peer};
        add_event(turn, &down);
    }
    uint64_t place;
    const char *heard = turn->clock_bad ? NULL : peer_link_take_heard(daemon->links, &place);
    if (heard != NULL) {
        const struct event heard_on = {.form = EVENT_HEARD_ON, .peer = heard, .place = place};
        add_event(turn, &heard_on);
    }
}

// What every event may need to know beside itself.
static void complete_events(struct turn *turn)
{
    struct daemon *daemon = turn->daemon;
    uint32_t random = 0;
    ssize_t got = getrandom(&random, sizeof(random), 0);
    (void)got; // an epoch's random bits only keep two restores in the same second apart
    for (size_t i = 0; i < turn->gathered.event_count; i++) {
        struct event *event = &turn->gathered.events[i];
        event->clock_trusted = !turn->clock_bad;
        event->disk_full = turn->full;
        event->file_room = haul_room(daemon->haul);
        event->fresh_epoch = ((uint64_t)turn->now.ms / 1000) << 24 | (random & 0xffffff);
        if (event->peer != NULL) {
            event->linked_before = peer_link_is_up(daemon->links, event->peer);
            event->skew_ms = peer_link_skew(daemon->links, event->peer);
        }
    }
}

// What the operator's files say now. A fault in them ends it here, and everything stays as it was.
static void gather_reload(struct turn *turn)
{
    struct config_fault fault;
    if (!setup_read_again(turn->daemon, turn->arena, &turn->setup, &fault)) {
        turn->reload_due = false;
        setup_refuse(turn->daemon, &fault);
        return;
    }
    const struct event reload = {.form = EVENT_RELOAD, .start = turn->setup.start};
    add_event(turn, &reload);
}

// Before anything is gathered: a wake-up taken back after the jobs were looked for would be that of a job finished since, which
// then lies until something else happens.
static void take_wakeup(struct turn *turn)
{
    const struct wish wish = wakeup_take(&turn->daemon->wakeup);
    turn->daemon->stopping = wish.stop || turn->daemon->stopping;
    turn->reload_due = wish.reload || turn->reload_due;
}

static void gather_own(struct turn *turn)
{
    if (doors_alarm(turn->daemon->doors) != NULL) {
        const struct event closed = {.form = EVENT_DOOR, .door = doors_alarm(turn->daemon->doors)};
        add_event(turn, &closed);
    }
    if (turn->next_due != 0 && turn->next_due <= turn->now.ms && !turn->clock_bad) {
        const struct event tick = {.form = EVENT_TICK, .crowded = turn->mono.ms - turn->others_at.ms < CROWD_MS};
        add_event(turn, &tick);
    }
    if (turn->look_at != 0 && turn->look_at <= turn->now.ms && !turn->clock_bad) {
        const struct event ahead = {.form = EVENT_LOOK_AHEAD};
        add_event(turn, &ahead);
    }
    if (turn->publish_on) {
        const struct event publish_on = {.form = EVENT_PUBLISH_ON};
        turn->publish_on = false;
        add_event(turn, &publish_on);
    }
    if (turn->attempt.failing) {
        const struct event resume = {.form = EVENT_RESUME};
        add_event(turn, &resume);
    }
    if (turn->reload_due) {
        gather_reload(turn); // another calendar begins the counting anew
    } else if (turn->judge_at != 0 && !turn->clock_bad) {
        const struct event judge_on = {.form = EVENT_JUDGE_ON, .place = turn->judge_at};
        add_event(turn, &judge_on);
    }
}

static void gather(struct turn *turn)
{
    struct daemon *daemon = turn->daemon;
    size_t bytes = (size_t)daemon->config.turn_bytes << 10;
    arena_reset(turn->arena);
    turn->gathered = (struct gathered){
        .events = turn->events,
        .event_limit = (size_t)daemon->config.turn_events,
        .news = turn->news,
        .news_limit = turn->news_limit,
        .jobs = turn->jobs,
        .job_limit = turn->job_limit,
        .bytes = bytes,
    };
    look_at_clock(turn);
    look_at_disk(turn);
    take_wakeup(turn);
    peer_port_gather(daemon->peer_port, turn->arena, &turn->gathered);
    turn->behind = turn->gathered.more;
    turn->gathered.event_count += client_port_gather(daemon->client_port, turn->arena, turn->gathered.event_limit - turn->gathered.event_count,
                                                     &bytes, turn->events + turn->gathered.event_count);
    turn->others_at = turn->gathered.event_count > 0 ? turn->mono : turn->others_at;
    haul_gather(daemon->haul, &turn->gathered, turn->mono, turn->now, turn->arena);
    turn->behind = turn->behind || turn->gathered.more;
    gather_links(turn);
    gather_own(turn);
    complete_events(turn);
}

// ---------------------------------------------------------------------------------------------------- release

static void describe_status(struct turn *turn, Control__Status *status)
{
    struct daemon *daemon = turn->daemon;
    status->clock = daemon->clock.test           ? "test"
                    : turn->clock_bad            ? "jumped"
                    : wallclock_is_synchronised() ? "trusted"
                                                  : "unsynchronised";
    status->law_loaded_at = daemon->read_at.ms;
    status->law_fault = daemon->read_fault.text;
    status->store = turn->attempt.failing ? "failing" : turn->full ? "full" : "ok";
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"handshakes-refused", doors_refused(daemon->doors) + peer_port_refused_handshakes(daemon->peer_port)},
        {"frames-dropped", peer_port_dropped(daemon->peer_port)},
        {"requests-dropped", client_port_dropped(daemon->client_port)},
        {"turns", turn->pace.turns},
        {"turns-over-50ms", turn->pace.slow},
        {"longest-turn-us", (uint64_t)turn->pace.longest_us},
        {"longest-turn-busy-us", (uint64_t)turn->pace.longest_busy_us},
        {"search-behind", search_behind(daemon->store)},
    };
    enum { HAUL_COUNTS = 16 };
    size_t count = sizeof(counts) / sizeof(counts[0]);
    status->counters = arena_take_array(turn->attempt.arena, count + HAUL_COUNTS, sizeof(*status->counters));
    Control__Count *hauled = arena_take_array(turn->attempt.arena, HAUL_COUNTS, sizeof(*hauled));
    for (size_t i = 0; status->counters != NULL && i < count; i++) {
        Control__Count *row = arena_take(turn->attempt.arena, sizeof(*row));
        if (row != NULL) {
            control__count__init(row);
            row->name = (char *)counts[i].name;
            row->value = counts[i].value;
            status->counters[status->n_counters++] = row;
        }
    }
    size_t more = hauled == NULL || status->counters == NULL ? 0 : haul_count(daemon->haul, hauled, HAUL_COUNTS);
    for (size_t i = 0; i < more; i++) {
        status->counters[status->n_counters++] = &hauled[i];
    }
    for (size_t i = 0; i < status->n_peers; i++) {
        peer_link_describe(daemon->links, status->peers[i]);
    }
}

// Adds what no rule can know: how the links stand at this moment.
static void describe_live(struct turn *turn, Control__Reply *reply)
{
    struct peer_links *links = turn->daemon->links;
    haul_describe(turn->daemon->haul, reply);
    if (reply->answer_case == CONTROL__REPLY__ANSWER_STATUS) {
        describe_status(turn, reply->status);
    }
    if (reply->answer_case == CONTROL__REPLY__ANSWER_PEERS) {
        for (size_t i = 0; i < reply->peers->n_peers; i++) {
            peer_link_describe(links, reply->peers->peers[i]);
        }
    }
    for (size_t i = 0; reply->answer_case == CONTROL__REPLY__ANSWER_SUBMITTED && i < reply->submitted->n_results; i++) {
        Control__SubmittedOne *result = reply->submitted->results[i];
        for (size_t j = 0; j < result->n_reach; j++) {
            result->reach[j]->linked = peer_link_is_up(links, result->reach[j]->agency);
        }
    }
}

static void log_if_failed(int result)
{
    if (result < 0) {
        log_write(LOG_FAILURE, "%s", fail_trace());
    }
}

static void release_one(struct turn *turn, struct view *view, const struct release *release)
{
    struct daemon *daemon = turn->daemon;
    switch (release->form) {
    case RELEASE_REPLY:
        describe_live(turn, release->reply);
        client_reply_send(daemon->client_socket, &release->client, release->number, release->reply, turn->attempt.arena);
        return;
    case RELEASE_WATCH:
        log_if_failed(notice_add(daemon->notices, release));
        return;
    case RELEASE_LATER:
        peer_link_say_later(daemon->links, release->peer, release->later, turn->attempt.arena);
        return;
    case RELEASE_BYE:
        peer_link_say_bye(daemon->links, release->peer, release->bye, turn->mono, turn->attempt.arena);
        return;
    case RELEASE_HELLO:
        peer_link_greet(daemon->links, view, release->peer, release->at != 0, turn->mono, turn->now, turn->attempt.arena);
        haul_greeted(daemon->haul, release->peer);
        return;
    case RELEASE_ERRAND:
        haul_run(daemon->haul, release->errand, view, turn->mono, turn->attempt.arena);
        return;
    case RELEASE_UNNUMBERED:
        peer_link_send(daemon->links, release->peer, outbox_unnumbered(view, release->position, turn->attempt.arena));
        return;
    case RELEASE_ASK_OFFERED:
        peer_link_ask_offered(daemon->links, release->peer, release->at);
        return;
    case RELEASE_HEAR_ON:
        peer_link_hear_on(daemon->links, release->peer, release->position);
        turn->behind = true;
        return;
    case RELEASE_UNKEPT:
        peer_link_unkept(daemon->links, release->peer);
        return;
    case RELEASE_DISCONNECT:
        peer_link_part(daemon->links, release->peer, release->bye, turn->mono, turn->attempt.arena);
        log_if_failed(acquaint(daemon, view, release->peer, turn->attempt.arena));
        return;
    case RELEASE_CONNECT:
        log_if_failed(acquaint(daemon, view, release->peer, turn->attempt.arena));
        return;
    case RELEASE_MOVE_CLOCK:
        wallclock_move(&daemon->clock, (struct wall){release->at});
        turn->behind = true;
        return;
    case RELEASE_ACCEPT_CLOCK:
        wallclock_accept(&daemon->clock);
        return;
    case RELEASE_RELOADED:
        turn->reload_due = false;
        log_if_failed(setup_adopt(daemon, &turn->setup, turn->now, turn->attempt.arena));
        log_write(LOG_RELOADED, "restart-for=%s", turn->setup.waiting[0] == '\0' ? "-" : turn->setup.waiting);
        return;
    case RELEASE_LOOK_AHEAD:
        turn->look_at = release->at;
        return;
    case RELEASE_PUBLISH_ON:
        turn->publish_on = true;
        turn->behind = true;
        return;
    case RELEASE_JUDGE_ON:
        turn->judge_at = release->position;
        turn->behind = turn->behind || turn->judge_at != 0;
        return;
    }
}

static void log_facts(struct turn *turn, const struct effects *effects)
{
    for (size_t i = 0; i < effects->fact_count; i++) {
        const Record__Effect *fact = effects->facts[i];
        if (fact->is_case == RECORD__EFFECT__IS_ALARM) {
            log_write(LOG_ALARM, "code=%s agency=%s %s", fact->alarm->code, fact->alarm->agency, fact->alarm->text);
        } else if (fact->is_case == RECORD__EFFECT__IS_REFUSED) {
            peer_link_refused(turn->daemon->links, fact->refused->peer, fact->refused->code, turn->mono);
        } else if (fact->is_case == RECORD__EFFECT__IS_LAW) {
            log_write(LOG_LAW, "procedures=%zu%s", fact->law->n_procedures, fact->law->judging ? " judging" : "");
        }
    }
}

static void release(struct turn *turn)
{
    struct view *view = store_read_on(turn->daemon->store);
    if (view == NULL) {
        return;
    }
    for (const struct release *next = turn->attempt.effects.first_release; next != NULL; next = next->next) {
        release_one(turn, view, next);
    }
    for (size_t i = 0; i < turn->attempt.effects.fact_count; i++) {
        const Record__Effect *fact = turn->attempt.effects.facts[i];
        if (fact->is_case == RECORD__EFFECT__IS_OFFERED) {
            peer_link_offered(turn->daemon->links, fact->offered->peer, fact->offered->up_to);
        }
    }
    if (turn->attempt.effects.fact_count > 0) {
        haul_give_way(turn->daemon->haul, turn->mono);
    }
    log_facts(turn, &turn->attempt.effects);
}

static int judge_client(void *context, const char *user)
{
    const char *name;
    return (int)client_keys_role(context, user, &name);
}

// When time alone brings something to decide: a duty comes due, or a year begins.
static int64_t find_next(struct view *view, int64_t now)
{
    int64_t due = view_next_due(view);
    int64_t year = civil_next_year(now);
    return due != 0 && due < year ? due : year;
}

// What the store holds for others and has not handed on yet: streams and watchers.
static void pump(struct turn *turn)
{
    struct daemon *daemon = turn->daemon;
    struct view *view = store_read_on(daemon->store);
    if (view == NULL) {
        return;
    }
    const uint8_t no_seed[DIGEST_BYTES] = {0};
    struct effects lent; // reading only: gives the announcer its arena and now
    effect_start(&lent, turn->arena, turn->now.ms, no_seed, NULL, NULL);
    bool more = peer_link_pump(daemon->links, view, turn->mono, turn->now, turn->arena);
    haul_pump(daemon->haul, view, turn->full, turn->mono, turn->arena);
    if (turn->reviewed != client_keys_version(daemon->client_keys)) {
        turn->reviewed = client_keys_version(daemon->client_keys);
        notice_review(daemon->notices, judge_client, daemon->client_keys, turn->arena);
    }
    turn->behind = notice_pump(daemon->notices, view, &lent) || more || turn->behind;
    turn->next_due = find_next(view, turn->now.ms);
    store_read_done(daemon->store);
    store_forget(daemon->store);
    arena_reset(turn->attempt.arena);
}

// ---------------------------------------------------------------------------------------------------- the turn

static void refuse(struct turn *turn, const struct client_request *request, const char *code, const char *text)
{
    Control__Refusal refusal = CONTROL__REFUSAL__INIT;
    Control__Reply reply = CONTROL__REPLY__INIT;
    refusal.code = (char *)code;
    refusal.text = (char *)text;
    reply.answer_case = CONTROL__REPLY__ANSWER_REFUSAL;
    reply.refusal = &refusal;
    client_reply_send(turn->daemon->client_socket, &request->from, request->request->number, &reply, turn->attempt.arena);
}

// The request that no turn can hold is refused; a frame that no turn can hold is dropped, and its peer will learn why from the log.
static void refuse_culprit(struct turn *turn, const struct event *event)
{
    arena_reset(turn->attempt.arena);
    log_write(LOG_TURN_FAILED, "form=%d peer=%s", (int)event->form, event->peer == NULL ? "" : event->peer);
    if (event->form == EVENT_RELOAD) {
        const struct config_fault fault = {"law files: more than a turn can hold (turn_memory)"};
        turn->reload_due = false;
        setup_refuse(turn->daemon, &fault);
    }
    if (event->form == EVENT_REQUEST) {
        refuse(turn, &event->request, "limit", "请求过大，请分批");
    }
}

// The status of a store that fails is what was last read of it. Nothing rests on it.
static void show_status(struct turn *turn, const struct client_request *request)
{
    Control__Status status;
    Control__Reply reply = CONTROL__REPLY__INIT;
    report_state(store_state(turn->daemon->store), turn->now.ms, &status);
    status.name = turn->daemon->config.name;
    reply.answer_case = CONTROL__REPLY__ANSWER_STATUS;
    reply.status = &status;
    describe_live(turn, &reply);
    client_reply_send(turn->daemon->client_socket, &request->from, request->request->number, &reply, turn->attempt.arena);
}

// Who asks of a store that fails hears that it does, and nothing else: what he asks for may have reached the disk or not. He asks again.
static void put_off(struct turn *turn, const struct event *events, size_t count)
{
    turn->space_at.ms = 0; // it may be for want of room
    look_at_disk(turn);
    arena_reset(turn->attempt.arena);
    for (size_t i = 0; i < count; i++) {
        if (events[i].form != EVENT_REQUEST) {
            continue;
        }
        if (events[i].request.request->ask_case == CONTROL__REQUEST__ASK_STATUS && events[i].request.allowed) {
            show_status(turn, &events[i].request);
        } else {
            refuse(turn, &events[i].request, "busy", turn->full ? "磁盘空间不足，暂时不能作答" : "存储写入失败，暂时不能作答");
        }
    }
}

static int run_events(struct turn *turn, const struct event *events, size_t count)
{
    bool failed_before = turn->attempt.failing;
    switch (attempt_run(&turn->attempt, turn->now.ms, events, count)) {
    case ATTEMPT_DONE:
        if (failed_before) {
            log_write(LOG_STORE_RECOVERED, "turn=%" PRIu64, store_state(turn->daemon->store)->turn);
        }
        release(turn);
        return 0;
    case ATTEMPT_BROKEN:
        break;
    case ATTEMPT_FAILED:
        if (!failed_before) {
            log_write(LOG_STORE_FAILED, "%s", fail_trace());
        }
        put_off(turn, events, count);
        return FAIL_HOP(-EIO); // nothing is released: whoever sent these events sends them again
    }
    if (count == 1) {
        refuse_culprit(turn, &events[0]);
        return 0;
    }
    size_t half = count / 2; // halves find the culprit in few steps and keep most of the turn together
    int result = run_events(turn, events, half);
    return result < 0 ? result : run_events(turn, events + half, count - half);
}

int turn_first(struct turn *turn, const struct start *start)
{
    look_at_clock(turn);
    const struct event event = {.form = EVENT_START, .start = *start};
    turn->events[0] = event;
    turn->gathered = (struct gathered){.events = turn->events, .event_count = 1};
    complete_events(turn);
    int result = run_events(turn, turn->events, 1);
    return result < 0 || store_state(turn->daemon->store)->epoch == 0 ? FAIL_HOP(-EIO) : 0;
}

// A store that cannot settle fails as one that cannot commit: it is said, and the turns that follow try again.
static int settle_when_idle(struct turn *turn)
{
    if (turn->mono.ms - turn->busy_at.ms < SETTLE_MS || store_settle(turn->daemon->store) == 0) {
        return 0;
    }
    turn->attempt.failing = true;
    log_write(LOG_STORE_FAILED, "%s", fail_trace());
    return FAIL_HOP(-EIO);
}

static void hear_of_index(struct turn *turn, int result, enum search_outcome outcome)
{
    if (result == 0 && outcome == SEARCH_DAMAGED) {
        log_write(LOG_SEARCH, "damaged: what is missing is made anew");
    }
    if (result < 0 && result != -ENOSPC && !turn->index_failing) {
        log_write(LOG_SEARCH, "stands still: %s", fail_trace());
    }
    turn->index_failing = result < 0;
    turn->indexing = result == 0 && outcome != SEARCH_IDLE;
}

// A little at a time when nobody has asked for anything for a moment, and now and then where that never is.
static void index_when_idle(struct turn *turn)
{
    bool is_idle = turn->mono.ms - turn->busy_at.ms >= CROWD_MS && !turn->index_failing;
    if (turn->full || turn->attempt.failing) {
        turn->indexing = false;
        return;
    }
    if (!is_idle && turn->mono.ms < turn->index_at.ms) {
        return;
    }
    enum search_outcome outcome;
    int result;
    const struct mono start = wallclock_mono();
    struct mono now;
    do {
        result = search_step(turn->daemon->store, &outcome);
        now = wallclock_mono();
    } while (result == 0 && outcome == SEARCH_MORE && now.ms - start.ms < INDEX_MS);
    turn->index_at.ms = now.ms + INDEX_EVERY_MS;
    hear_of_index(turn, result, outcome);
}

int turn_run(struct turn *turn)
{
    pace_start(&turn->pace);
    gather(turn);
    int result;
    if (turn->gathered.event_count > 0) {
        turn->busy_at = turn->mono;
        result = run_events(turn, turn->gathered.events, turn->gathered.event_count);
    } else {
        result = settle_when_idle(turn);
    }
    if (result == 0) {
        doors_forget_alarm(turn->daemon->doors); // it stands in the store
    }
    pump(turn);
    index_when_idle(turn);
    for (size_t i = 0; i < turn->gathered.job_count; i++) {
        workers_done(turn->daemon->workers, &turn->gathered.jobs[i]);
    }
    turn->gathered.job_count = 0;
    pace_stop(&turn->pace);
    return result;
}

// How long the index waits for its next piece of work.
static int index_wait_ms(const struct turn *turn)
{
    int64_t quiet_ms = turn->mono.ms - turn->busy_at.ms;
    return !turn->indexing ? HOUSEKEEPING_MS : quiet_ms >= CROWD_MS ? 0 : (int)(CROWD_MS - quiet_ms);
}

int turn_wait_ms(struct turn *turn)
{
    if (turn->attempt.failing) {
        return RETRY_MS;
    }
    if (turn->behind) {
        return 0;
    }
    int most_ms = index_wait_ms(turn);
    if (turn->next_due == 0 || turn->clock_bad) {
        return most_ms;
    }
    int64_t until_due = turn->next_due - turn->now.ms;
    if (until_due <= 0) {
        return turn->attempt.effects.fact_count > 0 ? 0 : most_ms; // a duty that could not be judged is looked at again, not spun on
    }
    bool stands = turn->daemon->clock.test; // that time does not pass by itself
    return stands || until_due > most_ms ? most_ms : (int)until_due;
}
