/* agr-mpi compare: runs side by side on the same images. */
#include "cli.h"
#include "compare_text.h"
#include "judge_options.h"
#include "options.h"
#include "setup.h"

#include <agr/report/comparison.h>

typedef enum { TELL_TEXT, TELL_JSON, TELL_CSV } telling;

static agr_status print_csv(const agr_comparison *c, agr_error *err)
{
    agr_text text = {0};
    agr_comparison_csv(c, &text);
    return cli_print_text(&text, err);
}

static agr_status tell(const agr_judged_runs *runs, telling how, agr_error *err)
{
    static agr_comparison c;
    agr_status status = agr_comparison_make(runs, &c, err);
    if (status == AGR_OK && how == TELL_JSON)
        status = cli_print_json(agr_comparison_json(&c), err);
    else if (status == AGR_OK && how == TELL_CSV)
        status = print_csv(&c, err);
    else if (status == AGR_OK)
        compare_print_text(&c);
    agr_comparison_release(&c);
    return status;
}

static agr_status compare(agr_judged_runs *runs, agr_world *world, const cli_arguments *arguments,
                          const agr_evaluation_request *request, telling how, agr_error *err)
{
    cli_end_on_bus_errors(agr_world_rank(world));
    AGR_TRY(agr_judged_runs_open(runs, world, (const char *const *)arguments->item, arguments->n,
                                 request, AGR_JUDGE_ALL, err));
    const agr_status told = agr_world_rank(world) == 0 ? tell(runs, how, err) : AGR_OK;
    return agr_agree(agr_world_group(world), told, err);
}

agr_status cmd_compare(int argc, char **argv, agr_error *err)
{
    bool json = false, csv = false;
    judge_options judge;
    cli_option option[JUDGE_N_OPTIONS + 2] = {
        {"json", 0, CLI_FLAG, NULL, &json, "print JSON"},
        {"csv", 0, CLI_FLAG, NULL, &csv, "print one row for each figure and pair of runs"},
    };
    const cli_syntax syntax = {
        .verb = "compare",
        .positionals = "RUN RUN...",
        .min_positionals = 2,
        .max_positionals = AGR_MAX_JUDGED_RUNS,
        .summary =
            "Judges runs or checkpoints on the same images and puts them side by side: "
            "figures, parameters, compute, wall time, and whether they were trained on equal "
            "terms. A run is called better only where the interval of the paired difference "
            "does not contain 0. The same figures on any number of ranks.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    static agr_judged_runs runs;
    static agr_evaluation_request request;
    agr_world *world;
    cli_arguments arguments;
    judge_options_add(&judge, option + 2);
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    if (json && csv)
        return agr_error_set(err, AGR_USAGE, "expected --json or --csv, found both");
    AGR_TRY(judge_options_read(&judge, &request, err));
    AGR_TRY(agr_world_start(&world, err));
    const agr_status status = compare(&runs, world, &arguments, &request,
                                      json  ? TELL_JSON
                                      : csv ? TELL_CSV
                                            : TELL_TEXT,
                                      err);
    agr_judged_runs_release(&runs);
    return cli_end_world(world, status, err);
}
