/** Where predict's pictures come from: files, folders, standard input, a table of boxes. */
#ifndef AGR_CLI_PREDICT_SOURCES_H
#define AGR_CLI_PREDICT_SOURCES_H

#include "predict_batch.h"

/** What is looked at. Borrowed. */
typedef struct {
    predict_batch *batch;
    const predict_box *box;     /* of every picture; w = 0: the whole */
    const predict_boxes *boxes; /* of the pictures it names; NULL: none */
    char list_end;              /* of each path of a list: '\n' or '\0' */
} predict_sources;

/** Adds what an argument stands for: a picture; the pictures of a folder and of those in it, by name;
 * "-": what standard input holds, a picture or a list of arguments. What cannot be found or read
 * becomes a row with its error. AGR_MEMORY, AGR_IO, AGR_NUMERIC, ... end the work. */
agr_status predict_add_argument(const predict_sources *sources, const char *argument,
                                agr_error *err);

/** Adds every box of the table, in its order. */
agr_status predict_add_boxes(const predict_sources *sources, agr_error *err);

#endif
