// SPDX-License-Identifier: Apache-2.0
//
// Regulations as JSON and in words, what is wrong with several files together, and what a matter's procedure lets an agency do.
#include "unit/check.h"

#include <jansson.h>

#include "unit/law_text.h"

#include "lib/advice.h"
#include "liaison/liaison.h"
#include "wire/identity.h"

#define PROCEDURE                                                                                  \
    "[procedure]\nid = p-1\ntitle = 规程\nroles = bureau, township, government\n"                  \
    "role_titles = 局, 镇, 政府\n"                                                                 \
    "[duty A-1]\ntitle = 反馈\ntitle_en = report back\narticle = 一\nquote = 应当反馈\n"           \
    "opened_by = assistance.request where form = letter and addressee role = township\n"           \
    "debtors = each addressee\nstart = delivered\nwithin = 15 workdays\nurgent = 24 hours\n"       \
    "counts = delivered\nmet_by = assistance.result reply\n"                                       \
    "extended_by = assistance.extension field extended_until\nextensions = 1\n"                    \
    "suspended_by = assistance.suspended field suspended_at until assistance.resumed field "       \
    "resumed_at\nsilence = remind, supervision.government-report to government\n"                  \
    "[duty A-2]\ntitle = 研判\npolicy = yes\nopened_by = lead.notice unless cites lead.discovered\n" \
    "debtors = author and addressee\nstart = delivered\nwithin = 3 workdays inclusive\n"           \
    "counts = delivered\nmet_by = lead.assessment confirmed\nended_by = joint.report\n"            \
    "[requirement R-1]\ntitle = 结果的内容\npolicy = yes\nof = assistance.result\n"                \
    "needs = text, evidence\nanswers = assistance.request\nofficers = 2\nown_number = yes\n"       \
    "[requirement R-2]\ntitle = 通报\npolicy = yes\nof = lead.notice where channel != platform\n"      \
    "needs = notified_person\nfrom = bureau\n"                                                    \
    "[requirement R-3]\ntitle = 移送\npolicy = yes\nof = transfer.letter\n"                     \
    "forbids = ground = other and author role = bureau|township\n"                                  \
    "[duty A-3]\ntitle = 结案\npolicy = yes\nopened_by = case.closed if cites transfer.letter\n" \
    "debtors = author\nstart = sealed\nwithin = promptly\ncounts = delivered\n"                  \
    "met_by = transfer.result\n"

#define COMPACT(member)                                                                            \
    "[compact]\nid = c\ntitle = 机制\nprocedure = p-1\n[members]\na1 = bureau\na2 = township\n" member

// ------------------------------------------------------------------------------------------ words

static json_t *describe(const char *text)
{
    char *json_text = NULL;
    assert_int_equal(liaison_procedure_check(text, strlen(text), &json_text), LIAISON_DONE);
    json_t *json = json_loads(json_text, 0, NULL);
    liaison_free(json_text);
    assert_non_null(json);
    return json;
}

static const json_t *at(const json_t *json, const char *list, size_t index)
{
    const json_t *item = json_array_get(json_object_get(json, list), index);
    assert_non_null(item);
    return item;
}

static void assert_words(const json_t *rule, const char *language, const char *aspect,
                         const char *expected)
{
    const json_t *words = json_object_get(rule, language);
    const char *said = json_string_value(json_object_get(words, aspect));
    assert_non_null(words);
    if (expected == NULL) {
        assert_null(said);
    } else {
        assert_non_null(said);
        assert_string_equal(said, expected);
    }
}

