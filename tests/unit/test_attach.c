// SPDX-License-Identifier: Apache-2.0
//
// What rules make of attachments: what may be listed, who may fetch, what is awaited and from whom, and what is left after a recall.
#include "unit/scene.h"
#include "unit/statute.h"

#include "wire/attachment.h"
#include "wire/tree.h"

#include "store/store.h"

static struct file_name file_of(struct member *member, uint8_t seed)
{
    struct file_name name = {.suite = keyring_suite(member->keyring), .size = 1000 + (uint64_t)seed};
    memset(name.root.bytes, seed, DIGEST_BYTES);
    return name;
}

static void happen(struct member *member, enum file_form form, const char *peer, const struct file_event *about)
{
    struct event event = town_event(member->town, EVENT_FILE);
    event.peer = peer;
    event.file = *about;
    event.file.form = form;
    town_turn(member, &event, 1);
}

// A client has put a file.
static void put(struct member *member, const struct file_name *name)
{
    const struct file_event about = {.name = *name, .user = "officer", .number = 7};
    happen(member, FILE_WHOLE, NULL, &about);
    assert_int_equal(town_reply(member)->answer_case, CONTROL__REPLY__ANSWER_FILE);
    assert_true(town_reply(member)->file->whole);
}

static Control__Attachment *add(struct scene *scene, Control__Draft *draft, const char *called, const struct file_name *name)
{
    struct arena *arena = scene->town.arena;
    Control__Attachment *attachment = arena_take(arena, sizeof *attachment);
    Control__Attachment **all = arena_take_array(arena, draft->n_attachments + 1, sizeof *all);
    for (size_t i = 0; i < draft->n_attachments; i++) {
        all[i] = draft->attachments[i];
    }
    control__attachment__init(attachment);
    attachment->name = (char *)(uintptr_t)called;
    attachment->size = name->size;
    attachment->root = (ProtobufCBinaryData){DIGEST_BYTES, arena_copy(arena, name->root.bytes, DIGEST_BYTES)};
    all[draft->n_attachments++] = attachment;
    draft->attachments = all;
    return attachment;
}

// The bureau's notice with one photograph, sealed.
static Control__Draft *send(struct scene *scene, const struct file_name *name)
{
    Control__Draft *draft = scene_notice(scene);
    put(scene->bureau, name);
    add(scene, draft, "现场.jpg", name);
    town_submit(scene->bureau, draft);
    return draft;
}

static uint64_t place_at(struct member *at, struct scene *scene, const Control__Draft *draft)
{
    return town_find(at, scene->bureau, draft->id);
}

static const Record__Attached *attached(struct member *at, struct scene *scene, const Control__Draft *draft)
{
    return view_attached(town_view(at), place_at(at, scene, draft), 1, scene->town.arena);
}

static size_t count_awaited(struct member *at, const struct member *from)
{
    struct part_place *places;
    return view_fetches(town_view(at), from->id, 16, at->town->arena, &places);
}

static const struct errand *find_errand(const struct member *member, enum errand_form form)
{
    const struct release *release = member->effects.first_release;
    while (release != NULL && (release->form != RELEASE_ERRAND || release->errand->form != form)) {
        release = release->next;
    }
    return release == NULL ? NULL : release->errand;
}

static const struct errand *ask(struct member *at, const struct member *peer, const struct member *author, const Control__Draft *draft, unsigned part,
                                uint32_t index)
{
    struct event event = town_event(at->town, EVENT_ASK_CHUNK);
    Wire__AskChunk *wanted = arena_take(at->town->arena, sizeof *wanted);
    wire__ask_chunk__init(wanted);
    wanted->author = (char *)(uintptr_t)author->id;
    wanted->id = draft->id;
    wanted->part = part;
    wanted->index = index;
    event.peer = peer->id;
    event.ask_chunk = wanted;
    town_turn(at, &event, 1);
    const struct errand *served = find_errand(at, ERRAND_READ);
    return served != NULL ? served : find_errand(at, ERRAND_REFUSE);
}

static void expect_refused_chunk(const struct errand *errand, const char *refusal)
{
    assert_non_null(errand);
    assert_int_equal(errand->form, ERRAND_REFUSE);
    assert_string_equal(errand->refusal, refusal);
}

static struct file_event fetched(struct member *at, struct scene *scene, const Control__Draft *draft, const struct file_name *name)
{
    return (struct file_event){.name = *name, .position = place_at(at, scene, draft), .part = 1};
}

// The township has fetched it.
static void fetch(struct scene *scene, const Control__Draft *draft, const struct file_name *name)
{
    const struct file_event about = fetched(scene->township, scene, draft, name);
    happen(scene->township, FILE_WHOLE, scene->bureau->id, &about);
}

// --------------------------------------------------------------------------------------------------- submission

