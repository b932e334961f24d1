// SPDX-License-Identifier: Apache-2.0
#include "attempt.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "wire/text.h"
#include "wire/tree.h"

#include "base/fail.h"
#include "rules/decide.h"
#include "store/commit.h"
#include "store/view.h"

static void apply(void *context, const Record__Effect *fact, const struct material *material)
{
    struct attempt *attempt = context;
    commit_apply(attempt->store, attempt->arena, fact, material);
}

static bool put_proof(struct attempt *attempt, const struct sealing *sealing, const struct tree *tree, size_t index)
{
    struct digest path[LIMIT_PATH];
    size_t count = tree_path(tree, index, path);
    size_t size = SALT_BYTES + 4 + 1 + count * DIGEST_BYTES + 4 + sealing->header.size;
    uint8_t *proof = arena_take(attempt->arena, size);
    if (proof == NULL) {
        return false;
    }
    uint8_t *at = proof;
    memcpy(at, sealing->salt, SALT_BYTES);
    text_put_u32(at + SALT_BYTES, (uint32_t)index);
    at[SALT_BYTES + 4] = (uint8_t)count;
    at += SALT_BYTES + 5;
    memcpy(at, path, count * DIGEST_BYTES);
    at += count * DIGEST_BYTES;
    text_put_u32(at, (uint32_t)sealing->header.size);
    memcpy(at + 4, sealing->header.data, sealing->header.size);
    commit_put_proof(attempt->store, sealing->position, (struct bytes){proof, size}, sealing->material);
    return true;
}

// One signature over all that this turn says.
static int seal_all(struct attempt *attempt, uint8_t out_seal[SEAL_BYTES])
{
    const Record__State *state = store_state(attempt->store);
    size_t count = attempt->effects.sealing_count;
    struct digest *leaves = arena_take_array(attempt->arena, count, sizeof(*leaves));
    size_t index = 0;
    for (struct sealing *sealing = attempt->effects.first_sealing; leaves != NULL && sealing != NULL; sealing = sealing->next) {
        leaves[index++] = sealing->leaf;
    }
    struct tree *tree = leaves == NULL ? NULL : tree_new((enum suite)state->suite, leaves, count, attempt->arena);
    if (tree == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "seal");
    }
    struct seal seal = {
        .domain = state->test ? SEAL_TEST : SEAL_REAL,
        .suite = (enum suite)state->suite,
        .count = (uint32_t)count,
        .epoch = state->epoch,
        .turn = state->turn + 1,
        .at = attempt->effects.now,
        .root = *tree_root(tree),
    };
    strcpy(seal.agency, state->agency);
    memcpy(seal.key_id, keyring_id(attempt->keyring), KEY_ID_BYTES);
    memcpy(seal.head.bytes, state->head.data, DIGEST_BYTES);
    seal_encode(&seal, out_seal);
    int result = keyring_sign(attempt->keyring, out_seal);
    index = 0;
    for (struct sealing *sealing = attempt->effects.first_sealing; result == 0 && sealing != NULL; sealing = sealing->next) {
        result = put_proof(attempt, sealing, tree, index++) ? 0 : FAIL_ORIGIN(-ENOMEM, "seal");
    }
    if (result == 0) {
        commit_put_seal(attempt->store, out_seal);
    }
    return result;
}

// Events that need more memory than a turn may take have broken it; if the machine has no more, they will fit another time.
static enum attempt_outcome outcome_of(const struct attempt *attempt, int result)
{
    if (result == 0) {
        return ATTEMPT_DONE;
    }
    return result == -ENOMEM && arena_is_full(attempt->arena) ? ATTEMPT_BROKEN : ATTEMPT_FAILED;
}

// What the rules make of the events, applied to the open transaction.
static enum attempt_outcome decide_all(struct attempt *attempt, int64_t now, const uint8_t seed[DIGEST_BYTES], const struct event *events, size_t count)
{
    struct view *view = store_writing(attempt->store);
    struct effects *effects = &attempt->effects;
    effect_start(effects, attempt->arena, now, seed, apply, attempt);
    for (size_t i = 0; i < count && !effects->exhausted; i++) {
        decide(view, &events[i], effects);
    }
    if (!effects->exhausted) {
        decide_end(view, effects);
    }
    // Rules may carry on with what they got and stumble over what they did not get; it is all the same event's doing.
    int failure = view_failure(view);
    bool was_short = effects->exhausted || arena_was_short(attempt->arena);
    return outcome_of(attempt, was_short ? -ENOMEM : failure);
}

static enum attempt_outcome finish(struct attempt *attempt, int64_t now)
{
    uint8_t seal[SEAL_BYTES];
    bool says = attempt->effects.sealing_count > 0;
    int result = says ? seal_all(attempt, seal) : 0;
    return outcome_of(attempt, result < 0 ? result : commit_turn(attempt->store, attempt->arena, now, &attempt->effects, says ? seal : NULL));
}

static enum attempt_outcome run(struct attempt *attempt, int64_t now, const struct event *events, size_t count)
{
    uint8_t seed[DIGEST_BYTES];
    store_forget(attempt->store);
    arena_reset(attempt->arena); // an attempt that broke has used it up
    if (getrandom(seed, sizeof(seed), 0) != sizeof(seed) || store_begin(attempt->store, attempt->arena) < 0) {
        return ATTEMPT_FAILED;
    }
    fail_set_turn(store_state(attempt->store)->turn + 1);
    enum attempt_outcome outcome = decide_all(attempt, now, seed, events, count);
    // After a failed commit even an answer waits for one that succeeds: what it rests on may not be on disk.
    bool has_anything = attempt->effects.fact_count > 0 || attempt->failing;
    if (outcome == ATTEMPT_DONE && has_anything) {
        outcome = finish(attempt, now);
    }
    store_abort(attempt->store); // whatever was not committed
    return outcome;
}

enum attempt_outcome attempt_run(struct attempt *attempt, int64_t now, const struct event *events, size_t count)
{
    enum attempt_outcome outcome = run(attempt, now, events, count);
    if (outcome != ATTEMPT_BROKEN) {
        attempt->failing = outcome == ATTEMPT_FAILED;
    }
    return outcome;
}
