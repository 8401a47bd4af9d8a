/* Keeps rank 0's books: history, teams, stops, and what people are told. */
#include "registrar_impl.h"

#include "baseline_impl.h"
#include "lineage_impl.h"
#include "outlook_impl.h"
#include "team_events_impl.h"
#include "tensorboard_impl.h"
#include "weighing_impl.h"

#include <agr/base/clock.h>
#include <agr/base/duration.h>
#include <agr/base/log.h>
#include <agr/kernels/isa.h>
#include <agr/train/description.h>
#include <agr/train/classes.h>
#include <agr/train/halving.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BRANCHES = AGR_PLACEMENT_MAX_BRANCHES, HISTORY_INTERVAL_S = 1 };

struct registrar {
    const agr_run_options *options;
    const agr_training_set *set; /* borrowed */
    agr_run_folder *folder;      /* borrowed */
    agr_mailbox *mailbox;        /* borrowed */
    int n_branches;
    agr_trainee *about[MAX_BRANCHES]; /* owned; never planned: what the branches are,
                                         and where the checkpoint resumed from has them */
    baseline baseline[MAX_BRANCHES][AGR_MAX_HEADS];
    agr_history *history;
    int64_t totals_said;   /* epochs whose total was printed */
    bool history_is_newer; /* than history.csv */
    bool history_failed;   /* to be written, and that was said */
    double history_written_s;
    bool is_resumed;
    archive *archive;
    tensorboard *tensorboard; /* NULL: not asked for */

    agr_board *board;   /* NULL before registrar_begin() */
    outlook outlook;    /* from there on */
    bool rungs_are_due; /* epochs were added since train.halving was looked at */
    agr_halving_verdicts verdicts;
    bool has_news; /* mail was taken since the last registrar_work() */
    int n_teams;
    bool team_ended[MAX_BRANCHES];
    bool stop_is_asked_for; /* somebody was asked: no more offers */
    bool stop_was_told;     /* to all leaders */
    bool has_stopped;       /* some team, with work left */

    agr_text config_text, preprocessing, settings[MAX_BRANCHES];
    lineage lineage;
    char versions[128];
    agr_checkpoint_info info;
    agr_checkpoint_branch branch[MAX_BRANCHES];
    agr_checkpoint_head head[MAX_BRANCHES][AGR_MAX_HEADS];
};

/* ---- making and ending ---- */

static void describe_branch(registrar *r, int b)
{
    agr_network *network = agr_trainee_network(r->about[b]);
    agr_describe_heads(network, agr_trainee_set(r->about[b]), r->head[b]);
    r->branch[b] = (agr_checkpoint_branch){
        .name = agr_trainee_name(r->about[b]),
        .member = agr_describe_member(r->options->config, b, &r->settings[b]),
        .n_heads = agr_network_n_heads(network),
        .heads = r->head[b],
        .preprocessing = r->preprocessing.data};
}

static agr_status describe_run(registrar *r, agr_error *err)
{
    const agr_dataset *dataset = r->options->dataset;
    const agr_preprocessing preprocessing = agr_preprocessing_of(dataset);
    agr_config_yaml(r->options->config, AGR_CONFIG_PLAIN, &r->config_text);
    agr_preprocessing_write(&preprocessing, &r->preprocessing);
    if (r->config_text.failed || r->preprocessing.failed)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    snprintf(r->versions, sizeof r->versions, "agr-mpi %s", AGR_VERSION);
    r->info = (agr_checkpoint_info){
        .config = r->config_text.data,
        .kernel_set = agr_kernels_description(),
        .versions = r->versions,
        .dataset_fingerprint = agr_dataset_fingerprint(dataset),
        .seed = (uint64_t)r->options->config->seed,
    };
    return AGR_OK;
}