static void refuse_named(struct scene *scene, const char *called, const char *code)
{
    const struct file_name name = file_of(scene->bureau, 1);
    Control__Draft *draft = scene_notice(scene);
    add(scene, draft, called, &name);
    struct event event = town_submission(&scene->town, &draft, 1);
    town_turn(scene->bureau, &event, 1);
    const Control__SubmittedOne *one = town_answer(scene->bureau)->results[0];
    assert_string_equal(one->outcome, "refused");
    assert_string_equal(one->refusal->code, code);
    assert_int_equal(scene->bureau->effects.fact_count, 0);
}

static void name_that_is_no_file_name_is_refused(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    char longest[LIMIT_FILE_NAME_BYTES + 2];
    put(scene->bureau, &name);
    refuse_named(scene, "", "value");
    refuse_named(scene, ".", "value");
    refuse_named(scene, "..", "value");
    refuse_named(scene, "../passwd", "value");
    refuse_named(scene, "a/b", "value");
    refuse_named(scene, "a\tb", "text");
    refuse_named(scene, "a\nb", "text");
    refuse_named(scene, "a\x01b", "text");
    refuse_named(scene, "a\xe2\x80\xae" "gpj.b", "text");
    refuse_named(scene, "\xff", "text");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    refuse_named(scene, longest, "limit");
    Control__Draft *draft = scene_notice(scene);
    longest[LIMIT_FILE_NAME_BYTES] = '\0';
    add(scene, draft, longest, &name);
    town_submit(scene->bureau, draft);
}

static void file_that_was_not_put_is_refused(void **state)
{
    refuse_named(*state, "现场.jpg", "not-found");
}

static void expect_refused_draft(struct scene *scene, Control__Draft *draft, const char *code)
{
    struct event event = town_submission(&scene->town, &draft, 1);
    town_turn(scene->bureau, &event, 1);
    const Control__SubmittedOne *one = town_answer(scene->bureau)->results[0];
    assert_string_equal(one->outcome, "refused");
    assert_string_equal(one->refusal->code, code);
}

static void impossible_attachments_are_refused(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    put(scene->bureau, &name);
    Control__Draft *draft = scene_notice(scene);
    add(scene, draft, "a", &name);
    add(scene, draft, "a", &name);
    expect_refused_draft(scene, draft, "value");
    draft = scene_notice(scene);
    add(scene, draft, "a", &name)->document = "selfie";
    expect_refused_draft(scene, draft, "value");
    draft = scene_notice(scene);
    add(scene, draft, "a", &name)->evidence = "selfie";
    expect_refused_draft(scene, draft, "value");
    draft = scene_notice(scene);
    add(scene, draft, "a", &name)->collected_at = scene->town.now + 1;
    expect_refused_draft(scene, draft, "value");
    draft = scene_notice(scene);
    add(scene, draft, "a", &name)->root.len = 31;
    expect_refused_draft(scene, draft, "value");
    draft = scene_notice(scene);
    add(scene, draft, "a", &name)->size = UINT64_MAX;
    expect_refused_draft(scene, draft, "limit");
    draft = scene_notice(scene);
    for (size_t i = 0; i < LIMIT_PARTS; i++) {
        add(scene, draft, arena_format(scene->town.arena, "%zu", i), &name);
    }
    expect_refused_draft(scene, draft, "limit");
    draft->n_attachments--;
    town_submit(scene->bureau, draft);
}

// ----------------------------------------------------------------------------------------------------- arriving

static struct bytes forged_frame(struct scene *scene, const char *called, const char *role, uint64_t size)
{
    struct bytes body = lead_notice(scene->town.arena, scene->town.now - TOWN_HOUR);
    Wire__Header *header = town_header(scene->bureau, "lead.notice", scene->township->id, body);
    Wire__Part *part = arena_take(scene->town.arena, sizeof *part);
    Wire__Part **parts = arena_take_array(scene->town.arena, 2, sizeof *parts);
    wire__part__init(part);
    part->role = (char *)(uintptr_t)role;
    part->name = (char *)(uintptr_t)called;
    part->size = size;
    part->commitment = (ProtobufCBinaryData){DIGEST_BYTES, arena_take(scene->town.arena, DIGEST_BYTES)};
    parts[0] = header->parts[0];
    parts[1] = part;
    header->parts = parts;
    header->n_parts = 2;
    const struct town_item item = {FRAME_NUMBERED, town_forge(scene->bureau, header, body)};
    const struct stream_place place = view_incoming(town_view(scene->township), scene->bureau->id, 0, scene->town.arena);
    uint64_t epoch = store_state(scene->bureau->store)->epoch;
    return town_pack(&scene->town, epoch, place.epoch == epoch ? place.last + 1 : 1, &item, 1);
}

