/* Shows what a run folder tells: in words, as JSON, in charts. */
#include "cli.h"
#include "inspect.h"

#include <agr/base/clock.h>
#include <agr/base/log.h>
#include <agr/report/plots.h>
#include <agr/report/run_record.h>
#include <agr/store/checkpoint.h>
#include <stdio.h>
#include <stdlib.h>

static agr_status print_words(const agr_run_record *record, agr_error *err)
{
    agr_text text = {0};
    agr_run_record_words(record, agr_clock_wall_s(), &text);
    return cli_print_text(&text, err);
}

/* The run, and after it what its checkpoint holds. */
static agr_status print_run(const agr_run_record *record, bool json, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    AGR_TRY(agr_checkpoint_locate(record->path, path, err));
    if (!json) {
        AGR_TRY(print_words(record, err));
        if (!record->has_checkpoint)
            return AGR_OK;
        putchar('\n');
        return inspect_print_checkpoint(path, err);
    }
    cJSON *root = NULL;
    if (record->has_checkpoint)
        AGR_TRY(inspect_checkpoint_json(path, &root, err));
    else
        cJSON_AddStringToObject(root = cJSON_CreateObject(), "format", "agr-mpi/run");
    cJSON_AddItemToObject(root, "run", agr_run_record_json(record));
    return cli_print_json(root, err);
}

agr_status inspect_run(const char *folder, bool json, agr_error *err)
{
    static agr_run_record record;
    agr_status status = agr_run_record_read(folder, &record, err);
    if (status == AGR_OK)
        status = print_run(&record, json, err);
    agr_run_record_release(&record);
    return status;
}

/* ---- charts ---- */

/* Writes and releases. */
static agr_status write_chart(const char *folder, const char *kind, const char *name, agr_text *svg,
                              agr_error *err)
{
    char file[160];
    snprintf(file, sizeof file, "%s%s%.120s", kind, name[0] != '\0' ? "_" : "", name);
    const agr_status status = inspect_write_svg(folder, file, svg, err);
    agr_text_release(svg);
    return status;
}

static agr_status write_record(const agr_run_record *record, const char *folder, agr_error *err)
{
    agr_text svg = {0};
    for (int b = 0; b < record->n_branches; b++) {
        if (record->branch[b].n_epochs == 0)
            continue;
        agr_plot_branch(record, b, &svg);
        AGR_TRY(write_chart(folder, "curves", record->branch[b].name, &svg, err));
    }
    if (record->n_totals > 0) {
        agr_plot_total(record, &svg);
        AGR_TRY(write_chart(folder, "total", "", &svg, err));
    }
    if (record->n_spans == 0)
        return AGR_OK;
    agr_plot_teams(record, &svg);
    return write_chart(folder, "teams", "", &svg, err);
}

agr_status inspect_write_record(const char *run, const char *folder, bool *has_checkpoint,
                                agr_error *err)
{
    static agr_run_record record;
    agr_status status = agr_run_record_read(run, &record, err);
    *has_checkpoint = record.has_checkpoint;
    if (status == AGR_OK)
        status = write_record(&record, folder, err);
    if (status == AGR_OK && !record.has_checkpoint)
        agr_log_info("nothing to judge yet: '%s' holds no checkpoint", run);
    agr_run_record_release(&record);
    return status;
}

static agr_status write_head(const agr_evaluation *e, const agr_evaluated_head *r,
                             const char *folder, agr_error *err)
{
    enum { WORST = 32 };
    const char *name = agr_evaluated_name(e, r);
    agr_text svg = {0};
    if (agr_evaluated_has_classes(r)) {
        agr_plot_confusion(e, r, &svg);
        AGR_TRY(write_chart(folder, "confusion", name, &svg, err));
        agr_plot_reliability(e, r, &svg);
        AGR_TRY(write_chart(folder, "reliability", name, &svg, err));
    } else {
        AGR_TRY(agr_plot_scatter(e, r, &svg, err));
        AGR_TRY(write_chart(folder, "scatter", name, &svg, err));
    }
    agr_plot_slices(e, r, agr_evaluated_has_classes(r) ? "accuracy" : "mae", &svg);
    AGR_TRY(write_chart(folder, "slices", name, &svg, err));
    AGR_TRY(agr_plot_worst(e, r, WORST, &svg, err));
    return write_chart(folder, "worst", name, &svg, err);
}

agr_status inspect_write_judged(const agr_evaluation *e, const char *folder, agr_error *err)
{
    for (int i = 0; i < e->n_results; i++)
        AGR_TRY(write_head(e, &e->result[i], folder, err));
    return AGR_OK;
}
