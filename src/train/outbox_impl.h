/* A leader's snapshots of one branch, on their way into rank 0's archive. */
#ifndef AGR_TRAIN_OUTBOX_IMPL_H
#define AGR_TRAIN_OUTBOX_IMPL_H

#include "archive_impl.h"

#include <agr/train/trainee.h>

typedef struct outbox outbox;

/* here: the archive when it is in this process, else NULL. Borrows all three. */
agr_status outbox_create(agr_mailbox *mailbox, archive *here, agr_trainee *trainee, outbox **out,
                         agr_error *err);
/* Waits until everything is on the other side. NULL is accepted. */
agr_status outbox_close(outbox *box, agr_error *err);

/* An epoch is complete, and its report is in the books: keeps the model if it is the best, sends the
 * backup if one is due. */
agr_status outbox_epoch(outbox *box, const agr_epoch_report *report, int backup_epochs,
                        agr_error *err);

/* Sends the state as it is now (and the best model, if it is new). */
agr_status outbox_post(outbox *box, bool write_soon, agr_error *err);

#endif
