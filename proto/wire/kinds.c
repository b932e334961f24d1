// SPDX-License-Identifier: Apache-2.0
#include "wire/kinds.h"

#include "wire/identity.h"
#include "wire/limits.h"
#include "wire/seal.h"

#include "wire/common.pb-c.h"
#include "wire/lead.pb-c.h"
#include "wire/statement.pb-c.h"

#include <inttypes.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct code sector_codes[] = {
    {"market", "市场监管", "market regulation"},
    {"justice", "司法行政", "judicial administration"},
    {"police", "公安", "police"},
    {"township", "乡镇街道", "township or subdistrict"},
    {"government", "政府", "government"},
    {"health", "卫生健康", "health"},
    {"environment", "生态环境", "environment"},
    {"natural-resources", "自然资源", "natural resources"},
    {"emergency", "应急管理", "emergency management"},
    {"agriculture", "农业农村", "agriculture"},
    {"urban-management", "城市管理", "urban management"},
    {"transport", "交通运输", "transport"},
    {"finance", "财政", "finance"},
    {"education", "教育", "education"},
    {"labour", "人力资源社会保障", "labour and social security"},
    {"culture", "文化旅游", "culture and tourism"},
    {"discipline", "纪检监察", "discipline and supervision"},
    {"prosecution", "检察", "prosecution"},
    {"other", "其他", "other"},
};

static const struct code participant_codes[] = {
    {"business", "执法业务骨干", "enforcement specialist"},
    {"legal", "法规专业人员", "legal specialist"},
    {"leader", "负责人", "person in charge"},
    {"handler", "案件承办人", "case handler"},
    {"technical", "专业技术人员", "technical expert"},
    {"recorder", "记录人", "recorder"},
    {"other", "其他人员", "other"},
};

static const struct code verdict_codes[] = {
    {"confirmed", "确认", "confirmed"},
    {"contested", "有异议", "contested"},
};

static const struct code meeting_codes[] = {
    {"assessment", "联合研判", "joint assessment"},
    {"conference", "案件会商", "case conference"},
    {"coordination", "联席会议", "joint coordination meeting"},
    {"other", "其他会议", "other"},
};

static const struct code identity_codes[] = {
    {"id-card", "居民身份证", "resident identity card"},
    {"household", "户口簿", "household register"},
    {"passport", "护照", "passport"},
    {"residence-permit", "港澳台居民居住证", "residence permit"},
    {"licence", "营业执照注册号", "business licence number"},
    {"other", "其他证件", "other document"},
    {"unknown", "身份待查", "not known yet"},
};

// The eight kinds of evidence of the Administrative Penalty Law, art. 46, in its order.
static const struct code evidence_codes[] = {
    {"documentary", "书证", "documentary evidence"},
    {"physical", "物证", "physical evidence"},
    {"audiovisual", "视听资料", "audiovisual material"},
    {"electronic", "电子数据", "electronic data"},
    {"witness", "证人证言", "witness testimony"},
    {"party-statement", "当事人的陈述", "statement of the party"},
    {"appraisal", "鉴定意见", "expert opinion"},
    {"inspection-record", "勘验笔录、现场笔录", "record of inspection"},
};

static const struct code found_codes[] = {
    {"patrol", "日常巡查", "patrol"},
    {"complaint", "投诉举报", "complaint"},
    {"campaign", "专项整治", "campaign"},
    {"transfer", "其他机关移交", "handed over by another agency"},
    {"other", "其他", "other"},
};

static const struct code ground_codes[] = {
    {"multiple-fields", "涉及多个领域", "several fields of law"},
    {"cross-area", "跨区域", "across areas"},
    {"large-impact", "社会影响较大", "large social impact"},
};

static const struct code channel_codes[] = {
    {"platform", "信息共享平台", "information platform"},
    {"phone", "电话", "telephone"},
    {"written", "书面", "in writing"},
};

static const struct code start_codes[] = {
    {"start", "启动协同办案", "start joint handling"},
    {"not-start", "不启动协同办案", "do not start joint handling"},
};

