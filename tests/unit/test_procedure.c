// SPDX-License-Identifier: Apache-2.0
#include "unit/law_text.h"

#include "law/compact.h"
#include "wire/kinds.h"
#include "wire/text.h"

#include <glob.h>

#define HEAD "[procedure]\nid = p-1\ntitle = 规程\nroles = bureau, township\n"
#define DUTY_WITHOUT(id, lines)                                                                    \
    "[duty " id "]\ntitle = 通报\narticle = 一\nquote = 应当通报\n" lines
#define DUTY_LINES                                                                                 \
    "opened_by = lead.notice\ndebtors = each addressee\nstart = delivered\nwithin = 3 workdays\n"  \
    "counts = delivered\nmet_by = lead.assessment\n"
#define DUTY DUTY_WITHOUT("A-1", DUTY_LINES)
#define COMPACT "[compact]\nid = c\ntitle = 机制\nprocedure = p-1\n"

static struct procedure *parse(const char *text)
{
    struct procedure *procedure = NULL;
    struct law_fault fault = {0};

    if (procedure_parse(law_text_of(text), &procedure, &fault) != LAW_OK) {
        fail_msg("line %u: %s", fault.line, fault.text);
    }
    return procedure;
}

static void assert_refused(const char *text, unsigned line, const char *words)
{
    struct procedure *procedure = NULL;
    struct law_fault fault = {0};

    assert_int_equal(procedure_parse(law_text_of(text), &procedure, &fault), LAW_FAULTY);
    assert_null(procedure);
    if (fault.line != line || strstr(fault.text, words) == NULL) {
        fail_msg("line %u: %s (expected line %u: %s)", fault.line, fault.text, line, words);
    }
}

// Refused for one line that replaces the one beginning with the same key in a duty that is fine.
static void assert_line_refused(const char *changed, const char *words)
{
    char text[2048] = HEAD;
    char fine[] = DUTY;
    char *rest = fine;
    char *line;
    unsigned number = 4;
    unsigned blamed = 0;

    while ((line = strsep(&rest, "\n")) != NULL && line[0] != '\0') {
        const size_t key = strcspn(changed, " ");
        const int same = strncmp(line, changed, key + 1) == 0;

        number++;
        blamed = same ? number : blamed;
        strcat(strcat(text, same ? changed : line), "\n");
    }
    if (blamed == 0) {
        blamed = number + 1;
        strcat(strcat(text, changed), "\n");
    }
    assert_refused(text, blamed, words);
}

static void shipped_procedure_says_what_the_regulation_says(void **state)
{
    struct procedure *procedure = law_text_procedure();
    const struct duty_rule *notify = procedure_duty(procedure, "YC-1.1.1");
    const struct duty_rule *assess = procedure_duty(procedure, "YC-1.1.2");
    const struct duty_rule *transfer = procedure_duty(procedure, "YC-2.2.2b");

    (void)state;
    assert_string_equal(procedure->id, "yecheng-2025");
    assert_string_equal(procedure->issuer, "叶城县市场监督管理局");
    assert_int_equal(procedure->valid_from, law_text_instant("2025-09-01T00:00:00"));
    assert_int_equal(procedure->issued_at, procedure->valid_from);
    assert_int_equal(procedure->valid_until, 0);
    assert_int_equal(procedure->roles.count, 2);
    assert_string_equal(procedure->roles.words[1], "township");
    assert_non_null(notify);
    assert_int_equal(notify->opened_by_count, 2);
    assert_string_equal(notify->opened_by[1].unless_cites, "lead.discovered");
    assert_int_equal(notify->debtors, DUTY_AUTHOR);
    assert_string_equal(notify->start_fields[0], "discovered_at");
    assert_int_equal(notify->within.count, 24);
    assert_string_equal(
        notify->quote,
        "市场监督管理局和乡镇在日常巡查、处理投诉举报或专项整治中，一旦发现属于"
        "双方协同办案范畴的案件线索，如涉及多个领域、跨区域或社会影响较大的市场"
        "监管案件，发现方应在24小时内以书面、电话或信息共享平台等方式向另一方通报。");
    assert_non_null(assess);
    assert_int_equal(assess->debtors, DUTY_AUTHOR_AND_ADDRESSEE);
    assert_int_equal(assess->met_by[0].meeting, DUTY_MET_BY_CONFIRMED);
    assert_non_null(transfer);
    assert_string_equal(transfer->opened_by[0].kind, "transfer.checked"); // readings 2: neither legal review nor approval
    assert_string_equal(transfer->start_fields[0], "checked_at");
    assert_int_equal(transfer->counts, DUTY_COUNTS_DELIVERED);
    assert_int_equal(transfer->urgent_within.count, 24);
    assert_string_equal(transfer->quote, "审核通过后，在规定时间内将案件移送至有管辖权的一方。一般案件在3个工作日内移送，紧急案件在24小时内移送。");
    procedure_free(&procedure);
    procedure_free(&procedure);
}