static void expect_refused_arrival(struct scene *scene, struct bytes frame, const char *code)
{
    town_receive(scene->township, scene->bureau, frame);
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_AWAITED), 0);
    for (size_t i = 0; i < scene->township->effects.fact_count; i++) {
        const Record__Effect *fact = scene->township->effects.facts[i];
        if (fact->is_case == RECORD__EFFECT__IS_STREAM) {
            assert_string_equal(fact->stream->refusal_code, code);
            return;
        }
    }
    fail_msg("nothing was decided, and not %s", code);
}

static void header_with_an_impossible_attachment_is_refused_on_arrival(void **state)
{
    struct scene *scene = *state;
    char longest[LIMIT_FILE_NAME_BYTES + 2];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    expect_refused_arrival(scene, forged_frame(scene, "../../etc/passwd", "attachment", 1), "value");
    expect_refused_arrival(scene, forged_frame(scene, "..", "attachment", 1), "value");
    expect_refused_arrival(scene, forged_frame(scene, "", "attachment", 1), "value");
    expect_refused_arrival(scene, forged_frame(scene, "a\nb", "attachment", 1), "text");
    expect_refused_arrival(scene, forged_frame(scene, "a\xe2\x80\xae" "b", "attachment", 1), "text");
    expect_refused_arrival(scene, forged_frame(scene, longest, "attachment", 1), "limit");
    expect_refused_arrival(scene, forged_frame(scene, "a", "attachment", ((uint64_t)LIMIT_LEAVES * CHUNK_BYTES) + 1), "limit");
    expect_refused_arrival(scene, forged_frame(scene, "a", "body", 1), "malformed");
    expect_refused_arrival(scene, forged_frame(scene, "a", "complainant", 1), "malformed");
    expect_refused_arrival(scene, forged_frame(scene, "a", "something", 1), "malformed");
    town_receive(scene->township, scene->bureau, forged_frame(scene, "a", "attachment", 1));
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_AWAITED), 1);
}

static void attachment_is_awaited_from_its_carrier_and_then_told_whole(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    Control__Draft *draft = send(scene, &name);
    assert_non_null(attached(scene->bureau, scene, draft)->name);
    town_deliver(scene->bureau, scene->township);
    assert_null(attached(scene->township, scene, draft)->name);
    assert_int_equal(count_awaited(scene->township, scene->bureau), 1);
    scene->town.now += TOWN_HOUR;
    fetch(scene, draft, &name);
    assert_int_equal(count_awaited(scene->township, scene->bureau), 0);
    assert_int_equal(attached(scene->township, scene, draft)->at, scene->town.now);
    assert_true(view_has_file(town_view(scene->township), &name));
    const Record__PartArrived *row =
        view_part_arrived(town_view(scene->bureau), place_at(scene->bureau, scene, draft), 1, scene->township->id, scene->town.arena);
    assert_int_equal(row->received_at, 0);
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    row = view_part_arrived(town_view(scene->bureau), place_at(scene->bureau, scene, draft), 1, scene->township->id, scene->town.arena);
    assert_int_equal(row->received_at, scene->town.now);
    assert_true(row->receipt != 0);
}

// The author's commitment is what counts, whatever root the bytes lead to.
static void file_of_another_root_is_not_taken_for_the_attachment(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    struct file_name other = name;
    Control__Draft *draft = send(scene, &name);
    town_deliver(scene->bureau, scene->township);
    other.root.bytes[5] ^= 1;
    fetch(scene, draft, &other);
    assert_int_equal(count_awaited(scene->township, scene->bureau), 1);
    assert_false(view_has_file(town_view(scene->township), &other));
    assert_non_null(find_errand(scene->township, ERRAND_DROP));
}

static struct event asking_whole(struct scene *scene, const Control__Draft *draft)
{
    struct event event = town_event(&scene->town, EVENT_ASK_WHOLE);
    Wire__AskWhole *asked = arena_take(scene->town.arena, sizeof *asked);
    Wire__WholePart *part = arena_take(scene->town.arena, sizeof *part);
    wire__ask_whole__init(asked);
    wire__whole_part__init(part);
    part->author = scene->bureau->id;
    part->id = draft->id;
    part->part = 1;
    asked->parts = arena_take(scene->town.arena, sizeof *asked->parts);
    asked->parts[asked->n_parts++] = part;
    event.ask_whole = asked;
    event.peer = scene->bureau->id;
    return event;
}

