/**
 * Trained branches brought back from a checkpoint, ready to predict.
 */
#ifndef AGR_TRAIN_MODELS_H
#define AGR_TRAIN_MODELS_H

#include <agr/config/config.h>
#include <agr/nn/network.h>
#include <agr/store/checkpoint.h>
#include <agr/train/description.h>
#include <agr/train/network_state.h>
#include <agr/train/training_set.h>

enum { AGR_MAX_MODELS = 128 };

typedef struct {
    const char *name;        /* of the branch */
    const char *slot;        /* the one read; "latest" stands in where there is no "best" */
    int64_t epoch;           /* that it was saved after */
    agr_network *network;    /* owned; weights read, planned by agr_models_plan() */
    agr_network_state state; /* owned */
    const agr_checkpoint_branch *about; /* heads with their classes, as trained */
} agr_model;

typedef struct {
    agr_checkpoint *checkpoint;      /* owned, stays open: names are borrowed from it */
    agr_config config;               /* the checkpoint's; owned */
    agr_preprocessing preprocessing; /* of pictures, as trained */
    int n_models;
    agr_model model[AGR_MAX_MODELS];
    agr_workspace workspace; /* of all their networks: they take turns */
} agr_models;

/** What to load. */
typedef struct {
    const char *checkpoint; /* file or run folder */
    const char *slot;       /* "best", "latest", "epoch_0020" */
    const char *branches;   /* "age,gender"; NULL: all of the checkpoint */
} agr_models_request;

/**
 * Opens the checkpoint and makes its networks; weights are read by agr_models_plan(). Not
 * collective. Caller releases. AGR_NOT_FOUND (no file, no such branch or slot), AGR_FORMAT,
 * AGR_MEMORY.
 */
agr_status agr_models_open(agr_models *models, const agr_models_request *request, agr_error *err);

/** Takes the memory to judge batches of up to max_images as part `part` of `n_parts`, and reads the
 * weights. The networks share what lies between two layers: what one has said is gone when another
 * one goes forward. Called once. Not collective. AGR_INPUT when one is not finite, with its branch and layer. */
agr_status agr_models_plan(agr_models *models, int64_t max_images, int part, int n_parts,
                           agr_pool *pool, agr_error *err);

/** A zeroed set is accepted. */
void agr_models_release(agr_models *models);

/** Index of the word that a head's class index stands for, or NULL when the head predicts a number
 * or the checkpoint does not name its classes. */
const char *agr_model_class_name(const agr_model *model, int head, int class_index);

/** What results of a head are called: its label column ("age", not "age_output"); where several heads judge
 * that column the branch's name, and where that could be several heads of one branch, the head's. */
const char *agr_models_head_name(const agr_models *models, const agr_model *model, int head);

/**
 * Do these samples ask what the models have learnt? Every head needs a label column of its kind
 * (number or class), with its classes in its order, and no label outside them. Where the checkpoint
 * or the dataset names no classes only the labels are checked. Not collective. AGR_INPUT.
 */
agr_status agr_models_check_labels(const agr_models *models, const agr_training_set *set,
                                   const int64_t *sample, int64_t n, agr_error *err);

#endif
