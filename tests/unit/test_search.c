// SPDX-License-Identifier: Apache-2.0
//
// Search: what is found, by whom, with the index and without it; and the index itself: what it forgets, what it survives, and that nothing but speed
// hangs on it.
#include "unit/scene.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "store/inside.h"
#include "store/journal.h"
#include "store/search.h"
#include "store/segment.h"
#include "wire/fact.pb-c.h"
#include "wire/sharing.pb-c.h"
#include "wire/terms.h"
#include "wire/text.h"

enum { MANY = 70 }; // more than a first file of the index takes

// -------------------------------------------------------------------------------------------------- the index

static void start(struct member *member)
{
    assert_int_equal(search_start(member->store), 0);
}

// Until there is nothing to do; returns how often something was thrown away.
static size_t catch_up(struct member *member)
{
    enum search_outcome outcome = SEARCH_MORE;
    size_t damaged = 0;
    for (size_t steps = 0; outcome != SEARCH_IDLE; steps++) {
        assert_true(steps < 100000);
        assert_int_equal(search_step(member->store, &outcome), 0);
        damaged += outcome == SEARCH_DAMAGED;
    }
    return damaged;
}

static void name_file(const struct member *member, const char *name, char out_path[PATH_MAX])
{
    snprintf(out_path, PATH_MAX, "%s/search/%s", member->config.store, name);
}

static size_t count_files(const struct member *member)
{
    char path[PATH_MAX];
    size_t count = 0;
    name_file(member, "", path);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += strstr(entry->d_name, ".seg") != NULL;
    }
    closedir(folder);
    return count;
}

static bool says(const char *path, const uint8_t *key)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    assert_int_equal(fclose(file), 0);
    return memmem(bytes, size, key, 6) != NULL;
}

// Do the bytes of any file of the index hold the first gram of the text?
static bool index_says(const struct member *member, const char *text)
{
    char folder[PATH_MAX];
    char path[2 * PATH_MAX];
    struct terms terms;
    uint8_t key[8];
    bool found = false;
    assert_int_equal(terms_parse(text, member->town->arena, &terms), TERMS_OK);
    name_file(member, "", folder);
    DIR *listed = opendir(folder);
    assert_non_null(listed);
    for (struct dirent *entry = readdir(listed); entry != NULL; entry = readdir(listed)) {
        snprintf(path, sizeof path, "%s%s", folder, entry->d_name);
        for (int area = AREA_HEADER; area <= AREA_BODY && entry->d_name[0] != '.'; area++) {
            text_put_u64(key, segment_key(terms.grams[0], area));
            found = found || says(path, key + 2);
        }
    }
    closedir(listed);
    return found;
}

// -------------------------------------------------------------------------------------------------- asking

static Control__Search asked(const char *text)
{
    Control__Search ask = CONTROL__SEARCH__INIT;
    ask.text = (char *)(uintptr_t)text;
    return ask;
}

static const Control__Found *ask_page(struct member *member, enum client_role role, Control__Search *ask)
{
    const Control__Reply *reply = town_ask(member, role, CONTROL__REQUEST__ASK_SEARCH, ask);
    assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_FOUND);
    return reply->found;
}

static size_t count_all(struct member *member, enum client_role role, Control__Search ask)
{
    size_t count = 0;
    uint64_t last = UINT64_MAX;
    do {
        const Control__Found *page = ask_page(member, role, &ask);
        for (size_t i = 0; i < page->n_messages; i++) {
            assert_true(page->messages[i]->position < last); // newest first, and none twice
            last = page->messages[i]->position;
        }
        count += page->n_messages;
        assert_true(page->next == 0 || ask.after_position == 0 || page->next < ask.after_position);
        ask.after_position = page->next;
    } while (ask.after_position != 0);
    return count;
}

static size_t count_of(struct member *member, const char *text)
{
    return count_all(member, ROLE_OFFICER, asked(text));
}

static Control__Draft *numbered_notice(struct scene *scene)
{
    Control__Draft *notice = scene_notice(scene);
    static Wire__Source source = WIRE__SOURCE__INIT;
    source.system = "zfpt";
    source.record = "XS-2025-0917";
    notice->source = &source;
    notice->own_number = "叶市监移〔2025〕12号";
    return notice;
}

