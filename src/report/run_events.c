/* events.jsonl read back: when a run was at work, and which ranks trained what when. */
#include "run_record_impl.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEAMS = 32, MAX_RANKS = 4096, LIMIT_BYTES = 1 << 28 };

/* A team between two events. */
typedef struct {
    bool works;
    int n_members, *member; /* owned */
    int n_branches, branch[AGR_RUN_MAX_BRANCHES];
    int next;       /* index in branch[] of the one whose epoch comes next */
    double since_s; /* seconds of training */
} team;

typedef struct {
    agr_run_record *record;
    int64_t capacity; /* of record->span */
    double begun_s;   /* of the last start, since 1970 */
    double before_s;  /* of training before it */
    team team[MAX_TEAMS];
    bool failed; /* for want of memory */
} reading;

/* ---- spans ---- */

static agr_run_span *new_span(reading *r)
{
    agr_run_record *record = r->record;
    if (record->n_spans == r->capacity) {
        r->capacity = r->capacity > 0 ? 2 * r->capacity : 256;
        agr_run_span *grown = realloc(record->span, (size_t)r->capacity * sizeof *grown);
        r->failed = r->failed || grown == NULL;
        if (grown == NULL)
            return NULL;
        record->span = grown;
    }
    return &record->span[record->n_spans++];
}

/* The rank went on with the same: one span. Searched backwards only over a few, or a long run of many
 * ranks would take forever. */
static bool prolong(reading *r, const agr_run_span *span)
{
    const int64_t n = r->record->n_spans;
    for (int64_t i = n - 1; i >= 0 && i >= n - 2 * MAX_RANKS; i--) {
        agr_run_span *last = &r->record->span[i];
        if (last->rank != span->rank)
            continue;
        if (last->branch != span->branch || last->to_s < span->from_s)
            return false;
        last->to_s = span->to_s;
        return true;
    }
    return false;
}

/* What the team's ranks did since the last event. */
static void add_spans(reading *r, team *t, double now_s)
{
    if (!t->works || t->n_branches == 0)
        return;
    for (int i = 0; i < t->n_members && now_s > t->since_s; i++) {
        const agr_run_span span = {t->member[i], t->branch[t->next], t->since_s, now_s};
        if (prolong(r, &span))
            continue;
        agr_run_span *added = new_span(r);
        if (added != NULL)
            *added = span;
    }
    t->since_s = now_s;
}

/* ---- members of an event ---- */

static double number_of(const cJSON *event, const char *name, double otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, name);
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

static const char *text_of(const cJSON *event, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, name));
    return text != NULL ? text : "";
}

static team *team_of(reading *r, const cJSON *event)
{
    const double index = number_of(event, "team", -1);
    return index >= 0 && index < MAX_TEAMS ? &r->team[(int)index] : NULL;
}

static void read_members(reading *r, team *t, const cJSON *event)
{
    const cJSON *members = cJSON_GetObjectItemCaseSensitive(event, "members"), *item;
    const int n = cJSON_GetArraySize(members);
    if (n == 0 || n > MAX_RANKS)
        return;
    int *member = realloc(t->member, (size_t)n * sizeof *member);
    r->failed = r->failed || member == NULL;
    if (member == NULL)
        return;
    t->member = member;
    t->n_members = 0;
    cJSON_ArrayForEach(item, members)
    {
        if (cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble < MAX_RANKS)
            t->member[t->n_members++] = (int)item->valuedouble;
    }
}

/* ---- events ---- */

/* A resume takes the place of the stop that it ends. */
static void add_mark(agr_run_record *record, double at_s, const char *what)
{
    if (record->n_marks > 0 && record->mark[record->n_marks - 1].at_s >= at_s)
        record->n_marks--;
    if (record->n_marks < AGR_RUN_MAX_MARKS)
        record->mark[record->n_marks++] = (agr_run_mark){at_s, what};
}

/* Nothing is known of the time since the last event of a run that was killed. */
static void start(reading *r, const cJSON *event, double time_s)
{
    agr_run_record *record = r->record;
    for (int t = 0; t < MAX_TEAMS; t++) {
        add_spans(r, &r->team[t], record->trained_s);
        r->team[t].works = false;
    }
    if (record->n_starts == 0)
        record->started_s = time_s;
    else
        add_mark(record, record->trained_s, "resumed");
    record->n_starts++;
    record->n_ranks = (int)fmax(0, fmin(MAX_RANKS, number_of(event, "ranks", 0)));
    snprintf(record->placement, sizeof record->placement, "%s", text_of(event, "in_short"));
    if (record->placement[0] == '\0') /* of an older run */
        snprintf(record->placement, sizeof record->placement, "%s", text_of(event, "placement"));
    r->begun_s = time_s;
    r->before_s = record->trained_s;
}

