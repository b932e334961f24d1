// SPDX-License-Identifier: Apache-2.0
#include "wire/codes.h"

#include <string.h>

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
    {"yearly", "年度协作会议", "yearly cooperation meeting"},
    {"ad-hoc", "临时协商", "ad-hoc consultation"},
    {"special", "专题会议", "special meeting"},
    {"legal", "法制机构联席会议", "joint conference of legal units"},
    {"training", "联合培训", "joint training"},
    {"exchange", "经验交流", "exchange of experience"},
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
    {"jurisdiction", "属于其他机关管辖", "another agency's jurisdiction"}, // YY-2.1.2, WB-3.1.2
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

// YC-2.1, RC-21 and what is common to both
static const struct code transfer_codes[] = {
    {"no-jurisdiction", "不属于本机关管辖", "outside the agency's jurisdiction"},
    {"beyond-powers", "超出本机关执法权限", "beyond the agency's powers"},
    {"needs-expertise", "需要专业技术支持或检验检测", "needs expertise or testing"},
    {"cross-area", "跨区域", "across areas"},
    {"delegated", "属于对方赋权范围", "within what was delegated to the other side"},
    {"penalty-moved", "处罚权已划转", "the power to punish was moved"},
    {"other", "其他", "other"},
};

static const struct code opinion_codes[] = {
    {"agreed", "同意", "agreed"},
    {"returned", "退回补正", "returned to be mended"},
    {"rejected", "不同意", "rejected"},
};

static const struct code material_codes[] = {
    {"original", "原件", "original on paper"},
    {"copy", "复印件", "copy on paper"},
    {"electronic", "电子件", "electronic"},
};

// RC-23b
static const struct code review_codes[] = {
    {"accepted", "接收", "accepted"},
    {"supplement", "要求补充材料", "materials to be added"},
    {"refused", "不予接收", "refused"},
};

static const struct code filing_codes[] = {
    {"filed", "立案", "filed"},
    {"not-filed", "不予立案", "not filed"},
};

static const struct code officer_codes[] = {
    {"liaison", "联络员", "liaison officer"},
    {"enforcement", "执法人员", "enforcement officer"},
    {"legal-review", "法制审核", "legal reviewer"},
    {"head", "负责人", "head"},
};

static const struct code yes_no_codes[] = {
    {"yes", "是", "yes"},
    {"no", "否", "no"},
};

static const struct code complainant_codes[] = {
    {"open", "公开", "open"},
    {"confidential", "保密", "confidential"},
    {"anonymous", "匿名", "anonymous"},
};

// YC-3, YY-2.1.1, WB-3.3, RC-27a, RC-28, XX-2.5
static const struct code category_codes[] = {
    {"law", "法律法规、标准和政策", "statutes, standards and policy"},
    {"permit", "许可、备案、确认和监督管理", "permits, records and their supervision"},
    {"registration", "市场主体登记", "registration of market entities"},
    {"inspection", "监督检查", "inspections"},
    {"coercive", "行政强制措施", "coercive measures"},
    {"penalty", "行政处罚决定及执行、不予立案", "penalties, their execution, cases not filed"},
    {"complaint", "投诉、举报、信访", "complaints, reports and petitions"},
    {"statistics", "统计分析数据", "statistics"},
    {"discretion", "裁量基准", "standards of discretion"},
    {"workflow", "工作流程", "workflows"},
    {"dynamic", "执法动态、工作简报", "dynamic information and bulletins"},
    {"sensing", "前端感知数据、执法监控", "front-end sensing and monitoring"},
    {"warning", "执法预警", "warnings"},
    {"archive", "执法主体、依据和文书档案", "archive of bodies, basis and documents"},
    {"source", "案源线索", "leads on cases"},
    {"topic", "热点和新问题", "hot topics and new problems"},
    {"case", "典型案例", "typical cases"},
    {"other", "其他", "other"},
};

// RC-26: how an entry of the catalogue can be had.
static const struct code access_codes[] = {
    {"subscription", "订阅", "by subscription"},
    {"query", "查询", "by query"},
    {"both", "订阅、查询", "by subscription or query"},
};

// RC-26
static const struct code handling_codes[] = {
    {"open", "无标识", "no mark"},
    {"internal", "内部", "internal"},
};

