// SPDX-License-Identifier: Apache-2.0
//
// What the tables of tests/rules cannot say: identities, duties that no shipped procedure has,
// hostile values, and that no order of statements changes a verdict.
#include "unit/law_text.h"

#define BUREAU "yecheng-scjg"
#define TOWN "yecheng-jiazhen"
#define OTHER "yecheng-yixiang"

// A procedure with what Yecheng's has not: periods at once and for this year, extensions, a start
// at sealing.
static const char extras[] =
    "[procedure]\nid = extras\ntitle = 试验\nroles = a\n"
    "[duty X-1]\ntitle = 可延期\npolicy = yes\nopened_by = lead.discovered\ndebtors = author\n"
    "start = sealed\nwithin = 3 workdays\ncounts = delivered\nmet_by = lead.notice\n"
    "extended_by = lead.assessment field held_at\n"
    "[duty X-2]\ntitle = 立即\npolicy = yes\nopened_by = lead.discovered\ndebtors = author\n"
    "start = sealed\nwithin = at once\ncounts = dispatched\nmet_by = lead.notice\n"
    "[duty X-3]\ntitle = 小时可延期\npolicy = yes\nopened_by = lead.discovered\ndebtors = author\n"
    "start = sealed\nwithin = 24 hours\ncounts = dispatched\nmet_by = lead.notice\n"
    "extended_by = lead.assessment field held_at\n"
    "[duty X-4]\ntitle = 共同\npolicy = yes\nopened_by = lead.notice\ndebtors = author and "
    "addressee\n"
    "start = delivered\nwithin = 1 day\ncounts = delivered\nmet_by = lead.assessment\n";

struct fixture {
    struct calendar *calendar;
    struct procedure *yecheng;
    struct procedure *extras;
    struct arena *arena;
};

enum { ACTS_MOST = 16 };

static struct fixture fixture;

static const char *const to_bureau[] = {BUREAU};
static const char *const to_town[] = {TOWN};
static const char *const to_both[] = {BUREAU, OTHER};
static const uint8_t ids[16][ID_BYTES] = {{1}, {2},  {3},  {4},  {5},  {6},  {7},  {8},
                                          {9}, {10}, {11}, {12}, {13}, {14}, {15}, {16}};
static const struct party parties[] = {{BUREAU, "110000"}, {TOWN, "110000"}, {OTHER, "110000"}};

static struct act act_of(unsigned number, const char *kind, const char *author, const char *sealed)
{
    return (struct act){
        .position = number,
        .author = author,
        .id = {ids[number], ID_BYTES},
        .kind = kind,
        .to = strcmp(author, BUREAU) == 0 ? to_town : to_bureau,
        .to_count = 1,
        .sealed_at = law_text_instant(sealed),
    };
}

static struct obligation judge_heard(const struct procedure *procedure, const char *duty,
                                     const struct act *opening, const struct act *acts,
                                     size_t count, const struct arrival *heard, int64_t now)
{
    struct obligation_seed *seeds = NULL;
    struct obligation obligation = {.state = OBLIGATION_OPEN};
    size_t seed_count = 0;
    struct clock_counted counted = {.next = 0};
    const struct act *listed[ACTS_MOST];
    struct obligation_case kase = {
        .counted = &counted,
        .procedure = procedure,
        .opening = opening,
        .acts = listed,
        .act_count = count,
        .parties = parties,
        .party_count = 3,
        .calendar = fixture.calendar,
        .heard = heard,
        .heard_count = heard == NULL ? 0 : 1,
        .now = now,
    };

    assert_true(count <= ACTS_MOST);
    for (size_t i = 0; i < count; i++) {
        listed[i] = &acts[i];
    }
    assert_true(opening_list(procedure, opening, fixture.arena, &seeds, &seed_count));
    for (size_t i = 0; i < seed_count; i++) {
        if (strcmp(seeds[i].duty->id, duty) == 0) {
            kase.seed = &seeds[i];
            assert_int_equal(obligation_judge(&kase, fixture.arena, &obligation),
                             OBLIGATION_JUDGED);
            return obligation;
        }
    }
    fail_msg("nothing opens %s", duty);
    return obligation;
}

