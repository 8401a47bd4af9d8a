/* The end of a dataset to be: copies judged, the set divided, the file written. */
#include "plan_impl.h"

#include <agr/base/log.h>
#include <agr/base/text.h>
#include <agr/data/split.h>
#include <agr/image/decode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- copies ---- */

static agr_status name_conflict(const agr_plan *plan, const agr_copies *groups, int64_t group,
                                agr_prepare_report *report, agr_error *err)
{
    if (report->n_listed == AGR_PREPARE_LISTED)
        return AGR_OK;
    agr_text names = {0};
    for (int64_t m = groups->begin[group]; m < groups->begin[group + 1]; m++)
        agr_text_add(&names, "%s%s", m > groups->begin[group] ? ", " : "",
                     agr_plan_name(plan, groups->member[m]));
    if (names.failed) {
        agr_text_release(&names);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the report");
    }
    report->conflict[report->n_listed++] = names.data;
    return AGR_OK;
}

static agr_status reject_group(agr_plan *plan, const agr_copies *groups, int64_t group,
                               agr_error *err)
{
    const char *first = agr_plan_name(plan, groups->member[groups->begin[group]]);
    for (int64_t m = groups->begin[group]; m < groups->begin[group + 1]; m++) {
        const int64_t i = groups->member[m];
        char detail[AGR_PATH_BYTES + 16];
        snprintf(detail, sizeof detail, "a copy of %s",
                 m > groups->begin[group] ? first : agr_plan_name(plan, groups->member[m + 1]));
        plan->good[i] = false;
        AGR_TRY(agr_rejects_add_reason(&plan->rejects, agr_plan_name(plan, i), AGR_REJECT_CONFLICT,
                                       detail, err));
    }
    return AGR_OK;
}

/* Counts the copies and, where asked, marks the members of conflicting groups as not good. */
static agr_status judge_groups(agr_plan *plan, const agr_copies *groups, agr_prepare_report *report,
                               agr_error *err)
{
    const bool drop = plan->options->duplicates == AGR_DUPLICATES_DROP_CONFLICTS;
    for (int64_t i = 0; i < plan->n_candidates; i++)
        plan->good[i] = true;
    for (int64_t g = 0; g < groups->n_groups; g++) {
        if (agr_copies_size(groups, g) == 1)
            continue;
        report->n_copy_groups++;
        report->n_copies += agr_copies_size(groups, g) - 1;
        if (!agr_copies_conflict(groups, g, &plan->labels))
            continue;
        report->n_conflicts++;
        AGR_TRY(name_conflict(plan, groups, g, report, err));
        if (drop)
            AGR_TRY(reject_group(plan, groups, g, err));
    }
    return AGR_OK;
}

static agr_status handle_copies(agr_plan *plan, agr_prepare_report *report, agr_error *err)
{
    agr_copies groups;
    AGR_TRY(agr_copies_create(plan->content_hash, plan->n_candidates, &groups, err));
    const agr_status status = judge_groups(plan, &groups, report, err);
    agr_copies_release(&groups);
    AGR_TRY(status);
    if (10 * report->n_copies > plan->n_candidates)
        agr_log_warning("%lld of %lld images are copies of others: the same set twice?",
                        (long long)report->n_copies, (long long)plan->n_candidates);
    agr_plan_keep_good(plan);
    return AGR_OK;
}

/* ---- parts ---- */

static agr_status divide(const agr_plan *plan, const agr_copies *groups, uint8_t *part,
                         agr_prepare_report *report, agr_error *err)
{
    const agr_prepare_options *options = plan->options;
    if (plan->imported_part == NULL)
        return agr_split_draw(groups, plan->content_hash, options->seed, options->validation,
                              options->test, part, err);
    for (int64_t i = 0; i < plan->n_candidates; i++)
        part[i] = plan->imported_part[plan->file[i]];
    report->n_moved = agr_split_unite(groups, part);
    if (report->n_moved > 0)
        agr_log_warning("%lld copies moved to where their first copy is: the split that was given "
                        "has copies in different parts",
                        (long long)report->n_moved);
    return AGR_OK;
}

