// SPDX-License-Identifier: Apache-2.0
//
// Runs tests/rules/*.case, tables that a lawyer can read; tests/rules/README.md describes their
// language. Each case is a test of its own. Every expectation is judged with the statements in the
// order of the file and then in 200 shuffled orders, which must all give the same obligation to the
// last byte.
#include "unit/law_text.h"

#include "wire/kinds.h"

#include "law/instant.h"

#include <glob.h>

enum {
    WORD_LIMIT = 48,
    PROCEDURE_LIMIT = 16,
    PARTY_LIMIT = 8,
    ACT_LIMIT = 32,
    CHECK_LIMIT = 16,
    CASE_LIMIT = 2000,
    SHUFFLES = 200,
    RULES_ARENA_BYTES = 64 << 20,
};

// One line, cut at blanks.
struct line {
    const char *file;
    unsigned number;
    char *words[WORD_LIMIT];
    size_t count;
};

struct named_act {
    const char *name;
    struct act act;
    struct arrival arrivals[PARTY_LIMIT];
    struct law_pair pairs[12];
    const char *to[PARTY_LIMIT];
    struct citation citations[4];
    uint8_t id[ID_BYTES];
};

struct scenario {
    const char *title;
    const char *file;
    const struct procedure *procedure;
    struct act_party members[PARTY_LIMIT];
    struct party parties[PARTY_LIMIT];
    size_t party_count;
    struct arrival heard[PARTY_LIMIT];
    size_t heard_count;
    struct named_act acts[ACT_LIMIT];
    size_t act_count;
    struct line checks[CHECK_LIMIT];
    size_t check_count;
};

struct rules {
    struct arena *arena; // what lives as long as the program
    struct arena *turn;  // what one judgement takes
    struct calendar *calendar;
    const char *procedure_id; // of the cases that are read now
    struct procedure *procedures[PROCEDURE_LIMIT];
    size_t procedure_count;
    struct scenario *scenarios;
    size_t scenario_count;
};

static struct rules rules;

#define must_read(condition, line, text)                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%u: %s\n", (line)->file, (line)->number, text);                    \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

// The word after `key`; NULL if the line does not have it.
static const char *value_of(const struct line *line, const char *key)
{
    for (size_t i = 1; i + 1 < line->count; i++) {
        if (strcmp(line->words[i], key) == 0) {
            return line->words[i + 1];
        }
    }
    return NULL;
}

static int has_word(const struct line *line, const char *word)
{
    for (size_t i = 1; i < line->count; i++) {
        if (strcmp(line->words[i], word) == 0) {
            return 1;
        }
    }
    return 0;
}

static const char *needed(const struct line *line, const char *key)
{
    const char *value = value_of(line, key);

    must_read(value != NULL, line, key);
    return value;
}

static int64_t instant_of(const struct line *line, const char *key)
{
    char text[64];
    int64_t instant = 0;

    snprintf(text, sizeof text, "%s+08:00", needed(line, key));
    must_read(instant_parse(text, &instant), line, "时间写作 2025-09-10T10:00:00");
    return instant;
}

static struct named_act *find_act(struct scenario *scenario, const struct line *line,
                                  const char *name)
{
    for (size_t i = 0; i < scenario->act_count; i++) {
        if (strcmp(scenario->acts[i].name, name) == 0) {
            return &scenario->acts[i];
        }
    }
    must_read(0, line, "没有这件文书");
    return NULL;
}

static struct named_act *add_act(struct scenario *scenario, const struct line *line,
                                 const char *name, const char *kind)
{
    struct named_act *added = &scenario->acts[scenario->act_count++];

    must_read(scenario->act_count <= ACT_LIMIT, line, "文书过多");
    added->name = name;
    added->id[15] = (uint8_t)scenario->act_count;
    added->act = (struct act){
        .position = scenario->act_count,
        .author = needed(line, "由"),
        .id = {added->id, ID_BYTES},
        .kind = kind,
        .to = added->to,
        .sealed_at = instant_of(line, "于"),
        .citations = added->citations,
        .parties = scenario->members, // as many as the case has, when it is judged
        .pairs = added->pairs,
        .arrivals = added->arrivals,
    };
    return added;
}

static void add_pair(struct named_act *added, const char *name, const char *value)
{
    added->pairs[added->act.pair_count++] = (struct law_pair){name, value};
}

