// SPDX-License-Identifier: Apache-2.0
// Lists as they are read: records of CSV, encodings, columns and dates.
#include "unit/check.h"

#include <stdio.h>

#include "law/instant.h"
#include "lib/filling.h"
#include "lib/csv.h"
#include "lib/lines.h"
#include "lib/listing.h"
#include "lib/moment.h"
#include "lib/ordinals.h"
#include "lib/recode.h"
#include "wire/info.pb-c.h"

// ------------------------------------------------------------------------------------------ records

// Splits all of a text as one piece and writes it back: cells joined by '|', records by '/', what is broken
// as '!' and the line at fault, counted from the record's first.
static const char *split_all(struct arena *arena, const char *text)
{
    static char told[4096];
    struct csv_record *record = arena_take(arena, sizeof *record);
    char *cells = arena_take(arena, strlen(text) + 1);
    struct bytes rest = bytes_of(text);
    char *at = told;
    *at = '\0';
    while (rest.size > 0) {
        enum csv_outcome outcome = csv_split(rest, CSV_ENDS_HERE, cells, record);
        assert_int_not_equal(outcome, CSV_MORE);
        for (size_t i = 0; outcome == CSV_RECORD && i < record->count; i++) {
            at += sprintf(at, "%s%s", i == 0 ? "" : "|", (const char *)record->cells[i].data);
        }
        at += outcome == CSV_BROKEN ? sprintf(at, "!%zu", record->fault_line) : 0;
        at += sprintf(at, outcome == CSV_BLANK ? "_" : "/");
        rest = (struct bytes){rest.data + record->size, rest.size - record->size};
    }
    return told;
}

