// SPDX-License-Identifier: Apache-2.0
#include "wire/fields.h"

#include "wire/codes.h"
#include "wire/identity.h"
#include "wire/kinds.h"
#include "wire/limits.h"

#include <inttypes.h>
#include <string.h>

// Where in a body a walk stands: the path of the row, and an index for each of its segments that is
// repeated.
enum { DEEPEST_PATH = LIMIT_BODY_DEPTH };

struct spot {
    size_t depth;
    bool is_indexed[DEEPEST_PATH];
    size_t index[DEEPEST_PATH];
};

// What a walk finds at the end of a path, one value at a time. Both are NULL or 0 where nothing is
// there.
struct value {
    const char *text;
    int64_t number;
    const ProtobufCMessage *group;
    size_t count; // elements of the repeated field it is in; 1 for others that are there
};

struct walk {
    const struct kind *kind;
    const struct field *field;
    unsigned places[DEEPEST_PATH]; // where the member of each segment was found last
    void (*visit)(struct walk *walk, const struct spot *spot, const struct value *value);
    struct faults *faults; // of fields_check
    struct lift *lift;     // of fields_lift
    bool *given;           // of fields_is_given
};

// "evidence.name" at evidence 2 is "evidence[2].name". NULL when the arena is full.
static const char *show_path(struct arena *arena, const char *path, const struct spot *spot)
{
    char *shown = arena_format(arena, "%s", "");
    size_t depth = 0;
    for (const char *at = path; *at != '\0' && shown != NULL; depth++) {
        size_t length = strcspn(at, ".");
        const char *join = depth == 0 ? "" : ".";
        if (depth < spot->depth && spot->is_indexed[depth]) {
            shown = arena_format(arena, "%s%s%.*s[%zu]", shown, join, (int)length, at,
                                 spot->index[depth]);
        } else {
            shown = arena_format(arena, "%s%s%.*s", shown, join, (int)length, at);
        }
        at += length + (at[length] == '.');
    }
    return shown;
}

// Rows stand in the order of their messages' members, so the one looked for is at `*place`, where the last one was found, or the
// one behind it.
static const ProtobufCFieldDescriptor *find_member(const ProtobufCMessageDescriptor *type,
                                                   const char *path, size_t length, unsigned *place)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        *place = *place < type->n_fields ? *place : 0;
        const char *name = type->fields[*place].name;
        if (strncmp(name, path, length) == 0 && name[length] == '\0') {
            return &type->fields[*place];
        }
        (*place)++;
    }
    return NULL;
}

static size_t member_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *member)
{
    return *(const size_t *)((const uint8_t *)message + member->quantifier_offset);
}

// The address of the member's value, or of one element of it.
static const void *member_at(const ProtobufCMessage *message,
                             const ProtobufCFieldDescriptor *member, size_t index)
{
    const uint8_t *at = (const uint8_t *)message + member->offset;
    if (member->label != PROTOBUF_C_LABEL_REPEATED) {
        return at;
    }
    const uint8_t *elements = *(const uint8_t *const *)at;
    size_t size = member->type == PROTOBUF_C_TYPE_INT64 ? sizeof(int64_t) : sizeof(void *);
    return elements + index * size;
}

static struct value read_value(const ProtobufCMessage *message,
                               const ProtobufCFieldDescriptor *member, size_t index)
{
    struct value value = {.count = 1};
    const void *at = member_at(message, member, index);
    // Only what a row can be for is read; test_kinds checks that no row names another type.
    if (member->type == PROTOBUF_C_TYPE_STRING) {
        value.text = *(char *const *)at;
    } else if (member->type == PROTOBUF_C_TYPE_INT64) {
        value.number = *(const int64_t *)at;
    } else if (member->type == PROTOBUF_C_TYPE_MESSAGE) {
        value.group = *(ProtobufCMessage *const *)at;
    }
    return value;
}

static bool is_group_required(const struct kind *kind, const char *path, size_t length)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];
        if (strncmp(field->path, path, length) == 0 && field->path[length] == '\0') {
            return field->need == FIELD_REQUIRED;
        }
    }
    return false;
}

static void descend(struct walk *walk, const ProtobufCMessage *message, const char *rest,
                    struct spot *spot);

// One element (or the only value) of the segment at `rest`.
static void enter(struct walk *walk, const ProtobufCMessage *message,
                  const ProtobufCFieldDescriptor *member, const char *after, struct spot *spot)
{
    size_t index = spot->is_indexed[spot->depth - 1] ? spot->index[spot->depth - 1] : 0;
    struct value value = read_value(message, member, index);
    if (after == NULL) {
        walk->visit(walk, spot, &value);
        return;
    }
    // A required group that is absent is the same as an empty one: what it lacks is named field by
    // field.
    size_t length = (size_t)(after - walk->field->path) - 1;
    if (value.group != NULL) {
        descend(walk, value.group, after, spot);
    } else if (is_group_required(walk->kind, walk->field->path, length)) {
        walk->visit(walk, spot, &(struct value){.count = 0});
    }
}

