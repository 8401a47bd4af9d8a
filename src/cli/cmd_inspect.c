/* agr-mpi inspect: asks what a file is, and has it described. */
#include "cli.h"
#include "inspect.h"
#include "judge_options.h"
#include "options.h"
#include "setup.h"

#include <agr/base/file.h>
#include <agr/base/log.h>
#include <agr/base/parse.h>
#include <agr/report/judged_runs.h>
#include <agr/store/checkpoint.h>
#include <agr/store/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

typedef struct {
    const char *path, *plots;
    judge_options judge; /* of a run, for its charts */
    int64_t n_samples, n_augmented;
    const char *config_name; /* of the augmentation; NULL: seed */
    cli_overrides overrides;
    agr_config config; /* loaded when n_augmented > 0 */
    bool json, digest;
} request;

/* Of the terminal; of $COLUMNS or 80 where there is none. */
static int terminal_columns(void)
{
    enum { NARROWEST = 40, WIDEST = 120 };
    struct winsize size = {0};
    int64_t columns = 80;
    const char *variable = getenv("COLUMNS");
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    else if (variable != NULL)
        agr_parse_int(variable, &columns);
    return columns < NARROWEST ? NARROWEST : columns > WIDEST ? WIDEST : (int)columns;
}

static bool locale_is_utf8(void)
{
    static const char *const variable[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof variable / sizeof *variable; i++) {
        const char *value = getenv(variable[i]);
        if (value != NULL && value[0] != '\0')
            return strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL;
    }
    return false;
}

static agr_status write_pictures(const agr_dataset_facts *all, const request *asked, agr_error *err)
{
    const char *folder = asked->plots != NULL ? asked->plots : "plots";
    if (asked->plots != NULL)
        AGR_TRY(inspect_write_plots(all, folder, err));
    if (asked->n_samples > 0)
        AGR_TRY(inspect_write_samples(all, folder, asked->n_samples, err));
    if (asked->n_augmented > 0)
        AGR_TRY(inspect_write_augmented(all, folder, asked->n_augmented, &asked->config, err));
    return AGR_OK;
}

static agr_status inspect_dataset(const request *asked, agr_error *err)
{
    agr_dataset *dataset;
    agr_dataset_facts all;
    AGR_TRY(agr_dataset_open(asked->path, &dataset, err));
    agr_status status = agr_dataset_facts_of(dataset, &all, err);
    if (status == AGR_OK && asked->digest)
        inspect_print_dataset_digest(&all);
    else if (status == AGR_OK && asked->json)
        status = inspect_print_dataset_json(&all, err);
    else if (status == AGR_OK)
        inspect_print_dataset(&all, terminal_columns(), locale_is_utf8());
    if (status == AGR_OK)
        status = write_pictures(&all, asked, err);
    agr_dataset_facts_release(&all);
    agr_dataset_close(dataset);
    return status;
}

/* What is no dataset has no pictures to show. */
static agr_status refuse_sheets(const request *asked, const char *what, agr_error *err)
{
    const char *option = asked->n_samples > 0     ? "samples"
                         : asked->n_augmented > 0 ? "augmented"
                                                  : NULL;
    if (option == NULL)
        return AGR_OK;
    return agr_error_set(err, AGR_USAGE, "--%s: expected a dataset, found %s '%s'", option, what,
                         asked->path);
}

static agr_status show_checkpoint(const request *asked, agr_error *err)
{
    cJSON *root;
    AGR_TRY(refuse_sheets(asked, "checkpoint", err));
    if (asked->plots != NULL)
        return agr_error_set(err, AGR_USAGE,
                             "--plots: expected a dataset or the folder of a run, found checkpoint "
                             "'%s'",
                             asked->path);
    if (asked->digest)
        return inspect_print_checkpoint_digest(asked->path, err);
    if (!asked->json)
        return inspect_print_checkpoint(asked->path, err);
    AGR_TRY(inspect_checkpoint_json(asked->path, &root, err));
    return cli_print_json(root, err);
}

static agr_status show_run(const request *asked, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    AGR_TRY(refuse_sheets(asked, "run", err));
    if (!asked->digest)
        return inspect_run(asked->path, asked->json, err);
    AGR_TRY(agr_checkpoint_locate(asked->path, path, err));
    return inspect_print_checkpoint_digest(path, err);
}

static agr_status inspect(const request *asked, agr_error *err)
{
    agr_file_format format = AGR_FORMAT_CHECKPOINT;
    if (agr_path_is_folder(asked->path))
        return show_run(asked, err);
    const agr_status status = agr_file_format_of(asked->path, &format, err);
    if (status == AGR_NOT_FOUND)
        return agr_error_hint(err, "agr-mpi prepare FOLDER makes a dataset, agr-mpi train a run");
    AGR_TRY(status);
    if (format == AGR_FORMAT_CHECKPOINT)
        return show_checkpoint(asked, err);
    cli_end_on_bus_errors(0);
    return inspect_dataset(asked, err);
}

/* ---- charts of a run: all ranks judge ---- */

static agr_status write_judged(const agr_judged_run *run, const char *folder, agr_error *err)
{
    if (run->judged)
        return inspect_write_judged(run->evaluation, folder, err);
    agr_log_info("not judged: %s; --data FILE names one", run->why_not);
    return AGR_OK;
}

