/* Threads that wait for work on a futex: spinning for a moment first, where each has a core. */
#include <agr/base/pool.h>

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rounds a waiter looks before it sleeps: some tens of microseconds, longer than the gap between
 * two kernels of a small network and far shorter than a scheduler's slice. */
enum { SPIN_ROUNDS = 4000 };

typedef struct {
    agr_pool *pool;
    int thread;
    pthread_t handle;
} pool_worker;

struct agr_pool {
    int n_threads;
    int n_started;
    int spin_rounds; /* 0 where threads outnumber cores: spinning takes the core we wait for */
    pool_worker *worker;
    agr_pool_function *function; /* NULL asks the workers to end */
    void *context;
    _Atomic uint32_t generation; /* one more for every run; workers wait on it */
    _Atomic uint32_t
        n_running; /* workers that have not finished this run; the caller waits on it */
};

static void futex_wait(_Atomic uint32_t *word, uint32_t value)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake_all(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void wait_while_equal(_Atomic uint32_t *word, uint32_t value, int spin_rounds)
{
    for (int round = 0; round < spin_rounds; round++) {
        if (atomic_load_explicit(word, memory_order_acquire) != value)
            return;
        pause_briefly();
    }
    while (atomic_load_explicit(word, memory_order_acquire) == value)
        futex_wait(word, value);
}

static void *run_worker(void *argument)
{
    const pool_worker *worker = argument;
    agr_pool *pool = worker->pool;
    uint32_t generation = 0;
    for (;;) {
        wait_while_equal(&pool->generation, generation, pool->spin_rounds);
        generation++;
        agr_pool_function *function = pool->function;
        if (function == NULL)
            return NULL;
        function(pool->context, worker->thread, pool->n_threads);
        if (atomic_fetch_sub_explicit(&pool->n_running, 1, memory_order_acq_rel) == 1)
            futex_wake_all(&pool->n_running);
    }
}

static void start_run(agr_pool *pool, agr_pool_function *function, void *context)
{
    pool->function = function;
    pool->context = context;
    atomic_store_explicit(&pool->n_running, (uint32_t)pool->n_started, memory_order_relaxed);
    atomic_fetch_add_explicit(&pool->generation, 1, memory_order_release);
    futex_wake_all(&pool->generation);
}

agr_status agr_pool_create(int n_threads, agr_pool **pool_out, agr_error *err)
{
    AGR_ASSERT(n_threads >= 1);
    *pool_out = NULL;
    agr_pool *pool = calloc(1, sizeof *pool);
    pool_worker *worker = calloc((size_t)n_threads, sizeof *worker);
    if (pool == NULL || worker == NULL) {
        free(pool);
        free(worker);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate a pool of %d threads", n_threads);
    }
    pool->n_threads = n_threads;
    pool->worker = worker;
    pool->spin_rounds = n_threads <= sysconf(_SC_NPROCESSORS_ONLN) ? SPIN_ROUNDS : 0;
    for (int thread = 1; thread < n_threads; thread++) {
        worker[thread] = (pool_worker){.pool = pool, .thread = thread};
        const int failure =
            pthread_create(&worker[thread].handle, NULL, run_worker, &worker[thread]);
        if (failure != 0) {
            agr_pool_destroy(pool);
            return agr_error_set_errno(err, AGR_MEMORY, failure, "cannot start thread %d of %d",
                                       thread + 1, n_threads);
        }
        pool->n_started++;
    }
    *pool_out = pool;
    return AGR_OK;
}

void agr_pool_destroy(agr_pool *pool)
{
    if (pool == NULL)
        return;
    start_run(pool, NULL, NULL);
    for (int thread = 1; thread <= pool->n_started; thread++)
        pthread_join(pool->worker[thread].handle, NULL);
    free(pool->worker);
    free(pool);
}

int agr_pool_size(const agr_pool *pool)
{
    return pool != NULL ? pool->n_threads : 1;
}

void agr_pool_run(agr_pool *pool, agr_pool_function *function, void *context)
{
    if (pool == NULL || pool->n_started == 0) {
        function(context, 0, 1);
        return;
    }
    start_run(pool, function, context);
    function(context, 0, pool->n_threads);
    for (;;) {
        const uint32_t running = atomic_load_explicit(&pool->n_running, memory_order_acquire);
        if (running == 0)
            return;
        wait_while_equal(&pool->n_running, running, pool->spin_rounds);
    }
}
