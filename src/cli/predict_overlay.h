/** Pictures with what was said of them, as SVG files to look at. */
#ifndef AGR_CLI_PREDICT_OVERLAY_H
#define AGR_CLI_PREDICT_OVERLAY_H

#include "predict_table.h"

typedef struct {
    const char *folder; /* NULL: none are wanted */
    int64_t n_written;
} predict_overlay;

/** Writes <folder>/<number>_<name>.svg, numbered from 1: the picture of n_rows rows, the first of which
 * is the i-th of its batch, with their boxes and answers. The picture is in the file, at most 640
 * pixels a side. Without a preview nothing is written. AGR_IO, AGR_MEMORY. */
agr_status predict_overlay_write(predict_overlay *overlay, const predict_table *table,
                                 const predict_row *row, int n_rows, int i, agr_error *err);

#endif
