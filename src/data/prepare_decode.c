/* One rank's share of the decoding: pictures read, resized and written to their rows. */
#include "prepare_impl.h"

#include <agr/base/file.h>
#include <agr/base/hash.h>
#include <agr/base/pool.h>
#include <agr/base/size.h>
#include <agr/image/decode.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Files that a thread takes at once: few enough to end together, many enough that neighbours in a
 * folder are read by one. */
enum { RUN_FILES = 16 };

typedef struct {
    const agr_decode_job *job;
    agr_outcome *outcome;
    int rows_handle;
    _Atomic int64_t next_run; /* of this rank's runs */
    _Atomic int64_t n_done;
    atomic_bool failed;
    pthread_mutex_t failure_lock;
    agr_error failure; /* the first that happened */
} share;

/* One thread's memory. */
typedef struct {
    agr_image_file file; /* being read */
    uint8_t *pixels;     /* [size,size,3] */
} workspace;

bool agr_decode_is_mine(const agr_decode_job *job, int64_t i)
{
    return i / RUN_FILES % job->n_ranks == job->rank;
}

static void report_failure(share *s, const agr_error *failure)
{
    pthread_mutex_lock(&s->failure_lock);
    if (!atomic_load(&s->failed))
        s->failure = *failure;
    atomic_store(&s->failed, true);
    pthread_mutex_unlock(&s->failure_lock);
}

static agr_status write_picture(share *s, int64_t i, const agr_image *image, workspace *work,
                                agr_error *err)
{
    const agr_prepare_options *options = s->job->options;
    AGR_TRY(agr_image_resize(options->resize, image->rgb, image->height, image->width, work->pixels,
                             options->size, options->size, err));
    return agr_dataset_rows_write(&s->job->rows, s->rows_handle, i, work->pixels, err);
}

/* A file that cannot be read is a reject; a machine that cannot read ends the work. */
static agr_status judge_errno(int errno_value, const char *path, agr_error *err)
{
    if (agr_errno_blames_path(errno_value))
        return AGR_OK;
    return agr_error_set_errno(err, errno_value == ENOMEM ? AGR_MEMORY : AGR_IO, errno_value,
                               "cannot read '%s'", path);
}

static agr_status decode_file(share *s, int64_t i, workspace *work, agr_error *err)
{
    agr_outcome *outcome = &s->outcome[i];
    const char *path = s->job->path[i];
    outcome->read_errno = agr_image_file_load(&work->file, path);
    if (outcome->read_errno != 0)
        return judge_errno(outcome->read_errno, path, err);
    outcome->content_hash = agr_hash(work->file.bytes, work->file.n_bytes);
    agr_image image;
    const agr_image_fault fault = agr_image_decode(work->file.bytes, work->file.n_bytes, &image);
    outcome->fault = (uint8_t)fault;
    if (fault == AGR_IMAGE_MEMORY)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory to decode '%s'", path);
    if (fault != AGR_IMAGE_NONE)
        return AGR_OK;
    outcome->longest_side = (uint16_t)agr_max_i64(image.height, image.width);
    outcome->is_constant =
        agr_image_is_constant(image.rgb, (int64_t)image.height * image.width) ? 1 : 0;
    const agr_status status = write_picture(s, i, &image, work, err);
    agr_image_release(&image);
    return status;
}

static agr_status decode_run(share *s, int64_t run, workspace *work, agr_error *err)
{
    const agr_decode_job *job = s->job;
    const int64_t begin = (run * job->n_ranks + job->rank) * RUN_FILES;
    const int64_t end = agr_min_i64(begin + RUN_FILES, job->n_files);
    for (int64_t i = begin; i < end; i++) {
        if (job->options->stop != NULL && *job->options->stop)
            return agr_error_set(err, AGR_STOPPED, "stopped on request, nothing was written");
        AGR_TRY(decode_file(s, i, work, err));
        atomic_fetch_add(&s->n_done, 1);
    }
    return AGR_OK;
}

static agr_status decode_runs(share *s, int thread, workspace *work, agr_error *err)
{
    const agr_decode_job *job = s->job;
    const agr_prepare_options *options = job->options;
    const size_t row_bytes = (size_t)job->rows.row_bytes;
    work->pixels = malloc(row_bytes);
    if (work->pixels == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for a picture");
    while (!atomic_load(&s->failed)) {
        const int64_t run = atomic_fetch_add(&s->next_run, 1);
        if ((run * job->n_ranks + job->rank) * RUN_FILES >= job->n_files)
            break;
        AGR_TRY(decode_run(s, run, work, err));
        if (thread == 0 && job->rank == 0 && options->progress != NULL)
            options->progress(options->progress_context,
                              agr_min_i64(atomic_load(&s->n_done) * job->n_ranks, job->n_files),
                              job->n_files);
    }
    return AGR_OK;
}

static void decode_on_thread(void *context, int thread, int n_threads)
{
    (void)n_threads;
    share *s = context;
    workspace work = {0};
    agr_error failure;
    if (decode_runs(s, thread, &work, &failure) != AGR_OK)
        report_failure(s, &failure);
    agr_image_file_release(&work.file);
    free(work.pixels);
}

agr_status agr_decode_share(const agr_decode_job *job, agr_outcome *outcome, agr_error *err)
{
    share s = {.job = job, .outcome = outcome, .failure_lock = PTHREAD_MUTEX_INITIALIZER};
    AGR_TRY(agr_dataset_rows_open(&job->rows, &s.rows_handle, err));
    agr_pool *pool;
    const agr_status started = agr_pool_create(job->options->n_threads, &pool, err);
    if (started == AGR_OK) {
        agr_pool_run(pool, decode_on_thread, &s);
        agr_pool_destroy(pool);
    }
    agr_error close_error;
    const agr_status closed = agr_dataset_rows_close(&job->rows, s.rows_handle, &close_error);
    if (started != AGR_OK)
        return started;
    if (atomic_load(&s.failed) || closed != AGR_OK) {
        *err = atomic_load(&s.failed) ? s.failure : close_error;
        return err->status;
    }
    return AGR_OK;
}
