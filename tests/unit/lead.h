// SPDX-License-Identifier: Apache-2.0
//
// Bodies of the statements that make up a lead, complete enough for every check.
#pragma once

#include "unit/check.h"

#include "wire/common.pb-c.h"
#include "wire/decode.h"
#include "wire/lead.pb-c.h"

static inline struct bytes lead_discovered(struct arena *arena, int64_t discovered_at)
{
    static char *grounds[] = {"multiple-fields"};
    Body__LeadDiscovered body = BODY__LEAD_DISCOVERED__INIT;
    body.discovered_at = discovered_at;
    body.found_by = "patrol";
    body.place = "叶城县甲镇团结路12号";
    body.summary = "日常巡查发现一家商行销售超过保质期的食品。";
    body.grounds = grounds;
    body.n_grounds = 1;
    return decode_pack(&body.base, arena);
}

static inline struct bytes lead_notice(struct arena *arena, int64_t discovered_at)
{
    static char *grounds[] = {"multiple-fields", "large-impact"};
    Body__Suspect suspect = BODY__SUSPECT__INIT;
    suspect.name = "叶城县某食品经营部";
    suspect.credit_code = "91350100M000100Y43";
    suspect.address = "新疆维吾尔自治区喀什地区叶城县某路1号";
    Body__Evidence evidence = BODY__EVIDENCE__INIT;
    evidence.name = "现场检查笔录";
    evidence.type = "inspection-record";
    Body__Evidence *list[] = {&evidence};
    Body__LeadNotice body = BODY__LEAD_NOTICE__INIT;
    body.suspect = &suspect;
    body.facts = "货架上陈列销售超过保质期的食品。";
    body.evidence = list;
    body.n_evidence = 1;
    body.found_by = "patrol";
    body.found_where = "叶城县某路1号";
    body.discovered_at = discovered_at;
    body.channel = "platform";
    body.grounds = grounds;
    body.n_grounds = 2;
    return decode_pack(&body.base, arena);
}

static inline struct bytes lead_assessment(struct arena *arena, int64_t held_at)
{
    static const char *const agencies[] = {"yecheng-scjg", "yecheng-jiazhen"};
    static const char *const roles[] = {"business", "legal"};
    static char *law[] = {"《中华人民共和国食品安全法》第三十四条"};
    Body__Person persons[4];
    Body__Person *list[4];
    for (size_t i = 0; i < 4; i++) {
        body__person__init(&persons[i]);
        persons[i].name = "张伟";
        persons[i].agency = (char *)(uintptr_t)agencies[i / 2];
        persons[i].role = (char *)(uintptr_t)roles[i % 2];
        list[i] = &persons[i];
    }
    Body__LeadAssessment body = BODY__LEAD_ASSESSMENT__INIT;
    body.held_at = held_at;
    body.place = "叶城县市场监督管理局三楼会议室";
    body.participants = list;
    body.n_participants = 4;
    body.complexity = "复杂程度中等。";
    body.impact = "影响较大。";
    body.law = law;
    body.n_law = 1;
    body.decision = "start";
    body.reason = "双方一致同意启动协同办案程序。";
    return decode_pack(&body.base, arena);
}

static inline struct bytes lead_confirm(struct arena *arena, const char *verdict)
{
    Body__Confirm body = BODY__CONFIRM__INIT;
    body.verdict = (char *)(uintptr_t)verdict;
    body.reason = "与我方记录不一致。";
    return decode_pack(&body.base, arena);
}

static inline struct bytes lead_acknowledgement(struct arena *arena, const char *note)
{
    Body__Acknowledgement body = BODY__ACKNOWLEDGEMENT__INIT;
    body.note = (char *)(uintptr_t)note;
    return decode_pack(&body.base, arena);
}

static inline struct bytes lead_recall(struct arena *arena)
{
    Body__Recall body = BODY__RECALL__INIT;
    body.reason = "发错对象。";
    return decode_pack(&body.base, arena);
}

static inline struct bytes lead_forward(struct arena *arena)
{
    Body__Forward body = BODY__FORWARD__INIT;
    body.reason = "转有权机关。";
    return decode_pack(&body.base, arena);
}

static inline struct bytes lead_deletion(struct arena *arena, int64_t at)
{
    Body__DeletionConfirmed body = BODY__DELETION_CONFIRMED__INIT;
    body.deleted_at = at;
    return decode_pack(&body.base, arena);
}

static inline struct bytes lead_note(struct arena *arena, const char *text)
{
    Body__Note body = BODY__NOTE__INIT;
    body.subject = "工作联系";
    body.text = (char *)(uintptr_t)text;
    return decode_pack(&body.base, arena);
}