static struct obligation judge(const struct procedure *procedure, const char *duty,
                               const struct act *opening, const struct act *acts, size_t count,
                               const char *now)
{
    return judge_heard(procedure, duty, opening, acts, count, NULL, law_text_instant(now));
}

static struct act discovery(void)
{
    struct act act = act_of(0, "lead.discovered", TOWN, "2025-09-10T09:00:00");

    act.to_count = 0;
    return act;
}

// An extension in the town's name that reaches the bureau at `told`.
static struct act extension(unsigned number, const char *told, const char *until,
                            struct arrival *arrival, struct law_pair *pair)
{
    struct act act = act_of(number, "lead.assessment", TOWN, told);

    *arrival = (struct arrival){BUREAU, law_text_instant(told)};
    *pair = (struct law_pair){
        "held_at", arena_format(fixture.arena, "%lld", (long long)law_text_instant(until))};
    act.arrivals = arrival;
    act.arrival_count = 1;
    act.pairs = pair;
    act.pair_count = 1;
    return act;
}

static void notice_opens_its_own_notification_the_assessment_and_the_signatures(void **state)
{
    struct act notice = act_of(1, "lead.notice", TOWN, "2025-09-10T10:00:00");
    struct obligation_seed *seeds = NULL;
    size_t count = 0;

    (void)state;
    notice.to = to_both;
    notice.to_count = 2;
    assert_true(opening_list(fixture.yecheng, &notice, fixture.arena, &seeds, &count));
    assert_int_equal(count, 5);
    assert_string_equal(seeds[0].duty->id, "YC-1.1.1");
    assert_int_equal(seeds[0].addressee_count, 2);
    assert_string_equal(seeds[1].duty->id, "YC-1.1.2");
    assert_int_equal(seeds[1].slot, 0);
    assert_string_equal(seeds[1].debtors[0], TOWN);
    assert_string_equal(seeds[1].debtors[1], BUREAU);
    assert_int_equal(seeds[2].slot, 1);
    assert_string_equal(seeds[2].debtors[1], OTHER);
    assert_string_equal(seeds[3].duty->id, "sign-for");
    assert_string_equal(seeds[3].debtors[0], BUREAU);
    assert_string_equal(seeds[3].addressees[0], TOWN);
    assert_string_equal(seeds[4].debtors[0], OTHER);
}

static void identity_is_the_digest_the_protocol_says(void **state)
{
    const struct act notice = act_of(1, "lead.notice", TOWN, "2025-09-10T10:00:00");
    struct obligation_seed seed;
    struct digest id;
    uint8_t text[256] = "liaison-duty-01";
    size_t size = 16;
    struct digest expected;

    (void)state;
    memcpy(text + size, fixture.yecheng->digest.bytes, 32);
    size += 32;
    size += (size_t)sprintf((char *)text + size, "\x08YC-1.1.2\x0fyecheng-jiazhen");
    memcpy(text + size, ids[1], ID_BYTES);
    size += ID_BYTES;
    size += (size_t)sprintf((char *)text + size, "\x02\x0fyecheng-jiazhen\x0cyecheng-scjg");
    hash_sm3((struct bytes){text, size}, &expected);
    assert_true(opening_seed(procedure_duty(fixture.yecheng, "YC-1.1.2"), &notice, 0, fixture.arena, &seed));
    obligation_make_id(&fixture.yecheng->digest, &seed, &notice, &id);
    assert_memory_equal(&id, &expected, sizeof expected);
}

