/**
 * A checkpoint judged on one part of a dataset: what every head said about the samples, and the
 * figures that follow.
 *
 * All ranks compute; the judgements and everything that tells of them are rank 0's.
 */
#ifndef AGR_REPORT_EVALUATION_H
#define AGR_REPORT_EVALUATION_H

#include <agr/audit/judgement.h>
#include <agr/base/pool.h>
#include <agr/base/text.h>
#include <agr/comm/team.h>
#include <agr/comm/world.h>
#include <agr/audit/slices.h>
#include <agr/report/evaluated_head.h>
#include <agr/report/population.h>
#include <agr/report/slicing.h>
#include <agr/train/models.h>
#include <cjson/cJSON.h>

/** Tables of slices that are wanted (report/slicing.h says how they are written). */
typedef struct {
    const char *by;    /* NULL: none; the rest then says nothing */
    int64_t min_count; /* pictures that a figure has to speak of to be compared */
    int64_t n_draws;   /* of the bootstrap */
    int64_t seed;      /* of the bootstrap; below 0: that of the run */
} agr_slices_request;

/** What is judged, and how. */
typedef struct {
    agr_models_request models;
    const char *data; /* dataset; NULL: the one trained on */
    agr_split split;
    bool out_of_fold;    /* instead of a part: all that was learnt from, by who did not see it */
    agr_audit_bins bins; /* of number labels */
    double within;       /* k of cs, in units of the label */
    agr_slices_request slices;
    bool flip;       /* each picture and its mirror image: the mean of what is said of both */
    int64_t threads; /* of each rank; 0: its share of the node's cores */
} agr_evaluation_request;

typedef struct agr_evaluation {
    agr_evaluation_request request;
    agr_world *world; /* borrowed */
    agr_models models;
    agr_training_set set;
    const int64_t *sample; /* [n_samples], of the split */
    int64_t n_samples;
    int64_t *own_sample;  /* the same where they are no part of the dataset; owned */
    agr_dataset *dataset; /* owned */
    agr_team *team;       /* owned */
    agr_pool *pool;       /* owned */
    int n_results;
    agr_evaluated_head result[AGR_MAX_MODELS * 4];
    agr_populations populations; /* among the results; rank 0's */
    int first_result;            /* of the model that is being judged */
    const int64_t *row;          /* that its answers belong to; NULL: as they come; borrowed */
    agr_slicing slicing;         /* cells of sample[]; no tables where none are asked for */
    int64_t *group;              /* [n_samples] groups of copies, owned; NULL without tables */
    agr_audit_bootstrap bootstrap;
} agr_evaluation;

/** Opens checkpoint and dataset, has every model say something about every sample, and judges it.
 * The figures are the same bits on any number of ranks. `evaluation` is large: not for the stack.
 * **Collective over the world**, with one verdict. Caller releases in every case, before the world
 * stops; request's strings are borrowed until then. AGR_NOT_FOUND, AGR_FORMAT, AGR_INPUT (labels or
 * pictures that the models have not learnt), AGR_UNSUPPORTED (too many classes or heads), AGR_USAGE
 * (tables of slices that cannot be made). */
agr_status agr_evaluation_run(agr_evaluation *evaluation, agr_world *world,
                              const agr_evaluation_request *request, agr_error *err);

/** A zeroed evaluation is accepted. */
void agr_evaluation_release(agr_evaluation *evaluation);

const char *agr_evaluated_name(const agr_evaluation *e, const agr_evaluated_head *r);
const agr_label_column *agr_evaluated_labels(const agr_evaluation *e, const agr_evaluated_head *r);
bool agr_evaluated_has_classes(const agr_evaluated_head *r);

enum { AGR_EVALUATED_NAME_BYTES = 64 };

/** A class in words, from the checkpoint, else from the dataset; its index where neither has one.
 * Borrowed, or in `room`. */
const char *agr_evaluated_class(const agr_evaluation *e, const agr_evaluated_head *r,
                                int class_index, char room[AGR_EVALUATED_NAME_BYTES]);

/** What a figure or guess speaks of: a class or a bin. */
const char *agr_evaluated_part(const agr_evaluation *e, const agr_evaluated_head *r, int of,
                               char room[AGR_EVALUATED_NAME_BYTES]);

/** The model's own loss, mean over the labelled samples. */
double agr_evaluated_loss(const agr_evaluated_head *r);

/** Figures of another set than the run ended with are another thing than those in its history. */
bool agr_evaluation_is_trained_on(const agr_evaluation *e);

/** What the judged samples are called: "test", "out-of-fold". */
const char *agr_evaluation_part(const agr_evaluation *e);

/** What the judged samples were to this head's weights before. */
typedef enum {
    AGR_EVALUATED_UNKNOWN, /* another dataset than the one trained on */
    AGR_EVALUATED_TRAINED, /* they were trained on */
    AGR_EVALUATED_CHOSE,   /* they chose the checkpoint: slot best by the validation part */
    AGR_EVALUATED_UNSEEN
} agr_evaluated_use;

agr_evaluated_use agr_evaluated_use_of(const agr_evaluation *e, const agr_evaluated_head *r);

/** Every figure, unrounded: one object. Caller deletes. */
cJSON *agr_evaluation_json(const agr_evaluation *e);

/** Every figure, unrounded: one row a figure. */
void agr_evaluation_csv(const agr_evaluation *e, agr_text *text);

/** Raw outputs, every column of every head: what a comparison with another program needs. NULL
 * writes nothing. */
agr_status agr_evaluation_write_predictions(const agr_evaluation *e, const char *path,
                                            agr_error *err);

/** One row an image, unrounded, classes in words: its name in the dataset (`path`), every label
 * column of the dataset as `label.<column>`, what each ensemble said, and what each head
 * (report/answer.h). NULL writes nothing. */
agr_status agr_evaluation_write_rows(const agr_evaluation *e, const char *path, agr_error *err);

#endif