// Notes of the bureau to the township, each of which says its number, and the words.
static void send_notes(struct scene *scene, size_t count, const char *words)
{
    struct town *town = &scene->town;
    Control__Draft **drafts = arena_take_array(town->arena, count, sizeof *drafts);
    for (size_t i = 0; i < count; i++) {
        drafts[i] = scene_note(scene, scene->township->id, arena_format(town->arena, "编号%zu完%s", i, words));
    }
    struct event event = town_submission(town, drafts, count);
    town_turn(scene->bureau, &event, 1);
    const Control__Submitted *answer = town_answer(scene->bureau);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(answer->results[i]->outcome, "accepted");
    }
    town_settle(town);
}

static void expect_found(struct scene *scene, const char *number)
{
    const char *const texts[] = {"叶城县某食品经营部", "食品经营", "91350100M000100Y43", "100Y43", "100y43", "叶市监移〔2025〕12号",
                                 "2025〕12", "移2025", "XS-2025-0917", "0917", "货架上陈列", "XS-2025 货架", "某路1号", number};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(count_of(scene->bureau, texts[i]), 1);
        assert_int_equal(count_of(scene->township, texts[i]), 1);
    }
    assert_int_equal(count_of(scene->bureau, "叶城县另食品经营部"), 0);
    assert_int_equal(count_of(scene->bureau, "货架 没有的"), 0);
    assert_int_equal(count_of(scene->other, "食品经营"), 0);
}

// -------------------------------------------------------------------------------------------------- what is found

static void everything_that_people_know_of_a_message_finds_it(void **state)
{
    struct scene *scene = *state;
    char *number = arena_copy_text(scene->town.arena, town_submit(scene->bureau, numbered_notice(scene))->short_number);
    town_settle(&scene->town);
    expect_found(scene, number); // no index at all
    start(scene->bureau);
    start(scene->township);
    expect_found(scene, number); // an empty one
    send_notes(scene, MANY, "");
    assert_int_equal(catch_up(scene->bureau), 0);
    assert_int_equal(catch_up(scene->township), 0);
    assert_int_equal(count_files(scene->bureau), 1);
    assert_int_equal(count_files(scene->township), 1);
    expect_found(scene, number);
    assert_int_equal(count_of(scene->bureau, "编号"), MANY);
    assert_int_equal(count_of(scene->bureau, "编号69完"), 1);
}

static void fresh_message_is_found_at_once(void **state)
{
    struct scene *scene = *state;
    start(scene->bureau);
    send_notes(scene, MANY, "");
    catch_up(scene->bureau);
    town_submit(scene->bureau, scene_note(scene, scene->township->id, "刚刚发生"));
    assert_int_equal(count_of(scene->bureau, "刚刚发生"), 1);
    send_notes(scene, MANY, "");
    assert_int_equal(count_of(scene->bureau, "刚刚发生"), 1);
    catch_up(scene->bureau);
    assert_int_equal(count_of(scene->bureau, "刚刚发生"), 1);
    assert_int_equal(count_of(scene->bureau, "编号"), 2 * MANY);
}

static void operator_finds_by_what_is_in_the_header_alone(void **state)
{
    struct scene *scene = *state;
    start(scene->bureau);
    town_submit(scene->bureau, numbered_notice(scene));
    send_notes(scene, MANY, "");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(count_all(scene->bureau, ROLE_OPERATOR, asked("2025〕12号")), 1);
        assert_int_equal(count_all(scene->bureau, ROLE_OPERATOR, asked("货架上陈列")), 0);
        assert_int_equal(count_all(scene->bureau, ROLE_OPERATOR, asked("编号")), 0);
        assert_int_equal(count_all(scene->bureau, ROLE_AUDITOR, asked("货架上陈列")), 1);
        catch_up(scene->bureau);
    }
    Control__Search ask = asked("2025〕12号");
    const Control__Found *page = ask_page(scene->bureau, ROLE_OPERATOR, &ask);
    assert_string_equal(page->messages[0]->body_state, "withheld");
    assert_int_equal(page->messages[0]->body.len, 0);
}

static void expect_count(struct scene *scene, const Control__Search *ask, size_t count)
{
    assert_int_equal(count_all(scene->bureau, ROLE_OFFICER, *ask), count);
}