static agr_status find_baselines(registrar *r, int b, agr_error *err)
{
    const agr_network *network = agr_trainee_network(r->about[b]);
    for (int h = 0; h < agr_network_n_heads(network); h++)
        AGR_TRY(baseline_of(network, h, agr_trainee_set(r->about[b]),
                            agr_trainee_balance(r->about[b]), &r->baseline[b][h], err));
    return AGR_OK;
}

static agr_status describe_branches(registrar *r, agr_error *err)
{
    agr_history_branch branches[MAX_BRANCHES];
    for (int b = 0; b < r->n_branches; b++) {
        AGR_TRY(agr_trainee_create(r->options->config, b, r->set, &r->about[b], err));
        branches[b] = agr_trainee_history_branch(r->about[b]);
        describe_branch(r, b);
        AGR_TRY(find_baselines(r, b, err));
    }
    if (r->options->config->train.tensorboard)
        AGR_TRY(
            tensorboard_create(r->options->folder, branches, r->n_branches, &r->tensorboard, err));
    return agr_history_create(branches, r->n_branches, &r->history, err);
}

/* With other folds a branch would be judged on pictures that it was trained on before. */
static agr_status compare_folds(const registrar *r, const agr_config *before, agr_error *err)
{
    const int folds = r->options->config->train.folds;
    if (before->train.folds == folds || before->train.folds == 0 || folds == 0)
        return AGR_OK;
    agr_error_set(err, AGR_INPUT, "run '%s' was divided into %d folds: expected as many, found %d",
                  r->options->folder, before->train.folds, folds);
    return agr_error_hint(err, "--folds %d, or --run starts another run", before->train.folds);
}

/* How a run that is resumed differs from the one that was stopped, where that changes bits. */
static agr_status compare_runs(const registrar *r, const agr_checkpoint_info *old, agr_error *err)
{
    if (old->seed != r->info.seed)
        agr_log_warning("this run began with seed %llu and goes on with %llu",
                        (unsigned long long)old->seed, (unsigned long long)r->info.seed);
    agr_config before;
    agr_error ignored;
    if (agr_config_parse(&before, old->config, strlen(old->config), "", NULL, 0, &ignored) !=
        AGR_OK)
        return AGR_OK;
    const int micro_batch = r->options->config->data.micro_batch;
    if (before.data.micro_batch != micro_batch)
        agr_log_warning(
            "this run began with micro-batches of %d images and goes on with %d: results "
            "stay valid, but not the same to the last bit",
            before.data.micro_batch, micro_batch);
    if (before.compute.gemm != r->options->config->compute.gemm)
        agr_log_warning("this run began with another compute.gemm: results stay valid, but not the "
                        "same to the last bit");
    const agr_status status = compare_folds(r, &before, err);
    agr_config_release(&before);
    return status;
}

/* What a run cannot go on from, though the file is sound. */
static agr_status refuse_branch(const agr_checkpoint *checkpoint, agr_status status, agr_error *err)
{
    if (err->hint[0] == '\0')
        agr_error_hint(err, "edited by hand? put it right, or take the file from before");
    agr_error_context(err, "checkpoint '%s'", agr_checkpoint_path(checkpoint));
    return status;
}

/* How far the branch has come: its position in `about`, its rows in the history. */
static agr_status recall_branch(registrar *r, agr_checkpoint *checkpoint, int b, agr_error *err)
{
    agr_trainee *about = r->about[b];
    int in_file, slot;
    /* A branch that was never snapshot begins anew. */
    if (agr_checkpoint_find_branch(checkpoint, r->branch[b].name, &in_file, NULL) != AGR_OK ||
        agr_checkpoint_find_slot(checkpoint, in_file, "latest", &slot, NULL) != AGR_OK)
        return AGR_OK;
    const agr_checkpoint_branch *branch = agr_checkpoint_branch_at(checkpoint, in_file);
    AGR_TRY(agr_check_branch_classes(branch, r->set, err));
    AGR_TRY(agr_checkpoint_read(checkpoint, in_file, slot, agr_trainee_state(about),
                                AGR_PART_VALUES, err));
    const agr_position *p = agr_trainee_position(about);
    agr_status status = agr_trainee_restored(about, err);
    if (status == AGR_OK && p->phase != AGR_PHASE_ENDED && !r->options->reset_optimiser)
        status = agr_trainee_check_slots(
            about, &agr_checkpoint_slot_at(checkpoint, in_file, slot)->state, err);
    if (status == AGR_OK)
        status = agr_history_load(r->history, b, branch->history, p->epoch, err);
    if (status != AGR_OK)
        return refuse_branch(checkpoint, status, err);
    if (p->phase != AGR_PHASE_ENDED)
        agr_history_reopen(r->history, b);
    return AGR_OK;
}

