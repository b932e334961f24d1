// SPDX-License-Identifier: Apache-2.0
#include "dispatch/fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/attachment.h"

#include "base/fail.h"
#include "base/names.h"

enum {
    ROWS_LOOKED_AT = 64,
    UNTOLD_LOOKED_AT = 256,
    PATIENCE_MS = 10000, // without any chunk of those in flight; doubled each time
    PATIENCE_MOST_MS = 60000,
    PAUSE_MS = 1000, // before a file is asked for again that was refused or could not be written; doubled each time
    PAUSE_MOST_MS = 60000,
    FALSE_PAUSE_MS = 60000, // that of one whose bytes led nowhere
    FALSE_PAUSE_MOST_MS = 3600000,
    SETTLING_MS = 5000,
    REMIND_FIRST_MS = 5000, // after a link came up
    REMIND_SERVED_MS = 30000,
    REMIND_MS = 60000,
    REMIND_MOST_MS = 3600000,
};

enum state {
    STATE_UNKNOWN, // how much is here
    STATE_SOUGHT,
    STATE_ASKING,
    STATE_SETTLING, // whole; the turn will take its row away
};

struct entry {
    struct fetch_part what;
    bool urgent;
    bool listed; // its row was seen when the peer's were last looked at
    bool again;  // it has no row: its file was whole, and is lost
    enum state state;
    uint32_t count; // chunks of the file
    uint32_t have;  // on the disk
    uint32_t given; // to be written, or written: the next one wanted
    uint32_t next;  // to be asked for
    uint32_t most;  // asked for at any time
    struct mono not_before;
    int64_t pause_ms;
    uint64_t turn_at; // when it was asked for last, counted in asks
    bool refused;     // that is why it waits
    struct mono settling_at;
    struct entry *next_entry;
};

struct peer {
    char agency[LIMIT_AGENCY_BYTES + 1];
    unsigned link; // the one that asks went out on
    bool look;
    struct entry *first; // in the order of their rows
    struct mono progress_at;
    int64_t patience_ms;
    struct mono remind_at;
    int64_t remind_ms;
    struct peer *next_peer;
};

struct fetches {
    struct peer_links *links;
    struct peer *first;
    struct names *by_agency;
    uint64_t turns;
    bool is_short; // as it was when last pumped
    uint64_t room;
    struct fetch_counts counts;
};

int fetch_new(struct peer_links *links, struct fetches **out_fetches)
{
    struct fetches *fetches = calloc(1, sizeof(*fetches));
    if (fetches == NULL || names_new(&fetches->by_agency) < 0) {
        free(fetches);
        return FAIL_ORIGIN(-ENOMEM, "fetches");
    }
    fetches->links = links;
    *out_fetches = fetches;
    return 0;
}

static void drop_entries(struct peer *peer, bool (*goes)(const struct entry *entry))
{
    struct entry **at = &peer->first;
    while (*at != NULL) {
        struct entry *entry = *at;
        if (goes(entry)) {
            *at = entry->next_entry;
            free(entry);
        } else {
            at = &entry->next_entry;
        }
    }
}

static bool goes_always(const struct entry *entry)
{
    return entry != NULL;
}

static bool goes_unlisted(const struct entry *entry)
{
    return !entry->listed;
}

void fetch_free(struct fetches **handle)
{
    struct fetches *fetches = *handle;
    if (fetches == NULL) {
        return;
    }
    while (fetches->first != NULL) {
        struct peer *next = fetches->first->next_peer;
        drop_entries(fetches->first, goes_always);
        free(fetches->first);
        fetches->first = next;
    }
    names_free(&fetches->by_agency);
    free(fetches);
    *handle = NULL;
}

static struct peer *find_peer(const struct fetches *fetches, const char *agency)
{
    return names_find(fetches->by_agency, agency);
}

static struct entry *find_entry(const struct peer *peer, uint64_t position, unsigned part)
{
    struct entry *entry = peer == NULL ? NULL : peer->first;
    while (entry != NULL && (entry->what.position != position || entry->what.part != part)) {
        entry = entry->next_entry;
    }
    return entry;
}