static agr_status judge(agr_judged_runs *runs, agr_world *world, const request *asked,
                        agr_error *err)
{
    static agr_evaluation_request judged;
    AGR_TRY(judge_options_read(&asked->judge, &judged, err));
    AGR_TRY(
        agr_judged_runs_open(runs, world, &asked->path, 1, &judged, AGR_JUDGE_WHERE_DATA_IS, err));
    const agr_status written =
        agr_world_rank(world) == 0 ? write_judged(&runs->run[0], asked->plots, err) : AGR_OK;
    return agr_agree(agr_world_group(world), written, err);
}

/* Everything but what has to be judged; that is told by *is_judged. */
static agr_status inspect_alone(const request *asked, bool *is_judged, agr_error *err)
{
    AGR_TRY(inspect(asked, err));
    if (asked->plots == NULL || !agr_path_is_folder(asked->path))
        return AGR_OK;
    return inspect_write_record(asked->path, asked->plots, is_judged, err);
}

static agr_status inspect_together(agr_world *world, const request *asked, agr_error *err)
{
    static agr_judged_runs runs;
    agr_group *group = agr_world_group(world);
    bool is_judged = false;
    const agr_status shown =
        agr_world_rank(world) == 0 ? inspect_alone(asked, &is_judged, err) : AGR_OK;
    AGR_TRY(agr_agree(group, shown, err));
    int64_t anyone_judges = is_judged;
    AGR_TRY(agr_group_max(group, &anyone_judges, 1, err));
    if (anyone_judges == 0)
        return AGR_OK;
    cli_end_on_bus_errors(agr_world_rank(world));
    const agr_status status = judge(&runs, world, asked, err);
    agr_judged_runs_release(&runs);
    return status;
}

/* A bad option is one on every rank, and before there is a world. */
static agr_status check_options(const request *asked, agr_error *err)
{
    static agr_evaluation_request judged;
    if (asked->json && asked->digest)
        return agr_error_set(err, AGR_USAGE, "--json and --digest: expected one of them");
    if (asked->n_augmented == 0 && (asked->config_name != NULL || asked->overrides.n > 0))
        return agr_error_set(err, AGR_USAGE,
                             "%s: expected with --augmented N, which it is for; found without",
                             asked->config_name != NULL ? "--config" : "--set");
    return judge_options_read(&asked->judge, &judged, err);
}

/* Only charts of a run need the other ranks; whether it is one, rank 0 sees. */
static agr_status begin(const request *asked, agr_error *err)
{
    if (asked->plots == NULL)
        return cli_speaks() ? inspect(asked, err) : AGR_OK;
    agr_world *world;
    AGR_TRY(agr_world_start(&world, err));
    return cli_end_world(world, inspect_together(world, asked, err), err);
}

/* What is asked of a configuration is told before anything is shown. */
static agr_status begin_configured(request *asked, agr_error *err)
{
    if (asked->n_augmented == 0)
        return begin(asked, err);
    AGR_TRY(agr_config_load(&asked->config, asked->config_name, asked->overrides.item,
                            asked->overrides.n, err));
    const agr_status status = begin(asked, err);
    agr_config_release(&asked->config);
    return status;
}

agr_status cmd_inspect(int argc, char **argv, agr_error *err)
{
    enum { N_OPTIONS = 7 };
    static request asked;
    cli_option options[N_OPTIONS + JUDGE_N_OPTIONS + JUDGE_N_SLICE_OPTIONS] = {
        {"plots", 0, CLI_TEXT, "DIR", &asked.plots,
         "write charts (SVG); of a dataset: every label, and every number by every class; of a "
         "run: curves, teams over time, and on its validation pictures confusion, reliability, "
         "numbers "
         "said against labelled, slices with intervals, the worst mistakes"},
        {"samples", 0, CLI_INTEGER, "N", &asked.n_samples,
         "write a sheet of N labelled pictures, samples.svg, into DIR (plots)", .min = 1,
         .max = 2000},
        {"augmented", 0, CLI_INTEGER, "N", &asked.n_augmented,
         "write a sheet of N pictures as training sees them, augmented.svg, into DIR (plots)",
         .min = 1, .max = 500},
        {"config", 'c', CLI_TEXT, "FILE", &asked.config_name,
         "of --augmented: whose augmentation, a configuration file or the name of a built-in one; "
         "of a list, the first value"},
        {"set", 0, CLI_SET, "KEY=VALUE", &asked.overrides,
         "of --augmented: change one setting; may be repeated"},
        {"json", 0, CLI_FLAG, NULL, &asked.json, "print JSON"},
        {"digest", 0, CLI_FLAG, NULL, &asked.digest,
         "print one line a branch: a number that stands for all of its weights, moments and "
         "history; of a dataset, its fingerprint"},
    };
    const cli_syntax syntax = {
        .verb = "inspect",
        .positionals = "[FILE.h5|RUN]",
        .max_positionals = 1,
        .summary =
            "Shows what is in a dataset (datasets/faces.h5) or in a checkpoint, or how a run "
            "stands, from its first moment on.",
        .option = options,
        .n_options = CLI_COUNT(options),
    };
    cli_arguments arguments;
    asked.path = "datasets/faces.h5";
    judge_options_add(&asked.judge, options + N_OPTIONS);
    judge_options_add_slices(&asked.judge, AGR_SLICING_ALL, options + N_OPTIONS + JUDGE_N_OPTIONS);
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(check_options(&asked, err));
    if (arguments.n > 0)
        asked.path = arguments.item[0];
    return begin_configured(&asked, err);
}