static void lost_receipt_of_an_attachment_is_said_again(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    struct part_place *places;
    Control__Draft *draft = send(scene, &name);
    town_deliver(scene->bureau, scene->township);
    struct event event = asking_whole(scene, draft);
    town_turn(scene->township, &event, 1);
    assert_null(town_said(scene->township, scene->bureau).data);
    fetch(scene, draft, &name);
    int64_t at = scene->town.now;
    scene->town.now += TOWN_HOUR;
    assert_int_equal(view_untold(town_view(scene->bureau), scene->township->id, 16, scene->town.arena, &places), 1);
    event = asking_whole(scene, draft);
    event.peer = scene->other->id;
    town_turn(scene->township, &event, 1);
    assert_null(town_said(scene->township, scene->other).data);
    event = asking_whole(scene, draft);
    town_turn(scene->township, &event, 1);
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    const Record__PartArrived *row =
        view_part_arrived(town_view(scene->bureau), place_at(scene->bureau, scene, draft), 1, scene->township->id, scene->town.arena);
    assert_int_equal(row->received_at, at);
    assert_int_equal(view_untold(town_view(scene->bureau), scene->township->id, 16, scene->town.arena, &places), 0);
}

static void claim(struct scene *scene, struct member *by, const Control__Draft *draft, unsigned part, int64_t received_at)
{
    Wire__Receipt receipt = WIRE__RECEIPT__INIT;
    Wire__Whole whole = WIRE__WHOLE__INIT;
    Wire__Whole *wholes[] = {&whole};
    whole.author = scene->bureau->id;
    whole.id = draft->id;
    whole.part = part;
    whole.received_at = received_at;
    receipt.wholes = wholes;
    receipt.n_wholes = 1;
    struct bytes body = decode_pack(&receipt.base, scene->town.arena);
    const struct town_item item = {FRAME_UNNUMBERED, town_forge(by, town_header(by, "receipt", scene->bureau->id, body), body)};
    town_receive(scene->bureau, by, town_pack(&scene->town, 0, 0, &item, 1));
}

static void receipt_of_what_was_never_offered_is_an_alarm(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    Control__Draft *draft = send(scene, &name);
    town_deliver(scene->bureau, scene->township);
    claim(scene, scene->other, draft, 1, scene->town.now);
    assert_true(town_has_alarm(scene->bureau, "receipt", scene->other->id));
    assert_false(town_has_alarm(scene->bureau, "receipt", scene->township->id));
    claim(scene, scene->township, draft, 1, scene->town.now + 1);
    assert_true(town_has_alarm(scene->bureau, "receipt", scene->township->id));
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_PART_ARRIVED), 0);
    claim(scene, scene->township, draft, 1, scene->town.now);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_PART_ARRIVED), 1);
    claim(scene, scene->township, draft, 1, scene->town.now);
    assert_int_equal(scene->bureau->effects.fact_count, 0);
}

// ------------------------------------------------------------------------------------------------------ serving

static void chunk_goes_to_those_alone_whom_it_was_sent_to(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    Control__Draft *draft = send(scene, &name);
    const struct errand *errand = ask(scene->bureau, scene->township, scene->bureau, draft, 1, 0);
    assert_int_equal(errand->form, ERRAND_READ);
    assert_true(file_name_equals(&errand->name, &name));
    assert_int_equal(scene->bureau->effects.fact_count, 0);
    expect_refused_chunk(ask(scene->bureau, scene->other, scene->bureau, draft, 1, 0), "not-found");
    expect_refused_chunk(ask(scene->bureau, scene->township, scene->bureau, draft, 1, 1), "not-found");
    expect_refused_chunk(ask(scene->bureau, scene->township, scene->bureau, draft, 0, 0), "not-found");
    expect_refused_chunk(ask(scene->bureau, scene->township, scene->bureau, draft, 64, 0), "not-found");
    expect_refused_chunk(ask(scene->bureau, scene->township, scene->other, draft, 1, 0), "not-found");
    town_deliver(scene->bureau, scene->township);
    expect_refused_chunk(ask(scene->township, scene->other, scene->bureau, draft, 1, 0), "not-found");
    fetch(scene, draft, &name);
    expect_refused_chunk(ask(scene->township, scene->other, scene->bureau, draft, 1, 0), "not-found");
}

// What its author lost, or another whom it addresses, is had again from whoever holds it.
static void chunk_goes_back_to_its_author_and_to_whom_it_addresses_too(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    Control__Draft *draft = scene_notice(scene);
    char *copy[] = {scene->other->id};
    draft->copy = copy;
    draft->n_copy = 1;
    put(scene->bureau, &name);
    add(scene, draft, "现场.jpg", &name);
    town_submit(scene->bureau, draft);
    town_deliver(scene->bureau, scene->township);
    expect_refused_chunk(ask(scene->township, scene->bureau, scene->bureau, draft, 1, 0), "not-held");
    fetch(scene, draft, &name);
    assert_int_equal(ask(scene->township, scene->bureau, scene->bureau, draft, 1, 0)->form, ERRAND_READ);
    assert_int_equal(ask(scene->township, scene->other, scene->bureau, draft, 1, 0)->form, ERRAND_READ);
    town_submit(scene->bureau, scene_recall(scene, draft));
    town_deliver(scene->bureau, scene->township);
    expect_refused_chunk(ask(scene->township, scene->bureau, scene->bureau, draft, 1, 0), "withdrawn");
    expect_refused_chunk(ask(scene->township, scene->other, scene->bureau, draft, 1, 0), "withdrawn");
}