// By the index as without it.
static void expect_narrowed(struct scene *scene, Control__Search ask, const Control__Draft *notice)
{
    expect_count(scene, &ask, 4);
    ask.kind = "lead.";
    expect_count(scene, &ask, 2);
    ask.kind = "lead.not";
    expect_count(scene, &ask, 1);
    ask.kind = "lead.x";
    expect_count(scene, &ask, 0);
    ask.kind = "lead.notice";
    expect_count(scene, &ask, 1);
    ask.kind = "";
    ask.author = scene->township->id;
    expect_count(scene, &ask, 1);
    ask.kind = "lead.";
    expect_count(scene, &ask, 0);
    ask.kind = "";
    ask.author = "";
    ask.direction = "in";
    expect_count(scene, &ask, 1);
    ask.direction = "fact";
    expect_count(scene, &ask, 1);
    ask.direction = "out";
    expect_count(scene, &ask, 2);
    ask.direction = "";
    ask.state = "recorded";
    expect_count(scene, &ask, 1);
    ask.state = "";
    ask.matter = notice->id;
    expect_count(scene, &ask, 1);
    ask.matter = (ProtobufCBinaryData){0};
    ask.since = TOWN_BEGIN + 1;
    expect_count(scene, &ask, 3);
    ask.since = TOWN_BEGIN + TOWN_HOUR + 1; // the township's came then
    expect_count(scene, &ask, 1);
    ask.until = TOWN_BEGIN + 2 * TOWN_HOUR;
    expect_count(scene, &ask, 0);
    ask.since = 0;
    expect_count(scene, &ask, 3);
}

static void only_what_was_asked_for_is_found(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *notice = numbered_notice(scene);
    town_submit(scene->bureau, notice);
    town->now += TOWN_HOUR;
    town_submit(scene->bureau, scene_note(scene, scene->township->id, "食品经营情况"));
    town_submit(scene->township, scene_note(scene, scene->bureau->id, "食品经营台账"));
    town_submit(scene->bureau, town_draft(town, "lead.discovered", NULL, lead_discovered(town->arena, town->now)));
    town->now += TOWN_HOUR;
    town_settle(town);
    Control__Search ask = asked("食品");
    expect_narrowed(scene, ask, notice);
    start(scene->bureau);
    town->now = TOWN_BEGIN + 3 * TOWN_HOUR;
    send_notes(scene, MANY, "");
    catch_up(scene->bureau);
    assert_true(search_behind(scene->bureau->store) < 64);
    expect_narrowed(scene, ask, notice);
}

static struct bytes entry_of(struct scene *scene, const char *category)
{
    Body__CatalogueEntry entry = BODY__CATALOGUE_ENTRY__INIT;
    entry.title = "行政处罚目录";
    entry.category = (char *)(uintptr_t)category;
    entry.fields = "当事人、文号";
    entry.rhythm = "at-once";
    entry.access = "both";
    entry.viewers = "全体成员";
    entry.basis = "办法第二十六条";
    return decode_pack(&entry.base, scene->town.arena);
}

static struct bytes item_of(struct scene *scene, const char *category)
{
    Body__InfoFormed formed = BODY__INFO_FORMED__INIT;
    formed.title = "行政处罚信息";
    formed.category = (char *)(uintptr_t)category;
    formed.formed_at = scene->town.now;
    return decode_pack(&formed.base, scene->town.arena);
}

static void expect_of_category(struct scene *scene, const char *category, size_t by_officer, size_t by_operator)
{
    Control__Search ask = asked("行政处罚");
    ask.category = (char *)(uintptr_t)category;
    assert_int_equal(count_all(scene->bureau, ROLE_OFFICER, ask), by_officer);
    ask.text = (char *)(uintptr_t)scene->bureau->id;
    assert_int_equal(count_all(scene->bureau, ROLE_OPERATOR, ask), by_operator);
}

// The category of an entry of the catalogue is its body's, which an operator does not read.
static void what_is_shared_is_found_by_its_category(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    start(scene->bureau);
    town_submit(scene->bureau, town_draft(town, "catalogue.entry", NULL, entry_of(scene, "penalty")));
    town_submit(scene->bureau, town_draft(town, "info.formed", NULL, item_of(scene, "penalty")));
    town_submit(scene->bureau, town_draft(town, "info.formed", NULL, item_of(scene, "inspection")));
    town_submit(scene->bureau, scene_note(scene, scene->township->id, "行政处罚一览"));
    for (size_t i = 0; i < 2; i++) {
        expect_of_category(scene, "penalty", 2, 1);
        expect_of_category(scene, "inspection", 1, 1);
        expect_of_category(scene, "permit", 0, 0);
        expect_of_category(scene, "", 4, 4 + i * MANY);
        send_notes(scene, i == 0 ? MANY : 0, "");
        catch_up(scene->bureau);
    }
    assert_true(search_behind(scene->bureau->store) < 64);
}

