// SPDX-License-Identifier: Apache-2.0
#include "sim/reckoner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_YEAR = 2020, LAST_YEAR = 2030, YEARS = LAST_YEAR - FIRST_YEAR + 1, DAYS = 366 * YEARS };

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define BEIJING (8 * HOUR)

enum day_row { ROW_NONE, ROW_HOLIDAY, ROW_WORKDAY };

struct layer {
    bool known[YEARS];
    uint8_t rows[DAYS];
};

static struct {
    struct layer national;
    struct layer xinjiang; // regions 65....
    const char *const *regions;
    size_t region_count;
} book;

// ---------------------------------------------------------------------------------------- the calendar

// Days since 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    const int64_t era = year / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static int64_t day_of(int64_t instant)
{
    return (instant + BEIJING) / DAY;
}

static int year_of(int64_t day)
{
    int year = FIRST_YEAR;
    while (year < LAST_YEAR && days_of(year + 1, 1, 1) <= day) {
        year++;
    }
    return year;
}

static void take_row(char *fields[7], size_t count)
{
    struct layer *layer = strcmp(fields[1], "cn") == 0 ? &book.national : &book.xinjiang;
    int year;
    int month;
    int day;
    if (count >= 5 && strcmp(fields[0], "coverage") == 0) {
        year = atoi(fields[3]);
        if (year >= FIRST_YEAR && year <= LAST_YEAR) {
            layer->known[year - FIRST_YEAR] = strcmp(fields[4], "known") == 0;
        }
    } else if (count >= 4 && strcmp(fields[0], "day") == 0 && sscanf(fields[2], "%d-%d-%d", &year, &month, &day) == 3) {
        layer->rows[days_of(year, month, day) - days_of(FIRST_YEAR, 1, 1)] = strcmp(fields[3], "holiday") == 0 ? ROW_HOLIDAY : ROW_WORKDAY;
    }
}

bool reckoner_make(const char *calendar_path, const char *const *regions, size_t count)
{
    char line[512];
    FILE *file = fopen(calendar_path, "r");
    book.regions = regions;
    book.region_count = count;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *fields[7];
        size_t found = 0;
        char *rest = line;
        line[strcspn(line, "\n")] = '\0';
        while (found < 7 && rest != NULL) {
            fields[found++] = strsep(&rest, ",");
        }
        if (found > 1 && line[0] != '#') {
            take_row(fields, found);
        }
    }
    return file != NULL && fclose(file) == 0;
}

struct worked {
    bool worked;
    bool unknown; // nobody has published that year yet
    bool doubtful; // a regional holiday might fall on it
};

static struct worked look_at(int64_t day, const char *region)
{
    const int year = year_of(day) - FIRST_YEAR;
    const size_t row = (size_t)(day - days_of(FIRST_YEAR, 1, 1));
    const bool weekday = (day + 3) % 7 < 5; // 1970-01-01 was a Thursday
    const bool regional = strncmp(region, "65", 2) == 0;
    struct worked worked = {.worked = weekday};
    if (!book.national.known[year]) {
        worked.unknown = true;
        return worked;
    }
    uint8_t said = regional && book.xinjiang.known[year] ? book.xinjiang.rows[row] : ROW_NONE;
    said = said == ROW_NONE ? book.national.rows[row] : said;
    worked.worked = said == ROW_NONE ? weekday : said == ROW_WORKDAY;
    worked.doubtful = regional && !book.xinjiang.known[year] && worked.worked;
    return worked;
}

static int64_t whole_second(int64_t instant)
{
    return instant / SECOND * SECOND;
}

static void add_hours(struct reckoned *reckoned, int hours)
{
    reckoned->due_at = whole_second(reckoned->start_at) + hours * HOUR;
    reckoned->form = RECKONED_KNOWN;
}

// 二百零一条：开始的当日不计入，自下一日开始计算; the last second is 23:59:59 of the last working day.
static void add_workdays(struct reckoned *reckoned, int workdays, const char *region)
{
    int64_t day = day_of(reckoned->start_at);
    reckoned->form = RECKONED_KNOWN;
    for (int counted = 0; counted < workdays;) {
        const struct worked worked = look_at(++day, region);
        counted += worked.worked;
        if (worked.unknown) {
            reckoned->form = RECKONED_UNKNOWN;
        } else if (worked.doubtful && reckoned->form == RECKONED_KNOWN) {
            reckoned->form = RECKONED_EARLIEST;
        }
    }
    reckoned->due_at = (day + 1) * DAY - BEIJING - SECOND;
}

// -------------------------------------------------------------------------------------- what deeds say

static int64_t arrival(const struct deed *deed, size_t agency)
{
    for (size_t i = 0; i < deed->holder_count; i++) {
        if (deed->holders[i].agency == agency && deed->holders[i].held) {
            return deed->holders[i].received_at;
        }
    }
    return 0;
}

