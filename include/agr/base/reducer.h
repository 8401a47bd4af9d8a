/**
 * The seam between learning and distribution: sums over a whole batch of which this process may
 * hold only a part.
 *
 * A layer that needs such a sum calls the reducer and never knows whether other ranks exist. There
 * are two: the local one (agr_reducer_local(), the whole batch is here) and the one of a team of
 * ranks (room comm). Both add in the order of tree.h, so both give the same bits.
 */
#ifndef AGR_BASE_REDUCER_H
#define AGR_BASE_REDUCER_H

#include <agr/base/error.h>
#include <agr/base/tree.h>
#include <stddef.h>
#include <stdint.h>

/** Which part of a global batch is here. A batch of n_images is cut into micro-batches of
 * micro_batch images (the last may be shorter); this process holds the micro-batches [first, first
 * + count). count may be 0. */
typedef struct {
    int64_t n_images;    /* of the global batch */
    int64_t micro_batch; /* images per micro-batch, >= 1 */
    int64_t first;       /* first micro-batch held here */
    int64_t count;       /* micro-batches held here */
} agr_shard;

/** Micro-batches of the global batch. */
static inline int64_t agr_shard_micro_batches(const agr_shard *shard)
{
    return (shard->n_images + shard->micro_batch - 1) / shard->micro_batch;
}

/** Index in the global batch of the first image held here. */
static inline int64_t agr_shard_first_image(const agr_shard *shard)
{
    const int64_t image = shard->first * shard->micro_batch;
    return image < shard->n_images ? image : shard->n_images;
}

/** Images held here. */
static inline int64_t agr_shard_images(const agr_shard *shard)
{
    const int64_t end = (shard->first + shard->count) * shard->micro_batch;
    return (end < shard->n_images ? end : shard->n_images) - agr_shard_first_image(shard);
}

/** Images of local micro-batch m (0 <= m < count): [*begin, *end), counted from the first image
 * held here. */
void agr_shard_images_of(const agr_shard *shard, int64_t m, int64_t *begin, int64_t *end);

/** The whole batch in one place. */
agr_shard agr_shard_whole(int64_t n_images, int64_t micro_batch);

typedef struct agr_reducer agr_reducer;

/**
 * The functions of a reducer. All are collective over its ranks, which call them in the same order
 * with the same shapes and shards of the same batch; all may fail (AGR_MPI) and then the step is
 * lost. None allocates.
 */
typedef struct {
    /** total[width] = tree sum of leaves[shard->count][width], the same on every rank. Overwrites
     * leaves. width <= the max_width the reducer was created for. */
    agr_status (*sum)(agr_reducer *self, const agr_shard *shard, double *leaves, int64_t width,
                      double *total, agr_error *err);

    /** Opens the gradient of a step. slots: agr_tree_cover() rows of `stride` floats, row i being
     * this process' value of its i-th maximal subtree; row 0 exists even when count is 0, and
     * receives the total. */
    agr_status (*gradient_open)(agr_reducer *self, const agr_shard *shard, float *slots,
                                size_t stride, agr_error *err);

    /** Elements [offset, offset + count) of every slot are complete and will not be touched until
     * gradient_close(): their exchange may start. Every rank announces the same ranges in the same
     * order. */
    agr_status (*gradient_ready)(agr_reducer *self, size_t offset, size_t count, agr_error *err);

    /** Lets started exchanges make progress; cheap, called between kernels. */
    agr_status (*progress)(agr_reducer *self, agr_error *err);

    /** Returns when every announced range of slot 0 holds the total over the whole batch, the same
     * bits on every rank. */
    agr_status (*gradient_close)(agr_reducer *self, agr_error *err);
} agr_reducer_ops;

struct agr_reducer {
    const agr_reducer_ops *ops;
};

/** The reducer of a process that holds whole batches. Shared, stateless, never freed. */
agr_reducer *agr_reducer_local(void);

#endif
