/* agr-mpi train: what a run is to be - configuration, dataset, folder, start or resume - and the
 * run. */
#include "cli.h"
#include "options.h"
#include "setup.h"
#include "stop.h"
#include "train_display.h"

#include <agr/base/clock.h>
#include <agr/base/log.h>
#include <agr/base/parse.h>
#include <agr/store/checkpoint.h>
#include <agr/train/run.h>
#include <agr/train/start.h>
#include <agr/train/units.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N_EPOCH_OPTION_BYTES = 32, N_HINT_BYTES = 160 };

typedef struct {
    const char *config;
    const char *run;
    const char *resume; /* NULL, "" or "auto" */
    const char *init;
    const char *epochs; /* "N" or "+N" */
    const char *lr;
    bool reset_optimiser;
    bool new_data;
    bool restart_schedule;
    double max_time_s;
    int progress;
    const volatile sig_atomic_t *stop;
    cli_overrides overrides;
} train_options;

/* Seconds until the batch system ends the job, less a margin to write; 0 when it does not say. */
static double seconds_to_job_end(void)
{
    const char *end = getenv("SLURM_JOB_END_TIME");
    enum { MARGIN_S = 120 };
    int64_t end_s;
    if (end == NULL || !agr_parse_int(end, &end_s))
        return 0;
    const double left_s = (double)(end_s - (int64_t)time(NULL)) - MARGIN_S;
    return left_s > 1 ? left_s : 1;
}

/* runs/NAME, where NAME is the configuration's: another recipe goes into another folder. */
static agr_status choose_run(train_options *options, char folder[AGR_PATH_BYTES], agr_error *err)
{
    char name[AGR_PATH_BYTES];
    if (options->run != NULL)
        return AGR_OK;
    snprintf(name, sizeof name, "%s", options->config != NULL ? options->config : "seed");
    char *ending = strrchr(name, '.');
    if (ending != NULL && (strcmp(ending, ".yaml") == 0 || strcmp(ending, ".yml") == 0))
        *ending = '\0';
    AGR_TRY(agr_path_join(folder, "runs", agr_path_name(name), err));
    options->run = folder;
    return AGR_OK;
}

static agr_resume resume_kind(const train_options *options, agr_error *err, agr_status *status)
{
    *status = AGR_OK;
    if (options->resume == NULL)
        return AGR_RESUME_NEVER;
    if (options->resume[0] == '\0')
        return AGR_RESUME_MUST;
    if (strcmp(options->resume, "auto") != 0)
        *status = agr_error_set(err, AGR_USAGE, "--resume: expected nothing or 'auto', found '%s'",
                                options->resume);
    return AGR_RESUME_AUTO;
}

/* Options that would do nothing are mistakes. */
static agr_status check_options(const train_options *options, agr_resume resume, agr_error *err)
{
    if (options->reset_optimiser && resume == AGR_RESUME_NEVER)
        return agr_error_set(err, AGR_USAGE, "--reset-optimizer: expected --resume beside it");
    if (options->new_data && resume == AGR_RESUME_NEVER)
        return agr_error_set(err, AGR_USAGE, "--new-data: expected --resume beside it");
    if (options->init != NULL && resume == AGR_RESUME_MUST)
        return agr_error_set(err, AGR_USAGE,
                             "--init: a run that is resumed goes on from its own weights");
    return AGR_OK;
}

static agr_status add_override(cli_overrides *overrides, const char *key, const char *value,
                               const char *origin, agr_error *err)
{
    if (overrides->n == CLI_MAX_OVERRIDES)
        return agr_error_set(err, AGR_USAGE, "%s: expected at most %d settings in one call", origin,
                             CLI_MAX_OVERRIDES);
    overrides->item[overrides->n++] = (agr_config_override){key, value, origin};
    return AGR_OK;
}

/* --epochs is for all branches alike, unless --set says otherwise: what comes later wins. */
static agr_status level_epochs(cli_overrides *overrides, agr_error *err)
{
    AGR_TRY(add_override(overrides, "train.branch_epochs", "none", "--epochs", err));
    const agr_config_override last = overrides->item[overrides->n - 1];
    memmove(&overrides->item[1], &overrides->item[0],
            (size_t)(overrides->n - 1) * sizeof overrides->item[0]);
    overrides->item[0] = last;
    return AGR_OK;
}

static agr_status load_before(const cli_config_source *source, agr_config *before, agr_error *err)
{
    if (source->yaml != NULL && source->name == NULL)
        return agr_config_parse(before, source->yaml, strlen(source->yaml), source->yaml_origin,
                                NULL, 0, err);
    return agr_config_load(before, source->name, NULL, 0, err);
}

