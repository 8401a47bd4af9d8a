/**
 * Class numbers mean what a list of names says. Two files whose lists differ, if only in order,
 * must not be used together: every number would stay valid and be wrong.
 */
#ifndef AGR_TRAIN_CLASSES_H
#define AGR_TRAIN_CLASSES_H

#include <agr/store/checkpoint.h>
#include <agr/train/training_set.h>

/** Does the column hold the classes that the head was trained on, in their order? A side that names
 * none is taken at its word. AGR_INPUT tells both lists and the remedy. */
agr_status agr_check_classes(const agr_checkpoint_head *head, const agr_label_column *column,
                             agr_error *err);

/** The same for all heads of a branch; a head whose column the set lacks passes. */
agr_status agr_check_branch_classes(const agr_checkpoint_branch *branch,
                                    const agr_training_set *set, agr_error *err);

#endif