static void statements_that_can_change_a_duty_concern_it_and_others_do_not(void **state)
{
    const struct duty_rule *notify = procedure_duty(fixture.yecheng, "YC-1.1.1");
    const struct duty_rule *assess = procedure_duty(fixture.yecheng, "YC-1.1.2");
    const struct duty_rule *sign = procedure_duty(fixture.yecheng, "sign-for");
    struct act confirm = act_of(1, "confirm", TOWN, "2025-09-10T10:00:00");
    struct act notice = act_of(1, "lead.notice", TOWN, "2025-09-10T10:00:00");
    struct act acknowledgement = act_of(1, "acknowledgement", TOWN, "2025-09-10T10:00:00");
    struct act note = act_of(1, "note", TOWN, "2025-09-10T10:00:00");
    struct act assessment = act_of(1, "lead.assessment", TOWN, "2025-09-10T10:00:00");

    (void)state;
    assert_true(obligation_concerns(notify, &notice));
    assert_true(obligation_concerns(notify, &confirm)); // of a notice by telephone
    assert_true(obligation_concerns(assess, &confirm));
    assert_false(obligation_concerns(sign, &confirm));
    assert_false(obligation_concerns(sign, &acknowledgement)); // replies to nothing
    acknowledgement.reply_author = BUREAU;
    assert_true(obligation_concerns(sign, &acknowledgement));
    assert_true(obligation_concerns_kind(sign, "acknowledgement"));
    assert_false(obligation_concerns_kind(sign, "recall")); // asked about as what it takes back
    assert_false(obligation_concerns(assess, &note));
    assert_true(obligation_concerns(procedure_duty(fixture.extras, "X-1"), &assessment));
    assessment.drill = true;
    assert_false(obligation_concerns(assess, &assessment));
}

static void extension_told_in_time_replaces_the_due(void **state)
{
    const struct act opening = discovery();
    struct arrival arrival;
    struct law_pair pair;
    const struct act told =
        extension(1, "2025-09-15T23:59:59", "2025-09-19T18:00:00", &arrival, &pair);
    const struct obligation obligation =
        judge(fixture.extras, "X-1", &opening, &told, 1, "2025-09-18T00:00:00");

    (void)state;
    assert_int_equal(obligation.state, OBLIGATION_EXTENDED);
    assert_int_equal(obligation.due.due_at, law_text_instant("2025-09-19T18:00:00"));
    assert_int_equal(obligation.extended_to, obligation.due.due_at);
    assert_int_equal(obligation.due.amber_at, law_text_instant("2025-09-19T00:00:00"));
    assert_int_equal(obligation.light, LIGHT_GREEN);
    assert_int_equal(judge(fixture.extras, "X-1", &opening, &told, 1, "2025-09-19T18:00:01").state,
                     OBLIGATION_UNHEARD);
}

static void extension_told_a_second_late_changes_nothing(void **state)
{
    const struct act opening = discovery();
    struct arrival arrival;
    struct law_pair pair;
    const struct act told =
        extension(1, "2025-09-16T00:00:00", "2025-09-19T18:00:00", &arrival, &pair);
    const struct obligation obligation =
        judge(fixture.extras, "X-1", &opening, &told, 1, "2025-09-18T00:00:00");

    (void)state;
    assert_int_equal(obligation.state, OBLIGATION_UNHEARD);
    assert_int_equal(obligation.extended_to, 0);
}

// The second is in time only because of the first, however they are listed; the third is shorter
// and ignored.
static void extensions_chain_in_time_order(void **state)
{
    const struct act opening = discovery();
    struct arrival arrivals[3];
    struct law_pair pairs[3];
    const struct act first =
        extension(1, "2025-09-15T10:00:00", "2025-09-19T18:00:00", &arrivals[0], &pairs[0]);
    const struct act second =
        extension(2, "2025-09-19T10:00:00", "2025-09-24T18:00:00", &arrivals[1], &pairs[1]);
    const struct act third =
        extension(3, "2025-09-20T10:00:00", "2025-09-21T18:00:00", &arrivals[2], &pairs[2]);
    const struct act listed[] = {third, second, first};
    const struct obligation obligation =
        judge(fixture.extras, "X-1", &opening, listed, 3, "2025-09-18T00:00:00");

    (void)state;
    assert_int_equal(obligation.state, OBLIGATION_EXTENDED);
    assert_int_equal(obligation.extended_to, law_text_instant("2025-09-24T18:00:00"));
    assert_int_equal(
        judge(fixture.extras, "X-1", &opening, &second, 1, "2025-09-18T00:00:00").extended_to, 0);
}

