/* agr-mpi inspect: asks what a file is, and has it described. */
#include "cli.h"
#include "inspect.h"
#include "options.h"
#include "setup.h"

#include <agr/base/file.h>
#include <agr/base/parse.h>
#include <agr/store/checkpoint.h>
#include <agr/store/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

typedef struct {
    const char *path, *plots;
    int64_t n_samples, n_augmented;
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
        AGR_TRY(inspect_write_augmented(all, folder, asked->n_augmented, err));
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

static agr_status show_checkpoint(const char *path, const request *asked, agr_error *err)
{
    const char *option = asked->plots != NULL     ? "plots"
                         : asked->n_samples > 0   ? "samples"
                         : asked->n_augmented > 0 ? "augmented"
                                                  : NULL;
    if (option != NULL)
        return agr_error_set(err, AGR_USAGE, "--%s: expected a dataset, found checkpoint '%s'",
                             option, path);
    if (asked->digest)
        return inspect_print_checkpoint_digest(path, err);
    return inspect_checkpoint(path, asked->json, err);
}

static agr_status show_run(const request *asked, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    AGR_TRY(agr_checkpoint_locate(asked->path, path, err));
    if (agr_path_exists(path))
        return show_checkpoint(path, asked, err);
    agr_error_set(err, AGR_NOT_FOUND, "folder '%s' is no run: it holds no checkpoint.h5",
                  asked->path);
    return agr_error_hint(err, "pictures become a dataset first: agr-mpi prepare %s", asked->path);
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
        return show_checkpoint(asked->path, asked, err);
    cli_end_on_bus_errors(0);
    return inspect_dataset(asked, err);
}

agr_status cmd_inspect(int argc, char **argv, agr_error *err)
{
    request asked = {.path = "datasets/faces.h5"};
    const cli_option options[] = {
        {"plots", 0, CLI_TEXT, "DIR", &asked.plots,
         "write charts (SVG): every label, and every number by every class"},
        {"samples", 0, CLI_INTEGER, "N", &asked.n_samples,
         "write a sheet of N labelled pictures, samples.svg, into DIR (plots)", .min = 1,
         .max = 2000},
        {"augmented", 0, CLI_INTEGER, "N", &asked.n_augmented,
         "write a sheet of N pictures as training sees them, augmented.svg, into DIR (plots)",
         .min = 1, .max = 500},
        {"json", 0, CLI_FLAG, NULL, &asked.json, "print JSON"},
        {"digest", 0, CLI_FLAG, NULL, &asked.digest,
         "print one line a branch: a number that stands for all of its weights, moments and "
         "history; of a dataset, its fingerprint"},
    };
    const cli_syntax syntax = {
        .verb = "inspect",
        .positionals = "[FILE.h5|RUN]",
        .max_positionals = 1,
        .summary = "Shows what is in a dataset (datasets/faces.h5) or in a checkpoint or run.",
        .option = options,
        .n_options = CLI_COUNT(options),
    };
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    if (asked.json && asked.digest)
        return agr_error_set(err, AGR_USAGE, "--json and --digest: expected one of them");
    if (arguments.n > 0)
        asked.path = arguments.item[0];
    return inspect(&asked, err);
}
