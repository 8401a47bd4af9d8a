/* What the files of a run share. */
#ifndef AGR_TRAIN_RUN_IMPL_H
#define AGR_TRAIN_RUN_IMPL_H

#include <agr/comm/cores.h>
#include <agr/comm/handover.h>
#include <agr/comm/mailbox.h>
#include <agr/comm/placement.h>
#include <agr/train/costs.h>
#include <agr/train/run.h>
#include <agr/train/trainee.h>

/* Mail of a run, beside the hand-over's. */
enum {
    MAIL_REPORT = AGR_MAIL_USER, /* leader -> rank 0: agr_epoch_report */
    MAIL_PACE,                   /* leader -> rank 0: agr_pace */
    MAIL_SNAPSHOT, /* leader -> rank 0: slot_notice, with the snapshot as large part */
    MAIL_STOPPED,  /* leader -> rank 0: int32_t team; its snapshots came before */
    MAIL_ASKED,    /* any rank -> rank 0: was asked to stop and is in no team that could */
    MAIL_STOP      /* rank 0 -> leaders: nothing; somebody was asked to stop, and that means all */
};

enum { SLOT_NAME_BYTES = 32 };

/* What comes with a snapshot. Others stay aside at rank 0 until the branch's next `latest` has
 * come: the file never holds a `best` that its `latest` does not know of. */
typedef struct {
    int32_t branch;
    int32_t write_soon; /* do not wait for the interval between writes */
    int64_t epoch;
    char slot[SLOT_NAME_BYTES];
} slot_notice;

/* ---- registrar.c: rank 0's books ---- */

typedef struct registrar registrar;

/* resume_from: the checkpoint to take histories and finished branches from, or NULL. */
agr_status registrar_create(const agr_run_options *options, const agr_training_set *set,
                            agr_run_folder *folder, agr_mailbox *mailbox, const char *resume_from,
                            registrar **out, agr_error *err);
void registrar_destroy(registrar *r);

/* The plan is made: from now on free ranks are offered to teams. */
agr_status registrar_begin(registrar *r, const agr_placement_input *input,
                           const agr_placement *placement, agr_error *err);

/* Training images that a branch has left according to the checkpoint resumed from. */
double registrar_images_left(const registrar *r, int branch);

/* Takes note of a mail; false when it is not for the registrar. */
agr_status registrar_receive(registrar *r, const agr_mail *mail, bool *taken, agr_error *err);

/* Tells whoever looks how far a branch is. */
void registrar_pace(const registrar *r, const agr_pace *pace);

/* Takes note of an epoch of rank 0's own and, below, a copy of a snapshot: no mail needed. */
agr_status registrar_report(registrar *r, const agr_epoch_report *report, agr_error *err);
agr_status registrar_deliver(registrar *r, const slot_notice *notice, const agr_snapshot *snapshot,
                             agr_error *err);

/* Can another snapshot be taken in? Makes room first. */
agr_status registrar_has_room(registrar *r, bool *has_room, agr_error *err);

/* Does what is due: moves snapshots on, starts or ends a write, makes offers. Never waits. */
agr_status registrar_work(registrar *r, agr_error *err);

/* True when registrar_work() has something to do. */
bool registrar_has_work(registrar *r);

/* True when every team has finished or stopped and all they sent is in the file. */
bool registrar_is_done(const registrar *r);

/* AGR_OK or AGR_STOPPED with words: how the run ended. */
agr_status registrar_verdict(const registrar *r, agr_error *err);

/* The best epoch of each branch, and of the total: said at the end. */
void registrar_say_best(registrar *r);

/* A line for people and for log.txt. */
void registrar_say(registrar *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- archive.c: rank 0's side of the checkpoint file ---- */

typedef struct archive archive;

/* All borrowed, and read until the archive is destroyed. */
typedef struct {
    agr_run_folder *folder;
    agr_mailbox *mailbox;
    const agr_checkpoint_info *info;
    const agr_checkpoint_branch *branch; /* [n_branches], without history */
    int n_branches;
    const agr_history *history;
    double every_s; /* shortest time between two writes that nobody asked for */
} archive_plan;

agr_status archive_create(const archive_plan *plan, archive **out, agr_error *err);
/* Waits for a write on its way. NULL is accepted. */
void archive_destroy(archive *a);

/* Starts to fetch the snapshot that a mail announces. */
agr_status archive_receive(archive *a, const agr_mail *mail, agr_error *err);

/* Takes a copy of a snapshot of rank 0's own. */
agr_status archive_deliver(archive *a, const slot_notice *notice, const agr_snapshot *snapshot,
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

/* ---- outbox.c: what a leader sends to rank 0 ---- */

typedef struct outbox outbox;

/* here: the registrar when it is in this process, else NULL. Borrows all three. */
agr_status outbox_create(agr_mailbox *mailbox, registrar *here, agr_trainee *trainee, outbox **out,
                         agr_error *err);
/* Waits until everything is on the other side. NULL is accepted. */
agr_status outbox_close(outbox *box, agr_error *err);

/* An epoch is complete: reports it, keeps the model if it is the best, sends the backup if one is
 * due. */
agr_status outbox_epoch(outbox *box, const agr_epoch_report *report, int backup_epochs,
                        agr_error *err);

/* Sends the state as it is now (and the best model, if it is new). */
agr_status outbox_post(outbox *box, bool write_soon, agr_error *err);

/* ---- writer.c: the thread that writes checkpoints ---- */

typedef struct {
    const char *path;
    const agr_checkpoint_info *info;
    agr_checkpoint_branch *branches; /* owned by the job's maker, as all below */
    int n_branches;
    agr_checkpoint_update *updates;
    int n_updates;
} write_job;

typedef struct writer writer;

agr_status writer_create(writer **out, agr_error *err);
/* Waits for a write on its way. NULL is accepted. */
void writer_destroy(writer *w);
/* The writer must be idle; the job stays untouched until writer_take() says true. */
void writer_start(writer *w, const write_job *job);
bool writer_is_busy(const writer *w);
/* True, once, when the job is done; *status and *err tell how. */
bool writer_take(writer *w, agr_status *status, agr_error *err);

#endif