static void extension_to_the_same_second_is_none(void **state)
{
    const struct act opening = discovery();
    struct arrival arrival;
    struct law_pair pair;
    const struct act told =
        extension(1, "2025-09-15T10:00:00", "2025-09-15T23:59:59", &arrival, &pair);

    (void)state;
    assert_int_equal(
        judge(fixture.extras, "X-1", &opening, &told, 1, "2025-09-15T11:00:00").extended_to, 0);
}

static void extended_hours_turn_amber_in_the_last_quarter_of_the_whole(void **state)
{
    const struct act opening = discovery();
    struct arrival arrival;
    struct law_pair pair;
    const struct act told =
        extension(1, "2025-09-10T12:00:00", "2025-09-12T09:00:00", &arrival, &pair);

    (void)state;
    assert_int_equal(
        judge(fixture.extras, "X-3", &opening, &told, 1, "2025-09-10T13:00:00").due.amber_at,
        law_text_instant("2025-09-11T21:00:00"));
}

static void extension_by_somebody_else_is_none(void **state)
{
    const struct act opening = discovery();
    struct arrival arrival;
    struct law_pair pair;
    struct act told = extension(1, "2025-09-15T10:00:00", "2025-09-19T18:00:00", &arrival, &pair);

    (void)state;
    told.author = BUREAU;
    assert_int_equal(
        judge(fixture.extras, "X-1", &opening, &told, 1, "2025-09-15T11:00:00").extended_to, 0);
}

static void at_once_turns_red_after_an_hour_and_is_never_late(void **state)
{
    const struct act opening = discovery();
    struct act notice = act_of(1, "lead.notice", TOWN, "2025-09-20T10:00:00");
    const struct arrival arrival = {BUREAU, law_text_instant("2025-09-20T10:00:01")};
    struct obligation obligation =
        judge(fixture.extras, "X-2", &opening, NULL, 0, "2025-09-10T09:59:59");

    (void)state;
    assert_int_equal(obligation.light, LIGHT_GREEN);
    assert_int_equal(obligation.next_at, law_text_instant("2025-09-10T10:00:00"));
    obligation = judge(fixture.extras, "X-2", &opening, NULL, 0, "2025-09-10T10:00:00");
    assert_int_equal(obligation.state, OBLIGATION_OPEN);
    assert_int_equal(obligation.light, LIGHT_RED);
    assert_int_equal(obligation.due.outcome, CLOCK_NONE);
    assert_int_equal(obligation.next_at, 0);
    notice.arrivals = &arrival;
    notice.arrival_count = 1;
    obligation = judge(fixture.extras, "X-2", &opening, &notice, 1, "2025-09-21T10:00:00");
    assert_int_equal(obligation.state, OBLIGATION_MET);
}

// What is sealed within the due second is on time, so only a mark from its end on tells of silence.
static void mark_must_reach_the_end_of_the_due_second(void **state)
{
    const struct act found = discovery();
    const int64_t due = judge(fixture.extras, "X-3", &found, NULL, 0, "2025-09-10T10:00:00").due.due_at;
    struct arrival heard = {TOWN, due + 998};

    (void)state;
    assert_int_equal(due, law_text_instant("2025-09-11T09:00:00"));
    assert_int_equal(judge_heard(fixture.extras, "X-3", &found, NULL, 0, &heard, due + 5000).state, OBLIGATION_UNHEARD);
    heard.at++;
    assert_int_equal(judge_heard(fixture.extras, "X-3", &found, NULL, 0, &heard, due + 999).state, OBLIGATION_OPEN);
    assert_int_equal(judge_heard(fixture.extras, "X-3", &found, NULL, 0, &heard, due + 1000).state, OBLIGATION_OVERDUE);
}