static void signing_for_is_policy_with_an_urgent_period(void **state)
{
    struct procedure *procedure = law_text_procedure();
    const struct duty_rule *duty = procedure_duty(procedure, "sign-for");

    (void)state;
    assert_true(duty->policy);
    assert_string_equal(duty->opened_by[0].kind, "*");
    assert_true(duty->has_urgent);
    assert_int_equal(duty->urgent_within.form, WITHIN_HOURS);
    assert_int_equal(duty->urgent_within.count, 2);
    assert_int_equal(duty->met_by[0].meeting, DUTY_MET_BY_REPLY);
    assert_null(procedure_duty(procedure, "YC-9"));
    procedure_free(&procedure);
}

static void shipped_compact_names_its_members(void **state)
{
    struct bytes text = law_text_load(LAW_COMPACT);
    struct compact *compact = NULL;
    struct law_fault fault;
    struct digest digest;

    (void)state;
    assert_int_equal(compact_parse(text, &compact, &fault), LAW_OK);
    hash_sm3(text, &digest);
    assert_memory_equal(&compact->digest, &digest, sizeof digest);
    assert_string_equal(compact->procedure, "yecheng-2025");
    assert_string_equal(compact_member(compact, "yecheng-scjg")->role, "bureau");
    assert_string_equal(compact_member(compact, "yecheng-yixiang")->role, "township");
    assert_null(compact_member(compact, "xincai-scjg"));
    compact_free(&compact);
    compact_free(&compact);
    free((void *)text.data);
}

static struct procedure *load_shipped(const char *path)
{
    struct bytes text = law_text_load(path);
    struct procedure *procedure = NULL;
    struct law_fault fault = {0};

    if (procedure_parse(text, &procedure, &fault) != LAW_OK) {
        fail_msg("%s:%u: %s", path, fault.line, fault.text);
    }
    free((void *)text.data);
    return procedure;
}