static void what_cannot_be_asked_is_refused(void **state)
{
    struct scene *scene = *state;
    char text[2 * TERMS_LETTERS];
    Control__Search ask = asked("张");
    town_expect_refused(town_ask(scene->bureau, ROLE_OFFICER, CONTROL__REQUEST__ASK_SEARCH, &ask), "value");
    ask.text = "";
    town_expect_refused(town_ask(scene->bureau, ROLE_OFFICER, CONTROL__REQUEST__ASK_SEARCH, &ask), "value");
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    ask.text = text;
    town_expect_refused(town_ask(scene->bureau, ROLE_OFFICER, CONTROL__REQUEST__ASK_SEARCH, &ask), "value");
}

static void one_request_finds_a_page_and_looks_at_a_bounded_part(void **state)
{
    struct scene *scene = *state;
    start(scene->bureau);
    for (size_t i = 0; i < 4; i++) {
        send_notes(scene, 200, "");
    }
    Control__Search ask = asked("编号");
    assert_int_equal(ask_page(scene->bureau, ROLE_OFFICER, &ask)->n_messages, 100);
    ask.limit = 101;
    assert_int_equal(ask_page(scene->bureau, ROLE_OFFICER, &ask)->n_messages, 100);
    ask.limit = 7;
    assert_int_equal(ask_page(scene->bureau, ROLE_OFFICER, &ask)->n_messages, 7);
    assert_int_equal(count_all(scene->bureau, ROLE_OFFICER, ask), 800);
    ask = asked("没有的文字");
    const Control__Found *page = ask_page(scene->bureau, ROLE_OFFICER, &ask);
    assert_int_equal(page->n_messages, 0);
    assert_true(page->next > 1);
    catch_up(scene->bureau);
    assert_true(search_behind(scene->bureau->store) < 64);
    assert_int_equal(ask_page(scene->bureau, ROLE_OFFICER, &ask)->next, 0);
    ask = asked("编号");
    ask.limit = 7;
    assert_int_equal(count_all(scene->bureau, ROLE_OFFICER, ask), 800);
}

// Guards against a turn that is as long as there are people who search.
static void searches_of_one_turn_share_what_it_may_take(void **state)
{
    struct scene *scene = *state;
    struct event events[6];
    size_t done = 0;
    for (size_t i = 0; i < 3; i++) {
        send_notes(scene, 200, "");
    }
    Control__Search ask = asked("没有的文字");
    Control__Request request = CONTROL__REQUEST__INIT;
    request.number = 1;
    request.ask_case = CONTROL__REQUEST__ASK_SEARCH;
    request.search = &ask;
    for (size_t i = 0; i < 6; i++) {
        events[i] = town_event(&scene->town, EVENT_REQUEST);
        events[i].request.request = &request;
        events[i].request.role = ROLE_OFFICER;
        events[i].request.allowed = true;
    }
    town_turn(scene->bureau, events, 6);
    uint64_t end = store_state(scene->bureau->store)->next_position;
    for (const struct release *next = scene->bureau->effects.first_release; next != NULL; next = next->next) {
        assert_true(next->reply->found->next != 0);
        done += next->reply->found->next < end;
    }
    assert_true(done >= 1 && done < 6); // the others are told to ask on from where they were
}

// -------------------------------------------------------------------------------------------------- forgetting

static Control__Draft *recall_first_of_many(struct scene *scene)
{
    Control__Draft *notice = numbered_notice(scene);
    start(scene->township);
    start(scene->bureau);
    town_submit(scene->bureau, notice);
    send_notes(scene, MANY, "");
    catch_up(scene->township);
    catch_up(scene->bureau);
    assert_true(index_says(scene->township, "货架"));
    town_submit(scene->bureau, scene_recall(scene, notice));
    town_settle(&scene->town);
    return notice;
}