static const struct code officer_codes[] = {
    {"liaison", "联络员", "liaison officer"},
    {"enforcement", "执法人员", "enforcement officer"},
    {"legal-review", "法制审核", "legal reviewer"},
    {"head", "负责人", "head"},
};

#define CODE_LIST(name, title)                                                                     \
    {                                                                                              \
#name, title, name##_codes, COUNT(name##_codes)                                            \
    }

enum list_place {
    LIST_SECTOR,
    LIST_PARTICIPANT,
    LIST_VERDICT,
    LIST_MEETING,
    LIST_IDENTITY,
    LIST_EVIDENCE,
    LIST_FOUND,
    LIST_GROUND,
    LIST_CHANNEL,
    LIST_START,
    LIST_OFFICER,
};

static const struct code_list code_lists[] = {
    [LIST_SECTOR] = CODE_LIST(sector, "行业领域"),
    [LIST_PARTICIPANT] = CODE_LIST(participant, "参会身份"),
    [LIST_VERDICT] = CODE_LIST(verdict, "确认意见"),
    [LIST_MEETING] = CODE_LIST(meeting, "会议类型"),
    [LIST_IDENTITY] = CODE_LIST(identity, "证件类型"),
    [LIST_EVIDENCE] = CODE_LIST(evidence, "证据种类"),
    [LIST_FOUND] = CODE_LIST(found, "发现途径"),
    [LIST_GROUND] = CODE_LIST(ground, "协同理由"),
    [LIST_CHANNEL] = CODE_LIST(channel, "通报方式"),
    [LIST_START] = CODE_LIST(start, "是否启动"),
    [LIST_OFFICER] = CODE_LIST(officer, "人员职责"),
};

const struct code_list *kinds_code_list(const char *name)
{
    for (size_t i = 0; i < COUNT(code_lists); i++) {
        if (strcmp(code_lists[i].name, name) == 0) {
            return &code_lists[i];
        }
    }
    return NULL;
}

const struct code *kinds_code(const struct code_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->codes[i].name, name) == 0) {
            return &list->codes[i];
        }
    }
    return NULL;
}

struct faults {
    struct arena *arena;
    struct kinds_fault *at;
    size_t capacity;
    size_t count;
};

static void add_fault(struct faults *faults, struct kinds_fault fault)
{
    if (faults->count == faults->capacity) {
        return;
    }
    // A full arena must not turn a fault into none: what is wrong is then said in general.
    if (fault.text == NULL) {
        fault.text = "内容不符合要求";
    }
    if (fault.path == NULL) {
        fault.path = "";
    }
    faults->at[faults->count++] = fault;
}

static void add_required(struct faults *faults, const struct field *field, const char *path)
{
    const char *shown = path == NULL ? field->path : path;
    add_fault(faults, (struct kinds_fault){
                          .field = field,
                          .path = shown,
                          .code = "required",
                          .text = arena_format(faults->arena, "缺少必填项：%s（%s）",
                                               field->title_zh, shown),
                      });
}

static void add_value(struct faults *faults, const struct field *field, const char *path,
                      const char *why)
{
    const char *shown = path == NULL ? field->path : path;
    add_fault(faults, (struct kinds_fault){
                          .field = field,
                          .path = shown,
                          .code = "value",
                          .text = why == NULL ? NULL
                                              : arena_format(faults->arena, "%s（%s）：%s",
                                                             field->title_zh, shown, why),
                      });
}

static const struct field *find_field(const struct field *fields, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].path, path) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

// test_kinds runs every rule, so a path that has no row shows there.
#define ROW(rows, path) find_field(rows, COUNT(rows), path)

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static bool is_text(const char *text, const char *expected)
{
    return text != NULL && strcmp(text, expected) == 0;
}

static size_t check_notice(const ProtobufCMessage *body, struct arena *arena,
                           struct kinds_fault *out_faults, size_t capacity);
static size_t check_assessment(const ProtobufCMessage *body, struct arena *arena,
                               struct kinds_fault *out_faults, size_t capacity);
static size_t check_confirm(const ProtobufCMessage *body, struct arena *arena,
                            struct kinds_fault *out_faults, size_t capacity);
