/**
 * What all branches of a run learn from: pictures, label columns, and which samples are for what.
 */
#ifndef AGR_TRAIN_TRAINING_SET_H
#define AGR_TRAIN_TRAINING_SET_H

#include <agr/config/config.h>
#include <agr/data/batch.h>
#include <agr/nn/network.h>
#include <agr/store/dataset.h>

enum { AGR_MAX_LABELS = 64 };

/** Plain data, borrowed from the dataset. */
typedef struct {
    const agr_dataset *dataset; /* for names; NULL: the pictures have none */
    agr_image_set images;
    int n_labels;
    agr_label_column label[AGR_MAX_LABELS];
    const int64_t *train_sample; /* [n_train] ids */
    int64_t n_train;
    const int64_t *validation_sample; /* [n_validation] ids */
    int64_t n_validation;
} agr_training_set;

/** Pictures and labels of a dataset, without samples to train on: to judge others. */
agr_status agr_training_set_of_columns(const agr_dataset *dataset, agr_training_set *set,
                                       agr_error *err);

/** The training and validation samples of a dataset.
 * AGR_INPUT when there is nothing to train on. */
agr_status agr_training_set_from(const agr_dataset *dataset, agr_training_set *set, agr_error *err);

/** Training and validation samples together, ascending: all [n_train + n_validation]. Not for a set of
 * columns alone. */
void agr_training_set_merge(const agr_training_set *set, int64_t *all);

/** The column of this name, NULL when there is none. Borrowed. */
const agr_label_column *agr_training_set_column(const agr_training_set *set, const char *name);

/** The same where there must be one: AGR_INPUT names the columns that there are. */
agr_status agr_training_set_require(const agr_training_set *set, const char *name,
                                    const agr_label_column **column, agr_error *err);

/** The options of a configuration's networks for pictures of this set; their heads are checked
 * against its label columns. `target` is room for what the columns tell, borrowed by the options.
 */
agr_network_options agr_training_set_network_options(const agr_training_set *set,
                                                     const agr_config *config,
                                                     agr_target target[AGR_MAX_LABELS]);

#endif