static void add_instant(struct named_act *added, const struct line *line, const char *key,
                        const char *name)
{
    if (value_of(line, key) != NULL) {
        add_pair(added, name, arena_format(rules.arena, "%lld", (long long)instant_of(line, key)));
    }
}

// Agencies stand between 、, which is three bytes, so strsep would cut other characters to pieces.
static void add_addressees(struct named_act *added, const struct line *line)
{
    const char *given = value_of(line, "致");
    char *rest = given == NULL ? NULL : arena_copy_text(rules.arena, given);

    while (rest != NULL) {
        char *comma = strstr(rest, "、");

        must_read(added->act.to_count < PARTY_LIMIT, line, "主送机关过多");
        added->to[added->act.to_count++] = rest;
        if (comma != NULL) {
            *comma = '\0';
        }
        rest = comma == NULL ? NULL : comma + strlen("、");
    }
}

// closed_at=2025-09-10T10:00:00, opinion=agreed
static void add_given_pairs(struct named_act *added, const struct line *line)
{
    for (size_t i = 3; i < line->count; i++) {
        char *sign = strchr(line->words[i], '=');
        char text[64];
        int64_t instant;

        if (sign == NULL) {
            continue;
        }
        must_read(added->act.pair_count < sizeof added->pairs / sizeof added->pairs[0], line,
                  "要素过多");
        snprintf(text, sizeof text, "%s+08:00", sign + 1);
        add_pair(added,
                 arena_format(rules.arena, "%.*s", (int)(sign - line->words[i]), line->words[i]),
                 instant_parse(text, &instant)
                     ? arena_format(rules.arena, "%lld", (long long)instant)
                     : sign + 1);
    }
}

// A statement of the case, or any of a kind.
static void add_citation(struct scenario *scenario, struct named_act *added, const char *cited)
{
    struct citation *citation = &added->citations[added->act.citation_count++];

    *citation = (struct citation){.kind = cited, .author = ""};
    for (size_t i = 0; i < scenario->act_count; i++) {
        if (strcmp(scenario->acts[i].name, cited) == 0) {
            citation->kind = scenario->acts[i].act.kind;
            citation->author = scenario->acts[i].act.author;
        }
    }
}

// 发出 NAME KIND 由 A 致 B 于 T [紧急] [演练] [答复 NAME] [引用 KIND] [发现时间 T] [告知时间 T] [审核通过 T] [方式 W]
static void read_sent(struct scenario *scenario, const struct line *line)
{
    struct named_act *added;
    const struct named_act *replied;

    must_read(line->count >= 3 && kinds_find(line->words[2]) != NULL, line, "没有这种文书");
    added = add_act(scenario, line, line->words[1], line->words[2]);
    add_addressees(added, line);
    added->act.urgent = has_word(line, "紧急");
    added->act.drill = has_word(line, "演练");
    added->act.occurred_at = value_of(line, "事发") == NULL ? 0 : instant_of(line, "事发");
    add_instant(added, line, "发现时间", "discovered_at");
    add_instant(added, line, "告知时间", "notified_at");
    add_instant(added, line, "审核通过", "checked_at");
    if (value_of(line, "方式") != NULL) {
        add_pair(added, "channel",
                 strcmp(value_of(line, "方式"), "电话") == 0 ? "phone" : "platform");
    }
    add_given_pairs(added, line);
    if (value_of(line, "引用") != NULL) {
        add_citation(scenario, added, value_of(line, "引用"));
    }
    if (value_of(line, "答复") != NULL) {
        replied = find_act(scenario, line, value_of(line, "答复"));
        added->act.reply_author = replied->act.author;
        added->act.reply_id = replied->act.id;
        added->act.reply_kind = replied->act.kind;
        add_citation(scenario, added, replied->name);
    }
}

// 确认 NAME 由 A 于 T [名为 NAME] [演练], 异议 likewise
static void read_confirm(struct scenario *scenario, const struct line *line)
{
    const struct named_act *record = find_act(scenario, line, line->words[1]);
    const char *name = value_of(line, "名为");
    struct named_act *added = add_act(scenario, line, name == NULL ? "" : name, "confirm");

    added->act.drill = has_word(line, "演练");
    added->to[0] = record->act.author;
    added->act.to_count = 1;
    added->act.reply_author = record->act.author;
    added->act.reply_id = record->act.id;
    add_pair(added, "verdict", strcmp(line->words[0], "确认") == 0 ? "confirmed" : "contested");
}