static void every_shipped_procedure_parses_and_is_called_as_its_file(void **state)
{
    glob_t found;

    (void)state;
    assert_int_equal(glob("conf/procedures.d/*.conf", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct procedure *procedure = load_shipped(found.gl_pathv[i]);
        char path[128];

        snprintf(path, sizeof path, "conf/procedures.d/%s.conf", procedure->id);
        assert_string_equal(path, found.gl_pathv[i]);
        assert_non_null(procedure_duty(procedure, "sign-for"));
        procedure_free(&procedure);
    }
    globfree(&found);
}

// What is drawn for one kind, against a walk through every section.
static void assert_rules_of(const struct procedure *procedure, const char *kind)
{
    const struct kind_law *law = kind_law_find(procedure, kind);
    size_t opens = 0;
    size_t requires = 0;
    bool asks = false;

    for (size_t i = 0; i < procedure->duty_count; i++) {
        const struct duty_rule *duty = &procedure->duties[i];

        asks = asks || duty_rule_asks_parties(duty, kind);
        if (duty_rule_opens_by(duty, kind)) {
            assert_true(opens < law->open_count);
            assert_ptr_equal(law->opens[opens++], duty);
        }
    }
    for (size_t i = 0; i < procedure->requirement_count; i++) {
        const struct requirement *requirement = &procedure->requirements[i];
        bool applies = false;

        asks = asks || requirement_asks_parties(requirement, kind);
        for (size_t j = 0; j < requirement->of.count; j++) {
            applies = applies || strcmp(requirement->of.items[j].kind, kind) == 0;
        }
        if (applies) {
            assert_true(requires < law->require_count);
            assert_ptr_equal(law->requires[requires++], requirement);
        }
    }
    assert_string_equal(law->kind, kind);
    assert_int_equal(law->open_count, opens);
    assert_int_equal(law->require_count, requires);
    assert_int_equal(law->asks_parties, asks);
}

static void rules_of_a_kind_are_those_of_all_sections_that_name_it(void **state)
{
    glob_t found;

    (void)state;
    assert_int_equal(glob("conf/procedures.d/*.conf", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct procedure *procedure = load_shipped(found.gl_pathv[i]);

        for (size_t j = 0; j < kinds_count(); j++) {
            assert_rules_of(procedure, kinds_at(j)->name);
        }
        assert_int_equal(kind_law_find(procedure, "no.such-kind")->open_count, 0);
        procedure_free(&procedure);
    }
    globfree(&found);
}

static void assert_has_role(const struct procedure *procedure, const char *role)
{
    for (size_t i = 0; i < procedure->roles.count; i++) {
        if (strcmp(procedure->roles.words[i], role) == 0) {
            return;
        }
    }
    fail_msg("%s has no role %s", procedure->id, role);
}

static void every_shipped_compact_gives_roles_of_a_shipped_procedure(void **state)
{
    glob_t found;

    (void)state;
    assert_int_equal(glob("conf/compacts.d/*.conf", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct bytes text = law_text_load(found.gl_pathv[i]);
        struct compact *compact = NULL;
        struct law_fault fault = {0};
        struct procedure *procedure;
        char path[128];

        if (compact_parse(text, &compact, &fault) != LAW_OK) {
            fail_msg("%s:%u: %s", found.gl_pathv[i], fault.line, fault.text);
        }
        snprintf(path, sizeof path, "conf/procedures.d/%s.conf", compact->procedure);
        procedure = load_shipped(path);
        for (size_t j = 0; j < compact->member_count; j++) {
            assert_has_role(procedure, compact->members[j].role);
        }
        procedure_free(&procedure);
        compact_free(&compact);
        free((void *)text.data);
    }
    globfree(&found);
}

static void continued_lines_join_without_blanks_in_chinese_and_with_one_in_english(void **state)
{
    struct procedure *procedure =
        parse("[procedure]\nid = p\ntitle = 双方收到线索通报后，\n  在3个\n\t工作日内\n"
              "title_en = within three\n  working days\nroles = a,\n  b\nissuer =\n  局\n");

    (void)state;
    assert_string_equal(procedure->title, "双方收到线索通报后，在3个工作日内");
    assert_string_equal(procedure->title_en, "within three working days");
    assert_string_equal(procedure->issuer, "局");
    assert_int_equal(procedure->roles.count, 2);
    procedure_free(&procedure);
    procedure = parse(HEAD "issuer =\n  [甲]\n  局\n");
    assert_string_equal(procedure->issuer, "[甲]局");
    procedure_free(&procedure);
}

static void validity_ends_with_the_last_second_of_its_last_day(void **state)
{
    struct procedure *procedure = parse(HEAD "valid_from = 2021-02-18\nvalid_until = 2026-02-17\n");

    (void)state;
    assert_int_equal(procedure->valid_until, law_text_instant("2026-02-17T23:59:59"));
    procedure_free(&procedure);
}

static void a_line_of_200_bytes_is_refused_and_one_of_199_is_not(void **state)
{
    char text[512];
    struct procedure *procedure;

    (void)state;
    snprintf(text, sizeof text, HEAD "issuer = %.*s\n", 190,
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
             "aaaaaaaaaaa"
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
             "aaaaaaaaaaaaaaa");
    procedure = parse(text);
    assert_int_equal(strlen(procedure->issuer), 190);
    procedure_free(&procedure);
    snprintf(text, sizeof text, HEAD "issuer = %.*s\n", 191,
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
             "aaaaaaaaaaa"
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
             "aaaaaaaaaaaaaaa");
    assert_refused(text, 5, "more than 199 bytes");
}

static void texts_that_do_not_read_are_refused_with_their_line(void **state)
{
    (void)state;
    assert_refused("", 1, "no [procedure]");
    assert_refused("id = p\n", 1, "before any section");
    assert_refused(HEAD "what is this\n", 5, "neither");
    assert_refused(HEAD "[other]\na = b\n", 5, "no section [other]");
    assert_refused(HEAD "[duty A-1]\n\n[duty A-2]\n", 5, "empty");
    assert_refused(HEAD "[duty A-1]\n", 5, "empty");
    assert_refused(HEAD "[duty A-1] # x\ntitle = a\n", 5, "alone on its line");
    assert_refused(HEAD "[duty A-1\ntitle = a\n", 5, "alone on its line");
    assert_refused(HEAD "[duty aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\na = b\n", 5,
                   "at most 49");
    assert_refused(HEAD "issuer = 局 ; the bureau\n", 5, "line of its own");
    assert_refused(HEAD "issuer = \xff\n", 5, "UTF-8");
    assert_refused(HEAD "issuer = a\r\n", 5, "UTF-8");
    assert_refused("\xEF\xBB\xBF" HEAD, 1, "byte order mark");
    assert_refused(HEAD HEAD, 5, "twice");
}

static void faults_of_the_procedure_section_name_their_line(void **state)
{
    (void)state;
    assert_refused("[procedure]\nid = p\nroles = a\n", 1, "lacks title");
    assert_refused(HEAD "titel = x\n", 5, "no key titel");
    assert_refused(HEAD "title = x\n", 5, "twice");
    assert_refused(HEAD "issuer =\n", 5, "empty");
    assert_refused(HEAD "valid_from = 2025-9-1\n", 5, "not a date");
    assert_refused(HEAD "valid_from = 2025-02-29\n", 5, "not a date");
    assert_refused(HEAD "valid_until = 2025-01-01\nvalid_from = 2025-01-02\n", 5,
                   "before valid_from");
    assert_refused("[procedure]\nid = P\ntitle = x\nroles = a\n", 2, "not a word");
    assert_refused("[procedure]\nid = p\ntitle = x\nroles = a,,b\n", 4, "role");
    assert_refused("[procedure]\nid = p\ntitle = x\nroles = a b\n", 4, "role");
    assert_refused("[procedure]\nid = p\ntitle = x\nroles = 局\n", 4, "role");
}

static void faults_of_a_duty_name_their_line(void **state)
{
    struct procedure *procedure = parse(HEAD DUTY);

    (void)state;
    procedure_free(&procedure);
    assert_line_refused("opened_by = lead.notise", "no kind lead.notise");
    assert_line_refused("opened_by = receipt", "made by machines");
    assert_line_refused("opened_by = lead.notice unless lead.discovered", "unless cites");
    assert_line_refused("opened_by = lead.notice unless cites leed", "no kind leed");
    assert_line_refused("opened_by = lead.notice if cites leed", "no kind leed");
    assert_line_refused("opened_by = lead.notice if lead.discovered", "if cites");
    assert_line_refused("opened_by = lead.notice when cites lead.discovered", "if cites");
    assert_line_refused("opened_by = lead.notice,", "an item is empty");
    assert_line_refused("debtors = township", "each addressee");
    assert_line_refused("start = arrived", "delivered");
    assert_line_refused("start = field summary", "no law pair summary");
    assert_line_refused("start = field channel", "no law pair channel");
    assert_line_refused("within = 3 working days", "not a period");
    assert_line_refused("urgent = soon", "not a period");
    assert_line_refused("counts = sent", "dispatched");
    assert_line_refused("met_by = lead.assessment answered", "KIND reply");
    assert_line_refused("met_by = lead.answer", "no kind lead.answer");
    assert_line_refused("met_by = lead.assessment confirmed", "several debtors");
    assert_line_refused("policy = perhaps", "yes");
    assert_line_refused("extended_by = lead.notice", "KIND field NAME");
    assert_line_refused("extended_by = lead.notice field grounds", "no law pair");
    assert_line_refused("colour = red", "no key colour");
    assert_refused(HEAD DUTY DUTY, 15, "twice");
    assert_refused(HEAD "[duty A 1]\ntitle = x\n", 5, "letters");
    assert_refused(HEAD DUTY_WITHOUT("A-1", "opened_by = lead.notice\n"), 5, "lacks debtors");
    assert_refused(HEAD "[duty A-1]\ntitle = x\n" DUTY_LINES, 5, "article or quote");
}

static void a_fact_has_no_addressee_no_delivery_and_no_reply(void **state)
{
    (void)state;
    assert_refused(HEAD DUTY_WITHOUT("A-1",
                                     "opened_by = lead.discovered\ndebtors = each addressee\n"
                                     "start = sealed\nwithin = 1 day\ncounts = delivered\n"
                                     "met_by = lead.notice\n"),
                   10, "no addressee");
    assert_refused(HEAD DUTY_WITHOUT("A-1",
                                     "opened_by = lead.discovered\ndebtors = author\n"
                                     "start = delivered\nwithin = 1 day\ncounts = delivered\n"
                                     "met_by = lead.notice\n"),
                   11, "delivered to nobody");
    assert_refused(HEAD DUTY_WITHOUT("A-1", "opened_by = lead.discovered\ndebtors = author\n"
                                            "start = sealed\nwithin = 1 day\ncounts = delivered\n"
                                            "met_by = lead.notice reply\n"),
                   14, "nobody replies");
    assert_refused(HEAD DUTY_WITHOUT("A-1", "opened_by = *\ndebtors = author\n"
                                            "start = field discovered_at\nwithin = 1 day\n"
                                            "counts = delivered\nmet_by = lead.notice\n"),
                   11, "no law pair");
}

static void what_a_requirement_forbids_is_there_in_all_its_kinds(void **state)
{
    static const struct {
        const char *lines;
        const char *words; // NULL: it is taken
    } cases[] = {
        {"of = transfer.review\nforbids = outcome = refused\n", NULL},
        {"forbids = ground != delegated|other and author role = bureau\nof = transfer.letter\n", NULL},
        {"of = transfer.review\nforbids = ground = other\n", "no law pair ground"},
        {"of = transfer.letter, transfer.review\nforbids = ground = other\n", "no law pair ground"},
        {"of = transfer.letter\nforbids = ground = boredom\n", "no code boredom"},
        {"of = transfer.letter\nforbids = ground\n", "SUBJECT = VALUE"},
        {"of = transfer.letter\nforbids = author role = king\n", "no role king"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        struct procedure *procedure = NULL;
        struct law_fault fault = {0};

        snprintf(text, sizeof text,
                 "[procedure]\nid = p\ntitle = x\nroles = bureau\n[requirement R-1]\ntitle = x\n"
                 "policy = yes\n%s",
                 cases[i].lines);
        if (cases[i].words == NULL) {
            assert_int_equal(procedure_parse(law_text_of(text), &procedure, &fault), LAW_OK);
            assert_true(procedure->requirements[0].forbids.term_count > 0);
            procedure_free(&procedure);
        } else {
            assert_int_equal(procedure_parse(law_text_of(text), &procedure, &fault), LAW_FAULTY);
            if (strstr(fault.text, cases[i].words) == NULL) {
                fail_msg("%s (expected: %s)", fault.text, cases[i].words);
            }
        }
    }
}

static void faults_of_a_compact_name_their_line(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
    } bad[] = {
        {"", 1},
        {COMPACT, 1},
        {COMPACT "[members]\na-1 = bureau\n", 1},
        {"[members]\na-1 = bureau\nb-1 = township\n", 1},
        {COMPACT "[members]\na-1 = bureau\na-1 = township\n", 7},
        {COMPACT "[members]\nA = bureau\n", 6},
        {COMPACT "[members]\na-1 = 局\n", 6},
        {COMPACT COMPACT, 5},
        {COMPACT "[others]\na = b\n", 5},
        {"[compact]\nid = c\ntitle = 机制\n[members]\na-1 = x\nb-1 = y\n", 1},
        {COMPACT "colour = red\n", 5},
        {COMPACT "[share law]\nto = all\nbasis = x\nofficer_decides = court\n[members]\na-1 = x\nb-1 = y\n", 5},
        {COMPACT "[share law]\nofficer_decides = all\n[members]\na-1 = x\nb-1 = y\n", 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct compact *compact = NULL;
        struct law_fault fault = {0};

        assert_int_equal(compact_parse(law_text_of(bad[i].text), &compact, &fault), LAW_FAULTY);
        assert_int_equal(fault.line, bad[i].line);
    }
}

static void officer_decides_on_requests_of_the_roles_named(void **state)
{
    static const char text[] = COMPACT "[share law]\nto = all\nbasis = x\nofficer_decides = x\n"
                                       "[share permit]\nto = x\nbasis = x\nofficer_decides = all\n"
                                       "[share penalty]\nto = all\nbasis = x\n[members]\na-1 = x\nb-1 = y\n";
    struct compact *compact = NULL;
    struct law_fault fault = {0};

    (void)state;
    assert_int_equal(compact_parse(law_text_of(text), &compact, &fault), LAW_OK);
    assert_true(compact_officer_decides(compact, "a-1", "law"));
    assert_false(compact_officer_decides(compact, "b-1", "law"));
    assert_true(compact_officer_decides(compact, "b-1", "permit"));
    assert_false(compact_officer_decides(compact, "a-1", "penalty"));
    assert_false(compact_officer_decides(compact, "a-1", "warning"));
    assert_false(compact_officer_decides(compact, "c-1", "permit"));
    compact_free(&compact);
}

// Every prefix of the shipped text either parses or is refused with a line; none crashes or leaks.
// A word of Chinese that is cut in the middle of a character is not text any more.
static void faults_are_told_in_text(void **state)
{
    static const char *const texts[] = {
        "[procedure]\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx中 = 1\n",
        "[规程规程规程规程规程规程规程规]\na = 1\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct procedure *procedure;
        struct law_fault fault = {0};
        assert_int_equal(procedure_parse(law_text_of(texts[i]), &procedure, &fault), LAW_FAULTY);
        assert_int_equal(text_check(law_text_of(fault.text), NULL), TEXT_OK);
    }
}

static void every_cut_text_is_judged(void **state)
{
    struct bytes text = law_text_load(LAW_PROCEDURE);

    (void)state;
    for (size_t size = 0; size < text.size; size++) {
        struct procedure *procedure = NULL;
        struct law_fault fault = {0};
        const enum law_outcome outcome =
            procedure_parse((struct bytes){text.data, size}, &procedure, &fault);

        assert_int_not_equal(outcome, LAW_NO_MEMORY);
        assert_true(outcome == LAW_OK || fault.line > 0);
        procedure_free(&procedure);
    }
    free((void *)text.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_procedure_says_what_the_regulation_says),
        cmocka_unit_test(signing_for_is_policy_with_an_urgent_period),
        cmocka_unit_test(shipped_compact_names_its_members),
        cmocka_unit_test(every_shipped_procedure_parses_and_is_called_as_its_file),
        cmocka_unit_test(rules_of_a_kind_are_those_of_all_sections_that_name_it),
        cmocka_unit_test(every_shipped_compact_gives_roles_of_a_shipped_procedure),
        cmocka_unit_test(continued_lines_join_without_blanks_in_chinese_and_with_one_in_english),
        cmocka_unit_test(validity_ends_with_the_last_second_of_its_last_day),
        cmocka_unit_test(a_line_of_200_bytes_is_refused_and_one_of_199_is_not),
        cmocka_unit_test(texts_that_do_not_read_are_refused_with_their_line),
        cmocka_unit_test(faults_of_the_procedure_section_name_their_line),
        cmocka_unit_test(faults_of_a_duty_name_their_line),
        cmocka_unit_test(a_fact_has_no_addressee_no_delivery_and_no_reply),
        cmocka_unit_test(what_a_requirement_forbids_is_there_in_all_its_kinds),
        cmocka_unit_test(faults_of_a_compact_name_their_line),
        cmocka_unit_test(officer_decides_on_requests_of_the_roles_named),
        cmocka_unit_test(faults_are_told_in_text),
        cmocka_unit_test(every_cut_text_is_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
