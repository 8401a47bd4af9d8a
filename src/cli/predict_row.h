/** One row of what predict says, on its way through a batch: a picture, or a box in one. */
#ifndef AGR_CLI_PREDICT_ROW_H
#define AGR_CLI_PREDICT_ROW_H

#include "predict_box.h"

#include <agr/base/text.h>
#include <agr/image/decode.h>
#include <agr/train/description.h>

/** A picture made small, to look at. */
typedef struct {
    int width, height; /* of the JPEG */
    int of_width;      /* of the picture; 0: there is none */
    agr_text jpeg;     /* owned */
} predict_preview;

typedef struct {
    char *path;     /* as it was named; owned */
    agr_text bytes; /* the file's, where path names no file; owned */
    predict_box box;
    bool same_picture; /* as the row before, which has what belongs to the picture */
    agr_status status; /* other than AGR_OK: nothing is said of it, err says why */
    agr_error err;
    agr_text note; /* what is worth knowing; empty: nothing; owned */
    predict_preview preview;
} predict_row;

/** What a row is made of. */
typedef struct {
    const agr_preprocessing *preprocessing;
    bool wants_preview;
} predict_recipe;

/** Reads the picture of these rows (the same of all) once, and makes the network's input of each,
 * 8-bit RGB / 255, at input + i*H*W*3: of the picture or its box, resized as trained
 * (agr_resize_method_for()). What went wrong is in the rows: AGR_NOT_FOUND, AGR_INPUT for a picture
 * or box that cannot be used, anything else when the machine could not; their input is then 0.
 * May be called from many threads at once. */
void predict_row_load(const predict_recipe *recipe, predict_row *row, int n_rows, float *input);

/** Adds to the note, after "; " where it is not the first. */
void predict_row_note(predict_row *row, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Frees what the row owns and zeroes it. */
void predict_row_release(predict_row *row);

#endif
