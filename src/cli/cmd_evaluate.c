/* agr-mpi evaluate: judges a checkpoint on the pictures of one part of a dataset. */
#include "cli.h"
#include "evaluate.h"
#include "options.h"
#include "setup.h"

#include <agr/base/pool.h>
#include <agr/comm/team.h>
#include <agr/train/evaluate.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *checkpoint, *data, *split, *slot, *branches, *predictions, *rows, *bins;
    bool json, csv;
    double within;
    int64_t threads;
} evaluate_options;

/* ---- judging ---- */

static void keep_row(void *context, int64_t index, const float *const *prediction)
{
    evaluation *e = context;
    const agr_model *model = e->result[e->first_result].model;
    for (int h = 0; h < agr_network_n_heads(model->network); h++) {
        evaluate_result *r = &e->result[e->first_result + h];
        memcpy(r->output + index * r->n_columns, prediction[h],
               (size_t)r->n_columns * sizeof *r->output);
    }
}

/* Rows are NaN where another rank has judged the sample: whoever has a row, has it whole. */
static agr_status gather_rows(evaluation *e, evaluate_result *r, agr_error *err)
{
    const size_t n_bytes = (size_t)(e->n_samples * r->n_columns) * sizeof *r->output;
    agr_gathered all;
    AGR_TRY(agr_group_gather(agr_world_group(e->world), 0, r->output, n_bytes, &all, err));
    for (int rank = 1; rank < all.n_parts; rank++) {
        const float *theirs = (const float *)(const void *)(all.bytes + all.begin[rank]);
        for (int64_t i = 0; i < e->n_samples * r->n_columns; i++)
            if (isnan(r->output[i]))
                r->output[i] = theirs[i];
    }
    agr_gathered_release(&all);
    return AGR_OK;
}

static agr_status add_results(evaluation *e, const agr_model *model, agr_error *err)
{
    e->first_result = e->n_results;
    for (int h = 0; h < agr_network_n_heads(model->network); h++) {
        if (e->n_results == CLI_COUNT(e->result))
            return agr_error_set(err, AGR_UNSUPPORTED, "too many heads to evaluate at once");
        evaluate_result *r = &e->result[e->n_results];
        *r = (evaluate_result){.model = model,
                               .head = h,
                               .n_columns = agr_network_head(model->network, h)->loss.n_columns};
        r->output = malloc((size_t)(e->n_samples * r->n_columns) * sizeof *r->output);
        if (r->output == NULL)
            return agr_error_set(err, AGR_MEMORY, "out of memory");
        for (int64_t i = 0; i < e->n_samples * r->n_columns; i++)
            r->output[i] = NAN;
        e->n_results++;
    }
    return AGR_OK;
}

static agr_status judge_model(evaluation *e, agr_model *model, agr_error *err)
{
    agr_head_sums sums[AGR_MAX_HEADS];
    AGR_TRY(agr_agree(agr_world_group(e->world), add_results(e, model, err), err));
    AGR_TRY(agr_model_evaluate(model, &e->models.config, &e->set, e->sample, e->n_samples, e->team,
                               sums, keep_row, e, err));
    for (int r = e->first_result; r < e->n_results; r++) {
        e->result[r].sums = sums[e->result[r].head];
        AGR_TRY(gather_rows(e, &e->result[r], err));
    }
    return AGR_OK;
}

/* ---- telling ---- */

static agr_status report(evaluation *e, const evaluate_options *o, agr_error *err)
{
    for (int i = 0; i < e->n_results; i++)
        AGR_TRY(evaluate_judge(e, &e->result[i], o->within, err));
    AGR_TRY(evaluate_write_predictions(e, o->predictions, err));
    AGR_TRY(evaluate_write_rows(e, o->rows, err));
    if (o->json)
        return evaluate_print_json(e, err);
    if (o->csv)
        return evaluate_print_csv(e, err);
    evaluate_print_text(e);
    return AGR_OK;
}

/* ---- the command ---- */

static agr_status open_team(evaluation *e, const evaluate_options *o, agr_error *err)
{
    const int64_t batch_size = e->models.config.data.batch_size;
    const agr_team_limits limits = {.name = "evaluate",
                                    .max_micro_batches = batch_size,
                                    .max_width = AGR_MAX_HEADS * AGR_SUM_COUNT};
    AGR_TRY(cli_open_team(e->world, &limits, o->threads, &e->team, &e->pool, err));
    const agr_status planned = agr_models_plan(&e->models, batch_size, agr_team_rank(e->team),
                                               agr_team_size(e->team), e->pool, err);
    return agr_agree(agr_world_group(e->world), planned, err);
}

static agr_status choose_samples(evaluation *e, const evaluate_options *o, agr_error *err)
{
    const agr_extent input = e->models.preprocessing.input;
    AGR_TRY(agr_split_parse(o->split, &e->split, err));
    if (agr_dataset_height(e->dataset) != input.height ||
        agr_dataset_width(e->dataset) != input.width)
        return agr_error_set(err, AGR_INPUT,
                             "dataset '%s': expected images of %lldx%lld as in training, found "
                             "%lldx%lld",
                             agr_dataset_path(e->dataset), (long long)input.height,
                             (long long)input.width, (long long)agr_dataset_height(e->dataset),
                             (long long)agr_dataset_width(e->dataset));
    AGR_TRY(agr_training_set_of_columns(e->dataset, &e->set, err));
    e->sample = agr_dataset_split_indices(e->dataset, e->split, &e->n_samples);
    if (e->n_samples == 0)
        return agr_error_set(err, AGR_INPUT, "dataset '%s' has no %s samples",
                             agr_dataset_path(e->dataset), o->split);
    return agr_models_check_labels(&e->models, &e->set, e->sample, e->n_samples, err);
}