static void read_arrival(struct scenario *scenario, const struct line *line)
{
    struct named_act *act = find_act(scenario, line, line->words[1]);

    act->arrivals[act->act.arrival_count++] =
        (struct arrival){needed(line, "在"), instant_of(line, "于")};
}

static void read_fact(struct scenario *scenario, const struct line *line)
{
    const char *verb = line->words[0];

    must_read(line->count >= 2, line, "缺少内容");
    if (strcmp(verb, "机关") == 0) {
        must_read(scenario->party_count < PARTY_LIMIT, line, "机关过多");
        scenario->members[scenario->party_count] = (struct act_party){
            line->words[1], value_of(line, "角色") == NULL ? "" : value_of(line, "角色"),
            value_of(line, "行业") == NULL ? "" : value_of(line, "行业")};
        scenario->parties[scenario->party_count++] =
            (struct party){line->words[1], needed(line, "区划")};
    } else if (strcmp(verb, "发出") == 0 || strcmp(verb, "登记") == 0) {
        read_sent(scenario, line);
    } else if (strcmp(verb, "到达") == 0) {
        read_arrival(scenario, line);
    } else if (strcmp(verb, "确认") == 0 || strcmp(verb, "异议") == 0) {
        read_confirm(scenario, line);
    } else if (strcmp(verb, "撤回") == 0) {
        find_act(scenario, line, line->words[1])->act.recalled = true;
    } else if (strcmp(verb, "听取") == 0) {
        scenario->heard[scenario->heard_count++] =
            (struct arrival){line->words[1], instant_of(line, "至")};
    } else {
        must_read(0, line, "不认识的词");
    }
}