static void act_that_counts_earliest_meets_the_duty_however_they_are_listed(void **state)
{
    const struct act found = discovery();
    const struct arrival arrivals[] = {{BUREAU, law_text_instant("2025-09-10T12:00:00")},
                                       {BUREAU, law_text_instant("2025-09-10T11:00:00")}};
    struct act notices[] = {act_of(1, "lead.notice", TOWN, "2025-09-10T10:00:00"),
                            act_of(2, "lead.notice", TOWN, "2025-09-10T10:30:00")};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        notices[i].arrivals = &arrivals[i];
        notices[i].arrival_count = 1;
    }
    for (size_t i = 0; i < 2; i++) {
        const struct obligation met = judge(fixture.extras, "X-3", &found, notices, 2, "2025-09-10T13:00:00");
        const struct act first = notices[0];

        assert_int_equal(met.state, OBLIGATION_MET);
        assert_int_equal(met.met_at, arrivals[1].at);
        assert_int_equal(met.met_by, 2);
        notices[0] = notices[1];
        notices[1] = first;
    }
}

static void declared_time_of_a_fact_starts_the_period(void **state)
{
    struct act opening = discovery();

    (void)state;
    opening.occurred_at = law_text_instant("2025-09-08T17:00:00");
    assert_int_equal(
        judge(fixture.extras, "X-1", &opening, NULL, 0, "2025-09-10T13:00:00").due.due_at,
        law_text_instant("2025-09-11T23:59:59"));
}

static void impossible_instants_in_law_pairs_count_as_absent(void **state)
{
    static const char *const bad[] = {"", "-5", "99999999999999999999", "1e9", " 1", "0"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct law_pair pair = {"discovered_at", bad[i]};
        struct act notice = act_of(1, "lead.notice", TOWN, "2025-09-10T10:00:00");

        notice.pairs = &pair;
        notice.pair_count = 1;
        assert_int_equal(
            judge(fixture.yecheng, "YC-1.1.1", &notice, NULL, 0, "2025-09-10T10:00:00").start_at,
            notice.sealed_at);
    }
}

static void opening_listed_among_the_acts_is_not_counted_twice(void **state)
{
    const struct arrival arrival = {BUREAU, law_text_instant("2025-09-10T10:00:01")};
    struct act notice = act_of(1, "lead.notice", TOWN, "2025-09-10T10:00:00");
    struct obligation alone;
    struct obligation listed;

    (void)state;
    notice.arrivals = &arrival;
    notice.arrival_count = 1;
    alone = judge(fixture.yecheng, "YC-1.1.1", &notice, NULL, 0, "2025-09-10T11:00:00");
    listed = judge(fixture.yecheng, "YC-1.1.1", &notice, &notice, 1, "2025-09-10T11:00:00");
    assert_int_equal(alone.state, OBLIGATION_MET);
    assert_int_equal(listed.state, OBLIGATION_MET);
    assert_int_equal(alone.met_by, 1);
    assert_int_equal(listed.met_by, 1);
}

