/* Sends a branch's snapshots to rank 0 while training goes on. */
#include "outbox_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NO_TRANSFER = -1 };

/* A snapshot that is either ours to write or on its way. */
typedef struct {
    agr_snapshot *snapshot; /* owned; NULL: none was taken yet, or the archive here has it */
    int transfer;
} parcel;

struct outbox {
    agr_mailbox *mailbox;
    archive *here; /* on rank 0: the archive is in this process */
    agr_trainee *trainee;
    parcel latest, best, backup;
    bool best_is_new;
};

agr_status outbox_create(agr_mailbox *mailbox, archive *here, agr_trainee *trainee, outbox **out,
                         agr_error *err)
{
    const parcel none = {.transfer = NO_TRANSFER};
    outbox *box = calloc(1, sizeof *box);
    if (box == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    *box = (outbox){.mailbox = mailbox,
                    .here = here,
                    .trainee = trainee,
                    .latest = none,
                    .best = none,
                    .backup = none};
    *out = box;
    return AGR_OK;
}

/* Waits until the parcel has arrived and is ours again. */
static agr_status reclaim(outbox *box, parcel *p, agr_error *err)
{
    if (p->transfer == NO_TRANSFER)
        return AGR_OK;
    const int transfer = p->transfer;
    p->transfer = NO_TRANSFER;
    return agr_mailbox_finish(box->mailbox, transfer, err);
}

agr_status outbox_close(outbox *box, agr_error *err)
{
    if (box == NULL)
        return AGR_OK;
    parcel *const parcels[] = {&box->latest, &box->best, &box->backup};
    agr_status status = AGR_OK;
    for (int i = 0; i < 3; i++) {
        if (status == AGR_OK)
            status = reclaim(box, parcels[i], err);
        agr_snapshot_destroy(parcels[i]->snapshot);
    }
    free(box);
    return status;
}

/* Takes the state as it is now. */
static agr_status take(outbox *box, parcel *p, const agr_state *state, agr_error *err)
{
    AGR_TRY(reclaim(box, p, err));
    if (p->snapshot == NULL)
        AGR_TRY(agr_snapshot_create(state, agr_trainee_name(box->trainee), &p->snapshot, err));
    agr_snapshot_take(p->snapshot, state);
    return AGR_OK;
}

static agr_status send(outbox *box, parcel *p, const char *slot, bool write_soon, agr_error *err)
{
    slot_notice notice = {.branch = agr_trainee_branch(box->trainee),
                          .write_soon = write_soon,
                          .epoch = agr_trainee_position(box->trainee)->epoch};
    snprintf(notice.slot, sizeof notice.slot, "%s", slot);
    if (box->here != NULL) {
        agr_snapshot *given = p->snapshot;
        p->snapshot = NULL;
        return archive_deliver(box->here, &notice, given, err);
    }
    return agr_mailbox_send_large(box->mailbox, 0, MAIL_SNAPSHOT, &notice, sizeof notice,
                                  agr_snapshot_bytes(p->snapshot),
                                  agr_snapshot_size_bytes(p->snapshot), &p->transfer, err);
}

static agr_status send_backup(outbox *box, int64_t epoch, agr_error *err)
{
    char slot[SLOT_NAME_BYTES];
    snprintf(slot, sizeof slot, "epoch_%04lld", (long long)epoch);
    AGR_TRY(take(box, &box->backup, agr_trainee_model(box->trainee), err));
    return send(box, &box->backup, slot, false, err);
}

agr_status outbox_epoch(outbox *box, const agr_epoch_report *report, int backup_epochs,
                        agr_error *err)
{
    if (report->is_best) {
        AGR_TRY(take(box, &box->best, agr_trainee_model(box->trainee), err));
        box->best_is_new = true;
    }
    if (backup_epochs > 0 && report->epoch % backup_epochs == 0)
        AGR_TRY(send_backup(box, report->epoch, err));
    return AGR_OK;
}

agr_status outbox_post(outbox *box, bool write_soon, agr_error *err)
{
    if (box->best_is_new) {
        AGR_TRY(send(box, &box->best, "best", false, err));
        box->best_is_new = false;
    }
    AGR_TRY(take(box, &box->latest, agr_trainee_state(box->trainee), err));
    return send(box, &box->latest, "latest", write_soon, err);
}
