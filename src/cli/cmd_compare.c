/* agr-mpi compare: runs, or the variants of one, side by side on the same images. */
#include "cli.h"
#include "compare_text.h"
#include "compare_variants_text.h"
#include "judge_options.h"
#include "options.h"
#include "setup.h"

#include <agr/report/comparison.h>
#include <agr/report/variants.h>

typedef enum { TELL_TEXT, TELL_JSON, TELL_CSV } telling;

typedef struct {
    bool json, csv;
    const char *against;
} compare_options;

/* ---- telling ---- */

static agr_status tell_runs(const agr_judged_runs *runs, telling how, agr_error *err)
{
    static agr_comparison c;
    agr_text csv = {0};
    agr_status status = agr_comparison_make(runs, &c, err);
    if (status == AGR_OK && how == TELL_JSON) {
        status = cli_print_json(agr_comparison_json(&c), err);
    } else if (status == AGR_OK && how == TELL_CSV) {
        agr_comparison_csv(&c, &csv);
        status = cli_print_text(&csv, err);
    } else if (status == AGR_OK) {
        compare_print_text(&c);
    }
    agr_comparison_release(&c);
    return status;
}

static agr_status tell_variants(const agr_judged_run *run, const char *against, telling how,
                                agr_error *err)
{
    agr_variants v;
    agr_text csv = {0};
    agr_status status = agr_variants_make(run->evaluation, run->path, against, &v, err);
    if (status == AGR_OK && how == TELL_JSON) {
        status = cli_print_json(agr_variants_json(&v), err);
    } else if (status == AGR_OK && how == TELL_CSV) {
        agr_variants_csv(&v, &csv);
        status = cli_print_text(&csv, err);
    } else if (status == AGR_OK) {
        compare_print_variants(&v);
    }
    agr_variants_release(&v);
    return status;
}

/* ---- the command ---- */

static agr_status compare(agr_judged_runs *runs, agr_world *world, const compare_options *o,
                          const cli_arguments *arguments, const agr_evaluation_request *request,
                          agr_error *err)
{
    cli_end_on_bus_errors(agr_world_rank(world));
    AGR_TRY(agr_judged_runs_open(runs, world, (const char *const *)arguments->item, arguments->n,
                                 request, AGR_JUDGE_ALL, err));
    const telling how = o->json ? TELL_JSON : o->csv ? TELL_CSV : TELL_TEXT;
    agr_status told = AGR_OK;
    if (agr_world_rank(world) == 0)
        told = runs->n == 1 ? tell_variants(&runs->run[0], o->against, how, err)
                            : tell_runs(runs, how, err);
    return agr_agree(agr_world_group(world), told, err);
}

static agr_status check(const compare_options *o, int n_runs, agr_error *err)
{
    if (o->json && o->csv)
        return agr_error_set(err, AGR_USAGE, "expected --json or --csv, found both");
    if (o->against != NULL && n_runs > 1)
        return agr_error_set(err, AGR_USAGE,
                             "--against names a variant of one run: expected one run, found %d",
                             n_runs);
    return AGR_OK;
}

agr_status cmd_compare(int argc, char **argv, agr_error *err)
{
    compare_options o = {0};
    judge_options judge;
    cli_option option[JUDGE_N_OPTIONS + 3] = {
        {"json", 0, CLI_FLAG, NULL, &o.json, "print JSON"},
        {"csv", 0, CLI_FLAG, NULL, &o.csv, "print one row for each figure and pair of runs"},
        {"against", 0, CLI_TEXT, "VARIANT", &o.against,
         "of one run: the variant that those of its branch are compared with (default: the first)"},
    };
    const cli_syntax syntax = {
        .verb = "compare",
        .positionals = "RUN [RUN...]",
        .min_positionals = 1,
        .max_positionals = AGR_MAX_JUDGED_RUNS,
        .summary =
            "Judges runs or checkpoints on the same images and puts them side by side: "
            "figures, parameters, compute, wall time, and whether they were trained on equal "
            "terms. A run is called better only where the interval of the paired difference "
            "does not contain 0. Of a single run its variants are put side by side, likewise, "
            "with intervals over their replicas and folds. The same figures on any number of "
            "ranks.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    static agr_judged_runs runs;
    static agr_evaluation_request request;
    agr_world *world;
    cli_arguments arguments;
    judge_options_add(&judge, option + 3);
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(check(&o, arguments.n, err));
    AGR_TRY(judge_options_read(&judge, &request, err));
    AGR_TRY(agr_world_start(&world, err));
    const agr_status status = compare(&runs, world, &o, &arguments, &request, err);
    agr_judged_runs_release(&runs);
    return cli_end_world(world, status, err);
}