static const struct deed *next_reply(const struct deed *target, const struct deed *after, enum deed_kind kind)
{
    const struct deed *deed = after == NULL ? target->matter : after->next_of_matter;
    while (deed != NULL && (deed->kind != kind || deed->target != target || !deed->sealed)) {
        deed = deed->next_of_matter;
    }
    return deed;
}

static bool is_recalled(const struct deed *deed)
{
    return next_reply(deed, NULL, DEED_RECALL) != NULL;
}

enum stand { SILENT, CONFIRMED, CONTESTED };

// The last word of an agency on somebody's record.
static enum stand stand_of(const struct deed *record, size_t agency)
{
    const struct deed *last = NULL;
    for (const struct deed *deed = next_reply(record, NULL, DEED_CONFIRM); deed != NULL; deed = next_reply(record, deed, DEED_CONFIRM)) {
        const bool later = last == NULL || deed->sealed_at > last->sealed_at ||
                           (deed->sealed_at == last->sealed_at && memcmp(deed->id, last->id, sizeof deed->id) > 0);
        if (deed->author == agency && later) {
            last = deed;
        }
    }
    return last == NULL ? SILENT : last->contested ? CONTESTED : CONFIRMED;
}

// ------------------------------------------------------------------------------------------- verdicts

struct meeting {
    enum { MEETS_NOT, MEETS_ONE_SIDED, MEETS_DISPUTED, MEETS } rank;
    int64_t at;
};

static struct meeting met_at(int64_t at)
{
    return at == 0 ? (struct meeting){MEETS_NOT, 0} : (struct meeting){MEETS, at};
}

static struct meeting tell(const struct deed *notice, size_t agency)
{
    if (notice->told_at == 0) {
        return met_at(arrival(notice, agency));
    }
    switch (stand_of(notice, agency)) {
    case SILENT:
        return (struct meeting){MEETS_ONE_SIDED, 0};
    case CONTESTED:
        return (struct meeting){MEETS_DISPUTED, 0};
    case CONFIRMED:
        break;
    }
    return met_at(notice->told_at);
}

// A record is no better than the worst it is towards anybody it was owed to.
static struct meeting tell_all(const struct deed *notice)
{
    struct meeting all = tell(notice, notice->holders[0].agency);
    for (size_t i = 1; i < notice->addressee_count && all.rank != MEETS_NOT && all.rank != MEETS_DISPUTED; i++) {
        const struct meeting one = tell(notice, notice->holders[i].agency);
        if (one.rank == MEETS_NOT || one.rank == MEETS_DISPUTED || one.rank < all.rank) {
            all = one;
        } else if (one.rank == all.rank && one.at > all.at) {
            all = one;
        }
    }
    return all;
}

static bool is_better(struct meeting one, struct meeting best)
{
    return one.rank != best.rank ? one.rank > best.rank : one.rank == MEETS && one.at < best.at;
}

static struct meeting tell_any(const struct deed *notice)
{
    struct meeting best = {MEETS_NOT, 0};
    for (size_t i = 0; i < notice->addressee_count; i++) {
        const struct meeting one = tell(notice, notice->holders[i].agency);
        best = is_better(one, best) ? one : best;
    }
    return best;
}

static void settle(struct reckoned *reckoned, struct meeting best)
{
    const bool known = reckoned->form == RECKONED_KNOWN;
    switch (best.rank) {
    case MEETS_NOT:
        reckoned->state = known ? RECKONED_OVERDUE : RECKONED_OPEN;
        return;
    case MEETS_ONE_SIDED:
        reckoned->state = RECKONED_ONE_SIDED;
        return;
    case MEETS_DISPUTED:
        reckoned->state = RECKONED_DISPUTED;
        return;
    case MEETS:
        reckoned->state = known && whole_second(best.at) > reckoned->due_at ? RECKONED_MET_LATE : RECKONED_MET;
        return;
    }
}

static struct reckoned judge_notification(const struct deed *opening)
{
    struct reckoned reckoned = {.owed = opening->kind == DEED_DISCOVERED, .start_at = opening->discovered_at};
    struct meeting best = {MEETS_NOT, 0};
    if (opening->kind == DEED_NOTICE) {
        reckoned.owed = opening->matter == opening; // else the lead was recorded before, and its 24 hours run already
    }
    add_hours(&reckoned, 24);
    for (const struct deed *deed = opening; deed != NULL; deed = deed->next_of_matter) {
        if (deed->kind == DEED_NOTICE && deed->sealed && !deed->drill && !is_recalled(deed)) {
            const struct meeting one = opening->kind == DEED_NOTICE ? tell_all(deed) : tell_any(deed);
            best = is_better(one, best) ? one : best;
        }
    }
    settle(&reckoned, best);
    return reckoned;
}

