/* Rank 0's books: history, offers, stops, and the archive behind them. */
#ifndef AGR_TRAIN_REGISTRAR_IMPL_H
#define AGR_TRAIN_REGISTRAR_IMPL_H

#include "archive_impl.h"

#include <agr/comm/handover.h>
#include <agr/train/run.h>
#include <agr/train/trainee.h>

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
void registrar_pace(registrar *r, const agr_pace *pace);

/* Takes note of an epoch of rank 0's own: no mail needed. */
agr_status registrar_report(registrar *r, const agr_epoch_report *report, agr_error *err);

/* Where snapshots go; the registrar's. */
archive *registrar_archive(registrar *r);

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

#endif
