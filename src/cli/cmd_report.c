/* agr-mpi report: runs on one page of HTML. */
#include "cli.h"
#include "judge_options.h"
#include "options.h"
#include "setup.h"

#include <agr/report/page.h>

static agr_status write_page(const agr_judged_runs *runs, const char *path, agr_error *err)
{
    agr_text html = {0};
    const agr_status status = agr_page_make(runs, &html, err);
    if (status == AGR_OK)
        return cli_write_text(&html, path, err);
    agr_text_release(&html);
    return status;
}

static agr_status report(agr_judged_runs *runs, agr_world *world, const cli_arguments *arguments,
                         const agr_evaluation_request *request, const char *output, agr_error *err)
{
    static const char *const seed_run[] = {"runs/seed"};
    const bool named = arguments->n > 0;
    cli_end_on_bus_errors(agr_world_rank(world));
    AGR_TRY(agr_judged_runs_open(runs, world,
                                 named ? (const char *const *)arguments->item : seed_run,
                                 named ? arguments->n : 1, request, AGR_JUDGE_WHERE_DATA_IS, err));
    const agr_status written = agr_world_rank(world) == 0 ? write_page(runs, output, err) : AGR_OK;
    return agr_agree(agr_world_group(world), written, err);
}

agr_status cmd_report(int argc, char **argv, agr_error *err)
{
    const char *output = "report.html";
    judge_options judge;
    cli_option option[1 + JUDGE_N_OPTIONS + JUDGE_N_SLICE_OPTIONS] = {
        {"output", 'o', CLI_TEXT, "FILE.html", &output,
         "where the page goes; '-': standard output (default report.html)"},
    };
    const cli_syntax syntax = {
        .verb = "report",
        .positionals = "[RUN...]",
        .max_positionals = -1,
        .summary = "Writes one page of HTML about a run (runs/seed), or several side by side: what "
                   "it is worth beside a guess that does not look, its figures, data, networks, "
                   "configuration and fingerprints. The page needs no network and no other file. "
                   "The same page on any number of ranks.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    static agr_judged_runs runs;
    static agr_evaluation_request request;
    agr_world *world;
    cli_arguments arguments;
    judge_options_add(&judge, option + 1);
    judge_options_add_slices(&judge, AGR_SLICING_ALL, option + 1 + JUDGE_N_OPTIONS);
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(judge_options_read(&judge, &request, err));
    AGR_TRY(agr_world_start(&world, err));
    const agr_status status = report(&runs, world, &arguments, &request, output, err);
    agr_judged_runs_release(&runs);
    return cli_end_world(world, status, err);
}
