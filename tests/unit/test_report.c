// SPDX-License-Identifier: Apache-2.0
//
// What a daemon says of itself: who it is, how it stands with each peer, whom it knows and what it works under.
#include "unit/scene.h"

static const Control__Reply *ask(struct member *member, Control__Request__AskCase ask_case, void *message)
{
    const Control__Reply *reply = town_ask(member, ROLE_OPERATOR, ask_case, message);
    assert_int_equal(member->effects.fact_count, 0); // a report changes nothing
    return reply;
}

static void greeting_says_who_is_there_and_as_whom_he_sees_the_caller(void **state)
{
    static const struct { enum client_role role; const char *name; } roles[] = {
        {ROLE_SUBMITTER, "submitter"}, {ROLE_OFFICER, "officer"}, {ROLE_AUDITOR, "auditor"},
        {ROLE_OPERATOR, "operator"},   {ROLE_ADMINISTRATOR, "administrator"},
    };
    struct scene *scene = *state;
    Control__Greet greet = CONTROL__GREET__INIT;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        const Control__Reply *reply = town_ask(scene->bureau, roles[i].role, CONTROL__REQUEST__ASK_GREET, &greet);
        assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_GREETING);
        assert_string_equal(reply->greeting->agency, scene->bureau->id);
        assert_string_equal(reply->greeting->name, "叶城县某机关");
        assert_string_equal(reply->greeting->role, roles[i].name);
        assert_string_equal(reply->greeting->client, "test");
        assert_int_equal(reply->greeting->now, scene->town.now);
        assert_false(reply->greeting->test);
        assert_int_equal(reply->greeting->position->turn, view_state(town_view(scene->bureau))->turn + 1);
    }
}

static void peers_are_all_but_oneself_with_what_waits_for_them(void **state)
{
    struct scene *scene = *state;
    Control__PeerAsk peers = CONTROL__PEER_ASK__INIT;
    town_submit(scene->bureau, scene_note(scene, scene->township->id, "一"));
    scene->town.now += TOWN_HOUR;
    town_submit(scene->bureau, scene_note(scene, scene->township->id, "二"));
    const Control__Peers *listed = ask(scene->bureau, CONTROL__REQUEST__ASK_PEER_LIST, &peers)->peers;
    assert_int_equal(listed->n_peers, 2);
    assert_string_equal(listed->peers[0]->agency, scene->township->id);
    assert_int_equal(listed->peers[0]->backlog, 2);
    assert_int_equal(listed->peers[0]->oldest_at, TOWN_BEGIN);
    assert_string_equal(listed->peers[0]->duty_telephone, "0998-7280000");
    assert_int_equal(listed->peers[0]->card.len, DIGEST_BYTES);
    assert_false(listed->peers[0]->suspended);
    assert_int_equal(listed->peers[1]->backlog, 0);
    assert_int_equal(listed->peers[1]->oldest_at, 0);
    town_settle(&scene->town);
    listed = ask(scene->bureau, CONTROL__REQUEST__ASK_PEER_LIST, &peers)->peers;
    assert_int_equal(listed->peers[0]->backlog, 0);
}

static void refusals_are_counted_at_both_sides(void **state)
{
    struct scene *scene = *state;
    Control__PeerAsk peers = CONTROL__PEER_ASK__INIT;
    town_submit(scene->bureau, scene_note(scene, scene->township->id, "一"));
    struct bytes frame = town_take(scene->bureau, scene->township);
    ((uint8_t *)(uintptr_t)frame.data)[frame.size - 1] ^= 1; // of the body
    town_receive(scene->township, scene->bureau, frame);
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    const Control__PeerView *seen = ask(scene->bureau, CONTROL__REQUEST__ASK_PEER_LIST, &peers)->peers->peers[0];
    assert_string_equal(seen->agency, scene->township->id);
    assert_int_equal(seen->refused_out, 1);
    assert_int_equal(seen->refused_in, 0);
    seen = ask(scene->township, CONTROL__REQUEST__ASK_PEER_LIST, &peers)->peers->peers[0];
    assert_string_equal(seen->agency, scene->bureau->id);
    assert_int_equal(seen->refused_out, 0);
    assert_int_equal(seen->refused_in, 1);
}

