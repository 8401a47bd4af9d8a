/**
 * Members of one variant, replicas and folds, who they are and what they say of a picture as one.
 */
#ifndef AGR_REPORT_ENSEMBLE_H
#define AGR_REPORT_ENSEMBLE_H

#include <agr/train/models.h>

enum { AGR_ENSEMBLE_NAME_BYTES = 2 * AGR_CONFIG_NAME_BYTES + 16 };

/** Do two branches differ in replica and fold alone? A branch that is the only one of its name has
 * nobody like it, not even itself. */
bool agr_ensemble_are_alike(const agr_model *a, const agr_model *b);

/** What all members like this one are called together, as a head is: "race", "race-v2"; of networks
 * with several heads "shared age". */
void agr_ensemble_name(const agr_model *member, int head, char name[AGR_ENSEMBLE_NAME_BYTES]);

/**
 * The mean of what n members say: of their probabilities, and then the class with the greatest (the
 * first of equal ones), or of their numbers. Behind it their standard deviation (n - 1 in the
 * denominator; NaN of one member): of the numbers, or of the probability of that class.
 *
 * each [n, 1 + n_classes] and together [1 + n_classes + 1] as report/answer.h says. Sums go in the order
 * of the members.
 */
void agr_ensemble_say(const double *each, int n, int n_classes, double *together);

#endif
