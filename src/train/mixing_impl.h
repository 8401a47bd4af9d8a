/** Pictures of a batch that are mixed with others of the training set (data/mixup.h); for the feed. */
#ifndef AGR_TRAIN_MIXING_IMPL_H
#define AGR_TRAIN_MIXING_IMPL_H

#include <agr/base/arena.h>
#include <agr/config/config.h>
#include <agr/nn/network.h>
#include <agr/train/training_set.h>

/** What a feed mixes with; memory is the feed's. */
typedef struct {
    float *image;                /* [N,H,W,3] of the partners */
    float *label[AGR_MAX_HEADS]; /* [N] of the partners */
    agr_draw_address *address;   /* [N] of the partners */
    float *lambda;               /* [N] */
} mixing;

/** Takes the memory for so many pictures. */
void mixing_take(mixing *mix, agr_arena *arena, size_t n_images, size_t image_size, int n_heads);

/**
 * Draws a partner for each of the batch's pictures and their shares: who has no label of some head, or
 * whose partner has none, stays as it is (it is its own partner, lambda 1). column [heads] are the
 * label columns of the set. Tells the batch of partner_labels and lambda.
 */
void mixing_draw(mixing *mix, const agr_config *config, const agr_training_set *set,
                 const float *const *column, int n_heads, agr_network_batch *batch);

#endif