static int is_check(const struct line *line)
{
    static const char *const verbs[] = {"应", "不产生", "期间"};

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(line->words[0], verbs[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static const struct procedure *find_procedure(const struct line *line, const char *id)
{
    for (size_t i = 0; i < rules.procedure_count; i++) {
        if (strcmp(rules.procedures[i]->id, id) == 0) {
            return rules.procedures[i];
        }
    }
    must_read(0, line, "没有这部规程");
    return NULL;
}

static void begin_case(const struct line *line)
{
    must_read(line->count == 2, line, "案例的名称中没有空格");
    must_read(rules.scenario_count < CASE_LIMIT, line, "案例过多");
    rules.scenarios[rules.scenario_count++] = (struct scenario){
        .title = line->words[1],
        .file = line->file,
        .procedure = find_procedure(line, rules.procedure_id),
    };
}

static void read_line(struct line *line)
{
    struct scenario *scenario =
        rules.scenario_count == 0 ? NULL : &rules.scenarios[rules.scenario_count - 1];

    if (line->count == 0 || line->words[0][0] == '#') {
        return;
    }
    if (strcmp(line->words[0], "规程") == 0) {
        must_read(line->count == 2, line, "缺少规程");
        rules.procedure_id = line->words[1];
        return;
    }
    if (strcmp(line->words[0], "案例") == 0) {
        begin_case(line);
        return;
    }
    must_read(scenario != NULL, line, "尚无案例");
    if (is_check(line)) {
        must_read(scenario->check_count < CHECK_LIMIT, line, "结论过多");
        scenario->checks[scenario->check_count++] = *line;
    } else {
        read_fact(scenario, line);
    }
}

static void read_file(const char *path)
{
    struct bytes text = law_text_load(path);
    char *rest = arena_copy_text(rules.arena, (const char *)text.data);
    unsigned number = 0;
    char *words;

    rules.procedure_id = "yecheng-2025";
    while ((words = strsep(&rest, "\n")) != NULL) {
        struct line line = {.file = path, .number = ++number};
        char *word;

        while ((word = strsep(&words, " \t")) != NULL) {
            if (word[0] != '\0') {
                must_read(line.count < WORD_LIMIT, &line, "一行的词过多");
                line.words[line.count++] = word;
            }
        }
        read_line(&line);
    }
    free((void *)text.data);
}

static const char *instant_text(int64_t instant)
{
    char text[INSTANT_TEXT_BYTES];

    if (instant == 0) {
        return "无";
    }
    instant_format(instant, text);
    text[19] = '\0'; // all times of a case are +08:00
    return arena_copy_text(rules.turn, text);
}

static const char *due_text(const struct due *due)
{
    char *text = clock_format_due(due, rules.turn);
    char *offset = strstr(text, "+08:00");

    if (offset != NULL) {
        *offset = '\0';
    }
    return text[0] == '\0' ? "无" : text;
}

static const char *owing_text(const struct obligation *obligation)
{
    char *text =
        arena_copy_text(rules.turn, obligation->owing_count == 0 ? "无" : obligation->owing[0]);

    for (size_t i = 1; i < obligation->owing_count; i++) {
        text = arena_format(rules.turn, "%s、%s", text, obligation->owing[i]);
    }
    return text;
}

static const char *light_text(enum obligation_light light)
{
    switch (light) {
    case LIGHT_NONE:
        return "无";
    case LIGHT_GREEN:
        return "绿";
    case LIGHT_AMBER:
        return "黄";
    case LIGHT_RED:
        return "红";
    }
    return "";
}

static void check_word(const struct line *line, const char *key, const char *actual)
{
    const char *expected = value_of(line, key);

    if (expected != NULL && strcmp(expected, actual) != 0) {
        fail_msg("%s:%u: %s 应为 %s, 实为 %s", line->file, line->number, key, expected, actual);
    }
}

static void check_obligation(const struct line *line, const struct obligation *obligation)
{
    check_word(line, "状态", obligation_state_title(obligation->state));
    check_word(line, "灯", light_text(obligation->light));
    check_word(line, "起算", instant_text(obligation->start_at));
    check_word(line, "届满", due_text(&obligation->due));
    check_word(line, "完成", instant_text(obligation->met_at));
    check_word(line, "尚欠", owing_text(obligation));
    check_word(line, "下次", instant_text(obligation->next_at));
}

static const struct obligation_seed *find_seed(const struct scenario *scenario,
                                               const struct line *line, const struct act *opening)
{
    const char *debtor = value_of(line, "义务人");
    struct obligation_seed *seeds = NULL;
    size_t count = 0;

    assert_true(opening_list(scenario->procedure, opening, rules.turn, &seeds, &count));
    for (size_t i = 0; i < count; i++) {
        int fits = debtor == NULL;

        for (size_t j = 0; j < seeds[i].debtor_count && debtor != NULL; j++) {
            fits = fits || strcmp(seeds[i].debtors[j], debtor) == 0;
        }
        if (fits && strcmp(seeds[i].duty->id, line->words[1]) == 0) {
            return &seeds[i];
        }
    }
    return NULL;
}

// A generator of its own, so that every run shuffles alike.
static unsigned next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33);
}

// Shuffles the acts, and the arrivals of each.
static void shuffle_acts(const struct act **acts, size_t count, uint64_t *random)
{
    for (size_t i = count; i > 1; i--) {
        const size_t other = next_random(random) % i;
        const struct act *kept = acts[i - 1];

        acts[i - 1] = acts[other];
        acts[other] = kept;
    }
    for (size_t i = 0; i < count; i++) {
        struct arrival *arrivals = (struct arrival *)acts[i]->arrivals;

        if (acts[i]->arrival_count > 1) {
            const size_t other = next_random(random) % acts[i]->arrival_count;
            const struct arrival kept = arrivals[0];

            arrivals[0] = arrivals[other];
            arrivals[other] = kept;
        }
    }
}

static void assert_same(const struct line *line, const struct obligation *left,
                        const struct obligation *right)
{
    const int same =
        left->state == right->state &&
        left->light == right->light && left->start_at == right->start_at &&
        left->due.outcome == right->due.outcome && left->due.due_at == right->due.due_at &&
        left->due.amber_at == right->due.amber_at && left->extended_to == right->extended_to &&
        left->met_at == right->met_at && left->met_by == right->met_by &&
        left->next_at == right->next_at && strcmp(owing_text(left), owing_text(right)) == 0;

    if (!same) {
        fail_msg("%s:%u: 结论随到达顺序而变", line->file, line->number);
    }
}

static void check_case(const struct scenario *scenario, const struct line *line,
                       const struct act *opening)
{
    const struct act *acts[ACT_LIMIT];
    struct obligation first;
    uint64_t random = 20250901;
    struct clock_counted counted = {.next = 0};
    struct obligation_case kase = {
        .counted = &counted,
        .procedure = scenario->procedure,
        .seed = find_seed(scenario, line, opening),
        .opening = opening,
        .acts = acts,
        .act_count = scenario->act_count,
        .parties = scenario->parties,
        .party_count = scenario->party_count,
        .heard = scenario->heard,
        .heard_count = scenario->heard_count,
        .calendar = rules.calendar,
        .now = instant_of(line, "看"),
    };

    if (kase.seed == NULL) {
        fail_msg("%s:%u: 没有产生 %s", line->file, line->number, line->words[1]);
    }
    for (size_t i = 0; i < scenario->act_count; i++) {
        acts[i] = &scenario->acts[i].act;
    }
    assert_int_equal(obligation_judge(&kase, rules.turn, &first), OBLIGATION_JUDGED);
    check_obligation(line, &first);
    for (unsigned i = 0; i < SHUFFLES; i++) {
        struct obligation again;

        shuffle_acts(acts, scenario->act_count, &random);
        assert_int_equal(obligation_judge(&kase, rules.turn, &again), OBLIGATION_JUDGED);
        assert_same(line, &first, &again);
    }
}

// 期间 3 workdays 自 T 区划 C 届满 D
static void check_period(const struct line *line)
{
    char text[64] = "";
    struct within within;
    struct due due;

    for (size_t i = 1; i < line->count && strcmp(line->words[i], "自") != 0; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i == 1 ? "" : " ",
                 line->words[i]);
    }
    must_read(clock_parse_within(text, &within), line, "不是期间");
    assert_int_equal(clock_count(rules.calendar, needed(line, "区划"), within,
                                 instant_of(line, "自"), rules.turn, &due),
                     CLOCK_OK);
    check_word(line, "届满", due_text(&due));
    check_word(line, "转黄", instant_text(due.amber_at));
}

