// SPDX-License-Identifier: Apache-2.0
#include "law/compact.h"

#include "wire/codes.h"
#include "wire/identity.h"

#include "law/ini_keys.h"

#include <stddef.h>
#include <string.h>

enum { MEMBER_COUNT_LIMIT = 1000 };

// A compact and the arena it lives in, itself included.
struct owned_compact {
    struct compact compact;
    struct arena *arena;
};

// A compact being read, and the room for its members and rules.
struct building {
    struct compact *compact;
    struct compact_member *members;
    struct compact_share *shares;
};

static bool take_year(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    unsigned *year = into;
    const char *text = entry->value;

    if (strlen(text) != 4 || strspn(text, "0123456789") != 4 || text[0] == '0') {
        return ini_text_refuse(ini, entry->line, "%s: say a year such as 2022", entry->name);
    }
    *year = 0;
    for (size_t i = 0; i < 4; i++) {
        *year = *year * 10 + (unsigned)(text[i] - '0');
    }
    return true;
}

static const struct ini_key compact_keys[] = {
    {"id", KEY_NEEDED, offsetof(struct compact, id), ini_keys_take_word},
    {"title", KEY_NEEDED, offsetof(struct compact, title), ini_keys_take_text},
    {"procedure", KEY_NEEDED, offsetof(struct compact, procedure), ini_keys_take_word},
    {"after_expiry", KEY_OPTIONAL, offsetof(struct compact, after_expiry), ini_keys_take_word},
    {"hosts", KEY_OPTIONAL, offsetof(struct compact, hosts), rule_items_take_words},
    {"hosts_since", KEY_OPTIONAL, offsetof(struct compact, hosts_since), take_year},
};

static bool take_member(struct ini_text *ini, const struct ini_entry *entry,
                        struct building *building)
{
    struct compact *compact = building->compact;

    if (!identity_is_agency(entry->name)) {
        return ini_text_refuse(ini, entry->line, "%.80s is not an agency's id", entry->name);
    }
    if (!ini_keys_is_word(entry->value)) {
        return ini_text_refuse(ini, entry->line, "a role is one word of a-z, 0-9, '.' and '-'");
    }
    if (compact_member(compact, entry->name) != NULL) {
        return ini_text_refuse(ini, entry->line, "%s is a member twice", entry->name);
    }
    if (compact->member_count == MEMBER_COUNT_LIMIT) {
        return ini_text_refuse(ini, entry->line, "more than %d members", MEMBER_COUNT_LIMIT);
    }
    building->members[compact->member_count++] =
        (struct compact_member){entry->line, entry->name, entry->value};
    return true;
}

static bool take_members(struct ini_text *ini, const struct ini_section *section,
                         struct building *building)
{
    for (size_t i = 0; i < section->count; i++) {
        if (!take_member(ini, &section->entries[i], building)) {
            return false;
        }
    }
    return true;
}

// 'all', or roles.
static bool take_shared_to(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    return strcmp(entry->value, "all") == 0 || rule_items_take_words(ini, entry, into);
}

static bool take_internal(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct compact_share *share = into;

    share->internal = strcmp(entry->value, "none") == 0 ? COMPACT_INTERNAL_NONE : COMPACT_INTERNAL_ROLES;
    return share->internal == COMPACT_INTERNAL_NONE || rule_items_take_words(ini, entry, &share->internal_to);
}

static bool take_officer_decides(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct compact_share *share = into;

    share->officer_decides = true;
    return strcmp(entry->value, "all") == 0 || rule_items_take_words(ini, entry, &share->decided_for);
}

static const struct ini_key share_keys[] = {
    {"to", KEY_NEEDED, offsetof(struct compact_share, to), take_shared_to},
    {"internal", KEY_OPTIONAL, 0, take_internal},
    {"basis", KEY_NEEDED, offsetof(struct compact_share, basis), ini_keys_take_text},
    {"officer_decides", KEY_OPTIONAL, 0, take_officer_decides},
};

static const struct compact_share *find_share(const struct compact *compact, const char *category)
{
    for (size_t i = 0; i < compact->share_count; i++) {
        if (strcmp(compact->shares[i].category, category) == 0) {
            return &compact->shares[i];
        }
    }
    return NULL;
}

static bool take_share(struct ini_text *ini, const struct ini_section *section, struct building *building)
{
    const char *category = section->name + strlen("share ");
    struct compact *compact = building->compact;
    struct compact_share *share = &building->shares[compact->share_count];

    if (codes_find(&codes_lists[CODES_CATEGORY], category) == NULL) {
        return ini_text_refuse(ini, section->line, "no category is called %.80s", category);
    }
    if (find_share(compact, category) != NULL) {
        return ini_text_refuse(ini, section->line, "[share %s] is given twice", category);
    }
    *share = (struct compact_share){.line = section->line, .category = category};
    if (!ini_keys_take(ini, section, INI_KEYS(share_keys), share)) {
        return false;
    }
    compact->share_count++;
    return true;
}

static bool take_section(struct ini_text *ini, const struct ini_section *section, void *object)
{
    struct building *building = object;

    if (strncmp(section->name, "share ", strlen("share ")) == 0) {
        return take_share(ini, section, building);
    }
    if (strcmp(section->name, "members") == 0) {
        return take_members(ini, section, building);
    }
    if (strcmp(section->name, "compact") != 0) {
        return ini_text_refuse(ini, section->line, "a compact has no section [%s]", section->name);
    }
    if (building->compact->id != NULL) {
        return ini_text_refuse(ini, section->line, "[compact] is given twice");
    }
    building->compact->line = section->line;
    return ini_keys_take(ini, section, INI_KEYS(compact_keys), building->compact);
}

