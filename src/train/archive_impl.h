/* Rank 0's side of the checkpoint file: snapshots come in, in any order, and go out into one file. */
#ifndef AGR_TRAIN_ARCHIVE_IMPL_H
#define AGR_TRAIN_ARCHIVE_IMPL_H

#include "words_impl.h"

#include <agr/comm/placement.h>
#include <agr/store/checkpoint.h>
#include <agr/train/history.h>
#include <agr/train/run_folder.h>

typedef struct archive archive;

/* All borrowed, and read until the archive is destroyed. */
typedef struct {
    agr_run_folder *folder;
    agr_mailbox *mailbox;
    const agr_checkpoint_info *info;
    const agr_checkpoint_branch *branch; /* [n_branches], without history */
    int n_branches;
    const agr_history *history;
    double
        every_s; /* shortest time between two writes that nobody asked for; NaN: auto (interval_impl.h) */
} archive_plan;

agr_status archive_create(const archive_plan *plan, archive **out, agr_error *err);
/* Waits for a write on its way. NULL is accepted. */
void archive_destroy(archive *a);

/* Starts to fetch the snapshot that a mail announces. */
agr_status archive_receive(archive *a, const agr_mail *mail, agr_error *err);

/* Takes a snapshot of rank 0's own: it is the archive's from now on, also after a failure. */
agr_status archive_deliver(archive *a, const slot_notice *notice, agr_snapshot *snapshot,
                           agr_error *err);

/* Can another snapshot be taken in? Makes room first. */
agr_status archive_has_room(archive *a, bool *has_room, agr_error *err);

/* Moves snapshots on, starts or ends a write. all_was_sent: no more snapshots will be announced; a
 * write that fails then is an error, before it is a warning. Never waits. */
agr_status archive_work(archive *a, bool all_was_sent, agr_error *err);

/* True when archive_work() has something to do. */
bool archive_has_work(const archive *a, bool all_was_sent);

/* True when all that came is in the file. */
bool archive_is_complete(const archive *a);

#endif