static void duty_is_told_in_both_languages(void **state)
{
    (void)state;
    json_t *procedure = describe(PROCEDURE);
    const json_t *duty = at(procedure, "duties", 0);
    assert_words(duty, "zh", "opened_by",
                 "协助请求（assistance.request），限“协助形式”是协助调查函且主送机关角色是镇（township）");
    assert_words(duty, "en", "opened_by",
                 "request for assistance (assistance.request) where 'form' is letter asking for an "
                 "investigation and the addressee's role is township");
    assert_words(duty, "zh", "debtors", "各主送机关，分别");
    assert_words(duty, "zh", "addressees", "发文机关");
    assert_words(duty, "zh", "within", "15个工作日");
    assert_words(duty, "en", "within", "15 workdays");
    assert_words(duty, "zh", "urgent", "24小时");
    assert_words(duty, "en", "met_by", "result of the assistance (assistance.result) in reply");
    assert_words(duty, "zh", "extended_by",
                 "期限届满前以协助延期告知（assistance.extension）所载“延长至”为准，以1次为限");
    assert_words(duty, "zh", "silence",
                 "自动催办；拟向政府报告（supervision.government-report）送政府（government），由经办人发出");
    assert_words(duty, "zh", "ended_by", NULL);
    duty = at(procedure, "duties", 1);
    assert_words(duty, "zh", "opened_by",
                 "线索通报（lead.notice），引用线索发现登记（lead.discovered）的除外");
    assert_words(at(procedure, "duties", 2), "zh", "opened_by",
                 "结案登记（case.closed），限引用案件移送函（transfer.letter）的");
    assert_words(at(procedure, "duties", 2), "en", "opened_by",
                 "case closed (case.closed) if it cites letter of transfer (transfer.letter)");
    assert_words(duty, "zh", "within", "3个工作日（当日起算）");
    assert_words(duty, "en", "within", "3 workdays inclusive");
    assert_words(duty, "zh", "met_by", "联合研判记录（lead.assessment），须经对方确认");
    assert_words(duty, "en", "urgent", NULL);
    json_decref(procedure);
}

static void requirement_is_told_in_both_languages(void **state)
{
    (void)state;
    json_t *procedure = describe(PROCEDURE);
    const json_t *requirement = at(procedure, "requirements", 0);
    assert_words(requirement, "zh", "needs", "“协助结果”、“证据清单”");
    assert_words(requirement, "zh", "officers", "2名以上");
    assert_words(requirement, "en", "own_number", "a number of its own");
    assert_words(requirement, "zh", "answers", "协助请求（assistance.request）");
    assert_words(requirement, "zh", "from", NULL);
    assert_words(requirement, "zh", "forbids", NULL);
    assert_words(at(procedure, "requirements", 2), "zh", "forbids",
                 "“移送情形”是其他且发文机关角色是局（bureau）或镇（township）");
    assert_int_equal(json_integer_value(json_object_get(requirement, "officers")), 2);
    requirement = at(procedure, "requirements", 1);
    assert_words(requirement, "zh", "of", "线索通报（lead.notice），限“通报方式”不是信息共享平台");
    assert_words(requirement, "zh", "from", "局（bureau）");
    assert_words(requirement, "en", "from", "bureau");
    json_decref(procedure);
}

// ---------------------------------------------------------------------------------- several files

static json_t *check(const char *const *texts, size_t count, enum liaison_outcome expected)
{
    static const char *const names[] = {"one.conf", "two.conf", "three.conf"};
    struct liaison_law_file files[3];
    char *text = NULL;
    for (size_t i = 0; i < count; i++) {
        files[i] = (struct liaison_law_file){names[i], texts[i], strlen(texts[i])};
    }
    assert_int_equal(liaison_law_check(files, count, &text), expected);
    json_t *report = json_loads(text, 0, NULL);
    liaison_free(text);
    assert_non_null(report);
    return report;
}

static void assert_fault(const json_t *report, const char *file, int line, const char *words)
{
    const json_t *fault = at(report, "faults", 0);
    assert_int_equal(json_array_size(json_object_get(report, "faults")), 1);
    assert_string_equal(json_string_value(json_object_get(fault, "file")), file);
    assert_int_equal(json_integer_value(json_object_get(fault, "line")), line);
    if (strstr(json_string_value(json_object_get(fault, "text")), words) == NULL) {
        fail_msg("%s", json_string_value(json_object_get(fault, "text")));
    }
}

