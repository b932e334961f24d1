// SPDX-License-Identifier: Apache-2.0
#include "acquaint.h"

#include <errno.h>
#include <string.h>

#include "base/fail.h"
#include "store/view.h"

int acquaint(struct daemon *daemon, struct view *view, const char *id, struct arena *arena)
{
    struct agency agency;
    char curve[LOOP_Z85_BYTES];
    if (!view_agency(view, id, arena, &agency) || agency.card->curve_key.len != 32) {
        return FAIL_ORIGIN(-ENOENT, "a card is missing");
    }
    const struct bytes key = {agency.card->sign_key.data, agency.card->sign_key.len};
    int result = peer_keys_put(daemon->peer_keys, id, (enum suite)agency.card->suite, key, agency.card->curve_key.data, agency.suspended);
    if (result < 0 || strcmp(id, daemon->config.agency) == 0) {
        return result;
    }
    loop_to_z85(agency.card->curve_key.data, curve);
    const char *endpoint = agency.card->n_endpoints > 0 ? agency.card->endpoints[0] : NULL;
    return peer_link_set(daemon->links, id, endpoint, curve, agency.suspended);
}