// NULL: no memory.
static struct peer *need_peer(struct fetches *fetches, const char *agency)
{
    struct peer *peer = find_peer(fetches, agency);
    if (peer != NULL) {
        return peer;
    }
    peer = calloc(1, sizeof(*peer));
    if (peer == NULL) {
        return NULL;
    }
    strcpy(peer->agency, agency);
    if (names_put(fetches->by_agency, peer->agency, peer) < 0) {
        free(peer);
        return NULL;
    }
    peer->patience_ms = PATIENCE_MS;
    peer->next_peer = fetches->first;
    fetches->first = peer;
    return peer;
}

void fetch_look(struct fetches *fetches, const char *agency)
{
    struct peer *peer = need_peer(fetches, agency);
    if (peer != NULL) { // the next greeting makes up for it
        peer->look = true;
    }
}

void fetch_stop(struct fetches *fetches, const char *agency, uint64_t position, unsigned part)
{
    struct peer *peer = find_peer(fetches, agency);
    struct entry *entry = find_entry(peer, position, part);
    if (entry != NULL) {
        for (struct entry *one = peer->first; one != NULL; one = one->next_entry) {
            one->listed = one != entry;
        }
        drop_entries(peer, goes_unlisted);
    }
}

// --------------------------------------------------------------------------------------------- what is awaited

bool fetch_fill(struct view *view, const struct part_place *place, struct arena *arena, struct fetch_part *out_part)
{
    const struct held *held = view_statement(view, place->position, arena);
    const uint8_t *seal_bytes = held == NULL ? NULL : view_seal(view, held->header->author, held->epoch, held->turn, arena);
    const uint8_t *salt;
    struct bytes nothing;
    struct seal seal;
    if (seal_bytes == NULL || !seal_decode(seal_bytes, &seal) || place->part >= held->header->n_parts ||
        !view_part(view, place->position, place->part + 1, arena, &salt, &nothing)) {
        return false;
    }
    const Wire__Part *listed = held->header->parts[place->part];
    *out_part = (struct fetch_part){.position = place->position, .part = place->part, .suite = seal.suite, .size = listed->size};
    strcpy(out_part->author, held->header->author);
    memcpy(out_part->id, held->header->id.data, ID_BYTES);
    memcpy(out_part->salt, salt, SALT_BYTES);
    memcpy(out_part->commitment.bytes, listed->commitment.data, DIGEST_BYTES);
    return true;
}

static struct entry *make_entry(const struct fetch_part *part)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    if (entry != NULL) {
        entry->what = *part;
        entry->count = attachment_chunks(part->size);
        entry->pause_ms = PAUSE_MS;
    }
    return entry;
}

static struct entry *make_listed(struct view *view, const struct part_place *place, struct arena *arena)
{
    struct fetch_part part;
    struct entry *entry = fetch_fill(view, place, arena, &part) ? make_entry(&part) : NULL;
    if (entry != NULL) {
        entry->urgent = place->urgent;
    }
    return entry;
}

static void append(struct entry ***last, struct entry *entry)
{
    entry->next_entry = NULL;
    **last = entry;
    *last = &entry->next_entry;
}

// The entries are what the rows say, in their order, and behind them what is fetched again; what is in flight stays so.
static void look(struct peer *peer, struct view *view, struct arena *arena)
{
    struct part_place *places;
    size_t count = view_fetches(view, peer->agency, ROWS_LOOKED_AT, arena, &places);
    struct entry *old = peer->first;
    struct entry **last = &peer->first;
    peer->first = NULL;
    peer->look = false;
    for (size_t i = 0; i < count; i++) {
        struct entry **at = &old;
        while (*at != NULL && ((*at)->what.position != places[i].position || (*at)->what.part != places[i].part)) {
            at = &(*at)->next_entry;
        }
        struct entry *entry = *at;
        if (entry != NULL) {
            *at = entry->next_entry;
        } else {
            entry = make_listed(view, &places[i], arena);
        }
        if (entry != NULL) {
            append(&last, entry);
        }
    }
    while (old != NULL) {
        struct entry *next = old->next_entry;
        if (old->again) {
            append(&last, old);
        } else {
            free(old);
        }
        old = next;
    }
}