static size_t check_card(const ProtobufCMessage *body, struct arena *arena,
                         struct kinds_fault *out_faults, size_t capacity);
static size_t check_receipt(const ProtobufCMessage *body, struct arena *arena,
                            struct kinds_fault *out_faults, size_t capacity);

// A row a line reads as a table.
// clang-format off
static const struct field lead_discovered_fields[] = {
    {"discovered_at", "发现时间", "discovered at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-1.1.1", "discovered_at"},
    {"found_by", "发现途径", "found by", FIELD_CODE, FIELD_REQUIRED, &code_lists[LIST_FOUND], "YC-1.1.1", NULL},
    {"place", "发现地点", "place", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"summary", "线索概要", "summary", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"grounds", "协同理由", "grounds", FIELD_CODE, FIELD_REQUIRED, &code_lists[LIST_GROUND], "YC-1.1.1", NULL},
};

static const struct field lead_notice_fields[] = {
    {"suspect", "涉嫌违法主体", "suspect", FIELD_GROUP, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"suspect.name", "涉嫌违法主体名称", "name of the suspect", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"suspect.credit_code", "统一社会信用代码", "credit code", FIELD_CREDIT_CODE, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"suspect.other_id_type", "其他证件类型", "type of other id", FIELD_CODE, FIELD_OPTIONAL, &code_lists[LIST_IDENTITY], NULL, NULL},
    {"suspect.other_id", "其他证件号码", "other id", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"suspect.address", "涉嫌违法主体地址", "address of the suspect", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"suspect.contact_name", "涉嫌违法主体联系人", "contact", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"suspect.contact_telephone", "涉嫌违法主体联系电话", "contact telephone", FIELD_TELEPHONE, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"facts", "违法事实梗概", "gist of the facts", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"evidence", "已掌握的证据", "evidence in hand", FIELD_GROUP, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"evidence.name", "证据名称", "name of the evidence", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"evidence.type", "证据种类", "type of evidence", FIELD_CODE, FIELD_REQUIRED, &code_lists[LIST_EVIDENCE], "YC-1.1.1", NULL},
    {"evidence.note", "证据说明", "note on the evidence", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"found_by", "发现途径", "found by", FIELD_CODE, FIELD_REQUIRED, &code_lists[LIST_FOUND], "YC-1.1.1", NULL},
    {"found_where", "发现地点", "found where", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.1.1", NULL},
    {"discovered_at", "发现时间", "discovered at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-1.1.1", "discovered_at"},
    {"channel", "通报方式", "channel", FIELD_CODE, FIELD_REQUIRED, &code_lists[LIST_CHANNEL], "YC-1.1.1", "channel"},
    {"notified_at", "通报时间", "notified at", FIELD_INSTANT, FIELD_OPTIONAL, NULL, "YC-1.1.1", "notified_at"},
    {"notified_person", "接听通报的人员", "person told", FIELD_NAME, FIELD_OPTIONAL, NULL, "YC-1.1.1", NULL},
    {"grounds", "协同理由", "grounds", FIELD_CODE, FIELD_REQUIRED, &code_lists[LIST_GROUND], "YC-1.1.1", "ground"},
    {"remarks", "备注", "remarks", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field lead_assessment_fields[] = {
    {"held_at", "研判会议时间", "held at", FIELD_INSTANT, FIELD_REQUIRED, NULL, "YC-1.1.2", "held_at"},
    {"place", "研判会议地点", "place", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"participants", "参会人员", "participants", FIELD_GROUP, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
    {"participants.name", "参会人员姓名", "name", FIELD_NAME, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
    {"participants.agency", "参会人员所属机关", "agency", FIELD_AGENCY, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
    {"participants.role", "参会身份", "role", FIELD_CODE, FIELD_REQUIRED, &code_lists[LIST_PARTICIPANT], "YC-1.1.2", NULL},
    {"participants.certificate", "执法证号", "certificate", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"complexity", "案件复杂性评估", "complexity", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
    {"impact", "社会影响评估", "social impact", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
    {"law", "可能涉及的法律法规", "laws that may apply", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
    {"decision", "是否启动协同办案", "decision", FIELD_CODE, FIELD_REQUIRED, &code_lists[LIST_START], "YC-1.1.2", "decision"},
    {"reason", "决定理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, "YC-1.1.2", NULL},
};

static const struct field meeting_held_fields[] = {
    {"purpose", "会议类型", "purpose", FIELD_CODE, FIELD_REQUIRED, &code_lists[LIST_MEETING], NULL, "purpose"},
    {"held_at", "会议时间", "held at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, "held_at"},
    {"place", "会议地点", "place", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"participants", "参会人员", "participants", FIELD_GROUP, FIELD_REQUIRED, NULL, NULL, NULL},
    {"participants.name", "参会人员姓名", "name", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"participants.agency", "参会人员所属机关", "agency", FIELD_AGENCY, FIELD_REQUIRED, NULL, NULL, NULL},
    {"participants.role", "参会身份", "role", FIELD_CODE, FIELD_REQUIRED, &code_lists[LIST_PARTICIPANT], NULL, NULL},
    {"participants.certificate", "执法证号", "certificate", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"summary", "会议纪要", "summary", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field acknowledgement_fields[] = {
    {"note", "签收意见", "note", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"for_certificate", "被代签人执法证号", "signed for the officer", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"agent_name", "代收人", "agent", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field confirm_fields[] = {
    {"verdict", "确认意见", "verdict", FIELD_CODE, FIELD_REQUIRED, &code_lists[LIST_VERDICT], NULL, "verdict"},
    {"reason", "异议理由", "reason", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
};

static const struct field recall_fields[] = {
    {"reason", "撤回理由", "reason", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field note_fields[] = {
    {"subject", "标题", "subject", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"text", "内容", "text", FIELD_TEXT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field receipt_fields[] = {
    {"refusals", "拒收", "refusals", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"refusals.code", "拒收代码", "code", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"refusals.detail", "拒收说明", "detail", FIELD_TEXT, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"refusals.received_at", "收到时间", "received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, NULL},
    {"runs", "到达", "runs", FIELD_GROUP, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"runs.received_at", "到达时间", "received at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field offered_fields[] = {
    {"up_to", "截至时间", "up to", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, NULL},
};

static const struct field card_fields[] = {
    {"agency", "机关标识", "agency id", FIELD_AGENCY, FIELD_REQUIRED, NULL, NULL, NULL},
    {"name", "机关名称", "name", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"credit_code", "统一社会信用代码", "credit code", FIELD_CREDIT_CODE, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"region", "行政区划代码", "region code", FIELD_NAME, FIELD_REQUIRED, NULL, NULL, NULL},
    {"sector", "行业领域", "sector", FIELD_CODE, FIELD_REQUIRED, &code_lists[LIST_SECTOR], NULL, NULL},
    {"parent", "上级机关标识", "parent agency", FIELD_AGENCY, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"endpoints", "通信地址", "endpoints", FIELD_NAME, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"duty_telephone", "值班电话", "duty telephone", FIELD_TELEPHONE, FIELD_OPTIONAL, NULL, NULL, NULL},
    {"issued_at", "签发时间", "issued at", FIELD_INSTANT, FIELD_REQUIRED, NULL, NULL, NULL},
};

#define FIELDS(rows) .fields = rows, .field_count = COUNT(rows)

static const struct kind kinds[] = {
    {.name = "lead.discovered", .family = "lead", .title_zh = "线索发现登记", .title_en = "lead discovered",
     .class = KIND_FACT, .descriptor = &body__lead_discovered__descriptor, FIELDS(lead_discovered_fields)},
    {.name = "lead.notice", .family = "lead", .title_zh = "线索通报", .title_en = "notice of a lead",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__lead_notice__descriptor,
     FIELDS(lead_notice_fields), .check = check_notice},
    {.name = "lead.assessment", .family = "lead", .title_zh = "联合研判记录", .title_en = "record of the joint assessment",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__lead_assessment__descriptor,
     FIELDS(lead_assessment_fields), .check = check_assessment},
    {.name = "meeting.held", .family = "meeting", .title_zh = "会议登记", .title_en = "meeting held",
     .class = KIND_FACT, .descriptor = &body__meeting_held__descriptor, FIELDS(meeting_held_fields)},
    {.name = "acknowledgement", .family = "common", .title_zh = "签收", .title_en = "acknowledgement",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_NEEDS_OFFICER | KIND_ACT,
     .descriptor = &body__acknowledgement__descriptor, FIELDS(acknowledgement_fields)},
    {.name = "confirm", .family = "common", .title_zh = "确认", .title_en = "confirmation",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_NEEDS_OFFICER | KIND_ACT,
     .descriptor = &body__confirm__descriptor, FIELDS(confirm_fields), .check = check_confirm},
    {.name = "recall", .family = "common", .title_zh = "撤回", .title_en = "recall",
     .class = KIND_MESSAGE, .marks = KIND_REPLIES | KIND_ACT, .descriptor = &body__recall__descriptor,
     FIELDS(recall_fields)},
    {.name = "note", .family = "common", .title_zh = "工作联系", .title_en = "note",
     .class = KIND_MESSAGE, .marks = KIND_SIGNED_FOR, .descriptor = &body__note__descriptor, FIELDS(note_fields)},
    {.name = "receipt", .family = "machine", .title_zh = "到达回执", .title_en = "receipt",
     .class = KIND_MACHINE, .descriptor = &wire__receipt__descriptor, FIELDS(receipt_fields), .check = check_receipt},
    {.name = "offered", .family = "machine", .title_zh = "已发标记", .title_en = "offered mark",
     .class = KIND_MACHINE, .descriptor = &wire__offered__descriptor, FIELDS(offered_fields)},
    {.name = "card", .family = "machine", .title_zh = "名片", .title_en = "card",
     .class = KIND_MACHINE, .descriptor = &wire__card__descriptor, FIELDS(card_fields), .check = check_card},
};
// clang-format on

size_t kinds_count(void)
{
    return COUNT(kinds);
}

const struct kind *kinds_at(size_t index)
{
    return index < COUNT(kinds) ? &kinds[index] : NULL;
}

const struct kind *kinds_find(const char *name)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

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
    void (*visit)(struct walk *walk, const struct spot *spot, const struct value *value);
    struct faults *faults; // of kinds_check
    struct lift *lift;     // of kinds_lift
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

static const ProtobufCFieldDescriptor *find_member(const ProtobufCMessageDescriptor *type,
                                                   const char *path, size_t length)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const char *name = type->fields[i].name;
        if (strncmp(name, path, length) == 0 && name[length] == '\0') {
            return &type->fields[i];
        }
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
    const ProtobufCFieldDescriptor *member = find_member(message->descriptor, rest, length);
    if (member == NULL || spot->depth == DEEPEST_PATH) {
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
    switch (field->form) {
    case FIELD_TEXT:
        return strlen(text) > LIMIT_TEXT_BYTES ? "超过64 KiB" : NULL;
    case FIELD_NAME:
        return judge_name(text);
    case FIELD_CODE:
        if (kinds_code(field->codes, text) == NULL) {
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
    if (faults->count == faults->capacity) {
        return;
    }
    if (is_absent(field, value)) {
        if (field->need == FIELD_REQUIRED) {
            add_required(faults, field, show_path(faults->arena, field->path, spot));
        } else if (value->count > 0 && is_element(spot)) {
            add_value(faults, field, show_path(faults->arena, field->path, spot), "不能为空");
        } else if (value->count > 0 && value->text != NULL && value->text[0] != '\0') {
            add_value(faults, field, show_path(faults->arena, field->path, spot), "只有空白");
        }
        return;
    }
    const char *why = field->form == FIELD_INSTANT ? judge_instant(value->number)
                                                   : judge_text(faults->arena, field, value->text);
    if (why != NULL) {
        add_value(faults, field, show_path(faults->arena, field->path, spot), why);
    }
}

size_t kinds_check(const struct kind *kind, const ProtobufCMessage *body, struct arena *arena,
                   struct kinds_fault *out_faults, size_t capacity)
{
    struct faults faults = {.arena = arena, .at = out_faults, .capacity = capacity};
    struct walk walk = {.kind = kind, .visit = judge, .faults = &faults};
    walk_rows(&walk, body);
    if (kind->check != NULL && faults.count < capacity) {
        faults.count +=
            kind->check(body, arena, out_faults + faults.count, capacity - faults.count);
    }
    return faults.count;
}

// Somebody must be found again: by credit code, by another document, or openly "not known yet".
static void check_suspect(struct faults *faults, const Body__Suspect *suspect)
{
    if (suspect == NULL || is_given(suspect->credit_code)) {
        return;
    }
    if (!is_given(suspect->other_id_type)) {
        add_fault(
            faults,
            (struct kinds_fault){
                .field = ROW(lead_notice_fields, "suspect.credit_code"),
                .path = "suspect.credit_code",
                .code = "required",
                .text =
                    "缺少必填项：统一社会信用代码（suspect.credit_code），没有的应填写其他证件类型"
                    "（suspect.other_id_type），身份不明的填“unknown”（身份待查）",
            });
    } else if (!is_text(suspect->other_id_type, "unknown") && !is_given(suspect->other_id)) {
        add_required(faults, ROW(lead_notice_fields, "suspect.other_id"), NULL);
    }
}

// Over the platform the seal's time is the time of notice; otherwise the 24 hours end when the
// other side was told.
static void check_notified(struct faults *faults, const Body__LeadNotice *notice)
{
    bool by_phone = is_text(notice->channel, "phone");
    if ((by_phone || is_text(notice->channel, "written")) && notice->notified_at == 0) {
        add_required(faults, ROW(lead_notice_fields, "notified_at"), NULL);
    }
    if (by_phone && !is_given(notice->notified_person)) {
        add_required(faults, ROW(lead_notice_fields, "notified_person"), NULL);
    }
    if (notice->notified_at != 0 && notice->notified_at < notice->discovered_at) {
        add_value(faults, ROW(lead_notice_fields, "notified_at"), NULL, "早于发现时间");
    }
}

static size_t check_notice(const ProtobufCMessage *body, struct arena *arena,
                           struct kinds_fault *out_faults, size_t capacity)
{
    const Body__LeadNotice *notice = (const Body__LeadNotice *)body;
    struct faults faults = {.arena = arena, .at = out_faults, .capacity = capacity};
    check_suspect(&faults, notice->suspect);
    check_notified(&faults, notice);
    return faults.count;
}

static bool has_participant(const Body__LeadAssessment *assessment, const char *role)
{
    for (size_t i = 0; i < assessment->n_participants; i++) {
        if (is_text(assessment->participants[i]->role, role)) {
            return true;
        }
    }
    return false;
}

// YC-1.1.2a names who has to sit at the table.
static size_t check_assessment(const ProtobufCMessage *body, struct arena *arena,
                               struct kinds_fault *out_faults, size_t capacity)
{
    const Body__LeadAssessment *assessment = (const Body__LeadAssessment *)body;
    struct faults faults = {.arena = arena, .at = out_faults, .capacity = capacity};
    const struct field *field = ROW(lead_assessment_fields, "participants");
    if (assessment->n_participants == 0) {
        return 0;
    }
    if (!has_participant(assessment, "business")) {
        add_value(&faults, field, NULL, "应有执法业务骨干（business）参加");
    }
    if (!has_participant(assessment, "legal")) {
        add_value(&faults, field, NULL, "应有法规专业人员（legal）参加");
    }
    return faults.count;
}

static size_t check_confirm(const ProtobufCMessage *body, struct arena *arena,
                            struct kinds_fault *out_faults, size_t capacity)
{
    const Body__Confirm *confirm = (const Body__Confirm *)body;
    struct faults faults = {.arena = arena, .at = out_faults, .capacity = capacity};
    if (is_text(confirm->verdict, "contested") && !is_given(confirm->reason)) {
        add_required(&faults, ROW(confirm_fields, "reason"), NULL);
    }
    return faults.count;
}

static void add_whole(struct faults *faults, const char *path, const char *text)
{
    add_fault(faults,
              (struct kinds_fault){.field = NULL, .path = path, .code = "value", .text = text});
}

static size_t check_receipt(const ProtobufCMessage *body, struct arena *arena,
                            struct kinds_fault *out_faults, size_t capacity)
{
    const Wire__Receipt *receipt = (const Wire__Receipt *)body;
    struct faults faults = {.arena = arena, .at = out_faults, .capacity = capacity};
    if (receipt->n_runs + receipt->n_refusals == 0) {
        add_whole(&faults, "runs", "回执没有内容");
    }
    for (size_t i = 0; i < receipt->n_runs; i++) {
        const Wire__Run *run = receipt->runs[i];
        if (run->from == 0 || run->to < run->from || run->root.len != DIGEST_BYTES) {
            add_whole(&faults, arena_format(arena, "runs[%zu]", i), "回执的区间或摘要不正确");
        }
    }
    for (size_t i = 0; i < receipt->n_refusals; i++) {
        const Wire__Refused *refused = receipt->refusals[i];
        if (refused->position == 0 || refused->leaf.len != DIGEST_BYTES) {
            add_whole(&faults, arena_format(arena, "refusals[%zu]", i), "拒收的位置或摘要不正确");
        }
    }
    return faults.count;
}

static size_t check_card(const ProtobufCMessage *body, struct arena *arena,
                         struct kinds_fault *out_faults, size_t capacity)
{
    const Wire__Card *card = (const Wire__Card *)body;
    struct faults faults = {.arena = arena, .at = out_faults, .capacity = capacity};
    if (is_given(card->region) && !identity_is_region(card->region)) {
        add_value(&faults, ROW(card_fields, "region"), NULL, "应为六位数字");
    }
    if (card->curve_key.len != 32) {
        add_whole(&faults, "curve_key", "通信公钥应为32字节");
    }
    bool known = card->suite == SUITE_ED25519_SHA256 || card->suite == SUITE_SM2_SM3;
    if (!known || card->sign_key.len != suite_key_bytes((enum suite)card->suite)) {
        add_whole(&faults, "sign_key", "签名算法套件未知，或签名公钥与之不符");
    }
    return faults.count;
}

struct lift {
    struct arena *arena;
    struct law_pair *pairs;
    size_t count;
    bool is_full;
};

static void take_pair(struct walk *walk, const struct spot *spot, const struct value *value)
{
    (void)spot;
    struct lift *lift = walk->lift;
    if (is_absent(walk->field, value)) {
        return;
    }
    lift->count++;
    if (lift->pairs == NULL) {
        return;
    }
    const char *text = walk->field->form == FIELD_INSTANT
                           ? arena_format(lift->arena, "%" PRId64, value->number)
                           : arena_copy_text(lift->arena, value->text);
    lift->is_full = lift->is_full || text == NULL;
    lift->pairs[lift->count - 1] = (struct law_pair){.name = walk->field->law, .value = text};
}

static void walk_law(struct walk *walk, const ProtobufCMessage *body)
{
    for (size_t i = 0; i < walk->kind->field_count; i++) {
        struct spot spot = {.depth = 0};
        walk->field = &walk->kind->fields[i];
        if (walk->field->law != NULL) {
            descend(walk, body, walk->field->path, &spot);
        }
    }
}

bool kinds_lift(const struct kind *kind, const ProtobufCMessage *body, struct arena *arena,
                struct law_pair **out_pairs, size_t *out_count)
{
    struct lift lift = {.arena = arena};
    struct walk walk = {.kind = kind, .visit = take_pair, .lift = &lift};
    walk_law(&walk, body);
    lift.pairs = arena_take_array(arena, lift.count, sizeof *lift.pairs);
    if (lift.pairs == NULL) {
        return false;
    }
    lift.count = 0;
    walk_law(&walk, body);
    if (lift.is_full) {
        return false;
    }
    *out_pairs = lift.pairs;
    *out_count = lift.count;
    return true;
}