static void quotes_commas_and_line_ends_are_those_of_rfc_4180(void **state)
{
    static const char *const cases[][2] = {
        {"a,b\r\nc,d\r\n", "a|b/c|d/"},
        {"a,b\nc,d", "a|b/c|d/"},
        {"a,,\n", "a||/"},
        {",\n", "|/"},
        {"\"a\",\"b,c\"\n", "a|b,c/"},
        {"\"a\"\"b\",\"\"\"\"\n", "a\"b|\"/"},
        {"\"a\nb\",c\r\n", "a\nb|c/"},
        {"\"a\r\nb\",c\n", "a\nb|c/"},
        {"\"\"\n", "/"},
        {"a\n\n\r\nb\n", "a/__b/"},
        {"a\rb\n", "a\rb/"},
        {"\"a\"", "a/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(split_all(*state, cases[i][0]), cases[i][1]);
    }
}

static void broken_quotes_name_their_line_and_cost_no_other(void **state)
{
    static const char *const cases[][2] = {
        {"a\"b,c\nd,e\n", "!0/d|e/"},
        {"\"a\"b,c\r\nd\n", "!0/d/"},
        {"\"a\nb\"c\nd\n", "!1/d/"},
        {"a,\"b\nc\nd", "!0/"},
        {"a,\"x\ny\",\"b\nc\n", "!1/"},
        {"\"a\"\r", "!0/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(split_all(*state, cases[i][0]), cases[i][1]);
    }
}

static void a_record_that_may_go_on_is_not_taken(void **state)
{
    static const char *const cut[] = {"", "a", "a,", "a,b\r", "\"a", "\"a\"", "\"a\r", "\r", "a\"b"};
    struct csv_record *record = arena_take(*state, sizeof *record);
    char cells[16];
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        assert_int_equal(csv_split(bytes_of(cut[i]), CSV_MAY_GO_ON, cells, record), CSV_MORE);
        assert_int_equal(record->is_quoted, i == 4 || i == 6);
    }
}

static void more_columns_than_there_may_be_are_refused(void **state)
{
    char text[CSV_COLUMNS + 4];
    memset(text, ',', sizeof text);
    text[CSV_COLUMNS - 1] = '\n';
    struct csv_record *record = arena_take(*state, sizeof *record);
    char *cells = arena_take(*state, sizeof text + 1);
    struct bytes input = {(const uint8_t *)text, CSV_COLUMNS};
    assert_int_equal(csv_split(input, CSV_MAY_GO_ON, cells, record), CSV_RECORD);
    assert_int_equal(record->count, CSV_COLUMNS);
    text[CSV_COLUMNS - 1] = ',';
    text[CSV_COLUMNS] = '\n';
    input.size = CSV_COLUMNS + 1;
    assert_int_equal(csv_split(input, CSV_MAY_GO_ON, cells, record), CSV_BROKEN);
    assert_int_equal(record->size, input.size);
}

// -------------------------------------------------------------------------------------------- lines

// A file that comes in pieces of a given size.
struct file {
    struct bytes left;
    size_t piece;
};

static ptrdiff_t read_file(void *user, void *buffer, size_t size)
{
    struct file *file = user;
    size_t given = file->left.size < file->piece ? file->left.size : file->piece;
    given = given < size ? given : size;
    memcpy(buffer, file->left.data, given);
    file->left = (struct bytes){file->left.data + given, file->left.size - given};
    return (ptrdiff_t)given;
}

// Reads all of a file: "number:cell|cell/" a record, "number-last!line/" a refused one, "?line@offset" a file
// that is none.
static char *read_all(struct arena *arena, enum lines_form form, struct bytes bytes, size_t piece)
{
    struct file file = {bytes, piece};
    struct lines *lines;
    struct lines_record record;
    char *told = arena_take(arena, 1 << 20);
    char *at = told;
    assert_int_equal(lines_new(form, read_file, &file, &lines), 0);
    for (;;) {
        enum lines_outcome outcome = lines_next(lines, &record);
        if (outcome == LINES_END) {
            break;
        }
        assert_int_not_equal(outcome, LINES_FAILED);
        if (outcome == LINES_UNREADABLE) {
            at += sprintf(at, "?%zu@%zu", (size_t)record.fault_number, (size_t)record.end_offset);
            continue;
        }
        at += sprintf(at, "%zu", (size_t)record.number);
        if (outcome == LINES_REFUSED) {
            at += sprintf(at, "-%zu!%zu/", (size_t)record.last_number, (size_t)record.fault_number);
            continue;
        }
        for (size_t i = 0; i < record.cell_count; i++) {
            struct bytes text;
            size_t offset;
            bool is_good = lines_convert(lines, record.cells[i], arena, &text, &offset);
            at += is_good ? sprintf(at, "%s%.*s", i == 0 ? ":" : "|", (int)text.size,
                                    (const char *)text.data)
                          : sprintf(at, "x%zu", offset);
        }
        at += sprintf(at, "/");
    }
    lines_free(&lines);
    assert_null(lines);
    return told;
}

// Whatever the pieces.
static void assert_lines(struct arena *arena, enum lines_form form, const char *text, size_t size,
                         const char *expected)
{
    static const size_t pieces[] = {1, 2, 3, 7, 1 << 20};
    struct bytes bytes = {(const uint8_t *)text, size};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        assert_string_equal(read_all(arena, form, bytes, pieces[i]), expected);
    }
}

static void lines_are_numbered_whatever_pieces_they_come_in(void **state)
{
    const char csv[] = "a,b\r\n\r\n\"x\r\ny\",2\r\n\"open\n3\n";
    assert_lines(*state, LINES_CSV, csv, sizeof csv - 1, "1:a|b/3:x\ny|2/5-6!5/");
    const char plain[] = "{}\n\n{1}\r\n{2}";
    assert_lines(*state, LINES_PLAIN, plain, sizeof plain - 1, "1:{}/3:{1}/4:{2}/");
    assert_lines(*state, LINES_CSV, "", 0, "");
}

static void marks_and_encodings_are_seen_at_the_start(void **state)
{
    const char utf8[] = "\xef\xbb\xbf" "a,\xe7\xbd\x9a\n";
    assert_lines(*state, LINES_CSV, utf8, sizeof utf8 - 1, "1:a|罚/");
    // 罚 is B7A3, 𠀀 is 9532 8236, € is A2E3.
    const char gb[] = "a,b\n\xb7\xa3,\x95\x32\x82\x36\n\xa2\xe3,ascii\n";
    assert_lines(*state, LINES_CSV, gb, sizeof gb - 1, "1:a|b/2:罚|𠀀/3:€|ascii/");
    const char wide[] = "a\0,\0b\0\n\0";
    assert_lines(*state, LINES_CSV, wide, sizeof wide - 1, "?1@0");
    assert_lines(*state, LINES_CSV, "\xff\xfe" "a\0", 4, "?1@0");
    const char neither[] = "a,b\n1,\xff\n";
    assert_lines(*state, LINES_CSV, neither, sizeof neither - 1, "1:a|b/?2@6");
}