bool fetch_again(struct fetches *fetches, const char *agency, const struct fetch_part *part)
{
    struct peer *peer = need_peer(fetches, agency);
    struct entry *entry = peer == NULL ? NULL : find_entry(peer, part->position, part->part);
    if (peer == NULL || entry != NULL) {
        return entry != NULL;
    }
    entry = make_entry(part);
    if (entry == NULL) {
        return false;
    }
    struct entry **last = &peer->first;
    while (*last != NULL) {
        last = &(*last)->next_entry;
    }
    entry->again = true;
    append(&last, entry);
    return true;
}

bool fetch_goes_on(const struct fetches *fetches, const char *agency, uint64_t position, unsigned part, struct mono now, uint32_t *out_chunks)
{
    const struct peer *peer = find_peer(fetches, agency);
    const struct entry *entry = find_entry(peer, position, part);
    *out_chunks = entry == NULL ? 0 : entry->have;
    return entry != NULL && now.ms >= entry->not_before.ms && peer_link_which(fetches->links, agency) != 0;
}

// ------------------------------------------------------------------------------------------------------ asking

static void ask_from(struct entry *entry, uint32_t index)
{
    entry->given = index;
    entry->next = index;
}

// Asked for and not written yet: what an end that dies now has to be sent again.
static size_t count_flying(const struct peer *peer)
{
    size_t flying = 0;
    for (const struct entry *entry = peer->first; entry != NULL; entry = entry->next_entry) {
        flying += entry->next - entry->have;
    }
    return flying;
}

// The first chunk tells which file it is, and that may be here already: nothing more is asked for until it has.
static bool is_askable(const struct entry *entry, const struct fetch_room *room, struct mono now)
{
    bool is_first = entry->have == 0 && entry->next > 0;
    return entry->state == STATE_ASKING && entry->next < entry->count && !is_first && now.ms >= entry->not_before.ms && !room->disk_full &&
           entry->what.size <= room->bytes;
}

// Of the first few whose turn it may be, the one whose last turn is longest ago; none that is not urgent while one is.
static struct entry *choose(const struct peer *peer, const struct fetch_room *room, struct mono now)
{
    struct entry *chosen = NULL;
    unsigned looked_at = 0;
    for (struct entry *entry = peer->first; entry != NULL && looked_at < FETCH_FILES; entry = entry->next_entry) {
        bool is_open = entry->state == STATE_ASKING && now.ms >= entry->not_before.ms && (entry->next < entry->count || entry->given < entry->count);
        if (chosen != NULL && chosen->urgent && !entry->urgent) {
            break;
        }
        looked_at += is_open;
        if (is_askable(entry, room, now) && (chosen == NULL || entry->turn_at < chosen->turn_at)) {
            chosen = entry;
        }
    }
    return chosen;
}

static bool ask(struct fetches *fetches, struct peer *peer, struct entry *entry, struct arena *arena)
{
    Wire__AskChunk ask = WIRE__ASK_CHUNK__INIT;
    ask.author = entry->what.author;
    ask.id = (ProtobufCBinaryData){ID_BYTES, entry->what.id};
    ask.part = entry->what.part;
    ask.index = entry->next;
    if (!peer_link_say(fetches->links, peer->agency, PEER_LINK_ASK_CHUNK, &ask.base, arena)) {
        return false;
    }
    entry->next++;
    entry->most = entry->next > entry->most ? entry->next : entry->most;
    entry->turn_at = ++fetches->turns;
    fetches->counts.asked++;
    return true;
}

// What was asked for on a link that ended, or long ago, is asked for again.
static void give_up_flying(struct peer *peer, struct mono now)
{
    for (struct entry *entry = peer->first; entry != NULL; entry = entry->next_entry) {
        entry->next = entry->given;
    }
    peer->progress_at = now;
}

static void watch_link(struct peer *peer, unsigned link, struct mono now)
{
    if (link != peer->link) {
        peer->link = link;
        peer->patience_ms = PATIENCE_MS;
        peer->remind_ms = REMIND_MS;
        peer->remind_at.ms = now.ms + REMIND_FIRST_MS;
        give_up_flying(peer, now);
    }
}