// The bureau's calendar is known and ends later; the town's is not, and might end later still.
static void later_due_of_a_joint_duty_is_as_unsure_as_the_other(void **state)
{
    static const char text[] = "coverage,cn,,2025,known,\ncoverage,a,11,2025,known,\n"
                               "coverage,b,65,2025,missing,\nday,a,2025-09-11,holiday,甲,\n";
    const struct arrival arrival = {BUREAU, law_text_instant("2025-09-10T10:00:01")};
    const struct party mixed[] = {{BUREAU, "110000"}, {TOWN, "650000"}};
    struct act notice = act_of(1, "lead.notice", TOWN, "2025-09-10T10:00:00");
    struct obligation_seed *seeds = NULL;
    struct calendar *calendar = NULL;
    struct law_fault fault;
    struct obligation obligation;
    size_t count = 0;

    (void)state;
    notice.arrivals = &arrival;
    notice.arrival_count = 1;
    assert_int_equal(calendar_parse(law_text_of(text), &calendar, &fault), LAW_OK);
    assert_true(opening_list(fixture.yecheng, &notice, fixture.arena, &seeds, &count));
    assert_int_equal(obligation_judge(&(struct obligation_case){.counted = &(struct clock_counted){.next = 0}, .procedure = fixture.yecheng,
                                                                .seed = &seeds[1],
                                                                .opening = &notice,
                                                                .parties = mixed,
                                                                .party_count = 2,
                                                                .calendar = calendar,
                                                                .now = arrival.at},
                                      fixture.arena, &obligation),
                     OBLIGATION_JUDGED);
    assert_int_equal(obligation.due.outcome, CLOCK_EARLIEST);
    assert_int_equal(obligation.due.due_at, law_text_instant("2025-09-16T23:59:59"));
    assert_string_equal(obligation.region, "110000");
    calendar_free(&calendar);
}

// In 2026 the regional layer is missing, so the due is a lower bound that an extension may miss and
// still be in time.
static void extension_of_a_due_that_is_only_earliest_leaves_it_earliest(void **state)
{
    struct act opening = act_of(0, "lead.discovered", TOWN, "2026-05-25T15:00:00");
    const struct party yecheng = {TOWN, "653126"};
    struct arrival arrival;
    struct law_pair pair;
    const struct act told =
        extension(1, "2026-05-29T10:00:00", "2026-06-05T18:00:00", &arrival, &pair);
    struct obligation_seed *seeds = NULL;
    struct obligation obligation;
    size_t count = 0;

    (void)state;
    opening.to_count = 0;
    assert_true(opening_list(fixture.extras, &opening, fixture.arena, &seeds, &count));
    assert_int_equal(obligation_judge(&(struct obligation_case){.counted = &(struct clock_counted){.next = 0}, .procedure = fixture.extras,
                                                                .seed = &seeds[0],
                                                                .opening = &opening,
                                                                .acts = &(const struct act *){&told},
                                                                .act_count = 1,
                                                                .parties = &yecheng,
                                                                .party_count = 1,
                                                                .calendar = fixture.calendar,
                                                                .now = arrival.at},
                                      fixture.arena, &obligation),
                     OBLIGATION_JUDGED);
    assert_int_equal(obligation.due.outcome, CLOCK_EARLIEST);
    assert_int_equal(obligation.due.due_at, law_text_instant("2026-06-05T18:00:00"));
}

static void joint_act_counts_when_the_other_debtor_has_it(void **state)
{
    const struct arrival arrival = {BUREAU, law_text_instant("2025-09-10T10:00:01")};
    const struct arrival had = {BUREAU, law_text_instant("2025-09-11T10:00:01")};
    struct act notice = act_of(1, "lead.notice", TOWN, "2025-09-10T10:00:00");
    struct act record = act_of(2, "lead.assessment", TOWN, "2025-09-11T10:00:00");
    struct obligation obligation;

    (void)state;
    notice.arrivals = &arrival;
    notice.arrival_count = 1;
    record.arrivals = &had;
    record.arrival_count = 1;
    obligation = judge(fixture.extras, "X-4", &notice, &record, 1, "2025-09-12T00:00:00");
    assert_int_equal(obligation.state, OBLIGATION_MET);
    assert_int_equal(obligation.met_at, had.at);
}

static void withdrawn_before_it_arrived_has_no_due(void **state)
{
    struct act notice = act_of(1, "lead.notice", TOWN, "2025-09-10T10:00:00");
    struct obligation obligation;

    (void)state;
    notice.recalled = true;
    obligation = judge(fixture.yecheng, "YC-1.1.2", &notice, NULL, 0, "2025-09-10T11:00:00");
    assert_int_equal(obligation.state, OBLIGATION_WITHDRAWN);
    assert_int_equal(obligation.start_at, 0);
    assert_int_equal(obligation.due.outcome, CLOCK_NONE);
    assert_int_equal(obligation.next_at, 0);
}