// Text that was UTF-8 for a while and breaks is broken UTF-8, though it could be read as GB18030.
static void a_broken_byte_does_not_turn_utf8_into_gb18030(void **state)
{
    (void)state;
    const char text[] = "一二三四五六七八,\xe7\xbd\n罚,2\n";
    struct recode recode;
    size_t offset;
    assert_int_equal(recode_init(&recode), 0);
    struct bytes bytes = {(const uint8_t *)text, sizeof text - 1};
    assert_int_equal(recode_detect(&recode, bytes, RECODE_ENDS_HERE, &offset), RECODE_OK);
    assert_int_equal(recode.encoding, RECODE_UTF8);
    assert_int_equal(recode_find_fault(&recode, bytes), 25);
    recode_done(&recode);
    // Cut anywhere it is judged as if it were whole.
    for (size_t size = 1; size < 24; size++) {
        assert_int_equal(recode_init(&recode), 0);
        bytes.size = size;
        assert_int_equal(recode_detect(&recode, bytes, RECODE_MAY_GO_ON, &offset), RECODE_OK);
        assert_int_equal(recode.encoding, RECODE_UTF8);
        recode_done(&recode);
    }
}

static void a_line_that_is_not_gb18030_is_told_by_its_byte(void **state)
{
    const char text[] = "\xb7\xa3\n\xb7\xa3,\x81\n\xb7\xa3\n";
    // All of it decides; a later line would be refused alone.
    assert_lines(*state, LINES_CSV, text, sizeof text - 1, "?2@6");
    char *file = arena_take(*state, 400 << 10);
    size_t size = 0;
    while (size < (300 << 10)) {
        memcpy(file + size, "\xb7\xa3,b\n", 5);
        size += 5;
    }
    memcpy(file + size, "\xb7\xa3,\x81\n", 5);
    char *told = read_all(*state, LINES_CSV, (struct bytes){(uint8_t *)file, size + 5}, 4096);
    assert_string_equal(told + strlen(told) - 12, "61441:罚x0/");
}

static void a_record_too_long_is_passed_over_with_its_number(void **state)
{
    static const struct {
        const char *start;
        const char *end;
        const char *expected;
    } cases[] = {
        {"a,", "\nb,2\n", "1:h/2-2!2/3:b|2/"},
        {"x,\"", "\n\"\nb,2\n", "1:h/2-3!2/4:b|2/"},
        {"x,\"", "\nb,2\n", "1:h/2-3!2/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t filler = 300 << 10;
        char *file = arena_take(*state, filler + 64);
        size_t size = (size_t)sprintf(file, "h\n%s", cases[i].start);
        memset(file + size, 'y', filler);
        size += filler;
        size += (size_t)sprintf(file + size, "%s", cases[i].end);
        assert_string_equal(
            read_all(*state, LINES_CSV, (struct bytes){(uint8_t *)file, size}, 5000),
            cases[i].expected);
    }
    // To the byte.
    char *line = arena_take(*state, LINES_LONGEST_BYTES + 2);
    memset(line, 'y', LINES_LONGEST_BYTES + 1);
    line[LINES_LONGEST_BYTES + 1] = '\n';
    struct bytes bytes = {(uint8_t *)line, LINES_LONGEST_BYTES + 2};
    assert_string_equal(read_all(*state, LINES_PLAIN, bytes, 1 << 20), "1-1!1/");
    bytes.data++;
    bytes.size--;
    assert_int_equal(strlen(read_all(*state, LINES_PLAIN, bytes, 1 << 20)),
                     LINES_LONGEST_BYTES + 3);
}

// ---------------------------------------------------------------------------------------- ordinals

static void equal_lines_are_counted_and_others_are_first(void **state)
{
    (void)state;
    struct ordinals *ordinals;
    assert_int_equal(ordinals_new(&ordinals), 0);
    for (uint64_t i = 0; i < 20000; i++) {
        assert_int_equal(ordinals_next(ordinals, i * 4096), 1);
    }
    for (uint64_t i = 0; i < 20000; i++) {
        assert_int_equal(ordinals_next(ordinals, i * 4096), 2);
    }
    assert_int_equal(ordinals_next(ordinals, 4096), 3);
    ordinals_free(&ordinals);
    ordinals_free(&ordinals);
}

// ------------------------------------------------------------------------------------------- dates

static void dates_are_read_as_lists_write_them(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"2025-10-13", "2025-10-13T00:00:00+08:00"},
        {"2025-1-3", "2025-01-03T00:00:00+08:00"},
        {"2025/10/13", "2025-10-13T00:00:00+08:00"},
        {"2025.10.13", "2025-10-13T00:00:00+08:00"},
        {"2025年10月13日", "2025-10-13T00:00:00+08:00"},
        {"2025-10-13 9:05", "2025-10-13T09:05:00+08:00"},
        {"2025-10-13T09:05:30", "2025-10-13T09:05:30+08:00"},
        {"2025/10/13 23:59:59", "2025-10-13T23:59:59+08:00"},
        {"2025年10月13日9时", "2025-10-13T09:00:00+08:00"},
        {"2025年10月13日 9时5分", "2025-10-13T09:05:00+08:00"},
        {"2025年10月13日9时5分30秒", "2025-10-13T09:05:30+08:00"},
        {"2025-10-13T02:00:00Z", "2025-10-13T10:00:00+08:00"},
        {"2024-02-29", "2024-02-29T00:00:00+08:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t instant;
        char text[INSTANT_TEXT_BYTES];
        assert_true(moment_parse(cases[i][0], &instant));
        instant_format(instant, text);
        assert_string_equal(text, cases[i][1]);
    }
    static const char *const none[] = {
        "",           "昨天",         "2025-10",          "2025-13-01",       "2025-02-29",
        "25-10-13",   "2025-10/13",   "2025年10月13",     "2025-10-13 ",      "2025-10-13 24:00",
        "13/10/2025", "2025-10-13 9", "2025-10-13 9:5:",  "2025-10-13 10:60", "2025-10-13x",
        "20251013",   "2025-10-131",  "2025-10-13 9时5",
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        int64_t instant;
        assert_false(moment_parse(none[i], &instant));
    }
}

