// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "progress.h"

// `liaison publish`: one item as `fact` records one, or a list through liaison_import.

// A list under way.
struct publication {
    const struct invocation *invocation;
    struct liaison_import list;
    const char *path;
    int input;
    struct stat input_stat;
    off_t input_start; // of a regular file: where it was given to us
    FILE *rejects; // NULL: none are asked for, or none have come yet
    bool has_failed; // the rejects cannot be written
    struct progress progress;
    struct liaison_import_sum sum; // so far
};

// Set by the signal that ends a run early: what is under way is still waited for.
static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    is_interrupted = 1;
}

// The second signal ends the program, as it would have without us.
static void catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

// ----------------------------------------------------------------------------------------- reading

static ptrdiff_t read_input(void *user, void *buffer, size_t size)
{
    const struct publication *publication = user;
    ssize_t got;
    do {
        got = read(publication->input, buffer, size);
    } while (got < 0 && errno == EINTR && !is_interrupted);
    return got;
}

static int rewind_input(void *user)
{
    const struct publication *publication = user;
    return lseek(publication->input, publication->input_start, SEEK_SET) < 0 ? -1 : 0;
}

// ---------------------------------------------------------------------------------- refused lines

static void print_fault(const json_t *fault)
{
    const char *field = output_text(fault, "field");
    const char *title = output_text(fault, "title");
    const char *source = output_text(fault, "source");
    fprintf(stderr, "%s%s%s%s%s%s%s%s%s", *field == '\0' ? "" : "  ", field,
            *title == '\0' ? "" : "（", title, *title == '\0' ? "" : "）",
            *field == '\0' && *title == '\0' ? "  " : "：", output_text(fault, "text"),
            *source == '\0' ? "" : " ", source);
}

// One line a refused line: its number, the code, each field and reason.
static void print_refused(const struct liaison_line *line, const json_t *refusal)
{
    const json_t *faults = output_member(refusal, "faults");
    const char *code = output_text(refusal, "code");
    fprintf(stderr, "第 %llu", (unsigned long long)line->number);
    if (line->last_number > line->number) {
        fprintf(stderr, "–%llu", (unsigned long long)line->last_number);
    }
    fprintf(stderr, " 行 %s", code);
    size_t i;
    json_t *fault;
    json_array_foreach(faults, i, fault)
    {
        print_fault(fault);
    }
    if (json_array_size(faults) == 0) {
        fprintf(stderr, "  %s", output_text(refusal, "text"));
    }
    if (strcmp(code, "source-conflict") == 0) {
        fputs("；如须更改已发布的内容，请发布更正（correction）", stderr);
    }
    fputc('\n', stderr);
}

// The file of refused lines begins when the first one comes; it is a list like the one they are of.
static void open_rejects(struct publication *publication, const struct liaison_line *line)
{
    const char *path = command_value(publication->invocation, CHOICE_REJECTS);
    publication->rejects = fopen(path, "we");
    if (publication->rejects == NULL) {
        fprintf(stderr, "liaison: %s: %s\n", path, strerror(errno));
        publication->has_failed = true;
    } else if (line->header_bytes > 0) {
        fwrite(line->header, 1, line->header_bytes, publication->rejects);
        fputc('\n', publication->rejects);
    }
}

static void keep_rejected(struct publication *publication, const struct liaison_line *line)
{
    if (command_value(publication->invocation, CHOICE_REJECTS) == NULL || line->raw == NULL) {
        return;
    }
    if (publication->rejects == NULL && !publication->has_failed) {
        open_rejects(publication, line);
    }
    if (publication->rejects != NULL) {
        fwrite(line->raw, 1, line->raw_bytes, publication->rejects);
        fputc('\n', publication->rejects);
    }
}

static void end_rejects(struct publication *publication)
{
    const char *path = command_value(publication->invocation, CHOICE_REJECTS);
    if (publication->rejects == NULL) {
        return;
    }
    bool is_broken = ferror(publication->rejects) != 0;
    is_broken |= fclose(publication->rejects) != 0;
    if (is_broken) {
        fprintf(stderr, "liaison: %s: %s\n", path, strerror(errno));
        publication->has_failed = true;
    }
}

// ----------------------------------------------------------------------------------------- telling

static const char *name_outcome(const struct liaison_line *line, enum liaison_import_purpose purpose)
{
    if (line->outcome != LIAISON_DONE) {
        return "refused";
    }
    return line->acceptance == LIAISON_HELD              ? "held"
           : purpose == LIAISON_IMPORT_CHECK ? "acceptable"
                                             : "published";
}

static void print_line_json(const struct publication *publication, const struct liaison_line *line,
                            json_t *refusal)
{
    json_t *json = json_pack("{s:I, s:s, s:s}", "line", (json_int_t)line->number, "outcome",
                             name_outcome(line, publication->list.purpose), "record",
                             line->record);
    if (*line->id != '\0') {
        json_object_set_new(json, "id", json_string(line->id));
    }
    if (refusal != NULL) {
        json_object_set(json, "refusal", refusal);
    }
    output_json(json);
    json_decref(json);
}

