// SPDX-License-Identifier: Apache-2.0
//
// Nothing of the regulations is forgotten: every row of tests/rules/rows.txt stands once in a table
// of conf/procedures.d/README.md, what that row names exists, and what has a deadline, a document,
// a condition or a consequence is carried by a duty or a requirement and tried by some test.
#include "unit/law_text.h"

#include "wire/codes.h"
#include "wire/kinds.h"

#include <ctype.h>
#include <glob.h>

#define ROWS "tests/rules/rows.txt"
#define TABLE "conf/procedures.d/README.md"

enum { ROW_LIMIT = 512, PROCEDURE_LIMIT = 16, REFERENCE_LIMIT = 16, TEXT_LIMIT = 256 };

// What a row names: `duty FILE`（ID、ID）, `kind NAME` and so on.
struct reference {
    char *sort;
    char *name;
    char *ids; // NULL: the row's own
};

struct row {
    char id[64];
    const struct procedure *procedure; // of the heading above it; NULL: none is named so
    struct reference references[REFERENCE_LIMIT];
    size_t reference_count;
};

static struct {
    struct row rows[ROW_LIMIT];
    size_t row_count;
    struct procedure *procedures[PROCEDURE_LIMIT];
    size_t procedure_count;
    char *table;             // rows point into it
    char *tests[TEXT_LIMIT]; // what tries duties and requirements, comments of cases left out
    size_t test_count;
} all;

static char *read_text(const char *path)
{
    return (char *)law_text_load(path).data;
}

static const struct procedure *find_procedure(const char *id)
{
    for (size_t i = 0; i < all.procedure_count; i++) {
        if (strcmp(all.procedures[i]->id, id) == 0) {
            return all.procedures[i];
        }
    }
    return NULL;
}

static char *cut(char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0 ? text + strlen(prefix) : NULL;
}

// `SORT NAME`（ID、ID）; returns what follows.
static char *read_reference(struct row *row, char *text)
{
    struct reference *reference = &row->references[row->reference_count++];
    char *end = strchr(text, '`');
    char *ids;

    assert_true(row->reference_count < REFERENCE_LIMIT);
    assert_non_null(end);
    *end = '\0';
    reference->sort = strsep(&text, " ");
    reference->name = text == NULL ? "" : text;
    ids = cut(end + 1, "（");
    if (ids == NULL) {
        return end + 1;
    }
    reference->ids = ids;
    end = strstr(ids, "）");
    assert_non_null(end);
    *end = '\0';
    return end + strlen("）");
}

// | id | where | how |
static void read_row(char *line, const struct procedure *procedure)
{
    struct row *row = &all.rows[all.row_count];
    char *id = line + 2;
    char *where = strstr(id, " | ");
    char *end = where == NULL ? NULL : strstr(where + 3, " | ");

    if (end == NULL || strchr(id, '-') == NULL || !isupper((unsigned char)id[0])) {
        return; // the head of a table
    }
    assert_true(all.row_count + 1 < ROW_LIMIT);
    *where = '\0';
    *end = '\0';
    snprintf(row->id, sizeof row->id, "%s", id);
    row->procedure = procedure;
    where = strchr(where + 3, '`');
    while (where != NULL) {
        where = strchr(read_reference(row, where + 1), '`');
    }
    all.row_count++;
}

static void read_table(void)
{
    char *rest = all.table = read_text(TABLE);
    const struct procedure *procedure = NULL;
    char *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        if (cut(line, "## ") != NULL) {
            procedure = find_procedure(cut(line, "## "));
        } else if (cut(line, "| ") != NULL) {
            read_row(line, procedure);
        }
    }
}

static const struct row *find_row(const char *id)
{
    for (size_t i = 0; i < all.row_count; i++) {
        if (strcmp(all.rows[i].id, id) == 0) {
            return &all.rows[i];
        }
    }
    return NULL;
}

