/* From a path to the input of a network. */
#include "predict_row.h"

#include <agr/image/encode.h>
#include <agr/image/warp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void predict_row_note(predict_row *row, const char *format, ...)
{
    char words[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    agr_text_add(&row->note, "%s%s", row->note.length > 0 ? "; " : "", words);
}

void predict_row_release(predict_row *row)
{
    free(row->path);
    agr_text_release(&row->bytes);
    agr_text_release(&row->note);
    agr_text_release(&row->preview.jpeg);
    *row = (predict_row){0};
}

/* ---- one row of a decoded picture ---- */

static agr_status cut_out(const agr_image *image, const predict_box *box, agr_image *part,
                          agr_error *err)
{
    const size_t row_bytes = 3 * (size_t)box->w;
    *part = (agr_image){.width = box->w, .height = box->h};
    part->rgb = malloc(row_bytes * (size_t)box->h);
    if (part->rgb == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for a box");
    for (int i = 0; i < box->h; i++)
        memcpy(part->rgb + (size_t)i * row_bytes,
               image->rgb + 3 * ((size_t)(box->y + i) * (size_t)image->width + (size_t)box->x),
               row_bytes);
    return AGR_OK;
}

static agr_status resize(const agr_preprocessing *how, const agr_image *image, predict_row *row,
                         float *input)
{
    const int height = (int)how->input.height, width = (int)how->input.width;
    const agr_resize_method method = agr_resize_method_for(
        how->resize, how->longest_side, image->height, image->width, height, width);
    uint8_t *pixel = malloc((size_t)agr_extent_size(how->input));
    if (pixel == NULL)
        return agr_error_set(&row->err, AGR_MEMORY, "cannot allocate memory for a picture");
    const agr_status status = agr_image_resize(method, image->rgb, image->height, image->width,
                                               pixel, height, width, &row->err);
    if (status == AGR_OK)
        agr_image_normalise(pixel, agr_extent_size(how->input), input);
    if (method != how->resize)
        predict_row_note(row, "shrunk by area from %dx%d", image->width, image->height);
    free(pixel);
    return status;
}

static agr_status fill_input(const agr_preprocessing *how, const agr_image *image, predict_row *row,
                             float *input)
{
    const predict_box *box = &row->box;
    agr_image part;
    if (image->turned)
        predict_row_note(row, "turned as its EXIF part asks");
    if (box->w == 0)
        return resize(how, image, row, input);
    if (!predict_box_is_inside(box, image->width, image->height))
        return agr_error_set(&row->err, AGR_INPUT,
                             "'%s': expected a box inside the picture of %dx%d, found %d,%d,%d,%d",
                             row->path, image->width, image->height, box->x, box->y, box->w,
                             box->h);
    AGR_TRY(cut_out(image, box, &part, &row->err));
    const agr_status status = resize(how, &part, row, input);
    agr_image_release(&part);
    return status;
}

/* ---- a picture to look at ---- */

/* At most this many pixels a side. */
enum { PREVIEW_SIDE = 640, PREVIEW_QUALITY = 90 };

static int shrink_side(int side, int longest)
{
    const int64_t shrunk = (int64_t)side * PREVIEW_SIDE / longest;
    return longest <= PREVIEW_SIDE ? side : shrunk > 0 ? (int)shrunk : 1;
}

static agr_status make_preview(const agr_image *image, predict_preview *preview, agr_error *err)
{
    const int longest = image->width > image->height ? image->width : image->height;
    *preview = (predict_preview){.width = shrink_side(image->width, longest),
                                 .height = shrink_side(image->height, longest),
                                 .of_width = image->width};
    uint8_t *pixel = malloc(3 * (size_t)preview->width * (size_t)preview->height);
    if (pixel == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for a picture");
    agr_status status = agr_image_resize(AGR_RESIZE_AREA, image->rgb, image->height, image->width,
                                         pixel, preview->height, preview->width, err);
    if (status == AGR_OK)
        status = agr_image_encode_jpeg(pixel, preview->height, preview->width, PREVIEW_QUALITY,
                                       &preview->jpeg, err);
    free(pixel);
    return status;
}

/* ---- the rows of one picture ---- */

static agr_status read_picture(const predict_row *row, agr_image *image, agr_error *err)
{
    if (row->bytes.data == NULL)
        return agr_image_read(row->path, image, err);
    const agr_image_fault fault =
        agr_image_decode((const uint8_t *)row->bytes.data, row->bytes.length, image);
    return agr_image_refuse(fault, "standard input", err);
}

void predict_row_load(const predict_recipe *recipe, predict_row *row, int n_rows, float *input)
{
    agr_image image = {0};
    const int64_t n_values = agr_extent_size(recipe->preprocessing->input);
    agr_status status = read_picture(row, &image, &row->err);
    if (status == AGR_OK && recipe->wants_preview)
        status = make_preview(&image, &row->preview, &row->err);
    for (int i = 0; i < n_rows; i++) {
        if (status != AGR_OK && i > 0)
            row[i].err = row->err;
        row[i].status = status != AGR_OK ? status
                                         : fill_input(recipe->preprocessing, &image, &row[i],
                                                      input + i * n_values);
        if (row[i].status != AGR_OK)
            memset(input + i * n_values, 0, (size_t)n_values * sizeof *input);
    }
    agr_image_release(&image);
}
