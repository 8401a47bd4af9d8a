/* What rank 0 has to do for its books, whenever it looks after them. */
#include "registrar_books_impl.h"

#include <agr/base/clock.h>
#include <agr/base/log.h>

enum { HISTORY_INTERVAL_S = 1 };

/* All that ever came is in the checkpoint. */
static bool file_is_complete(const registrar *r)
{
    return registrar_teams_have_ended(r) && archive_is_complete(r->archive);
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
    return registrar_mail_leaders(r, MAIL_STOP, NULL, 0, err);
}

agr_status registrar_work(registrar *r, agr_error *err)
{
    r->has_news = false;
    AGR_TRY(archive_work(r->archive, registrar_teams_have_ended(r), err));
    if (history_is_due(r))
        AGR_TRY(write_history(r, err));
    AGR_TRY(pass_on_stop(r, err));
    AGR_TRY(registrar_settle_rungs(r, err));
    return make_offers(r, err);
}

bool registrar_has_work(registrar *r)
{
    return r->has_news || registrar_rungs_are_due(r) ||
           archive_has_work(r->archive, registrar_teams_have_ended(r)) || history_is_due(r);
}

bool registrar_is_done(const registrar *r)
{
    return file_is_complete(r) && !r->history_is_newer;
}