static struct reckoned judge_assessment(const struct deed *opening, size_t slot)
{
    const size_t debtors[] = {opening->author, opening->holders[slot].agency};
    struct reckoned reckoned = {.owed = opening->kind == DEED_NOTICE, .start_at = arrival(opening, debtors[1])};
    struct reckoned other = reckoned;
    struct meeting best = {MEETS_NOT, 0};
    reckoned.owed = reckoned.owed && reckoned.start_at != 0;
    add_workdays(&reckoned, 3, book.regions[debtors[0]]);
    add_workdays(&other, 3, book.regions[debtors[1]]);
    reckoned.due_at = other.due_at > reckoned.due_at ? other.due_at : reckoned.due_at;
    reckoned.form = other.form > reckoned.form ? other.form : reckoned.form;
    for (const struct deed *deed = opening->matter; deed != NULL; deed = deed->next_of_matter) {
        const bool first = deed->author == debtors[0];
        if (deed->kind != DEED_ASSESSMENT || !deed->sealed || (!first && deed->author != debtors[1]) || is_recalled(deed)) {
            continue;
        }
        const size_t confirmer = debtors[first ? 1 : 0];
        const enum stand stand = stand_of(deed, confirmer);
        const struct meeting one = stand == CONFIRMED   ? met_at(arrival(deed, confirmer))
                                   : stand == CONTESTED ? (struct meeting){MEETS_DISPUTED, 0}
                                                        : (struct meeting){MEETS_ONE_SIDED, 0};
        best = is_better(one, best) ? one : best;
    }
    settle(&reckoned, best);
    return reckoned;
}

struct reckoned reckoner_sign_for_due(const struct deed *deed, const struct deed_holding *holding, const char *region)
{
    struct reckoned reckoned = {.owed = true, .start_at = holding->received_at};
    if (deed->urgent) {
        add_hours(&reckoned, 2);
    } else {
        add_workdays(&reckoned, 1, region);
    }
    return reckoned;
}

static struct reckoned judge_sign_for(const struct deed *opening, size_t slot)
{
    const struct deed_holding *holding = &opening->holders[slot];
    struct reckoned reckoned = reckoner_sign_for_due(opening, holding, book.regions[holding->agency]);
    struct meeting best = {MEETS_NOT, 0};
    reckoned.owed = holding->held &&
                    (opening->kind == DEED_NOTICE || opening->kind == DEED_ASSESSMENT || opening->kind == DEED_NOTE);
    for (const struct deed *deed = next_reply(opening, NULL, DEED_ACKNOWLEDGEMENT); deed != NULL;
         deed = next_reply(opening, deed, DEED_ACKNOWLEDGEMENT)) {
        if (deed->author == holding->agency) {
            const struct meeting one = met_at(arrival(deed, opening->author));
            best = is_better(one, best) ? one : best;
        }
    }
    settle(&reckoned, best);
    return reckoned;
}

struct reckoned reckoner_judge(const struct deed *opening, const char *duty, size_t slot)
{
    struct reckoned reckoned = {0};
    if (!opening->sealed || opening->drill || (slot > 0 && slot >= opening->addressee_count)) {
        return reckoned;
    }
    if (strcmp(duty, "YC-1.1.1") == 0) {
        reckoned = judge_notification(opening);
    } else if (strcmp(duty, "YC-1.1.2") == 0) {
        reckoned = judge_assessment(opening, slot);
    } else {
        reckoned = judge_sign_for(opening, slot);
    }
    if (is_recalled(opening)) {
        reckoned.state = RECKONED_WITHDRAWN;
    }
    return reckoned;
}

// Sealed in time, and neither there nor refused.
static bool is_on_its_way(const struct deed *act, size_t agency, int64_t due_at)
{
    for (size_t i = 0; i < act->holder_count; i++) {
        const struct deed_holding *holding = &act->holders[i];
        if (holding->agency == agency) {
            return act->sealed && !act->drill && act->sealed_at < due_at + SECOND && !holding->held && !holding->refused && !is_recalled(act);
        }
    }
    return false;
}

bool reckoner_is_under_way(const struct deed *opening, const char *duty, size_t slot)
{
    const struct reckoned reckoned = reckoner_judge(opening, duty, slot);
    const bool notification = strcmp(duty, "YC-1.1.1") == 0;
    const bool assessment = strcmp(duty, "YC-1.1.2") == 0;
    for (const struct deed *deed = opening->matter; reckoned.owed && deed != NULL; deed = deed->next_of_matter) {
        if (notification && deed->kind == DEED_NOTICE && deed->told_at == 0 && deed->author == opening->author) {
            for (size_t i = 0; i < deed->addressee_count; i++) {
                if (is_on_its_way(deed, deed->holders[i].agency, reckoned.due_at)) {
                    return true;
                }
            }
        }
        const size_t addressee = notification ? 0 : opening->holders[slot].agency;
        const bool signs = deed->kind == DEED_ACKNOWLEDGEMENT && deed->target == opening && deed->author == addressee;
        if (!notification && !assessment && signs && is_on_its_way(deed, opening->author, reckoned.due_at)) {
            return true;
        }
        if (assessment && deed->kind == DEED_ASSESSMENT && (deed->author == opening->author || deed->author == addressee) &&
            is_on_its_way(deed, deed->author == addressee ? opening->author : addressee, reckoned.due_at)) {
            return true;
        }
    }
    return false;
}