static bool check_hosts(struct ini_text *ini, const struct compact *compact)
{
    if ((compact->hosts.count == 0) != (compact->hosts_since == 0)) {
        return ini_text_refuse(ini, 1, "hosts and hosts_since are given together");
    }
    for (size_t i = 0; i < compact->hosts.count; i++) {
        if (compact_member(compact, compact->hosts.words[i]) == NULL) {
            return ini_text_refuse(ini, 1, "hosts: %.40s is not a member", compact->hosts.words[i]);
        }
    }
    return true;
}

static bool is_a_role(const struct compact *compact, const char *role)
{
    for (size_t i = 0; i < compact->member_count; i++) {
        if (strcmp(compact->members[i].role, role) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_roles(struct ini_text *ini, const struct compact *compact, unsigned line, const struct word_list *roles)
{
    for (size_t i = 0; i < roles->count; i++) {
        if (!is_a_role(compact, roles->words[i])) {
            return ini_text_refuse(ini, line, "no member has the role %.80s", roles->words[i]);
        }
    }
    return true;
}

static bool check_shares(struct ini_text *ini, const struct compact *compact)
{
    for (size_t i = 0; i < compact->share_count; i++) {
        const struct compact_share *share = &compact->shares[i];
        if (!check_roles(ini, compact, share->line, &share->to) || !check_roles(ini, compact, share->line, &share->internal_to) ||
            !check_roles(ini, compact, share->line, &share->decided_for)) {
            return false;
        }
    }
    return true;
}

static bool read_compact(struct ini_text *ini, struct building *building)
{
    struct owned_compact *owned = arena_take(ini->arena, sizeof *owned);

    const size_t most = ini->entry_count < MEMBER_COUNT_LIMIT ? ini->entry_count : MEMBER_COUNT_LIMIT;

    building->members = arena_take_array(ini->arena, most, sizeof building->members[0]);
    building->shares = arena_take_array(ini->arena, codes_lists[CODES_CATEGORY].count, sizeof building->shares[0]);
    if (owned == NULL || building->members == NULL || building->shares == NULL) {
        return ini_text_starve(ini);
    }
    owned->arena = ini->arena;
    building->compact = &owned->compact;
    building->compact->members = building->members;
    building->compact->shares = building->shares;
    if (!ini_text_take(ini, take_section, building)) {
        return false;
    }
    if (building->compact->id == NULL || building->compact->member_count < 2) {
        return ini_text_refuse(ini, 1,
                               "a compact has a section [compact] and at least two [members]");
    }
    return check_hosts(ini, building->compact) && check_shares(ini, building->compact);
}

enum law_outcome compact_parse(struct bytes text, struct compact **out_compact,
                               struct law_fault *out_fault)
{
    struct ini_text ini;
    struct building building;

    if (hash_ready() < 0) {
        return LAW_NO_MEMORY;
    }
    if (!ini_text_open(text, out_fault, &ini) || !read_compact(&ini, &building)) {
        ini_text_done(&ini);
        return ini.outcome;
    }
    hash_sm3(text, &building.compact->digest);
    *out_compact = building.compact;
    return LAW_OK;
}

const struct compact_member *compact_member(const struct compact *compact, const char *agency)
{
    for (size_t i = 0; i < compact->member_count; i++) {
        if (strcmp(compact->members[i].agency, agency) == 0) {
            return &compact->members[i];
        }
    }
    return NULL;
}

static bool is_among(const struct word_list *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

enum compact_verdict compact_may_have(const struct compact *compact, const char *agency, const char *category, bool internal,
                                      const struct compact_share **out_rule)
{
    const struct compact_member *member = compact_member(compact, agency);
    const struct compact_share *rule = find_share(compact, category);

    *out_rule = rule;
    if (member == NULL) {
        return COMPACT_NOT_ITS_ROLE;
    }
    if (rule == NULL) {
        return COMPACT_MAY_HAVE;
    }
    if (rule->to.count > 0 && !is_among(&rule->to, member->role)) {
        return COMPACT_NOT_ITS_ROLE;
    }
    if (!internal || rule->internal == COMPACT_INTERNAL_AS_TO || is_among(&rule->internal_to, member->role)) {
        return COMPACT_MAY_HAVE;
    }
    return COMPACT_NOT_INTERNAL;
}

bool compact_officer_decides(const struct compact *compact, const char *agency, const char *category)
{
    const struct compact_member *member = compact_member(compact, agency);
    const struct compact_share *rule = find_share(compact, category);

    return member != NULL && rule != NULL && rule->officer_decides &&
           (rule->decided_for.count == 0 || is_among(&rule->decided_for, member->role));
}

const char *compact_host(const struct compact *compact, unsigned year)
{
    return compact->hosts.count == 0 || year < compact->hosts_since
               ? NULL
               : compact->hosts.words[(year - compact->hosts_since) % compact->hosts.count];
}

// The arena holds the object that names it, so the name is taken out first.
void compact_free(struct compact **compact)
{
    if (*compact != NULL) {
        struct arena *arena = ((struct owned_compact *)*compact)->arena;

        arena_free(&arena);
        *compact = NULL;
    }
}
