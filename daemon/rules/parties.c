// SPDX-License-Identifier: Apache-2.0
#include "rules/parties.h"

#include <stdlib.h>
#include <string.h>

#include "rules/membership.h"

enum { PARTIES_MOST = 2 * LIMIT_RECIPIENTS + 1 };

struct listing {
    struct view *view;
    struct effects *effects;
    const struct compact *compact;
    Wire__Party **parties;
    size_t count;
};

static void list_member(struct listing *listing, const struct compact_member *member)
{
    struct agency agency;
    Wire__Party *party = member == NULL || listing->count == PARTIES_MOST ? NULL : effect_take(listing->effects, 1, sizeof(*party));
    if (party == NULL) {
        return;
    }
    wire__party__init(party);
    party->agency = (char *)member->agency;
    party->role = (char *)member->role;
    party->sector = view_agency(listing->view, member->agency, listing->effects->arena, &agency) ? agency.card->sector : "";
    listing->parties[listing->count++] = party;
}

static int compare_members(const void *left, const void *right)
{
    const struct compact_member *const *a = left;
    const struct compact_member *const *b = right;
    return strcmp((*a)->agency, (*b)->agency);
}

// Members whom nothing addresses and to whom a duty is owed all the same.
static void list_owed(struct listing *listing, const struct procedure *procedure, const Wire__Header *header)
{
    const struct compact *compact = listing->compact;
    const struct compact_member **members = effect_take(listing->effects, compact->member_count, sizeof(*members));
    size_t count = 0;
    for (size_t i = 0; members != NULL && i < compact->member_count; i++) {
        const struct compact_member *member = &compact->members[i];
        if (strcmp(member->agency, header->author) != 0 && !membership_names(header->to, header->n_to, member->agency) &&
            procedure_owes_role(procedure, header->kind, member->role)) {
            members[count++] = member;
        }
    }
    if (count > 0) {
        qsort(members, count, sizeof(*members), compare_members);
    }
    for (size_t i = 0; i < count; i++) {
        list_member(listing, members[i]);
    }
}

static struct listing list_parties(struct view *view, struct effects *effects, const struct procedure *procedure, const struct compact *compact,
                                   const Wire__Header *header)
{
    struct listing listing = {.view = view, .effects = effects, .compact = compact};
    if (!kind_law_find(procedure, header->kind)->asks_parties) {
        return listing;
    }
    listing.parties = effect_take(effects, PARTIES_MOST, sizeof(*listing.parties));
    if (listing.parties == NULL) {
        return listing;
    }
    list_member(&listing, compact_member(compact, header->author));
    for (size_t i = 0; i < header->n_to; i++) {
        list_member(&listing, compact_member(compact, header->to[i]));
    }
    list_owed(&listing, procedure, header);
    return listing;
}

void parties_add(struct view *view, struct effects *effects, const struct procedure *procedure, const struct compact *compact, Wire__Header *header)
{
    const struct listing listing = list_parties(view, effects, procedure, compact, header);
    header->parties = listing.parties;
    header->n_parties = listing.count;
}

// A sector is compared where a card is held; whose is not is taken at its word.
static bool same_party(const Wire__Party *named, const Wire__Party *known)
{
    return strcmp(named->agency, known->agency) == 0 && strcmp(named->role, known->role) == 0 &&
           (known->sector[0] == '\0' || strcmp(named->sector, known->sector) == 0);
}

static const char *describe_party(struct effects *effects, const Wire__Party *party)
{
    const char *text = party == NULL ? "无此当事机关"
                                     : arena_format(effects->arena, "“%s”角色 %s、行业 %s", party->agency, party->role,
                                                    party->sector[0] == '\0' ? "不详" : party->sector);
    return text == NULL ? "" : text;
}

bool parties_agree(struct view *view, struct effects *effects, const struct procedure *procedure, const struct compact *compact,
                   const Wire__Header *header, const char **out_detail)
{
    const struct listing known = list_parties(view, effects, procedure, compact, header);
    size_t most = known.count > header->n_parties ? known.count : header->n_parties;
    for (size_t i = 0; i < most; i++) {
        const Wire__Party *named = i < header->n_parties ? header->parties[i] : NULL;
        if (named == NULL || i >= known.count || !same_party(named, known.parties[i])) {
            const char *theirs = describe_party(effects, named);
            const char *ours = describe_party(effects, i < known.count ? known.parties[i] : NULL);
            const char *text = arena_format(effects->arena, "协作机制或名片记载不一致：来文机关记为%s，收文机关记为%s", theirs, ours);
            *out_detail = text == NULL ? "两方协作机制不一致" : text;
            return false;
        }
    }
    return true;
}
