/* Keeps rank 0's books: history, teams, stops, and what people are told. */
#include "registrar_books_impl.h"

#include "team_events_impl.h"

#include <stdlib.h>

static agr_status open_archive(registrar *r, agr_error *err)
{
    const archive_plan plan = {.folder = r->folder,
                               .mailbox = r->mailbox,
                               .info = &r->info,
                               .branch = r->branch,
                               .n_branches = r->n_branches,
                               .history = r->history,
                               .every_s = r->options->config->checkpoint.every};
    return archive_create(&plan, &r->archive, err);
}

agr_status registrar_create(const agr_run_options *options, const agr_training_set *set,
                            agr_run_folder *folder, agr_mailbox *mailbox, const char *resume_from,
                            registrar **out, agr_error *err)
{
    registrar *r = calloc(1, sizeof *r);
    if (r == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    r->options = options;
    r->set = set;
    r->folder = folder;
    r->mailbox = mailbox;
    r->n_branches = options->config->n_branches;
    agr_status status;
    AGR_TRY_GOTO(status, registrar_describe_run(r, err), failed);
    AGR_TRY_GOTO(status, registrar_describe_branches(r, err), failed);
    AGR_TRY_GOTO(status, open_archive(r, err), failed);
    if (resume_from != NULL)
        AGR_TRY_GOTO(status, registrar_recall(r, resume_from, err), failed);
    else
        AGR_TRY_GOTO(status, lineage_begin(&r->lineage, options->dataset, err), failed);
    r->info.datasets = r->lineage.dataset;
    r->info.n_datasets = r->lineage.n;
    *out = r;
    return AGR_OK;
failed:
    registrar_destroy(r);
    return status;
}

void registrar_destroy(registrar *r)
{
    if (r == NULL)
        return;
    archive_destroy(r->archive);
    tensorboard_destroy(r->tensorboard);
    agr_board_destroy(r->board);
    agr_history_destroy(r->history);
    for (int b = 0; b < r->n_branches; b++)
        agr_trainee_destroy(r->about[b]);
    lineage_release(&r->lineage);
    agr_text_release(&r->config_text);
    agr_text_release(&r->preprocessing);
    for (int b = 0; b < r->n_branches; b++)
        agr_text_release(&r->settings[b]);
    free(r);
}

static void begin_outlook(registrar *r, const agr_placement_input *input)
{
    outlook_branch about[MAX_BRANCHES];
    for (int b = 0; b < r->n_branches; b++) {
        const agr_trainee *trainee = r->about[b];
        about[b] =
            (outlook_branch){.name = r->branch[b].name,
                             .metric = agr_trainee_history_branch(r->about[b]).head[0].metric,
                             .epoch = agr_trainee_position(trainee)->epoch,
                             .n_epochs = agr_trainee_epochs(trainee),
                             .all_images = agr_trainee_images_all(trainee)};
    }
    outlook_begin(&r->outlook, input, r->board, about);
    agr_history_total total;
    if (r->totals_said > 0 && agr_history_total_of(r->history, r->totals_said, &total))
        outlook_total(&r->outlook, r->totals_said, total.loss);
}

/* For people, with the origin of each value; what the checkpoint holds is the same without. */
static agr_status write_config(registrar *r, agr_error *err)
{
    agr_text yaml = {0};
    agr_config_yaml(r->options->config, AGR_CONFIG_WITH_ORIGINS, &yaml);
    const agr_status status = yaml.failed
                                  ? agr_error_set(err, AGR_MEMORY, "cannot allocate memory")
                                  : agr_run_folder_write(r->folder, "config.yaml", yaml.data, err);
    agr_text_release(&yaml);
    return status;
}

/* The log and people are told in short; the event has all of it. */
static void tell_placement(registrar *r, const agr_placement_input *input,
                           const agr_placement *placement)
{
    agr_text whole = {0}, in_short = {0};
    agr_placement_describe(input, placement, &whole);
    agr_placement_sum_up(input, placement, &in_short);
    const bool is_known = placement->n_teams > 0 && !whole.failed && !in_short.failed;
    agr_run_folder_event(r->folder, "start",
                         "\"ranks\": %d, \"placement\": \"%s\", \"in_short\": \"%s\"",
                         input->n_ranks, is_known ? whole.data : "", is_known ? in_short.data : "");
    for (int t = 0; t < placement->n_teams; t++)
        team_event_formed(r->folder, input, placement, t);
    if (placement->n_teams == 0)
        registrar_say(r, "placement: nothing left to train: all branches have had their epochs "
                         "(--epochs +N adds)");
    else if (is_known)
        registrar_say(r, "placement: %s", in_short.data);
    agr_text_release(&whole);
    agr_text_release(&in_short);
}

agr_status registrar_begin(registrar *r, const agr_placement_input *input,
                           const agr_placement *placement, agr_error *err)
{
    AGR_TRY(write_config(r, err));
    if (r->is_resumed)
        registrar_say_positions(r);
    registrar_say_balance(r);
    tell_placement(r, input, placement);
    r->n_teams = placement->n_teams;
    AGR_TRY(agr_board_create(input, placement, &r->board, err));
    r->rungs_are_due = true; /* a verdict of the run resumed from may not have reached its member */
    begin_outlook(r, input);
    registrar_say_outlook(r);
    registrar_show(r);
    return AGR_OK;
}

double registrar_images_left(const registrar *r, int branch)
{
    return agr_trainee_images_left(r->about[branch]);
}

archive *registrar_archive(registrar *r)
{
    return r->archive;
}

agr_status registrar_verdict(const registrar *r, agr_error *err)
{
    return r->has_stopped
               ? agr_error_set(err, AGR_STOPPED, "stopped on request; go on with --resume")
               : AGR_OK;
}