/* A run keeps its branches: one that is left out would vanish from its history. */
static agr_status check_branches(const registrar *r, const agr_checkpoint *checkpoint,
                                 agr_error *err)
{
    for (int i = 0; i < agr_checkpoint_n_branches(checkpoint); i++) {
        const char *name = agr_checkpoint_branch_at(checkpoint, i)->name;
        bool is_known = false;
        for (int b = 0; b < r->n_branches; b++)
            is_known = is_known || strcmp(r->branch[b].name, name) == 0;
        if (is_known)
            continue;
        agr_error_set(err, AGR_INPUT,
                      "run '%s' holds branch '%s': expected it among the branches to train",
                      r->options->folder, name);
        return agr_error_hint(err,
                              "leave train.branches as it was; train.branch_epochs=%s:N keeps "
                              "a branch from training on, --run starts another run",
                              name);
    }
    return AGR_OK;
}

static agr_status recall_run(registrar *r, const char *path, agr_error *err)
{
    agr_checkpoint *checkpoint;
    AGR_TRY(agr_checkpoint_open(path, &checkpoint, err));
    agr_status status = compare_runs(r, agr_checkpoint_about(checkpoint), err);
    if (status == AGR_OK)
        status = check_branches(r, checkpoint, err);
    for (int b = 0; b < r->n_branches && status == AGR_OK; b++)
        status = recall_branch(r, checkpoint, b, err);
    if (status == AGR_OK) /* last: why another dataset cannot be says more than that it is one */
        status = lineage_continue(&r->lineage, checkpoint, r->options->dataset,
                                  r->options->welcomes_new_data, err);
    agr_checkpoint_close(checkpoint);
    agr_history_total total;
    while (agr_history_total_of(r->history, r->totals_said + 1, &total))
        r->totals_said++;
    r->history_is_newer = r->is_resumed = true;
    return status;
}

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
    AGR_TRY_GOTO(status, describe_run(r, err), failed);
    AGR_TRY_GOTO(status, describe_branches(r, err), failed);
    AGR_TRY_GOTO(status, open_archive(r, err), failed);
    if (resume_from != NULL)
        AGR_TRY_GOTO(status, recall_run(r, resume_from, err), failed);
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