static void pump_asks(struct fetches *fetches, struct peer *peer, const struct fetch_room *room, struct mono now, struct arena *arena)
{
    const size_t most = room->gives_way ? 1 : FETCH_IN_FLIGHT;
    size_t flying = count_flying(peer);
    if (flying > 0 && now.ms - peer->progress_at.ms > peer->patience_ms) {
        give_up_flying(peer, now);
        peer->patience_ms = 2 * peer->patience_ms < PATIENCE_MOST_MS ? 2 * peer->patience_ms : PATIENCE_MOST_MS;
        flying = count_flying(peer);
    }
    if (flying == 0) {
        peer->progress_at = now;
    }
    for (struct entry *entry = choose(peer, room, now); entry != NULL && flying < most; entry = choose(peer, room, now)) {
        if (!ask(fetches, peer, entry, arena)) {
            return;
        }
        flying++;
    }
}

// A receipt may be lost; whoever gave it is asked to say it again.
static void remind(struct fetches *fetches, struct peer *peer, struct view *view, struct mono now, struct arena *arena)
{
    struct part_place *places;
    size_t count = view_untold(view, peer->agency, UNTOLD_LOOKED_AT, arena, &places);
    Wire__AskWhole ask = WIRE__ASK_WHOLE__INIT;
    ask.parts = arena_take_array(arena, count + 1, sizeof(*ask.parts));
    for (size_t i = 0; ask.parts != NULL && i < count; i++) {
        const struct held *held = view_statement(view, places[i].position, arena);
        Wire__WholePart *part = held == NULL ? NULL : arena_take(arena, sizeof(*part));
        if (part != NULL) {
            wire__whole_part__init(part);
            part->author = held->header->author;
            part->id = held->header->id;
            part->part = places[i].part;
            ask.parts[ask.n_parts++] = part;
        }
    }
    if (ask.n_parts > 0) {
        peer_link_say(fetches->links, peer->agency, PEER_LINK_ASK_WHOLE, &ask.base, arena);
        peer->remind_ms = 2 * peer->remind_ms < REMIND_MOST_MS ? 2 * peer->remind_ms : REMIND_MOST_MS;
    }
    peer->remind_at.ms = now.ms + peer->remind_ms;
}

void fetch_pump(struct fetches *fetches, struct view *view, const struct fetch_room *room, struct mono now, struct arena *arena)
{
    fetches->is_short = room->disk_full;
    fetches->room = room->bytes;
    for (struct peer *peer = fetches->first; peer != NULL; peer = peer->next_peer) {
        if (!peer->look && peer->first == NULL && now.ms < peer->remind_at.ms) {
            continue;
        }
        unsigned link = peer_link_which(fetches->links, peer->agency);
        if (link == 0) {
            continue;
        }
        watch_link(peer, link, now);
        if (peer->look) {
            look(peer, view, arena);
        }
        pump_asks(fetches, peer, room, now, arena);
        if (now.ms >= peer->remind_at.ms) {
            remind(fetches, peer, view, now, arena);
        }
    }
}

const struct fetch_part *fetch_seek(struct fetches *fetches, struct mono now, const char **out_peer)
{
    for (struct peer *peer = fetches->first; peer != NULL; peer = peer->next_peer) {
        for (struct entry *entry = peer->first; entry != NULL; entry = entry->next_entry) {
            if (entry->state == STATE_SETTLING && now.ms - entry->settling_at.ms > SETTLING_MS) {
                entry->state = STATE_UNKNOWN; // the turn could not keep it
            }
            if (entry->state == STATE_UNKNOWN && now.ms >= entry->not_before.ms) {
                entry->state = STATE_SOUGHT;
                *out_peer = peer->agency;
                return &entry->what;
            }
        }
    }
    return NULL;
}

// ----------------------------------------------------------------------------------------------------- hearing

static void pause_entry(struct entry *entry, struct mono now, int64_t least_ms)
{
    entry->pause_ms = entry->pause_ms < least_ms ? least_ms : entry->pause_ms;
    entry->not_before.ms = now.ms + entry->pause_ms;
    int64_t most_ms = least_ms == PAUSE_MS ? PAUSE_MOST_MS : FALSE_PAUSE_MOST_MS;
    entry->pause_ms = 2 * entry->pause_ms < most_ms ? 2 * entry->pause_ms : most_ms;
    entry->next = entry->given;
}

static struct entry *find_asked(const struct peer *peer, const Wire__Chunk *chunk)
{
    struct entry *entry = peer == NULL ? NULL : peer->first;
    while (entry != NULL && (entry->what.part != chunk->part || chunk->id.len != ID_BYTES ||
                             memcmp(entry->what.id, chunk->id.data, ID_BYTES) != 0 || strcmp(entry->what.author, chunk->author) != 0)) {
        entry = entry->next_entry;
    }
    return entry;
}

