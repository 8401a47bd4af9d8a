/* Reads pictures in parallel, has the networks judge them, prints their rows in order. */
#include "predict_batch.h"

#include <agr/base/file.h>
#include <agr/base/log.h>
#include <agr/base/size.h>
#include <agr/data/batch.h>
#include <agr/train/start.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static agr_status print(agr_text *text, agr_error *err)
{
    const bool failed = text->failed;
    if (!failed && text->length > 0)
        fwrite(text->data, 1, text->length, stdout);
    agr_text_release(text);
    if (failed)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    if (fflush(stdout) != 0 || ferror(stdout))
        return agr_error_set_errno(err, AGR_IO, errno, "cannot write to standard output");
    return AGR_OK;
}

agr_status predict_batch_open(predict_batch *batch, const predict_request *request, agr_error *err)
{
    agr_text text = {0};
    batch->request = *request;
    batch->overlay.folder = request->overlay;
    AGR_TRY(agr_models_open(&batch->models, &request->models, err));
    AGR_TRY(agr_start_gemm(NULL, &batch->models.config, err));
    AGR_TRY(agr_pool_create(request->threads, &batch->pool, err));
    batch->n_at_once =
        agr_min_i64(PREDICT_BATCH, 2LL * batch->models.config.data.micro_batch * request->threads);
    AGR_TRY(agr_models_plan(&batch->models, batch->n_at_once, 0, 1, batch->pool, err));
    AGR_TRY(predict_heads_open(&batch->heads, &batch->models, request->members, err));
    const size_t n_values = (size_t)agr_extent_size(batch->models.preprocessing.input);
    batch->image = calloc(PREDICT_BATCH * n_values, sizeof *batch->image);
    if (batch->image == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    if (request->overlay != NULL)
        AGR_TRY(agr_folder_create(request->overlay, err));
    batch->table.format = request->format;
    batch->table.has_boxes = request->has_boxes;
    batch->table.n_heads = batch->heads.n_heads;
    batch->table.head = batch->heads.head;
    predict_table_begin(&batch->table, &text);
    return print(&text, err);
}

void predict_batch_release(predict_batch *batch)
{
    for (int i = 0; i < batch->n_rows; i++)
        predict_row_release(&batch->row[i]);
    predict_heads_release(&batch->heads);
    free(batch->image);
    agr_models_release(&batch->models);
    agr_pool_destroy(batch->pool);
}

/* ---- reading ---- */

typedef struct {
    predict_batch *batch;
    predict_recipe recipe;
    atomic_int next; /* row that nobody has looked at */
} load_job;

/* Rows from `first` on that are of one picture. */
static int count_same(const predict_batch *batch, int first)
{
    int n = 1;
    while (first + n < batch->n_rows && batch->row[first + n].same_picture)
        n++;
    return n;
}

/* Who is free takes the next picture, some being a hundred times larger than others: each is read by
 * itself, so it does not matter who reads it. */
static void load_rows(void *context, int thread, int n_threads)
{
    load_job *job = context;
    predict_batch *batch = job->batch;
    const int64_t n_values = agr_extent_size(batch->models.preprocessing.input);
    (void)thread;
    (void)n_threads;
    for (int i = atomic_fetch_add(&job->next, 1); i < batch->n_rows;
         i = atomic_fetch_add(&job->next, 1))
        if (batch->row[i].status == AGR_OK && !batch->row[i].same_picture)
            predict_row_load(&job->recipe, &batch->row[i], count_same(batch, i),
                             batch->image + i * n_values);
}

static bool blames_picture(agr_status status)
{
    return status == AGR_NOT_FOUND || status == AGR_INPUT;
}

static agr_status load(predict_batch *batch, agr_error *err)
{
    load_job job = {.batch = batch,
                    .recipe = {&batch->models.preprocessing, batch->overlay.folder != NULL}};
    agr_pool_run(batch->pool, load_rows, &job);
    for (int i = 0; i < batch->n_rows; i++) {
        const predict_row *row = &batch->row[i];
        if (row->status != AGR_OK && !blames_picture(row->status)) {
            *err = row->err;
            return row->status;
        }
    }
    return AGR_OK;
}

/* ---- judging ---- */

static agr_status run_network(predict_batch *batch, int m, int64_t first, int64_t n, agr_error *err)
{
    const int64_t n_values = agr_extent_size(batch->models.preprocessing.input);
    const agr_network_batch pictures = {
        .shard = agr_shard_whole(n, batch->models.config.data.micro_batch),
        .images = batch->image + first * n_values};
    agr_network *network = batch->models.model[m].network;
    AGR_TRY(agr_network_forward(network, &pictures, AGR_FORWARD_INFER, agr_reducer_local(), err));
    return agr_network_check_predictions(network, err);
}

/* A few pictures at a time, so that what lies between two layers stays in the caches. Rows without a
 * picture are judged too, by what lies in their place, and what is said of them is not printed. */
static agr_status look(predict_batch *batch, predict_take take, agr_error *err)
{
    for (int m = 0; m < batch->models.n_models; m++)
        for (int64_t first = 0; first < batch->n_rows; first += batch->n_at_once) {
            const int64_t n = agr_min_i64(batch->n_at_once, batch->n_rows - first);
            AGR_TRY(run_network(batch, m, first, n, err));
            predict_heads_take(&batch->heads, &batch->models.model[m], first, n, take);
        }
    return AGR_OK;
}

static agr_status answer(predict_batch *batch, agr_error *err)
{
    const agr_extent input = batch->models.preprocessing.input;
    AGR_TRY(look(batch, PREDICT_KEEP, err));
    if (batch->request.flip) {
        agr_batch_mirror(batch->pool, batch->image, batch->n_rows, input.height, input.width);
        AGR_TRY(look(batch, PREDICT_MIX, err));
    }
    predict_heads_say(&batch->heads, batch->n_rows);
    return AGR_OK;
}

/* ---- telling ---- */

/* The table for people has the words in its row. */
static void complain(const predict_batch *batch, const agr_error *err)
{
    if (batch->table.format == PREDICT_TABLE)
        return;
    if (err->hint[0] != '\0')
        agr_log_warning("%s (%s)", err->text, err->hint);
    else
        agr_log_warning("%s", err->text);
}

static agr_status print_rows(predict_batch *batch, agr_error *err)
{
    agr_text text = {0};
    for (int i = 0; i < batch->n_rows; i++) {
        predict_row *row = &batch->row[i];
        if (row->status == AGR_OK) {
            predict_note_ranges(&batch->table, row, i);
            batch->n_answered++;
        } else {
            complain(batch, &row->err);
            batch->n_failed++;
        }
        text.failed = text.failed || row->note.failed;
        predict_table_add(&batch->table, row, i, &text);
    }
    return print(&text, err);
}

static agr_status write_overlays(predict_batch *batch, agr_error *err)
{
    for (int i = 0, n; i < batch->n_rows; i += n) {
        n = count_same(batch, i);
        AGR_TRY(predict_overlay_write(&batch->overlay, &batch->table, &batch->row[i], n, i, err));
    }
    return AGR_OK;
}

agr_status predict_batch_judge(predict_batch *batch, agr_error *err)
{
    if (batch->n_rows == 0)
        return AGR_OK;
    AGR_TRY(load(batch, err));
    AGR_TRY(answer(batch, err));
    AGR_TRY(print_rows(batch, err));
    AGR_TRY(write_overlays(batch, err));
    for (int i = 0; i < batch->n_rows; i++)
        predict_row_release(&batch->row[i]);
    batch->n_rows = 0;
    return AGR_OK;
}

/* ---- taking in ---- */

/* NULL: err says why there is none. */
static predict_row *add_row(predict_batch *batch, const char *path, agr_error *err)
{
    if (batch->n_rows == PREDICT_BATCH && predict_batch_judge(batch, err) != AGR_OK)
        return NULL;
    predict_row *row = &batch->row[batch->n_rows];
    row->path = strdup(path);
    if (row->path == NULL) {
        agr_error_set(err, AGR_MEMORY, "out of memory");
        return NULL;
    }
    batch->n_rows++;
    return row;
}

agr_status predict_batch_add(predict_batch *batch, const char *path, const predict_box *box,
                             int64_t n_boxes, agr_error *err)
{
    if (n_boxes <= PREDICT_BATCH && batch->n_rows + n_boxes > PREDICT_BATCH)
        AGR_TRY(predict_batch_judge(batch, err)); /* so that the picture is read once */
    for (int64_t i = 0; i < n_boxes; i++) {
        predict_row *row = add_row(batch, path, err);
        if (row == NULL)
            return err->status;
        row->box = box[i];
        row->same_picture = i > 0 && batch->n_rows > 1;
    }
    return AGR_OK;
}

agr_status predict_batch_add_bytes(predict_batch *batch, agr_text *bytes, const predict_box *box,
                                   agr_error *err)
{
    predict_row *row = add_row(batch, "-", err);
    if (row == NULL) {
        agr_text_release(bytes);
        return err->status;
    }
    row->box = *box;
    row->bytes = *bytes;
    *bytes = (agr_text){0};
    return AGR_OK;
}

agr_status predict_batch_add_failure(predict_batch *batch, const char *path,
                                     const agr_error *failure, agr_error *err)
{
    predict_row *row = add_row(batch, path, err);
    if (row == NULL)
        return err->status;
    row->err = *failure;
    row->status = failure->status;
    return AGR_OK;
}
