// SPDX-License-Identifier: Apache-2.0
#include "setup.h"

#include <stdio.h>

#include "wire/envelope_card.h"
#include "wire/text.h"

#include "base/fail.h"
#include "base/log.h"
#include "card.h"
#include "law_files.h"

static bool find_card(struct daemon *daemon, struct arena *arena, struct setup *setup)
{
    enum seal_domain domain = daemon->clock.test ? SEAL_TEST : SEAL_REAL;
    Wire__Card *card;
    struct bytes envelope = card_read(&setup->config, daemon->keyring, domain, arena, &card);
    setup->card_is_new = envelope.data == NULL;
    if (setup->card_is_new) {
        Wire__Header *header;
        envelope = card_make(&setup->config, daemon->keyring, domain, wallclock_look(&daemon->clock).ms, arena);
        if (envelope.data == NULL || envelope_card_open(envelope, domain, arena, NULL, &header, &card) != ENVELOPE_OK) {
            return false;
        }
    }
    setup->start.card = card;
    setup->start.card_envelope = envelope;
    return true;
}

bool setup_read(struct daemon *daemon, struct arena *arena, struct setup *setup, struct config_fault *out_fault)
{
    const struct config *config = &setup->config;
    if (!law_files_read(config, arena, &setup->start.texts, &setup->start.text_count, out_fault) ||
        !client_keys_check(config->client_keys, out_fault->text, sizeof(out_fault->text))) {
        return false;
    }
    if (!find_card(daemon, arena, setup)) {
        snprintf(out_fault->text, sizeof(out_fault->text), "%s/liaisond.conf: cannot make a card of it", config->folder);
        return false;
    }
    return true;
}

bool setup_read_again(struct daemon *daemon, struct arena *arena, struct setup *setup, struct config_fault *out_fault)
{
    struct config fresh;
    *setup = (struct setup){.config = daemon->config};
    if (!config_load(daemon->config.folder, &fresh, out_fault)) {
        return false;
    }
    config_adopt(&setup->config, &fresh, setup->waiting);
    return setup_read(daemon, arena, setup, out_fault);
}

int setup_adopt(struct daemon *daemon, const struct setup *setup, struct wall now, struct arena *arena)
{
    daemon->config = setup->config;
    daemon->read_at = now;
    daemon->read_fault.text[0] = '\0';
    log_set_level((int)daemon->config.log_level);
    client_keys_refresh(daemon->client_keys);
    return setup->card_is_new ? card_write(&daemon->config, setup->start.card_envelope, arena) : 0;
}

void setup_refuse(struct daemon *daemon, const struct config_fault *fault)
{
    daemon->read_fault = *fault;
    text_clean(daemon->read_fault.text); // it quotes the file, and status tells it to clients
    log_write(LOG_CONFIG_REFUSED, "%s", daemon->read_fault.text);
}
