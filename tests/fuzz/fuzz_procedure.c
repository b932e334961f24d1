// SPDX-License-Identifier: Apache-2.0
//
// A procedure file. What is refused is refused at a line that exists, in words that can be shown; what is taken means
// the same with notes and blank lines at its end, and its periods end after they begin.
#include "fuzz/fuzz.h"

#include <jansson.h>

#include "law/procedure.h"
#include "liaison/liaison.h"

static void check_same(const struct procedure *one, const struct procedure *other)
{
    must(strcmp(one->id, other->id) == 0 && strcmp(one->title, other->title) == 0 && strcmp(one->issuer, other->issuer) == 0);
    must(one->valid_from == other->valid_from && one->valid_until == other->valid_until && one->issued_at == other->issued_at);
    must(one->roles.count == other->roles.count && one->duty_count == other->duty_count);
    must(memcmp(one->digest.bytes, other->digest.bytes, DIGEST_BYTES) != 0);
    for (size_t i = 0; i < one->duty_count; i++) {
        const struct duty_rule *left = &one->duties[i];
        const struct duty_rule *right = &other->duties[i];
        must(left->line == right->line && strcmp(left->id, right->id) == 0 && left->debtors == right->debtors && left->start == right->start);
        must(left->within.form == right->within.form && left->within.count == right->within.count && left->counts == right->counts);
        must(left->opened_by_count == right->opened_by_count && left->met_by_count == right->met_by_count);
        must(procedure_duty(one, left->id) == left);
    }
}

static void check_meaning(struct bytes text, const struct procedure *procedure, struct arena *arena)
{
    static const char note[] = "\n\n# what is noted here changes nothing\n; nor here\n";
    struct law_fault fault = {0};
    struct procedure *noted;
    uint8_t *data = arena_take(arena, text.size + sizeof note);
    memcpy(data, text.data, text.size);
    memcpy(data + text.size, note, sizeof note - 1);
    enum law_outcome outcome = procedure_parse((struct bytes){data, text.size + sizeof note - 1}, &noted, &fault);
    if (outcome == LAW_FAULTY && strstr(fault.text, "larger") != NULL) {
        return;
    }
    must(outcome == LAW_OK);
    check_same(procedure, noted);
    procedure_free(&noted);
}

// Whoever reads it is told who owes what by when, in either language.
static void check_rules(const json_t *json, enum law_outcome expected)
{
    size_t i;
    json_t *duty;
    must((json_object_get(json, "duties") != NULL) == (expected == LAW_OK));
    json_array_foreach(json_object_get(json, "duties"), i, duty)
    {
        const json_t *zh = json_object_get(duty, "zh");
        const json_t *en = json_object_get(duty, "en");
        must(json_object_get(zh, "debtors") != NULL && json_object_get(zh, "within") != NULL && json_object_get(zh, "met_by") != NULL);
        must(json_object_size(zh) == json_object_size(en));
    }
}

// Whatever is wrong with it is told at a line of it.
static void check_judged(struct bytes text, enum law_outcome expected)
{
    const struct liaison_law_file file = {"procedure", (const char *)text.data, text.size};
    char *json_text = NULL;
    size_t i;
    json_t *fault;
    enum liaison_outcome outcome = liaison_law_check(&file, 1, &json_text);
    must(outcome == LIAISON_DONE || outcome == LIAISON_REFUSED);
    json_t *json = json_loads(json_text, JSON_REJECT_DUPLICATES, NULL);
    must(json != NULL && (outcome == LIAISON_DONE) == (json_array_size(json_object_get(json, "faults")) == 0));
    must(expected == LAW_OK || memmem(text.data, text.size, "[compact]", 9) != NULL || outcome == LIAISON_REFUSED);
    json_array_foreach(json_object_get(json, "faults"), i, fault)
    {
        must(json_integer_value(json_object_get(fault, "line")) >= 1);
    }
    json_decref(json);
    liaison_free(json_text);
}

static void check_shown(struct bytes text, enum law_outcome expected)
{
    char *json_text = NULL;
    enum liaison_outcome outcome = liaison_procedure_check((const char *)text.data, text.size, &json_text);
    must(outcome == (expected == LAW_OK ? LIAISON_DONE : LIAISON_REFUSED));
    json_t *json = json_loads(json_text, JSON_REJECT_DUPLICATES, NULL);
    must(json != NULL);
    check_rules(json, expected);
    must(expected == LAW_OK || json_array_size(json_object_get(json, "faults")) == 1);
    json_decref(json);
    liaison_free(json_text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes text = {data, size};
    struct law_fault fault = {0};
    struct procedure *procedure;
    enum law_outcome outcome = procedure_parse(text, &procedure, &fault);
    must(outcome != LAW_NO_MEMORY);
    if (outcome == LAW_OK) {
        check_meaning(text, procedure, fuzz_arena());
        procedure_free(&procedure);
    } else {
        fuzz_check_fault(text, &fault);
    }
    check_shown(text, outcome);
    check_judged(text, outcome);
    return 0;
}
