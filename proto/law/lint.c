// SPDX-License-Identifier: Apache-2.0
//
// Roles
//   Whoever may take a step is a set of roles: those that the procedure has, less what a condition
//   and each requirement that surely applies rule out. A requirement applies surely where it asks
//   for nothing, or for no more than the condition of the step itself. An empty set is a step that
//   nobody can take.
#include "law/lint.h"

#include <string.h>

enum { ROLE_LIMIT = 64 }; // more cannot be told apart; nothing is said of such a procedure

// Bit i stands for the procedure's i-th role.
struct role_set {
    uint64_t bits;
};

static void complain(struct lint_list *list, unsigned line, char *text)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
        struct lint_complaint *items = arena_take_array(list->arena, capacity, sizeof *items);

        if (items == NULL) {
            list->starved = true;
            return;
        }
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->starved = list->starved || text == NULL;
    list->items[list->count++] = (struct lint_complaint){line, text == NULL ? "" : text};
}

static struct role_set all_roles(const struct procedure *procedure)
{
    const size_t count = procedure->roles.count;

    return (struct role_set){count == ROLE_LIMIT ? UINT64_MAX : (UINT64_C(1) << count) - 1};
}

static struct role_set named_roles(const struct procedure *procedure, const char *const *names,
                                   size_t count)
{
    struct role_set set = {0};

    for (size_t i = 0; i < procedure->roles.count; i++) {
        for (size_t j = 0; j < count; j++) {
            if (strcmp(procedure->roles.words[i], names[j]) == 0) {
                set.bits |= UINT64_C(1) << i;
            }
        }
    }
    return set;
}

// ------------------------------------------------------------------------------------ conditions

