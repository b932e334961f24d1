// SPDX-License-Identifier: Apache-2.0
#include "rules/act_fill.h"

#include "law/civil.h"
#include "wire/decode.h"

static bool fill_pairs(struct effects *effects, const Wire__Header *header, struct act *act)
{
    struct law_pair *pairs = effect_take(effects, header->n_law, sizeof(*pairs));
    for (size_t i = 0; pairs != NULL && i < header->n_law; i++) {
        pairs[i] = (struct law_pair){header->law[i]->name, header->law[i]->value};
    }
    act->pairs = pairs;
    act->pair_count = header->n_law;
    return pairs != NULL;
}

static bool fill_citations(struct effects *effects, const Wire__Header *header, struct act *act)
{
    struct citation *citations = effect_take(effects, header->n_cites + 1, sizeof(*citations));
    if (citations == NULL) {
        return false;
    }
    if (header->in_reply_to != NULL) {
        citations[act->citation_count++] = (struct citation){header->in_reply_to->kind, header->in_reply_to->author};
    }
    for (size_t i = 0; i < header->n_cites; i++) {
        citations[act->citation_count++] = (struct citation){header->cites[i]->kind, header->cites[i]->author};
    }
    act->citations = citations;
    return true;
}

static bool fill_parties(struct effects *effects, const Wire__Header *header, struct act *act)
{
    struct act_party *parties = effect_take(effects, header->n_parties, sizeof(*parties));
    for (size_t i = 0; parties != NULL && i < header->n_parties; i++) {
        parties[i] = (struct act_party){header->parties[i]->agency, header->parties[i]->role, header->parties[i]->sector};
    }
    act->parties = parties;
    act->party_count = header->n_parties;
    return parties != NULL;
}

bool act_fill(struct effects *effects, const Wire__Header *header, struct act *act)
{
    act->author = header->author;
    act->id = decode_bytes(header->id);
    act->kind = header->kind;
    act->to = (const char *const *)header->to;
    act->to_count = header->n_to;
    act->occurred_at = civil_clamp(header->occurred_at);
    act->urgent = header->urgent_reason[0] != '\0';
    act->drill = header->drill;
    if (header->in_reply_to != NULL) {
        act->reply_author = header->in_reply_to->author;
        act->reply_id = decode_bytes(header->in_reply_to->id);
        act->reply_kind = header->in_reply_to->kind;
    }
    return fill_pairs(effects, header, act) && fill_citations(effects, header, act) && fill_parties(effects, header, act);
}