// ----------------------------------------------------------------------------------------- columns

struct list {
    struct columns_plan plan;
    struct columns *columns;
    struct mapping_faults faults;
};

static struct bytes *make_cells(struct arena *arena, const char *const *texts, size_t count)
{
    struct bytes *cells = arena_take_array(arena, count, sizeof *cells);
    for (size_t i = 0; i < count; i++) {
        cells[i] = bytes_of(arena_copy_text(arena, texts[i]));
    }
    return cells;
}

#define COUNT(texts) (sizeof(texts) / sizeof *(texts))
#define READ(state, list, header)                                                                  \
    columns_read(&(list)->plan, make_cells(*(state), header, COUNT(header)), COUNT(header),       \
                 *(state), &(list)->faults, &(list)->columns)

static const Body__InfoShared *make_line(struct arena *arena, struct list *list,
                                         const char *const *texts, size_t count)
{
    ProtobufCMessage *body;
    struct bytes *cells = make_cells(arena, texts, count);
    assert_int_equal(filling_make(list->columns, cells, arena, &list->faults, &body), MAPPING_OK);
    return (const Body__InfoShared *)body;
}

static void columns_become_fields_details_title_and_text(void **state)
{
    static const char *const header[] = {"案号",    "主体名称",         "credit code",  "formed_at",
                                         " 类别 ", "行政区划代码", "罚款（元）"};
    static const char *const line[] = {" A1\t", "某某公司", "", "2025年9月1日", "行政处罚决定及执行、不予立案",
                                       "", "500"};
    struct list list = {.plan = {.kind = kinds_find("info.shared"),
                                 .key = "案号",
                                 .maps = (const char *const[]){"类别=category"},
                                 .map_count = 1,
                                 .defaults = {"inspection", "653126", 5}}};
    assert_int_equal(READ(state, &list, header), MAPPING_OK);
    const Body__InfoShared *shared = make_line(*state, &list, line, COUNT(line));
    assert_string_equal(shared->category, "penalty");
    assert_string_equal(shared->region, "653126");
    assert_string_equal(shared->subject->name, "某某公司");
    assert_string_equal(shared->subject->credit_code, "");
    assert_string_equal(shared->title, "行政处罚决定及执行、不予立案：某某公司");
    assert_string_equal(shared->text, "案号：A1；罚款（元）：500");
    assert_int_equal(shared->n_details, 2);
    assert_string_equal(shared->details[0]->name, "案号");
    assert_string_equal(shared->details[0]->value, "A1");
    assert_int_equal(shared->formed_at, 1756656000000);
}