static void say(struct member *member, enum file_form form, const char *words)
{
    const struct file_event about = {0};
    Record__Alarm **alarms;
    happen(member, form, NULL, &about);
    size_t count = view_alarms(town_view(member), member->town->arena, &alarms);
    assert_int_equal(count, words != NULL);
    assert_true(words == NULL || strstr(alarms[0]->text, words) != NULL);
}

static void lost_file_is_an_alarm_until_it_is_found(void **state)
{
    struct scene *scene = *state;
    say(scene->bureau, FILE_FOUND, NULL);
    say(scene->bureau, FILE_LOST, "重新取回");
    assert_true(town_has_alarm(scene->bureau, "file-lost", scene->bureau->id));
    say(scene->bureau, FILE_NOWHERE, "备份");
    say(scene->bureau, FILE_LOST, "重新取回");
    say(scene->bureau, FILE_FOUND, NULL);
}

static void what_is_passed_on_may_be_fetched_as_long_as_that_stands(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    Control__Draft *draft = send(scene, &name);
    town_deliver(scene->bureau, scene->township);
    Control__Draft *forward = scene_reply(scene, "forward", scene->other->id, lead_forward(scene->town.arena), draft);
    town_submit(scene->township, forward);
    expect_refused_chunk(ask(scene->township, scene->other, scene->bureau, draft, 1, 0), "not-held");
    fetch(scene, draft, &name);
    assert_int_equal(ask(scene->township, scene->other, scene->bureau, draft, 1, 0)->form, ERRAND_READ);
    town_deliver(scene->township, scene->other);
    assert_int_equal(count_awaited(scene->other, scene->township), 1);
    assert_int_equal(count_awaited(scene->other, scene->bureau), 0);
    expect_refused_chunk(ask(scene->other, scene->township, scene->bureau, draft, 1, 0), "not-held"); // that it has it from there is enough
    Control__Draft *recall = scene_reply(scene, "recall", scene->other->id, lead_recall(scene->town.arena), forward);
    town_submit(scene->township, recall);
    expect_refused_chunk(ask(scene->township, scene->other, scene->bureau, draft, 1, 0), "withdrawn");
}

// -------------------------------------------------------------------------------------------------- taken back

// The author does not know to whom his statement went on; whoever passed it on does.
static void recall_follows_what_was_passed_on(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    Control__Draft *draft = send(scene, &name);
    town_deliver(scene->bureau, scene->township);
    fetch(scene, draft, &name);
    town_submit(scene->township, scene_reply(scene, "forward", scene->other->id, lead_forward(scene->town.arena), draft));
    town_deliver(scene->township, scene->other);
    assert_int_equal(count_awaited(scene->other, scene->township), 1);
    Control__Draft *recall = scene_recall(scene, draft);
    town_submit(scene->bureau, recall);
    town_deliver(scene->bureau, scene->township);
    expect_refused_chunk(ask(scene->township, scene->other, scene->bureau, draft, 1, 0), "withdrawn");
    town_receive(scene->other, scene->township, town_take(scene->township, scene->other));
    assert_non_null(find_errand(scene->other, ERRAND_STOP));
    assert_int_equal(count_awaited(scene->other, scene->township), 0);
    assert_true(place_at(scene->other, scene, recall) != 0);
    const struct held *held = view_statement(town_view(scene->other), place_at(scene->other, scene, draft), scene->town.arena);
    assert_true(view_has_mark(held, "recalled"));
    town_settle(&scene->town);
    struct reply *replies;
    const char *township = scene->township->id;
    assert_int_equal(view_replies(town_view(scene->other), place_at(scene->other, scene, recall), "forward", township, scene->town.arena, &replies), 1);
}