// RC-26
static const struct code rhythm_codes[] = {
    {"at-once", "即时", "at once"},
    {"daily", "每日", "daily"},
    {"weekly", "每周", "weekly"},
    {"monthly", "每月", "monthly"},
    {"quarterly", "每季度", "quarterly"},
    {"yearly", "每年", "yearly"},
    {"irregular", "不定期", "irregularly"},
};

// RC-2
static const struct code operation_codes[] = {
    {"coordinated", "协同执法", "coordinated enforcement"},
    {"joint", "联合执法", "joint enforcement"},
};

static const struct code jurisdiction_codes[] = {
    {"own", "本机关", "this agency's"},
    {"other", "其他机关", "another agency's"},
};

// YY-2.1.3c, YY-2.1.3e, WB-3.2.1b, WB-3.2.2a
static const struct code told_codes[] = {
    {"transferred", "已移送", "transferred"},
    {"redirected", "告知另行投诉", "told to complain elsewhere"},
    {"result", "处理结果", "result"},
    {"no-violation", "未发现违法", "no violation found"},
};

// XX-2.4a, YY-2.2.4b
static const struct code recognition_codes[] = {
    {"recognised", "认可", "recognised"},
    {"to-verify", "待核实", "to be verified"},
    {"not-usable", "不可用", "not usable"},
};

// Administrative Penalty Law, art. 9, and what may be decided instead
static const struct code penalty_codes[] = {
    {"warning", "警告", "warning"},
    {"fine", "罚款", "fine"},
    {"confiscation", "没收", "confiscation"},
    {"suspension", "责令停产停业", "suspension of production or business"},
    {"revocation", "吊销许可证照", "revocation of a licence"},
    {"none", "不予处罚", "no penalty"},
    {"other", "其他", "other"},
};

// RC-7 for coordinated enforcement, RC-15 for joint enforcement
static const struct code enforcement_ground_codes[] = {
    {"major", "违法事项重大、复杂", "major or complex"},
    {"insufficient-means", "法定手段不足以制止", "own means insufficient"},
    {"government", "应由政府实施或审批", "the government must act or approve"},
    {"several-competent", "应由多个机关查处", "several bodies competent"},
    {"campaign", "专项治理", "campaign that was ordered"},
    {"unclear-competence", "事前难以确定执法机关", "competent body unclear"},
    {"other", "其他", "other"},
};

// YY-2.2.2b: what of a transfer electronic delivery leaves behind
static const struct code outstanding_codes[] = {
    {"none", "无", "nothing"},
    {"papers", "原件待交", "originals"},
    {"items", "物品待交", "items"},
    {"both", "原件物品待交", "originals and items"},
};

// XX-2.2, WB-3.5, YY-2.4
static const struct code assistance_codes[] = {
    {"letter", "协助调查函", "letter asking for an investigation"},
    {"technical", "技术鉴定意见", "technical opinion"},
    {"archive", "查阅档案", "to read archives"},
    {"on-site", "现场协助", "help on the spot"},
    {"prior-notice", "跨区域调查通报", "notice of an investigation across areas"},
    {"other", "其他", "other"},
};

// YY-2.4a
static const struct code assistance_ground_codes[] = {
    {"own-means", "单独执法不能实现管理目的", "the aim cannot be reached alone"},
    {"cannot-get", "自行调查不能取得材料", "the material cannot be got by oneself"},
    {"held-by-other", "材料为对方掌握", "the material is held by the other side"},
    {"needs-test", "需要鉴定、检验、检测", "needs appraisal or testing"},
    {"other", "其他情形", "other"},
};

// RC-31
static const struct code misconduct_codes[] = {
    {"not-found", "未及时发现", "not found in time"},
    {"not-stopped", "未能制止又未报告", "neither stopped nor reported"},
    {"no-measures", "未第一时间采取措施", "no measures at the first moment"},
    {"shirking", "推诿自身职责", "shirking one's own duty"},
    {"discipline", "违反纪律", "breach of discipline"},
    {"neglect", "玩忽职守、滥用职权", "neglect or abuse of power"},
};

#define CODE_LIST_NAMED(name, stem, title)                                                         \
    {                                                                                              \
        name, title, stem##_codes, sizeof stem##_codes / sizeof stem##_codes[0]                    \
    }
#define CODE_LIST(name, title) CODE_LIST_NAMED(#name, name, title)