/* "--epochs +50" counts from what the run was configured for. */
static agr_status add_epochs(train_options *options, const cli_config_source *source,
                             char text[N_EPOCH_OPTION_BYTES], agr_error *err)
{
    enum { MOST = 1000000 };
    const char *wish = options->epochs;
    int64_t more;
    if (wish == NULL)
        return AGR_OK;
    AGR_TRY(level_epochs(&options->overrides, err));
    if (wish[0] != '+')
        return add_override(&options->overrides, "train.epochs", wish, "--epochs", err);
    if (!agr_parse_int(wish + 1, &more) || more < 1 || more > MOST)
        return agr_error_set(err, AGR_USAGE, "--epochs: expected N or +N, found '%s'", wish);
    agr_config before;
    AGR_TRY(load_before(source, &before, err));
    snprintf(text, N_EPOCH_OPTION_BYTES, "%lld", (long long)before.train.epochs + (long long)more);
    agr_config_release(&before);
    return add_override(&options->overrides, "train.epochs", text, "--epochs", err);
}

/* The checkpoint of the run to be resumed, for its configuration; NULL when there is none. Whether
 * it is sound all through is asked, and said, when the run is opened. */
static agr_status open_old_run(const train_options *options, agr_checkpoint **old, agr_error *err)
{
    agr_error previous_error;
    char path[AGR_PATH_BYTES];
    *old = NULL;
    if (options->resume == NULL)
        return AGR_OK;
    AGR_TRY(agr_path_join(path, options->run, "checkpoint.h5", err));
    const agr_status status = agr_checkpoint_open(path, old, err);
    if (status == AGR_OK || status == AGR_NOT_FOUND)
        return AGR_OK; /* without one the run starts, or says that there is nothing to go on from */
    if (status == AGR_INPUT)
        return status; /* edited by hand, not damaged */
    AGR_TRY(agr_path_join(path, options->run, "checkpoint.h5.prev", err));
    return agr_checkpoint_open(path, old, &previous_error) == AGR_OK ? AGR_OK : status;
}

/* --lr restarts the schedule, once: when a batch system repeats the same command, the run already
 * learns at this rate and goes on. */
static bool restarts_schedule(const train_options *options, const char *old_config)
{
    agr_config before;
    agr_error ignored;
    double rate;
    if (options->lr == NULL || !agr_parse_number(options->lr, &rate))
        return false;
    if (agr_config_parse(&before, old_config, strlen(old_config), "", NULL, 0, &ignored) != AGR_OK)
        return true;
    const bool is_new = before.optimizer.lr != rate;
    agr_config_release(&before);
    return is_new;
}

static agr_status share_config(agr_world *world, train_options *options, agr_config *config,
                               agr_error *err)
{
    agr_group *group = agr_world_group(world);
    cli_config_source source = {.name = options->config, .overrides = &options->overrides};
    char epochs[N_EPOCH_OPTION_BYTES];
    int64_t restarts = 0;
    agr_checkpoint *old = NULL;
    agr_status status = AGR_OK;
    if (agr_world_rank(world) == 0) {
        status = open_old_run(options, &old, err);
        const char *text = old != NULL ? agr_checkpoint_about(old)->config : "";
        if (text[0] != '\0') {
            source.yaml = text;
            source.yaml_origin = "the checkpoint's configuration";
        }
        restarts = restarts_schedule(options, text);
        if (status == AGR_OK)
            status = add_epochs(options, &source, epochs, err);
    }
    status = agr_agree(group, status, err);
    if (status == AGR_OK)
        status = cli_share_config(world, &source, config, err);
    if (status == AGR_OK)
        status = agr_group_max(group, &restarts, 1, err);
    options->restart_schedule = restarts != 0;
    agr_checkpoint_close(old);
    return status;
}

/* What the configuration leaves to the data. Collective. */
static agr_status settle(agr_world *world, const agr_dataset *dataset, agr_config *config,
                         agr_error *err)
{
    agr_training_set set;
    agr_status status = agr_training_set_of_columns(dataset, &set, err);
    if (status == AGR_OK)
        status = agr_settle_units(config, &set, err);
    return agr_agree(agr_world_group(world), status, err);
}

/* What to do instead of a run that takes long; NULL when it is the short recipe already. */
static const char *name_shorter(const train_options *options, const agr_config *config,
                                char text[N_HINT_BYTES])
{
    static const char recipe[] = "quick";
    agr_config quick;
    agr_error ignored;
    if ((options->config != NULL && strcmp(options->config, recipe) == 0) ||
        agr_config_load(&quick, recipe, NULL, 0, &ignored) != AGR_OK)
        return NULL;
    snprintf(text, N_HINT_BYTES,
             "'-c %s' trains %d epochs instead of %d, '--max-time 1h' stops and can be resumed",
             recipe, quick.train.epochs, config->train.epochs);
    agr_config_release(&quick);
    return text;
}