static void recall_ends_a_fetch_and_leaves_nothing(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    Control__Draft *draft = send(scene, &name);
    town_deliver(scene->bureau, scene->township);
    town_submit(scene->bureau, scene_recall(scene, draft));
    expect_refused_chunk(ask(scene->bureau, scene->township, scene->bureau, draft, 1, 0), "withdrawn");
    expect_refused_chunk(ask(scene->bureau, scene->other, scene->bureau, draft, 1, 0), "not-found");
    town_receive(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    const struct errand *stop = find_errand(scene->township, ERRAND_STOP);
    assert_non_null(stop);
    assert_int_equal(stop->position, place_at(scene->township, scene, draft));
    assert_int_equal(count_awaited(scene->township, scene->bureau), 0);
    assert_null(attached(scene->township, scene, draft));
    fetch(scene, draft, &name); // its last chunk was on its way
    assert_false(view_has_file(town_view(scene->township), &name));
    assert_non_null(find_errand(scene->township, ERRAND_DROP));
    claim(scene, scene->township, draft, 1, scene->town.now);
    assert_false(town_has_alarm(scene->bureau, "receipt", scene->township->id)); // the two crossed
}

// Its file may be lost, and on its way again.
static void recall_stops_what_is_fetched_again(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    Control__Draft *draft = send(scene, &name);
    town_deliver(scene->bureau, scene->township);
    fetch(scene, draft, &name);
    town_submit(scene->bureau, scene_recall(scene, draft));
    town_receive(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    assert_non_null(find_errand(scene->township, ERRAND_STOP));
    assert_true(view_has_file(town_view(scene->township), &name));
}

static void confirm_deletion(struct scene *scene, const Control__Draft *recall)
{
    struct town *town = &scene->town;
    town_submit(scene->township, scene_reply(scene, "deletion.confirmed", scene->bureau->id, lead_deletion(town->arena, town->now), recall));
}

static void erased_file_goes_when_no_other_statement_has_it(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    Control__Draft *first = send(scene, &name);
    Control__Draft *second = send(scene, &name);
    Control__Draft *recalls[] = {scene_recall(scene, first), scene_recall(scene, second)};
    town_deliver(scene->bureau, scene->township);
    fetch(scene, first, &name);
    fetch(scene, second, &name);
    assert_int_equal(store_state(scene->township->store)->files, 1);
    assert_int_equal(store_state(scene->township->store)->file_bytes, name.size);
    for (size_t i = 0; i < 2; i++) {
        town_submit(scene->bureau, recalls[i]);
        town_deliver(scene->bureau, scene->township);
        confirm_deletion(scene, recalls[i]);
        assert_int_equal(view_has_file(town_view(scene->township), &name), i == 0);
        assert_int_equal(find_errand(scene->township, ERRAND_DROP) == NULL, i == 0);
    }
    assert_int_equal(store_state(scene->township->store)->files, 0);
    assert_int_equal(store_state(scene->township->store)->file_bytes, 0);
}

static void file_that_no_statement_took_is_dropped_in_time(void **state)
{
    struct scene *scene = *state;
    const struct file_name taken = file_of(scene->bureau, 1);
    const struct file_name left = file_of(scene->bureau, 2);
    send(scene, &taken);
    put(scene->bureau, &left);
    const struct file_event before = {.until = scene->town.now - 1};
    happen(scene->bureau, FILE_AGED, NULL, &before);
    assert_int_equal(store_state(scene->bureau->store)->files, 2);
    scene->town.now += TOWN_DAY;
    const struct file_event after = {.until = scene->town.now - 1};
    happen(scene->bureau, FILE_AGED, NULL, &after);
    assert_true(view_has_file(town_view(scene->bureau), &taken));
    assert_false(view_has_file(town_view(scene->bureau), &left));
    assert_true(file_name_equals(&find_errand(scene->bureau, ERRAND_DROP)->name, &left));
}

static void attachment_with_another_salt_leads_nowhere(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    struct part_place *places;
    Control__Draft *draft = send(scene, &name);
    struct bytes frame = town_take(scene->bureau, scene->township);
    ((uint8_t *)(uintptr_t)frame.data)[frame.size - 1] ^= 1; // the salt of the attachment: nothing tells here, the file will
    town_receive(scene->township, scene->bureau, frame);
    assert_int_equal(count_awaited(scene->township, scene->bureau), 1);
    fetch(scene, draft, &name);
    assert_int_equal(count_awaited(scene->township, scene->bureau), 1); // it leads nowhere now
    assert_int_equal(view_untold(town_view(scene->bureau), scene->township->id, 16, scene->town.arena, &places), 1);
}

// ----------------------------------------------------------------------------------------------------- clients

static const Control__Reply *ask_put(struct scene *scene, enum client_role role, size_t content, size_t path, uint64_t size, uint64_t room)
{
    Control__FilePut *put_one = arena_take(scene->town.arena, sizeof *put_one);
    const struct file_name name = file_of(scene->bureau, 9);
    control__file_put__init(put_one);
    put_one->root = (ProtobufCBinaryData){DIGEST_BYTES, arena_copy(scene->town.arena, name.root.bytes, DIGEST_BYTES)};
    put_one->size = size;
    put_one->content = (ProtobufCBinaryData){content, arena_take(scene->town.arena, content + 1)};
    put_one->path = (ProtobufCBinaryData){path, arena_take(scene->town.arena, path + 1)};
    Control__Request *request = arena_take(scene->town.arena, sizeof *request);
    control__request__init(request);
    request->number = 1;
    request->ask_case = CONTROL__REQUEST__ASK_FILE_PUT;
    request->file_put = put_one;
    struct event event = town_event(&scene->town, EVENT_REQUEST);
    event.request = (struct client_request){.client = "test", .role = role, .request = request, .allowed = true};
    event.file_room = room;
    town_turn(scene->bureau, &event, 1);
    return find_errand(scene->bureau, ERRAND_TAKE) != NULL ? NULL : town_reply(scene->bureau);
}

static void chunk_of_a_client_is_taken_within_limits_and_room(void **state)
{
    struct scene *scene = *state;
    assert_null(ask_put(scene, ROLE_OFFICER, 1000, 0, 1000, UINT64_MAX));
    town_expect_refused(ask_put(scene, ROLE_OFFICER, CHUNK_BYTES + 1, 0, 1 << 20, UINT64_MAX), "limit");
    town_expect_refused(ask_put(scene, ROLE_OFFICER, 1000, 33, 1000, UINT64_MAX), "limit");
    town_expect_refused(ask_put(scene, ROLE_OFFICER, 1000, (LIMIT_PATH + 1) * DIGEST_BYTES, 1000, UINT64_MAX), "limit");
    town_expect_refused(ask_put(scene, ROLE_OFFICER, 1000, 0, UINT64_MAX, UINT64_MAX), "limit");
    town_expect_refused(ask_put(scene, ROLE_OFFICER, 1000, 0, 1000, 999), "disk");
}

// ---------------------------------------------------------------------------------------------------- periods

static int64_t start_of(struct member *at, struct scene *scene, const Control__Draft *draft, const char *duty)
{
    return view_duty(town_view(at), place_at(at, scene, draft), 0, duty, scene->town.arena)->start_at;
}

// A message may arrive before its attachments; the procedure says which of the two begins a period.
static void period_begins_when_all_that_is_attached_has_come(void **state)
{
    struct scene *scene = *state;
    const struct file_name names[] = {file_of(scene->bureau, 1), file_of(scene->bureau, 2)};
    statute_amend(&scene->town, "procedure", "start = delivered", "start = whole");
    for (size_t i = 0; i < scene->town.member_count; i++) {
        town_reload(&scene->town.members[i]);
    }
    Control__Draft *draft = scene_notice(scene);
    put(scene->bureau, &names[0]);
    put(scene->bureau, &names[1]);
    add(scene, draft, "现场.jpg", &names[0]);
    add(scene, draft, "笔录.pdf", &names[1]);
    town_submit(scene->bureau, draft);
    town_settle(&scene->town);
    assert_int_equal(start_of(scene->township, scene, draft, "YC-1.1.2"), 0);
    assert_int_equal(start_of(scene->bureau, scene, draft, "YC-1.1.2"), 0);
    for (unsigned i = 0; i < 2; i++) {
        scene->town.now += TOWN_HOUR;
        const struct file_event about = {.name = names[i], .position = place_at(scene->township, scene, draft), .part = i + 1};
        happen(scene->township, FILE_WHOLE, scene->bureau->id, &about);
        town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
        const int64_t expected = i == 0 ? 0 : scene->town.now;
        assert_int_equal(start_of(scene->township, scene, draft, "YC-1.1.2"), expected);
        assert_int_equal(start_of(scene->bureau, scene, draft, "YC-1.1.2"), expected);
    }
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
    town_expect_judged(scene->bureau);
    town_expect_judged(scene->township);
    Control__Draft *bare = scene_notice(scene); // with nothing attached it begins as it arrives
    town_submit(scene->bureau, bare);
    town_settle(&scene->town);
    assert_int_equal(start_of(scene->township, scene, bare, "YC-1.1.2"), scene->town.now);
}

// NULL: nobody is refused, and something is to be done with the file.
static const Control__Reply *ask_file(struct member *at, Control__Request__AskCase form, void *message, enum errand_form errand)
{
    Control__Request request = CONTROL__REQUEST__INIT;
    request.number = 1;
    request.ask_case = form;
    request.greet = message; // every member of the union is a pointer to a message
    struct event event = town_event(at->town, EVENT_REQUEST);
    event.request = (struct client_request){.client = "test", .role = ROLE_OFFICER, .request = &request, .allowed = true};
    event.file_room = 0; // no quota is left
    town_turn(at, &event, 1);
    return find_errand(at, errand) != NULL ? NULL : town_reply(at);
}

static const Control__Reply *get_part(struct member *at, const char *author, ProtobufCBinaryData id, unsigned part, uint32_t index)
{
    Control__FileGet get = CONTROL__FILE_GET__INIT;
    get.author = (char *)(uintptr_t)author;
    get.id = id;
    get.part = part;
    get.index = index;
    return ask_file(at, CONTROL__REQUEST__ASK_FILE_GET, &get, ERRAND_READ);
}

static const Control__Reply *get_root(struct member *at, const struct file_name *name, size_t size)
{
    Control__FileGet get = CONTROL__FILE_GET__INIT;
    get.root = (ProtobufCBinaryData){size, (uint8_t *)(uintptr_t)name->root.bytes};
    return ask_file(at, CONTROL__REQUEST__ASK_FILE_GET, &get, ERRAND_READ);
}

static void attachment_is_read_by_its_place_or_its_digest_until_it_is_recalled(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    const struct file_name other = file_of(scene->bureau, 2);
    Control__Draft *draft = send(scene, &name);
    const char *bureau = scene->bureau->id;
    const ProtobufCBinaryData nobody = {3, (uint8_t *)(uintptr_t) "abc"};
    town_settle(&scene->town);
    assert_null(get_part(scene->bureau, bureau, draft->id, 1, 0));
    assert_null(get_root(scene->bureau, &name, DIGEST_BYTES));
    town_expect_refused(get_part(scene->bureau, bureau, draft->id, 0, 0), "not-found");
    town_expect_refused(get_part(scene->bureau, bureau, draft->id, 2, 0), "not-found");
    town_expect_refused(get_part(scene->bureau, bureau, draft->id, 1, 1), "value");
    town_expect_refused(get_part(scene->bureau, "NOBODY", draft->id, 1, 0), "not-found");
    town_expect_refused(get_part(scene->bureau, bureau, nobody, 1, 0), "not-found");
    town_expect_refused(get_root(scene->bureau, &other, DIGEST_BYTES), "not-found");
    town_expect_refused(get_part(scene->township, bureau, draft->id, 1, 0), "not-found"); // not here yet
    fetch(scene, draft, &name);
    assert_null(get_part(scene->township, bureau, draft->id, 1, 0));
    assert_null(get_root(scene->township, &name, DIGEST_BYTES));
    town_submit(scene->bureau, scene_recall(scene, draft));
    town_settle(&scene->town);
    town_expect_refused(get_part(scene->township, bureau, draft->id, 1, 0), "state");
    town_expect_refused(get_root(scene->township, &name, DIGEST_BYTES), "not-found");
    assert_null(get_part(scene->bureau, bureau, draft->id, 1, 0)); // its author still has it
}

static void file_is_looked_for_before_it_is_put(void **state)
{
    struct scene *scene = *state;
    const struct file_name name = file_of(scene->bureau, 1);
    Control__FileAsk look = CONTROL__FILE_ASK__INIT;
    look.root = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)(uintptr_t)name.root.bytes};
    look.size = name.size;
    town_expect_refused(ask_file(scene->bureau, CONTROL__REQUEST__ASK_FILE_ASK, &look, ERRAND_LOOK), "disk");
    put(scene->bureau, &name);
    assert_null(ask_file(scene->bureau, CONTROL__REQUEST__ASK_FILE_ASK, &look, ERRAND_LOOK));
    look.size = UINT64_MAX;
    town_expect_refused(ask_file(scene->bureau, CONTROL__REQUEST__ASK_FILE_ASK, &look, ERRAND_LOOK), "limit");
    look.root.len = DIGEST_BYTES - 1;
    town_expect_refused(ask_file(scene->bureau, CONTROL__REQUEST__ASK_FILE_ASK, &look, ERRAND_LOOK), "value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(name_that_is_no_file_name_is_refused),
        with_scene(file_that_was_not_put_is_refused),
        with_scene(impossible_attachments_are_refused),
        with_scene(header_with_an_impossible_attachment_is_refused_on_arrival),
        with_scene(attachment_is_awaited_from_its_carrier_and_then_told_whole),
        with_scene(file_of_another_root_is_not_taken_for_the_attachment),
        with_scene(lost_receipt_of_an_attachment_is_said_again),
        with_scene(receipt_of_what_was_never_offered_is_an_alarm),
        with_scene(chunk_goes_to_those_alone_whom_it_was_sent_to),
        with_scene(chunk_goes_back_to_its_author_and_to_whom_it_addresses_too),
        with_scene(lost_file_is_an_alarm_until_it_is_found),
        with_scene(what_is_passed_on_may_be_fetched_as_long_as_that_stands),
        with_scene(recall_follows_what_was_passed_on),
        with_scene(recall_ends_a_fetch_and_leaves_nothing),
        with_scene(recall_stops_what_is_fetched_again),
        with_scene(erased_file_goes_when_no_other_statement_has_it),
        with_scene(file_that_no_statement_took_is_dropped_in_time),
        with_scene(attachment_with_another_salt_leads_nowhere),
        with_scene(chunk_of_a_client_is_taken_within_limits_and_room),
        with_scene(attachment_is_read_by_its_place_or_its_digest_until_it_is_recalled),
        with_scene(file_is_looked_for_before_it_is_put),
        with_scene(period_begins_when_all_that_is_attached_has_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
