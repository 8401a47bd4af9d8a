/** Boxes: the parts of pictures that predict looks at, from the command line or from a table. */
#ifndef AGR_CLI_PREDICT_BOX_H
#define AGR_CLI_PREDICT_BOX_H

#include <agr/data/csv.h>
#include <stdbool.h>

/** In pixels of the upright picture, from its upper left corner; w is 0 for the whole picture. */
typedef struct {
    int x, y, w, h;
} predict_box;

/** "10,20,64,64". AGR_INPUT for anything else, and where w or h is not above 0. */
agr_status predict_box_parse(const char *text, predict_box *box, agr_error *err);

/** Whether a picture of this size holds all of it. */
bool predict_box_is_inside(const predict_box *box, int width, int height);

/** A table of boxes. */
typedef struct {
    agr_csv csv; /* owned */
    int64_t n;
    const char **path; /* [n] in the order of the file; owned, the texts are the table's */
    predict_box *box;  /* [n] in the order of the file; owned */
    int64_t *by_path;  /* [n] rows by path, those of one path in the order of the file; owned */
    predict_box *box_by_path; /* [n] in that order; owned */
} predict_boxes;

/** Reads a CSV file with the columns path, x, y, w, h, in any order and among others. Caller releases
 * in every case. AGR_NOT_FOUND, AGR_IO, AGR_FORMAT; AGR_INPUT names the line of what is no box. */
agr_status predict_boxes_read(predict_boxes *boxes, const char *file, agr_error *err);

/** The boxes of this path, in the order of the file; how many they are. Borrowed. */
int64_t predict_boxes_find(const predict_boxes *boxes, const char *path, const predict_box **box);

/** A zeroed table is accepted. */
void predict_boxes_release(predict_boxes *boxes);

#endif
