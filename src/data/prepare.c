/* Prepares a dataset on all ranks: rank 0 plans, all decode, rank 0 concludes. */
#include <agr/data/prepare.h>

#include "plan_impl.h"

#include <agr/base/clock.h>
#include <agr/base/log.h>
#include <agr/base/text.h>
#include <agr/comm/group.h>
#include <agr/image/decode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rank 0 plans ---- */

static void choose_rejects_path(const agr_prepare_options *options, char path[AGR_PATH_BYTES])
{
    if (options->rejects != NULL) {
        snprintf(path, AGR_PATH_BYTES, "%s", options->rejects);
        return;
    }
    size_t length = strlen(options->output);
    if (length > 3 && strcmp(options->output + length - 3, ".h5") == 0)
        length -= 3;
    snprintf(path, AGR_PATH_BYTES, "%.*s.rejects.csv", (int)length, options->output);
}

/* A table that cannot be written should be known before the work, not after it. */
static agr_status check_rejects_path(const agr_prepare_options *options, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    agr_replacement replacement;
    choose_rejects_path(options, path);
    AGR_TRY(agr_replacement_begin(&replacement, path, err));
    agr_replacement_abandon(&replacement);
    return AGR_OK;
}

static agr_status plan_set(const agr_prepare_options *options, agr_plan *plan, agr_error *err)
{
    AGR_TRY(agr_plan_create(options, plan, err));
    AGR_TRY(check_rejects_path(options, err));
    if (plan->n_candidates == 0)
        return agr_plan_check(plan, err);
    for (int64_t i = 0; i < plan->n_candidates; i++)
        plan->row[i] = i;
    return agr_dataset_writer_create(options->output, plan->n_candidates, options->size,
                                     options->size, &plan->writer, err);
}

/* ---- everybody decodes ---- */

/* The list of files as every rank holds it. */
typedef struct {
    char *text;           /* all paths, each with its 0; owned */
    const char **path;    /* [n] into text; owned */
    agr_outcome *outcome; /* [n]; owned */
} task;

static void task_release(task *t)
{
    free(t->text);
    free(t->path);
    free(t->outcome);
}

static agr_status pack_paths(const agr_plan *plan, agr_text *packed, agr_error *err)
{
    for (int64_t i = 0; i < plan->n_candidates; i++) {
        const char *path = plan->listing.file[plan->file[i]].path;
        agr_text_add_bytes(packed, path, strlen(path) + 1);
    }
    if (packed->failed)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the list of pictures");
    return AGR_OK;
}

/* Sizes of what is about to be sent, so that all can make room and agree that they could. */
typedef struct {
    int64_t n_files;
    int64_t text_bytes;
    agr_dataset_rows rows;
} task_header;

