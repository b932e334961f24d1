// SPDX-License-Identifier: Apache-2.0
#include "regain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/log.h"

enum {
    NAMES_AT_ONCE = 1024,
    USES_LOOKED_AT = 16,
    HOLDERS_MOST = 32,
    LOOK_MS = 200,
    SILENCE_MS = 120000, // without a chunk, from one of several that take turns there
    REST_MS = 60000,     // after all were asked
    WALK_MS = 600000,    // between looks over all files, while something is set aside
};

enum state {
    STATE_FOUND, // missing; what is left of it is not known
    STATE_MENDING,
    STATE_SEEKING, // somebody to fetch it from
    STATE_FETCHING,
    STATE_RESTING, // nobody gives it now
};

// Where a lost file may be fetched, and as what.
struct holder {
    const char *agency;
    struct part_place place;
};

struct lost {
    struct file_name name;
    enum state state;
    struct mono look_at;
    size_t tried; // of its holders
    bool nowhere; // it has none
    char peer[LIMIT_AGENCY_BYTES + 1];
    uint64_t position;
    unsigned part;
    uint32_t chunks;
    struct mono moved_at;
    struct lost *next;
};

enum told { TOLD_NOTHING, TOLD_LOST, TOLD_NOWHERE, TOLD_FOUND };

struct regain {
    struct porter *porter;
    struct fetches *fetches;
    struct lost *first;
    size_t count;
    bool walking;
    bool is_begun; // `from` is the last name looked at
    struct file_name from;
    struct mono walk_at;
    bool aside;         // something is lost that is not in the list
    bool aside_nowhere; // and nobody has it
    enum told told;
};

int regain_new(struct porter *porter, struct fetches *fetches, struct regain **out_regain)
{
    struct regain *regain = calloc(1, sizeof(*regain));
    if (regain == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "files to be got again");
    }
    regain->porter = porter;
    regain->fetches = fetches;
    regain->walking = true;
    *out_regain = regain;
    return 0;
}

void regain_free(struct regain **handle)
{
    struct regain *regain = *handle;
    if (regain == NULL) {
        return;
    }
    while (regain->first != NULL) {
        struct lost *next = regain->first->next;
        free(regain->first);
        regain->first = next;
    }
    free(regain);
    *handle = NULL;
}

static struct lost *find(const struct regain *regain, const struct file_name *name)
{
    struct lost *lost = regain->first;
    while (lost != NULL && !file_name_equals(&lost->name, name)) {
        lost = lost->next;
    }
    return lost;
}

static void stop_fetching(struct regain *regain, struct lost *lost)
{
    if (lost->state == STATE_FETCHING) {
        fetch_stop(regain->fetches, lost->peer, lost->position, lost->part);
        lost->state = STATE_SEEKING;
    }
}

static void drop(struct regain *regain, struct lost *lost)
{
    struct lost **at = &regain->first;
    while (*at != lost) {
        at = &(*at)->next;
    }
    stop_fetching(regain, lost);
    *at = lost->next;
    free(lost);
    regain->count--;
}

void regain_add(struct regain *regain, const struct file_name *name)
{
    if (find(regain, name) != NULL) {
        return;
    }
    struct lost *lost = regain->count < REGAIN_FILES ? calloc(1, sizeof(*lost)) : NULL;
    if (lost == NULL) {
        regain->aside = true;
        return;
    }
    lost->name = *name;
    lost->next = regain->first;
    regain->first = lost;
    regain->count++;
    log_write(LOG_FILE_LOST, "root=%02x%02x%02x%02x… size=%" PRIu64, name->root.bytes[0],
              name->root.bytes[1], name->root.bytes[2], name->root.bytes[3], name->size);
}

void regain_settle(struct regain *regain, const struct port_job *job)
{
    struct lost *lost = find(regain, &job->name);
    if (lost != NULL && lost->state == STATE_MENDING && job->outcome != PORT_WHOLE) {
        lost->state = STATE_SEEKING;
    }
}

void regain_whole(struct regain *regain, const struct file_name *name)
{
    struct lost *lost = find(regain, name);
    if (lost != NULL) {
        log_write(LOG_FILE_REGAINED, "root=%02x%02x%02x%02x… size=%" PRIu64 "%s%s",
                  name->root.bytes[0], name->root.bytes[1], name->root.bytes[2],
                  name->root.bytes[3], name->size, lost->state == STATE_FETCHING ? " from=" : "",
                  lost->state == STATE_FETCHING ? lost->peer : "");
        drop(regain, lost);
    }
}

void regain_greeted(struct regain *regain)
{
    for (struct lost *lost = regain->first; lost != NULL; lost = lost->next) {
        if (lost->state == STATE_RESTING) {
            lost->state = STATE_SEEKING;
            lost->tried = 0;
            lost->look_at.ms = 0;
        }
    }
    regain->walk_at.ms = 0;
}

