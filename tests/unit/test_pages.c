// SPDX-License-Identifier: Apache-2.0
//
// Damage to the pages that LMDB believes: every bit of a meta page that matters, every page in every other's place.
#include "unit/scratch.h"

#include "store/pages.h"

enum { PAGE = 4096, ROWS = 200, LONG_BYTES = 2 * PAGE, META_FREE_DEPTH = 46, META_MAIN = 88, META_MAIN_DEPTH = 94, META_END = 152 };

struct desk {
    struct scratch scratch;
    char path[96];
    uint8_t *file;
    uint8_t *damaged;
    size_t size;
    char fault[PAGES_FAULT_BYTES];
};

static void put(MDB_txn *txn, MDB_dbi tree, unsigned number, size_t size)
{
    static char text[LONG_BYTES];
    char name[32];
    snprintf(name, sizeof name, "row %05u", number);
    MDB_val key = {strlen(name), name};
    MDB_val value = {size, text};
    assert_int_equal(mdb_put(txn, tree, &key, &value, 0), 0);
}

static MDB_env *open_env(const struct desk *desk, unsigned flags)
{
    MDB_env *env;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
    if (mdb_env_open(env, desk->path, MDB_NOSUBDIR | MDB_NOLOCK | flags, 0600) != 0) {
        mdb_env_close(env);
        return NULL;
    }
    return env;
}

// Two trees, one of them two pages deep with long values, and pages that were freed.
static void fill(MDB_env *env)
{
    for (unsigned turn = 0; turn < 8; turn++) {
        MDB_txn *txn;
        MDB_dbi trees[2];
        assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
        assert_int_equal(mdb_dbi_open(txn, "one", MDB_CREATE, &trees[0]), 0);
        assert_int_equal(mdb_dbi_open(txn, "two", MDB_CREATE, &trees[1]), 0);
        for (unsigned i = 0; i < ROWS / 8; i++) {
            put(txn, trees[0], i * 8 + turn, 40);
        }
        put(txn, trees[0], ROWS + turn, LONG_BYTES);
        put(txn, trees[1], turn, 100);
        assert_int_equal(mdb_txn_commit(txn), 0);
    }
}

static int make_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    strcpy(desk->scratch.path, "/dev/shm/liaison-pages-XXXXXX"); // thousands of files are written
    assert_non_null(mkdtemp(desk->scratch.path));
    snprintf(desk->path, sizeof desk->path, "%s/data.mdb", desk->scratch.path);
    MDB_env *env = open_env(desk, MDB_NOSYNC);
    assert_non_null(env);
    fill(env);
    mdb_env_close(env);
    FILE *file = fopen(desk->path, "r");
    assert_non_null(file);
    desk->file = malloc(1 << 20);
    desk->damaged = malloc(1 << 20);
    assert_true(desk->file != NULL && desk->damaged != NULL);
    desk->size = fread(desk->file, 1, 1 << 20, file);
    assert_int_equal(fclose(file), 0);
    *state = desk;
    return 0;
}

static int drop_desk(void **state)
{
    struct desk *desk = *state;
    scratch_remove(&desk->scratch);
    free(desk->file);
    free(desk->damaged);
    free(desk);
    return 0;
}

static uint8_t *begin(struct desk *desk)
{
    memcpy(desk->damaged, desk->file, desk->size);
    return desk->damaged;
}

static bool is_found(struct desk *desk, size_t size)
{
    scratch_write(desk->path, (struct bytes){desk->damaged, size});
    if (pages_check_metas(desk->path) < 0) {
        return true;
    }
    MDB_env *env = open_env(desk, MDB_RDONLY); // what writing would take is much, and needed for none of this
    if (env == NULL) {
        return true;
    }
    assert_int_equal(pages_check(env, desk->fault), 0);
    mdb_env_close(env);
    return desk->fault[0] != '\0';
}

// Pages of trees and first pages of long values: what is wrong with any other is none of LMDB's.
static bool is_live(struct desk *desk, size_t page)
{
    memset(begin(desk) + page * PAGE, 0, PAGE);
    return is_found(desk, desk->size);
}

