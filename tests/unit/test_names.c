// SPDX-License-Identifier: Apache-2.0
#include "unit/check.h"

#include <stdio.h>
#include <string.h>

#include "base/names.h"

enum { MANY = 3000 };

struct thing {
    char name[16];
};

static struct names *make(void)
{
    struct names *names = NULL;
    assert_int_equal(names_new(&names), 0);
    return names;
}

static void each_of_many_leads_to_its_own(void **state)
{
    (void)state;
    static struct thing things[MANY];
    struct names *names = make();
    for (size_t i = 0; i < MANY; i++) {
        snprintf(things[i].name, sizeof things[i].name, "town%04zu", i);
        assert_null(names_find(names, things[i].name));
        assert_int_equal(names_put(names, things[i].name, &things[i]), 0);
    }
    for (size_t i = 0; i < MANY; i++) {
        assert_ptr_equal(names_find(names, things[i].name), &things[i]);
    }
    assert_null(names_find(names, "town"));
    assert_null(names_find(names, ""));
    names_free(&names);
    assert_null(names);
}

static void item_put_last_is_found(void **state)
{
    (void)state;
    struct thing old = {"yecheng-scjg"};
    struct thing new = {"yecheng-scjg"};
    struct names *names = make();
    assert_int_equal(names_put(names, old.name, &old), 0);
    assert_int_equal(names_put(names, new.name, &new), 0);
    memset(old.name, 'x', sizeof old.name - 1); // it may go now
    assert_ptr_equal(names_find(names, "yecheng-scjg"), &new);
    names_free(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_many_leads_to_its_own),
        cmocka_unit_test(item_put_last_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
