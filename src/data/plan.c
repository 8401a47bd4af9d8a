/* The beginning of a dataset to be: candidates with labels and, where given, parts. */
#include "plan_impl.h"

#include "label_table_impl.h"

#include <agr/base/file.h>
#include <agr/data/utkface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *agr_plan_name(const agr_plan *plan, int64_t candidate)
{
    return plan->listing.file[plan->file[candidate]].name;
}

void agr_plan_keep_good(agr_plan *plan)
{
    int64_t n = 0;
    for (int64_t i = 0; i < plan->n_candidates; i++) {
        if (!plan->good[i])
            continue;
        plan->kept[n] = i;
        plan->file[n] = plan->file[i];
        plan->row[n] = plan->row[i];
        plan->content_hash[n] = plan->content_hash[i];
        n++;
    }
    agr_labels_keep_rows(&plan->labels, plan->kept, n);
    plan->n_candidates = n;
}

static agr_status allocate(agr_plan *plan, agr_error *err)
{
    const size_t n = (size_t)plan->listing.n_files + 1;
    plan->file = calloc(n, sizeof *plan->file);
    plan->row = calloc(n, sizeof *plan->row);
    plan->content_hash = calloc(n, sizeof *plan->content_hash);
    plan->good = calloc(n, sizeof *plan->good);
    plan->kept = calloc(n, sizeof *plan->kept);
    if (plan->file == NULL || plan->row == NULL || plan->content_hash == NULL ||
        plan->good == NULL || plan->kept == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the list of pictures");
    return AGR_OK;
}

/* ---- labels from names ---- */

/* Candidates are all files; those whose names carry no labels go. */
static agr_status label_by_names(agr_plan *plan, agr_error *err)
{
    const agr_listing *listing = &plan->listing;
    AGR_TRY(agr_utkface_columns(listing->n_files, &plan->labels, err));
    for (int64_t f = 0; f < listing->n_files; f++) {
        int value[AGR_UTKFACE_LABELS];
        agr_error reason;
        const char *name = listing->file[f].name;
        plan->file[f] = f;
        plan->good[f] = agr_utkface_parse(agr_path_name(name), value, &reason) == AGR_OK;
        if (!plan->good[f])
            AGR_TRY(
                agr_rejects_add_reason(&plan->rejects, name, AGR_REJECT_NAME, reason.text, err));
        for (int c = 0; plan->good[f] && c < AGR_UTKFACE_LABELS; c++)
            plan->labels.column[c].value[f] = (float)value[c];
    }
    plan->n_candidates = listing->n_files;
    agr_plan_keep_good(plan);
    for (int i = 0; i < plan->options->n_class_orders; i++) {
        const agr_class_order *order = &plan->options->class_order[i];
        AGR_TRY(agr_labels_order_classes(&plan->labels, order->column, order->n_classes,
                                         (const char *const *)order->class_name, err));
    }
    return AGR_OK;
}

/* ---- labels and parts from tables ---- */

static agr_status import_parts(agr_plan *plan, const agr_matched_table *table, agr_error *err)
{
    const size_t n_files = (size_t)plan->listing.n_files;
    plan->imported_part = malloc(n_files + 1);
    plan->why_no_part = calloc(n_files + 1, sizeof *plan->why_no_part);
    if (plan->imported_part == NULL || plan->why_no_part == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the split");
    return agr_parts_from_table(table, plan->listing.n_files, plan->imported_part,
                                plan->why_no_part, err);
}

static agr_status label_by_matched_table(agr_plan *plan, const agr_matched_table *table,
                                         agr_error *err)
{
    const agr_listing *listing = &plan->listing;
    for (int64_t f = 0; f < listing->n_files; f++) {
        if (table->row_of_file[f] >= 0)
            plan->file[plan->n_candidates++] = f;
        else
            AGR_TRY(agr_rejects_add_reason(&plan->rejects, listing->file[f].name, AGR_REJECT_NO_ROW,
                                           NULL, err));
    }
    AGR_TRY(agr_labels_from_table(table, listing, plan->file, plan->n_candidates,
                                  plan->options->n_class_orders, plan->options->class_order,
                                  &plan->labels, plan->good, &plan->rejects, err));
    agr_plan_keep_good(plan);
    const bool has_parts = agr_csv_column(&table->csv, "split") >= 0;
    if (has_parts && plan->options->split_file == NULL)
        AGR_TRY(import_parts(plan, table, err));
    return AGR_OK;
}

static agr_status label_by_table(agr_plan *plan, agr_error *err)
{
    agr_matched_table table;
    AGR_TRY(agr_matched_table_create(plan->options->labels, plan->options->path_column,
                                     &plan->listing, &table, &plan->rejects, err));
    const agr_status status = label_by_matched_table(plan, &table, err);
    agr_matched_table_release(&table);
    return status;
}

static agr_status import_split_file(agr_plan *plan, agr_error *err)
{
    agr_matched_table table;
    AGR_TRY(agr_matched_table_create(plan->options->split_file, plan->options->path_column,
                                     &plan->listing, &table, &plan->rejects, err));
    const agr_status status = import_parts(plan, &table, err);
    agr_matched_table_release(&table);
    return status;
}

static agr_status drop_candidates_without_part(agr_plan *plan, agr_error *err)
{
    for (int64_t i = 0; i < plan->n_candidates; i++) {
        plan->good[i] = plan->imported_part[plan->file[i]] != AGR_PART_NONE;
        if (!plan->good[i])
            AGR_TRY(agr_rejects_add_reason(&plan->rejects, agr_plan_name(plan, i), AGR_REJECT_SPLIT,
                                           plan->why_no_part[plan->file[i]], err));
    }
    agr_plan_keep_good(plan);
    return AGR_OK;
}

/* ---- the plan ---- */

static const agr_reject *first_of(const agr_rejects *rejects, const char *reason)
{
    const agr_reject *reject = rejects->item;
    while (strcmp(reject->reason, reason) != 0)
        reject++;
    return reject;
}

/* "'a.jpg': why: more" in place of "'a.jpg': why" where more is known. */
static agr_status fail_with(const agr_reject *reject, const char *what, agr_error *err)
{
    const bool has_detail = reject->detail != NULL;
    return agr_error_set(err, AGR_INPUT, "%s '%s': %s%s%s", what, reject->path, reject->reason,
                         has_detail ? ": " : "", has_detail ? reject->detail : "");
}

agr_status agr_plan_check(agr_plan *plan, agr_error *err)
{
    const agr_prepare_options *options = plan->options;
    const bool too_strict = options->reject_policy == AGR_REJECTS_STRICT && plan->rejects.n > 0;
    if (plan->n_candidates > 0 && !too_strict)
        return AGR_OK;
    plan->rejects_tell_why = true;
    agr_reject_count count[AGR_PREPARE_MAX_REASONS];
    agr_rejects_count(&plan->rejects, count);
    agr_rejects_sort(&plan->rejects);
    char what[128];
    if (plan->rejects.n == 0)
        return agr_error_set(err, AGR_INPUT, "no usable image among %lld files",
                             (long long)plan->listing.n_files);
    if (too_strict && plan->n_candidates > 0) {
        snprintf(what, sizeof what, "--strict: %lld rejects, the first of them",
                 (long long)plan->rejects.n);
        return fail_with(&plan->rejects.item[0], what, err);
    }
    snprintf(what, sizeof what, "no usable image among %lld files, for the most frequent reason",
             (long long)plan->listing.n_files);
    fail_with(first_of(&plan->rejects, count[0].reason), what, err);
    if (options->labels == NULL)
        return agr_error_hint(err,
                              "names are read as UTKFace's %s; "
                              "--labels TABLE.csv gives labels to files of any name",
                              agr_utkface_pattern);
    return AGR_INPUT;
}

static agr_status fill_plan(agr_plan *plan, agr_error *err)
{
    const agr_prepare_options *options = plan->options;
    AGR_TRY(agr_listing_create(options->n_folders, options->folder, &plan->listing, &plan->rejects,
                               err));
    AGR_TRY(allocate(plan, err));
    AGR_TRY(options->labels != NULL ? label_by_table(plan, err) : label_by_names(plan, err));
    if (options->split_file != NULL)
        AGR_TRY(import_split_file(plan, err));
    if (plan->imported_part != NULL)
        AGR_TRY(drop_candidates_without_part(plan, err));
    return AGR_OK;
}

agr_status agr_plan_create(const agr_prepare_options *options, agr_plan *plan, agr_error *err)
{
    *plan = (agr_plan){.options = options};
    return fill_plan(plan, err);
}

void agr_plan_release(agr_plan *plan)
{
    agr_dataset_writer_abandon(plan->writer);
    free(plan->file);
    free(plan->row);
    free(plan->content_hash);
    for (int64_t f = 0; plan->why_no_part != NULL && f < plan->listing.n_files; f++)
        free(plan->why_no_part[f]);
    free(plan->why_no_part);
    free(plan->imported_part);
    free(plan->good);
    free(plan->kept);
    agr_labels_release(&plan->labels);
    agr_rejects_release(&plan->rejects);
    agr_listing_release(&plan->listing);
    *plan = (agr_plan){0};
}
