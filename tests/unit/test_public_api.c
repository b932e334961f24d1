// SPDX-License-Identifier: Apache-2.0
//
// Linked with the shared library and nothing else of ours: what a program outside sees.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <liaison/liaison.h>

static const char calendar[] = "coverage,national,,2026,known,test\n"
                               "day,national,2026-02-16,holiday,春节,test\n";

// A directory with one key file of the given mode.
struct place {
    char directory[64];
    char path[128];
};

static void write_key(const struct place *place, const char *text, mode_t mode)
{
    FILE *file = fopen(place->path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(place->path, mode), 0);
}

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    strcpy(place->directory, "/tmp/liaison-test-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/client-keys", place->directory);
    assert_int_equal(mkdir(place->path, 0700), 0);
    snprintf(place->path, sizeof place->path, "%s/client-keys/officer.key", place->directory);
    *state = place;
    return 0;
}

static int drop_place(void **state)
{
    struct place *place = *state;
    char path[128];
    unlink(place->path);
    snprintf(path, sizeof path, "%s/client-keys", place->directory);
    rmdir(path);
    rmdir(place->directory);
    free(place);
    return 0;
}

static char *key_text(const struct place *place)
{
    static char text[512];
    static const char z85[] = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
    snprintf(text, sizeof text,
             "[client]\nname=officer\nrole=officer\npublic=%s\nsecret=%s\nserver=%s\nendpoint=ipc:/"
             "/%s/nobody\n",
             z85, "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs", z85, place->directory);
    return text;
}

static void a_missing_key_is_usage_and_tells_the_path(void **state)
{
    struct place *place = *state;
    struct liaison_session *session = NULL;
    assert_int_equal(liaison_open(place->directory, NULL, &session), LIAISON_USAGE);
    assert_non_null(strstr(liaison_error_text(session), "client-keys/officer.key"));
    char *text = NULL;
    assert_int_equal(liaison_status(session, &text), LIAISON_USAGE);
    liaison_close(&session);
    assert_null(session);
    liaison_close(&session);
}

static void a_key_that_others_may_read_is_not_used(void **state)
{
    struct place *place = *state;
    struct liaison_session *session = NULL;
    write_key(place, key_text(place), 0640);
    assert_int_equal(liaison_open(place->directory, NULL, &session), LIAISON_USAGE);
    liaison_close(&session);
}

static void a_key_file_without_all_keys_is_usage(void **state)
{
    struct place *place = *state;
    struct liaison_session *session = NULL;
    write_key(place, "[client]\nname=officer\n", 0600);
    assert_int_equal(liaison_open(place->directory, NULL, &session), LIAISON_USAGE);
    liaison_close(&session);
}

static void a_client_name_cannot_leave_the_directory(void **state)
{
    struct place *place = *state;
    struct liaison_session *session = NULL;
    assert_int_equal(liaison_open(place->directory, "../officer", &session), LIAISON_USAGE);
    liaison_close(&session);
}

static void a_daemon_that_is_away_is_unreachable_after_the_timeout(void **state)
{
    struct place *place = *state;
    struct liaison_session *session = NULL;
    struct liaison_result result;
    const char *to[] = {"yecheng-kekeya"};
    struct liaison_draft draft = {.kind = "note",
                                  .to = to,
                                  .to_count = 1,
                                  .body_json = "{\"subject\":\"甲\",\"text\":\"乙\"}"};
    write_key(place, key_text(place), 0600);
    assert_int_equal(liaison_open(place->directory, NULL, &session), LIAISON_DONE);
    liaison_set_timeout(session, 50);
    char *text = NULL;
    assert_int_equal(liaison_status(session, &text), LIAISON_UNREACHABLE);
    assert_int_equal(liaison_submit(session, &draft, 1, &result), LIAISON_UNREACHABLE);
    assert_int_equal(strlen(result.id), 36);
    assert_int_equal(liaison_watch(session, NULL), LIAISON_UNREACHABLE);
    liaison_close(&session);
}

static void a_bad_draft_is_refused_before_anything_is_sent(void **state)
{
    struct place *place = *state;
    struct liaison_session *session = NULL;
    struct liaison_result result;
    struct liaison_draft draft = {.kind = "note", .body_json = "{\"txet\":1}"};
    write_key(place, key_text(place), 0600);
    assert_int_equal(liaison_open(place->directory, NULL, &session), LIAISON_DONE);
    assert_int_equal(liaison_submit(session, &draft, 1, &result), LIAISON_REFUSED);
    assert_non_null(strstr(liaison_refusal_json(session), "txet"));
    draft.kind = "no.such.kind";
    assert_int_equal(liaison_submit(session, &draft, 1, &result), LIAISON_REFUSED);
    assert_non_null(strstr(liaison_refusal_json(session), "unknown-kind"));
    draft.kind = "receipt";
    assert_int_equal(liaison_submit(session, &draft, 1, &result), LIAISON_REFUSED);
    draft = (struct liaison_draft){.kind = "note", .body_json = "{}", .matter = "not-a-uuid"};
    assert_int_equal(liaison_submit(session, &draft, 1, &result), LIAISON_USAGE);
    assert_null(liaison_refusal_json(session));
    liaison_close(&session);
}