static void status_counts_statements_duties_and_alarms(void **state)
{
    struct scene *scene = *state;
    Control__StatusAsk empty = CONTROL__STATUS_ASK__INIT;
    town_submit(scene->bureau, scene_notice(scene));
    town_settle(&scene->town);
    const Control__Status *status = ask(scene->township, CONTROL__REQUEST__ASK_STATUS, &empty)->status;
    assert_string_equal(status->agency, scene->township->id);
    assert_string_equal(status->name, "叶城县某机关");
    assert_int_equal(status->statements, 2); // the notice and its receipt
    assert_int_equal(status->open_duties, 2);
    assert_int_equal(status->red, 0);
    assert_int_equal(status->n_alarms, 0);
    assert_int_equal(status->n_peers, 2);
    assert_string_equal(status->store, "ok");
    scene->town.now += 3 * TOWN_DAY;
    town_tick(scene->township);
    struct event event = town_greeting(scene->township, scene->bureau);
    event.skew_ms = TOWN_HOUR;
    town_turn(scene->township, &event, 1);
    status = ask(scene->township, CONTROL__REQUEST__ASK_STATUS, &empty)->status;
    assert_int_equal(status->red, 1); // the signature
    assert_int_equal(status->n_alarms, 1);
    assert_non_null(strstr(status->alarms[0], "clock-skew yecheng-scjg"));
    const Record__State *kept = view_state(town_view(scene->township));
    assert_int_equal(status->turn, kept->turn);
    assert_int_equal(status->epoch, kept->epoch);
    assert_memory_equal(status->head.data, kept->head.data, DIGEST_BYTES);
}

static void roll_lists_officers_as_they_were_added(void **state)
{
    static char *roles[] = {"liaison"};
    struct scene *scene = *state;
    Control__OfficerAsk all = CONTROL__OFFICER_ASK__INIT;
    Control__OfficerAdd add = CONTROL__OFFICER_ADD__INIT;
    add.certificate = "31260002";
    add.name = "李娜";
    add.section = "法制科";
    add.telephone = "0998-7280001";
    add.roles = roles;
    add.n_roles = 1;
    assert_int_equal(town_ask(scene->bureau, ROLE_ADMINISTRATOR, CONTROL__REQUEST__ASK_OFFICER_ADD, &add)->answer_case,
                     CONTROL__REPLY__ANSWER_DONE);
    const Control__Officers *roll = ask(scene->bureau, CONTROL__REQUEST__ASK_OFFICER_LIST, &all)->officers;
    assert_int_equal(roll->n_officers, 2);
    assert_string_equal(roll->officers[0]->certificate, TOWN_OFFICER);
    assert_string_equal(roll->officers[1]->name, "李娜");
    assert_string_equal(roll->officers[1]->section, "法制科");
    assert_string_equal(roll->officers[1]->telephone, "0998-7280001");
    assert_string_equal(roll->officers[1]->roles[0], "liaison");
}

static size_t count_known(const Control__CompactView *compact)
{
    size_t known = 0;
    for (size_t i = 0; i < compact->n_members; i++) {
        assert_int_equal(compact->members[i]->known, compact->members[i]->name[0] != '\0');
        known += compact->members[i]->known != 0;
    }
    return known;
}

