/**
 * Copies of one picture and the parts of a set: training, validation, test.
 */
#ifndef AGR_DATA_SPLIT_H
#define AGR_DATA_SPLIT_H

#include <agr/base/error.h>
#include <agr/data/labels.h>
#include <agr/store/dataset.h>
#include <stdbool.h>
#include <stdint.h>

/** Samples grouped by equal content. */
typedef struct {
    int64_t n_samples;
    int64_t n_groups;
    int64_t *member; /* [n_samples] sample numbers, group after group, ascending inside a group */
    int64_t *begin;  /* [n_groups + 1] where a group's members begin in `member` */
} agr_copies;

/** Groups samples of equal hash; groups are in the order of their first sample. AGR_MEMORY. Caller
 * releases. */
agr_status agr_copies_create(const uint64_t *content_hash, int64_t n_samples, agr_copies *groups,
                             agr_error *err);
void agr_copies_release(agr_copies *groups);

/** Samples in a group. */
static inline int64_t agr_copies_size(const agr_copies *groups, int64_t group)
{
    return groups->begin[group + 1] - groups->begin[group];
}

/** Whether the copies in this group carry different labels. */
bool agr_copies_conflict(const agr_copies *groups, int64_t group, const agr_labels *labels);

/**
 * Divides samples by group: about validation * n_samples and test * n_samples samples (rounded to
 * nearest) in those parts, as near as whole groups allow, the rest for training. Which groups is a
 * function of the seed and the contents alone: neither names nor their order matter, except
 * between samples of equal content.
 *
 * Shares in [0, 1), their sum below 1. part [n_samples] receives agr_split values. AGR_MEMORY.
 */
agr_status agr_split_draw(const agr_copies *groups, const uint64_t *content_hash, uint64_t seed,
                          double validation, double test, uint8_t *part, agr_error *err);

/** Puts every copy where the group's first sample is; returns how many samples moved. */
int64_t agr_split_unite(const agr_copies *groups, uint8_t *part);

#endif
