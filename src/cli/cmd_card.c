/* agr-mpi card: a model card of a run. */
#include "cli.h"
#include "judge_options.h"
#include "options.h"
#include "setup.h"

#include <agr/report/card.h>

static agr_status write_card(const agr_evaluation *e, const char *run, const char *path,
                             agr_error *err)
{
    agr_text markdown = {0};
    const agr_status status = agr_card_make(e, run, &markdown, err);
    if (status == AGR_OK)
        return cli_write_text(&markdown, path, err);
    agr_text_release(&markdown);
    return status;
}

static agr_status make_card(agr_evaluation *e, agr_world *world,
                            const agr_evaluation_request *request, const char *output,
                            agr_error *err)
{
    cli_end_on_bus_errors(agr_world_rank(world));
    AGR_TRY(agr_evaluation_run(e, world, request, err));
    const agr_status written = agr_world_rank(world) == 0
                                   ? write_card(e, request->models.checkpoint, output, err)
                                   : AGR_OK;
    return agr_agree(agr_world_group(world), written, err);
}

agr_status cmd_card(int argc, char **argv, agr_error *err)
{
    const char *output = "-";
    judge_options judge;
    cli_option option[1 + JUDGE_N_OPTIONS + JUDGE_N_SLICE_OPTIONS] = {
        {"output", 'o', CLI_TEXT, "FILE.md", &output,
         "where the card goes (default '-': standard output)"},
    };
    const cli_syntax syntax = {
        .verb = "card",
        .positionals = "[RUN]",
        .max_positionals = 1,
        .summary = "Writes a model card in Markdown from a checkpoint or run (runs/seed) and an "
                   "evaluation of it: what the model is, what its labels mean, its data and their "
                   "faults, how good it is beside a guess that does not look, what it must not be "
                   "used for, digests. Nothing stands in it that was not measured.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    static agr_evaluation e;
    static agr_evaluation_request request;
    agr_world *world;
    cli_arguments arguments;
    judge_options_add(&judge, option + 1);
    judge_options_add_slices(&judge, AGR_SLICING_ALL, option + 1 + JUDGE_N_OPTIONS);
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(judge_options_read(&judge, &request, err));
    request.models.checkpoint = arguments.n > 0 ? arguments.item[0] : "runs/seed";
    AGR_TRY(agr_world_start(&world, err));
    const agr_status status = make_card(&e, world, &request, output, err);
    agr_evaluation_release(&e);
    return cli_end_world(world, status, err);
}