static void what_a_line_leaves_open_is_as_told_for_all(void **state)
{
    static const char *const header[] = {"主体名称", "形成或收到时间"};
    static const char *const line[] = {"某某公司", ""};
    struct list list = {
        .plan = {.kind = kinds_find("info.shared"), .defaults = {"penalty", NULL, 1000}}};
    assert_int_equal(READ(state, &list, header), MAPPING_OK);
    const Body__InfoShared *shared = make_line(*state, &list, line, COUNT(line));
    assert_int_equal(shared->formed_at, 1000);
    assert_string_equal(shared->category, "penalty");
    assert_string_equal(shared->text, "主体名称：某某公司");
    assert_string_equal(shared->region, "");
}

static void a_date_that_is_none_is_refused_with_its_column(void **state)
{
    static const char *const header[] = {"主体名称", "日期"};
    static const char *const line[] = {"某某公司", "2025-02-30"};
    struct list list = {.plan = {.kind = kinds_find("info.shared"),
                                 .maps = (const char *const[]){"日期=formed_at"},
                                 .map_count = 1}};
    ProtobufCMessage *body;
    assert_int_equal(READ(state, &list, header), MAPPING_OK);
    assert_int_equal(filling_make(list.columns, make_cells(*state, line, 2), *state, &list.faults,
                                  &body),
                     MAPPING_REFUSED);
    assert_string_equal(list.faults.items[0].path, "formed_at");
    assert_string_equal(list.faults.items[0].title, "日期");
}

static void a_header_that_fits_nothing_is_refused(void **state)
{
    static const char *const twice[] = {"a", "b", "a"};
    static const char *const same[] = {"主体名称", "subject.name"};
    static const char *const bidi[] = {"a\u202e"};
    static const char *const fine[] = {"a", "", "details.name"};
    static const char *const other[] = {"title", "案号"};
    struct list list = {.plan = {.kind = kinds_find("info.shared")}};
    assert_int_equal(READ(state, &list, twice), MAPPING_REFUSED);
    assert_string_equal(list.faults.items[0].path, "a");
    assert_int_equal(READ(state, &list, same), MAPPING_REFUSED);
    assert_int_equal(READ(state, &list, bidi), MAPPING_REFUSED);
    assert_int_equal(READ(state, &list, fine), MAPPING_OK);
    assert_string_equal(columns_name(list.columns, 1), "第2列");
    static const char *const maps[] = {"c=title", "a=nothing", "a=details.name"};
    for (size_t i = 0; i < COUNT(maps); i++) {
        list.plan.maps = &maps[i];
        list.plan.map_count = 1;
        assert_int_equal(READ(state, &list, fine), MAPPING_REFUSED);
    }
    list.plan = (struct columns_plan){.kind = kinds_find("info.shared"), .key = "c"};
    assert_int_equal(READ(state, &list, fine), MAPPING_REFUSED);
    // Only shared information has details.
    list.plan = (struct columns_plan){.kind = kinds_find("catalogue.entry")};
    assert_int_equal(READ(state, &list, other), MAPPING_REFUSED);
    list.plan.maps = (const char *const[]){"案号="};
    list.plan.map_count = 1;
    assert_int_equal(READ(state, &list, other), MAPPING_OK);
}

// ----------------------------------------------------------------------------------------- a list

// Names and bodies of a whole list, joined; refused lines as '!' and their code.
static const char *name_all(struct arena *arena, const struct columns_plan *plan, enum lines_form form,
                            struct bytes bytes)
{
    struct file file = {bytes, 5};
    struct listing *listing;
    struct listing_item item;
    struct mapping_faults faults;
    char *told = arena_take(arena, 64 << 10);
    char *at = told;
    assert_int_equal(listing_new(form, plan, read_file, &file, &listing), 0);
    if (listing_begin(listing, &faults) != LISTING_ITEM) {
        listing_free(&listing);
        return faults.items[0].code;
    }
    for (enum listing_outcome outcome = LISTING_ITEM; outcome != LISTING_END;) {
        outcome = listing_next(listing, arena, &faults, &item);
        if (outcome == LISTING_ITEM) {
            at += sprintf(at, "%s:%zu/", item.record, item.body.size);
        } else if (outcome == LISTING_REFUSED) {
            at += sprintf(at, "%zu!%s/", (size_t)item.line.number, faults.items[0].code);
        }
    }
    listing_free(&listing);
    return told;
}

