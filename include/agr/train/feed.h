/**
 * The feed: from the sample ids of a global batch to what a network eats - float pictures, varied
 * at random or as they are, and their labels - for the micro-batches that this rank holds.
 *
 * The only place that brings pictures and labels together: training, validation, evaluation and
 * measurements all eat from it.
 */
#ifndef AGR_TRAIN_FEED_H
#define AGR_TRAIN_FEED_H

#include <agr/config/config.h>
#include <agr/nn/network.h>
#include <agr/train/training_set.h>

/** How far a configuration varies its training pictures; data/augment.h draws from it. */
agr_augment_ranges agr_augment_ranges_from(const agr_config *config);

/** A global batch, as every rank of a team sees it. Borrowed. */
typedef struct {
    const int64_t *sample; /* [n_samples] ids */
    int64_t n_samples;
    /* Parts of the address of what is drawn at random: */
    int64_t epoch;              /* from 0 */
    const uint32_t *occurrence; /* [n_samples]: how often each came before in this epoch; NULL: no
                                   sample comes twice */
    bool mirrored;              /* its pictures as a mirror shows them */
} agr_batch;

typedef enum {
    AGR_FEED_AUGMENTED, /* varied, where the configuration says so */
    AGR_FEED_PLAIN      /* pixel / 255 */
} agr_feed_mode;

typedef struct agr_feed agr_feed;

/** Feeds this network from this set; all are borrowed. Caller destroys. AGR_INPUT: a head's label
 * column is not in the set. AGR_MEMORY. */
agr_status agr_feed_create(const agr_config *config, const agr_training_set *set,
                           const agr_network *network, agr_feed **feed, agr_error *err);

/** NULL is accepted. */
void agr_feed_destroy(agr_feed *feed);

/** Bytes that agr_feed_plan() wants for a network planned so. */
size_t agr_feed_measure(const agr_feed *feed, const agr_network_plan_options *plan);

/** Takes the memory for the largest part of a batch that the network is planned for, from `workspace`,
 * in which feeds can take turns (borrowed until the next plan; NULL: its own). After every
 * agr_network_plan(). AGR_MEMORY. */
agr_status agr_feed_plan(agr_feed *feed, agr_workspace *workspace, agr_error *err);

/** This rank's part of the batch, by the network's plan; valid until the next call, of any feed in its
 * workspace. Allocates
 * nothing; the plan's threads share the pictures. Not collective. */
agr_network_batch agr_feed_fill(agr_feed *feed, const agr_batch *batch, agr_feed_mode mode);

#endif