static void form_team(reading *r, team *t, const cJSON *event, double now_s)
{
    const cJSON *branches = cJSON_GetObjectItemCaseSensitive(event, "branches"), *item;
    t->works = true;
    t->since_s = now_s;
    t->next = t->n_branches = 0;
    read_members(r, t, event);
    cJSON_ArrayForEach(item, branches)
    {
        const int b = cJSON_IsString(item) ? run_record_branch(r->record, item->valuestring) : -1;
        if (b >= 0 && t->n_branches < AGR_RUN_MAX_BRANCHES)
            t->branch[t->n_branches++] = b;
    }
}

/* It has trained this branch since its last event; the next one in the round comes now. */
static void end_epoch(reading *r, int branch, double now_s)
{
    for (int i = 0; i < MAX_TEAMS; i++) {
        team *t = &r->team[i];
        for (int b = 0; b < t->n_branches && t->works; b++) {
            if (t->branch[b] != branch)
                continue;
            t->next = b;
            add_spans(r, t, now_s);
            t->next = (b + 1) % t->n_branches;
            return;
        }
    }
}

static void read_epoch(reading *r, const cJSON *event, double now_s)
{
    const int branch = run_record_branch(r->record, text_of(event, "branch"));
    snprintf(r->record->last_event, sizeof r->record->last_event, "epoch %.0f of %s",
             number_of(event, "epoch", 0), text_of(event, "branch"));
    if (branch >= 0)
        end_epoch(r, branch, now_s);
}

static void read_team(reading *r, const cJSON *event, const char *kind, double now_s)
{
    team *t = team_of(r, event);
    if (t == NULL)
        return;
    if (strcmp(kind, "team formed") == 0) {
        form_team(r, t, event, now_s);
        return;
    }
    add_spans(r, t, now_s);
    if (strcmp(kind, "team") == 0)
        read_members(r, t, event);
    else
        t->works = false;
}

static void read_event(reading *r, const cJSON *event, bool *ended, bool *stopped)
{
    agr_run_record *record = r->record;
    const char *kind = text_of(event, "event");
    const double time_s = number_of(event, "time", 0);
    *ended = strcmp(kind, "end") == 0;
    *stopped = strcmp(kind, "stopped") == 0;
    snprintf(record->last_event, sizeof record->last_event, "%s", kind);
    record->last_event_s = time_s;
    if (strcmp(kind, "start") == 0) {
        start(r, event, time_s);
        return;
    }
    const double now_s = r->before_s + (record->n_starts > 0 ? fmax(0, time_s - r->begun_s) : 0);
    record->trained_s = fmax(record->trained_s, now_s);
    if (strcmp(kind, "epoch") == 0)
        read_epoch(r, event, now_s);
    else if (strncmp(kind, "team", 4) == 0)
        read_team(r, event, kind, now_s);
    else if (*ended || *stopped)
        add_mark(record, now_s, *ended ? "ended" : "stopped");
}

/* ---- lines ---- */

static void read_line(reading *r, const char *line, size_t length, int64_t number, bool *ended,
                      bool *stopped)
{
    cJSON *event = cJSON_ParseWithLength(line, length);
    if (cJSON_IsObject(event) && text_of(event, "event")[0] != '\0')
        read_event(r, event, ended, stopped);
    else if (r->record->n_bad_events++ == 0)
        r->record->first_bad_event = number;
    cJSON_Delete(event);
}

/* What follows the last line break is being written. */
static void read_lines(reading *r, const char *text, size_t size, bool *ended, bool *stopped)
{
    int64_t number = 1;
    const char *end;
    for (const char *line = text; (end = memchr(line, '\n', size - (size_t)(line - text))) != NULL;
         line = end + 1)
        read_line(r, line, (size_t)(end - line), number++, ended, stopped);
    for (int t = 0; t < MAX_TEAMS; t++) {
        add_spans(r, &r->team[t], r->record->trained_s);
        free(r->team[t].member);
    }
}

agr_status run_record_read_events(agr_run_record *record, bool *ended, bool *stopped,
                                  agr_error *err)
{
    char path[AGR_PATH_BYTES], *text;
    size_t size;
    *ended = *stopped = false;
    AGR_TRY(agr_path_join(path, record->path, "events.jsonl", err));
    if (!agr_path_exists(path))
        return AGR_OK;
    AGR_TRY(agr_file_read(path, LIMIT_BYTES, &text, &size, err));
    reading *r = calloc(1, sizeof *r);
    if (r != NULL) {
        r->record = record;
        read_lines(r, text, size, ended, stopped);
    }
    free(text);
    const bool failed = r == NULL || r->failed;
    free(r);
    return failed ? agr_error_set(err, AGR_MEMORY, "out of memory") : AGR_OK;
}