static bool is_among(const struct condition_term *term, const char *value)
{
    for (size_t i = 0; i < term->value_count; i++) {
        if (strcmp(term->values[i], value) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_within(const struct condition_term *few, const struct condition_term *many)
{
    for (size_t i = 0; i < few->value_count; i++) {
        if (!is_among(many, few->values[i])) {
            return false;
        }
    }
    return true;
}

static bool is_same_subject(const struct condition_term *left, const struct condition_term *right)
{
    return left->subject == right->subject &&
           (left->subject != CONDITION_PAIR || strcmp(left->pair, right->pair) == 0);
}

// Does the first term hold whenever the second does?
static bool follows(const struct condition_term *term, const struct condition_term *given)
{
    return is_same_subject(term, given) && term->differs == given->differs &&
           (term->differs ? is_within(term, given) : is_within(given, term));
}

static bool condition_follows(const struct condition *condition, const struct condition *given)
{
    for (size_t i = 0; i < condition->term_count; i++) {
        bool found = false;

        for (size_t j = 0; j < given->term_count && !found; j++) {
            found = follows(&condition->terms[i], &given->terms[j]);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

// One term wants a value that another rules out. Of an addressee each term may mean another.
static bool contradicts_itself(const struct condition *condition)
{
    for (size_t i = 0; i < condition->term_count; i++) {
        const struct condition_term *wanted = &condition->terms[i];
        const bool told = wanted->subject == CONDITION_PAIR ||
                          wanted->subject == CONDITION_AUTHOR_ROLE ||
                          wanted->subject == CONDITION_AUTHOR_SECTOR;

        for (size_t j = 0; j < condition->term_count && told && !wanted->differs; j++) {
            const struct condition_term *other = &condition->terms[j];

            if (other->differs && is_same_subject(wanted, other) && is_within(wanted, other)) {
                return true;
            }
        }
    }
    return false;
}

static struct role_set roles_by(const struct procedure *procedure,
                                const struct condition *condition, enum condition_subject subject)
{
    struct role_set set = all_roles(procedure);

    for (size_t i = 0; i < condition->term_count; i++) {
        const struct condition_term *term = &condition->terms[i];

        if (term->subject == subject) {
            const struct role_set named = named_roles(procedure, term->values, term->value_count);

            set.bits &= term->differs ? ~named.bits : named.bits;
        }
    }
    return set;
}

// ---------------------------------------------------------------------------------- requirements

static bool surely_applies(const struct requirement *requirement, const char *kind,
                           const struct condition *where)
{
    for (size_t i = 0; i < requirement->of.count; i++) {
        if (strcmp(requirement->of.items[i].kind, kind) == 0 &&
            condition_follows(&requirement->of.items[i].where, where)) {
            return true;
        }
    }
    return false;
}

// A step: a statement of a kind for which a condition holds, and who may be at its two ends.
struct step {
    struct role_set authors;
    struct role_set addressees;
    const char *ruled_out_by; // the requirement after which no author was left; NULL: none
    const char *misaddressed_by;
    const char *forbidden_by;
};

static void narrow(struct role_set *set, struct role_set by, const char *id, const char **out_id)
{
    const bool before = set->bits != 0;

    set->bits &= by.bits;
    if (before && set->bits == 0) {
        *out_id = id;
    }
}

static struct step look_at(const struct procedure *procedure, const char *kind,
                           const struct condition *where)
{
    struct step step = {
        .authors = roles_by(procedure, where, CONDITION_AUTHOR_ROLE),
        .addressees = roles_by(procedure, where, CONDITION_ADDRESSEE_ROLE),
    };

    for (size_t i = 0; i < procedure->requirement_count; i++) {
        const struct requirement *requirement = &procedure->requirements[i];
        const struct word_list *from = &requirement->from;
        const struct word_list *to = &requirement->to;

        if (!surely_applies(requirement, kind, where)) {
            continue;
        }
        if (from->count > 0) {
            narrow(&step.authors, named_roles(procedure, from->words, from->count),
                   requirement->id, &step.ruled_out_by);
        }
        if (requirement->forbids.term_count > 0 && step.forbidden_by == NULL &&
            condition_follows(&requirement->forbids, where)) {
            step.forbidden_by = requirement->id;
        }
        if (to->count > 0) {
            narrow(&step.addressees, named_roles(procedure, to->words, to->count),
                   requirement->id, &step.misaddressed_by);
        }
    }
    return step;
}

bool lint_may_make(const struct procedure *procedure, const char *kind,
                   const struct condition *where, const char *role)
{
    const struct step step = look_at(procedure, kind, where);

    return procedure->roles.count > ROLE_LIMIT ||
           (step.forbidden_by == NULL &&
            (step.authors.bits & named_roles(procedure, &role, 1).bits) != 0);
}

// The requirement that lets no statement of the kind be a reply to one of `opening`; NULL: there is none.
static const char *find_other_answer(const struct procedure *procedure, const char *kind,
                                     const struct condition *where, const char *opening)
{
    for (size_t i = 0; i < procedure->requirement_count; i++) {
        const struct requirement *requirement = &procedure->requirements[i];
        const struct word_list *answers = &requirement->answers;
        bool answered = answers->count == 0;

        for (size_t j = 0; j < answers->count && !answered; j++) {
            answered = strcmp(answers->words[j], opening) == 0;
        }
        if (!answered && surely_applies(requirement, kind, where)) {
            return requirement->id;
        }
    }
    return NULL;
}

// ---------------------------------------------------------------------------------------- duties

// Says why a step cannot be taken; NULL: it can.
static const char *find_obstacle(const struct step *step, const struct condition *where,
                                 const char **out_requirement)
{
    *out_requirement = "";
    if (contradicts_itself(where)) {
        return "its condition contradicts itself";
    }
    if (step->forbidden_by != NULL) {
        *out_requirement = step->forbidden_by;
        return "it is forbidden by requirement ";
    }
    if (step->ruled_out_by != NULL) {
        *out_requirement = step->ruled_out_by;
        return "nobody may be its author by requirement ";
    }
    if (step->misaddressed_by != NULL) {
        *out_requirement = step->misaddressed_by;
        return "it may go to nobody by requirement ";
    }
    if (step->authors.bits == 0) {
        return "no role is left for its author";
    }
    return NULL;
}

static bool is_any_kind(const char *kind)
{
    return strcmp(kind, "*") == 0;
}

// Complains of an opening that cannot be; what can be adds to the roles that debtors may have.
static void check_opening(const struct procedure *procedure, const struct duty_rule *duty,
                          const struct duty_opening *opening, struct role_set *debtors,
                          struct lint_list *list)
{
    const struct step step = look_at(procedure, opening->kind, &opening->where);
    const char *requirement;
    const char *obstacle = find_obstacle(&step, &opening->where, &requirement);

    if (obstacle != NULL) {
        complain(list, duty->line,
                 arena_format(list->arena, "duty %s: no %s can open it: %s%s", duty->id,
                              opening->kind, obstacle, requirement));
        return;
    }
    if (duty->debtors != DUTY_EACH_ADDRESSEE) {
        debtors->bits |= step.authors.bits;
    }
    if (duty->debtors != DUTY_AUTHOR) {
        debtors->bits |= step.addressees.bits;
    }
}

static const char *find_unanswerable(const struct procedure *procedure,
                                     const struct duty_rule *duty, const struct duty_act *act)
{
    const char *requirement = NULL;

    for (size_t i = 0; i < duty->opened_by_count; i++) {
        const char *kind = duty->opened_by[i].kind;

        requirement = is_any_kind(kind)
                          ? NULL
                          : find_other_answer(procedure, act->kind, &act->where, kind);
        if (requirement == NULL) {
            return NULL;
        }
    }
    return requirement;
}

static void check_act(const struct procedure *procedure, const struct duty_rule *duty,
                      const struct duty_act *act, struct role_set debtors, struct lint_list *list)
{
    const struct step step = look_at(procedure, act->kind, &act->where);
    const char *requirement;
    const char *obstacle = find_obstacle(&step, &act->where, &requirement);

    if (obstacle == NULL && (step.authors.bits & debtors.bits) == 0) {
        obstacle = "no debtor can have a role that its author needs";
    }
    if (obstacle == NULL && act->meeting == DUTY_MET_BY_REPLY) {
        requirement = find_unanswerable(procedure, duty, act);
        obstacle = requirement == NULL ? NULL : "it cannot be a reply to what opens the duty by requirement ";
    }
    if (obstacle != NULL) {
        complain(list, duty->line,
                 arena_format(list->arena, "duty %s: no %s can meet it: %s%s", duty->id, act->kind,
                              obstacle, requirement));
    }
}

// Receipts go to whoever sent the act; no creditor sees those of another.
static void check_creditors(const struct duty_rule *duty, struct lint_list *list)
{
    const struct duty_addressee *first = duty->addressees;

    for (size_t i = 1; i < duty->addressee_count && !duty->any_addressee; i++) {
        const struct duty_addressee *other = &duty->addressees[i];

        if (first->towards == DUTY_TOWARDS_ROLE && other->towards == DUTY_TOWARDS_ROLE &&
            strcmp(first->name, other->name) != 0) {
            complain(list, duty->line,
                     arena_format(list->arena,
                                  "duty %s: owed to role %s and to role %s, it stays open for both, "
                                  "for neither hears that the other has the act: make it two duties",
                                  duty->id, first->name, other->name));
            return;
        }
    }
}

static void check_forbidden(const struct requirement *requirement, struct lint_list *list)
{
    if (contradicts_itself(&requirement->forbids)) {
        complain(list, requirement->line,
                 arena_format(list->arena,
                              "requirement %s: it forbids nothing: its condition contradicts itself",
                              requirement->id));
    }
}

void lint_procedure(const struct procedure *procedure, struct lint_list *list)
{
    for (size_t i = 0; i < procedure->requirement_count; i++) {
        check_forbidden(&procedure->requirements[i], list);
    }
    for (size_t i = 0; i < procedure->duty_count && procedure->roles.count <= ROLE_LIMIT; i++) {
        const struct duty_rule *duty = &procedure->duties[i];
        struct role_set debtors = {0};

        check_creditors(duty, list);
        for (size_t j = 0; j < duty->opened_by_count; j++) {
            check_opening(procedure, duty, &duty->opened_by[j], &debtors, list);
        }
        for (size_t j = 0; j < duty->met_by_count && debtors.bits != 0; j++) {
            check_act(procedure, duty, &duty->met_by[j], debtors, list);
        }
    }
}

// ----------------------------------------------------------------------------------------- roles

static bool condition_names(const struct condition *condition, const char *role)
{
    for (size_t i = 0; i < condition->term_count; i++) {
        const struct condition_term *term = &condition->terms[i];
        const bool by_role = term->subject == CONDITION_AUTHOR_ROLE ||
                             term->subject == CONDITION_ADDRESSEE_ROLE;

        if (by_role && is_among(term, role)) {
            return true;
        }
    }
    return false;
}

static bool items_name(const struct rule_list *list, const char *role)
{
    for (size_t i = 0; i < list->count; i++) {
        if (condition_names(&list->items[i].where, role)) {
            return true;
        }
    }
    return false;
}

static bool is_word_of(const struct word_list *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static bool duty_names(const struct duty_rule *duty, const char *role)
{
    bool named = items_name(&duty->ended_by, role) || condition_names(&duty->awaits.where, role) ||
                 condition_names(&duty->awaits.unless, role);

    for (size_t i = 0; i < duty->opened_by_count && !named; i++) {
        named = condition_names(&duty->opened_by[i].where, role);
    }
    for (size_t i = 0; i < duty->met_by_count && !named; i++) {
        named = condition_names(&duty->met_by[i].where, role);
    }
    for (size_t i = 0; i < duty->addressee_count && !named; i++) {
        named = duty->addressees[i].towards == DUTY_TOWARDS_ROLE &&
                strcmp(duty->addressees[i].name, role) == 0;
    }
    for (size_t i = 0; i < duty->silence_count && !named; i++) {
        named = duty->silence[i].role != NULL && strcmp(duty->silence[i].role, role) == 0;
    }
    return named;
}

static bool is_spoken_of(const struct procedure *procedure, const char *role)
{
    for (size_t i = 0; i < procedure->duty_count; i++) {
        if (duty_names(&procedure->duties[i], role)) {
            return true;
        }
    }
    for (size_t i = 0; i < procedure->requirement_count; i++) {
        const struct requirement *requirement = &procedure->requirements[i];

        if (is_word_of(&requirement->from, role) || is_word_of(&requirement->to, role) ||
            items_name(&requirement->of, role) || items_name(&requirement->after, role) ||
            condition_names(&requirement->forbids, role)) {
            return true;
        }
    }
    return false;
}

static bool is_had(const struct compact *compact, const char *role)
{
    for (size_t i = 0; i < compact->member_count; i++) {
        if (strcmp(compact->members[i].role, role) == 0) {
            return true;
        }
    }
    return false;
}

// Members keep their roles when their matters go on under what follows on an expired procedure.
static bool is_under(const struct compact *compact, const struct procedure *procedure)
{
    return strcmp(compact->procedure, procedure->id) == 0 ||
           (compact->after_expiry != NULL && strcmp(compact->after_expiry, procedure->id) == 0);
}

void lint_roles(const struct procedure *procedure, const struct compact *const *compacts,
                size_t count, struct lint_list *list)
{
    for (size_t i = 0; i < procedure->roles.count; i++) {
        const char *role = procedure->roles.words[i];
        bool asked = false;
        bool had = false;

        for (size_t j = 0; j < count; j++) {
            if (is_under(compacts[j], procedure)) {
                asked = true;
                had = had || is_had(compacts[j], role);
            }
        }
        if (asked && !had && !is_spoken_of(procedure, role)) {
            complain(list, procedure->roles_line,
                     arena_format(list->arena,
                                  "role %s: no rule speaks of it, and no member has it", role));
        }
    }
}

bool lint_overlap(const struct procedure *left, const struct procedure *right)
{
    return (left->valid_until == 0 || right->valid_from <= left->valid_until) &&
           (right->valid_until == 0 || left->valid_from <= right->valid_until);
}
