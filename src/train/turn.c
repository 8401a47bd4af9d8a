/* A rank's turn: one unit of work of one branch, what it reports, and what all ranks of the team decide
 * to do next. */
#include "crew_impl.h"

#include <agr/base/clock.h>
#include <agr/base/size.h>

#define PACE_INTERVAL_S 1.0

enum { ALL_WAIT = -1, ALL_HAVE_ENDED = -2 };

static agr_halving_order order_of(const crew *c, int i)
{
    const agr_trainee *trainee = c->trainee[i];
    return agr_halving_order_of(c->plan.options->config, agr_trainee_branch(trainee),
                                agr_trainee_position(trainee), &c->verdicts);
}

/* The branch to go on with: the one that is furthest behind, so a team advances all its branches a
 * round of epochs at a time. Those that wait at a rung are passed over. */
static int next_trainee(const crew *c)
{
    int next = ALL_HAVE_ENDED;
    for (int i = 0; i < c->n_trainees; i++) {
        const agr_position *p = agr_trainee_position(c->trainee[i]);
        if (p->phase == AGR_PHASE_ENDED)
            continue;
        if (order_of(c, i) == AGR_HALVING_WAIT)
            next = next < 0 ? ALL_WAIT : next;
        else if (next < 0 || p->epoch < agr_trainee_position(c->trainee[next])->epoch)
            next = i;
    }
    return next;
}

static agr_status report_progress(crew *c, int i, agr_error *err)
{
    const agr_progress progress = {.branch = agr_trainee_branch(c->trainee[i]),
                                   .images_left = agr_trainee_images_left(c->trainee[i])};
    return agr_mailbox_send(c->mail->mailbox, 0, AGR_MAIL_PROGRESS, &progress, sizeof progress,
                            err);
}

/* What the verdicts say of the branches here. */
static agr_status end_halved(crew *c, agr_error *err)
{
    for (int i = 0; i < c->n_trainees; i++) {
        if (order_of(c, i) != AGR_HALVING_END)
            continue;
        agr_trainee_end_halved(c->trainee[i]);
        if (mail_leads(c->mail))
            AGR_TRY(report_progress(c, i, err));
    }
    return AGR_OK;
}

/* The report must be in the books before the snapshots that count on it. */
static agr_status report_epoch(crew *c, int i, agr_epoch_report *report, agr_error *err)
{
    agr_mailbox *mailbox = c->mail->mailbox;
    report->elapsed_s = agr_clock_s() - c->epoch_began_s[i];
    report->images_per_s = c->images_per_s[i];
    if (!mail_leads(c->mail))
        return AGR_OK;
    if (c->mail->registrar != NULL)
        AGR_TRY(registrar_report(c->mail->registrar, report, err));
    else
        AGR_TRY(agr_mailbox_send(mailbox, 0, MAIL_REPORT, report, sizeof *report, err));
    AGR_TRY(
        outbox_epoch(c->outbox[i], report, c->plan.options->config->checkpoint.backup_epochs, err));
    return report_progress(c, i, err);
}

/* How far the epoch is, for who looks on: news that may be lost, so it never waits for a slot. */
static agr_status report_pace(crew *c, int i, agr_error *err)
{
    const double now_s = agr_clock_s();
    if (!mail_leads(c->mail) || now_s - c->paced_s < PACE_INTERVAL_S)
        return AGR_OK;
    c->paced_s = now_s;
    agr_pace pace = agr_trainee_pace(c->trainee[i]);
    pace.images_per_s = c->images_per_s[i];
    if (c->mail->registrar != NULL)
        registrar_pace(c->mail->registrar, &pace);
    else if (agr_mailbox_has_slot(c->mail->mailbox))
        return agr_mailbox_send(c->mail->mailbox, 0, MAIL_PACE, &pace, sizeof pace, err);
    return AGR_OK;
}

/* The exchange that ends a step: what does anybody in the team want to happen now? */
static agr_status decide(crew *c, agr_control *decision, agr_error *err)
{
    agr_control mine = AGR_CONTROL_GO;
    if (mail_is_to_stop(c->mail))
        mine = AGR_CONTROL_STOP;
    else if (c->mail->standing == RANK_OFFERED)
        mine = AGR_CONTROL_ADMIT;
    else if (mail_leads(c->mail) && c->mail->has_verdicts)
        mine = AGR_CONTROL_NEWS;
    return agr_team_decide(c->team, mine, decision, err);
}

/* Twice in the time between two writes: what is written is then at most half of it old. Where rank 0 writes
 * less often because of what that costs, what this costs counts here. */
static bool post_is_due(const crew *c)
{
    const double every_s = c->plan.options->config->checkpoint.every;
    return mail_leads(c->mail) &&
           agr_clock_s() - c->posted_s >= write_interval_s(every_s, &c->post_cost) / 2;
}

/* After a training step, the epoch's last included. */
static void measure_pace(crew *c, int i, const agr_position *before)
{
    const pace_mark *from = &c->paced_from[i];
    const int64_t batch_size = agr_trainee_config(c->trainee[i])->data.batch_size;
    const int64_t n_done =
        agr_min_i64((before->step + 1) * batch_size, agr_trainee_set(c->trainee[i])->n_train);
    c->images_per_s[i] = (double)(n_done - from->n_done) / (agr_clock_s() - from->at_s);
}

/* Between two units of work: what has come by mail, and what the team makes of it. */
static agr_status meet(crew *c, agr_error *err)
{
    agr_control decision;
    AGR_TRY(decide(c, &decision, err));
    if (decision == AGR_CONTROL_STOP)
        return crew_end(c, MAIL_STOPPED, err);
    if (decision == AGR_CONTROL_ADMIT)
        return crew_change(c, err);
    if (decision == AGR_CONTROL_NEWS)
        AGR_TRY(crew_share_verdicts(c, err));
    return post_is_due(c) ? crew_post(c, false, err) : AGR_OK;
}

/* One unit of work of one branch, and what it brings about. */
static agr_status advance(crew *c, int i, agr_error *err)
{
    bool completed;
    agr_epoch_report report;
    const agr_position before = *agr_trainee_position(c->trainee[i]);
    if (before.phase == AGR_PHASE_TRAIN && before.step == 0) {
        c->epoch_began_s[i] = agr_clock_s();
        c->paced_from[i] = (pace_mark){.at_s = c->epoch_began_s[i]};
    }
    if (agr_trainee_advance(c->trainee[i], &completed, &report, err) != AGR_OK)
        return agr_error_context(err, "epoch %lld, %s %lld", (long long)before.epoch + 1,
                                 before.phase == AGR_PHASE_TRAIN ? "step" : "validation batch",
                                 (long long)before.step + 1);
    if (before.phase == AGR_PHASE_TRAIN)
        measure_pace(c, i, &before);
    AGR_TRY(completed ? report_epoch(c, i, &report, err) : report_pace(c, i, err));
    AGR_TRY(mail_serve(c->mail, err));
    return meet(c, err);
}

/* All branches here wait for rivals that other teams train. */
static agr_status rest(crew *c, agr_error *err)
{
    AGR_TRY(mail_rest(c->mail, err));
    return meet(c, err);
}

agr_status crew_take_turn(crew *c, agr_error *err)
{
    AGR_TRY(end_halved(c, err));
    const int i = next_trainee(c);
    if (i == ALL_WAIT)
        return rest(c, err);
    return i >= 0 ? advance(c, i, err) : crew_end(c, AGR_MAIL_FINISHED, err);
}