static agr_status judge_dataset(evaluation *e, const evaluate_options *o, agr_error *err)
{
    agr_group *group = agr_world_group(e->world);
    AGR_TRY(agr_agree(group, choose_samples(e, o, err), err));
    AGR_TRY(open_team(e, o, err));
    for (int m = 0; m < e->models.n_models; m++)
        AGR_TRY(judge_model(e, &e->models.model[m], err));
    const bool reports = agr_world_rank(e->world) == 0;
    return agr_agree(group, reports ? report(e, o, err) : AGR_OK, err);
}

static agr_status suggest_split(const char *word, agr_error *err)
{
    for (int i = 0; i < AGR_SPLIT_COUNT; i++)
        if (strncmp(agr_split_name((agr_split)i), word, strlen(word)) == 0)
            return agr_error_hint(err, "did you mean '--split %s'?", agr_split_name((agr_split)i));
    return AGR_USAGE;
}

static agr_status check_options(const evaluate_options *o, agr_audit_bins *bins, agr_error *err)
{
    agr_split split;
    if (agr_split_parse(o->split, &split, err) != AGR_OK)
        return suggest_split(o->split, err);
    if (o->json && o->csv)
        return agr_error_set(err, AGR_USAGE, "expected --json or --csv, found both");
    if (agr_audit_bins_parse(o->bins, bins, err) != AGR_OK)
        return agr_error_context(err, "--bins");
    if (o->predictions != NULL && o->rows != NULL && strcmp(o->predictions, o->rows) == 0)
        return agr_error_set(err, AGR_USAGE,
                             "--predictions, --rows: expected two files, found '%s' for both",
                             o->rows);
    return AGR_OK;
}

static agr_status evaluate(evaluation *e, const evaluate_options *o, agr_error *err)
{
    const agr_models_request request = {o->checkpoint, o->slot, o->branches};
    agr_group *group = agr_world_group(e->world);
    AGR_TRY(agr_agree(group, agr_models_open(&e->models, &request, err), err));
    AGR_TRY(cli_load_gemm(e->world, &e->models.config, err));
    const char *data = o->data != NULL ? o->data : e->models.config.data.path;
    agr_dataset *dataset;
    AGR_TRY(cli_open_dataset(e->world, data, &dataset, err));
    e->dataset = dataset;
    const agr_status status = judge_dataset(e, o, err);
    agr_dataset_close(dataset);
    return status;
}

agr_status cmd_evaluate(int argc, char **argv, agr_error *err)
{
    static evaluate_options o = {.checkpoint = "runs/seed",
                                 .split = "validation",
                                 .slot = "best",
                                 .bins = AGR_AUDIT_DEFAULT_BINS,
                                 .within = 5};
    const cli_option option[] = {
        {"checkpoint", 0, CLI_TEXT, "FILE|RUN", &o.checkpoint,
         "checkpoint or run folder (default runs/seed)"},
        {"data", 0, CLI_TEXT, "FILE", &o.data, "dataset (default: the one trained on)"},
        {"split", 0, CLI_TEXT, "PART", &o.split, "train, validation or test (default validation)"},
        {"slot", 0, CLI_TEXT, "NAME", &o.slot, "best, latest, epoch_0020, ... (default best)"},
        {"branches", 0, CLI_TEXT, "LIST", &o.branches, "only these (default: all)"},
        {"predictions", 0, CLI_TEXT, "FILE.tsv", &o.predictions, "write the raw outputs"},
        {"rows", 0, CLI_TEXT, "FILE.csv", &o.rows, "write true and predicted labels"},
        {"cs", 0, CLI_NUMBER, "K", &o.within,
         "cs: share of numbers off by no more than this (default 5)", .min = 0, .max = 1e9},
        {"bins", 0, CLI_TEXT, "LIST", &o.bins,
         "ranges of a number label that are judged each for itself (default " AGR_AUDIT_DEFAULT_BINS
         ")"},
        {"json", 0, CLI_FLAG, NULL, &o.json, "print JSON"},
        {"csv", 0, CLI_FLAG, NULL, &o.csv, "print one row a figure"},
        {"threads", 0, CLI_INTEGER, "N", &o.threads, "threads of each rank", .min = 1, .max = 4096},
    };
    const cli_syntax syntax = {
        .verb = "evaluate",
        .positionals = "",
        .summary =
            "Judges a trained checkpoint on held-back images, each figure beside that of a guess "
            "that does not look. Numbers: mean absolute error, root mean square error, median "
            "error, bias, share within K, by bins of the label. Classes: accuracy, precision, "
            "recall, F1, confusion, log loss, Brier score, ROC AUC, calibration. The same figures "
            "on any number of ranks.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    static evaluation e;
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(check_options(&o, &e.bins, err));
    AGR_TRY(agr_world_start(&e.world, err));
    const agr_status status = evaluate(&e, &o, err);
    agr_team_destroy(e.team);
    agr_pool_destroy(e.pool);
    for (int i = 0; i < e.n_results; i++)
        evaluate_release(&e.result[i]);
    agr_models_release(&e.models);
    return cli_end_world(e.world, status, err);
}
