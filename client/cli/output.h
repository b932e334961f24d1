// SPDX-License-Identifier: Apache-2.0
//
// What the commands print: JSON lines, times as people read them, and the Chinese words for states.
#pragma once

#include <jansson.h>
#include <stddef.h>

// Reads what the library gave and ends the text. NULL: no memory.
json_t *output_take(char *json_text);

// One object on one line.
void output_json(const json_t *json);

// Each element of the list on a line.
void output_json_lines(const json_t *list);

// A member's text, "" if there is none.
const char *output_text(const json_t *object, const char *key);

// A member of a member.
const json_t *output_member(const json_t *object, const char *key);

// "2026-09-24T10:00:00+08:00" as "09-24 10:00" or "2026-09-24 10:00:00"; "" stays "".
enum { OUTPUT_TIME_BYTES = 24 };
void output_short_time(const char *instant, char out_text[OUTPUT_TIME_BYTES]);
void output_full_time(const char *instant, char out_text[OUTPUT_TIME_BYTES]);

// Seconds from one instant to another; 0 if either is missing.
long long output_seconds_between(const char *from, const char *to);

// "剩 2 天 3 小时", "超 5 小时"; "" if there is no due time.
enum { OUTPUT_SPAN_BYTES = 64 };
void output_countdown(const char *now, const char *due, char out_text[OUTPUT_SPAN_BYTES]);

// A duty's due time; where it is not known what the clock says instead ("unknown:2027", "earliest:…"),
// in Chinese.
void output_due(const json_t *duty, char out_text[OUTPUT_SPAN_BYTES]);

// By how much a duty was met early or late: "提前 2 天 3 小时"; "" if it was not met or has no due time.
void output_margin(const json_t *duty, char out_text[OUTPUT_SPAN_BYTES]);

// Who owes a duty, and to whom: "由 甲 对 乙", "由 甲、乙 共同"; for free, NULL: no memory.
char *output_parties(const json_t *duty);

// Why its light is what it is, or why its period is not simply running; "" if there is nothing to say.
enum { OUTPUT_REASON_BYTES = 256 };
void output_reason(const json_t *duty, const char *now, char out_text[OUTPUT_REASON_BYTES]);

// Texts of a list of texts, joined by 、, for free.
char *output_join(const json_t *list);

// Chinese words for the words of the protocol; what is unknown stays as it is.
const char *output_delivery_title(const char *state);
const char *output_light_title(const char *light);
const char *output_direction_title(const char *direction);
const char *output_duty_title(const json_t *duty);

// The Chinese title of a kind, from liaison_kinds(NULL); the name itself if it is unknown.
const char *output_kind_title(const json_t *kinds, const char *name);
json_t *output_kinds(void);

// One word for a whole message, by its state and what its kind asks for.
const char *output_message_title(const json_t *kinds, const json_t *message);

// "clock-skew" and the like.
const char *output_mark_title(const char *mark);
