// SPDX-License-Identifier: Apache-2.0
//
// What is fetched from whom: which chunk of which attachment is asked for next, and which that comes was asked for. Which parts are awaited stands in the store; how far each has
// come lies on the disk, and porter says so; here is only what is in flight. Before it: haul. After it: peer_link.
//
// Invariant: at most FETCH_IN_FLIGHT chunks of a peer are asked for and not on the disk, over at most FETCH_FILES files, those of urgent messages before others. A chunk is wanted only
// if it was asked for and is the next of its file.
// Lifetime: process.
#pragma once

#include "base/wallclock.h"
#include "dispatch/peer_link.h"

enum { FETCH_IN_FLIGHT = 4, FETCH_FILES = 4 };

struct fetches;

// An attachment that is awaited, and what its bytes must lead to.
struct fetch_part {
    uint64_t position;
    unsigned part;
    char author[LIMIT_AGENCY_BYTES + 1];
    uint8_t id[ID_BYTES];
    enum suite suite;
    uint64_t size;
    uint8_t salt[SALT_BYTES];
    struct digest commitment;
};

// What the store says of it; false: nothing.
bool fetch_fill(struct view *view, const struct part_place *place, struct arena *arena, struct fetch_part *out_part);

int fetch_new(struct peer_links *links, struct fetches **out_fetches);
void fetch_free(struct fetches **fetches);

// Something is, or is no more, awaited from a peer; or it may be reached again.
void fetch_look(struct fetches *fetches, const char *peer);
void fetch_stop(struct fetches *fetches, const char *peer, uint64_t position, unsigned part);

// A part that was whole, and whose file is lost, is to be fetched from somebody who may have it, until fetch_stop. False: no memory.
bool fetch_again(struct fetches *fetches, const char *peer, const struct fetch_part *part);
// How many of its chunks are here. False: nothing comes from there now.
bool fetch_goes_on(const struct fetches *fetches, const char *peer, uint64_t position, unsigned part, struct mono now, uint32_t *out_chunks);

// An attachment of which it is not known how much is here; fetch_settle is to say so. NULL: none. `out_peer` lives as long as `fetches`.
const struct fetch_part *fetch_seek(struct fetches *fetches, struct mono now, const char **out_peer);

struct fetch_room {
    bool disk_full;
    bool gives_way; // messages come and go: one chunk of a peer at a time
    uint64_t bytes; // that files may still take
};
// Asks for what may be asked for, and for the receipts of attachments that were sent and not heard of.
void fetch_pump(struct fetches *fetches, struct view *view, const struct fetch_room *room, struct mono now, struct arena *arena);

// A chunk has come. The attachment whose next it is, to be settled; NULL: nobody asked for it, or it is a refusal.
const struct fetch_part *fetch_hear(struct fetches *fetches, const char *peer, const Wire__Chunk *chunk, struct mono now);

enum fetch_result {
    FETCH_KEPT,   // `chunks` are here, and that one is among them
    FETCH_WHOLE,  // all are
    FETCH_OTHER,  // `chunks` are here, and another is wanted
    FETCH_FALSE,  // it leads nowhere
    FETCH_FAILED, // it could not be written, or there was no room for it
};
void fetch_settle(struct fetches *fetches, const char *peer, uint64_t position, unsigned part, enum fetch_result result, uint32_t chunks,
                  struct mono now);

// A peer has fetched from us: what it holds it will say by itself.
void fetch_served(struct fetches *fetches, const char *peer, struct mono now);

// Fills what only memory knows of an attachment that is awaited.
void fetch_describe(const struct fetches *fetches, uint64_t position, Control__AttachmentView *shown);

struct fetch_counts {
    uint64_t asked;
    uint64_t kept;
    uint64_t unwanted; // not asked for, repeated, out of order
    uint64_t false_ones;
};
struct fetch_counts fetch_counts(const struct fetches *fetches);