static void compact_names_its_members_known_or_not(void **state)
{
    struct scene *scene = *state;
    struct town town;
    Control__CompactAsk one = CONTROL__COMPACT_ASK__INIT;
    for (size_t i = 0; i < 2; i++) {
        one.id = i == 0 ? "" : "yecheng";
        const Control__Compacts *compacts = ask(scene->bureau, CONTROL__REQUEST__ASK_COMPACT, &one)->compacts;
        assert_int_equal(compacts->n_compacts, 1);
        const Control__CompactView *compact = compacts->compacts[0];
        assert_string_equal(compact->id, "yecheng");
        assert_string_equal(compact->procedure, "yecheng-2025");
        assert_int_equal(compact->digest.len, DIGEST_BYTES);
        assert_int_equal(compact->procedure_digest.len, DIGEST_BYTES);
        assert_int_equal(compact->calendar_digest.len, DIGEST_BYTES);
        assert_int_equal(compact->n_members, 3);
        assert_string_equal(compact->members[0]->role, "bureau");
        assert_int_equal(count_known(compact), 3);
    }
    one.id = "elsewhere";
    town_expect_refused(ask(scene->bureau, CONTROL__REQUEST__ASK_COMPACT, &one), "not-found");
    town_make(&town); // where nobody was introduced
    struct member *alone = town_add(&town, "yecheng-scjg", SUITE_SM2_SM3);
    one.id = "yecheng";
    assert_int_equal(count_known(ask(alone, CONTROL__REQUEST__ASK_COMPACT, &one)->compacts->compacts[0]), 1);
    town_drop(&town);
}

static void procedure_is_shown_with_its_text_when_it_is_asked_for(void **state)
{
    struct scene *scene = *state;
    Control__ProcedureAsk one = CONTROL__PROCEDURE_ASK__INIT;
    const Control__Procedures *all = ask(scene->bureau, CONTROL__REQUEST__ASK_PROCEDURE, &one)->procedures;
    assert_true(all->n_procedures >= 1);
    assert_string_equal(all->procedures[0]->text, "");
    one.id = arena_copy_text(scene->town.arena, all->procedures[0]->id);
    all = ask(scene->bureau, CONTROL__REQUEST__ASK_PROCEDURE, &one)->procedures;
    assert_int_equal(all->n_procedures, 1);
    assert_string_equal(all->procedures[0]->id, one.id);
    struct digest digest;
    hash_sm3(bytes_of(all->procedures[0]->text), &digest);
    assert_memory_equal(all->procedures[0]->digest.data, digest.bytes, DIGEST_BYTES);
    one.id = "elsewhere";
    town_expect_refused(ask(scene->bureau, CONTROL__REQUEST__ASK_PROCEDURE, &one), "not-found");
}

// A matter goes on under the text that it began with, whatever is in force under its id.
static void procedure_is_shown_by_its_digest(void **state)
{
    struct scene *scene = *state;
    struct digest digest = {{0}};
    Control__ProcedureAsk one = CONTROL__PROCEDURE_ASK__INIT;
    const Control__ProcedureView *named;
    one.id = "yecheng-2025";
    named = ask(scene->bureau, CONTROL__REQUEST__ASK_PROCEDURE, &one)->procedures->procedures[0];
    memcpy(digest.bytes, named->digest.data, DIGEST_BYTES);
    one.id = "";
    one.digest = (ProtobufCBinaryData){DIGEST_BYTES, digest.bytes};
    const Control__Procedures *found = ask(scene->bureau, CONTROL__REQUEST__ASK_PROCEDURE, &one)->procedures;
    assert_int_equal(found->n_procedures, 1);
    assert_string_equal(found->procedures[0]->text, named->text);
    assert_true(found->procedures[0]->text[0] != '\0');
    digest.bytes[0] ^= 1;
    town_expect_refused(ask(scene->bureau, CONTROL__REQUEST__ASK_PROCEDURE, &one), "not-found");
    one.digest.len = 3;
    town_expect_refused(ask(scene->bureau, CONTROL__REQUEST__ASK_PROCEDURE, &one), "not-found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(greeting_says_who_is_there_and_as_whom_he_sees_the_caller),
        with_scene(peers_are_all_but_oneself_with_what_waits_for_them),
        with_scene(refusals_are_counted_at_both_sides),
        with_scene(status_counts_statements_duties_and_alarms),
        with_scene(roll_lists_officers_as_they_were_added),
        with_scene(compact_names_its_members_known_or_not),
        with_scene(procedure_is_shown_with_its_text_when_it_is_asked_for),
        with_scene(procedure_is_shown_by_its_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
