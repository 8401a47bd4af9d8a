/* One thread that writes one checkpoint at a time. */
#include "writer_impl.h"

#include <agr/base/clock.h>
#include <pthread.h>
#include <stdlib.h>

typedef enum { WRITER_IDLE, WRITER_BUSY, WRITER_READY } writer_state;

struct writer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    writer_state state;
    bool ends;
    write_job job;
    agr_status status;
    double elapsed_s;
    agr_error err;
};

static void *run_writer(void *argument)
{
    writer *w = argument;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->state != WRITER_BUSY && !w->ends)
            pthread_cond_wait(&w->changed, &w->lock);
        if (w->state != WRITER_BUSY)
            break;
        const write_job job = w->job;
        pthread_mutex_unlock(&w->lock);
        agr_error err = {0};
        const double begin_s = agr_clock_s();
        const agr_status status = agr_checkpoint_write(
            job.path, job.info, job.branches, job.n_branches, job.updates, job.n_updates, &err);
        pthread_mutex_lock(&w->lock);
        w->status = status;
        w->elapsed_s = agr_clock_s() - begin_s;
        w->err = err;
        w->state = WRITER_READY;
        pthread_cond_broadcast(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

agr_status writer_create(writer **out, agr_error *err)
{
    *out = NULL;
    writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    const int failure = pthread_create(&w->thread, NULL, run_writer, w);
    if (failure != 0) {
        free(w);
        return agr_error_set_errno(err, AGR_MEMORY, failure, "cannot start the checkpoint writer");
    }
    *out = w;
    return AGR_OK;
}

void writer_destroy(writer *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->ends = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

void writer_start(writer *w, const write_job *job)
{
    pthread_mutex_lock(&w->lock);
    AGR_ASSERT(w->state == WRITER_IDLE);
    w->job = *job;
    w->state = WRITER_BUSY;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static writer_state read_state(writer *w)
{
    pthread_mutex_lock(&w->lock);
    const writer_state state = w->state;
    pthread_mutex_unlock(&w->lock);
    return state;
}

bool writer_is_busy(writer *w)
{
    return read_state(w) == WRITER_BUSY;
}

bool writer_take(writer *w, agr_status *status, double *elapsed_s, agr_error *err)
{
    if (read_state(w) != WRITER_READY)
        return false;
    *status = w->status;
    *elapsed_s = w->elapsed_s;
    *err = w->err;
    pthread_mutex_lock(&w->lock);
    w->state = WRITER_IDLE;
    pthread_mutex_unlock(&w->lock);
    return true;
}