static void recalled_message_is_found_by_its_header_alone(void **state)
{
    struct scene *scene = *state;
    recall_first_of_many(scene);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(count_of(scene->township, "货架"), 0);
        assert_int_equal(count_of(scene->township, "2025〕12号"), 1);
        assert_int_equal(count_of(scene->bureau, "货架"), 1); // its author still reads it
        assert_int_equal(catch_up(scene->township), 0);
        catch_up(scene->bureau);
    }
    assert_false(index_says(scene->township, "货架"));
    assert_true(index_says(scene->bureau, "货架"));
    assert_true(index_says(scene->township, "移2025"));
    assert_int_equal(count_of(scene->township, "编号"), MANY);
}

static void erased_text_leaves_nothing_in_the_index(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = numbered_notice(scene);
    start(scene->township);
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    Control__Draft *recall = scene_recall(scene, notice);
    town_submit(scene->bureau, recall);
    Body__DeletionConfirmed deleted = BODY__DELETION_CONFIRMED__INIT;
    deleted.deleted_at = scene->town.now;
    struct bytes packed = decode_pack(&deleted.base, scene->town.arena);
    town_settle(&scene->town);
    town_submit(scene->township, scene_reply(scene, "deletion.confirmed", scene->bureau->id, packed, recall));
    send_notes(scene, MANY, "");
    catch_up(scene->township);
    assert_false(index_says(scene->township, "货架"));
    assert_int_equal(count_of(scene->township, "货架"), 0);
    assert_int_equal(count_of(scene->township, "编号"), MANY);
}

// Guards against an erasure that is forgotten because the daemon ended before the index heard of it.
static void recall_is_followed_after_a_restart(void **state)
{
    struct scene *scene = *state;
    recall_first_of_many(scene);
    assert_true(index_says(scene->township, "货架"));
    town_restart(scene->township);
    start(scene->township);
    assert_int_equal(count_files(scene->township), 1);
    assert_int_equal(catch_up(scene->township), 0);
    assert_false(index_says(scene->township, "货架"));
    assert_int_equal(count_of(scene->township, "编号"), MANY);
}

// Wherever the daemon ends while the index follows, the next one goes on.
static void restart_anywhere_loses_nothing(void **state)
{
    struct scene *scene = *state;
    recall_first_of_many(scene);
    for (size_t steps = 1; steps < 40; steps++) {
        enum search_outcome outcome;
        for (size_t i = 0; i < steps; i++) {
            assert_int_equal(search_step(scene->township->store, &outcome), 0);
        }
        assert_int_equal(count_of(scene->township, "货架"), 0);
        assert_int_equal(count_of(scene->township, "编号"), MANY);
        town_restart(scene->township);
        start(scene->township);
    }
    catch_up(scene->township);
    assert_false(index_says(scene->township, "货架"));
    assert_int_equal(count_of(scene->township, "编号"), MANY);
}

// The township passes the bureau's notice on without its body, before the bureau's own copy arrives.
static void body_that_comes_later_is_found_then(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *notice = scene_notice(scene);
    Control__Draft *many[MANY];
    start(scene->other);
    town_add_copy(town, notice, scene->other->id);
    town_submit(scene->bureau, notice);
    town_deliver(scene->bureau, scene->township);
    Control__Draft *note = scene_note(scene, scene->other->id, "参见通报");
    town_submit(scene->township, note);
    const struct town_item items[] = {
        {FRAME_ENCLOSURE, town_held(scene->township, town_find(scene->township, scene->bureau, notice->id), VIEW_NO_PARTS)},
        {FRAME_NUMBERED, town_held(scene->township, town_find(scene->township, scene->township, note->id), VIEW_ALL_PARTS)},
    };
    town_receive(scene->other, scene->township, town_pack(town, view_state(town_view(scene->township))->epoch, 1, items, 2));
    for (size_t i = 0; i < MANY; i++) {
        many[i] = town_draft(town, "lead.discovered", NULL, lead_discovered(town->arena, town->now));
    }
    struct event event = town_submission(town, many, MANY);
    town_turn(scene->other, &event, 1);
    catch_up(scene->other);
    assert_int_equal(count_of(scene->other, "货架"), 0);
    town_deliver(scene->bureau, scene->other);
    enum search_outcome outcome;
    size_t found = 0;
    do { // what was found once is not lost while the work goes on
        assert_int_equal(search_step(scene->other->store, &outcome), 0);
        size_t now = count_of(scene->other, "货架");
        assert_true(now >= found);
        found = now;
    } while (outcome != SEARCH_IDLE);
    assert_int_equal(found, 1);
}

