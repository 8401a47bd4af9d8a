/* What teams write to rank 0, and what their leaders are written. */
#include "registrar_books_impl.h"

#include "team_events_impl.h"

#include <agr/base/log.h>
#include <math.h>
#include <string.h>

/* Beside a guess, with the rates that the branch itself has. */
static void judge(registrar *r, const agr_epoch_report *report)
{
    agr_config own;
    agr_config_of_branch(r->options->config, report->branch, &own);
    for (int h = 0; h < r->branch[report->branch].n_heads; h++)
        baseline_judge(&r->baseline[report->branch][h], &own, report, h);
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
    registrar_say_epoch(r, report);
    judge(r, report);
    registrar_say_totals(r);
    registrar_show(r);
    agr_run_folder_event(r->folder, "epoch",
                         "\"branch\": \"%s\", \"epoch\": %lld, \"ranks\": %d, \"seconds\": %.3f",
                         r->branch[report->branch].name, (long long)report->epoch, report->n_ranks,
                         report->elapsed_s);
    return AGR_OK;
}

void registrar_pace(registrar *r, const agr_pace *pace)
{
    outlook_pace(&r->outlook, pace);
    registrar_show(r);
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

bool registrar_teams_have_ended(const registrar *r)
{
    for (int team = 0; team < r->n_teams; team++)
        if (!r->team_ended[team])
            return false;
    return true;
}

agr_status registrar_mail_leaders(registrar *r, int kind, const void *payload, size_t n_bytes,
                                  agr_error *err)
{
    for (int team = 0; team < r->n_teams; team++)
        if (!r->team_ended[team])
            AGR_TRY(agr_mailbox_send(r->mailbox, agr_board_leader(r->board, team), kind, payload,
                                     n_bytes, err));
    return AGR_OK;
}
