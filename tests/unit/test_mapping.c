// SPDX-License-Identifier: Apache-2.0
#include "unit/check.h"

#include <dirent.h>
#include <stdio.h>

#include "lib/mapping.h"
#include "lib/rendering.h"
#include "wire/control.pb-c.h"
#include "wire/decode.h"
#include "wire/lead.pb-c.h"

static enum mapping_outcome read_text(struct arena *arena, const char *kind_name, const char *text,
                                      struct mapping_faults *faults, ProtobufCMessage **out_message)
{
    const struct kind *kind = kinds_find(kind_name);
    json_t *json;
    memset(faults, 0, sizeof *faults);
    enum mapping_outcome outcome = mapping_parse(text, strlen(text), arena, faults, &json);
    if (outcome == MAPPING_OK) {
        outcome = mapping_from_json(kind->descriptor, json, kind, arena, faults, out_message);
        json_decref(json);
    }
    return outcome;
}

static void assert_refused(struct arena *arena, const char *kind, const char *text,
                           const char *path, const char *says)
{
    struct mapping_faults faults;
    ProtobufCMessage *message;
    assert_int_equal(read_text(arena, kind, text, &faults, &message), MAPPING_REFUSED);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].path, path);
    assert_non_null(strstr(faults.items[0].text, says));
}

// ---------------------------------------------------------------------------------- bodies made up

static json_t *make_object(const ProtobufCMessageDescriptor *type, int number);

static json_t *make_value(const ProtobufCFieldDescriptor *field, int number)
{
    char text[64];
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return make_object(field->descriptor, number);
    case PROTOBUF_C_TYPE_STRING:
        snprintf(text, sizeof text, "第%d项 \"引号\"", number);
        return json_string(text);
    case PROTOBUF_C_TYPE_BOOL:
        return json_true();
    case PROTOBUF_C_TYPE_INT64:
        return json_string(number % 2 == 0 ? "2026-02-14T10:00:00+08:00"
                                           : "2026-02-14T10:00:00.125+08:00");
    case PROTOBUF_C_TYPE_UINT32:
        return json_integer(4294967295u);
    case PROTOBUF_C_TYPE_BYTES:
        return json_string(mapping_is_statement_id(field->name)
                               ? "01997957-d500-7abc-8def-012345678901"
                               : "00ff7f");
    default:
        return json_string("18446744073709551615");
    }
}

static json_t *make_object(const ProtobufCMessageDescriptor *type, int number)
{
    json_t *object = json_object();
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        json_t *value = make_value(field, number + (int)i);
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            json_t *list = json_array();
            json_array_append_new(list, value);
            json_array_append_new(list, make_value(field, number + 1));
            value = list;
        }
        json_object_set_new(object, field->name, value);
    }
    return object;
}

static void every_kind_survives_json_bytes_json(void **state)
{
    struct arena *arena = *state;
    for (size_t i = 0; i < kinds_count(); i++) {
        const struct kind *kind = kinds_at(i);
        struct mapping_faults faults = {0};
        ProtobufCMessage *message;
        json_t *json = make_object(kind->descriptor, (int)i);
        assert_int_equal(mapping_from_json(kind->descriptor, json, kind, arena, &faults, &message),
                         MAPPING_OK);
        json_t *again = rendering_body(kind->name, decode_pack(message, arena));
        assert_true(json_equal(json, again));
        json_decref(json);
        json_decref(again);
    }
}

// meeting-held.json is of the kind meeting.held; any other lead-….json is a notice.
static const struct kind *kind_of_example(const char *name)
{
    char kind[64];
    snprintf(kind, sizeof kind, "%.*s", (int)(strlen(name) - strlen(".json")), name);
    char *dash = strchr(kind, '-');
    if (dash != NULL) {
        *dash = '.';
    }
    const struct kind *row = kinds_find(kind);
    return row == NULL && strncmp(name, "lead-", 5) == 0 ? kinds_find("lead.notice") : row;
}

// Examples that a user is shown must be accepted whole and come back as they are.
static void check_example(struct arena *arena, const char *directory, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    const struct kind *row = kind_of_example(name);
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    struct mapping_faults faults = {0};
    struct field_fault fault;
    ProtobufCMessage *message;
    assert_non_null(row);
    assert_non_null(json);
    assert_int_equal(mapping_from_json(row->descriptor, json, row, arena, &faults, &message),
                     MAPPING_OK);
    assert_int_equal(fields_check(row, message, arena, &fault, 1), 0);
    json_t *again = rendering_body(row->name, decode_pack(message, arena));
    assert_true(json_equal(json, again));
    json_decref(json);
    json_decref(again);
}

