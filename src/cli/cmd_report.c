/* agr-mpi report: runs on one page of HTML. */
#include "cli.h"
#include "options.h"
#include "setup.h"

#include <agr/base/file.h>
#include <agr/base/log.h>
#include <agr/report/page.h>
#include <string.h>

typedef struct {
    const char *data, *split, *slot, *bins, *output;
    double within;
    int64_t threads;
} report_options;

static agr_status write_page(const agr_judged_runs *runs, const char *path, agr_error *err)
{
    agr_text html = {0};
    agr_status status = agr_page_make(runs, &html, err);
    if (status == AGR_OK && strcmp(path, "-") == 0)
        return cli_print_text(&html, err);
    if (status == AGR_OK)
        status = agr_file_write(path, html.data, html.length, err);
    if (status == AGR_OK)
        agr_log_info("wrote %s", path);
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

static agr_status read_options(const report_options *o, agr_evaluation_request *request,
                               agr_error *err)
{
    AGR_TRY(agr_split_parse(o->split, &request->split, err));
    if (agr_audit_bins_parse(o->bins, &request->bins, err) != AGR_OK)
        return agr_error_context(err, "--bins");
    request->models.slot = o->slot;
    request->data = o->data;
    request->within = o->within;
    request->threads = o->threads;
    return AGR_OK;
}

agr_status cmd_report(int argc, char **argv, agr_error *err)
{
    static report_options o = {.split = "validation",
                               .slot = "best",
                               .bins = AGR_AUDIT_DEFAULT_BINS,
                               .output = "report.html",
                               .within = 5};
    const cli_option option[] = {
        {"output", 'o', CLI_TEXT, "FILE.html", &o.output,
         "where the page goes; '-': standard output (default report.html)"},
        {"data", 0, CLI_TEXT, "FILE", &o.data, "dataset (default: the first run's)"},
        {"split", 0, CLI_TEXT, "PART", &o.split, "train, validation or test (default validation)"},
        {"slot", 0, CLI_TEXT, "NAME", &o.slot, "best, latest, epoch_0020, ... (default best)"},
        {"cs", 0, CLI_NUMBER, "K", &o.within,
         "cs: share of numbers off by no more than this (default 5)", .min = 0, .max = 1e9},
        {"bins", 0, CLI_TEXT, "LIST", &o.bins,
         "ranges of a number label that are judged each for itself (default " AGR_AUDIT_DEFAULT_BINS
         ")"},
        {"threads", 0, CLI_INTEGER, "N", &o.threads, "threads of each rank", .min = 1, .max = 4096},
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
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(read_options(&o, &request, err));
    AGR_TRY(agr_world_start(&world, err));
    const agr_status status = report(&runs, world, &arguments, &request, o.output, err);
    agr_judged_runs_release(&runs);
    return cli_end_world(world, status, err);
}
