/* agr-mpi evaluate: judges a checkpoint on the pictures of one part of a dataset. */
#include "cli.h"
#include "evaluate_text.h"
#include "judge_options.h"
#include "options.h"
#include "setup.h"

#include <agr/report/evaluation.h>
#include <string.h>

typedef struct {
    const char *checkpoint, *branches, *predictions, *rows;
    bool json, csv, flip, out_of_fold;
    judge_options judge;
} evaluate_options;

/* ---- telling ---- */

static agr_status print_csv(const agr_evaluation *e, agr_error *err)
{
    agr_text text = {0};
    agr_evaluation_csv(e, &text);
    return cli_print_text(&text, err);
}

static agr_status tell(const agr_evaluation *e, const evaluate_options *o, agr_error *err)
{
    AGR_TRY(agr_evaluation_write_predictions(e, o->predictions, err));
    AGR_TRY(agr_evaluation_write_rows(e, o->rows, err));
    if (o->json)
        return cli_print_json(agr_evaluation_json(e), err);
    if (o->csv)
        return print_csv(e, err);
    evaluate_print_text(e);
    return AGR_OK;
}

/* ---- the command ---- */

static agr_status read_options(const evaluate_options *o, agr_evaluation_request *request,
                               agr_error *err)
{
    if (o->judge.split != NULL && o->out_of_fold)
        return agr_error_set(err, AGR_USAGE, "expected --split or --out-of-fold, found both");
    if (o->json && o->csv)
        return agr_error_set(err, AGR_USAGE, "expected --json or --csv, found both");
    if (o->predictions != NULL && o->rows != NULL && strcmp(o->predictions, o->rows) == 0)
        return agr_error_set(err, AGR_USAGE,
                             "--predictions, --rows: expected two files, found '%s' for both",
                             o->rows);
    AGR_TRY(judge_options_read(&o->judge, request, err));
    request->models.checkpoint = o->checkpoint;
    request->models.branches = o->branches;
    request->out_of_fold = o->out_of_fold;
    request->flip = o->flip;
    return AGR_OK;
}

static agr_status evaluate(agr_evaluation *e, agr_world *world, const evaluate_options *o,
                           const agr_evaluation_request *request, agr_error *err)
{
    cli_end_on_bus_errors(agr_world_rank(world));
    AGR_TRY(agr_evaluation_run(e, world, request, err));
    const agr_status told = agr_world_rank(world) == 0 ? tell(e, o, err) : AGR_OK;
    return agr_agree(agr_world_group(world), told, err);
}

agr_status cmd_evaluate(int argc, char **argv, agr_error *err)
{
    enum { N_OPTIONS = 8 };
    static evaluate_options o = {.checkpoint = "runs/seed"};
    cli_option option[N_OPTIONS + JUDGE_N_OPTIONS + JUDGE_N_SLICE_OPTIONS] = {
        {"checkpoint", 0, CLI_TEXT, "FILE|RUN", &o.checkpoint,
         "checkpoint or run folder (default runs/seed)"},
        {"branches", 0, CLI_TEXT, "LIST", &o.branches, "only these (default: all)"},
        {"out-of-fold", 0, CLI_FLAG, NULL, &o.out_of_fold,
         "of a run with folds, all images but those of the test part, by the members that were not "
         "trained on them"},
        {"predictions", 0, CLI_TEXT, "FILE.tsv", &o.predictions, "write the raw outputs"},
        {"rows", 0, CLI_TEXT, "FILE.csv", &o.rows, "write true and predicted labels"},
        {"flip", 0, CLI_FLAG, NULL, &o.flip,
         "judge each image and its mirror image: the mean of both answers"},
        {"json", 0, CLI_FLAG, NULL, &o.json, "print JSON"},
        {"csv", 0, CLI_FLAG, NULL, &o.csv, "print one row a figure"},
    };
    const cli_syntax syntax = {
        .verb = "evaluate",
        .positionals = "",
        .summary =
            "Judges a trained checkpoint on held-back images, each figure beside that of a guess "
            "that does not look. Numbers: mean absolute error, root mean square error, median "
            "error, bias, share within K, by bins of the label. Classes: accuracy, precision, "
            "recall, F1, confusion, log loss, Brier score, ROC AUC, calibration. --by does so for "
            "slices of labels and says which gaps are more than noise. The same figures on any "
            "number of ranks.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    static agr_evaluation e;
    static agr_evaluation_request request;
    agr_world *world;
    cli_arguments arguments;
    judge_options_add(&o.judge, option + N_OPTIONS);
    judge_options_add_slices(&o.judge, NULL, option + N_OPTIONS + JUDGE_N_OPTIONS);
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(read_options(&o, &request, err));
    AGR_TRY(agr_world_start(&world, err));
    const agr_status status = evaluate(&e, world, &o, &request, err);
    agr_evaluation_release(&e);
    return cli_end_world(world, status, err);
}