static void bodies_go_both_ways(void **state)
{
    (void)state;
    uint8_t *bytes = NULL;
    size_t size = 0;
    char *text = NULL;
    assert_int_equal(liaison_body_encode("note", "{\"subject\":\"甲\"}", &bytes, &size, &text),
                     LIAISON_DONE);
    assert_int_equal(size, 5);
    assert_int_equal(liaison_body_decode("note", bytes, size, &text), LIAISON_DONE);
    assert_string_equal(text, "{\"subject\":\"甲\"}");
    liaison_free(text);
    liaison_free(bytes);
    assert_int_equal(liaison_body_encode("note", "{\"a\":1}", &bytes, &size, &text),
                     LIAISON_REFUSED);
    liaison_free(text);
    assert_int_equal(liaison_body_decode("note", "\xff", 1, &text), LIAISON_REFUSED);
    liaison_free(text);
}

static void a_body_with_holes_is_refused_with_every_fault(void **state)
{
    (void)state;
    char *text = NULL;
    assert_int_equal(liaison_body_check("note", "{}", &text), LIAISON_REFUSED);
    assert_non_null(strstr(text, "subject"));
    assert_non_null(strstr(text, "required"));
    liaison_free(text);
    assert_int_equal(liaison_body_check("note", "{\"subject\":\"甲\",\"text\":\"乙\"}", &text),
                     LIAISON_DONE);
    liaison_free(text);
}

static void assert_clock(const char *from, const char *within, enum liaison_outcome outcome,
                         const char *says)
{
    char *text = NULL;
    assert_int_equal(liaison_clock(from, within, NULL, calendar, sizeof calendar - 1, &text),
                     outcome);
    assert_non_null(strstr(text, says));
    liaison_free(text);
}

static void the_clock_counts_or_says_what_is_missing(void **state)
{
    (void)state;
    assert_clock("2026-02-13T10:00:00+08:00", "1 workday", LIAISON_DONE,
                 "2026-02-17T23:59:59+08:00");
    assert_clock("2026-12-31T10:00:00+08:00", "1 workday", LIAISON_UNDETERMINED, "unknown:2027");
    assert_clock("2026-02-13T10:00:00+08:00", "at once", LIAISON_UNDETERMINED, "none");
    assert_clock("2026-02-13T10:00:00", "1 workday", LIAISON_USAGE, "value");
    assert_clock("2026-02-13T10:00:00+08:00", "soon", LIAISON_USAGE, "value");
}

static void kinds_are_listed_with_fields(void **state)
{
    (void)state;
    char *text = NULL;
    assert_int_equal(liaison_kinds(NULL, &text), LIAISON_DONE);
    assert_non_null(strstr(text, "\"lead.notice\""));
    liaison_free(text);
    assert_int_equal(liaison_kinds("lead.notice", &text), LIAISON_DONE);
    assert_non_null(strstr(text, "\"suspect.credit_code\""));
    liaison_free(text);
    assert_int_equal(liaison_kinds("nothing", &text), LIAISON_REFUSED);
    liaison_free(text);
}

static void what_is_no_card_bundle_or_procedure_is_refused(void **state)
{
    (void)state;
    char *text = NULL;
    assert_int_equal(liaison_card("junk", 4, &text), LIAISON_REFUSED);
    liaison_free(text);
    assert_int_equal(liaison_verify("junk", 4, NULL, &text), LIAISON_REFUSED);
    liaison_free(text);
    assert_int_equal(liaison_verify("", 0, NULL, &text), LIAISON_REFUSED);
    liaison_free(text);
    assert_int_equal(liaison_procedure_check("junk", 4, &text), LIAISON_REFUSED);
    liaison_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_missing_key_is_usage_and_tells_the_path, make_place,
                                        drop_place),
        cmocka_unit_test_setup_teardown(a_key_that_others_may_read_is_not_used, make_place,
                                        drop_place),
        cmocka_unit_test_setup_teardown(a_key_file_without_all_keys_is_usage, make_place,
                                        drop_place),
        cmocka_unit_test_setup_teardown(a_client_name_cannot_leave_the_directory, make_place,
                                        drop_place),
        cmocka_unit_test_setup_teardown(a_daemon_that_is_away_is_unreachable_after_the_timeout,
                                        make_place, drop_place),
        cmocka_unit_test_setup_teardown(a_bad_draft_is_refused_before_anything_is_sent, make_place,
                                        drop_place),
        cmocka_unit_test(bodies_go_both_ways),
        cmocka_unit_test(a_body_with_holes_is_refused_with_every_fault),
        cmocka_unit_test(the_clock_counts_or_says_what_is_missing),
        cmocka_unit_test(kinds_are_listed_with_fields),
        cmocka_unit_test(what_is_no_card_bundle_or_procedure_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