static void note_progress(struct publication *publication, const struct liaison_line *line)
{
    char note[128];
    double seconds = progress_seconds(&publication->progress);
    snprintf(note, sizeof note, "%llu 行  %.0f 行/秒  拒收 %llu",
             (unsigned long long)publication->sum.lines,
             seconds > 0 ? (double)publication->sum.lines / seconds : 0,
             (unsigned long long)publication->sum.refused);
    progress_show(&publication->progress, line->input_bytes, note);
}

static enum liaison_import_step take_line(void *user, const struct liaison_line *line)
{
    struct publication *publication = user;
    bool is_refused = line->outcome == LIAISON_REFUSED;
    json_t *refusal = is_refused ? json_loads(line->refusal_json, 0, NULL) : NULL;
    publication->sum.lines++;
    publication->sum.refused += is_refused;
    if (is_refused) {
        progress_hide(&publication->progress);
        print_refused(line, refusal);
        keep_rejected(publication, line);
    }
    if (publication->invocation->output == OUTPUT_JSON) {
        print_line_json(publication, line, refusal);
    }
    json_decref(refusal);
    if (progress_is_due(&publication->progress)) {
        note_progress(publication, line);
    }
    return is_interrupted || publication->has_failed ? LIAISON_STOP : LIAISON_GO_ON;
}

static void print_sum(const struct publication *publication)
{
    const struct liaison_import_sum *sum = &publication->sum;
    double seconds = progress_seconds(&publication->progress);
    double rate = seconds > 0 ? (double)sum->lines / seconds : 0;
    if (publication->invocation->output == OUTPUT_JSON) {
        json_t *json = json_pack(
            "{s:I, s:I, s:I, s:I, s:I, s:f, s:f}", "lines", (json_int_t)sum->lines, "published",
            (json_int_t)sum->accepted, "held", (json_int_t)sum->held, "refused",
            (json_int_t)sum->refused, "stopped_at", (json_int_t)sum->stopped_at, "seconds",
            seconds, "lines_per_second", rate);
        output_json(json);
        json_decref(json);
        return;
    }
    bool is_check = publication->list.purpose == LIAISON_IMPORT_CHECK;
    printf("%llu 行：%s %llu，此前已发布 %llu，拒收 %llu；%.1f 秒，%.0f 行/秒\n",
           (unsigned long long)sum->lines, is_check ? "核对通过" : "发布",
           (unsigned long long)sum->accepted, (unsigned long long)sum->held,
           (unsigned long long)sum->refused, seconds, rate);
}

// ----------------------------------------------------------------------------------------- options

static enum liaison_outcome open_input(struct publication *publication)
{
    bool is_stdin = strcmp(publication->path, "-") == 0;
    publication->input =
        is_stdin ? STDIN_FILENO : open(publication->path, O_RDONLY | O_CLOEXEC);
    if (publication->input < 0 || fstat(publication->input, &publication->input_stat) != 0) {
        return command_misused("%s: %s", publication->path, strerror(errno));
    }
    publication->input_start =
        S_ISREG(publication->input_stat.st_mode) ? lseek(publication->input, 0, SEEK_CUR) : -1;
    publication->list.rewind = publication->input_start < 0 ? NULL : rewind_input;
    return LIAISON_DONE;
}

// A file of rejects from an earlier run would be taken for this one's.
static enum liaison_outcome clear_rejects(const struct publication *publication)
{
    const char *path = command_value(publication->invocation, CHOICE_REJECTS);
    struct stat found;
    if (path == NULL || stat(path, &found) != 0) {
        return LIAISON_DONE;
    }
    if (found.st_dev == publication->input_stat.st_dev &&
        found.st_ino == publication->input_stat.st_ino) {
        return command_misused("--rejects is the list itself");
    }
    if (S_ISREG(found.st_mode) && unlink(path) != 0) {
        return command_misused("%s: %s", path, strerror(errno));
    }
    return LIAISON_DONE;
}

static enum liaison_outcome choose_source(struct publication *publication)
{
    const char *slash = strrchr(publication->path, '/');
    const char *source = command_value(publication->invocation, CHOICE_SOURCE);
    if (source == NULL && strcmp(publication->path, "-") == 0) {
        return command_misused("a list from standard input needs --source NAME");
    }
    publication->list.source_system = source != NULL  ? source
                                      : slash == NULL ? publication->path
                                                      : slash + 1;
    return LIAISON_DONE;
}

