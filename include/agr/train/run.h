/**
 * A training run: any number of ranks, branches that never wait for each other, one checkpoint.
 *
 * Set-up and the end are the only collectives over the world. Between them every rank is in one of
 * two places: in a team, which trains its branches a round of epochs at a time, or idle, asleep
 * until rank 0 has work for it or says farewell. Rank 0 keeps the books beside its own training:
 * history, checkpoint file, and which ranks are free to join which team (comm/handover.h).
 */
#ifndef AGR_TRAIN_RUN_H
#define AGR_TRAIN_RUN_H

#include <agr/comm/world.h>
#include <agr/config/config.h>
#include <agr/store/dataset.h>
#include <agr/train/outlook.h>
#include <agr/train/run_folder.h>
#include <signal.h>
#include <stdbool.h>

/** Receives a line for people, on rank 0. */
typedef void agr_run_line(void *context, const char *line);

/** Learns, on rank 0, how the run stands: at the start, after each epoch, and about once a second and
 * team. */
typedef void agr_run_watch(void *context, const agr_outlook *outlook);

typedef struct {
    const agr_config *config;   /* the same on every rank */
    const agr_dataset *dataset; /* opened on every rank */
    const char *folder;         /* the run's */
    agr_resume resume;
    const char *init;       /* checkpoint whose weights to start from; NULL: fresh ones */
    bool restart_schedule;  /* after resuming: --lr */
    bool reset_optimiser;   /* after resuming */
    bool welcomes_new_data; /* a run that is resumed may have been trained on another dataset */
    const volatile sig_atomic_t *stop; /* becomes 1 when a stop is asked for */
    double deadline_s;                 /* on agr_clock_s(); 0: none */
    const char
        *shorter; /* what to do instead of a new run of more than an hour, for people; or NULL */
    agr_run_line *line;
    agr_run_watch *watch; /* NULL: nobody looks */
    void *context;        /* of both */
} agr_run_options;

/**
 * Trains. **Collective over the world.** Returns the same status on every rank: AGR_OK when all
 * branches have ended, AGR_STOPPED when a stop was asked for and the checkpoint is in place. A
 * failure inside a step of a run of several ranks does not return: agr_world_abort().
 */
agr_status agr_run_train(agr_world *world, const agr_run_options *options, agr_error *err);

#endif