void regain_stop(struct regain *regain, uint64_t position, unsigned part)
{
    for (struct lost *lost = regain->first; lost != NULL; lost = lost->next) {
        if (lost->state == STATE_FETCHING && lost->position == position && lost->part == part) {
            stop_fetching(regain, lost);
            lost->tried = 0; // another statement may have the same file
            lost->look_at.ms = 0;
        }
    }
}

// ----------------------------------------------------------------------------------------------------- holders

struct search {
    struct view *view;
    struct arena *arena;
    const char *us;
    struct holder holders[HOLDERS_MOST];
    size_t count;
    bool is_wanted; // somebody may read it here
};

static void add_holder(struct search *search, const struct part_place *place, const char *agency)
{
    bool is_new =
        agency[0] != '\0' && strcmp(agency, search->us) != 0 && search->count < HOLDERS_MOST;
    for (size_t i = 0; is_new && i < search->count; i++) {
        is_new = strcmp(search->holders[i].agency, agency) != 0;
    }
    if (is_new) {
        search->holders[search->count++] = (struct holder){agency, *place};
    }
}

static void add_all(struct search *search, const struct part_place *place, char *const *agencies,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_holder(search, place, agencies[i]);
    }
}

static void add_forwarders(struct search *search, const struct part_place *place)
{
    struct reply *replies;
    size_t count =
        view_replies(search->view, place->position, "forward", NULL, search->arena, &replies);
    for (size_t i = 0; i < count; i++) {
        const struct held *forward =
            view_statement(search->view, replies[i].position, search->arena);
        if (forward != NULL && forward->carrier[0] != '\0' && !view_has_mark(forward, "recalled")) {
            add_holder(search, place, forward->header->author);
        }
    }
}

static void add_recipients(struct search *search, const struct part_place *place)
{
    Record__PartArrived **rows;
    size_t count =
        view_part_arrivals(search->view, place->position, place->part, search->arena, &rows);
    for (size_t i = 0; i < count; i++) {
        if (rows[i]->received_at != 0) {
            add_holder(search, place, rows[i]->agency);
        }
    }
}

// Those first who are sure to have had it.
static void add_use(struct search *search, const struct part_place *place)
{
    const struct held *held = view_statement(search->view, place->position, search->arena);
    if (held == NULL || view_has_mark(held, "recalled")) {
        search->is_wanted = search->is_wanted ||
                            (held != NULL && held->carrier[0] == '\0'); // an author reads his own
        return;
    }
    search->is_wanted = true;
    add_holder(search, place, held->carrier);
    add_forwarders(search, place);
    add_recipients(search, place);
    add_holder(search, place, held->header->author);
    add_all(search, place, held->header->to, held->header->n_to);
    add_all(search, place, held->header->copy, held->header->n_copy);
}

// What is attached to nothing yet is wanted by the client who put it here.
static void search_holders(struct search *search, const struct file_name *name)
{
    struct part_place *places;
    size_t count = view_file_uses(search->view, name, USES_LOOKED_AT, search->arena, &places);
    search->us = view_state(search->view)->agency;
    search->is_wanted = count == 0;
    for (size_t i = 0; i < count; i++) {
        add_use(search, &places[i]);
    }
}

// -------------------------------------------------------------------------------------------------------- going on

// What of it lies on the disk goes too: nothing names it any more.
static void forget(struct regain *regain, struct lost *lost)
{
    struct port_job *job = porter_new_job(regain->porter, PORT_FORGET, PORT_BARE);
    if (job != NULL) {
        job->name = lost->name;
        porter_give(regain->porter, job);
    }
    drop(regain, lost);
}

static void mend(struct regain *regain, struct lost *lost)
{
    struct port_job *job = porter_new_job(regain->porter, PORT_MEND, PORT_BARE);
    if (job != NULL) {
        job->name = lost->name;
        lost->state = STATE_MENDING;
        porter_give(regain->porter, job);
    }
}

static bool fetch_from(struct regain *regain, struct lost *lost, const struct holder *holder,
                       struct view *view, struct mono now, struct arena *arena)
{
    struct fetch_part part;
    bool known = fetch_fill(view, &holder->place, arena, &part);
    if (!known || !fetch_again(regain->fetches, holder->agency, &part)) {
        return false;
    }
    strcpy(lost->peer, holder->agency);
    lost->position = part.position;
    lost->part = part.part;
    lost->chunks = 0;
    lost->moved_at = now;
    lost->state = STATE_FETCHING;
    return true;
}