static void examples_survive(void **state)
{
    const char *directory = "conf/examples";
    DIR *examples = opendir(directory);
    if (examples == NULL) {
        skip();
    }
    for (struct dirent *entry = readdir(examples); entry != NULL; entry = readdir(examples)) {
        size_t length = strlen(entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0) {
            check_example(*state, directory, entry->d_name);
        }
    }
    closedir(examples);
}

// ----------------------------------------------------------------------------------------- refused

static void unknown_key_is_refused_with_its_path(void **state)
{
    assert_refused(*state, "note", "{\"subject\":\"甲\",\"txet\":\"乙\"}", "txet", "没有这个字段");
    assert_refused(*state, "lead.notice", "{\"evidence\":[{\"name\":\"a\"},{\"nmae\":\"b\"}]}",
                   "evidence[1].nmae", "没有这个字段");
}

// A search for the closing bracket once ran off the end of the key.
static void brackets_in_keys_do_no_harm(void **state)
{
    assert_refused(*state, "note", "{\"sub[ject\":\"甲\"}", "sub[ject", "没有这个字段");
    assert_refused(*state, "note", "{\"[0]subject\":\"甲\"}", "[0]subject", "没有这个字段");
    assert_refused(*state, "note", "{\"]\":\"甲\"}", "]", "没有这个字段");
}

static void wrong_type_is_refused_with_path_and_title(void **state)
{
    struct mapping_faults faults;
    ProtobufCMessage *message;
    assert_int_equal(read_text(*state, "lead.notice",
                               "{\"suspect\":{\"name\":7},\"evidence\":{},\"discovered_at\":1}",
                               &faults, &message),
                     MAPPING_REFUSED);
    assert_int_equal(faults.count, 3);
    assert_string_equal(faults.items[0].path, "suspect.name");
    assert_string_equal(faults.items[0].title, "涉嫌违法主体名称");
    assert_string_equal(faults.items[1].path, "evidence");
    assert_string_equal(faults.items[2].title, "发现时间");
}

static void title_of_a_list_element_is_found(void **state)
{
    struct mapping_faults faults;
    ProtobufCMessage *message;
    assert_int_equal(
        read_text(*state, "lead.notice", "{\"evidence\":[{},{\"type\":[]}]}", &faults, &message),
        MAPPING_REFUSED);
    assert_string_equal(faults.items[0].path, "evidence[1].type");
    assert_string_equal(faults.items[0].title, "证据种类");
}

static void doubled_key_is_refused(void **state)
{
    assert_refused(*state, "note", "{\"subject\":\"甲\",\"subject\":\"乙\"}", "", "重复的键");
}

static void deep_nesting_is_refused_without_recursion(void **state)
{
    enum { DEPTH = 100000 };
    char *text = malloc(DEPTH + 16);
    assert_non_null(text);
    memcpy(text, "{\"text\":", 8);
    memset(text + 8, '[', DEPTH);
    text[8 + DEPTH] = '\0';
    assert_refused(*state, "note", text, "", "嵌套过深");
    free(text);
    assert_refused(*state, "note", "{\"text\":[[[[[[[[[[[]]]]]]]]]]]}", "text", "应为文本");
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    assert_refused(*state, "note", "{\"text\":\"\xff\"}", "", "UTF-8");
    assert_refused(*state, "note", "{\"text\":\"\xed\xa0\x80\"}", "", "UTF-8");
}

static void text_that_a_statement_may_not_hold_is_refused(void **state)
{
    assert_refused(*state, "note", "{\"text\":\"a\\u0007b\"}", "text", "控制字符");
    assert_refused(*state, "note", "{\"text\":\"a\\u202eb\"}", "text", "书写方向");
    assert_refused(*state, "note", "{\"text\":\"a\\u0000b\"}", "", "空字符");
}

static void huge_numbers_are_refused(void **state)
{
    assert_refused(*state, "card", "{\"suite\":4294967296}", "suite", "过大");
    assert_refused(*state, "card", "{\"suite\":-1}", "suite", "非负整数");
    assert_refused(*state, "card", "{\"suite\":1.5}", "suite", "非负整数");
    assert_refused(*state, "card", "{\"suite\":99999999999999999999999}", "", "数字过大");
    assert_refused(*state, "receipt", "{\"runs\":[{\"epoch\":\"18446744073709551616\"}]}",
                   "runs[0].epoch", "过大");
    assert_refused(*state, "card", "{\"suite\":1e999}", "", "数字过大");
}

static void instants_need_an_offset(void **state)
{
    assert_refused(*state, "lead.discovered", "{\"discovered_at\":\"2026-02-14T10:00:00\"}",
                   "discovered_at", "时间");
    assert_refused(*state, "lead.discovered", "{\"discovered_at\":\"yesterday\"}", "discovered_at",
                   "时间");
    assert_refused(*state, "lead.discovered", "{\"discovered_at\":\"2026-02-30T10:00:00+08:00\"}",
                   "discovered_at", "时间");
}