// `rest` is what is left of the row's path. Recursion is as deep as the path has segments.
static void descend(struct walk *walk, const ProtobufCMessage *message, const char *rest,
                    struct spot *spot)
{
    size_t length = strcspn(rest, ".");
    const char *after = rest[length] == '.' ? rest + length + 1 : NULL;
    if (spot->depth == DEEPEST_PATH) {
        return;
    }
    const ProtobufCFieldDescriptor *member =
        find_member(message->descriptor, rest, length, &walk->places[spot->depth]);
    if (member == NULL) {
        return;
    }
    size_t place = spot->depth++;
    spot->is_indexed[place] = member->label == PROTOBUF_C_LABEL_REPEATED;
    if (!spot->is_indexed[place]) {
        enter(walk, message, member, after, spot);
    } else if (member_count(message, member) == 0 && after == NULL) {
        spot->is_indexed[place] = false;
        walk->visit(walk, spot, &(struct value){.count = 0});
    } else {
        for (size_t i = 0; i < member_count(message, member); i++) {
            spot->index[place] = i;
            spot->is_indexed[place] = true;
            enter(walk, message, member, after, spot);
        }
    }
    spot->depth--;
}

static void walk_rows(struct walk *walk, const ProtobufCMessage *body)
{
    for (size_t i = 0; i < walk->kind->field_count; i++) {
        struct spot spot = {.depth = 0};
        walk->field = &walk->kind->fields[i];
        descend(walk, body, walk->field->path, &spot);
    }
}

// Spaces, tabs, line feeds and ideographic spaces alone say nothing.
static bool is_blank(const char *text)
{
    while (*text != '\0') {
        if (*text == ' ' || *text == '\t' || *text == '\n') {
            text++;
        } else if (strncmp(text, "\u3000", 3) == 0) {
            text += 3;
        } else {
            return false;
        }
    }
    return true;
}

static const char *list_codes(struct arena *arena, const struct code_list *list)
{
    const char *text = "可选：";
    for (size_t i = 0; i < list->count && text != NULL; i++) {
        text = arena_format(arena, "%s%s%s（%s）", text, i == 0 ? "" : "、", list->codes[i].name,
                            list->codes[i].zh);
    }
    return text == NULL ? NULL : arena_format(arena, "不是代码表中的代码，%s", text);
}

static const char *judge_credit_code(struct arena *arena, const char *text)
{
    switch (identity_check_credit_code(text)) {
    case CREDIT_CODE_OK:
        return NULL;
    case CREDIT_CODE_SHAPE:
        return "应为18位数字和大写字母（不含I、O、S、V、Z），第3至8位为数字";
    case CREDIT_CODE_CHECK:
        break;
    }
    const char *why =
        arena_format(arena, "校验码不正确，按前17位应为“%c”", identity_credit_code_check(text));
    return why == NULL ? "校验码不正确" : why;
}

static const char *judge_name(const char *text)
{
    if (strlen(text) > LIMIT_NAME_BYTES) {
        return "超过512字节";
    }
    return strchr(text, '\n') != NULL ? "应写在一行内" : NULL;
}

static const char *judge_telephone(const char *text)
{
    size_t length = strlen(text);
    if (length < 3 || length > 32 || strspn(text, "0123456789+- ") != length) {
        return "应为3至32位的数字、空格、“+”或“-”";
    }
    return NULL;
}

// 2000-01-01 and 2100-01-01, UTC: seconds taken for milliseconds, and the other way round, fall
// outside.
static const char *judge_instant(int64_t instant)
{
    return instant < INT64_C(946684800000) || instant >= INT64_C(4102444800000)
               ? "应在2000年至2099年之间"
               : NULL;
}

static const char *judge_text(struct arena *arena, const struct field *field, const char *text)
{
    uint8_t id[ID_BYTES];
    switch (field->form) {
    case FIELD_TEXT:
        return strlen(text) > LIMIT_TEXT_BYTES ? "超过64 KiB" : NULL;
    case FIELD_NAME:
        return judge_name(text);
    case FIELD_CODE:
        if (codes_find(field->codes, text) == NULL) {
            const char *why = list_codes(arena, field->codes);
            return why == NULL ? "不是代码表中的代码" : why;
        }
        return NULL;
    case FIELD_CREDIT_CODE:
        return judge_credit_code(arena, text);
    case FIELD_TELEPHONE:
        return judge_telephone(text);
    case FIELD_AGENCY:
        return identity_is_agency(text) ? NULL : "应为2至32位小写字母、数字或“-”，以字母开头";
    case FIELD_REGION:
        return identity_is_region(text) ? NULL : "应为六位行政区划代码";
    case FIELD_ID:
        return identity_parse_id(text, id) ? NULL : "应为文书或事项编号";
    case FIELD_INSTANT:
    case FIELD_GROUP:
        break;
    }
    return NULL;
}

