// SPDX-License-Identifier: Apache-2.0
//
// One message, one matter or a list of duties on a page: what an officer reads before acting. `now`
// is the daemon's time.
#pragma once

#include <jansson.h>

void sheet_message(const json_t *message, const char *now);
void sheet_matter(const json_t *matter, const char *now);
void sheet_duties(const json_t *duties, const char *now);

// One duty, indented: light, state, who owes it to whom and by when.
void sheet_duty(const json_t *duty, const char *now);