static void full_arena_is_an_outcome(void **state)
{
    const struct act notice = act_of(1, "lead.notice", TOWN, "2025-09-10T10:00:00");
    struct obligation_seed *seeds = NULL;
    struct arena *small = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(arena_new(64, &small), 0);
    assert_false(opening_list(fixture.yecheng, &notice, small, &seeds, &count));
    arena_free(&small);
}

static void every_state_and_light_has_words(void **state)
{
    (void)state;
    for (int i = OBLIGATION_OPEN; i <= OBLIGATION_ENDED; i++) {
        assert_true(obligation_state_name((enum obligation_state)i)[0] != '\0');
        assert_true(obligation_state_title((enum obligation_state)i)[0] != '\0');
    }
    for (int i = LIGHT_NONE; i <= LIGHT_RED; i++) {
        assert_true(obligation_state_light((enum obligation_light)i)[0] != '\0');
    }
    assert_string_equal(obligation_state_name(OBLIGATION_MET_LATE), "met-late");
    assert_true(obligation_state_is_closed(OBLIGATION_WITHDRAWN));
    assert_false(obligation_state_is_closed(OBLIGATION_UNHEARD));
}

static unsigned next_random(uint64_t *random, unsigned below)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*random >> 33) % below;
}

// Ten statements of any kind, by anybody, to anybody, about anything, within ten days.
static void fill_acts(struct act *acts, struct arrival *arrivals, struct law_pair *pairs,
                      uint64_t *random)
{
    static const char *const kinds[] = {"lead.notice", "lead.assessment", "confirm",
                                        "acknowledgement", "confirm"};
    static const char *const agencies[] = {BUREAU, TOWN, OTHER};
    static const char *const verdicts[] = {"confirmed", "contested"};
    const int64_t base = law_text_instant("2025-09-10T10:00:00");

    for (unsigned i = 0; i < 10; i++) {
        const unsigned to = next_random(random, 2);

        acts[i] = act_of(i + 2, kinds[next_random(random, 5)], agencies[next_random(random, 3)],
                         "2025-09-10T10:00:00");
        acts[i].sealed_at = base + (int64_t)next_random(random, 240) * 3600000;
        acts[i].recalled = next_random(random, 8) == 0;
        acts[i].drill = next_random(random, 8) == 0;
        acts[i].reply_author = agencies[next_random(random, 3)];
        acts[i].reply_id = (struct bytes){ids[1 + next_random(random, 11)], ID_BYTES};
        arrivals[2 * i] =
            (struct arrival){agencies[to], acts[i].sealed_at + 1000 * next_random(random, 4)};
        arrivals[2 * i + 1] = (struct arrival){agencies[to + 1], acts[i].sealed_at + 5000};
        acts[i].arrivals = &arrivals[2 * i];
        acts[i].arrival_count = next_random(random, 3);
        pairs[3 * i] = (struct law_pair){"verdict", verdicts[next_random(random, 2)]};
        pairs[3 * i + 1] =
            (struct law_pair){"channel", next_random(random, 2) == 0 ? "phone" : "platform"};
        pairs[3 * i + 2] = (struct law_pair){"notified_at", "1757500000000"};
        acts[i].pairs = &pairs[3 * i];
        acts[i].pair_count = 3;
    }
}

