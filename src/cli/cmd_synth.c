/* agr-mpi synth: writes the synthetic set. */
#include "cli.h"
#include "options.h"
#include "progress.h"

#include <agr/base/clock.h>
#include <agr/base/cpu.h>
#include <agr/base/pool.h>
#include <agr/data/synth.h>
#include <stdio.h>

static void show_progress(void *context, int64_t n_done, int64_t count)
{
    cli_progress_update(context, n_done, count);
}

agr_status cmd_synth(int argc, char **argv, agr_error *err)
{
    int64_t count = 2000, seed = 1, n_threads = agr_cpu_available();
    const cli_option options[] = {
        {"count", 'n', CLI_INTEGER, "N", &count, "how many pictures (2000)", .min = 1,
         .max = AGR_SYNTH_MAX_COUNT},
        {"seed", 's', CLI_INTEGER, "S", &seed, "another seed, other pictures (1)", .max = 1e15},
        {"threads", 't', CLI_INTEGER, "T", &n_threads, "threads; any number, the same files",
         .min = 1, .max = 1024},
    };
    const cli_syntax syntax = {
        .verb = "synth",
        .positionals = "DIR",
        .min_positionals = 1,
        .max_positionals = 1,
        .summary =
            "Draws labelled pictures of 200x200 pixels into a new folder: abstract glyphs with "
            "UTKFace's names and label counts, and labels.csv with a fourth label, eye_color.",
        .option = options,
        .n_options = CLI_COUNT(options),
    };
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;

    agr_pool *pool = NULL;
    AGR_TRY(agr_pool_create((int)n_threads, &pool, err));
    const double begin_s = agr_clock_s();
    cli_progress progress;
    cli_progress_begin(&progress, "pictures", 0);
    const agr_synth_options task = {.folder = arguments.item[0],
                                    .count = count,
                                    .seed = (uint64_t)seed,
                                    .pool = pool,
                                    .progress = show_progress,
                                    .progress_context = &progress};
    const agr_status status = agr_synth_write(&task, err);
    cli_progress_end(&progress);
    agr_pool_destroy(pool);
    if (status != AGR_OK)
        return status;
    const double elapsed_s = agr_clock_s() - begin_s;
    printf("%s: %lld pictures and labels.csv in %.1f s, %.0f a second\n", arguments.item[0],
           (long long)count, elapsed_s, (double)count / elapsed_s);
    return AGR_OK;
}