static bool is_absent(const struct field *field, const struct value *value)
{
    switch (field->form) {
    case FIELD_INSTANT:
        return value->count == 0 || value->number == 0;
    case FIELD_GROUP:
        // A group that is not repeated is a heading; its required fields speak for it.
        return value->count == 0;
    case FIELD_TEXT:
    case FIELD_NAME:
    case FIELD_CODE:
    case FIELD_CREDIT_CODE:
    case FIELD_TELEPHONE:
    case FIELD_AGENCY:
    case FIELD_REGION:
    case FIELD_ID:
        break;
    }
    return value->count == 0 || value->text == NULL || is_blank(value->text);
}

static bool is_element(const struct spot *spot)
{
    return spot->is_indexed[spot->depth - 1];
}

static void judge(struct walk *walk, const struct spot *spot, const struct value *value)
{
    const struct field *field = walk->field;
    struct faults *faults = walk->faults;
    if (faults_is_full(faults)) {
        return;
    }
    if (is_absent(field, value)) {
        if (field->need == FIELD_REQUIRED) {
            faults_add_required(faults, field, show_path(faults->arena, field->path, spot));
        } else if (value->count > 0 && is_element(spot)) {
            faults_add_value(faults, field, show_path(faults->arena, field->path, spot),
                             "不能为空");
        } else if (value->count > 0 && value->text != NULL && value->text[0] != '\0') {
            faults_add_value(faults, field, show_path(faults->arena, field->path, spot),
                             "只有空白");
        }
        return;
    }
    const char *why = field->form == FIELD_INSTANT ? judge_instant(value->number)
                                                   : judge_text(faults->arena, field, value->text);
    if (why != NULL) {
        faults_add_value(faults, field, show_path(faults->arena, field->path, spot), why);
    }
}

size_t fields_check(const struct kind *kind, const ProtobufCMessage *body, struct arena *arena,
                    struct field_fault *out_faults, size_t capacity)
{
    struct faults faults = {.arena = arena, .at = out_faults, .capacity = capacity};
    struct walk walk = {.kind = kind, .visit = judge, .faults = &faults};
    walk_rows(&walk, body);
    if (kind->check != NULL && !faults_is_full(&faults)) {
        kind->check(body, &faults);
    }
    return faults.count;
}

static void note_given(struct walk *walk, const struct spot *spot, const struct value *value)
{
    const bool is_group = walk->field->form == FIELD_GROUP;
    (void)spot;
    *walk->given = *walk->given || (is_group ? value->group != NULL : !is_absent(walk->field, value));
}

bool fields_is_given(const struct kind *kind, const ProtobufCMessage *body, const char *path)
{
    bool given = false;
    struct walk walk = {.kind = kind, .visit = note_given, .given = &given};
    for (size_t i = 0; i < kind->field_count; i++) {
        struct spot spot = {.depth = 0};
        walk.field = &kind->fields[i];
        if (strcmp(walk.field->path, path) == 0) {
            descend(&walk, body, path, &spot);
            break;
        }
    }
    return given;
}

struct lift {
    struct arena *arena;
    struct law_pair *pairs;
    size_t count;
    size_t capacity;
    bool is_full;
};

static struct law_pair *add_pair(struct lift *lift)
{
    if (lift->count == lift->capacity) { // a row may have many values
        size_t capacity = 2 * lift->capacity;
        struct law_pair *pairs = arena_take_array(lift->arena, capacity, sizeof *pairs);
        if (pairs == NULL) {
            return NULL;
        }
        memcpy(pairs, lift->pairs, lift->count * sizeof *pairs);
        lift->pairs = pairs;
        lift->capacity = capacity;
    }
    return &lift->pairs[lift->count++];
}

static void take_pair(struct walk *walk, const struct spot *spot, const struct value *value)
{
    (void)spot;
    struct lift *lift = walk->lift;
    if (is_absent(walk->field, value)) {
        return;
    }
    struct law_pair *pair = add_pair(lift);
    const char *text = walk->field->form == FIELD_INSTANT
                           ? arena_format(lift->arena, "%" PRId64, value->number)
                           : arena_copy_text(lift->arena, value->text);
    lift->is_full = lift->is_full || pair == NULL || text == NULL;
    if (pair != NULL) {
        *pair = (struct law_pair){.name = walk->field->law, .value = text};
    }
}

enum { USUAL_PAIRS = 8 };

bool fields_lift(const struct kind *kind, const ProtobufCMessage *body, struct arena *arena,
                 struct law_pair **out_pairs, size_t *out_count)
{
    struct lift lift = {.arena = arena, .capacity = USUAL_PAIRS};
    struct walk walk = {.kind = kind, .visit = take_pair, .lift = &lift};
    lift.pairs = arena_take_array(arena, lift.capacity, sizeof *lift.pairs);
    if (lift.pairs == NULL) {
        return false;
    }
    for (size_t i = 0; i < kind->field_count && !lift.is_full; i++) {
        struct spot spot = {.depth = 0};
        walk.field = &kind->fields[i];
        if (walk.field->law != NULL) {
            descend(&walk, body, walk.field->path, &spot);
        }
    }
    if (lift.is_full) {
        return false;
    }
    *out_pairs = lift.pairs;
    *out_count = lift.count;
    return true;
}
