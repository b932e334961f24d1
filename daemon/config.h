// SPDX-License-Identifier: Apache-2.0
//
// liaisond.conf: one table of options says name, type, limits, default, unit and help; parser, --print-config and the manual page follow it.
//
// Invariant: a configuration that loads is complete and within limits; anything unknown or malformed is refused with file and line.
// Lifetime: process.
#pragma once

#include "wire/seal.h"

#include <stdio.h>

enum { CONFIG_TEXT_BYTES = 512 };

struct config {
    char folder[CONFIG_TEXT_BYTES]; // DIR; relative paths below it are relative to it
    char agency[CONFIG_TEXT_BYTES];
    char name[CONFIG_TEXT_BYTES];
    char region[CONFIG_TEXT_BYTES];
    char sector[CONFIG_TEXT_BYTES];
    char credit_code[CONFIG_TEXT_BYTES];
    char parent[CONFIG_TEXT_BYTES];
    char telephone[CONFIG_TEXT_BYTES];
    char suite[CONFIG_TEXT_BYTES];
    char listen[CONFIG_TEXT_BYTES];
    char endpoints[CONFIG_TEXT_BYTES];
    char socks_proxy[CONFIG_TEXT_BYTES];
    char clients[CONFIG_TEXT_BYTES];
    char clients_listen[CONFIG_TEXT_BYTES];
    char client_keys[CONFIG_TEXT_BYTES];
    char store[CONFIG_TEXT_BYTES];
    char keys[CONFIG_TEXT_BYTES];
    char calendar[CONFIG_TEXT_BYTES];
    char procedures[CONFIG_TEXT_BYTES];
    char compacts[CONFIG_TEXT_BYTES];
    int64_t own_name;
    int64_t map_size;
    int64_t disk_reserve;
    int64_t log_level;
    int64_t window_messages;
    int64_t window_bytes;
    int64_t turn_events;
    int64_t turn_bytes;
    int64_t turn_memory;
    int64_t workers;
    int64_t attachment_quota;
    int64_t attachment_keep;
};

struct config_fault {
    char text[1024]; // "file:line: what is wrong"
};

// Reads DIR/liaisond.conf. False: `out_fault` says where and why.
bool config_load(const char *folder, struct config *out_config, struct config_fault *out_fault);

// Takes from `fresh` what may change while the daemon runs; names the other options that differ, commas between.
enum { CONFIG_WAITING_BYTES = 512 };
void config_adopt(struct config *config, const struct config *fresh, char out_waiting[CONFIG_WAITING_BYTES]);

// Every option with its value, limits and help, in the form of the file.
void config_print(const struct config *config, FILE *out);

enum suite config_suite(const struct config *config);
