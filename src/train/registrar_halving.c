/* The books of train.halving: who ends at a rung, once all its rivals have come as far. */
#include "registrar_books_impl.h"

#include <string.h>

bool registrar_rungs_are_due(const registrar *r)
{
    return r->rungs_are_due && r->board != NULL && r->options->config->halving.n > 0;
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

agr_status registrar_settle_rungs(registrar *r, agr_error *err)
{
    agr_halving_standing standing[MAX_BRANCHES];
    agr_halving_verdicts verdicts = {0};
    if (!registrar_rungs_are_due(r))
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
    return registrar_mail_leaders(r, MAIL_VERDICTS, &verdicts, sizeof verdicts, err);
}
