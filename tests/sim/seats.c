// SPDX-License-Identifier: Apache-2.0
#include "sim/seats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum { YECHENG, XIXIAN_XINCAI, WEIBIN, YOUYANG, RONGCHENG, NATIONAL, NOWHERE };

enum { FILE_BYTES = 256 << 10 };

static const struct {
    const char *id;
    const char *procedure;
    const char *further; // a line of the compact
} compacts[COMPACTS] = {
    [YECHENG] = {"yecheng", "yecheng-2025", ""},
    [XIXIAN_XINCAI] = {"xixian-xincai", "xixian-xincai-2022", ""},
    [WEIBIN] = {"weibin", "weibin-2024", ""},
    [YOUYANG] = {"youyang", "youyang-2025", ""},
    [RONGCHENG] = {"rongcheng", "rongcheng-2021", "after_expiry = national\n"},
    [NATIONAL] = {"national", "national", ""},
};

// The two whose turn it is to be host.
enum { FIRST_HOST = 10, SECOND_HOST = 11 };

static const struct seat {
    const char *sector;
    struct {
        unsigned compact;
        const char *role;
    } places[SEAT_PLACES];
} seats[SEATS] = {
    {"market", {{YECHENG, "bureau"}, {NATIONAL, "market"}}},
    {"township", {{YECHENG, "township"}, {NOWHERE, NULL}}},
    {"police", {{NATIONAL, "police"}, {NOWHERE, NULL}}},
    {"justice", {{RONGCHENG, "justice"}, {NOWHERE, NULL}}},
    {"government", {{RONGCHENG, "government"}, {NOWHERE, NULL}}},
    {"urban-management", {{RONGCHENG, "body"}, {NATIONAL, "body"}}},
    {"township", {{WEIBIN, "township"}, {NOWHERE, NULL}}},
    {"market", {{WEIBIN, "department"}, {NOWHERE, NULL}}},
    {"township", {{YOUYANG, "township"}, {NOWHERE, NULL}}},
    {"market", {{YOUYANG, "delegator"}, {NOWHERE, NULL}}},
    {"market", {{XIXIAN_XINCAI, "market"}, {NATIONAL, "market"}}},
    {"market", {{XIXIAN_XINCAI, "market"}, {NOWHERE, NULL}}},
    {"government", {{WEIBIN, "government"}, {NOWHERE, NULL}}},
    {"justice", {{WEIBIN, "justice"}, {NATIONAL, "justice"}}},
    {"police", {{WEIBIN, "police"}, {NATIONAL, "police"}}},
    {"government", {{YOUYANG, "government"}, {NOWHERE, NULL}}},
    {"environment", {{YOUYANG, "department"}, {NOWHERE, NULL}}},
    {"government", {{YOUYANG, "superior"}, {NATIONAL, "superior"}}},
    {"discipline", {{RONGCHENG, "discipline"}, {NOWHERE, NULL}}},
    {"government", {{RONGCHENG, "office"}, {NOWHERE, NULL}}},
    {"prosecution", {{NATIONAL, "prosecution"}, {NOWHERE, NULL}}},
    {"market", {{NATIONAL, "superior"}, {NOWHERE, NULL}}},
    {"environment", {{XIXIAN_XINCAI, "county"}, {NOWHERE, NULL}}},
    {"agriculture", {{XIXIAN_XINCAI, "county"}, {NOWHERE, NULL}}},
    {"township", {{YECHENG, "township"}, {NOWHERE, NULL}}},
    {"township", {{WEIBIN, "township"}, {NOWHERE, NULL}}},
    {"market", {{RONGCHENG, "body"}, {NOWHERE, NULL}}},
    {"township", {{YOUYANG, "township"}, {NOWHERE, NULL}}},
    {"emergency", {{WEIBIN, "department"}, {NOWHERE, NULL}}},
    {"township", {{YECHENG, "township"}, {NOWHERE, NULL}}},
};

static struct procedure *procedures[COMPACTS];

void seats_make(void)
{
    char path[128];
    char *text = malloc(FILE_BYTES);
    struct law_fault fault;
    must(text != NULL);
    for (size_t i = 0; i < COMPACTS; i++) {
        snprintf(path, sizeof path, "conf/procedures.d/%s.conf", compacts[i].procedure);
        FILE *file = fopen(path, "r");
        must(file != NULL);
        const struct bytes whole = {(const uint8_t *)text, fread(text, 1, FILE_BYTES, file)};
        fclose(file);
        if (procedure_parse(whole, &procedures[i], &fault) != LAW_OK) {
            world_fail("%s:%u: %s", path, fault.line, fault.text);
        }
    }
    free(text);
}

size_t seats_compact_count(void)
{
    return (world.options.agencies + SEATS - 1) / SEATS * COMPACTS;
}

const struct procedure *seats_procedure(size_t compact)
{
    return procedures[compact % COMPACTS];
}

const char *seats_compact_id(size_t compact)
{
    static char id[64];
    snprintf(id, sizeof id, "%s-%zu", compacts[compact % COMPACTS].id, compact / COMPACTS);
    return id;
}

const char *seats_sector(size_t agency)
{
    return seats[agency % SEATS].sector;
}

const char *seats_role(size_t agency, size_t compact)
{
    const struct seat *seat = &seats[agency % SEATS];
    for (size_t i = 0; i < SEAT_PLACES && agency / SEATS == compact / COMPACTS; i++) {
        if (seat->places[i].compact == compact % COMPACTS) {
            return seat->places[i].role;
        }
    }
    return NULL;
}

size_t seats_members(size_t compact, size_t out_agencies[SEATS])
{
    const size_t first = compact / COMPACTS * SEATS;
    size_t count = 0;
    for (size_t agency = first; agency < first + SEATS && agency < world.options.agencies; agency++) {
        if (seats_role(agency, compact) != NULL) {
            out_agencies[count++] = agency;
        }
    }
    return count;
}

size_t seats_compacts(size_t agency, size_t out_compacts[SEAT_PLACES])
{
    size_t members[SEATS];
    size_t count = 0;
    for (size_t i = 0; i < SEAT_PLACES; i++) {
        const size_t compact = agency / SEATS * COMPACTS + seats[agency % SEATS].places[i].compact;
        if (seats[agency % SEATS].places[i].compact != NOWHERE && seats_members(compact, members) > 1) {
            out_compacts[count++] = compact;
        }
    }
    return count;
}

static void write_further(FILE *file, size_t compact)
{
    const size_t first = compact / COMPACTS * SEATS;
    if (compact % COMPACTS != XIXIAN_XINCAI) {
        fputs(compacts[compact % COMPACTS].further, file);
    } else if (first + SECOND_HOST < world.options.agencies) {
        fprintf(file, "hosts = agency-%zu, agency-%zu\nhosts_since = 2022\n", first + FIRST_HOST, first + SECOND_HOST);
    }
}

void seats_write(FILE *file, size_t compact)
{
    fprintf(file, "procedure = %s\n", compacts[compact % COMPACTS].procedure);
    write_further(file, compact);
}
