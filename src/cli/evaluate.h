/** The parts of `evaluate`: what every head said about the samples, the figures that follow, and the
 * ways to tell them. Everything here is for rank 0, after the outputs were gathered. */
#ifndef AGR_CLI_EVALUATE_H
#define AGR_CLI_EVALUATE_H

#include <agr/audit/judgement.h>
#include <agr/base/pool.h>
#include <agr/comm/team.h>
#include <agr/comm/world.h>
#include <agr/train/models.h>

/** One head. */
typedef struct {
    const agr_model *model;
    int head;
    agr_head_sums sums;
    int64_t n_columns;
    float *output;         /* [n_samples, n_columns], owned; rows of this rank, then of all */
    agr_audit_guess guess; /* from the training part */
    double share[AGR_AUDIT_MAX_CLASSES];
    agr_audit_judgement judgement; /* owned */
} evaluate_result;

typedef struct {
    agr_world *world;
    agr_models models;
    agr_training_set set;
    agr_split split;
    const int64_t *sample; /* [n_samples], of the split */
    int64_t n_samples;
    const agr_dataset *dataset;
    agr_team *team;
    agr_pool *pool;
    agr_audit_bins bins;
    int n_results;
    evaluate_result result[AGR_MAX_MODELS * 4];
    int first_result; /* of the model that is being judged */
} evaluation;

/** Makes the judgement of one head from its outputs, and its guess from the training part of the
 * dataset. AGR_MEMORY; AGR_UNSUPPORTED for more classes than can be judged. */
agr_status evaluate_judge(const evaluation *e, evaluate_result *r, double within, agr_error *err);

/** A zeroed result is accepted. */
void evaluate_release(evaluate_result *r);

const char *evaluate_name(const evaluation *e, const evaluate_result *r);
const agr_label_column *evaluate_labels(const evaluation *e, const evaluate_result *r);
bool evaluate_has_classes(const evaluate_result *r);

/** What the head said about sample i: a number or a class index. */
double evaluate_decode(const evaluate_result *r, int64_t i);

enum { EVALUATE_NAME_BYTES = 64 };

/** A class in words, from the checkpoint, else from the dataset; its index where neither has one.
 * Borrowed, or in `room`. */
const char *evaluate_class(const evaluation *e, const evaluate_result *r, int class_index,
                           char room[EVALUATE_NAME_BYTES]);

/** What a figure or guess speaks of: a class or a bin. */
const char *evaluate_part(const evaluation *e, const evaluate_result *r, int of,
                          char room[EVALUATE_NAME_BYTES]);

/** The model's own loss, mean over the labelled samples. */
double evaluate_loss(const evaluate_result *r);

/** Figures of another set than the run ended with are another thing than those in its history. */
bool evaluate_is_trained_on(const evaluation *e);

/** What the judged samples were to this head's weights before. */
typedef enum {
    EVALUATE_UNKNOWN, /* another dataset than the one trained on */
    EVALUATE_TRAINED, /* they were trained on */
    EVALUATE_CHOSE,   /* they chose the checkpoint: slot best by the validation part */
    EVALUATE_UNSEEN
} evaluate_use;

evaluate_use evaluate_use_of(const evaluation *e, const evaluate_result *r);

void evaluate_print_text(const evaluation *e);
agr_status evaluate_print_json(const evaluation *e, agr_error *err);
agr_status evaluate_print_csv(const evaluation *e, agr_error *err);

/** Raw outputs, every column of every head: what a comparison with another program needs. NULL
 * writes nothing. */
agr_status evaluate_write_predictions(const evaluation *e, const char *path, agr_error *err);

/** What was true and what was said, in words: one row an image. NULL writes nothing. */
agr_status evaluate_write_rows(const evaluation *e, const char *path, agr_error *err);

#endif
