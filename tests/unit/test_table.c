// SPDX-License-Identifier: Apache-2.0
#include "unit/check.h"

#include <stdio.h>

#include "cli/table.h"

static void chinese_takes_two_places(void **state)
{
    (void)state;
    assert_int_equal(table_width(""), 0);
    assert_int_equal(table_width("abc"), 3);
    assert_int_equal(table_width("线索通报"), 8);
    assert_int_equal(table_width("（线索）a"), 9);
    assert_int_equal(table_width("e\u0301"), 1);
}

static void columns_line_up(void **state)
{
    (void)state;
    static const char *const headings[] = {"短号", "种类", "状态"};
    static const char *const first[] = {"123456", "线索通报", "已到达"};
    static const char *const second[] = {"7", "note", NULL};
    struct table *table = table_new(headings, 3);
    table_add(table, first);
    table_add(table, second);
    char *text = table_format(table);
    assert_string_equal(text, "短号    种类      状态\n"
                              "123456  线索通报  已到达\n"
                              "7       note      \n");
    free(text);
    table_free(&table);
    assert_null(table);
    table_free(&table);
}

static void cells_cannot_move_the_cursor(void **state)
{
    (void)state;
    static const char *const headings[] = {"a"};
    static const char *const cells[] = {"x\ny\tz\x1b[2J"};
    struct table *table = table_new(headings, 1);
    table_add(table, cells);
    char *text = table_format(table);
    assert_string_equal(text, "a\nx y z [2J\n");
    free(text);
    table_free(&table);
}

static void assert_paragraph(const char *label, const char *text, const char *expected)
{
    char *paragraph = table_paragraph(label, 6, text);
    assert_string_equal(paragraph, expected);
    free(paragraph);
}

static void paragraphs_break_where_chinese_may_and_words_stay_whole(void **state)
{
    (void)state;
    char long_text[512] = "";
    for (int i = 0; i < 47; i++) {
        strcat(long_text, "线");
    }
    assert_paragraph("期限", "3个工作日", "期限  3个工作日\n");
    char expected[1024];
    snprintf(expected, sizeof expected, "期限  %s\n      线索\n", long_text);
    strcat(long_text, "线索");
    assert_paragraph("期限", long_text, expected);
    char named[512] = "";
    for (int i = 0; i < 43; i++) {
        strcat(named, "线");
    }
    snprintf(expected, sizeof expected, "期限  %s\n      lead.notice。\n", named);
    strcat(named, "lead.notice。");
    assert_paragraph("期限", named, expected);
    assert_paragraph("", "x\ny\x1b[2J", "      x y [2J\n");
}

static void many_rows_fit(void **state)
{
    (void)state;
    static const char *const headings[] = {"n"};
    struct table *table = table_new(headings, 1);
    for (int i = 0; i < 1000; i++) {
        table_add(table, headings);
    }
    char *text = table_format(table);
    assert_int_equal(strlen(text), 2002);
    free(text);
    table_free(&table);
}

static void note_stands_below_its_row_and_widens_no_column(void **state)
{
    (void)state;
    static const char *const headings[] = {"a", "b"};
    static const char *const cells[] = {"1", "2"};
    struct table *table = table_new(headings, 2);
    table_add(table, cells);
    table_add_note(table, "first, and long");
    table_add_note(table, "se\ncond");
    table_add(table, cells);
    char *text = table_format(table);
    assert_string_equal(text, "a  b\n1  2\n    first, and long\n    se cond\n1  2\n");
    free(text);
    table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paragraphs_break_where_chinese_may_and_words_stay_whole),
        cmocka_unit_test(chinese_takes_two_places),
        cmocka_unit_test(columns_line_up),
        cmocka_unit_test(cells_cannot_move_the_cursor),
        cmocka_unit_test(many_rows_fit),
        cmocka_unit_test(note_stands_below_its_row_and_widens_no_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