static agr_status make_parts(const agr_plan *plan, uint8_t *part, agr_prepare_report *report,
                             agr_error *err)
{
    agr_copies groups;
    AGR_TRY(agr_copies_create(plan->content_hash, plan->n_candidates, &groups, err));
    const agr_status status = divide(plan, &groups, part, report, err);
    agr_copies_release(&groups);
    for (int64_t i = 0; status == AGR_OK && i < plan->n_candidates; i++)
        report->n_part[part[i]]++;
    return status;
}

/* ---- the file ---- */

/* The folders by their last names: where a set lies on this machine is nobody's business. */
static void add_source(agr_text *text, const agr_prepare_options *options)
{
    for (int i = 0; i < options->n_folders; i++) {
        const char *folder = options->folder[i];
        size_t length = strlen(folder);
        while (length > 1 && folder[length - 1] == '/')
            length--;
        size_t begin = length;
        while (begin > 0 && folder[begin - 1] != '/')
            begin--;
        if (i > 0)
            agr_text_add(text, ", ");
        agr_text_add_bytes(text, folder + begin, length - begin);
    }
}

static void add_split_text(agr_text *text, const agr_plan *plan)
{
    const agr_prepare_options *options = plan->options;
    if (options->split_file != NULL)
        agr_text_add(text, "from %s", agr_path_name(options->split_file));
    else if (plan->imported_part != NULL)
        agr_text_add(text, "from %s", agr_path_name(options->labels));
    else
        agr_text_add(text, "drawn: validation %g, test %g", options->validation, options->test);
}

static agr_status write_dataset(agr_plan *plan, const char **name, const uint8_t *part,
                                agr_error *err)
{
    const agr_prepare_options *options = plan->options;
    agr_label_column column[AGR_LABELS_MAX_COLUMNS];
    for (int c = 0; c < plan->labels.n_columns; c++) {
        const agr_labels_column *from = &plan->labels.column[c];
        column[c] = (agr_label_column){
            .name = from->name,
            .kind = from->n_classes > 0 ? AGR_LABEL_CLASS : AGR_LABEL_NUMBER,
            .n_classes = from->n_classes,
            .classes = (const char *const *)from->class_name,
            .values = from->value,
        };
    }
    for (int64_t i = 0; i < plan->n_candidates; i++)
        name[i] = agr_plan_name(plan, i);
    agr_text source = {0}, split = {0};
    add_source(&source, options);
    add_split_text(&split, plan);
    char longest_side[16];
    snprintf(longest_side, sizeof longest_side, "%d", plan->longest_side);
    const agr_dataset_text texts[] = {
        {"source", source.data},
        {"labels_from", options->labels != NULL ? agr_path_name(options->labels) : "file names"},
        {"resize", agr_resize_method_name(options->resize)},
        {"longest_side", longest_side},
        {"decoder", agr_image_decoder()},
        {"split_from", split.data},
    };
    const agr_dataset_content content = {
        .n_images = plan->n_candidates,
        .rows = plan->row,
        .names = name,
        .content_hash = plan->content_hash,
        .split = part,
        .n_labels = plan->labels.n_columns,
        .labels = column,
        .seed = options->seed,
        .n_texts = sizeof texts / sizeof *texts,
        .texts = texts,
    };
    agr_status status;
    if (source.failed || split.failed) {
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the dataset");
    } else {
        agr_dataset_writer *writer = plan->writer;
        plan->writer = NULL; /* finishing frees it in any case */
        status = agr_dataset_writer_finish(writer, &content, err);
    }
    agr_text_release(&source);
    agr_text_release(&split);
    return status;
}

static agr_status divide_and_write(agr_plan *plan, agr_prepare_report *report, agr_error *err)
{
    const char **name = malloc((size_t)plan->n_candidates * sizeof *name);
    uint8_t *part = malloc((size_t)plan->n_candidates);
    agr_status status;
    if (name == NULL || part == NULL)
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the dataset");
    else
        status = make_parts(plan, part, report, err);
    if (status == AGR_OK)
        status = write_dataset(plan, name, part, err);
    free(name);
    free(part);
    return status;
}

agr_status agr_plan_finish(agr_plan *plan, agr_prepare_report *report, agr_error *err)
{
    AGR_TRY(handle_copies(plan, report, err));
    AGR_TRY(agr_plan_check(plan, err));
    AGR_TRY(agr_plan_describe_columns(plan, report, err));
    AGR_TRY(divide_and_write(plan, report, err));
    report->n_images = plan->n_candidates;
    return AGR_OK;
}