/* init: a checkpoint, or NULL. */
static agr_status train_on(agr_world *world, const train_options *options, const agr_config *config,
                           agr_resume resume, const char *init, const agr_dataset *dataset,
                           agr_error *err)
{
    train_display display;
    char shorter[N_HINT_BYTES];
    train_display_begin(&display, (display_kind)options->progress);
    const double limit_s = options->max_time_s > 0 ? options->max_time_s : seconds_to_job_end();
    const agr_run_options run = {
        .config = config,
        .dataset = dataset,
        .folder = options->run,
        .resume = resume,
        .init = init,
        .restart_schedule = options->restart_schedule,
        .reset_optimiser = options->reset_optimiser,
        .welcomes_new_data = options->new_data,
        .stop = options->stop,
        .deadline_s = limit_s > 0 ? agr_clock_s() + limit_s : 0,
        .shorter = name_shorter(options, config, shorter),
        .line = train_display_line,
        .watch = train_display_watch,
        .context = &display,
    };
    const agr_status status = agr_run_train(world, &run, err);
    train_display_end(&display);
    return status;
}

static agr_status train(agr_world *world, const train_options *options, agr_config *config,
                        agr_resume resume, agr_error *err)
{
    agr_dataset *dataset;
    char init[AGR_PATH_BYTES];
    if (options->init != NULL)
        AGR_TRY(agr_checkpoint_locate(options->init, init, err));
    AGR_TRY(agr_start_gemm(world, config, err));
    cli_end_on_bus_errors(agr_world_rank(world));
    AGR_TRY(agr_start_dataset(world, config->data.path, &dataset, err));
    agr_status status = settle(world, dataset, config, err);
    if (status == AGR_OK)
        status = train_on(world, options, config, resume, options->init != NULL ? init : NULL,
                          dataset, err);
    agr_dataset_close(dataset);
    return status;
}

agr_status cmd_train(int argc, char **argv, agr_error *err)
{
    static const char *const progress[] = {"auto", "live", "plain", "none", NULL};
    static train_options o;
    static char folder[AGR_PATH_BYTES];
    cli_overrides *set = &o.overrides;
    const cli_option option[] = {
        {"config", 'c', CLI_TEXT, "FILE", &o.config,
         "a file, or a built-in name (seed, quick, best)"},
        {"data", 0, CLI_SETTING, "FILE", set, "the dataset", .key = "data.path"},
        {"run", 0, CLI_TEXT, "DIR", &o.run,
         "folder of the run (default runs/NAME of the configuration: runs/seed)"},
        {"set", 0, CLI_SET, "KEY=VALUE", set, "change one setting; may be repeated"},
        {"branches", 0, CLI_SETTING, "LIST", set, "train only these", .key = "train.branches"},
        {"replicas", 0, CLI_SETTING, "N", set, "of each branch, from as many seeds",
         .key = "train.replicas"},
        {"folds", 0, CLI_SETTING, "K", set, "cross-validate each branch on so many parts",
         .key = "train.folds"},
        {"epochs", 0, CLI_TEXT, "N|+N", &o.epochs, "total number of epochs, or how many more"},
        {"seed", 0, CLI_SETTING, "N", set, "seed of everything random", .key = "seed"},
        {"lr", 0, CLI_TEXT, "RATE", &o.lr,
         "learning rate; when resuming, the schedule restarts with it"},
        {"resume", 0, CLI_OPTIONAL, "auto", &o.resume,
         "go on with the run; =auto: or start it when there is nothing to go on from"},
        {"reset-optimizer", 0, CLI_FLAG, NULL, &o.reset_optimiser,
         "when resuming, forget the optimizer's state"},
        {"new-data", 0, CLI_FLAG, NULL, &o.new_data,
         "when resuming, go on with another dataset than before"},
        {"init", 0, CLI_TEXT, "FILE", &o.init, "start from the weights of this checkpoint"},
        {"placement", 0, CLI_SETTING, "PLAN", set,
         "ranks of each branch, BRANCH:RANKS,..., or one-per-rank", .key = "comm.placement"},
        {"threads", 0, CLI_SETTING, "N", set, "threads of each rank", .key = "threads"},
        {"max-time", 0, CLI_DURATION, "TIME", &o.max_time_s,
         "stop after this long (30m, 8h) with a checkpoint; default: the batch job's end"},
        {"progress", 0, CLI_CHOICE, "KIND", &o.progress,
         "live (rows that move), plain, none, or auto: live on a terminal", .choices = progress},
    };
    const cli_syntax syntax = {
        .verb = "train",
        .positionals = "",
        .summary = "Trains the branches of a configuration on all ranks, branches independently of "
                   "each other. Without arguments: the tutorial's recipe on datasets/faces.h5.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    cli_arguments arguments;
    agr_status status;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    const agr_resume resume = resume_kind(&o, err, &status);
    AGR_TRY(status);
    AGR_TRY(check_options(&o, resume, err));
    AGR_TRY(choose_run(&o, folder, err));
    if (o.lr != NULL)
        AGR_TRY(add_override(set, "optimizer.lr", o.lr, "--lr", err));
    o.stop = cli_catch_stop();

    agr_world *world;
    agr_config config;
    AGR_TRY(agr_world_start(&world, err));
    status = share_config(world, &o, &config, err);
    if (status == AGR_OK) {
        status = train(world, &o, &config, resume, err);
        agr_config_release(&config);
    }
    return cli_end_world(world, status, err);
}