static agr_status allocate_task(const task_header *header, task *t, agr_error *err)
{
    t->text = malloc((size_t)header->text_bytes + 1);
    t->path = malloc((size_t)header->n_files * sizeof *t->path);
    t->outcome = calloc((size_t)header->n_files, sizeof *t->outcome);
    if (t->text == NULL || t->path == NULL || t->outcome == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the list of pictures");
    return AGR_OK;
}

/* Brings rank 0's list to every rank. Collective. packed is rank 0's. */
static agr_status share_task(agr_group *group, const agr_text *packed, task_header *header, task *t,
                             agr_error *err)
{
    AGR_TRY(agr_group_broadcast(group, 0, header, sizeof *header, err));
    const agr_status allocated = allocate_task(header, t, err);
    AGR_TRY(agr_agree(group, allocated, err));
    if (agr_group_rank(group) == 0)
        memcpy(t->text, packed->data, packed->length);
    AGR_TRY(agr_group_broadcast(group, 0, t->text, (size_t)header->text_bytes, err));
    const char *at = t->text;
    for (int64_t i = 0; i < header->n_files; i++) {
        t->path[i] = at;
        at += strlen(at) + 1;
    }
    return AGR_OK;
}

/* Rank 0 receives the outcomes of all; each rank sends those of its own files, in order. */
static agr_status collect_outcomes(agr_group *group, const agr_decode_job *job, task *t,
                                   agr_error *err)
{
    agr_outcome *own = malloc((size_t)(job->n_files + 1) * sizeof *own);
    const agr_status allocated =
        own != NULL ? AGR_OK : agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    const agr_status agreed = agr_agree(group, allocated, err);
    if (agreed != AGR_OK) {
        free(own);
        return agreed;
    }
    int64_t n_own = 0;
    for (int64_t i = 0; i < job->n_files; i++)
        if (agr_decode_is_mine(job, i))
            own[n_own++] = t->outcome[i];
    agr_gathered all;
    const agr_status status =
        agr_group_gather(group, 0, own, (size_t)n_own * sizeof *own, &all, err);
    free(own);
    AGR_TRY(status);
    for (int rank = 0; rank < all.n_parts; rank++) {
        agr_decode_job theirs = *job;
        theirs.rank = rank;
        const char *from = all.bytes + all.begin[rank];
        for (int64_t i = 0; i < job->n_files; i++)
            if (agr_decode_is_mine(&theirs, i)) {
                memcpy(&t->outcome[i], from, sizeof *t->outcome);
                from += sizeof *t->outcome;
            }
    }
    agr_gathered_release(&all);
    return AGR_OK;
}

static agr_status decode_all(agr_group *group, const agr_prepare_options *options,
                             const task_header *header, task *t, agr_error *err)
{
    const agr_decode_job job = {
        .options = options,
        .n_files = header->n_files,
        .path = t->path,
        .rows = header->rows,
        .rank = agr_group_rank(group),
        .n_ranks = agr_group_size(group),
    };
    const agr_status mine = agr_decode_share(&job, t->outcome, err);
    AGR_TRY(agr_agree(group, mine, err));
    return collect_outcomes(group, &job, t, err);
}

/* ---- rank 0 concludes ---- */

static agr_status note_constant(const char *name, agr_prepare_report *report, agr_error *err)
{
    if (report->n_constant++ > 0)
        return AGR_OK;
    report->first_constant = strdup(name);
    return report->first_constant != NULL
               ? AGR_OK
               : agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the report");
}

static agr_status judge_outcomes(agr_plan *plan, const agr_outcome *outcome,
                                 agr_prepare_report *report, agr_error *err)
{
    for (int64_t i = 0; i < plan->n_candidates; i++) {
        const agr_image_fault fault = (agr_image_fault)outcome[i].fault;
        const char *name = agr_plan_name(plan, i);
        plan->good[i] = outcome[i].read_errno == 0 && fault == AGR_IMAGE_NONE;
        plan->content_hash[i] = outcome[i].content_hash;
        if (outcome[i].longest_side > plan->longest_side)
            plan->longest_side = outcome[i].longest_side;
        if (outcome[i].read_errno != 0)
            AGR_TRY(agr_rejects_add_reason(&plan->rejects, name, AGR_REJECT_UNREADABLE,
                                           agr_image_file_reason(outcome[i].read_errno), err));
        else if (fault != AGR_IMAGE_NONE)
            AGR_TRY(agr_rejects_add(&plan->rejects, name, agr_image_fault_text(fault),
                                    agr_image_fault_remedy(fault), NULL, err));
        else if (outcome[i].is_constant)
            AGR_TRY(note_constant(name, report, err));
    }
    agr_plan_keep_good(plan);
    return AGR_OK;
}

static agr_status conclude(agr_plan *plan, const agr_outcome *outcome, agr_prepare_report *report,
                           agr_error *err)
{
    AGR_TRY(judge_outcomes(plan, outcome, report, err));
    if (plan->n_candidates == 0)
        return agr_plan_check(plan, err);
    return agr_plan_finish(plan, report, err);
}

static agr_status write_rejects(agr_plan *plan, agr_prepare_report *report, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    choose_rejects_path(plan->options, path);
    agr_rejects_sort(&plan->rejects);
    report->n_files = plan->listing.n_files;
    report->n_ignored = plan->listing.n_ignored;
    report->n_rejects = plan->rejects.n;
    report->n_reasons = agr_rejects_count(&plan->rejects, report->reason);
    if (plan->rejects.n == 0 && plan->options->rejects == NULL && !agr_path_exists(path))
        return AGR_OK;
    AGR_TRY(agr_rejects_write(&plan->rejects, path, err));
    snprintf(report->rejects_path, sizeof report->rejects_path, "%s", path);
    return AGR_OK;
}

/* The verdict so far, and the table of rejects where there is something to tell. */
static agr_status tell_rejects(agr_plan *plan, agr_status status, agr_prepare_report *report,
                               agr_error *err)
{
    if (status == AGR_OK)
        return write_rejects(plan, report, err);
    agr_error second;
    if (plan->rejects_tell_why && write_rejects(plan, report, &second) != AGR_OK)
        agr_log_warning("%s", second.text);
    else if (report->rejects_path[0] != '\0' && err->hint[0] == '\0')
        agr_error_hint(err, "each is listed in %s", report->rejects_path);
    return status;
}

/* ---- all together ---- */

/* From the agreed plan to decoded pictures; ends agreed. Collective. plan is rank 0's. */
static agr_status decode_planned(agr_group *group, const agr_plan *plan, task *t, agr_error *err)
{
    const bool is_root = agr_group_rank(group) == 0;
    agr_text packed = {0};
    task_header header = {0};
    agr_status status = is_root ? pack_paths(plan, &packed, err) : AGR_OK;
    if (is_root && status == AGR_OK) {
        header.n_files = plan->n_candidates;
        header.text_bytes = (int64_t)packed.length;
        header.rows = *agr_dataset_writer_rows(plan->writer);
    }
    status = agr_agree(group, status, err);
    if (status == AGR_OK)
        status = share_task(group, &packed, &header, t, err);
    agr_text_release(&packed);
    AGR_TRY(status);
    return decode_all(group, plan->options, &header, t, err);
}

static agr_status prepare(const agr_prepare_options *options, agr_group *group, agr_plan *plan,
                          task *t, agr_prepare_report *report, agr_error *err)
{
    const bool is_root = agr_group_rank(group) == 0;
    agr_status status = is_root ? plan_set(options, plan, err) : AGR_OK;
    if (status != AGR_OK)
        tell_rejects(plan, status, report, err);
    AGR_TRY(agr_agree(group, status, err));
    const double begin_s = agr_clock_s();
    AGR_TRY(decode_planned(group, plan, t, err));
    report->decode_s = agr_clock_s() - begin_s;
    if (is_root)
        status = tell_rejects(plan, conclude(plan, t->outcome, report, err), report, err);
    return agr_agree(group, status, err);
}

agr_status agr_prepare(const agr_prepare_options *options, agr_world *world,
                       agr_prepare_report *report, agr_error *err)
{
    const double begin_s = agr_clock_s();
    agr_plan plan = {.options = options};
    task t = {0};
    *report = (agr_prepare_report){0};
    const agr_status status = prepare(options, agr_world_group(world), &plan, &t, report, err);
    task_release(&t);
    agr_plan_release(&plan);
    report->elapsed_s = agr_clock_s() - begin_s;
    return status;
}

void agr_prepare_report_release(agr_prepare_report *report)
{
    for (int i = 0; i < report->n_listed; i++)
        free(report->conflict[i]);
    for (int i = 0; i < report->n_columns; i++)
        free(report->column[i]);
    free(report->first_constant);
    *report = (agr_prepare_report){0};
}