static void what_is_no_object_is_refused(void **state)
{
    assert_refused(*state, "note", "[]", "", "对象");
    assert_refused(*state, "note", "", "", "JSON");
    assert_refused(*state, "note", "{\"text\":\"a\"", "", "JSON");
    assert_refused(*state, "note", "{} {}", "", "JSON");
}

static void null_stands_for_nothing(void **state)
{
    struct mapping_faults faults;
    ProtobufCMessage *message;
    assert_int_equal(
        read_text(*state, "lead.notice", "{\"suspect\":null,\"facts\":null}", &faults, &message),
        MAPPING_OK);
    assert_null(((Body__LeadNotice *)message)->suspect);
}

static void many_faults_stop_at_the_limit(void **state)
{
    char text[4096] = "{";
    for (int i = 0; i < 2 * MAPPING_FAULTS; i++) {
        char one[32];
        snprintf(one, sizeof one, "%s\"k%d\":1", i == 0 ? "" : ",", i);
        strcat(text, one);
    }
    strcat(text, "}");
    struct mapping_faults faults;
    ProtobufCMessage *message;
    assert_int_equal(read_text(*state, "note", text, &faults, &message), MAPPING_REFUSED);
    assert_int_equal(faults.count, MAPPING_FAULTS);
}

// ----------------------------------------------------------------------------------------- answers

static void answers_are_full_and_ids_are_uuids(void **state)
{
    (void)state;
    uint8_t id[16] = {0x01, 0x99, 0x79, 0x57, 0xd5, 0x00, 0x7a, 0xbc,
                      0x8d, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab};
    Control__SubmittedOne one = CONTROL__SUBMITTED_ONE__INIT;
    one.id = (ProtobufCBinaryData){.len = sizeof id, .data = id};
    one.position = UINT64_MAX;
    one.sealed_at = INT64_C(1758679200000);
    json_t *json = rendering_message(&one.base, RENDERING_FULL);
    assert_string_equal(json_string_value(json_object_get(json, "id")),
                        "01997957-d500-7abc-8def-0123456789ab");
    assert_string_equal(json_string_value(json_object_get(json, "position")),
                        "18446744073709551615");
    assert_string_equal(json_string_value(json_object_get(json, "sealed_at")),
                        "2025-09-24T10:00:00+08:00");
    assert_true(json_is_array(json_object_get(json, "duties")));
    assert_null(json_object_get(json, "refusal"));
    assert_null(json_object_get(json, "matter"));
    json_decref(json);
}

static void spans_are_numbers_not_instants(void **state)
{
    (void)state;
    Control__PeerView peer = CONTROL__PEER_VIEW__INIT;
    peer.skew_ms = -1500;
    json_t *json = rendering_message(&peer.base, RENDERING_FULL);
    assert_string_equal(json_string_value(json_object_get(json, "skew_ms")), "-1500");
    assert_true(json_is_false(json_object_get(json, "linked")));
    json_decref(json);
}

static void body_of_a_message_is_an_object_of_its_kind(void **state)
{
    (void)state;
    uint8_t body[] = {0x0a, 0x03, 0xe7, 0x94, 0xb2};
    Wire__Header header = WIRE__HEADER__INIT;
    Control__Message message = CONTROL__MESSAGE__INIT;
    header.kind = (char *)"note";
    message.header = &header;
    message.body = (ProtobufCBinaryData){.len = sizeof body, .data = body};
    json_t *json = rendering_message(&message.base, RENDERING_FULL);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(json, "body"), "subject")), "甲");
    json_decref(json);
    header.kind = (char *)"no.such.kind";
    json = rendering_message(&message.base, RENDERING_FULL);
    assert_string_equal(json_string_value(json_object_get(json, "body")), "0a03e794b2");
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(every_kind_survives_json_bytes_json),
        with_arena(examples_survive),
        with_arena(unknown_key_is_refused_with_its_path),
        with_arena(brackets_in_keys_do_no_harm),
        with_arena(wrong_type_is_refused_with_path_and_title),
        with_arena(title_of_a_list_element_is_found),
        with_arena(doubled_key_is_refused),
        with_arena(deep_nesting_is_refused_without_recursion),
        with_arena(text_that_is_not_utf8_is_refused),
        with_arena(text_that_a_statement_may_not_hold_is_refused),
        with_arena(huge_numbers_are_refused),
        with_arena(instants_need_an_offset),
        with_arena(what_is_no_object_is_refused),
        with_arena(null_stands_for_nothing),
        with_arena(many_faults_stop_at_the_limit),
        cmocka_unit_test(answers_are_full_and_ids_are_uuids),
        cmocka_unit_test(spans_are_numbers_not_instants),
        cmocka_unit_test(body_of_a_message_is_an_object_of_its_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