static void files_that_fit_are_listed(void **state)
{
    static const char *const texts[] = {PROCEDURE, COMPACT("a3 = government\n")};
    (void)state;
    json_t *report = check(texts, 2, LIAISON_DONE);
    assert_int_equal(json_integer_value(json_object_get(at(report, "procedures", 0), "duties")), 3);
    assert_int_equal(json_integer_value(json_object_get(at(report, "compacts", 0), "members")), 3);
    assert_int_equal(json_array_size(json_object_get(report, "faults")), 0);
    json_decref(report);
}

static void faults_name_file_and_line(void **state)
{
    static const char *const role[] = {PROCEDURE, COMPACT("a3 = police\n")};
    static const char *const alone[] = {COMPACT("")};
    static const char *const twice[] = {PROCEDURE, PROCEDURE};
    static const char *const faulty[] = {"[procedure]\nid = p-1\ntitle = 规程\nrules = a\n", COMPACT("")};
    static const char *const expiry[] = {
        PROCEDURE, "[compact]\nid = c\ntitle = 机制\nprocedure = p-1\nafter_expiry = p-2\n[members]\n"
                   "a1 = bureau\na2 = township\n"};
    static const char *const roles[] = {
        PROCEDURE, "[compact]\nid = c\ntitle = 机制\nprocedure = p-1\nafter_expiry = p-2\n[members]\n"
                   "a1 = bureau\na2 = township\n",
        "[procedure]\nid = p-2\ntitle = 后来的\nroles = township\n"};
    (void)state;
    json_t *report = check(role, 2, LIAISON_REFUSED);
    assert_fault(report, "two.conf", 8, "a3 has the role police");
    json_decref(report);
    report = check(alone, 1, LIAISON_REFUSED);
    assert_fault(report, "one.conf", 1, "p-1 is not among the files");
    json_decref(report);
    report = check(twice, 2, LIAISON_REFUSED);
    assert_fault(report, "two.conf", 1, "stands in one.conf too");
    json_decref(report);
    report = check(faulty, 2, LIAISON_REFUSED); // what the compact wants may be what cannot be read
    assert_fault(report, "one.conf", 4, "rules");
    json_decref(report);
    report = check(expiry, 2, LIAISON_REFUSED);
    assert_fault(report, "two.conf", 1, "p-2, for after expiry");
    json_decref(report);
    report = check(roles, 3, LIAISON_REFUSED); // they keep their roles after expiry
    assert_fault(report, "two.conf", 7, "a1 has the role bureau, which p-2 does not have");
    json_decref(report);
}

// ----------------------------------------------------------------------------------------- advice

enum { MOST = 8 };

// A matter of two agencies and a government, seen by one of them.
struct desk {
    struct advice advice;
    struct procedure *procedure;
    Control__CompactView compact;
    Control__Member members[3];
    Control__Member *member_list[3];
    Wire__Header headers[MOST];
    Wire__Reference references[MOST];
    Control__Message messages[MOST];
    Control__Message *message_list[MOST];
    Control__Duty duty;
    Control__Duty *duty_list[1];
    uint8_t ids[MOST][ID_BYTES];
    char *to[MOST];
    char *creditors[1];
    char *debtors[1];
};

static void seat(struct desk *desk, const char *self)
{
    static const char *const agencies[][2] = {
        {"a1", "bureau"}, {"a2", "township"}, {"a3", "government"}};
    struct law_fault fault;
    *desk = (struct desk){0};
    assert_int_equal(procedure_parse(law_text_of(PROCEDURE), &desk->procedure, &fault), LAW_OK);
    control__compact_view__init(&desk->compact);
    desk->compact.id = "c";
    for (size_t i = 0; i < 3; i++) {
        control__member__init(&desk->members[i]);
        desk->members[i].agency = (char *)agencies[i][0];
        desk->members[i].role = (char *)agencies[i][1];
        desk->member_list[i] = &desk->members[i];
    }
    desk->compact.members = desk->member_list;
    desk->compact.n_members = 3;
    desk->advice = (struct advice){
        .self = self,
        .now = law_text_instant("2025-10-20T10:00:00"),
        .procedure = desk->procedure,
        .compact = &desk->compact,
        .messages = desk->message_list,
        .duties = desk->duty_list,
    };
}