// -------------------------------------------------------------------------------------------------- surviving

static void index_lasts_over_a_restart(void **state)
{
    struct scene *scene = *state;
    start(scene->bureau);
    send_notes(scene, MANY, "");
    catch_up(scene->bureau);
    uint64_t behind = search_behind(scene->bureau->store);
    assert_true(behind < 64);
    town_restart(scene->bureau);
    start(scene->bureau);
    assert_int_equal(search_behind(scene->bureau->store), behind);
    assert_int_equal(count_of(scene->bureau, "编号"), MANY);
}

static void change(const struct member *member, const char *name, long at)
{
    char path[PATH_MAX];
    name_file(member, name, path);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    assert_int_equal(fclose(file), 0);
}

#define FIRST_FILE "0000000000000001.seg"

static void damaged_segment_is_thrown_away_and_made_anew(void **state)
{
    struct scene *scene = *state;
    static const long places[] = {3, 20, 61, 100};
    start(scene->bureau);
    send_notes(scene, MANY, "");
    catch_up(scene->bureau);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        change(scene->bureau, FIRST_FILE, places[i]);
        assert_int_equal(count_of(scene->bureau, "00a"), 0); // its grams stand in the first block
        assert_int_equal(count_of(scene->bureau, "编号"), MANY);
        assert_int_equal(search_behind(scene->bureau->store), view_state(town_view(scene->bureau))->next_position - 1);
        assert_int_equal(catch_up(scene->bureau), 1);
        assert_true(search_behind(scene->bureau->store) < 64);
        assert_int_equal(count_of(scene->bureau, "编号"), MANY);
    }
    change(scene->bureau, FIRST_FILE, 20);
    town_restart(scene->bureau);
    start(scene->bureau);
    assert_int_equal(count_of(scene->bureau, "编号"), MANY);
    assert_int_equal(catch_up(scene->bureau), 1);
}

static void segment_damaged_before_it_grows_is_made_anew(void **state)
{
    struct scene *scene = *state;
    start(scene->bureau);
    send_notes(scene, MANY, "");
    catch_up(scene->bureau);
    change(scene->bureau, FIRST_FILE, 300);
    send_notes(scene, MANY, "");
    assert_int_equal(catch_up(scene->bureau), 1);
    assert_true(search_behind(scene->bureau->store) < 64);
    assert_int_equal(count_of(scene->bureau, "编号"), 2 * MANY);
}

static void index_whose_state_is_not_to_be_trusted_begins_anew(void **state)
{
    struct scene *scene = *state;
    start(scene->bureau);
    send_notes(scene, MANY, "");
    catch_up(scene->bureau);
    for (long at = 0; at < 52; at += 17) {
        change(scene->bureau, "state", at);
        town_restart(scene->bureau);
        start(scene->bureau);
        assert_int_equal(count_files(scene->bureau), 0);
        assert_int_equal(count_of(scene->bureau, "编号"), MANY);
        assert_int_equal(catch_up(scene->bureau), 1);
        assert_int_equal(count_files(scene->bureau), 1);
    }
}

// The store that was put back knows nothing of what the index holds.
static void index_of_another_past_begins_anew(void **state)
{
    struct scene *scene = *state;
    town_save(scene->bureau);
    start(scene->bureau);
    send_notes(scene, MANY, "旧的");
    catch_up(scene->bureau);
    town_restore(scene->bureau);
    for (size_t i = 0; i < MANY + 10; i++) {
        town_submit(scene->bureau, scene_note(scene, scene->township->id, "新的一份"));
    }
    start(scene->bureau);
    assert_int_equal(count_files(scene->bureau), 0);
    catch_up(scene->bureau);
    assert_int_equal(count_of(scene->bureau, "旧的"), 0);
    assert_int_equal(count_of(scene->bureau, "新的一份"), MANY + 10);
    assert_false(index_says(scene->bureau, "旧的"));
}

static void index_that_is_taken_away_under_way_comes_back(void **state)
{
    struct scene *scene = *state;
    start(scene->bureau);
    send_notes(scene, MANY, "");
    catch_up(scene->bureau);
    search_remove(scene->bureau->config.store);
    assert_int_equal(count_of(scene->bureau, "编号"), MANY);
    catch_up(scene->bureau);
    assert_int_equal(count_files(scene->bureau), 1);
    town_restart(scene->bureau);
    start(scene->bureau);
    assert_int_equal(count_files(scene->bureau), 1);
    assert_int_equal(count_of(scene->bureau, "编号"), MANY);
}