static void sound_file_has_no_fault(void **state)
{
    struct desk *desk = *state;
    begin(desk);
    if (is_found(desk, desk->size)) {
        fail_msg("%s", desk->fault);
    }
}

static void every_bit_of_the_newer_meta_page_matters(void **state)
{
    struct desk *desk = *state;
    uint64_t turns[2];
    memcpy(&turns[0], desk->file + META_END - 8, 8);
    memcpy(&turns[1], desk->file + PAGE + META_END - 8, 8);
    size_t newer = turns[1] > turns[0];
    for (size_t i = META_FREE_DEPTH * 8; i < META_END * 8; i++) {
        if (i / 8 >= META_MAIN && i / 8 < META_MAIN_DEPTH) {
            continue; // nobody reads it
        }
        begin(desk)[newer * PAGE + i / 8] ^= (uint8_t)(1U << i % 8);
        if (!is_found(desk, desk->size)) {
            fail_msg("bit %zu of byte %zu", i % 8, i / 8);
        }
    }
}

// Also those that make the older meta page the newer one, with a number that would follow.
static void every_bit_of_the_turns_numbers_matters(void **state)
{
    struct desk *desk = *state;
    for (size_t i = 0; i < 128; i++) {
        begin(desk)[i / 64 * PAGE + META_END - 8 + i % 64 / 8] ^= (uint8_t)(1U << i % 8);
        assert_true(is_found(desk, desk->size));
    }
    for (size_t meta = 0; meta < 2; meta++) {
        for (int step = -2; step <= 2; step += 4) {
            uint64_t turn;
            memcpy(&turn, begin(desk) + meta * PAGE + META_END - 8, 8);
            turn += (uint64_t)step;
            memcpy(desk->damaged + meta * PAGE + META_END - 8, &turn, 8);
            assert_true(is_found(desk, desk->size));
        }
    }
}

static void page_in_the_place_of_another_is_found(void **state)
{
    struct desk *desk = *state;
    size_t count = desk->size / PAGE;
    size_t live = 0;
    for (size_t page = 2; page < count; page++) {
        if (!is_live(desk, page)) {
            continue;
        }
        live++;
        for (size_t other = 2; other < count; other++) {
            memcpy(begin(desk) + page * PAGE, desk->file + other * PAGE, PAGE);
            if (other != page && memcmp(desk->damaged, desk->file, desk->size) != 0 && !is_found(desk, desk->size)) {
                fail_msg("page %zu in the place of %zu", other, page);
            }
        }
    }
    assert_true(live > 10);
}

// Every bit of what makes a page: some hit what nobody reads, but none may lead astray.
static void no_bit_leads_astray(void **state)
{
    struct desk *desk = *state;
    size_t count = desk->size / PAGE;
    size_t found = 0;
    for (size_t page = 0; page < count; page++) {
        for (size_t i = 0; i < 256; i++) {
            size_t at = i < 128 ? i / 4 : PAGE - 64 + (i - 128) / 2;
            begin(desk)[page * PAGE + at] ^= (uint8_t)(1U << (i < 128 ? 2 * (i % 4) : 1 + 4 * (i % 2)));
            found += is_found(desk, desk->size);
        }
    }
    assert_true(found > 1000);
}

static void end_that_is_cut_off_is_found(void **state)
{
    struct desk *desk = *state;
    for (size_t page = 0; page < desk->size / PAGE; page++) {
        begin(desk);
        bool live = page < 2 || is_live(desk, page);
        begin(desk);
        assert_true(!live || is_found(desk, page * PAGE));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sound_file_has_no_fault, make_desk, drop_desk),
        cmocka_unit_test_setup_teardown(every_bit_of_the_newer_meta_page_matters, make_desk, drop_desk),
        cmocka_unit_test_setup_teardown(every_bit_of_the_turns_numbers_matters, make_desk, drop_desk),
        cmocka_unit_test_setup_teardown(page_in_the_place_of_another_is_found, make_desk, drop_desk),
        cmocka_unit_test_setup_teardown(no_bit_leads_astray, make_desk, drop_desk),
        cmocka_unit_test_setup_teardown(end_that_is_cut_off_is_found, make_desk, drop_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