// Adds a message to one addressee; `answered` is the place of what it replies to, or -1.
static size_t add_message(struct desk *desk, const char *kind, const char *author, const char *to,
                          int answered)
{
    const size_t place = desk->advice.message_count++;
    Wire__Header *header = &desk->headers[place];
    wire__header__init(header);
    control__message__init(&desk->messages[place]);
    desk->ids[place][0] = (uint8_t)(place + 1);
    header->author = (char *)author;
    header->kind = (char *)kind;
    header->id = (ProtobufCBinaryData){ID_BYTES, desk->ids[place]};
    desk->to[place] = (char *)to;
    header->to = &desk->to[place];
    header->n_to = 1;
    if (answered >= 0) {
        Wire__Reference *reference = &desk->references[place];
        wire__reference__init(reference);
        reference->author = desk->headers[answered].author;
        reference->id = desk->headers[answered].id;
        header->in_reply_to = reference;
    }
    desk->messages[place].header = header;
    desk->message_list[place] = &desk->messages[place];
    return place;
}

static void add_duty(struct desk *desk, const char *state, const char *light, const char *creditor)
{
    Control__Duty *duty = &desk->duty;
    control__duty__init(duty);
    desk->debtors[0] = "a2";
    duty->duty = "A-1";
    duty->procedure = (ProtobufCBinaryData){DIGEST_BYTES, desk->procedure->digest.bytes};
    duty->state = (char *)state;
    duty->light = (char *)light;
    duty->debtors = desk->debtors;
    duty->owing = desk->debtors;
    duty->addressees = desk->creditors;
    desk->creditors[0] = (char *)creditor;
    duty->n_debtors = duty->n_owing = duty->n_addressees = 1;
    duty->opened_by = desk->headers[0].id;
    duty->due_at = law_text_instant("2025-10-20T23:59:59");
    desk->duty_list[0] = duty;
    desk->advice.duty_count = 1;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static void owed_duty_names_what_meets_it_and_what_that_needs(void **state)
{
    struct desk desk;
    (void)state;
    seat(&desk, "a2");
    add_message(&desk, "assistance.request", "a1", "a2", -1);
    add_duty(&desk, "open", "green", "a1");
    json_t *owed = advice_owed(&desk.advice);
    assert_int_equal(json_array_size(owed), 1);
    const json_t *act = at(json_array_get(owed, 0), "acts", 0);
    assert_string_equal(text_of(act, "kind"), "assistance.result");
    assert_string_equal(json_string_value(at(act, "to", 0)), "a1");
    assert_string_equal(text_of(act, "reply_to"), "01000000-0000-0000-0000-000000000000");
    const json_t *needs = json_object_get(act, "needs");
    assert_int_equal(json_integer_value(json_object_get(needs, "officers")), 2);
    assert_true(json_is_true(json_object_get(needs, "own_number")));
    bool is_told = false;
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(needs, "fields"), i, field)
    {
        is_told = is_told || (strcmp(text_of(field, "path"), "evidence") == 0 &&
                              strcmp(text_of(field, "source"), "R-1") == 0);
    }
    assert_true(is_told);
    json_decref(owed);
    desk.advice.self = "a1"; // nothing is owed by others than the debtor
    owed = advice_owed(&desk.advice);
    assert_int_equal(json_array_size(owed), 0);
    json_decref(owed);
    procedure_free(&desk.procedure);
}