static enum liaison_outcome put_options(struct publication *publication)
{
    const struct invocation *invocation = publication->invocation;
    struct liaison_import *list = &publication->list;
    const char *formed = command_value(invocation, CHOICE_FORMED);
    bool is_csv = command_value(invocation, CHOICE_CSV) != NULL;
    list->form = is_csv ? LIAISON_LIST_CSV : LIAISON_LIST_JSONL;
    list->purpose = command_value(invocation, CHOICE_CHECK) == NULL ? LIAISON_IMPORT_PUBLISH
                                                                   : LIAISON_IMPORT_CHECK;
    publication->path = command_value(invocation, is_csv ? CHOICE_CSV : CHOICE_JSONL);
    list->kind = command_value(invocation, CHOICE_KIND);
    list->category = command_value(invocation, CHOICE_CATEGORY);
    list->region = command_value(invocation, CHOICE_REGION);
    list->key = command_value(invocation, CHOICE_KEY);
    list->maps = invocation->values[CHOICE_MAP].items;
    list->map_count = invocation->values[CHOICE_MAP].count;
    list->compact = command_value(invocation, CHOICE_COMPACT);
    list->handling = command_value(invocation, CHOICE_HANDLING);
    list->officers = invocation->values[CHOICE_OFFICER].items;
    list->officer_count = invocation->values[CHOICE_OFFICER].count;
    list->drill =
        command_value(invocation, CHOICE_DRILL) == NULL ? LIAISON_IN_EARNEST : LIAISON_DRILL;
    list->read = read_input;
    list->tell = take_line;
    list->user = publication;
    if (formed != NULL && liaison_moment(formed, &list->formed_at) != LIAISON_DONE) {
        return command_misused("--formed-at takes a time as 2025-10-13 or 2025-10-13T10:00:00+08:00");
    }
    return choose_source(publication);
}

// What makes sense of one item only, or of a list only, is not passed over in silence.
static enum liaison_outcome check_options(const struct invocation *invocation,
                                          const enum choice *choices, size_t count,
                                          const char *of_what)
{
    for (size_t i = 0; i < count; i++) {
        if (command_value(invocation, choices[i]) != NULL) {
            return command_misused("--%s makes no sense of %s", command_choices()[choices[i]].name,
                                   of_what);
        }
    }
    return LIAISON_DONE;
}

// ---------------------------------------------------------------------------------------- commands

static void tell_end(const struct publication *publication, enum liaison_outcome outcome)
{
    if (publication->sum.stopped_at != 0) {
        fprintf(stderr, "liaison: 止于第 %llu 行%s；再次运行即可继续，已发布的不会重复\n",
                (unsigned long long)publication->sum.stopped_at,
                is_interrupted ? "（已中断）" : "");
    }
    if (outcome == LIAISON_DONE || outcome == LIAISON_REFUSED || publication->sum.lines > 0) {
        print_sum(publication);
    }
}

static enum liaison_outcome import(struct publication *publication)
{
    struct liaison_session *session;
    enum liaison_outcome outcome = command_open(publication->invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    bool is_file = S_ISREG(publication->input_stat.st_mode);
    progress_start(&publication->progress,
                   is_file ? (uint64_t)publication->input_stat.st_size : 0);
    catch_interrupt();
    outcome = liaison_import(session, &publication->list, &publication->sum);
    progress_hide(&publication->progress);
    end_rejects(publication);
    if (*liaison_error_text(session) != '\0') { // refused lines have been told of
        command_explain(session, outcome);
    }
    tell_end(publication, outcome);
    liaison_close(&session);
    if (publication->has_failed) {
        return LIAISON_FAILED;
    }
    return outcome == LIAISON_DONE && is_interrupted ? LIAISON_FAILED : outcome;
}

static enum liaison_outcome publish_list(const struct invocation *invocation)
{
    static const enum choice others[] = {CHOICE_MATTER,   CHOICE_REPLY_TO, CHOICE_URGENT, CHOICE_ID,
                                         CHOICE_OCCURRED, CHOICE_OWN_NUMBER};
    struct publication publication = {.invocation = invocation, .input = -1};
    enum liaison_outcome outcome =
        check_options(invocation, others, sizeof others / sizeof *others, "a list");
    if (outcome == LIAISON_DONE) {
        outcome = put_options(&publication);
    }
    if (outcome == LIAISON_DONE) {
        outcome = open_input(&publication);
    }
    if (outcome == LIAISON_DONE) {
        outcome = clear_rejects(&publication);
    }
    if (outcome == LIAISON_DONE) {
        outcome = import(&publication);
    }
    if (publication.input > STDIN_FILENO) {
        close(publication.input);
    }
    return outcome;
}

enum liaison_outcome publish_run(const struct invocation *invocation)
{
    static const enum choice of_lists[] = {CHOICE_KIND,   CHOICE_CATEGORY, CHOICE_KEY,    CHOICE_MAP,
                                           CHOICE_FORMED, CHOICE_REGION,   CHOICE_REJECTS};
    bool is_csv = command_value(invocation, CHOICE_CSV) != NULL;
    bool is_jsonl = command_value(invocation, CHOICE_JSONL) != NULL;
    if (is_csv || is_jsonl) {
        return (is_csv && is_jsonl) || invocation->argument_count > 0
                   ? command_misused("publish takes one list, or KIND BODY.json")
                   : publish_list(invocation);
    }
    if (invocation->argument_count != 2) {
        return command_misused("publish takes --csv FILE, --jsonl FILE, or KIND BODY.json");
    }
    enum liaison_outcome outcome = check_options(
        invocation, of_lists, sizeof of_lists / sizeof *of_lists, "a single item");
    return outcome == LIAISON_DONE ? compose_publication(invocation) : outcome;
}