static void check_line(struct scenario *scenario, const struct line *line)
{
    const struct act *opening;

    if (strcmp(line->words[0], "期间") == 0) {
        check_period(line);
        return;
    }
    for (size_t i = 0; i < scenario->act_count; i++) {
        scenario->acts[i].act.party_count = scenario->party_count;
    }
    opening = &find_act(scenario, line, needed(line, "因"))->act;
    if (strcmp(line->words[0], "应") == 0) {
        check_case(scenario, line, opening);
    } else if (find_seed(scenario, line, opening) != NULL) {
        fail_msg("%s:%u: 产生了 %s", line->file, line->number, line->words[1]);
    }
}

static void case_holds(void **state)
{
    struct scenario *scenario = *state;

    assert_true(scenario->check_count > 0);
    for (size_t i = 0; i < scenario->check_count; i++) {
        check_line(scenario, &scenario->checks[i]);
        arena_reset(rules.turn);
    }
}

static int run_scenarios(void)
{
    struct CMUnitTest *tests = arena_take_array(rules.arena, rules.scenario_count, sizeof *tests);

    for (size_t i = 0; i < rules.scenario_count; i++) {
        tests[i] = (struct CMUnitTest){
            .name = rules.scenarios[i].title,
            .test_func = case_holds,
            .initial_state = &rules.scenarios[i],
        };
    }
    // The macro counts a fixed array; the number of cases is known only now.
    return _cmocka_run_group_tests("tests/rules", tests, rules.scenario_count, NULL, NULL);
}

static void read_procedures(void)
{
    glob_t found;

    assert_int_equal(glob("conf/procedures.d/*.conf", 0, NULL, &found), 0);
    assert_int_equal(glob("tests/rules/*.conf", GLOB_APPEND, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc && i < PROCEDURE_LIMIT; i++) {
        rules.procedures[rules.procedure_count++] = law_text_procedure_of(found.gl_pathv[i]);
    }
    globfree(&found);
}

int main(void)
{
    glob_t found;
    int failed;

    if (arena_new(RULES_ARENA_BYTES, &rules.arena) != 0 ||
        arena_new(RULES_ARENA_BYTES, &rules.turn) != 0 ||
        glob("tests/rules/*.case", 0, NULL, &found) != 0) {
        fprintf(stderr, "no tests/rules/*.case below the working directory\n");
        return 1;
    }
    rules.calendar = law_text_calendar();
    read_procedures();
    rules.scenarios = calloc(CASE_LIMIT, sizeof rules.scenarios[0]);
    for (size_t i = 0; i < found.gl_pathc && rules.scenarios != NULL; i++) {
        read_file(found.gl_pathv[i]);
    }
    failed = run_scenarios();
    globfree(&found);
    free(rules.scenarios);
    for (size_t i = 0; i < rules.procedure_count; i++) {
        procedure_free(&rules.procedures[i]);
    }
    calendar_free(&rules.calendar);
    arena_free(&rules.turn);
    arena_free(&rules.arena);
    return failed;
}