static int left_of(struct desk *desk)
{
    json_t *owed = advice_owed(&desk->advice);
    const json_t *extension = json_object_get(json_array_get(owed, 0), "extension");
    int left = json_is_null(extension) ? 0 : (int)json_integer_value(json_object_get(extension, "left"));
    json_decref(owed);
    return left;
}

static void extension_is_offered_in_time_and_as_often_as_allowed(void **state)
{
    struct desk desk;
    (void)state;
    seat(&desk, "a2");
    add_message(&desk, "assistance.request", "a1", "a2", -1);
    add_duty(&desk, "open", "green", "a1");
    assert_int_equal(left_of(&desk), 1);
    desk.advice.now = desk.duty.due_at + 999; // the last second that is on time
    assert_int_equal(left_of(&desk), 1);
    desk.advice.now = desk.duty.due_at + 1000;
    assert_int_equal(left_of(&desk), 0);
    desk.advice.now = desk.duty.due_at;
    add_message(&desk, "assistance.extension", "a2", "a1", 0);
    assert_int_equal(left_of(&desk), 0);
    procedure_free(&desk.procedure);
}

static size_t count_answers(struct desk *desk)
{
    json_t *answers = advice_answers(&desk->advice);
    size_t count = json_array_size(answers);
    json_decref(answers);
    return count;
}

static void message_waits_for_its_reply_until_it_is_given(void **state)
{
    struct desk desk;
    (void)state;
    seat(&desk, "a2");
    add_message(&desk, "assistance.request", "a1", "a2", -1);
    json_t *answers = advice_answers(&desk.advice);
    assert_int_equal(json_array_size(answers), 1);
    assert_string_equal(text_of(at(json_array_get(answers, 0), "answers", 0), "kind"), "assistance.result");
    json_decref(answers);
    desk.advice.self = "a1"; // it is addressed to the other
    assert_int_equal(count_answers(&desk), 0);
    desk.advice.self = "a2";
    add_message(&desk, "assistance.result", "a2", "a1", 0);
    assert_int_equal(count_answers(&desk), 0);
    procedure_free(&desk.procedure);
}

static void draft_is_prepared_for_the_creditor_when_the_debtor_is_silent(void **state)
{
    struct desk desk;
    (void)state;
    seat(&desk, "a1");
    add_message(&desk, "assistance.request", "a1", "a2", -1);
    add_duty(&desk, "unheard", "amber", "a1");
    json_t *drafts = advice_drafts(&desk.advice);
    assert_int_equal(json_array_size(drafts), 0); // the silence may be the network's
    json_decref(drafts);
    desk.duty.state = "overdue";
    desk.duty.light = "red";
    drafts = advice_drafts(&desk.advice);
    assert_int_equal(json_array_size(drafts), 1); // the reminder goes by itself
    const json_t *draft = json_array_get(drafts, 0);
    assert_string_equal(text_of(draft, "kind"), "supervision.government-report");
    assert_string_equal(json_string_value(at(draft, "to", 0)), "a3");
    const char *text = text_of(json_object_get(draft, "body"), "text");
    assert_string_equal(text, "依《规程》一，a2应于2025-10-20 23:59:59前办理“反馈”，至2025-10-20 10:00:00尚未办理。");
    json_decref(drafts);
    desk.advice.self = "a2"; // the debtor reports nobody
    drafts = advice_drafts(&desk.advice);
    assert_int_equal(json_array_size(drafts), 0);
    json_decref(drafts);
    procedure_free(&desk.procedure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duty_is_told_in_both_languages),
        cmocka_unit_test(requirement_is_told_in_both_languages),
        cmocka_unit_test(files_that_fit_are_listed),
        cmocka_unit_test(faults_name_file_and_line),
        cmocka_unit_test(owed_duty_names_what_meets_it_and_what_that_needs),
        cmocka_unit_test(extension_is_offered_in_time_and_as_often_as_allowed),
        cmocka_unit_test(message_waits_for_its_reply_until_it_is_given),
        cmocka_unit_test(draft_is_prepared_for_the_creditor_when_the_debtor_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