// ---------------------------------------------------------------------------------- what is named

static bool has_requirement(const struct procedure *procedure, const char *id)
{
    for (size_t i = 0; i < procedure->requirement_count; i++) {
        if (strcmp(procedure->requirements[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_rule(const struct reference *reference)
{
    return strcmp(reference->sort, "duty") == 0 || strcmp(reference->sort, "requirement") == 0;
}

// Calls `judge` for every id that a duty or requirement of the row has; false when it once says so.
static bool each_id(const struct row *row, const struct reference *reference,
                    bool (*judge)(const struct reference *reference, const char *id))
{
    char own[64];
    char ids[512];
    char *rest = ids;
    char *comma;

    snprintf(own, sizeof own, "%s", row->id);
    for (char *slash = strchr(own, '/'); slash != NULL; slash = strchr(slash, '/')) {
        *slash = '-'; // no id has one
    }
    snprintf(ids, sizeof ids, "%s", reference->ids == NULL ? own : reference->ids);
    while ((comma = strstr(rest, "、")) != NULL) {
        *comma = '\0';
        if (!judge(reference, rest)) {
            return false;
        }
        rest = comma + strlen("、");
    }
    return judge(reference, rest);
}

static bool rule_exists(const struct reference *reference, const char *id)
{
    const struct procedure *procedure = find_procedure(reference->name);

    if (procedure == NULL) {
        return false;
    }
    return strcmp(reference->sort, "duty") == 0 ? procedure_duty(procedure, id) != NULL
                                                : has_requirement(procedure, id);
}

// KIND.PATH; names of kinds hold dots themselves.
static bool field_exists(const char *name)
{
    for (size_t i = 0; i < kinds_count(); i++) {
        const struct kind *kind = kinds_at(i);
        const size_t size = strlen(kind->name);

        for (size_t j = 0;
             strncmp(name, kind->name, size) == 0 && name[size] == '.' && j < kind->field_count;
             j++) {
            if (strcmp(kind->fields[j].path, name + size + 1) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool reference_exists(const struct row *row, const struct reference *reference)
{
    const char *sort = reference->sort;
    const char *name = reference->name;

    if (is_rule(reference)) {
        return each_id(row, reference, rule_exists);
    }
    if (strcmp(sort, "kind") == 0) {
        return kinds_find(name) != NULL;
    }
    if (strcmp(sort, "field") == 0) {
        return field_exists(name);
    }
    if (strcmp(sort, "role") == 0) { // of an agency in the compact, or of an officer on the roll
        return (row->procedure != NULL && procedure_has_role(row->procedure, name)) ||
               codes_find(codes_list("officer"), name) != NULL;
    }
    if (strcmp(sort, "category") == 0) {
        return codes_find(codes_list("category"), name) != NULL;
    }
    if (strcmp(sort, "procedure") == 0) {
        return find_procedure(name) != NULL;
    }
    return strcmp(sort, "none") == 0 ||
           (strcmp(sort, "record") == 0 && strcmp(name, "work.record") == 0);
}

static void what_a_row_names_exists(void **state)
{
    size_t bad = 0;

    (void)state;
    for (size_t i = 0; i < all.row_count; i++) {
        const struct row *row = &all.rows[i];

        if (row->reference_count == 0) {
            print_error("%s names nothing\n", row->id);
            bad++;
        }
        for (size_t j = 0; j < row->reference_count; j++) {
            if (!reference_exists(row, &row->references[j])) {
                print_error("%s: there is no %s %s\n", row->id, row->references[j].sort,
                            row->references[j].name);
                bad++;
            }
        }
    }
    assert_int_equal(bad, 0);
}

static void no_row_stands_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < all.row_count; i++) {
        if (find_row(all.rows[i].id) != &all.rows[i]) {
            fail_msg("%s stands twice", all.rows[i].id);
        }
    }
}

// ---------------------------------------------------------------------------------- what is tried

static bool ends_id(char next)
{
    return !isalnum((unsigned char)next) && next != '.' && next != '-' && next != '(';
}

static bool is_tried(const char *id)
{
    for (size_t i = 0; i < all.test_count; i++) {
        const char *found = all.tests[i];

        while ((found = strstr(found, id)) != NULL) {
            found += strlen(id);
            if (ends_id(found[0])) {
                return true;
            }
        }
    }
    return false;
}

static bool rule_is_tried(const struct reference *reference, const char *id)
{
    (void)reference;
    return is_tried(id);
}

static bool row_is_tried(const struct row *row)
{
    bool tried = is_tried(row->id);

    for (size_t i = 0; i < row->reference_count; i++) {
        tried = tried || (is_rule(&row->references[i]) && row->references[i].ids != NULL &&
                          each_id(row, &row->references[i], rule_is_tried));
    }
    return tried;
}

static bool row_is_carried(const struct row *row)
{
    for (size_t i = 0; i < row->reference_count; i++) {
        if (is_rule(&row->references[i]) || strcmp(row->references[i].sort, "procedure") == 0) {
            return true;
        }
    }
    return false;
}

// "+ YC-1.1.1", "- YC-0"
static size_t judge_line(const char *line)
{
    const struct row *row = find_row(line + 2);

    if (row == NULL) {
        print_error("%s: no row in %s\n", line + 2, TABLE);
        return 1;
    }
    if (line[0] == '-') {
        return 0;
    }
    if (!row_is_carried(row)) {
        print_error("%s: neither a duty nor a requirement carries it\n", row->id);
        return 1;
    }
    if (!row_is_tried(row)) {
        print_error("%s: no test names it\n", row->id);
        return 1;
    }
    return 0;
}

static void every_row_of_the_regulations_stands_in_the_table_and_is_tried(void **state)
{
    char *rest = read_text(ROWS);
    char *text = rest;
    size_t count = 0;
    size_t bad = 0;
    char *line;

    (void)state;
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (line[0] == '+' || line[0] == '-') {
            bad += judge_line(line);
            count++;
        }
    }
    free(text);
    assert_int_equal(count, 196);
    assert_int_equal(bad, 0);
}

// ------------------------------------------------------------------------------------------ texts

static void read_all(const char *pattern, void (*take)(const char *path))
{
    glob_t found;

    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        take(found.gl_pathv[i]);
    }
    globfree(&found);
}

static void take_procedure(const char *path)
{
    assert_true(all.procedure_count < PROCEDURE_LIMIT);
    all.procedures[all.procedure_count++] = law_text_procedure_of(path);
}

static void take_test(const char *path)
{
    assert_true(all.test_count < TEXT_LIMIT);
    all.tests[all.test_count++] = read_text(path);
}

// A heading that says what a file is about tries nothing.
static void take_cases(const char *path)
{
    char *text;

    take_test(path);
    text = all.tests[all.test_count - 1];
    for (char *line = text; line != NULL && line[0] != '\0';) {
        char *end = strchr(line, '\n');
        const size_t size = end == NULL ? strlen(line) : (size_t)(end - line);

        if (line[0] == '#') {
            memset(line, ' ', size);
        }
        line = end == NULL ? NULL : end + 1;
    }
}

static int set_up(void **state)
{
    (void)state;
    read_all("conf/procedures.d/*.conf", take_procedure);
    read_all("tests/rules/*.case", take_cases);
    read_all("tests/e2e/*.py", take_test);
    read_table();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < all.procedure_count; i++) {
        procedure_free(&all.procedures[i]);
    }
    for (size_t i = 0; i < all.test_count; i++) {
        free(all.tests[i]);
    }
    free(all.table);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_row_stands_twice),
        cmocka_unit_test(what_a_row_names_exists),
        cmocka_unit_test(every_row_of_the_regulations_stands_in_the_table_and_is_tried),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