static bool is_well_formed(const Wire__Chunk *chunk)
{
    return chunk->root.len == DIGEST_BYTES && chunk->path.len % DIGEST_BYTES == 0 && chunk->path.len <= LIMIT_PATH_BYTES &&
           chunk->content.len <= CHUNK_BYTES;
}

const struct fetch_part *fetch_hear(struct fetches *fetches, const char *agency, const Wire__Chunk *chunk, struct mono now)
{
    struct peer *peer = find_peer(fetches, agency);
    struct entry *entry = find_asked(peer, chunk);
    bool asked = entry != NULL && entry->state == STATE_ASKING && chunk->index < entry->most;
    if (asked && chunk->refusal[0] != '\0') {
        entry->refused = true;
        pause_entry(entry, now, PAUSE_MS);
        return NULL;
    }
    if (!asked || chunk->index != entry->given || !is_well_formed(chunk)) {
        fetches->counts.unwanted++;
        return NULL;
    }
    entry->refused = false;
    entry->given++;
    entry->next = entry->next < entry->given ? entry->given : entry->next;
    peer->progress_at = now;
    peer->patience_ms = PATIENCE_MS;
    return &entry->what;
}

void fetch_settle(struct fetches *fetches, const char *agency, uint64_t position, unsigned part, enum fetch_result result, uint32_t chunks,
                  struct mono now)
{
    struct entry *entry = find_entry(find_peer(fetches, agency), position, part);
    if (entry == NULL) {
        return; // recalled meanwhile
    }
    fetches->counts.kept += result == FETCH_KEPT && entry->state == STATE_ASKING;
    switch (result) {
    case FETCH_KEPT:
        entry->have = chunks;
        entry->pause_ms = PAUSE_MS;
        if (entry->state == STATE_SOUGHT || entry->given < chunks) {
            ask_from(entry, chunks);
        }
        entry->state = STATE_ASKING;
        return;
    case FETCH_OTHER:
        entry->have = chunks;
        ask_from(entry, chunks);
        entry->state = STATE_ASKING;
        return;
    case FETCH_WHOLE:
        entry->have = entry->count;
        ask_from(entry, entry->count);
        entry->state = STATE_SETTLING;
        entry->settling_at = now;
        return;
    case FETCH_FALSE:
        fetches->counts.false_ones++;
        entry->state = STATE_UNKNOWN;
        ask_from(entry, entry->have);
        pause_entry(entry, now, FALSE_PAUSE_MS);
        return;
    case FETCH_FAILED:
        entry->state = STATE_UNKNOWN;
        ask_from(entry, entry->have);
        pause_entry(entry, now, PAUSE_MS);
        return;
    }
}

void fetch_served(struct fetches *fetches, const char *agency, struct mono now)
{
    struct peer *peer = find_peer(fetches, agency);
    if (peer != NULL) {
        peer->remind_ms = REMIND_MS;
        peer->remind_at.ms = now.ms + REMIND_SERVED_MS;
    }
}

// ------------------------------------------------------------------------------------------------------ seeing

static const char *why_it_waits(const struct fetches *fetches, const struct peer *peer, const struct entry *entry)
{
    if (peer_link_which(fetches->links, peer->agency) == 0) {
        return "link";
    }
    if (fetches->is_short) {
        return "disk";
    }
    if (entry->what.size > fetches->room) {
        return "quota";
    }
    return entry->refused ? "peer" : "";
}

void fetch_describe(const struct fetches *fetches, uint64_t position, Control__AttachmentView *shown)
{
    for (const struct peer *peer = fetches->first; peer != NULL; peer = peer->next_peer) {
        const struct entry *entry = find_entry(peer, position, shown->part);
        if (entry != NULL) {
            uint64_t bytes = (uint64_t)entry->have * CHUNK_BYTES;
            shown->held_bytes = bytes < entry->what.size ? bytes : entry->what.size;
            shown->waits_for = (char *)why_it_waits(fetches, peer, entry);
            return;
        }
    }
    shown->waits_for = "link";
}

struct fetch_counts fetch_counts(const struct fetches *fetches)
{
    return fetches->counts;
}
