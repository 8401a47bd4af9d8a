/**
 * A pool of threads that run one function together.
 *
 * Work is divided by fixed rules (agr_split_range), never by who is free first: which thread
 * computes an output may not change a bit of it, so kernels divide outputs and never the terms of a
 * sum.
 */
#ifndef AGR_BASE_POOL_H
#define AGR_BASE_POOL_H

#include <agr/base/error.h>

typedef struct agr_pool agr_pool;

/** Called once on every thread of the pool; thread in [0, n_threads). */
typedef void agr_pool_function(void *context, int thread, int n_threads);

/** Starts n_threads - 1 workers (the caller of agr_pool_run() is thread 0). n_threads >= 1.
 *  Caller destroys. AGR_MEMORY when threads cannot be started. */
agr_status agr_pool_create(int n_threads, agr_pool **pool, agr_error *err);

/** Waits for the workers and frees the pool. NULL is accepted. */
void agr_pool_destroy(agr_pool *pool);

/** Threads of this pool; 1 for NULL. */
int agr_pool_size(const agr_pool *pool);

/** Runs function(context, thread, n_threads) on every thread and returns when all have returned. A
 * NULL pool runs it on the caller alone. One caller at a time; must not be nested. Allocates
 * nothing. */
void agr_pool_run(agr_pool *pool, agr_pool_function *function, void *context);

#endif