static void seek(struct regain *regain, struct lost *lost, struct view *view, struct mono now,
                 struct arena *arena)
{
    struct search search = {.view = view, .arena = arena};
    search_holders(&search, &lost->name);
    lost->nowhere = search.count == 0;
    if (!search.is_wanted || !view_has_file(view, &lost->name)) {
        forget(regain, lost);
        return;
    }
    while (lost->tried < search.count &&
           !fetch_from(regain, lost, &search.holders[lost->tried], view, now, arena)) {
        lost->tried++;
    }
    if (lost->tried == search.count) {
        lost->state = STATE_RESTING;
        lost->look_at.ms = now.ms + REST_MS;
    }
}

static void watch(struct regain *regain, struct lost *lost, struct mono now)
{
    uint32_t chunks;
    bool goes_on =
        fetch_goes_on(regain->fetches, lost->peer, lost->position, lost->part, now, &chunks);
    if (chunks != lost->chunks) {
        lost->chunks = chunks;
        lost->moved_at = now;
    }
    if (!goes_on || now.ms - lost->moved_at.ms > SILENCE_MS) {
        stop_fetching(regain, lost);
        lost->tried++;
        lost->look_at = now;
    }
}

static void set_aside(struct regain *regain, struct lost *lost, struct mono now)
{
    regain->walk_at.ms = regain->aside ? regain->walk_at.ms : now.ms + WALK_MS;
    regain->aside = true;
    regain->aside_nowhere = regain->aside_nowhere || lost->nowhere;
    drop(regain, lost);
}

static void step(struct regain *regain, struct lost *lost, struct view *view, struct mono now,
                 struct arena *arena)
{
    lost->look_at.ms = now.ms + LOOK_MS;
    switch (lost->state) {
    case STATE_FOUND:
        mend(regain, lost);
        return;
    case STATE_MENDING: // regain_settle
        return;
    case STATE_SEEKING:
        seek(regain, lost, view, now, arena);
        return;
    case STATE_FETCHING:
        watch(regain, lost, now);
        return;
    case STATE_RESTING:
        set_aside(regain, lost, now);
        return;
    }
}

static void walk(struct regain *regain, struct view *view, struct arena *arena)
{
    struct file_name *names;
    size_t count =
        view_files(view, regain->is_begun ? &regain->from : NULL, NAMES_AT_ONCE, arena, &names);
    size_t i = 0;
    while (i < count && regain->count < REGAIN_FILES) {
        if (!blob_has(porter_blobs(regain->porter), &names[i])) {
            regain_add(regain, &names[i]);
        }
        regain->from = names[i++];
        regain->is_begun = true;
    }
    regain->walking = i < count || count == NAMES_AT_ONCE;
}

void regain_pump(struct regain *regain, struct view *view, struct mono now, struct arena *arena)
{
    if (!regain->walking && regain->aside && now.ms >= regain->walk_at.ms) {
        regain->walking = true;
        regain->is_begun = false;
        regain->aside = false;
        regain->aside_nowhere = false;
        regain->walk_at.ms = now.ms + WALK_MS;
    }
    if (regain->walking && regain->count < REGAIN_FILES) {
        walk(regain, view, arena);
    }
    struct lost *lost = regain->first;
    while (lost != NULL) {
        struct lost *next = lost->next;
        if (now.ms >= lost->look_at.ms) {
            step(regain, lost, view, now, arena);
        }
        lost = next;
    }
}

// ------------------------------------------------------------------------------------------------------ saying

bool regain_knows_of_any(const struct regain *regain)
{
    return regain->first != NULL || regain->aside;
}

static bool is_settled(const struct regain *regain)
{
    bool settled = !regain->walking;
    for (const struct lost *lost = regain->first; settled && lost != NULL; lost = lost->next) {
        settled = lost->state == STATE_RESTING;
    }
    return settled;
}

static bool is_nowhere(const struct regain *regain)
{
    bool nowhere = regain->aside_nowhere;
    for (const struct lost *lost = regain->first; !nowhere && lost != NULL; lost = lost->next) {
        nowhere = lost->nowhere;
    }
    return nowhere;
}

// What is said stands until all that is lost was asked for.
static enum told judge(const struct regain *regain)
{
    if (!is_settled(regain)) {
        return regain_knows_of_any(regain) && regain->told != TOLD_NOWHERE ? TOLD_LOST
                                                                           : regain->told;
    }
    return !regain_knows_of_any(regain) ? TOLD_FOUND
           : is_nowhere(regain)         ? TOLD_NOWHERE
                                        : TOLD_LOST;
}

bool regain_tell(struct regain *regain, enum file_form *out_form)
{
    static const enum file_form forms[] = {[TOLD_NOTHING] = FILE_FOUND,
                                           [TOLD_LOST] = FILE_LOST,
                                           [TOLD_NOWHERE] = FILE_NOWHERE,
                                           [TOLD_FOUND] = FILE_FOUND};
    enum told told = judge(regain);
    bool is_news = told != regain->told;
    regain->told = told;
    *out_form = forms[told];
    return is_news;
}