static void records_are_known_by_key_or_by_content_and_order(void **state)
{
    struct columns_plan plan = {.kind = kinds_find("info.shared"), .key = "号"};
    const char csv[] = "号,b\nA1,x\n,y\nA2\nA3,\x01\nA1,x\n";
    assert_string_equal(name_all(*state, &plan, LINES_CSV, bytes_of(csv)),
                        "A1:37/3!required/4!malformed/5!text/A1:37/");
    plan.key = NULL;
    const char *utf8 = name_all(*state, &plan, LINES_CSV, bytes_of("号,b\n罚,x\n罚,\"x\"\r\n"));
    const char *gb = name_all(*state, &plan, LINES_CSV, bytes_of("\xba\xc5,b\n\xb7\xa3,x\n\xb7\xa3, x"));
    assert_string_equal(utf8, gb);
    assert_int_equal(strcspn(utf8, ":"), 32);
    assert_memory_equal(strchr(utf8, '/') + 1, utf8, 32);
    assert_memory_equal(strchr(utf8, '/') + 33, "-2:", 3);
    // What is in one cell is not in the next.
    const char *cells = name_all(*state, &plan, LINES_CSV, bytes_of("a,b\nx,yz\nxy,z\n"));
    assert_memory_not_equal(strchr(cells, '/') + 1, cells, 32);
}

static void bodies_a_line_are_known_by_a_field_or_by_content(void **state)
{
    struct columns_plan plan = {.kind = kinds_find("info.shared"), .key = "subject.name"};
    const char jsonl[] = "{\"subject\":{\"name\":\"A\"}}\n{}\n[]\n{\"x\":1}\n{\"subject\":1}\n{";
    assert_string_equal(name_all(*state, &plan, LINES_PLAIN, bytes_of(jsonl)),
                        "A:5/2!required/3!value/4!value/5!value/6!malformed/");
    plan.key = NULL;
    const char *named = name_all(*state, &plan, LINES_PLAIN, bytes_of("{}\r\n{}\n"));
    assert_memory_equal(strchr(named, '/') + 33, "-2:", 3);
}

static void a_list_without_a_header_is_none(void **state)
{
    struct columns_plan plan = {.kind = kinds_find("info.shared")};
    assert_string_equal(name_all(*state, &plan, LINES_CSV, bytes_of("")), "malformed");
    assert_string_equal(name_all(*state, &plan, LINES_CSV, bytes_of("\n\"a")), "malformed");
    assert_string_equal(name_all(*state, &plan, LINES_CSV, bytes_of("a\x02\n")), "text");
    assert_string_equal(name_all(*state, &plan, LINES_CSV, bytes_of("\xff\xfe")), "text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(quotes_commas_and_line_ends_are_those_of_rfc_4180),
        with_arena(broken_quotes_name_their_line_and_cost_no_other),
        with_arena(a_record_that_may_go_on_is_not_taken),
        with_arena(more_columns_than_there_may_be_are_refused),
        with_arena(lines_are_numbered_whatever_pieces_they_come_in),
        with_arena(marks_and_encodings_are_seen_at_the_start),
        cmocka_unit_test(a_broken_byte_does_not_turn_utf8_into_gb18030),
        with_arena(a_line_that_is_not_gb18030_is_told_by_its_byte),
        with_arena(a_record_too_long_is_passed_over_with_its_number),
        cmocka_unit_test(equal_lines_are_counted_and_others_are_first),
        cmocka_unit_test(dates_are_read_as_lists_write_them),
        with_arena(columns_become_fields_details_title_and_text),
        with_arena(what_a_line_leaves_open_is_as_told_for_all),
        with_arena(a_date_that_is_none_is_refused_with_its_column),
        with_arena(a_header_that_fits_nothing_is_refused),
        with_arena(records_are_known_by_key_or_by_content_and_order),
        with_arena(bodies_a_line_are_known_by_a_field_or_by_content),
        with_arena(a_list_without_a_header_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
