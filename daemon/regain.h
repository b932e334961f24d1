// SPDX-License-Identifier: Apache-2.0
//
// What was whole and is missing or damaged on the disk, and how it is got again: from whoever carried a statement that it is attached to, its author, whoever passed it
// on, those who said that they hold it, and those it addresses too, one after the other. Part of haul, which says what of files becomes known.
//
// Invariant: at most REGAIN_FILES are being got at a time. Nothing durable says what is lost: the tables name the files, the disk shows which are not there. What
// nobody gives now is set aside, and found again by the next look over all files.
// Lifetime: process.
#pragma once

#include "dispatch/fetch.h"
#include "event.h"
#include "porter.h"

enum { REGAIN_FILES = 64 };

struct regain;

int regain_new(struct porter *porter, struct fetches *fetches, struct regain **out_regain);
void regain_free(struct regain **regain);

// A file was found missing or damaged.
void regain_add(struct regain *regain, const struct file_name *name);
// What has come of the look for what is left of it (PORT_MEND); it is whole, by whatever way.
void regain_settle(struct regain *regain, const struct port_job *job);
void regain_whole(struct regain *regain, const struct file_name *name);
// An agency can be asked again.
void regain_greeted(struct regain *regain);
// Nothing is to be fetched of this part any more.
void regain_stop(struct regain *regain, uint64_t position, unsigned part);

// Looks for what is missing, a portion at a time, and goes on with what is.
void regain_pump(struct regain *regain, struct view *view, struct mono now, struct arena *arena);

// Is there anything to say to rules that they did not hear?
bool regain_tell(struct regain *regain, enum file_form *out_form);
// Is any file known to be lost?
bool regain_knows_of_any(const struct regain *regain);
