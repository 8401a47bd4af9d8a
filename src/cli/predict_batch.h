/**
 * Pictures come in one by one, are read by all threads together and judged a batch at a time, and
 * their rows go out in the order in which they came. What is in memory is one batch, however many
 * pictures there are.
 */
#ifndef AGR_CLI_PREDICT_BATCH_H
#define AGR_CLI_PREDICT_BATCH_H

#include "predict_heads.h"
#include "predict_overlay.h"
#include "predict_table.h"

#include <agr/base/pool.h>

/** How pictures are judged. Borrowed. */
typedef struct {
    agr_models_request models;
    predict_format format; /* not auto */
    bool flip;             /* each and its mirror image: the mean of both answers */
    bool members;          /* of populations are shown too */
    bool has_boxes;        /* rows tell their box */
    const char *overlay;   /* folder for pictures with their answers; NULL: none */
    int threads;
} predict_request;

/** Starts as zeroes. Large: not for the stack. */
typedef struct {
    predict_request request;
    agr_models models;
    agr_pool *pool; /* owned */
    predict_heads heads;
    predict_table table;
    predict_overlay overlay;
    int n_rows;
    predict_row row[PREDICT_BATCH];
    int64_t n_at_once; /* pictures that go through the networks together */
    float *image;      /* [PREDICT_BATCH, H, W, 3]; owned */
    int64_t n_answered, n_failed;
} predict_batch;

/** Opens the models and prints what stands above the rows. AGR_NOT_FOUND, AGR_FORMAT, AGR_IO,
 * AGR_UNSUPPORTED (too many heads), AGR_MEMORY. Caller releases in every case. */
agr_status predict_batch_open(predict_batch *batch, const predict_request *request, agr_error *err);

/** Adds rows for n boxes of the picture at path (1 with w = 0: for the whole picture). A full batch is
 * judged. What keeps a picture from being judged is in its rows; a machine that cannot go on is the
 * error. */
agr_status predict_batch_add(predict_batch *batch, const char *path, const predict_box *box,
                             int64_t n_boxes, agr_error *err);

/** The same for the bytes of a picture's file, which it takes, under the name "-". */
agr_status predict_batch_add_bytes(predict_batch *batch, agr_text *bytes, const predict_box *box,
                                   agr_error *err);

/** Adds the row of what is not even looked at; failure says why. */
agr_status predict_batch_add_failure(predict_batch *batch, const char *path,
                                     const agr_error *failure, agr_error *err);

/** Judges what waits and prints its rows. */
agr_status predict_batch_judge(predict_batch *batch, agr_error *err);

void predict_batch_release(predict_batch *batch);

#endif