static void no_order_of_statements_changes_a_verdict(void **state)
{
    static const char *const duties[] = {"YC-1.1.1", "YC-1.1.2", "sign-for"};
    const struct arrival arrived = {BUREAU, law_text_instant("2025-09-10T10:00:01")};
    struct act notice = act_of(1, "lead.notice", TOWN, "2025-09-10T10:00:00");
    uint64_t random = 7;
    unsigned seen[OBLIGATION_ENDED + 1] = {0};

    (void)state;
    notice.arrivals = &arrived;
    for (unsigned round = 0; round < 600; round++) {
        const char *duty = duties[round % 3];
        struct act acts[10];
        struct arrival arrivals[20];
        struct law_pair pairs[30];
        struct obligation first;

        fill_acts(acts, arrivals, pairs, &random);
        notice.arrival_count = round % 3 == 0 ? 0 : 1;
        first = judge(fixture.yecheng, duty, &notice, acts, 10, "2025-09-13T00:00:00");
        seen[first.state]++;
        for (unsigned i = 0; i < 200; i++) {
            const unsigned left = next_random(&random, 10);
            const unsigned right = next_random(&random, 10);
            const struct act kept = acts[left];
            struct obligation again;

            acts[left] = acts[right];
            acts[right] = kept;
            again = judge(fixture.yecheng, duty, &notice, acts, 10, "2025-09-13T00:00:00");
            assert_int_equal(again.state, first.state);
            assert_int_equal(again.light, first.light);
            assert_int_equal(again.met_at, first.met_at);
            assert_int_equal(again.met_by, first.met_by);
            assert_int_equal(again.owing_count, first.owing_count);
            assert_int_equal(again.next_at, first.next_at);
        }
        arena_reset(fixture.arena);
    }
    // The statements must have been mixed enough to reach the interesting verdicts at all.
    assert_true(seen[OBLIGATION_MET] > 0 && seen[OBLIGATION_ONE_SIDED] > 0 &&
                seen[OBLIGATION_DISPUTED] > 0);
}

static int set_up(void **state)
{
    struct law_fault fault = {0};

    (void)state;
    fixture.calendar = law_text_calendar();
    fixture.yecheng = law_text_procedure();
    if (procedure_parse(law_text_of(extras), &fixture.extras, &fault) != LAW_OK) {
        fail_msg("line %u: %s", fault.line, fault.text);
    }
    return arena_new(16 << 20, &fixture.arena);
}

static int tear_down(void **state)
{
    (void)state;
    calendar_free(&fixture.calendar);
    procedure_free(&fixture.yecheng);
    procedure_free(&fixture.extras);
    arena_free(&fixture.arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notice_opens_its_own_notification_the_assessment_and_the_signatures),
        cmocka_unit_test(identity_is_the_digest_the_protocol_says),
        cmocka_unit_test(statements_that_can_change_a_duty_concern_it_and_others_do_not),
        cmocka_unit_test(extension_told_in_time_replaces_the_due),
        cmocka_unit_test(extension_told_a_second_late_changes_nothing),
        cmocka_unit_test(extensions_chain_in_time_order),
        cmocka_unit_test(extension_to_the_same_second_is_none),
        cmocka_unit_test(later_due_of_a_joint_duty_is_as_unsure_as_the_other),
        cmocka_unit_test(extended_hours_turn_amber_in_the_last_quarter_of_the_whole),
        cmocka_unit_test(extension_by_somebody_else_is_none),
        cmocka_unit_test(at_once_turns_red_after_an_hour_and_is_never_late),
        cmocka_unit_test(mark_must_reach_the_end_of_the_due_second),
        cmocka_unit_test(act_that_counts_earliest_meets_the_duty_however_they_are_listed),
        cmocka_unit_test(declared_time_of_a_fact_starts_the_period),
        cmocka_unit_test(impossible_instants_in_law_pairs_count_as_absent),
        cmocka_unit_test(opening_listed_among_the_acts_is_not_counted_twice),
        cmocka_unit_test(extension_of_a_due_that_is_only_earliest_leaves_it_earliest),
        cmocka_unit_test(joint_act_counts_when_the_other_debtor_has_it),
        cmocka_unit_test(withdrawn_before_it_arrived_has_no_due),
        cmocka_unit_test(full_arena_is_an_outcome),
        cmocka_unit_test(every_state_and_light_has_words),
        cmocka_unit_test(no_order_of_statements_changes_a_verdict),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
