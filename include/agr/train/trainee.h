/**
 * A trainee: one branch in training on one rank, with everything that belongs to its state.
 *
 * All ranks of a team hold the same trainee, bit for bit: weights, slots, position. Its state is
 * an agr_state (store/snapshot.h) that points into it; a snapshot of that state is what a leader
 * sends to rank 0, what the checkpoint holds and what a joining rank receives, so resuming and
 * joining are one operation.
 */
#ifndef AGR_TRAIN_TRAINEE_H
#define AGR_TRAIN_TRAINEE_H

#include <agr/comm/team.h>
#include <agr/config/config.h>
#include <agr/nn/network.h>
#include <agr/nn/optimiser.h>
#include <agr/store/snapshot.h>
#include <agr/train/balance.h>
#include <agr/train/feed.h>
#include <agr/train/history.h>
#include <agr/train/position.h>

typedef struct agr_trainee agr_trainee;

/** Branch `branch` of the config. Borrows config and set. Caller destroys. AGR_INPUT when network,
 * heads and dataset do not fit each other. Not collective. */
agr_status agr_trainee_create(const agr_config *config, int branch, const agr_training_set *set,
                              agr_trainee **trainee, agr_error *err);

/** NULL is accepted. */
void agr_trainee_destroy(agr_trainee *trainee);

/** Memory that the trainees of a team take turns in, for they train one after the other: as much as the
 * largest of them asks for. Starts as zeroes. */
typedef struct {
    agr_workspace networks, feeds; /* owned */
} agr_trainee_room;

/** Takes the memory to train n trainees as this rank of this team, with this pool (all borrowed until
 * the next plan). Weights and positions keep their values when it is called again; what the room held is
 * released. Not collective. AGR_MEMORY. */
agr_status agr_trainees_plan(agr_trainee *const *trainee, int n, agr_team *team, agr_pool *pool,
                             agr_trainee_room *room, agr_error *err);

/** After the trainees, or before their next plan. */
void agr_trainee_room_release(agr_trainee_room *room);

/** How a trainee's network is planned for a part of a team's batches; without a workspace. */
agr_network_plan_options agr_trainee_plan_options(const agr_trainee *trainee, int part, int n_parts,
                                                  agr_pool *pool);

/** Bytes that trainees ask for: what each has of its own (weights, what the optimiser remembers), summed,
 * and the most that one needs of what they take turns in, for its network and for its pictures. */
typedef struct {
    size_t own, networks, feeds;
} agr_trainee_memory;

/** What agr_trainees_plan() would take as this part of a team, without taking it. When none of them has a
 * network planned without a workspace. */
agr_status agr_trainees_measure(agr_trainee *const *trainee, int n, int part, int n_parts,
                                agr_pool *pool, agr_trainee_memory *memory, agr_error *err);

/** Fresh weights, slots 0, position at the start. */
void agr_trainee_initialise(agr_trainee *trainee);

/** What a team must be able to sum for this trainee. */
int64_t agr_trainee_sum_width(const agr_trainee *trainee);
int64_t agr_trainee_max_micro_batches(const agr_trainee *trainee);

/** The configuration as the branch sees it (agr_config_of_branch()). Borrowed. */
const agr_config *agr_trainee_config(const agr_trainee *trainee);
/** What it learns from: with folds its own samples (train/fold_set.h). Borrowed. */
const agr_training_set *agr_trainee_set(const agr_trainee *trainee);
const agr_balance *agr_trainee_balance(const agr_trainee *trainee);
int agr_trainee_branch(const agr_trainee *trainee);
const char *agr_trainee_name(const agr_trainee *trainee);
agr_network *agr_trainee_network(agr_trainee *trainee);
agr_feed *agr_trainee_feed(agr_trainee *trainee);
const agr_position *agr_trainee_position(const agr_trainee *trainee);

/** Epochs that this branch is to have in total: train.branch_epochs or train.epochs. */
int64_t agr_trainee_epochs(const agr_trainee *trainee);

/** Work still to be done until the last epoch, in training images: one that is only judged counts as a
 * third. Never 0 before the branch has ended. Needs no plan. */
double agr_trainee_images_left(const agr_trainee *trainee);

/** The same of the whole training, from its first epoch on. */
double agr_trainee_images_all(const agr_trainee *trainee);

/** The whole state: weights, slots, position; and the model alone: weights, epoch. Borrowed;
 * valid until the next plan. */
const agr_state *agr_trainee_state(agr_trainee *trainee);
const agr_state *agr_trainee_model(agr_trainee *trainee);

/** To be called after somebody wrote into the state: checks that the position can be one and makes
 * the network see its new weights; a branch that had ended is open again when the configuration now
 * asks for more. Needs no plan. AGR_FORMAT, AGR_INPUT (another batch size inside an epoch). */
agr_status agr_trainee_restored(agr_trainee *trainee, agr_error *err);

/** Does the state hold what this trainee's optimiser remembers, no more and no less? AGR_INPUT. */
agr_status agr_trainee_check_slots(const agr_trainee *trainee, const agr_state *state,
                                   agr_error *err);

/** It stands between two epochs, and others of its population were better: it ends here. */
void agr_trainee_end_halved(agr_trainee *trainee);

/** For `--lr`: the schedule starts again; the optimiser's own count goes on. */
void agr_trainee_restart_schedule(agr_trainee *trainee);
/** For `--reset-optimizer`: slots and both counts become 0. */
void agr_trainee_reset_optimiser(agr_trainee *trainee);

/** One training step (step.h) on the next batch of the epoch. Collective over the team. */
agr_status agr_trainee_step(agr_trainee *trainee, agr_error *err);

/**
 * Does the next unit of work, whatever the phase says it is: a training step, a validation batch.
 * When that completed an epoch, *report is filled and *completed is true; the position is then at
 * the start of the next epoch, or at the end. Collective over the team.
 */
agr_status agr_trainee_advance(agr_trainee *trainee, bool *completed, agr_epoch_report *report,
                               agr_error *err);

/** How far the epoch is; images_per_s is left to whoever has a clock. */
agr_pace agr_trainee_pace(const agr_trainee *trainee);

/** The branch as the history knows it. */
agr_history_branch agr_trainee_history_branch(const agr_trainee *trainee);

#endif