/* Where the run goes on: what the checkpoint had kept. */
static void say_positions(registrar *r)
{
    agr_text line = {0};
    agr_text_add(&line, "resumed:");
    for (int b = 0; b < r->n_branches; b++) {
        agr_text_add(&line, "%s %s ", b > 0 ? ";" : "", r->branch[b].name);
        agr_position_describe(agr_trainee_state(r->about[b]), &line);
    }
    if (!line.failed)
        registrar_say(r, "%s", line.data);
    agr_text_release(&line);
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

/* What balance.by and balance.weights come to with these labels. */
static void say_balance(registrar *r)
{
    int n_weighted = 0;
    const agr_balance *balance = agr_trainee_balance(r->about[0]);
    if (balance->cells.n_cells > 0) {
        agr_text cells = {0};
        agr_balance_describe(balance, &cells);
        registrar_say(r, "balance by %s: %s", r->options->config->balance.by,
                      cells.failed ? "" : cells.data);
        agr_text_release(&cells);
    }
    for (int b = 0; b < r->n_branches; b++) {
        const agr_network *network = agr_trainee_network(r->about[b]);
        for (int h = 0; h < agr_network_n_heads(network); h++) {
            agr_text weights = {0};
            const bool weighted =
                weights_describe(network, h, agr_trainee_set(r->about[b]), &weights);
            if (weighted && !weights.failed)
                registrar_say(r, "class weights of %s: %s", agr_network_head(network, h)->name,
                              weights.data);
            agr_text_release(&weights);
            n_weighted += weighted;
        }
    }
    if (n_weighted == 0 && r->options->config->balance.weights != AGR_WEIGHTS_NONE)
        agr_log_warning("balance.weights weighs nothing here: no branch predicts classes");
}

static void show(registrar *r)
{
    if (r->options->watch != NULL)
        r->options->watch(r->options->context, outlook_view(&r->outlook));
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

/* Before anything is trained: what it will cost. */
static void say_outlook(registrar *r)
{
    enum { HOUR_S = 3600 };
    char left[AGR_DURATION_BYTES];
    agr_text branches = {0};
    const agr_outlook *view = outlook_view(&r->outlook);
    for (int b = 0; b < view->n_branches; b++)
        if (!view->branch[b].has_ended)
            agr_text_add(&branches, "%s %s %s", branches.length > 0 ? "," : ":",
                         view->branch[b].name, agr_duration_text(view->branch[b].left_s, left));
    if (view->total.left_s > 0 && !branches.failed)
        registrar_say(r, "about %s %s%s", agr_duration_text(view->total.left_s, left),
                      r->is_resumed ? "left" : "to the end", branches.data);
    if (view->total.left_s > HOUR_S && !r->is_resumed && r->options->shorter != NULL)
        registrar_say(r, "more than an hour: %s", r->options->shorter);
    agr_text_release(&branches);
}

agr_status registrar_begin(registrar *r, const agr_placement_input *input,
                           const agr_placement *placement, agr_error *err)
{
    char plan[512];
    AGR_TRY(write_config(r, err));
    if (r->is_resumed)
        say_positions(r);
    say_balance(r);
    agr_placement_describe(input, placement, plan, sizeof plan);
    agr_run_folder_event(r->folder, "start", "\"ranks\": %d, \"placement\": \"%s\"", input->n_ranks,
                         plan);
    for (int t = 0; t < placement->n_teams; t++)
        team_event_formed(r->folder, input, placement, t);
    registrar_say(r, "placement: %s",
                  placement->n_teams > 0
                      ? plan
                      : "nothing left to train: all branches have had their epochs (--epochs +N "
                        "adds)");
    r->n_teams = placement->n_teams;
    AGR_TRY(agr_board_create(input, placement, &r->board, err));
    r->rungs_are_due = true; /* a verdict of the run resumed from may not have reached its member */
    begin_outlook(r, input);
    say_outlook(r);
    show(r);
    return AGR_OK;
}

double registrar_images_left(const registrar *r, int branch)
{
    return agr_trainee_images_left(r->about[branch]);
}

void registrar_say(registrar *r, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    r->options->line(r->options->context, line);
    agr_run_folder_log(r->folder, line);
}

/* ---- mail ---- */

/* Losses of different branches add up to the run's. Those of a population's members say nothing
 * together. */
static bool adds_up(const registrar *r)
{
    for (int b = 0; b < r->n_branches; b++)
        if (!agr_member_is_alone(&r->options->config->branch[b].member))
            return false;
    return r->n_branches > 1;
}

static void say_totals(registrar *r)
{
    agr_history_total total;
    if (!adds_up(r))
        return;
    while (agr_history_total_of(r->history, r->totals_said + 1, &total)) {
        r->totals_said++;
        if (r->tensorboard != NULL)
            tensorboard_add_total(r->tensorboard, r->totals_said, &total);
        outlook_total(&r->outlook, r->totals_said, total.loss);
        const char *mark = total.carried ? "  (with the best of branches that have ended)" : "";
        if (isnan(total.validation_loss))
            registrar_say(r, "epoch %lld  total     loss %.4f%s", (long long)r->totals_said,
                          total.loss, mark);
        else
            registrar_say(r, "epoch %lld  total     loss %.4f  val_loss %.4f%s",
                          (long long)r->totals_said, total.loss, total.validation_loss, mark);
    }
}

/* What it achieved, and how long the branch still needs. */
static void say_epoch(registrar *r, const agr_epoch_report *report)
{
    char left[AGR_DURATION_BYTES];
    agr_text line = {0};
    const agr_standing *standing = &outlook_view(&r->outlook)->branch[report->branch];
    agr_history_line(r->history, report, agr_trainee_epochs(r->about[report->branch]), &line);
    if (report->ending == AGR_BRANCH_RUNNING)
        agr_text_add(&line, "  %s left", agr_duration_text(standing->left_s, left));
    if (!line.failed)
        registrar_say(r, "%s", line.data);
    agr_text_release(&line);
}

agr_status registrar_report(registrar *r, const agr_epoch_report *report, agr_error *err)
{
    AGR_TRY(agr_history_add(r->history, report, err));
    r->rungs_are_due = true;
    if (report->epoch == 1 && isnan(report->validation_loss))
        agr_log_warning(
            "branch '%s' has no labelled validation images: 'best' follows its training "
            "loss",
            r->branch[report->branch].name);
    r->history_is_newer = true;
    if (r->tensorboard != NULL)
        tensorboard_add_epoch(r->tensorboard, report);
    outlook_epoch(&r->outlook, report);
    say_epoch(r, report);
    for (int h = 0; h < r->branch[report->branch].n_heads; h++)
        baseline_judge(&r->baseline[report->branch][h], r->options->config, report, h);
    say_totals(r);
    show(r);
    agr_run_folder_event(r->folder, "epoch",
                         "\"branch\": \"%s\", \"epoch\": %lld, \"ranks\": %d, \"seconds\": %.3f",
                         r->branch[report->branch].name, (long long)report->epoch, report->n_ranks,
                         report->elapsed_s);
    return AGR_OK;
}

void registrar_pace(registrar *r, const agr_pace *pace)
{
    outlook_pace(&r->outlook, pace);
    show(r);
}

static void receive_pace(registrar *r, const agr_mail *mail)
{
    agr_pace pace;
    AGR_ASSERT(mail->n_bytes == sizeof pace);
    memcpy(&pace, mail->payload, sizeof pace);
    registrar_pace(r, &pace);
}

static agr_status receive_report(registrar *r, const agr_mail *mail, agr_error *err)
{
    agr_epoch_report report;
    AGR_ASSERT(mail->n_bytes == sizeof report);
    memcpy(&report, mail->payload, sizeof report);
    return registrar_report(r, &report, err);
}

static agr_status receive_answer(registrar *r, const agr_mail *mail, bool accepted, agr_error *err)
{
    agr_invitation invitation;
    AGR_TRY(agr_invitation_read(mail, &invitation, err));
    agr_board_answered(r->board, invitation.tag, accepted);
    if (accepted)
        team_event_changed(r->folder, &invitation);
    return AGR_OK;
}

static void end_team(registrar *r, const agr_mail *mail, bool finished)
{
    int32_t team;
    AGR_ASSERT(mail->n_bytes == sizeof team);
    memcpy(&team, mail->payload, sizeof team);
    r->team_ended[team] = true;
    if (finished)
        agr_board_finished(r->board, team);
    else
        r->stop_is_asked_for = r->has_stopped = true;
    agr_run_folder_event(r->folder, finished ? "team finished" : "team stopped", "\"team\": %d",
                         team);
}

agr_status registrar_receive(registrar *r, const agr_mail *mail, bool *taken, agr_error *err)
{
    *taken = r->has_news = true;
    switch (mail->kind) {
    case MAIL_REPORT:
        return receive_report(r, mail, err);
    case MAIL_PACE:
        receive_pace(r, mail);
        return AGR_OK;
    case MAIL_SNAPSHOT:
        return archive_receive(r->archive, mail, err);
    case MAIL_STOPPED:
        end_team(r, mail, false);
        return AGR_OK;
    case MAIL_ASKED:
        r->stop_is_asked_for = true;
        return AGR_OK;
    case AGR_MAIL_FINISHED:
        end_team(r, mail, true);
        return AGR_OK;
    case AGR_MAIL_PROGRESS: {
        agr_progress progress;
        AGR_ASSERT(mail->n_bytes == sizeof progress);
        memcpy(&progress, mail->payload, sizeof progress);
        agr_board_progress(r->board, progress.branch, progress.images_left);
        outlook_left(&r->outlook, progress.branch, progress.images_left);
        return AGR_OK;
    }
    case AGR_MAIL_REFUSED:
        return receive_answer(r, mail, false, err);
    case AGR_MAIL_ACCEPTED:
        return receive_answer(r, mail, true, err);
    default:
        *taken = false;
        return AGR_OK;
    }
}

static void say_best_of_branch(registrar *r, int b)
{
    const agr_epoch_report *best = agr_history_best(r->history, b);
    agr_text line = {0};
    if (best != NULL)
        agr_history_best_line(r->history, best, &line);
    else
        agr_text_add(&line, "best   %-8s  no epoch is complete", r->branch[b].name);
    if (!line.failed)
        registrar_say(r, "%s", line.data);
    agr_text_release(&line);
}

void registrar_say_best(registrar *r)
{
    for (int b = 0; b < r->n_branches; b++)
        say_best_of_branch(r, b);
    agr_history_total total;
    double bests;
    const int64_t epoch = agr_history_best_total(r->history, &total);
    if (adds_up(r) && epoch > 0 && agr_history_total_of_bests(r->history, &bests))
        registrar_say(r,
                      "best   total     epoch %lld  %.4f; the bests of the branches add up to %.4f",
                      (long long)epoch, agr_history_judged(&total), bests);
}

/* ---- what is due ---- */

/* Nothing more will be sent. */
static bool teams_have_ended(const registrar *r)
{
    for (int team = 0; team < r->n_teams; team++)
        if (!r->team_ended[team])
            return false;
    return true;
}

/* All that ever came is in the checkpoint. */
static bool file_is_complete(const registrar *r)
{
    return teams_have_ended(r) && archive_is_complete(r->archive);
}

static bool rungs_are_due(const registrar *r)
{
    return r->rungs_are_due && r->board != NULL && r->options->config->halving.n > 0;
}

static agr_status mail_leaders(registrar *r, int kind, const void *payload, size_t n_bytes,
                               agr_error *err)
{
    for (int team = 0; team < r->n_teams; team++)
        if (!r->team_ended[team])
            AGR_TRY(agr_mailbox_send(r->mailbox, agr_board_leader(r->board, team), kind, payload,
                                     n_bytes, err));
    return AGR_OK;
}

/* The file is only a view of what checkpoints hold, so training goes on without it; at the end a
 * failure counts. */
static agr_status write_history(registrar *r, agr_error *err)
{
    agr_text csv = {0};
    agr_history_csv(r->history, &csv);
    agr_status status = csv.failed ? agr_error_set(err, AGR_MEMORY, "cannot allocate memory")
                                   : agr_run_folder_write(r->folder, "history.csv", csv.data, err);
    agr_text_release(&csv);
    r->history_written_s = agr_clock_s();
    if (status == AGR_OK || file_is_complete(r)) {
        r->history_is_newer = r->history_failed = false;
        return status;
    }
    if (!r->history_failed)
        agr_log_warning("%s; training goes on", err->text);
    r->history_failed = true;
    return AGR_OK;
}

static bool history_is_due(const registrar *r)
{
    return r->history_is_newer &&
           (file_is_complete(r) || agr_clock_s() - r->history_written_s > HISTORY_INTERVAL_S);
}

/* A member that stands at the rung hears that it ends; one that had heard before is not told again. */
static void end_member(registrar *r, int b, const agr_halving_standing *standing)
{
    const agr_epoch_report *last = agr_history_last(r->history, b);
    if (last->epoch != standing->ends_at || last->ending != AGR_BRANCH_RUNNING)
        return;
    agr_history_end(r->history, b, AGR_BRANCH_HALVED);
    r->history_is_newer = true;
    registrar_say(r, "%s ends after epoch %d: place %d of %d, %d go on", r->branch[b].name,
                  standing->ends_at, standing->place, standing->n_rivals, standing->n_kept);
    agr_run_folder_event(r->folder, "halved",
                         "\"branch\": \"%s\", \"epoch\": %d, \"place\": %d, \"rivals\": %d",
                         r->branch[b].name, standing->ends_at, standing->place, standing->n_rivals);
}

/* Settles what rungs of train.halving can be, and tells the leaders. */
static agr_status settle_rungs(registrar *r, agr_error *err)
{
    agr_halving_standing standing[MAX_BRANCHES];
    agr_halving_verdicts verdicts = {0};
    if (!rungs_are_due(r))
        return AGR_OK;
    r->rungs_are_due = false;
    agr_halving_judge(r->options->config, r->history, standing);
    for (int b = 0; b < r->n_branches; b++) {
        verdicts.n_settled[b] = (uint8_t)standing[b].n_settled;
        verdicts.ends[b] = standing[b].ends_at > 0;
        if (verdicts.ends[b] && !r->verdicts.ends[b])
            end_member(r, b, &standing[b]);
    }
    if (memcmp(&verdicts, &r->verdicts, sizeof verdicts) == 0)
        return AGR_OK;
    r->verdicts = verdicts;
    return mail_leaders(r, MAIL_VERDICTS, &verdicts, sizeof verdicts, err);
}

static agr_status make_offers(registrar *r, agr_error *err)
{
    agr_invitation offer;
    while (r->board != NULL && !r->stop_is_asked_for && agr_board_offer(r->board, &offer))
        AGR_TRY(agr_mailbox_send(r->mailbox, agr_board_leader(r->board, offer.team), AGR_MAIL_OFFER,
                                 &offer, agr_invitation_bytes(&offer), err));
    return AGR_OK;
}

/* A request to stop that reached one rank is meant for the run. */
static agr_status pass_on_stop(registrar *r, agr_error *err)
{
    if (!r->stop_is_asked_for || r->stop_was_told)
        return AGR_OK;
    r->stop_was_told = true;
    return mail_leaders(r, MAIL_STOP, NULL, 0, err);
}

agr_status registrar_work(registrar *r, agr_error *err)
{
    r->has_news = false;
    AGR_TRY(archive_work(r->archive, teams_have_ended(r), err));
    if (history_is_due(r))
        AGR_TRY(write_history(r, err));
    AGR_TRY(pass_on_stop(r, err));
    AGR_TRY(settle_rungs(r, err));
    return make_offers(r, err);
}

archive *registrar_archive(registrar *r)
{
    return r->archive;
}

bool registrar_has_work(registrar *r)
{
    return r->has_news || rungs_are_due(r) || archive_has_work(r->archive, teams_have_ended(r)) ||
           history_is_due(r);
}

bool registrar_is_done(const registrar *r)
{
    return file_is_complete(r) && !r->history_is_newer;
}

agr_status registrar_verdict(const registrar *r, agr_error *err)
{
    return r->has_stopped
               ? agr_error_set(err, AGR_STOPPED, "stopped on request; go on with --resume")
               : AGR_OK;
}