static void disk_without_room_stops_the_index_and_nothing_else(void **state)
{
    struct scene *scene = *state;
    struct rlimit before;
    enum search_outcome outcome = SEARCH_MORE;
    start(scene->bureau);
    send_notes(scene, MANY, "");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit none = {100, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    int result = 0;
    while (result == 0 && outcome != SEARCH_IDLE) {
        result = search_step(scene->bureau->store, &outcome);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(result, -EFBIG);
    assert_int_equal(count_files(scene->bureau), 0);
    assert_int_equal(count_of(scene->bureau, "编号"), MANY);
    assert_int_equal(catch_up(scene->bureau), 0);
    assert_int_equal(count_files(scene->bureau), 1);
}

// -------------------------------------------------------------------------------------------------- growing

// How many positions from `first` on an index proposes.
static size_t count_proposed(struct scene *scene, const char *text, uint64_t first)
{
    struct sought sought = {.in = SOUGHT_IN_ALL};
    struct proposal proposal = {0};
    size_t count = 0;
    assert_int_equal(terms_parse(text, scene->town.arena, &sought.terms), TERMS_OK);
    do {
        view_propose(town_view(scene->bureau), &sought, proposal.next, scene->town.arena, &proposal);
        for (size_t i = 0; i < proposal.count; i++) {
            count += proposal.positions[i] >= first;
        }
    } while (proposal.next != 0);
    return count;
}

static void segments_grow_until_they_are_full_and_lie_side_by_side(void **state)
{
    struct scene *scene = *state;
    start(scene->bureau);
    size_t sent = 0;
    for (size_t i = 0; i < 18; i++) {
        send_notes(scene, 250, "发现当事人，执法人员到场");
        sent += 250;
        catch_up(scene->bureau);
        uint64_t positions = view_state(town_view(scene->bureau))->next_position - 1;
        assert_true(search_behind(scene->bureau->store) <= positions / 3 + 64);
    }
    assert_true(count_files(scene->bureau) >= 2);
    assert_int_equal(count_of(scene->bureau, "编号"), sent);
    assert_int_equal(count_of(scene->bureau, "编号249完"), 18);
    // What the first segment has in common is told apart in the second, so no statement of it is looked at in vain.
    assert_int_equal(count_of(scene->bureau, "现当事人员"), 0);
    assert_true(count_proposed(scene, "现当事人员", 1) > SEGMENT_POSITIONS / 2);
    assert_true(count_proposed(scene, "现当事人员", SEGMENT_POSITIONS + 1) <= search_behind(scene->bureau->store));
    assert_true(count_proposed(scene, "执法人员", SEGMENT_POSITIONS + 1) >= sent - SEGMENT_POSITIONS);
    town_restart(scene->bureau);
    start(scene->bureau);
    assert_int_equal(count_of(scene->bureau, "编号"), sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(everything_that_people_know_of_a_message_finds_it),
        with_scene(fresh_message_is_found_at_once),
        with_scene(operator_finds_by_what_is_in_the_header_alone),
        with_scene(only_what_was_asked_for_is_found),
        with_scene(what_is_shared_is_found_by_its_category),
        with_scene(what_cannot_be_asked_is_refused),
        with_scene(one_request_finds_a_page_and_looks_at_a_bounded_part),
        with_scene(searches_of_one_turn_share_what_it_may_take),
        with_scene(recalled_message_is_found_by_its_header_alone),
        with_scene(erased_text_leaves_nothing_in_the_index),
        with_scene(recall_is_followed_after_a_restart),
        with_scene(restart_anywhere_loses_nothing),
        with_scene(body_that_comes_later_is_found_then),
        with_scene(index_lasts_over_a_restart),
        with_scene(damaged_segment_is_thrown_away_and_made_anew),
        with_scene(segment_damaged_before_it_grows_is_made_anew),
        with_scene(index_whose_state_is_not_to_be_trusted_begins_anew),
        with_scene(index_of_another_past_begins_anew),
        with_scene(index_that_is_taken_away_under_way_comes_back),
        with_scene(disk_without_room_stops_the_index_and_nothing_else),
        with_scene(segments_grow_until_they_are_full_and_lie_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
