/* The registrar from the inside: its books, and what its files do for each other. */
#ifndef AGR_TRAIN_REGISTRAR_BOOKS_IMPL_H
#define AGR_TRAIN_REGISTRAR_BOOKS_IMPL_H

#include "baseline_impl.h"
#include "lineage_impl.h"
#include "outlook_impl.h"
#include "registrar_impl.h"
#include "tensorboard_impl.h"

#include <agr/base/text.h>
#include <agr/train/halving.h>

enum { MAX_BRANCHES = AGR_PLACEMENT_MAX_BRANCHES };

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

/* ---- registrar_about.c ---- */

/* What the checkpoint says of the run. AGR_MEMORY. */
agr_status registrar_describe_run(registrar *r, agr_error *err);

/* Makes `about` of every branch and what follows from it: what the checkpoint says of it, its
 * baselines, an empty history. */
agr_status registrar_describe_branches(registrar *r, agr_error *err);

/* ---- registrar_recall.c ---- */

/* Takes positions, histories and lineage from the checkpoint at `path`. AGR_INPUT: the run cannot go on
 * from it as it is now configured. */
agr_status registrar_recall(registrar *r, const char *path, agr_error *err);

/* ---- registrar_says.c ---- */

/* Where the run goes on: what the checkpoint had kept. */
void registrar_say_positions(registrar *r);

/* What balance.by and balance.weights come to with these labels. */
void registrar_say_balance(registrar *r);

/* Before anything is trained: what it will cost. */
void registrar_say_outlook(registrar *r);

/* What an epoch achieved, and how long the branch still needs. */
void registrar_say_epoch(registrar *r, const agr_epoch_report *report);

/* The totals of epochs that all branches have by now. */
void registrar_say_totals(registrar *r);

/* Losses of different branches add up to the run's. Those of a population's members say nothing
 * together. */
bool registrar_adds_up(const registrar *r);

/* How the run stands, to whoever looks on. */
void registrar_show(registrar *r);

/* ---- registrar_mail.c ---- */

/* Nothing more will be sent. */
bool registrar_teams_have_ended(const registrar *r);

/* To the leaders of all teams that have not ended. */
agr_status registrar_mail_leaders(registrar *r, int kind, const void *payload, size_t n_bytes,
                                  agr_error *err);

/* ---- registrar_halving.c ---- */

bool registrar_rungs_are_due(const registrar *r);

/* Settles what rungs of train.halving can be, and tells the leaders. */
agr_status registrar_settle_rungs(registrar *r, agr_error *err);

#endif
