/**
 * Divides samples into folds for cross-validation.
 */
#ifndef AGR_DATA_FOLDS_H
#define AGR_DATA_FOLDS_H

#include <agr/data/split.h>

/**
 * fold[n_samples] receives 0 ... n_folds - 1. Copies stay together. Groups of copies are dealt out
 * in the order of their label (the smallest of their copies'; NaN, no label, comes last), so each
 * fold has its share of each class and each range of a number: to within one group of every run of
 * equal labels. Inside that the smallest fold gets the largest group. The folds are a function of
 * labels and contents alone: neither the samples' order nor any seed matters.
 *
 * label and content_hash [n_samples]; groups of these samples. n_folds >= 2. AGR_INPUT: fewer groups
 * than folds. AGR_MEMORY. Not collective.
 */
agr_status agr_folds_draw(const agr_copies *groups, const uint64_t *content_hash,
                          const float *label, int n_folds, int32_t *fold, agr_error *err);

#endif