// What an attachment is: the materials that the regulations name.
static const struct code document_codes[] = {
    {"inspection-record", "现场检查笔录", "record of an on-site inspection"},
    {"interview-record", "询问笔录", "record of an interview"},
    {"test-report", "检验检测报告", "report of a test"},
    {"appraisal", "鉴定意见", "expert opinion"},
    {"photograph", "照片", "photograph"},
    {"video", "录像", "video recording"},
    {"audio", "录音", "audio recording"},
    {"items-list", "物品清单", "list of items"},
    {"documentary", "书证材料", "documentary material"},
    {"electronic", "电子数据", "electronic data"},
    {"decision", "决定文书", "decision"},
    {"report", "调查报告", "report of an investigation"},
    {"letter", "函件", "letter"},
    {"identity", "身份或主体资格证明", "proof of identity or standing"},
    {"other", "其他材料", "other material"},
};

const struct code_list codes_lists[CODES_COUNT] = {
    [CODES_SECTOR] = CODE_LIST(sector, "行业领域"),
    [CODES_PARTICIPANT] = CODE_LIST(participant, "参会身份"),
    [CODES_VERDICT] = CODE_LIST(verdict, "确认意见"),
    [CODES_MEETING] = CODE_LIST(meeting, "会议类型"),
    [CODES_IDENTITY] = CODE_LIST(identity, "证件类型"),
    [CODES_EVIDENCE] = CODE_LIST(evidence, "证据种类"),
    [CODES_FOUND] = CODE_LIST(found, "发现途径"),
    [CODES_GROUND] = CODE_LIST(ground, "协同理由"),
    [CODES_CHANNEL] = CODE_LIST(channel, "通报方式"),
    [CODES_START] = CODE_LIST(start, "是否启动"),
    [CODES_TRANSFER] = CODE_LIST(transfer, "移送情形"),
    [CODES_OPINION] = CODE_LIST(opinion, "审核意见"),
    [CODES_MATERIAL] = CODE_LIST(material, "材料形式"),
    [CODES_REVIEW] = CODE_LIST(review, "审查结果"),
    [CODES_FILING] = CODE_LIST(filing, "立案决定"),
    [CODES_OFFICER] = CODE_LIST(officer, "人员职责"),
    [CODES_YES_NO] = CODE_LIST_NAMED("yes-no", yes_no, "是否"),
    [CODES_COMPLAINANT] = CODE_LIST(complainant, "投诉举报人身份"),
    [CODES_CATEGORY] = CODE_LIST(category, "信息类别"),
    [CODES_ACCESS] = CODE_LIST(access, "获取方式"),
    [CODES_RHYTHM] = CODE_LIST(rhythm, "更新周期"),
    [CODES_HANDLING] = CODE_LIST(handling, "处理标识"),
    [CODES_OPERATION] = CODE_LIST(operation, "联动执法形式"),
    [CODES_JURISDICTION] = CODE_LIST(jurisdiction, "管辖"),
    [CODES_TOLD] = CODE_LIST(told, "告知事项"),
    [CODES_RECOGNITION] = CODE_LIST(recognition, "证据审查结果"),
    [CODES_PENALTY] = CODE_LIST(penalty, "处罚种类"),
    [CODES_ENFORCEMENT_GROUND] = CODE_LIST_NAMED("enforcement-ground", enforcement_ground, "联动执法情形"),
    [CODES_OUTSTANDING] = CODE_LIST(outstanding, "待交情况"),
    [CODES_ASSISTANCE] = CODE_LIST(assistance, "协助形式"),
    [CODES_ASSISTANCE_GROUND] = CODE_LIST_NAMED("assistance-ground", assistance_ground, "协助理由"),
    [CODES_MISCONDUCT] = CODE_LIST(misconduct, "违纪失职情形"),
    [CODES_DOCUMENT] = CODE_LIST(document, "材料类型"),
};

const struct code_list *codes_list(const char *name)
{
    for (size_t i = 0; i < CODES_COUNT; i++) {
        if (strcmp(codes_lists[i].name, name) == 0) {
            return &codes_lists[i];
        }
    }
    return NULL;
}

const struct code *codes_find(const struct code_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->codes[i].name, name) == 0) {
            return &list->codes[i];
        }
    }
    return NULL;
}
