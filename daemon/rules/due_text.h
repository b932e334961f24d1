// SPDX-License-Identifier: Apache-2.0
//
// Due times in Chinese, as events and duties tell them. Beside explain of proto/law, which says how one was counted.
//
// Invariant: decides nothing; every due time as control.Duty has it in due_text has its words.
// Lifetime: texts live in the turn's arena.
#pragma once

#include "effect.h"

// "2025-09-28 23:59:59", "不早于 2025-09-28 23:59:59", "待公布 2027 年日历", or "无"; never NULL.
const char *due_text_describe(struct effects *effects, const char *due);

// What another calendar has changed; never NULL.
const char *due_text_amended(struct effects *effects, const Record__DueAmended *amended);
