/* agr-mpi evaluate: judges a checkpoint on the pictures of one part of a dataset. */
#include "cli.h"
#include "evaluate_text.h"
#include "options.h"
#include "setup.h"

#include <agr/report/evaluation.h>
#include <string.h>

typedef struct {
    const char *checkpoint, *data, *split, *slot, *branches, *predictions, *rows, *bins;
    bool json, csv, flip, out_of_fold;
    double within;
    int64_t threads;
    agr_slices_request slices;
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

static agr_status suggest_split(const char *word, agr_error *err)
{
    for (int i = 0; i < AGR_SPLIT_COUNT; i++)
        if (strncmp(agr_split_name((agr_split)i), word, strlen(word)) == 0)
            return agr_error_hint(err, "did you mean '--split %s'?", agr_split_name((agr_split)i));
    return AGR_USAGE;
}

static agr_status read_options(const evaluate_options *o, agr_evaluation_request *request,
                               agr_error *err)
{
    const char *split = o->split != NULL ? o->split : "validation";
    if (o->split != NULL && o->out_of_fold)
        return agr_error_set(err, AGR_USAGE, "expected --split or --out-of-fold, found both");
    if (agr_split_parse(split, &request->split, err) != AGR_OK)
        return suggest_split(split, err);
    if (o->json && o->csv)
        return agr_error_set(err, AGR_USAGE, "expected --json or --csv, found both");
    if (agr_audit_bins_parse(o->bins, &request->bins, err) != AGR_OK)
        return agr_error_context(err, "--bins");
    if (o->predictions != NULL && o->rows != NULL && strcmp(o->predictions, o->rows) == 0)
        return agr_error_set(err, AGR_USAGE,
                             "--predictions, --rows: expected two files, found '%s' for both",
                             o->rows);
    request->models = (agr_models_request){o->checkpoint, o->slot, o->branches};
    request->data = o->data;
    request->out_of_fold = o->out_of_fold;
    request->within = o->within;
    request->slices = o->slices;
    request->flip = o->flip;
    request->threads = o->threads;
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
    static evaluate_options o = {.checkpoint = "runs/seed",
                                 .slot = "best",
                                 .bins = AGR_AUDIT_DEFAULT_BINS,
                                 .within = 5,
                                 .slices = {.min_count = 30, .n_draws = 1000, .seed = -1}};
    const cli_option option[] = {
        {"checkpoint", 0, CLI_TEXT, "FILE|RUN", &o.checkpoint,
         "checkpoint or run folder (default runs/seed)"},
        {"data", 0, CLI_TEXT, "FILE", &o.data, "dataset (default: the one trained on)"},
        {"split", 0, CLI_TEXT, "PART", &o.split, "train, validation or test (default validation)"},
        {"out-of-fold", 0, CLI_FLAG, NULL, &o.out_of_fold,
         "of a run with folds, all images but those of the test part, by the members that were not "
         "trained on them"},
        {"slot", 0, CLI_TEXT, "NAME", &o.slot, "best, latest, epoch_0020, ... (default best)"},
        {"branches", 0, CLI_TEXT, "LIST", &o.branches, "only these (default: all)"},
        {"predictions", 0, CLI_TEXT, "FILE.tsv", &o.predictions, "write the raw outputs"},
        {"rows", 0, CLI_TEXT, "FILE.csv", &o.rows, "write true and predicted labels"},
        {"cs", 0, CLI_NUMBER, "K", &o.within,
         "cs: share of numbers off by no more than this (default 5)", .min = 0, .max = 1e9},
        {"bins", 0, CLI_TEXT, "LIST", &o.bins,
         "ranges of a number label that are judged each for itself (default " AGR_AUDIT_DEFAULT_BINS
         ")"},
        {"by", 0, CLI_TEXT, "LIST", &o.slices.by,
         "judge by slices and compare them: LABEL,LABEL*LABEL,LABEL:0-17,18+"},
        {"min-count", 0, CLI_INTEGER, "N", &o.slices.min_count,
         "slices of fewer pictures are not compared (default 30)", .min = 2, .max = 1e9},
        {"draws", 0, CLI_INTEGER, "N", &o.slices.n_draws,
         "draws of the bootstrap behind the intervals of slices (default 1000)", .min = 100,
         .max = 100000},
        {"seed", 0, CLI_INTEGER, "N", &o.slices.seed, "of these draws (default: that of the run)",
         .min = 0, .max = 9e15},
        {"flip", 0, CLI_FLAG, NULL, &o.flip,
         "judge each image and its mirror image: the mean of both answers"},
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
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(read_options(&o, &request, err));
    AGR_TRY(agr_world_start(&world, err));
    const agr_status status = evaluate(&e, world, &o, &request, err);
    agr_evaluation_release(&e);
    return cli_end_world(world, status, err);
}
