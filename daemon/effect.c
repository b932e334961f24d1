// SPDX-License-Identifier: Apache-2.0
#include "effect.h"

#include <string.h>

#include "wire/text.h"

enum { SALTS_IN_A_DIGEST = DIGEST_BYTES / SALT_BYTES };

void effect_start(struct effects *effects, struct arena *arena, int64_t now, const uint8_t seed[DIGEST_BYTES],
                  effect_applier apply, void *context)
{
    *effects = (struct effects){.arena = arena, .now = now, .apply = apply, .context = context};
    effects->last_sealing = &effects->first_sealing;
    effects->last_release = &effects->first_release;
    effects->last_decided = &effects->first_decided;
    memcpy(effects->seed, seed, DIGEST_BYTES);
}

void effect_salt(struct effects *effects, uint8_t out_salt[SALT_BYTES])
{
    if (effects->salt_count % SALTS_IN_A_DIGEST == 0) {
        uint8_t counter[8];
        text_put_u64(counter, effects->salt_count);
        const struct bytes pieces[] = {{effects->seed, DIGEST_BYTES}, {counter, sizeof(counter)}};
        hash_pieces(SUITE_ED25519_SHA256, pieces, 2, &effects->salts);
    }
    memcpy(out_salt, effects->salts.bytes + effects->salt_count++ % SALTS_IN_A_DIGEST * SALT_BYTES, SALT_BYTES);
}

void *effect_take(struct effects *effects, size_t count, size_t size)
{
    void *memory = arena_take_array(effects->arena, count == 0 ? 1 : count, size);
    if (memory == NULL) {
        effects->exhausted = true;
    }
    return memory;
}

static bool grow(struct effects *effects)
{
    size_t capacity = effects->fact_capacity == 0 ? 64 : 2 * effects->fact_capacity;
    Record__Effect **facts = arena_take_array(effects->arena, capacity, sizeof(Record__Effect *));
    if (facts == NULL) {
        return false;
    }
    if (effects->fact_count > 0) {
        memcpy(facts, effects->facts, effects->fact_count * sizeof(*facts));
    }
    effects->facts = facts;
    effects->fact_capacity = capacity;
    return true;
}

void effect_put(struct effects *effects, Record__Effect__IsCase form, void *message, const struct material *material)
{
    Record__Effect *fact = arena_take(effects->arena, sizeof(*fact));
    if (message == NULL || fact == NULL ||
        (effects->fact_count == effects->fact_capacity && !grow(effects))) {
        effects->exhausted = true;
        return;
    }
    record__effect__init(fact);
    fact->is_case = form;
    fact->statement = message; // every member of the union is a pointer to a message
    effects->facts[effects->fact_count++] = fact;
    effects->apply(effects->context, fact, material);
}

void effect_seal(struct effects *effects, const struct sealing *sealing)
{
    struct sealing *copy = arena_take(effects->arena, sizeof(*copy));
    if (copy == NULL) {
        effects->exhausted = true;
        return;
    }
    *copy = *sealing;
    copy->next = NULL;
    *effects->last_sealing = copy;
    effects->last_sealing = &copy->next;
    effects->sealing_count++;
}

struct release *effect_release(struct effects *effects, enum release_form form)
{
    static _Thread_local struct release spare;
    struct release *release = arena_take(effects->arena, sizeof(*release));
    if (release == NULL) {
        effects->exhausted = true;
        spare = (struct release){0};
        return &spare;
    }
    release->form = form;
    *effects->last_release = release;
    effects->last_release = &release->next;
    return release;
}

void effect_decide(struct effects *effects, const struct decided *decided)
{
    struct decided *copy = arena_take(effects->arena, sizeof(*copy));
    if (copy == NULL) {
        effects->exhausted = true;
        return;
    }
    *copy = *decided;
    copy->next = NULL;
    *effects->last_decided = copy;
    effects->last_decided = &copy->next;
}

void effect_tell_whole(struct effects *effects, const struct told_whole *whole)
{
    struct told_whole *copy = effect_take(effects, 1, sizeof(*copy));
    if (copy != NULL) {
        *copy = *whole;
        copy->next = effects->first_whole;
        effects->first_whole = copy;
    }
}

void effect_send(struct effects *effects, const struct errand *errand)
{
    struct errand *copy = effect_take(effects, 1, sizeof(*copy));
    if (copy != NULL) {
        *copy = *errand;
        effect_release(effects, RELEASE_ERRAND)->errand = copy;
    }
}
