/* Boxes from the command line or from a table. */
#include "predict_box.h"

#include <agr/base/parse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const side_name[] = {"x", "y", "w", "h"};

/* Whole pixels: from 0, a width or height from 1. */
static agr_status set_side(predict_box *box, int side, const char *text, agr_error *err)
{
    int64_t value;
    const int least = side < 2 ? 0 : 1;
    if (!agr_parse_int(text, &value) || value < least || value > INT32_MAX)
        return agr_error_set(err, AGR_INPUT,
                             "%s: expected a whole number of pixels from %d, found '%s'",
                             side_name[side], least, text);
    int *const field[] = {&box->x, &box->y, &box->w, &box->h};
    *field[side] = (int)value;
    return AGR_OK;
}

agr_status predict_box_parse(const char *text, predict_box *box, agr_error *err)
{
    const char *at = text;
    for (int side = 0; side < 4; side++) {
        char word[32];
        const size_t length = strcspn(at, ",");
        if ((at[length] == ',') != (side < 3))
            return agr_error_set(err, AGR_INPUT, "expected x,y,w,h, found '%s'", text);
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        AGR_TRY(set_side(box, side, word, err));
        at += length + 1;
    }
    return AGR_OK;
}

bool predict_box_is_inside(const predict_box *box, int width, int height)
{
    return box->x <= width - box->w && box->y <= height - box->h;
}

/* ---- a table ---- */

static agr_status read_row(predict_boxes *boxes, int64_t row, const int column[5], agr_error *err)
{
    boxes->path[row] = agr_csv_field(&boxes->csv, row, column[0]);
    for (int side = 0; side < 4; side++) {
        const char *field = agr_csv_field(&boxes->csv, row, column[1 + side]);
        if (set_side(&boxes->box[row], side, field, err) != AGR_OK)
            return agr_error_context(err, "line %lld", (long long)agr_csv_line(&boxes->csv, row));
    }
    return AGR_OK;
}

static agr_status read_rows(predict_boxes *boxes, agr_error *err)
{
    int column[5];
    for (int i = 0; i < 5; i++) {
        const char *name = i == 0 ? "path" : side_name[i - 1];
        column[i] = agr_csv_column(&boxes->csv, name);
        if (column[i] < 0)
            return agr_error_set(err, AGR_FORMAT, "expected columns path, x, y, w, h: no '%s'",
                                 name);
    }
    for (int64_t row = 0; row < boxes->n; row++)
        AGR_TRY(read_row(boxes, row, column, err));
    return AGR_OK;
}

static int compare_rows(const void *a, const void *b, void *context)
{
    const predict_boxes *boxes = context;
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    const int order = strcmp(boxes->path[left], boxes->path[right]);
    return order != 0 ? order : (left > right) - (left < right);
}

agr_status predict_boxes_read(predict_boxes *boxes, const char *file, agr_error *err)
{
    *boxes = (predict_boxes){0};
    AGR_TRY(agr_csv_read(file, &boxes->csv, err));
    boxes->n = boxes->csv.n_rows;
    const size_t n = (size_t)boxes->n + 1;
    boxes->path = calloc(n, sizeof *boxes->path);
    boxes->box = calloc(n, sizeof *boxes->box);
    boxes->by_path = calloc(n, sizeof *boxes->by_path);
    boxes->box_by_path = calloc(n, sizeof *boxes->box_by_path);
    if (boxes->path == NULL || boxes->box == NULL || boxes->by_path == NULL ||
        boxes->box_by_path == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    if (read_rows(boxes, err) != AGR_OK)
        return agr_error_context(err, "table '%s'", file);
    for (int64_t row = 0; row < boxes->n; row++)
        boxes->by_path[row] = row;
    qsort_r(boxes->by_path, (size_t)boxes->n, sizeof *boxes->by_path, compare_rows, boxes);
    for (int64_t i = 0; i < boxes->n; i++)
        boxes->box_by_path[i] = boxes->box[boxes->by_path[i]];
    return AGR_OK;
}

int64_t predict_boxes_find(const predict_boxes *boxes, const char *path, const predict_box **box)
{
    int64_t low = 0, high = boxes->n;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (strcmp(boxes->path[boxes->by_path[middle]], path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *box = boxes->box_by_path + low;
    while (high < boxes->n && strcmp(boxes->path[boxes->by_path[high]], path) == 0)
        high++;
    return high - low;
}

void predict_boxes_release(predict_boxes *boxes)
{
    agr_csv_release(&boxes->csv);
    free(boxes->path);
    free(boxes->box);
    free(boxes->by_path);
    free(boxes->box_by_path);
    *boxes = (predict_boxes){0};
}
